"""What an estimator's parameters change in a recipe. They are checked there, not here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from trainwell.errors import RecipeError
from trainwell.training import EarlyStopping

#: The parameters by name, and the field of the recipe that each changes.
FIELDS: Mapping[str, str] = {
    "hidden": "network.hidden",
    "activation": "network.activation",
    "dropout": "network.dropout",
    "normalization": "network.normalization",
    "learning_rate": "optimizer.learning_rate",
    "weight_decay": "optimizer.weight_decay",
    "batch_size": "batch_size",
    "max_epochs": "max_epochs",
    "early_stopping": "early_stopping",
    "augmentation": "augmentation",
    "class_weight": "class_weights",
}


def settings(parameters: Mapping[str, Any], classes: Sequence[Any]) -> dict[str, Any]:
    """Return the fields of a recipe that parameters change, by dotted path; what is None changes nothing.

    Args:
        parameters: values by name, such as ``get_params`` gives; names that :data:`FIELDS` lacks are passed over.
        classes: the labels of the target, which ``class_weight`` names.

    >>> settings({"dropout": 0.1, "hidden": None, "early_stopping": False}, ())
    {'network.dropout': 0.1, 'early_stopping': 'none'}
    """
    words = {"early_stopping": stopping, "class_weight": lambda asked: by_class_name(asked, classes)}
    asked = {name: parameters[name] for name in FIELDS if parameters.get(name) is not None}
    return {FIELDS[name]: words.get(name, plain)(value) for name, value in asked.items()}


def checked_fraction(asked: Any) -> float:
    """Return the share of the rows to hold out.

    Raises:
        RecipeError: no number from 0 to below 1.

    >>> checked_fraction(0.2)
    0.2
    """
    if isinstance(asked, bool) or not isinstance(asked, Real) or not 0 <= float(asked) < 1:
        raise RecipeError(
            f"validation_fraction is a share of the rows, from 0 to below 1, but got {asked!r}. Say 0.2 to hold out a "
            f"fifth, or 0 to train on all rows."
        )
    return float(asked)


def stopping(asked: Any) -> Any:
    """Return what a recipe's ``early_stopping`` holds for what a person wrote short.

    >>> stopping(False), stopping(5).patience
    ('none', 5)
    """
    if isinstance(asked, bool):
        return EarlyStopping() if asked else "none"
    return EarlyStopping(patience=int(asked)) if isinstance(asked, Integral) else asked


def by_class_name(asked: Any, classes: Sequence[Any]) -> Any:
    """Return class weights by the classes' names, as recipes have them; 1 and 1.0 are the same label.

    >>> by_class_name({1: 3.0}, (0.0, 1.0))
    {'1.0': 3.0}
    """
    if not isinstance(asked, Mapping):
        return asked
    names = {label: str(label) for label in classes}
    return {names.get(label, str(label)): plain(weight) for label, weight in asked.items()}


def plain(value: Any) -> Any:
    """Return a NumPy scalar or array, as searches draw them, as plain numbers."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def seed_from(random_state: Any, otherwise: int) -> int:
    """Return the seed that an integer is or a generator gives; ``otherwise`` for None.

    >>> seed_from(7, otherwise=0), seed_from(None, otherwise=3)
    (7, 3)
    """
    if random_state is None:
        return otherwise
    if isinstance(random_state, Integral):
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31 - 1))
    return int(check_random_state(random_state).randint(2**31 - 1))
