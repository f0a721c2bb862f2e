"""Losses as recipes state them: by name, with options, a person's own; counts, and means with their variances."""

from __future__ import annotations

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest
from scipy import stats

import trainwell as tw
from tests.engine.problems import blobs
from trainwell.engine import Recipe, prepare, train
from trainwell.engine.aim import loss_of
from trainwell.engine.program import own_objects, structure_of
from trainwell.ensemble import Ensemble
from trainwell.errors import ArtifactError, DataError, RecipeError, TrainwellWarning, UnknownNameError
from trainwell.functions.losses import LOSS_OPTIONS, LOSSES, Huber, Loss, MultilabelCrossEntropy
from trainwell.prediction import predict_table

SMALL = {"network": tw.MLP(hidden=(8,)), "batch_size": 64, "max_epochs": 4, "early_stopping": None, "telemetry": False}
RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(400, 2))
COUNTS = RANDOM.poisson(np.exp(1 + 0.8 * INPUTS[:, 0]))
NOISY = 50 + 10 * (INPUTS[:, 0] + RANDOM.normal(size=400) * np.exp(0.7 * INPUTS[:, 1]))


def table(target: np.ndarray) -> tw.Dataset:
    return tw.read(pl.DataFrame({"a": INPUTS[:, 0], "b": INPUTS[:, 1], "y": target}), target="y", task="regression")


def distance(outputs, targets):
    return jnp.sum(jnp.abs(outputs - targets), axis=1)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("huber", "huber"),
        ({"kind": "mse"}, "mse"),
        ({"kind": "huber", "delta": 0.5}, Huber(delta=0.5)),
        (Huber(delta=0.5), Huber(delta=0.5)),
        (LOSSES["mae"], "mae"),
        (MultilabelCrossEntropy(positive_weights=2.0), MultilabelCrossEntropy(positive_weights=2.0)),
        (distance, distance),
    ],
    ids=["name", "table", "table with an option", "object", "member", "another object", "function"],
)
def test_a_loss_is_a_name_a_table_an_object_or_a_function(stated, expected):
    assert Recipe(loss=stated).loss == expected


@pytest.mark.parametrize("loss", ["auto", "huber", Huber(delta=0.25), MultilabelCrossEntropy(positive_weights=3.0)])
def test_recipe_files_hold_it(loss):
    recipe = Recipe(loss=loss)
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert Recipe.from_dict(json.loads(recipe.to_json())) == recipe


def test_a_file_writes_names_as_they_are_and_options_beside_the_kind():
    assert 'loss = "huber"' in Recipe(loss="huber").to_toml()
    assert '[loss]\nkind = "huber"\ndelta = 0.5' in Recipe(loss=Huber(delta=0.5)).to_toml()


def test_options_are_knobs_of_one_program_and_can_be_set_and_varied_on_a_name():
    recipe = Recipe(loss=Huber(delta=0.5))
    assert recipe.knobs()["loss.delta"] == 0.5
    assert structure_of(recipe) == structure_of(recipe.with_settings({"loss.delta": 2.0}))
    assert Recipe(loss="huber").with_settings({"loss.delta": 2.0}).loss == Huber(delta=2.0)
    space = Recipe(loss="huber").vary({"loss.delta": tw.loguniform(0.1, 10)})
    assert space.recipe_for(space.settings_at([0.5])).loss == Huber(delta=1.0)


@pytest.mark.parametrize("name", LOSS_OPTIONS)
def test_every_loss_with_options_states_all_of_its_keywords_but_smoothing(name):
    options = LOSS_OPTIONS[name]
    assert {*options.model_fields, "label_smoothing"} >= set(LOSSES[name].options) >= set(options.model_fields)
    assert options().bound().name == name
    assert LOSS_OPTIONS.entry(name).formula == LOSSES.entry(name).formula


def test_the_option_reaches_the_training():
    """A δ of 10⁶ makes Huber's loss half the squared error; its gradient half of that of the mean of squares."""
    data = table(NOISY)
    recipes = [Recipe(**SMALL, loss=Huber(delta=1e6)), Recipe(**SMALL, loss="half_mse"), Recipe(**SMALL, loss="huber")]
    wide, half, usual = (train(recipe, prepare(recipe, data)).record["training_loss"] for recipe in recipes)
    np.testing.assert_allclose(wide, half, rtol=1e-4)
    assert not np.allclose(usual, half, rtol=1e-2)


