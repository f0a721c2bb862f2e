"""The study's page as a document: it parses, shows every picture, loads nothing, survives whatever it is given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.test_report_page import LIBRARY, Page, hostile
from tests.report_study.samples import HOSTILE, PAGES
from trainwell.report.study import render_study
from trainwell.report.study.figures.scores import nice_ticks, window
from trainwell.search.lessons import UNBOUNDED, lessons

HTML = {name: render_study(*make()) for name, make in PAGES.items()}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_one_whole_document(name: str) -> None:
    page = Page(HTML[name])
    identifiers = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    links = {(attributes.get("href") or "")[1:] for tag, attributes in page.tags if tag == "a"}
    assert page.open == []
    assert len(identifiers) == len(set(identifiers))
    assert links <= set(identifiers)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded_from_anywhere(name: str) -> None:
    page = Page(HTML[name])
    for tag, attributes in page.tags:
        assert tag not in ("link", "img", "iframe", "object")
        assert not attributes.get("src")
        assert (attributes.get("href") or "#").startswith("#")
    style = "".join(page.texts["style"])
    assert "url(" not in style
    assert "@import" not in style
    assert len(HTML[name]) < LIBRARY + 350_000


@pytest.mark.parametrize(
    ("name", "pictures"), [("letters", 9), ("diverged", 3), ("three", 5), ("widths", 12), ("hostile", 10)]
)
def test_every_picture_is_a_valid_figure_with_a_description(name: str, pictures: int) -> None:
    page = Page(HTML[name])
    images = [attributes for _, attributes in page.tags if attributes.get("class") == "canvas"]
    assert len(page.figures()) == len(images) == pictures
    assert all(len(image["aria-label"] or "") > 10 for image in images)


def test_the_top_says_what_was_learned() -> None:
    html = HTML["letters"]
    lessons_at, pictures_at = html.index("What this study taught"), html.index('<figure class="picture"')
    assert lessons_at < pictures_at
    assert "is at the edge of divergence" in html
    assert "In this order: warm-up, clipping, another optimizer, normalization, a lower rate." in html
    assert "On the test part, which no trial had seen, it reaches 95.9%" in html


def test_all_diverged_is_said_with_the_axis_plot() -> None:
    page = Page(HTML["diverged"])
    assert "No trial has a score: 24 trials, 24 diverged." in HTML["diverged"]
    crosses = [trace for figure in page.figures() for trace in figure.data if trace.marker.symbol == "x"]
    assert [len(trace.x) for trace in crosses] == [24, 24, 24]


def test_diverged_trials_are_crosses_and_every_trial_is_drawn_once() -> None:
    study, lessons, extras = PAGES["letters"]()
    figures = Page(render_study(study, lessons, extras)).figures()
    lost = sum(trial["state"] == "diverged" for trial in study["trials"])
    for figure in figures[:3]:
        marks = {str(trace.marker.symbol): len(trace.x) for trace in figure.data if trace.marker.size != 13}
        assert marks["x"] == lost
        assert sum(marks.values()) == len(study["trials"])


def test_a_hostile_name_is_text_everywhere() -> None:
    page = Page(HTML["hostile"])
    assert not [tag for tag, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert [attributes for attributes in scripts if "type" not in attributes] == [{}]
    assert HOSTILE in "".join(page.texts["h1"])
    assert "<script>alert" not in HTML["hostile"]


@settings(max_examples=10, deadline=None)
@given(name=hostile, other=hostile)
def test_no_name_breaks_the_page(name: str, other: str) -> None:
    study: dict[str, Any] = {
        "metric": name,
        "direction": other,
        "strategy": other,
        "data": name,
        "space": {name: {"kind": "choice", "choices": [other]}},
        "plan": {name: other},
        "trials": [
            {"number": 0, "settings": {name: other}, "value": 0.5, "problem": name},
            {"number": 1, "settings": {other: name}, "state": other, "value": None, "problem": name},
        ],
    }
    points = [{"number": 0, "setting": other, "position": 0.0, "value": 0.5, "state": name}]
    axis = {"path": name, "kind": "choice", "choices": [other], "points": points, "sentence": other, "best": 0}
    lessons = [
        {"name": "axes", "sentence": name, "advice": other, "severity": other, "data": [axis]},
        {"name": name, "sentence": other, "severity": "fault"},
        {"name": "roles", "sentence": name, "data": {"table": [{"path": name, "role": other, "values": name}]}},
    ]
    html = render_study(study, lessons, {"title": name, "command": other, "recipe_toml": name, "timing": {name: 1}})
    html.encode("utf-8")
    page = Page(html)
    assert page.open == []
    assert len(page.figures()) == 2


numbers = st.floats(width=32) | st.sampled_from([float("nan"), float("inf"), 0.0, 1e300, -1e300, None])


@settings(max_examples=15, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=9), st.booleans())
def test_no_number_breaks_the_page(values: list[float | None], maximize: bool) -> None:
    trials = [
        {"number": k, "settings": {"a": value}, "value": value, "values": [value], "best_epochs": [1]}
        for k, value in enumerate(values)
    ]
    points = [{"number": k, "setting": v, "position": v, "value": v, "state": "complete"} for k, v in enumerate(values)]
    axis = {"path": "a", "kind": "loguniform", "low": values[0], "high": values[-1], "points": points, "best": 0}
    boxes = [{"trials": k + 1, "mean": v, "quantiles": [v] * 5} for k, v in enumerate(values)]
    bars = [{"path": "a", "share": values[0], "low": values[-1], "high": values[0]}]
    bucket = {"name": "a", "trials": 1, "best": values[0], "standard_error": values[-1], "values": values}
    lessons = [
        {"name": "axes", "sentence": "a", "data": [axis]},
        {"name": "sampling", "sentence": "a", "data": {"boxes": boxes}},
        {"name": "importance", "sentence": "a", "data": {"bars": bars, "explained": values[0]}},
        {"name": "isolation", "sentence": "a", "data": {"path": "a", "buckets": [bucket]}},
        {"name": "steps", "sentence": "a", "data": {"shares": values}},
        {"name": "variance", "sentence": "a", "data": {"seed": values[0], "fold": values[-1]}},
        {"name": "rounds", "sentence": "a", "data": {"short": values, "long": values[::-1]}},
    ]
    entry = {"value": values[0], "interval": [values[0], values[-1]]}
    extras = {"ensemble": {"ensemble": entry, "single": entry, "members": values}, "test": entry}
    study = {"metric": "accuracy", "direction": "maximize" if maximize else "minimize", "trials": trials}
    page = Page(render_study(study, lessons, extras))
    page.figures()
    assert page.open == []


def test_lessons_that_went_through_json_give_the_same_page() -> None:
    study, lessons, extras = PAGES["widths"]()
    again = json.loads(json.dumps([study, lessons, extras], allow_nan=False))
    assert render_study(*again) == HTML["widths"]


def test_a_study_without_lessons_still_makes_a_page() -> None:
    study, _, _ = PAGES["three"]()
    html = render_study(study, [], None)
    assert "No lesson was drawn from this study." in html
    assert Page(html).open == []


def test_the_best_row_stands_first_and_every_trial_has_a_row() -> None:
    study, _, _ = PAGES["letters"]()
    table = HTML["letters"].split('<table class="trials">')[1].split("</table>")[0]
    scored = [trial for trial in study["trials"] if trial["value"] is not None]
    best = max(scored, key=lambda trial: trial["value"])
    assert table.split("<tbody>")[1].startswith(f'<tr><th scope="row" class="number">{best["number"]}</th>')
    assert table.count("<tr>") == len(study["trials"]) + 1


@pytest.mark.parametrize("maximize", [True, False])
def test_the_window_holds_the_better_half_and_pins_what_is_far(maximize: bool) -> None:
    sign = 1 if maximize else -1
    seen = window([sign * value for value in (1, 2, 3, 4, 5, 6, 7, 8, -900)], maximize, "score")
    assert seen is not None
    assert seen.pins(sign * -900)
    assert not any(seen.pins(sign * value) for value in (2, 5, 8))
    assert (seen.lane - seen.floor) * sign < 0


@settings(max_examples=60)
@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_lie_between_the_ends(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    assert 1 <= len(ticks) <= 8
    assert all(low - 1e-3 * max(span, abs(low)) <= tick <= low + span + 1e-3 * max(span, abs(low)) for tick in ticks)


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [
        ("interrupted", "The search was interrupted by Ctrl-C after 92 of at most 200 trials."),
        (
            "the time budget was used up",
            "The search ended when its time was used up, after 92 of at most 200 trials.",
        ),
    ],
)
def test_a_search_that_was_cut_off_says_so_at_the_top(ended: str, sentence: str) -> None:
    study, _, extras = PAGES["widths"]()
    study |= {"ended": ended, "plan": {"trials": 200, "chance": 1.0}}
    html = render_study(study, [each.to_dict() for each in lessons(study)], extras)
    assert sentence in html.partition("</header>")[0]
    assert html.count(sentence) == 1
    plan = html.partition('id="plan"')[2].partition('id="repeat"')[0]
    assert "trials at most" in plan
    assert "100%" not in plan


def test_a_search_that_time_alone_was_to_end_names_no_number_of_trials_to_come() -> None:
    study, _, extras = PAGES["widths"]()
    study |= {"ended": "the time budget was used up", "plan": {"trials": UNBOUNDED, "chance": 1.0}}
    html = render_study(study, [each.to_dict() for each in lessons(study)], extras)
    assert "ended when its time was used up, after 92 trials." in html
    assert "trials at most" not in html
    assert str(UNBOUNDED) not in html


def test_a_search_that_came_to_its_end_says_nothing_of_it() -> None:
    study, _, extras = PAGES["widths"]()
    study |= {"ended": "all trials done"}
    assert "of at most" not in render_study(study, [each.to_dict() for each in lessons(study)], extras)
