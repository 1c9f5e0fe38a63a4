"""One program beside the visitors, whose answers are known: not one may be wrong or get lost."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gradio_client import Client
from PIL import Image

from mbtiface.personality import survey

EVERY_S = 2.0
FACES: tuple[dict[str, Any], ...] = (
    {"start": "average:female", "axes": {"EI": 1.0}, "gender": "female"},
    {"start": "average:male", "axes": {"SN": -0.5, "JP": 0.5}, "gender": "male"},
    {"start": "type:INFP:female", "axes": {"TF": -1.0}, "gender": "female"},
)
SAME = 2
"""Grey levels that a picture drawn among others may be off: sums in another order."""


@dataclass
class Program:
    """A `gradio_client` that asks again and again for what it knows."""

    client: Client
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    _known: list[np.ndarray[Any, Any]] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def learn(self) -> None:
        """Ask for each face while nobody else is there."""
        self._known = [self._face(which) for which in range(len(FACES))]

    def start(self) -> None:
        """Go on asking in the background."""
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 120.0) -> None:
        """Wait for the last answer; one that does not come is a wrong one."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                self.wrong.append(f"no answer within {timeout_s:g} s")

    def _ask(self) -> None:
        turn = 0
        while not self._end.wait(EVERY_S):
            turn += 1
            started = time.perf_counter()
            try:
                wrong = self._check(turn)
            except Exception as error:  # noqa: BLE001 - whatever it is, the answer is lost
                wrong = f"{type(error).__name__}: {error}"
            self.seconds.append(time.perf_counter() - started)
            if wrong:
                self.wrong.append(wrong)
            else:
                self.right += 1

    def _check(self, turn: int) -> str:
        """Ask for something known; "" = the answer is right."""
        which = turn % (len(FACES) + 1)
        if which < len(FACES):
            off = int(np.abs(self._face(which) - self._known[which]).max())
            return "" if off <= SAME else f"a face is off by {off} of 255"
        answers = {item.id: (turn * 7 + place) % 5 for place, item in enumerate(survey.items("en"))}
        told = self.client.predict(api_name="/score", answers=answers)
        expected = survey.score(answers).code
        return "" if told["code"] == expected else f"scored {told['code']}, not {expected}"

    def _face(self, which: int) -> "np.ndarray[Any, Any]":
        told = self.client.predict(api_name="/morph", size=256, **FACES[which])
        picture = told["picture"]
        path = Path(picture["path"] if isinstance(picture, dict) else picture)
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"), dtype=np.int16)
        path.unlink()
        return pixels
