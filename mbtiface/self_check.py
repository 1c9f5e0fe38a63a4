"""Whether this program can draw: one face, drawn after the start and looked at.

The verdict stays until something makes it doubtful: a picture that failed for no known reason.
Nobody who asks for the verdict causes a drawing.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PIL import Image, ImageStat

from mbtiface.errors import BusyError, MbtifaceError, SelfCheckError
from mbtiface.faces.address import FaceAddress

if TYPE_CHECKING:
    from mbtiface.faces.studio import Studio

SIZE = 256
"""Side in px of the face that is drawn."""
LEAST_SPREAD = 4.0
"""Standard deviation of the brightness, 0..255, below which a quarter of the picture is blank."""
PAUSE_S = 30.0
"""Seconds from a check that failed to the next one."""
DOUBT_S = 5.0
"""Seconds from a doubt to the check that it causes."""
HELP = "Try MBTIFACE_DEVICE=cpu, then MBTIFACE_MODEL=embedded; the log above may tell more."
State = Literal["starting", "ok", "failing"]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """Whether pictures can be drawn."""

    state: State = "starting"
    reason: str = ""
    """Why not, where it fails."""


class SelfCheck:
    """Checks one studio in a thread of its own, as long as the program runs."""

    def __init__(
        self,
        studio: "Studio",
        draw: Callable[[FaceAddress, int], Image.Image],  # Draws anew, at a size in px.
        then: Callable[[], None] = lambda: None,  # Called once, after the first that passed.
    ) -> None:
        self._studio = studio
        self._draw = draw
        self._then = then
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="self-check", daemon=True)
        self.verdict = Verdict()

    def start(self) -> None:
        """Begin in the background: a check at once, again until one passes, then when in doubt.

        One that passed before is not repeated.
        """
        self._thread.start()

    def check(self) -> None:
        """Draw the face, look at it, and tell the log in one line.

        Raises:
            SelfCheckError: it was not drawn, or is blank.
            BusyError: too many pictures are waiting; the verdict stays.
            CancelledError: the program ends.
        """
        started = time.perf_counter()
        try:
            reason = blank_part(self._draw(FaceAddress(), SIZE))
        except (BusyError, CancelledError):  # others are drawn, or the program ends
            raise
        except MbtifaceError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the verdict holds it
            reason = f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - started
        manifest, fields = self._studio.manifest, self._fields() | {"seconds": round(seconds, 3)}
        who = f"{manifest.name} {manifest.version}, {self._studio.engine}, {self._studio.device}"
        if reason:
            self.verdict = Verdict("failing", reason)
            fields |= {"reason": reason}
            log.error("Self-check failed: %s (%s). %s", reason, who, HELP, extra={"fields": fields})
            raise SelfCheckError(f"The self-check of {who} failed: {reason}. {HELP}")
        self.verdict = Verdict("ok")
        said = "Self-check: a face of %d px in %.2f s; %s"
        log.info(said, SIZE, seconds, who, extra={"fields": fields})

    def doubt(self) -> None:
        """Check again soon: a picture failed for no known reason."""
        self._wake.set()

    def close(self, timeout_s: float) -> None:
        """Check no more."""
        self._ending.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _fields(self) -> dict[str, object]:
        manifest = self._studio.manifest
        return {
            "bundle": manifest.name,
            "version": manifest.version,
            "engine": self._studio.engine,
            "device": self._studio.device,
            "size_px": SIZE,
        }

    def _run(self) -> None:
        then: Callable[[], None] | None = self._then
        due = self.verdict.state != "ok"  # it may have passed a check before it began
        while not self._ending.is_set():
            self._wake.clear()
            try:
                if due:
                    self.check()
            except CancelledError:
                return
            except (SelfCheckError, BusyError):  # the log has the former already
                self._ending.wait(PAUSE_S)
                continue
            due = True
            if then is not None:
                self._attempt(then)
                then = None
            self._wake.wait()
            # Many pictures may fail together: one check does for all.
            self._ending.wait(DOUBT_S)

    def _attempt(self, then: Callable[[], None]) -> None:
        try:
            then()
        except Exception:
            log.exception("What is drawn ahead could not be drawn.")
            self.doubt()


def blank_part(picture: Image.Image) -> str:
    """Say which quarter of a picture is blank, as a network that computes NaN leaves it; or ""."""
    half = picture.width // 2
    grey = picture.convert("L")
    for row, height in enumerate(("upper", "lower")):
        for column, side in enumerate(("left", "right")):
            box = (column * half, row * half, (column + 1) * half, (row + 1) * half)
            if ImageStat.Stat(grey.crop(box)).stddev[0] < LEAST_SPREAD:
                return f"the {height} {side} quarter of the face is blank"
    return ""
