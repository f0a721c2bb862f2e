"""How well a run did, held against one answer for all rows, simple models and its own noise: what harm is judged by.

A mechanism (small gradients, silent units) is a fault only where the outcome is bad; these functions say whether it is.
Where the record does not tell, they return none, or what speaks against no run.
"""

from __future__ import annotations

import math

import numpy as np

from trainwell.clinic.curves import noise, watched_loss
from trainwell.clinic.finding import Case
from trainwell.clinic.layers import first
from trainwell.engine.looks.reference import LITTLE
from trainwell.engine.looks.simple_models import SIMPLE_MODELS
from trainwell.engine.state import DIVERGED

#: A run that removes less than this share of the loss of one answer for all has learned nothing.
NOTHING = 0.02
#: How many standard errors a score must lie below another to count as worse.
SURE = 2.0
#: Far worse than the nearest rows, or a smooth function, is so many times their errors, or their RMSE: the one is a
#: rougher yardstick than a linear model, the other a finer one.
FAR_MORE, FAR_ABOVE = 1.5, 1.25
#: And by so much accuracy, or of the target's variance: less where what is seen besides hardly lets a run go well, more
#: where nothing but the outcome speaks against it. A good recipe may be a little worse on a table than a smooth
#: function is.
SLIGHT, MATTERS, PLAIN = LITTLE, 0.1, 0.2
#: Of classes, a run that knows less than this share of what the yardstick knows beyond one answer for all is far worse
#: as well: where the yardstick errs on many rows, nobody errs so many times as often.
KNOWS = 2 / 3
#: A hidden layer of so few units is a bottleneck where training removed less than this share of the loss.
NARROW, UNLEARNED = 2, 0.7
#: The loss before training is wild from so many times that of one answer for all.
WILD = 3.0
#: What the yardsticks' scores on the watched part are called.
YARDSTICKS = tuple(f"{name}_score" for name in SIMPLE_MODELS)


def diverged(case: Case) -> bool:
    """Tell whether the training loss stopped being a finite number."""
    training = case.record["training_loss"]
    return case.record.facts.get("outcome") == DIVERGED or bool(len(training) and not np.isfinite(training).all())


def finite(values: np.ndarray) -> np.ndarray:
    """Return the finite values of a curve."""
    return values[np.isfinite(values)]


def validated(case: Case) -> bool:
    """Tell whether there is a validation curve."""
    return bool(np.isfinite(case.record["validation_loss"]).any())


def base_loss(case: Case, *, training: bool = False) -> float | None:
    """Return the loss of the best answer that is the same for all rows, of the watched part or the training part.

    Where no such loss is known, the loss before the first update stands for it.
    """
    name = "base_loss" if training or not validated(case) else "base_validation_loss"
    known = case.record.facts.get(name, case.record.facts.get("base_loss"))
    if known is not None and math.isfinite(known) and known > 0:
        return float(known)
    start = first(case, "probe_loss")
    return start if start is not None and math.isfinite(start) and start > 0 else None


def learned(case: Case, *, training: bool = False) -> float | None:
    """Return the share of the base loss that the best epoch removed: 0 for nothing, 1 for all."""
    base = base_loss(case, training=training)
    curve = finite(case.record["training_loss"] if training else watched_loss(case.record))
    if training and "probe_loss" in case.record:
        curve = np.concatenate([curve, finite(case.record["probe_loss"][1:])])
    return None if base is None or not len(curve) else 1 - float(curve.min()) / base


def learned_nothing(case: Case) -> bool:
    """Tell whether the best epoch is no better than one answer for all, chance apart."""
    share = learned(case)
    return share is not None and share < NOTHING + noise_share(case)


def noise_share(case: Case) -> float:
    """Return the watched curve's own noise as a share of the base loss, at most 5 %."""
    base = base_loss(case)
    curve = finite(watched_loss(case.record))
    return 0.0 if not base else min(noise(np.minimum(curve, 2 * base)) / base, 0.05)


