"""What may be asked of a clip, and the faces that it is made of."""

import pytest

from mbtiface.errors import InputError
from mbtiface.faces.address import FaceAddress
from mbtiface.faces.sequence import sequence_axes
from mbtiface.ui.walk_clip import Walk


def test_a_walk_is_read_from_a_query_beside_the_faces_address() -> None:
    query = {"start": "seed:3", "by": "both", "EI": "0.5", "layers": "coarse", "keep": "person"}
    walk = Walk.from_query(query | {"letters": "enF", "format": "mp4", "size": "512"})
    assert walk.address == FaceAddress(
        "seed:3", "both", {"EI": 0.5}, layers="coarse", keep="person"
    )
    assert (walk.letters, walk.format, walk.size) == ("ENF", "mp4", 512)
    assert walk.file_name == "enf.mp4"
    faces = walk.addresses()
    assert faces[0] == walk.address
    assert [face.axes for face in faces] == sequence_axes("ENF", start={"EI": 0.5})
    assert {(face.start, face.by, face.layers, face.keep) for face in faces} == {
        ("seed:3", "both", "coarse", "person")
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"letters": ""}, "has 0 letters"),
        ({"letters": "E" * 33}, "has 33 letters"),
        ({"letters": "ENQ"}, "Q"),
        ({"format": "avi"}, "Format is 'avi', but must be one of strip, gif, webp, mp4"),
        ({"format": ""}, "Format is ''"),
        ({"size": "1024"}, "Size is '1024', but must be 256 or 512"),
        ({"size": "0512"}, "Size is '0512'"),
        ({"start": "nobody"}, "Start 'nobody' is unknown"),
    ],
)
def test_what_is_no_walk_is_refused(query: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Walk.from_query({"letters": "E", "format": "gif"} | query)
    assert message in str(caught.value)
