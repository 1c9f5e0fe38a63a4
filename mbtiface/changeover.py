"""Changes the bundle while the program runs: the one in use, those before it, the one that comes.

A program that was told to use a bundle of the Hub starts at once with the embedded one and changes
over when the other is there. A session keeps the bundle that it began with: every address that the
page asks for names it by `Services.key`. Only where both share one W space the session goes over
too, as its faces are the same in both.
"""

import atexit
import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mbtiface.contributing import open_contributions
from mbtiface.errors import BundleError, HubError, MbtifaceError, SourceError
from mbtiface.faces.kept_pictures import open_kept_pictures
from mbtiface.faces.memory import share_heaps
from mbtiface.services import Services
from mbtiface.settings import Settings, writable_state_dir
from mbtiface.weights.hub_bundle import SCHEME
from mbtiface.weights.space_card import CARD, named_by_card

if TYPE_CHECKING:
    from mbtiface.faces.studio import Studio
    from mbtiface.weights.hub_bundle import Progress

EMBEDDED = "embedded"
KEPT_S = 60 * 60.0
"""Seconds that a bundle stays after its last use by a session that began with it, as long as a
visitor's own face is kept."""
GRACE_S = 60.0
"""Seconds that what a bundle began to draw has to end, where all sessions went over."""
STEPS = 10
"""Lines of progress in the log."""
Phase = Literal["none", "fetching", "opening", "ready", "failed"]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Coming:
    """What becomes of the bundle that was asked for."""

    phase: Phase = "none"
    name: str = ""
    done: int = 0
    """Bytes that have come."""
    total: int = 0
    """Bytes in all; 0 while that is not known."""
    reason: str = ""
    """Why it failed."""


