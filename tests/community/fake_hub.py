"""A Hub in memory, as far as the real `CommitScheduler` and our own calls ask it."""

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from huggingface_hub.errors import LocalEntryNotFoundError, RemoteEntryNotFoundError

REPO = "owner/averages"


class FakeHub:
    """Stands in for `HfApi`: one dataset repo."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.away = False
        self.private: bool | None = None
        self.commits: list[dict[str, bytes]] = []
        self.squashed = 0

    def create_repo(self, repo_id: str, private: bool, repo_type: str, exist_ok: bool) -> Any:
        self._answer()
        assert (repo_id, repo_type, exist_ok) == (REPO, "dataset", True)
        self.private = private
        return SimpleNamespace(repo_id=repo_id)

    def hf_hub_download(self, repo_id: str, filename: str, repo_type: str, local_dir: str) -> str:
        assert (repo_id, repo_type) == (REPO, "dataset")
        if self.away:
            raise LocalEntryNotFoundError("no connection and nothing kept")
        if filename not in self.files:
            request = httpx.Request("GET", "http://127.0.0.1/")
            raise RemoteEntryNotFoundError("no file", response=httpx.Response(404, request=request))
        path = Path(local_dir) / filename
        path.write_bytes(self.files[filename])
        return str(path)

    def create_commit(
        self, repo_id: str, repo_type: str, operations: list[Any], commit_message: str
    ) -> str:
        self._answer()
        assert (repo_id, repo_type) == (REPO, "dataset")
        assert commit_message
        self.commits.append({one.path_in_repo: one.path_or_fileobj for one in operations})
        self.files.update(self.commits[-1])
        return "a commit"

    def super_squash_history(self, repo_id: str, repo_type: str) -> None:
        assert (repo_id, repo_type) == (REPO, "dataset")
        self.squashed += 1

    def run_as_future(self, function: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function())
        except Exception as error:  # noqa: BLE001 - a future holds whatever was raised
            future.set_exception(error)
        return future

    def _answer(self) -> None:
        if self.away:
            raise httpx.ConnectError("no connection")
