"""The data: labels that contradict, tell nothing or are given away, parts that share rows, classes that are rare."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from trainwell.clinic.finding import CHECKS, Case, Finding, Remedy
from trainwell.clinic.outcome import (
    SURE,
    best_score,
    diverged,
    errors_between,
    learned,
    learned_nothing,
    simple_models_know,
    simple_score,
    validated,
)
from trainwell.clinic.remedies import remedy

#: A feature that explains this share of the target alone is taken for a leak; a little less of an amount, where no
#: other does like it, may be a law of nature.
LEAK = 0.98
MANY_REPEATS = 0.05
#: Standard deviations by which the shares of rows with twins differ at most where parts are drawn at random.
BY_CHANCE = 4.0
IMBALANCE = 10
POOR_RECALL = 0.5
#: So few rows of a class judge nothing, and teach little.
FEW_JUDGED, FEW_TAUGHT = 5, 20
#: So many training rows show whether anything is known of them.
MANY_TAUGHT = 200
#: A class decides the loss alone with such a share of it, where that is so many times its share of the rows.
ALONE, LIFTED = 0.9, 1.2
#: Standard errors from which what simple models say goes with the truth: one chance in a hundred, and surely.
KNOWN, SIGNAL = 2.33, 3.5
#: Simple models are hardly ever wrong where they are surest; where labels are wrong they err there nearly as often as
#: where they are less sure.
NOISY, PLATEAU = 0.12, 0.75
#: Where they are wrong on more than such a share of what one answer for all is, they know too little to tell.
MOSTLY = 0.9
#: Epochs before which a network that knows no more than simple models may yet outdo them, whatever the labels.
FEW_EPOCHS = 5


@CHECKS.register("leakage", row=27, source="Kaufman et al. 2012")
def leakage(case: Case) -> Finding | None:
    """One feature gives the target away, on all rows or on many."""
    power = dict(case.profile.power) if case.profile is not None else {}
    if not power:
        return given_away(case)
    ranked = sorted(power.items(), key=lambda pair: -pair[1])
    column, most = ranked[0]
    others = ranked[1][1] if len(ranked) > 1 else 0.0
    if most < LEAK and not (most > 0.95 and 1 - most < 0.1 * (1 - others)):
        return given_away(case)
    return Finding(
        name="leakage",
        severity="smell" if most < LEAK and case.record.facts.get("task") == "regression" else "warning",
        sentence=f"{column} alone explains {most:.1%} of the target, the next best feature {others:.0%}.",
        evidence={"column": column, "share_explained": most, "next_best": others},
        cause="It may be made from the target, or known only after it is.",
        remedies=(without(case, column),),
        source="Kaufman et al. 2012",
    )


def given_away(case: Case) -> Finding | None:
    """Find a feature that states the answer itself, but not on all rows."""
    stated = dict(case.profile.giveaways) if case.profile is not None else {}
    if not stated:
        return None
    column, share = max(stated.items(), key=lambda pair: pair[1])
    return Finding(
        name="leakage",
        severity="warning",
        sentence=f"{column} states the answer itself on {share:.0%} of the training rows: they lie on one line with "
        "it, or share a few values that each mean one class.",
        evidence={"column": column, "share_of_rows": share},
        cause="It may be made from the target, or filled in only after it is known.",
        remedies=(without(case, column),),
        source="Kaufman et al. 2012",
    )


def without(case: Case, column: str) -> Remedy:
    """Return the remedy of a feature that is not known in time."""
    return remedy(case, f"If {column} is not known when the network is asked, leave it out: ignore = ['{column}'].")


@CHECKS.register("overlapping parts", row=28, source="Kaufman et al. 2012; Barz & Denzler 2020")
def overlapping_parts(case: Case) -> Finding | None:
    """Rows of the validation or test part are among the training rows."""
    if case.profile is None:
        return None
    names = {"training/validation": "validation", "training/test": "test", "validation/test": "test"}
    shares = {
        pair: found.count / max(case.profile.part_sizes.get(names[pair], 0), 1)
        for pair, found in case.profile.overlap.items()
    }
    if not shares or max(shares.values()) < MANY_REPEATS:
        return None
    pair = max(shares, key=lambda each: shares[each])
    found = case.profile.overlap[pair]
    if expected_repeats(case, found.count, max(case.profile.part_sizes.get(names[pair], 0), 1)):
        return None
    return Finding(
        name="overlapping parts",
        severity="warning",
        sentence=f"{found.count} rows ({shares[pair]:.0%}) of the {names[pair]} part are in the {pair.split('/')[0]} "
        "part as well: its score is flattered.",
        evidence={"rows": found.count, "share": shares[pair], "parts": pair, "first_rows": str(list(found.rows[:10]))},
        cause="Rows were copied before they were divided, or the parts were drawn from one another.",
        remedies=(remedy(case, "Remove repeats before dividing, or divide by group (groups = …)."),),
        source="Kaufman et al. 2012; Barz & Denzler 2020",
    )


def expected_repeats(case: Case, count: int, rows: int) -> bool:
    """Tell whether training rows have twins among one another about as often, as in tables of few different values.

    Where parts are drawn at random, a row of another part has a twin in training as often as a training row has one
    there. Two shares p of n and m rows differ by chance with the variance p(1 − p)(1/n + 1/m).
    """
    assert case.profile is not None
    training = case.profile.part_sizes.get("training", 0)
    if not training:
        return False
    twins = case.profile.training_twins.count
    both = (twins + count) / (training + rows)
    chance = math.sqrt(both * (1 - both) * (1 / training + 1 / rows))
    return count / rows - twins / training < BY_CHANCE * chance


@CHECKS.register("class imbalance", row=29, source="He & Garcia 2009")
def class_imbalance(case: Case) -> Finding | None:
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
    return Finding(
        name="class imbalance",
        severity="warning" if poor or untold else "smell",
        sentence=f"Class {name} has {least} training rows, the commonest {most}; of its validation rows "
        + ("there are none." if unseen else f"{found:.0%} are told rightly."),
        evidence={"rarest": least, "commonest": most, "recall_of_the_rarest": found},
        cause="The loss counts rows, not classes: a class so rare hardly moves it.",
        remedies=(
            remedy(case, "Weigh the classes alike.", {"class_weights": "balanced"}),
            remedy(case, "More rows of that class, and a score that counts it: balanced accuracy, recall."),
        ),
        source="He & Garcia 2009",
    )


@CHECKS.register("lopsided class weights", row=0, source="He & Garcia 2009; King & Zeng 2001")
def lopsided_weights(case: Case) -> Finding | None:
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
    return Finding(
        name="lopsided class weights",
        severity="fault" if max(told) < POOR_RECALL else "warning",
        sentence=f"Class {name} has {own:.0%} of the training rows but {share:.1%} of the loss by its weight: of "
        f"another class only {min(told):.0%} are told rightly.",
        evidence={"class": name, "share_of_rows": own, "share_of_the_loss": share, "least_recall": min(told)},
        cause="A class weighs far more than makes up for its rarity, so that the network always answers it.",
        remedies=(
            remedy(case, "Weigh the classes alike.", {"class_weights": "balanced"}),
            remedy(case, "Leave the weights out.", {"class_weights": None}),
        ),
        source="He & Garcia 2009; King & Zeng 2001",
    )


def recalls(case: Case) -> list[float]:
    """Return the recall of each class in order, from the scores or the record."""
    stated = case.scores.get("class_recall") or case.record.facts.get("class_recall")
    if stated:
        return [float("nan") if value is None else float(value) for value in stated]
    rows = case.scores.get("per_class") or []
    return [float("nan") if row.get("recall") is None else float(row["recall"]) for row in rows]


@CHECKS.register("labels unrelated to inputs", row=26, source="Zhang et al. 2017; Ojala & Garriga 2010")
def unrelated_labels(case: Case) -> Finding | None:
    """The network learns the training rows by heart and a linear model learns nothing: the inputs say nothing."""
    if diverged(case) or not validated(case):
        return None
    if (case.record.facts.get("validation_rows") or 0) < FEW_TAUGHT:  # so few cannot tell
        return None
    if not (unknown(case) or nothing_in_training(case)):
        return None
    share = learned(case, training=True)
    return Finding(
        name="labels unrelated to inputs",
        severity="fault",
        sentence=f"Neither the network nor a linear model is better than one answer for all on rows not seen, though "
        f"the network removed {max(share or 0.0, 0.0):.0%} of its training loss.",
        evidence={
            "score": best_score(case),
            "linear_model": case.record.facts.get("linear_score"),
            "one_answer": case.record.facts.get("base_score"),
            "share_removed_in_training": share,
        },
        cause="Rows and answers do not belong together (a join or a shuffle gone wrong), or the inputs say nothing.",
        remedies=(remedy(case, "Check how answers were joined to rows; look at a few by hand."),),
        source="Zhang et al. 2017; Ojala & Garriga 2010",
        picture=("training_loss", "validation_loss"),
    )


def unknown(case: Case) -> bool:
    """Tell whether neither simple models nor the network know more than one answer for all does, chance apart.

    A network that learned its rows by heart may at its best epoch seem to know a little, by two standard errors.
    """
    if reference_tells(case):
        return False
    score, base = best_score(case), case.record.facts.get("base_score")
    gap = None if score is None or base is None else errors_between(case, base, score)
    return learned_nothing(case) or (learned_by_heart(case) and gap is not None and gap < SURE)


def nothing_in_training(case: Case) -> bool:
    """Tell whether simple models know nothing of training rows left out, of which there are many, learned by heart.

    Of validation rows, whose labels may be right, some are then told by luck: the best epoch is chosen by them.
    """
    signal = case.record.facts.get("yardstick_training_signal")
    if signal is None or (case.record.facts.get("training_rows") or 0) < MANY_TAUGHT:
        return False
    return bool(signal < KNOWN) and learned_by_heart(case)


def learned_by_heart(case: Case) -> bool:
    """Tell whether most of the training rows' loss was removed and hardly any of the validation rows'."""
    training, validation = learned(case, training=True), learned(case)
    return training is not None and validation is not None and training > 0.5 and validation < 0.2


def reference_tells(case: Case) -> bool:
    """Tell whether a yardstick surely knows more than one answer for all; true if not known.

    More must be known to count where no yardstick's score shows it and the network learned its rows by heart alone.
    """
    signal = case.record.facts.get("yardstick_signal")
    if signal is None:
        return simple_models_know(case)
    doubtful = learned_by_heart(case) and not simple_models_know(case)
    return bool(signal > (SIGNAL if doubtful else KNOWN))


def unlike_simple_models(case: Case) -> bool:
    """Tell whether a run is surely better than simple models are, or worse, and neither for nothing nor by heart.

    True where that is not known.
    """
    facts = case.record.facts
    score, simple, base = best_score(case), simple_score(case), facts.get("base_score")
    rows = facts.get("validation_rows") or facts.get("training_rows")
    if score is None or simple is None or base is None or not rows:
        return True
    chance = math.sqrt(max(base * (1 - base), 1 / rows) / rows)
    unlike = abs(score - simple) > max(0.05, 2 * chance)
    return unlike and not learned_by_heart(case) and not learned_nothing(case)


@CHECKS.register("label noise", row=25, source="Northcutt et al. 2021; Zhang et al. 2017")
def label_noise(case: Case) -> Finding | None:
    """Labels contradict their rows even where these look most alike."""
    facts = case.record.facts
    error, rows = facts.get("sure_error"), facts.get("sure_rows")
    if error is None or not rows or rows < 10 or len(case.record["training_loss"]) < FEW_EPOCHS:
        return None
    chance = math.sqrt(max(error * (1 - error), 1 / rows) / rows)
    surely, less_sure = error - 2 * chance, facts.get("less_sure_error", error)
    told = 1.75 * chance < (1 - PLATEAU) * less_sure  # of fewer rows the error may look level though it falls
    level = told and error >= PLATEAU * less_sure
    known = facts.get("yardstick_signal", 0.0) > SIGNAL
    base = facts.get("base_score", 0.0)
    if surely < NOISY or not level or not known or error > MOSTLY * (1 - base) or unlike_simple_models(case):
        return None
    return Finding(
        name="label noise",
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
        source="Northcutt et al. 2021; Zhang et al. 2017",
        picture=("training_loss", "validation_loss"),
    )
