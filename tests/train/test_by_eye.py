"""Faces judged by eye are those of one mapping network, and the bundle's map refuses the young."""

import numpy as np
import pytest

from mbtiface.errors import SourceError
from mbtiface.faces.studio import Studio
from mbtiface.networks.mapping import MappingNetwork
from mbtiface.weights.bundle import load_generator, open_bundle
from train.data.by_eye import SEEN, seen_faces


@pytest.mark.parametrize(("w_dim", "c_dim"), [(16, 0), (2, 0), (16, 3)])
def test_another_generator_is_refused(w_dim: int, c_dim: int) -> None:
    with pytest.raises(SourceError, match="makes other faces"):
        seen_faces(MappingNetwork(16, c_dim, w_dim, 4).eval(), 16)


def test_the_embedded_map_refuses_nearly_all_young_faces(embedded_studio: Studio) -> None:
    network = load_generator(open_bundle("embedded"))
    seen = seen_faces(network.mapping, network.z_dim)
    assert len(seen.w) == SEEN
    weight = embedded_studio.averages.weight("young").sum(0).double().numpy()  # [w_dim]
    bias = float(embedded_studio.averages.tensors["young.bias"])
    refused = seen.w @ weight + bias >= 0.5
    assert refused[seen.young].mean() > 0.95
    assert np.mean(refused[~seen.young]) < 0.6
