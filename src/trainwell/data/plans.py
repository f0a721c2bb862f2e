"""How each kind of column becomes numbers: fitted on training values, kept as plain data.

A plan is what JSON holds. ``of`` fits one; ``encode`` applies it and returns the :class:`Blocks` that the
encoder lays side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from trainwell.data.calendar import PARTS, calendar_parts
from trainwell.data.encoding import Encoding
from trainwell.data.kinds import as_kind
from trainwell.data.scaling import Scaling, centre_and_scale, smooth_clip
from trainwell.data.values import clean, date_format_of, fits, to_number
from trainwell.errors import DataError

Named: TypeAlias = dict[str, np.ndarray]
Scale: TypeAlias = Annotated[FiniteFloat, Field(gt=0)]


@dataclass(frozen=True)
class Blocks:
    """The encoded columns ``(rows,)`` of one raw column, by name and by where a layout puts them."""

    numbers: Named = field(default_factory=dict)
    dense: Named = field(default_factory=dict)
    codes: Named = field(default_factory=dict)


class Plan(BaseModel):
    """What all plans share: plain data that cannot change and refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str


class Scaler(Plan):
    """Scaling of one number: (value − centre) / scale, missing ones filled in first."""

    how: Scaling | None
    centre: FiniteFloat
    scale: Scale
    fill: FiniteFloat

    @classmethod
    def of(cls, name: str, values: np.ndarray, how: Scaling | None) -> Scaler:
        """Fit on training values, NaN where missing; those are filled with the median."""
        centre, scale = centre_and_scale(values, how)
        present = values[np.isfinite(values)]
        fill = float(np.median(present)) if present.size else centre
        return cls(name=name, how=how, centre=centre, scale=scale, fill=fill)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Scale values; robust scaling clips smoothly as well."""
        scaled = (np.where(np.isnan(values), self.fill, values) - self.centre) / self.scale
        return smooth_clip(scaled) if self.how == "robust" else scaled


class NumberPlan(Plan):
    """A number: scaled, with an indicator when training rows lack it."""

    kind: Literal["number"] = "number"
    scaler: Scaler
    indicator: bool

    @classmethod
    def of(cls, values: pl.Series, encoding: Encoding) -> NumberPlan:
        """Fit on training values."""
        scaler = Scaler.of(values.name, floats(values), encoding.numbers)
        return cls(name=values.name, scaler=scaler, indicator=bool(values.null_count()))

    def encode(self, raw: pl.Series) -> Blocks:
        """Encode cleaned values."""
        values = as_kind(raw, "number")
        return Blocks({self.name: self.scaler.encode(floats(values))}, indicators(values, self.indicator))


class BooleanPlan(Plan):
    """A boolean: −1 and 1, missing 0; numbers other than 0 and 1 count as the nearer one."""

    kind: Literal["boolean"] = "boolean"

    @classmethod
    def of(cls, values: pl.Series, encoding: Encoding) -> BooleanPlan:
        """Take the name; nothing depends on the values."""
        return cls(name=values.name)

    def encode(self, raw: pl.Series) -> Blocks:
        """Encode cleaned values."""
        numbers = to_number(raw)
        values = floats(numbers if fits(numbers, raw) else as_kind(raw, "boolean").cast(pl.Float64))
        return Blocks(dense={self.name: np.nan_to_num(np.clip(2 * values - 1, -1, 1))})


class CategoryPlan(Plan):
    """A category: one input per level, or a code for an embedding when levels are many.

    Unknown levels are all zeros, or code 0. ``rare`` levels share one input or code of their own. A missing
    value is code 0; one-hot, it has an indicator when training rows lack the value.
    """

    kind: Literal["category"] = "category"
    levels: tuple[str, ...]
    rare: tuple[str, ...]
    embedded: bool
    indicator: bool

    @classmethod
    def of(cls, values: pl.Series, encoding: Encoding) -> CategoryPlan:
        """Fit on training values: levels in alphabetical order, rare ones pooled."""
        counts = values.drop_nulls().alias("level").value_counts(name="rows").sort("level")
        often = counts["rows"] >= encoding.rare_below
        levels = tuple(counts.filter(often)["level"])
        rare = tuple(counts.filter(~often)["level"])
        embedded = len(levels) + bool(rare) > encoding.one_hot_limit
        indicator = bool(values.null_count()) and not embedded
        return cls(name=values.name, levels=levels, rare=rare, embedded=embedded, indicator=indicator)

    @property
    def cardinality(self) -> int:
        """How many codes there are, 0 (unknown or missing) counted."""
        return 1 + len(self.levels) + bool(self.rare)

    def encode(self, raw: pl.Series) -> Blocks:
        """Encode cleaned values."""
        self.refuse_numbers(raw)
        values = as_kind(raw, "category")
        codes = self.codes(values)
        if self.embedded:
            return Blocks(codes={self.name: codes})
        names = [f"{self.name}={level}" for level in self.levels] + [f"{self.name} is rare"] * bool(self.rare)
        one_hot = {name: codes == code for code, name in enumerate(names, start=1)}
        return Blocks(dense=one_hot | indicators(values, self.indicator))

    def codes(self, values: pl.Series) -> np.ndarray:
        """Return the code of every value."""
        code_of_level = {level: code for code, level in enumerate(self.levels, start=1)}
        code_of_level |= dict.fromkeys(self.rare, len(self.levels) + 1)
        if not code_of_level:
            return np.zeros(len(values))
        return values.replace_strict(code_of_level, default=0, return_dtype=pl.Int64).fill_null(0).to_numpy()

    def refuse_numbers(self, raw: pl.Series) -> None:
        """Raise when numbers come where only words were seen."""
        if (
            raw.dtype.is_numeric()
            and raw.null_count() < len(raw)
            and not any(map(is_written_number, self.levels + self.rare))
        ):
            raise DataError(
                f"column {self.name!r} is a category, such as {self.example!r}, but holds numbers here. "
                f"Hand it as it was when the network was trained."
            )

    @property
    def example(self) -> str:
        """A level to show in sentences."""
        return next(iter(self.levels + self.rare), "")


class DatePlan(Plan):
    """A date: its year, season, weekday and time of day as numbers, those that vary in training rows."""

    kind: Literal["date"] = "date"
    date_format: str | None
    parts: tuple[Scaler, ...]
    indicator: bool

    @classmethod
    def of(cls, values: pl.Series, encoding: Encoding, date_format: str | None = None) -> DatePlan:
        """Fit on training values."""
        parts = calendar_parts(values)
        scalers = [Scaler.of(part, parts[part], encoding.numbers) for part in PARTS if varies(parts[part])]
        indicator = bool(values.null_count())
        return cls(name=values.name, date_format=date_format, parts=tuple(scalers), indicator=indicator)

    def encode(self, raw: pl.Series) -> Blocks:
        """Encode cleaned values."""
        values = as_kind(raw, "date", self.format_for(raw))
        parts = calendar_parts(values)
        numbers = {f"{self.name} {scaler.name}": scaler.encode(parts[scaler.name]) for scaler in self.parts}
        return Blocks(numbers, indicators(values, self.indicator))

    def format_for(self, raw: pl.Series) -> str | None:
        """Return the format to read text by: the one of training, if it reads any of it."""
        if raw.dtype != pl.String or self.date_format is None:
            return None
        reads_some = raw.str.to_datetime(self.date_format, strict=False).null_count() < len(raw)
        return self.date_format if reads_some else date_format_of(raw)


ColumnPlan: TypeAlias = Annotated[NumberPlan | BooleanPlan | CategoryPlan | DatePlan, Field(discriminator="kind")]
PLANS: dict[str, type[NumberPlan | BooleanPlan | CategoryPlan | DatePlan]] = {
    "number": NumberPlan,
    "boolean": BooleanPlan,
    "category": CategoryPlan,
    "date": DatePlan,
}


class ArrayPlan(BaseModel):
    """Images or signals: (value − centre) / scale, one centre and scale for all entries."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    shape: tuple[int, ...]
    centre: FiniteFloat
    scale: Scale

    @classmethod
    def of(cls, array: np.ndarray, encoding: Encoding) -> ArrayPlan:
        """Fit on training examples: uint8 divided by its full range, others standardised over all entries.

        The full range is 255, or the brightest entry where that is less than half of it, as with 16 levels of grey.
        """
        if array.dtype == np.uint8:
            brightest = float(array.max(initial=1))
            return cls(shape=array.shape[1:], centre=0.0, scale=255.0 if brightest >= 128 else max(brightest, 1.0))
        how: Scaling | None = None if encoding.numbers is None else "standard"
        centre, scale = centre_and_scale(array.astype(np.float64), how)
        return cls(shape=array.shape[1:], centre=centre, scale=scale)

    def encode(self, array: np.ndarray) -> np.ndarray:
        """Return float32 ``(rows, width)``, each example flattened."""
        if array.shape[1:] != self.shape:
            raise DataError(
                f"examples must have the shape {self.shape}, but have {array.shape[1:]}. Crop or resize them."
            )
        flat = array.reshape(len(array), -1).astype(np.float32)
        return (flat - np.float32(self.centre)) / np.float32(self.scale)


def floats(values: pl.Series) -> np.ndarray:
    """Return values as float64, NaN where missing."""
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def indicators(values: pl.Series, wanted: bool) -> Named:
    """Return the indicator of missing values, when wanted."""
    return {f"{values.name} is missing": values.is_null().to_numpy()} if wanted else {}


def varies(values: np.ndarray) -> bool:
    """Tell whether there is more than one value, missing ones left out."""
    present = values[np.isfinite(values)]
    return bool(present.size) and bool(np.ptp(present) > 1e-9)


def is_written_number(text: str) -> bool:
    """Tell whether a level reads as a number.

    >>> is_written_number("12"), is_written_number("A12")
    (True, False)
    """
    return fits(to_number(clean(pl.Series([text]))), pl.Series([text]))
