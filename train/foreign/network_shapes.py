"""Constructor arguments of networks, told from the names and shapes of their tensors."""

from collections.abc import Mapping
from typing import Any

import torch

from mbtiface.errors import SourceError
from mbtiface.networks.irse import STAGES
from mbtiface.weights.manifest import NetworkSpec

State = Mapping[str, torch.Tensor]
KEPT = {
    "mapping_kwargs": ("activation", "lr_multiplier", "w_avg_beta"),
    "synthesis_kwargs": ("num_fp16_res", "conv_clamp", "activation", "resample_filter"),
}
"""Arguments that tensors do not tell: taken from the file that says them; others from shapes."""
ENCODERS = {
    "GradualStyleEncoder": "GradualStyleEncoder",
    "BackboneEncoderUsingLastLayerIntoW": "BackboneEncoderIntoW",
    "BackboneEncoderUsingLastLayerIntoWPlus": "BackboneEncoderIntoWPlus",
    "Encoder4Editing": "ProgressiveEncoder",
    "ProgressiveBackboneEncoder": "ProgressiveEncoder",
}
"""`opts["encoder_type"]` of pSp and e4e -> our class."""


def generator_arguments(state: State, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Arguments of the `Generator` that a state in its names is of.

    Args:
        state: parameters and buffers.
        given: arguments as the file has them; only those of `KEPT` are believed.
        where: names the file in messages.

    Raises:
        SourceError: it is no StyleGAN2 generator.
    """
    sides = sorted(
        int(name.split(".")[1].removeprefix("b"))
        for name in state
        if name.startswith("synthesis.b") and name.endswith(".conv1.weight")
    )
    layers = _count(state, "mapping.fc{}.weight")
    if not layers or sides != [4 << k for k in range(len(sides))] or not sides:
        raise SourceError(
            f"{where} holds no generator of StyleGAN2: it has {layers} layers of a mapping network "
            f"and blocks of {sides} px. Others, StyleGAN3 among them, are not supported."
        )
    first, last = (
        _shape(state, "mapping.fc0.weight"),
        _shape(state, f"mapping.fc{layers - 1}.weight"),
    )
    embed = _shape(state, "mapping.embed.weight", needed=False)
    channels = [_shape(state, f"synthesis.b{side}.conv1.weight")[0] for side in sides]
    mapping = {"num_layers": layers, "layer_features": first[0] if layers > 1 else last[0]}
    if embed is not None:
        mapping["embed_features"] = embed[0]
    torgb = f"synthesis.b{sides[-1]}.torgb.weight"
    return {
        "z_dim": first[1] - (embed[0] if embed else 0),
        "c_dim": embed[1] if embed else 0,
        "w_dim": last[0],
        "img_resolution": sides[-1],
        "img_channels": _shape(state, torgb)[0],
        "mapping_kwargs": mapping | _kept(given, "mapping_kwargs"),
        "synthesis_kwargs": channel_limits(sides, channels, where)
        | {"architecture": _architecture(state, len(sides))}
        | _kept(given, "synthesis_kwargs"),
    }


def discriminator_arguments(state: State, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Arguments of the `Discriminator` that a state in its names is of; as above.

    Raises:
        SourceError: it is no StyleGAN2 discriminator with residual blocks.
    """
    sides = sorted(
        int(name.split(".")[0].removeprefix("b"))
        for name in state
        if name.endswith(".conv0.weight")
    )
    if not sides or sides != [8 << k for k in range(len(sides))]:
        raise SourceError(f"{where} holds no discriminator of StyleGAN2: blocks of {sides} px.")
    channels = [_shape(state, f"b{side}.conv0.weight")[0] for side in sides]
    final = _shape(state, "b4.conv.weight")
    epilogue = dict(given.get("epilogue_kwargs") or {})
    size = epilogue.get("mbstd_group_size", 4)
    return {
        "c_dim": _label_size(state),
        "img_resolution": sides[-1],
        "img_channels": _shape(state, f"b{sides[-1]}.fromrgb.weight")[1],
        **channel_limits([4, *sides], [final[0], *channels], where),
        "epilogue_kwargs": {
            "mbstd_group_size": size if isinstance(size, int) else 4,
            "mbstd_num_channels": final[1] - final[0],
        },
    } | _numbers(given, ("num_fp16_res", "conv_clamp"))


def encoder_spec(state: State, options: Mapping[str, Any], num_ws: int, where: str) -> NetworkSpec:
    """Class and arguments of the `PublishedEncoder` that a pSp or e4e encoder's state is of.

    Args:
        state: its tensors, `encoder.` left out of their names.
        options: of the checkpoint; `encoder_type` tells e4e from pSp, whose tensors are alike.
        num_ws: rows of the generator's w+.
        where: names the file in messages.

    Raises:
        SourceError: an unknown encoder, or one for another number of rows.
    """
    kind = ENCODERS.get(str(options.get("encoder_type", "GradualStyleEncoder")))
    units = _count(state, "body.{}.res_layer.1.weight")
    depths = [depth for depth, stages in STAGES.items() if units == sum(s[2] for s in stages)]
    if kind is None or not depths:
        raise SourceError(
            f"{where} holds an encoder of the type {str(options.get('encoder_type'))[:80]!r} with "
            f"{units} units; {', '.join(ENCODERS)} with {', '.join(map(str, STAGES))} layers are "
            "supported."
        )
    rows = num_ws
    if kind in ("GradualStyleEncoder", "ProgressiveEncoder"):
        rows = _count(state, "styles.{}.linear.weight")
    elif kind == "BackboneEncoderIntoWPlus":
        out, w_dim = _shape(state, "linear.weight")
        rows = out // w_dim
    if rows != num_ws:
        raise SourceError(
            f"{where} holds an encoder for {rows} rows of w+, but the generator takes {num_ws}: it "
            "was made for pictures of another size. Choose one of the generator's size."
        )
    return NetworkSpec(
        "PublishedEncoder",
        {
            "kind": kind,
            "num_ws": num_ws,
            "num_layers": depths[0],
            "mode": "ir_se" if "body.0.res_layer.5.fc1.weight" in state else "ir",
            "input_nc": _shape(state, "input_layer.0.weight")[1],
        },
    )


def channel_limits(sides: list[int], channels: list[int], where: str) -> dict[str, int]:
    """`channel_base` and `channel_max`: channels go by the side's inverse, up to a limit.

    Raises:
        SourceError: channels that follow no such rule.
    """
    most = max(channels)
    narrow = [side * count for side, count in zip(sides, channels, strict=True) if count < most]
    base = max(narrow) if narrow else sides[-1] * most
    if any(min(base // s, most) != count for s, count in zip(sides, channels, strict=True)):
        raise SourceError(f"{where}: blocks of {sides} px have {channels} channels, which is odd.")
    return {"channel_base": base, "channel_max": most}


def _architecture(state: State, blocks: int) -> str:
    if blocks > 1 and "synthesis.b8.skip.weight" in state:
        return "resnet"
    return "skip" if "synthesis.b4.torgb.weight" in state else "orig"


def _label_size(state: State) -> int:
    shape = _shape(state, "mapping.embed.weight", needed=False)
    return shape[1] if shape else 0


def _kept(given: Mapping[str, Any], table: str) -> dict[str, Any]:
    values = given.get(table)
    return _numbers(values, KEPT[table]) if isinstance(values, Mapping) else {}


def _numbers(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


def _count(state: State, pattern: str) -> int:
    index = 0
    while pattern.format(index) in state:
        index += 1
    return index


def _shape(state: State, name: str, needed: bool = True) -> Any:
    tensor = state.get(name)
    if tensor is None or tensor.ndim < 2:
        if needed:
            raise SourceError(
                f"The network has no usable {name}; it is damaged or of another kind."
            )
        return None
    return tuple(tensor.shape)
