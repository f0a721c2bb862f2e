"""What is to be learned: reading the target, guessing its task, classes and their codes. No scaling here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from trainwell.data.kinds import refuse_infinite
from trainwell.data.slips import dressed_numbers
from trainwell.data.values import clean, fits, to_boolean, to_number
from trainwell.data.wording import counted, listed, rows_named
from trainwell.errors import DataError, unknown_name
from trainwell.tasks import TASKS, Task

Label: TypeAlias = str | int | float | bool
MOST_CLASSES_OF_NUMBERS = 20
FEWEST_ROWS_PER_NUMBER = 3
#: The task that ``read`` takes for targets that are the inputs; a regression with as many outputs as inputs.
RECONSTRUCTION = "reconstruction"


@dataclass(frozen=True)
class Target:
    """The answers that the network learns to give.

    Attributes:
        names: the target's columns.
        task: what is asked.
        values: binary and multiclass: integer codes ``(rows,)`` into ``classes``; multilabel: 0.0
            and 1.0 ``(rows, labels)``; regression: float64 ``(rows, outputs)``, in their own units.
        classes: the labels as they stand in the data, sorted; empty for regression and multilabel.
    """

    names: tuple[str, ...]
    task: Task
    values: np.ndarray
    classes: tuple[Label, ...] = ()

    def __repr__(self) -> str:
        classes = f", {len(self.classes)} classes" if self.classes else ""
        return f"<Target {', '.join(self.names)}: {self.task}{classes}, {len(self.values)} rows>"

    @property
    def outputs(self) -> int:
        """How many numbers a network gives per row: one per class, label or output; binary one."""
        if self.task == "multiclass":
            return len(self.classes)
        return 1 if self.task == "binary" else self.values.shape[1]


def read_target(columns: Sequence[pl.Series], task: str | None = None) -> Target:
    """Read the target from its columns, guessing the task unless it is stated.

    Raises:
        DataError: missing or infinite values, a constant target, a class of one row, or values that
            do not fit the stated task.

    >>> read_target([pl.Series("species", ["cat", "dog", "cat", "dog"])]).classes
    ('cat', 'dog')
    """
    if task is not None and task not in TASKS:
        raise unknown_name("task", task, (*TASKS, RECONSTRUCTION))
    cleaned = [clean(column) for column in columns]
    for column in cleaned:
        refuse_missing(column)
    chosen = task or guessed_task(cleaned)
    if chosen == "regression":
        return regression_target(cleaned)
    if chosen == "multilabel":
        return multilabel_target(cleaned)
    if len(cleaned) > 1:
        raise DataError(
            f"task {chosen!r} has one target column, but got {listed(c.name for c in cleaned)}. "
            f"Name one, or say task='multilabel'."
        )
    return class_target(cleaned[0], task)


def refuse_missing(column: pl.Series) -> None:
    """Raise when the target is missing, infinite or too large anywhere, naming the rows."""
    rows = column.is_null().arg_true()
    if len(rows):
        raise DataError(
            f"the target {column.name!r} is missing in {rows_named(rows)} of {len(column)}. "
            f"Remove these rows, or fill the target in."
        )
    if column.dtype.is_float():
        refuse_infinite(column.alias(column.name))


def guessed_task(columns: Sequence[pl.Series]) -> Task:
    """Guess the task: words and few whole numbers are classes, other numbers are regression.

    >>> guessed_task([pl.Series("y", [0.5, 1.5, 2.5])]), guessed_task([pl.Series("y", [-1, 1, 1])])
    ('regression', 'binary')
    """
    if len(columns) > 1:
        return guessed_task_of_many(columns)
    (column,) = columns
    if not few_or_words(column):
        return "regression"
    return "binary" if column.n_unique() == 2 else "multiclass"


def guessed_task_of_many(columns: Sequence[pl.Series]) -> Task:
    """Guess the task of several columns: 0/1 throughout is multilabel, numbers are regression."""
    if all(fits(to_boolean(column), column) for column in columns):
        return "multilabel"
    words = [column.name for column in columns if not column.dtype.is_numeric()]
    if words:
        raise DataError(
            f"several target columns must be all 0/1 (multilabel) or all numbers (regression), "
            f"but {listed(words)} {'is' if len(words) == 1 else 'are'} neither. Name one target column."
        )
    return "regression"


def few_whole_numbers(column: pl.Series) -> bool:
    """Tell whether numbers are few and whole enough to be names of classes."""
    if column.dtype.is_float() and not (column == column.floor()).all():
        return False
    distinct = column.n_unique()
    few = distinct <= MOST_CLASSES_OF_NUMBERS and distinct * FEWEST_ROWS_PER_NUMBER <= len(column)
    return few or distinct <= 2


def few_or_words(column: pl.Series) -> bool:
    """Tell whether values may be names of classes: words, or numbers few and whole enough."""
    return not column.dtype.is_numeric() or few_whole_numbers(column)


def class_target(column: pl.Series, task: str | None) -> Target:
    """Turn labels into codes of sorted classes."""
    classes = column.unique().sort()
    if len(classes) == 1:
        raise constant_target(column)
    if task == "binary" and len(classes) != 2:
        if len(classes) > MOST_CLASSES_OF_NUMBERS or len(classes) * FEWEST_ROWS_PER_NUMBER > len(column):
            refuse_dressed_numbers(column)
        raise DataError(
            f"task 'binary' needs two classes, but the target {column.name!r} has {len(classes)}: "
            f"{listed(classes)}. Say task='{'multiclass' if few_or_words(column) else 'regression'}'."
        )
    codes = column.replace_strict(classes, range(len(classes)), return_dtype=pl.Int64).to_numpy()
    refuse_lonely_classes(column, codes, classes)
    chosen: Task = "binary" if len(classes) == 2 and task != "multiclass" else "multiclass"
    return Target((column.name,), chosen, codes, tuple(classes.to_list()))


def refuse_lonely_classes(column: pl.Series, codes: np.ndarray, classes: pl.Series) -> None:
    """Raise when a class has a single row."""
    lonely = np.flatnonzero(np.bincount(codes) == 1)
    if not lonely.size:
        return
    if lonely.size > len(classes) / 2:
        refuse_dressed_numbers(column)
        raise DataError(
            f"the target {column.name!r} has {len(classes)} distinct values in {len(column)} rows, too many "
            f"to be classes. Name another target, or say task='regression' if its values are numbers."
        )
    rows = np.flatnonzero(np.isin(codes, lonely))
    have = "has a single row" if lonely.size == 1 else "have a single row each"
    raise DataError(
        f"of the target {column.name!r}, {listed(classes.gather(lonely))} {have} ({rows_named(rows)}), but a "
        f"class needs two or more, to learn from and to test on. Merge it with another class, or remove it."
    )


def multilabel_target(columns: Sequence[pl.Series]) -> Target:
    """Read several yes/no columns as labels."""
    for column in columns:
        if not fits(to_boolean(column), column):
            raise DataError(
                f"task 'multilabel' needs 0/1 columns, but {column.name!r} holds "
                f"{listed(column.unique().sort(), 3)}. Name the columns of labels."
            )
        refuse_constant(column)
    values = np.column_stack([to_boolean(column).to_numpy().astype(np.float64) for column in columns])
    return Target(tuple(column.name for column in columns), "multilabel", values)


def regression_target(columns: Sequence[pl.Series]) -> Target:
    """Read one or many columns of numbers."""
    for column in columns:
        if not fits(to_number(column), column):
            refuse_dressed_numbers(column)
            raise DataError(
                f"task 'regression' needs numbers, but the target {column.name!r} holds "
                f"{listed(column.unique().sort(), 3)}. Leave the task out, or name another target."
            )
        refuse_constant(column)
        refuse_infinite(to_number(column).cast(pl.Float64))
    values = np.column_stack([to_number(column).to_numpy().astype(np.float64) for column in columns])
    return Target(tuple(column.name for column in columns), "regression", values)


def refuse_dressed_numbers(column: pl.Series) -> None:
    """Raise when a target would be numbers but for separators or units, naming the first cell."""
    rows = dressed_numbers(column)
    if rows:
        raise DataError(
            f"the target {column.name!r} holds {column[rows[0]]!r} in {rows_named(rows)}, a number with separators or "
            f"units. Strip them from the values to predict numbers."
        )


def refuse_constant(column: pl.Series) -> None:
    """Raise when every row has the same answer."""
    if column.n_unique() == 1:
        raise constant_target(column)


def constant_target(column: pl.Series) -> DataError:
    """Word that there is nothing to learn."""
    return DataError(
        f"the target {column.name!r} is {column[0]!r} in all of its {counted(len(column), 'row')}: nothing "
        f"to learn. Check that the file is whole, or name another target."
    )


def codes_of(labels: Any, classes: Sequence[Label], name: str = "target") -> np.ndarray:
    """Turn labels into integer codes ``(rows,)`` of known classes.

    Raises:
        DataError: a label that is no known class.

    >>> codes_of(["b", "a"], ("a", "b")).tolist()
    [1, 0]
    """
    by_label = {label: code for code, label in enumerate(classes)}
    given = np.asarray(labels).ravel().tolist()
    strange = [row for row, label in enumerate(given) if label not in by_label]
    if strange:
        raise DataError(
            f"the {name} holds {given[strange[0]]!r} in {rows_named(strange)}, which is none of its classes: "
            f"{listed(classes, limit=20)}."
        )
    return np.array([by_label[label] for label in given], dtype=np.int64)


def labels_of(codes: Any, classes: Sequence[Label]) -> np.ndarray:
    """Turn integer codes back into labels.

    >>> labels_of([1, 0], ("a", "b")).tolist()
    ['b', 'a']
    """
    return np.asarray(classes)[np.asarray(codes).ravel()]
