"""L-BFGS: steps by the curvature that past gradients show, as long as a line search finds; for all rows at once."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import optax
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.optimizers.optimizer import OPTIMIZERS, Optimizer, Rate, decayed

Share = Annotated[float, Field(gt=0, lt=1), knob()]


@OPTIMIZERS.register(
    "LBFGS",
    formula="θ ← θ − αHg; H from the last m pairs s = Δθ, y = Δg by the two-loop recursion; "
    "α by strong Wolfe: L(θ−αHg) ≤ L − c₁α gᵀHg, |∂L/∂α| ≤ c₂ gᵀHg",
    source="Liu & Nocedal 1989; Nocedal & Wright 2006, algorithms 3.5, 3.6, 7.4, 7.5",
)
class LBFGS(Optimizer):
    """A quasi-Newton method: tens of steps where gradient descent takes thousands, on small smooth problems.

    Every update needs the loss of all rows: set ``batch_size="all"``. Dropout, noise and augmentation make another
    function at every step, which spoils the curvature.

    Args:
        learning_rate: the first step tried, in quasi-Newton steps; the line search shortens or lengthens it.
        memory: m, how many pairs are kept.
        line_search_steps: most evaluations of the loss and its gradient in one line search.
        sufficient_decrease: c₁, the least share of the promised decrease that a step must bring.
        curvature: c₂, the largest share of the slope that a step may leave.

    >>> LBFGS().memory
    10
    """

    adapts = False
    needs_loss = True
    learning_rate: Rate = 1.0
    memory: Annotated[int, Field(ge=1)] = 10
    line_search_steps: Annotated[int, Field(ge=1)] = 20
    sufficient_decrease: Share = 1e-4
    curvature: Share = 0.9

    def transformation(self, learning_rate: Any) -> optax.GradientTransformation:
        search = optax.scale_by_zoom_linesearch(
            max_linesearch_steps=self.line_search_steps,
            slope_rtol=self.sufficient_decrease,
            curv_rtol=self.curvature,
            initial_guess_strategy="one",
        )
        parts = [optax.lbfgs(learning_rate, memory_size=self.memory, linesearch=search)]
        if self.on("weight_decay"):
            parts.append(optax.stateless(lambda updates, weights: self.shrunk(updates, weights, learning_rate)))
        return optax.chain(*parts)

    def shrunk(self, updates: Any, parameters: Any, learning_rate: Any) -> Any:
        """Return the updates less the decoupled decay, which no line search sees."""
        amount = learning_rate * self.weight_decay
        return jax.tree.map(
            lambda marked, update, weight: update - amount * weight if marked else update,
            decayed(parameters),
            updates,
            parameters,
        )
