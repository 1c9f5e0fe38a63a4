"""What the API page and `client.view_api()` say of each endpoint."""

import re
from typing import Literal

import pytest
from gradio_client.snippet import generate_code_snippets

from mbtiface.faces.layer_ranges import LAYERS
from mbtiface.ui.api_calls import Layers
from mbtiface.ui.api_endpoint import Description
from mbtiface.ui.api_examples import EXAMPLES
from tests.ui.built_page import named_endpoints

NAMES = (
    "survey_items",
    "score",
    "about",
    "type_average",
    "ideal_match",
    "morph",
    "morph_sequence",
    "invert",
    "contribute",
)


def test_each_endpoint_is_described_with_its_result() -> None:
    assert tuple(named_endpoints()) == NAMES
    for endpoint in named_endpoints().values():
        assert re.fullmatch(r"[A-Z].*\.", endpoint["description"])
        assert "Raises" not in endpoint["description"]
        [result] = endpoint["returns"]
        assert result["label"] == "result"
        assert "bundle" in result["python_type"]["description"]


def test_each_parameter_has_type_description_and_default_or_is_required() -> None:
    for name, endpoint in named_endpoints().items():
        for one in endpoint["parameters"]:
            said = one["python_type"]["description"]
            assert re.fullmatch(r"\S.*\.", said), (name, one["parameter_name"])
            assert "Any" not in one["python_type"]["type"]
            assert one["parameter_has_default"] or one["example_input"] not in (None, "...")


def test_numbers_say_their_range_and_choices_their_names() -> None:
    for name, endpoint in named_endpoints().items():
        for one in endpoint["parameters"]:
            kind, said = one["python_type"]["type"], one["python_type"]["description"]
            if re.search(r"\b(int|float)\b", kind) and one["parameter_name"] not in ("w",):
                assert re.search(r"from -?[\d.]+|\d+, \d+", said), (name, one["parameter_name"])
            for choice in re.findall(r"'(\w+)'", kind):
                assert re.search(rf"\b{choice}\b", said), (name, choice)


def test_every_result_carries_the_bundles_name_and_version() -> None:
    named = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
        "required": ["name", "version"],
    }
    for name, endpoint in named_endpoints().items():
        kind = endpoint["returns"][0]["type"]
        one = kind["items"] if kind["type"] == "array" else kind
        assert one["properties"]["bundle"] == named, name
        assert "bundle" in one["required"]


def test_examples_are_of_parameters_that_there_are() -> None:
    assert set(EXAMPLES) <= set(NAMES)
    for name, examples in EXAMPLES.items():
        known = {one["parameter_name"]: one for one in named_endpoints()[name]["parameters"]}
        for parameter, example in examples.items():
            assert known[parameter]["example_input"] == example


@pytest.mark.parametrize("name", NAMES)
def test_the_python_that_the_api_page_shows_compiles(name: str) -> None:
    shown = generate_code_snippets(f"/{name}", named_endpoints()[name], "http://127.0.0.1:7860/")
    compile(shown["python"], name, "exec")
    assert "layers=all" not in shown["python"]  # the function of that name
    assert ("handle_file('photo.jpg')" in shown["python"]) == (name in ("invert", "contribute"))


def test_the_names_of_layers_are_those_that_the_studio_knows() -> None:
    assert Layers == Literal[tuple(LAYERS)]


def test_a_docstring_is_read_with_lines_that_go_on() -> None:
    def endpoint(first: int, second: int) -> int:
        """Do something.

        It takes two lines.

        Args:
            first: one thing,
                and more of it.
            second: another.

        Returns:
            A number,
                whole.

        Raises:
            ValueError: never.
        """
        return first + second

    described = Description.of(endpoint)
    assert described.text == "Do something. It takes two lines."
    assert described.parameters == {"first": "one thing, and more of it.", "second": "another."}
    assert described.result == "A number, whole."
    assert "first: one thing, and more of it.\n" in described.docstring()
    assert "never" not in described.docstring()
