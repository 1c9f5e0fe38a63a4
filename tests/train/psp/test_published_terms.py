"""LPIPS, identity and MoCo: numbers against independent ones, strict loading, gradients."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torchvision import models

from mbtiface.errors import InputError, SourceError
from mbtiface.networks.irse import Stage, resolve_stages
from train.psp.published_terms import (
    ArcFace,
    Identity,
    Lpips,
    Moco,
    load_identity,
    load_lpips,
    load_moco,
    published_terms,
)
from train.psp.published_weights import PublishedChoices, WeightFile
from train.runs.distributed import Ranks

ALONE = Ranks(0, 1, torch.device("cpu"))
TINY = (Stage(4, 4, 1), Stage(4, 6, 1), Stage(6, 8, 1), Stage(8, 10, 1))


def pictures(side: int, count: int = 2, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, side, side, generator=random) * 2 - 1


def waves(shape: tuple[int, ...], number: int) -> torch.Tensor:
    """Weights that any machine makes alike."""
    n = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    size = 2 * (shape[0] / len(n)) ** 0.5
    return (torch.sin(n * n * 0.37 + number) * size).reshape(shape).float()


def constants(shapes: Mapping[str, torch.Size]) -> dict[str, torch.Tensor]:
    """One number a tensor: true shapes in a small file."""
    return {
        name: torch.tensor(0.5 + k / 1024).expand(shape)
        for k, (name, shape) in enumerate(shapes.items())
    }


def shapes_of(network: nn.Module) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in network.state_dict().items()}


def saved(path: Path, content: object, term: str) -> WeightFile:
    torch.save(content, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return WeightFile(path.stem, term, path.name, sha256=digest, path=path)


def lpips_files(network: str, folder: Path) -> tuple[WeightFile, WeightFile]:
    with torch.device("meta"):
        full = models.alexnet(weights=None) if network == "alex" else models.vgg16(weights=None)
    shapes = shapes_of(full.features)
    # In the order of their layers, weight and bias: (0, bias), (0, weight), (3, bias) ...
    ordered = sorted(shapes, key=lambda name: (int(name.split(".")[0]), name))
    state = {f"features.{n}": waves(tuple(shapes[n]), k) for k, n in enumerate(ordered)}
    state["classifier.6.bias"] = torch.zeros(1000)  # published, not needed
    channels = {"alex": (64, 192, 384, 256, 256), "vgg": (64, 128, 256, 512, 512)}[network]
    linear = {
        f"lin{k}.model.1.weight": waves((1, size, 1, 1), k).abs() for k, size in enumerate(channels)
    }
    backbone = saved(folder / "backbone.pth", state, "lpips")
    return backbone, saved(folder / "linear.pth", linear, "lpips")


def patterns() -> tuple[torch.Tensor, torch.Tensor]:
    y = torch.linspace(-1, 1, 64)
    down, across = y[:, None].expand(64, 64), y[None].expand(64, 64)
    a = torch.stack([torch.sin(3 * down) * torch.cos(5 * across), down, across * down])
    b = torch.stack([torch.cos(4 * down) * torch.cos(2 * across), across, torch.sin(9 * across)])
    return torch.stack([a, b, a]), torch.stack([b, a.flip(2), a])


# What the package lpips 0.1.4 gives for the same weights and pictures.
LPIPS_VALUES = {"alex": [0.1847791, 0.1822403, 0.0], "vgg": [0.08162623, 0.08169111, 0.0]}


@pytest.mark.parametrize("network", ["alex", "vgg"])
def test_lpips_has_the_published_values(network: str, tmp_path: Path) -> None:
    term = load_lpips(network, *lpips_files(network, tmp_path))  # type: ignore[arg-type]
    a, b = patterns()
    a.requires_grad_()
    values = term(a, b)
    assert values.tolist() == pytest.approx(LPIPS_VALUES[network], rel=1e-3, abs=1e-9)
    values.sum().backward()
    assert a.grad is not None
    assert torch.isfinite(a.grad).all()
    assert (a.grad[:2].abs().amax((1, 2, 3)) > 0).all()
    assert not any(p.requires_grad for p in term.parameters())


def test_lpips_is_equation_1() -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU(), nn.ReLU())
    weights = [torch.rand(4), torch.rand(5)]
    term = Lpips(layers.double(), (1, 3), [w.double() for w in weights])
    a, b = pictures(8).double(), pictures(8, seed=1).double()
    mean, std = np.array([-0.03, -0.088, -0.188]), np.array([0.458, 0.448, 0.45])  # the paper's own
    expected = np.zeros(2)
    for last, weight in ((1, weights[0]), (3, weights[1])):
        found = []
        for x in (a, b):
            x = torch.from_numpy((x.numpy() - mean[:, None, None]) / std[:, None, None])
            y = layers[: last + 1](x).detach().numpy()
            found.append(y / (np.sqrt((y**2).sum(1, keepdims=True)) + 1e-10))
        difference = (found[0] - found[1]) ** 2 * weight.double().numpy()[:, None, None]
        expected += difference.sum(1).mean((1, 2))
    assert term(a, b).detach().numpy() == pytest.approx(expected)


def test_dead_places_have_finite_gradients() -> None:
    layer = nn.Conv2d(3, 4, 3)
    with torch.no_grad():
        layer.bias.fill_(-100)  # the ReLU lets nothing through
    x = pictures(8).requires_grad_()
    term = Lpips(nn.Sequential(layer, nn.ReLU()), (1,), [torch.ones(4)])
    term(x, pictures(8, seed=1)).sum().backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


class Seen(nn.Module):
    """Keeps what a term shows its network."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.x = x
        return x.flatten(1)


