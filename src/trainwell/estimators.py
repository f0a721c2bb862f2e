"""Classifier and Regressor: networks by scikit-learn's conventions, for pipelines, searches and cross-validation.

They encode and train, nothing else. Baselines, checks, findings and the report are what :func:`trainwell.fit` adds.
"""

# ruff: noqa: N803 - inputs are called X wherever scikit-learn calls

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import (
    _safe_indexing,
    check_array,
    check_consistent_length,
    check_random_state,
    column_or_1d,
)
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from trainwell.artifact import flat_weights, unflatten_weights
from trainwell.data import Dataset, Split, read
from trainwell.data.opening import is_frame
from trainwell.engine import Recipe, default_recipe, keep_compilations, prepare, program_for, train
from trainwell.engine.state import DIVERGED, INTERRUPTED
from trainwell.errors import DataError, RecipeError
from trainwell.model import Model
from trainwell.records import Record
from trainwell.tasks import Task
from trainwell.training import EarlyStopping

#: The parameters that change a field of the recipe, and where that field stands.
SETTINGS: Mapping[str, str] = {
    "hidden": "network.hidden",
    "activation": "network.activation",
    "dropout": "network.dropout",
    "normalization": "network.normalization",
    "learning_rate": "optimizer.learning_rate",
    "weight_decay": "optimizer.weight_decay",
    "batch_size": "batch_size",
    "max_epochs": "max_epochs",
    "early_stopping": "early_stopping",
    "class_weight": "class_weights",
}


