"""The notebook runs from its first cell to its last, and what it keeps is what it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.explanation.notebooks import Cell, executed

NOTEBOOK = Path(__file__).parents[2] / "examples" / "training_step.ipynb"
KEPT = json.loads(NOTEBOOK.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def again() -> list[Cell]:
    return executed(KEPT["cells"])


def code(cells: list[Cell]) -> list[Cell]:
    """Return the cells that run."""
    return [cell for cell in cells if cell["cell_type"] == "code"]


def shown(cell: Cell, kinds: tuple[str, ...]) -> list[str]:
    """Return what a cell prints and shows, in text or as HTML."""
    texts = ["".join(output["text"]) for output in cell["outputs"] if "text" in output]
    data = [output["data"] for output in cell["outputs"] if "data" in output]
    return texts + ["".join(each[kind]) for each in data for kind in kinds if kind in each]


def test_it_is_a_notebook_that_was_run_in_order() -> None:
    assert (KEPT["nbformat"], KEPT["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in KEPT["cells"]}) == len(KEPT["cells"])
    assert [cell["execution_count"] for cell in code(KEPT["cells"])] == list(range(1, len(code(KEPT["cells"])) + 1))


def test_every_cell_runs_and_shows_what_is_kept(again: list[Cell]) -> None:
    for kept, new in zip(code(KEPT["cells"]), code(again), strict=True):
        assert [set(output.get("data", ())) for output in kept["outputs"]] == [
            set(output.get("data", ())) for output in new["outputs"]
        ]


def test_worked_numbers_stay(again: list[Cell]) -> None:
    exact = [
        pair
        for pair in zip(code(KEPT["cells"]), code(again), strict=True)
        if "exact" in pair[0]["metadata"].get("tags", ())
    ]
    assert len(exact) >= 3
    for kept, new in exact:
        assert shown(kept, ("text/html",)) == shown(new, ("text/html",))
    assert "[ 1.08   3.968  2.984  2.     1.    -2.     1.952  3.    -2.008]" in shown(exact[1][0], ())[0]


def test_runs_findings_and_studies_show_themselves(again: list[Cell]) -> None:
    pages = [text for cell in again if cell["cell_type"] == "code" for text in shown(cell, ("text/html",))]
    run = next(page for page in pages if "Run species" in page)
    assert "accuracy" in run
    assert "baseline: logistic regression" in run
