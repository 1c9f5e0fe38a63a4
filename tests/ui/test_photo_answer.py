"""What a visitor is told of a photo: words for everything, boxes in parts of the photo."""

import ast
import re

import numpy as np
import torch
from PIL import Image

from mbtiface.errors import PhotoError
from mbtiface.faces.finding import FoundFace
from mbtiface.faces.inversion import WARNINGS, Inversion
from mbtiface.texts import read_texts
from mbtiface.ui.photo_answer import boxes
from mbtiface.ui.photo_route import KEYS
from tests.program_files import sources, text


def test_every_reason_and_every_warning_has_its_words() -> None:
    documented = set(re.findall(r"`(\w+)`", str(PhotoError.__doc__))) - {"key"}
    raised = {
        node.args[0].value
        for path in sources()
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "PhotoError"
        and isinstance(node.args[0], ast.Constant)
    }
    assert {"no_face", "empty"} <= documented
    assert "bad_crop" in raised <= documented
    keys = documented | {key for _, key in KEYS} | {"failed"}
    expected = {f"photo_error_{key}" for key in keys}
    expected |= {f"photo_warning_{key}" for key in WARNINGS}
    assert set(read_texts("ko")["messages"]["photo"]) == expected


def test_boxes_are_parts_of_the_photo() -> None:
    image, quad = Image.new("RGB", (8, 8)), np.zeros((4, 2))
    faces = (
        FoundFace((20.0, 10.0, 60.0, 50.0), quad, 0.9),
        FoundFace((np.float32(-5), 0, 15, 20), quad, 0.8),
    )
    inversion = Inversion(torch.zeros(2, 3), image, image, "by hand", (), faces, None, 0.1)
    assert boxes(inversion, (200, 100)) == [[0.1, 0.1, 0.3, 0.5], [-0.025, 0.0, 0.075, 0.2]]