@dataclass(eq=False, repr=False)
class NetworkEstimator(BaseEstimator):
    """What the two estimators share. A parameter left at None stays as the recipe, or the preset, has it.

    Args:
        recipe: how to train, whole; the preset's recipe for the data unless given.
        preset: name of the recipe to start from when none is given, ``"default"`` or ``"lecture"``.
        hidden: width of each hidden layer.
        activation: name of the hidden activation.
        dropout: probability of dropping a hidden unit.
        normalization: ``"batch"``, ``"layer"`` or ``"none"``.
        learning_rate: the optimizer's step size before the schedule.
        weight_decay: the optimizer's decoupled decay of weights.
        batch_size: rows per update.
        max_epochs: passes over the training rows.
        early_stopping: False to train all epochs, a number of epochs to wait for an improvement, or an
            :class:`~trainwell.EarlyStopping`.
        validation_fraction: share of the rows that is held out to choose the best epoch by; 0 for none.
        random_state: seed of weights, batches and held-out rows: an integer, or a generator to draw one from.
            Left out, it is the recipe's seed (0 in the presets), so that fitting again gives the same bits.

    Attributes:
        model_: the trained network with the encoding that belongs to it, a :class:`~trainwell.Model`.
        record_: curves and telemetry, a :class:`~trainwell.records.Record`.
        recipe_: the recipe that was followed, every parameter in place.
        loss_curve_: ``(epochs,)`` training loss.
        n_iter_: epochs trained.
        n_features_in_: columns seen in ``fit``.
        feature_names_in_: their names, when ``X`` was a data frame with names.
    """

    recipe: Recipe | None = None
    _: KW_ONLY
    preset: str = "default"
    hidden: tuple[int, ...] | None = None
    activation: str | None = None
    dropout: float | None = None
    normalization: str | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    batch_size: int | None = None
    max_epochs: int | None = None
    early_stopping: EarlyStopping | int | None = None
    validation_fraction: float = 0.2
    random_state: int | np.random.RandomState | None = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a network.

        Args:
            X: a data frame of any library (numbers, categories, dates, missing values), or an array
                ``(rows, columns)``.
            y: the target, ``(rows,)`` or ``(rows, outputs)``.
            sample_weight: ``(rows,)``, none below 0; a row of weight 0 is as good as absent.

        Raises:
            DataError: the data cannot be used as they stand; like every error here, a ``ValueError``.
            RecipeError: a parameter is out of range or does not suit the recipe.
        """
        keep_compilations()
        seed = self._seed()
        data = self._dataset(X, y, sample_weight, seed)
        recipe = self._base(data).with_settings(self._settings(data) | {"seed": seed})
        problem = prepare(recipe, data)
        trained = train(recipe, problem)
        self.model_ = Model.of(trained, problem, data)
        self.record_ = trained.record
        warn_unless_finished(self.record_)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return labels or numbers ``(rows,)``, or ``(rows, outputs)`` when ``y`` had two axes."""
        check_is_fitted(self)
        return self.model_.predict(self._rows(X))

    @property
    def recipe_(self) -> Recipe:
        """The recipe that was followed."""
        return self.model_.recipe

    @property
    def loss_curve_(self) -> np.ndarray:
        """The training loss of every epoch."""
        return self.record_["training_loss"]

    @property
    def n_iter_(self) -> int:
        """The number of epochs trained."""
        return self.record_.facts["epochs"]

    def _answers(self, y: Any) -> tuple[np.ndarray, Task]:
        """Return the checked target and what is asked."""
        raise NotImplementedError

    def _rows(self, X: Any, *, y: Any = "no_validation", reset: bool = False) -> Any:
        """Return checked inputs: frames as they are, for trainwell reads them; all else as a matrix."""
        matrix = {"dtype": None, "ensure_all_finite": "allow-nan", "ensure_min_samples": 2 if reset else 1}
        rows = X if is_frame(X) else check_array(X, **matrix, estimator=self, input_name="X")
        validate_data(self, rows, y, reset=reset, skip_check_array=True)
        return rows

    def _dataset(self, X: Any, y: Any, sample_weight: Any, seed: int) -> Dataset:
        """Return the data as training takes them, rows of weight 0 left out and some held out."""
        rows = self._rows(X, y=y, reset=True)
        target = check_array(y, dtype=None, ensure_2d=False, estimator=self, input_name="y")
        check_consistent_length(rows, target)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, rows, ensure_non_negative=True)
            kept = np.flatnonzero(sample_weight)
            rows, target, sample_weight = _safe_indexing(rows, kept), target[kept], sample_weight[kept]
        answers, task = self._answers(target)
        held_out = self.validation_fraction
        split = Split(train=1 - held_out, validation=held_out, test=0, seed=seed)
        return read(rows, y=answers, task=task, weights=sample_weight, split=split)

    def _base(self, data: Dataset) -> Recipe:
        """Return the recipe that the parameters change."""
        if self.recipe is None:
            return default_recipe(data, self.preset)
        if not isinstance(self.recipe, Recipe):
            raise RecipeError(f"recipe must be a trainwell.Recipe or None, but got {self.recipe!r}.")
        return self.recipe

    def _settings(self, data: Dataset) -> dict[str, Any]:
        """Return what the parameters change in the recipe, by dotted path."""
        asked = {path: getattr(self, name, None) for name, path in SETTINGS.items()}
        asked["early_stopping"] = stopping(self.early_stopping)
        asked["class_weights"] = by_class_name(asked["class_weights"], data)
        return {path: plain(value) for path, value in asked.items() if value is not None}

    def _seed(self) -> int:
        if self.random_state is None:
            return self.recipe.seed if isinstance(self.recipe, Recipe) else 0
        if isinstance(self.random_state, Integral):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return state | {"model_": Packed.of(self.model_)} if "model_" in state else state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state | {"model_": state["model_"].unpacked()} if "model_" in state else state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags


