"""The honest sentence: the score of rows never seen, its interval, and whether that beats the baselines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trainwell.report.contents import Facts, ReportData
from trainwell.report.measures import (
    in_units_of_target,
    interval_text,
    is_share,
    lower_is_better,
    metric_name,
    score_text,
)
from trainwell.report.numbers import as_float, count

Standing = Literal["better", "level", "worse", "unknown"]
_WORDINGS: Mapping[Standing, str] = {
    "worse": ". Simpler and better here: {names}. Prefer it, or read the findings for what went wrong.",
    "level": ". The network is not shown to be better than {names}.",
}


@dataclass(frozen=True)
class Baseline:
    """A simple model's score, how the network stands to it, and their paired ``difference``.

    That is network less baseline, ``low`` and ``high`` its 95% interval; nan where it was not computed.
    """

    name: str
    value: float
    standing: Standing
    difference: float = math.nan
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Verdict:
    """The primary score on the best part there is, beside the baselines.

    ``part`` is "test", else "validation", else "training"; ``low`` and ``high`` are nan without an interval.
    """

    part: str
    metric: str
    value: float
    low: float
    high: float
    rows: int | None
    baselines: tuple[Baseline, ...]

    @property
    def has_interval(self) -> bool:
        """Tell whether the 95% interval is known."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def judge(scores: Facts) -> Verdict | None:
    """Return the verdict, or None where nothing was scored.

    >>> scores = {"primary": "accuracy", "test": {"accuracy": 0.9},
    ...           "intervals": {"test": {"accuracy": [0.85, 0.95]}},
    ...           "baselines": {"majority class": {"test": {"accuracy": 0.4}}}}
    >>> judge(scores).baselines[0].standing
    'better'
    """
    metric = _primary(scores)
    for part in ("test", "validation", "training"):
        value = as_float(_inner(scores, part).get(metric))
        if not math.isnan(value):
            low, high = _interval(scores, part, metric)
            return Verdict(part, metric, value, low, high, _rows(scores, part), _baselines(scores, part, metric))
    return None


def _inner(scores: Facts, *names: str) -> Mapping[str, Any]:
    value: Any = scores
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _primary(scores: Facts) -> str:
    stated = scores.get("primary")
    if stated:
        return str(stated)
    known = [name for part in ("test", "validation", "training") for name in _inner(scores, part)]
    return known[0] if known else ""


def _interval(scores: Facts, part: str, metric: str) -> tuple[float, float]:
    return _ends(_inner(scores, "intervals", part).get(metric))


def _ends(interval: Any) -> tuple[float, float]:
    if isinstance(interval, Sequence) and len(interval) == 2:
        return as_float(interval[0]), as_float(interval[1])
    return math.nan, math.nan


def _rows(scores: Facts, part: str) -> int | None:
    rows = as_float(_inner(scores, "rows").get(part))
    return int(rows) if math.isfinite(rows) else None


def _baselines(scores: Facts, part: str, metric: str) -> tuple[Baseline, ...]:
    values = {
        str(name): as_float(_inner(scores, "baselines", name, part).get(metric)) for name in _inner(scores, "baselines")
    }
    return tuple(
        _baseline(scores, part, metric, name, value) for name, value in values.items() if not math.isnan(value)
    )


_CONCLUSIONS: Mapping[str, Standing] = {"clearly better": "better", "no better": "level", "worse": "worse"}


def _baseline(scores: Facts, part: str, metric: str, name: str, value: float) -> Baseline:
    """Return how the network stands to a baseline: by the paired comparison, else by its own interval."""
    low, high = _interval(scores, part, metric)
    paired = _inner(scores, "against_baseline")
    if paired.get("name") == name and scores.get("judged", part) == part:
        standing = _CONCLUSIONS.get(str(paired.get("conclusion")), "unknown")
        return Baseline(name, value, standing, as_float(paired.get("difference")), *_ends(paired.get("interval")))
    return Baseline(name, value, _standing(metric, value, low, high))


def _standing(metric: str, baseline: float, low: float, high: float) -> Standing:
    if not (math.isfinite(low) and math.isfinite(high)):
        return "unknown"
    if low <= baseline <= high:
        return "level"
    below = baseline < low
    return "worse" if below == lower_is_better(metric) else "better"


