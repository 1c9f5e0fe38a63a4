"""The frozen schema of the public endpoints: `python -m tests.ui.api_schema` freezes it again.

Freeze it on purpose alone: programs of other people rely on every line of `api_schema.json`. What
only adds to it is `new`; what a program could notice is `breaking`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.ui.built_page import named_endpoints

FROZEN = Path(__file__).with_name("api_schema.json")
WORDS = ("additional_description", "description", "examples")
"""Parts of a type that are for people; they may change."""
NOTHING = "(nothing)"


def schema() -> dict[str, Any]:
    """Return names, types, order and defaults of what every endpoint takes and gives, as it is."""
    return {
        name: {
            "parameters": [_parameter(one) for one in endpoint["parameters"]],
            "results": [_type(one["type"]) for one in endpoint["returns"]],
        }
        for name, endpoint in named_endpoints().items()
    }


def _parameter(one: dict[str, Any]) -> dict[str, Any]:
    default = {"default": one["parameter_default"]} if one["parameter_has_default"] else {}
    return {"name": one["parameter_name"], "type": _type(one["type"])} | default


def _type(described: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in described.items() if key not in WORDS}


def differences(frozen: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return each difference in one line: `breaking: ...` or `new: freeze again: ...`."""
    return [*_endpoints(frozen, now)]


def _endpoints(frozen: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name in now.keys() - frozen.keys():
        yield _new(name, "the endpoint is there")
    for name, before in frozen.items():
        if name not in now:
            yield _breaking(name, "the endpoint", "there", NOTHING)
            continue
        yield from _parameters(name, before["parameters"], now[name]["parameters"])
        before, after = before["results"], now[name]["results"]
        if len(before) != len(after):
            yield _breaking(name, "number of results", len(before), len(after))
        for place, pair in enumerate(zip(before, after, strict=False)):
            yield from _results(name, f"result {place}", *pair)


def _parameters(endpoint: str, frozen: list[Any], now: list[Any]) -> Iterator[str]:
    for place, before in enumerate(frozen):
        after = now[place] if place < len(now) else {}
        for key in ("name", "type", "default"):
            # The default may be null: leaving it out is not the same.
            old, new = before.get(key, NOTHING), after.get(key, NOTHING)
            if old != new:
                yield _breaking(
                    endpoint, f"{key} of parameter {place} ({before['name']})", old, new
                )
    for added in now[len(frozen) :]:
        if "default" in added:
            yield _new(endpoint, f"parameter {added['name']}, which may be left out")
        else:
            yield _breaking(endpoint, f"parameter {added['name']}", NOTHING, "required")


def _results(endpoint: str, where: str, frozen: Any, now: Any) -> Iterator[str]:
    """Compare a result's type: what an object holds besides is new, all else breaks."""
    if isinstance(frozen, dict) and isinstance(now, dict) and "properties" in frozen:
        held, holds = frozen["properties"], now.get("properties", {})
        for name in holds.keys() - held.keys():
            yield _new(endpoint, f"{where}.{name}")
        for name, before in held.items():
            yield from _results(endpoint, f"{where}.{name}", before, holds.get(name, NOTHING))
        gone = sorted(set(frozen.get("required", [])) - set(now.get("required", [])))
        if gone and set(gone) & holds.keys():
            yield _breaking(endpoint, f"{where}: always there", gone, NOTHING)
        # What is compared above is compared no more.
        rest = [
            {key: value for key, value in one.items() if key not in ("properties", "required")}
            for one in (frozen, now)
        ]
        if rest[0] != rest[1]:
            yield _breaking(endpoint, where, *rest)
    elif isinstance(frozen, dict) and isinstance(now, dict) and frozen.keys() == now.keys():
        for key, before in frozen.items():
            yield from _results(endpoint, f"{where}.{key}", before, now[key])
    elif isinstance(frozen, list) and isinstance(now, list) and len(frozen) == len(now):
        for place, pair in enumerate(zip(frozen, now, strict=True)):
            yield from _results(endpoint, f"{where}[{place}]", *pair)
    elif frozen != now:
        yield _breaking(endpoint, where, frozen, now)


def _breaking(endpoint: str, what: str, before: object, after: object) -> str:
    return f"breaking: {endpoint}: {what}: was {_text(before)}, is {_text(after)}"


def _new(endpoint: str, what: str) -> str:
    return f"new: freeze again: {endpoint}: {what}"


def _text(value: object) -> str:
    return value if value == NOTHING else json.dumps(value)  # type: ignore[return-value]


def frozen_schema() -> dict[str, Any]:
    """Return the schema as it was frozen."""
    found: dict[str, Any] = json.loads(FROZEN.read_text("utf-8"))
    return found


def main() -> None:
    """Freeze the schema as it is."""
    FROZEN.write_text(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
