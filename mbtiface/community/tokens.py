"""What is kept of a person, all of it for 24 hours at most, none of it readable.

- A visitor's token of the day limits them to one join a type and day. It is a keyed hash; the key
  is a random salt of the day, dropped when the day (UTC) is over. From then on nobody can tell
  whose token it was, and the token goes with it.
- A join's key and proof make a repeated request count once and let its maker take it back. Both
  are hashes of the random join id, which only the visitor's session holds: without it they tell
  neither who joined nor with which face. Of the time the hour is kept.
"""

import hashlib
import hmac
import re

from mbtiface.community.cells import Cell, FixedLatent
from mbtiface.community.fixed_point import to_bytes
from mbtiface.errors import InputError

HOUR_S = 60 * 60
HOURS_KEPT = 24
SALT_BYTES = 32
JOIN_ID = re.compile("[0-9a-f]{32}")
"""128 random bits; guessing one would allow to try faces against a stolen database."""


def day_of(now_s: float) -> int:
    """Days since 1970, UTC."""
    return hour_of(now_s) // 24


def hour_of(now_s: float) -> int:
    """Hours since 1970."""
    return int(now_s // HOUR_S)


def visitor_token(salt: bytes, visitor: str, cell: Cell) -> bytes:
    """The token of a visitor, bundle and type, whichever the gender; the salt is the day's.

    Raises:
        InputError: the visitor is empty: all such visitors would share one token.
    """
    if not visitor:
        raise InputError("A join needs a visitor: the name of a session or address, not ''.")
    parts = (visitor, cell.bundle, cell.version, cell.code)
    return hmac.digest(salt, _joined(parts), "sha256")


def join_key(join_id: str) -> bytes:
    """The name under which a join is known.

    Raises:
        InputError: the id is not 32 hex digits.
    """
    if not isinstance(join_id, str) or not JOIN_ID.fullmatch(join_id):
        # Without the id: messages reach logs.
        raise InputError("A join id must be 32 random hex digits in small letters.")
    return hashlib.sha256(b"join " + join_id.encode()).digest()


def join_proof(join_id: str, cell: Cell, added: FixedLatent) -> bytes:
    """Ties a join id to what was added where, so that only that can be taken back."""
    names = _joined((cell.bundle, cell.version, cell.code, cell.gender))
    return hmac.digest(join_id.encode(), names + to_bytes(added), "sha256")


def _joined(parts: tuple[str, ...]) -> bytes:
    """Parts with their lengths, so that no two lists of parts read the same."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
