"""The names that scripts outside the project may call stay as they are."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import mbtiface
import mbtiface.networks

NETWORKS = {
    "Generator",
    "Discriminator",
    "StyleGAN1Generator",
    "MobileGenerator",
    "GradualStyleEncoder",
    "BackboneEncoderIntoW",
    "BackboneEncoderIntoWPlus",
    "ProgressiveEncoder",
}
# Each callable, and the parameters that a script may give by name; others may follow them.
SURVEY = {"items": ["lang", "form"], "score": ["answers"]}
STUDIO = {
    "sample": ["seed", "psi"],
    "invert": ["image", "face", "crop", "aligned", "refine_steps"],
    "render": ["w", "size"],
    "type_mean": ["code", "gender"],
    "letter_mean": ["letter", "gender"],
    "morph": ["w", "axes", "gender", "strength", "layers", "keep"],
    "sequence": ["w", "letters", "gender", "step", "strength"],
    "impression": ["w"],
}
# Given by position alone in the design: their names are free.
POSITIONAL = {"answers", "image", "code", "letter", "axes", "letters", "w"}


def check_parameters(function: Callable[..., Any], expected: list[str]) -> None:
    """Assert that a function takes the expected parameters, in order, before any other."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    assert len(names) >= len(expected), names
    for name, wanted in zip(names, expected, strict=False):
        assert name == wanted or wanted in POSITIONAL, (name, wanted)


def test_the_package_exports_what_scripts_may_call() -> None:
    assert mbtiface.__all__ == ["__version__", "load", "matching", "survey"]
    assert dir(mbtiface) == sorted(mbtiface.__all__)


@pytest.mark.parametrize("name", mbtiface.__all__)
def test_every_exported_name_loads(name: str) -> None:
    assert getattr(mbtiface, name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'mbtiface' has no attribute 'train'"):
        mbtiface.train  # noqa: B018 - reading it is the test


def test_the_version_has_three_numbers() -> None:
    assert [part.isdigit() for part in mbtiface.__version__.split(".")] == [True] * 3


def test_the_networks_are_exported() -> None:
    assert set(mbtiface.networks.__all__) >= NETWORKS
    for name in mbtiface.networks.__all__:
        assert getattr(mbtiface.networks, name)


@pytest.mark.parametrize("name", SURVEY)
def test_the_survey_takes_these_parameters(name: str) -> None:
    check_parameters(getattr(mbtiface.survey, name), SURVEY[name])


def test_the_ranking_takes_these_parameters() -> None:
    check_parameters(
        mbtiface.matching.ranking, ["code", "lang"]
    )  # or axis values in place of a code


@pytest.mark.parametrize("name", STUDIO)
def test_the_studio_takes_these_parameters(name: str) -> None:
    from mbtiface.faces.studio import Studio

    check_parameters(getattr(Studio, name), STUDIO[name])


def test_loading_takes_a_model_and_a_device() -> None:
    check_parameters(mbtiface.load, ["model", "device"])
