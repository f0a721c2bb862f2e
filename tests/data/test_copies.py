"""Columns that may be copies of an amount: those that order the rows as it does, in whatever unit."""

from __future__ import annotations

import numpy as np
import polars as pl

from trainwell.data import profile, read

RANDOM = np.random.default_rng(0)


def test_copies_are_told_from_laws_that_bend_back_settings_and_strong_features() -> None:
    amount = RANDOM.gamma(2.0, size=600)
    columns = {
        "other unit": 2.54 * amount + 32,
        "logarithm": -np.log(amount),
        "rounded": np.round(amount, 2),
        "noisy": amount + 0.02 * RANDOM.normal(size=600),
        "setting": np.digitize(amount, np.quantile(amount, np.linspace(0, 1, 15)[1:-1])).astype(float),
        "strong": amount + 0.5 * RANDOM.normal(size=600),
        "bent": np.cos(2 * amount),
        "missing": np.where(np.arange(600) % 3 == 0, np.nan, amount),
    }
    kinds = dict.fromkeys(columns, "number")
    found = profile(read(pl.DataFrame(columns | {"y": amount}), target="y", kinds=kinds)).copies
    sure = {name for name, agreement in found.items() if agreement > 0.98}
    assert sure == {"other unit", "logarithm", "rounded", "noisy", "missing"}
    assert "setting" not in found
    assert "bent" not in found


def test_classes_and_several_amounts_have_none() -> None:
    values = RANDOM.normal(size=200)
    assert profile(read({"x": values}, y=(values > 0).astype(int))).copies == {}
    both = read(pl.DataFrame({"x": values, "a": values, "b": -values}), target=["a", "b"])
    assert profile(both).copies == {}
