"""A journey at toy size: discs, tiny networks, two ticks a stage, a metric of few numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from mbtiface.personality.types import CODES
from tests.train.stylegan2.toy_gan import CHANGE, SIDE, TICK, write_discs
from train.commands.journey import Config
from train.stylegan2.watching import WatchOptions

WATCH = WatchOptions(
    tick_kimg=TICK / 1000,
    snapshot_ticks=1,
    grid=4,
    scores=4,
    metric="efficientnet",
    metric_samples=8,
    batch=4,
)


def write_sets(folder: Path) -> Path:
    """A large set `large`, a small one `small` of women and men with its table; its folder."""
    write_discs(folder / "large", count=20)
    write_discs(folder / "small", count=24)
    rows = [
        f"{path.name},{CODES[k % 3]},{'female' if k % 2 else 'male'}"
        for k, path in enumerate(sorted((folder / "small").glob("*.png")))
    ]
    (folder / "labels.csv").write_text("\n".join(["file,type,gender", *rows]) + "\n")
    return folder


def config(sets: Path, out: Path, **changes: Any) -> Config:
    """Options of two ticks a stage."""
    whole = Config(
        sets / "large",
        sets / "small",
        out,
        size=SIDE,
        budget_kimg=2 * TICK / 1000,
        half="female",
        table=sets / "labels.csv",
        freeze_d=2,
        freeze_g=1,
        change=CHANGE,
        watch=WATCH,
        device="cpu",
    )
    return replace(whole, **changes)
