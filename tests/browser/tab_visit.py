"""A visit to the picture tabs, on a phone and on a desktop, that must stay free of problems."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import watch

PHONE, DESKTOP = (390, 844), (1280, 900)
# Other work may keep the machine busy while the tests run.
expect.set_options(timeout=15_000)


@dataclass
class TabVisit:
    """A page, and what it must not do."""

    page: Page
    problems: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def open(self, tab: str) -> Page:
        self.page.locator(f"#tab-{tab}-button").click()
        return self.page

    def faces(self) -> list[dict[str, str]]:
        """The addresses of the faces asked for since the page was opened."""
        return [
            {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
            for url in self.page.evaluate(
                "performance.getEntriesByType('resource').map(e => e.name)"
                ".filter(name => name.includes('/face?'))"
            )
        ]

    def wait_for_sharp_face(self, **values: str) -> None:
        """Wait until a face of these values has arrived at more than 256 px."""
        self.page.wait_for_function(
            """values => performance.getEntriesByType('resource').some(({ name }) => {
              const query = new URL(name).searchParams;
              return name.includes('/face?') && query.get('size') !== '256'
                && Object.entries(values).every(([key, value]) => query.get(key) === value);
            })""",
            arg=values,
        )


@contextlib.contextmanager
def tab_visit(browser: Browser, address: str, view: tuple[int, int]) -> Iterator[TabVisit]:
    """Open the page in English; at the end nothing may be cut off and nothing have gone wrong."""
    width, height = view
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=width < 500, locale="en-US"
    )
    page = context.new_page()
    visit = TabVisit(page)
    watch(page, visit.problems)
    page.goto(f"{address}?lang=en")
    page.locator("#tab-types-button").wait_for()
    yield visit
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    unexpected = [one for one in visit.problems if not any(text in one for text in visit.expected)]
    assert not unexpected
    context.close()


def source(page: Page, selector: str) -> str:
    found = page.locator(selector).first.get_attribute("src")
    return found or ""


def wait_for_new_source(page: Page, selector: str, old: str) -> None:
    expect(page.locator(selector).first).not_to_have_attribute("src", old)
