"""The same address gives the same bytes, whatever was drawn before and between."""

from mbtiface.faces.address import FaceAddress
from mbtiface.faces.clips import make_clip
from mbtiface.faces.marking import encode, mark
from mbtiface.faces.studio import Studio

FACE = FaceAddress(
    "blend:fine:seed:3|type:ENTP:male", "both", {"EI": 1.0, "JP": -1.5}, keep="person"
)


def drawn(studio: Studio, address: FaceAddress, size: int) -> bytes:
    image = studio.render(studio.face(address), size)
    assert not isinstance(image, list)
    return encode(mark(image), "png")


def test_a_picture_is_the_same_after_other_sizes_and_faces(embedded_studio: Studio) -> None:
    sizes = (256, 512, 1024)
    first = {size: drawn(embedded_studio, FACE, size) for size in sizes}
    for size in reversed(sizes):
        drawn(embedded_studio, FaceAddress("seed:8"), size)
        assert drawn(embedded_studio, FACE, size) == first[size]
    assert drawn(embedded_studio, FACE, 256) == first[256]


def test_a_walk_is_the_same_video(embedded_studio: Studio) -> None:
    def video() -> bytes:
        walk = embedded_studio.sequence(embedded_studio.sample(4), "ENT", "both", keep="person")
        images = embedded_studio.render(walk, 256)
        assert isinstance(images, list)
        return make_clip([mark(image) for image in images], "mp4").data

    first = video()
    drawn(embedded_studio, FACE, 512)
    assert video() == first
