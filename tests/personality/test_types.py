import pytest

from mbtiface.errors import InputError
from mbtiface.personality import types


def test_sixteen_codes_in_the_order_of_a_bundles_arrays():
    assert len(set(types.CODES)) == 16
    assert types.CODES[0] == "ESTJ"
    assert types.CODES[1] == "ESTP"
    assert types.CODES[2] == "ESFJ"
    assert types.CODES[-1] == "INFP"


@pytest.mark.parametrize("text", ["ENTP", "entp", " eNtP\n"])
def test_a_code_is_read_in_any_case(text):
    assert types.parse_code(text) == "ENTP"


@pytest.mark.parametrize("text", ["", "ENT", "NETP", "ENTPX", "EETP", None, 5, ["ENTP"]])
def test_an_unknown_code_is_named(text):
    with pytest.raises(InputError, match=r"is unknown\. Use four letters") as caught:
        types.parse_code(text)
    assert repr(text) in str(caught.value)


def test_every_letter_has_its_axis_and_side():
    assert [types.axis_of(letter) for letter in types.LETTERS] == [
        axis for axis in types.AXES for _ in axis
    ]
    assert {letter for letter in types.LETTERS if types.sign_of(letter) == 1} == set("ENFJ")
    assert {letter for letter in types.LETTERS if types.sign_of(letter) == -1} == set("ISTP")


@pytest.mark.parametrize("letter", ["", "X", "EI", "e", None, 1])
def test_an_unknown_letter_is_named(letter):
    for call in (types.axis_of, types.sign_of):
        with pytest.raises(InputError, match=r"is unknown\. Use one of EISNTFJP") as caught:
            call(letter)
        assert repr(letter) in str(caught.value)


def test_a_value_leads_to_a_letter():
    assert [types.letter_toward(axis, 0.1) for axis in types.AXES] == list("ENFJ")
    assert [types.letter_toward(axis, -0.1) for axis in types.AXES] == list("ISTP")
    assert [types.letter_toward(axis, 0) for axis in types.AXES] == list("ISTP")


@pytest.mark.parametrize("axis", ["IE", "", "E", None])
def test_an_unknown_axis_is_named(axis):
    for call in (types.parse_axis, lambda text: types.letter_toward(text, 1)):
        with pytest.raises(InputError, match=r"is unknown\. Use one of EI, SN, TF, JP") as caught:
            call(axis)
        assert repr(axis) in str(caught.value)
