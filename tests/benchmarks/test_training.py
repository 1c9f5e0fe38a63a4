"""The training benchmark: its phases train, its counts count, its tables say what was measured."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from mbtiface.errors import InputError
from tests.benchmarks.devices import chosen, peak_memory, peak_speeds
from tests.benchmarks.gan_phases import INTERVALS, Phases, reading, seconds_per_kimg
from tests.benchmarks.gan_variants import VARIANTS, Widths, build
from tests.benchmarks.operations import count_operations
from tests.benchmarks.peaks import count_flops
from tests.benchmarks.timing import Times
from tests.benchmarks.training_options import TrainingOptions
from tests.benchmarks.training_report import Measured, SideReport, TrainingReport
from train.stylegan2.losses import unchanged

CPU = torch.device("cpu")
TOY = Widths(channel_base=64, channel_max=8, mapping_layers=1)


def toy(name: str) -> Phases:
    networks = build(VARIANTS[name], 8, TOY, CPU)
    torch.manual_seed(1)
    return Phases(VARIANTS[name], *networks, 4, 8, CPU, unchanged)


@pytest.mark.parametrize("name", ["plain", "eager", "bf16_channels_last"])
def test_each_phase_moves_the_network_that_it_names_and_no_other(name: str) -> None:
    phases = toy(name)
    for phase, call in phases.calls().items():
        mine, other = phases.generator, phases.discriminator
        if phase[0] == "D":
            mine, other = other, mine
        before = [[p.detach().clone() for p in each.parameters()] for each in (mine, other)]
        call()
        moved = [
            sum(not torch.equal(p, q) for p, q in zip(each.parameters(), old, strict=True))
            for each, old in zip((mine, other), before, strict=True)
        ]
        assert moved[0] > 0, phase
        assert moved[1] == 0, phase


def losses(phases: Phases) -> list[float]:
    made: list[Callable[[], torch.Tensor]] = [phases._discriminator_loss, phases._r1]
    return [loss().item() for loss in made]


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("plain", 1e-4), ("grouped", 1e-4), ("channels_last", 1e-4), ("bf16", 0.05)],
)
def test_variants_compute_the_same(name: str, tolerance: float) -> None:
    """Noise strengths start at zero, so that one picture differs from the next in nothing else."""
    assert losses(toy(name)) == pytest.approx(losses(toy("eager")), rel=tolerance)


def test_the_grouped_variant_scales_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    convolve = torch.nn.functional.conv2d

    def watched(*args: object, **kwargs: object) -> torch.Tensor:
        groups.append(kwargs.get("groups", 1))
        return convolve(*args, **kwargs)

    monkeypatch.setattr(torch.nn.functional, "conv2d", watched)
    for name in ("eager", "grouped"):
        generator, _ = build(VARIANTS[name], 8, TOY, CPU)
        groups.clear()
        ws = torch.zeros(4, generator.num_ws, 512)
        generator.synthesis(ws)
        # Filters take a group for each channel (3 colours here, or 8 maps), kernels one a sample.
        assert (4 in groups) == (name == "grouped")


def test_compiled_networks_are_regularised(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.compile refuses second derivatives; the whole of it here but C++ code."""
    compiled = nn.Module.compile
    monkeypatch.setattr(nn.Module, "compile", lambda self: compiled(self, backend="aot_eager"))
    phases = toy("compile")
    with pytest.raises(RuntimeError, match="double backward"):
        phases._update(phases.discriminator, phases._r1)
    phases.calls()["Dreg"]()
    phases.calls()["Dmain"]()


def test_reading_gives_batches_of_pictures(tmp_path: Path) -> None:
    with reading(tmp_path / "pictures", 8, 4, CPU) as read:
        batch = read()
    assert batch.pictures.shape == (4, 3, 8, 8)
    assert -1 <= batch.pictures.min() < 0 < batch.pictures.max() <= 1


def test_rare_phases_count_as_often_as_they_come() -> None:
    assert INTERVALS == {"Gmain": 1, "Greg": 4, "Dmain": 1, "Dreg": 16}
    assert seconds_per_kimg(0.5, "Dmain", 10) == 50
    assert seconds_per_kimg(0.5, "Dreg", 10) == 50 / 16
    assert seconds_per_kimg(0.5, "data", 10) == 50


def test_operations_are_those_that_torch_counts() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 5))
    pictures = torch.zeros(2, 3, 8, 8)

    def call() -> torch.Tensor:
        loss = network(pictures).sum()
        loss.backward()
        return loss

    assert count_operations(call) == count_flops(call) > 0