def test_identity_sees_psps_crop_and_measures_the_angle() -> None:
    seen = Seen()
    term = Identity(seen)  # type: ignore[arg-type]  # a stand-in for the network
    a, b = pictures(256), pictures(256, seed=1)
    values = term(a, b).numpy()
    crop = a.numpy()[:, :, 35:223, 32:220]
    bounds = [(k * 188 // 112, -(-(k + 1) * 188 // 112)) for k in range(112)]
    rows = np.stack([crop[:, :, i:j].mean(2) for i, j in bounds], 2)
    small = np.stack([rows[..., i:j].mean(3) for i, j in bounds], 3)
    assert seen.x.numpy() == pytest.approx(small, abs=1e-6)
    x, y = (term.features(each).double().numpy() for each in (a, b))
    cosine = (x * y).sum(1) / np.sqrt((x * x).sum(1) * (y * y).sum(1))
    assert values == pytest.approx(1 - cosine, abs=1e-5)


def test_identity_takes_other_sizes_and_refuses_oblong_ones() -> None:
    seen = Seen()
    flat = torch.full((1, 3, 128, 128), 0.25)
    Identity(seen)(flat, flat)  # type: ignore[arg-type]
    assert seen.x.shape == (1, 3, 112, 112)
    assert (seen.x - 0.25).abs().max() < 1e-6
    with pytest.raises(InputError, match="square"):
        Identity(seen)(flat[:, :, :64], flat[:, :, :64])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="clean"):
        Identity(seen)(flat, flat[:, :, :64])  # type: ignore[arg-type]


def test_identity_of_a_network_moves_only_the_picture() -> None:
    torch.manual_seed(0)
    term = Identity(ArcFace(TINY, embedding=6))
    term.train()
    assert not any(module.training for module in term.modules())
    x, clean = pictures(256).requires_grad_(), pictures(256, seed=1).requires_grad_()
    values = term(x, clean)
    assert values.shape == (2,)
    values.sum().backward()
    assert x.grad is not None
    assert clean.grad is None
    # Nothing outside of the crop matters.
    assert x.grad[:, :, 35:223, 32:220].abs().max() > 0
    x.grad[:, :, 35:223, 32:220] = 0
    assert x.grad.abs().max() == 0
    assert term(clean, clean).abs().max() < 1e-6
    assert not any(parameter.requires_grad for parameter in term.parameters())


def test_identity_loads_the_published_layout(tmp_path: Path) -> None:
    with torch.device("meta"):
        shapes = shapes_of(ArcFace(resolve_stages(50)))
    for name, shape in {
        "input_layer.0.weight": (64, 3, 3, 3),
        "input_layer.2.weight": (64,),
        "body.0.res_layer.5.fc1.weight": (4, 64, 1, 1),
        "body.3.shortcut_layer.0.weight": (128, 64, 1, 1),
        "body.23.res_layer.4.running_var": (512,),
        "output_layer.0.weight": (512,),
        "output_layer.3.weight": (512, 512 * 7 * 7),
        "output_layer.3.bias": (512,),
        "output_layer.4.running_mean": (512,),
    }.items():
        assert shapes[name] == shape
    # Files of old torch versions lack the counts of batches.
    state = constants({n: s for n, s in shapes.items() if not n.endswith("num_batches_tracked")})
    term = load_identity(saved(tmp_path / "ir_se50.pth", state, "identity"))
    loaded = term.network.state_dict()
    assert set(loaded) == set(shapes)
    for name, value in state.items():
        assert loaded[name].dtype == torch.float32
        assert loaded[name].flatten()[-1] == value.flatten()[-1]


def test_moco_shows_its_network_normalized_pictures_of_224_px() -> None:
    seen = Seen()
    picture = torch.tensor([-1.0, 0.0, 1.0])[None, :, None, None].expand(1, 3, 256, 256)
    assert Moco(seen)(picture, picture).item() == pytest.approx(0, abs=1e-5)
    assert seen.x.shape == (1, 3, 224, 224)
    expected = [(0 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    assert seen.x[0, :, 100, 100].tolist() == pytest.approx(expected, rel=1e-5)


def test_moco_moves_the_picture() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 8, 8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    x = pictures(64).requires_grad_()
    Moco(network)(x, pictures(64, seed=1)).sum().backward()
    assert x.grad is not None
    assert x.grad.abs().max() > 0


def test_moco_loads_the_query_encoder_of_the_published_layout(tmp_path: Path) -> None:
    with torch.device("meta"):
        shapes = shapes_of(models.resnet50(weights=None))
    trunk = {name: shape for name, shape in shapes.items() if not name.startswith("fc.")}
    state = constants({f"module.encoder_q.{name}": shape for name, shape in trunk.items()})
    others = {
        "module.encoder_q.fc.0.weight": torch.zeros(1).expand(2048, 2048),
        "module.encoder_q.fc.2.bias": torch.zeros(128),
        "module.encoder_k.conv1.weight": torch.zeros(64, 3, 7, 7),
        "module.queue": torch.zeros(128, 16),
        "module.queue_ptr": torch.zeros(1, dtype=torch.long),
    }
    content = {"epoch": 800, "arch": "resnet50", "state_dict": state | others}
    term = load_moco(saved(tmp_path / "moco.pth.tar", content, "moco"))
    loaded = term.network.state_dict()
    assert set(loaded) == set(trunk)
    for name in trunk:
        if not name.endswith("num_batches_tracked"):
            expected = state[f"module.encoder_q.{name}"].flatten()[0]
            assert loaded[name].flatten()[-1] == expected
    del state["module.encoder_q.layer4.2.bn3.weight"]
    with pytest.raises(SourceError, match="moco.*missing layer4.2.bn3.weight"):
        load_moco(saved(tmp_path / "moco.pth.tar", content | {"state_dict": state}, "moco"))


def test_tensors_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with torch.device("meta"):
        shapes = shapes_of(ArcFace(resolve_stages(50)))
    state = constants(shapes)
    path = tmp_path / "ir_se50.pth"
    with pytest.raises(SourceError, match="identity.*unexpected more"):
        load_identity(saved(path, state | {"more": torch.zeros(1)}, "identity"))
    with pytest.raises(SourceError, match="output_layer.3.bias has the shape"):
        load_identity(saved(path, state | {"output_layer.3.bias": torch.zeros(7)}, "identity"))
    wrong = {"output_layer.3.bias": torch.full((512,), float("nan"))}
    with pytest.raises(SourceError, match="not finite"):
        load_identity(saved(path, state | wrong, "identity"))
    for content in (torch.zeros(3), {"epoch": 1}, {1: torch.zeros(1)}):
        with pytest.raises(SourceError, match="holds no"):
            load_identity(saved(path, content, "identity"))


def test_linear_weights_of_the_other_network_are_refused(tmp_path: Path) -> None:
    backbone, _ = lpips_files("alex", tmp_path)
    linear = saved(tmp_path / "vgg.pth", {"lin0.model.1.weight": torch.zeros(1, 64, 1, 1)}, "lpips")
    with pytest.raises(SourceError, match="lpips.*missing lin1.model.1.weight"):
        load_lpips("alex", backbone, linear)


def test_terms_that_are_off_need_nothing() -> None:
    assert published_terms({"lpips": 0.0, "identity": 0.0, "moco": 0.0}, ALONE) == {}


@pytest.mark.parametrize("term", ["lpips", "identity", "moco"])
def test_a_term_that_cannot_be_had_says_how_to_do_without(term: str) -> None:
    with pytest.raises(SourceError, match=f"--options.weights.{term} 0"):
        published_terms({term: 0.5}, ALONE)


def test_a_term_is_made_from_chosen_files(tmp_path: Path) -> None:
    files = dict(zip(("alexnet", "lpips-alex"), lpips_files("alex", tmp_path), strict=True))
    choices = PublishedChoices(
        {name: str(each.path) for name, each in files.items()},
        {name: str(each.sha256) for name, each in files.items()},
        "alex",
    )
    terms = published_terms({"lpips": 0.8, "moco": 0.0}, ALONE, choices)
    assert list(terms) == ["lpips"]
    a, b = patterns()
    assert terms["lpips"](a, b).tolist() == pytest.approx(LPIPS_VALUES["alex"], rel=1e-3, abs=1e-9)
