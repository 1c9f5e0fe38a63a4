"""Losses of StyleGAN2 against the reference's numbers and gradients."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
import torch
from torch import nn

from mbtiface.networks import Discriminator, Generator
from tests.golden_files import (
    Golden,
    assert_gradient_near,
    assert_near,
    golden_names,
    read_golden,
)
from train.stylegan2.losses import (
    PathLength,
    discriminator_loss,
    generator_loss,
    map_styles,
    path_length_loss,
    r1_loss,
)

LOSS_TOLERANCE = 1e-5
NORM_TOLERANCE = 1e-3
GRADIENT_TOLERANCE = 1e-4
ZERO_NORM = 1e-6
NAMES = golden_names("06*_losses*")


@dataclass(frozen=True)
class Case:
    """One file's networks, in training mode, and its inputs."""

    golden: Golden
    generator: Generator
    discriminator: Discriminator

    @property
    def options(self) -> dict[str, float]:
        return self.golden.config["loss_kwargs"]


@cache
def case(name: str) -> Case:
    golden = read_golden(name)
    built = []
    for which, cls in (("G_file", Generator), ("D_file", Discriminator)):
        stored = read_golden(f"{golden.config[which]}.safetensors")
        network = cls(**stored.config["init_kwargs"])
        network.load_state_dict(stored.state())
        built.append(network.train())
    return Case(golden, *built)


def fresh(name: str, trained: str) -> Case:
    """A file's case with one network requiring gradients, w_avg and gradients as at first."""
    given = case(name)
    stored = read_golden(f"{given.golden.config['G_file']}.safetensors")
    given.generator.load_state_dict(stored.state())
    for which, network in (("G", given.generator), ("D", given.discriminator)):
        network.requires_grad_(which == trained).zero_grad(set_to_none=True)
    return given


def main_of_generator(given: Case) -> torch.Tensor:
    golden = given.golden
    ws = map_styles(given.generator, golden["z"], golden["gen_c"])
    scored = generator_loss(given.generator, given.discriminator, ws, golden["gen_c"], "const")
    assert_near(scored.logits, golden["Gmain/fake_logits"], 2e-5, "logits")
    assert_near(scored.each, golden["Gmain/loss_per_sample"], LOSS_TOLERANCE, "each")
    return scored.loss


def path_length(given: Case, phase: str) -> PathLength:
    golden = given.golden
    count = len(golden["z"]) // int(given.options["pl_batch_shrink"])
    ws = map_styles(given.generator, golden["z"][:count], golden["gen_c"][:count])
    return path_length_loss(
        given.generator,
        ws,
        golden["pl_noise_raw"],
        golden[f"{phase}/pl_mean_before"],
        given.options["pl_weight"],
        given.options["pl_decay"],
        "const",
    )


@torch.no_grad()
def fakes(given: Case) -> torch.Tensor:
    ws = map_styles(given.generator, given.golden["z"], given.golden["gen_c"])
    return given.generator.synthesis(ws, noise_mode="const")


def main_of_discriminator(given: Case) -> torch.Tensor:
    golden = given.golden
    real, fake = discriminator_loss(
        given.discriminator,
        golden["real_images"],
        golden["real_c"],
        fakes(given),
        golden["gen_c"],
    )
    assert_near(real.logits, golden["Dmain/real_logits"], 2e-5, "real logits")
    assert_near(fake.logits, golden["Dmain/fake_logits"], 2e-5, "fake logits")
    assert_near(real.each + fake.each, golden["Dmain/loss_per_sample"], LOSS_TOLERANCE, "each")
    return real.loss + fake.loss


def r1(given: Case) -> torch.Tensor:
    golden, gamma = given.golden, given.options["r1_gamma"]
    scored = r1_loss(given.discriminator, golden["real_images"], golden["real_c"], gamma)
    assert_near(scored.logits, golden["Dr1/real_logits"], 2e-5, "logits")
    penalty = scored.each[:, 0] / (gamma / 2)
    assert_near(penalty, golden["Dr1/r1_penalty_per_sample"], LOSS_TOLERANCE, "penalty")
    return scored.loss


