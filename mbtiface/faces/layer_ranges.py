"""The rows of w+ by name, as the style levels of StyleGAN are told apart. No torch."""

from collections.abc import Mapping

LAYERS: Mapping[str, tuple[int, int | None]] = {
    "all": (0, None),
    "coarse": (0, 4),
    "middle": (4, 8),
    "fine": (8, None),
}
"""First row and the one after the last: coarse carries pose and shape (4-8 px), middle features,
fine colours."""
RANGES = ("coarse", "middle", "fine")
"""The parts; together they are all rows."""
