"""The ledger: a study's trials in Optuna's storage, written as they happen, so that nothing finished is ever lost.

Every entry is one transaction. A trial is entered as running when its settings are drawn, each of its trainings as
soon as it ends, and its value last; whoever opens the ledger after a sudden end finds what is still to do. Optuna's
dashboard opens it. Not for deciding what to try, not for training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from trainwell.engine.space import Settings, Space
from trainwell.errors import ArtifactError
from trainwell.search.storing import distribution_of, quiet, readable, storage_of, stored_value, value_of
from trainwell.search.trials import Place, Score, State, Trial, state_of

IDENTITY = "trainwell"
PROBLEM = "problem"
#: Under which name a storage keeps what the last sitting planned, and how it ended.
SITTING = "trainwell: last sitting"
DIRECTIONS = {"maximize": StudyDirection.MAXIMIZE, "minimize": StudyDirection.MINIMIZE}
OPTUNA_STATES = {
    "complete": TrialState.COMPLETE,
    "stopped early": TrialState.PRUNED,
    "diverged": TrialState.FAIL,
    "failed": TrialState.FAIL,
}


class Ledger:
    """The trials of one study, in memory and in a storage alike.

    Args:
        storage: a path (SQLite), a URL, one of Optuna's storages, or none for memory alone.
        name: the study's name in it.
        space: what is searched.
        direction: whether large or small values are better.
        identity: plain data that must be the same for the study to go on.

    Raises:
        ArtifactError: the storage holds another study of that name, is damaged, or is locked.
    """

    def __init__(
        self,
        storage: str | Path | BaseStorage | None,
        name: str,
        space: Space,
        direction: Literal["maximize", "minimize"],
        identity: Mapping[str, Any],
    ):
        self.space, self.label = space, str(storage)
        with quiet(), readable(self.label):
            self.storage, self._close = storage_of(storage)
            self.study = self._open(name, direction, json.loads(json.dumps(identity)))
            stored = self.storage.get_all_trials(self.study, deepcopy=False)
        self.ids = [trial._trial_id for trial in stored]
        self.trials = [read_trial(trial, space) for trial in stored]

    def _open(self, name: str, direction: str, identity: dict[str, Any]) -> int:
        """Return the study's number in the storage, a new one where there is none of that name."""
        studies = {study.study_name: study for study in self.storage.get_all_studies()}
        if name in studies:
            refuse_other_study(self.label, name, studies[name].user_attrs.get(IDENTITY), identity)
            return int(studies[name]._study_id)
        number = self.storage.create_new_study([DIRECTIONS[direction]], name)
        self.storage.set_study_user_attr(number, IDENTITY, identity)
        return number

    def keep_sitting(self, plan: Mapping[str, Any], ended: str) -> None:
        """Write down what this sitting plans and how it stands, in place of the last."""
        with readable(self.label):
            self.storage.set_study_user_attr(self.study, SITTING, {"plan": dict(plan), "ended": ended})

    def last_sitting(self) -> dict[str, Any]:
        """Return what the last sitting wrote down; nothing where none has."""
        with readable(self.label):
            kept: dict[str, Any] = self.storage.get_study_user_attrs(self.study).get(SITTING, {})
        return kept

    def pending(self) -> list[Trial]:
        """Return the trials that were begun and have not ended."""
        return [trial for trial in self.trials if trial.state == "running"]

    def enter(self, settings: Settings, seeds: list[int]) -> Trial:
        """Write down that settings are going to be tried."""
        ranges = self.space.ranges
        template = create_trial(
            state=TrialState.RUNNING,
            params={path: stored_value(ranges[path], value) for path, value in settings.items()},
            distributions={path: distribution_of(ranges[path], value) for path, value in settings.items()},
            user_attrs={"seeds": seeds},
        )
        with readable(self.label):
            self.ids.append(self.storage.create_new_trial(self.study, template))
        self.trials.append(Trial(len(self.trials), settings))
        return self.trials[-1]

    def note(self, number: int, place: Place, score: Score) -> Trial:
        """Write down how one training of a trial went."""
        trial = self.trials[number]
        self.trials[number] = replace(trial, scores={**trial.scores, place: score})
        with readable(self.label):
            self.storage.set_trial_user_attr(self.ids[number], place.name, score.to_dict())
        return self.trials[number]

    def compare(self, number: int, epoch: int, value: float) -> None:
        """Write down a trial's value at a rung."""
        trial = self.trials[number]
        self.trials[number] = replace(trial, rungs={**trial.rungs, epoch: value})
        with readable(self.label):
            self.storage.set_trial_intermediate_value(self.ids[number], epoch, value)

    def conclude(self, number: int) -> Trial:
        """Write down that a trial has ended, with what its trainings say."""
        trial = self.trials[number]
        state = state_of(list(trial.scores.values()))
        self.trials[number] = trial = replace(trial, state=state)
        with readable(self.label):
            if trial.problem is not None:
                self.storage.set_trial_user_attr(self.ids[number], PROBLEM, {"state": state, "sentence": trial.problem})
            values = None if trial.value is None else [trial.value]
            self.storage.set_trial_state_values(self.ids[number], OPTUNA_STATES[state], values)
        return trial

    def close(self) -> None:
        """Let go of the storage's connections, so that the file is whole by itself."""
        self.storage.remove_session()
        self._close()


def refuse_other_study(label: str, name: str, found: Any, wanted: dict[str, Any]) -> None:
    """Raise where a stored study is not the one that is wanted, saying in what they differ."""
    if not isinstance(found, dict):
        raise ArtifactError(
            f"{label} holds a study {name!r} that trainwell did not make; name another file or another study."
        )
    different = sorted(key for key in {*found, *wanted} if found.get(key) != wanted.get(key))
    if different:
        raise ArtifactError(
            f"{label} holds another study {name!r}: its {', '.join(different)} "
            f"{'is' if len(different) == 1 else 'are'} not what you ask for now; name another file to begin anew, or "
            "ask as before to go on."
        )


def read_trial(stored: FrozenTrial, space: Space) -> Trial:
    """Return a trial as it stands in a storage."""
    scores = {
        Place(int(key.split()[1]), int(key.split()[3])): Score(**value)
        for key, value in stored.user_attrs.items()
        if key.startswith("fold ")
    }
    return Trial(
        number=stored.number,
        settings={
            path: value_of(space.ranges[path], stored.params[path]) for path in space.ranges if path in stored.params
        },
        state=read_state(stored),
        scores=scores,
        rungs=dict(stored.intermediate_values),
    )


def read_state(stored: FrozenTrial) -> State:
    """Return how a stored trial ended."""
    if stored.state in (TrialState.RUNNING, TrialState.WAITING):
        return "running"
    if stored.state == TrialState.FAIL:
        problem = stored.user_attrs.get(PROBLEM, {})
        return "diverged" if problem.get("state") == "diverged" else "failed"
    return "complete" if stored.state == TrialState.COMPLETE else "stopped early"
