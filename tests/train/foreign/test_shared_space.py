"""A StyleGAN2 over the embedded bundle's mapping network takes its averages and encoder over."""

from pathlib import Path

import pytest
import torch

import mbtiface
from mbtiface.networks import CompactEncoder, Generator
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.inversion_parts import load_encoder
from mbtiface.weights.manifest import read_manifest
from tests.train.foreign.toy_checkpoints import over_embedded_mapping, rosinality
from train.commands.import_bundle import Config, main
from train.foreign.shared_space import fitted_faces, mapping_difference
from train.mobile.distil_bundle import fit_map, fit_rows

SMALL = 256
SMALL_ROWS = 14


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a generator of full size over the embedded mapping; only read."""
    folder = tmp_path_factory.mktemp("full")
    source = rosinality(folder / "ffhq.pt", over_embedded_mapping(1024))
    main(Config(str(source), folder / "bundle", pictures=1))
    return folder / "bundle"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of 256 px, whose w+ has four rows less; only read."""
    folder = tmp_path_factory.mktemp("small")
    source = rosinality(folder / "ffhq.pt", over_embedded_mapping(SMALL))
    main(Config(str(source), folder / "bundle", pictures=2, license="Said so"))
    return folder / "bundle"


def state_of(network: Generator) -> dict[str, torch.Tensor]:
    return dict(network.state_dict())


def test_averages_maps_and_encoder_are_the_embedded_ones(full: Path) -> None:
    embedded, made = open_bundle("embedded"), open_bundle(full)
    faces = made.tensors("faces")
    for name, value in embedded.tensors("faces").items():
        assert torch.equal(faces[name], value), name
    for part in ("encoder", "aligner", "perceptual", "raw_means"):
        given, taken = embedded.tensors(part), made.tensors(part)
        assert sorted(given) == sorted(taken)
        assert all(torch.equal(taken[name], given[name]) for name in given)
        if part != "raw_means":
            assert made.manifest.networks[part] == embedded.manifest.networks[part]


def test_credits_licence_and_provenance_come_along(full: Path, small: Path) -> None:
    embedded, made = read_manifest(open_bundle("embedded").folder), read_manifest(full)
    assert set(embedded.credits) <= set(made.credits)
    assert embedded.license in made.license
    assert read_manifest(small).license.startswith("Said so; averages and what was taken over: ")
    assert set(embedded.forbidden_use) <= set(made.forbidden_use)
    assert made.provenance["faces"] == embedded.provenance["faces"]
    assert made.provenance["taken_over"]["name"] == "embedded"
    assert made.metrics["faces"] == embedded.metrics["faces"]
    assert "moves" not in made.metrics
    assert {"LICENSE.mobilestylegan.txt", "LICENSE.labelled-faces.txt"} <= set(made.files)


def test_the_distance_of_the_same_faces_is_reported(full: Path, small: Path) -> None:
    for folder in (full, small):
        report = read_manifest(folder).provenance["imported"]
        # Pictures of constant weights are nothing like faces.
        assert 0.1 < report["distance_to_shared"] <= 2


def test_the_app_serves_the_same_survey_with_it(small: Path) -> None:
    studio = mbtiface.load(small, device="cpu")
    embedded = mbtiface.load("embedded", device="cpu")
    w = studio.type_mean("ENTP", "female")
    assert torch.equal(w, embedded.type_mean("ENTP", "female")[:SMALL_ROWS])
    assert studio.takes_photos
    assert studio.manifest.resolution == SMALL
    moved = studio.morph(w, {"EI": 1.0}, gender="female")
    reading, before = studio.impression(moved)["EI"], studio.impression(w)["EI"]
    full_w = embedded.type_mean("ENTP", "female")
    expected = embedded.impression(embedded.morph(full_w, {"EI": 1.0}, gender="female"))["EI"]
    assert reading - before == pytest.approx(expected - embedded.impression(full_w)["EI"], abs=0.05)


def test_the_encoder_gives_the_rows_that_there_are(small: Path) -> None:
    given, kept = load_encoder(open_bundle("embedded")), load_encoder(open_bundle(small))
    assert isinstance(kept, CompactEncoder)
    assert (kept.num_ws, kept.rows) == (SMALL_ROWS, 12)
    picture = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        torch.testing.assert_close(kept(picture), given(picture)[:, :SMALL_ROWS])


def test_rounding_to_half_is_no_difference_and_more_is() -> None:
    given = open_bundle("embedded").tensors("generator")
    random = torch.Generator().manual_seed(0)

    def moved(share: float) -> dict[str, torch.Tensor]:
        return {
            name: value.float() * (1 + share * torch.randn(value.shape, generator=random))
            for name, value in given.items()
        }

    assert mapping_difference(given, given) == 0
    exact = {name: value.float() * (1 + 2**-12) for name, value in given.items()}
    assert mapping_difference(exact, given) <= 1
    assert mapping_difference(moved(0.001), given) > 1
    shallower = {name: value for name, value in given.items() if ".fc7." not in name}
    assert mapping_difference(shallower, given) == float("inf")
    assert mapping_difference({}, given) == float("inf")


@pytest.mark.parametrize("rows", [5, 8, 11])
def test_a_map_reads_the_same_of_w_of_any_number_of_rows(rows: int) -> None:
    random = torch.Generator().manual_seed(0)
    ws = torch.randn(3, 8, 4, generator=random)
    # As producers of w+ give them: rows that the smaller network lacks repeat its last one.
    ws[:, min(rows, 8) - 1 :] = ws[:, min(rows, 8) - 1 : min(rows, 8)]
    weight = torch.randn(2, 8, 4, generator=random)
    fitted_ws, fitted = fit_rows(ws, rows), fit_map(weight, rows)
    assert fitted_ws.shape == (3, rows, 4)
    before = torch.einsum("bnd,vnd->bv", ws, weight)
    torch.testing.assert_close(torch.einsum("bnd,vnd->bv", fitted_ws, fitted), before)
    if rows > 8:
        assert torch.equal(fitted_ws[:, 8:], ws[:, -1:].expand(-1, rows - 8, -1))
        assert not fitted[:, 8:].any()


def test_every_average_is_fitted_to_the_rows() -> None:
    faces = fitted_faces(open_bundle("embedded"), SMALL_ROWS)
    assert faces["type_means"].shape == (2, 16, SMALL_ROWS, 512)
    assert faces["directions"].shape == (2, 4, SMALL_ROWS, 512)
    assert faces["impression.weight"].shape == (4, SMALL_ROWS, 512)
    assert faces["type_counts"].shape == (2, 16)


def test_the_generator_is_full_stylegan2(full: Path) -> None:
    network = load_generator(open_bundle(full))
    assert isinstance(network, Generator)
    assert (network.img_resolution, network.num_ws) == (1024, 18)
    assert state_of(network)["synthesis.b1024.conv1.weight"].shape == (32, 32, 3, 3)
