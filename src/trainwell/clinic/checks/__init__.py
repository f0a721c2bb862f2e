"""The checks, one file per theme: each a pure function of the case that returns what it observed, or nothing.

Of findings of one severity, what lies nearer the root comes first: by theme as listed here, within a theme as its file
has them from top to bottom. What else follows from a finding, its check says.
"""

from trainwell.clinic.checks import (
    data,
    fit,
    gradients,
    initialization,
    modes,
    numbers,
    outcomes,
    outliers,
    parts,
    perceptron,
    rate,
    reach,
    regularisation,
    scaling,
    structure,
    throttled,
    units,
    wiring,
)

#: From data that are no numbers, through how things are put together and set, to what is seen in the end.
THEMES = (
    numbers,
    wiring,
    perceptron,
    parts,
    structure,
    scaling,
    reach,
    modes,
    regularisation,
    initialization,
    rate,
    units,
    gradients,
    throttled,
    outliers,
    data,
    fit,
    outcomes,
)
