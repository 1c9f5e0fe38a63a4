"""Another bundle takes over while the program runs, and nobody loses what they were doing."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mbtiface.changeover import Changeover, open_changeover, serve_studio
from mbtiface.contributing import open_contributions
from mbtiface.errors import ContributionRefusedError, HubError
from mbtiface.faces.address import FaceAddress
from mbtiface.faces.kept_faces import KeptFace
from mbtiface.faces.loading import load
from mbtiface.faces.w_space import same_w_space, w_distance
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.weights.hub_bundle import Progress
from mbtiface.weights.space_card import CARD, named_by_card
from tests.changeover_parts import NamedStudio, services_of, wait_for
from tests.community.samples import new_id
from tests.fakes import FakeStudio
from tests.toy_bundle import W_DIM, toy_generator, write_toy_bundle
from tests.weights.hub_server import Fault, hub

NAME = "hf://owner/name"


def test_the_embedded_bundle_serves_until_the_other_is_there() -> None:
    embedded, other = services_of("embedded", "1"), services_of("other", "2")
    changeover = Changeover(embedded)
    gate, seen = threading.Event(), threading.Event()
    changes: list[Services] = []
    changeover.on_change(lambda: changes.append(changeover.current))

    def load_other(report: Callable[[Progress], None]) -> Services:
        report(Progress("generator.safetensors", 30, 100))
        seen.set()
        assert gate.wait(30)
        report(Progress("generator.safetensors", 100, 100))
        return other

    changeover.begin(NAME, load_other)
    assert changeover.coming.phase == "fetching"
    changeover.start()
    assert seen.wait(30)
    assert changeover.current is embedded
    assert (changeover.coming.name, changeover.coming.done, changeover.coming.total) == (
        NAME,
        30,
        100,
    )
    gate.set()
    wait_for(lambda: changeover.coming.phase == "ready")
    assert changeover.current is other
    assert changes == [other]


def test_progress_is_told_on_the_terminal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "mbtiface")
    changeover = Changeover(services_of("embedded", "1"))

    def load_other(report: Callable[[Progress], None]) -> Services:
        for done in range(0, 50_000_001, 500_000):
            report(Progress("generator.safetensors", done, 50_000_000))
        return services_of("other", "2")

    changeover.begin(NAME, load_other)
    changeover.start()
    wait_for(lambda: changeover.coming.phase == "ready")
    lines = [line for line in caplog.messages if line.startswith(f"{NAME}: ")]
    assert len(lines) == 11
    assert lines[-1] == f"{NAME}: 50.0 of 50.0 MB"
    assert f"{NAME} is loading; embedded serves meanwhile." in caplog.messages


@pytest.mark.parametrize("error", [HubError("no such repo. Check it."), ZeroDivisionError("x")])
def test_a_bundle_that_cannot_be_had_leaves_the_embedded_one(error: Exception) -> None:
    embedded = services_of("embedded", "1")
    changeover = Changeover(embedded)
    told: list[str] = []
    changeover.on_change(lambda: told.append(changeover.current.notice))

    def load_other(report: Callable[[Progress], None]) -> Services:
        raise error

    changeover.begin(NAME, load_other)
    changeover.start()
    wait_for(lambda: bool(told))
    assert changeover.current is embedded
    assert changeover.coming.phase == "failed"
    assert str(error) in changeover.coming.reason
    assert told == [changeover.coming.reason]
    assert embedded.picture(FaceAddress())


def test_a_session_keeps_the_bundle_that_it_began_with() -> None:
    embedded, other = services_of("embedded", "1"), services_of("other", "2")
    changeover = Changeover(embedded)
    start = FaceAddress(f"photo:{embedded.kept_faces.keep(FakeStudio().sample(5))}")
    before = embedded.picture(start)
    changeover.take_over(other)
    assert changeover.of("1") is embedded
    assert changeover.of("1").picture(start) == before
    assert changeover.of("2") is changeover.of(None) is changeover.of("unknown") is other
    assert changeover.all() == [other, embedded]


def test_where_both_share_a_w_space_the_session_goes_over_with_its_face() -> None:
    embedded = services_of("embedded", "1")
    changeover = Changeover(embedded)
    token = embedded.kept_faces.keep(FakeStudio().sample(5))
    other = services_of("other", "2", embedded.kept_faces)
    changeover.take_over(other)
    assert changeover.of("1") is other
    start = FaceAddress(f"photo:{token}")
    assert torch.equal(other.latent(start), FakeStudio().sample(5))
    other.picture(start)
    changeover.of("1").kept_faces.forget(token)
    assert not [key for key in other._cache if token in key[0]]


def test_a_bundle_that_no_session_uses_any_more_is_let_go() -> None:
    embedded, other = services_of("embedded", "1"), services_of("other", "2")
    changeover = Changeover(embedded, kept_s=0.0)
    changeover.take_over(other)
    wait_for(lambda: changeover.all() == [other])
    assert changeover.of("1") is other


def test_programs_get_the_bundle_that_they_name() -> None:
    embedded, other = services_of("embedded", "1"), services_of("other", "2")
    changeover = Changeover(embedded)
    changeover.take_over(other)
    assert changeover.named({"name": "embedded", "version": "1"}) is embedded
    assert changeover.named(None) is other
    assert changeover.named({"name": "embedded", "version": "9"}) is other


def test_w_spaces_are_compared_by_their_mapping_networks() -> None:
    network, other = toy_generator(), toy_generator()
    assert w_distance(network.mapping, network.mapping) == 0.0
    halved = toy_generator()
    halved.load_state_dict({k: v.half().float() for k, v in halved.state_dict().items()})
    assert 0 < w_distance(network.mapping, halved.mapping) < 0.02
    with torch.no_grad():
        next(iter(other.mapping.parameters())).copy_(torch.randn(W_DIM, W_DIM) * 100)
    assert w_distance(network.mapping, other.mapping) > 0.1
    assert w_distance(network.mapping, toy_generator(2 * W_DIM).mapping) == float("inf")


def test_a_bundle_of_the_same_w_space_takes_faces_over_under_a_key_of_its_own(
    tmp_path: Path,
) -> None:
    settings = Settings(state_dir=tmp_path / "state", contributions=False)
    studio = load(write_toy_bundle(tmp_path / "toy"), "cpu")
    again = load(write_toy_bundle(tmp_path / "again"), "cpu")
    assert same_w_space(studio, again)
    before = serve_studio(settings, studio)
    after = serve_studio(settings, again, before=before)
    assert after.kept_faces is before.kept_faces
    assert before.key == "0.1"
    assert after.key.startswith("0.1-")
    assert f"v={after.key}" in after.url(FaceAddress())


def test_a_join_made_before_can_be_undone_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(Settings(), state_dir=tmp_path)
    studios = NamedStudio("embedded", "1"), NamedStudio("other", "2")
    embedded = Services(
        settings, studios[0], contributions=open_contributions(settings, studios[0])
    )
    token = embedded.kept_faces.keep(FakeStudio().sample(1, psi=0.5), 0.1)
    embedded.contributions.join_kept(
        embedded.kept_faces, token, "ENTP", "female", "somebody", new_id(1)
    )
    other = Services(
        settings,
        studios[1],
        contributions=open_contributions(settings, studios[1], embedded.contributions),
        kept_faces=embedded.kept_faces,
    )
    face = KeptFace(FakeStudio().sample(2, psi=0.5), 0.1)
    other.contributions.join(face, "ENTP", "female", "somebody else", new_id(2))
    assert other.contributions.undo(token, "ENTP", "female") == 0
    monkeypatch.setattr("mbtiface.contributing.FRESH_S", 0.0)
    assert embedded.contributions.counts() == {("ENTP", "female"): 0}
    assert other.contributions.counts() == {("ENTP", "female"): 1}
    with pytest.raises(ContributionRefusedError):
        other.contributions.undo(token, "ENFP", "female")
    embedded.contributions.close()


def test_a_bundle_of_the_hub_takes_over_from_the_embedded_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub(tmp_path / "cache", monkeypatch) as server:
        server.add("owner/name", write_toy_bundle(tmp_path / "toy"))
        settings = Settings(model=NAME, state_dir=tmp_path / "state", contributions=False)
        changeover = open_changeover(settings)
        embedded = changeover.current
        assert embedded.studio.manifest.name == "embedded"
        assert server.requests == []
        changeover.start()
        wait_for(lambda: changeover.coming.phase in ("ready", "failed"))
        assert changeover.coming.reason == ""
        assert changeover.current.studio.manifest.name == "toy"
        assert changeover.of(embedded.key) is embedded
        assert changeover.current.picture(FaceAddress("type:ENTP:female"))


def test_a_hub_that_is_silent_leaves_the_embedded_one_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub(tmp_path / "cache", monkeypatch) as server:
        server.add("owner/name", write_toy_bundle(tmp_path / "toy"))
        server.faults["manifest.json"] = Fault(stall=True)
        settings = Settings(
            model=NAME, revision="main", hub_deadline_s=0.2, state_dir=tmp_path / "state"
        )
        changeover = open_changeover(settings)
        changeover.start()
        wait_for(lambda: changeover.coming.phase == "failed")
        assert "manifest.json of the Hub repo owner/name at main" in changeover.current.notice
        assert changeover.current.studio.manifest.name == "embedded"
        changeover.current.contributions.close()


def write_card(folder: Path, models: str) -> Path:
    card = folder / "README.md"
    card.write_text(f"---\ntitle: A Space\nmodels: {models}\n---\n\n# A Space\n")
    return card


def test_a_card_names_the_bundle_that_its_space_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub(tmp_path / "cache", monkeypatch) as server:
        server.add("owner/name", write_toy_bundle(tmp_path / "toy"))
        settings = Settings(state_dir=tmp_path / "state", contributions=False)
        changeover = open_changeover(settings, write_card(tmp_path, "[owner/name, other/one]"))
        assert changeover.current.studio.manifest.name == "embedded"
        changeover.start()
        wait_for(lambda: changeover.coming.phase in ("ready", "failed"))
        assert changeover.current.studio.manifest.name == "toy"


def test_where_nobody_asked_for_it_by_name_its_absence_is_no_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with hub(tmp_path / "cache", monkeypatch):
        settings = Settings(state_dir=tmp_path / "state", contributions=False)
        changeover = open_changeover(settings, write_card(tmp_path, "[owner/name]"))
        changeover.start()
        wait_for(lambda: changeover.coming.phase == "none")
        assert changeover.current.notice == ""
        assert "owner/name cannot be used" in caplog.text


def test_a_card_without_models_names_none(tmp_path: Path) -> None:
    assert named_by_card(write_card(tmp_path, "[]")) == ""
    assert named_by_card(tmp_path / "missing.md") == ""
    assert named_by_card(CARD) == ""  # this Space's own is the embedded one
