"""The mapping network: input latents and labels to intermediate latents w."""

from itertools import pairwise

import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks.layers import FullyConnectedLayer, normalize_second_moment
from mbtiface.networks.shapes import check_shape


class MappingNetwork(nn.Module):
    """Fully connected network from z and a label to w (StyleGAN, arXiv 1812.04948, section 2)."""

    w_avg: torch.Tensor

    def __init__(
        self,
        z_dim: int,  # size of the input latent; 0 = none, the label alone decides
        c_dim: int,  # size of the label; 0 = no labels
        w_dim: int,  # size of the intermediate latent
        num_ws: int | None,  # copies to return, one per synthesis layer; None = no such dimension
        num_layers: int = 8,  # fully connected layers, at least 1
        embed_features: int | None = None,  # size of the embedded label; None = w_dim
        layer_features: int | None = None,  # size between the layers; None = w_dim
        activation: str = "lrelu",  # a key of ACTIVATIONS
        lr_multiplier: float = 0.01,  # learning-rate factor of the layers, not of the embedding
        w_avg_beta: float | None = 0.995,  # decay of the running mean of w; None = do not track
    ) -> None:
        super().__init__()
        if num_layers < 1:
            raise InputError(f"num_layers must be at least 1, but is {num_layers}")
        if z_dim == 0 and c_dim == 0:
            raise InputError("a mapping needs an input: z_dim and c_dim are both 0")
        self.z_dim = z_dim
        self.c_dim = c_dim
        self.w_dim = w_dim
        self.num_ws = num_ws
        self.num_layers = num_layers
        self.w_avg_beta = w_avg_beta

        embed_features = w_dim if embed_features is None else embed_features
        embed_features = embed_features if c_dim > 0 else 0
        layer_features = w_dim if layer_features is None else layer_features
        if c_dim > 0:
            self.embed = FullyConnectedLayer(c_dim, embed_features)
        sizes = [z_dim + embed_features, *[layer_features] * (num_layers - 1), w_dim]
        for i, (size_in, size_out) in enumerate(pairwise(sizes)):
            layer = FullyConnectedLayer(
                size_in, size_out, activation=activation, lr_multiplier=lr_multiplier
            )
            self.add_module(f"fc{i}", layer)
        if num_ws is not None and w_avg_beta is not None:
            self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(
        self,
        z: torch.Tensor | None,  # [batch, z_dim]; ignored if z_dim is 0
        c: torch.Tensor | None = None,  # [batch, c_dim]; ignored if c_dim is 0
        truncation_psi: float = 1.0,  # 1 = w as it is, 0 = the average w
        truncation_cutoff: int | None = None,  # truncate this many first layers; None = all
        skip_w_avg_update: bool = False,  # leave the running mean alone in training mode
    ) -> torch.Tensor:
        """Return w, float32 [batch, num_ws, w_dim], or [batch, w_dim] where num_ws is None.

        InputError for a missing input, a wrong shape, or truncation without a tracked mean.
        """
        # Inputs, each at unit second moment.
        x = self._join_inputs(z, c)  # [batch, z_dim + embed_features]

        # Layers.
        for i in range(self.num_layers):
            x = self.get_submodule(f"fc{i}")(x)  # [batch, w_dim] after the last

        # Running mean of w, for truncation.
        tracked = self.num_ws is not None and self.w_avg_beta is not None
        if tracked and self.training and not skip_w_avg_update:
            self._update_w_avg(x)

        # One copy per synthesis layer.
        if self.num_ws is None:
            return x
        x = x[:, None, :].repeat(1, self.num_ws, 1)  # [batch, num_ws, w_dim]
        if truncation_psi == 1:
            return x
        if not tracked:
            raise InputError("truncation needs a mapping that tracks w_avg; leave psi at 1")
        return self.truncate(x, truncation_psi, truncation_cutoff)  # [batch, num_ws, w_dim]

    def truncate(self, ws: torch.Tensor, psi: float, cutoff: int | None = None) -> torch.Tensor:
        """Pull ws [batch, num_ws, w_dim] toward w_avg (StyleGAN, appendix B); same shape.

        `psi` 1 keeps them, 0 gives the average; `cutoff` limits it to the first layers.
        """
        if cutoff is not None and cutoff < 0:
            raise InputError(f"truncation_cutoff must not be negative, but is {cutoff}")
        cutoff = ws.shape[1] if cutoff is None else min(cutoff, ws.shape[1])
        near = self.w_avg.lerp(ws[:, :cutoff], psi)  # [batch, cutoff, w_dim]
        return torch.cat([near, ws[:, cutoff:]], dim=1)  # [batch, num_ws, w_dim]

    def _join_inputs(self, z: torch.Tensor | None, c: torch.Tensor | None) -> torch.Tensor:
        parts = []
        dtype = next(self.parameters()).dtype  # float32 unless the network was converted
        if self.z_dim > 0:
            if z is None:
                raise InputError(f"z is missing; it must have the shape [any, {self.z_dim}]")
            check_shape("z", z, [None, self.z_dim])
            parts.append(normalize_second_moment(z.to(dtype)))
        if self.c_dim > 0:
            if c is None:
                raise InputError(f"c is missing; it must have the shape [any, {self.c_dim}]")
            check_shape("c", c, [z.shape[0] if parts and z is not None else None, self.c_dim])
            parts.append(normalize_second_moment(self.embed(c.to(dtype))))
        return torch.cat(parts, dim=1)

    @torch.no_grad()
    def _update_w_avg(self, w: torch.Tensor) -> None:
        assert self.w_avg_beta is not None
        self.w_avg.copy_(w.mean(dim=0).lerp(self.w_avg, self.w_avg_beta))


def random_labels(
    mapping: nn.Module,  # with an int `c_dim`, 0 if it has none
    count: int,
    generator: torch.Generator | None = None,  # of the CPU; None = torch's own
) -> torch.Tensor | None:
    """Return labels [count, c_dim] of samples, each class alike likely; None where there are none.

    Nothing is drawn for a network without classes: its samples stay what they were.
    """
    c_dim = int(getattr(mapping, "c_dim", 0))
    if not c_dim:
        return None
    classes = torch.randint(c_dim, (count,), generator=generator)
    return torch.nn.functional.one_hot(classes, c_dim).float()


def mix_styles(ws: torch.Tensor, others: torch.Tensor, cutoff: int) -> torch.Tensor:
    """Return ws with the layers from `cutoff` on taken from `others` (StyleGAN, section 3.1).

    Both are [batch, num_ws, w_dim]; InputError if they differ in shape or cutoff leaves them.
    """
    check_shape("others", others, list(ws.shape))
    if not 0 <= cutoff <= ws.shape[1]:
        raise InputError(f"cutoff must lie in 0..{ws.shape[1]}, but is {cutoff}")
    return torch.cat([ws[:, :cutoff], others[:, cutoff:]], dim=1)  # [batch, num_ws, w_dim]
