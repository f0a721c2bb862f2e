"""One local derivative rule per primitive, in the registry :data:`RULES`; importing the room fills it.

>>> RULES.entry("sin").formula, RULES.entry("mul").formula
('∂y/∂a = cos(a)', '∂y/∂a = b, ∂y/∂b = a')
"""

from trainwell.autodiff.rules import arithmetic as arithmetic
from trainwell.autodiff.rules import convolution as convolution
from trainwell.autodiff.rules import custom as custom
from trainwell.autodiff.rules import indexing as indexing
from trainwell.autodiff.rules import products as products
from trainwell.autodiff.rules import reductions as reductions
from trainwell.autodiff.rules import shapes as shapes
from trainwell.autodiff.rules import transcendental as transcendental
from trainwell.autodiff.rules import windows as windows
from trainwell.autodiff.rules.rule import RULES, Operation, Rule, elementwise, linear, rule

__all__ = ["RULES", "Operation", "Rule", "elementwise", "linear", "rule"]
