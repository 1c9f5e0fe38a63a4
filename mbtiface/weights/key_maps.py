"""Foreign parameter names and shapes to ours and back: dict to dict, values untouched.

rosinality's StyleGAN2, which pSp's decoder is too, differs from ours in names and in dimensions of
size 1 alone: no kernel is flipped, transposed or scaled. Its low-pass filters are constants: read
ones are not looked at, written ones are those of our layers.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import torch

from mbtiface.errors import SourceError
from mbtiface.networks.layers import BINOMIAL_TAPS
from mbtiface.networks.resample import setup_filter

State = Mapping[str, torch.Tensor]
FILTER = "resample_filter"
NAMED_AT_MOST = 5
"""Names that an error message lists before it only counts."""


class Link(NamedTuple):
    """One tensor under both names."""

    theirs: str
    ours: str
    lead: int = 0  # first dimensions of size 1 that theirs has and ours lacks
    trail: int = 0  # last dimensions of size 1 likewise


class FilterLink(NamedTuple):
    """One low-pass filter under both names."""

    theirs: str
    ours: str
    gain: float  # theirs is ours times this


def generator_from_rosinality(
    state: State,  # a whole generator: style.*, input.*, convs.*, to_rgbs.*, noises.* ...
    latent_avg: torch.Tensor | None = None,  # mean w, [w_dim] or [n, w_dim]; None = leave it out
) -> dict[str, torch.Tensor]:
    """Return the state of a `Generator`; its `mapping.w_avg` is the first row of latent_avg.

    SourceError for missing or unexpected names or a wrong number of dimensions.
    """
    num_layers = _count(state, "style.{}.weight", start=1)
    num_blocks = _count(state, "to_rgbs.{}.bias")
    result = _read(state, list(_generator_links(num_layers, num_blocks)), "generator")
    result |= _filters(_generator_filters(num_blocks))
    if latent_avg is not None:
        result["mapping.w_avg"] = latent_avg.reshape(-1, latent_avg.shape[-1])[0]  # [w_dim]
    return result


def generator_to_rosinality(state: State) -> dict[str, torch.Tensor]:
    """Return the state of a `Generator` in rosinality's form; `mapping.w_avg` has no place there.

    SourceError for missing or unexpected names: labels and residual blocks are unknown to it.
    """
    num_layers = _count(state, "mapping.fc{}.weight")
    num_blocks = sum(name.endswith(".conv0.weight") for name in state)
    kernels = [
        link
        for k in range(num_blocks)
        for link in (
            FilterLink(f"convs.{2 * k}.conv.blur.kernel", f"{_block(k)}.conv0.{FILTER}", 4),
            FilterLink(f"to_rgbs.{k}.upsample.kernel", f"{_block(k)}.{FILTER}", 4),
        )
    ]
    links = list(_generator_links(num_layers, num_blocks))
    return _write(state, links, kernels, "generator", ignored=("mapping.w_avg",))


def discriminator_from_rosinality(state: State) -> dict[str, torch.Tensor]:
    """Return the state of a `Discriminator`.

    SourceError for missing or unexpected names or a wrong number of dimensions.
    """
    num_blocks = _count(state, "convs.{}.conv1.0.weight", start=1)
    result = _read(state, list(_discriminator_links(num_blocks)), "discriminator")
    return result | _filters(_discriminator_filters(num_blocks))


def discriminator_to_rosinality(state: State) -> dict[str, torch.Tensor]:
    """Return the state of a `Discriminator` in rosinality's form.

    SourceError for missing or unexpected names: labels are unknown to it.
    """
    num_blocks = sum(name.endswith(".conv0.weight") for name in state)
    kernels = [
        link
        for i in range(1, num_blocks + 1)
        for link in (
            FilterLink(f"convs.{i}.conv2.0.kernel", f"b{_side(num_blocks, i)}.conv1.{FILTER}", 1),
            FilterLink(f"convs.{i}.skip.0.kernel", f"b{_side(num_blocks, i)}.skip.{FILTER}", 1),
        )
    ]
    return _write(state, list(_discriminator_links(num_blocks)), kernels, "discriminator")


def _generator_links(num_layers: int, num_blocks: int) -> Iterator[Link]:
    """All tensors of a generator whose picture has the side 4 * 2 ** num_blocks."""
    for i in range(num_layers):
        for part in ("weight", "bias"):
            yield Link(f"style.{i + 1}.{part}", f"mapping.fc{i}.{part}")
    yield Link("input.input", "synthesis.b4.const", lead=1)
    yield from _layer_links("conv1", "synthesis.b4.conv1", "noises.noise_0")
    yield from _torgb_links("to_rgb1", "synthesis.b4.torgb")
    for k in range(num_blocks):
        for j in (0, 1):
            index = 2 * k + j
            ours = f"{_block(k)}.conv{j}"
            yield from _layer_links(f"convs.{index}", ours, f"noises.noise_{index + 1}")
        yield from _torgb_links(f"to_rgbs.{k}", f"{_block(k)}.torgb")


def _layer_links(theirs: str, ours: str, noise: str) -> Iterator[Link]:
    yield from _modulated_links(theirs, ours)
    yield Link(f"{theirs}.activate.bias", f"{ours}.bias")
    yield Link(f"{theirs}.noise.weight", f"{ours}.noise_strength", lead=1)
    yield Link(noise, f"{ours}.noise_const", lead=2)


def _torgb_links(theirs: str, ours: str) -> Iterator[Link]:
    yield from _modulated_links(theirs, ours)
    yield Link(f"{theirs}.bias", f"{ours}.bias", lead=1, trail=2)


def _modulated_links(theirs: str, ours: str) -> Iterator[Link]:
    yield Link(f"{theirs}.conv.weight", f"{ours}.weight", lead=1)
    for part in ("weight", "bias"):
        yield Link(f"{theirs}.conv.modulation.{part}", f"{ours}.affine.{part}")


def _generator_filters(num_blocks: int) -> Iterator[str]:
    yield from (f"synthesis.b4.{FILTER}", f"synthesis.b4.conv1.{FILTER}")
    for k in range(num_blocks):
        yield from (f"{_block(k)}.{part}{FILTER}" for part in ("", "conv0.", "conv1."))


def _block(k: int) -> str:
    return f"synthesis.b{8 << k}"


def _discriminator_links(num_blocks: int) -> Iterator[Link]:
    """All tensors of a discriminator whose picture has the side 4 * 2 ** num_blocks."""
    layers = [("convs.0.0", "convs.0.1", f"b{_side(num_blocks, 1)}.fromrgb")]
    for i in range(1, num_blocks + 1):
        block = f"b{_side(num_blocks, i)}"
        layers.append((f"convs.{i}.conv1.0", f"convs.{i}.conv1.1", f"{block}.conv0"))
        layers.append((f"convs.{i}.conv2.1", f"convs.{i}.conv2.2", f"{block}.conv1"))
        yield Link(f"convs.{i}.skip.1.weight", f"{block}.skip.weight")
    layers.append(("final_conv.0", "final_conv.1", "b4.conv"))
    layers.append(("final_linear.0", "final_linear.0", "b4.fc"))
    layers.append(("final_linear.1", "final_linear.1", "b4.out"))
    for weight, bias, ours in layers:
        yield Link(f"{weight}.weight", f"{ours}.weight")
        yield Link(f"{bias}.bias", f"{ours}.bias")


def _discriminator_filters(num_blocks: int) -> Iterator[str]:
    yield f"b{_side(num_blocks, 1)}.fromrgb.{FILTER}"
    for i in range(1, num_blocks + 1):
        parts = ("", "conv0.", "conv1.", "skip.")
        yield from (f"b{_side(num_blocks, i)}.{part}{FILTER}" for part in parts)
    yield f"b4.conv.{FILTER}"


def _side(num_blocks: int, i: int) -> int:
    """Side of the input of the discriminator's block i, counted from 1 at the picture."""
    return 4 << (num_blocks + 1 - i)


