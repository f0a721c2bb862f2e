"""The fitted encoding: raw rows in, float32 matrix out; the target there and back. Kept as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from trainwell.data.columns import Column, require_columns
from trainwell.data.dataset import Dataset
from trainwell.data.encoding import Encoding
from trainwell.data.opening import open_source
from trainwell.data.plans import PLANS, ArrayPlan, Blocks, ColumnPlan, DatePlan, Scale
from trainwell.data.source import Source
from trainwell.data.target import Label, Target, codes_of, labels_of
from trainwell.data.values import clean
from trainwell.data.wording import counted
from trainwell.errors import ArtifactError, DataError
from trainwell.layout import Layout
from trainwell.tasks import Task

FORMAT = 1
#: Share of the training targets' range by which answers may lie outside of it.
BEYOND = 0.5


class TargetPlan(BaseModel):
    """How answers are encoded: classes as codes, numbers standardised per output.

    ``lowest`` and ``highest`` are the training targets' range per output, empty where it is not known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    names: tuple[str, ...]
    task: Task
    classes: tuple[Label, ...]
    centre: tuple[FiniteFloat, ...]
    scale: tuple[Scale, ...]
    lowest: tuple[FiniteFloat, ...] = ()
    highest: tuple[FiniteFloat, ...] = ()

    @classmethod
    def of(cls, target: Target, rows: np.ndarray, encoding: Encoding) -> TargetPlan:
        """Fit on training rows: for regression, mean and standard deviation of each output."""
        outputs = target.outputs if target.task == "regression" else 0
        centre, scale = np.zeros(outputs), np.ones(outputs)
        known = target.values[rows].reshape(len(rows), -1) if outputs and len(rows) else np.zeros((1, 0))
        if outputs and encoding.target == "standard":
            values = target.values[rows]
            centre, scale = values.mean(axis=0), values.std(axis=0)
        scale = np.where(scale > 1e-12 * np.abs(centre), scale, 1.0)
        return cls(
            names=target.names,
            task=target.task,
            classes=target.classes,
            centre=tuple(centre.tolist()),
            scale=tuple(scale.tolist()),
            lowest=tuple(known.min(axis=0).tolist()),
            highest=tuple(known.max(axis=0).tolist()),
        )


