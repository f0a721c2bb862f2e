"""A study from its storage, without the recipe or the data: for reports and second thoughts. Trains nothing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from optuna.storages import BaseStorage

from trainwell.engine import Recipe
from trainwell.engine.ranges import range_of
from trainwell.engine.space import Space
from trainwell.errors import ArtifactError, unknown_name
from trainwell.search.ledger import IDENTITY, Ledger
from trainwell.search.storing import is_file, quiet, readable, storage_of
from trainwell.search.study import Study


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
    chosen = next(iter(identities)) if name is None and len(identities) == 1 else name
    if chosen not in identities:
        raise unknown_name("study", str(chosen), identities)
    identity = identities[chosen]
    recipe = Recipe.from_dict(identity["recipe"])
    space = Space(
        recipe,
        {path: range_of(span) for path, span in identity["space"].items()},
        {path: span["role"] for path, span in identity["space"].items()},
    )
    direction = "minimize" if identity["metric"] == "rmse" else "maximize"
    with closing(Ledger(storage, chosen, space, direction, identity)) as ledger:  # type: ignore[arg-type]
        return Study(
            space=space,
            finished=tuple(trial for trial in ledger.trials if trial.state != "running"),
            metric=identity["metric"],
            direction=direction,  # type: ignore[arg-type]
            strategy=identity["strategy"],
            seed=identity["seed"],
            folds=identity["folds"] or 1,
            seeds=identity["seeds"],
            data_name=chosen,
        )


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
