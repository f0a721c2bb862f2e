"""The autoencoder as a transformer: rows to codes and back, by scikit-learn's conventions."""

# ruff: noqa: N803 - inputs are called X wherever scikit-learn calls

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Literal, Self

import equinox as eqx
import jax
import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from trainwell.data import Dataset, Encoding, Split
from trainwell.data.reconstruction import reconstruction
from trainwell.engine import Recipe, Trained, keep_compilations, prepare, train
from trainwell.engine.precision import arithmetic
from trainwell.engine.state import DIVERGED
from trainwell.engine.training import filled_pieces
from trainwell.errors import RecipeError
from trainwell.estimators.estimator import warn_unless_finished
from trainwell.estimators.parameters import checked_fraction, plain, seed_from
from trainwell.model import Model
from trainwell.network import Autoencoder as Architecture
from trainwell.network.autoencoder import halves
from trainwell.network.named import Sparsity
from trainwell.training import AdamW, Cosine

#: Rows are neither scaled nor shifted by the engine: the estimator does it, column by column.
SCALINGS = ("standard", "centre", "none")
AS_THEY_ARE = Encoding(numbers=None, target=None)


@dataclass(eq=False, repr=False)
class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A network that learns to give back its inputs through a narrow code; ``transform`` gives the codes.

    Plain, it compresses. With ``noise`` it is a denoising autoencoder, with ``sparsity`` a sparse one. Without hidden
    layers it spans the same subspace as the principal components.

    Args:
        code: numbers in the code.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse. A number alone is one layer.
        activation: name of the hidden layers' activation.
        code_activation: name of the code's activation.
        noise: deviation of normal noise on the scaled inputs while training; 0 for none.
        sparsity: what busy units of the code cost, such as ``tw.layers.Sparsity(measure="l1")``; none for nothing.
        scaling: ``"standard"`` brings every column to mean 0 and deviation 1 before, and back after; ``"centre"`` only
            to mean 0; ``"none"`` leaves columns as they are.
        learning_rate: the step size of AdamW before its cosine schedule.
        batch_size: rows per update.
        max_epochs: passes over the training rows.
        validation_fraction: share of the rows held out to choose the best epoch by; 0 for none.
        recipe: how to train, whole; its network must be ``tw.networks.Autoencoder(…)``, and it replaces all parameters
            above but ``scaling`` and ``validation_fraction``.
        random_state: seed of weights, batches and held-out rows: an integer, or a NumPy generator (``RandomState`` or
            ``Generator``) to draw one from.

    Attributes:
        model_: the trained network, a :class:`~trainwell.Model` of scaled rows.
        record_: curves and telemetry, a :class:`~trainwell.records.Record`.
        mean_, scale_: ``(columns,)`` what is taken off every column, and what it is divided by.
        n_iter_: epochs trained.
        n_features_in_: columns seen in ``fit``.

    >>> from sklearn.datasets import load_iris
    >>> X = load_iris().data
    >>> autoencoder = Autoencoder(code=2, hidden=(), max_epochs=20, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape, autoencoder.inverse_transform(autoencoder.transform(X)).shape
    ((150, 2), (150, 4))
    """

    code: int = 8
    _: KW_ONLY
    hidden: int | tuple[int, ...] = (64,)
    activation: str = "relu"
    code_activation: str = "identity"
    noise: float = 0.0
    sparsity: Sparsity | None = None
    scaling: Literal["standard", "centre", "none"] = "standard"
    learning_rate: float = 3e-3
    batch_size: int = 32
    max_epochs: int = 100
    validation_fraction: float = 0.1
    recipe: Recipe | None = None
    random_state: int | np.random.RandomState | np.random.Generator | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train the network on rows ``(rows, columns)`` of numbers; ``y`` is not looked at.

        Raises:
            ValueError: X is no matrix of finite numbers.
            RecipeError: a parameter is out of range.
        """
        keep_compilations()
        rows = self._rows(X, reset=True)
        recipe = self._recipe()
        data = self._dataset(rows, recipe.seed)
        problem = prepare(recipe, data)
        trained = train(recipe, problem)
        if recipe.network.sparsity is not None:
            trained = with_last_weights(trained)
        self.model_ = Model.of(trained, problem, data)
        self.record_ = trained.record
        warn_unless_finished(self.record_)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return codes ``(rows, code)``."""
        check_is_fitted(self)
        rows = self._rows(X)
        return self._applied(0, (rows - self.mean_) / self.scale_, rows.dtype)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Return the rows ``(rows, columns)`` that codes ``(rows, code)`` stand for, in the columns' units."""
        check_is_fitted(self)
        codes = check_array(X, dtype=[np.float64, np.float32], estimator=self)
        if codes.shape[1] != self._n_features_out:
            raise ValueError(f"codes have {self._n_features_out} numbers each, but X has {codes.shape[1]} columns.")
        return (self._applied(1, codes, codes.dtype) * self.scale_ + self.mean_).astype(codes.dtype)

    def reconstruction_error(self, X: Any) -> np.ndarray:
        """Return the mean squared error per row ``(rows,)``, in scaled units: large for rows unlike the rest."""
        rows = self._rows(X)
        restored = self.inverse_transform(self.transform(X))
        return np.asarray(np.mean(np.square((restored - rows) / self.scale_), axis=1))

    def score(self, X: Any, y: Any = None) -> float:
        """Return R² of the reconstruction, 1 where rows come back as they went in; ``y`` is not looked at.

        1 − Σ (x̂ − x)² / Σ (x − mean)² over all rows and columns in scaled units: the share of the variance that comes
        back, 0 for the columns' means; NaN where rows do not differ.
        """
        check_is_fitted(self)
        rows = self._rows(X) / self.scale_
        spread = float(np.sum(np.square(rows - rows.mean(axis=0))))
        return 1 - float(self.reconstruction_error(X).sum()) * rows.shape[1] / spread if spread > 0 else float("nan")

    @property
    def recipe_(self) -> Recipe:
        """The recipe that was followed."""
        return self.model_.recipe

    @property
    def n_iter_(self) -> int:
        """The number of epochs trained."""
        return int(self.record_.facts["epochs"])

    @property
    def _n_features_out(self) -> int:
        return int(self.model_.recipe.network.code)

    def _recipe(self) -> Recipe:
        if self.recipe is not None:
            recipe = checked(self.recipe)
            return recipe.with_settings({"seed": seed_from(self.random_state, otherwise=recipe.seed)})
        network = Architecture(
            hidden=plain(self.hidden),
            code=self.code,
            activation=self.activation,
            code_activation=self.code_activation,
            noise=self.noise,
            sparsity=self.sparsity,
        )
        return Recipe(
            network=network,
            encoding=AS_THEY_ARE,
            optimizer=AdamW(learning_rate=self.learning_rate, weight_decay=0.0),
            schedule=Cosine(warm_up=0.05),
            batch_size=self.batch_size,
            max_epochs=self.max_epochs,
            early_stopping=None,
            seed=seed_from(self.random_state, otherwise=0),
        )

    def _rows(self, X: Any, *, reset: bool = False) -> np.ndarray:
        minimum = 2 if reset else 1
        return np.asarray(
            validate_data(self, X, reset=reset, dtype=[np.float64, np.float32], ensure_min_samples=minimum)
        )

    def _dataset(self, rows: np.ndarray, seed: int) -> Dataset:
        """Return the scaled rows as a data set whose targets are its inputs."""
        if self.scaling not in SCALINGS:
            raise RecipeError(f"scaling must be 'standard', 'centre' or 'none', but got {self.scaling!r}.")
        self.mean_ = np.zeros(rows.shape[1]) if self.scaling == "none" else rows.mean(axis=0, dtype=np.float64)
        deviation = rows.std(axis=0, dtype=np.float64) if self.scaling == "standard" else np.ones(rows.shape[1])
        self.scale_ = np.where(deviation > 1e-12 * np.maximum(np.abs(self.mean_), 1e-12), deviation, 1.0)
        held_out = checked_fraction(self.validation_fraction) if len(rows) >= 10 else 0.0
        split = Split(train=1 - held_out, validation=held_out, test=0, seed=seed)
        return reconstruction((rows - self.mean_) / self.scale_, split)

    def _applied(self, half: Literal[0, 1], inputs: np.ndarray, dtype: Any) -> np.ndarray:
        """Return what the encoder (0) or the decoder (1) makes of rows."""
        network, state = halves(self.model_.network)[half], self.model_.network_state
        return in_pieces(lambda rows: applied(network, state, rows), inputs.astype(np.float32)).astype(dtype)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def checked(recipe: Any) -> Recipe:
    """Return a person's recipe for an autoencoder, its rows left as the estimator scales them."""
    if not isinstance(recipe, Recipe) or not isinstance(recipe.network, Architecture):
        raise RecipeError(
            f"recipe must be a trainwell.Recipe whose network is a tw.networks.Autoencoder, but got {recipe!r}."
        )
    return recipe.with_settings({"encoding": AS_THEY_ARE})


def with_last_weights(trained: Trained) -> Trained:
    """Return the same with the last epoch's weights: the best by the loss alone are the busy ones of an early epoch."""
    state = trained.state
    if trained.record.facts["outcome"] == DIVERGED:
        return trained
    with arithmetic(trained.recipe):
        objective = trained.program.objective(dict(trained.recipe.knobs()))
        parameters = objective.evaluated(state.optimizer_state, state.parameters)
    return replace(trained, parameters=parameters, network_state=state.network_state)


@eqx.filter_jit
def applied(network: eqx.Module, state: eqx.nn.State, rows: Any) -> Any:
    """Return what a network gives for rows; compiled once per structure."""
    return jax.vmap(lambda row: network(row, state)[0])(rows)  # type: ignore[operator]


def in_pieces(apply: Callable[[np.ndarray], Any], rows: np.ndarray) -> np.ndarray:
    """Return what a function makes of any number of rows, a fixed number at a time: one compilation, one rounding."""
    return np.concatenate([np.asarray(apply(filled))[:count] for filled, count in filled_pieces(rows)])
