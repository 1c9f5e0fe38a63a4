"""The chain from StyleGAN to FreezeG as one journey: its stages, what they left, and the report.

No training step, loss or network enters here: a stage is a run of `python -m train gan`.
"""
