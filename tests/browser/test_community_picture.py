"""One type seen large, as labelled and as visitors have made it, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mbtiface.contributing import open_contributions
from mbtiface.faces.kept_faces import KeptFace
from mbtiface.settings import Settings
from tests.browser.tab_visit import DESKTOP, PHONE, tab_visit
from tests.browser.visiting import TEXTS, open_visit_at
from tests.community.samples import new_id
from tests.fakes import FakeStudio
from tests.ui.fake_page import fake_page

pytestmark = pytest.mark.browser
CODE = "ENTP"
JOINED = {"female": 5, "male": 4}
"""Five are enough for everybody to see their average, four are not."""
BASE, COMMUNITY = f"type:{CODE}:female", f"community:{CODE}:female"
LARGE = "dialog .mf-face img:not(.mf-ghost)"
WAITS, WAIT_MS = 200, 100
"""How often, and how far apart in milliseconds, the large picture is looked at."""


@pytest.fixture(scope="module")
def community_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with one average that is shown and one with a face too few."""
    state_dir = tmp_path_factory.mktemp("state")
    join_faces(state_dir)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MBTIFACE_STATE_DIR", str(state_dir))
        with fake_page() as address:
            yield address


def join_faces(state_dir: Path) -> None:
    studio = FakeStudio()
    contributions = open_contributions(Settings(state_dir=state_dir), studio)
    for gender, count in JOINED.items():
        for seed in range(count):
            face = KeptFace(studio.sample(seed, psi=0.5), 0.1)
            name = f"{gender} {seed}"
            contributions.join(face, CODE, gender, f"visitor {name}", new_id(name))
    contributions.close()


def text(key: str, **values: object) -> str:
    return TEXTS["en"][f"gallery_{key}"].format(**values)


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f"dialog [name=gallery-{name}][value={value}]").check(force=True)


def shown(page: Page, start: str, difference: float = 1) -> str:
    """The large picture's pixels, once they are those that the server draws of this address."""
    found = page.evaluate(
        """async ([selector, start, difference, waits, wait_ms]) => {
          const pixels = (image) => {
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 128;
            canvas.getContext('2d').drawImage(image, 0, 0, 128, 128);
            return canvas.toDataURL();
          };
          const drawn = new Image();
          for (let waited = 0; waited < waits; waited++) {
            const large = document.querySelector(selector);
            if (large.complete && large.naturalWidth > 256) {
              const size = large.naturalWidth;
              drawn.src = `face?start=${start}&difference=${difference}&size=${size}`;
              await drawn.decode();
              if (pixels(large) === pixels(drawn)) return pixels(drawn);
            }
            await new Promise((resolve) => setTimeout(resolve, wait_ms));
          }
          return '';
        }""",
        [LARGE, start, difference, WAITS, WAIT_MS],
    )
    assert found, f"the large picture is not that of {start} at {difference}"
    return str(found)


@pytest.fixture
def phone(browser: Browser, community_address: str) -> Iterator[Page]:
    """The types tab of that page on a phone."""
    with tab_visit(browser, community_address, PHONE) as visit:
        yield visit.open("types")


@pytest.fixture
def desktop(browser: Browser, community_address: str) -> Iterator[Page]:
    """The same on a desktop."""
    with tab_visit(browser, community_address, DESKTOP) as visit:
        yield visit.open("types")


def test_the_large_picture_turns_to_the_visitors_average_and_back(phone: Page) -> None:
    page = phone
    page.locator(f".mf-tile[data-code={CODE}]").click()
    count, slider = page.locator("dialog .mf-count"), page.locator("#gallery-large-difference")
    faces = text("count", count=FakeStudio().type_count(CODE, "female"))
    expect(page.locator("dialog .mf-source")).to_be_visible()
    expect(page.locator("[name=gallery-source]:checked")).to_have_value("base")
    expect(count).to_have_text(faces)
    base, alt = shown(page, BASE), page.locator(LARGE).get_attribute("alt") or ""
    assert alt == text("alt_type_female", code=CODE, count=FakeStudio().type_count(CODE, "female"))

    choose(page, "source", "community")
    community = shown(page, COMMUNITY)
    assert community != base
    expect(count).to_have_text(f"{faces} · {text('joined', count=JOINED['female'])}")
    joined = text("alt_community", code=CODE, count=JOINED["female"])
    expect(page.locator(LARGE)).to_have_attribute("alt", joined)

    slider.fill("2")
    doubled = shown(page, COMMUNITY, 2)
    assert doubled != community
    output = page.locator("dialog output")
    expect(output).to_have_text(text("between_times", times=2))
    page.locator("dialog .mf-ticks [data-value='0']").click()
    expect(output).to_have_text(text("all_female"))
    # Whichever average the slider starts from, it ends at the average of all women.
    assert shown(page, COMMUNITY, 0) == shown(page, "average:female")
    slider.fill("1")
    assert shown(page, COMMUNITY) == community

    choose(page, "source", "base")
    assert shown(page, BASE) == base
    expect(count).to_have_text(faces)
    expect(page.locator(LARGE)).to_have_attribute("alt", alt)


def test_an_average_that_too_few_have_joined_is_not_offered(desktop: Page) -> None:
    page = desktop
    page.locator(f".mf-tile[data-code={CODE}]").click()
    source = page.locator("dialog .mf-source")
    expect(source).to_be_visible()
    choose(page, "source", "community")
    community = shown(page, COMMUNITY)
    choose(page, "gender", "male")
    shown(page, f"type:{CODE}:male")
    expect(source).to_be_hidden()
    men = text("count", count=FakeStudio().type_count(CODE, "male"))
    expect(page.locator("dialog .mf-count")).to_have_text(men)
    choose(page, "gender", "female")
    assert shown(page, COMMUNITY) == community
    with page.expect_response(lambda answer: "component_server" in answer.url):
        page.get_by_label(text("next")).click()
    shown(page, "type:INFJ:female")
    expect(source).to_be_hidden()


def test_links_open_the_type_and_its_visitors_average(
    browser: Browser, community_address: str
) -> None:
    visit = open_visit_at(browser, f"{community_address}?type={CODE}&gender=female&lang=en")
    page = visit.page
    expect(page.locator("dialog h2")).to_have_text(CODE)
    expect(page.locator("dialog .mf-source")).to_be_visible()
    base = shown(page, BASE)
    choose(page, "source", "community")
    assert shown(page, COMMUNITY) != base
    # The address bar, which "Copy link" copies, names the average that is seen.
    page.wait_for_url("**source=community*")
    page.reload()
    expect(page.locator("dialog h2")).to_have_text(CODE)
    shown(page, COMMUNITY)
    expect(page.locator("[name=gallery-source]:checked")).to_have_value("community")
    # The picture's own address, as the page asked for it, is a link too.
    links = page.evaluate(
        "performance.getEntriesByType('resource').map((entry) => entry.name)"
        f".filter((name) => name.includes('start={COMMUNITY}:'))"
    )
    answer = page.goto(links[-1])
    assert answer is not None
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    assert page.locator("img").evaluate("image => image.naturalWidth") >= 512
    assert not visit.problems
    refused = page.goto(f"{community_address}face?start=community:{CODE}:male")
    assert refused is not None
    assert refused.status == 400
    assert "too few faces have joined" in refused.json()["error"]
    page.context.close()
