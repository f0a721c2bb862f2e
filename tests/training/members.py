"""What the suites of both families share: a member's other settings, and what it must refuse."""

from __future__ import annotations

from typing import Any

import pytest

from trainwell.engine.toml import field_comments
from trainwell.errors import RecipeError
from trainwell.registry import Entry
from trainwell.specification import Specification


def moved(part: Any) -> Any:
    """Return the same structure with every knob at another value."""

    def other(path: str, value: int | float) -> int | float:
        if path == "epsilon":
            return 1e-3
        return value + 1 if isinstance(value, int) else value * 0.9 or 0.1

    return part.with_knobs({path: other(path, value) for path, value in part.knobs().items()})


def structure(part: Any) -> Any:
    """Return a stand-in for everything of the same structure; it may serve as a key."""
    return part.with_knobs(dict.fromkeys(part.knobs(), 0.5))


def require_documents(entry: Entry[type[Specification]]) -> None:
    member = entry.member
    assert entry.name == member.__name__
    assert entry.formula
    assert entry.source
    assert ">>>" in (member.__doc__ or "")
    assert set(field_comments(member)) >= set(member.model_fields)


def require_refusals(member: type[Specification]) -> None:
    """Check that every field refuses nonsense by its name, and every knob what no knob of the family may be."""
    nonsense = [(name, "much") for name in member.model_fields]
    nonsense += [(name, value) for name in member.knob_fields() for value in (-1, float("nan"), float("inf"), None)]
    for name, value in nonsense:
        with pytest.raises(RecipeError, match=rf"^{member.__name__}\.{name}: .* but got {value!r}\.$"):
            member(**{name: value})
    with pytest.raises(RecipeError, match=r"has no field 'warmup_rate'\."):
        member(warmup_rate=1)
