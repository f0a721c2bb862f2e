"""Row 6 of the practice: simple answers that a network has to beat, made without leaving this room's floor."""

from __future__ import annotations

from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.engine import Problem
from trainwell.engine.looks.reference import reference

NAME = "baselines"


def check_linear(problem: Problem) -> Preflight:
    """Say what one answer for all rows and a linear model score on the validation part."""
    _, facts = reference(problem)
    metric = "RMSE" if problem.task == "regression" else "accuracy"
    base, linear = facts["base_score"], facts.get("linear_score")
    if linear is None:
        words = f"To be beaten: {metric} {base:.3g} of one answer for all rows."
        return Preflight(6, NAME, "passed", words, {"one_answer": base})
    words = f"To be beaten: {metric} {base:.3g} of one answer for all rows, and {linear:.3g} of a linear model."
    better = linear < base if problem.task == "regression" else linear > base
    if not better:
        words += " The linear model is no better than that: the inputs may say little about the target."
    evidence = {"one_answer": base, "linear_model": linear}
    return Preflight(6, NAME, "passed" if better else "warned", words, evidence)
