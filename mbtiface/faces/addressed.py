"""From the address of a face to its w+."""

from functools import partial
from typing import TYPE_CHECKING

import torch

from mbtiface.errors import InputError
from mbtiface.faces.address import COMMUNITY, PHOTO, FaceAddress, parse_start
from mbtiface.faces.blend import BLEND, blended, parse_blend
from mbtiface.faces.match_face import match_w, parse_wanted

if TYPE_CHECKING:
    from mbtiface.faces.studio import Studio


def addressed_face(
    studio: "Studio", address: FaceAddress, start: torch.Tensor | None = None
) -> torch.Tensor:
    """The w+ `[num_ws, w_dim]` of an address: its start, made stronger or weaker, then moved.

    Args:
        studio: whose samples, averages and directions.
        address: which face.
        start: the latent of a `photo` or `community` start, which only its keeper knows; of a
            blend with a photo, that photo's.

    Raises:
        InputError: such a start without its `start`.
    """
    _, _, gender = parse_start(address.start)
    w = _start(studio, address.start, start)
    if gender and address.difference != 1.0:
        mean = studio.gender_mean(gender)
        w = mean + address.difference * (w - mean)
    if address.truncation != 1.0:
        centre = studio.averages.tensors["latent.mean"]  # [w_dim]
        w = centre + address.truncation * (w - centre)
    axes = {axis: address.strength * value for axis, value in address.axes.items()}
    if not any(axes.values()):
        return w
    keep = address.keep or None
    return studio.morph(w, axes, address.by, layers=address.layers, keep=keep)


def _start(studio: "Studio", text: str, known: torch.Tensor | None) -> torch.Tensor:
    kind, what, gender = parse_start(text)
    if kind == BLEND:
        blend = parse_blend(str(what))
        first, second = (_start(studio, half, known) for half in (blend.first, blend.second))
        return blended(first, second, blend.share)
    if kind in (PHOTO, COMMUNITY):
        if known is None:
            raise InputError(f"The latent of a {kind} start is kept, and not given out here.")
        return known
    if kind == "seed":
        return studio.sample(int(what))
    if kind == "type":
        return studio.type_mean(str(what), gender)
    if kind == "letter":
        return studio.letter_mean(str(what), gender)
    if kind == "match":
        return match_w(parse_wanted(str(what)), partial(studio.type_mean, gender=gender))
    return studio.gender_mean(gender)
