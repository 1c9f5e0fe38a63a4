"""Visitors of a served page, by plain HTTP, many at a time."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import numpy as np
from PIL import Image

from tests.community.samples import new_id
from tests.faults.programs import Program

ANSWERS = ("4031420413204314", "0000000000000000", "4444444444444444", "0404040404040404")
PATIENCE_S = 120


def photo(seed: int = 5) -> bytes:
    """A photo of 600 x 450 px in which the made-up studio finds a face."""
    pixels = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize((600, 450), Image.Resampling.BICUBIC).save(buffer, "jpeg")
    return buffer.getvalue()


@dataclass
class Crowd:
    """Visitors in threads, and what they were told."""

    program: Program
    accepted: int = 0
    refused: list[httpx.Response] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: httpx.Response, joining: bool) -> bool:
        """Keep what was told; False once the program sends visitors away."""
        with self.lock:
            if answer.status_code == 503 and "restarting" in answer.text:
                self.refused.append(answer)
                return False
            if answer.status_code == 200:
                self.accepted += joining
            elif answer.status_code != 503:  # a crowd may be told to wait
                self.odd.append(f"{answer.status_code} {answer.text[:200]}")
            return True

    def visit(self, number: int, step: Callable[[httpx.Client, int], bool]) -> None:
        """Do a step again and again, until sent away or until nobody answers any more."""
        headers = {"x-forwarded-for": f"203.0.113.{number}"}
        with httpx.Client(
            base_url=self.program.address, headers=headers, timeout=PATIENCE_S
        ) as browser:
            turn = 0
            try:
                while step(browser, turn):
                    turn += 1
            except httpx.ConnectError:  # it has ended
                return
            except httpx.HTTPError as error:
                with self.lock:
                    self.odd.append(repr(error))

    def drawing(self, number: int) -> Callable[[httpx.Client, int], bool]:
        """Return a step that asks for a face which nobody asked for before."""

        def step(browser: httpx.Client, turn: int) -> bool:
            query = {"start": f"seed:{1000 * number + turn}", "by": "both"}
            return self.note(browser.get("face", params=query), joining=False)

        return step


def join_query(browser: httpx.Client, number: int) -> dict[str, str]:
    """Send a photo and return what its face joins with."""
    lines = browser.post("photo?lang=en", content=photo()).text.splitlines()
    token = httpx.Response(200, text=lines[-1]).json()["photo"]
    query = {"form": "quick", "answers": ANSWERS[number], "start": f"photo:{token}"}
    return query | {"by": "both", "gender": "female", "join_id": new_id(number), "own": "1"}
