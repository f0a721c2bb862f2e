"""Settings by dotted path: whole parts before fields inside them, all of one part at once, errors with their path."""

from __future__ import annotations

import pytest

from trainwell import SGD, Recipe
from trainwell.errors import RecipeError


def test_a_part_named_by_a_word_takes_fields_in_the_same_breath() -> None:
    recipe = Recipe().with_settings({"optimizer.learning_rate": 0.5, "optimizer": "SGD"})
    assert recipe.optimizer == SGD(learning_rate=0.5)


def test_fields_that_are_right_together_only_are_validated_together() -> None:
    recipe = Recipe().with_settings({"penalties": ({"kind": "L1"}, {"kind": "L2"}), "penalties.1.strength": 0.5})
    assert [each.strength for each in recipe.penalties] == [1e-3, 0.5]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("optimizer.learning_rat", "learning_rate"),
        ("optimiser", "optimizer"),
        ("penalties.3.strength", "penalties.3"),
        ("batch_size.inner", "batch_size.inner"),
    ],
)
def test_what_does_not_exist_is_named(path: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        Recipe().with_settings({path: 1})
