"""The environment, read once into a frozen value. No other file of the package reads it."""

import os
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from mbtiface.errors import SettingsError, StateError
from mbtiface.texts import languages

DEVICES = ("auto", "cpu", "cuda")
ENGINES = ("auto", "openvino", "torch")
SWITCH = ("on", "off")
LOGS = ("text", "json")
MIN_DEADLINE_S, MAX_DEADLINE_S = 0.1, 86400.0
REPO = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
"""`owner/name` on the Hub."""
Network = IPv4Network | IPv6Network
PRIVATE_NETWORKS: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
"""Addresses that no visitor from the internet has: inside a cloud they are its own machines."""


@dataclass(frozen=True)
class Settings:
    """What the environment asks for; `read_settings` makes one."""

    model: str = "auto"
    """`auto`, `embedded`, a bundle folder, or `hf://owner/name[@revision]`."""
    revision: str | None = None
    """Hub revision when `model` does not name one."""
    hub_deadline_s: float = 120.0
    """Seconds that fetching a bundle from the Hub may take, all its files together."""
    device: str = "auto"
    """`auto`, `cpu` or `cuda`."""
    engine: str = "auto"
    """What networks run by: `auto` (the fastest that works), `openvino` or `torch`."""
    state_dir: Path = Path.home() / ".mbtiface"
    """Folder for compiled networks and the database; made on first use."""
    language: str = "auto"
    """`auto` (the browser's), or a language that `assets/texts/` has a file of."""
    concurrency: int = 2
    """Pictures rendered at the same time."""
    max_upload_mb: int = 20
    """Largest photo accepted, in MB."""
    contributions: bool = True
    """Whether visitors may let their face join its type's average."""
    database_url: str | None = field(default=None, repr=False)  # it may hold a password
    """Where the community averages lie; None for SQLite in `state_dir`."""
    state_repo: str | None = None
    """`owner/name` of the dataset repo that snapshots of the averages go to; None for none."""
    proxies: tuple[Network, ...] = ()
    """Networks of the proxies in front of this program: what they say of a visitor's address is
    believed, what anybody else says is not."""
    mcp: bool = False
    """Whether the page is a server of the Model Context Protocol too."""
    api_per_minute: int = 120
    """Calls of public endpoints that one visitor's address may make a minute; 0 = as many as any.
    What the page itself asks for is not counted."""
    api_max_kb: int = 512
    """Largest JSON body of a call, in units of 1000 bytes; a latent takes up to 250."""
    host: str = "127.0.0.1"
    """Address to serve on; a Space serves on 0.0.0.0."""
    port: int = 7860
    """Port to serve on."""
    log: str = "text"
    """Form of the log: `text` for people, `json` for machines, one object a line."""
    public_host: str | None = None
    """Host that visitors know this page by, as a Space is told; None: the one they asked for."""


def read_settings(
    environ: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> Settings:
    """Read the `MBTIFACE_*` variables (and Gradio's own server name and port).

    `arguments`: of the command line; `--model` and `--mcp` come before the variables.

    Raises:
        SettingsError: a variable holds a value that cannot be used.
    """
    env = os.environ if environ is None else environ
    defaults = Settings()
    on_space = bool(env.get("SPACE_ID"))
    options = _options(arguments)
    return Settings(
        model=options.model or env.get("MBTIFACE_MODEL") or defaults.model,
        revision=env.get("MBTIFACE_REVISION") or None,
        hub_deadline_s=read_hub_deadline_s(env),
        device=_choice(env, "MBTIFACE_DEVICE", DEVICES, defaults.device),
        engine=_choice(env, "MBTIFACE_ENGINE", ENGINES, defaults.engine),
        state_dir=Path(env.get("MBTIFACE_STATE_DIR") or defaults.state_dir).expanduser(),
        language=_choice(env, "MBTIFACE_LANG", ("auto", *languages()), defaults.language),
        concurrency=_integer(env, "MBTIFACE_CONCURRENCY", defaults.concurrency, 1, 64),
        max_upload_mb=_integer(env, "MBTIFACE_MAX_UPLOAD_MB", defaults.max_upload_mb, 1, 200),
        contributions=_choice(env, "MBTIFACE_CONTRIBUTIONS", SWITCH, "on") == "on",
        database_url=env.get("MBTIFACE_DATABASE_URL") or None,
        state_repo=_repo(env, "MBTIFACE_STATE_REPO"),
        proxies=_networks(env, "MBTIFACE_PROXIES", PRIVATE_NETWORKS if on_space else ()),
        mcp=options.mcp or _choice(env, "MBTIFACE_MCP", SWITCH, "off") == "on",
        api_per_minute=_integer(env, "MBTIFACE_API_PER_MINUTE", defaults.api_per_minute, 0, 10**6),
        api_max_kb=_integer(env, "MBTIFACE_API_MAX_KB", defaults.api_max_kb, 16, 10**5),
        host=env.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if on_space else defaults.host),
        port=_integer(env, "GRADIO_SERVER_PORT", defaults.port, 1, 65535),
        log=_choice(env, "MBTIFACE_LOG", LOGS, defaults.log),
        public_host=env.get("SPACE_HOST") or None,
    )


