"""One local derivative rule per primitive, in the registry :data:`RULES`; importing the room fills it.

>>> RULES.entry("sin").formula, RULES.entry("mul").formula
('∂y/∂a = cos(a)', '∂y/∂a = b, ∂y/∂b = a')
"""

from trainwell.autodiff.rules import (  # noqa: F401  each of these registers its rules
    arithmetic,
    convolution,
    custom,
    indexing,
    products,
    reductions,
    shapes,
    transcendental,
    windows,
)
from trainwell.autodiff.rules.rule import RULES, Operation, Rule, elementwise, linear, rule

__all__ = ["RULES", "Operation", "Rule", "elementwise", "linear", "rule"]