class Encoder(BaseModel):
    """Raw rows → float32 matrix, as fitted on training rows by :func:`fit_encoder`.

    Attributes:
        inputs: the names of all columns that were inputs or could have been, in the source's order; an array
            with as many columns is read by position.
        columns: a plan per input column; empty for images and signals.
        array: the plan for images and signals, or None.
        target: how answers are encoded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1
    inputs: tuple[str, ...]
    columns: tuple[ColumnPlan, ...]
    array: ArrayPlan | None
    target: TargetPlan

    def __repr__(self) -> str:
        read = f"{len(self.columns)} columns" if self.array is None else f"examples of shape {self.array.shape}"
        return f"<Encoder of {read} for {', '.join(self.target.names)}>"

    __str__ = __repr__

    @cached_property
    def blocks_of_nothing(self) -> tuple[Blocks, ...]:
        """The encoded columns of no rows at all: their names and places."""
        return tuple(plan.encode(pl.Series(plan.name, [], dtype=pl.Null)) for plan in self.columns)

    @cached_property
    def layout(self) -> Layout:
        """How the columns of the matrix divide."""
        if self.array is not None:
            return Layout(shape=self.array.shape)
        empty = self.blocks_of_nothing
        cardinalities = [plan.cardinality for plan in self.columns if plan.kind == "category" and plan.embedded]
        return Layout(
            numbers=sum(len(blocks.numbers) for blocks in empty),
            dense=sum(len(blocks.dense) for blocks in empty),
            cardinalities=tuple(cardinalities),
        )

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the matrix's columns ``(width,)``."""
        if self.array is not None:
            return tuple("x" + ",".join(map(str, place)) for place in np.ndindex(*self.array.shape))
        return tuple(name for name, _ in in_order(self.blocks_of_nothing))

    def transform(self, data: Any) -> np.ndarray:
        """Encode rows.

        Args:
            data: a data frame of any library with the columns of training in any order (others are
                ignored), an array with as many columns, a path, or examples of the shape of training.

        Returns:
            float32 ``(rows, width)``; see :class:`~trainwell.layout.Layout`.

        Raises:
            DataError: a column is missing, of another kind, or infinite; or the shape is another.
        """
        source = open_source(data)
        if self.array is not None:
            return self.array.encode(self.examples(source))
        frame = self.frame_of(source)
        columns = [values for _, values in in_order(self.blocks(frame))]
        matrix = np.empty((frame.height, len(columns)), np.float32)
        for place, values in enumerate(columns):
            matrix[:, place] = values
        return matrix

    def blocks(self, frame: pl.DataFrame) -> list[Blocks]:
        """Encode the columns of a frame one by one, in the order of ``columns``."""
        return [plan.encode(clean(frame[plan.name])) for plan in self.columns]

    def examples(self, source: Source) -> np.ndarray:
        """Return the images or signals of a source; a matrix is folded when its width fits."""
        assert self.array is not None
        if source.array is not None:
            return source.array
        matrix = np.empty((0, 0)) if source.frame is None else source.frame.to_numpy()
        if matrix.shape[1] != int(np.prod(self.array.shape)):
            raise DataError(f"examples must have the shape {self.array.shape}, but {source.origin} is a table.")
        return matrix.reshape(-1, *self.array.shape)

    def frame_of(self, source: Source) -> pl.DataFrame:
        """Return the input columns of a source, or raise naming the one that is missing."""
        if source.frame is None:
            raise DataError(f"{source.origin} holds images or signals, but the network was trained on a table.")
        frame = source.frame
        wanted = [plan.name for plan in self.columns]
        if source.positional:
            frame = self.named_by_position(frame, source.origin)
        require_columns(frame, wanted, source.origin)
        return frame.select(wanted)

    def named_by_position(self, frame: pl.DataFrame, origin: str) -> pl.DataFrame:
        """Give nameless columns the names of training."""
        wanted = [plan.name for plan in self.columns]
        names = next((names for names in (self.inputs, wanted) if len(names) == frame.width), None)
        if names is None:
            raise DataError(
                f"{origin} has {counted(frame.width, 'column')}, but the network was trained on "
                f"{len(self.inputs)}. Hand them in the order of training, or a data frame with their names."
            )
        return frame.rename(dict(zip(frame.columns, names, strict=True)))

    def encode_target(self, values: Any) -> np.ndarray:
        """Encode ``Target.values`` for the loss.

        Returns:
            multiclass int32 ``(rows,)``; binary float32 ``(rows, 1)``; multilabel float32
            ``(rows, labels)``; regression float32 ``(rows, outputs)``, standardised.
        """
        given = np.asarray(values)
        if self.target.task == "multiclass":
            return given.astype(np.int32)
        columns = given.reshape(len(given), -1).astype(np.float64)
        if self.target.task == "regression":
            columns = (columns - self.target.centre) / self.target.scale
        return columns.astype(np.float32)

    def decode_target(self, values: Any) -> np.ndarray:
        """Turn encoded answers back: numbers ``(…, outputs)`` to their units, codes ``(rows,)`` to labels."""
        if self.target.task == "regression":
            return np.asarray(values, np.float64) * self.target.scale + self.target.centre
        if self.target.task == "multilabel":
            return np.asarray(values).astype(int)
        return labels_of(np.asarray(values).astype(int), self.target.classes)

    def believable(self, values: np.ndarray) -> np.ndarray:
        """Hold predicted numbers ``(…, outputs)`` within the training targets' range, widened by half of it either way.

        Beyond the rows it was trained on a network goes on in straight lines: one row far out of range can get an
        answer thousands of times too large, which no row of the training part supports.
        """
        if not self.target.lowest:
            return values
        low, high = np.array(self.target.lowest), np.array(self.target.highest)
        return np.clip(values, low - BEYOND * (high - low), high + BEYOND * (high - low))

    def codes_of(self, labels: Any) -> np.ndarray:
        """Turn labels into integer codes ``(rows,)``; raises ``DataError`` for a label never seen."""
        return codes_of(labels, self.target.classes, self.target.names[0])

    def to_json(self) -> dict[str, Any]:
        """Return the encoder as plain data."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Encoder:
        """Build an encoder from :meth:`to_json`'s data.

        Raises:
            ArtifactError: the data are from a newer version, cut short, or changed by hand.
        """
        version = plain.get("format") if isinstance(plain, Mapping) else None
        if isinstance(version, int) and version > FORMAT:
            raise ArtifactError(
                f"the encoding has format {version}, but the newest known here is {FORMAT}. Update trainwell."
            )
        try:
            return cls.model_validate(plain)
        except ValidationError as problem:
            first = problem.errors()[0]
            place = ".".join(str(step) for step in first["loc"]) or "the whole"
            message = first["msg"][:1].lower() + first["msg"][1:]
            raise ArtifactError(f"the encoding is damaged at {place}: {message}. Train again, or restore it.") from None


def fit_encoder(data: Dataset, rows: np.ndarray, encoding: Encoding | None = None) -> Encoder:
    """Fit an encoder on some rows of a data set, the training rows as a rule; no other row has a say.

    >>> from trainwell.data import read
    >>> data = read({"length": [1.2, 3.4, 1.1, 3.1] * 5, "kind": ["cat", "dog"] * 10}, target="kind")
    >>> encoder = fit_encoder(data, data.parts.train)
    >>> encoder.transform({"length": [2.0, None]}).shape, encoder.feature_names
    ((2, 1), ('length',))
    """
    encoding = encoding or Encoding()
    target = TargetPlan.of(data.target, rows, encoding)
    if data.array is not None:
        plan = ArrayPlan.of(data.array[rows], encoding)
        return Encoder(inputs=(), columns=(), array=plan, target=target)
    assert data.frame is not None
    frame = data.frame[rows]
    used = [column for column in data.columns if column.name in frame.columns]
    plans = tuple(plan_of(column, frame[column.name], encoding) for column in used)
    return Encoder(inputs=data.inputs, columns=plans, array=None, target=target)


def plan_of(column: Column, values: pl.Series, encoding: Encoding) -> ColumnPlan:
    """Fit the plan for one column of training values."""
    if column.kind == "date":
        return DatePlan.of(values, encoding, column.summary.get("format"))
    return PLANS[column.kind].of(values, encoding)


def in_order(blocks: Sequence[Blocks]) -> list[tuple[str, np.ndarray]]:
    """Lay encoded columns side by side: all numbers, then all dense ones, then all codes."""
    numbers = [item for block in blocks for item in block.numbers.items()]
    dense = [item for block in blocks for item in block.dense.items()]
    return numbers + dense + [item for block in blocks for item in block.codes.items()]
