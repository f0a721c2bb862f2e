"""The one registry idiom: a family of named members with their formula and source.

Activations, initializers, losses, metrics, optimizers, schedules, networks, checks and strategies are all kept this
way, so that recipe files, error messages and conformance tests iterate the family instead of repeating it. Adding one
is one decorated definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from trainwell.errors import unknown_name

Member = TypeVar("Member")
#: How many members a registry names when it is printed.
FEW = 8


@dataclass(frozen=True)
class Entry(Generic[Member]):
    """One member of a family: its name, the object itself, its formula and where it comes from."""

    name: str
    member: Member
    formula: str = ""
    source: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Registry(Mapping[str, Member]):
    """A named family of members, in the order in which they were registered.

    Args:
        family: what one member is called, in errors.
        home: where a person finds the members, such as ``"tw.networks"``; empty where they are found by name alone.

    >>> shapes = Registry("shape")
    >>> @shapes.register("square", formula="a²", source="Euclid")
    ... def square(side):
    ...     return side * side
    >>> shapes["square"](3)
    9
    >>> shapes.entry("square").formula
    'a²'
    >>> shapes["sqare"]
    Traceback (most recent call last):
    trainwell.errors.UnknownNameError: no shape is called 'sqare'. Did you mean 'square'? Known: square.
    """

    def __init__(self, family: str, home: str = ""):
        self.family = family
        self.home = home
        self._entries: dict[str, Entry[Member]] = {}
        self._aliases: dict[str, str] = {}

    def __repr__(self) -> str:
        named = ", ".join([*list(self)[:FEW], *(["…"] if len(self) > FEW else [])])
        return f"<Registry of {len(self)} {plural(self.family)}: {named}>"

    def register(self, name: str, *, formula: str = "", source: str = "", **facts: Any) -> Callable[[Member], Member]:
        """Return a decorator that adds its argument under ``name`` and hands it back unchanged."""

        def add(member: Member) -> Member:
            if name in self._entries:
                raise ValueError(f"{self.family} {name!r} is registered already")
            self._entries[name] = Entry(name, member, formula, source, facts)
            return member

        return add

    def alias(self, other: str, name: str) -> None:
        """Let the member ``name`` be found by another name too, by which it is not listed."""
        self._aliases[other] = name

    def entry(self, name: str) -> Entry[Member]:
        """Return the whole entry, or raise :class:`~trainwell.errors.UnknownNameError`."""
        own = self._aliases.get(name, name)
        if own not in self._entries:
            raise unknown_name(self.family, name, self._entries)
        return self._entries[own]

    def entries(self) -> tuple[Entry[Member], ...]:
        """Return every entry, for tables and conformance tests."""
        return tuple(self._entries.values())

    def __getitem__(self, name: str) -> Member:
        return self.entry(name).member

    def __contains__(self, name: object) -> bool:
        return name in self._entries or name in self._aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def plural(noun: str) -> str:
    """Return the plural of a family's name.

    >>> plural("metric"), plural("loss with options"), plural("strategy")
    ('metrics', 'losses with options', 'strategies')
    """
    noun, *rest = noun.split(" ", 1) if " with " in noun else (noun,)
    return " ".join([ended(noun), *rest])


def ended(noun: str) -> str:
    """Return one word's plural."""
    if noun.endswith("y"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"
