"""The model card of a bundle, written from its manifest."""

from pathlib import Path

from mbtiface.weights.manifest import Manifest

CARD = "README.md"


def write_card(folder: Path, manifest: Manifest) -> None:
    """Write `README.md`: licence, credits, use, what it rests on, figures."""
    (folder / CARD).write_text(card(manifest), "utf-8")


def card(manifest: Manifest) -> str:
    """The card as Markdown with the Hub's front matter."""
    parts = [
        "---\nlicense: other\nlibrary_name: mbtiface\ntags:\n- face-generation\n- stylegan2\n---\n",
        f"# {manifest.name} {manifest.version}\n",
        f"A face generator of {manifest.resolution} px for mbtiface, with average faces of the "
        "sixteen types and directions along the four axes. Tensors in half precision, no pickle.\n",
        f"**Licence.** {manifest.license}. The averages are derived from OMI: CC BY-NC-SA 4.0.\n",
        "**Credits.**\n\n" + _list(manifest.credits),
        "**What it is not for.**\n\n" + _list(manifest.forbidden_use),
        "**Limits.** Averages and directions show first impressions that raters had of made-up "
        "faces. Faces do not show personality, and raters carry stereotypes.\n",
    ]
    faces = manifest.metrics.get("faces", {})
    if "r2" in faces:
        rows = [f"| {name} | {value:.2f} |" for name, value in faces["r2"].items()]
        head = "| reading | R2 |\n| --- | --- |\n"
        parts.append(
            "**Cross-validated R2** of readings from latents (folds by file name, strengths chosen "
            "inside the training folds).\n\n" + head + "\n".join(rows) + "\n"
        )
    method = manifest.provenance.get("faces", {}).get("direction_method", "least unusual step")
    leakage = faces.get("leakage", {}).get(method)
    if leakage:
        parts.append(_leakage(leakage["moved per unit on its own axis"]))
    return "\n".join(parts)


def _list(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {line}" for line in lines) + "\n"


def _leakage(rows: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(rows.values())))
    head = "| axis | " + " | ".join(names) + " |\n" + "| --- " * (len(names) + 1) + "|\n"
    body = [
        f"| {axis} | " + " | ".join(f"{row[name]:.2f}" for name in names) + " |"
        for axis, row in rows.items()
    ]
    return (
        "**What each direction carries along**, in deviations of the labelled faces, per unit "
        "moved on its own axis; directions from one half of the faces, read by maps fitted on the "
        "other half, mean over halvings.\n\n" + head + "\n".join(body) + "\n"
    )
