"""Faces that join their type's average: one bundle's community averages, as the page needs them.

The community (`mbtiface.community`) knows latents and a database; here it learns which average a
face joins, what it is measured by, and who still may take theirs out again.
"""

import atexit
import hashlib
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mbtiface.community import (
    Cell,
    Community,
    Contribution,
    Joined,
    LatentStatistics,
    Receipt,
    open_community,
)
from mbtiface.errors import (
    CommunityUnavailableError,
    ContributionRefusedError,
    InputError,
    MbtifaceError,
)
from mbtiface.faces.kept_faces import KeptFace, KeptFaces
from mbtiface.personality.types import check_gender, parse_code
from mbtiface.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor

    from mbtiface.faces.studio import Studio

STRETCH = 60
"""How many times over who joined sees the step of the average: one face in 200 moves it by less
than an eye sees."""
FRESH_S = 5.0
"""Seconds that an average and the counts are kept; a join in this program is seen at once."""
EDITION_DIGITS = 8
NO_PHOTOS = "The bundle in use has no encoder, so no photo can join an average."
SWITCHED_OFF = "Nobody can join an average here: MBTIFACE_CONTRIBUTIONS is off."
log = logging.getLogger(__name__)

State = Literal["on", "away", "off"]


@dataclass(frozen=True, repr=False)
class PublicAverage:
    """A community average that everybody may see."""

    w: "Tensor"
    """`[num_ws, w_dim]`."""
    count: int
    """Faces joined."""
    edition: str
    """8 hex digits that change with the average."""


