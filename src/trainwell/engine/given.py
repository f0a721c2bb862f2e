"""What a call was given to work on: a recipe and data in whichever order, or data alone. Not for checking either."""

from __future__ import annotations

from trainwell.data import Dataset
from trainwell.engine.presets import default_recipe
from trainwell.engine.recipe import Recipe
from trainwell.errors import DataError


def told_apart(asked: str, *given: object) -> tuple[Recipe, Dataset]:
    """Return the recipe, the default one unless given, and the data, in whichever order they came.

    Raises:
        DataError: there are no data, or something besides; the message names what was ``asked``.
    """
    recipe = next((one for one in given if isinstance(one, Recipe)), None)
    data = next((one for one in given if isinstance(one, Dataset)), None)
    strange = [type(one).__name__ for one in given if not (one is None or one is recipe or one is data)]
    if data is None or strange:
        received = f", but got {strange[0]}" if strange else ""
        raise DataError(
            f"{asked} needs data and maybe a recipe{received}: "
            f"tw.{asked}(recipe, tw.read('file.csv', target='column'))."
        )
    return recipe or default_recipe(data), data
