"""Reads the constants of an OpenVINO IR: an XML graph beside a .bin of numbers. Runs nothing."""

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mbtiface.errors import SourceError

DTYPES = {"f32": np.float32, "f16": np.float16, "i64": np.int64, "i32": np.int32}


@dataclass(frozen=True)
class IrLayer:
    """One node of the graph and where its inputs come from."""

    name: str
    kind: str
    inputs: tuple[str, ...] = ()
    """Ids of the nodes that feed it, in port order."""
    value: np.ndarray | None = field(default=None, compare=False)
    """The numbers of a constant; None for every other node."""


def read_ir(xml_path: Path) -> dict[str, IrLayer]:
    """Read a graph and its constants, by node id, in the order of the file.

    Raises:
        SourceError: a file is missing, is no IR, or a constant lies outside the .bin file.
    """
    bin_path = xml_path.with_suffix(".bin")
    try:
        root = ElementTree.parse(xml_path).getroot()
        blob = np.fromfile(bin_path, dtype=np.uint8)
    except (OSError, ElementTree.ParseError) as error:
        raise SourceError(f"{xml_path.name} cannot be read as an OpenVINO IR: {error}.") from error
    layers, edges = root.find("layers"), root.find("edges")
    if root.tag != "net" or layers is None or edges is None:
        raise SourceError(f"{xml_path.name} is no OpenVINO IR: it has no layers or edges.")
    inputs: dict[str, list[tuple[int, str]]] = {}
    for edge in edges:
        port = (int(edge.attrib["to-port"]), edge.attrib["from-layer"])
        inputs.setdefault(edge.attrib["to-layer"], []).append(port)
    graph = {}
    for node in layers:
        key, name, kind = node.attrib["id"], node.attrib["name"], node.attrib["type"]
        value = _constant(node, blob, xml_path.name) if kind == "Const" else None
        sources = tuple(source for _, source in sorted(inputs.get(key, [])))
        graph[key] = IrLayer(name, kind, sources, value)
    return graph


def _constant(node: ElementTree.Element, blob: np.ndarray, file: str) -> np.ndarray:
    data = node.find("data")
    attributes = {} if data is None else data.attrib
    try:
        dtype = np.dtype(DTYPES[attributes["element_type"]])
        shape = tuple(int(size) for size in attributes["shape"].split(",") if size.strip())
        offset, size = int(attributes["offset"]), int(attributes["size"])
    except (KeyError, ValueError) as error:
        raise SourceError(
            f"{file}: constant {node.get('name')!r} is malformed ({error})."
        ) from error
    if size != math.prod(shape) * dtype.itemsize or offset < 0 or offset + size > blob.size:
        raise SourceError(
            f"{file}: constant {node.get('name')!r} needs {size} bytes at {offset}, "
            f"but the .bin file has {blob.size}. The download is damaged; fetch it again."
        )
    return blob[offset : offset + size].copy().view(dtype).reshape(shape)