class Contributions:
    """Who joined what, for one studio. Thread-safe; without a community nobody can join."""

    def __init__(
        self,
        studio: "Studio",
        community: Community | None = None,
        without: State = "off",
        why_not: str = SWITCHED_OFF,
        receipts: dict[str, dict[Cell, Receipt]] | None = None,
    ) -> None:
        """`without`, `why_not`: the state, and what is said of it, where there is no community.

        `receipts`: those of the bundle in use before; what joined there can be undone here.
        """
        self._studio = studio
        self._community = community
        self._without: State = without
        self._why_not = why_not
        self._lock = threading.Lock()
        self._receipts = {} if receipts is None else receipts
        self._means: dict[Cell, tuple[float, PublicAverage | None]] = {}
        self._counts: tuple[float, dict[tuple[str, str], int] | None] | None = None

    @property
    def state(self) -> State:
        """`on`; `away` while the database cannot be used; `off` where joining is not offered."""
        if self._community is None:
            return self._without
        return "away" if self.counts() is None else "on"

    @property
    def offered(self) -> bool:
        """Whether joining belongs to this program at all, be it possible now or not."""
        return self._community is not None or self._without != "off"

    def join(self, face: KeptFace, code: str, gender: str, visitor: str, join_id: str) -> Joined:
        """Let a face join the average of a type and gender; the same id counts once.

        Args:
            face: whose.
            code: type code, from answers or as the person says, never read off the photo.
            gender: `female` or `male`: whose average.
            visitor: whom the limit of one join a type and day holds for.
            join_id: 32 random hex digits, made by who sends the request.

        Raises:
            ContributionRefusedError: nothing was counted; the key says why.
            InputError: a value is not allowed.
            CommunityUnavailableError: joining is not possible, or not now.
        """
        from mbtiface.faces.photo_inverter import FAR_DISTANCE  # torch comes with it

        community = self._opened()
        cell = self._cell(code, gender)
        if self._studio.type_count(cell.code, cell.gender) == 0:
            raise InputError(f"The bundle in use has no average of {cell}, so none can be joined.")
        tensors = self._studio.averages.tensors
        joined = community.join(
            cell,
            Contribution(face.w.numpy(), face.difference, FAR_DISTANCE),
            self._base(cell).numpy(),
            LatentStatistics(tensors["latent.mean"].numpy(), tensors["latent.scale"].numpy()),
            visitor,
            join_id,
        )
        self._outdate(cell)
        return joined

    def join_kept(
        self,
        faces: KeptFaces,
        token: str,
        code: str,
        gender: str,
        visitor: str,
        join_id: str,
    ) -> Joined:
        """Let the face of a token join, and keep what undoes it for as long as the face is kept.

        `faces` must call `forget` for each face that it drops. The rest as `join`, errors too.
        """
        joined = self.join(faces.face(token), code, gender, visitor, join_id)
        with self._lock:
            self._receipts.setdefault(token, {})[joined.receipt.cell] = joined.receipt
        if token not in faces:  # it went in the middle of the join
            self.forget(token)
        return joined

    def pictures(self, joined: Joined) -> "dict[str, Tensor]":
        """Return what is drawn for who joined, each `[num_ws, w_dim]`.

        `before` and `after`: the average without and with this face; `stretched`: `before` and
        `STRETCH` times the step from there to `after`. No number of them may leave the program.
        """
        base = self._base(joined.receipt.cell)
        before, after = base.new_tensor(joined.before), base.new_tensor(joined.after)
        stretched = before + STRETCH * (after - before)
        return {"before": before, "after": after, "stretched": stretched}

    def undo(self, token: str, code: str, gender: str) -> int:
        """Take the face of a token back out; returns how many are left in that average.

        Raises:
            ContributionRefusedError: `too_late`: it joined in another session, or a day ago.
            CommunityUnavailableError: the database cannot be used now.
        """
        community = self._opened()
        cell = self._cell(code, gender)
        with self._lock:
            known = dict(self._receipts.get(token, {}))
        # It may have joined under the bundle that was in use before.
        same = [r for c, r in known.items() if (c.code, c.gender) == (cell.code, cell.gender)]
        receipt = known.get(cell) or next(iter(same), None)
        if receipt is None:
            raise ContributionRefusedError(
                "too_late", f"No face of this session is in the average of {cell}."
            )
        left = community.undo(receipt)
        self._outdate(receipt.cell)
        return left

    def forget(self, token: str) -> None:
        """Drop the receipts of a token: its face cannot be taken out any more."""
        with self._lock:
            self._receipts.pop(token, None)

    def public(self, code: str, gender: str) -> PublicAverage | None:
        """Return the average as everybody sees it; None while few joined, or nobody can."""
        if self._community is None:
            return None
        cell, now_s = self._cell(code, gender), time.monotonic()
        until_s, found = self._means.get(cell, (0.0, None))
        if now_s < until_s:
            return found
        base = self._base(cell)
        mean = self._community.public_mean(cell, base.numpy())
        if mean is not None:
            edition = hashlib.sha256(mean.w.tobytes()).hexdigest()[:EDITION_DIGITS]
            found = PublicAverage(base.new_tensor(mean.w), mean.count, edition)
        else:
            found = None
        self._means[cell] = (now_s + FRESH_S, found)
        return found

    def counts(self) -> dict[tuple[str, str], int] | None:
        """How many joined, by code and gender; None while the database is away or nobody can."""
        if self._community is None:
            return None
        known, now_s = self._counts, time.monotonic()
        if known is not None and now_s < known[0]:
            return known[1]
        manifest = self._studio.manifest
        found = self._community.counts(manifest.name, manifest.version)
        self._counts = (now_s + FRESH_S, found)
        return found

    def close(self) -> None:
        """Write a last snapshot where a repo is named, and close the database."""
        atexit.unregister(self.close)
        if self._community is not None:
            self._community.close()

    def _opened(self) -> Community:
        if self._community is None:
            raise CommunityUnavailableError(self._why_not)
        return self._community

    def _cell(self, code: str, gender: str) -> Cell:
        manifest = self._studio.manifest
        return Cell(manifest.name, manifest.version, parse_code(code), check_gender(gender))

    def _base(self, cell: Cell) -> "Tensor":
        return self._studio.type_mean(cell.code, cell.gender)

    def _outdate(self, cell: Cell) -> None:
        self._means.pop(cell, None)
        self._counts = None

    def beside(self, studio: "Studio") -> "Contributions | None":
        """Return those of another studio over the same database; None where none is open."""
        if self._community is None:
            return None
        return Contributions(studio, self._community, receipts=self._receipts)


def open_contributions(
    settings: Settings, studio: "Studio", earlier: Contributions | None = None
) -> Contributions:
    """Open the community averages that the settings name; where they cannot be, say so and go on.

    A database that is away now may come later: joins are tried as they come. One that `earlier`
    has open is used again.
    """
    if not settings.contributions:
        return Contributions(studio)
    if not studio.takes_photos:
        return Contributions(studio, why_not=NO_PHOTOS)
    if earlier is not None and (beside := earlier.beside(studio)) is not None:
        return beside
    try:
        community = open_community(settings.database_url, settings.state_dir, settings.state_repo)
    except MbtifaceError as error:
        log.error("Nobody can join an average: %s", error)
        return Contributions(
            studio, without="away", why_not=f"Nobody can join an average now. {error}"
        )
    opened = Contributions(studio, community)
    atexit.register(opened.close)
    return opened
