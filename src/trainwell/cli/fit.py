"""``trainwell fit``: from a table to a trained network, its scores and its report."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from trainwell.cli import options
from trainwell.cli.progress import watched


def fit(
    file: options.File,
    target: options.Target = None,
    test: options.TestFile = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The folder to write.  [dim]\\[default: runs/NAME][/]", show_default=False
        ),
    ] = None,
    recipe: options.RecipeFile = None,
    preset: options.Preset = "default",
    set_: options.Settings = None,
    seed: options.Seed = None,
    task: options.Task = None,
    weights: options.Weights = None,
    groups: options.Groups = None,
    time: options.Time = None,
    split: options.SplitColumn = None,
    ignore: options.Ignore = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.0, help="Stop training after so many minutes.", show_default=False)
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run in the output folder.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the scores as one JSON object and nothing else.")
    ] = False,
) -> None:
    """Train a network on a table and write a folder with the model, its scores and a report.

    The rows are divided 60/20/20 into training, validation and test parts. Ctrl-C ends training early and keeps the best
    network so far.

    [bold]trainwell fit penguins.csv --target species[/]
    """
    from trainwell.artifact import check_writable
    from trainwell.run import fit as fit_run

    folder = output or free_folder(Path("runs") / file.name.split(".")[0])
    check_writable(folder, overwrite=overwrite)
    data = options.read_data(
        file,
        target,
        test=test,
        task=task,
        weights=weights,
        groups=groups,
        time=time,
        split=split,
        ignore=ignore,
    )
    chosen = options.make_recipe(data, recipe, preset, set_, seed)
    with watched(describe(data), quiet=as_json) as (listener, stage):
        run = fit_run(chosen, data, listener=listener, stage=stage, seconds=minutes * 60 if minutes else None)
        stage("writing")
        run.save(folder, overwrite=overwrite, command=command_line())
    if as_json:
        typer.echo(json.dumps({"run": str(folder), **run.scores}, ensure_ascii=False, allow_nan=False))
    else:
        show_result(run, folder)


def free_folder(wanted: Path) -> Path:
    """Return the folder, or with the next number behind its name where it is taken."""
    taken = 1
    folder = wanted
    while folder.exists():
        taken += 1
        folder = wanted.with_name(f"{wanted.name}-{taken}")
    return folder


def command_line() -> str:
    """Return the command as it was typed."""
    return shlex.join(["trainwell", *sys.argv[1:]])


def describe(data: Any) -> str:
    """Return one line about the data and its parts."""
    return f"{data!r}".strip("<>").removeprefix("Dataset ") + f"\n{data.parts.how}"


def show_result(run: Any, folder: Path) -> None:
    """Print the summary and where the report is."""
    from rich.console import Console

    from trainwell.report import summary

    console = Console(highlight=False)
    console.print(summary(run.report()))
    console.print(
        f"\nThe run is in [bold]{folder}[/]. Open its report: [bold]{folder / 'report.html'}[/]",
        soft_wrap=True,
    )
