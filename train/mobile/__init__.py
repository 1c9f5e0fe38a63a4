"""The MobileStyleGAN generator: reading its published weights and fitting its heads."""
