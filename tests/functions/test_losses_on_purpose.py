"""What particular losses promise: gradients at the logits, smoothing, class weights, shapes and exactness."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from trainwell.errors import DataError, RecipeError
from trainwell.functions import losses

LOGITS = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0], [-40.0, 0.0, 40.0]])
CLASSES = np.array([0, 2, 1])
ONE_HOT = np.eye(3)[CLASSES]
SCORES, TRUTH = np.array([-40.0, -1.5, 0.0, 0.5, 40.0]), np.array([1.0, 0.0, 1.0, 1.0, 0.0])
SOFT = np.array([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0], [0.4, 0.6, 0.0]])


def slopes(loss, outputs, targets, **options):
    """Return the gradient of the sum over the batch, in float64."""
    with jax.enable_x64(True):
        total = jax.grad(lambda a: loss.per_example(a, jnp.asarray(targets), **options).sum())
        return np.asarray(total(jnp.asarray(outputs)))


@pytest.mark.parametrize("targets", [CLASSES, ONE_HOT, SOFT], ids=["numbers", "one-hot", "soft"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradient_of_cross_entropy_at_the_logits(targets, smoothing):
    distributions = ONE_HOT if targets.ndim == 1 else targets
    expected = special.softmax(LOGITS, 1) - ((1 - smoothing) * distributions + smoothing / 3)
    found = slopes(losses.cross_entropy, LOGITS, targets, label_smoothing=smoothing)
    np.testing.assert_allclose(found, expected, atol=1e-14)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradient_of_binary_cross_entropy_at_the_logit(smoothing):
    expected = special.expit(SCORES) - ((1 - smoothing) * TRUTH + smoothing / 2)
    found = slopes(losses.binary_cross_entropy, SCORES[:, None], TRUTH, label_smoothing=smoothing)
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-14)


def test_gradient_of_divergence_equals_that_of_cross_entropy():
    expected = slopes(losses.cross_entropy, LOGITS, SOFT)
    np.testing.assert_allclose(slopes(losses.kl_divergence, LOGITS, SOFT), expected, atol=1e-14)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [(losses.half_mse, lambda r: r), (losses.log_cosh, np.tanh), (losses.huber, lambda r: np.clip(r, -1, 1))],
)
def test_gradients_by_the_residual(loss, expected):
    residual = np.array([-30.0, -1.5, 0.0, 0.25, 7.0])
    np.testing.assert_allclose(slopes(loss, residual, np.zeros(5)), expected(residual), atol=1e-14)


def test_a_confident_right_answer_keeps_its_small_loss_in_float32():
    found = losses.binary_cross_entropy(jnp.array([[17.0]]), jnp.array([1.0]))
    np.testing.assert_allclose(found, np.log1p(np.exp(-17.0)), rtol=1e-5)


def test_large_logits_keep_their_difference_in_float32():
    found = losses.cross_entropy(jnp.array([[1e4, 1e4 - 1]]), jnp.array([0]))
    np.testing.assert_allclose(found, np.log1p(np.exp(-1.0)), rtol=1e-6)


def test_label_smoothing_may_be_traced():
    @jax.jit
    def smoothed(amount):
        return losses.cross_entropy(jnp.asarray(LOGITS), jnp.asarray(CLASSES), label_smoothing=amount)

    targets = 0.8 * ONE_HOT + 0.2 / 3
    expected = -(targets * special.log_softmax(LOGITS, 1)).sum(1).mean()
    np.testing.assert_allclose(smoothed(0.2), expected, rtol=1e-6)
    smoothed(0.3)
    assert smoothed._cache_size() == 1


@pytest.mark.parametrize("targets", [CLASSES, ONE_HOT])
def test_class_weights_of_classes(targets):
    weights, per_class = np.array([1.0, 2.0, 0.5]), np.array([1.0, 3.0, 10.0])
    each = -(ONE_HOT * special.log_softmax(LOGITS, 1)).sum(1)
    expected = np.average(each, weights=weights * per_class[CLASSES])
    found = losses.cross_entropy(jnp.asarray(LOGITS), jnp.asarray(targets), weights, per_class)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", [float, int])
def test_class_weights_of_yes_and_no(dtype):
    per_class = np.array([1.0, 3.0])
    truth = np.array([1, 0, 1, 1, 0], dtype)
    expected = np.average(np.logaddexp(0, (1 - 2 * truth) * SCORES), weights=per_class[truth.astype(int)])
    found = losses.binary_cross_entropy(jnp.asarray(SCORES)[:, None], jnp.asarray(truth), None, per_class)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("loss", [losses.mse, losses.multilabel_cross_entropy])
def test_class_weights_are_refused_where_there_are_no_classes(loss):
    with pytest.raises(RecipeError, match=f"class_weights need .* but {loss.name} is for"):
        loss(jnp.zeros((2, 2)), jnp.zeros((2, 2)), class_weights=jnp.ones(2))


def test_positive_weights_of_labels():
    logits, truth, emphasis = LOGITS[:2], ONE_HOT[:2], np.array([5.0, 1.0, 2.0])
    p = special.expit(logits)
    expected = -(emphasis * truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean(1)
    found = losses.multilabel_cross_entropy.per_example(
        jnp.asarray(logits), jnp.asarray(truth), positive_weights=jnp.asarray(emphasis)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_no_weight_at_all_is_no_loss_rather_than_nan():
    assert losses.mse(jnp.ones((2, 1)), jnp.zeros(2), weights=jnp.zeros(2)) == 0


def test_perceptron_step_is_rosenblatts_rule_also_from_zero_weights():
    gradient = jax.grad(losses.perceptron)(jnp.zeros((1, 1)), jnp.array([1.0]))
    assert float(gradient[0, 0]) == -1.0


def test_huber_bends_where_it_is_told():
    found = losses.huber.per_example(jnp.array([1.0, 5.0]), jnp.zeros(2), delta=2.0)
    assert found.tolist() == [0.5, 8.0]


def test_poisson_keeps_pulling_back_beyond_where_the_exponential_overflows():
    assert slopes(losses.poisson_nll, np.array([1e4]), np.zeros(1))[0] == pytest.approx(np.exp(30))


@pytest.mark.parametrize("outputs", [(3,), (3, 1)])
@pytest.mark.parametrize("targets", [(3,), (3, 1)])
@pytest.mark.parametrize("loss", [losses.mse, losses.binary_cross_entropy])
def test_a_single_output_may_come_either_way(loss, outputs, targets):
    assert loss.per_example(jnp.zeros(outputs), jnp.ones(targets)).shape == (3,)


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        (losses.mse, (3, 1), (1, 3)),
        (losses.mse, (3, 2), (3,)),
        (losses.binary_cross_entropy, (3, 2), (3,)),
        (losses.gaussian_nll, (3, 3), (3,)),
        (losses.cross_entropy, (3, 2), (3,)),
        (losses.cross_entropy, (3, 2), (3, 4)),
    ],
)
def test_shapes_that_would_broadcast_by_accident_are_refused(loss, outputs, targets):
    with pytest.raises(DataError, match="but got"):
        loss(jnp.zeros(outputs), jnp.zeros(targets))


def test_images_are_averaged_over_all_their_pixels():
    assert losses.mse.per_example(jnp.ones((2, 3, 4, 1)), jnp.zeros((2, 3, 4, 1))).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("takes", "task", "outputs", "expected"),
    [
        ("logits", "binary", [[0.0]], [[0.5]]),
        ("logits", "multiclass", [[0.0, 0.0]], [[0.5, 0.5]]),
        ("logits", "multilabel", [[0.0, 0.0]], [[0.5, 0.5]]),
        ("probabilities", "multiclass", [[0.25, 0.75]], [[0.25, 0.75]]),
        ("log-probabilities", "multiclass", [[0.0, -np.inf]], [[1.0, 0.0]]),
        ("values", "regression", [[3.0]], [[3.0]]),
        ("log-rates", "regression", [[0.0]], [[1.0]]),
        ("mean and variance", "regression", [[3.0, 1.0]], [[3.0]]),
    ],
)
def test_predictions(takes, task, outputs, expected):
    assert losses.predict(jnp.array(outputs), takes, task).tolist() == expected