@pytest.mark.parametrize(
    ("loss", "problem", "words"),
    [
        ("hubr", RecipeError, "no loss is called 'hubr'. Did you mean 'huber'"),
        ({"kind": "hubr"}, RecipeError, "Did you mean 'huber'"),
        ({"kind": "mse", "delta": 1}, RecipeError, "mse has no options, but got delta"),
        ({"kind": "huber", "delta": -1}, RecipeError, r"Huber\.delta: .* greater than 0, but got -1"),
        ({"kind": "huber", "dela": 1}, RecipeError, "Huber has no field 'dela'. Did you mean 'delta'"),
        ({"delta": 1}, RecipeError, "a loss is a name such as 'huber'"),
        (3, RecipeError, "a loss is a name such as 'huber'.* but got 3"),
    ],
    ids=str,
)
def test_what_is_no_loss_is_refused(loss, problem, words):
    with pytest.raises(problem, match=words):
        Recipe(loss=loss)


def test_a_function_of_ones_own_trains_as_the_loss_that_it_is():
    data, own = table(NOISY), Recipe(**SMALL, loss=lambda outputs, targets: jnp.square(outputs - targets)[:, 0])
    known = Recipe(**SMALL, loss="mse")
    ours, theirs = (train(recipe, prepare(recipe, data)).record["training_loss"] for recipe in (own, known))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_loss_object_of_ones_own_says_what_the_outputs_stand_for(tmp_path):
    own = Loss("tripled", lambda a, t: 3 * LOSSES["poisson_nll"].per_example(a, t), ("regression",), "log-rates")
    run = tw.fit(Recipe(**SMALL, loss=own), table(COUNTS))
    assert (run.predict({"a": [0.0], "b": [0.0]}) > 0).all()
    run.save(tmp_path / "run")
    with pytest.raises(ArtifactError, match=r"Recipe\.loss was an object of one's own .* loss=…"):
        tw.load(tmp_path / "run")
    again = tw.load(tmp_path / "run", loss=own)
    np.testing.assert_array_equal(again.predict(run.data.frame), run.predict(run.data.frame))


def test_a_loss_object_must_say_what_its_outputs_stand_for():
    with pytest.raises(UnknownNameError, match=r"no meaning of outputs is called 'logit'\. Did you mean 'logits'"):
        Loss("mine", distance, ("binary",), "logit")


def test_functions_of_ones_own_are_told_apart():
    recipes = Recipe(loss=distance), Recipe(loss=lambda outputs, targets: distance(outputs, targets))
    assert own_objects(recipes[0]) != own_objects(recipes[1])
    assert loss_of(distance, "binary").takes == "logits"
    assert loss_of(distance, "regression").takes == "values"


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda outputs, targets: jnp.mean(outputs), r"one number per example, shape \(batch,\), but gives \(\)"),
        (lambda outputs, targets: outputs - targets, r"but gives \(batch, 1\)"),
        (lambda outputs: outputs, "Recipe.loss must take outputs and targets"),
    ],
    ids=["a mean", "a column", "one argument"],
)
def test_a_function_that_gives_something_else_is_refused(function, words):
    recipe = Recipe(**SMALL, loss=function)
    with pytest.raises(RecipeError, match=words):
        prepare(recipe, table(NOISY))


@pytest.fixture(scope="module")
def spread() -> tw.Run:
    recipe = Recipe(**(SMALL | {"max_epochs": 100, "loss": "gaussian_nll", "optimizer": tw.AdamW(learning_rate=0.01)}))
    return tw.fit(recipe, table(NOISY))


def test_a_mean_and_a_variance_are_learned_in_the_persons_units(spread):
    frame = spread.data.frame
    variance = spread.predict_variance(frame)
    assert variance.shape == (400,)
    truth = 100 * np.exp(1.4 * INPUTS[:, 1])
    assert stats.spearmanr(variance, truth).statistic > 0.9
    assert 0.5 < np.median(variance / truth) < 2
    assert abs(np.mean(spread.predict(frame)) - NOISY.mean()) < 3


def test_the_variance_comes_back_from_its_folder(spread, tmp_path):
    spread.save(tmp_path / "run")
    again = tw.load(tmp_path / "run")
    np.testing.assert_array_equal(again.predict_variance(spread.data.frame), spread.predict_variance(spread.data.frame))


def test_a_table_of_answers_has_a_column_of_deviations(spread):
    answers = predict_table(spread.model, spread.data.frame)
    assert answers.columns == ["prediction", "deviation"]
    np.testing.assert_allclose(answers["deviation"] ** 2, spread.predict_variance(spread.data.frame), rtol=1e-9)


def test_an_ensemble_states_the_variance_of_its_members_mixture(spread):
    other = tw.fit(spread.recipe.with_settings({"seed": 1, "max_epochs": 20}), spread.data)
    together, rows = Ensemble((spread.model, other.model)), spread.data.frame[:50]
    means, deviations = (
        np.array([predict_table(model, rows)[name] for model in together.members])
        for name in ("prediction", "deviation")
    )
    draw = np.random.default_rng(0)
    draws = draw.normal(means[..., None], deviations[..., None], (2, 50, 20_000))
    of_draws = draws.transpose(1, 0, 2).reshape(50, -1).std(axis=1)
    np.testing.assert_allclose(predict_table(together, rows)["deviation"], of_draws, rtol=0.02)
    assert together.predict_variance(rows).shape == (50,)


