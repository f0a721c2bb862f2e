"""``trainwell examples``: real tables to try things on, written as CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli import options


def examples(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The example to write; all are listed without.", show_default=False),
    ] = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write the file to."),
    ] = Path("."),
    overwrite: options.OverwriteFile = False,
) -> None:
    """List real data sets to try, or write one as a CSV file.

    **trainwell examples breast_cancer**
    """
    from trainwell.examples import EXAMPLES, write_example

    if name is None:
        for entry in EXAMPLES.entries():
            typer.echo(f"{entry.name:<14} {entry.member.sentence}")
        return
    path = write_example(name, output, overwrite=overwrite)
    typer.echo(f"{path} is written. Try: trainwell fit {path} --target {EXAMPLES[name].target}")