def lower_is_better(case: Case) -> bool:
    """Tell whether the curves' score is an error."""
    return str(case.record.facts.get("score")).startswith("RMSE")


def best_score(case: Case, *, training: bool = False) -> float | None:
    """Return the watched score at its best epoch, or the training score's best."""
    name = "training_score" if training or not validated(case) else "validation_score"
    scores = finite(case.record.arrays.get(name, np.zeros(0)))
    if not len(scores):
        return None
    return float(scores.min() if lower_is_better(case) else scores.max())


def shortfall(case: Case, *, training: bool = False) -> float | None:
    """Return by how many standard errors the best score lies below the linear model's; negative where it is above.

    The errors are those of :func:`errors_between`.
    """
    score = best_score(case, training=training)
    linear = case.record.facts.get("linear_training_score" if training else "linear_score")
    return None if score is None or linear is None else errors_between(case, score, linear, training=training)


def errors_between(case: Case, score: float, yardstick: float, *, training: bool = False) -> float | None:
    """Return by how many standard errors a score lies below another on the rows of a part; none where there are none.

    An accuracy p of n rows has the variance p(1 − p)/n; an RMSE has a relative deviation of about 1/√(2n). Two scores
    on the same rows err together; their difference is taken to vary half as much as if they did not. Where rows weigh
    differently, as many count as would tell as much if they did not.
    """
    rows = rows_that_tell(case, "training_rows" if training or not validated(case) else "validation_rows")
    if not rows:
        return None
    if lower_is_better(case):
        return (score / max(yardstick, 1e-12) - 1) / math.sqrt(1 / (2 * rows))
    variance = sum(standard_error(share, rows) ** 2 for share in (score, yardstick))
    return (yardstick - score) / math.sqrt(variance / 2)


def standard_error(share: float, rows: float) -> float:
    """Return the standard error of a share of so many rows, √(p(1 − p)/n), as if at least about one were otherwise.

    >>> round(standard_error(0.5, 100), 3), round(standard_error(1.0, 100), 3)
    (0.05, 0.01)
    """
    return math.sqrt(max(share * (1 - share), 1 / rows) / rows)


def rows_that_tell(case: Case, part: str) -> float | None:
    """Return how many rows a part's score rests on; where they weigh differently, as many as would tell as much."""
    rows: float | None = case.record.facts.get(f"effective_{part}", case.record.facts.get(part))
    return rows


def behind(case: Case) -> bool:
    """Tell whether the best score is surely worse than a linear model's, or far worse than another yardstick's."""
    return behind_linear(case) or far_behind(case)


def behind_linear(case: Case) -> bool:
    """Tell whether the best score is surely worse than a linear model's."""
    gap = shortfall(case)
    return gap is not None and gap > SURE


def far_behind(case: Case, by: float = MATTERS) -> bool:
    """Tell whether rows not seen are told far and surely worse than by a yardstick fitted to the training rows."""
    simple = simple_score(case)
    return validated(case) and simple is not None and far_worse(case, best_score(case), simple, by)


def far_worse(case: Case, score: float | None, yardstick: float, by: float = MATTERS) -> bool:
    """Tell whether a score is far and surely worse than what a yardstick reaches on the watched part.

    Args:
        case: of the run.
        score: in the curves' units.
        yardstick: likewise.
        by: the least difference that matters, of accuracy or of the target's variance.
    """
    if score is None:
        return False
    gap = errors_between(case, score, yardstick)
    if gap is None or gap < SURE:
        return False
    base = case.record.facts.get("base_score")
    if not lower_is_better(case):
        knows = base is not None and yardstick > base and score - base < KNOWS * (yardstick - base)
        return (knows or 1 - score > FAR_MORE * (1 - yardstick)) and yardstick - score > by
    base = base or score
    return score > FAR_ABOVE * yardstick and (score**2 - yardstick**2) / base**2 > by


