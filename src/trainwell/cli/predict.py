"""``trainwell predict``: answers for new rows from a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def predict(
    run: Annotated[Path, typer.Argument(help="The folder that trainwell fit wrote.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="The table with the new rows.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The CSV file to write.  [dim]\\[default: the screen][/]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Predict every row of a table and write the answers with their probabilities as CSV.

    Columns may be in any order; extra ones are ignored.

    [bold]trainwell predict runs/penguins new.csv -o answers.csv[/]
    """
    from trainwell.artifact import load
    from trainwell.prediction import predict_table, write_csv

    answers = predict_table(load(run), str(file))
    if output is None:
        typer.echo(answers.write_csv(), nl=False)
    else:
        write_csv(answers, output)
        typer.echo(f"{len(answers)} predictions are in {output}.", err=True)
