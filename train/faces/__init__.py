"""From labelled latents to averages, directions and impression maps."""
