"""`python -m train COMMAND ...`: each command is one file in train/commands."""

import logging
import sys
from importlib import import_module

import tyro

from mbtiface.errors import MbtifaceError

COMMANDS = {
    "import": ("train.commands.import_bundle", "other people's weights -> a bundle"),
    "export": ("train.commands.export", "a bundle's generator -> rosinality's layout, or ONNX"),
    "prepare": ("train.commands.prepare", "photos, or samples of a bundle -> a dataset"),
    "encoder": ("train.commands.encoder", "an encoder, photo -> w+"),
    "label": ("train.commands.label", "ratings, or a table of types -> axis scores, type, fold"),
    "averages": ("train.commands.averages", "latents and labels -> a bundle's faces.safetensors"),
    "impressions": ("train.commands.impressions", "how well faces show the axes, by any means"),
    "fairness": ("train.commands.fairness", "whether groups of faces are served alike"),
    "moves": ("train.commands.moves", "does the person stay, does a picture show the move"),
    "pictures": ("train.commands.pictures", "sheets of averages and moves, for the documents"),
    "bundle": ("train.commands.bundle", "verify a bundle, put parts made by other commands in"),
    "publish": ("train.commands.publish", "push a bundle to the Hub"),
    "project": ("train.commands.project", "aligned faces -> latents, by optimisation"),
    "evaluate": ("train.commands.evaluate", "how close inversions come to held-out faces"),
    "aligner": ("train.commands.aligner", "generated faces -> what stands in for landmarks"),
    "gan": ("train.commands.gan", "StyleGAN, StyleGAN2, ADA, FreezeD, FreezeG"),
    "journey": ("train.commands.journey", "from StyleGAN to FreezeG, with one report"),
    "mobile": ("train.commands.mobile", "a mobile generator of a StyleGAN2 bundle, or heads"),
}


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help"):
        lines = [f"  {command:<11} {text}" for command, (_, text) in COMMANDS.items()]
        sys.stdout.write("usage: python -m train COMMAND [--help]\n\n" + "\n".join(lines) + "\n")
        return 0
    if name not in COMMANDS:
        logging.error("Command %r is unknown. Use one of %s.", name, ", ".join(COMMANDS))
        return 2
    module = import_module(COMMANDS[name][0])
    config = tyro.cli(module.Config, args=arguments[1:], prog=f"python -m train {name}")
    try:
        module.main(config)
    except MbtifaceError as error:
        logging.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
