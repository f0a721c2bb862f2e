"""The page as a document: it parses, holds every section, loads nothing, survives whatever it is given."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.samples import REPORTS, broken_report, housing_report, letters_report, penguins_report
from trainwell.records import Record
from trainwell.report import ReportData, render
from trainwell.report.page import SECTIONS

VOID = {"meta", "br", "hr", "img", "link", "input"}
LIBRARY = 1_900_000  # characters of the compressed drawing library


class Page(HTMLParser):
    """What a parser sees: tags with attributes, text by enclosing tag, and whether every tag is closed."""

    def __init__(self, html: str):
        super().__init__()
        html = re.sub(r'(id="drawing-library">)[^<]*', r"\1", html)  # two million characters of no interest
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def figures(self) -> list[go.Figure]:
        scripts = [text for text in self.texts["script"] if text.startswith('{"data"')]
        return [go.Figure(json.loads(text)) for text in scripts]


@pytest.mark.parametrize("name", REPORTS)
def test_page_is_one_whole_document(name: str) -> None:
    page = Page(render(REPORTS[name]()))
    identifiers = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert page.open == []
    assert len(identifiers) == len(set(identifiers))
    assert {"headline", *(section for section, _, _ in SECTIONS)} <= set(identifiers)


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_loaded_from_anywhere(name: str) -> None:
    html = render(REPORTS[name]())
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag not in ("link", "img", "iframe", "object")
        assert not attributes.get("src")
        assert (attributes.get("href") or "#").startswith("#")
    style = "".join(page.texts["style"])
    assert "url(" not in style
    assert "@import" not in style
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")


def test_the_drawing_library_is_there_once_and_the_rest_is_small() -> None:
    html = render(letters_report())
    assert html.count('id="drawing-library"') == 1
    assert len(html) < LIBRARY + 350_000


@pytest.mark.parametrize(
    ("report", "pictures"),
    [(penguins_report, 11), (letters_report, 12), (housing_report, 14), (broken_report, 3)],
)
def test_every_picture_is_a_valid_figure_with_a_description(report, pictures: int) -> None:
    page = Page(render(report()))
    images = [attributes for _, attributes in page.tags if attributes.get("class") == "canvas"]
    assert len(page.figures()) == len(images) == pictures
    assert all(len(image["aria-label"] or "") > 10 for image in images)


def test_the_headline_says_how_good_it_is() -> None:
    html = render(penguins_report())
    assert ">98.6%<" in html
    assert "95% interval 95.7% to 100%" in html
    assert "The network is not shown to be better than logistic regression" in html


def test_a_hostile_name_is_text_everywhere() -> None:
    page = Page(render(broken_report()))
    assert not [tag for tag, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert [attributes for attributes in scripts if "type" not in attributes] == [{}]
    assert 'label from <script>alert("title")</script> & co.csv' in "".join(page.texts["h1"])


hostile = st.text(max_size=30) | st.sampled_from(
    [
        "</script><script>alert(1)</script>",
        "<!--",
        "]]>",
        "\ud800",
        "a\x00b",
        "%{y}<b>",
        "$x$",
        "\u2028",
        "\u202e",
    ]
)


@settings(max_examples=12, deadline=None)
@given(name=hostile, other=hostile)
def test_no_name_breaks_the_page(name: str, other: str) -> None:
    clean, both = penguins_report(), {name: other}
    target = {"names": [name], "counts": {name: 1, other: 2}}
    report = replace(
        clean,
        title=name,
        created=other,
        command=name,
        findings=[{"name": name, "severity": other, "sentence": name, "evidence": both, "change": both}],
        scores={
            **clean.scores,
            "classes": [name, other, "c"],
            "baselines": {name: {"test": {"accuracy": 0.5}}},
        },
        record=Record(clean.record.arrays, {**clean.record.facts, "layers": [name], "stopped_because": name}),
        profile={"columns": [{"name": name, "kind": other, "use": other}], "target": target},
        recipe_toml=f"# {name}\n{other}",
    )
    html = render(report)
    html.encode("utf-8")
    expected, page = Page(render(replace(clean, findings=report.findings))), Page(html)
    assert page.open == []
    assert len(page.figures()) == len(expected.figures())
    assert sum(tag == "script" for tag, _ in page.tags) == sum(tag == "script" for tag, _ in expected.tags)


numbers = st.floats(width=32) | st.sampled_from([float("nan"), float("inf"), -float("inf"), 0.0, 1e300, -1e300])


@settings(max_examples=12, deadline=None)
@given(st.lists(numbers, max_size=6))
def test_no_number_breaks_the_page(values: list[float]) -> None:
    curve = np.array(values)
    layers = np.stack([curve, curve[::-1]], axis=1) if values else np.zeros((0, 2))
    record = Record(
        {
            "training_loss": curve,
            "validation_loss": curve[::-1],
            "gradient_norm": curve,
            "layer_update_ratio": layers,
            "activation_mean": layers,
            "activation_deviation": layers,
            "dead_share": layers,
        },
        {"best_epoch": values[0] if values else None},
    )
    last = values[-1] if values else None
    scores = {
        "task": "regression",
        "primary": "rmse",
        "test": {"rmse": last},
        "intervals": {"test": {"rmse": [last, last]}},
        "baselines": {"mean": {"test": {"rmse": last}}},
        "residuals": {"truth": values, "prediction": values[::-1]},
        "mistakes": [{"row": 1, "truth": last, "prediction": last, "error": last}],
    }
    target = {"names": ["y"], "histogram": {"edges": values, "counts": values[1:]}}
    page = Page(render(ReportData("y", "now", record=record, scores=scores, profile={"target": target})))
    page.figures()
    assert page.open == []


def test_a_run_without_anything_still_makes_a_page() -> None:
    html = render(ReportData(title="nothing", created=""))
    assert "No score" in html
    assert "No telemetry was recorded" in html
    assert Page(html).open == []


def test_one_epoch_is_marked_with_points() -> None:
    record = Record({"training_loss": np.array([0.5]), "validation_loss": np.array([0.6])}, {"best_epoch": 1})
    figure = Page(render(ReportData("one", "now", record=record))).figures()[0]
    assert figure.data[0].mode == "lines+markers"


def test_without_a_test_part_the_score_is_said_to_flatter() -> None:
    clean = penguins_report()
    scores = {name: value for name, value in clean.scores.items() if name != "test"}
    assert "this score flatters" in render(replace(clean, scores=scores))


def test_many_classes_become_a_list_of_confusions() -> None:
    confusion = np.eye(80, dtype=int) * 9
    confusion[3, 4] = 5
    scores = {"task": "multiclass", "classes": list(range(80)), "confusion": confusion.tolist()}
    html = render(ReportData("many", "now", scores=scores))
    assert "taken for" in html
    assert 'class="confusion' not in html


def test_an_interrupted_run_says_so() -> None:
    clean = penguins_report()
    record = Record(clean.record.arrays, {**clean.record.facts, "stopped_because": "interrupted"})
    assert "Training stopped after epoch 57: interrupted." in render(replace(clean, record=record))


def test_the_same_run_gives_the_same_page() -> None:
    assert render(letters_report()) == render(letters_report())


def test_rows_are_counted_from_one_as_the_command_that_opens_them_does() -> None:
    page = render(penguins_report())
    mistakes = page[page.index('id="mistakes"') :][:4_000]
    assert ">130<" in mistakes
    assert ">129<" not in mistakes
    assert "trainwell explain RUN --row N" in mistakes
