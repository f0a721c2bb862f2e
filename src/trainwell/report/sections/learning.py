"""How it learned: the curves, and the four questions every learning curve is asked."""

from __future__ import annotations

from trainwell.report.contents import Facts, ReportData
from trainwell.report.curves import best_epoch, curve, epochs_run
from trainwell.report.figures.learning import gradient_curve, loss_curves, rate_curve, score_curves
from trainwell.report.markup import Markup, element, join
from trainwell.report.measures import metric_name
from trainwell.report.numbers import significant
from trainwell.report.sections.findings import evidence
from trainwell.report.sections.frame import absent, gallery, picture, section


def learning(report: ReportData) -> Markup:
    """Build the section."""
    pictures = _pictures(report)
    return section(
        "learning",
        "How it learned",
        _lead(report),
        pictures or absent("No curve was recorded: training ended before the first epoch was finished."),
        _answers(report),
    )


def _lead(report: ReportData) -> str | None:
    epochs, best = epochs_run(report.record), best_epoch(report.record)
    if not epochs:
        return None
    kept = f" The weights of epoch {best} were kept." if best else ""
    return f"{epochs:,} epoch{'s' if epochs > 1 else ''} of training.{kept}"


def _pictures(report: ReportData) -> Markup | None:
    score = metric_name(str(report.record.facts.get("score") or "score"))
    return gallery(
        picture("Loss", loss_curves(report.record), _described(report, "loss", "Loss")),
        picture(score[:1].upper() + score[1:], score_curves(report.record), _described(report, "score", score)),
        picture("Learning rate", rate_curve(report.record), "Learning rate over epochs."),
        picture("Gradient norm", gradient_curve(report.record), "Mean global gradient norm over epochs."),
    )


def _described(report: ReportData, quantity: str, name: str) -> str:
    said = [f"{name} over epochs."]
    for part in ("training", "validation"):
        found = curve(report.record, f"{part}_{quantity}", part)
        known = [value for value in found.values if value is not None] if found else []
        if known:
            said.append(f"{part.capitalize()}: from {significant(known[0])} to {significant(known[-1])}.")
    return " ".join(said)


def _answers(report: ReportData) -> Markup | None:
    if not report.answers:
        return None
    cards = element("div", join(_answer(answer) for answer in report.answers), class_="answers")
    return join([element("h3", "Four questions to every learning curve", class_="subtitle"), cards])


def _answer(answer: Facts) -> Markup:
    return element(
        "article",
        element("h4", answer.get("question", "")),
        element("p", answer.get("answer", "")),
        evidence(answer.get("evidence")),
    )
