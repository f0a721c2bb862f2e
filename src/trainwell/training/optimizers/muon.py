"""Muon: momentum made orthogonal, for the matrices of a network; Adam for everything else."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import jax
import optax
from jax import Array
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.optimizers.adam import Moments
from trainwell.training.optimizers.optimizer import OPTIMIZERS, Decay, decayed


@OPTIMIZERS.register(
    "Muon",
    formula="m ← μm + (1−μ)g; θ ← θ − η · rms · √max(rows, columns) · NS(m̂), NS(X) ≈ UVᵀ of X = USVᵀ; "
    "Nesterov: m̂ = μm/(1−μᵗ⁺¹) + (1−μ)g/(1−μᵗ), else m̂ = m/(1−μᵗ)",
    source="Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982",
)
class Muon(Moments):
    """Give every direction of a weight matrix a step of the same length, by making momentum orthogonal.

    Matrices are the leaves called ``weight`` with exactly two axes, those of the output layer and of category
    embeddings among them. Biases, normalization and everything else follow Adam at the same rate, which serves both
    because the matrices' steps are scaled to the size (root mean square) that Adam's have.

    Args:
        beta1: β₁ of Adam, for everything that is no matrix.
        beta2: β₂ of Adam, for everything that is no matrix.
        epsilon: ε, keeps divisions finite where gradients vanish.
        momentum: μ, how much of the mean of a matrix's gradients is kept at each step.
        nesterov: whether momentum looks one step ahead.
        update_rms: root mean square of the entries of a matrix's step at rate 1.
        iterations: Newton–Schulz iterations towards the orthogonal matrix.
        coefficients: a, b, c of the iteration X ← aX + bXXᵀX + cXXᵀXXᵀX.

    >>> Muon().momentum
    0.95
    """

    elementwise: ClassVar[bool] = False
    momentum: Decay = 0.95
    nesterov: bool = True
    update_rms: Annotated[float, Field(gt=0), knob()] = 0.2
    iterations: Annotated[int, Field(ge=1)] = 5
    coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315)

    def direction(self) -> optax.GradientTransformation:
        matrices = optax.chain(
            optax.contrib.scale_by_muon(
                ns_coeffs=self.coefficients,
                ns_steps=self.iterations,
                beta=self.momentum,
                eps=self.epsilon,
                nesterov=self.nesterov,
                weight_dimension_numbers=two_axes,
            ),
            optax.stateless(lambda updates, _: jax.tree.map(self.sized, updates)),
        )
        rest = optax.scale_by_adam(b1=self.beta1, b2=self.beta2, eps=self.epsilon)
        return optax.partition({True: matrices, False: rest}, is_matrix)

    def sized(self, orthogonal: Array) -> Array:
        """Return an orthogonal matrix, whose entries have root mean square 1/√max(rows, columns), scaled."""
        return self.update_rms * max(orthogonal.shape) ** 0.5 * orthogonal


def is_matrix(parameters: Any) -> Any:
    """Mark the weights with exactly two axes."""
    return jax.tree.map(lambda weight, leaf: weight and leaf.ndim == 2, decayed(parameters), parameters)


def two_axes(updates: Any) -> Any:
    """Say of every matrix which axes are to be orthogonal; Optax would otherwise expect one statement for all."""
    return jax.tree.map(lambda _: optax.contrib.MuonDimensionNumbers(), updates)
