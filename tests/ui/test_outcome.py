"""A finished survey as a short text, and what its result shows."""

import io
import itertools

import pytest
from PIL import Image

from mbtiface.errors import InputError
from mbtiface.faces.address import FaceAddress
from mbtiface.personality import survey
from mbtiface.personality.types import axis_of, sign_of
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui.card import HEIGHT, WIDTH, draw_card
from mbtiface.ui.outcome import Answers, outcome
from mbtiface.ui.page import Page, open_page
from mbtiface.ui.survey import demonstration, questions
from tests.fakes import FakeStudio

MIXED = "4031420413204314"
OWN = "photo:0123456789abcdef0123456789abcdef"


@pytest.fixture
def page() -> Page:
    return open_page(Services(Settings(), FakeStudio()), Settings())


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "form is None"),
        ({"form": "long", "answers": MIXED}, "Form 'long' is unknown"),
        ({"form": "quick", "answers": MIXED[:-1]}, "needs 16 digits"),
        ({"form": "quick", "answers": MIXED[:-1] + "5"}, "from 0 \\(disagree\\) to 4"),
        ({"form": "quick", "answers": 4}, "answers is 4"),
        ({"form": "quick", "answers": MIXED, "start": "face:1"}, "Start 'face:1' is unknown"),
        ({"form": "quick", "answers": MIXED, "start": "photo:1"}, "the 32 hex digits"),
        ({"form": "quick", "answers": MIXED, "by": "all"}, "Moved by 'all' is unknown"),
    ],
)
def test_bad_answers_are_refused(query: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Answers.from_query(query)


@pytest.mark.parametrize("form", survey.FORMS)
def test_the_moves_of_the_options_add_up_to_the_score(form: str) -> None:
    items = questions({"form": form, "lang": "en"})["items"]
    digits = (MIXED * 2)[: len(items)]
    axes = dict.fromkeys(("EI", "SN", "TF", "JP"), 0.0)
    for item, digit in zip(items, digits, strict=True):
        axes[item["axis"]] += item["moves"][int(digit)]["add"]
    assert axes == Answers(form, digits).result().axes


def test_a_move_names_the_letter_that_it_leads_to() -> None:
    for item in questions({"form": "full", "lang": "ko"})["items"]:
        for move in item["moves"]:
            assert (move["add"] == 0) == (move["letter"] == "")
            assert move["letter"] in item["axis"]
            assert move["letter"] == "" or f"({move['letter']})" in move["line"]


@pytest.mark.parametrize(
    ("start", "by", "genders"),
    [
        ("average:female", "female", ("female",)),
        ("average:male", "male", ("male",)),
        ("seed:7", "female", ("female",)),
        ("seed:7", "both", ("female", "male")),
        (OWN, "male", ("male",)),
        (OWN, "both", ("female", "male")),
    ],
)
def test_the_averages_are_those_that_were_asked_for(
    page: Page, start: str, by: str, genders: tuple[str, ...]
) -> None:
    shown = outcome(page, Answers("quick", MIXED, start, by), "en")
    code = shown["code"]
    assert [one["start"] for one in shown["averages"]] == [f"type:{code}:{g}" for g in genders]
    assert all(code in one["alt"] and code in one["label"] for one in shown["averages"])


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_result_is_whole(page: Page, language: str) -> None:
    answers = Answers("quick", MIXED)
    shown = outcome(page, answers, language)
    result = answers.result()
    assert FaceAddress.from_query(shown["final"]) == answers.address()
    assert shown["axes"] == result.axes
    assert shown["code"] == result.code == "".join(bar["chosen"] for bar in shown["bars"])
    for bar in shown["bars"]:
        assert sum(side["percent"] for side in bar["sides"]) == 100
        assert bar["close"] == (bar["axis"] in result.close)
    assert len({match["code"] for match in shown["matches"]}) == 3
    assert all(len(match["faces"]) == 2 and match["reason"] for match in shown["matches"])


def test_the_neighbour_is_named_where_an_axis_was_close(page: Page) -> None:
    close = outcome(page, Answers("quick", "2" * 16), "en")
    assert close["neighbour"]["code"] in close["neighbour"]["line"]
    items = survey.items("ko", "quick")
    clear = "".join("4" if item.key > 0 else "0" for item in items)
    assert outcome(page, Answers("quick", clear), "en")["neighbour"] is None


def test_the_demonstration_goes_a_third_of_the_way_left_to_each_letter() -> None:
    frames = demonstration()
    assert "".join(frame["letter"] for frame in frames) == "ENTPENTJISFPIP"
    assert frames[0]["axes"] == {"EI": pytest.approx(1 / 3, abs=1e-5)}
    for before, after in itertools.pairwise([{"letter": "", "axes": {}}, *frames]):
        axis, goal = axis_of(after["letter"]), sign_of(after["letter"])
        left = goal - before["axes"].get(axis, 0)
        assert after["axes"][axis] - before["axes"].get(axis, 0) == pytest.approx(
            left / 3, abs=1e-5
        )
    assert len({tuple(sorted(frame["axes"].items())) for frame in frames}) == 14


def test_the_result_carries_what_the_match_tab_shows_of_it(page: Page) -> None:
    shown = outcome(page, Answers("quick", MIXED), "ko")
    order = [code for code, _ in shown["ranking"]["order"]]
    assert len(set(order)) == 16
    assert [match["code"] for match in shown["matches"]] == order[:3]


def test_the_card_bears_the_address_that_the_settings_or_the_visitor_know() -> None:
    answers = Answers("quick", MIXED)

    def card(public: str | None, host: str) -> bytes:
        settings = Settings(public_host=public)
        return draw_card(open_page(Services(settings, FakeStudio()), settings), answers, "en", host)

    none, asked = card(None, ""), card(None, "faces.example:7860")
    assert none != asked
    assert card("space.example", "faces.example:7860") == card("space.example", "")
    assert card("space.example", "") not in (none, asked)
    # What is no address is left out: it comes with the request.
    assert card(None, "<b>x</b>") == card(None, "a" * 65) == none


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("by", ["female", "both"])
def test_the_card_is_a_picture_of_the_result(page: Page, language: str, by: str) -> None:
    data = draw_card(page, Answers("quick", MIXED, "seed:7", by), language)
    card = Image.open(io.BytesIO(data))
    assert (card.format, card.size) == ("PNG", (WIDTH, HEIGHT))
    assert b"trainedAlgorithmicMedia" in data
    other = draw_card(page, Answers("quick", MIXED[::-1], "seed:7", by), language)
    assert other != data
