"""``trainwell explain``: one row through a trained network, forward, backward and updated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli import options


def explain(
    run: options.RunFolder,
    row: Annotated[
        int,
        typer.Option("--row", metavar="NUMBER", help="Which row, counted from 1 below the header.", show_default=False),
    ],
    data: Annotated[
        Path | None,
        options.option("--data", "The table that holds the row; the one the run was trained on unless said.", "FILE"),
    ] = None,
    about: Annotated[
        str | None,
        options.option("--about", "The class or target that the influences are about; the answer unless said.", "NAME"),
    ] = None,
    learning_rate: Annotated[
        float | None,
        options.option("--learning-rate", "The step size of the update; the recipe's unless said.", "NUMBER"),
    ] = None,
    html: options.Html = None,
    overwrite: options.OverwritePage = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the main numbers as one JSON object.")] = False,
) -> None:
    """Open one row: every layer's values and errors, what moved the answer, and one update of the weights.

    With --html, a page draws the network and steps through forward, backward and update.

    **trainwell explain runs/penguins --row 7 --html row7.html**
    """
    from trainwell.explanation import explain, explanation_page
    from trainwell.writing import write_whole

    explained = explain(run, row, data=data, about=about, learning_rate=learning_rate)
    if html is not None:
        write_whole(html, explanation_page(explained), overwrite=overwrite)
    typer.echo(json.dumps(explained.to_dict(), allow_nan=False, default=str) if as_json else str(explained))
    options.say_written(html)
