"""``trainwell rate``: the learning-rate range test on a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli import options
from trainwell.cli.fit import command_line, describe


def rate(
    file: options.File,
    target: options.Target = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The page to write.", show_default="runs/NAME-rate.html, replaced"
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="Trainings to take the median of.")] = 3,
    lowest: Annotated[float, typer.Option(min=0.0, metavar="NUMBER", help="The rate of the first update.")] = 1e-6,
    highest: Annotated[float, typer.Option(min=0.0, metavar="NUMBER", help="The rate of the last update.")] = 10.0,
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
    overwrite: options.OverwriteFile = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the finding as one JSON object.")] = False,
) -> None:
    """Find a good learning rate: train briefly while the rate grows, and draw the loss against it.

    Only training rows are looked at. Use what it names: **trainwell fit FILE --target COLUMN --set
    optimizer.learning_rate=0.003**

    **trainwell rate penguins.csv --target species**
    """
    from rich.console import Console

    from trainwell.engine.rates import rate_range
    from trainwell.report.rates import rate_lines, render_rates
    from trainwell.writing import write_whole

    data = options.read_data(
        file, target, task=task, weights=weights, groups=groups, time=time, split=split, ignore=ignore, kinds=kind
    )
    chosen = options.make_recipe(data, recipe, preset, set_, seed)
    if not as_json:
        typer.echo(describe(data, target), err=True)
    found = rate_range(chosen, data, lowest=lowest, highest=highest, seeds=seeds).to_dict()
    page = output or Path("runs") / f"{file.name.split('.')[0] or 'data'}-rate.html"
    title = f"{', '.join(data.target.names)} from {data.name}"
    write_whole(page, render_rates(found, title, command_line()), overwrite=overwrite or output is None)
    if as_json:
        typer.echo(json.dumps({"page": str(page)} | found, allow_nan=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(rate_lines(found))
    console.print(f"Open the picture: [bold]{page}[/]")
