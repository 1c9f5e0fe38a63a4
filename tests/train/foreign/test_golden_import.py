"""A whole pSp checkpoint of golden weights through import: the bundle's parts give the numbers."""

from pathlib import Path

import pytest
import torch

from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.inversion_parts import load_encoder
from tests.foreign_files import write_torch
from tests.golden_files import assert_near, read_golden
from tests.recipe_weights import recipe_pictures, recipe_state
from train.commands.import_bundle import Config, main

TOLERANCE = 5e-5


@pytest.mark.parametrize("name", ["10c_psp_end_to_end", "10d_psp_end_to_end_w"])
@torch.no_grad()
def test_golden_photo_to_picture(name: str, tmp_path: Path) -> None:
    golden = read_golden(f"{name}.safetensors")
    w_only = golden.config["opts"]["learn_in_w"]
    kinds = {True: "BackboneEncoderUsingLastLayerIntoW", False: "GradualStyleEncoder"}
    content = {
        "state_dict": recipe_state(golden),
        "latent_avg": golden["latent_avg"],
        "opts": dict(golden.config["opts"]) | {"encoder_type": kinds[w_only]},
    }
    source = write_torch(tmp_path / "psp.pt", content)
    main(Config(str(source), tmp_path / "bundle", precision="float32", pictures=1))
    bundle = open_bundle(tmp_path / "bundle")
    assert bundle.manifest.provenance["imported"]["dialect"] == "psp"
    latents = load_encoder(bundle)(recipe_pictures(golden))
    assert_near(latents, golden["latents"], TOLERANCE, "latents")
    generator = load_generator(bundle)
    picture = generator.synthesis(golden["latents"], noise_mode="const")
    assert_near(picture, golden["img"], TOLERANCE, "img")
