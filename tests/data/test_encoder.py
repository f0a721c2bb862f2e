"""The encoder: every column against an oracle, fitted on training rows only, the same after JSON."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

from tests.data.tables import animals
from trainwell.data import Encoder, Encoding, Layout, Split, fit_encoder, read
from trainwell.data.calendar import PARTS, calendar_parts
from trainwell.data.scaling import centre_and_scale, smooth_clip
from trainwell.errors import ArtifactError, DataError

EVERYTHING = Split(train=1.0, validation=0.0, test=0.0)


def fitted(columns: dict[str, Any], **fields: Any) -> Encoder:
    """Fit an encoder on all rows of a table, whose target is made up."""
    rows = len(next(iter(columns.values())))
    data = read(columns, y=np.arange(rows) % 2, split=EVERYTHING, kinds=fields.pop("kinds", None))
    return fit_encoder(data, np.arange(rows), Encoding(**fields))


def column(encoder: Encoder, columns: dict[str, Any], name: str) -> np.ndarray:
    """Encode a table and return one of the matrix's columns."""
    return encoder.transform(columns)[:, encoder.feature_names.index(name)]


NUMBERS = np.random.default_rng(0).normal(3, 2, 200)


@pytest.mark.parametrize(
    ("how", "oracle"),
    [
        ("robust", RobustScaler()),
        ("standard", StandardScaler()),
        ("minmax", MinMaxScaler((-1, 1))),
        ("none", None),
    ],
)
def test_scaling_against_scikit_learn(how: str, oracle: Any) -> None:
    expected = NUMBERS if oracle is None else oracle.fit_transform(NUMBERS[:, None]).ravel()
    expected = expected / np.sqrt(1 + (expected / 3) ** 2) if how == "robust" else expected
    encoder = fitted({"a": NUMBERS}, numbers=how)
    np.testing.assert_allclose(encoder.transform({"a": NUMBERS})[:, 0], expected, rtol=1e-5, atol=1e-6)


def test_robust_scale_falls_back_when_half_the_values_are_equal() -> None:
    assert centre_and_scale(np.array([0.0] * 9 + [8.0]), "robust") == (0.0, 4.0)
    assert centre_and_scale(np.full(5, 7.0), "robust") == (7.0, 1.0)
    assert centre_and_scale(np.array([np.nan, np.nan]), "robust") == (0.0, 1.0)


@settings(deadline=None)
@given(st.floats(-1e9, 1e9))
def test_smooth_clip_is_odd_bounded_and_rising(value: float) -> None:
    bent = smooth_clip(np.array([value, -value, value + 1 + abs(value)]))
    assert abs(bent[0]) <= 3
    assert bent[0] == -bent[1]
    assert bent[2] >= bent[0]


def test_missing_numbers_become_the_median_and_an_indicator() -> None:
    raw = {"a": [1.5, 2.5, 4.5, None], "b": [1.0, 5.0, 2.0, 3.0]}
    encoder = fitted(raw, numbers="none")
    assert encoder.feature_names == ("a", "b", "a is missing")
    assert encoder.layout == Layout(numbers=2, dense=1)
    np.testing.assert_array_equal(encoder.transform(raw)[3], [2.5, 3.0, 1.0])
    np.testing.assert_array_equal(encoder.transform({"a": [1.0], "b": [None]}), [[1.0, 2.5, 0.0]])


def test_booleans_are_signs() -> None:
    raw = {"a": ["yes", "no", None, "Yes"], "b": [0, 1, 1, 0]}
    encoder = fitted(raw)
    np.testing.assert_array_equal(encoder.transform(raw), [[1, -1], [-1, 1], [0, 1], [1, -1]])
    np.testing.assert_array_equal(encoder.transform({"a": [True], "b": [2]}), [[1, 1]])


def test_one_hot_against_scikit_learn() -> None:
    colours = np.random.default_rng(0).choice(["red", "green", "blue"], 60)
    encoder = fitted({"colour": colours})
    oracle = OneHotEncoder(sparse_output=False).fit(colours[:, None])
    assert encoder.feature_names == ("colour=blue", "colour=green", "colour=red")
    np.testing.assert_array_equal(encoder.transform({"colour": colours}), oracle.transform(colours[:, None]))


def test_columns_may_have_any_name() -> None:
    for name in ("count", "level", "rows", "value", "a=b", "literal"):
        encoder = fitted({name: ["u", "v"] * 10})
        assert encoder.feature_names == (f"{name}=u", f"{name}=v")


def test_columns_without_a_name_are_called_by_their_place() -> None:
    assert fitted({"a": [1.5, 2.5] * 5, "": [0.5, 1.5] * 5}).feature_names == ("a", "column 2")


