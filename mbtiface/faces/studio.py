"""The studio: samples, averages, morphs and pictures of one bundle. Knows networks, knows no UI."""

from collections.abc import Callable, Mapping, Sequence

import torch
from PIL import Image

from mbtiface.errors import InputError, MissingPartError
from mbtiface.faces.address import SIZES, FaceAddress
from mbtiface.faces.addressed import addressed_face
from mbtiface.faces.averages import Averages
from mbtiface.faces.drift import drift
from mbtiface.faces.engine import Engine
from mbtiface.faces.inversion import Inversion
from mbtiface.faces.morph import Keep, drift_form, morph_step
from mbtiface.faces.photo_inverter import PhotoInverter
from mbtiface.faces.pixels import reduce, to_images
from mbtiface.faces.sequence import sequence_axes
from mbtiface.networks import FaceGenerator
from mbtiface.networks.mapping import random_labels
from mbtiface.personality.types import AXES
from mbtiface.weights.bundle import Bundle, check_tensors
from mbtiface.weights.manifest import Manifest

Render = Callable[[torch.Tensor, int], Image.Image]
"""w+ `[num_ws, w_dim]` and size in px -> picture."""
ADULT_AGE = 22.0
"""Years; a made-up face that reads younger is drawn again."""
YOUNG_LIMIT = 0.5
"""Where the map of young faces was set to refuse nearly all of those that looked young to us."""
MAX_DRAWS = 200
SEED_LIMIT = 2**63


