"""The notebook that a trace is written into: values, steps, and what is already known.

It merges common subexpressions, computes what depends on no input at once, passes by steps that change nothing, and
at the end forgets what the outputs do not need.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.program import Constant, Operand, Program, Step, evaluate, taken

MOST_STEPS = 100_000
_COMMUTATIVE = {"add", "mul", "max", "min", "add_any", "and", "or", "xor", "eq", "ne"}
_MOVES = {"copy", "copy_p", "convert_element_type", "reshape", "broadcast_in_dim", "squeeze", "expand_dims"}
_MARKS = {"optimization_barrier", "name", "pvary", "sharding_constraint", "mesh_cast", "reshard", "layout_constraint"}


class Recorder:
    """Steps as they come in.

    Args:
        inputs: the values of the inputs; they become values 0, 1 …
    """

    def __init__(self, inputs: Sequence[Any]):
        self.inputs = len(inputs)
        self.values: list[Any] = [jnp.asarray(each) for each in inputs]
        self.steps: list[Step] = []
        self._known: dict[Hashable, tuple[tuple[Operand, ...], tuple[Operand, ...]]] = {}

    def value(self, operand: Operand) -> Any:
        """Return the value of an operand."""
        return taken(operand, self.values)

    def apply(self, primitive: Any, params: dict[str, Any], operands: Sequence[Operand]) -> Sequence[Operand]:
        """Write one step down, if it is new, and return its results as operands."""
        operands = tuple(operands)
        if primitive.name in _MARKS:
            return operands
        key = identity(primitive, params, operands)
        if key is not None and key in self._known:
            return self._known[key][1]
        results = self._results(primitive, params, operands)
        if key is not None:
            self._known[key] = operands, results  # the operands too, so that no constant's identity is given away again
        return results

    def _results(self, primitive: Any, params: dict[str, Any], operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
        values = evaluate(primitive, params, [self.value(operand) for operand in operands])
        if all(isinstance(operand, Constant) for operand in operands):
            return tuple(Constant(value) for value in values)
        if primitive.name in _MOVES and unchanged(self.value(operands[0]), values[0]):
            return (operands[0],)
        if len(self.steps) >= MOST_STEPS:
            raise DerivativeError(
                f"a trace must have at most {MOST_STEPS} steps, but this function takes more; trace a smaller part "
                "of it, or fewer turns of its loop."
            )
        numbers = tuple(range(len(self.values), len(self.values) + len(values)))
        self.values += values
        self.steps.append(Step(primitive, params, operands, numbers))
        return numbers

    def program(self, outputs: Sequence[Operand]) -> Program:
        """Return the steps that the outputs need, numbered without gaps."""
        steps = needed(self.steps, outputs)
        kept = [*range(self.inputs), *(number for step in steps for number in step.results)]
        fresh = {old: new for new, old in enumerate(kept)}
        renumbered = lambda operand: fresh[operand] if isinstance(operand, int) else operand
        return Program(
            inputs=self.inputs,
            steps=tuple(
                Step(
                    step.primitive,
                    step.params,
                    tuple(renumbered(each) for each in step.operands),
                    tuple(fresh[each] for each in step.results),
                )
                for step in steps
            ),
            outputs=tuple(renumbered(each) for each in outputs),
            values=tuple(self.values[old] for old in kept),
        )


def needed(steps: Sequence[Step], outputs: Sequence[Operand]) -> list[Step]:
    """Return the steps that the outputs depend on, in order."""
    wanted = {each for each in outputs if isinstance(each, int)}
    found = []
    for step in reversed(steps):
        if wanted.intersection(step.results):
            found.append(step)
            wanted.update(each for each in step.operands if isinstance(each, int))
    return found[::-1]


def identity(primitive: Any, params: dict[str, Any], operands: tuple[Operand, ...]) -> Hashable | None:
    """Return what makes two steps the same, or None where that cannot be told."""
    parts = [("v", operand) if isinstance(operand, int) else identity_of_constant(operand) for operand in operands]
    if primitive.name in _COMMUTATIVE:
        parts.sort(key=repr)
    key = (primitive, tuple(sorted(params.items(), key=lambda item: item[0])), tuple(parts))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def identity_of_constant(constant: Constant) -> Hashable:
    """Return what makes two constants the same: a small one's bytes, else the very array."""
    value = constant.value
    extended = jnp.issubdtype(getattr(value, "dtype", np.float32), jax.dtypes.extended)
    if extended or np.size(value) > 64:
        return ("array", id(value))
    array = np.asarray(value)
    return ("constant", str(array.dtype), array.shape, array.tobytes())


def unchanged(before: Any, after: Any) -> bool:
    """Tell whether a step that only moves entries left shape and dtype as they were."""
    return before.shape == after.shape and before.dtype == after.dtype
