"""Which hyperparameters decided how good a trial was; measured, with intervals, and silent where trials are too few.

The measure is the total-effect index of the functional analysis of variance (F. Hutter, H. Hoos and K. Leyton-Brown,
"An Efficient Approach for Assessing Hyperparameter Importance", ICML 2014), taken on trials that the forest has not
seen, so that a hyperparameter that does nothing comes out near zero instead of above it:

    share of h = mean over held-out trials of [(y − f(x with h redrawn))² − (y − f(x))²] / 2 Var(y)

where y are *ranks* of scores, so that a few terrible trials do not drown the rest, and diverged trials are simply the
last. For independent hyperparameters and a perfect f this is Sobol's total index (L. Breiman's permutation
importance, 2001, in units of variance: B. Gregorutti et al., "Correlation and variable importance in random forests",
2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy.stats import rankdata
from scipy.stats import t as student

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.ranges import Range
from trainwell.search.lessons.reading import DIVERGED, Reading, Study, Trial, read_study
from trainwell.search.lessons.wording import count, listed

Array: TypeAlias = np.ndarray
Predictor: TypeAlias = Callable[[Array], Array]
Verdict: TypeAlias = Literal["found", "nothing stands out", "too few trials"]

#: Trials needed before anything is said: this many, and this many per varied hyperparameter.
FEWEST, FEWEST_EACH = 12, 4
FOLDS, REPEATS, TREES, REDRAWS = 5, 4, 40, 12
SOURCE = "Hutter, Hoos and Leyton-Brown 2014, functional ANOVA; Breiman 2001, permutation importance"


@dataclass(frozen=True)
class Importance:
    """The share of the trials' ranking that goes with a hyperparameter, interactions counted; 95 % interval."""

    path: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Importances:
    """All hyperparameters, the most important first.

    Attributes:
        bars: one per varied hyperparameter; none where trials are too few.
        explained: share of the variance of held-out ranks that the forest predicts (R²); none where it was not asked.
        trials: how many trials it was learned from, the diverged ones among them.
        verdict: ``"found"`` where at least one interval lies above zero.
        sentence: all that in words.
    """

    bars: tuple[Importance, ...]
    explained: float | None
    trials: int
    verdict: Verdict
    sentence: str

    def lesson(self) -> Lesson:
        """Return it as a lesson."""
        return Lesson(
            name="importance",
            sentence=self.sentence,
            evidence={"trials": self.trials, "explained": self.explained},
            data=self,
            source=SOURCE,
        )


def importance(study: Study, seed: int = 0) -> Importances | None:
    """Return the importance of every varied hyperparameter; none where fewer than two were varied.

    Args:
        study: the study's plain data.
        seed: of the forests and of the redrawn values; the same seed gives the same numbers.
    """
    reading = read_study(study)
    varied = reading.varied
    trials = [trial for trial in reading.trials if trial.scored or trial.state == DIVERGED]
    if len(varied) < 2 or not reading.scored:
        return None
    needed = max(FEWEST, FEWEST_EACH * len(varied))
    ranks = ranks_of(reading, trials)
    if len(trials) < needed or np.ptp(ranks) == 0:
        have = count(len(trials), "trial")
        text = f"{have} cannot tell which of {len(varied)} hyperparameters matters; {needed} might."
        return Importances((), None, len(trials), "too few trials", text)
    shares, explained = measure(*features(varied, trials), ranks, seed)
    bars = tuple(interval(each.path, shares[:, k]) for k, each in enumerate(varied))
    bars = tuple(sorted(bars, key=lambda bar: -bar.share))
    verdict: Verdict = "found" if bars[0].low > 0 else "nothing stands out"
    return Importances(bars, explained, len(trials), verdict, wording(bars, explained, len(trials)))


def ranks_of(reading: Reading, trials: list[Trial]) -> Array:
    """Return the ranks of trials, the best highest; diverged ones share the last place."""
    return np.asarray(rankdata([reading.goodness(t.value) if t.scored else -np.inf for t in trials]), dtype=float)


