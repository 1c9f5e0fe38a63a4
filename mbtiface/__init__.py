"""Average faces of the sixteen types, and a face that moves along the four axes.

`load` (faces/loading.py) opens a bundle and gives a `Studio` (faces/studio.py): samples, averages,
morphs, photos, pictures.
`survey` asks and scores (personality/survey.py), `matching` ranks types (personality/matching.py).
Below them lie `networks` (every network), `weights` (bundles, the only readers of weight files)
and `faces` (latents and pictures); above them `services` and `ui`, the page. `errors` holds every
error raised on purpose. Importing this package loads none of it: each name loads on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mbtiface.faces.loading import load as load
    from mbtiface.personality import matching as matching
    from mbtiface.personality import survey as survey

__version__ = "0.1.0"
__all__ = ["__version__", "load", "matching", "survey"]


def __getattr__(name: str) -> object:
    """Load a public name on first use, so that importing the package does not load torch."""
    if name == "load":
        return import_module("mbtiface.faces.loading").load
    if name in ("matching", "survey"):
        return import_module(f"mbtiface.personality.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted(__all__)
