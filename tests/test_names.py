"""The public names: every one the stub states can be had, and the package knows no others."""

from __future__ import annotations

import subprocess
import sys

import pytest

import trainwell as tw
from trainwell.registry import Registry


@pytest.mark.parametrize("name", tw.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(tw, name) is not None
    assert name in dir(tw)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'trainwell' has no attribute 'fitt'"):
        tw.fitt  # noqa: B018


def test_the_package_lists_its_public_names_and_no_others() -> None:
    assert sorted(dir(tw)) == sorted([*tw.__all__, "__version__"])


@pytest.mark.parametrize("room", ["adapters", "errors", "search"])
def test_rooms_can_be_had_in_a_fresh_session(room: str) -> None:
    program = f"import trainwell as tw; print(tw.{room}.__name__)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == f"trainwell.{room}\n"


def test_nothing_heavy_is_entered_before_it_is_asked_for() -> None:
    program = "import sys, trainwell; print('jax' in sys.modules, 'plotly' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "False"]


def test_an_alias_finds_a_member_and_is_not_listed() -> None:
    shapes: Registry[int] = Registry("shape")
    shapes.register("square")(4)
    shapes.alias("quadrate", "square")
    assert shapes["quadrate"] == 4
    assert "quadrate" in shapes
    assert shapes.entry("quadrate").name == "square"
    assert list(shapes) == ["square"]
    assert dict(shapes) == {"square": 4}


def test_a_registry_is_printed_by_its_first_members() -> None:
    shapes: Registry[int] = Registry("shape")
    shapes.register("square")(4)
    assert repr(shapes) == "<Registry of 1 shapes: square>"
    for number in range(20):
        shapes.register(f"polygon {number}")(number)
    assert repr(shapes).startswith("<Registry of 21 shapes: square, polygon 0, ")
    assert repr(shapes).endswith("polygon 6, …>")