def test_unknown_missing_and_rare_levels() -> None:
    raw = {"c": ["a"] * 5 + ["b"] * 5 + ["x", "y", None]}
    encoder = fitted(raw, rare_below=2)
    assert encoder.feature_names == ("c=a", "c=b", "c is rare", "c is missing")
    expected = [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1]]
    np.testing.assert_array_equal(encoder.transform({"c": ["a", "y", "never seen", None]}), expected)


def test_many_levels_become_codes() -> None:
    levels = [f"level {number:02d}" for number in range(20)]
    raw = {"c": [*levels * 3, "seldom", None], "a": np.linspace(0, 1, 62)}
    encoder = fitted(raw)
    assert encoder.layout == Layout(numbers=1, dense=0, cardinalities=(22,))
    new = {"c": ["level 00", "level 19", "seldom", "never seen", None], "a": [0.0] * 5}
    np.testing.assert_array_equal(column(encoder, new, "c"), [1, 20, 21, 0, 0])
    one_hot = fitted(raw, one_hot_limit=100)
    assert one_hot.layout == Layout(numbers=1, dense=22)


def test_numbers_stated_as_categories_match_across_types() -> None:
    encoder = fitted({"c": [1, 2, 3] * 9, "a": np.linspace(0, 1, 27)}, kinds={"c": "category"})
    for same in ([1, 3], [1.0, 3.0], ["1", "3"]):
        np.testing.assert_array_equal(encoder.transform({"c": same, "a": [0, 0]})[:, 1:], [[1, 0, 0], [0, 0, 1]])


def test_calendar_parts_by_hand() -> None:
    instants = pl.Series([datetime(2024, 1, 1, 6), datetime(2024, 7, 1, 18), None])
    parts = calendar_parts(instants)
    assert tuple(parts) == PARTS
    np.testing.assert_allclose(parts["time of day sine"][:2], [1, -1], atol=1e-9)
    np.testing.assert_allclose(parts["weekday cosine"][:2], [1, 1], atol=1e-9)  # both are Mondays
    np.testing.assert_allclose(parts["season cosine"][:2], [1, np.cos(2 * np.pi * 182 / 365.25)])
    np.testing.assert_allclose(parts["year"][:2], [24, 24.5], atol=0.002)
    assert all(np.isnan(values[2]) for values in parts.values())


def test_dates_give_the_parts_that_vary() -> None:
    raw = {"day": [f"{1 + row % 28:02d}/{1 + row % 12:02d}/2020" for row in range(60)] + [""]}
    encoder = fitted(raw)
    assert "day time of day sine" not in encoder.feature_names
    assert {"day year", "day season sine", "day weekday cosine", "day is missing"} <= set(encoder.feature_names)
    day_first = encoder.transform({"day": ["02/03/2020"]})
    as_dates = encoder.transform(pl.DataFrame({"day": [datetime(2020, 3, 2)]}))
    as_iso = encoder.transform({"day": ["2020-03-02"]})
    np.testing.assert_array_equal(day_first, as_dates)
    np.testing.assert_array_equal(day_first, as_iso)


@pytest.mark.parametrize("shape", [(8, 8), (3, 4, 2)])
def test_images_against_numpy(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, *shape), dtype=np.uint8)
    data = read(images, y=np.arange(20) % 2, split=EVERYTHING)
    encoder = fit_encoder(data, data.parts.train)
    assert encoder.layout == Layout(shape=shape)
    np.testing.assert_allclose(encoder.transform(images), images.reshape(20, -1) / 255, rtol=1e-6)
    np.testing.assert_array_equal(encoder.transform(images.reshape(20, -1)), encoder.transform(images))
    assert len(encoder.feature_names) == encoder.layout.width


def test_signals_are_standardised_over_all_entries() -> None:
    signals = np.random.default_rng(0).normal(5, 3, (40, 7, 2))
    data = read(signals, y=np.arange(40) % 2, split=EVERYTHING)
    encoded = fit_encoder(data, data.parts.train).transform(signals)
    np.testing.assert_allclose(encoded, ((signals - signals.mean()) / signals.std()).reshape(40, -1), atol=1e-5)


def test_only_the_rows_handed_in_have_a_say() -> None:
    frame = animals(80)
    data = read(frame, "species")
    rows = np.arange(40)
    changed = frame.with_columns(
        weight=pl.when(pl.int_range(pl.len()) < 40).then(pl.col("weight")).otherwise(1e6),
        colour=pl.when(pl.int_range(pl.len()) < 40).then(pl.col("colour")).otherwise(pl.lit("violet")),
    )
    assert fit_encoder(data, rows) == fit_encoder(read(changed, "species"), rows)


