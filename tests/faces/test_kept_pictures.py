"""The gallery's pictures on disk: what is kept, what is read back, what is thrown away."""

import os
from pathlib import Path

import pytest

from mbtiface.faces.address import FaceAddress
from mbtiface.faces.kept_pictures import GALLERY, KeptPictures, open_kept_pictures
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.weights.manifest import FileSpec
from tests.fakes import FakeManifest, FakeStudio

ENTP = FaceAddress("type:ENTP:female")
PICTURE = b"\xff\xd8" + b"face" * 4000


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def services(folder: Path) -> Services:
    studio = FakeStudio()
    return Services(Settings(), studio, kept_pictures=open_kept_pictures(folder, studio))


def test_the_gallery_has_48_pictures() -> None:
    assert len(GALLERY) == len({address.start for address in GALLERY}) == 48


def test_a_picture_is_drawn_once_for_all_starts(tmp_path: Path) -> None:
    first = services(tmp_path)
    drawn = [first.picture(address) for address in GALLERY]
    assert first.studio.rendered == len(files(tmp_path)) == 48
    second = services(tmp_path)
    assert [second.picture(address) for address in GALLERY] == drawn
    assert second.studio.rendered == 0


def test_warming_up_draws_the_gallery_ahead(tmp_path: Path) -> None:
    first = services(tmp_path)
    first._warm_up()
    assert len(files(tmp_path)) == 48


@pytest.mark.parametrize(
    ("address", "size"),
    [
        (ENTP, 512),
        (FaceAddress("type:ENTP:female", difference=2.0), 256),
        (FaceAddress("type:ENTP:female", truncation=0.5), 256),
        (FaceAddress("type:ENTP:female", axes={"EI": 0.5}), 256),
        (FaceAddress("average:female"), 256),
        (FaceAddress("seed:1"), 256),
        (FaceAddress("match:ENTP:female"), 256),
        (FaceAddress("community:ENTP:female"), 256),
        (FaceAddress("photo:" + "0" * 32), 256),
    ],
)
def test_nothing_else_reaches_the_disk(tmp_path: Path, address: FaceAddress, size: int) -> None:
    kept = KeptPictures(tmp_path, "bundle")
    kept.keep(address, size, PICTURE)
    assert kept.get(address, size) is None
    assert files(tmp_path) == []


def test_an_axis_that_does_not_move_is_no_other_picture(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path, "bundle")
    kept.keep(FaceAddress("type:ENTP:female", axes={"EI": 0.0}), 256, PICTURE)
    assert kept.get(ENTP, 256) == PICTURE


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "foreign"])
def test_a_damaged_file_is_drawn_again(tmp_path: Path, damage: str) -> None:
    KeptPictures(tmp_path, "bundle").keep(ENTP, 256, PICTURE)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "changed": whole[:100] + b"?" + whole[101:],
            "empty": b"",
            "foreign": PICTURE,
        }[damage]
    )
    again = KeptPictures(tmp_path, "bundle")
    assert again.get(ENTP, 256) is None
    again.keep(ENTP, 256, PICTURE)
    assert path.read_bytes() == whole


def test_a_draft_that_a_killed_program_left_goes(tmp_path: Path) -> None:
    KeptPictures(tmp_path, "bundle").keep(ENTP, 256, PICTURE)
    (path,) = files(tmp_path)
    path.with_suffix(".123-456").write_bytes(PICTURE[:50])
    KeptPictures(tmp_path, "bundle")
    assert files(tmp_path) == [path]


def test_another_bundle_engine_or_file_has_pictures_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = FakeStudio()
    open_kept_pictures(tmp_path, studio).keep(ENTP, 256, PICTURE)
    figures = FakeStudio()
    figures.manifest = FakeManifest(metrics={})  # they draw nothing
    assert len(open_kept_pictures(tmp_path, figures)) == 1
    manifests = (
        FakeManifest(version="0.0.2"),
        FakeManifest(name="other"),
        FakeManifest(files={"faces.safetensors": FileSpec(1, "0" * 64)}),
    )
    for manifest in manifests:
        other = FakeStudio()
        other.manifest = manifest
        assert len(open_kept_pictures(tmp_path, other)) == 0
    monkeypatch.setattr(FakeStudio, "engine", "another engine")
    assert len(open_kept_pictures(tmp_path, studio)) == 0


def test_this_bundles_folder_and_the_last_other_one_stay(tmp_path: Path) -> None:
    for age, key in enumerate(("newest", "older", "oldest")):
        KeptPictures(tmp_path, key).keep(ENTP, 256, PICTURE)
        os.utime(tmp_path / key, (1e9 - age, 1e9 - age))
    KeptPictures(tmp_path, "oldest")
    assert {path.name for path in tmp_path.iterdir()} == {"newest", "oldest"}
    assert KeptPictures(tmp_path, "oldest").get(ENTP, 256) == PICTURE


def test_a_folder_that_cannot_be_written_is_no_trouble(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    kept = KeptPictures(tmp_path / "file", "bundle")
    for address in GALLERY[:3]:
        kept.keep(address, 256, PICTURE)
        assert kept.get(address, 256) == PICTURE
    assert [record.levelname for record in caplog.records] == ["WARNING"]
