"""From JAX's own listing of a function (its jaxpr) to straight steps: calls opened, loops unrolled, branches taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jax.extend import core

from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.program import Constant, Operand
from trainwell.autodiff.recorder import Recorder
from trainwell.registry import Registry

Opener: TypeAlias = Callable[[Recorder, dict[str, Any], Sequence[Operand]], Sequence[Operand]]

#: What is done with a primitive that holds other functions, by its name.
OPENERS: Registry[Opener] = Registry("opener")
CUSTOM_RULES = ("custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr")
_CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "remat2": "jaxpr",
    "checkpoint": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "custom_vjp_call_jaxpr": "fun_jaxpr",
    "composite": "jaxpr",
    "custom_vmap_call": "call",
}


def inline(recorder: Recorder, jaxpr: Any, operands: Sequence[Operand], *, keep: Sequence[str] = ()) -> list[Operand]:
    """Write every equation of a jaxpr into the recorder and return its outputs.

    Args:
        recorder: where the steps go.
        jaxpr: a closed or an open one.
        operands: what its inputs stand for.
        keep: names of primitives that stay one step though they hold a function.
    """
    inner = getattr(jaxpr, "jaxpr", jaxpr)
    constants = [Constant(value) for value in getattr(jaxpr, "consts", ())]
    known: dict[Any, Operand] = dict(zip([*inner.constvars, *inner.invars], [*constants, *operands], strict=True))
    read = lambda atom: Constant(jnp.asarray(atom.val)) if isinstance(atom, core.Literal) else known[atom]
    for equation in inner.eqns:
        name, given = equation.primitive.name, [read(atom) for atom in equation.invars]
        if name in OPENERS and name not in keep:
            results = OPENERS[name](recorder, {**equation.params, "keep": keep}, given)
        else:
            results = recorder.apply(equation.primitive, equation.params, given)
        known.update(zip(equation.outvars, results, strict=True))
    return [read(atom) for atom in inner.outvars]


def call(parameter: str) -> Opener:
    """Return the opener of a call whose function is kept under ``parameter``."""
    return lambda recorder, params, operands: inline(recorder, params[parameter], operands, keep=params["keep"])


for name, parameter in _CALLS.items():
    OPENERS.register(name)(call(parameter))


@OPENERS.register("cond")
def open_branch(recorder: Recorder, params: dict[str, Any], operands: Sequence[Operand]) -> Sequence[Operand]:
    """Open the branch that is taken at these values."""
    choice, *given = operands
    taken = min(max(int(recorder.value(choice)), 0), len(params["branches"]) - 1)
    return inline(recorder, params["branches"][taken], given, keep=params["keep"])


@OPENERS.register("while")
def open_while(recorder: Recorder, params: dict[str, Any], operands: Sequence[Operand]) -> Sequence[Operand]:
    """Open as many turns of the loop as these values make."""
    first, second = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]
    of_condition, of_body, carry = operands[:first], operands[first:second], list(operands[second:])
    while bool(recorder.value(inline(recorder, params["cond_jaxpr"], [*of_condition, *carry], keep=params["keep"])[0])):
        carry = inline(recorder, params["body_jaxpr"], [*of_body, *carry], keep=params["keep"])
    return carry


@OPENERS.register("scan")
def open_scan(recorder: Recorder, params: dict[str, Any], operands: Sequence[Operand]) -> Sequence[Operand]:
    """Open every turn of the loop, each with its own slice, and stack what the turns hand out."""
    first, second = params["num_consts"], params["num_consts"] + params["num_carry"]
    fixed, carry, sliced = operands[:first], list(operands[first:second]), operands[second:]
    turns = range(params["length"])
    if not turns:
        raise DerivativeError("a scan must make at least one turn to be opened, but this one has length 0.")
    handed_out = []
    for turn in reversed(turns) if params["reverse"] else turns:
        slices = [record(recorder, lambda whole, turn=turn: whole[turn], each) for each in sliced]
        results = inline(recorder, params["jaxpr"], [*fixed, *carry, *slices], keep=params["keep"])
        carry = results[: len(carry)]
        handed_out.append(results[len(carry) :])
    in_order = handed_out[::-1] if params["reverse"] else handed_out
    stacked = [record(recorder, lambda *each: jnp.stack(each), *column) for column in zip(*in_order, strict=True)]
    return [*carry, *stacked]


def record(recorder: Recorder, function: Callable[..., Any], *operands: Operand) -> Operand:
    """Write a small function of ours into the recorder, as if the person had written it there."""
    listing = jax.make_jaxpr(function)(*(recorder.value(operand) for operand in operands))
    (result,) = inline(recorder, listing, operands)
    return result
