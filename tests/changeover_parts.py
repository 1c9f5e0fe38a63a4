"""Services of made-up bundles that take one another's place."""

import time
from collections.abc import Callable

from mbtiface.faces.kept_faces import KeptFaces
from mbtiface.services import Services
from mbtiface.settings import Settings
from tests.fakes import FakeManifest, FakeStudio

PATIENCE_S = 30.0


class NamedStudio(FakeStudio):
    """A made-up studio of a bundle with a name and version, and a count behind its averages."""

    def __init__(self, name: str, version: str, count: int = 20) -> None:
        super().__init__()
        self.manifest = FakeManifest(name, version)
        self._count = count

    def type_count(self, code: str, gender: str) -> int:
        return self._count


def services_of(
    name: str, version: str, kept_faces: KeptFaces | None = None, count: int = 20
) -> Services:
    """Services of a made-up bundle; with `kept_faces` of another it shares that one's W space."""
    return Services(Settings(), NamedStudio(name, version, count), kept_faces=kept_faces)


def wait_for(there: Callable[[], bool]) -> None:
    """Wait until something is so; fails after a while."""
    until = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)
