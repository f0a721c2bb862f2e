"""A recipe as a TOML file for people: every line says what it is for. Reading is ``Recipe.from_toml``."""

from __future__ import annotations

import re
from typing import Any

import tomlkit
from tomlkit.items import Table

from trainwell.engine.fields import CUSTOM, plain
from trainwell.errors import RecipeError
from trainwell.network import NamedLayer
from trainwell.specification import Specification


def write_toml(recipe: Specification, *, comments: bool = False) -> str:
    """Return the recipe as TOML; with ``comments``, every line ends in what its field is for.

    Raises:
        RecipeError: the recipe holds a person's own network or optimizer, which no file can hold.
    """
    document = tomlkit.document()
    fill(document, recipe, comments, "Recipe")
    return tomlkit.dumps(document)


def fill(table: Any, part: Specification, comments: bool, path: str) -> None:
    """Write the fields of a specification into a table, plain ones first, nested ones as tables of their own."""
    described = field_comments(type(part)) if comments else {}
    if "kind" in plain(part):
        add(table, "kind", plain(part)["kind"], first_sentence(type(part)) if comments else "")
    nested: dict[str, Specification] = {}
    rows: dict[str, tuple[Specification, ...]] = {}
    for name, value in part:
        if isinstance(value, Specification):
            nested[name] = value
        elif value and isinstance(value, tuple) and isinstance(value[0], NamedLayer):
            rows[name] = value
        else:
            add(table, name, as_toml(value, f"{path}.{name}"), described.get(name, ""))
    for name, inner in nested.items():
        section: Table = tomlkit.table()
        fill(section, inner, comments, f"{path}.{name}")
        if described.get(name):
            section.comment(described[name])
        table.add(name, section)
    for name, inners in rows.items():
        table.add(name, array_of_tables(inners, f"{path}.{name}"))


def array_of_tables(parts: tuple[Specification, ...], path: str) -> Any:
    """Return the layers of a network as TOML's array of tables, one ``[[network.layers]]`` each."""
    array = tomlkit.aot()
    for number, part in enumerate(parts):
        section: Table = tomlkit.table()
        fill(section, part, False, f"{path}.{number}")
        array.append(section)
    return array


def add(table: Any, name: str, value: Any, comment: str) -> None:
    """Write one line."""
    item = inline(value)
    if comment:
        item.comment(comment)
    table.add(name, item)


def inline(value: Any) -> Any:
    """Return a value as TOML writes it on one line; tables in it, such as those of a list, are written in braces.

    >>> tomlkit.dumps({"augmentation": inline([{"kind": "Flip", "vertical": None}])}).strip()
    'augmentation = [{kind = "Flip", vertical = "none"}]'
    """
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update({name: inline(inner) for name, inner in value.items()})
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        array.extend(inline(inner) for inner in value)
        return array
    return tomlkit.item("none" if value is None else value)


def as_toml(value: Any, path: str) -> Any:
    """Return a field's value as TOML can hold it; what is absent is written ``"none"``."""
    written = plain(value)
    if isinstance(written, dict) and written.get("kind") == CUSTOM:
        raise RecipeError(f"{path} is an object of one's own ({written['object']}), which no file can hold.")
    return "none" if written is None else written


def first_sentence(described: type) -> str:
    """Return the first sentence of a class's docstring on one line."""
    text = " ".join((described.__doc__ or "").split("\n\n")[0].split())
    return text.split(". ")[0].rstrip(".")


def field_comments(described: type) -> dict[str, str]:
    """Return what the docstrings of a class and its bases say of each field, on one line each.

    >>> from trainwell.training import AdamW
    >>> field_comments(AdamW)["learning_rate"]
    'η, the step size before the schedule'
    """
    found: dict[str, str] = {}
    for base in reversed(described.__mro__):
        section = re.search(r"Args:\n(.*?)(?:\n\s*\n|\Z)", base.__dict__.get("__doc__") or "", re.DOTALL)
        if section:
            for name, text in re.findall(r"^\s+(\w+): (.*?)(?=^\s+\w+: |\Z)", section[1], re.DOTALL | re.MULTILINE):
                found[name] = plain_text(text)
    return found


def plain_text(text: str) -> str:
    """Return docstring markup as plain text on one line.

    >>> plain_text("an :class:`~trainwell.MLP`, ``x``.")
    'an MLP, x'
    """
    line = " ".join(text.split()).rstrip(".")
    line = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"\1", line)
    return line.replace("``", "")
