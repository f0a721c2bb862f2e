"""What every lesson is handed on as: one plain sentence, advice, evidence and the data of its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from trainwell.plain import plain

Severity: TypeAlias = Literal["fault", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("fault", "warning", "note")


@dataclass(frozen=True)
class Lesson:
    """One thing a study taught.

    Attributes:
        name: which lesson it is; pictures find their data by it.
        sentence: what was learned, for a person who never heard of the rule.
        severity: ``"fault"`` makes the conclusions unsound, ``"warning"`` asks for another round, ``"note"`` informs.
        advice: what to do next, empty where there is nothing to do.
        change: the advice as settings, ranges by dotted path or recipe settings; none where it is neither.
        evidence: the few numbers the sentence rests on.
        data: everything a picture of it needs, as plain data.
        source: where the rule comes from.

    >>> Lesson("steps", "Training ended too soon.", severity="warning").to_dict()["severity"]
    'warning'
    """

    name: str
    sentence: str
    severity: Severity = "note"
    advice: str = ""
    change: Mapping[str, Any] | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    data: Any = None
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the lesson as data that JSON can hold."""
        found: dict[str, Any] = plain(self)
        return found
