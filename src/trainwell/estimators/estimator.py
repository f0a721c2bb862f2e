"""What the classifier and the regressor share: parameters, checked inputs, training, pickling."""

# ruff: noqa: N803 - inputs are called X wherever scikit-learn calls

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import _safe_indexing, check_array, check_consistent_length
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from trainwell.data import Dataset, Split, read
from trainwell.data.opening import is_frame, open_source
from trainwell.data.source import Source
from trainwell.data.values import clean
from trainwell.data.wording import listed
from trainwell.engine import Recipe, default_recipe, keep_compilations, prepare, train
from trainwell.engine.state import DIVERGED, INTERRUPTED
from trainwell.errors import DataError, RecipeError, TrainwellWarning
from trainwell.estimators.parameters import checked_fraction, seed_from, settings
from trainwell.model import Model
from trainwell.records import Record
from trainwell.tasks import Task
from trainwell.training import EarlyStopping
from trainwell.training.augmentation import Augmentation


@dataclass(eq=False, repr=False)
class NetworkEstimator(BaseEstimator):
    """What the two estimators share. A parameter left at None stays as the recipe, or the preset, has it.

    Args:
        recipe: how to train, whole; the preset's recipe for the data unless given.
        preset: name of the recipe to start from when none is given, ``"default"`` or ``"lecture"``.
        hidden: width of each hidden layer; a number for one layer.
        activation: name of the hidden activation.
        dropout: probability of dropping a hidden unit.
        normalization: ``"batch"``, ``"layer"`` or ``"none"``.
        learning_rate: the optimizer's step size before the schedule.
        weight_decay: the optimizer's decoupled decay of weights.
        batch_size: rows per update.
        max_epochs: passes over the training rows.
        early_stopping: False to train all epochs, a number of epochs to wait for an improvement, or an
            :class:`~trainwell.EarlyStopping`.
        augmentation: random changes of the training rows, by name or as ``tw.augmentation`` makes them; a list for
            several. Only those for tables, as X has two axes.
        validation_fraction: share of the rows that is held out to choose the best epoch by; 0 for none.
        random_state: seed of weights, batches and held-out rows: an integer, or a NumPy generator (``RandomState`` or
            ``Generator``) to draw one from.
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
    hidden: int | tuple[int, ...] | None = None
    activation: str | None = None
    dropout: float | None = None
    normalization: str | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    batch_size: int | None = None
    max_epochs: int | None = None
    early_stopping: EarlyStopping | int | None = None
    augmentation: Augmentation | str | Sequence[Augmentation | str] | None = None
    validation_fraction: float = 0.2
    random_state: int | np.random.RandomState | np.random.Generator | None = None

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

        Warns:
            TrainwellWarning: a column has no value in any row, as can happen in a fold; it is left out.
        """
        keep_compilations()
        seed = seed_from(self.random_state, otherwise=getattr(self.recipe, "seed", 0))
        data = self._dataset(X, y, sample_weight, seed)
        changes = settings(self.get_params(deep=False), data.target.classes)
        recipe = self._base(data).with_settings(changes | {"seed": seed})
        refuse_image_augmentation(recipe)
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
        held_out = checked_fraction(self.validation_fraction)
        split = Split(train=1 - held_out, validation=held_out, test=0, seed=seed)
        source = open_source(rows)
        unused = dict.fromkeys(warned_of_empty_columns(source), "constant")
        return read(source, y=answers, task=task, weights=sample_weight, split=split, kinds=unused)

    def _base(self, data: Dataset) -> Recipe:
        """Return the recipe that the parameters change."""
        if self.recipe is None:
            return default_recipe(data, self.preset)
        if not isinstance(self.recipe, Recipe):
            raise RecipeError(f"recipe must be a trainwell.Recipe or None, but got {self.recipe!r}.")
        return self.recipe

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags


def warned_of_empty_columns(source: Source) -> list[str]:
    """Return the columns without any value, and warn that they are left out; all of them raise ``DataError``."""
    frame = pl.DataFrame() if source.frame is None else source.frame
    empty = [name for name in frame.columns if clean(frame[name]).null_count() == frame.height]
    if empty and len(empty) == frame.width:
        raise DataError(
            f"no column of X has a value in any of its {frame.height} rows: there is nothing to learn from."
        )
    if empty:
        one = len(empty) == 1
        warnings.warn(
            f"{'column' if one else 'columns'} {listed(empty)} {'has' if one else 'have'} no value in any of the "
            f"{frame.height} rows and {'is' if one else 'are'} left out. Remove {'it' if one else 'them'}, or fill "
            f"{'it' if one else 'them'} in before.",
            TrainwellWarning,
            stacklevel=4,
        )
    return empty


def refuse_image_augmentation(recipe: Recipe) -> None:
    """Raise where an augmentation changes images, which an estimator never sees."""
    for augmentation in recipe.augmentation:
        if augmentation.suits == "images":
            raise RecipeError(
                f"augmentation {type(augmentation).__name__} is for images, but an estimator's X has two axes, rows "
                f"and columns. Leave it out, or train on images by tw.fit(tw.read(images, y=labels), recipe)."
            )


def warn_unless_finished(record: Record) -> None:
    """Warn when training diverged or was interrupted, as no exception says so."""
    if record.facts["outcome"] in (DIVERGED, INTERRUPTED):
        warnings.warn(
            f"training ended after {record.facts['epochs']} epochs ({record.facts['stopped_because']}); the best "
            f"weights until then are kept. If it diverged, lower the learning_rate.",
            ConvergenceWarning,
            stacklevel=3,
        )
