"""Reading the constants of an OpenVINO IR written by hand, and refusing what is none."""

from pathlib import Path

import numpy as np
import pytest

from mbtiface.errors import SourceError
from train.mobile.ir import read_ir

WEIGHT = np.arange(6, dtype=np.float32).reshape(2, 3)
BIAS = np.array([0.5, -2.0], dtype=np.float16)
AXES = np.array([-1], dtype=np.int64)
GRAPH = """<?xml version="1.0"?>
<net name="toy" version="10">
  <layers>
    <layer id="0" name="x" type="Parameter"><data element_type="f32" shape="1,3"/></layer>
    <layer id="1" name="weight" type="Const">
      <data element_type="f32" offset="0" shape="2,3" size="24"/>
    </layer>
    <layer id="2" name="product" type="MatMul"/>
    <layer id="3" name="bias" type="Const">
      <data element_type="f16" offset="24" shape="2" size="4"/>
    </layer>
    <layer id="4" name="axes" type="Const">
      <data element_type="i64" offset="28" shape="" size="8"/>
    </layer>
    <layer id="5" name="sum" type="Add"/>
  </layers>
  <edges>
    <edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>
    <edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>
    <edge from-layer="3" from-port="0" to-layer="5" to-port="10"/>
    <edge from-layer="2" from-port="2" to-layer="5" to-port="2"/>
  </edges>
</net>
"""


def write(folder: Path, graph: str = GRAPH, cut: int | None = None) -> Path:
    path = folder / "toy.xml"
    path.write_text(graph)
    blob = WEIGHT.tobytes() + BIAS.tobytes() + AXES.tobytes()
    path.with_suffix(".bin").write_bytes(blob[:cut])
    return path


def test_constants_and_what_feeds_what(tmp_path: Path) -> None:
    graph = read_ir(write(tmp_path))
    assert [(layer.name, layer.kind) for layer in graph.values()] == [
        ("x", "Parameter"),
        ("weight", "Const"),
        ("product", "MatMul"),
        ("bias", "Const"),
        ("axes", "Const"),
        ("sum", "Add"),
    ]
    # In the order of the ports as numbers: 2 comes before 10.
    assert graph["2"].inputs == ("0", "1")
    assert graph["5"].inputs == ("2", "3")
    assert graph["0"].value is None
    for key, value in (("1", WEIGHT), ("3", BIAS), ("4", AXES[0])):
        read = graph[key].value
        assert read is not None
        assert read.dtype == value.dtype
        assert read.shape == value.shape
        assert np.array_equal(read, value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<net ", "<nett ", "toy.xml cannot be read as an OpenVINO IR"),
        ('<net name="toy" version="10">', "<net", "cannot be read as an OpenVINO IR"),
        ("edges>", "wires>", "is no OpenVINO IR: it has no layers or edges"),
        ('element_type="f16"', 'element_type="u1"', "constant 'bias' is malformed .*u1"),
        ('offset="24"', "", "constant 'bias' is malformed .*offset"),
        ('shape="2,3"', 'shape="2,x"', "constant 'weight' is malformed"),
        ('shape="2,3"', 'shape="2,4"', "constant 'weight' needs 24 bytes at 0"),
        ('offset="24"', 'offset="34"', "constant 'bias' needs 4 bytes at 34, but .* has 36"),
        ('offset="24"', 'offset="-4"', "constant 'bias' needs 4 bytes at -4"),
    ],
)
def test_what_is_no_graph(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GRAPH
    with pytest.raises(SourceError, match=message):
        read_ir(write(tmp_path, GRAPH.replace(old, new)))


def test_numbers_cut_short_or_missing(tmp_path: Path) -> None:
    path = write(tmp_path, cut=30)
    with pytest.raises(SourceError, match="constant 'axes' needs 8 bytes at 28, but .* has 30"):
        read_ir(path)
    path.with_suffix(".bin").unlink()
    with pytest.raises(SourceError, match="toy.xml cannot be read"):
        read_ir(path)


def test_a_graph_without_what_the_network_needs_is_refused(tmp_path: Path) -> None:
    from train.mobile.random_face import read_generator

    write(tmp_path).rename(tmp_path / "MappingNetwork.xml")
    (tmp_path / "toy.bin").rename(tmp_path / "MappingNetwork.bin")
    with pytest.raises(SourceError, match="The mapping graph has 1 weights, expected 8"):
        read_generator(tmp_path)
