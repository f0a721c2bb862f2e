"""The verdict, the numbers and the terminal summary: the words a run ends with."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.report.samples import REPORTS, broken_report, penguins_report
from trainwell.report import ReportData, summary
from trainwell.report.markup import clean, element
from trainwell.report.numbers import count, duration, json_number, percent, significant
from trainwell.report.palette import DARK, DEPTHS, depth_colours
from trainwell.report.terminal import sparkline
from trainwell.report.verdict import judge, sentences


def scored(**changes: Any) -> dict[str, Any]:
    scores = {
        "primary": "accuracy",
        "test": {"accuracy": 0.9},
        "intervals": {"test": {"accuracy": [0.85, 0.95]}},
        "baselines": {"logistic regression": {"test": {"accuracy": 0.8}}},
    }
    return {**scores, **changes}


def verdict_of(scores: dict[str, Any]) -> str:
    verdict = judge(scores)
    assert verdict is not None
    return " ".join(sentences(verdict))


@pytest.mark.parametrize(
    ("baseline", "words"),
    [(0.80, "clearly better"), (0.90, "not shown to be better"), (0.97, "Simpler and better here")],
)
def test_the_interval_decides(baseline: float, words: str) -> None:
    assert words in verdict_of(scored(baselines={"logistic regression": {"test": {"accuracy": baseline}}}))


def test_lower_is_better_for_errors() -> None:
    scores = {"primary": "rmse", "test": {"rmse": 0.5}, "intervals": {"test": {"rmse": [0.4, 0.6]}},
              "baselines": {"mean": {"test": {"rmse": 1.0}}}}  # fmt: skip
    assert "clearly better than that" in verdict_of(scores)


def test_a_paired_comparison_outweighs_the_interval() -> None:
    paired = {
        "name": "logistic regression",
        "difference": 0.1,
        "interval": [-0.01, 0.2],
        "conclusion": "no better",
    }
    text = verdict_of(scored(against_baseline=paired))
    assert "not shown to be better than logistic regression (difference 10.0%, 95% interval −1.0% to 20.0%)" in text


def test_without_an_interval_nothing_is_concluded() -> None:
    assert verdict_of(scored(intervals={})).endswith("Logistic regression reaches 80.0%.")


@given(st.floats())
def test_every_number_is_written(value: float) -> None:
    assert all(isinstance(write(value), str) for write in (significant, count, percent, duration))
    short = json_number(value)
    assert short is None or abs(short - value) <= 1e-4 * abs(value)


@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_no_imperfect_share_is_written_as_perfect(share: float) -> None:
    assert percent(share) != "100%" or 1 - share < 1e-5


@given(st.lists(st.floats(), max_size=200))
def test_a_sparkline_keeps_its_width(values: list[float]) -> None:
    assert len(sparkline(values)) <= 40


def test_what_is_not_markup_is_escaped() -> None:
    assert element("p", f"{element('b', 'x')}") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


def test_every_colour_has_its_dark_twin() -> None:
    assert set(DEPTHS) <= set(DARK)
    assert len(depth_colours(30)) == 30


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [40, 100])
def test_the_summary_fits_the_terminal(name: str, width: int) -> None:
    lines = shown(REPORTS[name](), width).splitlines()
    assert max(map(len, lines)) <= width


def test_the_summary_says_score_findings_and_answers() -> None:
    text = shown(penguins_report(), 100)
    for words in ("98.6%", "95.7% to 100%", "logistic regression", "dead", "Does it overfit?", "▁"):
        assert words in text


def test_the_summary_of_a_broken_run() -> None:
    text = shown(broken_report(), 100)
    assert "Incomplete." in text
    assert "No score" in text


@given(st.text(max_size=20))
def test_no_name_reaches_the_terminal_as_a_command(name: str) -> None:
    report = ReportData(title=f"\x1b[31m[red]{name}", created="", findings=[{"sentence": f"[/]{name}\x07"}])
    text = shown(report, 100)
    assert "\x1b" not in text
    assert "[red]" in text
    assert clean(name) == clean(clean(name))


def shown(report: ReportData, width: int) -> str:
    """Return what a terminal of ``width`` columns shows, without colours."""
    console = Console(width=width, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(summary(report))
    return capture.get()
