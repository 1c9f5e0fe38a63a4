import json
from dataclasses import replace

from tests.benchmarks.app_run import AppRun, FirstAnswers
from tests.benchmarks.peaks import MATMUL_FLOPS
from tests.benchmarks.report import Comparison, Part, Report
from tests.benchmarks.timing import Times


def made_up_report() -> Report:
    second = Times((1.0, 1.0), (2.0, 2.0))
    first = FirstAnswers(page=9.0, picture=1.5, gallery=0.125, photo=2.5)
    return Report(
        machine="two cores",
        load=(0.5, 1.25),
        photo="Photo: 40 x 30 px.",
        parts=(
            Part("decode", Times((0.060, 0.062), (0.055, 0.055)), share=0.25),
            Part("encode", Times((0.031, 0.040), (0.060, 0.060)), 0.5, MATMUL_FLOPS / 200, "bf16"),
        ),
        comparisons=(
            Comparison("kept", Times((0.03,), (0.02,)), "anew", Times((0.6,), (1.1,)), 0.3),
        ),
        peaks={"fp32": second, "bf16": Times((0.5,), (1.0,))},
        package=Times((0.05,)),
        package_loads_torch=False,
        starts={"first start": AppRun(first, second, {"page": 700_000_000})},
        notes=("A note.",),
    )


def row(report: Report, beginning: str) -> list[str]:
    line = next(x for x in report.markdown().splitlines() if x.startswith(f"| {beginning}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_part_without_products_has_no_distance_from_the_peak() -> None:
    cells = row(made_up_report(), "decode")
    assert cells == ["decode", "61.0", "61.9", "60.0", "55.0", "25 %", "–", "–", "–"]


def test_a_network_is_held_against_the_peak_of_its_number_format() -> None:
    # 1/200 of a matrix product in 31 ms, where the peak makes a whole one in 500 ms.
    assert row(made_up_report(), "encode")[-1] == "8 % bf16"


def test_what_is_compared_stands_above_its_plain_way() -> None:
    report = made_up_report()
    assert row(report, "kept") == ["kept", "30.0", "30.0", "30.0", "20.0", "5 %", "300"]
    assert row(report, "anew") == ["anew", "600", "600", "600", "1 100", "–", "–"]
    text = report.markdown()
    assert text.index("| kept") < text.index("| anew")
    without = replace(report, comparisons=()).markdown()
    assert "Averages" not in without


def test_first_answers_and_memory_are_told() -> None:
    report = made_up_report()
    assert row(report, "first start: then the first photo")[1] == "2.50"
    assert row(report, "first start: then the gallery's 48 pictures")[1] == "125"
    assert row(report, "first start: peak memory after page")[1] == "700"
    assert row(report, "`import mbtiface`, ms (torch not loaded)")[1] == "50.0"
    assert report.markdown().endswith("- A note.")


def test_values_are_json_with_medians_beside_all_times() -> None:
    values = json.loads(json.dumps(made_up_report().values()))
    assert values["parts"][0]["times"]["wall"] == [0.060, 0.062]
    assert round(values["parts"][0]["p50"], 6) == 0.061
    assert (values["comparisons"][0]["p50"], values["comparisons"][0]["plain_p50"]) == (0.03, 0.6)
    assert values["peak_flops_per_second"]["bf16"] == MATMUL_FLOPS / 0.5
