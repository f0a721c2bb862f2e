"""The parts: disjoint, whole, of the sizes asked for, with the proportions, groups and order asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.tables import animals
from trainwell.data import Parts, Split, read
from trainwell.data.splits import split_column, split_groups, split_rows, split_times
from trainwell.errors import DataError

FRACTIONS = st.sampled_from([(0.6, 0.2, 0.2), (0.8, 0.1, 0.1), (0.5, 0.25, 0.25), (0.75, 0.25, 0.0), (1.0, 0.0, 0.0)])


def a_split(fractions: tuple[float, float, float], **fields: int) -> Split:
    """Return a split of the given fractions."""
    train, validation, test = fractions
    return Split(train=train, validation=validation, test=test, **fields)


def all_rows(parts: Parts) -> list[int]:
    """Return the rows of all parts, sorted."""
    return sorted(np.concatenate([parts.train, parts.validation, parts.test]).tolist())


@settings(deadline=None)
@given(st.integers(20, 300), FRACTIONS, st.integers(0, 9))
def test_parts_are_disjoint_whole_and_of_the_sizes_asked_for(
    rows: int, fractions: tuple[float, float, float], seed: int
) -> None:
    parts = split_rows(rows, a_split(fractions, seed=seed))
    assert all_rows(parts) == list(range(rows))
    for part, fraction in zip((parts.train, parts.validation, parts.test), fractions, strict=True):
        assert part.dtype == np.int64
        assert abs(len(part) - fraction * rows) <= 1
        assert (np.diff(part) > 0).all()


@settings(deadline=None)
@given(st.lists(st.integers(2, 40), min_size=2, max_size=6), FRACTIONS, st.integers(0, 9))
def test_stratification_keeps_proportions(counts: list[int], fractions: tuple[float, float, float], seed: int) -> None:
    classes = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    try:
        parts = split_rows(len(classes), a_split(fractions, seed=seed), classes=classes)
    except DataError:
        assert len(classes) < 20
        return
    assert all_rows(parts) == list(range(len(classes)))
    shares = np.bincount(classes[parts.train], minlength=len(counts))
    assert (shares >= 1).all(), "every class is learned from"
    assert (np.abs(shares - fractions[0] * np.array(counts)) <= 2).all()


def test_stratified_counts_by_hand() -> None:
    classes = np.repeat([0, 1, 2], [50, 30, 20])
    parts = split_rows(100, Split(), classes=classes)
    assert np.bincount(classes[parts.train]).tolist() == [30, 18, 12]
    assert np.bincount(classes[parts.validation]).tolist() == [10, 6, 4]
    assert np.bincount(classes[parts.test]).tolist() == [10, 6, 4]


def test_same_seed_same_parts() -> None:
    classes = np.arange(60) % 3
    first, again, other = (split_rows(60, Split(seed=seed), classes=classes) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.train, again.train)
    assert first.train.tolist() != other.train.tolist()


def test_seed_zero_gives_these_rows_on_every_machine() -> None:
    assert split_rows(10, Split()).test.tolist() == [1, 8]


@settings(deadline=None)
@given(st.lists(st.integers(1, 12), min_size=8, max_size=30), st.integers(0, 5))
def test_groups_stay_whole(sizes: list[int], seed: int) -> None:
    groups = pl.Series("patient", np.repeat(np.arange(len(sizes)), sizes))
    parts = split_groups(groups, Split(seed=seed, by="group"))
    assert all_rows(parts) == list(range(len(groups)))
    owners = [set(groups.gather(part).to_list()) for part in (parts.train, parts.validation, parts.test)]
    assert sum(map(len, owners)) == len(sizes)
    assert abs(len(parts.train) - 0.6 * len(groups)) <= max(sizes)


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=60))
def test_time_runs_forward(times: list[float]) -> None:
    parts = split_times(pl.Series("hour", times), Split(by="time"))
    assert all_rows(parts) == list(range(len(times)))
    values = np.array(times)
    assert values[parts.train].max() <= values[parts.validation].min()
    assert values[parts.validation].max() <= values[parts.test].min()


def test_a_column_names_the_parts() -> None:
    words = pl.Series("fold", ["Train", "train", "valid", "TEST", None])
    parts = split_column(words, Split(by="column", column="fold"))
    assert (parts.train.tolist(), parts.validation.tolist(), parts.test.tolist()) == ([0, 1], [2], [3])
    assert parts.how == "as column 'fold' says"


def test_without_validation_rows_some_training_rows_become_them() -> None:
    words = pl.Series("fold", ["train"] * 40 + ["test"] * 10)
    classes = np.arange(50) % 2
    parts = split_column(words, Split(by="column", column="fold"), classes)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (30, 10, 10)
    assert np.bincount(classes[parts.train]).tolist() == [15, 15]


def test_read_splits_by_what_it_is_told() -> None:
    frame = animals().with_columns(
        owner=pl.int_range(pl.len()) // 4, part=pl.Series(["train"] * 40 + ["val"] * 10 + ["test"] * 10)
    )
    by_owner = read(frame, "species", groups="owner")
    assert by_owner.parts.how == "60/20/20, by owner: groups kept whole, seed 0"
    assert by_owner.groups is not None
    assert not set(by_owner.groups[by_owner.parts.train]) & set(by_owner.groups[by_owner.parts.test])
    by_time = read(frame, "species", time="born")
    born = frame["born"]
    assert born.gather(by_time.parts.train).max() <= born.gather(by_time.parts.test).min()  # type: ignore[operator]
    by_part = read(frame, "species", split="part")
    assert by_part.parts.test.tolist() == list(range(50, 60))
    for data in (by_owner, by_time, by_part):
        assert data.frame is not None
        assert not {"owner", "species"} & set(data.frame.columns) or data is not by_owner
    assert {column.name: column.reason for column in by_part.columns}["part"] == "Divides the rows into parts."


def test_a_stated_way_to_split_wins_over_groups() -> None:
    data = read(
        animals().with_columns(owner=pl.int_range(pl.len()) // 4),
        "species",
        groups="owner",
        split=Split(by="rows"),
    )
    assert data.parts.how == "60/20/20, stratified by species, seed 0"


def test_splitting_anew() -> None:
    data = read(animals(), "species")
    again = data.split(Split(train=0.5, validation=0.25, test=0.25, seed=3))
    assert again.parts.how == "50/25/25, stratified by species, seed 3"
    assert len(again.parts.train) == 30
    by_colour = data.split(Split(by="group", column="colour"))
    assert len({data.column("colour")[int(row)] for row in by_colour.parts.test}) == 1


@pytest.mark.parametrize("split", [(0.8, 0, 0.2), "colour", 0.8, None])
def test_what_is_no_split_is_refused(split: Any) -> None:
    with pytest.raises(DataError, match=r"is divided by a tw\.Split, but got .*\. Say data\.split\(tw\.Split\("):
        read(animals(), "species").split(split)


def test_a_test_source_stays_the_test_part() -> None:
    data = read(animals(), "species", test=animals(20, seed=1))
    assert data.parts.test.tolist() == list(range(60, 80))
    assert (len(data.parts.train), len(data.parts.validation)) == (48, 12)
    assert data.parts.how == "80/20, stratified by species, seed 0; the test part as given"
    asked = data.split(Split(train=0.6, validation=0.2, test=0.2))
    assert (len(asked.parts.train), len(asked.parts.validation), len(asked.parts.test)) == (45, 15, 20)
    tupled = read(np.eye(20), y=[0, 1] * 10, test=(np.eye(20)[:4], [0, 1, 0, 1]))
    assert tupled.parts.test.tolist() == [20, 21, 22, 23]


def test_test_sources_of_other_types_join_as_text() -> None:
    frame = pl.DataFrame({"a": [1, 2, 3, 4] * 5, "t": ["u", "v"] * 10})
    data = read(frame, "t", test={"a": ["1", "unknown"], "t": ["u", "v"]})
    assert data.columns[0].kind == "category"


def test_weights_come_from_a_column_or_an_array() -> None:
    frame = animals()
    by_column = read(frame.with_columns(w=pl.lit(2.0)), "species", weights="w")
    assert by_column.sample_weight is not None
    assert by_column.sample_weight.tolist() == [2.0] * 60
    assert by_column.frame is not None
    assert "w" not in by_column.frame.columns
    by_array = read(frame, "species", weights=np.arange(60))
    assert by_array.sample_weight is not None
    assert by_array.sample_weight[-1] == 59.0


def test_splitting_anew_by_what_was_held_since_reading() -> None:
    frame = animals()
    data = read(frame, "species", time="born", split=Split(by="rows"))
    assert data.split(Split(by="time")).parts.test.tolist() == read(frame, "species", time="born").parts.test.tolist()
    hours = read(frame, "species", time=np.arange(60)[::-1])
    assert hours.parts.test.tolist() == list(range(12))
    owners = read(frame, "species", groups=np.arange(60) // 6)
    assert all(len(part) % 6 == 0 for part in (owners.parts.train, owners.parts.validation, owners.parts.test))


def test_impossible_stratified_splits_say_so() -> None:
    with pytest.raises(DataError, match=r"the test part would be empty"):
        split_rows(2, Split(), classes=np.array([0, 1]))
