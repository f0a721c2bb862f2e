"""The scripts, one phenomenon each, in the order of the page; each offers ``picture(quick=False)``."""

from __future__ import annotations

import importlib
from types import ModuleType

from examples.gallery.picture import Picture

NAMES = (
    "activations",
    "binary_entropy",
    "numerical_differentiation",
    "universal_approximation",
    "vanishing_gradient",
    "dying_relu",
    "zero_initialization",
    "momentum",
    "optimizers",
    "gabor",
    "learning_rate",
    "schedules",
    "batch_size",
    "batch_normalization",
    "overfitting",
    "learning_curves",
    "loss_landscape",
    "grid_and_random_search",
    "bayesian_search",
    "filters",
)


def script_of(name: str) -> ModuleType:
    """Return the module of a script."""
    return importlib.import_module(f"examples.gallery.pictures.{name}")


def compute(name: str, *, quick: bool = False) -> Picture:
    """Run a script: train, assert, draw; ``quick`` does it at the smallest size that still shows the phenomenon."""
    found: Picture = script_of(name).picture(quick=quick)
    return found
