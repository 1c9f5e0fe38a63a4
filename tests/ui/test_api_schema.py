"""What programs rely on does not change without a test that says so."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.ui.api_schema import differences, frozen_schema, schema

Schema = dict[str, Any]


def test_the_endpoints_are_as_they_were_frozen() -> None:
    found = differences(frozen_schema(), schema())
    assert not found, "\n".join(["", *found, "To freeze: python -m tests.ui.api_schema"])


def test_a_schema_differs_in_nothing_from_itself() -> None:
    assert differences(frozen_schema(), frozen_schema()) == []


def parameter(schema: Schema, place: int) -> Schema:
    found: Schema = schema["morph"]["parameters"][place]
    return found


def result(schema: Schema, endpoint: str = "morph") -> Schema:
    found: Schema = schema[endpoint]["results"][0]
    return found


BREAKING: dict[str, tuple[Callable[[Schema], object], str]] = {
    "endpoint gone": (lambda s: s.pop("morph"), 'morph: the endpoint: was "there", is (nothing)'),
    "parameter renamed": (
        lambda s: parameter(s, 3).update(name="power"),
        'morph: name of parameter 3 (strength): was "strength", is "power"',
    ),
    "parameter of another type": (
        lambda s: parameter(s, 6).update(type={"type": "number"}),
        'morph: type of parameter 6 (size): was {"type": "integer"}, is {"type": "number"}',
    ),
    "a choice less": (
        lambda s: parameter(s, 2)["type"]["enum"].remove("both"),
        'morph: type of parameter 2 (gender): was {"enum": ["female", "male", "both"]}, '
        'is {"enum": ["female", "male"]}',
    ),
    "another default": (
        lambda s: parameter(s, 6).update(default=256),
        "morph: default of parameter 6 (size): was 512, is 256",
    ),
    "required now": (
        lambda s: parameter(s, 1).pop("default"),
        "morph: default of parameter 1 (axes): was null, is (nothing)",
    ),
    "last parameter gone": (
        lambda s: s["morph"]["parameters"].pop(),
        'morph: name of parameter 8 (bundle): was "bundle", is (nothing)',
    ),
    "two parameters exchanged": (
        lambda s: s["morph"]["parameters"].insert(0, s["morph"]["parameters"].pop(1)),
        'morph: name of parameter 0 (start): was "start", is "axes"',
    ),
    "an optional one in the middle": (
        lambda s: s["morph"]["parameters"].insert(4, {"name": "x", "type": {}, "default": None}),
        'morph: name of parameter 4 (layers): was "layers", is "x"',
    ),
    "a required one at the end": (
        lambda s: s["morph"]["parameters"].append({"name": "x", "type": {}}),
        'morph: parameter x: was (nothing), is "required"',
    ),
    "a key of a result gone": (
        lambda s: result(s)["properties"].pop("w"),
        "morph: result 0.w: was ",
    ),
    "a key of a result of another type": (
        lambda s: result(s, "score")["properties"].update(code={"type": "integer"}),
        'score: result 0.code.type: was "string", is "integer"',
    ),
    "a key deep in a list": (
        lambda s: result(s, "ideal_match")["items"]["properties"]["bundle"]["properties"].pop(
            "name"
        ),
        "ideal_match: result 0.items.bundle.name: was ",
    ),
    "a list instead of an object": (
        lambda s: s["score"].update(results=[{"type": "array", "items": {}}]),
        "score: result 0",
    ),
    "a result more": (
        lambda s: s["score"]["results"].append({"type": "string"}),
        "score: number of results: was 1, is 2",
    ),
}


@pytest.mark.parametrize(("change", "difference"), BREAKING.values(), ids=BREAKING)
def test_what_a_program_would_notice_is_breaking(
    change: Callable[[Schema], object], difference: str
) -> None:
    altered = copy.deepcopy(frozen_schema())
    change(altered)
    found = differences(frozen_schema(), altered)
    assert any(line.startswith(f"breaking: {difference}") for line in found), found


NEW: dict[str, tuple[Callable[[Schema], object], str]] = {
    "endpoint": (
        lambda s: s.update(more={"parameters": [], "results": []}),
        "more: the endpoint is there",
    ),
    "optional parameter at the end": (
        lambda s: s["morph"]["parameters"].append({"name": "x", "type": {}, "default": None}),
        "morph: parameter x, which may be left out",
    ),
    "key of a result": (
        lambda s: result(s)["properties"].update(more={"type": "string"}),
        "morph: result 0.more",
    ),
}


@pytest.mark.parametrize(("change", "difference"), NEW.values(), ids=NEW)
def test_what_only_adds_is_told_apart(change: Callable[[Schema], object], difference: str) -> None:
    altered = copy.deepcopy(frozen_schema())
    change(altered)
    assert differences(frozen_schema(), altered) == [f"new: freeze again: {difference}"]
