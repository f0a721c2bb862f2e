"""Numbers that are none, in the data."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.remedies import remedy

SOURCE = "Goodfellow et al. 2016, ch. 11"


@check("non-finite input", row=1, source=SOURCE)
def nonfinite_input(case: Case) -> Observation | None:
    """A value of the data is not a finite number."""
    facts = case.record.facts
    places = [*facts.get("nonfinite_inputs", ()), *facts.get("nonfinite_targets", ())]
    columns = np.flatnonzero(~np.isfinite(case.record.arrays.get("input_mean", np.zeros(0))))
    if not places and not len(columns):
        return None
    where = f"row {places[0][0]}, column {places[0][1]}" if places else f"column {int(columns[0])}"
    return Observation(
        severity="fault",
        sentence=f"The data hold a value that is not a finite number, first in {where}; one is enough to spoil all.",
        evidence={"where": where, "values": max(len(places), len(columns))},
        cause="A missing value, a division by zero or an overflow before the data came here.",
        remedies=(remedy(case, "Clean that value, or fill it in from the training rows."),),
    )
