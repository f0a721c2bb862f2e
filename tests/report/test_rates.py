"""The sparkline of a learning-rate range test: as wide as there are rates, the suggested one marked."""

from __future__ import annotations

import numpy as np
import pytest

from trainwell.report.rates import COLUMNS, rate_lines


@pytest.mark.parametrize("count", [41, 52, 60, 180])
def test_a_range_of_few_rates_is_drawn_too(count: int) -> None:
    rates = np.geomspace(1e-3, 2e-2, count)
    losses = [*np.linspace(2.0, 0.5, count - 5), None, *np.linspace(0.5, 9.0, 4)]
    found = {"losses": losses, "rates": rates.tolist(), "suggested": float(rates[count // 2]), "text": "Try it."}
    bars, marks, words = rate_lines(found).plain.splitlines()
    assert len(bars) == len("loss  ") + min(count, COLUMNS)
    assert abs(marks.index("▲") - len("loss  ") - min(count, COLUMNS) / 2) <= 1
    assert words == "Try it."
