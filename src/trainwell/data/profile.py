"""What the data look like before a run: repeats, conflicts, overlaps, outliers, giveaways. No advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl

from trainwell.data.copies import copies
from trainwell.data.dataset import Dataset
from trainwell.data.drift import drift
from trainwell.data.encoder import fit_encoder
from trainwell.data.encoding import Encoding
from trainwell.data.giveaways import giveaways
from trainwell.data.power import predictive_power
from trainwell.data.scaling import tail_of
from trainwell.data.target import Target
from trainwell.data.values import numbers_of

NEAR = 0.02
FAR = 10.0
ROWS_NAMED = 20
#: Different rows that show whether each stands several times, at least, and the share of them that must.
FEWEST_ROWS, NEARLY_ALL = 30, 0.95
HISTOGRAM_BINS = 40


@dataclass(frozen=True)
class Repeats:
    """How many rows something is true of, and the first of them, 0-based."""

    count: int = 0
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Profile:
    """Facts about a data set, plain data throughout.

    Attributes:
        rows: how many.
        part_sizes: rows per part: ``training``, ``validation``, ``test``.
        duplicates: rows whose inputs and target an earlier row has as well.
        training_twins: rows of the training part whose inputs another row of that part has.
        conflicts: rows whose inputs nearly equal those of a row with another target (every scaled number
            within about :data:`NEAR`, all else equal); classification only.
        overlap: rows of a later part whose inputs are in an earlier one, by ``training/test`` and so on.
        constant, identifiers, texts: names of the columns left out for their kind.
        missing: missing values per column that has any.
        outliers: rows per number column that lie :data:`FAR` interquartile ranges off the median.
        tails: of the same columns, how many times their standard deviation in the training part is that of a normal
            column of the same interquartile range.
        class_counts: rows per part and class (or label), in the classes' order.
        histogram: ``edges`` and ``counts`` per output of a regression target.
        drift: of number columns whose training and validation values were surely not drawn alike, how far apart they
            lie, from 0 to 1 (see ``drift``).
        giveaways: of number columns that state the answer itself in some rows, in what share (see ``giveaways``).
        power: how well each feature alone predicts the target, the best first (R², see ``power``).
        telling: the largest share of rows with different inputs that a number column alone tells apart; where it is
            near 1, two equal rows are copies of one.
        replicated: how many times every row of the table stands in it, or of its training and validation parts; 1 in
            most.
        copies: of number columns that may be a copy of an amount to be told, how far they go up and down with it
            (Spearman's ρ, see ``copies``).
    """

    rows: int
    part_sizes: Mapping[str, int]
    duplicates: Repeats
    conflicts: Repeats
    overlap: Mapping[str, Repeats]
    constant: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
    outliers: Mapping[str, Repeats] = field(default_factory=dict)
    class_counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    histogram: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)
    power: Mapping[str, float] = field(default_factory=dict)
    training_twins: Repeats = field(default_factory=Repeats)
    tails: Mapping[str, float] = field(default_factory=dict)
    drift: Mapping[str, float] = field(default_factory=dict)
    giveaways: Mapping[str, float] = field(default_factory=dict)
    copies: Mapping[str, float] = field(default_factory=dict)
    telling: float = 0.0
    replicated: int = 1

    def to_json(self) -> dict[str, Any]:
        """Return the profile as plain data."""
        return asdict(self)


def profile(data: Dataset) -> Profile:
    """Look at a data set as an expert would before training on it.

    >>> from trainwell.data import read
    >>> data = read({"length": [1.2, 3.4, 1.1, 3.1] * 5, "kind": ["cat", "dog"] * 10}, target="kind")
    >>> profile(data).duplicates.count
    16
    """
    encoder = fit_encoder(data, data.parts.train, Encoding())
    inputs = encoder.transform(data.array if data.frame is None else data.frame)
    exact, answers = row_codes(data.frame if data.frame is not None else inputs), target_codes(data.target)
    training, far = data.parts.train, outliers(data)
    whole = rows_and_answers(exact, answers)
    return Profile(
        rows=len(data),
        part_sizes={name: len(rows) for name, rows in parts_of(data).items()},
        duplicates=repeats(duplicated(whole)),
        training_twins=repeats(pl.Series(exact[training]).is_duplicated().to_numpy(), training),
        conflicts=conflicts(data, inputs),
        overlap=overlaps(data, exact),
        constant=left_out(data, "constant"),
        identifiers=left_out(data, "identifier"),
        texts=left_out(data, "text"),
        missing={column.name: column.missing for column in data.columns if column.missing},
        outliers=far,
        tails={name: tail_of(numbers_of(data.frame[name])[training]) for name in far if data.frame is not None},
        drift=drift(data),
        giveaways=giveaways(data),
        copies=copies(data),
        telling=telling(data, exact),
        replicated=max(replicated(whole), replicated(whole[np.concatenate([training, data.parts.validation])])),
        class_counts={name: class_counts(data.target, rows) for name, rows in parts_of(data).items()},
        histogram=histograms(data.target),
        power=predictive_power(data, encoder),
    )


def parts_of(data: Dataset) -> dict[str, np.ndarray]:
    """Return the rows of each part by the name used in reports."""
    return {"training": data.parts.train, "validation": data.parts.validation, "test": data.parts.test}


def repeats(flags: np.ndarray, of: np.ndarray | None = None) -> Repeats:
    """Count the rows flagged, of all or ``of`` some, and name the first."""
    rows = np.flatnonzero(flags) if of is None else of[flags]
    return Repeats(len(rows), tuple(rows[:ROWS_NAMED].tolist()))


def telling(data: Dataset, codes: np.ndarray) -> float:
    """Return the largest share of different rows that one number column tells apart, by the rows' codes."""
    if data.frame is None:
        return 0.0
    different = np.unique(codes, return_index=True)[1]
    numbers = [column.name for column in data.columns if column.kind == "number" and column.use != "left out"]
    return max((data.frame[name][different].n_unique() / len(different) for name in numbers), default=0.0)


def rows_and_answers(codes: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return one number per row, equal for rows of equal inputs and answers."""
    return row_codes(pl.DataFrame({"codes": codes, "answers": answers}))


def replicated(codes: np.ndarray) -> int:
    """Return the largest number, 5 at most, that divides how often nearly every row stands in a table; 1 for none.

    Where a file was joined to itself each stands an even number of times; by chance half of them do.

    >>> replicated(np.tile(np.arange(40), 3)), replicated(np.arange(40)), replicated(np.arange(90) % 40)
    (3, 1, 1)
    """
    counts = np.unique(codes, return_counts=True)[1]
    if len(counts) < FEWEST_ROWS:
        return 1
    return next((times for times in (5, 4, 3, 2) if np.mean(counts % times == 0) > NEARLY_ALL), 1)


def row_codes(values: pl.DataFrame | np.ndarray) -> np.ndarray:
    """Return one number per row, equal for equal rows (by 64-bit hash)."""
    if isinstance(values, pl.DataFrame):
        return values.hash_rows(seed=0).to_numpy()
    flat = np.ascontiguousarray(values.reshape(len(values), -1))
    return np.fromiter((hash(row.tobytes()) for row in flat), np.int64, len(flat))


def target_codes(target: Target) -> np.ndarray:
    """Return one number per row, equal for equal answers."""
    if target.classes:
        return target.values
    return np.unique(target.values, axis=0, return_inverse=True)[1].ravel()


def duplicated(codes: np.ndarray) -> np.ndarray:
    """Flag rows that repeat an earlier one, inputs and answer, by their codes."""
    return ~pl.Series(codes).is_first_distinct().to_numpy()


def conflicts(data: Dataset, inputs: np.ndarray) -> Repeats:
    """Find rows that nearly equal one with another answer, by rounding inputs to a grid."""
    if data.task == "regression":
        return Repeats()
    near = row_codes(np.rint(inputs / NEAR).astype(np.int32))
    rows = pl.DataFrame({"near": near, "answers": target_codes(data.target)})
    return repeats(rows.select(pl.col("answers").n_unique().over("near") > 1).to_series().to_numpy())


def overlaps(data: Dataset, codes: np.ndarray) -> dict[str, Repeats]:
    """Find rows of a later part whose inputs are in an earlier one."""
    parts = parts_of(data)
    pairs = (("training", "validation"), ("training", "test"), ("validation", "test"))
    found = {}
    for earlier, later in pairs:
        flags = np.zeros(len(codes), bool)
        flags[parts[later]] = np.isin(codes[parts[later]], codes[parts[earlier]])
        found[f"{earlier}/{later}"] = repeats(flags)
    return found


def left_out(data: Dataset, kind: str) -> tuple[str, ...]:
    """Return the names of the input columns left out for being of a kind."""
    return tuple(
        column.name
        for column in data.columns
        if column.kind == kind and column.use == "left out" and column.name in data.inputs
    )


def outliers(data: Dataset) -> dict[str, Repeats]:
    """Find values :data:`FAR` interquartile ranges off the median, per number column that has any."""
    found = {}
    for column in data.columns:
        if column.kind == "number" and column.use != "left out" and data.frame is not None:
            flags = far_off(data.frame[column.name].cast(pl.Float64))
            if flags.any():
                found[column.name] = repeats(flags)
    return found


def far_off(values: pl.Series) -> np.ndarray:
    """Flag values far from the median; nothing is far when half the values are equal."""
    low, middle, high = (values.quantile(q, "linear") for q in (0.25, 0.5, 0.75))
    if low is None or middle is None or high is None or high == low:
        return np.zeros(len(values), bool)
    return ((values - middle).abs() > FAR * (high - low)).fill_null(False).to_numpy()


def class_counts(target: Target, rows: np.ndarray) -> dict[str, int]:
    """Count the rows per class, or per label that is on; nothing for regression."""
    if target.classes:
        counts = np.bincount(target.values[rows], minlength=len(target.classes))
        return dict(zip(map(str, target.classes), counts.tolist(), strict=True))
    if target.task == "multilabel":
        return dict(zip(target.names, target.values[rows].sum(axis=0).astype(int).tolist(), strict=True))
    return {}


def histograms(target: Target) -> dict[str, dict[str, list[float]]]:
    """Return edges and counts per output of a regression target."""
    if target.task != "regression":
        return {}
    found = {}
    for name, values in zip(target.names, target.values.T, strict=True):
        counts, edges = np.histogram(values, bins=HISTOGRAM_BINS)
        found[name] = {"edges": edges.tolist(), "counts": counts.tolist()}
    return found
