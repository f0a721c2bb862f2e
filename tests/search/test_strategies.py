"""Every strategy: the same question has the same answer, within the space; and each does what it is for."""

from __future__ import annotations

import importlib.util
import itertools
from dataclasses import replace

import numpy as np
import pytest

from trainwell.engine import Recipe
from trainwell.engine.ranges import choice, integer, loguniform, uniform
from trainwell.engine.space import Settings, Space, plain_settings
from trainwell.errors import RecipeError
from trainwell.search import STRATEGIES
from trainwell.search.strategies import Question, Tried, coarse_to_fine
from trainwell.search.strategies.halving import promoted, rungs_of
from trainwell.search.strategies.quasi_random import halton
from trainwell.search.strategies.widening import widened

SPACE = Recipe().vary(
    {
        "optimizer.learning_rate": loguniform(1e-4, 1.0),
        "network.dropout": uniform(0.0, 0.5),
        "schedule.patience": integer(1, 5),
        "network.hidden": choice([(8,), (16, 8)]),
    }
)
AVAILABLE = [name for name in STRATEGIES if name != "gaussian-process" or importlib.util.find_spec("torch")]


#: A Gaussian process takes its time: it is asked for one batch, in one test.
QUICK = [name for name in AVAILABLE if name != "gaussian-process"]
LENGTH = dict.fromkeys(STRATEGIES, 64) | {"gaussian-process": 18}


def value_of(settings: Settings) -> float:
    """Best at a rate of 0.01 and a dropout of 0.2."""
    return -((np.log10(settings["optimizer.learning_rate"]) + 2) ** 2) - (settings["network.dropout"] - 0.2) ** 2


def played(name: str, trials: int, seed: int = 0, space: object = SPACE) -> list[Tried]:
    """Ask a strategy round by round, as a study does."""
    how, tried = STRATEGIES[name], list[Tried]()
    size = how.round_size(trials)
    while len(tried) < trials:
        question = Question(space, tuple(tried), len(tried), min(size, trials - len(tried)), trials, seed)  # type: ignore[arg-type]
        proposals = how.propose(question)
        if not proposals:
            break
        assert how.propose(question) == proposals
        tried += [Tried(settings, value_of(settings)) for settings in proposals]
    return tried


@pytest.mark.parametrize("name", AVAILABLE)
def test_every_proposal_makes_a_recipe(name: str) -> None:
    tried = played(name, LENGTH[name])
    assert LENGTH[name] / 2 <= len(tried) <= LENGTH[name]
    for each in tried:
        SPACE.recipe_for(each.settings)
        assert plain_settings(each.settings).keys() == SPACE.ranges.keys()


@pytest.mark.parametrize("name", QUICK)
def test_the_seed_decides(name: str) -> None:
    same, other = played(name, LENGTH[name]), played(name, LENGTH[name], seed=1)
    assert same == played(name, LENGTH[name])
    assert (same == other) is (name == "grid")


@pytest.mark.parametrize("name", [name for name in QUICK if STRATEGIES[name].extends])
def test_more_trials_begin_with_the_same(name: str) -> None:
    assert played(name, LENGTH[name])[:17] == played(name, 17)


