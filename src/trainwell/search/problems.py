"""The problems of a study: each fold encoded once for every way of encoding that its recipes ask for."""

from __future__ import annotations

from collections import OrderedDict

from trainwell.data import Dataset
from trainwell.engine import Problem, Recipe, prepare
from trainwell.engine.problem import refuse_misfit, way_of
from trainwell.engine.program import Key
from trainwell.layout import Layout
from trainwell.search.folds import Fold

#: Ways of encoding that are held at a time, over all folds; more are encoded anew when they come up again.
ENCODINGS_HELD = 4


class Problems:
    """Encoded data by fold, made when first asked for. Asked by one thread."""

    def __init__(self, data: Dataset, folds: list[Fold]):
        self.data, self.folds = data, folds
        self._held: OrderedDict[str, dict[int, Problem]] = OrderedDict()
        self._asked: tuple[Recipe, str, Key] | None = None
        self._fitting: set[tuple[Key, Layout]] = set()

    def of(self, recipe: Recipe, fold: int) -> Problem:
        """Return the problem of a fold, encoded as a recipe says by what the fold's training rows show.

        Raises:
            DataError: as :func:`prepare` does.
            RecipeError: likewise; every structure is looked at, also where another had the rows encoded.
        """
        if self._asked is None or recipe is not self._asked[0]:  # the folds of a trial ask in turn by the same recipe
            self._asked = recipe, way_of(recipe), Key(recipe)
        _, way, structure = self._asked
        by_fold = self._held.setdefault(way, {})
        self._held.move_to_end(way)
        if len(self._held) > ENCODINGS_HELD:
            self._held.popitem(last=False)
        if fold not in by_fold:
            rows = self.folds[fold]
            by_fold[fold] = prepare(recipe, self.data, rows.training, rows.validation)
        problem = by_fold[fold]
        if (structure, problem.layout) not in self._fitting:
            refuse_misfit(recipe, problem.layout, self.data)
            self._fitting.add((structure, problem.layout))
        return problem
