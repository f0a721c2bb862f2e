"""What each primitive means in SymPy: the trace of a function, run on symbols in place of numbers.

Symbols stand in NumPy arrays of objects. Steps that only move entries are run on the numbers of the places, and the
symbols follow. SymPy is an optional extra and is handed in as the module ``sympy``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import jax.numpy as jnp
import numpy as np

from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.program import Constant, Program, Step, evaluate
from trainwell.registry import Registry

Meaning: TypeAlias = Callable[..., Any]

#: By primitive: a function of the module ``sympy``, the step's settings and its operands, entry by entry.
MEANINGS: Registry[Meaning] = Registry("symbolic operation")
_MOVES = {
    "broadcast_in_dim",
    "concatenate",
    "copy",
    "expand_dims",
    "gather",
    "reshape",
    "rev",
    "slice",
    "split",
    "squeeze",
    "transpose",
}


def means(name: str, meaning: Callable[..., Any]) -> None:
    """Register what a primitive does to single entries, given ``sympy`` and the operands."""
    MEANINGS.register(name)(lambda sympy, params, *operands: meaning(sympy, *operands))


for _name in ("exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh"):
    means(_name, lambda sympy, a, name=_name: getattr(sympy, name)(a))
for _name in ("atanh", "sqrt", "erf", "erfc", "sign", "floor"):
    means(_name, lambda sympy, a, name=_name: getattr(sympy, name)(a))
means("add", lambda sympy, a, b: a + b)
means("add_any", lambda sympy, a, b: a + b)
means("sub", lambda sympy, a, b: a - b)
means("mul", lambda sympy, a, b: a * b)
means("div", lambda sympy, a, b: a / b)
means("pow", lambda sympy, a, b: a**b)
means("atan2", lambda sympy, a, b: sympy.atan2(a, b))
means("max", lambda sympy, a, b: sympy.Max(a, b))
means("min", lambda sympy, a, b: sympy.Min(a, b))
means("neg", lambda sympy, a: -a)
means("square", lambda sympy, a: a**2)
means("cbrt", lambda sympy, a: sympy.cbrt(a))
means("rsqrt", lambda sympy, a: 1 / sympy.sqrt(a))
means("abs", lambda sympy, a: sympy.Abs(a))
means("exp2", lambda sympy, a: 2**a)
means("expm1", lambda sympy, a: sympy.exp(a) - 1)
means("log1p", lambda sympy, a: sympy.log(1 + a))
means("logistic", lambda sympy, a: 1 / (1 + sympy.exp(-a)))
means("convert_element_type", lambda sympy, a: a)
means("stop_gradient", lambda sympy, a: a)
means("gt", lambda sympy, a, b: sympy.Gt(a, b))
means("ge", lambda sympy, a, b: sympy.Ge(a, b))
means("lt", lambda sympy, a, b: sympy.Lt(a, b))
means("le", lambda sympy, a, b: sympy.Le(a, b))
means("eq", lambda sympy, a, b: sympy.Eq(a, b))
means("ne", lambda sympy, a, b: sympy.Ne(a, b))
means("select_n", lambda sympy, choice, no, yes: sympy.Piecewise((yes, choice), (no, True)))
MEANINGS.register("integer_pow")(lambda sympy, params, a: a ** params["y"])


def run_on_symbols(program: Program, symbols: Mapping[int, Any], sympy: Any) -> list[Any]:
    """Return every value as an array of expressions.

    Args:
        program: the steps.
        symbols: an array of symbols for each input that varies, by its number; the others keep their numbers.
        sympy: the module.
    """
    values = [symbols[at] if at in symbols else exact(program.values[at], sympy) for at in range(program.inputs)]
    for step in program.steps:
        operands = [exact(each.value, sympy) if isinstance(each, Constant) else values[each] for each in step.operands]
        values += symbolic_step(step, operands, program, sympy)
    return values


def symbolic_step(step: Step, operands: list[Any], program: Program, sympy: Any) -> list[Any]:
    """Return the results of one step on expressions."""
    name, shapes = step.primitive.name, [program.values[each].shape for each in step.results]
    if name in MEANINGS:
        return [each_entry(lambda *entries: MEANINGS[name](sympy, step.params, *entries), operands, shapes[0])]
    if name in _MOVES:
        return moved(step, operands)
    if name == "reduce_sum":
        return [np.asarray(np.sum(operands[0], axis=step.params["axes"]), object).reshape(shapes[0])]
    if name == "dot_general":
        return [contracted(step, operands).reshape(shapes[0])]
    if name in ("reduce_max", "reduce_min"):
        return [extreme(step, operands[0], sympy.Max if name == "reduce_max" else sympy.Min).reshape(shapes[0])]
    raise DerivativeError(
        f"the primitive {name!r} has no symbolic meaning here; use trainwell.autodiff.reverse, which needs "
        "no closed form."
    )


def exact(value: Any, sympy: Any) -> Any:
    """Return numbers as SymPy's: whole ones as integers, so that expressions stay short."""
    entries = np.asarray(value)
    convert = lambda entry: sympy.Integer(int(entry)) if float(entry).is_integer() else sympy.Float(float(entry))
    if entries.dtype == bool:
        convert = lambda entry: sympy.true if entry else sympy.false
    return each_entry(convert, [entries], entries.shape)


