"""What a stage's row says: how it was run, what broke, and what it mended of the one before."""

from train.journey.claims import course_sentence
from train.journey.record import Record
from train.journey.stages import BASES


def facts(record: Record) -> str:
    """How long, on what, and how it ended."""
    run = record.stage.run
    frozen = [
        words
        for count, words in (
            (run.freeze_d, f"{run.freeze_d} layers of the discriminator frozen"),
            (run.freeze_g, f"{run.freeze_g} blocks of the generator frozen"),
        )
        if count
    ]
    augment = "no augmentation" if run.augment == "none" else f"augmentation {run.pipe}"
    start = "from first weights"
    if run.resume is not None:
        warm = record.name in BASES
        start = f"from {record.stage.source or ('a warm start' if warm else 'the given base')}"
    speed = 60 * record.minutes / max(record.kimg, 1e-9)
    parts = [start, augment, *frozen, f"seed {run.seed}"]
    if run.only is not None:
        parts.append(f"the {run.only} half")
    return (
        f"{record.kimg:g} kimg in {record.minutes:.1f} minutes ({speed:.2f} sec/kimg), "
        f"{', '.join(parts)}. Ending: {record.ending}."
    )


def broke(record: Record) -> str:
    """The metric's course, copies, and alarms, in sentences."""
    sentences = [course_sentence(record)]
    last = record.figures[-1] if record.figures else None
    if last is not None:
        share = last["diversity_share"]
        sentences.append(
            f"At the end precision is {last['precision']:.2f}, recall {last['recall']:.2f}, and "
            f"samples vary {share['deviation']:.0%} as much as real pictures (features "
            f"{share['spread']:.0%})."
        )
        if last["memory"] is not None:
            sentences.append(f"Memorised: {last['memory']['memorised']:.0%}.")
    scores = record.histograms[-1] if record.histograms else None
    if scores is not None:
        sentences.append(
            f"Scores of real and generated pictures overlap by "
            f"{scores.overlaps['training-generated']:.0%}."
        )
    if not record.alarms:
        sentences.append("No alarm.")
    for alarm in record.alarms:
        sentences.append(f"Alarm at {alarm['step'] / 1000:g} kimg: {alarm['kind']}.")
    return " ".join(sentences)


def mended(record: Record, before: Record | None) -> str:
    """What is different from the step before, figure by figure; empty without one."""
    if before is None:
        return ""
    parts = []
    for word, old, new in (("best", before.best, record.best), ("last", before.last, record.last)):
        if old is not None and new is not None:
            parts.append(f"{word} {record.metric} {old[1]:.1f} -> {new[1]:.1f}")
    parts.append(f"broken from {_moment(before)} -> {_moment(record)}")
    if before.histograms and record.histograms:
        old_share, new_share = (
            each.histograms[-1].overlaps["training-generated"] for each in (before, record)
        )
        parts.append(f"overlap of the scores {old_share:.0%} -> {new_share:.0%}")
    parts.append(f"alarms {len(before.alarms)} -> {len(record.alarms)}")
    return f"Against {before.stage.title}: {'; '.join(parts)}."


def _moment(record: Record) -> str:
    return "never" if record.broken_at is None else f"{record.broken_at:g} kimg"
