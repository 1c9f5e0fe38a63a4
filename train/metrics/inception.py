"""Inception-v3 (arXiv 1512.00567) as the 2015 weights want it: the network behind FID.

Against the paper's pooling, averages leave the padding out and the last block takes maxima: so does
the graph that every published FID stands on. Parameter names are those of its published tensors.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from mbtiface.networks.shapes import check_shape

SIDE = 299
"""Side in px at which pictures are shown."""
FEATURES, CLASSES = 2048, 1008
BN_EPS = 1e-3
MEAN, SCALE = 128.0, 128.0
"""Of grey levels 0..255."""

Step = tuple[str, int, tuple[int, int]]
"""A convolution: name, channels, size of the kernel (height, width)."""
Path = Sequence[Step | tuple[Step, Step]]
"""Convolutions one after the other; the last may be two side by side."""


class Convolution(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, int],  # height, width
        stride: int = 1,
        padding: tuple[int, int] = (0, 0),  # height, width
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels, eps=BN_EPS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[batch, in_channels, h, w]` -> `[batch, out_channels, h', w']`."""
        return functional.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    """Paths of convolutions and a pooled path side by side (figures 5 to 7 and 10)."""

    def __init__(
        self,
        in_channels: int,
        paths: Sequence[Path],
        pooled: int = 0,  # channels of the convolution after pooling; 0 = none
        takes_maxima: bool = False,  # pool by maxima instead of averages
        halves: bool = False,  # the last convolution of each path, and pooling, take every other px
    ) -> None:
        super().__init__()
        self.paths: list[list[list[str]]] = []
        self.takes_maxima = takes_maxima or halves
        self.stride, self.padding = (2, 0) if halves else (1, 1)
        self.out_channels = pooled or in_channels
        for path in paths:
            channels, names = in_channels, []
            for index, step in enumerate(path):
                beside = step if isinstance(step[0], tuple) else (step,)
                last = index == len(path) - 1
                for name, width, (height, across) in beside:
                    reduces = halves and last
                    padding = (0, 0) if reduces else (height // 2, across // 2)
                    convolution = Convolution(
                        channels, width, (height, across), 2 if reduces else 1, padding
                    )
                    self.add_module(name, convolution)
                names.append([name for name, _, _ in beside])
                channels = sum(width for _, width, _ in beside)
            self.paths.append(names)
            self.out_channels += channels
        self.branch_pool = Convolution(in_channels, pooled, (1, 1)) if pooled else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[batch, in_channels, h, w]` -> `[batch, out_channels, h / stride, w / stride]`."""
        found = []
        for path in self.paths:
            y = x
            for names in path:
                y = torch.cat([self.get_submodule(name)(y) for name in names], dim=1)
            found.append(y)
        if self.takes_maxima:
            pooled = functional.max_pool2d(x, 3, self.stride, self.padding)
        else:
            pooled = functional.avg_pool2d(x, 3, self.stride, self.padding, count_include_pad=False)
        found.append(pooled if self.branch_pool is None else self.branch_pool(pooled))
        return torch.cat(found, dim=1)


class Inception(nn.Module):
    """Pictures -> pooled features and logits; always in evaluation mode, never trained."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Convolution(3, 32, (3, 3), stride=2)
        self.Conv2d_2a_3x3 = Convolution(32, 32, (3, 3))
        self.Conv2d_2b_3x3 = Convolution(32, 64, (3, 3), padding=(1, 1))
        self.Conv2d_3b_1x1 = Convolution(64, 80, (1, 1))
        self.Conv2d_4a_3x3 = Convolution(80, 192, (3, 3))
        self.mixed: list[str] = []
        channels = 192
        for name, build, width in BLOCKS:
            block = build(channels, width)
            self.add_module(name, block)
            self.mixed.append(name)
            channels = block.out_channels
        self.fc = nn.Linear(channels, CLASSES)
        self.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> "Inception":
        """Stay in evaluation mode whatever is asked: the statistics are part of the weights."""
        return super().train(False)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Look at pictures `[batch, 3, h, w]`, -1..1, 75 px or more.

        Returns:
            Features `[batch, 2048]` and logits without their bias `[batch, 1008]`.
        """
        check_shape("x", x, [None, 3, None, None])
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = functional.max_pool2d(x, 3, 2)
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x))
        x = functional.max_pool2d(x, 3, 2)
        for name in self.mixed:
            x = self.get_submodule(name)(x)
        features = x.mean((2, 3))  # [batch, 2048]
        return features, features @ self.fc.weight.T


def shown(pictures: torch.Tensor) -> torch.Tensor:
    """uint8 `[n, 3, h, w]` -> `[n, 3, 299, 299]`, -1..1, resized as the 2015 graph did.

    Its bilinear rule puts the first pixels upon each other instead of the middles, and reducing
    leaves pixels out.
    """
    x = pictures.float()
    rows, columns = (_resizing(size, x) for size in x.shape[2:])
    return (rows @ x @ columns.T - MEAN) / SCALE


def _resizing(size: int, like: torch.Tensor) -> torch.Tensor:
    """Weights of the old pixels in the new ones, `[299, size]`."""
    places = torch.arange(SIDE, device=like.device, dtype=torch.float32) * (size / SIDE)
    below = places.floor().long()
    share = (places - below)[:, None]
    lower = functional.one_hot(below, size)
    upper = functional.one_hot((below + 1).clamp_max(size - 1), size)
    return lower * (1 - share) + upper * share


def _block_a(channels: int, pooled: int) -> Mixed:
    paths: list[Path] = [
        [("branch1x1", 64, (1, 1))],
        [("branch5x5_1", 48, (1, 1)), ("branch5x5_2", 64, (5, 5))],
        [(f"branch3x3dbl_{k + 1}", width, (3, 3) if k else (1, 1)) for k, width in _DOUBLE],
    ]
    return Mixed(channels, paths, pooled)


def _block_b(channels: int, _: int) -> Mixed:
    double: Path = [(f"branch3x3dbl_{k + 1}", w, (3, 3) if k else (1, 1)) for k, w in _DOUBLE]
    return Mixed(channels, [[("branch3x3", 384, (3, 3))], double], halves=True)


def _block_c(channels: int, width: int) -> Mixed:
    tall, wide = (7, 1), (1, 7)
    paths: list[Path] = [
        [("branch1x1", 192, (1, 1))],
        [
            ("branch7x7_1", width, (1, 1)),
            ("branch7x7_2", width, wide),
            ("branch7x7_3", 192, tall),
        ],
        [
            ("branch7x7dbl_1", width, (1, 1)),
            ("branch7x7dbl_2", width, tall),
            ("branch7x7dbl_3", width, wide),
            ("branch7x7dbl_4", width, tall),
            ("branch7x7dbl_5", 192, wide),
        ],
    ]
    return Mixed(channels, paths, pooled=192)


def _block_d(channels: int, _: int) -> Mixed:
    paths: list[Path] = [
        [("branch3x3_1", 192, (1, 1)), ("branch3x3_2", 320, (3, 3))],
        [
            ("branch7x7x3_1", 192, (1, 1)),
            ("branch7x7x3_2", 192, (1, 7)),
            ("branch7x7x3_3", 192, (7, 1)),
            ("branch7x7x3_4", 192, (3, 3)),
        ],
    ]
    return Mixed(channels, paths, halves=True)


def _block_e(channels: int, takes_maxima: int) -> Mixed:
    paths: list[Path] = [
        [("branch1x1", 320, (1, 1))],
        [
            ("branch3x3_1", 384, (1, 1)),
            (("branch3x3_2a", 384, (1, 3)), ("branch3x3_2b", 384, (3, 1))),
        ],
        [
            ("branch3x3dbl_1", 448, (1, 1)),
            ("branch3x3dbl_2", 384, (3, 3)),
            (("branch3x3dbl_3a", 384, (1, 3)), ("branch3x3dbl_3b", 384, (3, 1))),
        ],
    ]
    return Mixed(channels, paths, pooled=192, takes_maxima=bool(takes_maxima))


_DOUBLE = ((0, 64), (1, 96), (2, 96))
BLOCKS = (
    # name, its make, what is particular: channels after pooling, in the middle, maxima
    ("Mixed_5b", _block_a, 32),
    ("Mixed_5c", _block_a, 64),
    ("Mixed_5d", _block_a, 64),
    ("Mixed_6a", _block_b, 0),
    ("Mixed_6b", _block_c, 128),
    ("Mixed_6c", _block_c, 160),
    ("Mixed_6d", _block_c, 160),
    ("Mixed_6e", _block_c, 192),
    ("Mixed_7a", _block_d, 0),
    ("Mixed_7b", _block_e, False),
    ("Mixed_7c", _block_e, True),
)
