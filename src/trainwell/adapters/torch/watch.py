"""``watch``: stands beside a PyTorch loop and writes down what the clinic needs to know."""

from __future__ import annotations

import math
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from trainwell.adapters.sight import Layers, Sight, alignments, update_ratios
from trainwell.adapters.torch.losses import known_loss, name_of
from trainwell.adapters.torch.optimizers import gradient_norm, optimizer_facts
from trainwell.adapters.torch.probe import pair_of, probe_arrays, probe_facts, spread
from trainwell.adapters.torch.seeing import Seer
from trainwell.adapters.torch.tally import Tally
from trainwell.adapters.watching import Anatomy, Watching
from trainwell.engine.looks.probe import PROBE_ROWS
from trainwell.errors import DataError

Task: TypeAlias = Literal["binary", "multiclass", "multilabel", "regression"]
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
    return Watch(model, optimizer, loss, *pair_of(probe), task)


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
        self.model, self.optimizer, self.loss = model, optimizer, loss
        self.whole = inputs, targets
        self.known = known_loss(loss) if loss is not None else None
        self.looking = False
        self.seer = Seer(model, loss, spread(inputs), spread(targets))
        self.handles: list[Any] = []
        self.counting: Any = None
        self.heard: list[str] | None = None
        super().__init__(task)
        self.task = task or (self.known[2] if self.known else None)
        self.begin_epoch()

    def begin(self) -> None:
        """Begin anew: nothing has been told."""
        super().begin()
        self.step = self.rows = 0

    def forget(self) -> None:
        """Give up the look that is under way."""
        self.sight: Sight | None = None
        self.row: dict[str, Any] = {}
        self.before: Layers = {}

    def begin_epoch(self) -> None:
        """Set the epoch's sums to zero."""
        self.tally = Tally(self.task, self.known[1] if self.known else None, self.step)
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
        for handle in (*self.handles, *([self.counting] if self.counting is not None else [])):
            handle.remove()
        self.handles = []
        seen = int(self.log.looks[-1]["telemetry_epoch"]) if self.log.looks else 0
        if self.trouble is None and seen < self.log.epochs:
            self.guarded(self.look_at_end)

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
        summed = getattr(self.loss, "reduction", "mean") == "sum"
        self.tally.add(outputs, targets, value / len(outputs) if summed else value, training=self.model.training)
        if "output_shape" not in self.noted:
            self.noted |= {"output_shape": list(outputs.shape), "target_shape": list(targets.shape)}

    def before_step(self, *_: Any) -> None:
        """Look at the layers before an epoch's first step, where that can be afforded."""
        if self.trouble is None:
            self.guarded(self.look_before)

    def after_step(self, *_: Any) -> None:
        """See what the step did, where its beginning was looked at."""
        self.step += 1
        if self.sight is not None:
            with self.clock.looking(anew=False):
                self.guarded(self.look_after)

    def look_before(self) -> None:
        """Look, keep the weights of this moment, and take the gradient's norm."""
        if (self.step - self.tally.first_step) % EVERY == 0:
            self.tally.norms.append(gradient_norm(self.optimizer))
        due, self.due = self.due, False
        if due and self.clock.affordable():
            with self.clock.looking():
                self.sight = self.see()
                self.row = dict(self.sight.row())
                if not self.sight.gradients:
                    self.row["layer_gradient_norm"] = np.array(self.seer.gradient_norms())
                self.before = {name: [leaf.copy() for leaf in group] for name, group in self.sight.weights.items()}

    def look_after(self) -> None:
        """Finish the look with the size and the direction of the step."""
        sight, row, before = self.sight, self.row, self.before
        assert sight is not None
        self.forget()
        after = self.seer.grouped(self.seer.parameters())
        moved = {name: [new - old for new, old in zip(after[name], before[name], strict=True)] for name in before}
        row["layer_update_ratio"] = self.ratios = update_ratios(moved, before)
        if sight.gradients:
            row |= alignments(moved, sight.gradients)
        self.log.look(self.log.epochs, row)

    def see(self) -> Sight:
        """Look at the network; name its activations the first time."""
        self.looking = True
        try:
            sight = self.seer.look()
        finally:
            self.looking = False
        if self.heard is None:
            self.heard = [activation.function for activation in sight.activations]
        return sight

    def look_at_end(self) -> None:
        """Add the last row of telemetry."""
        self.note_end(self.see().row())

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
        if self.counting is None:
            raise DataError("nothing is watched yet: use it as a context, with watch(model, optimizer) as watched: …")
        tally = self.tally
        if training_loss is None and not tally.training.losses:
            raise DataError(
                "the epoch's training loss is not known: give it, epoch(training_loss=…), or hand watch the loss "
                "module that the loop calls, watch(…, loss=criterion)."
            )
        if self.log.epochs == 0 and self.counting is not None:
            self.counting.remove()  # the rows are counted, and the first batch is kept
            self.noted |= {"training_rows": self.rows or None, "steps_per_epoch": self.step}
        if tally.validation.rows:
            self.noted |= {"validation_rows": tally.validation.rows, "class_recall": tally.recall.shares()}
        self.log.epoch(
            step=self.step,
            seconds=self.clock.elapsed,
            learning_rate=float(self.optimizer.param_groups[0].get("lr", math.nan)),
            training_loss=tally.training.mean_loss if training_loss is None else float(training_loss),
            validation_loss=tally.validation.mean_loss if validation_loss is None else float(validation_loss),
            training_score=math.nan if training_score is None else float(training_score),
            validation_score=tally.validation_score if validation_score is None else float(validation_score),
            gradient_norm=tally.gradient_norm,
        )
        self.begin_epoch()

    def anatomy(self) -> Anatomy:
        """Return what the network is made of."""
        return self.seer.anatomy(self.heard or [])

    def told(self) -> dict[str, Any]:
        """Return what PyTorch tells of itself, the loss, the optimizer and the probe, whose arrays the log takes."""
        inputs, targets = self.whole
        self.log.arrays |= probe_arrays(inputs if isinstance(inputs, Tensor) else self.seer.inputs)
        name, takes, _ = self.known or (name_of(self.loss) if self.loss is not None else None, None, None)
        return {
            "framework": f"torch {torch.__version__}",
            "loss": name,
            "loss_takes": takes,
            "optimizer": optimizer_facts(self.optimizer),
            **probe_facts(self.seer, inputs, targets, self.task, self.known),
        }
