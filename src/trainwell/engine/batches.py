"""How training rows divide into updates: the recipe's batch size, ``"all"`` for every row at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainwell.engine.recipe import Recipe

#: The batch size of full-batch descent.
ALL = "all"


def read_batch_size(value: Any) -> Any:
    """Return a batch size as recipes hold it, or raise ``ValueError``.

    >>> read_batch_size("all"), read_batch_size(64)
    ('all', 64)
    """
    if isinstance(value, str) and value == ALL:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value < 2**31 and value == value // 1:
        return int(value)
    raise ValueError('input should be a whole number of rows, 1 to 2147483647, or "all"')


def rows_per_update(recipe: Recipe, rows: int) -> int:
    """Return the rows of one update, out of so many training rows.

    >>> from trainwell.engine import Recipe
    >>> rows_per_update(Recipe(batch_size=64), 1000), rows_per_update(Recipe(batch_size="all"), 1000)
    (64, 1000)
    """
    return rows if recipe.batch_size == ALL else recipe.batch_size


def updates_per_epoch(recipe: Recipe, rows: int) -> int:
    """Return the updates of an epoch over so many training rows, the last short batch counted.

    >>> from trainwell.engine import Recipe
    >>> updates_per_epoch(Recipe(batch_size=64), 1000), updates_per_epoch(Recipe(batch_size="all"), 1000)
    (16, 1)
    """
    return -(-rows // rows_per_update(recipe, rows))


def planned_updates(recipe: Recipe, rows: int) -> int:
    """Return the most updates that a run makes: all epochs', or the recipe's ``max_steps`` if they are fewer.

    >>> from trainwell.engine import Recipe
    >>> planned_updates(Recipe(batch_size=64, max_epochs=10, max_steps=50), 1000)
    50
    """
    updates = recipe.max_epochs * updates_per_epoch(recipe, rows)
    return updates if recipe.max_steps is None else min(updates, recipe.max_steps)
