"""Steps along the axes."""

from collections.abc import Sequence

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.averages import Averages
from mbtiface.faces.drift import drift
from mbtiface.faces.morph import layer_mask, morph_step
from tests.toy_bundle import NUM_WS, toy_faces, toy_generator


@pytest.fixture(scope="module")
def averages() -> Averages:
    """Toy averages whose directions and maps overlap, so that keeping a reading costs something."""
    tensors = toy_faces(toy_generator())
    random = torch.Generator().manual_seed(5)
    mixed = torch.randn(2, 4, 1, 16, generator=random).repeat(1, 1, NUM_WS, 1)
    mixed[:, :, 4:] *= 0.5  # Fine rows move less, the inert ones as the row before them.
    return Averages(tensors | {"directions": mixed})


def test_the_sum_of_value_strength_and_direction(averages: Averages) -> None:
    directions = averages.tensors["directions"]
    step = morph_step(averages, {"EI": 1.0, "TF": -0.5}, "male", strength=2.0)
    torch.testing.assert_close(step, 2.0 * directions[1, 0] - 1.0 * directions[1, 2])
    # The bundle's own strengths: 1, 2, 1.5, 0.5.
    step = morph_step(averages, {"SN": 0.25, "JP": -1.0}, "female")
    torch.testing.assert_close(step, 0.5 * directions[0, 1] - 0.5 * directions[0, 3])
    step = morph_step(averages, {"EI": 1.0}, "both")
    torch.testing.assert_close(step, directions[:, 0].mean(0))
    assert not morph_step(averages, {}, "female").any()


@pytest.mark.parametrize(
    ("layers", "rows"),
    [
        ("all", range(18)),
        ("coarse", range(4)),
        ("middle", range(4, 8)),
        ("fine", range(8, 18)),
        ([3, 7], [3, 7]),
        # Rows 16 and 17 do not act and follow row 15, whatever was asked of them.
        ([15], [15, 16, 17]),
        ([16], []),
        ([15, 17], [15, 16, 17]),
        ([], []),
    ],
)
def test_rows_that_move(layers: str | Sequence[int], rows: Sequence[int]) -> None:
    mask = layer_mask(layers, 18)
    assert mask.shape == (18, 1)
    assert torch.flatten(mask).nonzero()[:, 0].tolist() == list(rows)


@pytest.mark.parametrize("layers", ["all", "coarse", [0, 4, 5]])
@pytest.mark.parametrize("keep", [["age"], ["SN", "age", "gender"], ["TF", "TF"]])
def test_kept_readings_do_not_change(
    averages: Averages, keep: list[str], layers: str | Sequence[int]
) -> None:
    axes = {"EI": 1.5, "TF": -1.0}
    free = morph_step(averages, axes, "female", layers=layers)
    step = morph_step(averages, axes, "female", layers=layers, keep=keep)
    mask = layer_mask(layers, NUM_WS)
    assert not (step * (1 - mask)).any()
    for name in keep:
        weight = averages.weight(name)
        assert abs((weight * free).sum()) > 0.05
        assert abs((weight * step).sum()) < 1e-4
    # The nearest such step: what was taken away is made of the kept maps alone.
    maps = torch.stack([averages.weight(name) * mask for name in dict.fromkeys(keep)]).flatten(1)
    taken = ((free - step) * mask)[:6].flatten()
    basis = maps.unflatten(1, (NUM_WS, 16))[:, :6].flatten(1).T
    fitted = basis @ torch.linalg.lstsq(basis, taken[:, None]).solution
    torch.testing.assert_close(fitted[:, 0], taken, atol=1e-4, rtol=1e-4)


def test_inert_rows_follow_when_readings_are_kept(averages: Averages) -> None:
    step = morph_step(averages, {"EI": 1.0}, "male", keep=["age"])
    assert torch.equal(step[6], step[5])
    assert torch.equal(step[7], step[5])


def test_keeping_what_no_moving_row_reads_changes_nothing(averages: Averages) -> None:
    blind = dict(averages.tensors)
    blind["age.weight"] = torch.zeros_like(blind["age.weight"])
    step = morph_step(Averages(blind), {"EI": 1.0}, "male", keep=["age"])
    torch.testing.assert_close(step, averages.direction("EI", "male"))


def test_the_person_is_kept_by_a_shorter_step_of_the_same_kind(averages: Averages) -> None:
    axes = {"EI": 1.0, "TF": -0.5}
    free = morph_step(averages, axes, "female", strength=50.0)
    length = drift(free, averages)
    assert length > 2
    torch.testing.assert_close(
        morph_step(averages, axes, "female", strength=50.0, keep="person"), free / length
    )
    half = morph_step(averages, axes, "female", strength=50.0, keep=0.5)
    torch.testing.assert_close(half, 0.5 * free / length)
    # Within the limit nothing changes.
    small = morph_step(averages, axes, "female", strength=0.1)
    assert torch.equal(morph_step(averages, axes, "female", strength=0.1, keep="person"), small)


def test_the_person_and_readings_can_be_kept_together(averages: Averages) -> None:
    axes = {"EI": 1.0}
    step = morph_step(averages, axes, "male", strength=80.0, keep=["age", "person"])
    assert drift(step, averages) == pytest.approx(1.0)
    named = morph_step(averages, axes, "male", strength=80.0, keep="age")
    torch.testing.assert_close(step, named / drift(named, averages))
    assert abs((averages.weight("age") * step).sum()) < 1e-4


def test_unknown_names(averages: Averages) -> None:
    with pytest.raises(InputError, match="Axis 'XY' is unknown"):
        morph_step(averages, {"XY": 1.0}, "male")
    with pytest.raises(InputError, match="Gender 'other' is unknown"):
        morph_step(averages, {"EI": 1.0}, "other")
    with pytest.raises(InputError, match="Layers 'outer' are unknown. Use all, coarse"):
        morph_step(averages, {"EI": 1.0}, "male", layers="outer")
    with pytest.raises(InputError, match="'smile' cannot be kept"):
        morph_step(averages, {"EI": 1.0}, "male", keep=["smile"])
    with pytest.raises(InputError, match="keep is -1"):
        morph_step(averages, {"EI": 1.0}, "male", keep=-1)


@pytest.mark.parametrize("row", [-1, 8, True, 1.0, "1"])
def test_rows_that_are_none(row: object) -> None:
    with pytest.raises(InputError, match=f"Layer {row!r} is no row of w\\+. Use 0 to 7"):
        layer_mask([row], NUM_WS)
