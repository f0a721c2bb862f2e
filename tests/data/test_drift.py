"""Parts whose values lie apart, and columns that state the answer on some rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import ks_2samp

from trainwell.data import Dataset, Split, read
from trainwell.data.drift import apart, drift
from trainwell.data.giveaways import giveaways, share_coded, share_on_a_line, share_translated
from trainwell.data.profile import profile


def table(rows: int = 400, **columns: np.ndarray) -> pl.DataFrame:
    """Return two columns of chance, an amount that depends on them, and what else is asked for."""
    random = np.random.default_rng(0)
    x, z = random.normal(size=(2, rows))
    return pl.DataFrame({"x": x, "z": z, "y": x + z + 0.3 * random.normal(size=rows)} | columns)


def divided_by(data: pl.DataFrame, order: np.ndarray) -> Dataset:
    """Return the rows divided in an order: the first 60 % train, the next 20 % validate."""
    part = np.empty(len(data), object)
    part[order] = np.repeat(["train", "validation", "test"], [240, 80, 80])
    parts = data.with_columns(pl.Series("part", part.astype(str)))
    return read(parts, target="y", split=Split(by="column", column="part"))


def test_the_distance_is_smirnovs() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(size=57), random.normal(0.4, 2, size=31)
    assert apart(first, second)[0] == pytest.approx(ks_2samp(first, second).statistic)
    assert apart(np.append(first, np.nan), second)[0] == pytest.approx(ks_2samp(first, second).statistic)
    assert apart(first, np.array([np.nan]))[0] == 0


def test_parts_divided_by_chance_lie_nowhere_apart_and_sorted_ones_do() -> None:
    data = table()
    for seed in range(5):
        assert drift(read(data, target="y", split=Split(seed=seed))) == {}
    apart_by = drift(divided_by(data, np.argsort(data["x"].to_numpy())))
    assert apart_by["x"] == 1.0
    assert "z" not in apart_by


def test_parts_that_are_meant_to_differ_are_not_told() -> None:
    data = table().with_columns(pl.Series("when", np.arange(400)))
    by_time = read(data.sort("x"), target="y", split=Split(by="time", column="when"))
    assert drift(by_time) == {}


def test_a_line_through_some_rows_is_found_among_others() -> None:
    random = np.random.default_rng(0)
    answers, other = random.normal(size=(2, 500))
    stated = np.where(np.arange(500) < 150, 3 * answers - 2, other)
    assert share_on_a_line(stated, answers) == pytest.approx(0.3, abs=0.01)
    assert share_on_a_line(other, answers) < 0.02
    assert share_on_a_line(answers + 0.1 * other, answers) < 0.05
    assert share_on_a_line(np.round(stated), np.round(answers)) == 0  # of few values a line is no wonder
    assert share_on_a_line(np.full(500, np.nan), answers) == 0


def test_codes_tell_classes_only_where_several_are_pure() -> None:
    random = np.random.default_rng(0)
    classes, other = random.integers(0, 2, 500), random.normal(size=500)
    coded = np.where(np.arange(500) < 200, classes.astype(float), other)
    assert share_coded(coded, classes) == pytest.approx(0.4)
    assert share_coded(np.where(np.arange(500) < 200, 0.0, other), classes) == 0  # zero stands with both
    only = np.where((np.arange(500) < 200) & (classes == 1), 1.0, other)
    assert share_coded(only, classes) == 0  # one class alone, as a code for what happened to some of its rows
    assert share_coded(classes.astype(float), classes) == 0  # no numbers beside the codes: that is a category


def test_the_profile_names_columns_that_state_the_answer() -> None:
    data = table()
    status = np.where(np.arange(400) % 10 < 7, data["y"].to_numpy(), np.random.default_rng(1).normal(size=400))
    found = profile(read(data.with_columns(pl.Series("status", status)), target="y"))
    assert found.giveaways["status"] == pytest.approx(0.7, abs=0.05)
    assert list(found.giveaways) == ["status"]
    assert giveaways(read(data, target="y")) == {}


def test_values_that_each_mean_one_amount_state_it() -> None:
    random = np.random.default_rng(0)
    answers = random.poisson(3.0, 400).astype(float)
    assert share_translated(np.exp(0.8 * answers), answers) > 0.9
    assert share_translated(np.round(answers + random.normal(size=400)), answers) < 0.1
    assert share_translated(random.normal(size=400), answers) == 0
    assert share_translated(np.full(400, np.nan), answers) == 0


def test_rounded_numbers_are_no_codes() -> None:
    random = np.random.default_rng(0)
    classes = random.integers(0, 3, 150)
    lengths = np.round(1.5 + 2.0 * classes + 0.4 * random.normal(size=150), 1)
    assert share_coded(lengths, classes) == 0