def simple_score(case: Case) -> float | None:
    """Return the best score of the yardsticks that are known; none where none is."""
    known = [score for name in YARDSTICKS if (score := case.record.facts.get(name)) is not None]
    return None if not known else min(known) if lower_is_better(case) else max(known)


def yardstick(case: Case) -> str:
    """Return what a run that is behind is behind, in words: the linear model where it is, else the best yardstick."""
    if behind_linear(case):
        return "a linear model"
    facts, simple = case.record.facts, simple_score(case)
    if simple is not None and facts.get("neighbour_score") == simple:
        return "the mean of the nearest rows"
    return "a smooth function fitted to the training rows"


def simple_models_know(case: Case) -> bool:
    """Tell whether a simple model is surely better than one answer for all, by two standard errors; true if not known.

    The errors are those of :func:`shortfall`. Who is right less often than by guessing a class does not know.
    """
    simple, base = simple_score(case), case.record.facts.get("base_score")
    rows = rows_that_tell(case, "validation_rows")
    if simple is None or base is None or not rows:
        return True
    if lower_is_better(case):
        return bool(simple < base * (1 - SURE / math.sqrt(2 * rows)))
    counts = case.profile.class_counts.get("training", {}) if case.profile is not None else {}
    if case.record.facts.get("task") in ("binary", "multiclass") and counts and simple < 1 / len(counts):
        return False
    return bool(simple > base + SURE * standard_error(base, rows))


def ahead(case: Case, by: float = MATTERS) -> bool:
    """Tell whether the best score is better than a linear model's and not far worse than another yardstick's."""
    gap = shortfall(case)
    return gap is not None and gap < 0 and not far_behind(case, by)


def wild_start(case: Case) -> bool:
    """Tell whether the loss before training was far above that of one answer for all."""
    start, base = first(case, "probe_loss"), base_loss(case, training=True)
    return start is not None and base is not None and not start < WILD * base


def harmed(case: Case) -> bool:
    """Tell whether the run went badly: diverged, learned nothing, or did surely worse than a simple model."""
    return diverged(case) or learned_nothing(case) or behind(case)


def against_one_answer(case: Case) -> float | None:
    """Return by how many standard errors the training rows are told better in the end than by one answer for all.

    Negative where they are told worse; of diverged runs by what they wrote before. None where it is not known.
    """
    scores, base = finite(case.record.arrays.get("training_score", np.zeros(0))), case.record.facts.get("base_score")
    rows = rows_that_tell(case, "training_rows")
    if not len(scores) or base is None or not rows:
        return None
    last = float(np.median(scores[-3:]))
    if lower_is_better(case):
        return (1 - last / max(base, 1e-12)) * math.sqrt(2 * rows)
    return (last - base) / standard_error(base, rows)


def loss_fell(case: Case) -> tuple[float, float] | None:
    """Return the training loss before training and at its least, where it fell by more than half its size."""
    start, curve = first(case, "probe_loss"), finite(case.record["training_loss"])
    if start is None or not math.isfinite(start) or not len(curve):
        return None
    least = float(curve.min())
    return (start, least) if start - least > 0.5 * max(abs(start), 1e-12) else None


def failing(case: Case) -> bool:
    """Tell whether a run learned nothing, or less than a simple model knows."""
    return learned_nothing(case) or behind(case)


def bottleneck(case: Case) -> int | None:
    """Return the width of a hidden layer of one or two units, where much of the training loss was left."""
    units = [int(count) for count in case.record.facts.get("layer_units", ()) if count][:-1]
    share = learned(case, training=True)
    narrow = bool(units) and min(units) <= NARROW and share is not None and share < UNLEARNED
    return min(units) if narrow else None


def learned_by_heart(case: Case) -> bool:
    """Tell whether most of the training rows' loss was removed and hardly any of the validation rows'."""
    training, validation = learned(case, training=True), learned(case)
    return training is not None and validation is not None and training > 0.5 and validation < 0.2
