"""The plan of a study before it runs: how thinly the trials are spread, and how long they will take.

Trials are shared among the values of the scientific hyperparameters; what each value gets is spread over the nuisance
dimensions. With n points at random, the best of them lies in the best 5 % of the space with probability 1 − 0.95ⁿ
whatever the number of dimensions (J. Bergstra and Y. Bengio, "Random Search for Hyper-Parameter Optimization", JMLR
2012).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from trainwell.search.lessons.isolation import BUCKETS
from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.ranges import Range
from trainwell.search.lessons.reading import Study, read_study
from trainwell.search.lessons.wording import count, duration

Verdict: TypeAlias = Literal["ample", "fair", "thin"]

#: The share of the space that counts as good, and how likely one should be to land in it.
GOOD_SHARE = 0.05
#: Trials that are asked for where time alone ends a search, more than any makes.
UNBOUNDED = 10_000
AMPLE, FAIR = 0.9, 0.6
SOURCE = "Deep Learning Tuning Playbook, designing the next round; Bergstra and Bengio 2012"


@dataclass(frozen=True)
class Plan:
    """What a study will do, estimated before it starts.

    Attributes:
        trials: trials planned.
        runs: trainings in all: trials × folds × seeds.
        scientific_values: combinations of values of the scientific hyperparameters (ranges count as 6 stretches).
        nuisance_dimensions: hyperparameters tuned for each of them.
        trials_per_value: trials that each combination gets.
        chance: probability that the best of these lies in the best 5 % of the nuisance space.
        advised_trials: trials that make this 90 %.
        seconds: expected time; none where no trial was measured.
        verdict: ``"ample"``, ``"fair"`` or ``"thin"``.
        sentence: all that in words.
    """

    trials: int
    runs: int
    scientific_values: int
    nuisance_dimensions: int
    trials_per_value: float
    chance: float
    advised_trials: int
    seconds: float | None
    verdict: Verdict
    sentence: str

    def lesson(self) -> Lesson:
        """Return it as a lesson."""
        thin = self.verdict == "thin"
        fewer = ", or compare fewer values at a time" if self.scientific_values > 1 else ""
        return Lesson(
            name="plan",
            sentence=self.sentence,
            severity="warning" if thin else "note",
            advice=f"Take {self.advised_trials} trials{fewer}." if thin else "",
            data=self,
            source=SOURCE,
        )


def plan(
    study: Study | dict[str, Any],
    trials: int | None = None,
    *,
    run_seconds: float | None = None,
    compile_seconds: float = 0.0,
    workers: int = 1,
) -> Plan:
    """Plan a study.

    Args:
        study: the study's plain data, whose space, folds and seeds are read.
        trials: trials planned; as many as the study holds unless said.
        run_seconds: measured time of one training (one setting, fold and seed); none where none was measured.
        compile_seconds: measured time of everything that happens once.
        workers: trainings at a time.

    >>> study = {"metric": "rmse", "direction": "minimize", "trials": [], "folds": 5,
    ...     "space": {"optimizer.learning_rate": {"kind": "loguniform", "low": 1e-4, "high": 0.1}}}
    >>> planned = plan(study, 64, run_seconds=2.0, workers=2)
    >>> planned.runs, planned.seconds, planned.verdict
    (320, 320.0, 'ample')
    """
    reading = read_study(study)
    many = len(reading.trials) if trials is None else trials
    scientific = [each for each in reading.varied if each.role == "scientific"]
    nuisances = len(reading.varied) - len(scientific)
    values = math.prod(values_of(each) for each in scientific)
    each_gets = many / values
    chance = chance_of_good(each_gets) if nuisances else 1.0
    advised = values * (trials_for(AMPLE) if nuisances else 1)
    runs = many * reading.folds * reading.seeds
    seconds = None if run_seconds is None else compile_seconds + math.ceil(runs / workers) * run_seconds
    verdict: Verdict = "ample" if chance >= AMPLE else "fair" if chance >= FAIR else "thin"
    text = wording(many, runs, values, nuisances, each_gets, chance, seconds)
    return Plan(many, runs, values, nuisances, each_gets, chance, advised, seconds, verdict, text)


def values_of(searched: Range) -> int:
    """Return how many values of a scientific hyperparameter are compared."""
    if searched.kind == "choice":
        return len(searched.choices)
    return min(int(searched.high - searched.low) + 1, BUCKETS) if searched.kind == "integer" else BUCKETS


def chance_of_good(trials: float) -> float:
    """Return how likely the best of some trials lies in the best 5 % of a space: 1 − 0.95ⁿ.

    >>> round(chance_of_good(60), 3)
    0.954
    """
    return 1 - float((1 - GOOD_SHARE) ** trials)


def trials_for(chance: float) -> int:
    """Return how many trials make a chance that high.

    >>> trials_for(0.9)
    45
    """
    return math.ceil(math.log(1 - chance) / math.log(1 - GOOD_SHARE))


def wording(
    trials: int, runs: int, values: int, nuisances: int, each_gets: float, chance: float, seconds: float | None
) -> str:
    """Say how thinly the trials are spread and how long they take."""
    text = count(trials, "trial") + (f" ({count(runs, 'training')})" if runs > trials else "")
    if values > 1:
        text += f" share {values} values: about {each_gets:.0f} each"
    if nuisances:
        verb = "to tune" if values > 1 else "tune"
        text += f" {verb} {count(nuisances, 'hyperparameter')}, with a chance of {chance:.0%} to meet the best 5%"
    return f"{text}, in about {duration(seconds)}." if seconds is not None else f"{text}."
