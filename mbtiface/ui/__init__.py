"""The page. Gradio lives in this package and nowhere else."""

import os

# Gradio asks the network for analytics unless told otherwise; the page works without a network.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
