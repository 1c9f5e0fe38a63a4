"""The averages that people's photos join. The only package that knows the database.

Of a person nothing is kept but two hashes for a day (`tokens`); of a face only its part of a sum.
"""

from mbtiface.community.bounds import Bounds, Contribution, LatentStatistics
from mbtiface.community.cells import Cell, CommunityMean, Joined, Receipt
from mbtiface.community.community import Community, open_community

__all__ = [
    "Bounds",
    "Cell",
    "Community",
    "CommunityMean",
    "Contribution",
    "Joined",
    "LatentStatistics",
    "Receipt",
    "open_community",
]
