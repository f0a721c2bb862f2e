"""``read``: from anything that holds data to a :class:`Dataset`, every decision made and written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from trainwell.data.columns import Column, read_columns, set_aside
from trainwell.data.dataset import Dataset, moments
from trainwell.data.opening import joined, open_source
from trainwell.data.reconstruction import giving_back
from trainwell.data.roles import (
    Roles,
    as_array,
    kinds_of_inputs,
    planned_split,
    sample_weight,
    table_of,
    take_target,
)
from trainwell.data.source import Source
from trainwell.data.splits import Parts, Split
from trainwell.data.target import RECONSTRUCTION, Target, read_target

NO_ROWS = np.empty(0, np.int64)
NO_PARTS = Parts(NO_ROWS, NO_ROWS, NO_ROWS, how="not divided yet")


def read(
    source: Any,
    target: str | Sequence[str] | None = None,
    *,
    task: str | None = None,
    weights: Any = None,
    groups: Any = None,
    time: str | None = None,
    split: Split | str | None = None,
    test: Any = None,
    ignore: Sequence[str] = (),
    kinds: Mapping[str, str] | None = None,
    name: str | None = None,
    y: Any = None,
    delimiter: str | None = None,
) -> Dataset:
    """Read data and decide, in the open, what each column is and which rows train.

    Args:
        source: a path (CSV, TSV, Parquet, Arrow, JSON lines, npz, idx, or a folder with one subfolder of
            pictures per class), a data frame of any library, a mapping of columns, a list of rows (mappings of
            columns to values), or an array ``(rows, …)``.
        target: the column to predict, or several (multilabel, many outputs). May be left out when
            ``y`` is given or a column is called target, class, label or y.
        task: binary, multiclass, multilabel or regression; None guesses. ``"reconstruction"`` takes the columns,
            which must be numbers, as both inputs and target, for autoencoders.
        weights: a column of sample weights, or an array ``(rows,)``.
        groups: a column (or array) of groups that are kept whole in one part; splits by group.
        time: a column that orders the rows; splits by time.
        split: a :class:`Split`, or the name of a column that says train, validation or test.
        test: a second source that becomes the test part; the first is divided 80/20 unless ``split``
            says otherwise.
        ignore: columns to leave out.
        kinds: kinds of columns that you know better: number, category, boolean, date, text, ….
        name: what to call the data; by default the file's name.
        y: the target when it stands beside the inputs: ``(rows,)`` or ``(rows, outputs)``.
        delimiter: the separator of a text table; None finds it.

    Returns:
        The data set; ``data.columns`` holds a reason for every column.

    Raises:
        DataError: the data cannot be used as it stands; names the file, the column or the rows.

    Warns:
        TrainwellWarning: a column of text looks like numbers with separators or units, or like dates but for some
            cells.

    >>> data = read({"length": [1.2, 3.4, 1.1, 3.1] * 5, "kind": ["cat", "dog"] * 10}, target="kind")
    >>> data.task, data.target.classes, data.parts.how
    ('binary', ('cat', 'dog'), '60/20/20, stratified by kind, seed 0')
    """
    main = open_source(source, y=y, delimiter=delimiter)
    if task == RECONSTRUCTION:
        main = giving_back(main, (ignore,) if isinstance(ignore, str) else ignore)
        task, kinds, target = "regression", dict.fromkeys(main.answers.columns, "number"), None
    held_out = main.held_out if test is None else open_source(test, delimiter=delimiter)
    whole = main if held_out is None else joined(main, held_out)
    answers = take_target(whole, target)
    roles = Roles(
        target=tuple(column.name for column in answers),
        weights=weights,
        groups=groups,
        time=time,
        split=planned_split(split, groups, time, own_test=held_out is not None),
        ignore=(ignore,) if isinstance(ignore, str) else tuple(ignore),
    )
    reasons = roles.reasons(whole)
    columns, frame, aside = sorted_columns(whole, reasons, kinds)
    data = undivided(whole, roles, read_target(answers, task), len(whole) - len(main))
    inputs = tuple(column.name for column in columns if column.name not in reasons)
    data = replace(data, name=name or name_of(source), columns=columns, frame=frame, aside=aside, inputs=inputs)
    return data.split(roles.split)


def name_of(source: Any) -> str:
    """Name data after its file.

    >>> name_of("folder/penguins.csv.gz"), name_of([[1.0]])
    ('penguins', 'data')
    """
    return Path(source).name.split(".")[0] if isinstance(source, str | Path) else "data"


def sorted_columns(
    source: Source, reasons: Mapping[str, str], kinds: Mapping[str, str] | None
) -> tuple[tuple[Column, ...], pl.DataFrame | None, pl.DataFrame]:
    """Sort columns into inputs and those set aside.

    Args:
        source: the opened data.
        reasons: why a column is no input, by name; the other columns are recognised.
        kinds: kinds that a person states.

    Returns:
        All columns in the source's order, the inputs in their own types (None for images and
        signals), and the columns set aside, as they came.
    """
    table = table_of(source)
    if source.frame is None:
        return (), None, table
    inputs = table.drop(reasons)
    stated = kinds_of_inputs(kinds, inputs, source.origin)
    recognised, frame = read_columns(inputs, kinds=stated, positional=source.positional)
    found = {column.name: column for column in recognised}
    found |= {name: set_aside(table[name], reason) for name, reason in reasons.items()}
    kept = [column.name for column in recognised if column.use != "left out"]
    return tuple(found[name] for name in table.columns), frame.select(kept), table.drop(kept)


def undivided(source: Source, roles: Roles, target: Target, given_test: int) -> Dataset:
    """Return the data with its target and roles, columns and parts still open."""
    return Dataset(
        name=source.origin,
        task=target.task,
        frame=None,
        array=source.array,
        columns=(),
        target=target,
        sample_weight=sample_weight(roles.values("weights", source, given_test)),
        groups=as_array(roles.values("groups", source, given_test)),
        parts=NO_PARTS,
        source=source.origin,
        times=as_array(roles.values("time", source, given_test), moments),
        published=source.splits,
        given_test=given_test,
    )
