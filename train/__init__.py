"""Everything that makes a bundle: `python -m train COMMAND`, run from a checkout."""
