"""What one look at a network saw, and the row of telemetry that follows from it; the same numbers as the engine's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trainwell.records import BY_ACTIVATION

Numbers = NDArray[np.floating]
Layers = Mapping[str, Sequence[Numbers]]
SATURATED_BELOW = 1e-3
LEAST = 1e-12


@dataclass(frozen=True)
class Activation:
    """One call of an activation function on the probe.

    Attributes:
        function: its name, as :data:`trainwell.activations.ACTIVATIONS` spells it.
        after: what came out, ``(rows, units, …)``.
        slope: the derivative at each entry, of the same shape.
    """

    function: str
    after: Numbers
    slope: Numbers

    def row(self) -> tuple[float, float, float, float]:
        """Return mean, deviation, share of dead units and share of saturated entries."""
        by_unit = np.moveaxis(self.after, 1, 0).reshape(self.after.shape[1], -1) if self.after.ndim > 1 else self.after
        dead = float(np.mean(np.all(by_unit == 0, axis=-1)))
        saturated = float(np.mean(np.abs(self.slope) < SATURATED_BELOW))
        return float(np.mean(self.after)), float(np.std(self.after)), dead, saturated


@dataclass(frozen=True)
class Sight:
    """What one look saw. Weights and gradients are by layer, each array with its units first.

    Attributes:
        weights: the layers' arrays.
        gradients: the gradient of the probe's loss, or of the last batch's where there is no probe loss.
        activations: the activation functions met on the way through the network.
        outputs: ``(rows, outputs)`` on the probe; none without a probe.
        between: outputs for the points between the probe's first and second half, where its rows are numbers.
        numbers: quantities that are one number a look.
    """

    weights: Layers
    gradients: Layers = field(default_factory=dict)
    activations: Sequence[Activation] = ()
    outputs: Numbers | None = None
    between: Numbers | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)

    def row(self) -> dict[str, NDArray[np.float64]]:
        """Return the row of telemetry, all but the update ratios."""
        found: dict[str, object] = dict(self.numbers)
        found["layer_weight_norm"] = [norm(group) for group in self.weights.values()]
        found["unit_similarity"] = [unit_similarity(group) for group in self.weights.values()]
        if self.gradients:
            found["layer_gradient_norm"] = [norm(group) for group in self.gradients.values()]
            found["idle_share"] = [idle_share(group) for group in self.gradients.values()]
        if self.activations:
            columns = zip(*(activation.row() for activation in self.activations), strict=True)
            found |= dict(zip(BY_ACTIVATION, map(list, columns), strict=True))
        if self.outputs is not None:
            found |= output_numbers(self.outputs, self.between)
        return {name: np.asarray(value, np.float64) for name, value in found.items()}


def norm(group: Sequence[Numbers]) -> float:
    """Return the Euclidean norm of all numbers of a layer.

    >>> norm([np.array([3.0]), np.array([[4.0]])])
    5.0
    """
    return float(np.sqrt(sum(float(np.sum(np.square(leaf, dtype=np.float64))) for leaf in group)))


def update_ratios(moved: Layers, before: Layers) -> Numbers:
    """Return the size of a step by layer, as a share of the weights' before it.

    >>> update_ratios({"a": [np.array([0.1])]}, {"a": [np.array([2.0])]}).tolist()
    [0.05]
    """
    return np.array([norm(moved[name]) / max(norm(before[name]), LEAST) for name in moved])


def alignments(moved: Layers, gradients: Layers) -> dict[str, NDArray[np.float64]]:
    """Return the cosine of the angle between a step and the way down, −gradient, whole and by layer; 0 where one is 0.

    >>> found = alignments({"a": [np.array([3.0])], "b": [np.array([4.0])]}, {"a": [np.ones(1)], "b": [np.zeros(1)]})
    >>> found["update_alignment"].tolist(), found["layer_update_alignment"].tolist()
    (-0.6, [-1.0, -0.0])
    """
    pairs = [(moved[name], gradients[name]) for name in moved]
    products = np.array([[product(step, step), product(slope, slope), product(step, slope)] for step, slope in pairs])
    return {
        "update_alignment": np.asarray(-cosine(*products.sum(axis=0))),
        "layer_update_alignment": np.array([-cosine(*row) for row in products]),
    }


def product(here: Sequence[Numbers], there: Sequence[Numbers]) -> float:
    """Return the inner product of two lists of arrays of the same shapes."""
    return sum(float(np.multiply(*pair, dtype=np.float64).sum()) for pair in zip(here, there, strict=True))


def cosine(square: float, other: float, inner: float) -> float:
    """Return the cosine of the angle between two vectors, by their squared lengths and their product; 0 where one is 0.

    >>> cosine(25.0, 1.0, 3.0), cosine(25.0, 0.0, 0.0)
    (0.6, 0.0)
    """
    return float(inner / np.sqrt(square * other)) if square * other > 0 else 0.0


def matrices(group: Sequence[Numbers]) -> list[Numbers]:
    """Return a layer's weights as ``(units, inputs)`` matrices of two units and two inputs or more, biases left out."""
    found = [leaf.reshape(leaf.shape[0], -1) for leaf in group if leaf.ndim >= 2]
    return [leaf for leaf in found if min(leaf.shape) > 1]


