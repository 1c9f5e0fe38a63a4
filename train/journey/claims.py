"""What the original team said of each step, held against the figures of this journey.

A verdict follows from numbers by the limits below; where a stage is missing there is none. One seed
decides little: what lies within `SAME` is called no difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from train.journey.record import Record

Verdict = Literal["confirmed", "contradicted", "no difference", "cannot be said"]

SAME = 0.05
"""Relative difference of two metrics, or difference of two shares, that says nothing."""
ALL, NONE = 0.5, 0.05
"""Share of samples with droplets from which they count as there, and up to which as absent."""


@dataclass(frozen=True)
class Claim:
    """One thing that was said."""

    said: str
    verdict: Verdict
    evidence: str
    """The figures, in a sentence."""


def claims(records: Mapping[str, Record]) -> list[Claim]:
    """Every claim that the stages, by name, say something of, and those that they cannot."""
    get = records.get
    plain, ada, frozen_d, frozen_g = (get(n) for n in ("plain", "ada", "freeze-d", "freeze-g"))
    return [
        droplets_shown(get("stylegan")),
        droplets_removed(get("stylegan"), get("stylegan2")),
        breaks("With so few photos samples of plain StyleGAN2 break", plain),
        scores_nearer(plain, ada),
        better("ADA gives better samples than plain StyleGAN2", plain, ada),
        breaks("With ADA training is still unstable: samples break", ada),
        better("FreezeD gives better samples than ADA alone", ada, frozen_d),
        steadier("FreezeD steadies training with ADA", ada, frozen_d),
        breaks(
            "With FreezeD samples are good (14 kimg) and then break (from 15 kimg on)", frozen_d
        ),
        better("FreezeG gives better samples than FreezeD alone", frozen_d, frozen_g),
        kept_whole("FreezeG keeps samples from breaking", frozen_d, frozen_g),
    ]


def droplets_shown(first: Record | None) -> Claim:
    """Whether StyleGAN's samples have droplets."""
    said = "StyleGAN shows droplet artefacts"
    share = _droplets(first)
    if share is None:
        return _unknown(said, "The base StyleGAN was not trained or not measured.")
    return Claim(said, _by(share >= ALL, share <= NONE), _droplet_sentence("StyleGAN", first))


def droplets_removed(first: Record | None, second: Record | None) -> Claim:
    """Whether StyleGAN2's samples have none where StyleGAN's had some."""
    said = "StyleGAN2 removes the droplets"
    shares = _droplets(first), _droplets(second)
    if shares[0] is None or shares[1] is None:
        return _unknown(said, "One of the bases was not trained or not measured.")
    evidence = f"{_droplet_sentence('StyleGAN', first)} {_droplet_sentence('StyleGAN2', second)}"
    if shares[0] <= NONE:
        return _unknown(said, f"{evidence} There were none to remove.")
    return Claim(said, _by(shares[1] <= shares[0] / 2, shares[1] >= shares[0]), evidence)


def breaks(said: str, record: Record | None) -> Claim:
    """Whether samples break after they were best."""
    if record is None or record.best is None or record.last is None:
        return _unknown(said, "The step was not trained or not measured.")
    return Claim(said, _by(_broke(record), True), course_sentence(record))


def scores_nearer(plain: Record | None, ada: Record | None) -> Claim:
    """Whether ADA keeps the scores of real and generated pictures together."""
    said = "ADA keeps the scores of real and generated pictures from drifting apart"
    moment = min(plain.kimg, ada.kimg) if plain and ada else 0.0
    without = plain.scores_at(moment) if plain else None
    with_it = ada.scores_at(moment) if ada else None
    if without is None or with_it is None:
        return _unknown(said, "One of the two has no scores.")
    shares, gaps = [], []
    for found in (without, with_it):
        shares.append(found.overlaps["training-generated"])
        gaps.append(found.means["training"] - found.means["generated"])
    evidence = (
        f"At {with_it.kimg:g} kimg the distributions of the scores overlap by {shares[0]:.0%} "
        f"without ADA and by {shares[1]:.0%} with it; their means lie {gaps[0]:.2f} and "
        f"{gaps[1]:.2f} logits apart."
    )
    for name, found in (("Without", without), ("With", with_it)):
        if found.r_v is not None:
            evidence += (
                f" {name} it the held-out pictures' scores have gone {found.r_v:.0%} of the way "
                "from the training pictures' to the generated ones'."
            )
    change = shares[1] - shares[0]
    return Claim(said, _by(change > SAME, change < -SAME), evidence)


