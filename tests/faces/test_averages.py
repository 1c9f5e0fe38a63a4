"""The tensors of faces.safetensors by name."""

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.averages import Averages
from mbtiface.personality.types import AXES, CODES, LETTERS
from tests.toy_bundle import ACTING, STRENGTH, W_DIM, toy_faces, toy_generator


@pytest.fixture(scope="module")
def averages() -> Averages:
    return Averages(toy_faces(toy_generator()))


@pytest.mark.parametrize(("gender", "row"), [("female", 0), ("male", 1)])
def test_means_and_counts_by_name(averages: Averages, gender: str, row: int) -> None:
    tensors = averages.tensors
    assert torch.equal(averages.gender_mean(gender), tensors["gender_means"][row])
    for k, code in enumerate(CODES):
        assert torch.equal(averages.type_mean(code, gender), tensors["type_means"][row, k])
        assert averages.type_count(code, gender) == 16 * row + k
    for k, letter in enumerate(LETTERS):
        assert torch.equal(averages.letter_mean(letter, gender), tensors["letter_means"][row, k])
        assert averages.letter_count(letter, gender) == 100 + 8 * row + k
    for k, axis in enumerate(AXES):
        assert torch.equal(averages.direction(axis, gender), tensors["directions"][row, k])
        assert averages.strength(axis) == STRENGTH[k]


def test_a_type_is_read_in_any_case(averages: Averages) -> None:
    assert torch.equal(averages.type_mean(" entp ", "male"), averages.type_mean("ENTP", "male"))


def test_both_is_the_mean_of_the_two_directions(averages: Averages) -> None:
    women, men = averages.direction("TF", "female"), averages.direction("TF", "male")
    assert not torch.equal(women, men)
    torch.testing.assert_close(averages.direction("TF", "both"), (women + men) / 2)


def test_maps_are_sums_over_all_rows(averages: Averages) -> None:
    w = torch.randn(3, 2, 8, W_DIM)
    read = averages.read("impression", w)
    assert read.shape == (3, 2, 4)
    # The toy map reads twice the first four numbers, the mean of the rows that act.
    torch.testing.assert_close(read, 2 * w[..., :ACTING, :4].mean(-2))
    age = averages.read("age", w[0, 0])
    weight, bias = averages.tensors["age.weight"], averages.tensors["age.bias"]
    torch.testing.assert_close(age, (weight[0] * w[0, 0]).sum()[None] + bias)


def test_weights_by_name(averages: Averages) -> None:
    weights = averages.tensors["impression.weight"]
    assert torch.equal(averages.weight("JP"), weights[3])
    assert torch.equal(averages.weight("gender"), averages.tensors["gender.weight"][0])
    with pytest.raises(
        InputError, match="'smile' cannot be kept. Use EI, SN, TF, JP, age, gender, young"
    ):
        averages.weight("smile")


def test_unknown_names(averages: Averages) -> None:
    with pytest.raises(InputError, match="Gender 'both' is unknown"):
        averages.gender_mean("both")
    with pytest.raises(InputError, match="Gender 'x' is unknown"):
        averages.direction("EI", "x")
    with pytest.raises(InputError, match="Type 'ABCD' is unknown"):
        averages.type_mean("ABCD", "male")
    with pytest.raises(InputError, match="Letter 'X' is unknown"):
        averages.letter_mean("X", "male")
    with pytest.raises(InputError, match="Letter 'EI' is unknown"):
        averages.letter_count("EI", "male")
    with pytest.raises(InputError, match="Axis 'XY' is unknown"):
        averages.direction("XY", "male")
