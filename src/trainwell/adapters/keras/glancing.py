"""One glance at a Keras network through a few rows: losses, outputs, gradients and what comes out of its activations.

On the JAX backend everything is one compiled function, since each operation by itself would be compiled as well; it is
called a few times only, and so compiled in a third of the time, to run a little longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from trainwell.adapters.sight import Numbers

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
        after: what comes out of every activation function before the output layer, for all rows.
    """

    losses: Any
    outputs: Any
    gradients: Sequence[Any] | None
    between: Any
    after: Sequence[Any]


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
    def half(self) -> int:
        """The number of rows in each half."""
        return len(self.inputs) // 2

    @property
    def rows(self) -> Numbers:
        """The first half, the second, and, where rows are real numbers, the points between the two."""
        both = self.inputs[: 2 * self.half]
        if both.dtype.kind != "f":
            return both
        return np.concatenate([both, ((both[: self.half] + both[self.half :]) / 2).astype(both.dtype)])

    def losses(self, outputs: Any, targets: Any) -> list[Any]:
        """Return the mean loss of each half."""
        parts = slice(0, self.half), slice(self.half, 2 * self.half)
        return [keras.ops.mean(self.loss(targets[part], outputs[part])) for part in parts]

    def glance(self, losses: Any, found: Sequence[Any], gradients: Any) -> Glance:
        """Return the glance from what :attr:`through` gives for :attr:`rows`."""
        *after, outputs = found
        judged = 2 * self.half
        halves = outputs[:judged].reshape(2, self.half, *outputs.shape[1:])
        between = outputs[judged:] if len(outputs) > judged else None
        return Glance(losses, halves, gradients, between, [each[:judged] for each in after])


def glancing(probed: Probed) -> Callable[[], Glance]:
    """Return what glances at the model as it stands, on the backends that give gradients outside ``fit``."""
    return glancing_on_jax(probed) if keras.backend.backend() == "jax" else glancing_on_torch(probed)


def glancing_on_jax(probed: Probed) -> Callable[[], Glance]:
    """Return the compiled glance for the JAX backend: one pass forward, one backward for both halves."""
    import jax

    model, through, rows = probed.model, probed.through, probed.rows
    places = {id(variable): at for at, variable in enumerate(model.trainable_variables)}
    fixed = {id(variable): at for at, variable in enumerate(model.non_trainable_variables)}

    def glance(trainable: Any, others: Any, rows: Any, targets: Any) -> Glance:
        def judged(trainable: Any) -> tuple[Any, Any]:
            weights = [trainable[places[id(variable)]] for variable in through.trainable_variables]
            state = [others[fixed[id(variable)]] for variable in through.non_trainable_variables]
            found = flat(through.stateless_call(weights, state, rows, training=False)[0])
            return keras.ops.stack(probed.losses(found[-1], targets)) if probed.loss else None, found

        if probed.loss is None:
            return probed.glance(*judged(trainable), None)
        losses, back, found = jax.vjp(judged, trainable, has_aux=True)
        (gradients,) = jax.vmap(back)(jax.numpy.eye(2, dtype=losses.dtype))
        return probed.glance(losses, found, gradients)

    on_cpu = jax.default_backend() == "cpu"
    compiled = [jax.jit(glance, compiler_options=QUICK if on_cpu else {})]

    def look() -> Glance:
        groups = model.trainable_variables, model.non_trainable_variables
        values = [[variable.value for variable in group] for group in groups]
        try:
            return compiled[0](*values, rows, probed.targets)
        except jax.errors.JaxRuntimeError:  # a compiler that does not know these options
            compiled[0] = jax.jit(glance)
            return compiled[0](*values, rows, probed.targets)

    return look


def glancing_on_torch(probed: Probed) -> Callable[[], Glance]:
    """Return the glance for the PyTorch backend: one pass forward, one backward for each half."""
    import torch

    def gradient(loss: Any) -> list[Any]:
        wanted = [variable.value for variable in probed.model.trainable_variables]
        found = torch.autograd.grad(loss, wanted, allow_unused=True, retain_graph=True)
        return [torch.zeros_like(leaf) if each is None else each for leaf, each in zip(wanted, found, strict=True)]

    def look() -> Glance:
        rows, targets = (keras.ops.convert_to_tensor(part) for part in (probed.rows, probed.targets))
        with torch.set_grad_enabled(probed.loss is not None):
            found = flat(probed.through(rows, training=False))
            if probed.loss is None:
                return probed.glance(None, found, None)
            losses = probed.losses(found[-1], targets)
            gradients = [torch.stack(both) for both in zip(*map(gradient, losses), strict=True)]
        return probed.glance(torch.stack(losses).detach(), [each.detach() for each in found], gradients)

    return look


def flat(tensors: Any) -> list[Any]:
    """Return what a model of one or several outputs gives as a list."""
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]
