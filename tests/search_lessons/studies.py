"""Made-up studies with a known truth: what decides the score is planted, so that a lesson can be checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.stats import qmc

Settings = Mapping[str, Any]

RATE, DROPOUT, DECAY, HIDDEN = (
    "optimizer.learning_rate",
    "network.dropout",
    "optimizer.weight_decay",
    "network.hidden",
)
SPACE: dict[str, dict[str, Any]] = {
    RATE: {"kind": "loguniform", "low": 1e-4, "high": 1e-1, "role": "nuisance"},
    DROPOUT: {"kind": "uniform", "low": 0.0, "high": 0.5, "role": "nuisance"},
    DECAY: {"kind": "loguniform", "low": 1e-5, "high": 1e-1, "role": "nuisance"},
}
RECIPE = {
    "network": {"kind": "MLP", "hidden": [128, 64], "activation": "relu", "normalization": None},
    "optimizer": {"kind": "AdamW", "beta1": 0.9, "beta2": 0.999},
    "schedule": {"kind": "Plateau", "warm_up": 0.0},
    "gradient_clipping": None,
    "batch_size": 64,
    "max_epochs": 100,
    "seed": 0,
}


def settings_of(space: Mapping[str, Mapping[str, Any]], point: np.ndarray) -> dict[str, Any]:
    """Return the settings at a point of the unit cube."""
    found: dict[str, Any] = {}
    for at, (path, facts) in zip(point, space.items(), strict=True):
        if facts["kind"] == "choice":
            found[path] = facts["choices"][int(at * len(facts["choices"]))]
        elif facts["kind"] == "loguniform":
            found[path] = facts["low"] * (facts["high"] / facts["low"]) ** at
        elif facts["kind"] == "integer":
            found[path] = int(facts["low"] + at * (facts["high"] - facts["low"] + 1))
        else:
            found[path] = facts["low"] + at * (facts["high"] - facts["low"])
    return found


def make_study(
    score: Callable[[Settings], float | None],
    *,
    trials: int = 64,
    space: Mapping[str, Mapping[str, Any]] | None = None,
    metric: str = "accuracy",
    direction: str = "maximize",
    folds: int = 1,
    noise: float = 0.0,
    seed: int = 0,
) -> dict[str, Any]:
    """Make a quasi-random study; ``score`` gives a trial's true score, or None where it diverges."""
    space = SPACE if space is None else space
    points = qmc.Halton(len(space), rng=seed).random(trials)
    rng = np.random.default_rng(seed)
    made = [make_trial(k, settings_of(space, point), score, folds, noise, rng) for k, point in enumerate(points)]
    return {
        "metric": metric,
        "direction": direction,
        "strategy": "quasi-random",
        "seed": seed,
        "data": "letter.csv",
        "recipe": RECIPE,
        "space": dict(space),
        "folds": folds,
        "seeds": 1,
        "plan": {},
        "trials": made,
    }


def make_trial(
    number: int,
    settings: Settings,
    score: Callable[[Settings], float | None],
    folds: int,
    noise: float,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Make one trial of a study."""
    truth = score(settings)
    values = [] if truth is None else (truth + rng.normal(0, noise, folds)).tolist()
    best = rng.integers(40, 70, folds).tolist()
    return {
        "number": number,
        "settings": settings,
        "state": "diverged" if truth is None else "complete",
        "value": float(np.mean(values)) if values else None,
        "values": values,
        "best_epochs": best if values else [],
        "epochs": [min(epoch + 20, 100) for epoch in best] if values else [3] * folds,
        "max_epochs": 100,
        "seconds": 1.0 + float(rng.random()),
        "rung": None,
        "problem": None,
    }


def rate_bowl(settings: Settings, best: float = 3e-3) -> float:
    """Return a score that only the learning rate decides, best at ``best``."""
    return 0.95 - 0.03 * math.log10(settings[RATE] / best) ** 2


def diverging(settings: Settings, edge: float = 0.02) -> float | None:
    """Return a score that rises with the rate until training diverges at ``edge``."""
    return None if settings[RATE] > edge else 0.9 + 0.02 * math.log10(settings[RATE] / 1e-4)
