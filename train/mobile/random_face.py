"""The `random-face` wheel: fetched by exact version, checked by digest, read into our own names."""

import hashlib
import re
import zipfile
from pathlib import Path

import numpy as np
import torch

from mbtiface.errors import SourceError
from mbtiface.networks.mobile import CHANNELS
from train.data import wheels
from train.mobile.ir import IrLayer, read_ir

REQUIREMENT = "random-face==2021.7.21.1"
WHEEL = "random_face-2021.7.21.1-py3-none-any.whl"
WHEEL_SHA256 = "e5d10e2be7df63f06123855ec591ca35dcb1d059eba47ddcb175d7d26b4019b5"
MEMBERS = {
    "MappingNetwork.bin": "212dd716bdb556e18db603ea97300d4fa3c872b878c726b2402fea80820e7305",
    "MappingNetwork.xml": "73e2096cad6e696e4af47df2477e048ab4c42c0e0dec83c7c66604822689e55b",
    "SynthesisNetwork.bin": "c7da15fa22d508c82e1c30dd6b4cdf67fe3ccdddaf85b310ee764dbf0c289645",
    "SynthesisNetwork.xml": "7918fce515243954d3e06628cb39a23902d6b1d5d02932cc0c2faee7a2aeeedd",
}
LICENCE_MEMBER = "random_face-2021.7.21.1.dist-info/LICENSE"
MAPPING_LR = 0.01
"""Learning-rate gain of StyleGAN2's mapping network; the IR has it multiplied in."""


def fetch_wheel(folder: Path) -> Path:
    """Return the wheel in `folder`, fetched with pip if it is not there, digest checked.

    Raises:
        SourceError: pip cannot fetch it, or the file is another one.
    """
    wheel = folder / WHEEL
    wheels.fetch_wheel(REQUIREMENT, wheel, "Check the network")
    check_wheel(wheel)
    return wheel


def check_wheel(wheel: Path) -> None:
    """Raise `SourceError` unless the file is the very wheel that this import was written for."""
    try:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    except OSError as error:
        raise SourceError(f"{wheel} cannot be read ({error.strerror}).") from error
    if digest != WHEEL_SHA256:
        raise SourceError(
            f"{wheel} is not the wheel of {REQUIREMENT}: its sha256 is {digest}, expected "
            f"{WHEEL_SHA256}. Delete it and run the command again."
        )


def unpack_wheel(wheel: Path, folder: Path) -> Path:
    """Unpack the four IR files and the licence, digests checked; return the folder.

    Raises:
        SourceError: a member is missing or not the expected one.
    """
    check_wheel(wheel)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(wheel) as archive:
            contents = {name: archive.read(f"random_face/data/{name}") for name in MEMBERS}
            licence = archive.read(LICENCE_MEMBER)
    except (KeyError, zipfile.BadZipFile) as error:
        raise SourceError(f"{wheel} lacks what it should hold ({error}).") from error
    for name, content in contents.items():
        digest = hashlib.sha256(content).hexdigest()
        if digest != MEMBERS[name]:
            raise SourceError(f"{name} in {wheel} has sha256 {digest}, expected {MEMBERS[name]}.")
        (folder / name).write_bytes(content)
    (folder / "LICENSE").write_bytes(licence)
    return folder


def read_generator(folder: Path) -> dict[str, torch.Tensor]:
    """Read both IR graphs into the names of `MobileGenerator`, float32, `w_avg` left out.

    Raises:
        SourceError: a graph does not hold what the network needs.
    """
    state = _mapping_state(read_ir(folder / "MappingNetwork.xml"))
    graph = read_ir(folder / "SynthesisNetwork.xml")
    try:
        return state | _synthesis_state(graph)
    except (KeyError, StopIteration) as error:
        raise SourceError(f"The synthesis graph of {folder} lacks a layer ({error!r}).") from error


def _mapping_state(graph: dict[str, IrLayer]) -> dict[str, torch.Tensor]:
    constants = [layer.value for layer in graph.values() if layer.value is not None]
    weights = [value for value in constants if value.ndim == 2 and value.shape[0] > 1]
    biases = [value for value in constants if value.ndim == 1 and value.size > 1]
    if len(weights) != 8 or len(biases) != 8:
        raise SourceError(f"The mapping graph has {len(weights)} weights, expected 8.")
    state = {}
    for index, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        gain = MAPPING_LR / weight.shape[1] ** 0.5
        state[f"mapping.fc{index}.weight"] = torch.from_numpy(weight / gain)
        state[f"mapping.fc{index}.bias"] = torch.from_numpy(bias / MAPPING_LR)
    return state


def _synthesis_state(graph: dict[str, IrLayer]) -> dict[str, torch.Tensor]:
    state = {}
    named = {layer.name: layer.value for layer in graph.values() if layer.value is not None}
    state["synthesis.const"] = _tensor(named["m.input.input"][0])
    state |= _affine(named, "m.conv1.conv", "synthesis.conv1.affine")
    state |= _affine(named, "m.layers.6.to_img.conv", "synthesis.head.affine")
    state["synthesis.head.weight"] = _tensor(named["m.layers.6.to_img.conv.weight"])
    state["synthesis.head.bias"] = _tensor(named["m.layers.6.to_img.bias"].reshape(-1))
    layers = {"m.conv1": "synthesis.conv1"}
    for k in range(len(CHANNELS)):
        ours = f"synthesis.blocks.{k}"
        state |= _affine(named, f"m.layers.{k}.up", f"{ours}.up")
        for index in (0, 1):
            theirs = f"m.layers.{k}.conv{index + 1}"
            state |= _affine(named, f"{theirs}.conv", f"{ours}.conv{index}.affine")
            state[f"{ours}.conv{index}.weight_dw"] = _tensor(
                named[f"{theirs}.conv.weight_dw"][:, 0]
            )
            layers[theirs] = f"{ours}.conv{index}"
    for theirs, ours in layers.items():
        weight, noise, bias = _weight_noise_bias(graph, theirs)
        state[f"{ours}.weight"] = _tensor(weight)
        state[f"{ours}.noise_const"] = _tensor(noise[0, 0])
        state[f"{ours}.bias"] = _tensor(bias.reshape(-1))
    return state


def _weight_noise_bias(
    graph: dict[str, IrLayer], layer: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Walk back from a layer's named bias: Add(Add(Convolution(x, weight), noise), bias)."""
    bias_id = next(key for key, node in graph.items() if node.name == f"{layer}.bias")
    add_bias = next(node for node in graph.values() if bias_id in node.inputs)
    add_noise = graph[next(key for key in add_bias.inputs if key != bias_id)]
    convolution, noise = (graph[key] for key in add_noise.inputs)
    weight = graph[convolution.inputs[1]]
    values = (weight.value, noise.value, graph[bias_id].value)
    if convolution.kind != "Convolution" or any(value is None for value in values):
        raise SourceError(f"The synthesis graph has no convolution before {layer}.bias.")
    return values  # type: ignore[return-value]  # None was excluded just above


def _affine(named: dict[str, np.ndarray], theirs: str, ours: str) -> dict[str, torch.Tensor]:
    weight = _tensor(named[f"{theirs}.modulation.weight"])
    bias = _tensor(named[f"{theirs}.modulation.bias"].reshape(-1))
    return {f"{ours}.weight": weight, f"{ours}.bias": bias}


def _tensor(value: np.ndarray) -> torch.Tensor:
    if not re.fullmatch("float(16|32)", value.dtype.name):
        raise SourceError(f"A weight is {value.dtype}, expected float.")
    return torch.from_numpy(np.ascontiguousarray(value)).float()
