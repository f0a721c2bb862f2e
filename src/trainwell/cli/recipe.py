"""``trainwell recipe``: the recipe for a table as a file to read, edit and use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli import options


def recipe(
    file: options.File,
    target: options.Target = None,
    preset: options.Preset = "default",
    set_: options.Settings = None,
    seed: options.Seed = None,
    task: options.Task = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The file to write.  [dim]\\[default: the screen][/]", show_default=False
        ),
    ] = None,
) -> None:
    """Print the recipe that trainwell fit would follow for a table, a comment on every line.

    Edit it and train by it: [bold]trainwell fit FILE --target COLUMN --recipe recipe.toml[/]
    """
    from trainwell.engine.toml import write_toml
    from trainwell.errors import ArtifactError

    data = options.read_data(file, target, task=task)
    text = write_toml(options.make_recipe(data, None, preset, set_, seed), comments=True)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise ArtifactError(f"cannot write {output}: {problem.strerror}.") from None
