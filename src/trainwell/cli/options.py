"""Options that several commands share, each worded once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainwell.errors import RecipeError

if TYPE_CHECKING:
    from trainwell.data import Dataset
    from trainwell.engine import Recipe

File = Annotated[
    Path, typer.Argument(help="The table: CSV, TSV, Parquet, JSON lines or npz.", show_default=False)
]
Target = Annotated[
    list[str] | None,
    typer.Option("--target", "-t", help="The column to predict; repeat it for several.", show_default=False),
]
TestFile = Annotated[
    Path | None,
    typer.Option("--test", help="A second file that serves as the test part.", show_default=False),
]
Task = Annotated[
    str | None,
    typer.Option(
        help="binary, multiclass, multilabel or regression; guessed unless said.", show_default=False
    ),
]
Weights = Annotated[
    str | None, typer.Option(help="A column that says how much each row counts.", show_default=False)
]
Groups = Annotated[
    str | None,
    typer.Option(help="A column whose equal rows stay in one part, such as the patient.", show_default=False),
]
Time = Annotated[
    str | None,
    typer.Option(help="A column to divide by: the latest rows are the test part.", show_default=False),
]
SplitColumn = Annotated[
    str | None,
    typer.Option("--split", help="A column that says train, validation or test.", show_default=False),
]
Ignore = Annotated[
    list[str] | None, typer.Option(help="A column to leave out; repeatable.", show_default=False)
]
RecipeFile = Annotated[
    Path | None,
    typer.Option("--recipe", "-r", help="A recipe file, as trainwell recipe prints it.", show_default=False),
]
Preset = Annotated[
    str, typer.Option(help="The recipe to begin with: default, or lecture for the textbook's.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        "-s",
        help="Change one field, such as optimizer.learning_rate=0.01; repeatable.",
        show_default=False,
    ),
]
Seed = Annotated[int | None, typer.Option(help="The seed of every random number.", show_default=False)]


def read_data(
    file: Path,
    target: list[str] | None,
    *,
    test: Path | None = None,
    task: str | None = None,
    weights: str | None = None,
    groups: str | None = None,
    time: str | None = None,
    split: str | None = None,
    ignore: list[str] | None = None,
) -> Dataset:
    """Read the table as the options say."""
    from trainwell.data import Split, read

    named = target[0] if target and len(target) == 1 else target
    by: dict[str, Any] = {"split": split} if split else {}
    if groups:
        by = {"split": Split(by="group"), "groups": groups}
    if time:
        by = {"split": Split(by="time"), "time": time}
    return read(
        str(file),
        target=named,
        test=str(test) if test else None,
        task=task,
        weights=weights,
        ignore=ignore or (),
        **by,
    )


def make_recipe(
    data: Dataset, file: Path | None, preset: str, settings: list[str] | None, seed: int | None
) -> Recipe:
    """Return the recipe that the options describe."""
    from trainwell.engine import Recipe, default_recipe

    recipe = Recipe.read(file) if file else default_recipe(data, preset)
    changes = dict(parse_setting(text) for text in settings or ())
    if seed is not None:
        changes["seed"] = seed
    return recipe.with_settings(changes)


def parse_setting(text: str) -> tuple[str, Any]:
    """Divide ``path=value``; the value is read as JSON where it can be, else as text.

    >>> parse_setting("optimizer.learning_rate=0.01"), parse_setting("network.activation=tanh")
    (('optimizer.learning_rate', 0.01), ('network.activation', 'tanh'))
    """
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise RecipeError(f"--set takes FIELD=VALUE, such as optimizer.learning_rate=0.01, but got {text!r}.")
    try:
        return path.strip(), json.loads(value)
    except json.JSONDecodeError:
        return path.strip(), value.strip()
