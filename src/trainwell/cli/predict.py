"""``trainwell predict``: answers for new rows from a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli import options


def predict(
    run: options.RunFolder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The table with the new rows.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The CSV file to write.", show_default="the screen"),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="NUMBER",
            help="Answer so many times with dropout left on; add columns with the spread.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, options.seed_option("The seed of the samples.")] = 0,
    overwrite: options.OverwriteFile = False,
) -> None:
    """Predict every row of a table and write the answers with their probabilities as CSV.

    Columns may be in any order; extra ones are ignored. With --samples, the answers are means, and their deviations
    say how sure the network is (Monte-Carlo dropout).

    **trainwell predict runs/penguins new.csv -o answers.csv**
    """
    from trainwell.artifact import load
    from trainwell.prediction import predict_table
    from trainwell.writing import refuse_existing, refuse_spoiling, write_whole

    if output is not None:
        refuse_spoiling(output, file=file, folder=run)
        refuse_existing(output, overwrite=overwrite)
    answers = predict_table(load(run), str(file), samples=samples, seed=seed)
    if output is None:
        typer.echo(answers.write_csv(), nl=False)
    else:
        write_whole(output, answers.write_csv(), overwrite=overwrite)
        typer.echo(f"{len(answers)} predictions are in {output}.", err=True)
