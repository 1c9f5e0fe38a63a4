"""Terms of an encoder's loss that look through published networks: LPIPS, identity, MoCo.

Each takes pictures `[batch, 3, height, width]`, RGB, -1..1, and the clean ones beside them, and
gives `[batch]`, 0 for equal pictures. Gradients reach the pictures alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import nn
from torch.nn import functional
from torchvision import models

from mbtiface.errors import InputError
from mbtiface.networks.irse import IRBody, Stage, input_layer, resolve_stages
from mbtiface.networks.shapes import check_shape
from train.psp.losses import cosine_distances
from train.psp.published_states import check, fill, named_under
from train.psp.published_weights import PublishedChoices, WeightFile, chosen, read_weights
from train.runs.distributed import Ranks

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Of RGB in 0..1, as the networks of torchvision, LPIPS and MoCo were trained."""
LPIPS_TAPS: Mapping[str, tuple[int, ...]] = {
    "alex": (1, 4, 7, 9, 11),
    "vgg": (3, 8, 15, 22, 29),
}
"""Layers of torchvision's `features` whose output is compared: the last ReLU of each stage."""
LPIPS_FILES = {"alex": ("alexnet", "lpips-alex"), "vgg": ("vgg16", "lpips-vgg")}
"""Names of the two files: network, linear weights."""
FACE_SIDE = 256
FACE_ROWS, FACE_COLUMNS = slice(35, 223), slice(32, 220)
"""The part of an aligned face of 256 px that pSp shows ArcFace."""
ARCFACE_SIDE = 112
EMBEDDING = 512
DROPOUT = 0.6
"""Holds no weights and does nothing here; it only has its place among the published layers."""
MOCO_SIDE = 224
MOCO_PREFIX = "module.encoder_q."


class PublishedTerm(nn.Module):
    """A distance on a network that is never trained, and always in evaluation mode."""

    def train(self, mode: bool = True) -> "PublishedTerm":
        """Stay in evaluation mode whatever is asked: the statistics are part of the weights."""
        return super().train(False)

    def frozen(self) -> "PublishedTerm":
        """Set evaluation mode and switch gradients of the weights off; the constructors' end."""
        return self.train().requires_grad_(False)

    def pair(self, pictures: torch.Tensor, clean: torch.Tensor) -> tuple[Any, Any]:
        """`features` of both, without gradients for the clean ones; InputError if shapes differ."""
        check_shape("pictures", pictures, [None, 3, None, None])
        check_shape("clean", clean, list(pictures.shape))
        with torch.no_grad():
            wanted = self.features(clean)
        return self.features(pictures), wanted

    def features(self, pictures: torch.Tensor) -> Any:
        """What of pictures is compared."""
        raise NotImplementedError


