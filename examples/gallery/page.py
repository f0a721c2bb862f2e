"""The page of the gallery, in the report's style: every picture with its sentence, its numbers and its script."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from examples.gallery.picture import Picture
from examples.gallery.pictures import script_of
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.page import document
from trainwell.report.sections.frame import code, gallery, picture, section

LEAD = (
    "What neural networks do in training, seen and proved: every picture below was computed by the short script under "
    "it, which asserts the numbers it shows. Run one alone with python -m examples.gallery NAME."
)


def render(pictures: Mapping[str, Picture]) -> str:
    """Return the page of these pictures, by name, as one HTML document that loads nothing from anywhere."""
    head = element(
        "header",
        element("p", "trainwell · gallery", class_="eyebrow"),
        element("h1", "What training looks like"),
        element("p", LEAD, class_="lead"),
        class_="masthead",
        id="headline",
    )
    sections = join(shown(name, found) for name, found in pictures.items())
    return document("Gallery", join([contents(pictures), element("main", head, sections)]))


def contents(pictures: Mapping[str, Picture]) -> Markup:
    """Return the list of all pictures."""
    items = join(element("li", element("a", title_of(name), href=f"#{name}")) for name in pictures)
    return element(
        "nav",
        element("p", element("a", "trainwell", href="#headline")),
        element("ol", items),
        aria_label="Contents",
    )


def shown(name: str, found: Picture) -> Markup:
    """Return one picture's section."""
    panels = [picture(panel.title, panel.figure, panel.description) for panel in found.panels]
    laid_out = join(panels) if found.columns == 1 else gallery(*panels, columns=found.columns)
    rows = [(fact.what, fact.found, fact.asserted) for fact in found.facts]
    numbers = table(("what is asserted", "found", "demanded"), rows, caption="Asserted numbers", numeric=(1,))
    return section(name, title_of(name), sentence_of(name), laid_out, numbers, script(name))


def script(name: str) -> Markup:
    """Return the script itself, folded away."""
    source = inspect.getsource(script_of(name))
    return element(
        "details",
        element("summary", f"The script: examples/gallery/pictures/{name}.py"),
        code(source, f"the script {name}.py"),
        class_="note",
    )


def title_of(name: str) -> str:
    """Return a picture's title: the first line of its script's docstring."""
    return described(name)[0]


def sentence_of(name: str) -> str:
    """Return what a student reads: the rest of the docstring, in one paragraph."""
    return described(name)[1]


def described(name: str) -> tuple[str, str]:
    """Return the title and the sentences of a script's docstring."""
    title, _, rest = (inspect.getdoc(script_of(name)) or "").partition("\n")
    return title.rstrip("."), " ".join(rest.split())
