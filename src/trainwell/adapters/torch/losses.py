"""What a PyTorch loss is in the record's words, and the sums over its calls that become the curves."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

#: By the class of the loss or the name of the function: our name, what it takes, the task it is for.
KNOWN: dict[str, tuple[str, str, str]] = {
    "crossentropyloss": ("cross_entropy", "logits", "multiclass"),
    "nllloss": ("nll", "log-probabilities", "multiclass"),
    "bcewithlogitsloss": ("binary_cross_entropy", "logits", "binary"),
    "binarycrossentropywithlogits": ("binary_cross_entropy", "logits", "binary"),
    "bceloss": ("binary_cross_entropy_from_probabilities", "probabilities", "binary"),
    "binarycrossentropy": ("binary_cross_entropy_from_probabilities", "probabilities", "binary"),
    "mseloss": ("mse", "values", "regression"),
    "l1loss": ("mae", "values", "regression"),
    "huberloss": ("huber", "values", "regression"),
    "smoothl1loss": ("huber", "values", "regression"),
    "gaussiannllloss": ("gaussian_nll", "mean and variance", "regression"),
    "poissonnllloss": ("poisson_nll", "log-rates", "regression"),
}


def name_of(loss: Any) -> str:
    """Return the name of a loss: its class for a module, its own for a function."""
    return type(loss).__name__ if isinstance(loss, torch.nn.Module) else getattr(loss, "__name__", type(loss).__name__)


def known_loss(loss: Any) -> tuple[str, str, str] | None:
    """Return our name of a loss, what it takes, and its task; none for one that is not PyTorch's own.

    >>> known_loss(torch.nn.MSELoss()), known_loss(torch.nn.functional.cross_entropy)[0]
    (('mse', 'values', 'regression'), 'cross_entropy')
    """
    key = name_of(loss).replace("_", "").lower()
    return KNOWN.get(key) or KNOWN.get(f"{key}loss")


def answered(outputs: Tensor, targets: Tensor, task: str | None, takes: str | None = None) -> tuple[Tensor, Tensor]:
    """Return the sum of right answers or of squared errors, and of how many; no waiting for a device.

    Right answers are counted for classes; for a regression the squared errors, averaged over outputs, are summed.
    """
    rows = torch.as_tensor(outputs.shape[0], device=outputs.device)
    if task == "multiclass":
        truth = targets.argmax(dim=1) if targets.ndim == outputs.ndim else targets
        right = outputs.argmax(dim=1) == truth
        return right.sum().double(), torch.as_tensor(right.numel(), device=outputs.device)
    matched = targets.reshape(outputs.shape).double() if targets.numel() == outputs.numel() else None
    if matched is None:
        return torch.full((), math.nan, dtype=torch.float64), rows
    if task == "regression":
        outputs = outputs.exp() if takes == "log-rates" else outputs
        return (outputs.double() - matched).square().reshape(len(outputs), -1).mean(dim=1).sum(), rows
    middle = 0.5 if takes == "probabilities" else 0.0
    return ((outputs > middle) == (matched > 0.5)).double().reshape(len(outputs), -1).mean(dim=1).sum(), rows


class Sums:
    """Sums over the loss's calls of one epoch, kept on the device and read once, at the epoch's end."""

    def __init__(self) -> None:
        self.losses: list[Tensor] = []
        self.sizes: list[int] = []
        self.score: Tensor | float = 0.0
        self.scored: Tensor | int = 0

    def add(self, loss: Tensor, rows: int) -> None:
        """Add the loss of a batch; nothing is computed yet, so that the loop is not held up."""
        self.losses.append(loss.detach())
        self.sizes.append(rows)

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return sum(self.sizes)

    def add_score(self, outputs: Tensor, targets: Tensor, task: str | None, takes: str | None = None) -> None:
        """Add the score of a batch."""
        score, scored = answered(outputs.detach(), targets.detach(), task, takes)
        self.score, self.scored = self.score + score, self.scored + scored

    @property
    def mean_loss(self) -> float:
        """The mean loss per row; NaN without a call."""
        if not self.rows:
            return math.nan
        means = torch.stack([loss if loss.ndim == 0 else loss.mean() for loss in self.losses]).double().cpu()
        return float(means @ torch.tensor(self.sizes, dtype=torch.float64)) / self.rows

    def mean_score(self, task: str | None) -> float:
        """The accuracy or RMSE; NaN where nothing was scored."""
        if not int(self.scored):
            return math.nan
        mean = float(self.score) / int(self.scored)
        return math.sqrt(mean) if task == "regression" else mean


class Recall:
    """How many rows of each class the validation calls of an epoch told rightly."""

    def __init__(self) -> None:
        self.of_class: Tensor | None = None
        self.right: Tensor | None = None

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """Count the rows of a batch, ``(rows, classes)`` against class numbers."""
        if outputs.ndim != 2 or targets.ndim != 1 or targets.is_floating_point():
            return
        classes = outputs.shape[1]
        hits = (outputs.detach().argmax(dim=1) == targets).double()
        counts = torch.bincount(targets, minlength=classes).double()
        right = torch.bincount(targets, weights=hits, minlength=classes)
        self.of_class = counts if self.of_class is None else self.of_class + counts
        self.right = right if self.right is None else self.right + right

    def shares(self) -> list[float | None] | None:
        """Return each class's recall, none for a class without rows; none at all where nothing was counted."""
        if self.of_class is None or self.right is None:
            return None
        pairs = zip(self.right.tolist(), self.of_class.tolist(), strict=True)
        return [right / count if count else None for right, count in pairs]


def constant_answer(targets: Tensor, outputs: Tensor, takes: str | None, task: str | None) -> Tensor | None:
    """Return the best outputs that are the same for all rows, shaped like ``outputs``; none if they cannot be told."""
    if task == "multiclass" and not targets.is_floating_point() and targets.ndim == 1 and outputs.ndim == 2:
        share = torch.bincount(targets, minlength=outputs.shape[1]).double() / len(targets)
        chosen = share.clamp_min(1e-6).log()
        return (chosen if takes in ("logits", "log-probabilities") else share).to(outputs.dtype).expand_as(outputs)
    if targets.numel() != outputs.numel() or takes not in ("logits", "probabilities", "values"):
        return None
    mean = targets.reshape(outputs.shape).to(outputs.dtype).mean(dim=0)
    if takes == "logits":
        mean = mean.clamp(1e-6, 1 - 1e-6).logit()
    return mean.expand_as(outputs)
