"""Other people's weights in and out: which dialect, which shape, which W space. No training."""