def each_entry(function: Callable[..., Any], operands: list[Any], shape: tuple[int, ...]) -> Any:
    """Return an array of objects from a function applied entry by entry."""
    result = np.empty(shape, object)
    spread = [np.broadcast_to(operand, shape) for operand in operands]
    for index in np.ndindex(shape):
        result[index] = function(*(operand[index] for operand in spread))
    return result


def moved(step: Step, operands: list[Any]) -> list[Any]:
    """Return where the entries go, by running the step on their places."""
    moving = operands[:1] if step.primitive.name == "gather" else operands
    ends = np.cumsum([0, *(operand.size for operand in moving)])
    places = [
        jnp.arange(start, start + operand.size).reshape(operand.shape)
        for start, operand in zip(ends[:-1], moving, strict=True)
    ]
    indices = [jnp.asarray(np.asarray(operand, np.int64)) for operand in operands[len(moving) :]]
    row = np.concatenate([operand.ravel() for operand in moving])
    return [row[np.asarray(found)] for found in evaluate(step.primitive, step.params, [*places, *indices])]


def contracted(step: Step, operands: list[Any]) -> Any:
    """Return a product of arrays of expressions, summed over the contracted axes."""
    a, b = operands
    (a_summed, b_summed), (a_batch, b_batch) = step.params["dimension_numbers"]
    a_free = [axis for axis in range(a.ndim) if axis not in (*a_summed, *a_batch)]
    b_free = [axis for axis in range(b.ndim) if axis not in (*b_summed, *b_batch)]
    size = lambda array, axes: int(np.prod([array.shape[axis] for axis in axes], dtype=int))
    left = a.transpose(*a_batch, *a_free, *a_summed).reshape(size(a, a_batch), size(a, a_free), size(a, a_summed))
    right = b.transpose(*b_batch, *b_summed, *b_free).reshape(size(b, b_batch), size(b, b_summed), size(b, b_free))
    return np.asarray(left @ right, object)


def extreme(step: Step, operand: Any, of: Callable[..., Any]) -> Any:
    """Return the maximum or minimum over axes as SymPy writes it."""
    axes = step.params["axes"]
    last = np.moveaxis(operand, axes, range(-len(axes), 0))
    kept = last.shape[: last.ndim - len(axes)]
    return each_entry(lambda index: of(*last.reshape(*kept, -1)[index]), [indices_of(kept)], kept)


def indices_of(shape: tuple[int, ...]) -> Any:
    """Return an array that holds, at every place, the place."""
    result = np.empty(shape, object)
    for index in np.ndindex(shape):
        result[index] = index
    return result
