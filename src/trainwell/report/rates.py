"""A learning-rate range test as a page and in a few lines of terminal; it prints nothing itself."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from trainwell.report.contents import Facts
from trainwell.report.figures.rates import loss_against_rate
from trainwell.report.markup import element, join, table
from trainwell.report.page import document
from trainwell.report.sections.frame import code, picture, section

#: Columns of the sparkline, and its signs from low to high.
COLUMNS = 60
SIGNS = "▁▂▃▄▅▆▇█"


def render_rates(found: Facts, title: str, command: str | None = None) -> str:
    """Return the page of a range test, one HTML document that loads nothing from anywhere.

    Args:
        found: the test as plain data: ``rates``, ``losses``, ``suggested``, ``lowest``, ``highest``, ``text``.
        title: what was trained on what.
        command: the command line that repeats it.
    """
    span = f"from {found['rates'][0]:.1g} to {found['rates'][-1]:.1g}"
    description = f"The loss over learning rates {span}. {found['text']}"
    rows = [(words, f"{found[name]:.3g}") for words, name in NAMED]
    shown = section(
        "headline",
        title,
        found["text"],
        picture("Loss against learning rate", loss_against_rate(found), description, NOTE),
        table(["", "learning rate"], rows, caption="What the test found", numeric=(1,)),
        code(command, "the command") if command else None,
    )
    return document(f"Learning rates for {title}", join([element("main", shown)]))


NOTE = (
    "The rate grows at every update; the median over seeds of the loss of the same training rows, dropout off. The "
    "shaded range is where the loss falls. The suggestion is a fifth of the rate beyond which it rises again."
)
NAMED = (
    ("try", "suggested"),
    ("the loss begins to fall at", "lowest"),
    ("it rises beyond", "highest"),
)


def rate_lines(found: Facts) -> Text:
    """Return the finding and the loss over rates as a sparkline, the suggested rate marked below it."""
    losses = np.array([np.inf if loss is None else loss for loss in found["losses"]])
    columns = np.array_split(np.arange(len(losses)), min(COLUMNS, len(losses)))
    least, first = losses.min(), losses[0]
    ceiling = first + 0.25 * (first - least)
    heights = [min(float(np.median(losses[own])), ceiling) for own in columns]
    shares = [(height - least) / max(ceiling - least, 1e-12) for height in heights]
    bars = "".join(SIGNS[round(share * (len(SIGNS) - 1))] for share in shares)
    at = int(np.argmin(np.abs(np.log(np.array(found["rates"]) / found["suggested"]))))
    mark = next(column for column, own in enumerate(columns) if at in own)
    low, high = f"{found['rates'][0]:.0e}", f"{found['rates'][-1]:.0e}"
    return Text.assemble(
        ("loss  ", "dim"), (bars, "cyan"), "\n",
        ("rate  ", "dim"), (f"{low:<{mark}}"[:mark] if mark > len(low) else " " * mark), ("▲", "bold yellow"),
        (f"{high:>{len(bars) - mark - 1}}" if len(bars) - mark - 1 > len(high) else "", ""), "\n",
        found["text"],
    )  # fmt: skip
