"""rosinality's networks and whole pSp, rebuilt from our parts, against golden numbers."""

import pytest
import torch

from mbtiface.networks import (
    BackboneEncoderIntoW,
    Discriminator,
    Generator,
    GradualStyleEncoder,
)
from mbtiface.weights.key_maps import discriminator_from_rosinality, generator_from_rosinality
from tests.golden_files import Golden, assert_gradient_near, assert_near, read_golden
from tests.recipe_weights import recipe_pictures, recipe_state

TOLERANCE = 5e-5
LOGITS_TOLERANCE = 2e-5
SIZE_32 = {"z_dim": 512, "c_dim": 0, "w_dim": 512, "img_resolution": 32, "img_channels": 3}


def part(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}


def load_decoder(state: dict[str, torch.Tensor], mean: torch.Tensor) -> Generator:
    network = Generator(**SIZE_32).eval()
    network.load_state_dict(generator_from_rosinality(state, mean), strict=True)
    return network


@torch.no_grad()
def test_golden_decoder() -> None:
    golden = read_golden("10a_decoder.safetensors")
    equivalent = golden.config["nvidia_equivalent"]
    assert {k: v for k, v in equivalent.items() if not k.endswith("kwargs")} == SIZE_32
    network = load_decoder(recipe_state(golden), golden["mean_latent"])
    mapping, synthesis = network.mapping, network.synthesis
    psi = golden.config["truncation"]

    # Latents.
    assert_near(mapping(golden["z"])[:, 0], golden["w"], TOLERANCE, "w")
    assert_near(mapping(golden["z"]), golden["latent_z"], TOLERANCE, "latent_z")
    mean = mapping(golden["z_for_mean"])[:, 0].mean(dim=0, keepdim=True)
    assert_near(mean, golden["mean_latent"], TOLERANCE, "mean_latent")
    cut = golden.config["inject_index"]
    mixed = torch.cat([mapping(golden["z"])[:, :cut], mapping(golden["z2"])[:, cut:]], dim=1)
    assert_near(mixed, golden["latent_mix"], TOLERANCE, "latent_mix")

    # Pictures.
    pictures = {
        "img_z": network(golden["z"], noise_mode="const"),
        "img_z_trunc": network(golden["z"], truncation_psi=psi, noise_mode="const"),
        "img_w_plus": synthesis(golden["w_plus"], noise_mode="const"),
        "img_w_plus_trunc": synthesis(mapping.truncate(golden["w_plus"], psi), noise_mode="const"),
        "img_mix": synthesis(mixed, noise_mode="const"),
    }
    for key, picture in pictures.items():
        assert_near(picture, golden[key], TOLERANCE, key)


def test_golden_discriminator() -> None:
    golden = read_golden("10b_discriminator.safetensors")
    network = Discriminator(**golden.config["nvidia_equivalent"]).eval()
    network.load_state_dict(discriminator_from_rosinality(recipe_state(golden)), strict=True)
    x = golden["x"].requires_grad_()
    logits = network(x)
    assert_near(logits, golden["logits"], LOGITS_TOLERANCE, "logits")
    (gradient,) = torch.autograd.grad(logits.sum(), x)
    assert_gradient_near(gradient, golden["dx"], LOGITS_TOLERANCE, "dx")


def load_encoder(
    golden: Golden, state: dict[str, torch.Tensor]
) -> GradualStyleEncoder | BackboneEncoderIntoW:
    options = golden.config["opts"]
    with torch.device("meta"):
        if options["learn_in_w"]:
            network: GradualStyleEncoder | BackboneEncoderIntoW = BackboneEncoderIntoW(50, "ir_se")
        else:
            network = GradualStyleEncoder(50, "ir_se", n_styles=options["n_styles"])
    network.load_state_dict(state, strict=True, assign=True)
    return network.eval()


@pytest.mark.parametrize("name", ["10c_psp_end_to_end", "10d_psp_end_to_end_w"])
@torch.no_grad()
def test_golden_photo_to_picture(name: str) -> None:
    golden = read_golden(f"{name}.safetensors")
    state = recipe_state(golden)
    encoder = load_encoder(golden, part(state, "encoder."))
    decoder = load_decoder(part(state, "decoder."), golden["latent_avg"])

    # Photo to latents.
    codes = encoder(recipe_pictures(golden))
    assert_near(codes, golden["codes_raw"], TOLERANCE, "codes_raw")
    codes = codes.view(2, -1, 512) + golden["latent_avg"]
    latents = codes.expand(2, decoder.num_ws, 512)  # one w acts in all layers
    assert_near(latents, golden["latents"], TOLERANCE, "latents")

    # Latents to picture.
    assert_near(decoder.synthesis(latents, noise_mode="const"), golden["img"], TOLERANCE, "img")
    ws = decoder.mapping(golden["z"])
    assert_near(ws, golden["latents_from_z"], TOLERANCE, "latents_from_z")
    assert_near(
        decoder.synthesis(ws, noise_mode="const"), golden["img_from_z"], TOLERANCE, "img_from_z"
    )
    # Only one file holds a picture of partly replaced latents.
    if "img_mask_alpha" in golden.tensors:
        mixed = decoder.synthesis(golden["latents_mask_alpha"], noise_mode="const")
        assert_near(mixed, golden["img_mask_alpha"], TOLERANCE, "img_mask_alpha")