def test_columns_that_training_rows_lack_altogether() -> None:
    raw = {
        "n": [None] * 8 + [1.0, 2.5],
        "c": [None] * 8 + ["u", "v"],
        "d": [""] * 8 + ["2020-01-01", "2021-01-01"],
        "a": range(10),
    }
    data = read(raw, y=[0, 1] * 5, kinds={"c": "category", "a": "number"})
    encoder = fit_encoder(data, np.arange(8))
    assert encoder.feature_names == ("n", "a", "n is missing", "c is missing", "d is missing")
    assert np.isfinite(encoder.transform(raw)).all()


def test_targets_of_each_task() -> None:
    inputs = np.linspace(0, 1, 20)[:, None]
    binary = read(inputs, y=["n", "y"] * 10)
    encoder = fit_encoder(binary, binary.parts.train)
    encoded = encoder.encode_target(binary.target.values)
    assert (encoded.shape, encoded.dtype) == ((20, 1), np.float32)
    assert encoder.decode_target(binary.target.values).tolist() == ["n", "y"] * 10
    assert encoder.codes_of(["y", "n"]).tolist() == [1, 0]

    many = read(inputs, y=([1, 2, 5] * 7)[:20])
    encoder = fit_encoder(many, many.parts.train)
    assert encoder.encode_target(many.target.values).dtype == np.int32
    assert encoder.decode_target([2, 0]).tolist() == [5, 1]

    labels = read(inputs, y=np.tile([[0, 1], [1, 1], [1, 0]], (7, 1))[:20])
    encoder = fit_encoder(labels, labels.parts.train)
    np.testing.assert_array_equal(encoder.encode_target(labels.target.values), labels.target.values)


def test_regression_targets_are_standardised_on_training_rows_and_come_back() -> None:
    values = np.random.default_rng(0).normal([5, -300], [2, 80], (50, 2))
    data = read(np.arange(50.0)[:, None], y=values)
    encoder = fit_encoder(data, data.parts.train)
    expected = StandardScaler().fit(values[data.parts.train]).transform(values)
    np.testing.assert_allclose(encoder.encode_target(values), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(encoder.decode_target(encoder.encode_target(values)), values, rtol=1e-5)
    plain = fit_encoder(data, data.parts.train, Encoding(target="none"))
    np.testing.assert_allclose(plain.encode_target(values), values, rtol=1e-6)


TABLES = st.builds(animals, st.integers(20, 60), st.integers(0, 50))
ENCODINGS = st.builds(
    Encoding,
    numbers=st.sampled_from(["robust", "standard", "minmax", "none"]),
    one_hot_limit=st.integers(0, 5),
    rare_below=st.integers(1, 12),
)


@settings(max_examples=25, deadline=None)
@given(TABLES, ENCODINGS, st.randoms(use_true_random=False))
def test_json_and_the_order_of_columns_change_nothing(frame: pl.DataFrame, encoding: Encoding, chance: Any) -> None:
    data = read(frame, "species")
    encoder = fit_encoder(data, data.parts.train, encoding)
    assert data.frame is not None
    encoded = encoder.transform(data.frame)
    assert encoded.dtype == np.float32
    assert encoded.shape == (len(frame), encoder.layout.width)
    assert np.isfinite(encoded).all()
    assert len(encoder.feature_names) == encoder.layout.width
    again = Encoder.from_json(json.loads(json.dumps(encoder.to_json(), allow_nan=False)))
    assert again == encoder
    shuffled = frame.select(chance.sample(frame.columns, len(frame.columns))).with_columns(extra=pl.lit("more"))
    np.testing.assert_array_equal(again.transform(shuffled), encoded)
    codes = encoded[:, encoder.layout.numbers + encoder.layout.dense :]
    assert (codes < np.array(encoder.layout.cardinalities)).all()
    assert (codes >= 0).all()


@settings(max_examples=15, deadline=None)
@given(TABLES, st.integers(0, 19))
def test_a_row_is_encoded_alike_alone_and_among_others(frame: pl.DataFrame, row: int) -> None:
    data = read(frame, "species")
    encoder = fit_encoder(data, data.parts.train)
    np.testing.assert_array_equal(encoder.transform(frame[row]), encoder.transform(frame)[row : row + 1])


def an_encoder() -> Encoder:
    """Return an encoder for the table of animals."""
    data = read(animals(), "species")
    return fit_encoder(data, data.parts.train)


ROW: dict[str, list[Any]] = {
    "weight": [3.5],
    "age": [4],
    "colour": ["grey"],
    "indoor": ["yes"],
    "born": ["2020-01-01"],
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"Weight": [3.5], "weight": None}, r"has no column 'weight'\. Did you mean 'Weight'\?"),
        ({"weight": ["heavy"]}, r"column 'weight' is a number, but row 1 holds 'heavy'"),
        ({"weight": [datetime(2020, 1, 1)]}, r"column 'weight' is a number"),
        ({"weight": [np.inf]}, r"column 'weight' is infinite in row 1"),
        ({"colour": [7.0]}, r"column 'colour' is a category, such as 'black', but holds numbers"),
        ({"indoor": ["sometimes"]}, r"column 'indoor' is a boolean, but row 1 holds 'sometimes'"),
        ({"born": ["yesterday"]}, r"column 'born' is a date, but row 1 holds 'yesterday'"),
        ({"born": [5]}, r"column 'born' is a date, but row 1 holds 5"),
    ],
)
def test_frames_that_do_not_fit(change: dict[str, Any], sentence: str) -> None:
    row = {name: values for name, values in (ROW | change).items() if values is not None}
    with pytest.raises(DataError, match=sentence):
        an_encoder().transform(row)


