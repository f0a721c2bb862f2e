"""``trainwell fit``: from a table to a trained network, its scores and its report."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trainwell.cli import options, show
from trainwell.cli.progress import tried, watched

if TYPE_CHECKING:
    from trainwell.data import Dataset
    from trainwell.run import Run


def fit(
    file: options.File,
    target: options.Target = None,
    test: options.TestFile = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write.", show_default="runs/NAME"),
    ] = None,
    recipe: options.RecipeFile = None,
    preset: options.Preset = None,
    set_: options.Settings = None,
    seed: options.Seed = None,
    task: options.Task = None,
    weights: options.Weights = None,
    groups: options.Groups = None,
    time: options.Time = None,
    split: options.SplitColumn = None,
    ignore: options.Ignore = None,
    kind: options.Kinds = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            callback=options.above_zero,
            metavar="NUMBER",
            help="Stop training after so many minutes.",
            show_default=False,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the state of training here every minute.", show_default=False),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint, if there is one yet; ends in the same bits.")
    ] = False,
    treat: Annotated[
        bool,
        typer.Option("--treat", help="Try the remedies of what is found, over 5 seeds; keep the cured recipe."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Train even where the data make training pointless.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run in the output folder.")] = False,
    as_json: options.Json = False,
) -> None:
    """Train a network on a table and write a folder with the model, its scores and a report.

    The rows are divided 60/20/20 into training, validation and test parts. Ctrl-C ends training early and keeps the
    best network so far.

    **trainwell fit penguins.csv --target species**
    """
    from trainwell.artifact import check_writable
    from trainwell.run import fit as fit_run

    folder = output or default_folder(file, taken_too=overwrite)
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
        kinds=kind,
    )
    chosen = options.make_recipe(data, recipe, preset, set_, seed)
    with watched(describe(data, target), quiet=as_json) as (listener, stage):
        seconds = None if minutes is None else minutes * 60
        run = fit_run(
            chosen,
            data,
            listener=listener,
            stage=stage,
            seconds=seconds,
            checkpoint=checkpoint,
            resume=resume,
            force=force,
        )
        if not treat:
            stage("writing")
            run.save(folder, overwrite=overwrite, command=command_line())
    if treat:
        with tried(quiet=as_json) as trying:
            run = run.treated(listener=trying)
        run.save(folder, overwrite=overwrite, command=command_line())
    if as_json:
        show.print_scores(folder, run.scores)
    else:
        show_result(run, folder)


def default_folder(file: Path, *, taken_too: bool) -> Path:
    """Return ``runs/NAME``, with the next free number behind it unless a taken one will do."""
    wanted = folder = Path("runs") / (file.name.split(".")[0] or "run")
    number = 1
    while folder.exists() and not taken_too:
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


def command_line() -> str:
    """Return the command as it was typed."""
    return shlex.join(["trainwell", *sys.argv[1:]])


def describe(data: Dataset, target: list[str] | None) -> str:
    """Return a few lines about the data: what they are, a target that was guessed, what is left out, the parts."""
    left_out = [
        f"{column.name} ({column.kind})"
        for column in data.columns
        if column.use == "left out" and column.name in data.inputs
    ]
    lines = [f"{data!r}".strip("<>").removeprefix("Dataset ")]
    if not target and set(data.target.names) <= set(data.aside.columns):
        lines.append(f"target {', '.join(data.target.names)}, guessed: name another with --target")
    lines += [f"left out: {', '.join(left_out)}"] if left_out else []
    return "\n".join([*lines, f"divided {data.parts.how}"])


def show_result(run: Run, folder: Path) -> None:
    """Print the summary and where the report is."""
    from rich.console import Console
    from rich.text import Text

    from trainwell.report import summary

    console = Console(highlight=False)
    console.print(summary(run.report()))
    places = Text.assemble(
        "The run is in ", (str(folder), "bold"), ". Open its report: ", (str(folder / "report.html"), "bold")
    )
    console.print(places, soft_wrap=True)
