"""Numbers that are handed to functions: NumPy's count as Python's own, and what is none is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trainwell.arguments import budget, own, seed_number, whole_number
from trainwell.errors import DataError, RecipeError


@pytest.mark.parametrize("value", [0, -1, True, 2.0, "2", None, np.float64(2), np.int64(0), np.True_, [2]])
def test_what_is_no_count_is_refused(value: Any) -> None:
    with pytest.raises(RecipeError, match="trials must be a whole number of at least 1, but got"):
        whole_number("trials", value)


@pytest.mark.parametrize("value", [2, np.int8(2), np.uint64(2)])
def test_a_count_is_pythons_own(value: Any) -> None:
    assert type(whole_number("folds", value, least=2)) is int


@pytest.mark.parametrize("value", [-1, 2**31, 10**20, 0.5, True])
def test_what_is_no_seed_is_refused(value: Any) -> None:
    with pytest.raises(DataError, match="seed must be a whole number from 0 to 2147483647, but got"):
        seed_number("seed", value, error=DataError)
    assert [seed_number("seed", seed) for seed in (0, 2**31 - 1)] == [0, 2**31 - 1]


@pytest.mark.parametrize("value", [0, -1, "5", float("nan"), True, np.float32(0)])
def test_what_is_no_budget_is_refused(value: Any) -> None:
    with pytest.raises(RecipeError, match="seconds must be a number of seconds above 0, but got"):
        budget("seconds", value)
    assert [budget("seconds", seconds) for seconds in (None, 3, np.float32(0.5))] == [None, 3.0, 0.5]


def test_what_is_not_numpys_stays_what_it_is() -> None:
    held = object()
    assert own((held, [np.float32(0.5)], "a", None)) == (held, (0.5,), "a", None)