def test_frames_of_nothing_but_missing_values_fit() -> None:
    encoder = an_encoder()
    missing = encoder.transform({name: [None] for name in ROW})
    assert np.isfinite(missing).all()
    assert encoder.transform(ROW).shape == (1, encoder.layout.width)


def test_arrays_fit_by_position() -> None:
    inputs = np.random.default_rng(0).normal(size=(20, 3))
    inputs[:, 1] = 4.0
    data = read(inputs, y=[0, 1] * 10)
    encoder = fit_encoder(data, data.parts.train)
    assert encoder.feature_names == ("x0", "x2")
    np.testing.assert_array_equal(encoder.transform(inputs), encoder.transform(inputs[:, [0, 2]]))
    with pytest.raises(DataError, match=r"has 4 columns, but the network was trained on 3"):
        encoder.transform(np.ones((2, 4)))
    with pytest.raises(DataError, match=r"holds images or signals, but the network was trained on a table"):
        encoder.transform(np.ones((2, 3, 3)))


def test_images_fit_by_shape() -> None:
    images = np.zeros((20, 3, 4), np.uint8)
    data = read(images, y=[0, 1] * 10)
    encoder = fit_encoder(data, data.parts.train)
    with pytest.raises(DataError, match=r"must have the shape \(3, 4\), but have \(4, 3\)"):
        encoder.transform(np.zeros((2, 4, 3), np.uint8))
    with pytest.raises(DataError, match=r"must have the shape \(3, 4\), but the array is a table"):
        encoder.transform(np.zeros((2, 5)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 99}, r"format 99, but the newest known here is 1\. Update trainwell"),
        ({"target": None}, r"damaged at target"),
        ({"columns": [{"kind": "nonsense"}]}, r"damaged at columns\.0"),
        (
            {"columns": [{"kind": "boolean", "name": "a", "run": "code"}]},
            r"damaged at columns\.0\.boolean\.run",
        ),
        ({"surprise": 1}, r"damaged at surprise: extra inputs are not permitted"),
    ],
)
def test_damaged_json(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ArtifactError, match=sentence):
        Encoder.from_json(an_encoder().to_json() | change)


def test_json_that_is_cut_short() -> None:
    with pytest.raises(ArtifactError, match=r"damaged at inputs: field required"):
        Encoder.from_json({})
    plain = an_encoder().to_json()
    plain["columns"][0]["scaler"]["scale"] = 0.0
    with pytest.raises(ArtifactError, match=r"scaler\.scale: input should be greater than 0"):
        Encoder.from_json(plain)


def test_answers_far_beyond_the_training_targets_are_held_back() -> None:
    data = read(
        {"x": [float(n) for n in range(40)], "y": [10.0 + n % 5 for n in range(40)]}, target="y", task="regression"
    )
    encoder = fit_encoder(data, data.parts.train)
    np.testing.assert_array_equal(
        encoder.believable(np.array([[-1e6], [8.5], [12.0], [15.5], [1e6]])), [[8.0], [8.5], [12.0], [15.5], [16.0]]
    )
    assert Encoder.from_json(encoder.to_json()).target.highest == (14.0,)


def test_numbers_stated_as_a_category_may_all_be_rare() -> None:
    data = read({"code": list(range(30)), "size": [1.5, 2.5] * 15}, y=[0, 1] * 15, kinds={"code": "category"})
    encoder = fit_encoder(data, data.parts.train, Encoding())
    assert np.isfinite(encoder.transform(data.frame)).all()
