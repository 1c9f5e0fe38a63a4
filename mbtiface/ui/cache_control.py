"""How long browsers and proxies may keep an answer: values of the Cache-Control header."""

FOREVER = "public, max-age=31536000, immutable"
"""For what its address names completely."""
ASK_FIRST = "no-cache"
"""For what may be another picture under the same address tomorrow."""
NEVER = "no-store"
"""For all that shows or concerns a visitor's own face."""
KEPT_NOWHERE = {"cache-control": NEVER}
"""The whole header of such an answer."""
