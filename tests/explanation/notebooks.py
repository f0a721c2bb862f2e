"""Run a notebook in this process, cell by cell, as a kernel would: no kernel, no server, nothing to install.

A kernel would bring seven packages, a socket and seconds of starting to run a dozen cells; what a notebook promises
its reader, that every cell runs in order and shows this, can be kept without. ``python -m tests.explanation.notebooks
FILE`` runs a notebook and writes the outputs into it.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

Cell = dict[str, Any]


def executed(cells: list[Cell]) -> list[Cell]:
    """Return the cells with what they print and show now; raises what a cell raises."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    found, count = [], 0
    for cell in cells:
        if cell["cell_type"] != "code":
            found.append(cell)
            continue
        count += 1
        printed, value = run("".join(cell["source"]), namespace, f"cell {count}")
        found.append(cell | {"execution_count": count, "outputs": outputs_of(printed, value, count)})
    return found


def run(source: str, namespace: dict[str, Any], name: str) -> tuple[str, Any]:
    """Run one cell; return what it printed, and the value of its last line if that is an expression."""
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, name, "exec"), namespace)
        value = None
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
    return printed.getvalue(), value


def outputs_of(printed: str, value: Any, count: int) -> list[Cell]:
    """Return what a cell leaves in the file."""
    outputs: list[Cell] = []
    if printed:
        outputs.append({"output_type": "stream", "name": "stdout", "text": lines(printed)})
    if value is not None:
        shown = {"text/plain": lines(repr(value))}
        if hasattr(value, "_repr_html_"):
            shown["text/html"] = lines(value._repr_html_())
        outputs.append({"output_type": "execute_result", "execution_count": count, "data": shown, "metadata": {}})
    return outputs


def lines(text: str) -> list[str]:
    """Return text as notebooks keep it."""
    return text.splitlines(keepends=True)


def main(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = executed(notebook["cells"])
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
