"""Specifications: what is structure and what a knob, and errors that name field, value and nearest name."""

from __future__ import annotations

import inspect
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pydantic import Field, field_validator

import trainwell as tw
from trainwell.errors import RecipeError
from trainwell.network import ARCHITECTURES
from trainwell.specification import Specification, knob
from trainwell.training import OPTIMIZERS


class Spring(Specification):
    """A part within a part."""

    stiffness: Annotated[float, Field(gt=0), knob()] = 1.0
    material: str = "steel"

    @field_validator("material")
    @classmethod
    def _solid(cls, name: str) -> str:
        if name == "air":
            raise ValueError("A spring must be solid")
        return name


class Machine(Specification):
    """Something with fields of every sort."""

    wheels: Annotated[int, Field(ge=1)] = 4
    friction: Annotated[float, Field(ge=0, lt=1), knob(off=0.0)] = 0.0
    limit: Annotated[float | None, Field(gt=0), knob()] = None
    gears: Annotated[int, Field(ge=1), knob()] = 5
    spring: Spring | None = None
    springs: tuple[Spring, ...] = ()


WHOLE = Machine(friction=0.2, limit=9.0, spring=Spring(stiffness=2.0), springs=(Spring(), Spring(stiffness=3.0)))


def test_knobs_are_the_numbers_that_are_on():
    assert WHOLE.knobs() == {
        "friction": 0.2,
        "limit": 9.0,
        "gears": 5,
        "spring.stiffness": 2.0,
        "springs.0.stiffness": 1.0,
        "springs.1.stiffness": 3.0,
    }


def test_what_is_off_or_absent_is_structure():
    assert Machine().knobs() == {"gears": 5}
    assert not Machine().on("friction")
    assert not Machine().on("limit")
    assert Machine(friction=0.1).on("friction")


def test_a_traced_number_is_always_on():
    seen = []

    @jax.jit
    def look(number):
        seen.append(Machine().with_knobs({"friction": number}).on("friction"))

    look(jnp.zeros(()))
    assert seen == [True]


def test_with_knobs_puts_numbers_in_place_wherever_they_stand():
    doubled = WHOLE.with_knobs({path: 2 * value for path, value in WHOLE.knobs().items()})
    assert doubled.knobs() == {path: 2 * value for path, value in WHOLE.knobs().items()}
    assert doubled.spring.material == "steel"
    assert WHOLE.friction == 0.2
    assert WHOLE.with_knobs({}) == WHOLE


def test_specifications_are_frozen_values():
    assert hash(Machine(wheels=3)) == hash(Machine(wheels=3))
    assert Machine(wheels=3) != Machine()
    with pytest.raises(RecipeError, match=r'Machine.wheels cannot be set to 5: a recipe is never.*\{"….wheels": 5\}'):
        WHOLE.wheels = 5
    with pytest.raises(RecipeError, match=r'Recipe.seed cannot be set.*recipe\.with_settings\(\{"seed": 3\}\)'):
        tw.Recipe().seed = 3
    with pytest.raises(RecipeError, match=r"Machine has no field 'wheel'. Did you mean 'wheels'"):
        WHOLE.wheel = 5
    with pytest.raises(RecipeError, match=r"Machine.wheels cannot be deleted"):
        del WHOLE.wheels


@pytest.mark.parametrize("field", ["limit", "spring"])
def test_files_may_write_none(field):
    assert getattr(Machine(**{field: "none"}), field) is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"fricton": 0.1},
            "Machine has no field 'fricton'. Did you mean 'friction'? "
            "Fields: wheels, friction, limit, gears, spring, springs.",
        ),
        ({"qqq": 1}, "Machine has no field 'qqq'. Fields: wheels, friction, limit, gears, spring, springs."),
        ({"wheels": 0}, "Machine.wheels: input should be greater than or equal to 1, but got 0."),
        ({"friction": 1.5}, "Machine.friction: input should be less than 1, but got 1.5."),
        ({"friction": float("nan")}, "Machine.friction: input should be a finite number, but got nan."),
        ({"limit": float("inf")}, "Machine.limit: input should be a finite number, but got inf."),
        (
            {"wheels": "four"},
            "Machine.wheels: input should be a valid integer, unable to parse string as an integer, but got 'four'.",
        ),
        (
            {"spring": {"stiffness": -1}},
            "Machine.spring: Spring.stiffness: input should be greater than 0, but got -1.",
        ),
        ({"spring": {"stifness": 1}}, "Machine.spring: Spring has no field 'stifness'. Did you mean 'stiffness'?"),
        ({"springs": [{}, {"stiffness": 0}]}, "Machine.springs.1: Spring.stiffness: input should be greater than 0"),
    ],
)
def test_errors_name_the_field_the_value_and_the_rule(fields, sentence):
    with pytest.raises(RecipeError) as raised:
        Machine(**fields)
    assert str(raised.value).startswith(sentence)
    assert "\n" not in str(raised.value)


def test_a_rule_of_ones_own_is_worded_the_same_way():
    with pytest.raises(RecipeError, match=r"^Spring\.material: a spring must be solid, but got 'air'\.$"):
        Spring(material="air")


def test_a_specification_is_printed_as_it_is_written():
    assert str(WHOLE) == repr(WHOLE)
    assert str(Machine(wheels=3)) == "Machine(wheels=3)"


def test_a_signature_states_names_plain_types_and_defaults():
    assert str(inspect.signature(Spring)) == "(*, stiffness: float = 1.0, material: str = 'steel')"
    assert "limit: float | None = None" in str(inspect.signature(Machine))
    assert "springs: tuple[tests.test_specification.Spring, ...] = ()" in str(inspect.signature(Machine))
    for part in (tw.Recipe, tw.Encoding, *ARCHITECTURES.values(), *OPTIMIZERS.values()):
        assert "Annotated" not in str(inspect.signature(part))
        assert list(inspect.signature(part).parameters) == list(part.model_fields)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"network": tw.Linear()}, r"got Linear\(\): that is the schedule tw\.Linear; take tw\.networks\.Linear\."),
        ({"network": tw.Autoencoder(code=2)}, r"the estimator tw\.Autoencoder; take tw\.networks\.Autoencoder\."),
        ({"schedule": tw.networks.Linear()}, r"that is the network tw\.networks\.Linear; take tw\.Linear\."),
        ({"schedule": tw.AdamW()}, r"but got AdamW\(\): that is the optimizer tw\.AdamW\.$"),
        ({"schedule": 3}, r"but got 3\.$"),
    ],
)
def test_a_member_of_another_family_is_told_from_its_namesake(fields, sentence):
    with pytest.raises(RecipeError, match=sentence):
        tw.Recipe(**fields)


def test_arrays_are_taken_for_lists() -> None:
    assert tw.MLP(hidden=np.array([64, 32])).hidden == (64, 32)
