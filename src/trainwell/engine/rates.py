"""The learning-rate range test: a short training whose rate grows at every step, and the rate that it suggests.

The rate grows exponentially from one that is too low to one that is too high, and the loss of the same training rows is
measured after every update. Rate finders are known to be unstable; so several seeds run as one cohort, no loss is that
of a single batch, and the answer is a range besides a rate. Not a search: it knows nothing of where training ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from pydantic import Field

from trainwell.arguments import whole_number
from trainwell.data import Dataset
from trainwell.engine.cohort import Watch, fan_out, workers_for
from trainwell.engine.compilation import keep_compilations
from trainwell.engine.given import told_apart
from trainwell.engine.looks.probe import probe_of
from trainwell.engine.objective import Objective
from trainwell.engine.portions import fetched
from trainwell.engine.precision import arithmetic
from trainwell.engine.problem import Problem, prepare
from trainwell.engine.program import Program, program_for
from trainwell.engine.recipe import Recipe
from trainwell.engine.state import Examples, Rows, TrialState
from trainwell.engine.suiting import suit
from trainwell.engine.trial import train_step, zero_sums
from trainwell.errors import RecipeError
from trainwell.keys import seed_after
from trainwell.specification import knob
from trainwell.training import Optimizer, Schedule

LOWEST, HIGHEST = 1e-6, 10.0
#: Updates per decade of rates: few enough to be quick, many enough for every rate to show.
STEPS_PER_DECADE = 40
#: Half the width of the window that smooths the losses, in decades.
WINDOW = 0.1
#: The share of the way from the first loss to the least at which learning has begun.
BEGUN = 0.1
#: What a loss may exceed the least by before the rate counts as too high, as a share of the whole descent.
SPOILT = 0.1
#: How far below the rates that are too high the suggestion lies. The least loss is often a wide plain, on which its own
#: place is chance; where the loss rises again is not.
BELOW = 5.0
#: How many structures keep their compiled range test at hand.
PROGRAMS_KEPT = 16


class Ramp(Schedule):
    """The rate of a range test: ``first · growth^step``; not for recipes.

    Args:
        first: the factor of the first step.
        growth: by what it grows at every step.
    """

    first: Annotated[float, Field(gt=0), knob()] = 1.0
    growth: Annotated[float, Field(gt=1), knob()] = 1.1

    def multiplier(self, state: Any, step: Any, steps: Any, epochs: Any) -> Array:
        return jnp.asarray(self.first * jnp.power(self.growth, step))


@dataclass(frozen=True, eq=False)
class RateRange:
    """What a range test found.

    Attributes:
        rates: ``(steps,)`` the learning rate of each update.
        losses: ``(seeds, steps)`` loss of the probe rows after each update; NaN where it was no number.
        smoothed: ``(steps,)`` the median over seeds of the smoothed losses; infinite once training has diverged.
        suggested: the rate to train with.
        lowest: the lowest rate of the range that learns.
        highest: the rate beyond which the loss rises.
        seeds: how many trainings the answer rests on.

    Reference: L. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggested: float
    lowest: float
    highest: float
    seeds: int

    @property
    def text(self) -> str:
        """The finding in two sentences."""
        return (
            f"Try a learning rate of {self.suggested:.2g}. Over {self.seeds} seeds the loss falls from rates of "
            f"{self.lowest:.2g} on and rises beyond {self.highest:.2g}; it began at {self.smoothed[0]:.3g} and fell to "
            f"{np.min(self.smoothed):.3g}."
        )

    def __repr__(self) -> str:
        return f"<RateRange: try {self.suggested:.2g}, between {self.lowest:.2g} and {self.highest:.2g}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON-able data."""
        curve = [float(loss) if np.isfinite(loss) else None for loss in self.smoothed]
        named = {name: float(getattr(self, name)) for name in ("suggested", "lowest", "highest")}
        return named | {"seeds": self.seeds, "rates": self.rates.tolist(), "losses": curve, "text": self.text}


def rate_range(
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    seeds: int = 3,
) -> RateRange:
    """Find a good learning rate by a short training whose rate grows from too low to too high.

    Args:
        recipe: how to train, the default preset for this data if left out; its own rate and schedule are not used.
            ``rate_range(data)`` works as well.
        data: what to train on; only its training rows are looked at.
        lowest: the rate of the first update.
        highest: the rate of the last.
        seeds: trainings to take the median of.

    Raises:
        DataError: no data.
        RecipeError: the ends are not in order, fewer than one seed, an optimizer of one's own, or a loss that falls
            at no rate.

    >>> from trainwell.data import read
    >>> data = read({"x": [0.1, 0.9, 0.2, 0.8] * 20, "y": ["a", "b"] * 40}, target="y")
    >>> found = rate_range(Recipe(), data, seeds=1)
    >>> found.lowest < found.suggested < found.highest
    True
    """
    recipe, data = told_apart("rate_range", recipe, data)
    refuse_impossible(recipe, lowest, highest)
    seeds = whole_number("seeds", seeds)
    keep_compilations()
    count = round(STEPS_PER_DECADE * np.log10(highest / lowest))
    rates = lowest * (highest / lowest) ** (np.arange(count) / (count - 1))
    ramp = Ramp(first=lowest / recipe.optimizer.learning_rate, growth=float(rates[1] / rates[0]))
    trial = recipe.with_settings({"schedule": ramp})
    return judged(rates, ramped(trial, prepare(trial, data), count, seeds))


