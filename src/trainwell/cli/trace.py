"""``trainwell trace``: an expression evaluated and differentiated step by step."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from trainwell.cli import options
from trainwell.errors import DataError


def trace(
    expression: Annotated[
        str,
        typer.Argument(
            metavar="EXPRESSION",
            help="Arithmetic with names, such as 'x1*x2 + exp(x1*x2) - sin(x2)'; powers are **.",
            show_default=False,
        ),
    ],
    at: Annotated[
        list[str] | None,
        options.option("--at", "A variable's value, such as x1=2 or x=pi/2; one for each.", "NAME=NUMBER"),
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", metavar="NAME", help="reverse: one pass for all; forward: one per variable.")
    ] = "reverse",
    wrt: Annotated[
        list[str] | None,
        options.option("--wrt", "In forward mode, the variable to differentiate by; repeatable.", "NAME"),
    ] = None,
    html: options.Html = None,
    overwrite: options.OverwritePage = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Show how a formula is evaluated and differentiated: every step, every derivative, and the sums between them.

    The expression is read, never run: it may hold numbers, names, + - * / **, parentheses and the usual functions.

    **trainwell trace "x1*x2 + exp(x1*x2) - sin(x2)" --at x1=2 --at x2=3**
    """
    from trainwell.explanation import open_formula, trace_page
    from trainwell.writing import write_whole

    opened = open_formula(expression, point(at or []), mode=mode, by=wrt or ())
    if html is not None:
        write_whole(html, trace_page(opened), overwrite=overwrite)
    typer.echo(json.dumps(opened.to_dict(), allow_nan=False) if as_json else str(opened))
    options.say_written(html)


def point(settings: list[str]) -> dict[str, float]:
    """Return the values that the options give the variables.

    >>> point(["x=2", "y=1/4"])
    {'x': 2.0, 'y': 0.25}
    """
    from trainwell.autodiff import read_expression

    values: dict[str, float] = {}
    for setting in settings:
        name, equals, value = (piece.strip() for piece in setting.partition("="))
        if not (name and equals and value):
            raise DataError(f"--at takes NAME=NUMBER, such as x1=2, but got {setting!r}.")
        if name in values:
            raise DataError(f"--at gives {name} twice; give each variable one value.")
        values[name] = read_expression(value).constant()
    return values
