"""Published weights that loss terms need: where they are, fetched, checked by digest, read.

No file is read whose sha256 was not known before, and none is read by a loader that runs code.
"""

import hashlib
import logging
import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

import httpx2
import torch
from huggingface_hub import get_session, hf_hub_download, hf_hub_url, try_to_load_from_cache
from safetensors import SafetensorError
from safetensors.torch import load as read_safetensors

from mbtiface.errors import SourceError

log = logging.getLogger(__name__)

OFF = "--options.weights.{term} 0"
FILE = "--published.files {name} PATH"
DIGEST = "--published.digests {name} SHA256"
"""The options that errors name: term off, file, digest."""
PROBE_SECONDS = 5.0
HUB_FILE = re.compile(r"hf://(?P<repo>[^/@]+/[^/@]+)(@(?P<revision>[^/@]+))?/(?P<file>[^@]+)")


@dataclass(frozen=True)
class WeightFile:
    """One published file: what for, where, which bytes."""

    name: str
    """Key of the table, and of the options that replace the file or its digest."""
    term: str
    """Term of the loss that needs it."""
    file: str
    """Path inside the Hub repository; the usual file name where there is none."""
    repo: str | None = None
    """Hub repository; None = none is known."""
    revision: str = "main"
    """Commit of the repository where one is known; the digest pins the bytes in any case."""
    sha256: str | None = None
    """Digest in lower-case hexadecimal; None = not known, so it must be given."""
    path: Path | None = None
    """The file on this machine; None = from the Hub."""

    def __str__(self) -> str:
        if self.path is not None:
            return str(self.path)
        return f"{self.file} of {self.repo or 'no known Hub repository'}"


