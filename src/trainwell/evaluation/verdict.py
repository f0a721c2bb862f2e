"""One honest sentence: what was reached, how sure that is, and whether a simpler model does as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from trainwell.evaluation.answers import PARTS, Part
from trainwell.evaluation.baselines import MAJORITY, MEAN
from trainwell.functions.metrics import METRICS

Scores: TypeAlias = Mapping[str, Any]
METRIC_WORDS = {
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
    "rmse": "the root mean squared error",
    "mae": "the mean absolute error",
    "r2": "R²",
    "roc_auc": "the area under the ROC curve",
}


def verdict(scores: Scores) -> str:
    """Return the sentence that a person should remember of a run.

    Better, worse or neither is decided by the paired bootstrap of the difference to the best baseline.

    >>> print(verdict({"primary": "accuracy", "rows": {"test": 67}, "test": {"accuracy": 0.9851},
    ...                "intervals": {"test": {"accuracy": [0.955, 1.0]}}}))
    On 67 rows it had never seen, accuracy is 0.985 (95 % interval 0.955 to 1.000).
    """
    metric = scores["primary"]
    part = next((part for part in reversed(PARTS) if scores.get(part)), None)
    if part is None or scores[part].get(metric) is None:
        return "There is no score: no row could be judged, or the predictions are not finite numbers."
    said = reached(scores, part, metric), rivals(scores, part, metric), outcome(scores, metric), caveat(part)
    return "".join(said) + "."


def reached(scores: Scores, part: Part, metric: str) -> str:
    """Word the score with its interval."""
    count = scores["rows"][part]
    rows = f"{count:,} row{'' if count == 1 else 's'}"
    where = {
        "test": f"On {rows} it had never seen",
        "validation": f"On the {rows} of the validation part",
        "training": f"On the {rows} it was trained on",
    }[part]
    name, value = METRIC_WORDS.get(metric, metric.replace("_", " ")), written(metric, scores[part][metric])
    ends = scores.get("intervals", {}).get(part, {}).get(metric)
    return f"{where}, {name} is {value}" + (f" (95 % interval {span(metric, ends)})" if ends else "")


def rivals(scores: Scores, part: Part, metric: str) -> str:
    """Word what the baselines reach on the same rows, the best one first."""
    values = {
        name: by_part.get(part, {}).get(metric) for name, by_part in scores.get("baselines", {}).items()
    }
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        return ""
    ranked = sorted(known, key=lambda name: known[name], reverse=METRICS[metric].greater_is_better)
    return ", against " + " and ".join(
        f"{written(metric, known[name])} for {model(scores, name)}" for name in ranked
    )


def outcome(scores: Scores, metric: str) -> str:
    """Word what the comparison with the best baseline shows."""
    against = scores.get("against_baseline")
    if not against:
        return ""
    rival = model(scores, against["name"])
    if against["conclusion"] == "unknown":
        return f": too few rows to tell it from {rival}"
    gain = against["difference"] if METRICS[metric].greater_is_better else -against["difference"]
    size = written(metric, abs(gain))
    interval = f"(95 % interval of the difference {span(metric, against['interval'])})"
    if against["conclusion"] == "clearly better":
        return f": clearly better than {rival}, by {size} {interval}"
    if against["conclusion"] == "worse":
        return f": worse than {rival} by {size} {interval}, so the simpler model is to be preferred"
    if gain > 0:
        return f": ahead of {rival} by {size}, which is no better than chance may bring {interval}"
    return f": no better than {rival} {interval}"


def caveat(part: Part) -> str:
    """Word why a score that is not of a test part says less."""
    return {
        "test": "",
        "validation": "; there is no test part, and these rows also chose the best epoch, so this flatters",
        "training": "; no rows were held out, so this says nothing about new ones",
    }[part]


def model(scores: Scores, name: str) -> str:
    """Name a baseline as one speaks of it."""
    if name == MAJORITY and scores.get("majority_class") is not None:
        return f"always answering {scores['majority_class']!r}"
    return {MAJORITY: "always answering what is most common", MEAN: "always answering the mean"}.get(
        name, name
    )


def span(metric: str, ends: tuple[float, float]) -> str:
    """Write the two ends of an interval."""
    return f"{written(metric, ends[0])} to {written(metric, ends[1])}"


def written(metric: str, value: float) -> str:
    """Write a score with the digits that matter, never rounding an imperfect one up to 1.

    >>> written("accuracy", 0.98507), written("accuracy", 0.99997)
    ('0.985', '0.99997')
    >>> written("rmse", 48123.4), written("rmse", -0.4987)
    ('48,123', '−0.499')
    """
    if METRICS[metric].needs == "values" and metric != "r2":
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    else:
        decimals = next(digits for digits in range(3, 18) if abs(value) >= 1 or abs(round(value, digits)) < 1)
        text = f"{value:.{decimals}f}"
    return text.replace("-", "−")