PHASES: dict[str, tuple[str, Callable[[Case], torch.Tensor]]] = {
    "Gmain": ("G", main_of_generator),
    "Gpl": ("G", lambda given: path_length(given, "Gpl").loss),
    "Gpl_warm": ("G", lambda given: path_length(given, "Gpl_warm").loss),
    "Gboth": ("G", lambda given: main_of_generator(given) + path_length(given, "Gpl").loss),
    "Dmain": ("D", main_of_discriminator),
    "Dr1": ("D", r1),
    "Dboth": ("D", lambda given: main_of_discriminator(given) + r1(given)),
}


def check_gradients(golden: Golden, phase: str, network: nn.Module, names: list[str]) -> None:
    parameters = dict(network.named_parameters())
    norms = golden[f"{phase}/grad_norms"]
    for name, norm in zip(names, norms, strict=True):
        gradient = parameters[name].grad
        # A gradient of zero, not none: it matters to Adam.
        assert gradient is not None, f"{phase} {name} has no gradient"
        if norm == 0:
            assert gradient.norm() <= ZERO_NORM * norms.max(), name
        else:
            assert abs(gradient.norm() / norm - 1) <= NORM_TOLERANCE, name
        full = golden.tensors.get(f"{phase}/grad/{name}")
        if full is not None and norm > 0:
            assert_gradient_near(gradient, full, GRADIENT_TOLERANCE, f"{phase} {name}")


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("name", NAMES)
def test_golden_losses_and_gradients(name: str, phase: str) -> None:
    which, loss_of = PHASES[phase]
    given = fresh(name, which)
    golden = given.golden
    loss = loss_of(given)
    if f"{phase}/loss" in golden.tensors:
        assert_near(loss, golden[f"{phase}/loss"], LOSS_TOLERANCE, "loss")
    (loss * golden.config["gains"][phase]).backward()
    network = given.generator if which == "G" else given.discriminator
    check_gradients(golden, phase, network, golden.config[f"{which}_param_names"])
    untouched = given.discriminator if which == "G" else given.generator
    assert all(p.grad is None for p in untouched.parameters())
    if f"{phase}/w_avg_after" in golden.tensors:
        after = golden[f"{phase}/w_avg_after"]
        assert_near(given.generator.mapping.w_avg, after, LOSS_TOLERANCE, "w_avg")


@pytest.mark.parametrize("phase", ["Gpl", "Gpl_warm"])
@pytest.mark.parametrize("name", NAMES)
def test_golden_path_lengths(name: str, phase: str) -> None:
    given = fresh(name, "G")
    golden = given.golden
    found = path_length(given, phase)
    assert_near(found.mean, golden[f"{phase}/pl_mean_after"], LOSS_TOLERANCE, "mean")
    assert not found.mean.requires_grad
    penalty = found.each / given.options["pl_weight"]
    assert_near(penalty, golden[f"{phase}/pl_penalty_per_sample"], LOSS_TOLERANCE, "penalty")
    assert_near(found.each, golden[f"{phase}/loss_per_sample"], LOSS_TOLERANCE, "each")
    if phase == "Gpl":
        assert_near(found.lengths, golden["Gpl/pl_lengths"], LOSS_TOLERANCE, "lengths")


@pytest.mark.parametrize("name", NAMES)
def test_golden_style_mixing(name: str) -> None:
    given = fresh(name, "G")
    golden = given.golden
    before = given.generator.mapping.w_avg.clone()
    for mix in golden.config["style_mixing"]["cases"]:
        other, cutoff = (golden["mix/z2"], mix["cutoff"]) if mix["mixed"] else (None, None)
        with torch.no_grad():
            ws = map_styles(
                given.generator, golden["z"], golden["gen_c"], other, cutoff, skip_w_avg_update=True
            )
            images = given.generator.synthesis(ws, noise_mode="const")
        assert_near(ws, golden[f"mix/{mix['id']}/ws"], 2e-5, "ws")
        if f"mix/{mix['id']}/img_const" in golden.tensors:
            assert_near(images, golden[f"mix/{mix['id']}/img_const"], 2e-5, "images")
    assert torch.equal(given.generator.mapping.w_avg, before)
