"""What a model is worth: figures on faces that it was not made from."""
