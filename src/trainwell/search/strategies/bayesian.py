"""Bayesian search: Optuna's samplers, asked for a batch at a time.

A sampler is built anew for every batch from what was tried, in a study in memory: the same history gives the same
batch, on any machine and after any interruption. Diverged trials are told as the worst, so that it keeps away.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import optuna
from optuna.samplers import BaseSampler, GPSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from trainwell.engine.space import Settings, Space, address_of, applies, depth
from trainwell.errors import RecipeError
from trainwell.search.storing import distribution_of, quiet, stored_value, value_of
from trainwell.search.strategies.quasi_random import propose as propose_evenly
from trainwell.search.strategies.strategy import STRATEGIES, Question, Strategy
from trainwell.search.strategies.widening import widened

#: Trials asked for before the scores of any of them are told.
BATCH = 8
#: Evenly spread trials that come first, so that the sampler has something to learn from.
START = 16


def round_size(_: int) -> int:
    """Return how many trials are asked for at a time."""
    return BATCH


def tree_sampler(seed: int) -> BaseSampler:
    """Return a tree-structured Parzen estimator; its "constant liar" spreads the trials of a batch."""
    return TPESampler(seed=seed, n_startup_trials=0, multivariate=True, group=True, constant_liar=True)


def gaussian_sampler(seed: int) -> BaseSampler:
    """Return a sampler by a Gaussian process.

    Raises:
        RecipeError: PyTorch, which Optuna's process needs, is not installed.
    """
    if importlib.util.find_spec("torch") is None:
        raise RecipeError(
            "strategy 'gaussian-process' is computed by Optuna with PyTorch, which is not installed; "
            "install torch, or take strategy='bayesian'."
        )
    return GPSampler(seed=seed, n_startup_trials=0)


def propose(question: Question, sampler: Callable[[int], BaseSampler]) -> list[Settings]:
    """Return evenly spread points at first, then what the sampler expects to improve on the best."""
    seed = int(np.random.default_rng([question.seed, question.first]).integers(2**31))
    with quiet():
        chosen = sampler(seed)
        if question.first < START or question.best() is None:
            return propose_evenly(question)
        study = optuna.create_study(direction=question.direction, sampler=chosen)
        study.add_trials(told(question))
        return [asked(study.ask(), question.space) for _ in range(question.count)]


def explore_and_exploit(question: Question) -> list[Settings]:
    """Return the recipe itself and evenly spread points, then look around the best ones, beyond where these crowd.

    The recipe that the space was made around comes first: few trials beat a good recipe, and all are told of it.
    """
    if question.first >= START:
        question = replace(question, space=widened(question))
    proposals, own = propose(question, tree_sampler), question.space.own_settings()
    return [own, *proposals[1:]] if question.first == 0 and proposals and own else proposals


def told(question: Question) -> list[FrozenTrial]:
    """Return what was tried as Optuna's trials, those without a value as stopped with the worst one."""
    values = [tried.value for tried in question.tried if tried.value is not None]
    worst = min(values) if question.direction == "maximize" else max(values)
    ranges = question.space.ranges
    return [
        create_trial(
            state=TrialState.COMPLETE,
            value=worst if tried.value is None else tried.value,
            params={path: stored_value(ranges[path], value) for path, value in tried.settings.items()},
            distributions={path: distribution_of(ranges[path], value) for path, value in tried.settings.items()},
        )
        for tried in question.tried
    ]


def asked(trial: optuna.Trial, space: Space) -> Settings:
    """Return the settings that a sampler proposes, whole parts before fields inside them."""
    settings: Settings = {}
    recipe = space.recipe
    for path in sorted(space.ranges, key=depth):
        span, address = space.ranges[path], address_of(path)
        if applies(recipe, address):
            settings[path] = value_of(span, suggested(trial, path, distribution_of(span, span.at(0.0))))
            recipe = recipe.with_settings({address.field: settings[path]})
    return {path: settings[path] for path in space.ranges if path in settings}


def suggested(trial: optuna.Trial, path: str, distribution: optuna.distributions.BaseDistribution) -> object:
    """Ask a trial for one value."""
    if isinstance(distribution, optuna.distributions.CategoricalDistribution):
        return trial.suggest_categorical(path, distribution.choices)
    if isinstance(distribution, optuna.distributions.IntDistribution):
        return trial.suggest_int(path, distribution.low, distribution.high)
    assert isinstance(distribution, optuna.distributions.FloatDistribution)
    return trial.suggest_float(path, distribution.low, distribution.high, log=distribution.log)


STRATEGIES.register(
    "bayesian", formula="tree-structured Parzen estimator, in batches of 8", source="Bergstra et al. 2011; Optuna"
)(Strategy(partial(propose, sampler=tree_sampler), round_size=round_size, looks=True))
STRATEGIES.alias("tpe", "bayesian")
STRATEGIES.register(
    "gaussian-process", formula="expected improvement under a Gaussian process, in batches of 8", source="Optuna"
)(Strategy(partial(propose, sampler=gaussian_sampler), round_size=round_size, looks=True))
STRATEGIES.register(
    "explore-exploit",
    formula=f"the recipe itself and {START - 1} evenly spread trials, then a Parzen estimator over ranges widened",
    source="Tuning Playbook, on exploitation after exploration",
)(Strategy(explore_and_exploit, round_size=round_size, looks=True))
