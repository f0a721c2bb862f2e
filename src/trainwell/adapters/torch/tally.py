"""What the calls of a PyTorch loop add up to in one epoch."""

from __future__ import annotations

import math

from torch import Tensor

from trainwell.adapters.torch.losses import Recall, Sums


class Tally:
    """The sums of one epoch: over the loss's calls in training, over those in evaluation, and of gradients' norms.

    Args:
        task: what is learned; nothing is scored where it is not known.
        takes: what the loss takes, such as logits, where that is known.
        step: how many steps came before the epoch.
    """

    def __init__(self, task: str | None, takes: str | None, step: int):
        self.task, self.takes, self.first_step = task, takes, step
        self.training, self.validation, self.recall = Sums(), Sums(), Recall()
        self.norms: list[float] = []

    def add(self, outputs: Tensor, targets: Tensor, value: Tensor, *, training: bool) -> None:
        """Add a call whose rows lost ``value`` on average."""
        sums = self.training if training else self.validation
        sums.add(value, len(outputs))
        if not training and self.task is not None:
            sums.add_score(outputs, targets, self.task, self.takes)
            if self.task == "multiclass":
                self.recall.add(outputs, targets)

    @property
    def validation_score(self) -> float:
        """Accuracy or RMSE over the calls in evaluation; NaN where nothing was scored."""
        return self.validation.mean_score(self.task)

    @property
    def gradient_norm(self) -> float:
        """The mean of the norms that are finite; NaN without one."""
        known = [norm for norm in self.norms if math.isfinite(norm)]
        return sum(known) / len(known) if known else math.nan
