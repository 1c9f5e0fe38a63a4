"""Every command's first steps: show the resolved config, stop on a dry run, keep the config."""

import json
import logging
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from mbtiface.errors import SourceError

log = logging.getLogger(__name__)


def resolved(config: Any) -> dict[str, Any]:
    """A frozen dataclass as plain json values."""
    return json.loads(json.dumps(asdict(config), default=str))


def announce(config: Any) -> bool:
    """Log the resolved config; return False if it asks for a dry run only."""
    values = resolved(config)
    log.info("%s", json.dumps(values, indent=2, ensure_ascii=False))
    return not values.get("dry_run", False)


def keep_config(folder: Path, config: Any, ignored: tuple[str, ...] = ("dry_run",)) -> None:
    """Write `config.json` into a run folder, or check that the one there is the same.

    Raises:
        SourceError: the folder belongs to a run with another config.
    """
    values = {key: value for key, value in resolved(config).items() if key not in ignored}
    path = folder / "config.json"
    if path.exists():
        # Options that are newer than the run count as left alone.
        earlier = _filled(json.loads(path.read_text("utf-8")), _usual(config))
        earlier = {key: value for key, value in earlier.items() if key not in ignored}
        if earlier != values:
            changed = sorted(_difference(earlier, values))
            raise SourceError(
                f"{folder} holds a run with another {', '.join(changed)}. "
                "Give the same options to go on, or another folder to start anew."
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, values)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write json so that a killed process leaves the old file or the new one, never half."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")
    partial.replace(path)


def _usual(config: Any) -> dict[str, Any]:
    """The values of options that nobody gives, those inside options too."""
    given: dict[str, Any] = {}
    for each in fields(config):
        if each.default is not MISSING:
            given[each.name] = each.default
        elif each.default_factory is not MISSING:
            given[each.name] = _plain(each.default_factory())
    return dict(json.loads(json.dumps(given, default=str)))


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _filled(values: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Values, and the usual ones where there are none."""
    filled = dict(usual) | dict(values)
    for name, value in usual.items():
        if isinstance(value, Mapping) and isinstance(filled[name], Mapping):
            filled[name] = _filled(filled[name], value)
    return filled


def _difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> set[str]:
    return {key for key in {*a, *b} if a.get(key) != b.get(key)}
