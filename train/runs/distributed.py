"""Several processes of one run, started by torchrun; one process needs none of it."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import distributed


@dataclass(frozen=True)
class Ranks:
    """Which process this is, of how many, and its device."""

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process writes the run folder."""
        return self.rank == 0


def join(device: str) -> Ranks:
    """Join the other processes where torchrun started this one.

    Args:
        device: `auto`, `cpu` or `cuda`; each process takes the GPU of its local number.
    """
    cuda = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    if not distributed.is_torchelastic_launched():
        return Ranks(0, 1, torch.device("cuda" if cuda else "cpu"))
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if cuda else "gloo")
    local = distributed.get_node_local_rank()
    chosen = torch.device("cuda", local) if cuda else torch.device("cpu")
    return Ranks(distributed.get_rank(), distributed.get_world_size(), chosen)


def average_gradients(parameters: Iterable[torch.nn.Parameter], ranks: Ranks) -> None:
    """Replace every gradient by its mean over the processes."""
    if ranks.count == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= ranks.count
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


def agree(value: bool, ranks: Ranks) -> bool:
    """What the first process says, told to all: they must stop at the same step."""
    if ranks.count == 1:
        return value
    told = torch.tensor([int(value)], device=ranks.device)
    distributed.broadcast(told, 0)
    return bool(told.item())


def wait(ranks: Ranks) -> None:
    """Wait until every process is here."""
    if ranks.count > 1:
        distributed.barrier()
