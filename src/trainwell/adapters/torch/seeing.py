"""Looks at a PyTorch network through a few rows, without a trace: no buffer, mode, gradient or random state moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode

from trainwell.adapters.sight import Activation, Numbers, Sight, agreement
from trainwell.adapters.watching import Anatomy

#: PyTorch's activation functions by the names that it calls them, and ours.
ACTIVATIONS = {
    "relu": "relu",
    "relu_": "relu",
    "relu6": "relu6",
    "leaky_relu": "leaky_relu",
    "leaky_relu_": "leaky_relu",
    "prelu": "prelu",
    "elu": "elu",
    "elu_": "elu",
    "celu": "celu",
    "selu": "selu",
    "gelu": "gelu",
    "silu": "silu",
    "mish": "mish",
    "softplus": "softplus",
    "tanh": "tanh",
    "tanh_": "tanh",
    "sigmoid": "sigmoid",
    "sigmoid_": "sigmoid",
    "hardtanh": "hardtanh",
    "hardswish": "hardswish",
    "hardsigmoid": "hardsigmoid",
    "softsign": "softsign",
}


#: Modules that behave in training as they do in evaluation; of any other kind one cannot tell.
PLAIN = (
    nn.Sequential,
    nn.Linear,
    nn.Conv1d,
    nn.Conv2d,
    nn.Flatten,
    nn.Unflatten,
    nn.ReLU,
    nn.LeakyReLU,
    nn.GELU,
    nn.SiLU,
    nn.Tanh,
    nn.Sigmoid,
    nn.Softmax,
    nn.LayerNorm,
    nn.Embedding,
    nn.MaxPool1d,
    nn.MaxPool2d,
)


def layers_of(model: nn.Module) -> dict[str, list[str]]:
    """Return the names of the floating-point parameters of every module that has its own, by the module's name."""
    found: dict[str, list[str]] = {}
    seen: set[int] = set()
    for place, module in model.named_modules():
        own = [
            (f"{place}.{name}" if place else name, parameter)
            for name, parameter in module.named_parameters(recurse=False)
            if parameter.is_floating_point() and id(parameter) not in seen
        ]
        seen.update(id(parameter) for _, parameter in own)
        if own:
            kind = type(module).__name__
            found[f"{place} ({kind})" if place else kind] = [name for name, _ in own]
    return found


def on_host(tensor: Tensor) -> Numbers:
    """Return a tensor as a NumPy array of float32 or float64."""
    plain = tensor.detach()
    return (plain if plain.dtype in (torch.float32, torch.float64) else plain.float()).cpu().numpy()


@contextmanager
def undisturbed(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Put every module into training or evaluation mode for the block, and all as it was afterwards.

    Modes, plain attributes that a forward pass sets, and PyTorch's random states come back.
    """
    modules = list(model.modules())
    kept, modes = [dict(module.__dict__) for module in modules], [module.training for module in modules]
    with torch.random.fork_rng():
        try:
            for module in modules:
                module.training = training
            yield
        finally:
            for module, attributes, mode in zip(modules, kept, modes, strict=True):
                module.__dict__.clear()
                module.__dict__.update(attributes)
                module.training = mode


class Listening(TorchFunctionMode):
    """Notes every activation function that a forward pass calls, as a module or as a function."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, Callable[..., Any], Tensor, tuple[Any, ...], dict[str, Any], Tensor]] = []

    def __torch_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), options: dict[str, Any] | None = None
    ) -> Any:
        options = options or {}
        name = ACTIVATIONS.get(getattr(function, "__name__", ""))
        if name is None or not arguments or not isinstance(arguments[0], Tensor):
            return function(*arguments, **options)
        before = arguments[0].detach().clone()
        after = function(*arguments, **options)
        quiet = {key: value for key, value in options.items() if key != "inplace"}
        self.heard.append((name, function, before, arguments[1:], quiet, after))
        return after

    def activations(self, outputs: Tensor) -> list[Activation]:
        """Return what was heard, but for a call whose result is the network's output."""
        return [
            Activation(name, on_host(after), on_host(slope_of(function, before, others, options)))
            for name, function, before, others, options, after in self.heard
            if after is not outputs and after.ndim > 1
        ]


