"""The compiled programs of one structure: what every trial that differs only in knobs, seed and rows shares."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import Any

import jax
import numpy as np
from jax import Array

from trainwell.engine import trial
from trainwell.engine.aside import aside
from trainwell.engine.compilation import compiler_options
from trainwell.engine.compiled import OnceCompiled, shapes_of
from trainwell.engine.fields import plain
from trainwell.engine.lanes import advance_together
from trainwell.engine.looks.anatomy import network_facts
from trainwell.engine.looks.telemetry import Look, measure
from trainwell.engine.objective import Objective
from trainwell.engine.precision import arithmetic, float_of
from trainwell.engine.recipe import Recipe
from trainwell.engine.state import Curves, Examples, Rows, TrialState
from trainwell.layout import Layout
from trainwell.specification import Specification
from trainwell.tasks import Task

#: How many structures keep their compiled programs at hand.
STRUCTURES_KEPT = 64
#: Fields of a recipe that decide what data and random numbers a program is given, or whether it is asked to look.
UNCOMPILED = ("seed", "encoding", "class_weights", "telemetry")


class Program:
    """Starts, advances and applies trials of one structure; compiles once per shape of data.

    Attributes:
        recipe: some recipe of the structure; its knobs' values do not matter.
        compilations: how often a function was traced, the count that the tests hold still.
        pace: updates a second of the last call, by the training rows' padded number; it sizes the next trial's calls.
    """

    def __init__(self, recipe: Recipe, layout: Layout, task: Task, outputs: int):
        self.recipe, self.layout, self.task, self.outputs = recipe, layout, task, outputs
        self.compilations = 0
        self.pace: dict[int, float] = {}
        self.start: OnceCompiled[TrialState] = self._jit(trial.start)
        self.advance: OnceCompiled[tuple[TrialState, Curves]] = self._jit(trial.advance, donate_argnums=1)
        self.advance_together: OnceCompiled[tuple[TrialState, Array]] = self._jit_lanes()
        self.measure: OnceCompiled[Look] = self._jit(measure)
        self.predict: OnceCompiled[Array] = self._jit(Objective.predict)
        self.sample: OnceCompiled[Array] = self._jit(Objective.sample)
        self._begun: set[Any] = set()

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as what it was made of: another process compiles anew, this one finds it again."""
        return program_for, (self.recipe, self.layout, self.task, self.outputs)

    def __deepcopy__(self, memory: dict[int, Any]) -> Program:
        """Stay one: what is compiled belongs to all models of the structure."""
        return self

    def compile_ahead(
        self, knobs: Any, seed: int, base_rate: Array, data: tuple[Examples, Rows], *, looks: bool
    ) -> None:
        """Begin to compile, beside each other, what a run on data of new shapes will call; come back at once.

        Args:
            knobs: of a recipe of the structure.
            seed: any.
            base_rate: as :attr:`start` takes it.
            data: the examples and the rows that the run is going to train on.
            looks: whether the run measures its layers.
        """
        asked = shapes_of(data), looks
        if asked in self._begun:
            return
        self._begun.add(asked)

        def compile_all() -> None:
            with arithmetic(self.recipe):
                state = jax.eval_shape(self.start.function, knobs, seed, base_rate)
                if looks:
                    aside(self.compile_looks, knobs, state, data)
                self.advance.prepare(knobs, state, *data, np.int32(0))

        aside(compile_all)

    def compile_looks(self, knobs: Any, state: Any, data: tuple[Examples, Rows]) -> None:
        """Compile what measures the layers."""
        with arithmetic(self.recipe):
            self.measure.prepare(knobs, state, *data)

    def objective(self, knobs: dict[str, Any]) -> Objective:
        """Return the objective with these knobs in place."""
        return Objective(self.recipe.with_knobs(knobs), self.layout, self.task, self.outputs)

    @cached_property
    def parameter_shapes(self) -> Any:
        """The tree of shapes of everything that training updates, which no knob changes."""
        with arithmetic(self.recipe):
            return self.objective(dict(self.recipe.knobs())).parameter_shapes()

    @cached_property
    def network_facts(self) -> dict[str, Any]:
        """What the record of every run of the structure states about its network."""
        return network_facts(self.parameter_shapes)

    def knobs(self, recipe: Recipe) -> dict[str, np.ndarray]:
        """Return the values that a recipe of this structure gives the program's knobs, as it takes them."""
        number = float_of(self.recipe)
        values = {path: value_at(recipe, path) for path in self.recipe.knobs()}
        return {
            path: np.asarray(value, np.int32 if isinstance(value, int) else number) for path, value in values.items()
        }

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of an objective as a program of this structure that takes its knobs instead."""
        return self._jit(function)

    def _jit(self, function: Callable[..., Any], **options: Any) -> OnceCompiled[Any]:
        def traced(knobs: dict[str, Any], *arguments: Any) -> Any:
            self.compilations += 1
            return function(self.objective(knobs), *arguments)

        traced.__name__ = traced.__qualname__ = f"trainwell_{getattr(function, '__name__', 'program')}"
        return OnceCompiled(jax.jit(traced, compiler_options=compiler_options(), **options))

    def _jit_lanes(self) -> OnceCompiled[Any]:
        def traced(*arguments: Any) -> Any:
            self.compilations += 1
            return advance_together(self.objective, *arguments)

        traced.__name__ = traced.__qualname__ = "trainwell_advance_together"
        return OnceCompiled(jax.jit(traced, compiler_options=compiler_options(), donate_argnums=1))


def value_at(recipe: Recipe, path: str) -> int | float:
    """Return the number that stands at a dotted path."""
    part: Any = recipe
    for step in path.split("."):
        part = part[int(step)] if isinstance(part, tuple) else getattr(part, step)
    return part


def structure_of(recipe: Recipe) -> str:
    """Return what decides the compiled program as text: the recipe without the values of its knobs.

    And without :data:`UNCOMPILED`, what no compiled code reads.
    """
    knobs = recipe.knobs()
    tree = plain(recipe)
    for name in UNCOMPILED:
        del tree[name]
    for path in knobs:
        *steps, last = path.split(".")
        branch = tree
        for step in steps:
            branch = branch[int(step) if isinstance(branch, list) else step]
        branch[last] = "knob"
    return json.dumps(tree, sort_keys=True)


def own_objects(recipe: Recipe) -> tuple[Any, ...]:
    """Return the person's own network, optimizer and loss, which no text describes."""
    parts = (recipe.network, recipe.optimizer, recipe.loss)
    return tuple(Same(part) for part in parts if not isinstance(part, Specification | str))


