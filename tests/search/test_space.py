"""Ranges map the unit interval to values and back; a space refuses what cannot or should not be searched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from trainwell.engine import Recipe
from trainwell.engine.limits import limits_of
from trainwell.engine.ranges import Range, choice, integer, loguniform, uniform
from trainwell.errors import RecipeError, UnknownNameError
from trainwell.network import MLP
from trainwell.training import SGD, Adam

RANGES = [uniform(-1.0, 3.0), loguniform(1e-5, 10.0), integer(3, 9), choice(["a", (1, 2), None, 0.5])]


@pytest.mark.parametrize("span", RANGES, ids=lambda span: span.kind)
@given(position=some.floats(0, 1, exclude_max=True))
def test_a_position_gives_a_value_and_the_value_its_place(span: Range, position: float) -> None:
    value = span.at(position)
    assert abs(span.place(value) - position) <= (1e-9 if span.size is None else 0.5 / span.size + 1e-9)
    assert span.at(span.place(value)) == pytest.approx(value)


@pytest.mark.parametrize("span", RANGES, ids=lambda span: span.kind)
def test_levels_hold_the_ends(span: Range) -> None:
    levels = span.levels(5)
    assert levels[0] == pytest.approx(span.ends()[0])
    assert levels[-1] == pytest.approx(span.ends()[-1])
    assert len(levels) == (span.size or 5)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: uniform(0.5, 0.1), r"low < high, but got \(0.5, 0.1\); swap them"),
        (lambda: uniform(0.5, 0.5), "a range of some width"),
        (lambda: uniform(0.0, float("inf")), "two finite numbers"),
        (lambda: uniform("a", 1), "two finite numbers"),
        (lambda: uniform(1, 10**400), "two finite numbers"),
        (lambda: uniform(-1e308, 1e308), r"difference is a finite number, but got \(-1e\+308, 1e\+308\); narrow"),
        (lambda: loguniform(1e-200, 1e200), "quotient is a finite number, but got .*; narrow the range"),
        (lambda: loguniform(0.0, 1.0), "low > 0, for 0 has no logarithm"),
        (lambda: loguniform(-1.0, 1.0), "low > 0"),
        (lambda: integer(1.5, 3), "whole numbers"),
        (lambda: choice([]), "at least one value"),
        (lambda: choice([(1,), [1]]), "twice"),
        (lambda: choice("relu"), r"choice\(\['relu'\]\)"),
        (lambda: choice(3), r"needs a list of values, but got 3; write choice\(\[3\]\)"),
        (lambda: choice(np.array(3)), r"needs a list of values, but got 3"),
        (lambda: choice({"kind": "MLP"}), "needs a list of values, but got {'kind': 'MLP'}"),
        (lambda: choice(MLP()), r"needs a list of values, but got MLP\(\)"),
        (lambda: Recipe().vary({}), "at least one range"),
        (lambda: Recipe().vary({"network.dropout": 0.5}), "must be varied over"),
        (lambda: Recipe().vary({"network.dropout": uniform(0, 1)}), "MLP.dropout: input should be less than 1"),
        (lambda: Recipe().vary({"network.activation": choice(["relu", "rlu"])}), "Did you mean 'relu'"),
        (lambda: Recipe().vary({"max_epochs": integer(10, 100)}), "number of steps is never searched"),
        (lambda: Recipe().vary({"seed": integer(0, 9)}), "seeds=3"),
        (lambda: Recipe().vary({"optimizer.SGD.momentum": uniform(0, 0.9)}), "applies to no trial"),
    ],
)
def test_what_cannot_be_searched_is_refused(make: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        make()


def test_numpys_numbers_are_ends_and_choices() -> None:
    assert repr(integer(np.int64(1), np.int8(3))) == repr(integer(1, 3))
    assert repr(uniform(np.float32(0.5), np.int64(3))) == repr(uniform(0.5, 3))
    assert repr(loguniform(np.float64(1e-3), np.float32(1))) == repr(loguniform(1e-3, 1.0))
    assert repr(choice(np.array([0.5, 1]))) == repr(choice([0.5, 1.0]))
    assert repr(choice(np.array([[8, 4], [4, 2]]))) == repr(choice([(8, 4), (4, 2)]))
    assert repr(choice([(np.int64(8),), [16]])) == repr(choice([(8,), (16,)]))
    assert choice(range(3)).choices == (0, 1, 2)


def test_a_field_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'learning_rate'"):
        Recipe().vary({"optimizer.learnin_rate": uniform(0, 1)})


def test_the_batch_size_is_searched_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="Choose it for speed") as caught:
        Recipe().vary({"batch_size": choice([32, 64])})
    assert caught[0].filename == __file__


def test_roles_are_kept_and_checked() -> None:
    ranges = {"network.activation": choice(["relu", "mish"]), "optimizer.learning_rate": loguniform(1e-4, 1e-1)}
    space = Recipe().vary(ranges, roles={"network.activation": "scientific"})
    assert [span["role"] for span in space.to_dict().values()] == ["scientific", "nuisance"]
    with pytest.raises(UnknownNameError, match=r"Did you mean 'network\.activation'"):
        Recipe().vary(ranges, roles={"network.activatio": "scientific"})
    with pytest.raises(UnknownNameError, match="scientific, nuisance"):
        Recipe().vary(ranges, roles={"network.activation": "fixed"})  # type: ignore[dict-item]


def test_a_comparison_at_a_fixed_rate_is_unfair() -> None:
    ranges = {"network.activation": choice(["relu", "mish"])}
    with pytest.raises(RecipeError, match="as a nuisance"):
        Recipe().vary(ranges, roles={"network.activation": "scientific"})


def test_fields_of_a_kind_apply_to_that_kind_alone() -> None:
    space = Recipe().vary(
        {
            "optimizer.SGD.momentum": uniform(0.5, 0.9),
            "optimizer": choice([Adam(), SGD()]),
            "optimizer.Adam.beta1": uniform(0.8, 0.9),
        }
    )
    adam, sgd = space.settings_at([0.5, 0.1, 0.5]), space.settings_at([0.5, 0.9, 0.5])
    assert list(adam) == ["optimizer", "optimizer.Adam.beta1"]
    assert space.recipe_for(adam).optimizer.beta1 == pytest.approx(0.85)
    assert space.recipe_for(sgd).optimizer.momentum == pytest.approx(0.7)


def test_optimizers_do_not_share_a_range() -> None:
    with pytest.raises(RecipeError, match=r"optimizer\.Adam\.learning_rate, optimizer\.SGD\.learning_rate"):
        Recipe().vary({"optimizer": choice([Adam(), SGD()]), "optimizer.learning_rate": loguniform(1e-4, 1e-1)})


def test_limits_come_from_the_field() -> None:
    assert limits_of(Recipe(), "optimizer.learning_rate")[0] > 0  # type: ignore[operator]
    assert limits_of(Recipe(), "optimizer.weight_decay") == (0.0, None)
