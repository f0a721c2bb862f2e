"""The probe of a PyTorch loop: which rows serve, and what they say of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainwell.adapters.rows import input_arrays, places, target_facts
from trainwell.adapters.torch.losses import constant_answer
from trainwell.adapters.torch.seeing import Seer, on_host
from trainwell.engine.looks.probe import PROBE_ROWS
from trainwell.errors import DataError


def pair_of(probe: Any) -> tuple[Any, Tensor | None]:
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


def spread(rows: Any) -> Any:
    """Return at most :data:`PROBE_ROWS` rows of a tensor, evenly spread, as a copy; anything else as it is."""
    if not isinstance(rows, Tensor):
        return rows
    if len(rows) <= PROBE_ROWS:
        return rows.detach().clone()
    return rows.detach()[torch.linspace(0, len(rows) - 1, PROBE_ROWS, device=rows.device).long()].clone()


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
