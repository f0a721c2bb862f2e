"""Settings by dotted path: whole parts before fields inside them, all of one part at once, errors with their path."""

from __future__ import annotations

import pytest

from trainwell import SGD, EarlyStopping, Recipe
from trainwell.errors import RecipeError


def test_a_part_named_by_a_word_takes_fields_in_the_same_breath() -> None:
    recipe = Recipe().with_settings({"optimizer.learning_rate": 0.5, "optimizer": "SGD"})
    assert recipe.optimizer == SGD(learning_rate=0.5)


def test_a_kind_is_set_as_the_whole_part_is() -> None:
    settings = {"optimizer.momentum": 0.5, "optimizer.kind": "SGD"}
    assert Recipe().with_settings(settings).optimizer == SGD(momentum=0.5)


def test_a_part_that_is_off_is_turned_on_by_a_field_of_it_or_by_its_name() -> None:
    without = Recipe(early_stopping=None)
    assert without.with_settings({"early_stopping.patience": 5}).early_stopping == EarlyStopping(patience=5)
    assert without.with_settings({"early_stopping": "EarlyStopping"}).early_stopping == EarlyStopping()


@pytest.mark.parametrize("network", ["MLP", "CNN", "Autoencoder"])
def test_a_whole_number_is_one_hidden_layer(network: str) -> None:
    assert Recipe(network=network).with_settings({"network.hidden": 8}).network.hidden == (8,)


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
