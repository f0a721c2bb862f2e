"""The opened row, formula and training step: what was computed, forward and back, as text and as pages to step through.

A page is one file that works without a network. Not for derivatives themselves, which are ``trainwell.autodiff``'s.
"""

from trainwell.explanation.explain import explain
from trainwell.explanation.explanation import Explanation, Influence, LayerView
from trainwell.explanation.formula import OpenedFormula, open_formula
from trainwell.explanation.net_file import example_net, step_of_file
from trainwell.explanation.row_page import explanation_page
from trainwell.explanation.step_page import step_page
from trainwell.explanation.trace_page import trace_page

__all__ = [
    "Explanation",
    "Influence",
    "LayerView",
    "OpenedFormula",
    "example_net",
    "explain",
    "explanation_page",
    "open_formula",
    "step_of_file",
    "step_page",
    "trace_page",
]
