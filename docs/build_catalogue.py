"""Writes ``docs/catalogue.md`` from the registries: every method with formula, defaults, source and its test.

Run it from the root of the repository after adding a member: ``python docs/build_catalogue.py``. A test fails while a
member has no formula, source or test, or while the file is stale.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from trainwell.registry import Entry, Registry
from trainwell.specification import Specification

ROOT = Path(__file__).parent.parent
PAGE = Path(__file__).parent / "catalogue.md"


@dataclass(frozen=True)
class Family:
    """A registry, where it lives, how its members are named by people, and the tests that may hold them."""

    title: str
    room: str
    registry: str
    use: str
    tests: tuple[str, ...]

    @property
    def members(self) -> Registry[Any]:
        """The registry itself."""
        return getattr(importlib.import_module(f"trainwell.{self.room}"), self.registry)


FAMILIES = (
    Family(
        "Activations",
        "functions.activations",
        "ACTIVATIONS",
        'MLP(activation="…")',
        ("tests/functions/test_activations.py",),
    ),
    Family(
        "Initializers",
        "functions.initializers",
        "INITIALIZERS",
        'MLP(initializer="…")',
        ("tests/functions/test_initializers.py",),
    ),
    Family("Losses", "functions.losses", "LOSSES", 'Recipe(loss="…")', ("tests/functions/test_losses.py",)),
    Family(
        "Losses with options",
        "functions.losses",
        "LOSS_OPTIONS",
        'Recipe(loss={"kind": "…"})',
        ("tests/engine/test_stated_losses.py",),
    ),
    Family(
        "Information measures",
        "functions.information",
        "INFORMATION",
        "tw.information.…",
        ("tests/functions/test_information.py",),
    ),
    Family("Metrics", "functions.metrics", "METRICS", "tw.metrics.…", ("tests/functions/test_metrics.py",)),
    Family(
        "Layers",
        "network.named",
        "LAYERS",
        "tw.layers.…",
        ("tests/network/test_layers.py", "tests/network/test_named.py", "tests/network"),
    ),
    Family(
        "Architectures",
        "network",
        "ARCHITECTURES",
        "Recipe(network=tw.…)",
        ("tests/network/test_architectures.py", "tests/network", "tests/estimators"),
    ),
    Family(
        "Optimizers",
        "training",
        "OPTIMIZERS",
        "Recipe(optimizer=tw.…)",
        ("tests/training/test_optimizers.py", "tests/training/test_line_search.py"),
    ),
    Family("Schedules", "training", "SCHEDULES", "Recipe(schedule=tw.…)", ("tests/training/test_schedules.py",)),
    Family(
        "Penalties",
        "training",
        "PENALTIES",
        "Recipe(penalties=[tw.penalties.…])",
        ("tests/training/test_penalties.py",),
    ),
    Family(
        "Augmentations",
        "training.augmentation",
        "AUGMENTATIONS",
        "Recipe(augmentation=[tw.augmentation.…])",
        ("tests/augmentation",),
    ),
    Family(
        "Search strategies",
        "search.strategies",
        "STRATEGIES",
        'tw.tune(strategy="…")',
        ("tests/search/test_strategies.py", "tests/search"),
    ),
    Family(
        "Clinic's checks",
        "clinic",
        "CHECKS",
        "run.findings",
        ("tests/clinic/test_checks.py", "tests/clinic", "bench/clinic"),
    ),
    Family(
        "Presets",
        "engine",
        "PRESETS",
        'tw.default_recipe(data, "…")',
        ("tests/cli/test_fit.py", "tests/test_tuning.py", "tests"),
    ),
)

#: What is said by hand: where lecture notes slip.
SLIPS = Path(__file__).parent / "slips.md"


def first_sentence(member: Any) -> str:
    """Return the first sentence of a member's documentation, on one line."""
    text = " ".join((inspect.getdoc(member) or "").split("\n\n")[0].split())
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"\1", text)
    return re.split(r"(?<=[^.]\.) ", text)[0].rstrip(".").replace("``", "`")


def defaults(member: Any) -> str:
    """Return a member's settings with their defaults, in the order in which they are stated."""
    if isinstance(member, type) and issubclass(member, Specification):
        pairs = [(name, shown(info.default)) for name, info in member.model_fields.items()]
    else:
        function = getattr(member, "per_example", member)
        parameters = inspect.signature(function).parameters.values() if callable(function) else ()
        optional = [p for p in parameters if p.default is not inspect.Parameter.empty and p.name != "dtype"]
        pairs = [(each.name, shown(each.default)) for each in optional]
    return ", ".join(f"{name} = {value}" for name, value in pairs) or "–"


def shown(value: Any) -> str:
    """Return a default as people write it."""
    if isinstance(value, Specification):
        return type(value).__name__
    return re.sub(r" at 0x[0-9a-f]+", "", f"{value:g}" if isinstance(value, float) else repr(value))


@cache
def texts(place: str) -> tuple[tuple[str, str], ...]:
    """Return a test file, or all of a folder in the order of their names: each one's path with its text."""
    there = ROOT / place
    files = [there] if there.suffix else sorted(there.rglob("*.py"))
    return tuple((file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files)


def test_of(entry: Entry[Any], family: Family) -> str:
    """Return the first test file of the family that names a member; an empty string where none does."""
    called = {entry.name, getattr(entry.member, "__name__", entry.name)}
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in called))
    found = (path for place in family.tests for path, text in texts(place) if pattern.search(text))
    return next(found, "")


def lacking() -> Iterator[str]:
    """Yield what members lack: a formula or a sentence, a source, a test."""
    for family in FAMILIES:
        for entry in family.members.entries():
            if not (entry.formula or first_sentence(entry.member)):
                yield f"{family.title}: {entry.name} has no formula"
            if not entry.source:
                yield f"{family.title}: {entry.name} has no source"
            if not test_of(entry, family):
                yield f"{family.title}: {entry.name} is named in no test of {' or '.join(family.tests)}"


def cell(text: str) -> str:
    """Return a text that a table's cell can hold."""
    return " ".join(text.replace("|", "∣").split())


def table(family: Family) -> str:
    """Return a family as a section with its table."""
    rows = ["| name | formula | defaults | source | test |", "|---|---|---|---|---|"]
    for entry in family.members.entries():
        formula = entry.formula or first_sentence(entry.member)
        cells = (f"`{entry.name}`", formula, defaults(entry.member), entry.source, f"`{test_of(entry, family)}`")
        rows.append(f"| {' | '.join(map(cell, cells))} |")
    return f"## {family.title}\n\nAs in `{family.use}`.\n\n" + "\n".join(rows) + "\n"


def page() -> str:
    """Return the whole page."""
    contents = ", ".join(f"{family.title} ({len(family.members)})" for family in FAMILIES)
    head = (
        "# The catalogue\n\nEvery method by family, written from the registries by `python docs/build_catalogue.py`; "
        f"do not edit it by hand.\n\n{contents}.\n"
    )
    return "\n".join([head, *(table(family) for family in FAMILIES), SLIPS.read_text(encoding="utf-8")])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