def slope_of(function: Callable[..., Any], before: Tensor, others: tuple[Any, ...], options: dict[str, Any]) -> Tensor:
    """Return the derivative of an activation function at each entry."""
    with torch.enable_grad():
        at = before.clone().requires_grad_()
        inner = at * 1  # not a leaf, so that functions that work in place may
        (slope,) = torch.autograd.grad(function(inner, *others, **options).sum(), at)
    return slope


@dataclass(frozen=True)
class Judged:
    """What half a probe gave: the loss, the outputs, the gradient by parameter, the activations on the way."""

    loss: float
    outputs: Numbers
    gradient: Mapping[str, Tensor]
    activations: Sequence[Activation]


def joined(calls: Sequence[Activation]) -> Activation:
    """Return one call of an activation function on all rows, from its calls on some each."""
    after, slope = (np.concatenate([getattr(call, name) for call in calls]) for name in ("after", "slope"))
    return Activation(calls[0].function, after, slope)


class Seer:
    """Looks at one network through one probe.

    Args:
        model: the network.
        loss: ``loss(outputs, targets)``; without it gradients are not looked at.
        inputs: the probe's rows, a tensor, or whatever the network takes.
        targets: what is right for them; without it gradients are not looked at.
    """

    def __init__(self, model: nn.Module, loss: Any, inputs: Any, targets: Tensor | None):
        self.model = getattr(model, "_orig_mod", model)
        self.layers = layers_of(self.model)
        self.loss, self.inputs, self.targets = loss, inputs, targets
        self.has_modes = any(not isinstance(module, PLAIN) for module in self.model.modules())

    @property
    def can_judge(self) -> bool:
        """Whether there is a loss to take gradients of."""
        return self.loss is not None and self.targets is not None and isinstance(self.inputs, Tensor)

    def parameters(self) -> dict[str, Tensor]:
        """Return the parameters by name, as they stand; no copy."""
        return {name: parameter.detach() for name, parameter in self.model.named_parameters()}

    def grouped(self, tensors: Mapping[str, Tensor]) -> dict[str, list[Numbers]]:
        """Return tensors by layer, on the host."""
        return {layer: [on_host(tensors[name]) for name in names] for layer, names in self.layers.items()}

    def forward(self, parameters: Mapping[str, Tensor], inputs: Any) -> Tensor:
        """Return the network's outputs with these parameters and copies of its buffers."""
        buffers = {name: buffer.detach().clone() for name, buffer in self.model.named_buffers()}
        arguments = inputs if isinstance(inputs, tuple) else (inputs,)
        outputs = torch.func.functional_call(self.model, {**parameters, **buffers}, arguments)
        if not isinstance(outputs, Tensor):
            raise TypeError(f"the network answers with {type(outputs).__name__}, not with a tensor")
        return outputs

    def gradient(self, inputs: Any, targets: Tensor) -> Judged:
        """Return loss, outputs, activations and the gradient by every parameter, frozen ones too, of some rows."""
        with torch.enable_grad():
            leaves = {name: leaf.requires_grad_(leaf.is_floating_point()) for name, leaf in self.parameters().items()}
            with Listening() as ear:
                outputs = self.forward(leaves, inputs)
            value = self.loss_of(outputs, targets)
            wanted = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
            found = torch.autograd.grad(value, list(wanted.values()), allow_unused=True)
        gradients = {
            name: torch.zeros_like(leaf) if given is None else given
            for (name, leaf), given in zip(wanted.items(), found, strict=True)
        }
        return Judged(float(value.detach()), on_host(outputs), gradients, ear.activations(outputs))

    def loss_of(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss, past any hook."""
        call = self.loss.forward if isinstance(self.loss, nn.Module) else self.loss
        value: Tensor = call(outputs, targets)
        return value.mean()

    def look(self) -> Sight:
        """Return what there is to see; gradients only where there is a probe loss."""
        with undisturbed(self.model, training=False):
            return self.judge() if self.can_judge else self.glance()

    def glance(self) -> Sight:
        """Look at weights, outputs and activations alone."""
        parameters = self.parameters()
        if self.inputs is None:
            return Sight(self.grouped(parameters))
        with torch.no_grad(), Listening() as ear:
            outputs = self.forward(parameters, self.inputs)
        return Sight(self.grouped(parameters), {}, ear.activations(outputs), on_host(outputs), self.between(parameters))

    def judge(self) -> Sight:
        """Look at gradients as well, by halves of the probe."""
        half = len(self.inputs) // 2
        parts = [slice(0, half), slice(half, 2 * half)] if half else [slice(0, len(self.inputs))]
        seen = [self.gradient(self.inputs[part], self.targets[part]) for part in parts]  # type: ignore[index]
        whole = {name: torch.stack([each.gradient[name] for each in seen]).mean(dim=0) for name in seen[0].gradient}
        loss = sum(each.loss for each in seen) / len(seen)
        numbers = {"probe_loss": loss, "probe_loss_training_mode": self.loss_in_training() if self.has_modes else loss}
        if len(parts) > 1:
            numbers |= agreement(products([each.gradient for each in seen]), half)
        parameters = self.parameters()
        return Sight(
            weights=self.grouped(parameters),
            gradients=self.grouped(whole),
            activations=[joined(calls) for calls in zip(*(each.activations for each in seen), strict=True)],
            outputs=np.concatenate([each.outputs for each in seen]),
            between=self.between(parameters),
            numbers=numbers,
        )

    def gradient_norms(self) -> list[float]:
        """Return the norm of the last batch's gradient, by layer."""
        given = {name: each.grad for name, each in self.model.named_parameters()}
        groups = [[given[name] for name in names] for names in self.layers.values()]
        return [math.sqrt(sum(float(leaf.norm()) ** 2 for leaf in group if leaf is not None)) for group in groups]

    def anatomy(self, heard: Sequence[str]) -> Anatomy:
        """Return what the network is made of, with the activation functions that were heard in it."""
        shapes = {name: tuple(each.shape) for name, each in self.model.named_parameters()}
        return Anatomy(
            shapes={layer: [shapes[name] for name in names] for layer, names in layers_of(self.model).items()},
            functions=[(function, ACTIVATIONS.get(function, function)) for function in heard],
            batch_normalization=any(isinstance(module, _BatchNorm) for module in self.model.modules()),
            parameters=sum(each.numel() for each in self.model.parameters()),
        )

    def between(self, parameters: Mapping[str, Tensor]) -> Numbers | None:
        """Return the outputs for the points between the probe's halves; none where rows are no real numbers."""
        if not isinstance(self.inputs, Tensor) or not self.inputs.is_floating_point() or len(self.inputs) < 2:
            return None
        half = len(self.inputs) // 2
        with torch.no_grad():
            middle = (self.inputs[:half] + self.inputs[half : 2 * half]) / 2
            return on_host(self.forward(parameters, middle))

    def loss_in_training(self) -> float:
        """Return the probe's loss with dropout on and normalization over the batch."""
        with undisturbed(self.model, training=True), torch.no_grad():
            outputs = self.forward(self.parameters(), self.inputs)
            assert self.targets is not None
            return float(self.loss_of(outputs, self.targets))


def products(gradients: Sequence[Mapping[str, Tensor]]) -> Numbers:
    """Return the ``(2, 2)`` inner products of two gradients given by parameter."""
    return np.array(
        [
            [sum(float((one[name].double() * other[name].double()).sum()) for name in one) for other in gradients]
            for one in gradients
        ]
    )
