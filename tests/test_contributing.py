"""One studio's community averages: joined, seen from five on, taken out again, away."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mbtiface.community import Bounds
from mbtiface.community import database as database_module
from mbtiface.community import engine as engine_module
from mbtiface.contributing import STRETCH, Contributions, open_contributions
from mbtiface.errors import CommunityUnavailableError, ContributionRefusedError, InputError
from mbtiface.faces.address import FaceAddress
from mbtiface.faces.kept_faces import KeptFace
from mbtiface.services import Services
from mbtiface.settings import Settings
from tests.community.samples import new_id
from tests.fakes import FakeStudio

SETTINGS = Settings()
PUBLIC_FROM = Bounds().public_from


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setattr(engine_module, "WAIT_S", 0.2)
    monkeypatch.setattr(database_module, "QUIET_S", 0.1)
    monkeypatch.setattr("mbtiface.contributing.FRESH_S", 0.0)
    settings = replace(SETTINGS, state_dir=tmp_path)
    studio = FakeStudio()
    contributions = open_contributions(settings, studio)
    yield Services(settings, studio, contributions=contributions)
    contributions.close()


def face(seed: int, difference: float = 0.1) -> KeptFace:
    return KeptFace(FakeStudio().sample(seed, psi=0.5), difference)


def join(services: Services, seed: int, code: str = "ENTP", gender: str = "female") -> object:
    return services.contributions.join(face(seed), code, gender, f"from {seed}", new_id(seed))


def break_database(services: Services) -> None:
    """Let the file be there and be no database."""
    services.contributions.close()
    for file in services.settings.state_dir.glob("community.sqlite*"):
        file.write_bytes(b"no database" * 1000)


def test_a_join_moves_the_average_from_the_bundles_own(services: Services) -> None:
    base = FakeStudio().type_mean("ENTP", "female")
    joined = services.contributions.join(face(1), "entp", "female", "somebody", new_id(1))
    assert np.allclose(joined.before, base.numpy(), atol=1e-6)
    expected = (Bounds().prior_count * base + face(1).w) / (Bounds().prior_count + 1)
    assert np.allclose(joined.after, expected.numpy(), atol=1e-5)
    assert (joined.count_before, joined.count, joined.repeated) == (0, 1, False)
    assert services.contributions.counts() == {("ENTP", "female"): 1}


def test_who_joined_sees_before_after_and_the_step_made_longer(services: Services) -> None:
    joined = services.contributions.join(face(1), "ENTP", "female", "somebody", new_id(1))
    shown = services.contributions.pictures(joined)
    assert list(shown) == ["before", "after", "stretched"]
    step = shown["after"] - shown["before"]
    assert float(step.abs().max()) > 0
    assert torch.allclose(shown["stretched"] - shown["before"], STRETCH * step)


def test_everybody_sees_an_average_from_five_faces_on(services: Services) -> None:
    address = FaceAddress("community:ENTP:female")
    for seed in range(PUBLIC_FROM - 1):
        join(services, seed)
    assert services.contributions.public("ENTP", "female") is None
    with pytest.raises(InputError, match="too few faces"):
        services.picture(address)
    join(services, PUBLIC_FROM)
    mean = services.contributions.public("ENTP", "female")
    assert mean is not None
    assert torch.equal(services.latent(address), mean.w)
    assert services.picture(address) == services.marked(mean.w)
    assert services.contributions.public("ENTP", "male") is None


def test_a_picture_of_an_average_is_drawn_anew_when_somebody_joins(services: Services) -> None:
    address = FaceAddress("community:entp:female")
    for seed in range(PUBLIC_FROM):
        join(services, seed)
    first, newest = services.picture(address), services.newest(address)
    assert newest.start.startswith("community:ENTP:female:")
    assert services.newest(newest) == newest
    drawn = services.studio.rendered
    assert services.picture(newest) == first
    assert services.studio.rendered == drawn
    join(services, 77)
    after = services.newest(newest)
    assert after != newest
    # An edition that has passed gives the newest, and is never kept as itself.
    assert services.picture(newest) == services.picture(after) != first


def test_a_mean_is_read_once_in_a_while(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mbtiface.contributing.FRESH_S", 60.0)
    for seed in range(PUBLIC_FROM):
        join(services, seed)
    first = services.contributions.public("ENTP", "female")
    counts = services.contributions.counts()
    break_database(services)
    assert services.contributions.public("ENTP", "female") is first
    assert services.contributions.counts() == counts


def test_a_kept_face_is_taken_out_again(services: Services) -> None:
    token = services.kept_faces.keep(face(1).w, 0.1)
    values = (services.kept_faces, token, "ENTP", "female", "somebody", new_id(1))
    assert services.contributions.join_kept(*values).count == 1
    assert services.contributions.join_kept(*values).repeated
    for _ in range(2):
        assert services.contributions.undo(token, "ENTP", "female") == 0
    with pytest.raises(ContributionRefusedError) as caught:
        services.contributions.join_kept(*values)
    assert caught.value.key == "taken_back"


def test_what_undoes_a_join_goes_with_the_face(services: Services) -> None:
    token = services.kept_faces.keep(face(1).w, 0.1)
    services.contributions.join_kept(
        services.kept_faces, token, "ENTP", "female", "somebody", new_id(1)
    )
    with pytest.raises(ContributionRefusedError, match="of this session"):
        services.contributions.undo(token, "ENTP", "male")
    services.kept_faces.forget(token)
    with pytest.raises(ContributionRefusedError) as caught:
        services.contributions.undo(token, "ENTP", "female")
    assert caught.value.key == "too_late"
    assert services.contributions.counts() == {("ENTP", "female"): 1}


@pytest.mark.parametrize(
    ("visitor", "code", "difference", "key"),
    [
        ("somebody", "ENTP", 0.1, "already_today"),
        ("another", "ENTP", 0.28, "poor_reconstruction"),
        ("another", "ENTP", float("inf"), "poor_reconstruction"),
    ],
)
def test_a_face_is_refused_with_a_reason(
    services: Services, visitor: str, code: str, difference: float, key: str
) -> None:
    services.contributions.join(face(1), "ENTP", "female", "somebody", new_id(1))
    with pytest.raises(ContributionRefusedError) as caught:
        services.contributions.join(face(2, difference), code, "female", visitor, new_id(2))
    assert caught.value.key == key
    assert services.contributions.counts() == {("ENTP", "female"): 1}


def test_a_face_unlike_all_others_is_refused(services: Services) -> None:
    far = KeptFace(FakeStudio().sample(1, psi=2.0), 0.1)
    with pytest.raises(ContributionRefusedError) as caught:
        services.contributions.join(far, "ENTP", "female", "somebody", new_id(1))
    assert caught.value.key == "too_far"


def test_a_type_without_labelled_faces_cannot_be_joined(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.studio, "type_count", lambda code, gender: 0)
    with pytest.raises(InputError, match=r"no average of ENTP \(female\)"):
        join(services, 1)


def test_a_database_that_goes_away_stops_joining_alone(services: Services) -> None:
    for seed in range(PUBLIC_FROM):
        join(services, seed)
    assert services.contributions.state == "on"
    break_database(services)
    assert services.contributions.state == "away"
    with pytest.raises(CommunityUnavailableError):
        join(services, 99)
    assert services.contributions.public("ENTP", "female") is None
    assert services.contributions.counts() is None
    assert services.picture(FaceAddress("type:ENTP:female"))


def test_a_database_that_is_full_is_told(services: Services) -> None:
    join(services, 1)
    file = services.settings.state_dir / "community.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON community_cells BEGIN "
            "SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    connection.close()
    with pytest.raises(CommunityUnavailableError):
        join(services, 2)
    assert services.contributions.counts() == {("ENTP", "female"): 1}


def test_joining_can_be_switched_off(tmp_path: Path) -> None:
    settings = Settings(contributions=False, state_dir=tmp_path)
    check_nobody_joins(open_contributions(settings, FakeStudio()), "off", "CONTRIBUTIONS is off")
    assert not list(tmp_path.iterdir())
    assert Services(settings, FakeStudio()).contributions.counts() is None


def test_without_an_encoder_nobody_joins(tmp_path: Path) -> None:
    studio = FakeStudio()
    studio.takes_photos = False
    check_nobody_joins(open_contributions(Settings(state_dir=tmp_path), studio), "off", "encoder")


def test_a_database_that_cannot_be_opened_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(state_dir=tmp_path, database_url="mysql://me:secret@host/name")
    check_nobody_joins(open_contributions(settings, FakeStudio()), "away", "'mysql'")
    assert "'mysql'" in caplog.text
    assert "secret" not in caplog.text


def check_nobody_joins(contributions: Contributions, state: str, word: str) -> None:
    assert contributions.state == state
    assert contributions.offered == (state != "off")
    assert contributions.public("ENTP", "female") is None
    with pytest.raises(CommunityUnavailableError, match=word):
        contributions.join(face(1), "ENTP", "female", "somebody", new_id(1))
    with pytest.raises(CommunityUnavailableError, match=word):
        contributions.undo("", "ENTP", "female")
