"""``trainwell recipe``: the recipe for a table as a file to read, edit and use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli import options


def recipe(
    file: options.File,
    target: options.Target = None,
    preset: options.Preset = None,
    set_: options.Settings = None,
    seed: options.Seed = None,
    task: options.Task = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The file to write.", show_default="the screen"),
    ] = None,
    overwrite: options.OverwriteFile = False,
) -> None:
    """Print the recipe that trainwell fit would follow for a table, a comment on every line.

    Edit it and train by it: **trainwell fit FILE --target COLUMN --recipe recipe.toml**
    """
    from trainwell.engine.toml import write_toml
    from trainwell.writing import write_whole

    data = options.read_data(file, target, task=task)
    text = write_toml(options.make_recipe(data, None, preset, set_, seed), comments=True)
    if output is None:
        typer.echo(text, nl=False)
        return
    write_whole(output, text, overwrite=overwrite)
    typer.echo(f"{output} is written. Edit it, then: trainwell fit … --recipe {output}", err=True)
