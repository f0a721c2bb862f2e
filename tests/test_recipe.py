"""Recipes: round trips through files, comments on every line, settings by path, and what decides the program."""

from __future__ import annotations

import json
import re
from typing import Any

import equinox as eqx
import jax
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.engine import Recipe
from trainwell.engine.program import structure_of
from trainwell.engine.toml import write_toml
from trainwell.errors import RecipeError, UnknownNameError
from trainwell.functions.activations import ACTIVATIONS
from trainwell.network import ARCHITECTURES, MLP, Periodic
from trainwell.training import (
    OPTIMIZERS,
    SCHEDULES,
    SGD,
    Adam,
    AdamW,
    Constant,
    Cosine,
    EarlyStopping,
    PiecewiseConstant,
)

MEMBERS = [("optimizer", name) for name in OPTIMIZERS] + [("schedule", name) for name in SCHEDULES]
MEMBERS += [("network", name) for name in ARCHITECTURES]
every_member = pytest.mark.parametrize(("field", "name"), MEMBERS)
OWN = eqx.nn.Linear(2, 2, key=jax.random.key(0))


@st.composite
def with_other_numbers(draw: Any, kind: type) -> Any:
    """Draw a member of a family with every knob near its default, written with any number of digits."""
    part = kind()
    near = {
        path: draw(st.integers(value, value + 100) if isinstance(value, int) else st.floats(0.9 * value, value))
        for path, value in part.knobs().items()
    }
    return kind(**near)


RECIPES = st.builds(
    Recipe,
    network=st.builds(
        MLP,
        hidden=st.lists(st.integers(1, 10_000), max_size=4).map(tuple),
        activation=st.sampled_from(list(ACTIVATIONS)),
        dropout=st.floats(0, 1, exclude_max=True),
        normalization=st.sampled_from(["batch", "layer", None]),
        numbers=st.none() | st.builds(Periodic, frequencies=st.integers(1, 99)),
    ),
    optimizer=st.sampled_from(list(OPTIMIZERS.values())).flatmap(with_other_numbers),
    schedule=st.sampled_from(list(SCHEDULES.values())).flatmap(with_other_numbers),
    gradient_clipping=st.none() | st.floats(1e-300, 1e300),
    label_smoothing=st.floats(0, 0.999),
    batch_size=st.integers(1, 10**9),
    early_stopping=st.none() | st.builds(EarlyStopping, patience=st.integers(1, 10**9)),
    class_weights=st.none() | st.just("balanced") | st.dictionaries(st.text(), st.floats(1e-3, 1e3), max_size=3),
    telemetry=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
)


@settings(max_examples=60, deadline=None)
@given(RECIPES)
def test_any_recipe_comes_back_from_its_files(recipe):
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert Recipe.from_toml(write_toml(recipe, comments=True)) == recipe
    assert Recipe.from_dict(json.loads(recipe.to_json())) == recipe


def test_files_are_read_by_their_ending(tmp_path):
    recipe = Recipe(network=MLP(hidden=(3,)), schedule=PiecewiseConstant())
    for name, text in (("recipe.toml", recipe.to_toml()), ("recipe.json", recipe.to_json())):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert Recipe.read(tmp_path / name) == recipe


def require_comments(text: str) -> None:
    for line in filter(None, text.splitlines()):
        assert re.search(r" # \S.{3,}", line), line


@every_member
def test_every_line_of_a_commented_file_says_what_it_is_for(field, name):
    require_comments(write_toml(Recipe(**{field: name}), comments=True))


def test_optional_parts_are_commented_too():
    recipe = Recipe(network=MLP(numbers=Periodic()), class_weights={"a": 1.0, "b c": 2.0}, early_stopping=None)
    require_comments(write_toml(recipe, comments=True))


@every_member
def test_a_member_may_be_named_or_be_a_table(field, name):
    assert Recipe(**{field: name}) == Recipe(**{field: {"kind": name}})


