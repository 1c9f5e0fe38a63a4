"""A visit to the page in a real browser: opening it, answering, reading the face's pixels."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from mbtiface.ui.messages import load_messages

VIEWS = {"phone": (390, 844), "desktop": (1280, 800)}
TEXTS = load_messages()
ANSWERS = "4031420413204314"
SHOWN = "#mf-survey > .mf-survey-face .mf-pictures img:last-child"


@dataclass
class Visit:
    """A page, its language, and what it must not do."""

    page: Page
    language: str
    problems: list[str] = field(default_factory=list)

    def text(self, key: str) -> str:
        return TEXTS[self.language][f"survey_{key}"]

    def start(self, form: str = "quick", kind: str = "female") -> None:
        self.page.locator(f"[name=survey-form][value={form}]").check(force=True)
        self.page.locator(f"[name=survey-kind][value={kind}]").check(force=True)
        self.page.locator("[data-do=start]").click()
        self.page.locator(".mf-target").first.wait_for()

    def question(self) -> int:
        return int(self.page.locator("#mf-survey").get_attribute("data-question") or -1)

    def answer(self, option: str, key: bool = False) -> None:
        """Answer and wait until the next question or the result is there."""
        before = self.question()
        if key:
            self.page.keyboard.press(str(int(option) + 1))
        else:
            self.page.locator(f".mf-target[data-option='{option}']").click()
        self.page.wait_for_function(
            "before => { const { question, screen } = document.querySelector('#mf-survey').dataset;"
            " return question !== before || screen === 'result' }",
            arg=str(before),
        )

    def face(self) -> str:
        """The digest of the pixels on the page, once the face wanted is the only one."""
        self.page.wait_for_function(
            "() => { const face = document.querySelector('#mf-survey > .mf-survey-face');"
            " return face.querySelectorAll('.mf-pictures img').length === 1"
            " && face.dataset.shown === face.dataset.wanted }"
        )
        return self.pixels(SHOWN)

    def pixels(self, selector: str) -> str:
        """The digest of a picture's pixels, at 256 px whatever size it was fetched at."""
        found = self.page.locator(selector).last.evaluate(
            "image => { const canvas = document.createElement('canvas');"
            " canvas.width = canvas.height = 256;"
            " canvas.getContext('2d').drawImage(image, 0, 0, 256, 256);"
            " return canvas.toDataURL() }"
        )
        return hashlib.sha256(found.encode()).hexdigest()

    def record_steps(self) -> None:
        """Keep every step from now on in the page itself, where none is missed."""
        self.page.evaluate(
            """() => {
              window.steps = [];
              const canvas = document.createElement('canvas');
              canvas.width = canvas.height = 256;
              new MutationObserver((changes) => changes.forEach(({ target }) => {
                const image = [...target.querySelectorAll('.mf-pictures img')].pop();
                canvas.getContext('2d').drawImage(image, 0, 0, 256, 256);
                const label = document.querySelector('.mf-step, .mf-mine figcaption span');
                window.steps.push({ step: Number(target.dataset.step), label: label.textContent,
                  pixels: canvas.toDataURL() });
              })).observe(document.querySelector('#mf-survey'),
                { subtree: true, attributeFilter: ['data-step'] });
            }"""
        )

    def steps(self) -> list[dict[str, str]]:
        """What was recorded: step, label and pixels of each."""
        return self.page.evaluate("window.steps")

    def wait_until_shown(self, *parts: str) -> None:
        """Wait until the address of the face on the page has all these parts."""
        self.page.wait_for_function(
            "parts => { const { shown } = document.querySelector("
            "'#mf-survey > .mf-survey-face').dataset;"
            " return shown && parts.every(part => shown.includes(part)) }",
            arg=list(parts),
        )

    def shown(self) -> str:
        return self.page.locator("#mf-survey > .mf-survey-face").get_attribute("data-shown") or ""


def open_visit(browser: Browser, address: str, view: str, language: str, **more: Any) -> Visit:
    width, height = VIEWS[view]
    locale = {"ko": "ko-KR", "en": "en-GB"}[language]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=view == "phone",
        locale=locale,
        **more,
    )
    page = context.new_page()
    visit = Visit(page, language)
    watch(page, visit.problems)
    page.goto(address)
    page.locator(SHOWN).wait_for()
    return visit


def watch(page: Page, problems: list[str]) -> None:
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on(
        "console",
        lambda line: problems.append(line.text) if line.type in ("error", "warning") else None,
    )

    def check(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname != "127.0.0.1":
            problems.append(f"off this machine: {url}")

    page.on("request", lambda request: check(request.url))


def open_visit_at(browser: Browser, link: str) -> Visit:
    page = browser.new_context(locale="en-GB").new_page()
    visit = Visit(page, "en")
    watch(page, visit.problems)
    page.goto(link)
    return visit
