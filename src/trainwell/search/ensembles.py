"""Ensembles: the mean answer of several trained networks. Not for choosing or training them."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from trainwell.engine import Trained
from trainwell.errors import RecipeError
from trainwell.functions import losses


def answers(trained: Trained, inputs: np.ndarray) -> np.ndarray:
    """Return a network's probabilities or numbers for encoded rows, ``(rows, outputs)``; numbers in encoded units."""
    objective = trained.program.objective(dict(trained.recipe.knobs()))
    outputs = jnp.asarray(trained.outputs(inputs))
    return np.asarray(losses.predict(outputs, objective.loss.takes, objective.task))


def average_predictions(members: Sequence[Trained], inputs: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of the members' probabilities or numbers, ``(rows, outputs)``.

    The mean of networks that err in different places errs less than they do on average: for squared error and
    cross-entropy it is never worse.

    Args:
        members: trained networks for one task.
        inputs: encoded rows ``(rows, width)``; a sequence, one for each member, where their encodings differ.

    Raises:
        RecipeError: no members, or as many inputs as members are not given.

    Reference: L. Hansen, P. Salamon, "Neural Network Ensembles", 1990.
    """
    if not members:
        raise RecipeError("an ensemble needs at least one member, but got none.")
    each = [inputs] * len(members) if isinstance(inputs, np.ndarray) else list(inputs)
    if len(each) != len(members):
        raise RecipeError(f"{len(members)} members need as many inputs, or one for all, but got {len(each)}.")
    return np.mean([answers(member, own) for member, own in zip(members, each, strict=True)], axis=0)
