"""Instants as numbers: decimal year, and season, weekday and time of day as points on circles."""

from __future__ import annotations

import numpy as np
import polars as pl

DAYS_PER_YEAR = 365.25
SECONDS_PER_DAY = 86_400
CYCLES = ("season", "weekday", "time of day")
PARTS = ("year", *(f"{cycle} {axis}" for cycle in CYCLES for axis in ("sine", "cosine")))


def calendar_parts(instants: pl.Series) -> dict[str, np.ndarray]:
    """Return each of :data:`PARTS` as float64 ``(rows,)``, NaN where the instant is missing.

    The year is decimal, counted in Julian years from 2000 on; a cycle at fraction f of its round is
    sin 2πf and cos 2πf: the season from 1 January, the weekday from Monday, the time of day from
    midnight.

    >>> parts = calendar_parts(pl.Series(["2000-01-01", "2001-01-01"]).str.to_datetime())
    >>> parts["year"].round(2).tolist(), parts["season cosine"].tolist()
    ([0.0, 1.0], [1.0, 1.0])
    """
    seconds = instants.dt.epoch("us").cast(pl.Float64).fill_null(float("nan")).to_numpy() / 1e6
    days = seconds / SECONDS_PER_DAY
    day_of_year = instants.dt.ordinal_day().cast(pl.Float64).fill_null(float("nan")).to_numpy() - 1
    turns = dict(zip(CYCLES, (day_of_year / DAYS_PER_YEAR, np.floor(days + 3) / 7, days), strict=True))
    parts = {"year": (days - 10_957) / DAYS_PER_YEAR}
    for cycle, turn in turns.items():
        angle = 2 * np.pi * (turn % 1)
        parts |= {f"{cycle} sine": np.sin(angle), f"{cycle} cosine": np.cos(angle)}
    return parts