@every_member
def test_knobs_leave_the_structure_alone(field, name):
    recipe = Recipe(**{field: name})
    for path, value in getattr(recipe, field).knobs().items():
        changed = recipe.with_settings({f"{field}.{path}": value + 1 if isinstance(value, int) else value * 0.9 or 0.1})
        assert structure_of(changed) == structure_of(recipe), path
        assert changed != recipe, path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network.hidden", (5,)),
        ("network.dropout", 0.1),
        ("optimizer", Adam()),
        ("optimizer.weight_decay", 0.0),
        ("schedule.warm_up", 0.1),
        ("gradient_clipping", 1.0),
        ("early_stopping", None),
        ("batch_size", 7),
    ],
)
def test_structure_decides_the_program(path, value):
    recipe = Recipe(network=MLP(hidden=(4,)), schedule=Cosine())
    assert structure_of(recipe.with_settings({path: value})) != structure_of(recipe)


def test_the_seed_is_neither_structure_nor_knob():
    assert structure_of(Recipe(seed=1)) == structure_of(Recipe(seed=2))
    assert "seed" not in Recipe().knobs()


def test_settings_are_named_by_their_path_and_validated_anew():
    recipe = Recipe()
    changed = recipe.with_settings({"optimizer.learning_rate": 0.5, "network.hidden": [7], "schedule": "Constant"})
    assert changed.optimizer == AdamW(learning_rate=0.5)
    assert changed.network.hidden == (7,)
    assert changed.schedule == Constant()
    assert recipe == Recipe()


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("optimizer.learning_rate", -1, "AdamW.learning_rate: input should be greater than 0, but got -1."),
        ("optimizer.lerning_rate", 1, "no field of AdamW is called 'lerning_rate'. Did you mean 'learning_rate'?"),
        ("optimiser.learning_rate", 1, "no field of Recipe is called 'optimiser'. Did you mean 'optimizer'?"),
        ("batch_size.big", 1, "batch_size.big cannot be set: 64 has no fields."),
        ("optimizer", "Addam", "Recipe.optimizer: no optimizer is called 'Addam'. Did you mean 'Adam'? Known: "),
        ("optimizer", {"beta1": 0.9}, "Recipe.optimizer: optimizer needs kind = one of "),
        ("optimizer", 3, "Recipe.optimizer: optimizer must be one of "),
        (
            "schedule",
            {"kind": "Cosine", "fnal": 0},
            "Recipe.schedule: Cosine has no field 'fnal'. Did you mean 'final'?",
        ),
        ("loss", "msse", "Recipe.loss: no loss is called 'msse'. Did you mean 'mse'?"),
        ("seed", -1, "Recipe.seed: input should be greater than or equal to 0, but got -1."),
    ],
)
def test_errors_of_settings_name_field_value_and_nearest_name(path, value, sentence):
    with pytest.raises(RecipeError) as raised:
        Recipe().with_settings({path: value})
    assert str(raised.value).startswith(sentence)


def test_unknown_names_are_lookup_errors_of_their_own():
    with pytest.raises(UnknownNameError):
        Recipe().with_settings({"optimiser": "Adam"})


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("recipe.toml", "seed = = 1", "the recipe is not valid TOML: "),
        ("recipe.toml", "sed = 1", "Recipe has no field 'sed'. Did you mean 'seed'?"),
        ("recipe.json", "{", "{path} is no recipe file: "),
        ("recipe.toml", None, "cannot read the recipe {path}: No such file or directory."),
    ],
)
def test_errors_of_files_name_the_file(tmp_path, name, text, sentence):
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError) as raised:
        Recipe.read(path)
    assert str(path) in str(raised.value)
    assert sentence.format(path=path) in str(raised.value)


@pytest.mark.parametrize(("field", "own"), [("network", OWN), ("optimizer", optax.sgd(0.1))])
def test_ones_own_objects_are_used_but_not_written_to_files(field, own):
    recipe = Recipe(**{field: own})
    assert getattr(recipe, field) is own
    assert recipe.to_dict()[field]["kind"] == "custom"
    with pytest.raises(RecipeError, match=rf"^Recipe\.{field} is an object of one's own"):
        recipe.to_toml()
    with pytest.raises(RecipeError, match=rf"Recipe\.{field} was an object of one's own .*tw\.load\(path, {field}=…\)"):
        Recipe.from_dict(recipe.to_dict())


def test_momentum_off_and_on_are_two_programs_but_all_momenta_are_one():
    off, some, more = (structure_of(Recipe(optimizer=SGD(momentum=momentum))) for momentum in (0, 0.5, 0.9))
    assert off != some == more