@pytest.mark.parametrize("name", QUICK)
def test_trials_without_a_value_break_nothing(name: str) -> None:
    size = STRATEGIES[name].round_size(48)
    settings = [each.settings for each in played("random", size * max(1, 24 // size))]
    tried = tuple(Tried(each, None if number % 3 else 1.0) for number, each in enumerate(settings))
    question = Question(SPACE, tried, len(tried), 4, 48, 0)
    STRATEGIES[name].propose(question)
    STRATEGIES[name].propose(replace(question, tried=tuple(Tried(each, None) for each in settings)))


def test_halton_points_fill_every_axis_evenly() -> None:
    points = halton(0, 210, 4, seed=3)
    assert ((points >= 0) & (points < 1)).all()
    for axis, prime in enumerate((2, 3, 5, 7)):
        counts = np.histogram(points[:, axis], bins=prime, range=(0, 1))[0]
        assert abs(counts - 210 / prime).max() <= 2
    np.testing.assert_allclose(points[100:], halton(100, 110, 4, seed=3))


def test_halton_leaves_smaller_holes_than_chance() -> None:
    def largest_hole(points: np.ndarray) -> float:
        probes = np.random.default_rng(1).random((2000, 2))
        return float(np.linalg.norm(probes[:, None] - points, axis=2).min(axis=1).max())

    chance = [largest_hole(np.random.default_rng(seed).random((64, 2))) for seed in range(9)]
    assert largest_hole(halton(0, 64, 2, seed=0)) < np.median(chance)


def test_a_grid_holds_every_combination_once() -> None:
    space = Recipe().vary({"network.dropout": uniform(0.0, 0.5), "network.activation": choice(["relu", "mish"])})
    tried = STRATEGIES["grid"].propose(Question(space, (), 0, 6, 6, 0))
    expected = itertools.product([0.0, 0.25, 0.5], ["relu", "mish"])
    assert [tuple(settings.values()) for settings in tried] == list(expected)


def test_a_grid_larger_than_the_trials_is_refused() -> None:
    with pytest.raises(RecipeError, match="at least 40 points, more than trials=39"):
        STRATEGIES["grid"].propose(Question(SPACE, (), 0, 39, 39, 0))


def test_coarse_to_fine_ends_near_the_best() -> None:
    last = [np.log10(each.settings["optimizer.learning_rate"]) for each in played("coarse-to-fine", 64)[-16:]]
    assert max(abs(rate + 2) for rate in last) < 1.0


def test_coarse_to_fine_begins_again_when_there_are_trials_left() -> None:
    rates = [np.log10(each.settings["optimizer.learning_rate"]) for each in played("coarse-to-fine", 80)]
    assert np.ptp(rates[64:]) > 3 > np.ptp(rates[48:64])


def test_coarse_to_fine_leaves_a_range_whose_edge_is_best() -> None:
    space = Recipe().vary({"optimizer.learning_rate": loguniform(1e-5, 1e-3), "network.dropout": uniform(0.3, 0.5)})
    tried = played("coarse-to-fine", 64, space=space)
    assert max(each.settings["optimizer.learning_rate"] for each in tried) > 1e-3


def test_a_moved_range_stays_within_the_fields_limits() -> None:
    moved = coarse_to_fine.refined(uniform(0.0, 0.5), 0.01, 0.0, 1.0)
    assert (moved.low, moved.high) == pytest.approx((0.0, 0.26))  # type: ignore[attr-defined]


def test_bayesian_search_beats_chance() -> None:
    def best(strategy: str, seed: int) -> float:
        return max(each.value for each in played(strategy, 64, seed) if each.value is not None)

    assert np.mean([best("bayesian", seed) for seed in range(3)]) > np.mean([best("random", seed) for seed in range(9)])


def test_bayesian_search_keeps_away_from_where_training_diverges() -> None:
    tried = [
        replace(each, value=None if each.settings["optimizer.learning_rate"] > 0.1 else each.value)
        for each in played("random", 48)
    ]
    proposals = STRATEGIES["bayesian"].propose(Question(SPACE, tried, 48, 8, 64, 0))
    assert sum(settings["optimizer.learning_rate"] > 0.1 for settings in proposals) <= 1


@pytest.mark.skipif("gaussian-process" in AVAILABLE, reason="PyTorch is installed")
def test_the_gaussian_process_says_what_it_needs() -> None:
    with pytest.raises(RecipeError, match="install torch, or take strategy='bayesian'"):
        STRATEGIES["gaussian-process"].propose(Question(SPACE, (), 0, 0, 8, 0))


def test_an_unknown_strategy_is_named() -> None:
    with pytest.raises(RecipeError, match="Did you mean 'quasi-random'"):
        STRATEGIES["quasirandom"]


def test_rungs_rise_by_thirds() -> None:
    assert rungs_of(200, 64) == [7, 22, 67, 200]
    assert rungs_of(1, 64) == [1]
    assert [promoted(count) for count in (27, 9, 3, 1)] == [9, 3, 1, 1]


def test_exploitation_leaves_a_range_at_whose_end_the_best_crowd() -> None:
    space = Recipe().vary({"optimizer.learning_rate": loguniform(1e-5, 1e-3), "network.dropout": uniform(0.3, 0.5)})
    tried = played("explore-exploit", 64, space=space)
    assert max(each.settings["optimizer.learning_rate"] for each in tried[:16]) <= 1e-3
    assert max(each.settings["optimizer.learning_rate"] for each in tried[16:]) > 1e-3
    assert all(0.0 <= each.settings["network.dropout"] < 1.0 for each in tried)


def test_exploration_begins_with_the_recipe_itself_where_the_space_holds_it() -> None:
    recipe = Recipe().with_settings({"network.dropout": 0.4})
    spans = {"optimizer.learning_rate": loguniform(1e-5, 1e-1), "network.dropout": uniform(0.3, 0.5)}
    own = {"optimizer.learning_rate": recipe.optimizer.learning_rate, "network.dropout": 0.4}
    assert played("explore-exploit", 3, space=recipe.vary(spans))[0].settings == own
    beyond = recipe.vary(spans | {"network.dropout": uniform(0.0, 0.3)})
    assert beyond.own_settings() is None
    assert played("explore-exploit", 3, space=beyond) == played("quasi-random", 3, space=beyond)


def asked_after(space: Space, tried: list[Tried]) -> Question:
    """Return the question after these trials."""
    return Question(space, tried, len(tried), 8, 64, 0)


def test_a_range_stays_where_the_best_lie_inside_or_trials_beyond_would_diverge() -> None:
    inside = asked_after(SPACE, played("quasi-random", 32))
    assert widened(inside) == SPACE
    space = Recipe().vary({"optimizer.learning_rate": loguniform(1e-5, 1e-3)})
    random = np.random.default_rng(0)
    rates = (float(10**exponent) for exponent in random.uniform(-5, -3, 40))
    crowded = [Tried({"optimizer.learning_rate": rate}, rate) for rate in rates]
    wider = widened(asked_after(space, crowded)).ranges["optimizer.learning_rate"]
    assert wider.ends() == pytest.approx((1e-5, 1e-2))
    lost = [replace(each, value=None if number % 3 else each.value) for number, each in enumerate(crowded)]
    assert widened(asked_after(space, lost)) == space
