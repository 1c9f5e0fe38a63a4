"""A face is drawn after the start and looked at; what is found is told in the log and kept."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError

import pytest
import torch
from PIL import Image

from mbtiface.errors import BusyError, InputError, SelfCheckError
from mbtiface.faces.address import FaceAddress
from mbtiface.faces.pixels import to_bytes, to_images
from mbtiface.self_check import SIZE, SelfCheck, Verdict, blank_part
from mbtiface.services import Services
from mbtiface.settings import Settings
from tests.changeover_parts import wait_for
from tests.fakes import FakeStudio


def check_of(draw: Callable[[FaceAddress, int], Image.Image]) -> SelfCheck:
    return SelfCheck(FakeStudio(), draw)


def drawn(_: FaceAddress, size: int) -> Image.Image:
    picture = FakeStudio().render(torch.zeros(18, 512), size)
    assert isinstance(picture, Image.Image)
    return picture


def raising(error: BaseException) -> Callable[[FaceAddress, int], Image.Image]:
    def draw(*_: object) -> Image.Image:
        raise error

    return draw


def test_a_face_that_is_drawn_passes_and_is_told_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "mbtiface")
    check = check_of(drawn)
    assert check.verdict == Verdict("starting")
    check.check()
    assert check.verdict == Verdict("ok")
    (line,) = caplog.records
    assert line.getMessage().startswith("Self-check: a face of 256 px in ")
    assert line.getMessage().endswith(" s; fake 0.0.1, procedural, cpu")
    fields = line.__dict__["fields"]
    assert fields.pop("seconds") >= 0
    assert fields == {
        "bundle": "fake",
        "version": "0.0.1",
        "engine": "procedural",
        "device": "cpu",
        "size_px": SIZE,
    }


def test_a_blank_face_fails_with_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    check = check_of(lambda *_: Image.new("RGB", (256, 256), "black"))
    with pytest.raises(SelfCheckError, match="upper left quarter of the face is blank"):
        check.check()
    assert check.verdict == Verdict("failing", "the upper left quarter of the face is blank")
    (line,) = caplog.records
    assert line.levelname == "ERROR"
    for part in ("Self-check failed", "fake 0.0.1, procedural, cpu", "MBTIFACE_DEVICE=cpu"):
        assert part in line.getMessage()


def test_what_a_network_makes_of_nan_is_blank() -> None:
    values = torch.randn(1, 3, 64, 64)
    values[..., 32:, 32:] = torch.nan
    (picture,) = to_images(to_bytes(values).numpy())
    assert blank_part(picture) == "the lower right quarter of the face is blank"
    assert blank_part(drawn(FaceAddress(), 256)) == ""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("out of memory"), "RuntimeError: out of memory"),
        (InputError("The latents hold values that are not finite."), "The latents hold values"),
    ],
)
def test_a_face_that_cannot_be_drawn_fails_with_the_reason(error: Exception, reason: str) -> None:
    check = check_of(raising(error))
    with pytest.raises(SelfCheckError, match=reason):
        check.check()
    assert check.verdict.state == "failing"
    assert reason in check.verdict.reason


@pytest.mark.parametrize("error", [BusyError("wait"), CancelledError("the program ends")])
def test_a_crowd_or_the_end_is_no_failure(error: Exception) -> None:
    check = check_of(raising(error))
    with pytest.raises(type(error)):
        check.check()
    assert check.verdict == Verdict("starting")


def test_a_failure_is_tried_again_until_it_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mbtiface.self_check.PAUSE_S", 0.0)
    tries: list[int] = []

    def draw(address: FaceAddress, size: int) -> Image.Image:
        tries.append(size)
        return drawn(address, size) if len(tries) > 2 else Image.new("RGB", (size, size))

    passed = threading.Event()
    check = SelfCheck(FakeStudio(), draw, passed.set)
    check.start()
    assert passed.wait(30)
    check.close(30)
    assert (check.verdict.state, tries) == ("ok", [SIZE] * 3)


class SometimesStudio(FakeStudio):
    """Renders nothing while it is broken."""

    broken = False

    def render(self, w: torch.Tensor, size: int | None = None) -> Image.Image | list[Image.Image]:
        if self.broken:
            raise RuntimeError("device lost")
        return super().render(w, size)


def test_a_picture_that_fails_raises_doubt_and_health_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mbtiface.self_check.PAUSE_S", 0.0)
    monkeypatch.setattr("mbtiface.self_check.DOUBT_S", 0.0)
    studio = SometimesStudio()
    services = Services(Settings(), studio)
    services.warm_up()
    wait_for(lambda: services.self_check.verdict.state == "ok")
    studio.broken = True
    with pytest.raises(RuntimeError, match="device lost"):
        services.picture(FaceAddress("seed:77"))
    wait_for(lambda: services.self_check.verdict.state == "failing")
    assert services.self_check.verdict.reason == "RuntimeError: device lost"
    studio.broken = False
    wait_for(lambda: services.self_check.verdict.state == "ok")
    services.close()


def test_a_bundle_that_draws_nothing_does_not_take_over() -> None:
    studio = SometimesStudio()
    studio.broken = True
    with pytest.raises(SelfCheckError, match="device lost"):
        Services(Settings(), studio).prepare()
