"""A small encoder for CPUs: photo -> w+ in one pass of some 4 GFLOP.

pSp's plan (Richardson et al. 2021, section 3) at a fraction of its cost: a residual backbone, a
pyramid of three levels, and heads for the rows of w+; here the levels are pooled to a small grid
and the heads share all but a few numbers a row. As in e4e (Tov et al. 2021, section 3.3) every row
is one w plus an offset of its own.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import InputError

SLOPE = 0.2
"""Of the leaky ReLUs; a learned one (PReLU) took a sixth of a training step alone."""


class ResidualUnit(nn.Module):
    """Normalisation, convolution, leaky ReLU, convolution, normalisation, plus a shortcut."""

    def __init__(
        self,
        in_channels: int,  # Channels that come in.
        out_channels: int,  # Channels that go out.
        stride: int = 1,  # 2 halves height and width.
    ) -> None:
        super().__init__()
        self.norm0 = nn.BatchNorm2d(in_channels)
        self.conv0 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        self.act = nn.LeakyReLU(SLOPE)
        self.conv1 = nn.Conv2d(out_channels, out_channels, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[batch, in_channels, h, w]` -> `[batch, out_channels, h / stride, w / stride]`."""
        y = self.act(self.conv0(self.norm0(x)))
        return self.norm1(self.conv1(y)) + self.shortcut(x)


class CompactEncoder(nn.Module):
    """Aligned face -> w+."""

    def __init__(
        self,
        num_ws: int = 18,  # Rows of w+.
        w_dim: int = 512,  # Size of one w.
        img_resolution: int = 256,  # Height and width that it sees; larger pictures are averaged.
        widths: Sequence[int] = (56, 128, 192, 256),  # Channels of each level, from stride 4 on.
        units: Sequence[int] = (1, 3, 2, 2),  # Residual units of each level.
        stem_channels: int = 32,  # Channels of the first convolution.
        grid: int = 4,  # Each level of the pyramid is pooled to grid x grid.
        level_channels: Sequence[int] = (16, 24, 48),  # Channels of the pooled levels, fine first.
        rows: int = 12,  # Rows that get an offset; later rows repeat the last of them.
        hidden: int = 192,  # Numbers that all offsets are made from.
        rank: int = 24,  # Numbers of one row's offset.
    ) -> None:
        super().__init__()
        if len(widths) != len(units) or len(level_channels) > len(widths):
            raise InputError(
                f"{len(widths)} widths, {len(units)} unit counts and {len(level_channels)} pooled "
                "levels do not fit: give one unit count a width, and at most as many levels."
            )
        if not 1 <= rows <= num_ws:
            raise InputError(f"{rows} rows with offsets do not fit w+ of {num_ws} rows.")
        self.num_ws = num_ws
        self.w_dim = w_dim
        self.img_resolution = img_resolution
        self.rows = rows
        self.rank = rank
        self.stem = nn.Sequential(
            nn.Conv2d(3, stem_channels, 7, stride=4, padding=3, bias=False),
            nn.BatchNorm2d(stem_channels),
            nn.LeakyReLU(SLOPE),
        )
        before = [stem_channels, *widths[:-1]]
        self.levels = nn.ModuleList(
            nn.Sequential(
                *(
                    ResidualUnit(before[k] if n == 0 else width, width, 2 if k and not n else 1)
                    for n in range(units[k])
                )
            )
            for k, width in enumerate(widths)
        )
        self.pool = nn.AdaptiveAvgPool2d(grid)  # any input size will do
        pooled_widths = widths[len(widths) - len(level_channels) :]
        self.reduce = nn.ModuleList(
            nn.Conv2d(width, channels, 1)
            for width, channels in zip(pooled_widths, level_channels, strict=True)
        )
        features = grid * grid * sum(level_channels)
        self.norm = nn.BatchNorm1d(features)
        self.to_code = nn.Linear(features, w_dim)
        self.to_hidden = nn.Sequential(nn.Linear(features, hidden), nn.LeakyReLU(SLOPE))
        self.to_offsets = nn.Linear(hidden, rows * rank)
        self.offset_basis = nn.Linear(rank, w_dim, bias=False)
        nn.init.zeros_(self.to_offsets.weight)
        nn.init.zeros_(self.to_offsets.bias)
        # Codes are coordinates in which every direction of W is about equally easy to learn.
        self.register_buffer("w_avg", torch.zeros(w_dim))
        self.register_buffer("basis", torch.eye(w_dim))
        self.w_avg: torch.Tensor
        self.basis: torch.Tensor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[batch, 3, size, size]`, RGB -1..1 -> w+ `[batch, num_ws, w_dim]` float32."""
        code, offsets = self.codes(x)
        return self.to_ws(code, offsets)

    def codes(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Code of the common w `[batch, w_dim]` and of the rows' offsets `[batch, rows, w_dim]`."""
        # Larger pictures are averaged down to what the encoder was trained on.
        if x.shape[-1] > self.img_resolution:
            x = functional.adaptive_avg_pool2d(x, self.img_resolution)
        # The pyramid: the last levels, each pooled to the same small grid.
        pooled = []
        x = self.stem(x)  # [batch, stem_channels, size / 4, size / 4]
        skipped = len(self.levels) - len(self.reduce)
        for k, level in enumerate(self.levels):
            x = level(x)  # [batch, widths[k], size / (4 << k), size / (4 << k)]
            if k >= skipped:
                pooled.append(self.pool(self.reduce[k - skipped](x)).flatten(1))
        features = self.norm(torch.cat(pooled, 1))  # [batch, features]
        # The heads: one code for all rows, few numbers for each row's own.
        code = self.to_code(features)  # [batch, w_dim]
        few = self.to_offsets(self.to_hidden(features)).unflatten(1, (self.rows, self.rank))
        return code.float(), self.offset_basis(few).float()

    def to_ws(self, code: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Codes -> w+ `[batch, num_ws, w_dim]`; rows without an offset repeat the last with one."""
        rows = self.w_avg + functional.linear(code[:, None] + offsets, self.basis)
        return torch.cat([rows, rows[:, -1:].expand(-1, self.num_ws - self.rows, -1)], 1)