def refuse_impossible(recipe: Recipe, lowest: float, highest: float) -> None:
    """Raise ``RecipeError`` unless a range test can be made so."""
    if not isinstance(recipe.optimizer, Optimizer):
        raise RecipeError("a range test sets the optimizer's learning_rate; take one of ours, such as tw.AdamW().")
    if recipe.optimizer.needs_loss:
        name = type(recipe.optimizer).__name__
        raise RecipeError(
            f"a range test is for optimizers whose rate is the length of their steps, but {name} finds that itself "
            "along a line; train with its default rate."
        )
    if not 0 < lowest < highest / 10:
        raise RecipeError(
            f"a range test needs 0 < lowest < highest / 10, but got lowest {lowest!r} and highest {highest!r}."
        )


def ramped(recipe: Recipe, problem: Problem, count: int, seeds: int) -> np.ndarray:
    """Return the probe's loss after each of ``count`` updates ``(seeds, count)``, one training a seed, as a cohort.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    program = program_for(recipe, problem.layout, problem.task, problem.outputs)
    sweep = sweep_of(program, count)
    with arithmetic(recipe):
        knobs = program.knobs(recipe)
        suit(recipe, problem, program)

    def training(number: int) -> Callable[[], tuple[int, np.ndarray]]:
        def work() -> tuple[int, np.ndarray]:
            with arithmetic(recipe):
                state = program.start(knobs, seed_after(recipe.seed, number), problem.base_rate)
                return number, np.asarray(sweep(knobs, state, problem.examples, problem.rows))

        return work

    losses = np.full((seeds, count), np.nan)
    with Watch() as watch:
        for number, found in fan_out(map(training, range(seeds)), watch, workers_for(seeds)):
            losses[number] = found
        if watch.interrupted:
            raise KeyboardInterrupt
    return losses


@lru_cache(maxsize=PROGRAMS_KEPT)
def sweep_of(program: Program, count: int) -> Callable[..., Array]:
    """Return the compiled range test of a structure."""
    return program.compiled(partial(ramp_up, count=count))


def ramp_up(objective: Objective, state: TrialState, examples: Examples, rows: Rows, *, count: int) -> Array:
    """Make ``count`` updates and return the probe's loss after each, dropout off."""
    steps = objective.steps_per_epoch(rows)
    probe = probe_of(state, examples, rows)

    def probe_loss(state: TrialState) -> Array:
        losses, _ = objective.judge(state.parameters, state.network_state, probe.inputs, probe.targets)
        return jnp.sum(probe.weights * losses) / jnp.sum(probe.weights)

    def epoch(number: Array, carry: tuple[TrialState, Array]) -> tuple[TrialState, Array]:
        state, losses = carry
        state = state._replace(epoch=number)

        def update(batch: Array, carry: tuple[TrialState, Array]) -> tuple[TrialState, Array]:
            state, losses = carry
            rows_of_it = fetched(objective, examples, rows, state, batch, updates=1)
            state = train_step(objective, rows_of_it, rows, batch, state)._replace(sums=zero_sums())
            return state, losses.at[number * steps + batch].set(probe_loss(state))

        return jax.lax.fori_loop(0, jnp.minimum(steps, count - number * steps), update, (state, losses))

    return jax.lax.fori_loop(0, -(-count // steps), epoch, (state, jnp.full(count, jnp.nan)))[1]


def judged(rates: np.ndarray, losses: np.ndarray) -> RateRange:
    """Return what the losses say about the rates.

    Raises:
        RecipeError: the loss falls at no rate.
    """
    smoothed = np.median([smooth(rates, np.where(np.isfinite(one), one, np.inf)) for one in losses], axis=0)
    first, best = smoothed[0], int(np.argmin(smoothed))
    descent = first - smoothed[best]
    if not descent > 1e-3 * abs(first):
        raise RecipeError(
            f"the loss falls at no rate between {rates[0]:.2g} and {rates[-1]:.2g}: check that the inputs say "
            "something about the target, or widen the range."
        )
    begun = int(np.argmax(smoothed < first - BEGUN * descent))
    spoilt = np.flatnonzero(smoothed[best:] > smoothed[best] + SPOILT * descent)
    lowest, highest = float(rates[begun]), float(rates[best + spoilt[0]] if len(spoilt) else rates[-1])
    return RateRange(rates, losses, smoothed, max(highest / BELOW, lowest), lowest, highest, len(losses))


def smooth(rates: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """Return the mean of the losses within :data:`WINDOW` decades of each rate; infinite where one of them is."""
    places = np.log10(rates)
    return np.array([losses[np.abs(places - place) < WINDOW + 1e-9].mean() for place in places])
