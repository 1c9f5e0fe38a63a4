"""One value that works for each parameter whose default says little, as the API page shows it."""

from collections.abc import Mapping
from typing import Any

PHOTO = {
    "path": "photo.jpg",
    "url": "photo.jpg",
    "orig_name": "photo.jpg",
    "meta": {"_type": "gradio.FileData"},
}
"""A file as Gradio's code snippets know one."""
MOVED = {"axes": {"EI": 1.0, "TF": -0.5}, "strength": 1.0, "keep": "person"}
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "score": {"answers": {"EI1": 4, "SN1": 1, "TF1": 3, "JP1": 0}, "form": "quick"},
    "type_average": {"code": "ENTP"},
    "ideal_match": {
        "code": "ENTP",
        "gender": "female",
        "axes": {"EI": 0.5, "SN": 1.0, "TF": -0.25, "JP": -1.0},
    },
    "morph": MOVED,
    "morph_sequence": {"step": 0.33, "strength": 1.0, "keep": "person"},
    "invert": {"image": PHOTO, "crop": [0.5, 0.4, 0.6, 0.0]},
    "contribute": {
        "image": PHOTO,
        "code": "ENTP",
        "gender": "female",
        "join_id": "00112233445566778899aabbccddeeff",
        "crop": [0.5, 0.4, 0.6, 0.0],
    },
}
"""Endpoint -> parameter -> example. A latent has none: nobody types 9216 numbers."""
