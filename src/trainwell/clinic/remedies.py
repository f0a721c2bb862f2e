"""Remedies that fit the recipe at hand: a change is offered only where the recipe takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainwell.clinic.finding import Case, Remedy
from trainwell.errors import TrainwellError


def remedy(case: Case, text: str, change: Mapping[str, Any] | None = None) -> Remedy:
    """Return a remedy in words, with the change that carries it out where the case's recipe takes it."""
    return Remedy(text, change if change and takes(case, change) else None)


def takes(case: Case, change: Mapping[str, Any]) -> bool:
    """Tell whether the recipe can be changed so, and would be another then."""
    if case.recipe is None:
        return False
    try:
        return bool(case.recipe.with_settings(change) != case.recipe)
    except (TrainwellError, TypeError, ValueError):
        return False


def learning_rate(case: Case) -> float | None:
    """Return the learning rate, by the recipe or by what the record says of the optimizer."""
    rate = getattr(case.recipe.optimizer, "learning_rate", None) if case.recipe is not None else None
    known = case.record.facts.get("optimizer")
    return rate if rate is not None else known.get("learning_rate") if isinstance(known, Mapping) else None


def with_rate(case: Case, text: str, factor: float) -> Remedy:
    """Return a remedy that multiplies the learning rate."""
    rate = learning_rate(case)
    return remedy(case, text, None if rate is None else {"optimizer.learning_rate": rounded(rate * factor)})


def rounded(value: float) -> float:
    """Return a number to two significant digits, as a person would write it.

    >>> rounded(0.0031234)
    0.0031
    """
    return float(f"{value:.2g}")


def usual_rate(case: Case) -> float:
    """Return the rate from which the recipe's optimizer is usually begun.

    Momentum μ adds up 1/(1 − μ) updates: what counts is the rate over that, a tenth.
    """
    known = case.record.facts.get("optimizer")
    settings: Mapping[str, Any] = known if isinstance(known, Mapping) else {}
    kind = settings.get("kind", "")
    if kind == "SGD":
        return rounded(min(0.05, 0.1 * (1 - (settings.get("momentum") or 0.0))))
    return {"Lion": 3e-4, "Muon": 0.02, "AdaDelta": 1.0, "AdaGrad": 0.01}.get(str(kind), 3e-3)
