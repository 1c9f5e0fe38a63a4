"""Reads safetensors files that may come from anywhere."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from mbtiface.errors import BundleError

MAX_HEADER_BYTES = 4 * 2**20
"""Of a few hundred names and shapes; parsing takes many times as much memory."""
DTYPES = ("F16", "BF16", "F32", "F64", "I8", "I16", "I32", "I64", "U8", "BOOL")
"""Number formats of weights; the others have no plain arithmetic."""


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Read all tensors of a safetensors file, in the number format of the file.

    Raises:
        BundleError: it is none, its header is too large, or a number format is unknown.
    """
    try:
        _check_header(path)
        with safe_open(path, "pt") as opened:
            names = opened.keys()  # The file itself is no mapping.
            for name in names:
                if (dtype := opened.get_slice(name).get_dtype()) not in DTYPES:
                    raise BundleError(f"{path}: {name} holds {dtype}, not {', '.join(DTYPES)}.")
            return {name: opened.get_tensor(name) for name in names}
    except (SafetensorError, OSError, RuntimeError, ValueError, TypeError) as error:
        raise BundleError(f"{path} is no safetensors file ({error}).") from error


def _check_header(path: Path) -> None:
    with path.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
    if length > MAX_HEADER_BYTES:
        raise ValueError(f"its header says that it has {length} bytes, over {MAX_HEADER_BYTES}")
