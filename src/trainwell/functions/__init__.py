"""The families of pure functions that networks are made of, one registry each; nothing here keeps state."""

from __future__ import annotations

from trainwell.functions import activations, information, initializers, losses, metrics

__all__ = ["activations", "information", "initializers", "losses", "metrics"]
