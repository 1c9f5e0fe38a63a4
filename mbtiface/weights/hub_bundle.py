"""A bundle of the Hub by name: the manifest first, then only what it lists, all of one commit."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mbtiface.errors import BundleError, HubError
from mbtiface.weights.deadline import Deadline
from mbtiface.weights.hub import DEADLINE_S, fetch_file
from mbtiface.weights.manifest import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    FileSpec,
    read_manifest,
)

SCHEME = "hf://"
"""Begins the name of a bundle of the Hub."""
NAME = re.compile(r"hf://(?P<repo>[\w][\w.-]*/[\w][\w.-]*)(@(?P<revision>[\w][\w./-]*))?", re.ASCII)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HubName:
    """A bundle on the Hub."""

    repo: str
    """`owner/name` of a model repo."""
    revision: str | None = None
    """Branch, tag or commit; None for the main branch."""

    @classmethod
    def parse(cls, text: str) -> "HubName":
        """Read `hf://owner/name[@revision]`.

        Raises:
            HubError: the text is no such name.
        """
        found = NAME.fullmatch(text)
        if found is None or ".." in text:
            raise HubError(
                f"{text!r} names no bundle of the Hub. Use hf://owner/name, or "
                "hf://owner/name@revision with a branch, a tag or a commit."
            )
        return cls(found["repo"], found["revision"])

    def __str__(self) -> str:
        """The name as `parse` reads it."""
        return SCHEME + self.repo + (f"@{self.revision}" if self.revision else "")


@dataclass(frozen=True)
class Progress:
    """How much of a bundle has come, in bytes."""

    file: str
    done: int
    total: int


Report = Callable[[Progress], None]


def is_hub_name(source: object) -> bool:
    """Whether a source of a bundle is meant to be one of the Hub."""
    return isinstance(source, str) and source.startswith(SCHEME)


def fetch_bundle(
    name: HubName, deadline_s: float = DEADLINE_S, report: Report | None = None
) -> Path:
    """Fetch a bundle into the Hub's usual cache, and return its folder, every file checked.

    Only the manifest and what it lists is fetched, all of the commit that the revision stands for
    now. With a full commit as revision and a complete cache no request is made; where the Hub
    cannot be reached, what the cache holds of the revision serves.

    Args:
        name: which.
        deadline_s: seconds that all of it may take.
        report: called with what has come, from another thread.

    Raises:
        HubError: a file cannot be fetched, or not in time.
        BundleError: the manifest cannot be used, or a file is not the one that it lists.
    """
    deadline = Deadline(deadline_s)
    path = fetch_file(name.repo, MANIFEST, name.revision, deadline, max_bytes=MAX_MANIFEST_BYTES)
    folder, commit = path.parent, path.parent.name
    log.info("%s is commit %s", name, commit)
    try:
        files = read_manifest(folder).files
    except BundleError as error:
        raise BundleError(f"The bundle {name} (commit {commit}) cannot be used: {error}") from error
    tally = _Tally(sum(spec.size for spec in files.values()), report)
    for file, spec in files.items():
        tally.begin(file)
        found = fetch_file(name.repo, file, commit, deadline, tally.advance, spec.size)
        _check(found, spec, name)
        tally.end(spec.size)
    return folder


class _Tally:
    """Adds up what has come of the files, whole ones exactly; for one thread at a time."""

    def __init__(self, total: int, report: Report | None) -> None:
        self._total = total
        self._report = report
        self._file = ""
        self._whole = self._part = 0

    def begin(self, file: str) -> None:
        self._file = file
        self._tell()

    def advance(self, count: int) -> None:
        self._part += count
        self._tell()

    def end(self, size: int) -> None:
        self._whole += size
        self._part = 0
        self._tell()

    def _tell(self) -> None:
        if self._report is not None:
            self._report(Progress(self._file, self._whole + self._part, self._total))


def _check(path: Path, spec: FileSpec, name: HubName) -> None:
    """Check a fetched file; a wrong one leaves the cache, so that the next try fetches it anew."""
    try:
        spec.check(path)
    except BundleError as error:
        blob = path.resolve()
        path.unlink(missing_ok=True)
        if blob.parent.name == "blobs":
            blob.unlink(missing_ok=True)
        raise BundleError(
            f"{path.name} of the Hub repo {name.repo} is not what its manifest lists ({error}) It "
            "was removed from the cache: try again. If it comes the same, tell the repo's owner."
        ) from error