def types_in(part: Any) -> Iterator[type]:
    """Yield the types of a recipe's parts, so that a class that is defined anew is another structure."""
    if isinstance(part, Specification):
        yield type(part)
        for _, inner in part:
            yield from types_in(inner)
    elif isinstance(part, tuple):
        for inner in part:
            yield from types_in(inner)


class Same:
    """Holds an object and equals only another holder of the very same one."""

    def __init__(self, held: Any):
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.held is other.held

    def __hash__(self) -> int:
        return id(self.held)


_building = threading.Lock()


def program_for(recipe: Recipe, layout: Layout, task: Task, outputs: int) -> Program:
    """Return the program of a recipe's structure, the same object for the same structure."""
    with _building:
        return _program(Key(recipe), layout, task, outputs)


class Key:
    """Stands for a recipe's structure in the table of programs."""

    def __init__(self, recipe: Recipe):
        self.recipe = recipe
        self.identity = structure_of(recipe), own_objects(recipe), tuple(types_in(recipe))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)


@lru_cache(maxsize=STRUCTURES_KEPT)
def _program(key: Key, layout: Layout, task: Task, outputs: int) -> Program:
    return Program(key.recipe, layout, task, outputs)


def forget_programs() -> None:
    """Forget the programs of all structures, so that the next run of each compiles anew."""
    _program.cache_clear()
