"""What can be done with a face: latents, directions, pictures, the studio."""
