"""What a scientific hyperparameter does once the nuisances are tuned for each of its values.

For every value (or bucket of values) of a scientific hyperparameter, only the best trial counts: the others had worse
nuisances (Deep Learning Tuning Playbook, "isolation plots"). A bucket with more trials has more luck, so the means of
the best at equal numbers of trials stand beside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.ranges import Range, alike
from trainwell.search.lessons.reading import Reading, Study, Trial, read_study
from trainwell.search.lessons.resolution import standard_error
from trainwell.search.lessons.sampling import best_of
from trainwell.search.lessons.wording import count, difference, number, score, setting

#: Buckets that a range of numbers is cut into, at most.
BUCKETS = 6
SOURCE = "Deep Learning Tuning Playbook, isolation plots"


@dataclass(frozen=True)
class Bucket:
    """The trials that share one value, or one stretch of values, of a scientific hyperparameter.

    Attributes:
        name: the value or the stretch, as written.
        trials: how many trials have a score.
        best: the best score among them; none without trials.
        number: which trial that is.
        standard_error: of that score over folds and seeds.
        fair: expected best score of as many trials as the smallest bucket has.
        values: every score in the bucket.
    """

    name: str
    trials: int
    best: float | None
    number: int | None
    standard_error: float
    fair: float | None
    values: tuple[float, ...]


@dataclass(frozen=True)
class Isolation:
    """A scientific hyperparameter after the nuisances were tuned: its buckets, the winner and the margin.

    Attributes:
        path: the hyperparameter.
        buckets: in the order of the range.
        winner: name of the bucket with the best trial; none where fewer than two buckets have trials.
        margin: how far its best trial is ahead of the next bucket's.
        noise: standard error of that margin over folds and seeds; 0 where it is unknown.
        settled: whether the margin is more than twice its noise.
        sentence: all that in words.
    """

    path: str
    buckets: tuple[Bucket, ...]
    winner: str | None
    margin: float
    noise: float
    settled: bool
    sentence: str

    def lesson(self) -> Lesson:
        """Return it as a lesson."""
        again = self.winner is not None and not self.settled
        return Lesson(
            name="isolation",
            sentence=self.sentence,
            advice="Compare the two best over more seeds before choosing." if again else "",
            evidence={"margin": self.margin, "standard error of the margin": self.noise} if self.winner else {},
            data=self,
            source=SOURCE,
        )


def isolation(study: Study) -> tuple[Isolation, ...]:
    """Return the isolation of every scientific hyperparameter.

    >>> study = {"metric": "accuracy", "direction": "maximize",
    ...     "space": {"network.activation": {"kind": "choice", "choices": ["relu", "tanh"], "role": "scientific"}},
    ...     "trials": [{"number": k, "settings": {"network.activation": ("relu", "tanh")[k % 2]}, "state": "complete",
    ...                 "value": 0.9 + (k % 2) * 0.05} for k in range(6)]}
    >>> print(isolation(study)[0].sentence)
    With the rest tuned for each, network.activation = tanh is best (95.0%), 5 points ahead of relu.
    """
    reading = read_study(study)
    return tuple(isolate(reading, each) for each in reading.varied if each.role == "scientific")


def isolate(reading: Reading, searched: Range) -> Isolation:
    """Return one hyperparameter's buckets and what they show."""
    named = bucketed(reading, searched)
    fewest = min((len(trials) for _, trials in named if trials), default=0)
    buckets = tuple(bucket_of(reading, name, trials, fewest) for name, trials in named)
    leaders = ranking(reading, named)
    if len(leaders) < 2:
        text = f"Only one value of {searched.path} has trials with a score: there is nothing to compare."
        return Isolation(searched.path, buckets, None, math.nan, 0.0, False, text)
    (winner, first), (second, other) = leaders[:2]
    margin = abs(first.value - other.value)
    noise = paired_noise(first, other)
    settled = margin > 2 * noise
    text = wording(reading, searched, (winner, first, second), margin, noise)
    return Isolation(searched.path, buckets, winner, margin, noise, settled, text)


def bucketed(reading: Reading, searched: Range) -> list[tuple[str, list[Trial]]]:
    """Return the scored trials of each value, or of each stretch of a range of numbers, in order."""
    trials = [trial for trial in reading.scored if not math.isnan(searched.position(trial.settings.get(searched.path)))]
    if searched.kind == "choice":
        return [(setting(each), [t for t in trials if has(t, searched, each)]) for each in searched.choices]
    if searched.kind == "integer" and searched.high - searched.low < BUCKETS:
        whole = range(int(searched.low), int(searched.high) + 1)
        return [(str(each), [t for t in trials if t.settings[searched.path] == each]) for each in whole]
    parts = int(min(BUCKETS, max(2, len(trials) // 4)))
    edges = [searched.value_at(k / parts) for k in range(parts + 1)]
    places = [min(int(searched.position(t.settings[searched.path]) * parts), parts - 1) for t in trials]
    return [
        (
            f"{number(edges[k], 2)} to {number(edges[k + 1], 2)}",
            [t for t, at in zip(trials, places, strict=True) if at == k],
        )
        for k in range(parts)
    ]


def has(trial: Trial, searched: Range, choice: Any) -> bool:
    """Tell whether a trial took a choice."""
    return bool(alike(trial.settings[searched.path]) == alike(choice))


def bucket_of(reading: Reading, name: str, trials: list[Trial], fewest: int) -> Bucket:
    """Return a bucket's best trial and how it compares at equal numbers of trials."""
    values = tuple(trial.value for trial in trials)
    if not trials:
        return Bucket(name, 0, None, None, 0.0, None, ())
    best = best_trial(reading, trials)
    fair = reading.goodness(best_of([reading.goodness(value) for value in values], fewest))
    return Bucket(name, len(trials), best.value, best.number, standard_error(best), fair, values)


def best_trial(reading: Reading, trials: list[Trial]) -> Trial:
    """Return the best trial of some, the first of equals."""
    return max(trials, key=lambda trial: reading.goodness(trial.value))


def ranking(reading: Reading, named: list[tuple[str, list[Trial]]]) -> list[tuple[str, Trial]]:
    """Return the best trial of each bucket that has one, best bucket first."""
    leaders = [(name, best_trial(reading, trials)) for name, trials in named if trials]
    return sorted(leaders, key=lambda leader: -reading.goodness(leader[1].value))


def paired_noise(first: Trial, other: Trial) -> float:
    """Return the standard error of the difference of two trials, fold by fold where both saw the same folds."""
    if len(first.values) == len(other.values) > 1:
        apart = np.subtract(first.values, other.values)
        return float(np.std(apart, ddof=1) / np.sqrt(len(apart)))
    return math.hypot(standard_error(first), standard_error(other))


def wording(reading: Reading, searched: Range, leaders: tuple[str, Trial, str], margin: float, noise: float) -> str:
    """Say which value is best, by how much, and whether that is more than noise."""
    winner, first, second = leaders
    sign = "=" if searched.kind == "choice" else "in"
    text = (
        f"With the rest tuned for each, {searched.path} {sign} {winner} is best ({score(reading.metric, first.value)})"
    )
    lead = difference(reading.metric, margin)
    if noise == 0:
        return f"{text}, {lead} ahead of {second}."
    error = f"standard error {difference(reading.metric, noise)} over {count(len(first.values), 'run')}"
    if margin > 2 * noise:
        return f"{text}, {lead} ahead of {second}: more than chance ({error})."
    return f"{text}, but its lead over {second}, {lead}, may be chance ({error})."