def features(varied: tuple[Range, ...], trials: list[Trial]) -> tuple[Array, list[Array]]:
    """Return the trials as a matrix, and the columns of each hyperparameter; choices stand one column per value.

    A setting that a trial does not have (it belongs to another optimizer, say) stands at −0.5.
    """
    blocks = [block(each, trials) for each in varied]
    ends = np.cumsum([each.shape[1] for each in blocks])
    return np.hstack(blocks), [np.arange(end - each.shape[1], end) for end, each in zip(ends, blocks, strict=True)]


def block(searched: Range, trials: list[Trial]) -> Array:
    """Return one hyperparameter's columns."""
    places = np.array([searched.position(trial.settings.get(searched.path)) for trial in trials])
    if searched.kind == "choice":
        which = np.round(places * max(len(searched.choices) - 1, 1))
        return (which[:, None] == np.arange(len(searched.choices))).astype(float)
    return np.where(np.isnan(places), -0.5, places)[:, None]


def measure(inputs: Array, groups: list[Array], ranks: Array, seed: int) -> tuple[Array, float]:
    """Return each trial's contribution to each share, ``(trials, hyperparameters)``, and R² on held-out trials."""
    rng = np.random.default_rng(seed)
    rises, errors = np.zeros((len(ranks), len(groups))), np.zeros(len(ranks))
    for repeat in range(REPEATS):
        folds = rng.permutation(len(ranks)) % FOLDS
        for fold in range(FOLDS):
            held = folds == fold
            predict = forest(inputs[~held], ranks[~held], seed + 1000 * repeat + fold)
            rise, error = rises_of(predict, inputs[held], inputs, groups, ranks[held], rng)
            rises[held] += rise / REPEATS
            errors[held] += error / REPEATS
    variance = float(np.var(ranks))
    return rises / (2 * variance), 1 - float(np.mean(errors)) / variance


def forest(inputs: Array, ranks: Array, seed: int) -> Predictor:
    """Return what a forest of extremely randomised trees predicts (P. Geurts et al., 2006)."""
    from sklearn.ensemble import ExtraTreesRegressor  # late: it takes half a second that most lessons need not

    model: Any = ExtraTreesRegressor(n_estimators=TREES, min_samples_leaf=1, random_state=seed)
    predict: Predictor = model.fit(inputs, ranks).predict
    return predict


def rises_of(
    predict: Predictor, held: Array, pool: Array, groups: list[Array], ranks: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return the rise of each held-out trial's squared error when a group of columns is redrawn, and the error."""
    errors = (ranks - predict(held)) ** 2
    variants = np.tile(held, (len(groups), REDRAWS, 1, 1))
    for k, columns in enumerate(groups):
        drawn = rng.integers(len(pool), size=(REDRAWS, len(held)))
        variants[k][:, :, columns] = pool[drawn][:, :, columns]
    guesses = predict(variants.reshape(-1, held.shape[1])).reshape(len(groups), REDRAWS, len(held))
    return (((ranks - guesses) ** 2).mean(axis=1) - errors).T, errors


def interval(path: str, contributions: Array) -> Importance:
    """Return the mean of the trials' contributions with its 95 % interval, Student's t over trials."""
    trials, mean = len(contributions), float(np.mean(contributions))
    reach = float(student.ppf(0.975, trials - 1) * np.std(contributions, ddof=1) / np.sqrt(trials))
    return Importance(path, mean, mean - reach, mean + reach)


def wording(bars: tuple[Importance, ...], explained: float, trials: int) -> str:
    """Say what matters, what does not, and how sure that is."""
    sure = [bar for bar in bars if bar.low > 0]
    if not sure:
        return f"From {count(trials, 'trial')}, no hyperparameter can be told from chance: all may matter little."
    first = sure[0]
    ends = f"95% interval {max(first.low, 0):.0%} to {min(first.high, 1):.0%}"
    text = f"{first.path} decided most: about {min(first.share, 1):.0%} of the trials' ranking goes with it ({ends})"
    others = [f"{bar.path} ({bar.share:.0%})" for bar in sure[1:]]
    text += f", then {listed(others)}" if others else ""
    unsure = [bar.path for bar in bars if bar.low <= 0]
    return f"{text}; {listed(unsure)} cannot be told from chance." if unsure else f"{text}."
