"""The dataset repo that snapshots go to, and come from when a database was lost."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from huggingface_hub import CommitInfo, CommitOperationAdd, CommitScheduler, HfApi
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

SNAPSHOT = "community.json"
EVERY_MINUTES = 5.0


class SnapshotScheduler(CommitScheduler):
    """Commits the snapshot as it was at one moment, and keeps no history of it.

    The scheduler that this one stands on takes files to grow only: it reads them after the lock is
    released, and one that is replaced just then would arrive cut short.
    """

    _committed = b""

    def push_to_hub(self) -> CommitInfo | None:
        """Commit the snapshot if it changed."""
        with self.lock:
            path = self.folder_path / SNAPSHOT
            data = path.read_bytes() if path.exists() else b""
        if data in (b"", self._committed):
            return None
        info = self.api.create_commit(
            repo_id=self.repo_id,
            repo_type=self.repo_type,
            operations=[CommitOperationAdd(path_in_repo=SNAPSHOT, path_or_fileobj=data)],
            commit_message="Community averages",
        )
        self._committed = data
        # Who compares two states of an average learns of the faces that joined in between.
        self.api.super_squash_history(repo_id=self.repo_id, repo_type=self.repo_type)
        return info


class SnapshotRepo:
    """A private dataset repo with one snapshot in it. All methods raise OSError alone."""

    def __init__(
        self,
        repo: str,
        folder: Path,
        api: HfApi | None = None,
        every_minutes: float = EVERY_MINUTES,
    ) -> None:
        """Ask for the repo, make it if need be, and begin to commit what `write` leaves.

        `repo`: `owner/name`. `folder`: where the snapshot lies before it is committed.
        """
        self._api = HfApi() if api is None else api
        self._repo = repo
        self._path = folder / SNAPSHOT
        # From an earlier run: the scheduler commits at once what it finds.
        self._path.unlink(missing_ok=True)
        with _as_os_error():
            self._scheduler = SnapshotScheduler(
                repo_id=repo,
                repo_type="dataset",
                folder_path=folder,
                every=every_minutes,
                private=True,
                hf_api=self._api,
            )

    def fetch(self) -> bytes | None:
        """Return the repo's snapshot, None if it holds none; never one from a cache."""
        with _as_os_error(), tempfile.TemporaryDirectory() as fresh:
            try:
                path = self._api.hf_hub_download(
                    self._repo, SNAPSHOT, repo_type="dataset", local_dir=fresh
                )
            except LocalEntryNotFoundError:  # the Hub cannot be reached
                raise
            except EntryNotFoundError:
                return None
            return Path(path).read_bytes()

    def write(self, snapshot: bytes) -> None:
        """Leave a snapshot for the next commit."""
        with self._scheduler.lock:
            draft = self._path.with_suffix(".draft")
            draft.write_bytes(snapshot)
            os.replace(draft, self._path)

    def close(self, timeout_s: float) -> None:
        """Commit what is left, waiting for it at most so long, and stop."""
        try:
            with _as_os_error():
                self._scheduler.trigger().result(timeout_s)
        finally:
            self._scheduler.stop()


@contextmanager
def _as_os_error() -> Iterator[None]:
    """The Hub's library raises its transport's errors too, and ValueError for some names."""
    try:
        yield
    except (httpx.HTTPError, ValueError) as error:
        if isinstance(error, OSError):
            raise
        raise OSError(f"the snapshot repo cannot be used: {error}") from error