def test_operations_of_second_derivatives_are_counted() -> None:
    layer, x = nn.Conv2d(3, 4, 3), torch.zeros(2, 3, 8, 8, requires_grad=True)

    def slope() -> torch.Tensor:
        (gradient,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
        return gradient.square().sum()

    once = count_operations(slope)
    assert count_operations(lambda: slope().backward()) > 2 * once > 0


def test_peak_memory_of_a_call_is_what_it_takes() -> None:
    size = 64 * 1024 * 1024
    taken = peak_memory(lambda: torch.ones(size, dtype=torch.uint8), CPU)
    assert taken is not None
    assert size * 0.9 < taken < size * 1.5


def test_peak_memory_is_unknown_where_it_cannot_be_reset(tmp_path: Path) -> None:
    made: list[int] = []
    assert peak_memory(lambda: made.append(1), CPU, proc=tmp_path / "none") is None
    assert made == [1]


def test_peaks_are_told_for_what_a_processor_computes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.benchmarks.devices.SIDES", {"cpu": 32})
    assert list(peak_speeds(CPU)) == ["fp32", "bf16"]


def made_up() -> TrainingReport:
    def measured(seconds: float) -> dict[str, Measured]:
        return {name: Measured(Times((seconds,), (2 * seconds,)), 5_000_000) for name in INTERVALS}

    quick = measured(0.02)
    failed = {name: quick[name] for name in ("Gmain", "Dmain")}
    side = SideReport(
        side=64,
        batch=10,
        channels=(2048, 256),
        flops=dict.fromkeys(INTERVALS, 1e9),
        measured={"plain": measured(0.08), "bf16": quick, "compile": failed},
        data=Times((0.001,)),
        refused={"compile, Greg": "it cannot be differentiated twice"},
    )
    peaks = {"fp32": 1e11, "bf16": 1e12}
    return TrainingReport("two cores", (0.0, 1.0), peaks, (side,), ("A note.",))


def rows(report: TrainingReport, beginning: str) -> list[list[str]]:
    lines = [line for line in report.markdown().splitlines() if line.startswith(f"| {beginning} ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_tables_tell_time_ratio_memory_and_distance_from_the_peak() -> None:
    times, shares = rows(made_up(), "bf16")
    # 20 ms for 10 pictures are 2 s for 1000; 2 + 2 / 4 + 2 + 2 / 16 and 0.1 for reading.
    assert times[1:] == ["2.00", "0.500", "2.00", "0.125", "0.100", "4.72", "4.00", "4.00"]
    # 1 GFLOP in 20 ms are 50 GFLOP/s: a twentieth of bf16's peak, half of float32's.
    assert shares[1:6] == ["bf16", "5 %", "50 %", "5 %", "50 %"]
    assert shares[6:] == ["5.00"] * 4


def test_what_failed_is_told_with_its_reason() -> None:
    report = made_up()
    times, shares = rows(report, "compile")
    assert times[1:] == ["2.00", "–", "2.00", "–", "0.100", "–", "–", "–"]
    assert shares[3] == "–"
    assert "- compile, Greg: it cannot be differentiated twice" in report.markdown()


def test_values_are_json() -> None:
    side = json.loads(json.dumps(made_up().values()))["sides"][0]
    assert side["sec_per_kimg"]["bf16"]["times_plain"] == 4
    assert side["of_peak"]["compile"]["Greg"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch": 6}, "A batch is a multiple of 4, but is 6"),
        ({"sides": (64, 100)}, "a power of two and at least 8, but is 100"),
        ({"rounds": 0}, "0 rounds, 2 cores"),
    ],
)
def test_options_that_cannot_be_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TrainingOptions(**change)  # type: ignore[arg-type]


@pytest.mark.parametrize("there", [True, False])
def test_a_device_is_chosen_by_name(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert chosen("auto").type == ("cuda" if there else "cpu")
    assert chosen("cpu").type == "cpu"
    if not there:
        with pytest.raises(InputError, match="A GPU was asked for"):
            chosen("cuda")


def test_a_small_run_from_end_to_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.benchmarks import training_run

    caplog.set_level(logging.INFO)
    monkeypatch.setattr("tests.benchmarks.devices.SIDES", {"cpu": 32})
    options = TrainingOptions(
        sides=(8,),
        variants=("plain", "bf16"),
        batch=4,
        channel_base=64,
        channel_max=8,
        rounds=1,
        augment="bgc",
        device="cpu",
    )
    report = training_run.run(options)
    assert [side.side for side in report.sides] == [8]
    assert all(len(found) == 4 for found in report.sides[0].measured.values())
    assert report.sides[0].times_baseline("plain") == 1
    with pytest.raises(InputError, match="fp16 needs a GPU"):
        training_run.run(TrainingOptions(variants=("fp16",), device="cpu"))
