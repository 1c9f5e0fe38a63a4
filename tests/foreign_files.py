"""Checkpoints in other projects' layouts, written by the tests: same names, shapes and dialect.

Constant tensors are views of one number, so that networks of full shape take a few kilobytes.
"""

import pickle
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

SOURCE = "raise SystemExit('the source text of a snapshot was run')\n"
"""Source text as snapshots carry it; here it would end whoever runs it."""


class EasyDict(dict[str, Any]):
    """Named like the original's class while a snapshot is written."""


class Persistent:
    """A network or layer as snapshots hold it: one call with one table."""

    def __init__(self, module: nn.Module, arguments: Mapping[str, Any] | None = None) -> None:
        self.state: dict[str, Any] = {
            "training": False,
            "_parameters": dict(module._parameters),
            "_buffers": dict(module._buffers),
            "_modules": {name: Persistent(each) for name, each in module.named_children()},
            "_forward_hooks": OrderedDict(),
            "_non_persistent_buffers_set": set(),
            "_init_args": (),
            "_init_kwargs": EasyDict(arguments or {}),
        }
        self.class_name = type(module).__name__

    def __reduce__(self) -> tuple[Any, ...]:
        meta = {"type": "class", "version": 6, "module_src": SOURCE}
        function = sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj
        return function, (meta | {"class_name": self.class_name, "state": self.state},)


@contextmanager
def original_names() -> Iterator[None]:
    """The modules that a snapshot names, as far as writing one needs them."""

    def reconstruct(meta: Any) -> None:
        raise AssertionError("only named, never called")

    persistence, util = ModuleType("torch_utils.persistence"), ModuleType("dnnlib.util")
    reconstruct.__module__, reconstruct.__qualname__ = persistence.__name__, RECONSTRUCT
    persistence._reconstruct_persistent_obj = reconstruct  # type: ignore[attr-defined]
    util.EasyDict = EasyDict  # type: ignore[attr-defined]
    home, EasyDict.__module__ = EasyDict.__module__, util.__name__
    added = {"torch_utils": ModuleType("torch_utils"), "dnnlib": ModuleType("dnnlib")}
    added |= {persistence.__name__: persistence, util.__name__: util}
    sys.modules.update(added)
    try:
        yield
    finally:
        EasyDict.__module__ = home
        for name in added:
            del sys.modules[name]


RECONSTRUCT = "_reconstruct_persistent_obj"


def write_snapshot(
    path: Path,
    networks: Mapping[str, tuple[nn.Module, Mapping[str, Any]] | None],  # part -> and arguments
    protocol: int = 4,
) -> Path:
    """Write a snapshot of NVIDIA's layout."""
    content: dict[str, Any] = {"training_set_kwargs": EasyDict(resolution=1024, max_size=70000)}
    for part, network in networks.items():
        content[part] = None if network is None else Persistent(*network)
    with original_names(), path.open("wb") as opened:
        pickle.dump(content, opened, protocol)
    return path


def constant(shape: tuple[int, ...], value: float = 0.5) -> torch.Tensor:
    """A tensor of any shape that takes one number in a file."""
    return torch.tensor(value).expand(shape)


def hollow(module: nn.Module, value: float = 0.01) -> nn.Module:
    """A network built without memory (`torch.device("meta")`), given one number everywhere."""
    state = {
        name: constant(tuple(tensor.shape), value)
        if tensor.is_floating_point()
        else torch.tensor(0, dtype=tensor.dtype).expand(tensor.shape)
        for name, tensor in module.state_dict().items()
    }
    module.load_state_dict(state, assign=True)
    return module.requires_grad_(False)


def write_torch(path: Path, content: Any, legacy: bool = False) -> Path:
    """Write a `.pt` file in one of torch's two formats."""
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path
