"""The architecture, held by a test: a room imports its own floor or lower ones, never itself in a circle."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import trainwell

ROOT = Path(trainwell.__file__).parent

FLOORS = {
    "errors": 0,
    "registry": 0,
    "records": 0,
    "keys": 0,
    "specification": 0,
    "tasks": 0,
    "layout": 0,
    "plain": 0,
    "writing": 0,
    "arguments": 0,
    "functions": 1,
    "autodiff": 1,
    "network": 2,
    "training": 2,
    "data": 2,
    "engine": 3,
    "clinic": 4,
    "search": 4,
    "predictor": 4,
    "samples": 4,
    "model": 4,
    "ensemble": 4,
    "evaluation": 5,
    "explanation": 5,
    "report": 5,
    "artifact": 5,
    "augmented": 5,
    "averaging": 5,
    "description": 5,
    "prediction": 5,
    "refitting": 5,
    "estimators": 5,
    "examples": 5,
    "adapters": 5,
    "diagnosing": 5,
    "run": 5,
    "tuning": 5,
    "cli": 6,
}
#: Rooms of one floor that must not know each other.
APART = [{"functions", "autodiff"}, {"network", "training", "data"}, {"clinic", "search", "model"}]


def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name below ``trainwell``."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


MODULES = modules()


def imports_of(path: Path, *, inside_functions: bool = True) -> set[str]:
    """Return the modules of ours that a file imports, save those for type checkers alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree) if inside_functions else tree.body:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trainwell"):
            base = (node.module or "").removeprefix("trainwell").lstrip(".")
            for alias in node.names:
                deeper = f"{base}.{alias.name}".lstrip(".")
                found.add(deeper if deeper in MODULES else base)
    return found - {""}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_down(module: str) -> None:
    room = module.split(".")[0]
    for imported in imports_of(MODULES[module]):
        other = imported.split(".")[0]
        assert FLOORS[other] <= FLOORS[room], f"{module} climbs to {imported}"
        for rooms in APART:
            assert not ({room, other} <= rooms and room != other), f"{module} reaches across to {imported}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_import_hides_inside_a_function(module: str) -> None:
    if module.split(".")[0] == "cli":
        pytest.skip("commands import late, so that help is quick")
    hidden = imports_of(MODULES[module]) - imports_of(MODULES[module], inside_functions=False)
    assert not hidden


def test_no_cycle() -> None:
    graph = {module: imports_of(path) & set(MODULES) for module, path in MODULES.items()}
    packages = {module for module in MODULES if any(other.startswith(f"{module}.") for other in MODULES)}
    for module in packages:  # a package's own front door gathers its rooms; that is no cycle
        graph[module] = {other for other in graph[module] if not other.startswith(f"{module}.")}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"cycle: {' → '.join((*trail, module))}"
        if module in done:
            return
        for other in graph[module]:
            visit(other, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_every_room_has_a_floor() -> None:
    assert {module.split(".")[0] for module in MODULES} <= set(FLOORS)