def unit_similarity(group: Sequence[Numbers]) -> float:
    """Return how far a layer's units are one another's copies: ‖mean of the units‖² / mean of ‖unit‖², 1 for all zeros.

    >>> unit_similarity([np.full((4, 3), 0.5)]), unit_similarity([np.eye(4)])
    (1.0, 0.25)
    """
    return max(map(similarity, matrices(group)), default=0.0)


def similarity(matrix: Numbers) -> float:
    """Return the similarity of the rows of one matrix."""
    whole = float(np.mean(np.sum(np.square(matrix), axis=1)))
    shared = float(np.sum(np.square(np.mean(matrix, axis=0))))
    return shared / whole if whole > 0 else 1.0


def idle_share(group: Sequence[Numbers]) -> float:
    """Return the share of a layer's units whose weights get a gradient of exactly zero.

    >>> idle_share([np.array([[0.0, 0.0], [0.0, 1.0]])])
    0.5
    """
    return max((float(np.mean(np.all(matrix == 0, axis=1))) for matrix in matrices(group)), default=0.0)


def output_numbers(outputs: Numbers, between: Numbers | None = None) -> dict[str, float]:
    """Return mean, spread over rows, range, by how much a row's sum is off 1, and how far from linear the network is.

    >>> round(output_numbers(np.array([[0.2, 0.8], [0.5, 0.5]]))["output_row_sum_error"], 6)
    0.0
    """
    flat = outputs.reshape(len(outputs), -1).astype(np.float64)
    found = {
        "output_mean": float(np.mean(flat)),
        "output_deviation": float(np.mean(np.std(flat, axis=0))),
        "output_minimum": float(np.min(flat)),
        "output_maximum": float(np.max(flat)),
        "output_row_sum_error": float(np.max(np.abs(np.sum(flat, axis=1) - 1))),
    }
    if between is not None and len(between):
        half = len(between)
        first, second = flat[:half], flat[half : 2 * half]
        bent = float(np.linalg.norm(between.reshape(half, -1) - (first + second) / 2))
        found["output_curvature"] = bent / max(float(np.linalg.norm(first - second)), LEAST)
    return found


def agreement(products: Numbers, rows: int) -> dict[str, float]:
    """Return the cosine of two half-batches' gradients, and the noise scale tr Σ / |G|² that follows, in rows.

    Args:
        products: ``(2, 2)`` inner products of the two gradients.
        rows: how many rows each half has.

    Source: S. McCandlish et al., "An Empirical Model of Large-Batch Training", 2018.
    """
    shared, size = float(products[0, 1]), float(np.trace(products)) / 2
    return {
        "gradient_agreement": shared / max(float(np.sqrt(products[0, 0] * products[1, 1])), 1e-30),
        "gradient_noise_scale": rows * (size - shared) / max(shared, 1e-30),
    }
