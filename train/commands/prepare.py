"""`python -m train prepare`: photos of people, or a bundle's own samples, -> a dataset."""

import logging
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import torch

from mbtiface.errors import InputError
from mbtiface.faces.loading import load
from train.data.cells import warn_of_thin
from train.data.made_faces import MIXED, PSI, MadeFaces, MadeOf
from train.data.near_duplicates import LIMIT, NearDuplicates
from train.data.photo_faces import LEAST_PART, LEAST_SHARPNESS, FaceReader, find_detector
from train.data.picture_dataset import check_size
from train.data.prepare_photos import PhotoWork, list_labelled
from train.data.prepared import Prepared
from train.data.prepared_tables import ADULTS
from train.runs.config import announce, keep_config

log = logging.getLogger(__name__)

OF_PHOTOS = (
    *("labels", "aligned", "format", "least_px", "least_sharpness", "duplicate_distance"),
    "detector",
)
OF_SAMPLES = ("from_bundle", "count", "last_crossover", "seed", "trained_on_adults")


@dataclass(frozen=True)
class PreparedBy:
    """How photos become pictures; more of them may be added as long as it is the same."""

    size: int
    aligned: bool
    format: str
    least_px: float
    least_sharpness: float
    duplicate_distance: float
    detector: str
    """The one that was found, by its name."""


@dataclass(frozen=True)
class Config:
    """Make a dataset of photos (`--photos`), or of a bundle's samples.

    Running it again goes on; more photos, or a larger count, are added. Whoever prepares photos of
    people sees to it that all of them are adults who agreed to it: nothing here checks an age.
    """

    out: Path
    """Dataset: a folder, or of photos one file if it ends with `.zip`."""
    from_bundle: str | None = None
    """Samples: bundle whose generator is sampled, a folder or `embedded`; that one if neither
    this nor `--photos` is given."""
    photos: Path | None = None
    """Photos: folder of them, with its folders; JPEG, PNG, WebP, GIF, HEIC, AVIF, TIFF or BMP."""
    labels: Path | None = None
    """Photos: table `file,type,gender` (or `labels.csv` of `train label`); photos that it does not
    name are left out."""
    aligned: bool = False
    """Photos: they are square pictures of aligned faces already, and stay as they are cut."""
    size: int = 256
    """Picture size in pixels; of photos a power of two."""
    format: Literal["png", "webp"] = "png"
    """Photos: how pictures are written, both without loss."""
    least_px: float | None = None
    """Photos: least side of a face's crop in its photo, in pixels; None = three quarters of the
    size."""
    least_sharpness: float = LEAST_SHARPNESS
    """Photos: sharpness under which a face is blurred, 1 (blurred) to about 5; 0 = none is."""
    duplicate_distance: float = LIMIT
    """Photos: distance under which two show the same shot, 0..1; 0 = not looked for."""
    detector: Literal["auto", "facexlib", "cascade", "none"] = "auto"
    """Photos: what finds faces; `auto` = facexlib where its weights can be had, else OpenCV's
    cascades with the embedded aligner; `none` = with `--aligned`, every picture is a face."""
    count: int = 10000
    """Samples: faces."""
    last_crossover: int = 11
    """Samples: last row that style mixing may begin at. Row 11 colours a 256-px picture; rows after
    it would be a truth that such a picture does not show."""
    seed: int = 1
    """Samples: of all faces."""
    trained_on_adults: bool = False
    """Samples: the generator was trained on photos of adults only, so no face is refused for its
    age. For a new bundle, which has no age map yet; it needs an encoder first."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where faces are found or drawn."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Choose the source by what is given, and prepare it.

    Raises:
        InputError: options of the other source, or a size that no network takes.
        SourceError: photos, labels or the dataset begun are not what they should be.
    """
    if not announce(config):
        return
    _check_source(config)
    if config.photos is None:
        _prepare_samples(config)
    else:
        _prepare_photos(config, config.photos)


def _check_source(config: Config) -> None:
    """Options of the other source would do nothing, and whoever gave them would not know."""
    usual = {field.name: field.default for field in fields(Config)}
    foreign = OF_PHOTOS if config.photos is None else OF_SAMPLES
    given = [name for name in foreign if getattr(config, name) != usual[name]]
    if given:
        options = ", ".join("--" + name.replace("_", "-") for name in given)
        kind = "samples of a bundle" if config.photos is None else "photos"
        raise InputError(
            f"{options} cannot be given for {kind}. "
            f"{'Name the photos by --photos' if config.photos is None else 'Leave them off'}."
        )


def _prepare_photos(config: Config, folder: Path) -> None:
    check_size(config.size)
    photos = list_labelled(folder, config.labels, config.out)
    if config.detector == "none" and not config.aligned:
        raise InputError("--detector none goes with --aligned: photos need their faces found.")
    detector = find_detector(config.detector, _device(config.device))
    least_px = LEAST_PART * config.size if config.least_px is None else config.least_px
    by = PreparedBy(
        *(config.size, config.aligned, config.format, least_px, config.least_sharpness),
        *(config.duplicate_distance, detector.name if detector else "none"),
    )
    prepared = Prepared(config.out)
    keep_config(prepared.folder, by, ignored=())
    log.info("%s", ADULTS)
    reader = FaceReader(detector, config.size, config.aligned, least_px, config.least_sharpness)
    limit = config.duplicate_distance
    duplicates = NearDuplicates(limit=limit) if limit else None
    tables = PhotoWork(prepared, reader, duplicates, config.format).run(photos)
    report = tables.report
    if photos.typed is not None:
        warn_of_thin(report["counts"])
    for reason, count in report["rejected"].items():
        log.info("%d photos rejected: %s", count, reason)
    log.info("%s: %d pictures of %d photos", config.out, report["pictures"], report["photos"])


def _device(name: str) -> str:
    """Where a detector's network runs; OpenCV's cascades know the CPU alone."""
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise InputError("Device 'cuda' was asked for, but torch finds no GPU. Use auto or cpu.")
    return "cuda" if there and name == "auto" else name


def _prepare_samples(config: Config) -> None:
    """Draw, render, write; parts that are there are kept."""
    studio = load(config.from_bundle or "embedded", config.device)
    files = studio.manifest.files
    generator = tuple(files[name].sha256 for name in sorted(files) if name.startswith("generator"))
    if "faces.safetensors" not in files and not config.trained_on_adults:
        raise InputError(
            f"The bundle {studio.manifest.name!r} has no age map (faces.safetensors), so children "
            "among its samples cannot be told. If its generator was trained on photos of adults "
            "only, say so by --trained-on-adults."
        )
    made_of = MadeOf(
        *(generator, config.size, config.last_crossover, config.seed), config.trained_on_adults
    )
    keep_config(config.out, made_of, ignored=())
    faces = MadeFaces(config.out)
    faces.fill(studio, config.count, made_of)
    log.info(
        "%s: %d faces, psi %g to %g, %.0f %% with mixed rows",
        config.out,
        config.count,
        *PSI,
        100 * MIXED,
    )
