"""Bagging and ensembles of seeds: better than their members, the same every time, and kept in folders."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

import trainwell as tw
from trainwell.averaging import bootstrap
from trainwell.engine import program_for
from trainwell.engine.cohort import CohortProgress
from trainwell.errors import ArtifactError, DataError, RecipeError

RECIPE = tw.Recipe(
    network=tw.MLP(hidden=(32,), dropout=0.1),
    optimizer=tw.Adam(learning_rate=0.01),
    schedule=tw.Constant(),
    batch_size=64,
    max_epochs=6,
    early_stopping=None,
    telemetry=False,
)


@pytest.fixture(scope="module")
def digits() -> tw.Dataset:
    return tw.read(*load_digits(return_X_y=True)[:1], y=load_digits(return_X_y=True)[1])


@pytest.fixture(scope="module")
def bagged(digits):
    return tw.bagging(RECIPE, digits, members=4)


@pytest.fixture(scope="module")
def seeds(digits):
    return tw.deep_ensemble(digits, RECIPE, members=3)


@pytest.mark.parametrize("name", ["bagged", "seeds"])
def test_together_they_lose_no_more_than_alone_on_average(name, request):
    averaged = request.getfixturevalue(name)
    for part in ("training", "validation", "test"):
        alone = [scores[part]["log_loss"] for scores in averaged.members]
        assert averaged.scores[part]["log_loss"] <= np.mean(alone)
        assert np.ptp(alone) > 0
    assert averaged.scores["test"]["accuracy"] > 0.85


def test_the_answer_is_the_mean_of_the_members(bagged, digits):
    rows = digits.frame[:9]
    answers = [member.predict_proba(rows) for member in bagged.ensemble.members]
    np.testing.assert_allclose(bagged.predict_proba(rows), np.mean(answers, axis=0), rtol=1e-6)
    assert bagged.predict(rows).tolist() == [digits.target.classes[at] for at in np.mean(answers, axis=0).argmax(1)]
    assert bagged.predict(rows, samples=5).draws.shape == (20, 9, 10)


def test_all_members_share_one_program(bagged):
    programs = {id(member.program) for member in bagged.ensemble.members}
    assert len(programs) == 1
    (member, *_) = bagged.ensemble.members
    assert member.program is program_for(RECIPE, member.encoder.layout, "multiclass", 10)


def test_the_same_seed_gives_the_same_members(bagged, digits):
    again = tw.bagging(RECIPE, digits, members=2)
    np.testing.assert_array_equal(
        again.ensemble.members[1].predict_proba(digits.frame[:5]),
        bagged.ensemble.members[1].predict_proba(digits.frame[:5]),
    )


def test_a_bootstrap_sample_holds_63_percent_of_the_rows():
    rows = np.arange(5000) * 3
    drawn = bootstrap(rows, seed=0)
    assert len(drawn) == 5000
    assert set(drawn) <= set(rows)
    assert abs(len(set(drawn)) / 5000 - (1 - np.exp(-1))) < 0.015
    assert not np.array_equal(drawn, bootstrap(rows, seed=1))


def test_folders_are_read_back_and_replaced_only_when_asked(bagged, seeds, digits, tmp_path):
    folder = bagged.save(tmp_path / "bag")
    rows = digits.frame[:5]
    np.testing.assert_array_equal(tw.load(folder).predict_proba(rows), bagged.predict_proba(rows))
    with pytest.raises(ArtifactError, match=r"add overwrite=True \(--overwrite\) to replace it"):
        seeds.save(folder)
    seeds.save(folder, overwrite=True)
    assert len(tw.load(folder).members) == 3
    assert {entry.name for entry in folder.iterdir()} == {
        "ensemble.json", "member-1", "member-2", "member-3", "scores.json", "versions.json",
    }  # fmt: skip
    (folder / "mine.txt").write_text("precious")
    with pytest.raises(ArtifactError, match=r"holds mine\.txt besides an ensemble"):
        seeds.save(folder, overwrite=True)


def test_progress_is_told_and_words_compare(digits):
    told: list[CohortProgress] = []
    averaged = tw.deep_ensemble(RECIPE, digits, members=2, listener=told.append)
    assert (told[-1].finished, told[-1].trials) == (2, 2)
    assert repr(averaged).startswith("<Average of 2 networks: test accuracy 0.")
    together, alone = averaged.scores["test"]["accuracy"], [scores["test"]["accuracy"] for scores in averaged.members]
    assert averaged.text == f"test accuracy {together:.4g} together, {np.mean(alone):.4g} alone on average"


@pytest.mark.parametrize("members", [1, 0, 2.5, True])
def test_fewer_than_two_members_are_no_ensemble(digits, members):
    with pytest.raises(RecipeError, match="members must be a whole number of at least 2, but got"):
        tw.bagging(RECIPE, digits, members=members)


def test_no_data_and_no_time_are_said(digits):
    with pytest.raises(DataError, match="needs data"):
        tw.bagging(RECIPE)
    with pytest.raises(RecipeError, match="no member was finished; allow more time"):
        tw.bagging(RECIPE.with_settings({"max_epochs": 100_000}), digits, members=2, seconds=0.2)
