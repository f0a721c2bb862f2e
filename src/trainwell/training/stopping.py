"""When training ends before its last epoch, and which weights are kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from trainwell.specification import Specification, knob


class EarlyStopping(Specification):
    """Stop after ``patience`` epochs without improvement; the weights of the best epoch are kept either way.

    Where there is no validation part to choose by, the last epoch's weights are kept: the training loss would choose
    what fits best, whatever penalties hold against it.

    Args:
        patience: epochs without improvement that are waited for.
        min_delta: by how much the watched quantity must improve to count.
        monitor: the loss or the score (accuracy or RMSE) of validation or of training; without a validation part
            training's is watched.

    Reference: L. Prechelt, "Early Stopping — but when?", 1998.
    """

    patience: Annotated[int, Field(ge=1, lt=2**31), knob()] = 20
    min_delta: Annotated[float, Field(ge=0), knob()] = 0.0
    monitor: Literal["validation_loss", "validation_score", "training_loss", "training_score"] = "validation_loss"
