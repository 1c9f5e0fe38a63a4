"""Run folders: resolved configs, logs and checkpoints, whatever the method."""
