"""Augmentation inside the compiled step, in recipes and files, in estimators and in the report."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import trainwell as tw
from tests.engine.problems import blobs
from trainwell.augmented import IMAGES, SAMPLES
from trainwell.clinic.beforehand.rehearsals import without_regularization
from trainwell.engine import Program, Recipe, train
from trainwell.engine.program import structure_of
from trainwell.engine.state import Examples
from trainwell.engine.toml import write_toml
from trainwell.errors import RecipeError
from trainwell.keys import key_for
from trainwell.network.layers import split_parameters
from trainwell.report import render
from trainwell.training.augmentation import AUGMENTATIONS

PLAIN = Recipe(
    network=tw.MLP(hidden=(8,)),
    optimizer=tw.Adam(learning_rate=0.01),
    schedule=tw.Constant(),
    batch_size=32,
    max_epochs=3,
    early_stopping=None,
    telemetry=False,
)
every = pytest.mark.parametrize("name", list(AUGMENTATIONS))


def weights(trained: Any) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(trained.parameters)]


@every
def test_recipes_with_it_come_back_from_their_files(name):
    recipe = Recipe(augmentation=[name, {"kind": name}])
    assert recipe.augmentation == (AUGMENTATIONS[name](),) * 2
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert Recipe.from_toml(write_toml(recipe, comments=True)) == recipe
    assert Recipe.from_dict(recipe.to_dict()) == recipe


@every
def test_strengths_are_knobs_and_off_is_another_program(name):
    recipe = Recipe(augmentation=name)
    paths = [path for path in recipe.knobs() if path.startswith("augmentation.0.")]
    assert paths
    for path in paths:
        value = recipe.knobs()[path]
        changed = recipe.with_settings({path: value + 1 if isinstance(value, int) else value * 0.5})
        assert structure_of(changed) == structure_of(recipe)
        assert structure_of(recipe.with_settings({path: 0})) != structure_of(recipe)


def test_strengths_can_be_searched():
    space = Recipe(augmentation=["Noise", "Mixup"]).vary({"augmentation.1.alpha": tw.uniform(0.1, 0.9)})
    assert space.recipe_for({"augmentation.1.alpha": 0.5}).augmentation[1].alpha == 0.5
    with pytest.raises(RecipeError, match="no fields"):
        Recipe(augmentation=["Noise"]).vary({"augmentation.1.alpha": tw.uniform(0.1, 0.9)})


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("Flp", r"Recipe\.augmentation\.0: no augmentation is called 'Flp'\. Did you mean 'Flip'\?"),
        ([{"kind": "Flip", "horizontal": 2}], r"augmentation\.0: Flip\.horizontal: .* less than or equal to 1"),
        ([{"horizontal": 1}], r"augmentation\.0: augmentation needs kind = one of Flip, "),
        ([3], r"augmentation\.0: augmentation must be one of Flip, .*, but got 3"),
    ],
)
def test_nonsense_is_refused_by_name(asked, sentence):
    with pytest.raises(RecipeError, match=sentence):
        Recipe(augmentation=asked)


def test_what_does_not_suit_the_data_is_refused_before_training():
    data = tw.read({"x": [0.1, 0.9] * 20, "y": ["a", "b"] * 20}, target="y")
    with pytest.raises(RecipeError, match=r"Flip is for images, but the examples are rows of a table\. For these: N"):
        tw.fit(Recipe(augmentation="Flip"), data)


def test_mixed_labels_count_by_their_share_and_weight():
    recipe = PLAIN.with_settings({"augmentation": ["Mixup"]})
    problem = blobs()
    objective = Program(recipe, problem.layout, problem.task, problem.outputs).objective({})
    random = np.random.default_rng(0)
    rows = Examples(problem.examples.inputs[:8], problem.examples.targets[:8], jnp.asarray(random.random(8) + 0.5))
    key = key_for(0, "augmentation")
    batch, blend = objective.augmented(rows, key)
    drawn = recipe.augmentation[0].blend(jax.random.fold_in(key, 0), 8)
    share, partner = np.asarray(drawn.share, np.float64), np.asarray(drawn.partner)
    assert 0 < share[0] < 1
    inputs, given = np.asarray(rows.inputs, np.float64), np.asarray(rows.weights, np.float64)
    np.testing.assert_allclose(
        batch.inputs, share[:, None] * inputs + (1 - share[:, None]) * inputs[partner], rtol=1e-5
    )

    network, state = objective.build(key_for(0, "initialization"))
    parameters = split_parameters(network)[0]

    def mixed_loss(parameters: Any) -> jax.Array:
        outputs = objective.predict(parameters, state, batch.inputs)
        own = optax.softmax_cross_entropy_with_integer_labels(outputs, rows.targets)
        other = optax.softmax_cross_entropy_with_integer_labels(outputs, rows.targets[partner])
        total = share * given * own + (1 - share) * given[partner] * other
        return total.sum() / (share * given + (1 - share) * given[partner]).sum()

    expected = jax.grad(mixed_loss)(parameters)
    gradient, _ = objective.gradient(parameters, state, batch, key, blend)
    for one, other in zip(jax.tree.leaves(gradient), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_every_step_draws_anew_the_seed_decides_and_validation_sees_nothing():
    noisy = PLAIN.with_settings({"augmentation": [{"kind": "Noise", "deviation": 0.5}]})
    problem = blobs()
    plain, first, again = (train(recipe, problem) for recipe in (PLAIN, noisy, noisy))
    other = train(noisy.with_settings({"seed": 1}), problem)
    for one, two in zip(weights(first), weights(again), strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(weights(first)[0], weights(plain)[0])
    assert not np.array_equal(weights(first)[0], weights(other)[0])
    rows = np.asarray(problem.rows.validation)[: int(problem.rows.validation_count)]
    outputs = np.asarray(first.outputs(np.asarray(problem.examples.inputs)[rows]), np.float64)
    losses = optax.softmax_cross_entropy_with_integer_labels(outputs, np.asarray(problem.examples.targets)[rows])
    best = first.record.facts["best_epoch"] - 1
    assert first.record["validation_loss"][best] == pytest.approx(float(np.mean(losses)), rel=1e-4)
    one_epoch = noisy.with_settings({"batch_size": 100, "max_epochs": 2, "optimizer.learning_rate": 1e-9})
    epochs = train(one_epoch, problem).record["training_loss"]
    assert abs(epochs[1] / epochs[0] - 1) > 1e-3


def test_learning_by_heart_is_checked_without_augmentation():
    recipe = Recipe(augmentation=["Crop", "Mixup"], network=tw.MLP(dropout=0.1))
    calm = without_regularization(recipe)
    assert [part.knobs() for part in calm.augmentation] == [{}, {}]
    assert isinstance(calm.augmentation[0].padding, int)
    assert calm.augmentation[1].alpha == 0.0


@pytest.fixture(scope="module")
def digits() -> tw.Dataset:
    random = np.random.default_rng(0)
    labels = np.arange(120) % 3
    pictures = random.integers(0, 100, (120, 8, 8)) + 50 * labels[:, None, None]
    return tw.read(pictures.astype(np.uint8), y=labels, task="multiclass")


def test_the_report_shows_images_beside_augmented_copies(digits):
    recipe = PLAIN.with_settings({"augmentation": ["Rotation", "Cutout"], "max_epochs": 1})
    report = tw.fit(recipe, digits).report()
    shown = report.profile["augmentation"]
    images = np.array(shown["images"])
    assert shown["names"] == ["Rotation", "Cutout"]
    assert images.shape == (IMAGES, SAMPLES + 1, 8, 8)
    rows = digits.parts.train[np.linspace(0, len(digits.parts.train) - 1, IMAGES).astype(int)]
    np.testing.assert_allclose(images[:, 0], digits.array[rows] / 255, atol=1e-3)
    assert all(not np.array_equal(images[0, 0], copy) for copy in images[0, 1:])
    page = render(report)
    assert "Augmented training images: Rotation, Cutout" in page
    assert '"type":"heatmap"' in page


def test_without_augmentation_or_images_there_is_no_picture(digits):
    assert "augmentation" not in tw.fit(PLAIN.with_settings({"max_epochs": 1}), digits).report().profile


def test_estimators_take_it():
    random = np.random.default_rng(0)
    X, y = random.normal(size=(60, 4)), np.arange(60) % 2
    estimator = tw.Classifier(PLAIN, augmentation=["Noise", tw.augmentation.Swap(probability=0.3)]).fit(X, y)
    assert estimator.recipe_.augmentation == (tw.augmentation.Noise(), tw.augmentation.Swap(probability=0.3))
    with pytest.raises(RecipeError, match="Flip is for images"):
        tw.Classifier(PLAIN, augmentation="Flip").fit(X, y)
