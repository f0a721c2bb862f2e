"""A study from its storage, without the recipe or the data: for reports and second thoughts. Trains nothing."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from optuna.storages import BaseStorage

from trainwell.engine import Recipe
from trainwell.engine.ranges import range_of
from trainwell.engine.space import Space
from trainwell.errors import ArtifactError, UnknownNameError, unknown_name
from trainwell.search.defaults import default_space
from trainwell.search.judging import direction_of
from trainwell.search.ledger import IDENTITY, Ledger
from trainwell.search.storing import is_file, quiet, readable, storage_of
from trainwell.search.study import Study
from trainwell.search.trials import ended_of


def open_study(storage: str | Path | BaseStorage, name: str | None = None) -> Study:
    """Return a study as far as its storage holds it, be it finished, stopped or still running elsewhere.

    Args:
        storage: the file, URL or Optuna storage that was given to ``tune``.
        name: which study; may be left out where there is one.

    Raises:
        ArtifactError: no such file, or none of its studies is trainwell's.
        UnknownNameError: no study of that name; or there are several, and none was named.
        RecipeError: the study's recipe held a network or optimizer of one's own, which no storage can hold.
    """
    if is_file(storage) and not Path(str(storage)).is_file():
        raise ArtifactError(f"there is no file {storage}; a study is kept where tune(storage=…) says.")
    identities = identities_in(storage)
    if name is None and len(identities) > 1:
        raise UnknownNameError(
            f"{storage} holds {len(identities)} studies; say which: open_study(storage, name=…). "
            f"Known: {', '.join(identities)}."
        )
    chosen = next(iter(identities)) if name is None else name
    if chosen not in identities:
        raise unknown_name("study", chosen, identities)
    identity = identities[chosen]
    space = space_of(identity)
    direction = direction_of(identity["metric"])
    with closing(Ledger(storage, chosen, space, direction, identity)) as ledger:
        sitting = ledger.last_sitting()
        return Study(
            space=space,
            finished=ended_of(ledger.trials),
            metric=identity["metric"],
            direction=direction,
            strategy=identity["strategy"],
            seed=identity["seed"],
            folds=identity["folds"] or 1,
            seeds=identity["seeds"],
            data_name=chosen,
            plan=sitting.get("plan", {}),
            ended=sitting.get("ended", "not finished" if ledger.pending() else "all trials done"),
        )


def space_of(identity: dict[str, Any]) -> Space:
    """Return the space that a study's identity describes."""
    return Space(
        Recipe.from_dict(identity["recipe"]),
        {path: range_of(span) for path, span in identity["space"].items()},
        {path: span["role"] for path, span in identity["space"].items()},
    )


def space_around(recipe: Recipe, trials: int, storage: str | Path | BaseStorage | None, name: str) -> Space:
    """Return the default space of a recipe, or the one in which a study of that name around it was begun.

    A default space depends on how many trials are asked for; who asks for more later goes on in the same space.
    """
    return space_begun(recipe, storage, name) or default_space(recipe, trials)


def space_begun(recipe: Recipe, storage: str | Path | BaseStorage | None, name: str) -> Space | None:
    """Return the space in which a study around a recipe was begun; none where its storage holds no such study."""
    if storage is None or (is_file(storage) and not Path(str(storage)).is_file()):
        return None
    with suppress(ArtifactError):  # what is wrong with a storage is said where it is opened to go on
        identity = identities_in(storage).get(name)
        if identity is not None and identity["recipe"] == json.loads(json.dumps(recipe.to_dict())):
            return space_of(identity)
    return None


def identities_in(storage: str | Path | BaseStorage) -> dict[str, dict[str, Any]]:
    """Return what each study of a storage is of, by name."""
    with quiet(), readable(str(storage)):
        opened, close = storage_of(storage)
        try:
            studies = opened.get_all_studies()
        finally:
            close()
    found = {study.study_name: study.user_attrs[IDENTITY] for study in studies if IDENTITY in study.user_attrs}
    if not found:
        raise ArtifactError(f"{storage} holds no study of trainwell's; a study is kept where tune(storage=…) says.")
    return found
