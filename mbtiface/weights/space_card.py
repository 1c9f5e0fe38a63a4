"""What a Space says of itself: the card at the top of the project, which may name a bundle."""

import logging
from pathlib import Path

from mbtiface.weights.hub_bundle import SCHEME

CARD = Path(__file__).parents[2] / "README.md"
log = logging.getLogger(__name__)


def named_by_card(card: Path) -> str:
    """Return `hf://owner/name` of the first of `models:` in a card's front matter, or "".

    So a Space that says which bundle it shows, as the Hub wants it said, shows it.
    """
    from huggingface_hub import RepoCard

    try:
        models = RepoCard.load(card).data.get("models") or []
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read as a card (%s).", card.name, error)
        return ""
    return f"{SCHEME}{models[0]}" if models else ""
