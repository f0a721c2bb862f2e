"""The search as it went: every trial in its order, and the best so far as a staircase."""

from __future__ import annotations

import plotly.graph_objects as go

from trainwell.report.figures.canvas import axis, canvas, label
from trainwell.report.measures import score_text
from trainwell.report.palette import ACCENT, QUIET
from trainwell.report.study.contents import TrialRow
from trainwell.report.study.figures.scores import Window, crosses, dots, pinned, ring


def best_so_far(trials: list[TrialRow], seen: Window | None, maximize: bool) -> go.Figure | None:
    """Return the scores of all trials in their order and the best among those so far."""
    scored = [trial for trial in trials if trial.scored]
    if seen is None or not scored:
        return None
    within = [trial for trial in scored if not seen.pins(trial.value)]
    beyond = [trial for trial in scored if seen.pins(trial.value)]
    lost = [trial for trial in trials if not trial.scored]
    drawn = [
        staircase(trials, seen, maximize),
        dots(order(within), places(within, seen), said(within, seen), color=QUIET, opacity=0.8, size=6),
        pinned(order(beyond), places(beyond, seen), said(beyond, seen), maximize),
        crosses(order(lost), [seen.lane] * len(lost), said(lost, seen)),
    ]
    best = (max if maximize else min)(scored, key=lambda trial: trial.value)
    drawn.append(ring(best.number, seen.place(best.value), said([best], seen)[0]))
    last = max(trial.number for trial in trials)
    return canvas(
        drawn,
        height=300,
        hovermode="closest",
        xaxis=axis(
            "trial", showgrid=False, tickformat=",d", range=[-0.8, last + 0.8], **({"dtick": 1} if last < 9 else {})
        ),
        yaxis=seen.axis(lane=bool(lost)),
    )


def order(trials: list[TrialRow]) -> list[int]:
    """Return the places of trials in the search, counted from 0."""
    return [trial.number for trial in trials]


def places(trials: list[TrialRow], seen: Window) -> list[float | None]:
    """Return where the trials' scores are drawn."""
    return [seen.place(trial.value) for trial in trials]


def said(trials: list[TrialRow], seen: Window) -> list[str]:
    """Return what is said of each trial when it is pointed at."""
    return [
        f"trial {trial.number}<br>{score_text(seen.metric, trial.value) if trial.scored else label(trial.state)}"
        for trial in trials
    ]


def staircase(trials: list[TrialRow], seen: Window, maximize: bool) -> go.Scatter:
    """Return the best score so far as a line of steps, from the first score on to the last trial."""
    steps: list[tuple[int, float]] = []
    for trial in sorted(trials, key=lambda each: each.number):
        known = [value for _, value in steps[-1:]]
        if trial.scored:
            known.append(trial.value)
        if known:
            steps.append((trial.number, (max if maximize else min)(known)))
    return go.Scatter(
        x=[at for at, _ in steps],
        y=[seen.place(value) for _, value in steps],
        mode="lines",
        line={"color": ACCENT, "width": 2.5, "shape": "hv"},
        hoverinfo="skip",
    )
