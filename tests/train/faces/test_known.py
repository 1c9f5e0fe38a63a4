"""What is held still of typed faces: columns that say something of their own, and not too many."""

import numpy as np
import pytest

from mbtiface.errors import SourceError
from train.data.labels import Labels
from train.faces.known import known_of_typed
from train.faces.means import check_letters, code_signs

FACES = 160
NO_POSE = np.zeros((FACES, 0))


def labels(**numbers: np.ndarray) -> Labels:
    """Ten faces of each type, women and men by turns."""
    scores = np.tile(code_signs(), (10, 1)).astype(float)
    male = np.arange(FACES) // 16 % 2 == 1
    files = tuple(f"{at}.jpg" for at in range(FACES))
    return Labels(files, scores, male, np.arange(FACES) % 10, numbers)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_gender_numbers_and_pose_are_held_still_and_all_but_gender_adjusted_for(
    rng: np.random.Generator,
) -> None:
    age, pose = rng.uniform(20, 70, FACES), rng.normal(size=(FACES, 3))
    known = known_of_typed(labels(hat=rng.normal(size=FACES), age=age), pose, 32)
    assert known.names == ("gender", "hat", "age")
    assert known.adjusted_names == ("hat", "age")
    np.testing.assert_allclose(known.held[:, 2], (age - age.mean()) / age.std())
    np.testing.assert_array_equal(known.held[:, 3:], pose)
    np.testing.assert_array_equal(known.adjusted, known.held[:, 1:])
    assert np.array_equal(known.age, age)
    alone = known_of_typed(labels(), NO_POSE, 32)
    assert alone.names == ("gender",)
    assert alone.adjusted.shape == (FACES, 0)
    assert alone.age is None


def test_columns_that_say_nothing_of_their_own_are_named(rng: np.random.Generator) -> None:
    age = rng.uniform(20, 70, FACES)
    with pytest.raises(SourceError, match="born follows from EI, SN, TF, JP, gender, age"):
        known_of_typed(labels(age=age, born=2026 - age), NO_POSE, 32)
    with pytest.raises(SourceError, match="is_e follows from EI"):
        known_of_typed(labels(is_e=labels().scores[:, 0]), NO_POSE, 32)
    with pytest.raises(SourceError, match="the same of every face in year"):
        known_of_typed(labels(year=np.full(FACES, 2026.0)), NO_POSE, 32)


def test_too_many_columns_for_the_faces_or_the_latents(rng: np.random.Generator) -> None:
    three = {f"c{at}": rng.normal(size=FACES) for at in range(3)}
    known_of_typed(labels(**three), NO_POSE, 9)
    with pytest.raises(SourceError, match="3 number columns are too many .* latents of 8 numbers"):
        known_of_typed(labels(**three), NO_POSE, 8)
    many = {f"c{at}": rng.normal(size=FACES) for at in range(75)}
    with pytest.raises(SourceError, match="75 number columns are too many for 80 faces"):
        known_of_typed(labels(**many), NO_POSE, 512)


def test_axes_that_cannot_be_told_apart() -> None:
    same = labels()
    scores = same.scores.copy()
    scores[:, 1] = scores[:, 0]
    with pytest.raises(SourceError, match="SN follows from EI"):
        known_of_typed(Labels(same.files, scores, same.male, same.folds), NO_POSE, 32)


def test_letters_with_too_few_faces_are_all_named() -> None:
    whole = labels()
    check_letters(whole.scores, whole.male)
    few = whole.scores.copy()
    few[~whole.male, 0], few[whole.male, 3] = 1, -1
    few[np.flatnonzero(whole.male)[:7], 3] = 1
    with pytest.raises(SourceError, match=r"faces: I female \(0\), J male \(7\)\. The app .* 8"):
        check_letters(few, whole.male)
    with pytest.raises(SourceError, match="no female face at all"):
        check_letters(whole.scores, np.ones(FACES, dtype=bool))
