"""Opening a row: the whole forward and backward pass of one row through a trained network, and one update."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trainwell.artifact import load
from trainwell.engine.precision import arithmetic
from trainwell.ensemble import Ensemble
from trainwell.errors import ArtifactError, DataError, unknown_name
from trainwell.explanation.explanation import Explanation, LayerView
from trainwell.explanation.influence import entry_names, influences
from trainwell.explanation.row import Row, encoded_answer, remembered_file, row_given, row_of_data, row_of_file
from trainwell.explanation.walk import Scalar, gradients, layers_of, named_arrays, run_through, stepped
from trainwell.functions import losses
from trainwell.model import Model
from trainwell.run import Run
from trainwell.training import Optimizer


def explain(
    model: Model | Run | str | Path,
    row: Any,
    *,
    data: str | Path | None = None,
    about: str | None = None,
    learning_rate: float | None = None,
) -> Explanation:
    """Open what a trained network does with one row: forward, backward, and one update.

    Args:
        model: from ``tw.load``, a run, or the path of a run folder.
        row: a mapping of columns to values, a data frame of one row, a row as pandas gives it (``frame.iloc[3]``), or
            an array of one example, the target among the columns or not; of a run also the position of a row of its
            data, counted from 0.
        data: a file; ``row`` is then the number of one of its rows, counted from 1 as an editor shows them below the
            header. Of the path of a run folder, a number is a row of the file that the run's command names.
        about: the class, label or target that the influences of the columns are about; what the network answers, or
            the first target, if left out.
        learning_rate: η of the update, which is plain gradient descent on this row alone; the recipe's if left out.

    Without the true answer there is no loss: the backward pass is then that of the answer itself, and there is no
    update. As at prediction, dropout is off and normalization uses its running statistics.

    Raises:
        DataError: the row does not fit the model, or there is no such row.
        ArtifactError: the folder holds no single network.
    """
    folder = Path(model) if isinstance(model, str | Path) else None
    opened = load(folder) if folder is not None else model
    network = opened.model if isinstance(opened, Run) else opened
    if isinstance(network, Ensemble):
        raise ArtifactError("an ensemble is several networks; open one of them, such as the folder member-1 in it.")
    if not isinstance(network, Model):
        raise DataError(f"explain takes a model, a run or the folder of one, but got {type(network).__name__}.")
    rate = rate_of(network) if learning_rate is None else learning_rate
    if not 0 < rate < math.inf:
        raise DataError(f"the learning rate must be a number above 0, such as 0.01, but got {rate!r}.")
    found = found_row(opened, network, row, data, folder)
    with arithmetic(network.recipe):
        return open_row(network, found, about, float(rate))


def found_row(opened: Any, model: Model, row: Any, data: str | Path | None, folder: Path | None) -> Row:
    """Return the row that was asked for."""
    is_number = isinstance(row, int | np.integer) and not isinstance(row, bool)
    if data is not None and not is_number:
        raise DataError(f"with data, row is the number of a row, counted from 1, but got {row!r}.")
    if data is not None or (folder is not None and is_number):
        file = data if data is not None else remembered_file(folder)  # type: ignore[arg-type]
        return row_of_file(file, int(row), model.encoder)
    if is_number and isinstance(opened, Run):
        return row_of_data(opened.data, int(row), model.encoder)
    if is_number:
        raise DataError("a model does not keep its data: hand in the row itself, or name a file with data='file.csv'.")
    return row_given(row, model.encoder)


def rate_of(model: Model) -> float:
    """Return the recipe's learning rate; 0.01 with an optimizer of the person's own."""
    optimizer = model.recipe.optimizer
    return float(optimizer.learning_rate) if isinstance(optimizer, Optimizer) else 0.01


def open_row(model: Model, row: Row, about: str | None, rate: float) -> Explanation:
    """Return the row's whole way through the network."""
    encoded = model.encoder.transform(row.inputs)[0]
    targets = encoded_answer(row, model.encoder)
    names, layers = zip(*layers_of(model.network), strict=True)
    state, x = model.network_state, jnp.asarray(encoded)
    outputs = run_through(layers, state, x)
    answers = answers_of(model, outputs[-1])
    place = place_of(model, about, answers)
    score = score_of(model, place)
    by_row, by_output, _ = found = gradients(layers, state, x, score)
    loss = None if targets is None else loss_of(model, targets)
    _, errors, by_weight = found if loss is None else gradients(layers, state, x, loss)
    moved = list(layers) if loss is None else stepped(layers, by_weight, rate)
    after = run_through(moved, state, x)[-1]
    views = view_layers(names, layers, x, outputs, errors, by_weight)
    if loss is not None:
        views = [replace(view, updated=arrays_like(layer, view)) for view, layer in zip(views, moved, strict=True)]
    share = list(answers.values())[place]
    return Explanation(
        where=row.where,
        task=model.task,
        about=list(answers)[place],
        scale="log-odds" if model.task != "regression" else "the target's units",
        inputs=dict(zip(model.encoder.feature_names, encoded.tolist(), strict=True)),
        influences=influences(
            model.encoder, row.raw, encoded, np.asarray(by_row), layers[0], np.asarray(outputs[0]).ravel(),
            np.asarray(by_output[0]).ravel(), 1.0 if model.task == "regression" else share * (1 - share),
        ),
        layers=tuple(views),
        answers=answers,
        truth=truth_of(model, row),
        loss=None if loss is None else float(loss(outputs[-1])),
        loss_name=model.program.objective(dict(model.recipe.knobs())).loss.name,
        learning_rate=rate,
        loss_after=None if loss is None else float(loss(after)),
        answers_after={} if loss is None else answers_of(model, after),
        entry_names=entry_names(model.encoder, layers[0]),
        shape=None if model.encoder.array is None else model.encoder.array.shape,
    )  # fmt: skip


