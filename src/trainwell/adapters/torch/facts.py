"""What the probe's rows say of the data: ranges, what is no number, and the loss of one answer for all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainwell.adapters.torch.losses import constant_answer
from trainwell.adapters.torch.seeing import Seer, on_host
from trainwell.engine.looks.reference import order_of

#: A target of whole numbers with at most so many different values may stand for classes.
FEW_VALUES = 20
MOST_PLACES = 10
#: Inputs of more numbers than this are not described one by one.
MOST_INPUTS = 4096


def probe_arrays(inputs: Any) -> dict[str, np.ndarray]:
    """Return mean and deviation of every input over the rows, where the inputs are numbers."""
    if not isinstance(inputs, Tensor) or not inputs.is_floating_point() or not len(inputs):
        return {}
    flat = on_host(inputs.reshape(len(inputs), -1)[:, :MOST_INPUTS]).astype(np.float64)
    return {"input_mean": flat.mean(axis=0), "input_deviation": flat.std(axis=0)}


def probe_facts(
    seer: Seer, inputs: Any, targets: Tensor | None, task: str | None, known: tuple[str, str, str] | None
) -> dict[str, Any]:
    """Return the facts that the probe's rows give; those that cannot be told are left out."""
    facts: dict[str, Any] = {"nonfinite_inputs": places(inputs), "nonfinite_targets": places(targets)}
    if targets is None:
        return known_ones(facts)
    facts["base_loss"] = base_loss(seer, known)
    if task == "regression" and targets.numel():
        facts |= target_facts(inputs, targets)
    return known_ones(facts)


def known_ones(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that are known, and finite where they are numbers."""
    return {
        name: fact
        for name, fact in facts.items()
        if fact is not None and not (isinstance(fact, float) and not np.isfinite(fact))
    }


def places(rows: Any) -> list[list[int]] | None:
    """Return the first places ``[row, column]`` of what is no finite number; none where all is well.

    >>> places(torch.tensor([[1.0, float("nan")], [2.0, 3.0]]))
    [[0, 1]]
    """
    if not isinstance(rows, Tensor) or not rows.is_floating_point():
        return None
    flat = rows.detach().reshape(len(rows), -1)
    found = torch.nonzero(~torch.isfinite(flat))[:MOST_PLACES].tolist()
    return found or None


def base_loss(seer: Seer, known: tuple[str, str, str] | None) -> float | None:
    """Return the loss of the best answer that is the same for all of the probe's rows; none if it cannot be told."""
    if not seer.can_judge or known is None or seer.targets is None:
        return None
    try:
        with torch.no_grad():
            outputs = seer.forward(seer.parameters(), seer.inputs)
            answer = constant_answer(seer.targets, outputs, known[1], known[2])
            return None if answer is None else float(seer.loss_of(answer, seer.targets))
    except Exception:  # a network that answers strangely has no base loss
        return None


def target_facts(inputs: Any, targets: Tensor) -> dict[str, Any]:
    """Return the range of a regression's targets, and whether they look like classes."""
    values = on_host(targets.double()).reshape(len(targets), -1)
    facts: dict[str, Any] = {
        "target_mean": float(values.mean()),
        "target_deviation": float(values.std(axis=0).mean()),
        "target_minimum": float(values.min()),
        "target_maximum": float(values.max()),
    }
    levels = np.unique(values)
    whole = np.isfinite(levels).all() and len(levels) <= FEW_VALUES and np.allclose(levels, np.rint(levels))
    if values.shape[1] == 1 and whole and isinstance(inputs, Tensor) and inputs.is_floating_point():
        rows = on_host(inputs.reshape(len(inputs), -1)[:, :MOST_INPUTS]).astype(np.float64)
        facts |= {"target_values": len(levels), "target_order": order_of(rows, values[:, 0])}
    return facts
