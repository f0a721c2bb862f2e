"""What a PyTorch optimizer is in the record's words."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

#: PyTorch's names of settings, and ours.
SETTINGS = {"lr": "learning_rate", "momentum": "momentum", "nesterov": "nesterov", "eps": "epsilon", "alpha": "decay"}
#: Optimizers whose ``weight_decay`` is decoupled; that of all others is a penalty in the gradient.
DECOUPLED = ("AdamW", "NAdamW", "Muon", "Lion")
OURS = {"Adagrad": "AdaGrad", "Adadelta": "AdaDelta", "Adamax": "AdaMax", "RMSprop": "RMSProp"}


def optimizer_facts(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Return an optimizer's kind and settings, those of its first group of parameters.

    >>> weight = torch.nn.Parameter(torch.zeros(1))
    >>> optimizer_facts(torch.optim.Adam([weight], lr=0.01, weight_decay=0.1))
    {'kind': 'Adam', 'learning_rate': 0.01, 'l2': 0.1, 'beta1': 0.9, 'beta2': 0.999, 'epsilon': 1e-08}
    """
    kind, group = type(optimizer).__name__, optimizer.param_groups[0]
    facts: dict[str, Any] = {"kind": OURS.get(kind, kind)}
    facts["learning_rate"] = number(group.get("lr"))
    if group.get("weight_decay"):
        decoupled = kind in DECOUPLED or group.get("decoupled_weight_decay")
        facts["weight_decay" if decoupled else "l2"] = number(group["weight_decay"])
    if isinstance(group.get("betas"), tuple):
        facts |= {f"beta{place}": number(beta) for place, beta in enumerate(group["betas"], start=1)}
    known = {ours: number(group[theirs]) for theirs, ours in SETTINGS.items() if theirs in group}
    return facts | {name: value for name, value in known.items() if value is not None}


def gradient_norm(optimizer: torch.optim.Optimizer) -> float:
    """Return the norm of the gradient that an optimizer is about to use; NaN where there is none."""
    given = [each.grad for group in optimizer.param_groups for each in group["params"] if each.grad is not None]
    return float(torch.stack([gradient.detach().norm() for gradient in given]).norm()) if given else math.nan


def number(value: Any) -> Any:
    """Return a setting as a plain number; none for what is no number."""
    if isinstance(value, Tensor):
        return float(value)
    return value if isinstance(value, bool | int | float) else None
