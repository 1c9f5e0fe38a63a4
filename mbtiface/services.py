"""Joins the parts: what the page and the API call. Knows no Gradio."""

import atexit
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from PIL import Image

from mbtiface.contributing import Contributions
from mbtiface.errors import BusyError, InputError, MbtifaceError
from mbtiface.faces.address import COMMUNITY, SIZES, FaceAddress
from mbtiface.faces.drawing_queue import DrawingQueue
from mbtiface.faces.inversion_request import InversionRequest
from mbtiface.faces.kept_faces import KeptFaces
from mbtiface.faces.kept_pictures import GALLERY, KeptPictures
from mbtiface.faces.marking import encode, mark
from mbtiface.faces.photo_queue import PhotoQueue
from mbtiface.faces.picture_cache import PictureCache
from mbtiface.personality.types import GENDERS
from mbtiface.self_check import SelfCheck
from mbtiface.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor

    from mbtiface.faces.inversion import Inversion
    from mbtiface.faces.studio import Studio

END_S = 15.0
"""Seconds that work which runs at the program's end may take to end."""
AGAIN_S = 0.5
"""Seconds until what was to be drawn ahead is tried again while visitors wait."""
MEGABYTE = 10**6
CACHE_BYTES = 64 * 2**20
WAITING_PER_SLOT = 24