@dataclass(eq=False, repr=False)
class Classifier(ClassifierMixin, NetworkEstimator):
    """A neural network that tells classes apart, or says which of many labels hold when ``y`` is 0/1 of two axes.

    Takes the parameters and has the attributes of :class:`NetworkEstimator`, and besides:

    Args:
        class_weight: ``"balanced"`` weighs every class alike however rare; or weights by class, 1 unless named.

    Attributes:
        classes_: the labels in the order of ``predict_proba``; 0, 1, … for many labels.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> classifier = Classifier(hidden=(16,), learning_rate=0.01, max_epochs=60, random_state=0).fit(X, y)
    >>> classifier.score(X, y) > 0.9, classifier.predict_proba(X[:2]).shape
    (True, (2, 3))
    """

    class_weight: Mapping[Any, float] | str | None = None

    @property
    def classes_(self) -> np.ndarray:
        """The labels, in the order of the probabilities."""
        model = self.model_
        return np.arange(len(model.target_names)) if model.task == "multilabel" else np.asarray(model.classes)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities ``(rows, classes)``, or of every label ``(rows, labels)``."""
        check_is_fitted(self)
        return self.model_.predict_proba(self._rows(X))

    def _answers(self, y: Any) -> tuple[np.ndarray, Task]:
        check_classification_targets(y)
        if type_of_target(y) == "multilabel-indicator":
            return y, "multilabel"
        labels = column_or_1d(y, warn=True)
        classes = np.unique(labels)
        if len(classes) == 1:
            raise DataError(
                f"a classifier needs two classes or more, but y holds one class, {classes.tolist()[0]!r}, in "
                f"all {len(labels)} rows that weigh more than 0. Gather rows of another class."
            )
        return labels, "binary" if len(classes) == 2 else "multiclass"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


@dataclass(eq=False, repr=False)
class Regressor(RegressorMixin, NetworkEstimator):
    """A neural network that predicts a number, or several when ``y`` has two axes.

    Takes the parameters and has the attributes of :class:`NetworkEstimator`.

    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> regressor = Regressor(hidden=(16,), learning_rate=0.01, max_epochs=30, random_state=0).fit(X, y)
    >>> regressor.score(X, y) > 0.4
    True
    """

    def _answers(self, y: Any) -> tuple[np.ndarray, Task]:
        return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y"), "regression"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


@dataclass(frozen=True)
class Packed:
    """A model as a pickle holds it: plain data and arrays, without the compiled program.

    Attributes:
        facts: the fields of :class:`~trainwell.Model` that are plain data.
        outputs: numbers the network gives per example.
        weights: every array by its name.
    """

    facts: Mapping[str, Any]
    outputs: int
    weights: Mapping[str, np.ndarray]

    @staticmethod
    def of(model: Model) -> Packed:
        """Leave the program of a model behind."""
        names = ("recipe", "encoder", "task", "target_names", "classes")
        facts = {name: getattr(model, name) for name in names}
        return Packed(facts, model.program.outputs, flat_weights(model.parameters, model.network_state))

    def unpacked(self) -> Model:
        """Return the model with the program of its structure, compiled when first used."""
        recipe, task = self.facts["recipe"], self.facts["task"]
        program = program_for(recipe, self.facts["encoder"].layout, task, self.outputs)
        parameters, network_state = unflatten_weights(self.weights, program, recipe)
        return Model(**self.facts, parameters=parameters, network_state=network_state, program=program)


def stopping(asked: Any) -> Any:
    """Return what a recipe's ``early_stopping`` holds for what a person wrote short.

    >>> stopping(False), stopping(5).patience
    ('none', 5)
    """
    if isinstance(asked, bool):
        return EarlyStopping() if asked else "none"
    return EarlyStopping(patience=int(asked)) if isinstance(asked, Integral) else asked


def by_class_name(asked: Any, data: Dataset) -> Any:
    """Return class weights by the classes' names, as recipes have them; 1 and 1.0 are the same label."""
    if not isinstance(asked, Mapping):
        return asked
    names = {label: str(label) for label in data.target.classes}
    return {names.get(label, str(label)): plain(weight) for label, weight in asked.items()}


def plain(value: Any) -> Any:
    """Return a NumPy scalar or array, as searches draw them, as plain numbers."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def warn_unless_finished(record: Record) -> None:
    """Warn when training diverged or was interrupted, as no exception says so."""
    if record.facts["outcome"] in (DIVERGED, INTERRUPTED):
        warnings.warn(
            f"training ended after {record.facts['epochs']} epochs ({record.facts['stopped_because']}); the best "
            f"weights until then are kept. If it diverged, lower the learning_rate.",
            ConvergenceWarning,
            stacklevel=3,
        )
