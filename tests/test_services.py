"""Pictures of addresses: cached, shared while they are drawn, refused when too many wait."""

import io
import sys
import threading
import time
from concurrent.futures import wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image

from mbtiface.changeover import open_services
from mbtiface.errors import BundleError, BusyError, InputError, PhotoError, StateError
from mbtiface.faces.address import SIZES, FaceAddress
from mbtiface.services import MEGABYTE, WAITING_PER_SLOT, Services
from mbtiface.settings import Settings
from tests.fakes import FakeStudio


def test_a_picture_is_drawn_once() -> None:
    services = Services(Settings(), FakeStudio())
    address = FaceAddress("seed:3", "both", {"EI": 0.25})
    assert services.picture(address, 256) == services.picture(address, 256)
    assert services.studio.rendered == 1
    assert services.picture(address, 512) != services.picture(address, 256)
    assert services.studio.rendered == 2


def test_equal_requests_share_one_rendering() -> None:
    gate = threading.Event()
    services = Services(Settings(), FakeStudio(gate))
    futures = [services.submit(FaceAddress(), 256) for _ in range(5)]
    gate.set()
    assert len({future.result(10) for future in futures}) == 1
    assert services.studio.rendered == 1


def test_a_picture_wanted_now_overtakes_those_fetched_ahead() -> None:
    gate = threading.Event()
    services = Services(Settings(concurrency=1), FakeStudio(gate))
    services.submit(FaceAddress("seed:0"), ahead=True)
    done: list[int] = []
    futures = [services.submit(FaceAddress(f"seed:{n}"), ahead=True) for n in range(1, 4)]
    for number, future in enumerate(futures, 1):
        future.add_done_callback(lambda _, number=number: done.append(number))
    assert services.submit(FaceAddress("seed:3")) is futures[2]
    gate.set()
    wait(futures, 20)
    assert done == [3, 1, 2]


def test_what_is_drawn_at_the_start_waits_for_visitors_and_is_drawn_then() -> None:
    gate = threading.Event()
    services = Services(Settings(concurrency=1), FakeStudio(gate))
    waiting = [services.submit(FaceAddress(f"seed:{n}")) for n in range(3)]
    warming = threading.Thread(target=services.prepare)
    warming.start()
    gate.set()
    wait(waiting, 20)
    warming.join(20)
    start = services.submit(FaceAddress("average:male", "male"), 1024)
    assert start.done(), "it was not drawn ahead"


def test_too_many_waiting_are_refused_and_later_ones_served() -> None:
    gate = threading.Event()
    services = Services(Settings(concurrency=1), FakeStudio(gate))
    waiting = [services.submit(FaceAddress(f"seed:{n}")) for n in range(1 + WAITING_PER_SLOT)]
    with pytest.raises(BusyError, match="Try again"):
        services.submit(FaceAddress("seed:999"))
    gate.set()
    wait(waiting, 20)
    assert services.picture(FaceAddress("seed:999"))


