"""``watch``: stands beside a PyTorch loop and writes down what the clinic needs to know."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from trainwell.adapters.clock import Clock
from trainwell.adapters.sight import LEAST, norm
from trainwell.adapters.torch.facts import probe_arrays, probe_facts
from trainwell.adapters.torch.losses import Recall, Sums, known_loss, name_of
from trainwell.adapters.torch.optimizers import optimizer_facts
from trainwell.adapters.torch.seeing import ACTIVATIONS, Seer, layers_of
from trainwell.adapters.watching import Watching
from trainwell.errors import DataError
from trainwell.tasks import TASKS

Task: TypeAlias = Literal["binary", "multiclass", "multilabel", "regression"]
PROBE_ROWS = 256
#: The gradient's norm is taken at every so many-th step.
EVERY = 64


def watch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    *,
    loss: Any = None,
    probe: tuple[Any, Tensor] | Any = None,
    task: Task | None = None,
) -> Watch:
    """Watch a training loop from the ``with`` statement on; see the module for the whole pattern.

    Args:
        model: what is trained.
        optimizer: what trains it.
        loss: the loss that the loop calls. A module's calls are counted, in training and evaluation mode apart, so that
            ``epoch()`` knows the losses and scores by itself; of a function they must be told.
        probe: inputs and targets of training rows, as the network and the loss take them. 256 of them serve for every
            look at the layers; all of them are searched once for what is no number. Without it the first batch that the
            network sees serves, and its gradients are not looked at.
        task: ``"binary"``, ``"multiclass"``, ``"multilabel"`` or ``"regression"``; told by the loss unless said.

    Raises:
        DataError: the model, the optimizer, the probe or the task is none.
    """
    if not isinstance(model, nn.Module):
        raise DataError(f"watch takes a torch.nn.Module, but got {type(model).__name__}; hand over the network itself.")
    if isinstance(model, torch.jit.ScriptModule):
        raise DataError("a TorchScript module takes no hooks; watch the torch.nn.Module that it was made from.")
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise DataError(f"watch takes a torch.optim.Optimizer, but got {type(optimizer).__name__}.")
    if loss is not None and not callable(loss):
        raise DataError(f"loss must be a function of outputs and targets, but got {type(loss).__name__}.")
    if task is not None and task not in TASKS:
        raise DataError(f"task must be one of {', '.join(TASKS)}, but got {task!r}.")
    return Watch(model, optimizer, loss, *divided(probe), task)


def divided(probe: Any) -> tuple[Any, Tensor | None]:
    """Return the probe's inputs and targets; raises ``DataError`` where they do not go together."""
    if probe is None:
        return None, None
    if isinstance(probe, Tensor):
        return probe, None
    if not isinstance(probe, tuple | list) or len(probe) != 2 or not isinstance(probe[1], Tensor):
        raise DataError(f"probe must be a pair of tensors, (inputs, targets), but got {type(probe).__name__}.")
    inputs, targets = probe
    if isinstance(inputs, Tensor) and len(inputs) != len(targets):
        raise DataError(f"probe has {len(inputs)} inputs but {len(targets)} targets; give as many of each.")
    return inputs, targets


