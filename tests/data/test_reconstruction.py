"""Data whose targets are their inputs: which columns take part, and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import trainwell as tw
from trainwell.errors import DataError

ROWS = np.random.default_rng(0).normal(size=(40, 3))
TABLE = {"a": ROWS[:, 0], "b": ROWS[:, 1], "fixed": np.ones(40), "c": np.arange(40) % 4}


def test_columns_that_vary_are_inputs_and_target():
    data = tw.read(TABLE, task="reconstruction")
    assert data.task == "regression"
    assert data.target.names == ("a", "b", "c")
    assert list(data.frame.columns) == ["a", "b", "c"]
    np.testing.assert_allclose(data.target.values[:, 1], TABLE["b"])


def test_an_autoencoder_learns_it_by_a_recipe():
    data = tw.read(TABLE, task="reconstruction", ignore=["c"])
    recipe = tw.Recipe(
        network=tw.networks.Autoencoder(hidden=(), code=1),
        encoding=tw.Encoding(numbers="standard"),
        max_epochs=3,
        telemetry=False,
    )
    problem = tw.engine.prepare(recipe, data)
    trained = tw.engine.train(recipe, problem)
    answers = tw.Model.of(trained, problem, data).predict(data.frame)
    assert answers.shape == (40, 2)
    np.testing.assert_allclose(problem.examples.inputs[:40], problem.examples.targets[:40], atol=1e-5)


def test_what_is_given_back_is_told_from_what_is_to_be_found():
    assert tw.read(TABLE, task="reconstruction").gives_back
    assert not tw.read(TABLE, target="a").gives_back
    assert not tw.read({name: TABLE[name] for name in "abc"}, y=pl.Series("a", TABLE["a"])).gives_back  # it leaks
    assert not tw.read(ROWS, y=ROWS[:, :2]).gives_back
    assert tw.read(ROWS[..., None], y=ROWS.astype(np.float32)).gives_back


def test_columns_that_are_handed_through_give_nothing_away():
    """A linear model would hand them through, and one column explain itself: neither says anything of the network."""
    rows = np.random.default_rng(1).normal(size=(200, 2)) @ np.random.default_rng(2).normal(size=(2, 6))
    data = tw.read({f"x{place}": column for place, column in enumerate(rows.T)}, task="reconstruction")
    recipe = tw.Recipe(network=tw.networks.Autoencoder(hidden=(16,), code=2), max_epochs=100)
    run = tw.fit(recipe, data)
    assert [finding.name for finding in run.findings if finding.severity != "smell"] == []
    assert "linear_score" not in run.record.facts
    assert list(run.scores["baselines"]) == ["mean", "linear autoencoder"]


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (TABLE | {"name": ["x"] * 20 + ["y"] * 20}, {}, r"takes numbers alone, but 'name' of .* is none"),
        ({"fixed": np.ones(40)}, {}, r"has no column whose values differ"),
        (np.zeros((10, 4, 4)), {}, r"takes tables of numbers, but the array holds arrays"),
        (TABLE, {"ignore": ["d"]}, r"'d'"),
        (TABLE | {"a": [None, *ROWS[1:, 0]]}, {}, r"'a' is missing in row 1"),
    ],
    ids=["words", "constant", "images", "unknown column", "missing"],
)
def test_what_cannot_be_given_back_is_named(table, options, message):
    with pytest.raises(DataError, match=message):
        tw.read(table, task="reconstruction", **options)
