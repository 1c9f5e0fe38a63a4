"""One public endpoint on the Blocks: its values typed, described and with examples.

Gradio checks no value of such an endpoint and describes none: types come from the annotations here,
descriptions from the docstring's `Args:` and `Returns:`, examples from `api_examples`. All three
show on the app's API page, in `client.view_api()` and to assistants.
"""

import inspect
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import gradio as gr
from gradio.components.api_component import Api
from gradio.utils import get_function_params, get_return_types
from gradio_client.utils import python_type_to_json_schema

from mbtiface.ui.api_examples import EXAMPLES

P = ParamSpec("P")
R = TypeVar("R")
SECTION = re.compile(r"(Args|Returns|Raises):$")
ARGUMENT = re.compile(r"(\w+): (.+)")
ADDRESS_REFUSED = (
    "A file is not fetched from an address. Upload it, such as with handle_file(path)."
)


@dataclass(frozen=True)
class Description:
    """What the docstring of an endpoint says, each part on one line."""

    text: str
    """What the endpoint does."""
    parameters: dict[str, str]
    """Parameter -> what it is: range, unit, what leaving it out means."""
    result: str
    """What comes back."""

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Description":
        """Read the docstring of a function; a name with nothing said of it is left out."""
        parts: dict[str, list[str]] = {"": []}
        section = ""
        for line in (inspect.getdoc(function) or "").splitlines():
            if found := SECTION.match(line):
                section = found[1]
                continue
            # A line that goes on is indented once more than what it belongs to.
            goes_on = section and line.startswith(" " * 8)
            if goes_on and parts.get(section):
                parts[section][-1] += f" {line.strip()}"
            elif line.strip():
                parts.setdefault(section, []).append(line.strip())
        named = [ARGUMENT.match(line) for line in parts.get("Args", [])]
        return cls(
            " ".join(parts[""]),
            {found[1]: found[2] for found in named if found},
            " ".join(parts.get("Returns", [])),
        )

    def docstring(self) -> str:
        """Return all of it as Gradio reads it for assistants, who are told no errors."""
        lines = [f"    {name}: {text}" for name, text in self.parameters.items()]
        arguments = ["", "Args:", *lines] if lines else []
        return "\n".join([self.text, *arguments, "", "Returns:", f"    {self.result}"])


def add_endpoint(
    function: Callable[..., Any],
    name: str,
    concurrency_id: str | None = None,
    concurrency_limit: int | None = 1,
) -> None:
    """Add a function to the Blocks that are being built, for programs alone.

    Args:
        function: fully annotated; its docstring describes it.
        name: by which programs call it.
        concurrency_id: group of endpoints that share a limit; None = its own.
        concurrency_limit: how many calls run at once; None = any number.
    """
    described = Description.of(function)
    examples = EXAMPLES.get(name, {})
    inputs = [
        _value(
            # Not the bare name: Gradio's page would look for its translation of "code".
            f"Parameter {parameter}",
            python_type_to_json_schema(annotation),
            described.parameters.get(parameter, ""),
            default,
            examples.get(parameter, default),
        )
        for parameter, _, default, annotation in get_function_params(function)
    ]
    outputs = [
        _value("result", python_type_to_json_schema(annotation), described.result)
        for annotation in get_return_types(function)
    ]
    gr.on(
        [],
        _with_docstring(function, described.docstring()),
        inputs,
        outputs,
        api_name=name,
        preprocess=False,
        postprocess=False,
        show_progress="hidden",
        concurrency_id=concurrency_id,
        concurrency_limit=concurrency_limit,
    )


def add_refusal(function: Callable[[float], Any], name: str) -> None:
    """Add what a call is turned into that is refused: hidden, and never in anybody's way."""
    gr.on(
        [],
        function,
        [_value("wait_s", {"type": "number"}, "")],
        [],
        api_name=name,
        api_visibility="private",
        preprocess=False,
        postprocess=False,
        show_progress="hidden",
        concurrency_limit=None,
    )


def _value(
    label: str, schema: dict[str, Any], text: str, default: Any = None, example: Any = None
) -> Api:
    """Return one value on its way in or out.

    Not a class of its own: Gradio writes a file beside the source of each class of components.
    """
    described = schema | {"additional_description": text, "description": text}
    if example is not None:
        described["examples"] = [example]
    value = Api(default, described, label)
    settable: Any = value  # methods are replaced
    settable.example_payload = lambda: example
    settable.async_move_resource_to_block_cache = _only_uploads(value)
    return value


def _only_uploads(value: Api) -> Callable[[Any], Coroutine[Any, Any, str | None]]:
    """Return what takes a file into Gradio's folder, without fetching what is elsewhere.

    Gradio would fetch any address that a call names, from inside the server's network and of any
    size; its guard knows private networks, but neither 100.64.0.0/10 nor a limit.
    """
    move = value.async_move_resource_to_block_cache

    async def only_uploads(path: Any) -> str | None:
        if re.match(r"\s*https?:", str(path), re.IGNORECASE):
            raise gr.Error(ADDRESS_REFUSED, title="E_INPUT", print_exception=False)
        return await move(path)

    return only_uploads


def _with_docstring(function: Callable[P, R], text: str) -> Callable[P, R]:
    @wraps(function)
    def documented(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    documented.__doc__ = text
    return documented
