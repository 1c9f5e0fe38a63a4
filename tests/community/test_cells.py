import pytest

from mbtiface.community import Cell
from mbtiface.errors import InputError


def test_a_code_may_be_written_small() -> None:
    assert Cell("toy", "1", "entp", "male") == Cell("toy", "1", "ENTP", "male")


@pytest.mark.parametrize(
    ("bundle", "version", "code", "gender", "message"),
    [
        ("", "1", "ENTP", "male", "version '' cannot name"),
        ("toy", "1" * 201, "ENTP", "male", "Use 1 to 200 characters"),
        ("toy", "1", "ENTX", "male", "'ENTX' is unknown"),
        ("toy", "1", "ENTP", "both", "'both' is unknown. Use female or male"),
    ],
)
def test_what_names_no_average_is_refused(
    bundle: str, version: str, code: str, gender: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Cell(bundle, version, code, gender)
