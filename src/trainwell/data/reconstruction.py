"""Data whose targets are its inputs, for networks that learn to give back what they are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from trainwell.data.columns import require_columns
from trainwell.data.dataset import Dataset
from trainwell.data.source import Source
from trainwell.data.splits import Parts, Split
from trainwell.data.target import Target
from trainwell.data.values import clean, fits, to_number
from trainwell.data.wording import listed
from trainwell.errors import DataError

NO_ROWS = np.empty(0, np.int64)


def reconstruction(values: np.ndarray, split: Split | None = None, name: str = "X") -> Dataset:
    """Return examples as both inputs and targets, in their own units; constant columns may be among them.

    Args:
        values: ``(rows, …)`` finite numbers.
        split: how rows are divided.
        name: what to call the data.

    >>> data = reconstruction(np.eye(10))
    >>> data.task, data.target.outputs
    ('regression', 10)
    """
    flat = values.reshape(len(values), -1)
    names = tuple(f"x{place}" for place in range(flat.shape[1]))
    inputs = values[..., None] if values.ndim == 2 else values
    data = Dataset(
        name=name,
        task="regression",
        frame=None,
        array=inputs.astype(np.float32),
        columns=(),
        target=Target(names, "regression", flat.astype(np.float64)),
        sample_weight=None,
        groups=None,
        parts=Parts(NO_ROWS, NO_ROWS, NO_ROWS, how="not divided yet"),
        source=name,
    )
    return data.split(split or Split())


def giving_back(source: Source, ignore: Sequence[str] = ()) -> Source:
    """Return a table's columns of numbers, those that vary, as both inputs and answers.

    Raises:
        DataError: images, a column that holds no numbers, one whose values are missing in places, or none that varies.
    """
    if source.frame is None:
        raise DataError(
            f"task 'reconstruction' takes tables of numbers, but {source.origin} holds arrays. "
            f"Lay them out as rows: tw.Autoencoder().fit(x.reshape(len(x), -1))."
        )
    require_columns(source.frame, ignore, source.origin)
    columns = [clean(column) for column in source.frame.drop(ignore).get_columns()]
    words = [column.name for column in columns if not fits(to_number(column), column)]
    if words:
        raise DataError(
            f"task 'reconstruction' takes numbers alone, but {listed(words)} of {source.origin} "
            f"{'is' if len(words) == 1 else 'are'} none. Leave out what is no number: ignore=[…] (--ignore)."
        )
    kept = [to_number(column) for column in columns if column.n_unique() > 1]
    if not kept:
        raise DataError(f"{source.origin} has no column whose values differ, so there is nothing to give back.")
    frame = pl.DataFrame(kept)
    kept_of_all = source.frame.select([*frame.columns, *ignore]) if ignore else frame
    return replace(source, frame=kept_of_all, answers=frame, held_out=None)