class Lpips(PublishedTerm):
    """Learned perceptual distance (Zhang et al. 2018, arXiv 1801.03924, eq. 1), version 0.1."""

    def __init__(
        self,
        layers: nn.Sequential,  # torchvision's `features`
        taps: Sequence[int],  # indices of the layers compared
        weights: Sequence[torch.Tensor],  # [channels] for each of them
    ) -> None:
        super().__init__()
        self.layers = layers[: taps[-1] + 1]
        self.taps = tuple(taps)
        for index, weight in enumerate(weights):
            self.register_buffer(f"lin{index}", weight)
        self.frozen()

    def features(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """Features of unit length at each place, `[batch, channels, height, width]` a tap."""
        x = imagenet_normalized(pictures)
        found = []
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index in self.taps:
                length = torch.linalg.vector_norm(x, dim=1, keepdim=True)
                found.append(x / (length + 1e-10))
        return found

    def forward(self, pictures: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
        """Distances `[batch]`; InputError for other shapes."""
        total = pictures.new_zeros(len(pictures))
        for index, (one, other) in enumerate(zip(*self.pair(pictures, clean), strict=True)):
            weight = self.get_buffer(f"lin{index}")[:, None, None]
            total = total + (weight * (one - other).square()).sum(1).mean((1, 2))
        return total


class ArcFace(nn.Module):
    """The whole recognition network: IR or IR-SE backbone and the layer that embeds a face.

    Parameter names are those of the published `ir_se50.pth`.
    """

    def __init__(
        self,
        stages: Sequence[Stage],  # as resolve_stages returns them
        mode: str = "ir_se",  # "ir", or "ir_se" with squeeze and excitation
        embedding: int = EMBEDDING,  # size of the embedding
    ) -> None:
        super().__init__()
        channels = stages[-1].depth
        side = ARCFACE_SIDE >> len(stages)  # each stage halves it
        self.input_layer = input_layer(3, stages[0].in_channels)
        self.body = IRBody(stages, mode)
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.Dropout(DROPOUT),
            nn.Flatten(),
            nn.Linear(channels * side**2, embedding),
            nn.BatchNorm1d(embedding),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map faces `[batch, 3, 112, 112]`, -1..1, to embeddings `[batch, embedding]`."""
        return self.output_layer(self.body(self.input_layer(x))[-1])


class Identity(PublishedTerm):
    """Cosine distance of ArcFace's embeddings of aligned faces (pSp, arXiv 2008.00951)."""

    def __init__(self, network: ArcFace) -> None:
        super().__init__()
        self.network = network
        self.frozen()

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        """Embeddings `[batch, embedding]`, of any length."""
        faces = resized(pictures, FACE_SIDE)[:, :, FACE_ROWS, FACE_COLUMNS]
        return self.network(functional.adaptive_avg_pool2d(faces, ARCFACE_SIDE))

    def forward(self, pictures: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
        """Distances `[batch]`, 0..2; pictures are square, FFHQ's alignment. InputError if not."""
        return cosine_distances(*self.pair(pictures, clean))


class Moco(PublishedTerm):
    """Cosine distance of MoCo v2's features (arXiv 2003.04297), e4e's measure of likeness.

    Pictures are normalised as MoCo's were in training, which e4e's own code leaves out.
    """

    def __init__(
        self,
        network: nn.Module,  # [batch, 3, 224, 224] -> [batch, channels]
    ) -> None:
        super().__init__()
        self.network = network
        self.frozen()

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        """Pooled features `[batch, channels]`, of any length."""
        return self.network(imagenet_normalized(resized(pictures, MOCO_SIDE)))

    def forward(self, pictures: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
        """Distances `[batch]`, 0..2; InputError for pictures that are not square."""
        return cosine_distances(*self.pair(pictures, clean))


def load_lpips(network: Literal["vgg", "alex"], backbone: WeightFile, linear: WeightFile) -> Lpips:
    """Build LPIPS from its network's weights and its own linear ones.

    Raises:
        SourceError: a file cannot be had or does not fit.
    """
    with torch.device("meta"):
        full = models.alexnet(weights=None) if network == "alex" else models.vgg16(weights=None)
    layers: nn.Sequential = full.features
    fill(layers, named_under("features.", read_weights(backbone), backbone), backbone)
    taps = LPIPS_TAPS[network]
    channels = [_channels_at(layers, tap) for tap in taps]
    names = {f"lin{k}.model.1.weight": (1, size, 1, 1) for k, size in enumerate(channels)}
    state = named_under("", read_weights(linear), linear)
    check(state, names, linear)
    return Lpips(layers, taps, [state[name].float().flatten() for name in names])


def load_identity(source: WeightFile) -> Identity:
    """Build the identity term from the published IR-SE-50.

    Raises:
        SourceError: the file cannot be had or does not fit.
    """
    with torch.device("meta"):
        network = ArcFace(resolve_stages(50))
    fill(network, named_under("", read_weights(source), source), source)
    return Identity(network)


def load_moco(source: WeightFile) -> Moco:
    """Build the MoCo term from a published checkpoint, of which the query encoder is taken.

    Raises:
        SourceError: the file cannot be had or does not fit.
    """
    with torch.device("meta"):
        network = models.resnet50(weights=None)
    # The head of the contrastive task is no part of the features.
    network.fc = nn.Identity()
    content = read_weights(source)
    state = content.get("state_dict", content) if isinstance(content, dict) else content
    encoder = named_under(MOCO_PREFIX, state, source)
    fill(network, {n: v for n, v in encoder.items() if not n.startswith("fc.")}, source)
    return Moco(network)


def published_terms(
    weights: Mapping[str, float], ranks: Ranks, choices: PublishedChoices | None = None
) -> dict[str, PublishedTerm]:
    """Load the terms `lpips`, `identity`, `moco` whose weight is not 0, on the process's device.

    Raises:
        SourceError: what a term needs cannot be had or does not fit.
    """
    choices = choices or PublishedChoices()
    terms: dict[str, PublishedTerm] = {}
    if weights.get("lpips"):
        network = choices.lpips_network
        backbone, linear = (chosen(name, choices) for name in LPIPS_FILES[network])
        terms["lpips"] = load_lpips(network, backbone, linear)
    if weights.get("identity"):
        terms["identity"] = load_identity(chosen("ir-se-50", choices))
    if weights.get("moco"):
        terms["moco"] = load_moco(chosen("moco-v2", choices))
    return {name: term.to(ranks.device) for name, term in terms.items()}


def imagenet_normalized(pictures: torch.Tensor) -> torch.Tensor:
    """Pictures in -1..1 with the mean and deviation of ImageNet's taken out, same shape."""
    mean, std = (pictures.new_tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    return ((pictures + 1) / 2 - mean) / std


def resized(pictures: torch.Tensor, side: int) -> torch.Tensor:
    """Square pictures at another size, `[batch, 3, side, side]`; InputError if not square."""
    if pictures.shape[2] != pictures.shape[3]:
        raise InputError(f"Pictures are {list(pictures.shape)}, but must be square, aligned faces.")
    if pictures.shape[2] == side:
        return pictures
    return functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True)


def _channels_at(layers: nn.Sequential, tap: int) -> int:
    convolutions = [layer for layer in layers[: tap + 1] if isinstance(layer, nn.Conv2d)]
    return convolutions[-1].out_channels
