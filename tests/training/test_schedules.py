"""Schedules: one suite for all, and for each its formula in NumPy at 100 points of a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.training.members import moved, require_documents, require_refusals, structure
from trainwell.engine import Recipe
from trainwell.errors import RecipeError
from trainwell.training import (
    SCHEDULES,
    CosineRestarts,
    Exponential,
    InverseSquareRoot,
    OneCycle,
    PiecewiseConstant,
    Plateau,
    Power,
)

STEPS, EPOCHS = 7, 30
TOTAL = STEPS * EPOCHS
POINTS = np.unique(np.linspace(0, TOTAL - 1, 100).astype(int))
every_schedule = pytest.mark.parametrize("name", SCHEDULES)


class Program(NamedTuple):
    """A compiled schedule over all points, and how often it was traced."""

    run: Callable[..., jax.Array]
    traces: list[int]


@cache
def program(template: Any) -> Program:
    traces: list[int] = []

    @jax.jit
    def run(knobs: dict[str, Any], points: jax.Array, steps: jax.Array, epochs: jax.Array) -> jax.Array:
        traces.append(1)
        schedule = template.with_knobs(knobs)
        return jax.vmap(lambda step: schedule.multiplier(schedule.start(), step, steps, epochs))(points)

    return Program(run, traces)


def curve(schedule: Any) -> np.ndarray:
    """Return the factor at :data:`POINTS` in float64."""
    with jax.enable_x64(True):
        knobs = {path: jnp.asarray(value) for path, value in schedule.knobs().items()}
        return np.asarray(program(structure(schedule)).run(knobs, jnp.asarray(POINTS), STEPS, EPOCHS))


# The oracles: the factor from t, epochs since warm-up, and p, the share of the steps after warm-up that are done.


def restarts(s: CosineRestarts, t: float, p: float) -> float:
    begin, length = 0.0, s.period
    while t >= begin + length:
        begin, length = begin + length, length * s.growth
    return s.final + (1 - s.final) * (1 + np.cos(np.pi * (t - begin) / length)) / 2


def one_cycle(s: OneCycle, t: float, p: float) -> float:
    if p < s.rise:
        return s.initial + (1 - s.initial) * (1 - np.cos(np.pi * p / s.rise)) / 2
    return s.final + (1 - s.final) * (1 + np.cos(np.pi * (p - s.rise) / (1 - s.rise))) / 2


def pieces(s: PiecewiseConstant, t: float, p: float) -> float:
    return [1.0, *(factor for _, factor in s.pieces)][sum(p >= share for share, _ in s.pieces)]


def inverse_square_root(s: InverseSquareRoot, t: float, p: float) -> float:
    """The paper's rate after warm-up, for some width of model, as a share of its peak at step w."""
    width, w = 512, s.warm_up * TOTAL
    step = w + p * (TOTAL - w)
    return (width**-0.5 * min(step**-0.5, step * w**-1.5)) / (width * w) ** -0.5


FORMULAS: dict[str, Callable[[Any, float, float], float]] = {
    "Constant": lambda s, t, p: 1.0,
    "PiecewiseConstant": pieces,
    "Power": lambda s, t, p: 1 / (1 + t / s.scale) ** s.exponent,
    "Exponential": lambda s, t, p: s.factor ** (t / s.scale),
    "Linear": lambda s, t, p: (1 - min(p / s.until, 1)) + min(p / s.until, 1) * s.final,
    "TimeDecay": lambda s, t, p: 1 / (1 + s.decay * t),
    "InverseSquareRoot": inverse_square_root,
    "Cosine": lambda s, t, p: s.final + (1 - s.final) * (1 + np.cos(np.pi * p)) / 2,
    "CosineRestarts": restarts,
    "OneCycle": one_cycle,
    "Plateau": lambda s, t, p: 1.0,  # before any epoch has ended; what follows has a test of its own
}


def expected(schedule: Any) -> np.ndarray:
    """Return the factor at :data:`POINTS` by the formula, warm-up included."""
    formula, rise = FORMULAS[type(schedule).__name__], schedule.warm_up * TOTAL
    factors = []
    for step in POINTS:
        begun = step // STEPS * STEPS if getattr(schedule, "by", "step") == "epoch" else step
        after = max(begun - rise, 0)
        warm = min((step + 1) / rise, 1) if rise else 1
        factors.append(warm * formula(schedule, after / STEPS, after / (TOTAL - rise)))
    return np.array(factors)


