"""What is updated when: lazy regularisation as data (StyleGAN2, arXiv 1912.04958, section 3.1)."""

from dataclasses import dataclass
from typing import Literal

from mbtiface.errors import InputError

PhaseName = Literal["Gmain", "Greg", "Dmain", "Dreg"]


@dataclass(frozen=True)
class Phase:
    """One update of one network."""

    name: PhaseName
    """`main` is the adversarial loss, `reg` the regularisation."""
    network: Literal["G", "D"]
    """Which network requires gradients and is updated."""
    interval: int
    """Iterations from one such update to the next."""

    @property
    def gain(self) -> float:
        """Factor on the loss: what is done rarely counts as if done always."""
        return float(self.interval)

    def due(self, iteration: int) -> bool:
        """Whether it takes place in this iteration, counted from 0."""
        return iteration % self.interval == 0


def make_phases(g_reg_interval: int | None, d_reg_interval: int | None) -> tuple[Phase, ...]:
    """Phases of an iteration in their order; an interval of None = no such regularisation.

    Raises:
        InputError: an interval below 1.
    """
    phases: list[Phase] = []
    names: tuple[tuple[Literal["G", "D"], PhaseName, PhaseName, int | None], ...] = (
        ("G", "Gmain", "Greg", g_reg_interval),
        ("D", "Dmain", "Dreg", d_reg_interval),
    )
    for network, main, reg, interval in names:
        phases.append(Phase(main, network, 1))
        if interval is None:
            continue
        if interval < 1:
            raise InputError(f"A regularisation interval is at least 1, but is {interval}.")
        phases.append(Phase(reg, network, interval))
    return tuple(phases)


def lazy_adam(
    learning_rate: float, betas: tuple[float, float], interval: int | None
) -> tuple[float, tuple[float, float]]:
    """Adam's rate and betas where one instance serves both phases of a network (appendix B).

    With k iterations to a regularisation there are k + 1 updates instead of k: both are brought to
    the power or part k / (k + 1). None = no regularisation, nothing changes.
    """
    if interval is None:
        return learning_rate, betas
    part = interval / (interval + 1)
    return learning_rate * part, (betas[0] ** part, betas[1] ** part)
