"""`python -m train pictures --bundle B --out DIR`: what averages and moves look like, on sheets."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from mbtiface.errors import SourceError
from mbtiface.faces.address import SIZES
from mbtiface.faces.loading import load
from mbtiface.faces.marking import Format, encode, mark
from mbtiface.faces.pixels import reduce
from mbtiface.faces.studio import Studio
from mbtiface.personality.types import AXES, CODES, GENDERS
from mbtiface.weights.bundle import open_bundle
from train.commands.averages import RAW_MEANS
from train.faces.sheets import Named, cut, sheet
from train.metrics.person import LETTERS
from train.psp.pictures import list_pictures, read_images
from train.runs.config import announce

log = logging.getLogger(__name__)

STEPS = (-2, -1, 0, 1, 2)
STRIP_PEOPLE = (15, 4, 21, 30, 44, 57, 63, 72)
"""Seeds of made-up adults of mixed gender, age and skin tone, chosen by eye."""
STRONGER = 3.0


@dataclass(frozen=True)
class Config:
    """Draw the sheets of the documents; marked as generated."""

    bundle: str
    """Bundle folder, or `embedded`."""
    out: Path
    """Folder of gallery.jpg, sequence.jpg, raw.jpg, strips-AXIS.webp and walk.jpg."""
    photos: Path | None = None
    """Folder of aligned faces; with `names`, walk.jpg is drawn."""
    names: tuple[str, ...] = ()
    """Files of the photos folder that walk letter by letter."""
    genders: tuple[str, ...] = ()
    """Whose directions each of them walks by; none = `female` for all."""
    refine_steps: int = 25
    """After the encoder, for the photos."""
    only: tuple[str, ...] = ()
    """Sheets to draw: gallery, sequence, raw, strips, walk; none = all."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Draw and write.

    Raises:
        SourceError: a photo cannot be read, or a name is not in the folder.
    """
    if not announce(config):
        return
    studio = load(config.bundle)
    config.out.mkdir(parents=True, exist_ok=True)
    wanted = config.only or ("gallery", "sequence", "raw", "strips", "walk")
    if "gallery" in wanted:
        write(config.out / "gallery.jpg", sheet(list(gallery(studio, 150))))
    if "sequence" in wanted:
        write(config.out / "sequence.jpg", sheet(list(sequences(studio, 180))))
    if "raw" in wanted and open_bundle(config.bundle).files(RAW_MEANS):
        write(config.out / "raw.jpg", sheet(list(raw_rows(studio, config.bundle, 150))))
    if "strips" in wanted:
        for axis in AXES:
            write(config.out / f"strips-{axis}.webp", sheet(list(strip(studio, axis, 512))), "webp")
    if "walk" in wanted and config.photos is not None and config.names:
        write(config.out / "walk.jpg", sheet(list(walks(studio, config, config.photos, 256))))


def write(path: Path, picture: Image.Image, format: Format = "jpeg") -> None:
    """Mark and write."""
    path.write_bytes(encode(mark(picture), format))
    log.info("%s: %d x %d", path, *picture.size)


def draw(studio: Studio, ws: torch.Tensor, side: int) -> list[Image.Image]:
    """Pictures of a side that need not be one of the studio's."""
    size = next(each for each in SIZES if each >= side)
    pictures = studio.render(ws, size)
    assert isinstance(pictures, list)
    return reduce(pictures, side)


def gallery(studio: Studio, side: int) -> Iterator[list[Named]]:
    """The types of each gender, then with their difference from everyone drawn stronger."""
    for gender in GENDERS:
        everyone = studio.gender_mean(gender)
        means = torch.stack([studio.type_mean(code, gender) for code in CODES])
        yield from cut(list(zip(CODES, draw(studio, means, side), strict=True)), 8)
        words = [f"{code} x{STRONGER:g}" for code in CODES]
        stronger = everyone + STRONGER * (means - everyone)
        yield from cut(list(zip(words, draw(studio, stronger, side), strict=True)), 8)


def sequences(studio: Studio, side: int) -> Iterator[list[Named]]:
    """The letter walk of the average woman and man, two rows each."""
    for gender in GENDERS:
        yield from walk(studio, studio.gender_mean(gender), gender, side, [])


def raw_rows(studio: Studio, bundle: str, side: int) -> Iterator[list[Named]]:
    """Plain means of the types, over those that the app shows; cells of too few are left grey."""
    tensors = open_bundle(bundle).tensors(RAW_MEANS)
    for gender, means, counts in zip(
        GENDERS, tensors["type_means"].float(), tensors["type_counts"], strict=True
    ):
        rows = means[:, None].expand(-1, studio.num_ws, -1)
        raw = draw(studio, rows, side)
        grey = Image.new("RGB", (side, side), (128, 128, 128))
        shown = torch.stack([studio.type_mean(code, gender) for code in CODES])
        used = draw(studio, shown, side)
        for start in (0, 8):
            part = range(start, start + 8)
            yield [
                (f"{CODES[k]} raw, n={int(counts[k])}", raw[k] if counts[k] else grey) for k in part
            ]
            yield [(CODES[k], used[k]) for k in part]


def strip(studio: Studio, axis: str, side: int) -> Iterator[list[Named]]:
    """Made-up people at `STEPS` times the letters' averages along an axis."""
    for seed in STRIP_PEOPLE:
        w = studio.sample(seed, psi=0.7)
        ws = torch.stack([studio.morph(w, {axis: float(step)}, "both") for step in STEPS])
        yield [("", picture) for picture in draw(studio, ws, side)]


def walk(
    studio: Studio, w: torch.Tensor, gender: str, side: int, before: list[Named]
) -> Iterator[list[Named]]:
    """A start and the letters after it, in rows of eight; `before` stands in front."""
    pictures = draw(studio, studio.sequence(w, LETTERS, gender), side)
    yield from cut([*before, *zip(("start", *LETTERS), pictures, strict=True)], 8)


def walks(studio: Studio, config: Config, photos: Path, side: int) -> Iterator[list[Named]]:
    """Photos, each in front of its walk."""
    found = {path.name: path for path in list_pictures(photos)}
    if missing := [name for name in config.names if name not in found]:
        raise SourceError(f"{photos} holds no {', '.join(missing)}.")
    genders = config.genders or ("female",) * len(config.names)
    if len(genders) != len(config.names):
        raise SourceError(
            f"{len(config.names)} names but {len(genders)} genders: give one a name, or none."
        )
    for name, gender in zip(config.names, genders, strict=True):
        photo = read_images([found[name]], side)[0]
        found_w = studio.invert(photo, aligned=True, refine_steps=config.refine_steps).w
        yield from walk(studio, found_w, gender, side, [("photo", photo)])