def better(said: str, before: Record | None, after: Record | None) -> Claim:
    """Whether the best snapshot of a step beats that of the one before."""
    if before is None or after is None or before.best is None or after.best is None:
        return _unknown(said, "One of the two steps was not trained or not measured.")
    ratio = after.best[1] / max(before.best[1], 1e-9)
    evidence = (
        f"The best {after.metric} goes from {before.best[1]:.1f} (at {before.best[0]:g} kimg) to "
        f"{after.best[1]:.1f} (at {after.best[0]:g} kimg), {ratio - 1:+.0%}."
    )
    return Claim(said, _by(ratio < 1 - SAME, ratio > 1 + SAME), evidence)


def steadier(said: str, before: Record | None, after: Record | None) -> Claim:
    """Whether the last snapshot of a step is nearer to its best than in the one before."""
    if before is None or after is None or not before.worsening or not after.worsening:
        return _unknown(said, "One of the two steps was not trained or not measured.")
    change = after.worsening - before.worsening
    evidence = (
        f"{before.stage.title}: {course_sentence(before)} "
        f"{after.stage.title}: {course_sentence(after)}"
    )
    lost = after.ending == "not finite" and before.ending != "not finite"
    return Claim(said, _by(change < -SAME and not lost, change > SAME or lost), evidence)


def kept_whole(said: str, before: Record | None, after: Record | None) -> Claim:
    """Whether a step is steadier than one that broke; of one that did not, nothing can be kept."""
    claim = steadier(said, before, after)
    if claim.verdict not in ("confirmed", "no difference") or before is None or _broke(before):
        return claim
    return _unknown(said, f"{claim.evidence} There was nothing to keep from breaking.")


def course_sentence(record: Record) -> str:
    """Best against last, and when samples broke."""
    if record.best is None or record.last is None:
        return "The metric was not measured."
    sentence = (
        f"The best {record.metric} is {record.best[1]:.1f} at {record.best[0]:g} kimg, the last "
        f"{record.last[1]:.1f} at {record.last[0]:g} kimg ({record.worsening or 1:.2f} times it)"
    )
    if record.ending == "not finite":
        return f"{sentence}; then its numbers were no longer finite."
    if record.broken_at is not None:
        return f"{sentence}; samples are broken from {record.broken_at:g} kimg on."
    return f"{sentence}; samples did not break."


def _broke(record: Record) -> bool:
    return record.broken_at is not None or record.ending == "not finite"


def _droplets(record: Record | None) -> float | None:
    if record is None or record.droplets is None:
        return None
    return float(record.droplets["share"])


def _droplet_sentence(name: str, record: Record | None) -> str:
    assert record is not None
    assert record.droplets is not None
    found = record.droplets
    strongest = max(found["layers"], key=lambda layer: layer["place_peak"])
    share = float(found["share"])
    word = "absent" if share <= NONE else "present" if share >= ALL else "present in some samples"
    return (
        f"{name}: {word}; at most {share:.0%} of {found['samples']} samples have a place "
        f"{found['limit']:g} times as strong as the middle one; the strongest layer is "
        f"{strongest['layer']} ({strongest['side']} px), median peak {strongest['place_peak']:.1f}."
    )


def _by(yes: bool, no: bool) -> Verdict:
    return "confirmed" if yes else "contradicted" if no else "no difference"


def _unknown(said: str, why: str) -> Claim:
    return Claim(said, "cannot be said", why)
