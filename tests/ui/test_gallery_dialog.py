"""One type seen large: the link that opens it, and what visitors have made of its average."""

import pytest

from mbtiface.contributing import PublicAverage
from mbtiface.errors import InputError
from mbtiface.faces.address import FaceAddress
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui.gallery_dialog import community_entry, dialog, linked_type, type_entry
from mbtiface.ui.page import Page, open_page
from tests.fakes import FakeStudio


@pytest.fixture
def page() -> Page:
    return open_page(Services(Settings(), FakeStudio()), Settings())


@pytest.mark.parametrize(
    ("query", "linked"),
    [
        ({"type": "ENTP", "gender": "male"}, {"code": "ENTP", "gender": "male"}),
        ({"type": "isfj", "gender": "female"}, {"code": "ISFJ", "gender": "female"}),
        ({"type": "ENTP"}, {"code": "ENTP"}),
        ({"type": "ENTP", "gender": "all"}, {"code": "ENTP"}),
        (
            {"type": "ENTP", "gender": "male", "source": "community"},
            {"code": "ENTP", "gender": "male", "source": "community"},
        ),
        ({"type": "ENTP", "source": "base"}, {"code": "ENTP"}),
        ({"type": "ENTP", "source": "<script>"}, {"code": "ENTP"}),
        ({"type": "<script>", "gender": "male"}, None),
        ({"gender": "male"}, None),
        ({}, None),
    ],
)
def test_a_link_opens_a_type_or_nothing(
    query: dict[str, str], linked: dict[str, str] | None
) -> None:
    assert linked_type(query) == linked


def test_an_entry_says_all_of_a_type(page: Page) -> None:
    entry = type_entry(page, "ENTP", "en")["female"]
    assert isinstance(entry, dict)
    assert entry["ratings"] == ["much more outgoing", "less well-groomed", "a little more smug"]
    assert entry["than"] == "Against the ratings of all women’s faces"
    assert entry["chance"].startswith("It differs beyond chance from all women;")
    assert entry["count"] == "25 faces"


def test_a_community_average_is_offered_where_everybody_may_see_it(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert community_entry(page, {"code": "ENTP", "lang": "en"}) == {}
    average = PublicAverage(FakeStudio().type_mean("ENTP", "male"), 7, "0a1b2c3d")
    monkeypatch.setattr(
        page.services.contributions,
        "public",
        lambda code, gender: average if (code, gender) == ("ENTP", "male") else None,
    )
    entry = community_entry(page, {"code": "entp", "lang": "en"})
    assert set(entry) == {"male"}
    assert FaceAddress(entry["male"]["start"]).community_cell() == ("ENTP", "male")
    assert entry["male"]["count"] == "7 photos of visitors have joined this average."
    assert "7 photos" in entry["male"]["alt"]
    with pytest.raises(InputError, match="Type 'None' is unknown"):
        community_entry(page, {})


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_slider_goes_from_everyones_average_past_the_types_own(
    page: Page, language: str
) -> None:
    html = dialog(page, language)
    assert 'min="0" max="3" step="0.05" value="1"' in html
    assert [part[0] for part in html.split('data-value="')[1:]] == ["0", "1", "2", "3"]
    assert '<div class="mf-source" hidden>' in html
