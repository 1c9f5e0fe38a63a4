"""One file of a Hub repo: huggingface_hub's own download, our deadline around it, our messages."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mbtiface.errors import HubError
from mbtiface.weights.deadline import Deadline

DEADLINE_S = 120.0
"""Seconds that fetching may take where nothing else is said (`MBTIFACE_HUB_DEADLINE`)."""
RAISE_DEADLINE = "raise MBTIFACE_HUB_DEADLINE (seconds)"
COMMIT = re.compile("[0-9a-f]{40}")
Advance = Callable[[int], None]
"""Called with the bytes that have come since the last call; what it raises ends the download."""


def fetch_file(
    repo: str,
    file: str,
    revision: str | None = None,
    deadline: Deadline | None = None,
    advance: Advance | None = None,
    max_bytes: int | None = None,
) -> Path:
    """Fetch one file into the Hub's usual cache, unless it is there, and return where it lies.

    It lies at `.../snapshots/COMMIT/FILE`: so the commit of a branch or tag is told. With a full
    commit as revision a cached file takes no request; otherwise one that is cached serves where the
    Hub cannot be reached.

    Args:
        repo: `owner/name` of a model repo.
        file: path inside the repo.
        revision: branch, tag or commit; None for the main branch.
        deadline: shared with other calls; None for one of `DEADLINE_S` for this call.
        advance: called while it comes, from another thread.
        max_bytes: a larger file is refused, at best before any of it has come.

    Raises:
        HubError: the message names repo, file and what to do.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    if revision is not None and COMMIT.fullmatch(revision):
        # hf_hub_download makes no request for the file either, but now and then one for its own
        # purposes before it looks.
        found = try_to_load_from_cache(repo, file, revision=revision)
        if isinstance(found, str):
            return Path(found)
    deadline = deadline or Deadline(DEADLINE_S)
    ended: list[bool] = []
    bar = _bar(advance, ended, max_bytes)
    try:
        path = deadline.run(lambda: hf_hub_download(repo, file, revision=revision, tqdm_class=bar))
    except Exception as error:
        raise hub_error(error, repo, file, revision) from error
    finally:
        ended.append(True)  # a download that was left behind ends with its next block
    return Path(path)


def hub_error(error: Exception, repo: str, file: str, revision: str | None = None) -> HubError:
    """Return our error for what huggingface_hub raised: which file, why, and what to do."""
    if isinstance(error, HubError):
        return error
    what = f"{file} of the Hub repo {repo}" + (f" at {revision}" if revision else "")
    why, advice = _why(error, repo)
    return HubError(f"{what} cannot be fetched: {why}. {advice}")


def _why(error: Exception, repo: str) -> tuple[str, str]:
    """Reason and advice, by what the library raised: its classes overlap, so order matters."""
    from huggingface_hub import errors

    if isinstance(error, _TooLargeError):
        return str(error), f"It is another file than the one meant: tell the owner of {repo}."
    status = _status(error)
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else None
    if isinstance(error, TimeoutError):
        return str(error), f"Try again later, or {RAISE_DEADLINE}."
    if isinstance(error, errors.GatedRepoError):
        return (
            "the repo is gated",
            f"Ask for access on the page of {repo}, then set HF_TOKEN to a token that has it.",
        )
    if isinstance(error, errors.RepositoryNotFoundError) or status in (401, 403):
        return (
            "there is no such repo, or it is private",
            "Check the name; for a private one set HF_TOKEN to a token that may read it.",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return "there is no such revision", "Name a branch, a tag or a commit that the repo has."
    if isinstance(error, errors.RemoteEntryNotFoundError) or status == 404:
        return "the repo has no such file", "Check the repo's name and revision."
    if isinstance(error, errors.HFValidationError):
        return f"the name is not allowed ({error})", "Give the repo as owner/name."
    if isinstance(error, errors.OfflineModeIsEnabled) or _offline():
        return (
            "HF_HUB_OFFLINE is set and it is not in the cache",
            "Unset HF_HUB_OFFLINE once, or copy the cache (HF_HOME) from a machine that has it.",
        )
    if isinstance(error, errors.LocalEntryNotFoundError) and cause is not None:
        return _why(cause, repo)
    if status is not None:
        return f"the Hub answered {status}", "Try again in a few minutes."
    said = str(error).splitlines() or [""]
    return (
        f"{type(error).__name__}: {said[0].rstrip('.')}",
        "Check this machine's connection to the Hub (HF_ENDPOINT) and its disk (HF_HOME).",
    )


def _status(error: Exception) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _offline() -> bool:
    from huggingface_hub import constants

    return bool(constants.is_offline_mode())


class _TooLargeError(Exception):
    """More comes than was expected."""


def _bar(advance: Advance | None, ended: list[bool], max_bytes: int | None) -> type[Any]:
    """A progress bar as huggingface_hub takes one: shows nothing, passes on, ends what it must."""
    from huggingface_hub.utils.tqdm import tqdm

    def check(size: float) -> None:
        if max_bytes is not None and size > max_bytes:
            raise _TooLargeError(f"it has {size:.0f} bytes or more, but {max_bytes} are right")

    class Bar(tqdm):
        """Silent."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "disable": True})
            self.come = 0.0
            check(kwargs.get("total") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            if ended:
                raise InterruptedError("The download was given up.")
            self.come += n or 0
            check(self.come)
            if advance is not None:
                advance(int(n or 0))
            return None

    return Bar
