import numpy as np
import pytest

from mbtiface.community import Cell
from mbtiface.community.tokens import day_of, hour_of, join_key, join_proof, visitor_token
from mbtiface.errors import InputError
from tests.community.samples import CELL, DAY_S, new_id

ADDED = np.arange(6).reshape(2, 3)


def test_days_and_hours_are_utc() -> None:
    assert (day_of(DAY_S - 1), day_of(DAY_S)) == (0, 1)
    assert (hour_of(DAY_S - 1), hour_of(DAY_S)) == (23, 24)


def test_a_token_is_the_same_for_both_genders_and_no_other_type_bundle_visitor_or_salt() -> None:
    token = visitor_token(b"salt", "a", CELL)
    assert token == visitor_token(b"salt", "a", Cell("toy", "1", "ENTP", "male"))
    others = {
        visitor_token(b"salt", "a", Cell("toy", "1", "ENTJ", "female")),
        visitor_token(b"salt", "a", Cell("toy", "2", "ENTP", "female")),
        visitor_token(b"salt", "b", CELL),
        visitor_token(b"next", "a", CELL),
        # The same letters, cut elsewhere.
        visitor_token(b"salt", "at", Cell("oy", "1", "ENTP", "female")),
    }
    assert len(others) == 5
    assert token not in others


def test_a_token_shows_nothing_of_the_visitor() -> None:
    assert b"203.0.113.7" not in visitor_token(b"salt", "203.0.113.7", CELL)


def test_a_visitor_must_be_named() -> None:
    with pytest.raises(InputError, match="needs a visitor"):
        visitor_token(b"salt", "", CELL)


@pytest.mark.parametrize("text", ["", "a" * 31, "A" * 32, "g" * 32, "a" * 32 + "\n", 5])
def test_a_weak_join_id_is_refused_and_not_repeated(text: object) -> None:
    with pytest.raises(InputError) as caught:
        join_key(text)  # type: ignore[arg-type]
    assert str(caught.value) == "A join id must be 32 random hex digits in small letters."


def test_a_proof_fits_one_id_cell_and_latent() -> None:
    proof = join_proof(new_id(1), CELL, ADDED)
    assert proof == join_proof(new_id(1), CELL, ADDED.copy())
    assert proof != join_proof(new_id(2), CELL, ADDED)
    assert proof != join_proof(new_id(1), Cell("toy", "1", "ENTP", "male"), ADDED)
    assert proof != join_proof(new_id(1), CELL, ADDED + 1)
