"""The log of the test part, kept beside a study: a later sitting knows what an earlier one has seen. Judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optuna.storages import BaseStorage

from trainwell.search.lessons.touches import Touch
from trainwell.search.storing import quiet, readable, storage_of

#: Under which name a storage keeps the log of a study.
TOUCHES = "trainwell: test part touched"


def touches_in(storage: str | Path | BaseStorage | None, name: str) -> list[Touch]:
    """Return the touches that a storage's study knows of; none without a storage.

    Raises:
        ArtifactError: the storage cannot be read.
    """
    if storage is None:
        return []
    with quiet(), readable(str(storage)):
        opened, close = storage_of(storage)
        try:
            attributes = opened.get_study_user_attrs(opened.get_study_id_from_name(name))
        finally:
            close()
    return [Touch.from_dict(facts) for facts in attributes.get(TOUCHES, [])]


def keep_touches(storage: str | Path | BaseStorage | None, name: str, touches: Sequence[Touch]) -> None:
    """Write all touches of a study into its storage, in place of those that it knew of.

    Raises:
        ArtifactError: the storage cannot be written.
    """
    if storage is None:
        return
    with quiet(), readable(str(storage)):
        opened, close = storage_of(storage)
        try:
            number = opened.get_study_id_from_name(name)
            opened.set_study_user_attr(number, TOUCHES, [touch.to_dict() for touch in touches])
        finally:
            close()
