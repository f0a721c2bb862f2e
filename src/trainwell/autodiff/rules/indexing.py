"""Rules of looking entries up and of writing into them: where reading copies, the adjoint adds up."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array, lax

from trainwell.autodiff.rules.rule import Derivative, Operation, filled, linear, rule


def add_where_read(operation: Operation, given: Array) -> Array:
    """Return the adjoint of a look-up: each entry's adjoints added up where it was read."""
    read = operation.params["dimension_numbers"]
    written = lax.ScatterDimensionNumbers(
        update_window_dims=read.offset_dims,
        inserted_window_dims=read.collapsed_slice_dims,
        scatter_dims_to_operand_dims=read.start_index_map,
        operand_batching_dims=read.operand_batching_dims,
        scatter_indices_batching_dims=read.start_indices_batching_dims,
    )
    zeros = jnp.zeros_like(operation.a)
    return lax.scatter_add(zeros, operation.b, given, written, mode=operation.params["mode"])


def read_where_written(operation: Operation, values: Array) -> Array:
    """Return the entries of ``values`` at the places a scatter wrote to, in the shape of its updates."""
    written, updates = operation.params["dimension_numbers"], operation.inputs[2]
    read = lax.GatherDimensionNumbers(
        offset_dims=written.update_window_dims,
        collapsed_slice_dims=written.inserted_window_dims,
        start_index_map=written.scatter_dims_to_operand_dims,
        operand_batching_dims=written.operand_batching_dims,
        start_indices_batching_dims=written.scatter_indices_batching_dims,
    )
    single = {*written.inserted_window_dims, *written.operand_batching_dims}
    windows = iter(updates.shape[axis] for axis in written.update_window_dims)
    sizes = tuple(1 if axis in single else next(windows) for axis in range(operation.a.ndim))
    mode = operation.params["mode"]
    return lax.gather(values, operation.b, read, sizes, mode=mode, fill_value=0)


def dynamic_slice_back(operation: Operation, given: Array) -> Array:
    """Return the adjoint of a slice among zeros, at the place the slice was taken from."""
    return lax.dynamic_update_slice(jnp.zeros_like(operation.a), given, operation.inputs[1:])


linear("gather", add_where_read, text="{a}[{b}]", fill_value=0)
linear("dynamic_slice", dynamic_slice_back, text="slice({a})")


def update_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Write the tangent of the update into the tangent of the operand."""
    base, update = filled(tangents[:2], operation.inputs[:2])
    return (operation.apply(base, update, *operation.inputs[2:]),)


def update_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """What was overwritten had no effect; the update gets the adjoint of its place."""
    given: Array = adjoints[0]
    start = operation.inputs[2:]
    base = lax.dynamic_update_slice(given, jnp.zeros_like(operation.b), start)
    return [base, lax.dynamic_slice(given, start, operation.b.shape), *([None] * len(start))]


rule("dynamic_update_slice", update_forward, update_reverse, text="write({b} into {a})")


def scatter_add_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Add the tangents up as the updates were added."""
    base, _, updates = operation.inputs
    own, new = filled([tangents[0], tangents[2]], [base, updates])
    return (operation.apply(own, operation.b, new),)


def scatter_add_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """The operand keeps its adjoint; each update reads the adjoint of the place it was added to."""
    given: Array = adjoints[0]
    return given, None, read_where_written(operation, given)


rule("scatter-add", scatter_add_forward, scatter_add_reverse, text="add({c} into {a})")
rule("scatter_add", scatter_add_forward, scatter_add_reverse, text="add({c} into {a})")


def writers(operation: Operation) -> tuple[Array, Array]:
    """Return the number of each update, from 1, and at every place the number of the one that stayed, or 0."""
    updates = operation.inputs[2]
    numbers = jnp.arange(1, updates.size + 1, dtype=jnp.int32).reshape(updates.shape)
    return numbers, operation.apply(jnp.zeros(operation.a.shape, jnp.int32), operation.b, numbers)


def scatter_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Write the tangents of those updates that stayed."""
    base, _, updates = operation.inputs
    own, new = filled([tangents[0], tangents[2]], [base, updates])
    _, stayed = writers(operation)
    return (jnp.where(stayed > 0, new.ravel()[stayed - 1], own),)


def scatter_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """What was overwritten had no effect; an update that stayed gets the adjoint of its place."""
    given: Array = adjoints[0]
    numbers, stayed = writers(operation)
    effective = read_where_written(operation, stayed) == numbers
    return (
        jnp.where(stayed > 0, 0, given),
        None,
        jnp.where(effective, read_where_written(operation, given), 0),
    )


rule("scatter", scatter_forward, scatter_reverse, text="write({c} into {a})")
