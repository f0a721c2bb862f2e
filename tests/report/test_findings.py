"""Findings as cards and in the terminal: grouped under their cause, with pictures, every remedy and what was tried."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from tests.report.ingredients import make_record
from trainwell.records import QUANTITIES, Record
from trainwell.report import ReportData
from trainwell.report.diagnosis import diagnosis, picture
from trainwell.report.figures.evidence import evidence_pictures
from trainwell.report.grouping import grouped, remedies_of
from trainwell.report.sections.findings import findings

RECORD = make_record(30, 2.0, 0.2, "accuracy", ["first", "second", "output"])
CAUSE = {
    "name": "rate too high",
    "severity": "fault",
    "sentence": "The loss jumps <b>about</b>.",
    "evidence": {"updates": 120},
    "cause": "Too long steps.",
    "remedies": [
        {"text": "Divide the rate.", "change": {"optimizer.learning_rate": 0.001}},
        {"text": "Clip.", "change": {"gradient_clipping": 1.0, "early_stopping": None}},
    ],
    "picture": ["training_loss", "validation_loss", "layer_update_ratio"],
    "source": "Smith 2017",
    "root": None,
}
SYMPTOM = {"name": "dead units", "severity": "warning", "sentence": "Half are dead.", "root": "rate too high"}
TREATMENT = {
    "summary": "2 remedies were tried.",
    "seeds": [0, 1],
    "attempts": [
        {
            "findings": ["rate too high"],
            "remedy": "Divide the rate.",
            "change": {"optimizer.learning_rate": 0.001},
            "verdict": "helped",
            "told": "helped: optimizer.learning_rate = 0.001",
            "metric": "accuracy",
            "before": 0.6,
            "after": 0.9,
            "gain": 0.3,
            "interval": [0.2, 0.4],
        },
        {
            "findings": ["rate too high"],
            "remedy": "Clip.",
            "change": {"gradient_clipping": 1.0},
            "verdict": "made no difference",
            "told": "failed, made no difference: gradient_clipping = 1.0",
            "metric": "accuracy",
            "before": 0.6,
            "after": 0.61,
            "gain": 0.01,
            "interval": [-0.1, 0.12],
        },
        {
            "findings": ["x"],
            "remedy": "Look.",
            "change": None,
            "verdict": None,
            "problem": "it is yours",
            "told": "not tried",
        },
    ],
}


def report(**changes: Any) -> ReportData:
    fields = {"title": "mine", "created": "2026-11-20", "record": RECORD, "findings": [SYMPTOM, CAUSE]}
    return ReportData(**(fields | changes))


def printed(data: ReportData) -> str:
    console = Console(width=100)
    with console.capture() as capture:
        console.print(diagnosis(data))
    return capture.get()


def test_a_symptom_stands_under_its_cause() -> None:
    assert [(cause["name"], [each["name"] for each in rest]) for cause, rest in grouped([SYMPTOM, CAUSE])] == [
        ("rate too high", ["dead units"])
    ]
    page = findings(report())
    assert page.count('class="finding"') == 1
    assert page.index("What follows from it") < page.index("Half are dead.")


def test_a_card_shows_every_remedy_with_its_change_and_escapes_what_is_said() -> None:
    page = findings(report())
    assert "optimizer.learning_rate = 0.001" in page
    assert "gradient_clipping = 1.0\nearly_stopping = &quot;none&quot;" in page
    assert page.index("What to do.") < page.index("Or.")
    assert "<b>about</b>" not in page


def test_a_card_draws_what_the_finding_names() -> None:
    page = findings(report())
    assert page.count('class="picture"') == 2
    assert "training loss and validation loss" in page
    assert "update ratio, by layer" in page


@pytest.mark.parametrize("name", [name for name in QUANTITIES if name in RECORD])
def test_every_quantity_can_be_drawn_and_told(name: str) -> None:
    ((title, figure, description),) = evidence_pictures(RECORD, [name])
    assert title
    assert description.endswith(".")
    json.loads(figure.to_json())
    assert picture(RECORD, name)


def test_inputs_are_drawn_as_bars_and_what_is_missing_is_not() -> None:
    record = Record({"input_deviation": np.array([1.0, 1000.0])})
    ((title, figure, _),) = evidence_pictures(record, ["input_deviation", "training_loss", "nonsense"])
    assert title == "input deviation, by input"
    assert list(figure.data[0].y) == [1.0, 1000.0]
    assert picture(record, "training_loss") == []


def test_the_terminal_tells_the_same() -> None:
    text = printed(report(treatment=TREATMENT))
    for words in ("fault  rate too high", "updates 120", "Why: Too long steps.", "Source: Smith 2017"):
        assert words in text, words
    assert "--set optimizer.learning_rate=0.001" in text
    assert "--set early_stopping=null" in text
    assert "layer update ratio, output" in text
    assert "From it follows: Half are dead." in text
    assert "failed, made no difference" in text


def test_many_layers_are_told_by_some() -> None:
    values = Record({"layer_weight_norm": np.ones((4, 20))}, {"layers": [f"layer {k}" for k in range(20)]})
    lines = [line.plain for line in picture(values, "layer_weight_norm")]
    assert len(lines) == 6
    assert "layer 19" in lines[-1]


def test_what_was_tried_is_a_table() -> None:
    page = findings(report(treatment=TREATMENT))
    assert "The remedies, tried" in page
    assert "failed: made no difference" in page
    assert "0.3 [0.2, 0.4]" in page
    assert "not tried" in page
    assert "it is yours" in page
    assert "The remedies, tried" not in findings(report())


def test_findings_of_older_runs_are_still_read() -> None:
    old = {"name": "a", "severity": "smell", "remedy": "Stop.", "change": {"max_epochs": 3}}
    assert remedies_of(old) == [("Stop.", {"max_epochs": 3})]
    assert remedies_of({"name": "a", "remedies": []}) == []
    assert "max_epochs = 3" in findings(report(findings=[old]))


def test_nothing_found_is_said() -> None:
    assert "nothing to report" in findings(report(findings=[]))
    assert "nothing to report" in printed(report(findings=[]))
