"""``trainwell ensemble``: one recipe trained several times, whose networks answer together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli import options
from trainwell.cli.fit import default_folder, describe


def ensemble(
    file: options.File,
    target: options.Target = None,
    test: options.TestFile = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="The folder to write.", show_default="runs/NAME-ensemble"
        ),
    ] = None,
    members: Annotated[int, typer.Option(min=2, metavar="NUMBER", help="How many networks.")] = 5,
    bagging: Annotated[
        bool, typer.Option("--bagging", help="Train each on a bootstrap sample of the training rows.")
    ] = False,
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
            help="Keep what is finished after so many minutes.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is in the output folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as one JSON object.")] = False,
) -> None:
    """Train one recipe several times and write the networks, whose answers are averaged, into a folder.

    They differ by their seeds, and with --bagging by their rows. Predict with them as with a run: **trainwell predict
    runs/penguins-ensemble new.csv**

    **trainwell ensemble penguins.csv --target species --members 5**
    """
    from rich.console import Console

    from trainwell.artifact import check_writable
    from trainwell.averaging import bagging as bagged
    from trainwell.averaging import deep_ensemble

    named = default_folder(file, taken_too=True)
    folder = output or default_folder(named.with_name(f"{named.name}-ensemble"), taken_too=overwrite)
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
    if not as_json:
        typer.echo(describe(data, target), err=True)
    train = bagged if bagging else deep_ensemble
    averaged = train(chosen, data, members=members, seconds=None if minutes is None else minutes * 60)
    averaged.save(folder, overwrite=overwrite)
    if as_json:
        scores = {"ensemble": averaged.scores, "members": list(averaged.members)}
        typer.echo(json.dumps({"folder": str(folder)} | scores, allow_nan=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(averaged.text, markup=False)
    console.print(f"The networks are in [bold]{folder}[/]. Predict: trainwell predict {folder} FILE")
