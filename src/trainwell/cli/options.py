"""Options that several commands share, each worded once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainwell.errors import DataError, RecipeError

if TYPE_CHECKING:
    from trainwell.data import Dataset
    from trainwell.engine import Recipe


def option(*words: str) -> Any:
    """Return an option: its names, what it is for, and what stands for its value in the help."""
    *names, sentence, value = words
    return typer.Option(*names, help=sentence, metavar=value, show_default=False)


def seed_option(sentence: str, *, show_default: bool = True) -> Any:
    """Return the option of a seed, a whole number from 0 to 2³¹ − 1 in every command."""
    return typer.Option("--seed", min=0, max=2**31 - 1, help=sentence, metavar="NUMBER", show_default=show_default)


def above_zero(value: float | None) -> float | None:
    """Return the value of an option; refuse one that is not above 0."""
    if value is not None and not value > 0:
        raise typer.BadParameter("Input should be greater than 0")
    return value


File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="The table (CSV, TSV, Parquet, JSON lines), arrays (npz, idx), or a folder of pictures.",
        show_default=False,
    ),
]
RunFolder = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="The folder that trainwell fit wrote.", show_default=False),
]
Target = Annotated[
    list[str] | None,
    option(
        "--target",
        "-t",
        "The column to predict; repeat it for several. May be left out where one is called target, class, label or y.",
        "COLUMN",
    ),
]
TestFile = Annotated[Path | None, option("--test", "A second file that serves as the test part.", "FILE")]
Task = Annotated[
    str | None,
    option("--task", "binary, multiclass, multilabel, regression or reconstruction; guessed unless said.", "NAME"),
]
Weights = Annotated[str | None, option("--weights", "A column that says how much each row counts.", "COLUMN")]
Groups = Annotated[
    str | None,
    option("--groups", "A column whose equal rows stay in one part, such as the patient.", "COLUMN"),
]
Time = Annotated[str | None, option("--time", "A column to divide by: the latest rows are the test part.", "COLUMN")]
SplitColumn = Annotated[str | None, option("--split", "A column that says train, validation or test.", "COLUMN")]
Ignore = Annotated[list[str] | None, option("--ignore", "A column to leave out; repeatable.", "COLUMN")]
Kinds = Annotated[
    list[str] | None,
    option("--kind", "What a column is, such as age=number, zip=category; repeatable.", "COLUMN=KIND"),
]
RecipeFile = Annotated[Path | None, option("--recipe", "-r", "A recipe file, as trainwell recipe prints it.", "FILE")]
Preset = Annotated[
    str | None,
    option("--preset", "The recipe to begin with: default, or lecture for the textbook's.", "NAME"),
]
Settings = Annotated[
    list[str] | None,
    option(
        "--set",
        "-s",
        "Change one field, such as optimizer.learning_rate=0.01; repeatable.",
        "FIELD=VALUE",
    ),
]
Seed = Annotated[int | None, seed_option("The seed of every random number.", show_default=False)]
Html = Annotated[Path | None, option("--html", "Write a page to step through, in one file.", "FILE")]
OverwriteFile = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")]
OverwritePage = Annotated[bool, typer.Option("--overwrite", help="Replace the page if it exists.")]
Json = Annotated[bool, typer.Option("--json", help="Print the scores as one JSON object and nothing else.")]


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
    kinds: list[str] | None = None,
) -> Dataset:
    """Read the table as the options say."""
    from trainwell.data import read

    if groups and time:
        raise DataError("--groups and --time both say how to divide the rows: give one of them.")
    return read(
        str(file),
        target=target[0] if target and len(target) == 1 else target,
        test=str(test) if test else None,
        task=task,
        weights=weights,
        groups=groups,
        time=time,
        split=split,
        ignore=ignore or (),
        kinds=dict(parse_kind(text) for text in kinds or ()),
    )


def make_recipe(
    data: Dataset, file: Path | None, preset: str | None, settings: list[str] | None, seed: int | None
) -> Recipe:
    """Return the recipe that the options describe."""
    from trainwell.engine import Recipe, default_recipe

    if file and preset:
        raise RecipeError("--recipe and --preset both say which recipe to begin with: give one of them.")
    recipe = Recipe.read(file) if file else default_recipe(data, preset or "default")
    changes = dict(parse_setting(text) for text in settings or ())
    if seed is not None:
        changes["seed"] = seed
    return recipe.with_settings(changes)


def say_written(page: Path | None) -> None:
    """Say where a page is, if one was written, beside what the command prints."""
    if page is not None:
        typer.echo(f"{page} is written; open it in a browser.", err=True)


def parse_kind(text: str) -> tuple[str, str]:
    """Divide ``column=kind`` at the last equals sign.

    >>> parse_kind("age=number")
    ('age', 'number')
    """
    column, equals, kind = text.rpartition("=")
    if not equals:
        raise DataError(f"--kind takes COLUMN=KIND, such as age=number, but got {text!r}.")
    return column, kind


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
