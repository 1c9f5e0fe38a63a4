import inspect
import re

import pytest

from mbtiface import errors

CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and value.__module__ == errors.__name__
}
TREE_LINE = re.compile(r"^\s*(?P<depth>[│ ]*)[├└]── (?P<name>\w+)", re.MULTILINE)


def test_everything_defined_is_one_of_our_errors() -> None:
    assert CLASSES
    assert all(issubclass(value, errors.MbtifaceError) for value in CLASSES.values())


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = {"MbtifaceError": Exception}
    above = [errors.MbtifaceError]
    for line in TREE_LINE.finditer(errors.__doc__ or ""):
        depth = len(line["depth"]) // 4
        drawn[line["name"]] = above[depth]
        above[depth + 1 :] = [CLASSES[line["name"]]]
    assert drawn == {name: value.__bases__[0] for name, value in CLASSES.items()}


def test_an_input_error_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="size 3"):
        raise errors.InputError("size 3 is not allowed")


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_text_of_an_error_is_the_message_alone(name: str) -> None:
    message = "what, which value, what to do"
    keyed = {"PhotoError": "no_face", "ContributionRefusedError": "no_face", "RateError": 2.5}
    first = (keyed[name],) if name in keyed else ()
    assert str(CLASSES[name](*first, message)) == message
