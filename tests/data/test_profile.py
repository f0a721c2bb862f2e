"""The profile: each fact against data in which it was planted."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from tests.data.tables import animals
from trainwell.data import Split, profile, read

GENERATOR = np.random.default_rng(0)


def noise(rows: int = 100) -> dict[str, list[float]]:
    """Return a table of two columns of noise."""
    generator = np.random.default_rng(1)
    return {"a": generator.normal(size=rows).tolist(), "b": generator.normal(size=rows).tolist()}


def test_duplicates_and_overlap_are_counted() -> None:
    raw = noise()
    for name in raw:
        raw[name][10] = raw[name][90] = raw[name][3]
    found = profile(read(raw, y=[0, 1] * 50, split=Split(by="rows", stratify=False)))
    assert found.duplicates.rows == (90,), "row 10 has the target of row 3's other parity"
    parts = read(raw, y=[0, 1] * 50, split=Split(stratify=False)).parts
    same = {3, 10, 90}
    for pair, earlier, later in (
        ("training/test", parts.train, parts.test),
        ("training/validation", parts.train, parts.validation),
    ):
        expected = len(same & set(later.tolist())) if same & set(earlier.tolist()) else 0
        assert found.overlap[pair].count == expected


def test_equal_inputs_with_different_answers_conflict() -> None:
    raw = noise()
    for name in raw:
        raw[name][51] = raw[name][4] + 1e-9
    assert profile(read(raw, y=[0, 1] * 50)).conflicts.rows == (4, 51)


def test_columns_left_out_and_missing_values_are_named() -> None:
    found = profile(read(animals(), "species"))
    assert (found.identifiers, found.constant, found.texts) == (("tag",), ("legs",), ())
    assert found.missing == {"age": animals()["age"].null_count()}
    assert found.part_sizes == {"training": 36, "validation": 12, "test": 12}
    assert found.class_counts["training"] == {"cat": 18, "dog": 18}


def test_outliers_are_named() -> None:
    raw = noise()
    raw["b"][17] = 1e6
    found = profile(read(raw, y=[0, 1] * 50))
    assert {name: repeats.rows for name, repeats in found.outliers.items()} == {"b": (17,)}
    assert set(found.tails) == {"b"}
    assert found.tails["b"] > 10


def test_a_feature_that_gives_the_answer_away_stands_first() -> None:
    answer = GENERATOR.integers(0, 3, 300)
    raw = {"noise": GENERATOR.normal(size=300), "leak": np.array(["x", "y", "z"])[answer]}
    power = profile(read(raw, y=answer)).power
    assert list(power) == ["leak", "noise"]
    assert power["leak"] > 0.95
    assert power["noise"] < 0.1


def test_power_of_a_number_approaches_its_explained_variance() -> None:
    signal = GENERATOR.normal(size=4000)
    data = read({"signal": signal, "noise": GENERATOR.normal(size=4000)}, y=signal + GENERATOR.normal(size=4000))
    assert profile(data).power["signal"] == pytest.approx(0.5, abs=0.05)


def test_histogram_against_numpy() -> None:
    inputs, answers = load_diabetes(return_X_y=True)
    found = profile(read(inputs, y=answers, task="regression")).histogram["y"]
    counts, edges = np.histogram(answers, bins=40)
    assert found["counts"] == counts.tolist()
    assert found["edges"] == edges.tolist()


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer, load_diabetes])
def test_real_data_give_plain_json(load) -> None:  # type: ignore[no-untyped-def]
    inputs, answers = load(return_X_y=True)
    plain = profile(read(inputs, y=answers)).to_json()
    assert json.loads(json.dumps(plain, allow_nan=False))["rows"] == len(inputs)


def test_images_have_a_profile_too() -> None:
    images = GENERATOR.integers(0, 256, (40, 5, 5), dtype=np.uint8)
    images[7] = images[9]
    found = profile(read(images, y=np.arange(40) % 2))
    assert found.duplicates.rows == (9,)
    assert found.power == {}


def test_multilabel_counts() -> None:
    frame = pl.DataFrame(noise(30)).with_columns(u=pl.int_range(30) % 2, v=pl.int_range(30) % 3 == 0)
    counts = profile(read(frame, ["u", "v"])).class_counts
    assert sum(part["v"] for part in counts.values()) == 10


@pytest.mark.parametrize("rows", [1, 2])
def test_training_rows_that_repeat_one_another_are_counted_apart(rows: int) -> None:
    raw = {name: values[:50] * rows for name, values in noise().items()}
    whole = read(raw, y=np.tile([0, 1] * 25, rows), split=Split(train=1, validation=0, test=0))
    assert profile(whole).training_twins.count == 2 * profile(whole).duplicates.count == 100 * (rows - 1)
    data = read(raw, y=np.tile([0, 1] * 25, rows))
    found = profile(data)
    training = np.column_stack([raw["a"], raw["b"]])[data.parts.train]
    _, counts = np.unique(training, axis=0, return_counts=True)
    assert found.training_twins.count == counts[counts > 1].sum()


def test_a_column_that_tells_rows_apart_shows_that_equal_ones_are_copies() -> None:
    random = np.random.default_rng(0)
    few, fine = random.integers(0, 3, 100), random.normal(size=100)
    thrice = {name: np.tile(column, 3) for name, column in {"few": few, "fine": fine}.items()}
    found = profile(read(thrice, y=np.tile(fine > 0, 3)))
    assert found.telling == 1.0
    assert found.duplicates.count == 200
    assert profile(read({"half": np.round(fine, 1), "other": few}, y=fine > 0)).telling < 0.9


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_table_joined_to_itself_is_known_though_its_rows_are_often_alike(times: int) -> None:
    random = np.random.default_rng(1)
    few = {name: np.tile(random.integers(0, 4, 300), times) for name in "abcd"}
    assert profile(read(few, y=np.tile(random.integers(0, 2, 300), times), task="binary")).replicated == times
