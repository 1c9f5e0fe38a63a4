"""Training snapshots of NVIDIA's stylegan2-ada-pytorch and stylegan3: pickles of whole networks.

Each network and layer in them is a call that stock pickle would answer by running the source text
that the file brings along. Here that call gives a record: class name, arguments, tensors.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mbtiface.errors import SourceError
from mbtiface.weights.plain_pickle import PickleReader
from mbtiface.weights.plain_values import Blob, Budget, Buffer, Built, Global, Maker
from mbtiface.weights.snapshot_records import Record, RecordReader, StoredBytes, StoredTensor
from mbtiface.weights.torch_files import mapped
from mbtiface.weights.torch_plans import ordered_dict

PARTS = ("G_ema", "G", "D", "augment_pipe")
"""Networks of a snapshot."""
MAX_SNAPSHOT_BYTES = 900_000_000
"""Of a file; the published 1024-px one has 381 MB. Its tensors are copied out of it."""
NUMBERS = {"f2": "e", "f4": "f", "f8": "d", "b1": "?"} | dict(
    zip("i1 i2 i4 i8 u1 u2 u4 u8".split(), "b h i q B H I Q".split(), strict=True)
)
"""NumPy's name of a number format -> that of `struct`."""


def read_stylegan2_pickle(
    path: str | Path, parts: Sequence[str] = PARTS
) -> dict[str, dict[str, Any] | None]:
    """Read a snapshot as plain data; nothing of it is run, nothing that it names is imported.

    Args:
        path: of the file, 900 MB at most.
        parts: networks to read; the tensors of others stay in the file.

    Returns:
        Each of the parts that the file has -> None where it is empty, else `kind` (class name,
        such as "Generator"), `positional` and `args` (constructor arguments, a list and a table of
        plain values) and `tensors` (parameters and buffers by dotted name, on the CPU, in the
        file's number format). And `training_set_kwargs`, a table of plain values, if there is one.

    Raises:
        SourceError: the file names anything but the ten functions and classes of this layout, is
            damaged, too large, a TensorFlow pickle, or no snapshot.
    """
    path = Path(path)
    with mapped(path, MAX_SNAPSHOT_BYTES) as (_, data):
        budget = Budget()
        content = PickleReader(data, _names(data), str(path), budget=budget).read()
        if not isinstance(content, dict) or not any(part in content for part in PARTS[:3]):
            raise SourceError(
                f"{path} is no snapshot of StyleGAN2: it has none of {', '.join(PARTS[:3])}."
            )
        reader = RecordReader(data, str(path), budget)
        result: dict[str, dict[str, Any] | None] = {}
        for part in parts:
            if part in content:
                result[part] = reader.network(content[part], part)
        if isinstance(content.get("training_set_kwargs"), dict):
            result["training_set_kwargs"] = reader.plain(content["training_set_kwargs"])
    return result


@dataclass(frozen=True)
class NumberFormat(Built):
    """What stands for `numpy.dtype`: NumPy's name of a number format, such as `f8`."""

    name: str

    @classmethod
    def of(cls, name: object, *flags: object) -> "NumberFormat":
        """What stands for the call of `numpy.dtype`."""
        if not isinstance(name, str) or name not in NUMBERS:
            raise ValueError("an unknown number format")
        return cls(name)

    def build(self, state: object) -> None:
        """Check the byte order in NumPy's state."""
        if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", "|"):
            raise ValueError("a number of another byte order")

    def number(self, raw: bytes) -> float | int | bool:
        """Read one number of this format."""
        try:
            return struct.unpack("<" + NUMBERS[self.name], raw)[0]
        except struct.error as error:
            raise ValueError(str(error)) from None


def _names(data: Buffer) -> dict[tuple[str, str], Global]:
    """The ten names of the layout, compared exactly."""

    def scalar(form: object, content: object) -> float | int | bool:
        if not isinstance(form, NumberFormat) or not isinstance(content, Blob):
            raise TypeError("a number without a format")
        return form.number(bytes(data[content.start : content.start + content.length]))

    return {
        ("torch_utils.persistence", "_reconstruct_persistent_obj"): Maker(Record.of),
        ("dnnlib.util", "EasyDict"): Maker(ordered_dict),
        ("collections", "OrderedDict"): Maker(ordered_dict),
        ("torch._utils", "_rebuild_tensor_v2"): Maker(StoredTensor.of),
        ("torch._utils", "_rebuild_parameter"): Maker(StoredTensor.parameter),
        ("torch.storage", "_load_from_bytes"): Maker(StoredBytes.of),
        ("numpy", "dtype"): Maker(NumberFormat.of),
        ("numpy.core.multiarray", "scalar"): Maker(scalar),
        ("numpy._core.multiarray", "scalar"): Maker(scalar),
        ("builtins", "set"): Maker(plain_set),
    }


def plain_set(values: object = ()) -> set[object]:
    """What stands for `set([...])` of plain values."""
    if not isinstance(values, list | tuple) or any(type(each) not in (str, int) for each in values):
        raise TypeError("a set of other than plain values")
    return set(values)
