"""The gallery: every script asserts its phenomenon, and the page holds every script with what it found."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from examples.gallery import pictures
from examples.gallery.page import render, sentence_of, title_of
from examples.gallery.picture import Fact, Panel, Picture
from examples.gallery.pictures import NAMES, compute

FOLDER = Path(pictures.__file__).parent
#: Longest time of these is compiling deep networks; the whole of them is what `make gallery` runs.
SLOW = ("loss_landscape",)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_script_proves_its_phenomenon(name: str) -> None:
    picture = compute(name, quick=True)
    assert picture.panels
    assert picture.facts
    for panel in picture.panels:
        assert panel.title
        assert panel.description.endswith(".")
        assert has_named_axes(panel)
    assert all(fact.what and fact.found and fact.asserted for fact in picture.facts)


def has_named_axes(panel: Panel) -> bool:
    """Tell whether both axes say what they show; pictures of filters have none."""
    layout = panel.figure.layout
    if layout.xaxis.visible is False:
        return True
    return bool(layout.xaxis.title.text and layout.yaxis.title.text)


def test_index_lists_every_script() -> None:
    scripts = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert set(NAMES) == scripts
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_script_says_what_it_shows_and_asserts_it(name: str) -> None:
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "picture")
    assert sum(isinstance(node, ast.Assert) for node in ast.walk(function)) >= 3
    assert title_of(name)
    assert sentence_of(name).count(". ") >= 1
    assert len(sentence_of(name)) < 420


def test_scripts_use_public_names_alone() -> None:
    for name in NAMES:
        source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
        imported = re.findall(r"^(?:from|import) (trainwell\S*)", source, flags=re.MULTILINE)
        assert imported == ["trainwell"]


def test_same_seed_same_numbers() -> None:
    once, again = (compute("momentum", quick=True) for _ in range(2))
    assert once.facts == again.facts


def test_page_holds_each_picture_with_its_sentence_numbers_and_script() -> None:
    names = ("binary_entropy", "momentum")
    page = render({name: compute(name, quick=True) for name in names})
    for name in names:
        assert f'<section id="{name}"' in page
        assert f'href="#{name}"' in page
        assert f"examples/gallery/pictures/{name}.py" in page
        assert "def picture(quick" in page
    assert "entropy of a fair coin, bits" in page
    assert "1.000000" in page
    assert not re.search(r"""(?:src|href)=["']https?:""", page)


def test_page_refuses_no_text_as_markup() -> None:
    picture = compute("binary_entropy", quick=True)
    page = render({"binary_entropy": Picture(picture.panels, [Fact("a <b> & c", "1", "< 2")])})
    assert "a &lt;b&gt; &amp; c" in page
    assert "<b>" not in page.split("<main>")[1].split("</main>")[0]


def test_figures_hold_plain_numbers() -> None:
    for name in ("schedules", "optimizers"):
        for panel in compute(name, quick=True).panels:
            json.dumps(panel.figure.to_plotly_json()["data"], allow_nan=False)
