"""Many answers to the same rows, each of another draw of the network: their mean, and their spread as uncertainty.

The draws come from dropout left on (Monte-Carlo dropout) or from an ensemble's members. Not for training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, xlogy

from trainwell.errors import DataError
from trainwell.tasks import Task, is_classification

#: Noise is looked for between these shares of the errors' root mean square.
LEAST_NOISE, MOST_NOISE = 1e-3, 10.0
NOISE_SEED = 20_160_619


@dataclass(frozen=True, eq=False)
class Samples:
    """The answers of many draws of a network to the same rows.

    Attributes:
        draws: ``(samples, rows, outputs)`` numbers in the target's units, or probabilities of each class or label.
        task: what is answered.
        classes: the labels, in the order of the probabilities; empty for numbers.

    Reference: Y. Gal, Z. Ghahramani, "Dropout as a Bayesian Approximation", ICML 2016.

    >>> samples = Samples(np.array([[[1.0]], [[3.0]]]), "regression")
    >>> samples.mean.tolist(), samples.deviation.tolist()
    ([2.0], [1.0])
    """

    draws: np.ndarray
    task: Task
    classes: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        samples, rows, _ = self.draws.shape
        return f"<Samples: {samples} draws for {rows} rows, mean deviation {np.mean(self.deviation):.3g}>"

    @property
    def mean(self) -> np.ndarray:
        """The mean of the draws: numbers ``(rows,)``, or ``(rows, outputs)``; probabilities ``(rows, classes)``."""
        return self.shaped(self.draws.mean(axis=0))

    @property
    def deviation(self) -> np.ndarray:
        """The standard deviation of the draws, of the same shape: how far the draws disagree."""
        return self.shaped(self.draws.std(axis=0))

    @property
    def answers(self) -> np.ndarray:
        """The label of the largest mean probability ``(rows,)``, 0/1 labels, or the mean numbers."""
        if self.task in ("binary", "multiclass"):
            return np.asarray(self.classes)[self.mean.argmax(axis=1)]
        return (self.mean > 0.5).astype(int) if self.task == "multilabel" else self.mean

    def interval(self, level: float = 0.95, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and upper end of the central interval that holds ``level`` of the draws.

        Args:
            level: between 0 and 1.
            noise: σ of the observations about the truth, in the target's units, as :meth:`best_noise` finds it; one
                draw of it is added to every draw of the network, so that the interval is for new observations.

        Raises:
            DataError: a level outside (0, 1), or noise on probabilities.
        """
        if not 0 < level < 1:
            raise DataError(f"level must lie between 0 and 1, such as 0.95, but got {level!r}.")
        draws = self.draws
        if noise:
            self.refuse_classes("noise")
            draws = draws + noise * np.random.default_rng(NOISE_SEED).standard_normal(draws.shape)
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return self.shaped(low), self.shaped(high)

    @property
    def entropy(self) -> np.ndarray:
        """The entropy of the mean probabilities, in nats, ``(rows,)``: all uncertainty about the class."""
        self.refuse_numbers("entropy")
        return entropy_of(self.draws.mean(axis=0))

    @property
    def information(self) -> np.ndarray:
        """The mutual information of answer and draw, in nats, ``(rows,)``: what the draws do not agree on.

        The entropy of the mean less the mean of the entropies; high where more data would help.

        Reference: N. Houlsby et al., "Bayesian Active Learning for Classification", 2011.
        """
        self.refuse_numbers("information")
        return entropy_of(self.draws.mean(axis=0)) - entropy_of(self.draws).mean(axis=0)

    def log_likelihood(self, truth: Any, noise: float) -> float:
        """Return the mean over rows of ``log 1/T Σₜ N(y; ŷₜ, σ²)``, in nats: how well the spread foretells errors.

        Args:
            truth: the true numbers, ``(rows,)`` or ``(rows, outputs)``.
            noise: σ of the observations about the truth, in the target's units; the precision τ of the literature is
                1/σ². See :meth:`best_noise`.

        Raises:
            DataError: classes instead of numbers, a shape that does not fit, or no noise.

        >>> samples = Samples(np.zeros((1, 1, 1)), "regression")
        >>> round(samples.log_likelihood([0.0], noise=1.0), 4)
        -0.9189
        """
        if not noise > 0:
            raise DataError(f"noise must be above 0, in the target's units, but got {noise!r}; see best_noise.")
        errors = (self.errors(truth) / noise) ** 2
        densities = -0.5 * errors - math.log(noise) - 0.5 * math.log(2 * math.pi)
        return float(np.mean(logsumexp(densities.sum(axis=2), axis=0) - math.log(len(self.draws))))

    def best_noise(self, truth: Any) -> float:
        """Return the noise σ of the highest log-likelihood, in the target's units; for rows not trained on.

        Raises:
            DataError: classes instead of numbers, or a shape that does not fit.
        """
        size = float(np.sqrt(np.mean(self.errors(truth).mean(axis=0) ** 2))) or 1.0
        found = minimize_scalar(
            lambda logarithm: -self.log_likelihood(truth, math.exp(logarithm)),
            bounds=(math.log(LEAST_NOISE * size), math.log(MOST_NOISE * size)),
            method="bounded",
        )
        return math.exp(float(found.x))

    def errors(self, truth: Any) -> np.ndarray:
        """Return what each draw is off by, ``(samples, rows, outputs)``."""
        self.refuse_classes("a log-likelihood with noise")
        rows, outputs = self.draws.shape[1:]
        values = np.asarray(truth, np.float64)
        if values.size != rows * outputs:
            raise DataError(f"the truth must be {rows} × {outputs} numbers, but has the shape {values.shape}.")
        return np.asarray(self.draws - values.reshape(rows, outputs))

    def shaped(self, values: np.ndarray) -> np.ndarray:
        """Return ``(rows, outputs)`` values without the last axis where there is one number to predict."""
        return values[:, 0] if self.task == "regression" and values.shape[1] == 1 else values

    def refuse_classes(self, what: str) -> None:
        """Raise unless the answers are numbers."""
        if is_classification(self.task):
            raise DataError(f"{what} is for numbers, but the task is {self.task}; use entropy or deviation.")

    def refuse_numbers(self, what: str) -> None:
        """Raise unless the answers are one class of several."""
        if self.task not in ("binary", "multiclass"):
            raise DataError(f"{what} is for one class of several, but the task is {self.task}; use deviation.")


def entropy_of(probabilities: np.ndarray) -> np.ndarray:
    """Return the entropy over the last axis, in nats.

    >>> entropy_of(np.array([0.5, 0.5])).round(4).item()
    0.6931
    """
    return np.asarray(-xlogy(probabilities, probabilities).sum(axis=-1))