class Changeover:
    """The services in use, and those that sessions still hold on to. Thread-safe."""

    def __init__(self, services: Services, kept_s: float = KEPT_S) -> None:
        self._lock = threading.Lock()
        self._current = services
        self._earlier: dict[str, tuple[Services, float]] = {}
        self._kept_s = kept_s
        self._listeners: list[Callable[[], None]] = []
        self._start: Callable[[], None] = lambda: None
        self._quiet = False
        self._timers: list[threading.Timer] = []
        self.coming = Coming()

    @property
    def current(self) -> Services:
        """What a session that begins now gets."""
        return self._current

    def of(self, key: str | None) -> Services:
        """Return the services that a session with this key holds on to, else the current ones."""
        with self._lock:
            if key == self._current.key or key not in self._earlier:
                return self._current
            services, _ = self._earlier[key]
            self._earlier[key] = (services, time.monotonic())
            return services

    def named(self, bundle: object) -> Services:
        """Return the services of a bundle by `{"name": ..., "version": ...}`, else the current."""
        for services in self.all():
            manifest = services.studio.manifest
            if bundle == {"name": manifest.name, "version": manifest.version}:
                return self.of(services.key)
        return self._current

    def all(self) -> list[Services]:
        """All services at work, the current ones first."""
        with self._lock:
            return [self._current, *(services for services, _ in self._earlier.values())]

    def close(self) -> None:
        """End all services, and what they share: the database, after a last snapshot."""
        every = self.all()
        for timer in self._timers:
            timer.cancel()
        for services in every:
            services.kept_faces.close()
            services.close()
        for services in every:
            services.contributions.close()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call a function after every change."""
        self._listeners.append(listener)

    def take_over(self, services: Services) -> None:
        """Let sessions that begin now get other services.

        Those that run go on with theirs, or go over where their own faces were handed over.
        """
        with self._lock:
            before, self._current = self._current, services
            moved = services.kept_faces is before.kept_faces
            if not moved:
                self._earlier[before.key] = (before, time.monotonic())
        for listener in self._listeners:
            listener()
        services.warm_up()
        self._retire_in(GRACE_S if moved else self._kept_s, before)

    def begin(
        self,
        name: str,
        load: Callable[[Callable[["Progress"], None]], Services],
        quiet: bool = False,
    ) -> None:
        """Settle what `start` does: load other services in the background and change over.

        Args:
            name: of the bundle, for people.
            load: returns its services, ready to draw; called with where to tell its progress.
            quiet: a failure is told in the log alone.
        """
        self._quiet = quiet
        self.coming = Coming("fetching", name)
        self._start = lambda: threading.Thread(
            target=self._run, args=(load,), name="changeover", daemon=True
        ).start()

    def start(self) -> None:
        """Do what `begin` settled, if anything; once."""
        start, self._start = self._start, lambda: None
        start()

    def _run(self, load: Callable[[Callable[["Progress"], None]], Services]) -> None:
        name = self.coming.name
        log.info("%s is loading; %s serves meanwhile.", name, self._current.studio.manifest.name)
        try:
            services = load(self._report)
        except Exception as error:
            foreseen = isinstance(error, MbtifaceError)
            reason = str(error) if foreseen else f"{type(error).__name__}: {error}"
            log.error("%s cannot be used; %s", name, reason, exc_info=not foreseen)
            if self._quiet:
                self.coming = Coming()
                return
            self._current.notice = reason
            self.coming = replace(self.coming, phase="failed", reason=reason)
            for listener in self._listeners:
                listener()
            return
        self.take_over(services)
        self.coming = replace(self.coming, phase="ready")
        log.info("%s serves now.", name)

    def _report(self, progress: "Progress") -> None:
        before = self.coming
        whole = progress.done >= progress.total
        phase: Phase = "opening" if whole else "fetching"
        self.coming = replace(before, phase=phase, done=progress.done, total=progress.total)
        if _step(self.coming) != _step(before) or before.total == 0:
            megabytes = (progress.done / 1e6, progress.total / 1e6)
            log.info("%s: %.1f of %.1f MB", before.name, *megabytes)

    def _retire_in(self, seconds: float, services: Services) -> None:
        timer = threading.Timer(seconds, self._retire, (services,))
        timer.daemon = True
        self._timers = [one for one in self._timers if one.is_alive()] + [timer]
        timer.start()

    def _retire(self, services: Services) -> None:
        """Let go of services that no session has used for a while."""
        with self._lock:
            _, used = self._earlier.get(services.key, (services, float("-inf")))
            left = used + self._kept_s - time.monotonic()
            if left <= 0:
                self._earlier.pop(services.key, None)
        if left > 0:
            self._retire_in(left, services)
            return
        services.close()


def _step(coming: Coming) -> int:
    return STEPS * coming.done // coming.total if coming.total else 0


def open_services(settings: Settings) -> Services:
    """Load the bundle that the settings name, or the embedded one with a notice that says why.

    Raises:
        StateError: the state folder cannot be written.
        BundleError: the embedded bundle itself cannot be used.
    """
    share_heaps()
    cache_dir, notice = writable_state_dir(settings) / "compiled", ""
    from mbtiface.faces.loading import load  # here, so that a bad folder is told before torch loads

    source = EMBEDDED if settings.model == "auto" else settings.model
    try:
        studio = load(source, settings.device, cache_dir, engine=settings.engine)
    except (BundleError, SourceError, HubError) as error:
        if source == EMBEDDED:
            raise
        log.warning("Model %r cannot be used; the embedded one serves. %s", source, error)
        studio = load(EMBEDDED, settings.device, cache_dir, engine=settings.engine)
        notice = str(error)
    return serve_studio(settings, studio, notice)


def serve_studio(
    settings: Settings, studio: "Studio", notice: str = "", before: Services | None = None
) -> Services:
    """Make the services of a studio.

    `before`: those whose place they will take. The database is shared with them; a visitor's own
    face too, where both share one W space.
    """
    kept_pictures = open_kept_pictures(settings.state_dir, studio)
    earlier = None if before is None else before.contributions
    contributions = open_contributions(settings, studio, earlier)
    key, kept_faces = "", None
    if before is not None:
        from mbtiface.faces.w_space import same_w_space  # torch comes with it

        if before.key == studio.manifest.version:
            key = f"{before.key}-{_digest(studio)}"
        kept_faces = before.kept_faces if same_w_space(before.studio, studio) else None
    services = Services(settings, studio, notice, kept_pictures, contributions, key, kept_faces)
    atexit.register(services.close)
    return services


def _digest(studio: "Studio") -> str:
    """8 hex digits that stand for all files of a studio's bundle."""
    files = studio.manifest.files
    text = " ".join(f"{name} {files[name].sha256}" for name in sorted(files))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def open_changeover(settings: Settings, card: Path = CARD) -> Changeover:
    """Open the bundle that the settings name; one of the Hub begins to load with `start`.

    `auto` is the first of the `models:` of the card, if it names any, else the embedded one.

    Raises:
        StateError: the state folder cannot be written.
        BundleError: the embedded bundle itself cannot be used.
    """
    wanted = named_by_card(card) if settings.model == "auto" else settings.model
    if not wanted.startswith(SCHEME):
        return Changeover(open_services(settings))
    services = open_services(replace(settings, model=EMBEDDED))
    changeover = Changeover(services)
    name = wanted
    if settings.revision and "@" not in name:
        name += f"@{settings.revision}"

    def load_named(report: Callable[["Progress"], None]) -> Services:
        from mbtiface.faces.loading import load  # torch comes with it

        cache_dir = settings.state_dir / "compiled"
        deadline_s, engine = settings.hub_deadline_s, settings.engine
        studio = load(name, settings.device, cache_dir, deadline_s, report, engine)
        coming = serve_studio(settings, studio, before=services)
        coming.prepare()
        return coming

    # What nobody asked for by name is no loss to a visitor: the log says why it did not come.
    changeover.begin(name, load_named, quiet=settings.model == "auto")
    return changeover
