"""One distillation's steps: terms, judges, what moves and what does not, going on."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mbtiface.errors import InputError, SourceError
from mbtiface.networks.discriminator import Discriminator
from mbtiface.networks.perceptual import perceptual_distance
from mbtiface.weights.bundle import open_bundle
from tests.train.mobile.toy_teacher import RESOLUTION, toy_teacher, write_toy_teacher
from train.mobile.adversary import Adversary, choose_discriminator, labels_for
from train.mobile.distil_fit import DistilFit, Judges
from train.mobile.distil_options import DistilOptions, DistilWeights
from train.mobile.level_heads import level_errors, pyramid
from train.mobile.student import make_student, student_arguments
from train.mobile.teacher_latents import draw_ws
from train.psp.perceptual_weights import perceptual_features
from train.runs.distributed import Ranks

ONE = Ranks(0, 1, torch.device("cpu"))
OPTIONS = DistilOptions(
    start="none",
    steps=6,
    batch=4,
    adversarial_from=0.5,
    r1_interval=2,
    discriminator_base=128,
    discriminator_max=8,
)


def discriminator(c_dim: int = 0) -> Discriminator:
    torch.manual_seed(2)
    return Discriminator(c_dim, RESOLUTION, 3, channel_base=128, channel_max=8)


def make(folder: Path, options: DistilOptions = OPTIONS, c_dim: int = 0) -> DistilFit:
    teacher = toy_teacher(c_dim)
    arguments = student_arguments(teacher, {"mapping_kwargs": {"embed_features": 4}})
    student, _ = make_student(teacher, arguments, seed=options.seed)
    adversary = None
    if options.weights.adversarial:
        adversary = Adversary(discriminator(c_dim), ONE, 2e-3, 1.0, options.r1_interval)
    perceptual = perceptual_features() if options.weights.perceptual else None
    return DistilFit(teacher, student, Judges(perceptual, adversary), options, ONE, folder)


def test_the_terms_are_those_of_the_formulas(tmp_path: Path) -> None:
    fit = make(tmp_path)
    fit.precision = lambda: torch.autocast("cpu", enabled=False)
    ws, _ = draw_ws(fit.teacher.mapping, fit.draw, 0, 4)
    with torch.no_grad():
        levels = fit.heads(fit.synthesis, ws)
        target = fit.teacher.synthesis(ws, noise_mode="const")
        expected = level_errors(levels, pyramid(target, 3))
        features = fit.judges.perceptual
        assert features is not None
        expected["perceptual"] = perceptual_distance(levels[-1], target, features).mean()
    values = fit.advance()
    assert set(values) == set(expected)  # the discriminator is not asked yet
    for name, value in expected.items():
        assert values[name] == pytest.approx(value.item(), rel=1e-4), name


def test_every_tensor_of_the_student_moves_and_nothing_of_the_teacher(tmp_path: Path) -> None:
    fit = make(tmp_path)
    adversary = fit.judges.adversary
    assert adversary is not None
    networks = {
        "student": fit.synthesis,
        "heads": fit.heads,
        "teacher": fit.teacher,
        "discriminator": adversary.network,
    }
    before = {
        key: {name: p.detach().clone() for name, p in network.named_parameters()}
        for key, network in networks.items()
    }
    names = [set(fit.advance()) for _ in range(6)]
    assert "adversarial" not in names[2]
    assert {"adversarial", "discriminator", "r1"} <= names[3]
    assert "r1" not in names[4]
    for key, network in networks.items():
        for name, parameter in network.named_parameters():
            same = torch.equal(parameter, before[key][name])
            assert same == (key == "teacher"), f"{key} {name}"
            assert parameter.grad is None or key in ("student", "heads"), f"{key} {name}"


def test_the_student_comes_closer(tmp_path: Path) -> None:
    weights = DistilWeights(perceptual=0, adversarial=0)
    options = replace(OPTIONS, steps=40, learning_rate=0.06, mixing=0.0, weights=weights)
    fit = make(tmp_path, options)
    fit.precision = lambda: torch.autocast("cpu", enabled=False)
    losses = [fit.advance()["l1"] for _ in range(40)]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def test_a_fit_that_goes_on_ends_as_one_that_never_stopped(tmp_path: Path) -> None:
    whole = make(tmp_path / "whole")
    for _ in range(6):
        whole.advance()
    (tmp_path / "parts").mkdir()
    first = make(tmp_path / "parts")
    for _ in range(4):
        first.advance()
    first.save()
    second = make(tmp_path / "parts")
    second.load()
    assert second.step == 4
    values = [second.advance() for _ in range(2)][-1]
    assert "discriminator" in values
    for one, other in (
        (whole.synthesis, second.synthesis),
        (whole.ema.network, second.ema.network),
        (whole.heads, second.heads),
        (whole.judges.adversary.network, second.judges.adversary.network),  # type: ignore[union-attr]
    ):
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name


def test_the_state_of_another_student_is_refused(tmp_path: Path) -> None:
    fit = make(tmp_path)
    fit.save()
    teacher = toy_teacher()
    arguments = student_arguments(teacher, {}, channels=(4, 4, 4))
    student, _ = make_student(teacher, arguments)
    other = DistilFit(teacher, student, fit.judges, OPTIONS, ONE, tmp_path)
    with pytest.raises(SourceError, match="another student"):
        other.load()


def test_a_gradient_that_is_not_finite_ends_the_run(tmp_path: Path) -> None:
    fit = make(tmp_path)
    with torch.no_grad():
        fit.synthesis.head.bias.fill_(float("nan"))
    with pytest.raises(SourceError, match="step 0 is not finite"):
        fit.advance()


def test_a_conditional_teacher_and_discriminator(tmp_path: Path) -> None:
    fit = make(tmp_path, replace(OPTIONS, adversarial_from=0.0), c_dim=3)
    values = fit.advance()
    assert values["discriminator"] == values["discriminator"]  # no NaN
    labels, ws = torch.eye(3), torch.zeros(3, 10, 16)
    with pytest.raises(SourceError, match="labels of 3 numbers.*has 0"):
        labels_for(discriminator(3), None, ws)
    assert torch.equal(labels_for(discriminator(3), labels, ws), labels)
    assert labels_for(discriminator(), labels, ws).shape == (3, 0)


def test_the_bundles_own_discriminator_is_taken(tmp_path: Path) -> None:
    bundle = open_bundle(write_toy_teacher(tmp_path / "with"))
    own = choose_discriminator(bundle, RESOLUTION, 64, 4, 4, 0)
    kept = bundle.tensors("discriminator")
    for name, value in own.state_dict().items():
        torch.testing.assert_close(value, kept[name].float())
    with pytest.raises(SourceError, match="groups 4 pictures.*6 of one process"):
        choose_discriminator(bundle, RESOLUTION, 64, 4, 6, 0)
    with pytest.raises(SourceError, match="looks at 64 px"):
        choose_discriminator(bundle, 128, 64, 4, 4, 0)
    bare = open_bundle(write_toy_teacher(tmp_path / "without", parts=False))
    new = choose_discriminator(bare, RESOLUTION, 64, 4, 6, 0)
    assert new.b4.mbstd.group_size == 2  # type: ignore[union-attr]
    assert new(torch.zeros(6, 3, RESOLUTION, RESOLUTION)).shape == (6, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"mixing": 1.5}, "mixing is 1.5"),
        ({"psi": (1.0, 0.5)}, "psi is"),
        ({"width": 0.0}, "width 0.0"),
    ],
)
def test_options_that_no_run_could_use_are_named(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        DistilOptions(**options)


def test_weights_that_no_run_could_use_are_named() -> None:
    with pytest.raises(InputError, match="l1 is -1"):
        DistilWeights(l1=-1.0)
    with pytest.raises(InputError, match="No term compares pixels"):
        DistilWeights(l1=0, wavelet_l1=0, l2=0)
