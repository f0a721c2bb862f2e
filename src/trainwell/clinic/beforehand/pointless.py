"""What makes a training run pointless, so that it is better not begun: looked for in the data alone, in no time."""

from __future__ import annotations

import numpy as np

from trainwell.data import Dataset
from trainwell.engine import Problem


def pointless(data: Dataset, problem: Problem) -> list[str]:
    """Return why training would be pointless, a sentence each; nothing where it may begin.

    Args:
        data: the data set.
        problem: the same, encoded.
    """
    return [sentence for sentence in (constant_target(data), constant_inputs(problem)) if sentence is not None]


def constant_target(data: Dataset) -> str | None:
    """Say so if every training row has the same answer."""
    values = np.asarray(data.target.values)[data.parts.train]
    if not len(values) or (values != values[:1]).any():
        return None
    names = ", ".join(data.target.names)
    return (
        f"every one of the {len(values)} training rows has the same {names}, so there is nothing to tell apart; look "
        "at the column, or divide the rows otherwise."
    )


def constant_inputs(problem: Problem) -> str | None:
    """Say so if no input differs between training rows."""
    rows = np.asarray(problem.rows.training)[: int(problem.rows.training_count)]
    inputs = np.asarray(problem.examples.inputs)[rows]
    if not len(inputs) or (inputs != inputs[:1]).any():
        return None
    return "the inputs of all training rows are the same, so they can say nothing; look at what was left out, and why."