def sentences(verdict: Verdict) -> tuple[str, ...]:
    """Return the verdict in plain words: what was reached, and what the baselines reach.

    >>> majority = Baseline("majority class", 0.4, "better")
    >>> reached, compared = sentences(Verdict("test", "accuracy", 0.9, 0.85, 0.95, 69, (majority,)))
    >>> reached
    'On 69 rows it had never seen, the network was right about 90.0% of them (95% interval 85.0% to 95.0%).'
    >>> compared
    'Always answering the most frequent class reaches 40.0%: the network is clearly better than that.'
    """
    said = [_reached(verdict)]
    if verdict.baselines:
        said.append(_compared(verdict))
    if verdict.part != "test":
        said.append(_caveat(verdict.part))
    return tuple(said)


def _reached(verdict: Verdict) -> str:
    rows = (f"{count(verdict.rows)} row" + "s" * (verdict.rows != 1)) if verdict.rows else "the rows"
    where = {
        "test": f"On {rows} it had never seen",
        "validation": f"On the {rows.removeprefix('the ')} of the validation part",
        "training": f"On the {rows.removeprefix('the ')} it was trained on",
    }[verdict.part]
    return f"{where}, the network {_achievement(verdict)}{_in_brackets(verdict)}."


def _in_brackets(verdict: Verdict) -> str:
    inside = [metric_name(verdict.metric)] if in_units_of_target(verdict.metric) else []
    if verdict.has_interval:
        inside.append(f"95% interval {interval_text(verdict.metric, verdict.low, verdict.high)}")
    return f" ({', '.join(inside)})" if inside else ""


def _achievement(verdict: Verdict) -> str:
    score, name = score_text(verdict.metric, verdict.value), metric_name(verdict.metric)
    if verdict.metric == "accuracy":
        return f"was right about {score} of them"
    if in_units_of_target(verdict.metric):
        return f"was off by {score}"
    return f"reached {'a' if name[:1] not in 'aeiou' else 'an'} {name} of {score}"


def _compared(verdict: Verdict) -> str:
    reached = "is off by" if in_units_of_target(verdict.metric) else "reaches"
    listed = [f"{_subject(b.name)} {reached} {score_text(verdict.metric, b.value)}" for b in verdict.baselines]
    text = " and ".join(([", ".join(listed[:-1])] if listed[1:] else []) + listed[-1:])
    return f"{text[:1].upper()}{text[1:]}{_conclusion(verdict.metric, verdict.baselines)}"


def _subject(name: str) -> str:
    spoken = {
        "majority class": "always answering the most frequent class",
        "mean": "always answering the mean",
    }
    return spoken.get(name, name)


def _conclusion(metric: str, baselines: tuple[Baseline, ...]) -> str:
    standings = {baseline.standing for baseline in baselines}
    if standings == {"better"}:
        beaten = ("that", "both", "all of them")[min(len(baselines), 3) - 1]
        return f": the network is clearly better than {beaten}."
    for standing, wording in _WORDINGS.items():
        names = [f"{b.name}{_difference(metric, b)}" for b in baselines if b.standing == standing]
        if names:
            return wording.format(names=" and ".join(names))
    return "."


def _difference(metric: str, baseline: Baseline) -> str:
    if not (math.isfinite(baseline.low) and math.isfinite(baseline.high)):
        return ""
    gap = score_text(metric, baseline.difference)
    return f" (difference {gap}, 95% interval {interval_text(metric, baseline.low, baseline.high)})"


def _caveat(part: str) -> str:
    if part == "validation":
        return "There was no test part. The validation part also chose the best epoch, so this score flatters."
    return "There was neither a test nor a validation part: this says nothing about new rows."


def shares_axis(verdict: Verdict) -> bool:
    """Tell whether the verdict's values are shares of 1, to be drawn as percentages."""
    return is_share(verdict.metric)


def no_score(report: ReportData) -> str:
    """Say why there is no score: nothing was trained to its first epoch, or a record came alone, without answers.

    >>> no_score(ReportData(title="mine", created="2026-11-20"))
    'No score: the run ended before anything could be measured.'
    """
    if len(report.record.arrays.get("epoch", ())):
        return "No score: a record holds how training went, not what the network answers."
    return "No score: the run ended before anything could be measured."
