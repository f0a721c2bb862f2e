"""What the probe's rows say of the data: ranges, what is no number, and the loss of one answer for all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainwell.adapters.rows import input_arrays, places, target_facts
from trainwell.adapters.torch.losses import constant_answer
from trainwell.adapters.torch.seeing import Seer, on_host


def array_of(rows: Any) -> np.ndarray | None:
    """Return a tensor's rows of real numbers on the host; none of anything else."""
    return on_host(rows) if isinstance(rows, Tensor) and rows.is_floating_point() else None


def probe_arrays(inputs: Any) -> dict[str, np.ndarray]:
    """Return mean and deviation of every input over the rows, where the inputs are numbers."""
    return input_arrays(array_of(inputs))


def probe_facts(
    seer: Seer, inputs: Any, targets: Tensor | None, task: str | None, known: tuple[str, str, str] | None
) -> dict[str, Any]:
    """Return the facts that the probe's rows give; those that cannot be told are left out."""
    facts: dict[str, Any] = {
        "nonfinite_inputs": places(array_of(inputs)),
        "nonfinite_targets": places(array_of(targets)),
    }
    if targets is None:
        return known_ones(facts)
    facts["base_loss"] = base_loss(seer, known)
    if task == "regression":
        facts |= target_facts(array_of(inputs), on_host(targets))
    return known_ones(facts)


def known_ones(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that are known, and finite where they are numbers."""
    return {
        name: fact
        for name, fact in facts.items()
        if fact is not None and not (isinstance(fact, float) and not np.isfinite(fact))
    }


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