def _options(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="python app.py", description="Serve the page.", allow_abbrev=False)
    help = "auto, embedded, a bundle folder, or hf://owner/name[@revision] (MBTIFACE_MODEL)"
    parser.add_argument("--model", help=help)
    help = "serve the endpoints to assistants too, by the Model Context Protocol (MBTIFACE_MCP)"
    parser.add_argument("--mcp", action="store_true", help=help)
    return parser.parse_args(arguments)


def read_hub_deadline_s(environ: Mapping[str, str] | None = None) -> float:
    """Read `MBTIFACE_HUB_DEADLINE`: seconds that fetching a bundle from the Hub may take.

    Raises:
        SettingsError: it is no number, or not within 0.1 s to a day.
    """
    text = (os.environ if environ is None else environ).get("MBTIFACE_HUB_DEADLINE")
    if not text:
        return Settings.hub_deadline_s
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not MIN_DEADLINE_S <= seconds <= MAX_DEADLINE_S:
        raise SettingsError(
            f"MBTIFACE_HUB_DEADLINE is {text!r}, but must be a number of seconds from "
            f"{MIN_DEADLINE_S:g} to {MAX_DEADLINE_S:g}. Change it or unset it."
        )
    return seconds


def read_zero_gpu(environ: Mapping[str, str] | None = None) -> bool:
    """Whether this is a ZeroGPU Space: `SPACES_ZERO_GPU`, which the Hub sets there."""
    text = (os.environ if environ is None else environ).get("SPACES_ZERO_GPU", "")
    return text.lower() in ("1", "t", "true")


def _choice(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = env.get(name) or default
    if value not in allowed:
        raise SettingsError(
            f"{name} is {value!r}, but must be one of {', '.join(allowed)}. Change it or unset it."
        )
    return value


def _integer(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise SettingsError(
            f"{name} is {text!r}, but must be a whole number from {low} to {high}. "
            "Change it or unset it."
        )
    return int(text)


def _repo(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name)
    if text and not REPO.fullmatch(text):
        raise SettingsError(
            f"{name} is {text!r}, but must be a dataset repo as owner/name. Change it or unset it."
        )
    return text or None


def _networks(
    env: Mapping[str, str], name: str, default: tuple[Network, ...]
) -> tuple[Network, ...]:
    """Read `private`, `none`, or addresses and networks set apart by commas."""
    text = env.get(name, "").strip()
    if not text:
        return default
    if text in ("private", "none"):
        return PRIVATE_NETWORKS if text == "private" else ()
    try:
        return tuple(ip_network(part.strip()) for part in text.split(","))
    except ValueError:
        raise SettingsError(
            f"{name} is {text!r}, but must be private, none, or the addresses of the proxies in "
            "front, as 10.0.0.5,192.168.0.0/16. Change it or unset it."
        ) from None


def writable_state_dir(settings: Settings) -> Path:
    """Make the state folder if need be and return it.

    Raises:
        StateError: the folder cannot be made or written.
    """
    folder = settings.state_dir
    probe = folder / f".write-test-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StateError(
            f"The state folder {folder} cannot be written ({error.strerror or error}). "
            "Point MBTIFACE_STATE_DIR at a folder that this user may write."
        ) from error
    return folder
