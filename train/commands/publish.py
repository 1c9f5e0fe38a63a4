"""`python -m train publish --bundle DIR --repo owner/name`: push a bundle to the Hub."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from huggingface_hub import CommitOperationAdd, HfApi

from mbtiface.errors import HubError
from mbtiface.faces.loading import load
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.card import CARD, card
from mbtiface.weights.hub_bundle import SCHEME, HubName
from mbtiface.weights.manifest import MANIFEST, FileSpec, Manifest
from train.runs.config import announce

log = logging.getLogger(__name__)

REFUSED = (401, 403)
"""What the Hub answers who may not write."""


@dataclass(frozen=True)
class Config:
    """Push a bundle to a model repo of the Hub, where any program loads it by its name."""

    bundle: Path
    """Bundle folder; it is left as it is."""
    repo: str
    """`owner/name` of the model repo, made if need be."""
    private: bool = False
    """Make a new repo private; one that is there stays what it is."""
    dry_run: bool = False
    """Check the bundle, say what would be pushed, and stop."""


def main(config: Config) -> None:
    """Check the bundle as the app opens it, write its card, and push all of it in one commit.

    Raises:
        BundleError: the bundle cannot be used.
        HubError: the repo's name is none, or the Hub refuses or cannot be reached.
    """
    going = announce(config)
    if HubName.parse(SCHEME + config.repo).revision is not None:
        raise HubError(f"{config.repo!r} names a revision. Give the repo alone, as owner/name.")
    bundle = open_bundle(config.bundle)
    load(config.bundle, "cpu")  # every part that the app would build, and its averages
    files = contents(bundle.folder, bundle.manifest)
    for name, content in files.items():
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        log.info("%s: %.1f MB", name, size / 1e6)
    if not going:
        return
    manifest = bundle.manifest
    commit = push(config.repo, files, f"{manifest.name} {manifest.version}", config.private)
    log.info("It loads as %s%s@%s", SCHEME, config.repo, commit)


def contents(folder: Path, manifest: Manifest) -> dict[str, bytes | Path]:
    """Return what a repo gets: the manifest's files, the card as it is written now, the manifest.

    Only what the manifest lists leaves this machine, whatever else lies in the folder.
    """
    written = card(manifest).encode()
    spec = FileSpec(len(written), sha256(written).hexdigest())
    manifest = replace(manifest, files={**manifest.files, CARD: spec})
    files: dict[str, bytes | Path] = {name: folder / name for name in manifest.files}
    return {**files, CARD: written, MANIFEST: manifest.to_json().encode()}


def push(repo: str, files: dict[str, bytes | Path], message: str, private: bool) -> str:
    """Push files into a model repo in one commit, and return the commit.

    Raises:
        HubError: the Hub refuses, or cannot be reached.
    """
    api = HfApi()
    operations = [
        CommitOperationAdd(path_in_repo=name, path_or_fileobj=content)
        for name, content in files.items()
    ]
    with _told(repo):
        api.create_repo(repo, private=private, exist_ok=True)
        info = api.create_commit(repo, operations, commit_message=message)
    return str(info.oid)


@contextmanager
def _told(repo: str) -> Iterator[None]:
    """Turn what the Hub's library raises into our error."""
    try:
        yield
    except Exception as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in REFUSED:
            advice = f"Set HF_TOKEN to a token that may write to {repo.split('/')[0]}."
        else:
            advice = "Check the connection to the Hub (HF_ENDPOINT), and run the command again."
        said = (str(error).splitlines() or [""])[0].rstrip(".")
        raise HubError(
            f"The Hub repo {repo} cannot be written: {type(error).__name__}: {said}. {advice}"
        ) from error
