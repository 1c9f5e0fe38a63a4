"""Encoders: photo -> w+, and what their training needs."""
