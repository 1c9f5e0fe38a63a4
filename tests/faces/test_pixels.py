"""Float pictures and bytes."""

import numpy as np
import torch
from PIL import Image

from mbtiface.faces.pixels import reduce, to_bytes, to_images


def test_rounding_and_limits() -> None:
    values = torch.tensor([-9.0, -1.0, -1 + 1.4 / 127.5, -1 + 1.6 / 127.5, 0.0, 1.0, 9.0])
    pictures = values.expand(2, 3, 1, 7)
    expected = torch.tensor([0, 0, 1, 2, 128, 255, 255], dtype=torch.uint8)
    made = to_bytes(pictures)
    assert made.shape == (2, 1, 7, 3)
    assert torch.equal(made[1, 0, :, 2], expected)


def test_every_byte_comes_back() -> None:
    levels = torch.arange(256, dtype=torch.float32)
    pictures = ((levels - 127.5) / 127.5).expand(1, 3, 1, 256)
    assert torch.equal(to_bytes(pictures)[0, 0, :, 0], levels.to(torch.uint8))


def test_pictures_shrink_by_area_averaging() -> None:
    pixels = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1).repeat(3, axis=3) * 10
    images = to_images(pixels)
    assert images[0].mode == "RGB"
    small = np.asarray(reduce(images, 2)[0])[..., 0]
    assert small.tolist() == [[25, 45], [105, 125]]
    assert reduce(images, 4)[0] is images[0]
    assert isinstance(images[0], Image.Image)
