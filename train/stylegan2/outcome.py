"""What a run leaves: both networks ready for a bundle, and how good the generator is."""

from pathlib import Path
from typing import Any

from mbtiface.weights.manifest import NetworkSpec
from train.runs.checkpoint import write_tensors
from train.runs.config import write_json
from train.stylegan2.networks import without_frozen
from train.stylegan2.state import Snapshots


def write_outcome(run: Path, snapshots: Snapshots, about: dict[str, Any], ending: str) -> None:
    """Write generator (averaged) and discriminator as .safetensors and .json, and `report.json`.

    Of the best snapshot by the metric, else of the newest; nothing where there is none.

    Args:
        run: run folder.
        snapshots: of the run.
        about: plain values for the report: data, names of frozen tensors.
        ending: how the run ended.
    """
    state = snapshots.best()
    if state is None:
        return
    for part, tensors in (("generator", "average"), ("discriminator", "discriminator")):
        spec = NetworkSpec(**state["specs"][part])
        if part == "discriminator":
            spec = without_frozen(spec)
        write_tensors(run / f"{part}.safetensors", state[tensors])
        write_json(run / f"{part}.json", {"kind": spec.kind, "args": dict(spec.args)})
    write_json(
        run / "report.json",
        {
            "ending": ending,
            "kimg": state["images"] / 1000,
            "p": state["ada"]["p"],
            "best": snapshots.best_note(),
            **about,
        },
    )
