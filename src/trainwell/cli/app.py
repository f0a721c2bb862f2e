"""The application that the commands join, and what becomes of errors: one sentence, exit code 2, no traceback."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from trainwell import __version__
from trainwell.cli import backprop, diagnose, ensemble, examples, explain, fit, predict, rate, recipe, show, trace, tune
from trainwell.cli.interruption import interruption
from trainwell.errors import TrainwellError, TrainwellWarning

WRONG, INTERRUPTED = 2, 130
#: What the system says where there is no room for what is written, on a disk or wherever the screen leads.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Commands(TyperGroup):
    """The commands in the order a newcomer needs them; an error of ours ends in its sentence."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            with interruption(), plain_warnings():
                return super().invoke(ctx)
        except TrainwellError as problem:
            complain("error: ", str(problem))
            raise typer.Exit(WRONG) from None
        except OSError as problem:
            if problem.errno not in FULL:
                raise
            discard_output()
            complain("error: ", f"cannot write: {problem.strerror}. Free some space, or write elsewhere.")
            raise typer.Exit(WRONG) from None
        except KeyboardInterrupt as interrupt:
            complain("interrupted; ", str(interrupt) or "nothing is left half-written.")
            raise typer.Exit(INTERRUPTED) from None

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands as they were added."""
        return list(self.commands)


def discard_output() -> None:
    """Let nothing be written to standard output any more, not even what it still holds when the process ends."""
    with suppress(OSError, ValueError):  # it may be no file, or closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(what: str, sentence: str) -> None:
    """Print a sentence to standard error, as it stands."""
    Console(stderr=True, soft_wrap=True).print(Text.assemble((what, "bold red"), sentence))


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Let warnings of ours be told as one sentence, without the place in the code that they come from."""
    before = warnings.showwarning

    def tell(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, TrainwellWarning):
            complain("warning: ", str(message))
        else:
            before(message, category, *place, **more)

    warnings.showwarning = tell
    try:
        yield
    finally:
        warnings.showwarning = before


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def print_version(asked: bool) -> None:
    """Print the version and stop, if asked."""
    if asked:
        typer.echo(f"trainwell {__version__}")
        raise typer.Exit


@app.callback()
def describe(
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Train a neural network on your own table, and see how it went.

    Begin with **trainwell fit FILE --target COLUMN**. It reads the table, divides it into training, validation and
    test rows, trains a good network, compares it with simple models, and writes a folder with the model and a
    report to open in a browser.
    """


app.command("fit")(fit.fit)
app.command("tune")(tune.tune)
app.command("ensemble")(ensemble.ensemble)
app.command("predict")(predict.predict)
app.command("show")(show.show)
app.command("diagnose")(diagnose.diagnose)
app.command("rate")(rate.rate)
app.command("recipe")(recipe.recipe)
app.command("explain")(explain.explain)
app.command("trace")(trace.trace)
app.command("backprop")(backprop.backprop)
app.command("examples")(examples.examples)
