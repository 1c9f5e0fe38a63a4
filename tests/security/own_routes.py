"""The page's own routes as an OpenAPI description, for tests alone.

They belong to the page and may change with it: what programs call is Gradio's API, which describes
itself. So this is not served.
"""

from typing import Any

from mbtiface.faces.address import (
    AXES,
    LAYERS,
    MAX_AXIS,
    MAX_DIFFERENCE,
    MAX_STRENGTH,
    MOVED_BY,
)
from mbtiface.faces.clips import FORMATS
from mbtiface.faces.inversion_request import MAX_FACE, MAX_REFINE_STEPS
from mbtiface.personality.types import GENDERS, LETTERS
from mbtiface.ui.ahead import HEADER

STARTS = ["average:female", "seed:1", "type:ENTP:male", "letter:E:female", "match:INFP:male"]
GONE = "0" * 32
"""A token under which nothing is kept."""
TEXT, JSON_TYPE = {"type": "string"}, "application/json"
ERROR = {"type": "object", "required": ["error"], "properties": {"error": TEXT}}
KEYED_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "required": ["key"], "properties": {"key": TEXT}},
    },
}
BYTES = {"type": "string", "format": "binary"}


def query(name: str, schema: dict[str, Any], required: bool = False) -> dict[str, Any]:
    """A parameter of the query."""
    return {"name": name, "in": "query", "required": required, "schema": schema}


def answer(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A described answer."""
    return {"description": kind, "content": {kind: {"schema": schema}}}


def errors(*statuses: int, schema: dict[str, Any] = ERROR) -> dict[str, Any]:
    """Answers of errors by their status."""
    return {str(status): answer(JSON_TYPE, schema) for status in statuses}


def number(low: float, high: float) -> dict[str, Any]:
    """A number within bounds."""
    return {"type": "number", "minimum": low, "maximum": high}


def whole(low: int, high: int) -> dict[str, Any]:
    """A whole number within bounds."""
    return {"type": "integer", "minimum": low, "maximum": high}


def one_of(*values: Any) -> dict[str, Any]:
    """One of some values."""
    return {"enum": list(values)}


FACE = [
    query("start", one_of(*STARTS)),
    query("by", one_of(*MOVED_BY)),
    *(query(axis, number(-MAX_AXIS, MAX_AXIS)) for axis in AXES),
    query("difference", number(0, MAX_DIFFERENCE)),
    query("truncation", number(0, 1)),
    query("strength", number(0, MAX_STRENGTH)),
    query("layers", one_of(*LAYERS)),
    query("keep", one_of("person")),
]
AHEAD = {"name": HEADER, "in": "header", "required": False, "schema": TEXT}
"""Nobody waits for the answer yet."""
REFUSED_AHEAD = {"204": {"description": "others wait for their pictures"}}
LANGUAGE = query("lang", TEXT)
SURVEY = [
    query("form", one_of("quick"), required=True),
    query("answers", {"type": "string", "pattern": "^[0-4]{16}$"}, required=True),
    query("by", one_of(*MOVED_BY)),
]
JOIN = [
    *SURVEY,
    query("start", one_of(f"photo:{GONE}"), required=True),
    query("gender", one_of(*GENDERS), required=True),
]
JOIN_ERRORS = errors(400, 409, 410, 503, schema=KEYED_ERROR)
JOIN_ID = query("join_id", {"type": "string", "pattern": "^[0-9a-f]{32}$"}, required=True)
OWN = query("own", one_of("1"), required=True)


def operation(
    parameters: list[dict[str, Any]], responses: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """One method of a path."""
    return {"parameters": parameters, "responses": responses, **more}


DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "The page's own routes", "version": "1"},
    "paths": {
        "/health": {
            "get": operation([], {"200": answer(JSON_TYPE, {"type": "object"}), **errors(503)})
        },
        "/model": {"get": operation([LANGUAGE], {"200": answer(JSON_TYPE, {"type": "object"})})},
        "/made": {"get": operation([LANGUAGE], {"200": answer("text/html", TEXT)})},
        "/face": {
            "get": operation(
                [*FACE, query("size", one_of(256, 512, 1024)), AHEAD],
                {"200": answer("image/jpeg", BYTES), **REFUSED_AHEAD, **errors(400, 503)},
            )
        },
        "/card.png": {
            "get": operation(
                [*SURVEY, query("start", one_of(*STARTS)), LANGUAGE],
                {"200": answer("image/png", BYTES), **errors(400, 503)},
            )
        },
        "/clip": {
            "get": operation(
                [
                    *FACE,
                    query(
                        "letters",
                        {"type": "string", "pattern": f"^[{LETTERS}]{{1,3}}$"},
                        required=True,
                    ),
                    query("format", one_of(*FORMATS), required=True),
                    query("size", one_of(256)),
                ],
                {
                    "200": {
                        "description": "a clip",
                        "content": {
                            kind: {"schema": BYTES}
                            for kind in ("image/png", "image/gif", "image/webp", "video/mp4")
                        },
                    },
                    **errors(400, 503),
                },
            )
        },
        "/strip": {
            "get": operation(
                [
                    *FACE,
                    query("axis", one_of(*AXES), required=True),
                    query("near", number(-MAX_AXIS, MAX_AXIS)),
                    AHEAD,
                ],
                {
                    "200": answer("application/x-mbtiface-strip", BYTES),
                    **REFUSED_AHEAD,
                    **errors(400, 503),
                },
            )
        },
        "/photo": {
            "post": operation(
                [
                    query("face", whole(0, MAX_FACE)),
                    query("refine", whole(0, MAX_REFINE_STEPS)),
                    LANGUAGE,
                ],
                {
                    status: answer("application/x-ndjson", BYTES)
                    for status in ("200", "400", "413", "503")
                },
                requestBody={
                    "required": False,  # an empty one is answered by a key
                    "content": {"application/octet-stream": {"schema": BYTES}},
                },
            ),
            "delete": operation([query("photo", TEXT)], {"204": {"description": "forgotten"}}),
        },
        "/photo/forget": {
            "post": operation([query("photo", TEXT)], {"204": {"description": "forgotten"}})
        },
        "/join": {
            "get": operation([], {"200": answer(JSON_TYPE, {"type": "object"})}),
            "post": operation([*JOIN, JOIN_ID, OWN], JOIN_ERRORS),
            "delete": operation(JOIN, JOIN_ERRORS),
        },
    },
}
