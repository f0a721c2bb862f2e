"""``trainwell show``: what a run folder holds, in the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def show(
    run: Annotated[Path, typer.Argument(help="The folder that trainwell fit wrote.", show_default=False)],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the scores as one JSON object and nothing else.")
    ] = False,
) -> None:
    """Show the scores, curves, findings and answers of a run.

    [bold]trainwell show runs/penguins[/]
    """
    from rich.console import Console

    from trainwell.artifact import load_report
    from trainwell.report import summary

    report = load_report(run)
    if as_json:
        typer.echo(json.dumps({"run": str(run), **report.scores}, ensure_ascii=False, allow_nan=False))
    else:
        Console(highlight=False).print(summary(report))
