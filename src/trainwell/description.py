"""A run's surroundings as plain data for its report: columns, parts, layers, versions."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import jax
import numpy as np

import trainwell
from trainwell.data import Column, Dataset, Profile
from trainwell.engine import Recipe
from trainwell.engine.layers import by_layer
from trainwell.errors import RecipeError
from trainwell.model import Model
from trainwell.plain import plain

LIBRARIES = ("jax", "equinox", "optax", "numpy", "polars", "scikit-learn")


def describe(data: Dataset, profile: Profile) -> dict[str, Any]:
    """Return what the report says of the data."""
    return {
        "columns": [describe_column(column) for column in data.columns],
        "target": describe_target(data, profile),
        "parts": {"how": data.parts.how, **profile.part_sizes},
        "notes": notes(data, profile),
    }


def describe_column(column: Column) -> dict[str, Any]:
    """Return a column's row in the report."""
    fields = ("name", "kind", "use", "reason", "missing", "distinct")
    return {name: getattr(column, name) for name in fields} | {"summary": plain(column.summary)}


def describe_target(data: Dataset, profile: Profile) -> dict[str, Any]:
    """Return how often each answer occurs over all parts, or the histogram of a number."""
    described: dict[str, Any] = {"names": list(data.target.names), "task": data.task}
    if profile.histogram:
        described["histogram"] = plain(next(iter(profile.histogram.values())))
    else:
        counts: dict[str, int] = {}
        for part in profile.class_counts.values():
            for name, count in part.items():
                counts[name] = counts.get(name, 0) + int(count)
        described["counts"] = counts
    return described


def notes(data: Dataset, profile: Profile) -> list[str]:
    """Return remarks about the data, a sentence each."""
    found = []
    if profile.missing:
        named = ", ".join(f"{name} ({count})" for name, count in list(profile.missing.items())[:8])
        found.append(f"Values are missing in {named}.")
    if data.array is not None:
        found.append(f"Each example is an array of shape {data.array.shape[1:]}.")
    return found


def describe_network(model: Model) -> list[dict[str, Any]]:
    """Return each layer with parameters: its name, the shapes of its arrays, and how many numbers they hold."""
    shapes = model.program.parameter_shapes
    return [
        {
            "layer": name,
            "shape": ", ".join("×".join(str(size) for size in leaf.shape) for leaf in arrays),
            "parameters": int(sum(np.prod(leaf.shape) for leaf in arrays)),
        }
        for name, arrays in by_layer(shapes, shapes).items()
    ]


def recipe_text(recipe: Recipe) -> str:
    """Return the recipe as TOML, or as JSON where it holds a person's own objects."""
    try:
        return recipe.to_toml()
    except RecipeError:
        return recipe.to_json()


def versions() -> dict[str, str]:
    """Return the versions that a run depends on, and the machine's kind."""
    found = {"trainwell": trainwell.__version__, "python": platform.python_version()}
    found |= {name: version(name) for name in LIBRARIES}
    return found | {"machine": f"{platform.system()} {platform.machine()}, {jax.default_backend()}"}
