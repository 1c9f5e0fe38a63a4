"""Bundles and foreign checkpoints: the only place that opens weight files."""
