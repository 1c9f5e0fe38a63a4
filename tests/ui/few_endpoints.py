"""A page of four public endpoints, one event of its own and the one that refuses."""

from mbtiface.ui.api import REFUSAL
from mbtiface.ui.api_requests import Endpoint, Endpoints

PUBLIC = {"about": 0, "score": 1, "morph": 2, "contribute": 3}
"""The number of each public endpoint."""
OWN = {"own_event": 4, REFUSAL: 5}
ENDPOINTS = Endpoints(
    {
        PUBLIC["about"]: Endpoint("about", (), frozenset()),
        PUBLIC["score"]: Endpoint("score", ("answers", "form"), frozenset({"answers"})),
        PUBLIC["morph"]: Endpoint("morph", ("start", "axes", "size"), frozenset()),
        PUBLIC["contribute"]: Endpoint(
            "contribute", ("image", "code", "gender"), frozenset({"image", "code", "gender"})
        ),
    },
    {number: name for name, number in OWN.items()},
)
