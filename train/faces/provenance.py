"""What a bundle says of its labelled faces: where they come from, whose work it is, licences."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mbtiface.weights.bundle import EMBEDDED_DIR, open_bundle
from mbtiface.weights.card import AGE_OF_EMBEDDED
from mbtiface.weights.manifest import TYPED, FileSpec, Manifest
from train.data.cells import thin_cells
from train.data.labels import RULE_TEXT, Labels, counts
from train.data.typed import TYPED_TEXT
from train.faces.build import OWN_GENDER, Options
from train.faces.directions import USED
from train.faces.known import Known
from train.faces.means import LEAST_FACES
from train.faces.telling_age import WORN, TellingAge

OMI = (
    "One Million Impressions by Peterson, Uddenberg, Griffiths, Todorov & Suchow (2022), "
    "doi:10.1073/pnas.2115228119, CC BY-NC-SA 4.0: "
)
OMI_FACES = OMI + "faces and ratings behind the averages."
OMI_AGE = OMI + "faces and ratings behind the map of age."
OMI_ENCODER = OMI + "faces among those that the encoder was trained on."
LICENCE, AGE_LICENCE = "LICENSE.labelled-faces.txt", "LICENSE.age-map.txt"
OF_OLDER_FACES = ("moves", "fairness")
"""Figures that were measured with averages and directions; they are not those of new ones."""


@dataclass(frozen=True)
class Origin:
    """What averages were made of."""

    labels: Labels
    known: Known
    telling: TellingAge
    files: tuple[Path, ...]
    """Tables and latents that were read; their digests are noted, not what they hold."""
    seed: int

    def provenance(self, options: Options) -> dict[str, Any]:
        """Entry `faces` of the manifest's provenance: numbers and rules, no name of a file."""
        known, telling = self.known, self.telling
        pose = known.held.shape[1] - len(known.names)
        held = [*known.names, *telling.worn_names]
        if telling.source == AGE_OF_EMBEDDED:
            held.append("age by the embedded bundle's map")
        if pose:
            held.append(f"{pose} components of pose and side light")
        rule = "(n mean + prior_count letters' prediction) / (n + prior_count), "
        rule += "prior_count cross-validated"
        if thin_cells(counts(self.labels), LEAST_FACES):
            rule += f", and such that n + prior_count is at least {LEAST_FACES}"
        return {
            "label_rule": TYPED_TEXT if self.labels.typed else RULE_TEXT,
            "labelled_faces": len(self.labels.files),
            "files_sha256": {path.name: FileSpec.of(path).sha256 for path in self.files},
            "held_still": held,
            "averages_adjusted_for": list(known.adjusted_names),
            "direction_method": USED,
            "direction_rule": "least unusual step that moves one reading by 1 and no other, "
            "the maps' Gram matrix cleaned of chance; "
            f"{OWN_GENDER:g} own gender's map, the rest that of all faces",
            "type_mean_rule": rule,
            "config": {"step": options.step, "fine_from": options.fine_from}
            | {"fine_weight": options.fine_weight, "seed": self.seed},
        } | self._unusual()

    def _unusual(self) -> dict[str, Any]:
        """What rated faces of StyleGAN2's FFHQ space, the embedded bundle's, need not say."""
        said = {"source": TYPED} if self.known.ratings is None else {}
        if said or self.telling.worn_names != WORN:
            said |= {"age_map": self.telling.source, "young_map": self.telling.young_rule}
        return said

    def credits(self, manifest: Manifest) -> tuple[str, ...]:
        """The bundle's credits with those of these faces, and no longer those of others."""
        kept = [each for each in manifest.credits if not each.startswith(OMI)]
        if self.known.ratings is not None:
            return tuple(dict.fromkeys((*manifest.credits, OMI_FACES)))
        if self.telling.source == AGE_OF_EMBEDDED:
            kept.append(OMI_AGE)
        if has_embedded_encoder(manifest):
            kept.append(OMI_ENCODER)
        return tuple(kept)

    def write_licences(self, folder: Path, data: Path | None) -> None:
        """Put the licence of the data beside the faces, and that of a map that was taken over."""
        own = None if data is None else data / "LICENSE.txt"
        text = (EMBEDDED_DIR / LICENCE).read_bytes()
        if own is not None and own.is_file():
            (folder / LICENCE).write_bytes(own.read_bytes())
        elif self.known.ratings is None:
            (folder / LICENCE).unlink(missing_ok=True)
        if self.telling.source == AGE_OF_EMBEDDED:
            (folder / AGE_LICENCE).write_bytes(text)
        else:
            (folder / AGE_LICENCE).unlink(missing_ok=True)


def has_embedded_encoder(manifest: Manifest) -> bool:
    """Whether a bundle carries the embedded bundle's encoder, which saw OMI's faces."""
    digests = _encoder_digests(open_bundle("embedded").manifest)
    return bool(digests) and digests <= _encoder_digests(manifest)


def without_older_figures(metrics: Mapping[str, Any], changed: bool) -> dict[str, Any]:
    """Figures of a bundle, those left out that belong to averages which it no longer has."""
    dropped = OF_OLDER_FACES if changed else ()
    return {name: value for name, value in metrics.items() if name not in dropped}


def _encoder_digests(manifest: Manifest) -> set[str]:
    return {spec.sha256 for name, spec in manifest.files.items() if name.startswith("encoder")}
