"""Visitors over plain HTTP: what the page asks for when somebody uses it, and how long it takes."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx

from mbtiface.faces.address import FaceAddress
from mbtiface.faces.kept_pictures import GALLERY, SIZE
from mbtiface.personality.types import AXES, GENDERS
from mbtiface.ui.ahead import HEADER

LIMIT_S = 120.0
HALF = len(GALLERY) // len(GENDERS)
"""Pictures of one gender in the gallery."""
ANSWERS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""What the five answers of a question move an axis by, of the step that a letter goes."""
STEP = 0.25
MIX: Mapping[str, float] = {"survey": 0.35, "morph": 0.35, "gallery": 0.2, "invert": 0.1}
"""Which part of the actions is of which kind."""


@dataclass(frozen=True)
class Asked:
    """One request: its kind, seconds until the whole answer, and what it was."""

    kind: str
    seconds: float
    outcome: str
    """`ok`; `ahead refused`, which is meant; else what went wrong."""


@dataclass
class Crowd:
    """Visitors of one server, and everything they asked for."""

    client: httpx.AsyncClient
    photo: bytes
    asked: list[Asked] = field(default_factory=list)

    async def get(self, kind: str, address: FaceAddress, ahead: bool = False) -> None:
        """Ask for a face at 256 px."""
        headers = {HEADER: "1"} if ahead else {}
        params = address.query() | {"size": str(SIZE)}
        answer = await self._ask(kind, self.client.get("/face", params=params, headers=headers))
        if answer is None:
            return
        started, response = answer
        ok = response.status_code == 200 and response.content.startswith(b"\xff\xd8")
        refused = ahead and response.status_code == 204
        outcome = "ok" if ok else "ahead refused" if refused else f"HTTP {response.status_code}"
        self._note(kind, started, outcome)

    async def invert(self) -> None:
        """Send a photo, look at its face, and delete it."""
        answer = await self._ask("invert", self.client.post("/photo?lang=en", content=self.photo))
        if answer is None:
            return
        started, response = answer
        told = response.text.splitlines()[-1] if response.text else ""
        ok = response.status_code == 200 and '"error"' not in told
        outcome = "ok" if ok else f"HTTP {response.status_code} {told[:80]}"
        self._note("invert", started, outcome)

    async def _ask(
        self, kind: str, request: Awaitable[httpx.Response]
    ) -> tuple[float, httpx.Response] | None:
        started = time.perf_counter()
        try:
            return started, await request
        except httpx.HTTPError as error:
            self._note(kind, started, type(error).__name__)
            return None

    def _note(self, kind: str, started: float, outcome: str) -> None:
        self.asked.append(Asked(kind, time.perf_counter() - started, outcome))


class Visitor:
    """Somebody with a face of their own, who does one thing every few seconds."""

    def __init__(self, crowd: Crowd, seed: int) -> None:
        self._crowd = crowd
        self._random = random.Random(seed)
        self._gender = self._random.choice(GENDERS)
        self._axes = dict.fromkeys(AXES, 0.0)
        self._actions: Mapping[str, Callable[[], Awaitable[None]]] = {
            "survey": self.survey,
            "morph": self.morph,
            "gallery": self.gallery,
            "invert": crowd.invert,
        }

    async def stay(self, until: float, every_s: float) -> None:
        """Act once in each `every_s` seconds, at a moment of one's own, until a clock's time."""
        due = time.monotonic() + self._random.random() * every_s
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            kind = self._random.choices(list(MIX), list(MIX.values()))[0]
            await self._actions[kind]()
            due += every_s

    async def survey(self) -> None:
        """Answer a question: the new face, then the five faces of the next question ahead."""
        self._move(self._random.choice(AXES), STEP * self._random.choice(ANSWERS))
        await self._crowd.get("survey", self._face())
        axis = self._random.choice(AXES)
        faces = [self._face(axis, STEP * answer) for answer in ANSWERS]
        await asyncio.gather(*(self._crowd.get("ahead", face, ahead=True) for face in faces))

    async def morph(self) -> None:
        """Move a slider to where nobody has been."""
        self._axes = {axis: round(self._random.uniform(-1, 1), 3) for axis in AXES}
        await self._crowd.get("morph", self._face())

    async def gallery(self) -> None:
        """Look at one gender's averages."""
        first = HALF * self._random.randrange(len(GENDERS))
        pictures = GALLERY[first : first + HALF]
        await asyncio.gather(*(self._crowd.get("gallery", picture) for picture in pictures))

    def _move(self, axis: str, by: float) -> None:
        self._axes[axis] = max(-1.0, min(1.0, round(self._axes[axis] + by, 3)))

    def _face(self, axis: str = "EI", by: float = 0.0) -> FaceAddress:
        axes = self._axes | {axis: max(-1.0, min(1.0, round(self._axes[axis] + by, 3)))}
        return FaceAddress(f"average:{self._gender}", self._gender, axes=axes)


async def visits(crowd: Crowd, visitors: int, seconds: float, every_s: float) -> None:
    """Let visitors stay for so long, and wait for their last answers."""
    until = time.monotonic() + seconds
    people = [Visitor(crowd, seed) for seed in range(visitors)]
    await asyncio.gather(*(person.stay(until, every_s) for person in people))


async def saturate(crowd: Crowd, at_once: int, seconds: float) -> None:
    """Keep so many new faces asked for at any time."""
    until = time.monotonic() + seconds
    # Seeds of their own: no face is one that a visitor has seen.
    people = [Visitor(crowd, 10_000 + seed) for seed in range(at_once)]

    async def hurry(person: Visitor) -> None:
        while time.monotonic() < until:
            await person.morph()

    await asyncio.gather(*map(hurry, people))


async def burst(crowd: Crowd, count: int) -> None:
    """Ask for so many new faces in the same moment."""
    await asyncio.gather(*(Visitor(crowd, 20_000 + seed).morph() for seed in range(count)))


def open_client(address: str) -> httpx.AsyncClient:
    """A client that opens as many connections as there are requests."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(
        base_url=address, limits=limits, timeout=LIMIT_S, trust_env=False, verify=False
    )
