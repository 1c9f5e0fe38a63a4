"""What a request to the endpoints asks: its JSON, checked before Gradio sees it, and its call.

Gradio takes what it cannot read as a fault of its own (status 500) or fails in the middle of the
answer; so depth, texts, names and numbers of values are checked here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import gradio as gr

from mbtiface.ui.api_values import shown

MAX_DEPTH = 32
"""Objects and lists inside each other; a latent in a call of a tool lies 6 deep."""
BY_NAME = re.compile(r"/gradio_api/(call/v2|call|run|api)/([^/]+)/?")
JOIN = re.compile(r"/gradio_api/queue/join/?")
FILE = "gradio.FileData"


class RefusedError(Exception):
    """A request is not passed on; `status` and `code` are what its sender is told."""

    def __init__(self, status: HTTPStatus, code: str, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.wait_s = wait_s


def read_json(body: bytes) -> Any:
    """Return the JSON value of a body.

    Raises:
        RefusedError: it is no JSON, holds NaN, an endless number or half a character, or is
            deeper than 32 levels.
    """
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        message = "The body is no JSON that can be read. NaN and Infinity are no JSON."
        raise _bad(message) from None
    # By hand, not by recursion: depth is what is being checked.
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return value
    raise _bad(f"The body is deeper than {MAX_DEPTH} levels.")


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value
    elif isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _bad("A text of the body holds half a character (a lone surrogate).") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _bad(message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> RefusedError:
    return RefusedError(status, "E_INPUT", message)


@dataclass(frozen=True)
class Endpoint:
    """What a call of one endpoint must bring."""

    name: str
    parameters: tuple[str, ...]
    required: frozenset[str]

    def check_named(self, body: object) -> None:
        """Raise `RefusedError` unless a body is an object that names parameters of this one."""
        if not isinstance(body, dict):
            raise _bad(f"{self.name} takes an object of its parameters.")
        if unknown := [name for name in body if name not in self.parameters]:
            known = ", ".join(self.parameters) or "nothing"
            raise _bad(f"{self.name} knows no {shown(unknown[0])}. It takes {known}.")
        if missing := sorted(self.required - body.keys()):
            raise _bad(f"{self.name} needs {', '.join(missing)}.")

    def check_placed(self, data: object) -> None:
        """Raise `RefusedError` unless a list has one value for each parameter."""
        if not isinstance(data, list) or len(data) != len(self.parameters):
            raise _bad(
                f"{self.name} takes {len(self.parameters)} values in data: "
                f"{', '.join(self.parameters)}. By name: /gradio_api/call/v2/{self.name}."
            )


class Endpoints:
    """The functions that a page's requests may call: the public ones, and the page's own."""

    def __init__(self, public: Mapping[int, Endpoint], hidden: Mapping[int, str]) -> None:
        """`public`: those for programs, by number; `hidden`: names of all others."""
        self._public = public
        self._hidden = hidden
        self._names = {endpoint.name: endpoint for endpoint in public.values()}

    @classmethod
    def of(cls, blocks: gr.Blocks) -> "Endpoints":
        """Read what the Blocks of a page hold."""
        info = blocks.get_api_info()["named_endpoints"]
        public: dict[int, Endpoint] = {}
        hidden: dict[int, str] = {}
        for number, function in blocks.fns.items():
            name = str(function.api_name)
            if function.api_visibility == "public":
                public[number] = _endpoint(name, info[f"/{name}"])
            else:
                hidden[number] = name
        return cls(public, hidden)

    def number(self, name: str) -> int:
        """Return the number of a hidden function."""
        return next(number for number, hidden in self._hidden.items() if hidden == name)

    def called(self, path: str, body: Any) -> Endpoint | None:
        """Return the public endpoint that a request calls, its values counted; None for none.

        Raises:
            RefusedError: no such function, or values that it does not take.
        """
        if found := BY_NAME.fullmatch(path):
            how, name = found.groups()
            number = body.get("fn_index") if isinstance(body, dict) else None
            if how.startswith("call") or number is None:
                return self._named(name, how, body)
        elif not JOIN.fullmatch(path):
            return None
        if not isinstance(body, dict):
            raise _bad("The body must be an object.")
        # Compared strictly: Gradio would read "5" and 5.0 as 5 too.
        number = body.get("fn_index")
        if type(number) is int and number in self._hidden:
            return None
        if type(number) is not int or number not in self._public:
            raise _bad(f"There is no function {shown(number)}.", HTTPStatus.NOT_FOUND)
        self._public[number].check_placed(body.get("data"))
        return self._public[number]

    def _named(self, name: str, how: str, body: Any) -> Endpoint:
        endpoint = self._names.get(name)
        if endpoint is None:
            known = ", ".join(self._names)
            raise _bad(f"There is no {shown(name)}. Call {known}.", HTTPStatus.NOT_FOUND)
        if how == "call/v2":
            endpoint.check_named(body)
        else:
            endpoint.check_placed(body.get("data") if isinstance(body, dict) else None)
        return endpoint


def _endpoint(name: str, info: Mapping[str, Any]) -> Endpoint:
    parameters = info["parameters"]
    return Endpoint(
        name,
        tuple(one["parameter_name"] for one in parameters),
        frozenset(one["parameter_name"] for one in parameters if not one["parameter_has_default"]),
    )