def test_an_ensemble_with_a_member_that_states_no_variance_says_so(spread):
    silent = tw.fit(Recipe(**SMALL), spread.data)
    together = Ensemble((spread.model, silent.model))
    assert predict_table(together, spread.data.frame).columns == ["prediction"]
    with pytest.raises(DataError, match=r"Ensemble of 2.*states no variance"):
        together.predict_variance(spread.data.frame)


def test_a_network_that_states_no_variance_says_how_to_train_one():
    run = tw.fit(Recipe(**SMALL), table(NOISY))
    with pytest.raises(DataError, match=r"states no variance; train a network that does: .*gaussian_nll"):
        run.predict_variance(run.data.frame)


def test_counts_are_learned_as_they_are():
    recipe = Recipe(**(SMALL | {"max_epochs": 60, "loss": "poisson_nll", "optimizer": tw.AdamW(learning_rate=0.01)}))
    run = tw.fit(recipe, table(COUNTS))
    assert run.model.encoder.target.scale == (1.0,)
    rates, truth = run.predict(run.data.frame), np.exp(1 + 0.8 * INPUTS[:, 0])
    assert (rates > 0).all()
    assert np.sqrt(np.mean((rates - truth) ** 2)) < 0.4 * truth.std()


def test_counts_below_zero_are_refused():
    with pytest.raises(DataError, match=r"poisson_nll is for counts, which are 0 or more, but y goes down to -3;"):
        prepare(Recipe(**SMALL, loss="poisson_nll"), table(COUNTS - 3.0 - COUNTS.min()))


class Ending(eqx.Module):
    """A network that ends in what a person may have put there."""

    linear: eqx.nn.Linear
    last: str = eqx.field(static=True)

    def __init__(self, last: str):
        self.linear, self.last = eqx.nn.Linear(4, 3, key=jax.random.key(0)), last

    def __call__(self, x):
        outputs = self.linear(x)
        return outputs if self.last == "linear" else getattr(jax.nn, self.last)(outputs)


def test_softmax_before_a_loss_on_logits_is_warned_of():
    with pytest.warns(
        TrainwellWarning,
        match=r"cross_entropy takes logits and applies the softmax itself: twice .* or "
        "name cross_entropy_from_probabilities",
    ):
        train(Recipe(**(SMALL | {"network": Ending("softmax"), "max_epochs": 1})), blobs())


@pytest.mark.parametrize(("last", "loss"), [("softmax", "cross_entropy_from_probabilities"), ("log_softmax", "nll")])
def test_a_network_of_ones_own_may_end_in_what_the_loss_reads(last, loss):
    """The same function of the weights, written in two ways, trains in the same way."""
    own, plain = (
        train(Recipe(**(SMALL | {"network": Ending(end), "loss": name, "optimizer": tw.SGD()})), blobs()).record
        for end, name in ((last, loss), ("linear", "cross_entropy"))
    )
    for curve in ("training_loss", "validation_loss", "validation_score"):
        np.testing.assert_allclose(own[curve], plain[curve], rtol=1e-4, err_msg=curve)


def test_a_last_softmax_in_words_is_warned_of():
    recipe = Recipe(
        **(SMALL | {"network": {"kind": "Sequential", "layers": [{"kind": "Activation", "function": "softmax"}]}})
    )
    with pytest.warns(TrainwellWarning, match=r"the last layer is a softmax, but the network ends in a linear layer"):
        train(recipe, blobs())


@pytest.mark.parametrize("loss", ["cross_entropy_from_probabilities", "nll"])
def test_networks_in_words_give_no_probabilities(loss):
    data = tw.read(pl.DataFrame({"a": INPUTS[:, 0], "y": np.array(["x", "y", "z"])[COUNTS % 3]}), target="y")
    with pytest.raises(RecipeError, match=r"MLP ends in a linear layer, which gives logits; .*: cross_entropy, kl_"):
        prepare(Recipe(**SMALL, loss=loss), data)


def test_a_loss_below_zero_is_judged_by_what_it_fell() -> None:
    many = np.random.default_rng(1).poisson(np.exp(2.5 + 0.8 * INPUTS[:, 0]))
    recipe = Recipe(
        network=tw.MLP(hidden=(8,)),
        optimizer=tw.AdamW(learning_rate=0.01),
        batch_size=64,
        max_epochs=60,
        early_stopping=None,
        loss="poisson_nll",
    )
    run = tw.fit(recipe, table(many))
    assert run.record["probe_loss"][0] < 0
    told = {check.row: check.status for check in run.preflight}
    assert (told[5], told[7], told[8]) == ("passed", "passed", "not applicable")
    assert run.answers[0]["answer"].startswith("Yes")
    assert not run.answers[-1]["answer"].startswith("Too high")
