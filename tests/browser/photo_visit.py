"""A visit that gives a photo in one of the two tabs and looks at what the page makes of it."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import Browser, FilePayload, Locator, Page, Request

from tests.browser.visiting import TEXTS, VIEWS, watch

AT_THUMB = 44
TABS = {"survey": "#mf-survey", "morph": ".mf-morph"}


@dataclass
class PhotoVisit:
    """A page with a photo's panel open in one tab."""

    page: Page
    language: str
    tab: str
    sent: list[Request] = field(default_factory=list)
    """Photos that went to the server."""
    problems: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def text(self, key: str, **values: object) -> str:
        """A text of the panel, or with its whole key of another part of the page."""
        texts = TEXTS[self.language]
        return texts.get(f"photo_page_{key}", texts.get(key, "")).format(**values)

    def at(self, selector: str) -> Locator:
        return self.page.locator(f"{TABS[self.tab]} {selector}")

    def part(self, name: str) -> Locator:
        return self.at(f".mf-photo [data-part={name}]")

    def button(self, action: str) -> Locator:
        return self.at(f".mf-photo [data-do={action}]:visible")

    def choose(self, data: bytes, name: str = "photo.jpg") -> None:
        """Give a file, as the file dialog does."""
        file = FilePayload(name=name, mimeType="application/octet-stream", buffer=data)
        self.at(".mf-photo input[type=file]").set_input_files(file)

    def ready(self) -> None:
        """Wait until the three pictures are there and nothing is under way."""
        self.page.wait_for_function(
            "where => document.querySelector(where).dataset.phase === 'ready'",
            arg=f"{TABS[self.tab]} .mf-photo",
        )
        self.part("three").wait_for()

    def give(self, data: bytes, name: str = "photo.jpg") -> None:
        self.choose(data, name)
        self.ready()

    def query(self) -> dict[str, str]:
        """What was last asked of the server about a photo, of the model that the page has."""
        found = parse_qs(urlsplit(self.sent[-1].url).query)
        assert found.pop("v") == [self.page.evaluate("mbtiface.version")]
        return {name: values[0] for name, values in found.items()}

    def crop(self) -> list[float]:
        """The last crop sent: x, y, side, angle."""
        return [float(part) for part in self.query()["crop"].split(",")]

    def state(self) -> dict[str, Any]:
        """What the page knows of the photo."""
        state: dict[str, Any] = self.page.evaluate(
            "(({ result, faces, request }) => ({ result, faces, request }))(mbtiface.photo.state)"
        )
        return state

    def token(self) -> str:
        return str(self.state()["result"]["photo"])

    def wait_for_face(self, start: str, *parts: str) -> None:
        """Wait until a face of this start, moved like this, has arrived."""
        self.page.wait_for_function(
            """([start, parts]) => performance.getEntriesByType('resource').some(({ name }) =>
              name.includes(`start=${start}&`) && parts.every((part) => name.includes(part)))""",
            arg=[start, list(parts)],
        )

    def colour(self, selector: str) -> list[int]:
        """The colour of a picture a quarter from its upper left corner."""
        colour: list[int] = self.page.locator(selector).first.evaluate(
            """async node => {
              const image = new Image();
              image.src = node.getAttribute('href') || node.src;
              await image.decode();
              const canvas = document.createElement('canvas');
              [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
              const context = canvas.getContext('2d');
              context.drawImage(image, 0, 0);
              return [...context.getImageData(canvas.width / 4, canvas.height / 4, 1, 1).data]
                .slice(0, 3) }"""
        )
        return colour

    def check_targets(self) -> None:
        """Everything to be pressed is as large as a thumb and has a name."""
        for node in self.at(".mf-photo :is(button, input[type=range]):visible").all():
            box = node.bounding_box()
            assert box
            # A face's frame may be smaller than what reacts around it.
            if not node.get_attribute("data-face"):
                assert box["height"] >= AT_THUMB
            named = node.inner_text() or node.get_attribute("aria-label")
            assert named


@contextlib.contextmanager
def photo_visit(
    browser: Browser, address: str, view: str, language: str, tab: str, **more: Any
) -> Iterator[PhotoVisit]:
    """Open the page with the panel in a tab; at the end nothing may have gone wrong."""
    width, height = VIEWS[view]
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=view == "phone", **more
    )
    page = context.new_page()
    visit = PhotoVisit(page, language, tab)
    watch(page, visit.problems)
    page.on("request", lambda one: visit.sent.append(one) if is_photo(one) else None)
    page.goto(f"{address}?lang={language}")
    page.locator("[data-do=start]").wait_for()
    page.locator(f"#tab-{tab}-button").click()
    visit.at(f"[name={tab}-{'kind' if tab == 'survey' else 'start'}][value=photo]").check(
        force=True
    )
    visit.at(".mf-photo").wait_for()
    yield visit
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    unexpected = [one for one in visit.problems if not any(part in one for part in visit.expected)]
    assert not unexpected, unexpected
    context.close()


def is_photo(request: Request) -> bool:
    return request.method == "POST" and urlsplit(request.url).path == "/photo"


Opened = Callable[..., contextlib.AbstractContextManager[PhotoVisit]]
"""`opened("ko-phone-survey")` opens the page with the panel in that tab."""


def is_kept(address: str, token: str) -> bool:
    """Whether the server still draws the face of a token."""
    answer = httpx.get(f"{address}face?start=photo:{token}&by=both", timeout=30)
    assert answer.status_code in (200, 400), answer.text
    return answer.status_code == 200
