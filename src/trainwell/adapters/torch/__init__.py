"""Watches a PyTorch training loop: two lines more, and ``trainwell diagnose`` reads what it writes.

from trainwell.adapters.torch import watch

with watch(model, optimizer, loss=criterion, probe=(x_train, y_train)) as watched:
    for epoch in range(epochs):
        ...                                  # the loop as it was
        watched.epoch()                      # or watched.epoch(training_loss=…, validation_loss=…)
watched.save("runs/mine")                    # then: trainwell diagnose runs/mine
"""

from __future__ import annotations

try:
    import torch as _torch  # noqa: F401
except ImportError:
    raise ImportError("trainwell.adapters.torch needs PyTorch, which is not installed: pip install torch") from None

from trainwell.adapters.torch.watch import Watch, watch

__all__ = ["Watch", "watch"]
