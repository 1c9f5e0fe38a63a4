import pytest

from mbtiface.errors import MbtifaceError
from mbtiface.personality import assets


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An assets folder of the test's own, with nothing remembered before or after."""
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    assets.read_asset.cache_clear()
    yield tmp_path
    assets.read_asset.cache_clear()


def test_an_asset_is_read_once(folder):
    (folder / "a.json").write_text('{"word": "말"}', encoding="utf-8")
    first = assets.read_asset("a.json")
    (folder / "a.json").unlink()
    assert first == {"word": "말"}
    assert assets.read_asset("a.json") is first


def test_a_missing_asset_names_its_path_and_what_to_do(folder):
    with pytest.raises(
        MbtifaceError, match=r"survey/gone\.json cannot be read .*complete checkout"
    ):
        assets.read_asset("survey/gone.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"items": [', r"bad\.json is not valid json .*Restore it"),
        ("[1, 2]", r"bad\.json holds a json list, but must hold an object.*Restore it"),
    ],
)
def test_a_damaged_asset_says_what_is_wrong(folder, text, message):
    (folder / "bad.json").write_text(text, encoding="utf-8")
    with pytest.raises(MbtifaceError, match=message):
        assets.read_asset("bad.json")


@pytest.mark.parametrize("name", ["survey", "matching", "texts"])
def test_every_folder_of_words_names_its_source_and_licence(name):
    readme = (assets.FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert "**Source.** Own" in readme
    assert "**Licence.** Apache-2.0" in readme
