"""What the data say of themselves: classes and their weights, answers given away, rows in two parts, wrong labels."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from trainwell.clinic.checks.parts import SIGNAL
from trainwell.clinic.finding import Case, Observation, Remedy, check
from trainwell.clinic.leaks import Suspect, suspect
from trainwell.clinic.outcome import (
    SLIGHT,
    best_score,
    learned_by_heart,
    learned_nothing,
    rows_that_tell,
    simple_score,
    standard_error,
)
from trainwell.clinic.remedies import remedy
from trainwell.clinic.repeats import flattering, shared_rows

IMBALANCE = 10
POOR_RECALL = 0.5
#: So few rows of a class judge nothing, and teach little.
FEW_JUDGED, FEW_TAUGHT = 5, 20
#: A class decides the loss alone with such a share of it, where that is so many times its share of the rows.
ALONE, LIFTED = 0.9, 1.2
#: Simple models are hardly ever wrong where they are surest; where labels are wrong they err there nearly as often as
#: where they are less sure.
NOISY, PLATEAU = 0.12, 0.75
#: Where they are wrong on more than such a share of what one answer for all is, they know too little to tell.
MOSTLY = 0.9
#: Epochs before which a network that knows no more than simple models may yet outdo them, whatever the labels.
FEW_EPOCHS = 5


@check("lopsided class weights", source="He & Garcia 2009; King & Zeng 2001")
def lopsided_weights(case: Case) -> Observation | None:
    """Weights let one class decide the loss nearly alone, beyond what would make up for its rarity."""
    weights = getattr(case.recipe, "class_weights", None)
    counts = dict(case.profile.class_counts.get("training", {})) if case.profile is not None else {}
    if not isinstance(weights, Mapping) or len(counts) < 2 or not sum(counts.values()):
        return None
    heavy = {name: weights.get(name, 1.0) * rows for name, rows in counts.items()}
    name, most = max(heavy.items(), key=lambda pair: pair[1])
    share, own = most / sum(heavy.values()), counts[name] / sum(counts.values())
    others = [found for other, found in zip(counts, recalls(case), strict=False) if other != name]
    told = [value for value in others if math.isfinite(value)]
    if share < ALONE or share < LIFTED * own or not told or min(told) > POOR_RECALL:
        return None
    return Observation(
        severity="fault" if max(told) < POOR_RECALL else "warning",
        sentence=f"Class {name} has {own:.0%} of the training rows but {share:.1%} of the loss by its weight: of "
        f"another class only {min(told):.0%} are told rightly.",
        evidence={"class": name, "share_of_rows": own, "share_of_the_loss": share, "least_recall": min(told)},
        cause="A class weighs far more than makes up for its rarity, so that the network always answers it.",
        remedies=(
            remedy(case, "Weigh the classes alike.", {"class_weights": "balanced"}),
            remedy(case, "Leave the weights out.", {"class_weights": None}),
        ),
    )


def recalls(case: Case) -> list[float]:
    """Return the recall of each class in order, from the scores or the record."""
    stated = case.scores.get("class_recall") or case.record.facts.get("class_recall")
    if stated:
        return [float("nan") if value is None else float(value) for value in stated]
    rows = case.scores.get("per_class") or []
    return [float("nan") if row.get("recall") is None else float(row["recall"]) for row in rows]


@check("leakage", row=27, source="Kaufman et al. 2012", kind="bystander")
def leakage(case: Case) -> Observation | None:
    """One feature gives the target away, on all rows or on many."""
    found = suspect(case.profile) if case.profile is not None else None
    if found is None or not found.sure:
        return given_away(case) or (strong(case, found) if found is not None else None)
    return Observation(
        severity="warning",
        sentence=explaining(found),
        evidence=found.evidence,
        cause="It may be made from the target, or known only after it is.",
        remedies=(without(case, found.column),),
    )


def strong(case: Case, found: Suspect) -> Observation:
    """Return what is said of a column that may be a leak, or a law of nature."""
    return Observation(
        severity="smell",
        sentence=f"{explaining(found)} It is no copy of it: a law, or a setting that decides nearly all, looks so too.",
        evidence=found.evidence,
        cause="What is measured depends on it; or it is made from the target, roughly.",
        remedies=(without(case, found.column),),
    )


def explaining(found: Suspect) -> str:
    """Say how much a column explains."""
    return (
        f"{found.column} alone explains {found.share:.1%} of the target, the next best feature {found.next_best:.0%}."
    )


def given_away(case: Case) -> Observation | None:
    """Find a feature that states the answer itself, but not on all rows."""
    if case.profile is None or not case.profile.giveaways or len(case.profile.power) == 1:  # one column is to tell all
        return None
    stated = case.profile.giveaways
    column, share = max(stated.items(), key=lambda pair: pair[1])
    return Observation(
        severity="warning",
        sentence=f"{column} states the answer itself on {share:.0%} of the training rows: they lie on one line with "
        "it, or share a few values that each mean one class.",
        evidence={"column": column, "share_of_rows": share},
        cause="It may be made from the target, or filled in only after it is known.",
        remedies=(without(case, column),),
    )


def without(case: Case, column: str) -> Remedy:
    """Return the remedy of a feature that is not known in time."""
    how = f"--ignore {column} on the command line, ignore=['{column}'] in Python"
    return remedy(case, f"If {column} is not known when the network is asked, leave it out: {how}.")


@check("overlapping parts", row=28, source="Kaufman et al. 2012; Barz & Denzler 2020", kind="bystander")
def overlapping_parts(case: Case) -> Observation | None:
    """Rows of the validation or test part are among the training rows."""
    shared = shared_rows(case.profile) if case.profile is not None else []
    if case.profile is None or not shared or not flattering(case.profile, shared[0]):
        return None
    most = shared[0]
    return Observation(
        severity="warning",
        sentence=f"{most.count} rows ({most.share:.0%}) of the {most.later} part are in the {most.earlier} "
        "part as well: its score is flattered.",
        evidence={
            "rows": most.count,
            "share": most.share,
            "parts": f"{most.earlier}/{most.later}",
            "first_rows": str(list(most.rows[:10])),
        },
        cause="Rows were copied before they were divided, or the parts were drawn from one another.",
        remedies=(remedy(case, "Remove repeats before dividing, or divide by group (groups = …)."),),
    )


@check("label noise", row=25, source="Northcutt et al. 2021; Zhang et al. 2017", brings=("overfitting",))
def label_noise(case: Case) -> Observation | None:
    """Labels contradict their rows even where these look most alike."""
    facts = case.record.facts
    error, rows = facts.get("sure_error"), facts.get("sure_rows")
    if error is None or not rows or rows < 10 or len(case.record["training_loss"]) < FEW_EPOCHS:
        return None
    chance = standard_error(error, rows)
    surely, less_sure = error - 2 * chance, facts.get("less_sure_error", error)
    told = 1.75 * chance < (1 - PLATEAU) * less_sure  # of fewer rows the error may look level though it falls
    level = told and error >= PLATEAU * less_sure
    known = facts.get("yardstick_signal", 0.0) > SIGNAL
    base = facts.get("base_score", 0.0)
    if surely < NOISY or not level or not known or error > MOSTLY * (1 - base) or unlike_simple_models(case):
        return None
    return Observation(
        severity="warning",
        sentence=f"Simple models are wrong on {error:.0%} of the {rows} rows that they are surest of: many labels "
        "contradict rows that look just like theirs.",
        evidence={
            "error_where_surest": error,
            "error_where_less_sure": facts.get("less_sure_error"),
            "rows": rows,
            "best_simple_score": simple_score(case),
            "one_answer": facts.get("base_score"),
        },
        cause="Many labels are wrong, or what tells the classes apart was not measured.",
        remedies=(
            remedy(case, "Review the labels: a deep examination names the rows (examine(run, data, deep=True))."),
            remedy(case, "Until then, trust answers less: smooth the labels.", {"label_smoothing": 0.1}),
        ),
        picture=("training_loss", "validation_loss"),
    )


def unlike_simple_models(case: Case) -> bool:
    """Tell whether a run is surely better than simple models are, or worse, and neither for nothing nor by heart.

    True where that is not known.
    """
    facts = case.record.facts
    score, simple, base = best_score(case), simple_score(case), facts.get("base_score")
    rows = rows_that_tell(case, "validation_rows") or rows_that_tell(case, "training_rows")
    if score is None or simple is None or base is None or not rows:
        return True
    unlike = abs(score - simple) > max(SLIGHT, 2 * standard_error(base, rows))
    return unlike and not learned_by_heart(case) and not learned_nothing(case)


@check("class imbalance", row=29, source="He & Garcia 2009", kind="bystander")
def class_imbalance(case: Case) -> Observation | None:
    """A rare class is hardly ever told."""
    counts = dict(case.profile.class_counts.get("training", {})) if case.profile is not None else {}
    recall = recalls(case)
    if len(counts) < 2 or not recall or len(recall) != len(counts):
        return None
    most, (name, least) = max(counts.values()), min(counts.items(), key=lambda pair: pair[1])
    found = recall[list(counts).index(name)]
    usual = [value for value in recall if math.isfinite(value)]
    if most < IMBALANCE * max(least, 1) or not usual:
        return None
    poor = math.isfinite(found) and found < min(POOR_RECALL, 0.8 * float(np.median(usual)))
    unseen = not math.isfinite(found)
    judged = case.profile.class_counts.get("validation", {}).get(name, 0) if case.profile is not None else 0
    untold = judged < FEW_JUDGED and least < FEW_TAUGHT
    return Observation(
        severity="warning" if poor or untold else "smell",
        sentence=f"Class {name} has {least} training rows, the commonest {most}; of its validation rows "
        + ("there are none." if unseen else f"{found:.0%} are told rightly."),
        evidence={"rarest": least, "commonest": most, "recall_of_the_rarest": found},
        cause="The loss counts rows, not classes: a class so rare hardly moves it.",
        remedies=(
            remedy(case, "Weigh the classes alike.", {"class_weights": "balanced"}),
            remedy(case, "More rows of that class, and a score that counts it: balanced accuracy, recall."),
        ),
    )
