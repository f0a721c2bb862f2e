"""The four ways to a gradient side by side: symbolic, numerical, forward mode, reverse mode.

Values, seconds and bytes are measured; passes, the number of times the function is walked through, are counted, and do
not depend on the machine.

Reference: A. G. Baydin et al., JMLR 18, 2018, section 2.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.autodiff.arguments import Arguments, read_arguments
from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.forward import push_forward
from trainwell.autodiff.notation import number, shown
from trainwell.autodiff.numerical import Flat, central_difference, default_step
from trainwell.autodiff.reverse import pull_back, seeds_of
from trainwell.autodiff.symbolic import symbolic
from trainwell.autodiff.tables import Shown, Table
from trainwell.autodiff.trace import trace_arguments

WAYS = ("symbolic", "numerical", "forward", "reverse")
#: Inputs beyond which the symbolic way is left out of the growth: it would take minutes.
MOST_SYMBOLS = 16


@dataclass(frozen=True)
class Way:
    """One way to the gradient.

    Attributes:
        name: ``"symbolic"``, ``"numerical"``, ``"forward"`` or ``"reverse"``.
        gradient: all partial derivatives, end to end; None where the way cannot go.
        error: largest difference from ``jax.grad``, relative to its largest entry where that exceeds 1.
        passes: how many times the function is walked through; for symbolic, how many operations its derivatives have.
        seconds: time of one gradient, after compiling.
        preparation: seconds until the first one: compiling, or deriving the closed form.
        memory: bytes in use beside inputs and result.
        note: why there is no gradient, if there is none.
    """

    name: str
    gradient: Any = None
    error: float | None = None
    passes: int | None = None
    seconds: float | None = None
    preparation: float | None = None
    memory: int | None = None
    note: str = ""


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """Four ways at one point, and how their cost grows with the number of inputs.

    Attributes:
        ways: one entry per way.
        inputs: numbers of inputs of the growth, ``(sizes,)``.
        passes: by way, the passes for each of them.
        seconds: by way, the seconds for each of them; NaN where left out.
    """

    ways: tuple[Way, ...]
    inputs: tuple[int, ...]
    passes: dict[str, tuple[int, ...]]
    seconds: dict[str, tuple[float, ...]]

    def __getitem__(self, name: str) -> Way:
        return self.ways[WAYS.index(name)]

    def table(self) -> Table:
        """Return the ways side by side, the growth below."""
        rows = tuple(
            (
                way.name,
                shown(way.gradient) if way.gradient is not None else way.note,
                optional(way.error, lambda value: number(value, 2)),
                optional(way.passes, str),
                optional(way.seconds, duration),
                optional(way.preparation, duration),
                optional(way.memory, lambda value: f"{value} B"),
            )
            for way in self.ways
        )
        columns = ("way", "gradient", "error", "passes", "time", "to prepare", "memory")
        grown = [
            f"With {inputs} inputs: "
            + ", ".join(
                f"{name} {counted(self.passes[name][at])}, {duration(self.seconds[name][at])}" for name in WAYS[1:]
            )
            + "."
            for at, inputs in enumerate(self.inputs)
        ]
        note = "For symbolic, passes are the operations of the derivatives written out."
        return Table("Four ways to a gradient.", columns, rows, (note, *grown))


def compare(function: Callable[..., Any], args: Any, *, copies: Sequence[int] = (1, 8, 64)) -> Comparison:
    """Take the gradient four ways and measure what each costs.

    For the growth, ``copies`` of the function stand side by side, each with its own arguments, and are summed: as many
    times the inputs, still one output. Reverse mode keeps to one pass; the others need one or two for every input.

    Args:
        function: a function with one number as its result.
        args: tuple of its arguments, or the only one.
        copies: how many copies for each row of the growth.

    >>> found = compare(lambda x, y: x * y, (2.0, 3.0), copies=(1, 4))
    >>> found["reverse"].gradient.tolist(), found.inputs, found.passes["forward"], found.passes["reverse"]
    ([3.0, 2.0], (2, 8), (2, 8), (1, 1))
    """
    arguments = read_arguments(function, args, widen=True)
    arguments.require_variables()
    with arguments.precision():
        point = Flat(function, arguments)
        exact = np.asarray(jax.jit(jax.grad(point.value))(point.x))
        compiled = [measured(name, function, arguments, exact) for name in WAYS[1:]]
        grown = [grow(function, arguments, count) for count in copies]
    inputs = tuple(len(exact) * count for count in copies)
    passes = {name: tuple(passes_of(name, size) for size in inputs) for name in WAYS[1:]}
    seconds = {name: tuple(row[name] for row in grown) for name in WAYS[1:]}
    return Comparison((closed_form(function, args, exact), *compiled), inputs, passes, seconds)


def passes_of(name: str, inputs: int) -> int:
    """Return how often a way walks through the function for one gradient by so many inputs.

    >>> passes_of("numerical", 10), passes_of("forward", 10), passes_of("reverse", 10)
    (20, 10, 1)
    """
    return {"numerical": 2 * inputs, "forward": inputs, "reverse": 1}[name]


def gradient_by(name: str, function: Callable[..., Any], arguments: Arguments) -> Callable[[Any], Any]:
    """Return a function of the flat inputs that computes the gradient in one of the three numeric ways."""
    point = Flat(function, arguments)
    entries = jnp.arange(point.x.size)
    unit = lambda entry: jnp.zeros_like(point.x).at[entry].set(1)
    if name == "numerical":
        step = default_step("central", point.x.dtype)
        return lambda x: jax.lax.map(lambda entry: central_difference(point.value, x, unit(entry), step), entries)
    flat = read_arguments(lambda x: point.value(x), (np.asarray(point.x),))
    found = trace_arguments(lambda x: point.value(x), flat)
    (output,) = found.program.outputs
    if not isinstance(output, int):
        return lambda x: jnp.zeros_like(x)

    def by_tangents(x: Any) -> Any:
        values = found.program.run([x])
        return jax.lax.map(lambda entry: push_forward(found.program, values, {0: unit(entry)})[output], entries)

    def by_adjoints(x: Any) -> Any:
        adjoints, _ = pull_back(found.program, found.program.run([x]), seeds_of(found, None), (0,))
        return adjoints.get(0, jnp.zeros_like(x))

    return by_tangents if name == "forward" else by_adjoints


def measured(name: str, function: Callable[..., Any], arguments: Arguments, exact: Any) -> Way:
    """Return one numeric way with its cost."""
    x = Flat(function, arguments).x
    start = time.perf_counter()
    program = jax.jit(gradient_by(name, function, arguments)).lower(x).compile()
    preparation = time.perf_counter() - start
    gradient = np.asarray(program(x))
    memory = program.memory_analysis()
    return Way(
        name=name,
        gradient=gradient,
        error=error_of(gradient, exact),
        passes=passes_of(name, x.size),
        seconds=quickest(partial(blocked, program, x)),
        preparation=preparation,
        memory=None if memory is None else int(memory.temp_size_in_bytes),
    )


def closed_form(function: Callable[..., Any], args: Any, exact: Any) -> Way:
    """Return the symbolic way with its cost, or why it cannot go."""
    if len(exact) > MOST_SYMBOLS:
        return Way("symbolic", note=f"left out: more than {MOST_SYMBOLS} inputs")
    tracemalloc.start()
    start = time.perf_counter()
    try:
        found = symbolic(function, args)
    except DerivativeError as error:
        return Way("symbolic", note=str(error))
    finally:
        preparation, memory = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    gradient = np.asarray(list(found.values.values()))
    return Way(
        name="symbolic",
        gradient=gradient,
        error=error_of(gradient, exact),
        passes=found.swell.derivatives,
        seconds=quickest(found.evaluate),
        preparation=preparation,
        memory=memory,
    )


def grow(function: Callable[..., Any], arguments: Arguments, copies: int) -> dict[str, float]:
    """Return the seconds of each numeric way for so many copies of the function, summed."""
    chosen = arguments.chosen
    stacked = [jnp.stack([jnp.asarray(arguments.values[at])] * copies) for at in chosen]
    flat = arguments.flat(function)

    def one(*own: Any) -> Any:
        values = list(arguments.values)
        for at, value in zip(chosen, own, strict=True):
            values[at] = value
        return flat(*values)

    together = lambda *rows: jnp.sum(jax.vmap(one)(*rows))
    wide = read_arguments(together, tuple(np.asarray(each) for each in stacked), widen=True)
    x = Flat(together, wide).x
    seconds = {}
    for name in WAYS[1:]:
        program = jax.jit(gradient_by(name, together, wide)).lower(x).compile()
        seconds[name] = quickest(partial(blocked, program, x))
    return seconds


def blocked(program: Callable[[Any], Any], x: Any) -> None:
    """Run a compiled program to its end."""
    jax.block_until_ready(program(x))


def quickest(call: Callable[[], Any], times: int = 5) -> float:
    """Return the least of a few timings, in seconds; the first call is not timed."""
    call()
    found = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)


def error_of(gradient: Any, exact: Any) -> float:
    """Return the largest difference, relative to the largest entry where that exceeds 1."""
    return float(np.max(np.abs(gradient - exact)) / max(1.0, float(np.max(np.abs(exact)))))


def optional(value: Any, write: Callable[[Any], str]) -> str:
    """Return a value as text, a dash where there is none."""
    return "–" if value is None else write(value)


def counted(passes: int) -> str:
    """Return a number of passes in words.

    >>> counted(1), counted(2)
    ('1 pass', '2 passes')
    """
    return f"{passes} pass" + "es" * (passes != 1)


def duration(seconds: float) -> str:
    """Return seconds in a readable unit.

    >>> duration(0.000012), duration(0.5)
    ('12 µs', '500 ms')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{number(seconds / size, 3)} {unit}"
    return f"{number(seconds / 1e-9, 3)} ns"
