"""``Watch``: a Keras callback that writes down what the clinic needs to know."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import keras

from trainwell.adapters.clock import FREE
from trainwell.adapters.keras.glancing import Values, trainable_of, values_of
from trainwell.adapters.keras.losses import SCORES, KnownLoss, known_loss, loss_of
from trainwell.adapters.keras.probe import pair_of, spread
from trainwell.adapters.keras.seeing import Seer
from trainwell.adapters.rows import input_arrays, places, target_facts
from trainwell.adapters.sight import Numbers, Sight, alignments, norm, update_ratios
from trainwell.adapters.watching import Anatomy, Watching
from trainwell.records import Record

#: Keras's names of an optimizer's settings, and ours.
SETTINGS = {"learning_rate": "learning_rate", "momentum": "momentum", "beta_1": "beta1", "beta_2": "beta2"}
KINDS = {"Adagrad": "AdaGrad", "Adadelta": "AdaDelta", "Adamax": "AdaMax", "RMSprop": "RMSProp", "Nadam": "NAdam"}


class Pair(NamedTuple):
    """An update to look at: the number of epochs finished, the model's values before it, what was learned after it."""

    epoch: int
    before: Values
    after: list[Numbers]


class Watch(Watching, keras.callbacks.Callback):
    """Watches ``model.fit``; hand it over among its callbacks.

    Args:
        probe: inputs and targets of training rows, NumPy arrays as ``fit`` takes them. 256 of them serve for every look
            at the layers; all of them are searched once for what is no number. Without it only the weights are looked
            at.
        task: ``"binary"``, ``"multiclass"``, ``"multilabel"`` or ``"regression"``; told by the loss unless said.

    Gradients and activations are looked at on the JAX and PyTorch backends; weights and curves on any.

    Raises:
        DataError: the probe is no pair of arrays of one length, or the task is none.
    """

    def __init__(self, probe: tuple[Any, Any] | None = None, task: str | None = None):
        keras.callbacks.Callback.__init__(self)
        Watching.__init__(self, task)
        self.whole = pair_of(probe)

    def begin(self) -> None:
        """Begin anew: nothing has been told."""
        super().begin()
        self.step = 0
        self.known: KnownLoss | None = None
        self.seer: Seer | None = None
        self.due = True

    def forget(self) -> None:
        """Give up the looks that are under way."""
        self.before: Values | None = None
        self.waiting: list[Pair] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Make ready to look at the model."""
        self.begin()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Ask for a look before the epoch's first update."""
        self.due = True

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Look at the model before an epoch's first update, where that can be afforded, and again before the second.

        A callback with an ``on_train_batch_end`` of its own would make Keras wait for the numbers of every batch.
        """
        self.step += 1
        if self.before is not None:
            self.finish_look()
        if self.due:
            self.due = False
            if self.trouble is None and len(self.waiting) < FREE and self.clock.affordable():
                with self.clock.looking():
                    self.guarded(self.look_before)

    def finish_look(self) -> None:
        """See what an update did, where its beginning was looked at."""
        if self.before is not None:
            with self.clock.looking(anew=False):
                self.guarded(self.look_after)

    def see_waiting(self) -> None:
        """Look at the updates that waited for the compiler."""
        if self.waiting:
            with self.clock.looking(anew=False):
                self.guarded(self.see_pairs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note the epoch's curves."""
        self.finish_look()  # of an epoch of one batch
        if self.waiting and self.seeing().ready:
            self.see_waiting()
        told = dict(logs or {})
        score = next((name for name in SCORES if name in told), None)
        if self.log.epochs == 0:
            self.noted["steps_per_epoch"] = self.step
        self.log.epoch(
            step=self.step,
            seconds=self.clock.elapsed,
            learning_rate=self.learning_rate(),
            training_loss=float(told.get("loss", math.nan)),
            validation_loss=float(told.get("val_loss", math.nan)),
            training_score=float(told.get(score, math.nan)),
            validation_score=float(told.get(f"val_{score}", math.nan)),
        )

    def on_train_end(self, logs: Any = None) -> None:
        """Look at the model as it ended."""
        self.see_waiting()
        if self.trouble is None and self.log.epochs:
            self.guarded(self.look_at_end)

    @property
    def record(self) -> Record:
        """The curves and the telemetry so far, as the engine would have written them."""
        self.see_waiting()
        return super().record

    def seeing(self) -> Seer:
        """Return the one that looks, made once the model is built."""
        if self.seer is None:
            loss = loss_of(self.model)
            self.known = known_loss(loss)
            self.task = self.task or (self.known.task if self.known else None)
            self.seer = Seer(self.model, loss, *(spread(part) for part in self.whole))
        return self.seer

    def look_before(self) -> None:
        """Keep the values of this moment; copied before what is compiled aside is begun, which would hold it up."""
        before = values_of(self.model)
        self.seeing()
        self.before = before

    def look_after(self) -> None:
        """Keep the values an update later, and look at both as soon as that can be done."""
        before, self.before = self.before, None
        assert before is not None
        self.waiting.append(Pair(self.log.epochs, before, trainable_of(self.model)))
        if self.seeing().ready:
            self.see_pairs()

    def see_pairs(self) -> None:
        """Note what is seen before each update that waits, and the size and the direction of its step."""
        for epoch, before, after in self.waiting:
            sight = self.see(before)
            start, end = sight.weights, self.seeing().weights(after)
            moved = {name: [new - old for new, old in zip(end[name], start[name], strict=True)] for name in start}
            self.ratios = update_ratios(moved, start)
            row = dict(sight.row()) | {"layer_update_ratio": self.ratios}
            if sight.gradients:
                row |= alignments(moved, sight.gradients)
                length = norm([leaf for group in sight.gradients.values() for leaf in group])
                self.log.note(epoch, gradient_norm=length)
            self.log.look(epoch, row)
        self.waiting = []

    def see(self, values: Values) -> Sight:
        """Look at the model with given values."""
        seer = self.seeing()
        sight = seer.look(values)
        self.noted["base_loss"] = seer.base_loss
        return sight

    def look_at_end(self) -> None:
        """Add the last row of telemetry."""
        self.note_end(self.see(values_of(self.model)).row())

    def learning_rate(self) -> float:
        """Return the optimizer's rate as it stands."""
        rate = self.model.optimizer.learning_rate
        return float(keras.ops.convert_to_numpy(getattr(rate, "value", rate)))

    def anatomy(self) -> Anatomy:
        """Return what the model is made of; nothing before it was looked at."""
        return Anatomy() if self.seer is None else self.seer.anatomy()

    def told(self) -> dict[str, Any]:
        """Return what Keras tells of itself, the loss, the optimizer and the probe, whose arrays the log takes."""
        inputs, targets = self.whole
        self.log.arrays = input_arrays(inputs)
        settings = self.params or {}
        return {
            "framework": f"keras {keras.__version__} on {keras.backend.backend()}",
            "loss": self.known.name if self.known else None,
            "loss_takes": self.known.takes if self.known else None,
            "optimizer": self.optimizer_facts() if self.model is not None else None,
            "batch_size": settings.get("batch_size"),
            "max_epochs": settings.get("epochs"),
            "nonfinite_inputs": places(inputs),
            "nonfinite_targets": places(targets),
            **(target_facts(inputs, targets) if self.task == "regression" and targets is not None else {}),
        }

    def optimizer_facts(self) -> dict[str, Any]:
        """Return the optimizer's kind and settings."""
        optimizer = self.model.optimizer
        kind = type(optimizer).__name__
        facts: dict[str, Any] = {"kind": KINDS.get(kind, kind), "learning_rate": self.learning_rate()}
        for theirs, ours in SETTINGS.items():
            value = getattr(optimizer, theirs, None)
            if ours not in facts and isinstance(value, int | float):
                facts[ours] = value
        if optimizer.weight_decay:
            facts["weight_decay"] = float(optimizer.weight_decay)
        return facts
