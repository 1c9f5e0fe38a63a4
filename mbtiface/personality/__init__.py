"""Types, survey and matching: pure Python, no pictures and no networks."""