# None could be fetched when this was written. Digests of AlexNet and VGG-16 begin with what the
# makers put into the original names; those of the linear layers are of the PyPI wheel lpips 0.1.4.
# The one of IR-SE-50 is that of the file as several projects publish it (`model_ir_se50.pth`,
# `recognition_arcface_ir_se50.pth`); a copy that was saved anew needs its own.
FILES = (
    WeightFile(
        "vgg16",
        "lpips",
        "model.safetensors",
        "timm/vgg16.tv_in1k",
        "b8d8aa2dd860af9233c8c67385a8097fd6c35d3f",
        "57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
    ),
    WeightFile(
        "lpips-vgg",
        "lpips",
        "LPIPS_v0.1_vgg-a78928a0.pth",
        "chaofengc/IQA-PyTorch-Weights",
        sha256="a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
    ),
    WeightFile(
        "alexnet",
        "lpips",
        "alexnet-owt-7be5be79.pth",
        sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    ),
    WeightFile(
        "lpips-alex",
        "lpips",
        "LPIPS_v0.1_alex-df73285e.pth",
        "chaofengc/IQA-PyTorch-Weights",
        sha256="df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    ),
    WeightFile(
        "ir-se-50",
        "identity",
        "pretrained_models/ArcFace/ir_se50.pth",
        "AIRI-Institute/HairFastGAN",
        "47855f8ea72b02294649385211a1ae1fd7dcb58e",
        "a035c768259b98ab1ce0e646312f48b9e1e218197a0f80ac6765e88f8b6ddf28",
    ),
    WeightFile("moco-v2", "moco", "moco_v2_800ep_pretrain.pth.tar"),
)
TABLE: Mapping[str, WeightFile] = {each.name: each for each in FILES}


@dataclass(frozen=True)
class PublishedChoices:
    """Where published weights come from, where the table is not to be followed."""

    files: dict[str, str] = field(default_factory=dict)
    """Name (vgg16, lpips-vgg, alexnet, lpips-alex, ir-se-50, moco-v2) -> path, or
    hf://owner/name@revision/file. Another file needs its digest too, unless it is the same."""
    digests: dict[str, str] = field(default_factory=dict)
    """Name -> sha256 of the file, in place of the known one or where none is known."""
    lpips_network: Literal["vgg", "alex"] = "vgg"
    """Network of LPIPS; pSp's is `alex`, whose AlexNet is not on the Hub."""


def chosen(name: str, choices: PublishedChoices) -> WeightFile:
    """Return an entry of the table as the choices change it.

    Raises:
        SourceError: a choice for an unknown name, an unusable address or digest.
    """
    if unknown := sorted({*choices.files, *choices.digests} - set(TABLE)):
        raise SourceError(
            f"No published weights are named {', '.join(unknown)}; known are {', '.join(TABLE)}."
        )
    entry = TABLE[name]
    if (address := choices.files.get(name)) is not None:
        entry = _at(entry, address)
    if (digest := choices.digests.get(name)) is not None:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
            raise SourceError(f"{digest!r} is no sha256 of {name}: give its 64 hexadecimal digits.")
        entry = replace(entry, sha256=digest.lower())
    return entry


def read_weights(entry: WeightFile) -> Any:
    """Fetch, check and read a file: what it holds, tensors on the CPU and plain values only.

    Raises:
        SourceError: it cannot be had, is another file, or holds more than tensors; names the term,
            the file, and the options that help.
    """
    if entry.sha256 is None:
        raise SourceError(
            f"The term {entry.term} needs {entry}, whose sha256 is not known here, and unchecked "
            f"files are not read. Give it by {DIGEST.format(name=entry.name)}, "
            f"or {_without(entry)}."
        )
    path = _fetch(entry)
    try:
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            if digest != entry.sha256:
                raise SourceError(
                    f"{entry}, which the term {entry.term} needs, has sha256 {digest}, expected "
                    f"{entry.sha256}. Fetch it again; if you know this file to be right, say "
                    f"{DIGEST.format(name=entry.name)}; or {_without(entry)}."
                )
            # The same open file: nobody can put another one in its place in between.
            opened.seek(0)
            return _parse(opened, safetensors=path.suffix == ".safetensors")
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise SourceError(
            f"{entry}, which the term {entry.term} needs, cannot be read as tensors ({reason}). "
            f"Give another file by {FILE.format(name=entry.name)}, or {_without(entry)}."
        ) from error


def _parse(opened: BinaryIO, safetensors: bool) -> Any:
    if safetensors:
        return read_safetensors(opened.read())
    # Tensors and plain values only: no code of the file is run.
    return torch.load(opened, map_location="cpu", weights_only=True)


def _at(entry: WeightFile, address: str) -> WeightFile:
    if not address.startswith("hf://"):
        return replace(entry, path=Path(address).expanduser())
    if (match := HUB_FILE.fullmatch(address)) is None:
        raise SourceError(
            f"{address!r} is no address of {entry.name}: "
            "write hf://owner/name@revision/path/of/file, or a path."
        )
    return replace(
        entry, repo=match["repo"], revision=match["revision"] or "main", file=match["file"]
    )


def _fetch(entry: WeightFile) -> Path:
    if entry.path is not None:
        if entry.path.is_file():
            return entry.path
        raise SourceError(
            f"{entry.path}, which the term {entry.term} needs, is no file. Correct "
            f"{FILE.format(name=entry.name)}, or {_without(entry)}."
        )
    if entry.repo is None:
        raise SourceError(
            f"The term {entry.term} needs {entry.file}, and no Hub repository is known to hold it. "
            f"Give it by {FILE.format(name=entry.name)} (or hf://owner/name@revision/file), "
            f"or {_without(entry)}."
        )
    try:
        cached = try_to_load_from_cache(entry.repo, entry.file, revision=entry.revision)
        if isinstance(cached, str):
            return Path(cached)
        # Where nothing answers, the download itself would try for half a minute.
        get_session().head(
            hf_hub_url(entry.repo, entry.file, revision=entry.revision), timeout=PROBE_SECONDS
        )
        log.info("fetching %s for the term %s", entry, entry.term)
        return Path(hf_hub_download(entry.repo, entry.file, revision=entry.revision))
    except (OSError, ValueError, httpx2.HTTPError) as error:
        reason = str(error).split("\n", 1)[0]
        raise SourceError(
            f"The term {entry.term} needs {entry} at {entry.revision}, which cannot be fetched "
            f"({reason}). Give a copy by {FILE.format(name=entry.name)}, or {_without(entry)}."
        ) from error


def _without(entry: WeightFile) -> str:
    return f"switch the term off by {OFF.format(term=entry.term)}"
