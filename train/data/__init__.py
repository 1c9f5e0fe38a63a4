"""Data sets: labels, splits and the folders they are read from."""
