"""``trainwell diagnose``: what the clinic finds in a run, or in the record of a loop in another framework."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli import options

FAULTY = 1


def diagnose(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="A run folder, or what an adapter saved from a PyTorch or Keras loop.",
            show_default=False,
        ),
    ],
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the findings as a page, too.", show_default=False)
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where there is a fault, for pipelines.")
    ] = False,
    overwrite: options.OverwritePage = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as one JSON object.")] = False,
) -> None:
    """Say what is wrong with a training run: the evidence, the likely cause and what to change.

    **trainwell diagnose runs/penguins**
    """
    from rich.console import Console

    from trainwell.diagnosing import diagnosis_of
    from trainwell.report import render
    from trainwell.report.diagnosis import diagnosis
    from trainwell.writing import write_whole

    report = diagnosis_of(run)
    if html is not None:
        write_whole(html, render(report), overwrite=overwrite)
    if as_json:
        found = {"run": str(run), "findings": list(report.findings), "answers": list(report.answers)}
        typer.echo(json.dumps(found, allow_nan=False))
    else:
        Console(highlight=False).print(diagnosis(report))
    if strict and any(finding.get("severity") == "fault" for finding in report.findings):
        raise typer.Exit(FAULTY)
