import numpy as np
import pytest

from mbtiface.community import fixed_point
from tests.community.samples import BASE, face


def test_a_sum_loses_nothing_when_a_face_comes_and_goes() -> None:
    faces = [fixed_point.to_fixed(face(seed).astype(np.float64)) for seed in range(200)]
    total = sum(faces[1:], faces[0])
    there_and_back = (total + faces[7] * 3) - faces[7] - faces[7] - faces[7]
    assert there_and_back.tobytes() == total.tobytes()
    for added in faces[::-1]:
        total = total - added
    assert not total.any()


def test_rounding_is_finer_than_a_float32_near_one() -> None:
    w = face(1).astype(np.float64)
    error = np.abs(fixed_point.to_fixed(w) * fixed_point.QUANTUM - w).max()
    assert 0 < error <= 2**-25


def test_bytes_are_little_endian_and_come_back() -> None:
    total = np.array([[1, -2, 3], [4, 5, -(2**62)]])
    data = fixed_point.to_bytes(total)
    assert data[:8] == b"\x01" + bytes(7)
    assert (fixed_point.from_bytes(data, (2, 3)) == total).all()
    with pytest.raises(ValueError, match="reshape"):
        fixed_point.from_bytes(data, (3, 3))


def test_the_mean_of_nobody_is_the_bundles_own() -> None:
    nothing = np.zeros(BASE.shape, np.int64)
    assert (fixed_point.mean_of(BASE, nothing, 0, 200) == BASE).all()


def test_the_mean_weighs_the_bundles_own_as_so_many_faces() -> None:
    base, joined = np.full((1, 2), 1.0), [np.full((1, 2), 2.0), np.full((1, 2), 5.0)]
    total = sum(fixed_point.to_fixed(w) for w in joined)
    mean = fixed_point.mean_of(base, total, 2, 8)
    np.testing.assert_array_equal(mean, np.full((1, 2), (8 * 1 + 2 + 5) / 10, np.float32))
