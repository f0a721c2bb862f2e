"""What a network is asked to learn: the four tasks, named once."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Task: TypeAlias = Literal["binary", "multiclass", "multilabel", "regression"]
TASKS: tuple[Task, ...] = get_args(Task)


def is_classification(task: Task) -> bool:
    """Tell whether the answers of ``task`` are classes rather than numbers.

    >>> is_classification("binary"), is_classification("regression")
    (True, False)
    """
    return task != "regression"
