"""One glance at a Keras network through a few rows: losses, outputs, gradients and what comes out of its activations.

On the JAX backend everything is one compiled function, since each operation by itself would be compiled as well; it is
called a few times only, and so compiled in a third of the time, to run a little longer, and aside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeAlias

import keras
import numpy as np

from trainwell.adapters.sight import Numbers
from trainwell.engine.aside import aside

QUICK = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
}


class Glance(NamedTuple):
    """What was seen, as arrays of the backend; the rows are the probe's first half and its second.

    Attributes:
        losses: ``(2,)`` mean loss of each half; none without a loss.
        outputs: ``(2, half, …)``.
        gradients: of each trainable variable, ``(2, …)``; none without a loss.
        between: outputs for the points between the halves; none where rows are no real numbers.
        after: what comes out of every activation function before the output layer, ``(2, half, …)`` each.
    """

    losses: Any
    outputs: Any
    gradients: Sequence[Any] | None
    between: Any
    after: Sequence[Any]


class Values(NamedTuple):
    """Copies of a model's variables on the host, in the model's order."""

    trainable: list[Numbers]
    others: list[Numbers]


#: What glances at a model whose variables have given values.
Look: TypeAlias = Callable[[Values], Glance]


def values_of(model: Any) -> Values:
    """Return copies of a model's variables as they stand."""
    return Values(trainable_of(model), copies(model.non_trainable_variables))


def trainable_of(model: Any) -> list[Numbers]:
    """Return copies of what a model learns as it stands."""
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()
    return copies(model.trainable_variables)


def copies(variables: Sequence[Any]) -> list[Numbers]:
    """Return copies of variables on the host."""
    return [np.array(keras.ops.convert_to_numpy(variable.value)) for variable in variables]


class Probed(NamedTuple):
    """What is glanced at.

    Attributes:
        model: a built model.
        through: one that gives what comes out of the activation functions, and the outputs last; ``model`` itself where
            nothing else is to be had.
        loss: ``loss(targets, outputs)``; without it there are no gradients.
        inputs: the probe's rows.
        targets: what is right for them.
    """

    model: Any
    through: Any
    loss: Any
    inputs: Numbers
    targets: Numbers

    @property
    def halves(self) -> Numbers:
        """The rows of the first half and of the second, ``(2, half, …)``."""
        return divided(self.inputs)

    @property
    def between(self) -> Numbers | None:
        """The points between the two halves, where rows are real numbers."""
        first, second = self.halves
        return ((first + second) / 2).astype(first.dtype) if first.dtype.kind == "f" else None

    def mean_loss(self, targets: Any, outputs: Any) -> Any:
        """Return the mean loss of some rows."""
        return keras.ops.mean(self.loss(targets, outputs))


def divided(rows: Numbers) -> Numbers:
    """Return rows as two halves, ``(2, half, …)``; an odd one is left out."""
    half = len(rows) // 2
    return rows[: 2 * half].reshape(2, half, *rows.shape[1:])


def glancing(probed: Probed) -> Future[Look]:
    """Return what glances at the model with given values, on the backends that give gradients outside ``fit``.

    What has to be compiled first is compiled aside. The model is traced at once, as a person's own layers may not bear
    to be called in two threads.
    """
    return glancing_on_jax(probed) if keras.backend.backend() == "jax" else glancing_on_torch(probed)


def forward_of(probed: Probed) -> Callable[[Any, Any, Any], list[Any]]:
    """Return what gives, of trainable values, other ones and rows, what comes out of the activations and at the end."""
    model, through = probed.model, probed.through
    places = {id(variable): at for at, variable in enumerate(model.trainable_variables)}
    fixed = {id(variable): at for at, variable in enumerate(model.non_trainable_variables)}

    def forward(trainable: Any, others: Any, rows: Any) -> list[Any]:
        weights = [trainable[places[id(variable)]] for variable in through.trainable_variables]
        state = [others[fixed[id(variable)]] for variable in through.non_trainable_variables]
        return flat(through.stateless_call(weights, state, rows, training=False)[0])

    return forward


def glancing_on_jax(probed: Probed) -> Future[Look]:
    """Return the compiled glance for the JAX backend: one pass forth and back for each half, one forth between."""
    import jax

    forward = jax.jit(forward_of(probed))  # so that it is traced once for all its calls

    def glance(values: Values, halves: Any, targets: Any, between: Any) -> Glance:
        def judged(trainable: Any, rows: Any, targets: Any) -> tuple[Any, list[Any]]:
            found = forward(trainable, values.others, rows)
            return probed.mean_loss(targets, found[-1]), found

        def half(part: tuple[Any, Any]) -> tuple[Any, list[Any], Any]:
            if probed.loss is None:
                return None, forward(*values, part[0]), None
            (loss, found), gradient = jax.value_and_grad(judged, has_aux=True)(values.trainable, *part)
            return loss, found, gradient

        losses, found, gradients = jax.lax.map(half, (halves, targets))
        middle = None if between is None else forward(*values, between)[-1]
        return Glance(losses, found[-1], gradients, middle, found[:-1])

    options = QUICK if jax.default_backend() == "cpu" else {}
    rows = probed.halves, divided(probed.targets), probed.between
    traced = jax.jit(glance, compiler_options=options).trace(values_of(probed.model), *rows)

    def compiled() -> Look:
        try:
            ready = traced.lower().compile()
        except jax.errors.JaxRuntimeError:  # a compiler that does not know these options
            ready = jax.jit(glance)
        return lambda values: ready(values, *rows)

    return aside(compiled)


def glancing_on_torch(probed: Probed) -> Future[Look]:
    """Return the glance for the PyTorch backend: one pass forth and back for each half, one forth between."""
    import torch

    forward = forward_of(probed)
    tensor = keras.ops.convert_to_tensor

    def gradient(loss: Any, wanted: list[Any]) -> list[Any]:
        found = torch.autograd.grad(loss, wanted, allow_unused=True)
        return [torch.zeros_like(leaf) if each is None else each for leaf, each in zip(wanted, found, strict=True)]

    def look(values: Values) -> Glance:
        trainable = [tensor(each).detach().requires_grad_(probed.loss is not None) for each in values.trainable]
        others = [tensor(each) for each in values.others]

        def half(rows: Numbers, targets: Numbers) -> tuple[Any, list[Any], list[Any]]:
            found = forward(trainable, others, tensor(rows))
            seen = [each.detach() for each in found]
            if probed.loss is None:
                return None, seen, []
            loss = probed.mean_loss(tensor(targets), found[-1])
            return loss.detach(), seen, gradient(loss, trainable)

        losses, found, gradients = zip(*map(half, probed.halves, divided(probed.targets)), strict=True)
        *after, outputs = (torch.stack(both) for both in zip(*found, strict=True))
        with torch.no_grad():
            middle = None if probed.between is None else forward(trainable, others, tensor(probed.between))[-1]
        if probed.loss is None:
            return Glance(None, outputs, None, middle, after)
        return Glance(
            torch.stack(losses), outputs, [torch.stack(both) for both in zip(*gradients, strict=True)], middle, after
        )

    ready: Future[Look] = Future()
    ready.set_result(look)
    return ready


def flat(tensors: Any) -> list[Any]:
    """Return what a model of one or several outputs gives as a list."""
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]
