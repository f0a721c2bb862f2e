"""The checks, one file per theme: each a pure function of the case that returns a finding or nothing.

Which of several findings comes first, and which follow from it, is the examination's to say.
"""

from trainwell.clinic.checks import (
    data,
    generalisation,
    gradients,
    initialization,
    modes,
    numbers,
    outputs,
    perceptron,
    rate,
    regularisation,
    scaling,
    throttled,
    units,
)

__all__ = [
    "data",
    "generalisation",
    "gradients",
    "initialization",
    "modes",
    "numbers",
    "outputs",
    "perceptron",
    "rate",
    "regularisation",
    "scaling",
    "throttled",
    "units",
]
