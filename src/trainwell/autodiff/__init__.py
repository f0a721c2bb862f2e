"""Automatic differentiation, opened: traces, tangents, adjoints, and one training step shown whole.

A room of its own, which knows nothing of networks or losses: it takes any function that JAX can trace.

>>> import jax.numpy as jnp
>>> from trainwell import autodiff
>>> def f(x1, x2):
...     v3 = x1 * x2
...     v4 = jnp.sin(x2)
...     v5 = jnp.exp(v3)
...     v6 = v3 - v4
...     return v5 + v6
>>> print(autodiff.reverse(f, (2.0, 3.0)))
Reverse mode.
<BLANKLINE>
     adjoint                                         value
v̄₇  = 1                                             1
v̄₆  = v̄₇                                            1
v̄₅  = v̄₇                                            1
v̄₄  = −v̄₆                                           -1
v̄₃  = v̄₅ · v₅ + v̄₆            = 403.429 + 1         404.429
v̄₂  = v̄₃ · v₁ + v̄₄ · cos(v₂)  = 808.858 + 0.989992  809.848
v̄₁  = v̄₃ · v₂                                       1213.29
<BLANKLINE>
∂f/∂x1 = 1213.29; ∂f/∂x2 = 809.848.
"""

from trainwell.autodiff.backprop import backprop
from trainwell.autodiff.check import GradientCheck, check_gradient
from trainwell.autodiff.compare import Comparison, compare
from trainwell.autodiff.drawing import Drawing
from trainwell.autodiff.errors import DerivativeError, NoRuleError
from trainwell.autodiff.expression import Expression, read_expression
from trainwell.autodiff.formulas import FUNCTIONS
from trainwell.autodiff.forward import ForwardPass, forward
from trainwell.autodiff.numerical import METHODS, NumericalGradient, StepSizes, numerical, step_sizes
from trainwell.autodiff.reverse import ReversePass, reverse
from trainwell.autodiff.rules import RULES, Operation, Rule
from trainwell.autodiff.stationary import StationaryPoint, stationary
from trainwell.autodiff.step import TrainingStep
from trainwell.autodiff.symbolic import SymbolicGradient, symbolic
from trainwell.autodiff.trace import Node, Trace, trace

__all__ = [
    "FUNCTIONS",
    "METHODS",
    "RULES",
    "Comparison",
    "DerivativeError",
    "Drawing",
    "Expression",
    "ForwardPass",
    "GradientCheck",
    "NoRuleError",
    "Node",
    "NumericalGradient",
    "Operation",
    "ReversePass",
    "Rule",
    "StationaryPoint",
    "StepSizes",
    "SymbolicGradient",
    "Trace",
    "TrainingStep",
    "backprop",
    "check_gradient",
    "compare",
    "forward",
    "numerical",
    "read_expression",
    "reverse",
    "stationary",
    "step_sizes",
    "symbolic",
    "trace",
]