class Watch(Watching):
    """A PyTorch loop that is watched; made by :func:`watch`.

    Use it as a context: its hooks are on the network, the loss and the optimizer inside the ``with`` only.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        loss: Any,
        inputs: Any,
        targets: Tensor | None,
        task: Task | None,
    ):
        super().__init__()
        self.model, self.optimizer, self.loss = model, optimizer, loss
        self.whole = inputs, targets
        known = known_loss(loss) if loss is not None else None
        self.task = task or (known[2] if known else None)
        self.known = known
        self.looking = False
        self.seer = Seer(model, loss, spread(inputs), spread(targets))
        self.clock = Clock()
        self.handles: list[Any] = []
        self.noted: dict[str, Any] = {}
        self.step = self.rows = 0
        self.before: dict[str, Tensor] | None = None
        self.row: dict[str, Any] | None = None
        self.slope: dict[str, Tensor] = {}
        self.ratios: list[float] | None = None
        self.heard: list[str] | None = None
        self.begin_epoch()

    def begin_epoch(self) -> None:
        """Set the epoch's sums to zero."""
        self.training, self.validation, self.recall = Sums(), Sums(), Recall()
        self.norms: list[float] = []
        self.first_step = self.step
        self.due = True

    def __enter__(self) -> Self:
        self.handles = [
            self.optimizer.register_step_pre_hook(self.before_step),
            self.optimizer.register_step_post_hook(self.after_step),
        ]
        self.counting = self.model.register_forward_pre_hook(self.before_forward)
        if isinstance(self.loss, nn.Module):
            self.handles.append(self.loss.register_forward_hook(self.after_loss))
        return self

    def __exit__(self, kind: Any, problem: Any, trace: Any) -> None:
        for handle in (*self.handles, self.counting):
            handle.remove()
        self.handles = []
        if self.log.epochs:
            self.last_look()

    # What the hooks do: they read, and whatever goes wrong in them is noted, never raised.

    def before_forward(self, module: nn.Module, arguments: tuple[Any, ...]) -> None:
        """Count rows, and keep the first batch as the probe where none was given."""
        if (
            self.looking
            or not module.training
            or not arguments
            or not isinstance(arguments[0], Tensor)
            or not arguments[0].ndim
        ):
            return
        self.rows += len(arguments[0])
        self.noted.setdefault("batch_size", len(arguments[0]))
        if self.seer.inputs is None and len(arguments) == 1:
            self.seer.inputs = arguments[0][:PROBE_ROWS].detach().clone()

    def after_loss(self, module: nn.Module, arguments: tuple[Any, ...], value: Any) -> None:
        """Add a call of the loss to the epoch's sums."""
        self.guarded(lambda: self.count_loss(arguments, value))

    def count_loss(self, arguments: tuple[Any, ...], value: Any) -> None:
        """Add a call of the loss to the sums of the part that the network's mode tells."""
        outputs, targets = arguments[0], arguments[1]
        sums = self.training if self.model.training else self.validation
        summed = getattr(self.loss, "reduction", "mean") == "sum"
        sums.add(value / len(outputs) if summed else value, len(outputs))
        if "output_shape" not in self.noted:
            self.noted |= {"output_shape": list(outputs.shape), "target_shape": list(targets.shape)}
        if not self.model.training and self.task is not None:
            sums.add_score(outputs, targets, self.task, self.known[1] if self.known else None)
            if self.task == "multiclass":
                self.recall.add(outputs, targets)

    def before_step(self, *_: Any) -> None:
        """Look at the layers before an epoch's first step, where that can be afforded."""
        if self.trouble is None:
            self.guarded(self.look_before)

    def after_step(self, *_: Any) -> None:
        """See what the step did, where its beginning was looked at."""
        self.step += 1
        if self.before is not None:
            with self.clock.looking(anew=False):
                self.guarded(self.look_after)

    def guarded(self, work: Callable[[], None]) -> None:
        """Do what may fail on a strange network; a failure is noted, and looking ends."""
        try:
            work()
        except Exception as problem:  # whatever a person's network raises, the training must go on
            self.trouble, self.before = f"{type(problem).__name__}: {problem}".splitlines()[0], None

    def look_before(self) -> None:
        """Look, keep the weights of this moment, and take the gradient's norm."""
        if (self.step - self.first_step) % EVERY == 0:
            self.norms.append(self.gradient_norm())
        if not self.due or not self.clock.affordable():
            self.due = False
            return
        self.due = False
        with self.clock.looking():
            self.row, self.slope = self.see()
            self.before = {name: tensor.clone() for name, tensor in self.seer.parameters().items()}

    def look_after(self) -> None:
        """Finish the look with the size and the direction of the step."""
        before, self.before = self.before, None
        assert before is not None
        assert self.row is not None
        after = self.seer.parameters()
        updates = {name: after[name] - tensor for name, tensor in before.items() if tensor.is_floating_point()}
        moved, was = self.seer.grouped(updates), self.seer.grouped(before)
        self.ratios = [norm(moved[layer]) / max(norm(was[layer]), LEAST) for layer in moved]
        self.row["layer_update_ratio"] = np.array(self.ratios)
        if self.slope:
            self.row["update_alignment"] = np.asarray(-cosine(updates, self.slope))
        self.log.look(self.log.epochs, self.row)

    def see(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """Look at the network; name its activations the first time."""
        self.looking = True
        try:
            sight, slope = self.seer.look()
        finally:
            self.looking = False
        row: dict[str, Any] = dict(sight.row())
        if not slope:
            row["layer_gradient_norm"] = np.array(self.layer_gradient_norms())
        if self.heard is None:
            self.heard = [activation.function for activation in sight.activations]
        return row, slope

    def last_look(self) -> None:
        """Look at the network as it ended; the step's size is that of the last one seen."""
        seen = int(self.log.looks[-1]["telemetry_epoch"]) if self.log.looks else -1
        if self.trouble is None and seen < self.log.epochs:
            self.guarded(self.look_at_end)

    def look_at_end(self) -> None:
        """Add the last row of telemetry."""
        row, slope = self.see()
        if not slope:
            row.pop("layer_gradient_norm")
        if self.ratios is not None:
            row["layer_update_ratio"] = np.array(self.ratios)
        self.log.look(self.log.epochs, row)

    def gradient_norm(self) -> float:
        """Return the norm of the gradient that the optimizer is about to use."""
        found = [
            each.grad.detach().norm()
            for group in self.optimizer.param_groups
            for each in group["params"]
            if each.grad is not None
        ]
        return float(torch.stack(found).norm()) if found else math.nan

    def layer_gradient_norms(self) -> list[float]:
        """Return the norm of the last batch's gradient, by layer."""
        given = {name: each.grad for name, each in self.seer.model.named_parameters()}
        groups = [[given[name] for name in names] for names in self.seer.layers.values()]
        return [math.sqrt(sum(float(leaf.norm()) ** 2 for leaf in group if leaf is not None)) for group in groups]

    def epoch(
        self,
        training_loss: float | None = None,
        validation_loss: float | None = None,
        *,
        training_score: float | None = None,
        validation_score: float | None = None,
    ) -> None:
        """Say that an epoch has ended.

        Args:
            training_loss: its mean loss over training rows; counted where ``loss`` is a module, if left out.
            validation_loss: the mean loss over validation rows; likewise, from the calls in evaluation mode.
            training_score: accuracy, or RMSE for a regression, over training rows.
            validation_score: the same over validation rows; likewise.

        Raises:
            DataError: the training loss is neither given nor counted.
        """
        if training_loss is None and not self.training.losses:
            raise DataError(
                "the epoch's training loss is not known: give it, epoch(training_loss=…), or hand watch the loss "
                "module that the loop calls, watch(…, loss=criterion)."
            )
        if self.log.epochs == 0:
            self.counting.remove()  # the rows are counted, and the first batch is kept
            self.noted |= {"training_rows": self.rows or None, "steps_per_epoch": self.step}
        if self.validation.rows:
            self.noted |= {"validation_rows": self.validation.rows, "class_recall": self.recall.shares()}
        known = [norm for norm in self.norms if math.isfinite(norm)]
        self.log.epoch(
            step=self.step,
            seconds=self.clock.elapsed,
            learning_rate=float(self.optimizer.param_groups[0].get("lr", math.nan)),
            training_loss=self.training.mean_loss if training_loss is None else float(training_loss),
            validation_loss=self.validation.mean_loss if validation_loss is None else float(validation_loss),
            training_score=math.nan if training_score is None else float(training_score),
            validation_score=self.validation.mean_score(self.task)
            if validation_score is None
            else float(validation_score),
            gradient_norm=sum(known) / len(known) if known else math.nan,
        )
        self.begin_epoch()

    def facts(self) -> dict[str, Any]:
        """Return what is known of the run besides arrays."""
        layers = layers_of(self.seer.model)
        shapes = {name: tuple(each.shape) for name, each in self.seer.model.named_parameters()}
        widest = [max((shapes[name] for name in names), key=len) for names in layers.values()]
        heard = self.heard or []
        name, takes, _ = self.known or (name_of(self.loss) if self.loss is not None else None, None, None)
        return {
            "framework": f"torch {torch.__version__}",
            "task": self.task,
            "score": "RMSE" if self.task == "regression" else "accuracy",
            "layers": list(layers),
            "layer_units": [shape[0] if len(shape) > 1 else 0 for shape in widest],
            "layer_inputs": [math.prod(shape[1:]) if len(shape) > 1 else 0 for shape in widest],
            "activations": [f"{function} {place}" for place, function in enumerate(heard, start=1)],
            "activation_functions": [ACTIVATIONS.get(function, function) for function in heard],
            "batch_normalization": any(
                isinstance(module, nn.modules.batchnorm._BatchNorm) for module in self.seer.model.modules()
            ),
            "parameters": sum(each.numel() for each in self.seer.model.parameters()),
            "loss": name,
            "loss_takes": takes,
            "optimizer": optimizer_facts(self.optimizer),
            "seconds": round(self.clock.elapsed, 3),
            **self.noted,
            **self.of_probe(),
        }

    def of_probe(self) -> dict[str, Any]:
        """Return what the probe says of the data, and put its arrays into the log."""
        inputs, targets = self.whole
        self.log.arrays |= probe_arrays(inputs if isinstance(inputs, Tensor) else self.seer.inputs)
        return probe_facts(self.seer, inputs, targets, self.task, self.known)


def spread(rows: Any) -> Any:
    """Return at most 256 rows of a tensor, evenly spread, as a copy; anything else as it is."""
    if not isinstance(rows, Tensor):
        return rows
    if len(rows) <= PROBE_ROWS:
        return rows.detach().clone()
    return rows.detach()[torch.linspace(0, len(rows) - 1, PROBE_ROWS, device=rows.device).long()].clone()


def cosine(first: dict[str, Tensor], second: dict[str, Tensor]) -> float:
    """Return the cosine of the angle between two sets of tensors; 0 where one is zero."""

    def product(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
        return sum(float((one[name].double() * other[name].double()).sum()) for name in second)

    size = math.sqrt(product(first, first) * product(second, second))
    return product(first, second) / size if size > 0 else 0.0