def cases(name: str) -> list[Any]:
    kind = SCHEDULES[name]
    plain = kind()
    by_epoch = {"by": "epoch"} if "by" in kind.model_fields else {}
    return [plain, moved(plain), kind(warm_up=0.2), moved(kind(warm_up=0.3, **by_epoch))]


def test_every_schedule_has_an_oracle():
    assert set(FORMULAS) == set(SCHEDULES)


@every_schedule
def test_a_hundred_points_equal_the_formula(name):
    assert len(POINTS) == 100
    for schedule in cases(name):
        np.testing.assert_allclose(curve(schedule), expected(schedule), atol=1e-12, err_msg=str(schedule))


@every_schedule
def test_other_knobs_compile_nothing(name):
    schedule = SCHEDULES[name](warm_up=0.2)
    before, after = curve(schedule), curve(moved(schedule))
    assert len(program(structure(schedule)).traces) == 1
    assert not np.array_equal(before, after)
    assert ((before >= 0) & (before <= 1)).all()


@every_schedule
def test_recipe_files_hold_it(name):
    for schedule in cases(name):
        recipe = Recipe(schedule=schedule)
        assert Recipe.from_toml(recipe.to_toml()) == recipe
        assert Recipe.from_dict(recipe.to_dict()) == recipe


@every_schedule
def test_nonsense_is_refused_by_name(name):
    require_refusals(SCHEDULES[name])


@every_schedule
def test_it_is_documented(name):
    require_documents(SCHEDULES.entry(name))


def factor_after(schedule: Any, epochs: int) -> float:
    return float(schedule.multiplier((), step=epochs * 10, steps=10, epochs=100))


def test_power_halves_after_s_and_thirds_after_twice_s():
    assert factor_after(Power(scale=15), 15) == pytest.approx(1 / 2)
    assert factor_after(Power(scale=15), 30) == pytest.approx(1 / 3)


def test_exponential_is_a_tenth_after_s():
    assert factor_after(Exponential(scale=15), 15) == pytest.approx(1 / 10)


@pytest.mark.parametrize("shares", [((0.5, 0.1), (0.5, 0.2)), ((0.5, 0.1), (0.4, 0.2)), ()])
def test_pieces_must_rise(shares):
    with pytest.raises(RecipeError, match=r"^PiecewiseConstant\.pieces: "):
        PiecewiseConstant(pieces=shares)


def plateau_fractions(schedule: Plateau, losses: np.ndarray) -> list[float]:
    """Follow PyTorch's ``ReduceLROnPlateau`` (mode min, absolute threshold) in plain Python."""
    fraction, best, waited, cooldown, seen = 1.0, np.inf, 0, 0, []
    for loss in losses:
        if loss < best - schedule.min_delta:
            best, waited = loss, 0
        else:
            waited += 1
        if cooldown > 0:
            cooldown, waited = cooldown - 1, 0
        if waited > schedule.patience:
            fraction, cooldown, waited = max(fraction * schedule.factor, schedule.floor), schedule.cooldown, 0
        seen.append(fraction)
    return seen


@cache
def plateau_program() -> Program:
    traces: list[int] = []

    @jax.jit
    def run(knobs: dict[str, Any], losses: jax.Array) -> jax.Array:
        traces.append(1)
        schedule = Plateau().with_knobs(knobs)

        def epoch(state: Any, loss: jax.Array) -> Any:
            state = schedule.observe(state, loss)
            return state, schedule.multiplier(state, 0, STEPS, EPOCHS)

        return jax.lax.scan(epoch, schedule.start(), losses)[1]

    return Program(run, traces)


@pytest.mark.parametrize(
    "schedule",
    [
        Plateau(patience=3),
        Plateau(factor=0.5, patience=0, floor=0.05),
        Plateau(factor=0.5, patience=2, cooldown=3, min_delta=0.02),
    ],
    ids=["patience", "floor", "cooldown"],
)
def test_plateau_reduces_when_and_as_often_as_it_should(schedule):
    noise = np.random.default_rng(0).normal(size=120)
    losses = 1 / np.arange(1, 121) + 0.01 * noise
    with jax.enable_x64(True):
        fractions = plateau_program().run(schedule.knobs(), jnp.asarray(losses))
    expected = plateau_fractions(schedule, losses)
    assert len(set(expected)) > 3
    np.testing.assert_allclose(fractions, expected, rtol=1e-12)
    assert len(plateau_program().traces) == 1
