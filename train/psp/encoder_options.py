"""What an encoder's training may be asked for."""

from dataclasses import dataclass, field
from pathlib import Path

from train.psp.encoders import Kind


@dataclass(frozen=True)
class TermWeights:
    """Weight of each term of the loss; 0 switches it off."""

    latent: float = 1.0
    """Squared error of latent codes, where the true w+ is known."""
    seen: float = 1.0
    """Squared error of w in the metric of what is seen (train/psp/pullback_metric.py)."""
    mixed: float = 1.0
    """Factor on the two terms above for faces whose rows come from two latents."""
    l2: float = 0.0
    """Mean squared difference of pixels; through the generator."""
    perceptual: float = 0.0
    """Distance of EfficientNet-Lite0's features; through the generator."""
    lpips: float = 0.0
    """LPIPS with its published weights; through the generator."""
    identity: float = 0.0
    """Cosine distance of ArcFace's embedding, published weights; through the generator."""
    moco: float = 0.0
    """Cosine distance of MoCo v2's features, published weights; through the generator."""
    w_norm: float = 0.0
    """Distance of w+ from the average."""
    delta: float = 0.01
    """Size of the rows' offsets from one another (e4e)."""
    adversarial: float = 0.0
    """Latent discriminator: rows shall look like w of the mapping network (e4e)."""

    @property
    def through_generator(self) -> bool:
        """Whether a term compares pictures."""
        return any((self.l2, self.perceptual, self.lpips, self.identity, self.moco))


@dataclass(frozen=True)
class EncoderOptions:
    """How an encoder is trained."""

    encoder: Kind = "compact"
    """`compact` for CPUs; pSp's `gradual`, `backbone-w`, `backbone-w-plus`; e4e's `progressive`."""
    arguments: str = "{}"
    """Further constructor arguments of the encoder as json, such as '{"num_layers": 100}'."""
    size: int = 128
    """Height and width of what the encoder sees while it trains; the published kinds need 256."""
    picture_size: int = 256
    """Height and width at which pictures are compared."""
    steps: int = 4000
    """Steps of the whole run."""
    batch: int = 32
    """Samples in a step, over all processes."""
    learning_rate: float = 1.5e-3
    """Highest learning rate."""
    weight_decay: float = 0.02
    """Decay of the weight matrices."""
    photo_share: float = 0.2
    """Share of samples that are photos without a known w+, where there are some."""
    metric_faces: int = 1600
    """Faces that the metric of the term `seen` is averaged over."""
    progressive_stage_steps: int = 500
    """Steps after which the progressive encoder gives one more row an offset."""
    save_steps: int = 100
    """Steps between states."""
    report_steps: int = 500
    """Steps between looks at held-out faces."""
    seed: int = 1
    """Of first weights and samples."""
    weights: TermWeights = field(default_factory=TermWeights)
    """Terms of the loss."""


@dataclass(frozen=True)
class Sources:
    """Where an encoder's training takes its faces from."""

    data: Path
    """Dataset of `train prepare --from-bundle`."""
    photos: Path | None = None
    """Folder of aligned pictures without latents, trained on by reconstruction."""
    held_out: Path | None = None
    """Folder of aligned pictures; those of fold 0 select, those of fold 1 are never looked at."""
    start: Path | None = None
    """Run folder whose encoder this one starts from."""
