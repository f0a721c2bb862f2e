"""What one check before a run says: its number in the practice, how it went, and the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from trainwell.clinic.finding import jsonable

Status = Literal["passed", "failed", "warned", "not applicable"]


@dataclass(frozen=True)
class Preflight:
    """One check before believing a run: its number in the practice, how it went, and the evidence."""

    row: int
    name: str
    status: Status
    sentence: str
    evidence: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the check as JSON-able data."""
        return {
            "row": self.row,
            "name": self.name,
            "status": self.status,
            "sentence": self.sentence,
            "evidence": jsonable(self.evidence),
        }
