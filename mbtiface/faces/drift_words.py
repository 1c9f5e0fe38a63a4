"""Names and limits of the person's meter; `drift` says how they were measured. No torch."""

PERSON = "person"
"""What is kept by holding the drift at 1, the unit of the meter."""
OTHER = 1.67
"""Drift from which half of the moves lead to another person."""
