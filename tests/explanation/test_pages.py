"""The pages in words, and in a real browser: they step, they are keyed, nothing goes wrong, a phone need not scroll."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

import trainwell as tw
from tests.explanation.models import images, table, untrained
from tests.report.test_report_browser import BROWSER, PHONE, dumped
from trainwell.explanation import explanation_page, open_formula, step_of_file, step_page, trace_page
from trainwell.explanation.network_drawing import draw_network
from trainwell.explanation.network_picture import Column, Edge, NetworkPicture, Unit


def row_page() -> str:
    """Return the page of a row of a network that has layers too large to draw."""
    model = untrained(table("multiclass"), tw.MLP(hidden=(40, 5), normalization="layer"))
    row = {"length": 47.0, "width": -0.3, "island": "north", "answer": "large"}
    return explanation_page(tw.explain(model, row))


def image_page() -> str:
    """Return the page of an image."""
    return explanation_page(tw.explain(untrained(images(8), tw.MLP(hidden=(4,))), images(8).array[0]))


PAGES = {
    "trace": lambda: trace_page(open_formula("x1*x2 + exp(x1*x2) - sin(x2)", {"x1": 2.0, "x2": 3.0})),
    "forward": lambda: trace_page(open_formula("x*y", {"x": 2.0, "y": 3.0}, mode="forward")),
    "step": lambda: step_page(step_of_file(None)),
    "row": row_page,
    "image": image_page,
}

# Walks to the last step by key and back to the first by button, chooses a unit, and notes what it saw.
FRAME = """<!doctype html><iframe id="page" src="page.html" width="{width}" height="1200"></iframe>
<pre id="seen"></pre><script>
const frame = document.getElementById("page");
frame.addEventListener("load", () => {{
  const page = frame.contentDocument, root = page.documentElement, seen = [];
  const press = (key) => page.dispatchEvent(new frame.contentWindow.KeyboardEvent("keydown", {{ key, bubbles: true }}));
  const visible = () => page.querySelectorAll(".stage-box [data-from]:not(.later)").length;
  const steps = page.querySelectorAll(".stops > li").length;
  seen.push(root.dataset.step, visible());
  for (let at = 1; at < steps; at++) press("ArrowRight");
  seen.push(root.dataset.step, visible());
  press("ArrowRight");
  seen.push(root.dataset.step);
  page.querySelector("button.phase").click();
  seen.push(root.dataset.step, page.querySelectorAll(".stops > li:not([hidden])").length);
  page.querySelector("[data-tell]").dispatchEvent(new frame.contentWindow.FocusEvent("focus"));
  seen.push(page.querySelector(".tell").textContent.length > 0);
  document.getElementById("seen").textContent = JSON.stringify({{
    seen, steps,
    error: root.dataset.error || "",
    overflow: root.scrollWidth - root.clientWidth,
    requests: frame.contentWindow.performance.getEntriesByType("resource").length,
  }});
}});
</script>"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed, so the page cannot be looked at")
@pytest.mark.parametrize("name", ["trace", "row"])
def test_a_page_is_stepped_through_on_a_phone(name: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGES[name](), encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAME.format(width=PHONE), encoding="utf-8")
    found = re.search(r'<pre id="seen">(.*?)</pre>', dumped(tmp_path / "frame.html", tmp_path / "profile"))
    assert found is not None
    match = re.search(r'"seen":\["0",(\d+),"(\d+)",(\d+),"(\d+)","0",1,true\],"steps":(\d+)', found[1])
    assert match is not None, found[1]
    at_first, last, at_last, beyond, steps = map(int, match.groups())
    assert last == beyond == steps - 1
    assert at_last > at_first
    assert '"error":"","overflow":0,"requests":0' in found[1]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_one_file_that_is_safe_to_open(name: str) -> None:
    page = html.unescape(PAGES[name]())
    assert "default-src 'none'; script-src 'sha256-" in page
    assert page.count("<script>") == 1
    assert not re.search(r'(?:src|href)="', page)
    stops = page.count("<li data-phase=")
    timed = [int(at) for at in re.findall(r'data-from="(-?\d+)"', page)]
    assert timed
    assert min(timed) >= 0
    assert max(timed) < stops


def test_names_from_data_cannot_become_markup() -> None:
    data = tw.read({"<img src=x>": [1.0, 2.0, 3.0, 4.0] * 5, "kind": ["<b>a", "<i>b"] * 10}, target="kind")
    found = tw.explain(untrained(data, tw.MLP(hidden=(3,))), {"<img src=x>": 2.0, "kind": "<b>a"})
    for page in (explanation_page(found), found._repr_html_()):
        assert "<img" not in page
        assert "<b>a" not in page
        assert "&lt;b&gt;a" in page


def test_the_lectures_step_is_drawn_whole() -> None:
    page = PAGES["step"]()
    for text in ("z₁⁽¹⁾ = 6", "a₁⁽²⁾ = 10", "δ₁⁽¹⁾ = 8", "∂ -40", ">1.08<", ">3.968<", ">1.952<"):
        assert text in page
    assert page.count('class="unit silent"') == 1


def test_lines_between_large_layers_carry_no_numbers() -> None:
    units = tuple(Unit((f"{at}",)) for at in range(5))
    edges = tuple(Edge(1, a, b, 0.5, 0.5, 0.1, 0.4, "w") for b in range(5) for a in range(5))
    columns = (Column("inputs", "", units, 0, 0, -1), Column("output", "", units, 3, 1, 2))
    drawing = draw_network(NetworkPicture(columns, edges, None))
    assert "∂" not in drawing
    assert drawing.count("<path") == 25
    assert "and 3 more" in drawing
