"""The model card of a bundle, written from its manifest."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mbtiface.weights.manifest import Manifest

CARD = "README.md"
NORMAL_95 = 1.959964
"""Deviations within which 95 % of a normal distribution lie."""
INTENDED = (
    "Showing a made-up face that changes with the answers of a personality survey, as a game.",
    "Looking at which looks people take for which type: at stereotypes, not at people.",
    "Research on generators, latents and their averages.",
)
"""What every bundle is for."""
FRAMES, EXTREMES = "every frame the same person", "extreme results the same person"
"""Figures of `python -m train moves`."""


def write_card(folder: Path, manifest: Manifest) -> None:
    """Write `README.md`: licence, credits, use, what it rests on, figures."""
    (folder / CARD).write_text(card(manifest), "utf-8")


def card(manifest: Manifest) -> str:
    """The card as Markdown with the Hub's front matter."""
    parts = [
        "---\nlicense: other\nlibrary_name: mbtiface\ntags:\n- face-generation\n- stylegan2\n---\n",
        f"# {manifest.name} {manifest.version}\n",
        f"A face generator of {manifest.resolution} px for mbtiface{_with_faces(manifest)}. "
        "Tensors in half precision, no pickle.\n",
        f"**Licence.** {manifest.license.rstrip('.')}.{_faces_licence(manifest)}\n",
        "**Credits.**\n\n" + _list(manifest.credits) if manifest.credits else "",
        "**What it is for.**\n\n" + _list(INTENDED),
        "**What it is not for.**\n\n" + _list(manifest.forbidden_use),
        _data(manifest.provenance),
        "**Limits.** Averages and directions show first impressions that raters had of made-up "
        "faces. Faces do not show personality, and raters carry stereotypes.\n",
    ]
    faces = manifest.metrics.get("faces", {})
    if "r2" in faces:
        count = manifest.provenance.get("faces", {}).get("labelled_faces")
        parts.append(_readings(faces["r2"], count))
    method = manifest.provenance.get("faces", {}).get("direction_method", "least unusual step")
    leakage = faces.get("leakage", {}).get(method)
    if leakage:
        parts.append(_leakage(leakage["moved per unit on its own axis"]))
    parts += [_person(manifest.metrics.get("moves", {})), _groups(manifest.metrics)]
    return "\n".join(part for part in parts if part)


def _data(provenance: Mapping[str, Any]) -> str:
    """What it was made from, as far as the manifest says."""
    faces = provenance.get("faces", {})
    lines = []
    if imported := provenance.get("imported_from"):
        lines.append(f"Generator: imported from {imported}.")
    if dataset := provenance.get("dataset"):
        lines.append(f"Generator: trained on {dataset}.")
    if count := faces.get("labelled_faces"):
        lines.append(f"Averages and directions: {count} labelled faces.")
    if rule := faces.get("label_rule"):
        lines.append(f"Labels: {rule.rstrip('.')}. A rule, and no claim about people.")
    return "**Data.**\n\n" + _list(lines) if lines else ""


def _readings(r2: Mapping[str, float], count: int | None) -> str:
    """R2 of each reading, with its interval where the number of faces is known."""
    text = (
        "**Cross-validated R2** of readings from latents (folds by file name, strengths chosen "
        "inside the training folds)"
    )
    if not count:
        rows = [f"| {name} | {value:.2f} |" for name, value in r2.items()]
        return text + ".\n\n| reading | R2 |\n| --- | --- |\n" + "\n".join(rows) + "\n"
    rows = []
    for name, value in r2.items():
        low, high = r2_interval(value, count)
        rows.append(f"| {name} | {value:.2f} | {low:.2f} to {high:.2f} |")
    head = "| reading | R2 | 95 % interval |\n| --- | --- | --- |\n"
    text += f"; intervals by Fisher's z for {count} faces.\n\n"
    return text + head + "\n".join(rows) + "\n"


def r2_interval(r2: float, count: int) -> tuple[float, float]:
    """95 % interval of an R2 read as a squared correlation of `count` pairs, by Fisher's z."""
    z, step = math.atanh(math.sqrt(min(max(r2, 0.0), 1 - 1e-9))), NORMAL_95 / math.sqrt(count - 3)
    return max(0.0, math.tanh(z - step)) ** 2, math.tanh(z + step) ** 2


def share_interval(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share of `count`, Wilson's."""
    weight = NORMAL_95**2 / count
    middle = (share + weight / 2) / (1 + weight)
    half = math.sqrt(share * (1 - share) * weight + weight**2 / 4) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def _with_faces(manifest: Manifest) -> str:
    if "faces" not in manifest.provenance:
        return "; averages and directions are still to be made (`python -m train averages`)"
    return ", with average faces of the sixteen types and directions along the four axes"


def _faces_licence(manifest: Manifest) -> str:
    if "faces" not in manifest.provenance:
        return ""
    return " The averages are derived from OMI: CC BY-NC-SA 4.0."


def _person(moves: Mapping[str, Any]) -> str:
    """How often a moved face stays the same person, and what its picture shows."""
    text = ""
    if person := moves.get("person"):
        text += (
            f"**The person.** Of {person['faces']} made-up adults {_percent(person, FRAMES)} stay "
            "the same person in every frame of the letter walk (dlib's distance under 0.6), and "
            f"{_percent(person, EXTREMES)} of the survey's most extreme results do (in brackets "
            "95 % intervals, Wilson's).\n"
        )
    if loop := moves.get("closed loop"):
        rows = {
            axis: dict(zip(loop["readings"], values, strict=True))
            for axis, values in loop["picture"].items()
        }
        text += (
            "\n**Closed loop.** What one unit moves in the picture: rendered, inverted again, read "
            "by maps of faces that the direction was not made from.\n\n" + _table(rows, "+.2f")
        )
    return text


def _percent(figures: Mapping[str, Any], name: str) -> str:
    low, high = share_interval(figures[name], figures["faces"])
    return f"{100 * figures[name]:.3g} % ({100 * low:.3g} to {100 * high:.3g} %)"


def _groups(metrics: Mapping[str, Any]) -> str:
    """Groups that are served worse, said and not smoothed over."""
    fairness = metrics.get("fairness")
    if not fairness:
        return ""
    left = fairness["worse"]
    said = _list(left) if left else "None.\n"
    return (
        "**Groups served worse** by more than 15 % than all labelled faces together, as the raters "
        "saw them (reconstruction, detector, leakage of directions, R2 of readings):\n\n" + said
    )


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) + "\n"


def _leakage(rows: Mapping[str, Mapping[str, float]]) -> str:
    return (
        "**What each direction carries along**, in deviations of the labelled faces, per unit "
        "moved on its own axis; directions from one half of the faces, read by maps fitted on the "
        "other half, mean over halvings.\n\n" + _table(rows, ".2f")
    )


def _table(rows: Mapping[str, Mapping[str, float]], form: str) -> str:
    """An axis a row, a reading a column, every value in one format."""
    names = list(next(iter(rows.values())))
    head = "| axis | " + " | ".join(names) + " |\n" + "| --- " * (len(names) + 1) + "|\n"
    body = [
        f"| {axis} | " + " | ".join(f"{row[name]:{form}}" for name in names) + " |"
        for axis, row in rows.items()
    ]
    return head + "\n".join(body) + "\n"