def test_a_failed_drawing_does_not_block_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    services = Services(Settings(), FakeStudio())
    with monkeypatch.context() as patch:
        patch.setattr(services.studio, "render", lambda w, size: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.picture(FaceAddress())
    assert services.picture(FaceAddress())


def test_the_oldest_pictures_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(Services(Settings(), FakeStudio()).picture(FaceAddress("seed:1")))
    monkeypatch.setattr("mbtiface.services.CACHE_BYTES", int(size * 2.5))
    services = Services(Settings(), FakeStudio())
    for seed in (1, 2, 3, 1):
        services.picture(FaceAddress(f"seed:{seed}"))
    assert services.studio.rendered == 4  # seed 1 had to make room


@pytest.mark.parametrize("size", [0, 255, 2048, "256"])
def test_another_size_is_refused(size: object) -> None:
    with pytest.raises(InputError, match="is not one of 256, 512, 1024"):
        Services(Settings(), FakeStudio()).picture(FaceAddress(), size)


def test_the_start_faces_are_drawn_before_anybody_asks() -> None:
    services = Services(Settings(), FakeStudio())
    services.prepare()
    assert services.studio.rendered == 7  # the first is the self-check's
    for size in SIZES:
        for gender in ("female", "male"):
            services.picture(FaceAddress(f"average:{gender}", gender), size)
    assert services.studio.rendered == 7


class CountingStudio(FakeStudio):
    """Knows how many pictures were drawn at the same time."""

    at_once = most = 0

    def render(self, w: Any, size: int | None = None) -> Any:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        time.sleep(0.02)
        self.at_once -= 1
        return super().render(w, size)


def test_warming_up_leaves_a_thread_to_visitors() -> None:
    # All threads once compiled networks together, and the first visitor waited ten seconds.
    services = Services(Settings(concurrency=4), CountingStudio())
    services.warm_up()
    deadline = time.monotonic() + 30
    while services.studio.rendered < 7 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (services.studio.rendered, services.studio.most) == (7, 1)


def test_the_address_is_relative_and_names_the_bundle() -> None:
    services = Services(Settings(), FakeStudio())
    url = services.url(FaceAddress("type:ENTP:male", "male", {"TF": -0.5}), 512)
    assert url == "face?start=type:ENTP:male&by=male&TF=-0.5&size=512&v=0.0.1"


def test_a_latent_without_address_is_marked_too() -> None:
    services = Services(Settings(), FakeStudio())
    address = FaceAddress("seed:5")
    assert services.marked(services.studio.face(address)) == services.picture(address)


def test_an_unusable_bundle_is_replaced_with_a_notice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def load(source: str, *_: object, **named: object) -> FakeStudio:
        if source != "embedded":
            raise BundleError(f"Bundle {source} has no manifest.json.")
        return FakeStudio()

    monkeypatch.setitem(sys.modules, "mbtiface.faces.loading", SimpleNamespace(load=load))
    opened = open_services(Settings(model="/elsewhere", state_dir=tmp_path))
    assert opened.notice == "Bundle /elsewhere has no manifest.json."
    assert open_services(Settings(state_dir=tmp_path)).notice == ""


def test_an_unusable_embedded_bundle_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def load(source: str, *_: object, **named: object) -> FakeStudio:
        raise BundleError("generator.safetensors is damaged.")

    monkeypatch.setitem(sys.modules, "mbtiface.faces.loading", SimpleNamespace(load=load))
    with pytest.raises(BundleError, match="damaged"):
        open_services(Settings(state_dir=tmp_path))


def test_an_unwritable_state_folder_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="MBTIFACE_STATE_DIR"):
        open_services(Settings(state_dir=tmp_path / "file" / "state"))


def test_a_kept_face_is_drawn_by_its_token_alone() -> None:
    services = Services(Settings(), FakeStudio())
    w = FakeStudio().sample(5)
    start = f"photo:{services.kept_faces.keep(w)}"
    moved = FaceAddress(start, "both", {"EI": 0.5})
    assert torch.equal(services.latent(moved), FakeStudio().morph(w, {"EI": 0.5}))
    assert services.picture(FaceAddress(start)) == services.picture(FaceAddress("seed:5"))
    assert services.image(moved).size == (256, 256)
    with pytest.raises(InputError, match="no longer kept"):
        services.submit(FaceAddress("photo:" + "0" * 32))


def test_pictures_of_a_kept_face_go_with_it() -> None:
    services = Services(Settings(), FakeStudio())
    services.picture(FaceAddress())
    before = services._cache.bytes_kept
    tokens = [services.kept_faces.keep(FakeStudio().sample(seed)) for seed in (1, 2)]
    for token in tokens:
        for value in (0.0, 0.5):
            services.picture(FaceAddress(f"photo:{token}", "both", {"EI": value}))
    services.kept_faces.forget(tokens[0])
    assert not [key for key in services._cache if tokens[0] in key[0]]
    assert len([key for key in services._cache if tokens[1] in key[0]]) == 2
    services.kept_faces.forget(tokens[1])
    assert services._cache.bytes_kept == before


def test_a_picture_under_way_does_not_outlive_its_face() -> None:
    gate = threading.Event()
    services = Services(Settings(), FakeStudio(gate))
    token = services.kept_faces.keep(FakeStudio().sample(1))
    future = services.submit(FaceAddress(f"photo:{token}"))
    time.sleep(0.1)
    services.kept_faces.forget(token)
    gate.set()
    wait([future], 10)
    assert not list(services._cache)
    assert not services._pending


def test_a_photo_becomes_a_latent() -> None:
    services = Services(Settings(), FakeStudio())
    buffer = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(buffer, "png")
    steps: list[tuple[int, int]] = []
    inversion = services.invert(
        buffer.getvalue(), refine_steps=2, on_step=lambda *step: steps.append(step)
    )
    assert inversion.w.shape == (18, 512)
    assert steps == [(1, 2), (2, 2)]
    with pytest.raises(InputError, match="face is -1"):
        services.invert(buffer.getvalue(), face=-1)
    with pytest.raises(PhotoError, match="20.0 MB"):
        services.invert(bytes(20 * MEGABYTE + 1))


def test_photos_are_taken_if_the_studio_inverts_them() -> None:
    services = Services(Settings(), FakeStudio())
    assert services.takes_photos
    services.studio.takes_photos = False
    assert not services.takes_photos
