"""A small dense network with one example, as a TOML file says it, and the training step that follows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.autodiff import TrainingStep, backprop
from trainwell.autodiff.dense import ACTIVATIONS, LOSSES
from trainwell.autodiff.errors import DerivativeError
from trainwell.errors import did_you_mean, unknown_name
from trainwell.explanation.page import resource

FIELDS = ("inputs", "target", "loss", "learning_rate", "layers")
LAYER_FIELDS = ("weight", "bias", "activation")
#: A step with more parameters than this would print for pages.
MOST_PARAMETERS = 20_000


def example_net() -> str:
    """Return the lectures' network as a file: two inputs, two ReLU units of which one is dead, one output."""
    return resource("lecture.toml")


def step_of_file(path: Path | None) -> TrainingStep:
    """Read a network file, the lectures' own without one, and take its training step.

    Raises:
        DerivativeError: the file cannot be read, or a field does not fit; names the file and the field.
    """
    where = "the example" if path is None else str(path)
    fields = parsed(example_net() if path is None else read_text(path), where)
    refuse_unknown(fields, FIELDS, where)
    for name in ("inputs", "target", "layers"):
        if name not in fields:
            raise misfit(where, name, "is missing; trainwell backprop --example prints a whole file")
    layers = read_layers(fields["layers"], where)
    inputs, target = (numbers(fields[name], where, name) for name in ("inputs", "target"))
    check_target(target, inputs, len(layers[-1]["weight"]), where)
    try:
        return backprop(
            {"layers": layers},
            inputs,
            target,
            loss=known(fields.get("loss", "squared_error"), "loss", LOSSES, where, "loss"),
            learning_rate=read_rate(fields.get("learning_rate", 0.01), where),
        )
    except DerivativeError as problem:
        raise DerivativeError(f"{where}: {problem}") from None


def check_target(target: np.ndarray, inputs: np.ndarray, outputs: int, where: str) -> None:
    """Raise unless there is a number for every output, of every example."""
    examples = int(np.prod(inputs.shape[:-1]))
    needed = examples * outputs
    if target.size != needed:
        numbers = "1 number" if needed == 1 else f"{needed} numbers"
        raise misfit(where, "target", f"must hold {numbers}, one per output, but got {target.size}")


def read_text(path: Path) -> str:
    """Return what a file says."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise DerivativeError(f"{path} cannot be read: {(problem.strerror or 'unknown reason').lower()}.") from None
    except UnicodeDecodeError:
        raise DerivativeError(f"{path} is no text in UTF-8; write the network as TOML.") from None


def parsed(text: str, where: str) -> dict[str, Any]:
    """Return the fields of a TOML text."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise DerivativeError(f"{where} is not valid TOML: {str(problem).rstrip('.')}.") from None
    except RecursionError:
        raise DerivativeError(f"{where} is nested too deeply to be read.") from None


def refuse_unknown(fields: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    """Raise where a field is none of ours."""
    for name in fields:
        if name not in allowed:
            raise DerivativeError(
                f"{where}: there is no field {name!r}.{did_you_mean(name, allowed)} Known: {', '.join(allowed)}."
            )


def read_layers(layers: Any, where: str) -> list[dict[str, Any]]:
    """Return the layers, checked and each field named where it is wrong."""
    if not isinstance(layers, list) or not layers or not all(isinstance(layer, dict) for layer in layers):
        raise misfit(where, "layers", "must be one or more tables, each under [[layers]]")
    found = [read_layer(layer, where, f"layer {at + 1}") for at, layer in enumerate(layers)]
    size = sum(layer["weight"].size + layer["bias"].size for layer in found)
    if size > MOST_PARAMETERS:
        raise misfit(where, "layers", f"hold {size} parameters, but are shown up to {MOST_PARAMETERS}")
    return found


def read_layer(layer: Mapping[str, Any], where: str, place: str) -> dict[str, Any]:
    """Return one layer as arrays."""
    refuse_unknown(layer, LAYER_FIELDS, f"{where}: {place}")
    if "weight" not in layer:
        raise misfit(where, f"{place}: weight", "is missing")
    weight = numbers(layer["weight"], where, f"{place}: weight")
    if weight.ndim != 2:
        raise misfit(
            where, f"{place}: weight", "must hold one row of weights per unit, such as [[1.0, 4.0], [2.0, 1.0]]"
        )
    bias = numbers(layer.get("bias", [0.0] * len(weight)), where, f"{place}: bias")
    if bias.shape != (len(weight),):
        raise misfit(where, f"{place}: bias", f"must hold {len(weight)} numbers, one per unit, but got {bias.size}")
    activation = known(layer.get("activation", "identity"), "activation", ACTIVATIONS, where, f"{place}: activation")
    return {"weight": weight, "bias": bias, "activation": activation}


def numbers(given: Any, where: str, place: str) -> np.ndarray:
    """Return finite numbers as an array."""
    given = [given] if isinstance(given, int | float) and not isinstance(given, bool) else given
    try:
        array = np.asarray(given)
        fits = array.dtype.kind in "iuf" and array.size > 0
    except ValueError:
        raise misfit(where, place, "must have rows of equal length") from None
    if not fits or not isinstance(given, list):
        raise misfit(where, place, "must be a list of numbers")
    if not np.isfinite(array).all():
        raise misfit(where, place, "must hold finite numbers")
    return array.astype(np.float64)


def read_rate(given: Any, where: str) -> float:
    """Return the learning rate."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < float("inf"):
        raise misfit(where, "learning_rate", f"must be a number above 0, such as 0.01, but got {given!r}")
    return float(given)


def known(given: Any, family: str, names: Mapping[str, Any], where: str, place: str) -> str:
    """Return a name that a registry holds."""
    if not isinstance(given, str):
        raise misfit(where, place, f"must be a name, one of {', '.join(names)}")
    if given not in names:
        raise DerivativeError(f"{where}: {place}: {unknown_name(family, given, names)}")
    return given


def misfit(where: str, place: str, why: str) -> DerivativeError:
    """Build the error for a field that does not fit."""
    return DerivativeError(f"{where}: {place} {why}.")
