"""``trainwell backprop``: one training step of a small network, every number by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli import options


def backprop(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="The network as TOML; the lectures' example without one.", show_default=False
        ),
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Print the example's file, to edit, and stop.")] = False,
    html: options.Html = None,
    overwrite: options.OverwritePage = False,
) -> None:
    """Take one training step of a small network and show all of it: sums, activations, errors, gradients, new weights.

    **trainwell backprop --example > net.toml**, edit it, then **trainwell backprop net.toml --html step.html**
    """
    from trainwell.explanation import example_net, step_of_file, step_page
    from trainwell.writing import write_whole

    if example:
        typer.echo(example_net(), nl=False)
        return
    step = step_of_file(file)
    if html is not None:
        write_whole(html, step_page(step), overwrite=overwrite)
    typer.echo(str(step))
    options.say_written(html)