def _filters(names: Iterable[str]) -> dict[str, torch.Tensor]:
    return {name: setup_filter(BINOMIAL_TAPS) for name in names}


def _read(state: State, links: list[Link], what: str) -> dict[str, torch.Tensor]:
    found = {name for name in state if not name.endswith(".kernel")}
    _check_names(found, {link.theirs for link in links}, f"a {what} in rosinality's form")
    result = {}
    for link in links:
        value = state[link.theirs]
        shape = list(value.shape)
        last = len(shape) - link.trail
        if last < link.lead or any(size != 1 for size in shape[: link.lead] + shape[last:]):
            raise SourceError(
                f"{link.theirs} must begin with {link.lead} and end with {link.trail} dimensions"
                f" of size 1, but its shape is {shape}; the file is damaged or of another kind"
            )
        result[link.ours] = value.reshape(shape[link.lead : last])
    return result


def _write(
    state: State,
    links: list[Link],
    kernels: list[FilterLink],
    what: str,
    ignored: tuple[str, ...] = (),
) -> dict[str, torch.Tensor]:
    found = {name for name in state if not name.endswith(FILTER) and name not in ignored}
    _check_names(found, {link.ours for link in links}, f"a {what} that rosinality's form can hold")
    result = {}
    for link in links:
        value = state[link.ours]
        shape = [1] * link.lead + list(value.shape) + [1] * link.trail
        result[link.theirs] = value.reshape(shape)
    return result | {link.theirs: state[link.ours] * link.gain for link in kernels}


def _check_names(found: set[str], wanted: set[str], what: str) -> None:
    missing, unexpected = sorted(wanted - found), sorted(found - wanted)
    if missing or unexpected:
        raise SourceError(
            f"These tensors are not those of {what}. Missing: {_listed(missing)}."
            f" Unexpected: {_listed(unexpected)}. Check which file and which part of it was given."
        )


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED_AT_MOST
    text = ", ".join(names[:NAMED_AT_MOST]) or "none"
    return f"{text} and {more} more" if more > 0 else text


def _count(state: State, pattern: str, start: int = 0) -> int:
    """Count the names `pattern.format(start)`, `... start + 1` and on that follow each other."""
    index = start
    while pattern.format(index) in state:
        index += 1
    return index - start
