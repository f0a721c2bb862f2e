"""``trainwell tune``: from a table to the recipe that suits it best, what the search taught, and an ensemble."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainwell.cli import options
from trainwell.cli.fit import command_line, default_folder, describe
from trainwell.cli.progress import searched

if TYPE_CHECKING:
    from trainwell.tuning import Tuned


def tune(
    file: options.File,
    target: options.Target = None,
    test: options.TestFile = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write.", show_default="runs/NAME-study"),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="Settings to try.", show_default="64, or what --minutes allow"),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            callback=options.above_zero,
            metavar="NUMBER",
            help="Time for everything, the ensemble included.",
            show_default=False,
        ),
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="grid, random, quasi-random, halving, coarse-to-fine, bayesian, gaussian-process or explore-exploit.",
            show_default="quasi-random; explore-exploit with --minutes",
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(min=2, metavar="NUMBER", help="Cross-validate every trial in so many parts.", show_default=False),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="Trainings of every trial and fold.")] = 1,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The score to search by, such as average_precision, balanced_accuracy, log_loss, mae.",
            show_default="accuracy, micro_f1 for several labels, rmse for numbers",
        ),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Keep the study in this file, or at this URL, and go on with it.", show_default=False
        ),
    ] = None,
    ensemble: Annotated[
        int,
        typer.Option(
            min=0, metavar="NUMBER", help="Networks in the ensemble of the best, more where time is left; 0 for none."
        ),
    ] = 5,
    recipe: options.RecipeFile = None,
    preset: options.Preset = None,
    set_: options.Settings = None,
    seed: options.Seed = None,
    task: options.Task = None,
    weights: options.Weights = None,
    groups: options.Groups = None,
    time: options.Time = None,
    split: options.SplitColumn = None,
    ignore: options.Ignore = None,
    kind: options.Kinds = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the study in the output folder.")] = False,
    as_json: options.Json = False,
) -> None:
    """Search for the recipe that suits a table best, and write the best network, an ensemble and what was learned.

    The search looks at validation rows alone; the test part is scored at the end. Ctrl-C ends the search and goes on
    with what it has found; once more, it ends the training of the best recipe, and the study alone is written.

    **trainwell tune penguins.csv --target species --minutes 5**
    """
    from trainwell.artifact import check_writable
    from trainwell.errors import RecipeError
    from trainwell.search import AllDivergedError
    from trainwell.tuning import RefitInterruptedError, TunedStudy, tune_whole

    fitted = default_folder(file, taken_too=True)
    folder = output or default_folder(fitted.with_name(f"{fitted.name}-study"), taken_too=overwrite)
    check_writable(folder, overwrite=overwrite)
    data = options.read_data(
        file,
        target,
        test=test,
        task=task,
        weights=weights,
        groups=groups,
        time=time,
        split=split,
        ignore=ignore,
        kinds=kind,
    )
    chosen = options.make_recipe(data, recipe, preset, set_, seed)
    seconds = None if minutes is None else minutes * 60
    how: dict[str, Any] = {"strategy": strategy, "folds": folds, "seeds": seeds, "storage": storage, "metric": metric}
    saving: dict[str, Any] = {"overwrite": overwrite, "command": command_line()}
    with searched(describe(data, target), seconds=seconds, quiet=as_json) as listener:
        try:
            tuned = tune_whole(data, chosen, trials=trials, seconds=seconds, members=ensemble, listener=listener, **how)
        except AllDivergedError as problem:
            TunedStudy(problem.study, data).save(folder, **saving)
            raise RecipeError(f"{problem} Open {folder / 'study.html'} to see where.") from None
        except RefitInterruptedError as interrupt:
            interrupt.study.save(folder, **saving)
            raise KeyboardInterrupt(f"{interrupt} The study is in {folder}.") from None
        tuned.save(folder, **saving)
    if as_json:
        typer.echo(json.dumps({"study": str(folder)} | tuned.summary(), allow_nan=False))
    else:
        show_result(tuned, folder)


def show_result(tuned: Tuned, folder: Path) -> None:
    """Print what the study taught, the scores and where the pages are."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for lesson in tuned.study.lessons():
        if lesson["severity"] != "note" or lesson["name"] in ("outcome", "ending"):
            console.print(f"• {lesson['sentence']} {lesson['advice']}".rstrip(), markup=False)
    metric = tuned.metric
    named = {"the best recipe": tuned.run.scores, "the ensemble": tuned.scores}
    for name, scores in named.items():
        if scores.get("test"):
            value = scores["test"][metric]
            told = "is not defined on its rows" if value is None else f"{value:.4f}"
            console.print(f"{name}: test {metric.replace('_', ' ')} {told}", markup=False)
    console.print(f"The study is in [bold]{folder}[/]. Open its page: [bold]{folder / 'study.html'}[/]")
