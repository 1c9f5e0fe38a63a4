"""Runs the stages, each from wherever its folder stands, and keeps them small."""

import json
import logging
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from mbtiface.errors import SourceError
from mbtiface.weights.writing import half
from train.commands import gan
from train.journey.stages import BASES, Stage
from train.metrics.droplet_table import as_json, as_markdown, where_picture
from train.metrics.droplets import droplets
from train.metrics.samples import SampleOptions
from train.runs.bundle_parts import read_part
from train.runs.checkpoint import write_tensors
from train.runs.config import keep_config, write_json
from train.stylegan2.drawings import write_picture
from train.stylegan2.journal import ALARMS, LOG
from train.stylegan2.networks import build_network
from train.stylegan2.state import FOLDER, Snapshots

log = logging.getLogger(__name__)

NOTE, DROPLETS, DROPLET_PICTURE = "stage.json", "droplets.json", "droplets.png"
PARTS = ("generator", "discriminator")


def walk(stage: Stage, until: float | None = None, compact: bool = False) -> bool:
    """Run a stage to its end, or to a deadline of the whole journey; True when it is finished.

    Its end is its last picture, the end of its own minutes, or numbers that are none: that it broke
    is a finding, not a failure of the journey. Of a finished base the droplets are measured.

    Raises:
        InputError, SourceError: as `python -m train gan`; the folder holds a run of other options.
    """
    if finished(stage):
        log.info("%s is finished", stage.name)
        keep_config(stage.run.out, stage.run, gan.MAY_CHANGE)
    else:
        ending = _go_on(stage, until)
        if ending is None:
            return False
        _note(stage, ending)
    folder = stage.run.out
    if stage.name in BASES and not (folder / DROPLETS).exists():
        measure_droplets(folder)
    if compact:
        make_compact(folder)
    return True


def finished(stage: Stage) -> bool:
    """Whether nothing is left to do; a larger budget makes a stage that kept its state go on."""
    note = read_note(stage.run.out)
    if note is None:
        return False
    if note["ending"] == "not finite" or not Snapshots(stage.run.out).numbered():
        return True
    if note["ending"] == "done":
        return bool((stage.run.kimg or 0) <= note["budget_kimg"])
    return stage.run.minutes is not None and bool(stage.run.minutes <= note["budget_minutes"])


def read_note(folder: Path) -> dict[str, Any] | None:
    """What was noted when a stage was finished; None before."""
    path = folder / NOTE
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else None


def minutes_spent(folder: Path) -> float:
    """Minutes of training up to the newest snapshot, over all starts."""
    numbered = Snapshots(folder).numbered()
    if not numbered or not (folder / LOG).exists():
        return 0.0
    newest, spent = int(numbered[-1].stem), 0.0
    for line in (folder / LOG).read_text("utf-8").splitlines():
        try:
            values = json.loads(line)
        except ValueError:  # half a line of a killed process
            break
        if values["step"] <= newest:
            spent = values["minutes"]
    return spent


def make_compact(folder: Path) -> None:
    """Drop a finished stage's states; keep its networks in half precision. Twice is as once."""
    if not (folder / FOLDER).exists():
        return
    for part in PARTS:
        path = folder / f"{part}.safetensors"
        if not path.exists():  # it broke before its first snapshot
            continue
        try:
            write_tensors(path, half(load_file(path)))
        except OverflowError as error:
            log.warning("%s stays in full precision: %s", path, error)
    shutil.rmtree(folder / FOLDER)


def measure_droplets(folder: Path, samples: int = 64) -> None:
    """Look for droplets in a base's generator: droplets.json, droplets.md, droplets.png."""
    if not (folder / "generator.safetensors").exists():
        return
    part = read_part(folder, "generator")
    network = build_network(part.spec)
    network.load_state_dict(dict(part.tensors))
    report = droplets(network, SampleOptions(samples, min(samples, 16)))
    (folder / "droplets.md").write_text(as_markdown(report), "utf-8")
    write_picture(folder / DROPLET_PICTURE, where_picture(report))
    write_json(folder / DROPLETS, as_json(report))


def _go_on(stage: Stage, until: float | None) -> str | None:
    """Train; the ending, or None where the journey's own time was up first."""
    folder = stage.run.out
    own = None
    if stage.run.minutes is not None:
        own = stage.run.minutes - minutes_spent(folder)
    whole = None if until is None else (until - time.monotonic()) / 60
    if whole is not None and whole <= 0:
        return None
    if own is not None and own <= 0:
        return "time is up"
    given = [minutes for minutes in (own, whole) if minutes is not None]
    log.info("%s: %s", stage.name, stage.title)
    try:
        gan.main(replace(stage.run, minutes=min(given, default=None)))
    except SourceError:
        if not _broke(folder):
            raise
        log.warning("%s broke: its numbers are no longer finite", stage.name)
        return "not finite"
    ending = str(json.loads((folder / "report.json").read_text("utf-8"))["ending"])
    if ending == "time is up" and whole is not None and (own is None or whole < own):
        return None
    return ending


def _broke(folder: Path) -> bool:
    path = folder / ALARMS
    return path.exists() and '"not finite"' in path.read_text("utf-8")


def _note(stage: Stage, ending: str) -> None:
    write_json(
        stage.run.out / NOTE,
        {
            "ending": ending,
            "budget_kimg": stage.run.kimg,
            "budget_minutes": stage.run.minutes,
            "minutes": minutes_spent(stage.run.out),
        },
    )
