"""A space: a recipe with ranges where some of its values stood. Made by ``recipe.vary``; searched a floor above."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from trainwell.engine.fields import opened
from trainwell.engine.ranges import Choice, Range, as_plain
from trainwell.errors import RecipeError, did_you_mean, unknown_name
from trainwell.specification import Specification

if TYPE_CHECKING:
    from trainwell.engine.recipe import Recipe

Role: TypeAlias = Literal["scientific", "nuisance"]
Settings: TypeAlias = dict[str, Any]

#: Fields that no search may vary, and why.
NEVER_SEARCHED = {
    "max_epochs": "the number of steps is never searched: a longer run nearly always scores better, whatever else is "
    "wrong with it; set it once, and let early stopping or the best epoch decide",
    "max_steps": "the number of steps is never searched, for the same reason as max_epochs",
    "precision": "precision is for speed or for checks, not for a better score",
    "seed": "the seed is no hyperparameter: a lucky one teaches nothing; ask for several seeds per trial (seeds=3)",
    "telemetry": "telemetry changes nothing about training",
}
BATCH_SIZE_WARNING = (
    "batch_size is searched. Choose it for speed: with the optimizer tuned anew, every batch size reaches the same "
    "score, and what was tuned at one does not hold at another (Deep Learning Tuning Playbook)."
)


@dataclass(frozen=True)
class Space:
    """A recipe and the ranges of the fields that a search varies.

    Attributes:
        recipe: everything that stays as it is.
        ranges: a range by dotted path. A path may name the kind it belongs to, as in
            ``optimizer.SGD.momentum``: it is varied in trials whose optimizer is of that kind.
        roles: what each path is varied for: ``scientific`` is what the study asks about, ``nuisance`` is tuned
            so that the answer is fair.

    >>> from trainwell.engine import Recipe
    >>> from trainwell.engine.ranges import loguniform
    >>> space = Recipe().vary({"optimizer.learning_rate": loguniform(1e-4, 1e-2)})
    >>> space.recipe_for(space.settings_at([0.5])).optimizer.learning_rate
    0.001
    """

    recipe: Recipe
    ranges: Mapping[str, Range]
    roles: Mapping[str, Role] = field(default_factory=dict)

    def settings_at(self, point: Sequence[float]) -> Settings:
        """Return the settings at a point of the unit cube, one coordinate a path; what does not apply is left out."""
        recipe, settings = self.recipe, {}
        positions = dict(zip(self.ranges, map(float, point), strict=True))
        for path in sorted(self.ranges, key=depth):
            address = address_of(path)
            if applies(recipe, address):
                settings[path] = self.ranges[path].at(positions[path])
                recipe = recipe.with_settings({address.field: settings[path]})
        return {path: settings[path] for path in self.ranges if path in settings}

    def own_settings(self) -> Settings | None:
        """Return the settings that give the recipe itself; none where a value of its own lies outside its range."""
        paths = [path for path in self.ranges if applies(self.recipe, address_of(path))]
        settings = {path: part_at(self.recipe, address_of(path).field) for path in paths}
        return settings if all(self.ranges[path].holds(value) for path, value in settings.items()) else None

    def recipe_for(self, settings: Mapping[str, Any]) -> Recipe:
        """Return the recipe with these settings in place, validated."""
        ordered = sorted(settings, key=depth)
        return self.recipe.with_settings({address_of(path).field: settings[path] for path in ordered})

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return each path's range and role as JSON-able data."""
        return {path: span.to_dict() | {"role": self.roles[path]} for path, span in self.ranges.items()}


@dataclass(frozen=True)
class Address:
    """Where a path leads: the field itself, and the part that must be of a certain kind, if the path names one."""

    field: str
    part: str | None = None
    kind: str | None = None


def depth(path: str) -> int:
    """Return how deep a field lies: whole parts are set before fields inside them."""
    return path.count(".")


def address_of(path: str) -> Address:
    """Read a path; a step that begins with a capital names a kind.

    >>> address_of("optimizer.SGD.momentum")
    Address(field='optimizer.momentum', part='optimizer', kind='SGD')
    """
    steps = path.split(".")
    at = next((at for at, step in enumerate(steps) if at and step[:1].isupper()), None)
    if at is None:
        return Address(path)
    return Address(".".join(steps[:at] + steps[at + 1 :]), ".".join(steps[:at]), steps[at])


def applies(recipe: Recipe, address: Address) -> bool:
    """Tell whether the part that an address names is of its kind."""
    return address.part is None or type(part_at(recipe, address.part)).__name__ == address.kind


