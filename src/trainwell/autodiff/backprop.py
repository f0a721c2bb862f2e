"""One training step of a dense network, opened: every sum, activation, error, gradient and updated weight by name.

The names are those of the lectures: in layer k, unit i forms zᵢ⁽ᵏ⁾ = Σⱼ wⱼᵢ⁽ᵏ⁾ aⱼ⁽ᵏ⁻¹⁾ + bᵢ⁽ᵏ⁾ and gives
aᵢ⁽ᵏ⁾ = σ(zᵢ⁽ᵏ⁾); wⱼᵢ⁽ᵏ⁾ leads from unit j of the layer before to unit i. With δ⁽ᵏ⁾ = ∂L/∂z⁽ᵏ⁾,

    δ⁽ᵏ⁾ = W⁽ᵏ⁺¹⁾ᵀ δ⁽ᵏ⁺¹⁾ ∘ σ′(z⁽ᵏ⁾),    ∂L/∂W⁽ᵏ⁾ = δ⁽ᵏ⁾ a⁽ᵏ⁻¹⁾ᵀ,    ∂L/∂b⁽ᵏ⁾ = δ⁽ᵏ⁾,    θ ← θ − η ∂L/∂θ.

(Texts that call the sums a and the activations z mean the same.)

Reference: D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors", Nature 323,
1986.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.autodiff.dense import LOSSES, DenseLayer, Loss, read_example, read_named, read_network
from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.notation import indexed, number
from trainwell.autodiff.reverse import reverse
from trainwell.autodiff.step import LayerStep, Parameter, TrainingStep, input_name

SATURATED = 1e-3


def backprop(
    network: Any, x: Any, y: Any, *, loss: Loss | str = "squared_error", learning_rate: float = 0.01
) -> TrainingStep:
    """Take one step of gradient descent on a dense network and show all of it, in float64.

    Args:
        network: a sequence of ``(weight, bias, activation)``, weights ``(units, inputs)``, activations by name or as
            functions; or plain data, ``{"layers": [{"weight": …, "bias": …, "activation": …}, …]}``.
        x: one example, ``(inputs,)``, or several, ``(batch, inputs)``.
        y: its target, in the shape of the prediction, or whatever the loss takes.
        loss: a function of prediction and target of one example, ``(outputs,)`` each, that returns one number; or
            ``"squared_error"`` Σ(ŷ − y)², or ``"half_squared_error"``.
        learning_rate: η.

    Raises:
        DerivativeError: shapes do not fit.
        UnknownNameError: no activation or loss has that name.

    >>> step = backprop([([[2.0]], [1.0], "identity")], x=[3.0], y=[5.0], learning_rate=0.1)
    >>> step.loss, step.gradient.tolist(), step.updated.round(6).tolist()
    (4.0, [12.0, 4.0], [0.8, 0.6])
    """
    layers = read_network(network)
    inputs, targets = read_example(x, y, layers)
    of_example, _ = read_named(loss, "loss", LOSSES)
    seen = run_forward(layers, inputs)
    back = reverse(lambda prediction: mean_loss(of_example, prediction, targets), (seen[-1][1],))
    steps: list[LayerStep] = []
    arriving = np.asarray(back.gradient[0])
    for at in reversed(range(len(layers))):
        before = inputs if at == 0 else seen[at - 1][1]
        steps.append(open_layer(at + 1, layers[at], before, *seen[at], arriving, learning_rate))
        arriving = steps[-1].delta @ layers[at].weight
    opened = tuple(reversed(steps))
    moved = [
        DenseLayer(each.new_weight, each.new_bias, layer.activation, layer.name)
        for each, layer in zip(opened, layers, strict=True)
    ]
    with jax.enable_x64(True):
        after = float(mean_loss(of_example, jnp.asarray(run_forward(moved, inputs)[-1][1]), targets))
    return TrainingStep(
        layers=opened,
        parameters=tuple(each for layer in opened for each in parameters_of(layer)),
        prediction=seen[-1][1],
        target=targets,
        loss=float(back.value),
        loss_after=after,
        learning_rate=learning_rate,
        notes=tuple(note for layer in opened for note in notes_on(layer)),
    )


def run_forward(layers: Sequence[DenseLayer], inputs: Any) -> list[tuple[Any, Any]]:
    """Return the sums and activations of every layer."""
    found = []
    with jax.enable_x64(True):
        for layer in layers:
            z = inputs @ layer.weight.T + layer.bias
            inputs = np.asarray(layer.activation(jnp.asarray(z)))
            found.append((z, inputs))
    return found


def mean_loss(loss: Loss, prediction: Any, target: Any) -> Any:
    """Return the loss of one example, or the mean of the losses of several."""
    losses = loss(prediction, target) if prediction.ndim == 1 else jax.vmap(loss)(prediction, target)
    if jnp.size(losses) != (1 if prediction.ndim == 1 else len(prediction)):
        raise DerivativeError(
            f"the loss must return one number per example, but got shape {jnp.shape(losses)}; sum over the outputs."
        )
    return jnp.mean(losses)


def open_layer(
    number: int, layer: DenseLayer, inputs: Any, z: Any, a: Any, arriving: Any, learning_rate: float
) -> LayerStep:
    """Carry the error back through one layer and update it."""
    through = reverse(layer.activation, (z,), cotangent=arriving, open_custom_rules=False)
    delta = np.asarray(through.gradient[0])
    rows, errors = np.atleast_2d(inputs), np.atleast_2d(delta)
    weight_gradient, bias_gradient = errors.T @ rows, errors.sum(axis=0)
    return LayerStep(
        number=number,
        activation=layer.name,
        inputs=inputs,
        weight=layer.weight,
        bias=layer.bias,
        z=z,
        a=a,
        slope=slope_of(layer, z),
        arriving=arriving,
        delta=delta,
        weight_gradient=weight_gradient,
        bias_gradient=bias_gradient,
        new_weight=layer.weight - learning_rate * weight_gradient,
        new_bias=layer.bias - learning_rate * bias_gradient,
    )


def slope_of(layer: DenseLayer, z: Any) -> Any:
    """Return σ′(z), or None where a unit's activation depends on the other units' sums."""
    back = lambda given: np.asarray(
        reverse(layer.activation, (z,), cotangent=given, open_custom_rules=False).gradient[0]
    )
    slope, uneven = back(np.ones_like(z)), np.linspace(1, 2, z.size).reshape(z.shape)
    return slope if np.allclose(back(uneven), slope * uneven, rtol=1e-9, atol=1e-12) else None


def parameters_of(layer: LayerStep) -> list[Parameter]:
    """Return the parameters of a layer by name, unit by unit."""
    found = []
    for unit in range(len(layer.bias)):
        error = indexed("δ", (unit + 1,), layer.number)
        for source in range(layer.weight.shape[1]):
            name = indexed("w", (source + 1, unit + 1), layer.number)
            formula = f"{error} · {input_name(layer, source + 1)}"
            found.append(
                Parameter(
                    name,
                    float(layer.weight[unit, source]),
                    formula,
                    float(layer.weight_gradient[unit, source]),
                    float(layer.new_weight[unit, source]),
                )
            )
        name = indexed("b", (unit + 1,), layer.number)
        values = (each[unit].item() for each in (layer.bias, layer.bias_gradient, layer.new_bias))
        value, gradient, updated = values
        found.append(Parameter(name, value, error, gradient, updated))
    return found


def notes_on(layer: LayerStep) -> list[str]:
    """Return a sentence for every unit that nothing, or next to nothing, passes back through."""
    if layer.slope is None:
        return []
    steepest = np.abs(np.atleast_2d(layer.slope)).max(axis=0)
    return [note_on(layer, unit, float(slope)) for unit, slope in enumerate(steepest) if slope < SATURATED]


def note_on(layer: LayerStep, unit: int, slope: float) -> str:
    """Return the sentence for one unit without slope."""
    k, name = layer.number, indexed("z", (unit + 1,), layer.number)
    weights = f"{indexed('w', (1, unit + 1), k)} … {indexed('b', (unit + 1,), k)}"
    sums = np.atleast_2d(layer.z)[:, unit]
    where = f"{name} = {number(sums[0])}" if len(sums) == 1 else f"{name} on all {len(sums)} examples"
    if slope == 0:
        return (
            f"Unit {unit + 1} of layer {k} is dead here: at {where} the slope of {layer.activation} is 0, so no "
            f"gradient reaches {weights}, and this step leaves them as they are."
        )
    return (
        f"Unit {unit + 1} of layer {k} is saturated: at {where} the slope of {layer.activation} is at most "
        f"{number(slope, 2)}, so {weights} hardly move."
    )
