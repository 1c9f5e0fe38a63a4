"""GAN training: StyleGAN, StyleGAN2, ADA, FreezeD, FreezeG, by one loop."""
