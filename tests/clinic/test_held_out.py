"""The deep examination: flipped labels are named by row, shuffled ones called unrelated, clean ones left in peace."""

from __future__ import annotations

import numpy as np
import pytest

import trainwell as tw
from trainwell.clinic import Case, examine
from trainwell.clinic.held_out import doubted, examine_labels, judged, probabilities_of
from trainwell.errors import DataError, TrainwellError
from trainwell.records import Record

RECIPE = tw.Recipe(
    network=tw.MLP(hidden=(8,)), optimizer=tw.Adam(learning_rate=0.02), batch_size=32, max_epochs=8, early_stopping=None
)
ROWS = 240


def clouds(flipped: float = 0.0) -> tuple[tw.Dataset, np.ndarray]:
    """Return three well parted clouds, and which rows were given another class."""
    random = np.random.default_rng(3)
    truth = random.integers(0, 3, ROWS)
    inputs = 4 * np.eye(3, 4)[truth] + random.normal(size=(ROWS, 4))
    wrong = random.random(ROWS) < flipped
    labels = np.where(wrong, (truth + random.integers(1, 3, ROWS)) % 3, truth)
    names = np.array(["ant", "bee", "cat"])[labels]
    return tw.read(inputs, y=names, name="clouds"), np.flatnonzero(wrong)


def test_rows_with_wrong_labels_are_named() -> None:
    data, wrong = clouds(0.25)
    (finding,) = examine_labels(RECIPE, data)
    assert (finding.name, finding.severity) == ("label noise", "warning")
    named = [int(row) for row in str(finding.evidence["first_rows"]).split(", ")]
    assert len(named) == 20
    assert np.isin(named, wrong).mean() >= 0.9
    assert not np.isin(named, data.parts.test).any()


def test_clean_labels_are_left_in_peace() -> None:
    assert examine_labels(RECIPE, clouds()[0]) == []


def test_shuffled_labels_are_unrelated() -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(3), 200)
    finding = judged(probabilities, random.integers(0, 3, 200), np.arange(200))
    assert finding is not None
    assert finding.name == "labels unrelated to inputs"


def test_doubt_falls_on_the_surest_contradiction_first() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.01, 0.99], [0.8, 0.2], [0.1, 0.9]])
    assert doubted(probabilities, np.array([0, 1, 0, 0, 1])).tolist() == [2]


def test_one_logit_stands_for_two_classes() -> None:
    logit = np.array([[1.5]])
    assert probabilities_of(logit, "logits", "binary")[0, 1] == pytest.approx(1 / (1 + np.exp(-1.5)))


def test_a_deep_examination_needs_recipe_and_data_with_classes() -> None:
    data, _ = clouds()
    bare = Record({name: np.ones(3) for name in ("epoch", "training_loss", "validation_loss", "learning_rate")})
    with pytest.raises(TrainwellError, match="needs a run with its recipe"):
        examine(Case(bare), data, deep=True)
    numbers = tw.read(np.arange(120.0).reshape(40, 3), y=np.random.default_rng(0).normal(size=40), name="numbers")
    with pytest.raises(DataError, match="the task is regression"):
        examine_labels(RECIPE, numbers)
    assert examine(Case(bare, RECIPE), numbers, deep=True) == []