def view_layers(
    names: tuple[str, ...], layers: tuple[Any, ...], x: Array, outputs: list[Array], errors: list[Array], by_weight: Any
) -> list[LayerView]:
    """Return what each layer did."""
    before = [x, *outputs[:-1]]
    return [
        LayerView(
            name=name,
            kind=kind_of(layer),
            inputs=np.asarray(came),
            outputs=np.asarray(gave),
            error=np.asarray(error),
            weights={path: value for path, value in named_arrays(layer).items() if path in named_arrays(slope)},
            gradients=named_arrays(slope),
        )
        for name, layer, came, gave, error, slope in zip(names, layers, before, outputs, errors, by_weight, strict=True)
    ]


def arrays_like(layer: Any, view: LayerView) -> dict[str, np.ndarray]:
    """Return the arrays of a layer that the view shows."""
    return {path: value for path, value in named_arrays(layer).items() if path in view.weights}


def kind_of(layer: Any) -> str:
    """Return what a layer is: its function's name, or its type's."""
    name = getattr(layer, "name", None)
    return name if isinstance(name, str) else type(layer).__name__


def answers_of(model: Model, outputs: Array) -> dict[str, float]:
    """Return the network's answers to one row by class, label or target."""
    values = model.read(np.asarray(outputs)[None])[0]
    if model.task == "binary":
        values = np.array([1 - values[0], values[0]])
    names = model.classes if model.task in ("binary", "multiclass") else model.target_names
    return {str(name): float(value) for name, value in zip(names, values, strict=True)}


def place_of(model: Model, about: str | None, answers: Mapping[str, float]) -> int:
    """Return which answer the influences are about."""
    names = list(answers)
    if about is not None:
        if str(about) not in names:
            raise unknown_name("class" if model.classes else "target", str(about), names)
        return names.index(str(about))
    return 0 if model.task == "regression" else int(np.argmax(list(answers.values())))


def score_of(model: Model, place: int) -> Scalar:
    """Return the function of the outputs that the influences are about: the answer's log-odds, or the number."""
    takes = model.takes
    if model.task == "regression":
        scale = model.encoder.target.scale[place]
        return lambda outputs: losses.predict(outputs[None], takes, model.task)[0, place] * scale
    if takes == "logits" and model.task == "multiclass":
        return lambda outputs: outputs[place] - jax.nn.logsumexp(jnp.delete(outputs, place))
    if takes == "logits":
        sign, at = (2 * place - 1, 0) if model.task == "binary" else (1, place)
        return lambda outputs: sign * outputs[at]

    def log_odds(outputs: Array) -> Array:
        shares = losses.predict(outputs[None], takes, model.task)[0]
        if model.task == "binary":
            shares = jnp.array([1 - shares[0], shares[0]])
        share = jnp.clip(shares[place], 1e-6, 1 - 1e-6)
        return jnp.log(share / (1 - share))

    return log_odds


def loss_of(model: Model, targets: np.ndarray) -> Scalar:
    """Return the row's loss as a function of the outputs."""
    loss, wanted = model.program.objective(dict(model.recipe.knobs())).loss, jnp.asarray(targets)
    return lambda outputs: loss.per_example(outputs[None], wanted)[0]


def truth_of(model: Model, row: Row) -> str:
    """Return the true answer in words."""
    if not row.answer:
        return ""
    if model.task == "multilabel":
        return ", ".join(name for name, value in row.answer.items() if float(value) > 0.5) or "no label"
    values = {
        name: f"{float(each):.5g}" if model.task == "regression" else str(each) for name, each in row.answer.items()
    }
    return (
        ", ".join(f"{name} = {each}" for name, each in values.items())
        if len(values) > 1
        else next(iter(values.values()))
    )
