"""The journey's report: report.html, report.png and report.json, from what the stages left."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from train.journey.claims import Claim, claims
from train.journey.page import page
from train.journey.record import Record, read_record, winner_of
from train.journey.row_pictures import RowPicture, row_pictures
from train.journey.rows import Report, Row
from train.journey.sheet import sheet
from train.journey.stages import BASES, TRANSFERS, WARM, Stage
from train.journey.telling import broke, facts, mended
from train.runs.config import write_json
from train.stylegan2.drawings import write_picture


def write_report(out: Path, stages: Sequence[Stage]) -> Report:
    """Read every stage that has begun, and write the report into the journey's folder.

    Raises:
        SourceError: a stage's files are damaged.
    """
    found = {stage.name: read_record(stage) for stage in stages}
    records: dict[str, Record] = {name: each for name, each in found.items() if each is not None}
    rows: list[Row] = []
    for name, record in records.items():
        if name in WARM and (warm := warm_row(out / WARM[name], record.stage.title)) is not None:
            rows.append(warm)
        rows.append(_row(record, records))
    said = claims(records)
    missing = [stage.title for stage in stages if stage.name not in records]
    report = Report("The journey", _opening(records, missing), tuple(rows), tuple(said))
    partial = out / ".report.html.partial"
    partial.write_text(page(report), "utf-8")
    partial.replace(out / "report.html")
    write_picture(out / "report.png", sheet(report))
    write_json(out / "report.json", as_json(records, said))
    return report


def as_json(records: Mapping[str, Record], said: Sequence[Claim]) -> dict[str, Any]:
    """The figures that the report stands on, as plain json values."""
    stages = {
        name: {
            "ending": record.ending,
            "kimg": record.kimg,
            "minutes": record.minutes,
            "metric": record.metric,
            "best": record.best,
            "last": record.last,
            "broken_at": record.broken_at,
            "alarms": list(record.alarms),
            "droplets": None if record.droplets is None else record.droplets["share"],
        }
        for name, record in records.items()
    }
    winner = winner_of([records[name] for name in TRANSFERS if name in records])
    return {
        "stages": stages,
        "winner": None if winner is None else winner.name,
        "claims": [asdict(claim) for claim in said],
    }


def warm_row(folder: Path, base: str) -> Row | None:
    """What a base's warm start did; None where there was none, or it is not finished."""
    path = folder / "report.json"
    if not path.exists():
        return None
    values = json.loads(path.read_text("utf-8"))
    before, after = values["before"], values["after"]
    weight = "" if values["perceptual"] == 1 else f"{values['perceptual']:g} times "
    told = (
        f"It did not start from first weights: in {values['steps']} steps of "
        f"{values['batch']} pictures its synthesis network was regressed from the known w to the "
        f"known pictures of {values['faces']} faces (L1 and {weight}the perceptual "
        f"distance), with the mapping network of the bundle. Mean L1 of the faces "
        f"shown: {before['l1']:.3f} before, {after['l1']:.3f} after (pictures in -1..1)."
    )
    with Image.open(folder / "grid.jpg") as image:
        shown = RowPicture("Known pictures, and what was regressed", image.convert("RGB"), True)
    return Row(f"Warm start. {base}", (told,), (shown,))


def _row(record: Record, records: Mapping[str, Record]) -> Row:
    stage = record.stage
    groups: tuple[tuple[str, ...], ...] = (BASES, TRANSFERS, ("other",))
    group = next(names for names in groups if stage.name in names)
    others = {name: records[name] for name in group if name in records}
    before = None if stage.before is None else records.get(stage.before)
    sentences = [facts(record), broke(record), mended(record, before)]
    return Row(stage.title, tuple(filter(None, sentences)), tuple(row_pictures(record, others)))


def _opening(records: Mapping[str, Record], missing: Sequence[str]) -> tuple[str, ...]:
    minutes = sum(record.minutes for record in records.values())
    told = [
        f"{len(records)} stages, {minutes / 60:.2f} hours of training. One seed: small differences "
        "decide nothing. The Frechet distance is that of the samples to the pictures learnt from, "
        "so copies lower it too."
    ]
    winner = winner_of([records[name] for name in TRANSFERS if name in records])
    if winner is not None and winner.best is not None:
        told.append(
            f"The lowest {winner.metric} of the transfers is {winner.best[1]:.1f}, of "
            f"{winner.stage.title} at {winner.best[0]:g} kimg."
        )
    if missing:
        told.append(f"Not begun: {', '.join(missing)}.")
    return tuple(told)