class Studio:
    """One bundle at work. Thread-safe: nothing changes after construction but caches."""

    def __init__(
        self,
        bundle: Bundle,
        engine: Engine,
        network: FaceGenerator,
        inverting: Callable[[Render], PhotoInverter] | None = None,
    ) -> None:
        """`inverting` makes the inverter of the function that renders; None = no encoder."""
        self.manifest: Manifest = bundle.manifest
        self.num_ws: int = network.num_ws
        self.w_dim: int = network.w_dim
        self._engine = engine
        self.mapping = network.mapping
        self._averages: Averages | None = None
        self._inverter = None if inverting is None else inverting(self._draw)
        if bundle.files("faces"):
            tensors = {name: value.float() for name, value in bundle.tensors("faces").items()}
            shapes = Averages.shapes(self.num_ws, self.w_dim)
            check_tensors(tensors, shapes, bundle.folder / "faces.safetensors")
            self._averages = Averages(tensors)

    @property
    def engine(self) -> str:
        """What renders, for people: library, version and number format."""
        return self._engine.name

    @property
    def device(self) -> str:
        """Where pictures are rendered: `cpu` or `cuda`."""
        return self._engine.device

    @property
    def averages(self) -> Averages:
        """Averages, directions and maps; `MissingPartError` if the bundle has none."""
        if self._averages is None:
            raise MissingPartError(
                f"The bundle {self.manifest.name!r} has no faces.safetensors, so it knows no "
                "averages. Make it with `python -m train averages`."
            )
        return self._averages

    @torch.inference_mode()
    def sample(self, seed: int, psi: float = 0.7) -> torch.Tensor:
        """Draw a made-up adult face, `[num_ws, w_dim]`; the same seed gives the same face.

        A face that reads younger than 22 years, or young at all, is drawn again from the same seed.

        Raises:
            InputError: seed or psi out of range.
            MissingPartError: the bundle has no age map.
        """
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < SEED_LIMIT:
            raise InputError(f"Seed {seed!r} must be a whole number from 0 to {SEED_LIMIT - 1}.")
        if not 0.0 <= psi <= 1.0:
            raise InputError(f"psi is {psi}, but must be from 0 to 1.")
        generator = torch.Generator().manual_seed(seed)
        for _ in range(MAX_DRAWS):
            z = torch.randn(1, self.mapping.z_dim, generator=generator)
            c = random_labels(self.mapping, 1, generator)
            w = self.mapping(z, c, truncation_psi=psi)[0]  # [num_ws, w_dim]
            if self.is_adult(w, YOUNG_LIMIT):
                return w.clone()
        raise MissingPartError(
            f"{MAX_DRAWS} faces from seed {seed} all read younger than {ADULT_AGE:g} years: "
            "the age map of this bundle does not fit its generator."
        )

    def invert(
        self,
        image: Image.Image,
        face: int = 0,
        crop: Sequence[float] | None = None,
        aligned: bool = False,
        refine_steps: int = 0,
        on_step: Callable[[int, int], None] | None = None,
    ) -> Inversion:
        """Find the w+ of a photo.

        Args:
            image: the photo, upright.
            face: which of the faces found, the largest first.
            crop: use this square instead: centre x and y, side, angle (`Inversion.crop`).
            aligned: the picture is a face aligned as FFHQ is; nothing is looked for.
            refine_steps: steps of optimisation after the encoder; about 0.2 s each on two cores.
            on_step: called with (done, total) after each of them; what it raises stops the work.

        Raises:
            PhotoError: no face, no such face, or a crop that cannot be used.
            InputError: a picture said to be aligned that is not square.
            MissingPartError: the bundle has no encoder, or nothing to refine with.
        """
        return self.inverter.invert(image, face, crop, aligned, refine_steps, on_step)

    def warm_up(self) -> None:
        """Load what the first photo would wait for, if the bundle has an encoder."""
        if self._inverter is not None:
            self._inverter.warm_up()

    @property
    def takes_photos(self) -> bool:
        """Whether the bundle has an encoder, so that photos can be inverted."""
        return self._inverter is not None

    @property
    def inverter(self) -> PhotoInverter:
        """What inverts photos; `MissingPartError` if the bundle has no encoder."""
        if self._inverter is None:
            raise MissingPartError(
                f"The bundle {self.manifest.name!r} has no encoder, so it cannot invert a photo. "
                "Start from an average or a made-up face."
            )
        return self._inverter

    def render(self, w: torch.Tensor, size: int | None = None) -> Image.Image | list[Image.Image]:
        """Render w+ `[num_ws, w_dim]` to a picture, or `[n, num_ws, w_dim]` to a list.

        Args:
            w: latents, finite.
            size: 256, 512 or 1024 px; None = the bundle's full size.

        Raises:
            InputError: a size or shape that is not allowed, or values that are not finite.
        """
        full = self.manifest.resolution
        size = full if size is None else size
        if size not in SIZES and size != full:
            raise InputError(f"Size {size!r} is not one of {', '.join(map(str, SIZES))}.")
        ws = w[None] if w.ndim == 2 else w
        if ws.ndim != 3 or ws.shape[1:] != (self.num_ws, self.w_dim):
            raise InputError(
                f"Latents are {list(w.shape)}, but must be [{self.num_ws}, {self.w_dim}] or "
                f"[n, {self.num_ws}, {self.w_dim}]."
            )
        if not torch.isfinite(ws).all():
            raise InputError("The latents hold values that are not finite numbers.")
        if ws.shape[0] == 0:
            return []
        # The smallest size that the engine makes and that is large enough, reduced if need be.
        made = next((each for each in self._engine.sizes if each >= size), self._engine.sizes[-1])
        images = reduce(to_images(self._engine.render(ws.float(), made)), size)
        return images if w.ndim == 3 else images[0]

    def _draw(self, w: torch.Tensor, size: int) -> Image.Image:
        images = self.render(w[None], size)
        return images[0] if isinstance(images, list) else images

    def gender_mean(self, gender: str) -> torch.Tensor:
        """Average of all labelled faces of a gender, `[num_ws, w_dim]`."""
        return self.averages.gender_mean(gender)

    def type_mean(self, code: str, gender: str) -> torch.Tensor:
        """Average face of a type, `[num_ws, w_dim]`."""
        return self.averages.type_mean(code, gender)

    def type_count(self, code: str, gender: str) -> int:
        """Labelled faces behind a type's average."""
        return self.averages.type_count(code, gender)

    def letter_mean(self, letter: str, gender: str) -> torch.Tensor:
        """Average face of a letter, `[num_ws, w_dim]`."""
        return self.averages.letter_mean(letter, gender)

    def letter_count(self, letter: str, gender: str) -> int:
        """Labelled faces behind a letter's average."""
        return self.averages.letter_count(letter, gender)

    def morph(
        self,
        w: torch.Tensor,
        axes: Mapping[str, float],
        gender: str = "female",
        strength: float | None = None,
        layers: str | Sequence[int] = "all",
        keep: Keep = None,
    ) -> torch.Tensor:
        """Move a face along the axes, relative to where it is.

        Args:
            w: `[num_ws, w_dim]`.
            axes: axis -> value; + toward E, N, F, J.
            gender: whose directions: `female`, `male`, or `both` for their mean.
            strength: factor on every value; None = the bundle's own, chosen by eye.
            layers: `all`, `coarse`, `middle`, `fine` or row numbers; other rows stay.
            keep: readings that must not change: axes, `age`, `gender`; `person` shortens a move
                that leads too far from who it is, a number sets how far (`drift`, 1 = `person`).

        Raises:
            InputError: an unknown axis, gender, layer name or reading, or a limit below 0.
        """
        return w + morph_step(self.averages, axes, gender, strength, layers, keep)

    def sequence(
        self,
        w: torch.Tensor,
        letters: str,
        gender: str = "female",
        step: float = 1 / 3,
        strength: float | None = None,
        layers: str | Sequence[int] = "all",
        keep: Keep = None,
    ) -> torch.Tensor:
        """Walk letter by letter: `[1 + n, num_ws, w_dim]`, the first is `w` itself.

        Each letter moves its axis by `step` of the way that is left to it (`sequence_axes`).

        Raises:
            InputError: a letter is none of the eight, or the step is not within 0..1.
        """
        frames = sequence_axes(letters, step)
        moved = [self.morph(w, axes, gender, strength, layers, keep) for axes in frames]
        return torch.stack(moved)

    def drift(self, w: torch.Tensor, start: torch.Tensor) -> float:
        """How far a w+ has gone from being the person of another; 1 is what `person` keeps to."""
        return drift(w - start, self.averages)

    def drift_form(self, gender: str, layers: str = "all") -> list[list[float]]:
        """The 4 x 4 form `G` by which axis values `a` drift: `sqrt(a' G a)`."""
        return drift_form(self.averages, gender, layers)

    def impression(self, w: torch.Tensor) -> dict[str, float]:
        """Where a face stands on each axis: 0 = midpoint of the letters' averages, +-1 = they."""
        values = self.averages.read("impression", w)
        return {axis: float(values[k]) for k, axis in enumerate(AXES)}

    def age(self, w: torch.Tensor) -> float:
        """Age in years as raters would see it, by a linear map."""
        return float(self.averages.read("age", w))

    def is_adult(self, w: torch.Tensor, young_limit: float) -> bool:
        """Whether the maps read a w+ as 22 years or more, and as less young than the limit."""
        young = float(self.averages.read("young", w)) >= young_limit
        return not young and self.age(w) >= ADULT_AGE

    def face(self, address: FaceAddress, start: torch.Tensor | None = None) -> torch.Tensor:
        """The w+ of an address: its start, made stronger if asked, moved along the axes.

        Args:
            address: which face.
            start: `[num_ws, w_dim]` of a `photo` or `community` start, which its keeper knows; of
                a blend with a photo, that photo's.

        Raises:
            InputError: such a start without its `start`.
        """
        return addressed_face(self, address, start)
