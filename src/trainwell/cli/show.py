"""``trainwell show``: what a run folder holds, in the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from trainwell.cli import options


def show(run: options.RunFolder, as_json: options.Json = False) -> None:
    """Show the scores, curves, findings and answers of a run, or the scores of an ensemble.

    **trainwell show runs/penguins**
    """
    from rich.console import Console

    from trainwell.artifact import ENSEMBLE, load_ensemble_scores, load_report
    from trainwell.report import summary
    from trainwell.report.terminal import ensemble_table

    if (run / ENSEMBLE).is_file():
        scores = load_ensemble_scores(run)
        if as_json:
            print_scores(run, scores)
        else:
            Console(highlight=False).print(ensemble_table(scores))
        return
    report = load_report(run)
    if as_json:
        print_scores(run, report.scores)
    else:
        Console(highlight=False).print(summary(report))


def print_scores(folder: Path, scores: Mapping[str, Any]) -> None:
    """Print one JSON object, in ASCII so that it survives any terminal's encoding."""
    typer.echo(json.dumps({"run": str(folder), **scores}, allow_nan=False))
