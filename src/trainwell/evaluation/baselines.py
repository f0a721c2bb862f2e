"""What a network has to beat: one answer for all, and a linear model on the same inputs. No scores here."""

from __future__ import annotations

import warnings

import numpy as np

from trainwell.data import Dataset, Encoder, Layout
from trainwell.evaluation.answers import Numbers
from trainwell.tasks import Task, is_classification

MAJORITY, MEAN = "majority class", "mean"
LOGISTIC, LINEAR = "logistic regression", "linear regression"
COMPONENTS = "linear autoencoder"
MOST_ROWS = 20_000
MOST_WORK = 100_000_000  # rows × inputs × outputs: keeps a fit within about a second
MOST_ITERATIONS = 50
MOST_CODES = 64


def baseline_predictions(
    data: Dataset,
    encoder: Encoder,
    training_rows: Numbers,
    weights: Numbers | None = None,
    code: int | None = None,
) -> dict[str, Numbers]:
    """Return what simple models answer for every row of the data, by the models' names.

    ``majority class`` answers how common each class or label is in training, ``mean`` the mean: the best that
    can be said without looking. ``logistic regression`` or ``linear regression`` (ridge) looks at the encoded
    rows, with categories of up to 64 codes as one-hot columns and larger ones left out.

    Args:
        data: the rows, encoded by ``encoder``.
        encoder: fitted on the training rows.
        training_rows: the rows to learn from; at most 20,000 of them are used for the linear model.
        weights: one weight per row of the data; those of the data itself where left out.
        code: how many numbers a row is pressed into, where it is to be given back. A linear model would hand the
            inputs through, so a ``linear autoencoder`` answers instead: as many of their principal components.

    Returns:
        Probabilities, or numbers in the target's units: float64 ``(rows, outputs)`` for each baseline.
    """
    rows = np.asarray(training_rows, np.int64)
    given = data.sample_weight if weights is None else weights
    row_weights = np.ones(len(rows)) if given is None else np.asarray(given, np.float64)[rows]
    truth = target_columns(data)
    constant = np.average(truth[rows], axis=0, weights=row_weights)
    same = np.tile(constant, (len(data), 1))
    if data.gives_back:
        if code is None or code >= truth.shape[1]:
            return {MEAN: same}
        return {MEAN: same, COMPONENTS: principal_components(truth, rows, code)}
    encoded = encoder.transform(data.array if data.frame is None else data.frame)
    inputs = standardized(linear_inputs(encoded, encoder.layout), rows)
    chosen = rows_within_budget(truth[rows], inputs.shape[1])
    learned = linear_answers(data.task, inputs, truth, rows[chosen], row_weights[chosen])
    names = (MAJORITY, LOGISTIC) if is_classification(data.task) else (MEAN, LINEAR)
    return dict(zip(names, (same, learned), strict=True))


def target_columns(data: Dataset) -> Numbers:
    """Return the target as float64 ``(rows, outputs)``, classes one-hot."""
    values = np.asarray(data.target.values)
    if data.task == "multiclass":
        return np.asarray(values[:, None] == np.arange(len(data.target.classes)), np.float64)
    return values.reshape(len(values), -1).astype(np.float64)


def linear_inputs(encoded: Numbers, layout: Layout) -> Numbers:
    """Return encoded rows with their codes as one-hot columns, or without them where there are many.

    >>> linear_inputs(np.array([[0.5, 2.0], [0.1, 0.0]]), Layout(numbers=1, cardinalities=(3,))).tolist()
    [[0.5, 0.0, 0.0, 1.0], [0.1, 1.0, 0.0, 0.0]]
    """
    first_code = layout.width - len(layout.cardinalities)
    columns = [encoded[:, :first_code]]
    for position, cardinality in enumerate(layout.cardinalities, start=first_code):
        if cardinality <= MOST_CODES:
            columns.append(encoded[:, position, None] == np.arange(cardinality))
    return np.concatenate(columns, axis=1, dtype=encoded.dtype)


def standardized(inputs: Numbers, rows: Numbers) -> Numbers:
    """Return inputs with mean 0 and deviation 1 on ``rows``, so that one penalty suits every column."""
    learned_from = inputs[rows]
    deviation = learned_from.std(axis=0)
    return (inputs - learned_from.mean(axis=0)) / np.where(deviation > 0, deviation, 1)


def rows_within_budget(truth: Numbers, inputs: int) -> Numbers:
    """Choose, always alike, as many rows as a fit has time for, with one of every class among them.

    >>> len(rows_within_budget(np.zeros((50_000, 1)), inputs=10))
    20000
    """
    most = min(MOST_ROWS, max(MOST_WORK // max(inputs * truth.shape[1], 1), 100))
    if len(truth) <= most:
        return np.arange(len(truth))
    order = np.random.default_rng(0).permutation(len(truth))
    mixed = truth[order]
    one_of_each = order[mixed.argmax(axis=0)], order[mixed.argmin(axis=0)]
    return np.unique(np.concatenate([order[:most], *one_of_each]))


def linear_answers(task: Task, inputs: Numbers, truth: Numbers, rows: Numbers, weights: Numbers) -> Numbers:
    """Fit the linear model of the task on ``rows`` and return its answers for all rows."""
    if task == "regression":
        return ridge(inputs, truth, rows, weights)
    if task == "multiclass":
        return class_probabilities(inputs, truth.argmax(axis=1), truth.shape[1], rows, weights)
    both = [class_probabilities(inputs, column, 2, rows, weights)[:, 1] for column in truth.T]
    return np.stack(both, axis=1)


def ridge(inputs: Numbers, truth: Numbers, rows: Numbers, weights: Numbers) -> Numbers:
    """Return the answers of least squares with a penalty of ½ ‖w‖² per output."""
    # scikit-learn costs 0.8 s to import: only once a baseline is wanted
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=1.0).fit(inputs[rows].astype(np.float64), truth[rows], sample_weight=weights)
    return np.asarray(model.predict(inputs), np.float64).reshape(len(inputs), -1)


def principal_components(values: Numbers, rows: Numbers, count: int) -> Numbers:
    """Return all rows as the first components of the standardised training ``rows`` tell them, in their own units.

    >>> line = np.outer(np.arange(4.0), [1.0, 2.0])
    >>> bool(np.allclose(principal_components(line, np.arange(4), 1), line))
    True
    """
    scaled = standardized(values, rows)
    axes = np.linalg.eigh(scaled[rows].T @ scaled[rows])[1][:, -count:]
    deviation = values[rows].std(axis=0)
    return np.asarray(scaled @ axes @ axes.T * np.where(deviation > 0, deviation, 1) + values[rows].mean(axis=0))


def class_probabilities(inputs: Numbers, labels: Numbers, classes: int, rows: Numbers, weights: Numbers) -> Numbers:
    """Return the probabilities of logistic regression, ``(rows, classes)``; classes it never saw get 0."""
    # scikit-learn costs 0.8 s to import: only once a baseline is wanted
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    seen = np.unique(labels[rows]).astype(np.int64)
    probabilities = np.zeros((len(inputs), classes))
    if len(seen) == 1:
        probabilities[:, seen] = 1.0
        return probabilities
    model = LogisticRegression(max_iter=MOST_ITERATIONS, tol=1e-3)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Stopped early, it predicts new rows as well. No other category: filters are shared between threads.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(inputs[rows], labels[rows], sample_weight=weights)
    probabilities[:, seen] = model.predict_proba(inputs)
    return probabilities
