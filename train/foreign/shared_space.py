"""Two generators over one mapping network: what was made for one is valid for the other.

Rows of w+ are styles of the same levels in every StyleGAN2 and in its mobile kin: row 0 for 4 px,
then two a resolution, 2k - 1 and 2k for 4 << k px; the picture's own last row comes after them. So
a smaller network takes the first rows of a larger one's, and in a larger one rows are added at the
fine end. What is added repeats the last row there was, as the embedded bundle's own idle rows do;
what a linear map read from rows that are cut, it then reads from the last row kept, which is what
every producer of w+ would have put there.
"""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch

from mbtiface.faces.averages import Averages
from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.weights.bundle import Bundle, check_tensors
from mbtiface.weights.card import CARD
from mbtiface.weights.inversion_parts import load_encoder
from mbtiface.weights.manifest import NetworkSpec
from mbtiface.weights.writing import half, write_sharded, write_small
from train.mobile.distil_bundle import ROW_MAPS, cut_rows, fit_map, fit_rows

log = logging.getLogger(__name__)

TOLERANCE = 2.0**-10
"""Of each number, relative: half precision rounds by half of this, and both may be rounded."""
FLOOR = 2.0**-23
"""And relative to the tensor's largest: numbers so small are rounded more coarsely."""


def mapping_difference(
    ours: Mapping[str, torch.Tensor], theirs: Mapping[str, torch.Tensor]
) -> float:
    """How far two mapping networks are apart, in units of what rounding explains: up to 1 = same.

    Args:
        ours: a generator's state.
        theirs: another's.

    Returns:
        The largest excess over all weights and biases; infinity where names or shapes differ.
    """
    layers = [
        {name for name in state if name.startswith("mapping.") and name != "mapping.w_avg"}
        for state in (ours, theirs)
    ]
    if layers[0] != layers[1] or not layers[0]:
        return float("inf")
    largest = 0.0
    for name in layers[0]:
        a, b = ours[name].float(), theirs[name].float()
        if a.shape != b.shape:
            return float("inf")
        allowed = TOLERANCE * b.abs() + FLOOR * b.abs().max().clamp_min(1e-30)
        largest = max(largest, float(((a - b).abs() / allowed).max()))
    return largest


def take_over(
    bundle: Bundle, folder: Path, num_ws: int, encoder: bool = True
) -> dict[str, NetworkSpec]:
    """Write what rests on W alone into a folder: averages, encoder, aligner, features, licences.

    Args:
        bundle: whose parts.
        folder: of the new bundle.
        num_ws: rows of the new generator's w+.
        encoder: take the encoder too.

    Returns:
        The networks written, by part.

    Raises:
        BundleError: a part is damaged.
    """
    networks = {
        name: spec
        for name, spec in bundle.manifest.networks.items()
        if name not in ("generator", "discriminator", "encoder")
    }
    own = {path.name for part in ("generator", "discriminator") for path in bundle.files(part)}
    own |= {path.name for part in ("encoder", "faces") for path in bundle.files(part)}
    for name in bundle.manifest.files:
        if name not in own and name != CARD:
            shutil.copyfile(bundle.folder / name, folder / name)
    if bundle.files("faces"):
        write_small(folder, "faces", half(fitted_faces(bundle, num_ws)))
    if encoder and bundle.files("encoder"):
        spec = _take_encoder(bundle, folder, num_ws)
        networks |= {} if spec is None else {"encoder": spec}
    return networks


def fitted_faces(bundle: Bundle, num_ws: int) -> dict[str, torch.Tensor]:
    """The averages, directions and maps of a bundle for w+ of another number of rows, float32.

    Raises:
        BundleError: they are damaged.
    """
    tensors = {name: value.float() for name, value in bundle.tensors("faces").items()}
    rows, w_dim = tensors["gender_means"].shape[-2:]
    check_tensors(tensors, Averages.shapes(rows, w_dim), bundle.folder / "faces.safetensors")
    for name, shape in Averages.shapes(rows, w_dim).items():
        if shape[-2:] == (rows, w_dim) and len(shape) > 2:
            fit = fit_map if name in ROW_MAPS else fit_rows
            tensors[name] = fit(tensors[name], num_ws)
    return tensors


def _take_encoder(bundle: Bundle, folder: Path, num_ws: int) -> NetworkSpec | None:
    """Write the encoder for another number of rows; None where it cannot make them."""
    given = bundle.manifest.networks["encoder"]
    encoder = load_encoder(bundle)
    if encoder.num_ws == num_ws:
        write_sharded(folder, "encoder", bundle.tensors("encoder"))
        return given
    if not isinstance(encoder, CompactEncoder):
        log.warning("encoder: left out, it makes w+ of %d rows alone", encoder.num_ws)
        return None
    # Rows without an offset repeat the last one with one: only the offsets of rows cut must go.
    spec, tensors = cut_rows(given, encoder, num_ws)
    write_sharded(folder, "encoder", half(tensors))
    return NetworkSpec(spec.kind, dict(spec.args) | {"num_ws": num_ws})
