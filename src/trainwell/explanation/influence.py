"""Which columns moved the answer: gradient × input of everything a column became, summed, in the person's units.

For a network without bends this is exact: the pushes and the answer at a typical row add up. For others it says what
holds near this row.

Reference: A. Shrikumar et al., "Not Just a Black Box", 2016 (gradient × input).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from trainwell.data import Encoder
from trainwell.data.plans import NumberPlan
from trainwell.explanation.explanation import Influence
from trainwell.network.embeddings import TableInput


def influences(
    encoder: Encoder,
    raw: Mapping[str, Any],
    encoded: np.ndarray,
    by_row: np.ndarray,
    entry: Any,
    entered: np.ndarray,
    by_entry: np.ndarray,
    per_answer: float,
) -> tuple[Influence, ...]:
    """Return how each column moved the answer, the strongest first.

    Args:
        encoder: how columns became numbers.
        raw: the row as the person has it.
        encoded: the encoded row ``(width,)``; ``by_row``: the derivative of the answer's score by it.
        entry: the network's first layer; ``entered``: what it gave; ``by_entry``: the derivative by that.
        per_answer: how much of the answer one unit of the score is: p(1 − p) for log-odds, 1 for numbers.
    """
    if encoder.array is not None:
        return strongest(of_entries(encoder, encoded, by_row))
    names, offset, found = encoder.feature_names, 0, []
    embedded = embedded_pushes(encoder, entry, entered, by_entry)
    blocks = dict(zip((plan.name for plan in encoder.columns), encoder.blocks_of_nothing, strict=True))
    for plan in encoder.columns:
        block = blocks[plan.name]
        own = [*block.numbers, *block.dense, *block.codes]
        places = [at for at, name in enumerate(names) if name in own]
        push = float(sum(by_row[at] * encoded[at] for at in places if names[at] not in block.codes))
        slope = None
        if isinstance(plan, NumberPlan) and raw.get(plan.name) is not None:
            place = names.index(plan.name)
            slope = float(by_row[place]) * steepness(plan, raw[plan.name]) * per_answer
        values = {names[at]: float(encoded[at]) for at in places}
        found.append(Influence(plan.name, raw.get(plan.name), values, push + embedded.get(plan.name, 0.0), slope))
        offset += len(places)
    return strongest(found)


def strongest(found: list[Influence]) -> tuple[Influence, ...]:
    """Return influences by the size of their push."""
    return tuple(sorted(found, key=lambda each: -abs(each.push)))


def of_entries(encoder: Encoder, encoded: np.ndarray, by_row: np.ndarray) -> list[Influence]:
    """Return the entries of an image or a signal."""
    assert encoder.array is not None
    pushes, plan = encoded * by_row, encoder.array
    raw = encoded * plan.scale + plan.centre
    entries = zip(encoder.feature_names, raw.tolist(), encoded.tolist(), pushes.tolist(), strict=True)
    return [Influence(name, value, {name: number}, push, None) for name, value, number, push in entries]


def embedded_pushes(encoder: Encoder, entry: Any, entered: np.ndarray, by_entry: np.ndarray) -> dict[str, float]:
    """Return the push of each category that enters as a learned vector: gradient × vector."""
    if not isinstance(entry, TableInput) or not entry.categories:
        return {}
    widths = [table.weight.shape[1] for table in entry.categories]
    ends = entry.width - sum(widths) + np.cumsum([0, *widths])
    columns = [plan.name for plan in encoder.columns if plan.kind == "category" and plan.embedded]
    products = by_entry * entered
    return {
        name: float(products[start:end].sum()) for name, start, end in zip(columns, ends[:-1], ends[1:], strict=True)
    }


def steepness(plan: NumberPlan, value: Any) -> float:
    """Return by how much the encoded number grows per unit of the column, at a value."""
    number = pl.Series([value]).cast(pl.Float64, strict=False)[0]
    if number is None:
        return 0.0
    step = 1e-3 * plan.scaler.scale
    around = plan.scaler.encode(np.array([number - step, number + step]))
    return float((around[1] - around[0]) / (2 * step))


def entry_names(encoder: Encoder, entry: Any) -> tuple[str, ...]:
    """Return a name for everything that the first layer gives: encoded columns, waves and vectors by their column."""
    names = encoder.feature_names
    if not isinstance(entry, TableInput) or encoder.array is not None:
        return names
    layout = entry.layout
    numbers = list(names[: layout.numbers])
    if entry.numbers is not None:
        width = entry.numbers.bias.shape[1] + 1
        numbers = [name if at == 0 else f"{name} wave {at}" for name in numbers for at in range(width)]
    codes = names[layout.numbers + layout.dense :]
    vectors = [
        f"{name} [{at + 1}]"
        for name, table in zip(codes, entry.categories, strict=True)
        for at in range(table.weight.shape[1])
    ]
    return (*numbers, *names[layout.numbers : layout.numbers + layout.dense], *vectors)
