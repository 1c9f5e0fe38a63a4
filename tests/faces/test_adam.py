"""Our Adam takes the same steps as torch's."""

import torch

from mbtiface.faces.adam import Adam


def test_it_moves_as_torch_does() -> None:
    random = torch.Generator().manual_seed(0)
    start = [torch.randn(3, 4, generator=random), torch.randn(5, generator=random)]
    ours = [x.clone().requires_grad_() for x in start]
    theirs = [x.clone().requires_grad_() for x in start]
    adam = Adam(ours, betas=(0.9, 0.99))
    reference = torch.optim.Adam(theirs, betas=(0.9, 0.99))
    for step in range(20):
        rate = 0.1 / (step + 1)
        for group in reference.param_groups:
            group["lr"] = rate
        for values in (ours, theirs):
            sum((x - 1).square().sum() * (step + 1) for x in values).backward()
        adam.step(rate)
        reference.step()
        reference.zero_grad()
    for one, other, before in zip(ours, theirs, start, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
        assert not torch.allclose(one, before)


def test_what_has_no_gradient_stays() -> None:
    moved, stays = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    adam = Adam([moved, stays])
    moved.sum().backward()
    adam.step(0.5)
    assert (moved < 1).all()
    assert torch.equal(stays, torch.ones(2))
    assert moved.grad is None
