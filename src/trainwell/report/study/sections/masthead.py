"""The top of the page: what was searched, how good the best trial is, and how far that may be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainwell.report.markup import Markup, definitions, element
from trainwell.report.measures import interval_text, metric_name
from trainwell.report.numbers import MISSING, as_float, count, duration, shown
from trainwell.report.sections.headline import date_in_words
from trainwell.report.study.contents import DIVERGED, StudyContents, TrialRow
from trainwell.report.study.sections.settings import settings_text


def masthead(contents: StudyContents) -> Markup:
    """Build the masthead."""
    created = contents.extras.get("created")
    return element(
        "header",
        element(
            "p", "trainwell study", element("span", date_in_words(str(created))) if created else None, class_="eyebrow"
        ),
        element("h1", title(contents)),
        element("p", description(contents), class_="lead"),
        hero(contents),
        definitions(key_facts(contents), "key-facts"),
        id="headline",
        class_="masthead",
    )


def title(contents: StudyContents) -> str:
    """Return what the study is called."""
    data = contents.study.get("data")
    return str(contents.extras.get("title") or (f"A study of {data}" if data else "A study"))


def description(contents: StudyContents) -> str:
    """Say in a sentence what was searched and how, and in another whether the search was cut off."""
    many = len(contents.paths)
    strategy = str(contents.study.get("strategy") or "").replace("_", " ")
    runs = runs_per_trial(contents)
    each = f", each trained {runs} times" if runs > 1 else ""
    what = f"over {many} hyperparameter{'' if many == 1 else 's'}" if many else "of one recipe"
    searched = f"{contents.trial_count} {what}{f', {strategy}' if strategy else ''}{each}."
    return " ".join([searched, *(str(lesson.get("sentence")) for lesson in contents.all_lessons("ending"))])


def runs_per_trial(contents: StudyContents) -> int:
    """Return how many networks each trial trains."""
    folds, seeds = (as_float(contents.study.get(name)) for name in ("folds", "seeds"))
    return int((folds if folds > 1 else 1) * (seeds if seeds > 1 else 1))


def hero(contents: StudyContents) -> Markup:
    """Build the box with the best score, or with the reason why there is none."""
    best = contents.best
    if best is None:
        lesson = next(iter(contents.all_lessons("outcome")), {})
        text = lesson.get("sentence") or "No trial has a score."
        advice = element("p", lesson["advice"], class_="hero-advice") if lesson.get("advice") else None
        return element("div", element("p", text, class_="verdict"), advice, class_="hero scoreless")
    return element(
        "div",
        element(
            "div",
            element("p", f"best validation {metric_name(contents.metric)}", class_="score-name"),
            element("p", contents.text(best.value), class_="score-value"),
            element("p", spread(contents, best), class_="score-interval"),
            class_="score",
        ),
        element("div", element("p", verdict(contents), class_="verdict"), winning(contents, best)),
        class_="hero",
    )


def spread(contents: StudyContents, best: TrialRow) -> str:
    """Say which trial it is and how its runs differ."""
    if len(best.values) < 2:
        return f"trial {best.number}, one run"
    ends = interval_text(contents.metric, min(best.values), max(best.values))
    return f"trial {best.number}, mean of {len(best.values)} runs from {ends}"


def verdict(contents: StudyContents) -> str:
    """Say what the score is worth: chosen as the best, it flatters; the test part does not."""
    test = contents.extras.get("test")
    if isinstance(test, Mapping) and test.get("value") is not None:
        ends = test.get("interval")
        interval = f" (95% interval {interval_text(contents.metric, *ends)})" if ends and len(ends) == 2 else ""
        return f"On the test part, which no trial had seen, it reaches {contents.text(test['value'])}{interval}."
    chosen = f"Chosen as the best of {contents.trial_count}" if len(contents.trials) > 1 else "Of a single trial"
    return f"{chosen}, this score flatters a little: only the test part tells what it is worth."


def winning(contents: StudyContents, best: TrialRow) -> Markup | None:
    """Show the best trial's settings as lines of a recipe."""
    lines = settings_text({path: best.settings[path] for path in contents.paths if path in best.settings})
    return (
        element("pre", element("code", lines), class_="change", tabindex="0", aria_label="best settings")
        if lines
        else None
    )


def key_facts(contents: StudyContents) -> list[tuple[str, Any]]:
    """Return the few numbers people look for first, leaving out what is not known."""
    states = [trial.state for trial in contents.trials]
    seconds = [s for s in (as_float(trial.facts.get("seconds")) for trial in contents.trials) if s >= 0]
    folds, seeds = contents.study.get("folds"), contents.study.get("seeds")
    others = [(state, count(states.count(state))) for state in dict.fromkeys(states) if state != "complete"]
    pairs = [
        ("trials", count(len(states))),
        ("complete", count(states.count("complete"))),
        *sorted(others, key=lambda pair: pair[0] != DIVERGED),
        ("folds × seeds", f"{shown(folds)} × {shown(seeds)}" if folds and seeds else MISSING),
        ("strategy", shown(contents.study.get("strategy"))),
        ("seed", shown(contents.study.get("seed"))),
        ("time in training", duration(sum(seconds)) if seconds else MISSING),
    ]
    return [(name, value) for name, value in pairs if value != MISSING]