class Services:
    """Pictures of addresses: rendered a few at a time, marked, encoded and kept; faces of photos.

    Thread-safe. At most `settings.concurrency` pictures are rendered at once; `WAITING_PER_SLOT`
    times as many may wait, any more are refused with `BusyError`. What is fetched ahead is refused
    while anybody waits.
    """

    def __init__(
        self,
        settings: Settings,
        studio: "Studio",
        notice: str = "",
        kept_pictures: KeptPictures | None = None,
        contributions: Contributions | None = None,
        key: str = "",
        kept_faces: KeptFaces | None = None,
    ) -> None:
        """`notice` says why the bundle asked for is not the one in use; "" when it is.

        `kept_pictures`: where the gallery's lie between starts; None keeps none.
        `contributions`: the averages that faces may join; None: nobody can join.
        `key` tells this bundle's pictures from another's in addresses; "" = its version.
        `kept_faces`: those of a bundle with the same W space, to be shared; None = its own.
        """
        self.settings = settings
        self.studio = studio
        self.key = key or studio.manifest.version
        self.notice = notice
        self._kept_pictures = kept_pictures
        limit = settings.concurrency * (1 + WAITING_PER_SLOT)
        self._queue = DrawingQueue(settings.concurrency, limit)
        self._closing = threading.Event()
        self.self_check = SelfCheck(studio, self.image, self._warm_up)
        self._lock = threading.Lock()
        self._pending: dict[tuple[str, int], Future[bytes]] = {}
        self._cache: PictureCache[tuple[str, int]] = PictureCache(CACHE_BYTES)
        self.photos = PhotoQueue(studio, settings.concurrency, settings.max_upload_mb * MEGABYTE)
        if kept_faces is None:
            kept_faces = KeptFaces(self._drop_face)
        else:
            kept_faces.also_tell(self._drop_face)
        self.kept_faces = kept_faces
        self.contributions = contributions or Contributions(studio)

    @property
    def takes_photos(self) -> bool:
        """Whether photos can be inverted; a bundle without an encoder cannot."""
        return self.studio.takes_photos

    def picture(self, address: FaceAddress, size: int = 256) -> bytes:
        """Return a marked JPEG of the face at 256, 512 or 1024 px.

        Raises:
            InputError: the size is not one of the three, a photo's face is no longer kept, or too
                few faces have joined a community average.
            BusyError: too many pictures are waiting already.
        """
        return self.submit(address, size).result()

    def submit(self, address: FaceAddress, size: int = 256, ahead: bool = False) -> "Future[bytes]":
        """Like `picture`, but at once with a future; equal requests share one rendering.

        `ahead`: nobody waits for it yet, so it is drawn after all that somebody waits for, and
        refused with `BusyError` while somebody waits.
        """
        # A face that is not kept is told at once; a use keeps it longer.
        address, start = self._resolved(address)
        key = (self.url(address, size), check_size(size))
        with self._lock:
            if (kept := self._cache.get(key)) is not None:
                return _done(kept)
            on_disk = self._kept_pictures
            if on_disk is not None and (kept := on_disk.get(address, size)) is not None:
                return _done(kept)
            if (running := self._pending.get(key)) is not None:
                if not ahead:
                    self._queue.hurry(running)
                return running
            future = self._queue.submit(
                lambda: self._draw_and_keep(key, address, size, start), ahead
            )
            self._pending[key] = future
            return future

    def image(self, address: FaceAddress, size: int = 256) -> Image.Image:
        """Return the marked picture itself; same limits and errors as `picture`."""
        check_size(size)
        return self._queue.submit(lambda: mark(self._draw(self.latent(address), size))).result()

    def marked_image(self, w: "Tensor", size: int = 256) -> Image.Image:
        """Return the marked picture itself of one w+; same limits and errors as `marked`."""
        check_size(size)
        return self._queue.submit(lambda: mark(self._draw(w, size))).result()

    def marked(self, w: "Tensor", size: int = 256) -> bytes:
        """Return a marked JPEG of one w+ `[num_ws, w_dim]`, for faces that have no address.

        Raises:
            InputError: the size is not one of the three.
            BusyError: too many pictures are waiting already.
        """
        check_size(size)
        return self._queue.submit(lambda: encode(mark(self._draw(w, size)))).result()

    def invert(
        self,
        data: bytes,
        face: int = 0,
        crop: tuple[float, float, float, float] | None = None,
        aligned: bool = False,
        refine_steps: int = 0,
        on_step: Callable[[int, int], None] | None = None,
    ) -> "Inversion":
        """Find the w+ of a photo file; `on_step(done, total)` is called after each refinement step.

        Raises:
            PhotoError: the photo cannot be used; InputError: another value cannot.
            MissingPartError: the bundle has no encoder.
            BusyError: too many photos are waiting already.
        """
        request = InversionRequest(face, crop, aligned, refine_steps)
        return self.photos.submit(data, request, on_step).result()

    def latent(self, address: FaceAddress) -> "Tensor":
        """Return the w+ of an address, `[num_ws, w_dim]`, a photo's or a community's too.

        Raises:
            InputError: the photo's face is no longer kept, or too few have joined the average.
        """
        return self.studio.face(*self._resolved(address))

    def newest(self, address: FaceAddress) -> FaceAddress:
        """Return a community address with its newest edition, any other as it is.

        Raises:
            InputError: too few faces have joined that average.
        """
        return self._resolved(address)[0] if address.community_cell() else address

    def warm_up(self) -> None:
        """See in the background whether a face can be drawn; then draw and load ahead.

        That is the two start faces in every size and what photos need, so that no visitor waits
        for a network to be compiled. One at a time: compiling takes seconds, and the other drawing
        threads stay free for visitors meanwhile.
        """
        self.self_check.start()

    def prepare(self) -> None:
        """Do all that `warm_up` does but the gallery, and wait for it.

        Raises:
            SelfCheckError: no usable picture is drawn.
        """
        self.self_check.check()
        self._load_ahead()

    def _load_ahead(self) -> None:
        for size in SIZES:
            for gender in GENDERS:
                self._draw_ahead(FaceAddress(f"average:{gender}", gender), size)
        self.studio.warm_up()

    def close(self, timeout_s: float = END_S) -> None:
        """Take no more work and give what runs so long to end; nothing holds on to it after."""
        atexit.unregister(self.close)
        self.kept_faces.tell_no_more(self._drop_face)
        self._closing.set()
        self._queue.close(timeout_s)
        self.photos.close(timeout_s)
        self.self_check.close(timeout_s)

    def _warm_up(self) -> None:
        with contextlib.suppress(CancelledError):  # the program ends
            self._load_ahead()
            for address in GALLERY if self._kept_pictures is not None else ():
                self._draw_ahead(address)

    def _draw_ahead(self, address: FaceAddress, size: int = 256) -> None:
        while not self._closing.is_set():
            try:
                self.submit(address, size, ahead=True).result()
                return
            except BusyError:  # visitors come first
                self._closing.wait(AGAIN_S)

    def url(self, address: FaceAddress, size: int = 256) -> str:
        """Return the picture's address relative to the page (`face?...`), fit to be kept."""
        query = address.query() | {"size": str(size), "v": self.key}
        return f"face?{urlencode(query, safe=':')}"

    def _resolved(self, address: FaceAddress) -> "tuple[FaceAddress, Tensor | None]":
        """Return the newest edition of an address, and the start that the studio does not know."""
        if (token := address.photo_token()) is not None:
            return address, self.kept_faces.get(token)
        if (cell := address.community_cell()) is None:
            return address, None
        if (found := self.contributions.public(*cell)) is None:
            raise InputError(
                f"The community average of {' '.join(cell)} cannot be shown: too few faces have "
                "joined it, or it cannot be reached now. Use type:CODE:GENDER."
            )
        start = ":".join((COMMUNITY, *cell, found.edition))
        return replace(address, start=start), found.w

    def _draw(self, w: "Tensor", size: int) -> Image.Image:
        try:
            picture = self.studio.render(w, size=size)
        except MbtifaceError:
            raise
        except Exception:
            self.self_check.doubt()
            raise
        return picture[0] if isinstance(picture, list) else picture

    def _draw_and_keep(
        self, key: tuple[str, int], address: FaceAddress, size: int, start: "Tensor | None"
    ) -> bytes:
        try:
            token = address.photo_token()
            if token is not None:  # it may have been forgotten meanwhile
                start = self.kept_faces.get(token)
            data = encode(mark(self._draw(self.studio.face(address, start), size)))
            with self._lock:
                # A face may be forgotten while it is drawn; its picture must not outlive it.
                if token is None or token in self.kept_faces:
                    self._cache.keep(key, data)
            if self._kept_pictures is not None:
                self._kept_pictures.keep(address, size, data)
            return data
        finally:
            with self._lock:
                self._pending.pop(key, None)

    def _drop_face(self, token: str) -> None:
        self.contributions.forget(token)
        start = f"photo:{token}"  # alone or in a blend
        with self._lock:
            for key in [key for key in self._cache if start in key[0]]:
                self._cache.drop(key)


def _done(data: bytes) -> "Future[bytes]":
    done: Future[bytes] = Future()
    done.set_result(data)
    return done


def check_size(size: int) -> int:
    """Return the size if it is one of `SIZES`, else raise `InputError`."""
    if size not in SIZES:
        raise InputError(f"Size {size!r} is not one of {', '.join(map(str, SIZES))}.")
    return size
