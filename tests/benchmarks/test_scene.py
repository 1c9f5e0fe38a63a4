import io

from PIL import Image, ImageFilter

from tests.benchmarks.scene import phone_photo


def test_the_photo_has_twelve_megapixels_and_the_size_of_a_phones() -> None:
    data = phone_photo()
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    assert image.size == (4000, 3000)
    assert 2e6 < len(data) < 12e6


def test_the_portrait_is_in_it() -> None:
    from tests.faces.portraits import portrait

    image = Image.open(io.BytesIO(phone_photo())).crop((500, 0, 3500, 3000))
    small = image.reduce(30).filter(ImageFilter.BoxBlur(1))
    expected = portrait().resize(small.size, Image.Resampling.BOX).filter(ImageFilter.BoxBlur(1))
    differences = [abs(a - b) for a, b in zip(small.tobytes(), expected.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 3
