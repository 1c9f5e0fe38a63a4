"""The bundle of a student: what is kept of the teacher's, and that the app renders with it."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import mbtiface
from mbtiface.weights.bundle import Bundle, load_generator, open_bundle
from mbtiface.weights.inversion_parts import load_encoder
from mbtiface.weights.manifest import Manifest, read_manifest
from mbtiface.weights.writing import write_manifest, write_small
from tests.toy_bundle import write_toy_bundle
from tests.train.mobile.toy_teacher import (
    ACTING,
    NUM_WS,
    RESOLUTION,
    W_DIM,
    toy_encoder,
    toy_faces,
    write_toy_teacher,
)
from train.commands.bundle import Config as BundleConfig
from train.commands.bundle import main as verify
from train.mobile.distil_bundle import Distilled, fold_map, follow, write_student_bundle
from train.mobile.student import make_student, student_arguments


def distilled(folder: Path) -> Distilled:
    teacher = load_generator(open_bundle(folder))
    given = open_bundle(folder).manifest.networks["generator"].args
    arguments = student_arguments(teacher, given)  # type: ignore[arg-type]
    student, _ = make_student(teacher, arguments)  # type: ignore[arg-type]
    return Distilled(arguments, student.eval(), {"l1": 0.1}, {"taken": 0})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Manifest]:
    """Folders of the teacher's bundle and the student's; only read."""
    folder = tmp_path_factory.mktemp("bundles")
    teacher = write_toy_teacher(folder / "teacher")
    bundle = open_bundle(teacher)
    manifest = write_student_bundle(folder / "student", bundle, distilled(teacher))
    return teacher, folder / "student", manifest


def test_the_manifest_is_the_teachers_with_another_generator(
    written: tuple[Path, Path, Manifest],
) -> None:
    teacher, folder, manifest = written
    old, new = open_bundle(teacher).manifest, open_bundle(folder).manifest
    assert new == manifest
    assert (new.name, new.version, new.resolution) == ("toy-mobile", "0.1.0", RESOLUTION)
    assert new.networks["generator"].kind == "MobileGenerator"
    assert set(new.networks) == {"generator", "encoder"}
    assert new.metrics == {**old.metrics, "mobile": {"l1": 0.1}}
    assert new.provenance["seed"] == 3
    assert new.provenance["mobile"]["teacher"]["name"] == "toy"
    assert set(old.credits) < set(new.credits)
    assert {"LICENSE.toy.txt", "README.md", "faces.safetensors"} <= set(new.files)
    assert not any(name.startswith("discriminator") for name in new.files)


def test_the_app_opens_it_and_renders_with_it(written: tuple[Path, Path, Manifest]) -> None:
    _, folder, _ = written
    studio = mbtiface.load(folder, device="cpu")
    generator = load_generator(open_bundle(folder))
    w = generator.mapping(torch.randn(1, W_DIM), None)
    picture = np.asarray(studio.render(w[0]), dtype=np.float32)
    expected = (generator.synthesis(w)[0] * 127.5 + 128).clamp(0, 255).permute(1, 2, 0).numpy()
    assert np.abs(picture - expected).mean() < 2  # bytes, and bf16 where the machine has it
    assert studio.takes_photos
    assert studio.type_mean("ENTP", "female").shape == (NUM_WS, W_DIM)


def test_the_command_verifies_it(written: tuple[Path, Path, Manifest], tmp_path: Path) -> None:
    teacher, _, _ = written
    folder = tmp_path / "student"
    write_student_bundle(folder, open_bundle(teacher), distilled(teacher))
    verify(BundleConfig(folder, version="0.2.0"))
    assert open_bundle(folder).manifest.version == "0.2.0"


def test_rows_that_do_not_act_follow_the_last_that_does(
    written: tuple[Path, Path, Manifest],
) -> None:
    _, folder, _ = written
    faces = {name: value.float() for name, value in open_bundle(folder).tensors("faces").items()}
    given = {name: value.half().float() for name, value in toy_faces().items()}
    for name in ("type_means", "letter_means", "gender_means", "directions"):
        assert torch.equal(faces[name][..., :ACTING, :], given[name][..., :ACTING, :])
        idle = faces[name][..., ACTING:, :]
        assert torch.equal(idle, faces[name][..., ACTING - 1 : ACTING, :].expand_as(idle))
    ws = follow(torch.randn(3, NUM_WS, W_DIM), ACTING)
    for name in ("impression", "age", "gender", "young"):
        before = torch.einsum("bnd,vnd->bv", ws, given[f"{name}.weight"])
        after = torch.einsum("bnd,vnd->bv", ws, faces[f"{name}.weight"])
        torch.testing.assert_close(after, before, atol=0.02, rtol=0.01)  # half precision
        assert not faces[f"{name}.weight"][:, ACTING:].any()
    assert torch.equal(faces["w_avg"], given["w_avg"])


def test_the_encoder_keeps_its_acting_rows(written: tuple[Path, Path, Manifest]) -> None:
    _, folder, _ = written
    kept = load_encoder(open_bundle(folder))
    given, _ = toy_encoder()
    picture = torch.rand(2, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        before, after = given(picture), kept(picture)
    torch.testing.assert_close(after[:, :ACTING], before[:, :ACTING], atol=0.05, rtol=0.02)
    assert torch.equal(after[:, ACTING:], after[:, ACTING - 1 : ACTING].expand(-1, 2, -1))
    assert not torch.allclose(before[:, ACTING:], after[:, ACTING:], atol=0.1)


def test_parts_that_do_not_fit_are_dropped_with_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_toy_teacher(tmp_path / "teacher")
    faces = toy_faces()
    write_small(folder, "faces", faces | {"w_avg": torch.zeros(3)})
    manifest = write_manifest(folder, read_manifest(folder))
    spec = manifest.networks["encoder"]
    strange = replace(spec, kind="Strange")
    manifest = write_manifest(
        folder, replace(manifest, networks=dict(manifest.networks) | {"encoder": strange})
    )
    bundle = Bundle(folder, manifest)
    with caplog.at_level(logging.INFO):
        new = write_student_bundle(tmp_path / "student", bundle, distilled(folder))
    assert "faces: dropped" in caplog.text
    assert "encoder: dropped" in caplog.text
    assert "discriminator: left out" in caplog.text
    assert set(new.networks) == {"generator"}
    assert not any(name.startswith(("faces", "encoder")) for name in new.files)
    mbtiface.load(tmp_path / "student", device="cpu")


def test_licence_and_credits_of_first_weights_hold_too(tmp_path: Path) -> None:
    teacher = write_toy_teacher(tmp_path / "teacher", parts=False)
    start = write_toy_bundle(tmp_path / "start")
    (start / "LICENSE.start.txt").write_text("As given.", "utf-8")
    write_manifest(start, replace(read_manifest(start), license="Other-1.0", credits=("Theirs.",)))
    manifest = write_student_bundle(
        tmp_path / "student", open_bundle(teacher), distilled(teacher), open_bundle(start)
    )
    assert manifest.license == "CC0-1.0; first weights: Other-1.0"
    assert "Theirs." in manifest.credits
    assert "LICENSE.start.txt" in manifest.files
    assert "faces.safetensors" not in manifest.files


def test_an_earlier_bundle_is_replaced_whole(tmp_path: Path) -> None:
    teacher = write_toy_teacher(tmp_path / "teacher", parts=False)
    folder = tmp_path / "student"
    folder.mkdir()
    (folder / "stale.txt").write_text("old", "utf-8")
    write_student_bundle(folder, open_bundle(teacher), distilled(teacher))
    assert not (folder / "stale.txt").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_folding_moves_what_idle_rows_read() -> None:
    weight = torch.arange(12.0).reshape(1, 4, 3)
    folded = fold_map(weight, 2)
    assert folded[0].tolist() == [[0, 1, 2], [3 + 6 + 9, 4 + 7 + 10, 5 + 8 + 11], [0] * 3, [0] * 3]