def part_at(recipe: Recipe, path: str) -> Any:
    """Return what stands at a dotted path.

    Raises:
        RecipeError: there is no such field; says which is nearest.
    """
    part: Any = recipe
    for step in path.split("."):
        if isinstance(part, tuple) and step.isdecimal() and int(step) < len(part):
            part = part[int(step)]
            continue
        part = opened(part)
        if not isinstance(part, Specification):
            raise RecipeError(f"{path} cannot be varied: {part!r} has no fields.")
        if step not in type(part).model_fields:
            raise unknown_name(f"field of {type(part).__name__}", step, type(part).model_fields)
        part = getattr(part, step)
    return part


def space_of(recipe: Recipe, ranges: Mapping[str, Range], roles: Mapping[str, Role] | None = None) -> Space:
    """Return a recipe's space, everything about it checked.

    Args:
        recipe: what stays as it is.
        ranges: a range by dotted path.
        roles: ``scientific`` or ``nuisance`` by path; nuisance unless said.

    Raises:
        RecipeError: a field does not exist, does not take the range, or must not be searched.
    """
    if not ranges:
        raise RecipeError("a space needs at least one range: recipe.vary({'optimizer.learning_rate': loguniform(…)}).")
    for path, span in ranges.items():
        if not isinstance(span, Range):
            raise RecipeError(f"{path} must be varied over uniform, loguniform, integer or choice, but got {span!r}.")
        refuse_never_searched(path)
        check_path(recipe, ranges, path)
    space = Space(recipe, dict(ranges), checked_roles(ranges, roles or {}))
    refuse_shared_optimizer_fields(space)
    refuse_unfair_comparison(space)
    return space


def refuse_never_searched(path: str) -> None:
    """Raise for fields that a search must not touch, warn for the batch size."""
    if path in NEVER_SEARCHED:
        raise RecipeError(f"{path} cannot be searched: {NEVER_SEARCHED[path]}.")
    if path == "batch_size":
        warnings.warn(BATCH_SIZE_WARNING, UserWarning, stacklevel=4)


def check_path(recipe: Recipe, ranges: Mapping[str, Range], path: str) -> None:
    """Raise unless the field exists and takes the ends of its range, in some recipe of the space."""
    address = address_of(path)
    hosts = [recipe.with_settings(given) for given in host_settings(recipe, ranges, address)]
    host = next((host for host in hosts if applies(host, address)), None)
    if host is None:
        kinds = [type(part_at(host, address.part or "")).__name__ for host in hosts]
        raise RecipeError(
            f"{path} applies to no trial: {address.part} is {' or '.join(kinds)}."
            f"{did_you_mean(str(address.kind), kinds)} Let {address.part} be a choice that holds {address.kind}."
        )
    part_at(host, address.field)
    for value in ranges[path].ends():
        host.with_settings({address.field: value})


def host_settings(recipe: Recipe, ranges: Mapping[str, Range], address: Address) -> list[Settings]:
    """Return what the search may put in the place that holds a field: every choice of it, or nothing."""
    parent = address.part or address.field.rpartition(".")[0]
    span = ranges.get(parent)
    return [{parent: choice} for choice in span.choices] if isinstance(span, Choice) else [{}]


def checked_roles(ranges: Mapping[str, Range], roles: Mapping[str, Role]) -> dict[str, Role]:
    """Return a role for every path."""
    for path, role in roles.items():
        if path not in ranges:
            raise unknown_name("varied field", path, ranges)
        if role not in get_args(Role):
            raise unknown_name("role", str(role), get_args(Role))
    return {path: roles.get(path, "nuisance") for path in ranges}


def refuse_shared_optimizer_fields(space: Space) -> None:
    """Raise where one range would serve optimizers of several kinds, for which it means different things."""
    span = space.ranges.get("optimizer")
    if not isinstance(span, Choice):
        return
    kinds = sorted({type(space.recipe.with_settings({"optimizer": one}).optimizer).__name__ for one in span.choices})
    shared = [path for path in space.ranges if path.startswith("optimizer.") and address_of(path).kind is None]
    if len(kinds) > 1 and shared:
        own = ", ".join(shared[0].replace("optimizer.", f"optimizer.{kind}.") for kind in kinds)
        raise RecipeError(
            f"{shared[0]} would serve {' and '.join(kinds)} alike, but a good value for one is none for the other; "
            f"give each its own range: {own}."
        )


def refuse_unfair_comparison(space: Space) -> None:
    """Raise where networks or optimizers are compared at one fixed learning rate, which favours whom it suits."""
    compared = [path for path, role in space.roles.items() if role == "scientific"]
    compared = [path for path in compared if path.split(".")[0] in ("network", "optimizer") and "rate" not in path]
    if compared and not any(path.endswith("learning_rate") for path in space.ranges):
        raise RecipeError(
            f"{compared[0]} is compared while the learning rate stays fixed, which favours the one that the rate "
            "happens to suit; vary optimizer.learning_rate as a nuisance."
        )


def plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as JSON-able data."""
    return {path: as_plain(value) for path, value in settings.items()}
