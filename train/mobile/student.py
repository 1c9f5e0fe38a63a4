"""The student: a mobile generator as wide as its teacher, over the teacher's mapping network.

Its first weights are those of another mobile generator wherever names and shapes allow.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.networks.generator import Generator
from mbtiface.networks.mobile import Affine, MobileGenerator, MobileSynthesis, StyledLayer
from mbtiface.networks.synthesis_block import SynthesisBlock

SMALLEST = 32
"""Pictures in px: two blocks, and what perceptual features can look at."""
BANDS = 4
"""Channels of a wavelet up-sampling come in such groups."""
LAYER_GAIN = 2.0**0.5
"""Undoes what a leaky ReLU takes from a new layer's variance; a dozen layers would lose it all."""
STYLE_SPREAD = 0.3
"""Deviation of a new style from 1: wider ones multiply up over a dozen layers."""


@dataclass(frozen=True)
class Origins:
    """Where a student's tensors come from, by name."""

    teacher: tuple[str, ...]
    """The teacher's own: the mapping network; never trained."""
    taken: tuple[str, ...]
    """Of the generator that the student starts from."""
    new: tuple[str, ...]
    """Drawn at random."""

    def to_json(self) -> dict[str, list[str]]:
        """Plain lists."""
        return {name: list(values) for name, values in asdict(self).items()}


def student_arguments(
    teacher: Generator,
    teacher_args: Mapping[str, Any],
    channels: Sequence[int] = (),
    width: float = 1.0,
) -> dict[str, Any]:
    """Constructor arguments of the student.

    Args:
        teacher: whose pictures it shall make.
        teacher_args: constructor arguments of the teacher, as its manifest has them.
        channels: channels after each block, lowest resolution first; none = `teacher_channels`.
        width: factor on the teacher's channels where `channels` is empty.

    Raises:
        SourceError: a teacher that no mobile generator can stand in for, or channels that do not
            fit its size.
    """
    size = teacher.img_resolution
    if teacher.img_channels != 3 or size < SMALLEST:
        raise SourceError(
            f"The teacher makes pictures of {size} px with {teacher.img_channels} channels; a "
            f"student needs {SMALLEST} px or more and 3 channels."
        )
    if teacher.mapping.w_avg_beta is None:
        raise SourceError("The teacher's mapping keeps no average w; truncation needs one.")
    chosen = list(channels) or teacher_channels(teacher, width)
    if size != 8 << len(chosen) or any(each < BANDS or each % BANDS for each in chosen):
        raise SourceError(
            f"Channels {chosen} do not fit: a student of {size} px has {int(math.log2(size)) - 3} "
            f"blocks, each of a multiple of {BANDS} channels."
        )
    mapping = dict(teacher_args.get("mapping_kwargs") or {})
    return {
        "z_dim": teacher.z_dim,
        "w_dim": teacher.w_dim,
        "img_resolution": size,
        "channels": chosen,
        "num_layers": mapping.pop("num_layers", teacher.mapping.num_layers),
        "c_dim": teacher.c_dim,
        "mapping_kwargs": mapping,
    }


def teacher_channels(teacher: Generator, width: float = 1.0) -> list[int]:
    """The teacher's channels at each of the student's resolutions, 8 px to half the picture.

    Scaled by `width` and rounded up to whole wavelet bands; so StyleGAN2's 1024-px network gives
    the channels of the published MobileStyleGAN.
    """
    channels = []
    resolution = 8
    while resolution < teacher.img_resolution:
        block = teacher.synthesis.get_submodule(f"b{resolution}")
        assert isinstance(block, SynthesisBlock)
        channels.append(BANDS * max(1, math.ceil(block.conv1.bias.numel() * width / BANDS)))
        resolution *= 2
    return channels


def make_student(
    teacher: Generator,
    arguments: Mapping[str, Any],
    start: Mapping[str, torch.Tensor] | None = None,
    seed: int = 0,
) -> tuple[MobileGenerator, Origins]:
    """Build a student over the teacher's mapping; the same seed gives the same new tensors.

    Args:
        teacher: whose mapping it gets.
        arguments: of `student_arguments`.
        start: state of a mobile generator; a tensor of its synthesis is taken where the student has
            one of the same name and shape. None = everything is new.
        seed: of the new tensors.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        student = MobileGenerator(**arguments)
    balance_new(student.synthesis)
    student.mapping.load_state_dict(teacher.mapping.state_dict())
    student.mapping.eval().requires_grad_(False)
    names: dict[str, list[str]] = {"teacher": [], "taken": [], "new": []}
    state = student.state_dict()
    for name, value in state.items():
        other = (start or {}).get(name)
        if name.startswith("mapping."):
            names["teacher"].append(name)
        elif other is not None and other.shape == value.shape:
            value.copy_(other)
            names["taken"].append(name)
        else:
            names["new"].append(name)
    return student, Origins(**{key: tuple(values) for key, values in names.items()})


@torch.no_grad()
def balance_new(synthesis: nn.Module) -> None:
    """Let new layers keep the variance of what enters them."""
    for module in synthesis.modules():
        if isinstance(module, StyledLayer):
            module.weight.mul_(LAYER_GAIN)
        elif isinstance(module, Affine):
            module.weight.mul_(STYLE_SPREAD)


def train_noise(synthesis: MobileSynthesis) -> None:
    """Make the constant noise maps parameters, under the same names.

    The teacher's noise is constant too when it draws: the student can learn where it shows.
    """
    for module in synthesis.modules():
        if isinstance(module, StyledLayer):
            noise = module.noise_const
            del module.noise_const
            module.register_parameter("noise_const", nn.Parameter(noise))


def acting_rows(synthesis: MobileSynthesis) -> int:
    """Rows of w+ that act on the full picture; those after it follow the last one that does."""
    return 2 * len(synthesis.blocks) + 2
