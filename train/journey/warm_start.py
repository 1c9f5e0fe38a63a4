"""A warm start: the known picture of each known w, regressed into a base before it is trained.

The faces are a bundle's own samples (`python -m train prepare --from-bundle`), whose w+ lie beside
them; the bundle's mapping network is taken as it is. Adversarial training then sharpens what a
regression leaves soft.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from mbtiface.errors import InputError
from mbtiface.networks import Generator
from mbtiface.networks.perceptual import PerceptualFeatures, perceptual_distance
from mbtiface.weights.bundle import load_generator, open_bundle
from train.commands import gan
from train.data.made_faces import MadeFaces, to_rows
from train.data.picture_dataset import PictureDataset
from train.metrics.picture_bytes import metric_bytes
from train.psp.perceptual_weights import perceptual_features
from train.runs.budget import passed
from train.runs.checkpoint import load_state, save_state, write_tensors
from train.runs.config import keep_config, write_json
from train.runs.distributed import join
from train.runs.run_log import RunLog
from train.runs.schedule import schedule
from train.stylegan2.drawings import grid, write_picture
from train.stylegan2.losses import AnyGenerator
from train.stylegan2.networks import build_pair, generator_spec, place

log = logging.getLogger(__name__)

BETAS = (0.0, 0.99)
LOOK_STEPS, SAVE_STEPS = 50, 200
"""Steps from one line of the log to the next, and from one state to the next."""
SHOWN = 8
"""Faces in the picture of the fit, and in the figures of the report."""
STATE = "state.pt"


@dataclass(frozen=True)
class WarmOptions:
    """How long and from what; no warm start unless steps are asked for."""

    steps: int = 0
    """Steps of the regression; 0 = no warm start."""
    bundle: str = "embedded"
    """Bundle whose samples the large set holds; its mapping network is taken over."""
    batch: int = 32
    """Pictures in a step."""
    rate: float = 0.004
    """Highest learning rate."""
    perceptual: float = 1.0
    """Weight of the perceptual distance beside L1 (pictures in -1..1)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be counted."""
        if min(self.steps, self.perceptual) < 0 or self.batch < 1 or self.rate <= 0:
            raise InputError(
                "A warm start has steps and a perceptual weight of at least 0, a batch of at "
                f"least 1 and a rate above 0, but given are {self}."
            )


@dataclass(frozen=True)
class KnownFaces:
    """Pictures with their w."""

    pictures: PictureDataset
    w: torch.Tensor
    """`[pictures, 2, w_dim]`."""
    crossover: torch.Tensor
    """`[pictures]`, as `train.data.made_faces.MadeFace` has it."""

    @classmethod
    def open(cls, base: gan.Config, split: str, num_ws: int) -> "KnownFaces":
        """Faces of the base's large set.

        Raises:
            SourceError: it is no folder of made faces.
        """
        w, crossover = MadeFaces(base.data).latents(num_ws)
        pictures = PictureDataset.open(base.data, base.size, split=split, cache=base.cache)
        rows = torch.tensor([int(Path(name).stem) for name in pictures.files])
        return cls(pictures, w[rows], crossover[rows])

    def batch(self, rows: torch.Tensor, num_ws: int) -> tuple[torch.Tensor, torch.Tensor]:
        """w+ `[n, num_ws, w_dim]` and pictures `[n, 3, size, size]`, -1..1."""
        pixels = self.pictures.pictures(rows.numpy())
        return to_rows(self.w[rows], self.crossover[rows], num_ws), pixels.float() / 127.5 - 1


class WarmStart:
    """A regression that goes on where it was stopped."""

    def __init__(
        self,
        options: WarmOptions,
        base: gan.Config,  # of the StyleGAN or StyleGAN2 that is warmed
        out: Path,  # its own folder
    ) -> None:
        """Read bundle and latents; InputError where the base's networks do not fit them."""
        self.options, self.base, self.out = options, base, out
        ranks = join(base.device)
        self.device = ranks.device
        assert base.size is not None
        recipe = gan.recipe_of(base, base.size, ranks)
        self.spec = generator_spec(recipe, base.size, 0)
        generator = build_pair(recipe, base.size, 0, base.seed)[0]
        take_mapping(generator, options.bundle)
        place(generator, self.device)
        self.generator = generator
        self.faces = KnownFaces.open(base, base.split, generator.num_ws)

    def run(self, until: float | None = None) -> bool:
        """Regress to the last step, or to a deadline; True when it is finished."""
        if (self.out / "report.json").exists():
            keep_config(self.out, self.options)
            return True
        keep_config(self.out, self.options)
        perceptual = perceptual_features().eval().requires_grad_(False)
        place(perceptual, self.device)
        if self.base.threads is not None:
            torch.set_num_threads(self.base.threads)
        synthesis, journal = self.generator.synthesis, RunLog(self.out)
        adam = torch.optim.Adam(synthesis.parameters(), lr=self.options.rate, betas=BETAS)
        before = self._figures(perceptual)
        step = self._load(adam)
        while step < self.options.steps:
            if passed(until):
                self._save(adam, step)
                return False
            loss, l1 = self._step(adam, perceptual, step)
            step += 1
            if step % LOOK_STEPS == 0 or step == self.options.steps:
                journal.scalars(step, {"loss": loss.item(), "l1": l1.item()})
            if step % SAVE_STEPS == 0:
                self._save(adam, step)
        self._finish(before, self._figures(perceptual))
        return True

    def _step(
        self, adam: torch.optim.Adam, perceptual: PerceptualFeatures, step: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        options = self.options
        # Rows follow from the step: going on needs no random state.
        random = torch.Generator().manual_seed(self.base.seed * 1_000_003 + step)
        rows = torch.randint(len(self.faces.pictures), [options.batch], generator=random)
        for group in adam.param_groups:
            group["lr"] = options.rate * schedule(step / options.steps)
        loss, l1 = self._loss(*self.faces.batch(rows, self.generator.num_ws), perceptual)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss.detach(), l1.detach()

    def _loss(
        self, ws: torch.Tensor, real: torch.Tensor, perceptual: PerceptualFeatures
    ) -> tuple[torch.Tensor, torch.Tensor]:
        real = real.to(self.device)
        half = self.base.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            made = self._draw(ws).float()
        l1 = (made - real).abs().mean()
        # In full precision: a CPU's bfloat16 has no fast gradient of strided filters a channel.
        distance = perceptual_distance(made, real, perceptual).mean()
        return l1 + self.options.perceptual * distance, l1

    def _draw(self, ws: torch.Tensor) -> torch.Tensor:
        # Without noise: its strengths start at 0, and the pictures say nothing of them.
        full = {"force_fp32": True} if isinstance(self.generator, Generator) else {}
        made: torch.Tensor = self.generator.synthesis(ws.to(self.device), noise_mode="none", **full)
        return made

    def _shown(self) -> tuple[torch.Tensor, torch.Tensor]:
        count = len(self.faces.pictures)
        rows = torch.linspace(0, count - 1, min(SHOWN, count)).long()
        return self.faces.batch(rows, self.generator.num_ws)

    @torch.no_grad()
    def _figures(self, perceptual: PerceptualFeatures) -> dict[str, float]:
        loss, l1 = self._loss(*self._shown(), perceptual)
        return {"loss": loss.item(), "l1": l1.item()}

    def _load(self, adam: torch.optim.Adam) -> int:
        if not (self.out / STATE).exists():
            return 0
        state = load_state(self.out / STATE, self.device)
        self.generator.load_state_dict(state["generator"])
        adam.load_state_dict(state["adam"])
        log.info("the warm start goes on at step %d", state["step"])
        return int(state["step"])

    def _save(self, adam: torch.optim.Adam, step: int) -> None:
        parts = {"generator": self.generator.state_dict(), "adam": adam.state_dict()}
        save_state(self.out / STATE, {**parts, "step": step})

    @torch.no_grad()
    def _finish(self, before: dict[str, float], after: dict[str, float]) -> None:
        ws, real = self._shown()
        both = torch.cat([metric_bytes(real), metric_bytes(self._draw(ws).cpu())])
        write_picture(self.out / "grid.jpg", Image.fromarray(grid(both, len(real))))
        write_tensors(self.out / "generator.safetensors", self.generator.state_dict())
        spec = {"kind": self.spec.kind, "args": dict(self.spec.args)}
        write_json(self.out / "generator.json", spec)
        figures = {"before": before, "after": after, "faces": len(self.faces.pictures)}
        write_json(self.out / "report.json", {**vars(self.options), **figures})
        (self.out / STATE).unlink(missing_ok=True)


@torch.no_grad()
def take_mapping(generator: AnyGenerator, bundle: str) -> None:
    """Copy a bundle's mapping network, so that z leads to the w that are known.

    Raises:
        InputError: it has other sizes.
    """
    theirs, ours = load_generator(open_bundle(bundle)).mapping, generator.mapping
    sizes = [(each.z_dim, each.w_dim, each.num_layers) for each in (theirs, ours)]
    if sizes[0] != sizes[1]:
        (z, w, layers), (own_z, own_w, own_layers) = sizes
        raise InputError(
            f"The mapping of the bundle {bundle} takes z of {z} to w of {w} in {layers} layers, "
            f"that of the base {own_z} to {own_w} in {own_layers}. For a warm start give "
            f"--change.z-dim {z} --change.w-dim {w} --change.mapping-layers {layers}."
        )
    ours.load_state_dict(theirs.state_dict())
