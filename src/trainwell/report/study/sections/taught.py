"""What the study taught, in plain sentences, the most useful first; the pictures below show why."""

from __future__ import annotations

from collections.abc import Mapping

from trainwell.report.contents import Facts
from trainwell.report.markup import Markup, element, join
from trainwell.report.sections.frame import absent, badge, section
from trainwell.report.study.contents import StudyContents
from trainwell.report.study.sections.settings import with_paths

#: Where the picture of each lesson stands, and how it is called.
PICTURES = {
    "isolation": ("isolation", "isolation plot"),
    "importance": ("importance", "importances"),
    "boundary": ("axes", "axis plots"),
    "instability": ("axes", "axis plots"),
    "axes": ("axes", "axis plots"),
    "sampling": ("progress", "best of n"),
    "steps": ("progress", "best epochs"),
    "variance": ("trust", "sources of luck"),
    "rounds": ("trust", "short against long"),
    "plan": ("plan", "plan"),
    "roles": ("plan", "role table"),
    "batch size": ("axes", "axis plots"),
}
#: What stands in the masthead already.
MASTHEAD = ("outcome", "ending")
#: Notes of these kinds say how far to trust the rest; they follow in smaller print.
QUIETER = ("variance", "rounds", "plan", "roles", "test touches")


def taught(contents: StudyContents) -> Markup:
    """Build the section."""
    name = "What this study taught"
    drawn = [lesson for lesson in contents.lessons if lesson.get("name") not in MASTHEAD]
    if not drawn:
        return section("taught", name, None, absent("No lesson was drawn from this study."))
    loud = [lesson for lesson in drawn if is_loud(lesson)]
    quiet = [lesson for lesson in drawn if not is_loud(lesson) and contents.best]
    return section(
        "taught",
        name,
        None,
        element("ol", join(item(lesson, contents) for lesson in loud), class_="taught") if loud else None,
        element("h3", "How far to trust it", class_="subtitle") if quiet else None,
        element("ul", join(element("li", spoken(lesson, contents)) for lesson in quiet), class_="notes")
        if quiet
        else None,
    )


def is_loud(lesson: Facts) -> bool:
    """Tell whether a lesson stands in the numbered list: everything that asks for action, and what was learned."""
    return lesson.get("severity") in ("fault", "warning") or lesson.get("name") not in QUIETER


def item(lesson: Facts, contents: StudyContents) -> Markup:
    """Build one lesson: its sign if it asks for action, its sentence, what to do, and where to see it."""
    severity = str(lesson.get("severity") or "note")
    grave = severity in ("fault", "warning")
    return element(
        "li",
        element("p", badge(severity, severity), class_="tag") if grave else None,
        element("p", with_paths(lesson.get("sentence", ""), contents.known_paths), class_="sentence"),
        next_step(lesson, contents),
        remedies(lesson),
        class_=severity if grave else None,
    )


def next_step(lesson: Facts, contents: StudyContents) -> Markup | None:
    """Say what to do next, and where the picture is."""
    advice = lesson.get("advice")
    link = see(lesson)
    if not advice and link is None:
        return None
    text = element("span", element("strong", "Next. "), with_paths(advice, contents.known_paths)) if advice else None
    return element("p", text, link, class_="next")


def remedies(lesson: Facts) -> Markup | None:
    """List what to try, in order, where a lesson holds several remedies; those the recipe has are said to be there."""
    data = lesson.get("data")
    entries = (data.get("remedies") or ()) if isinstance(data, Mapping) else ()
    names = [f"{entry.get('name')}{' (there already)' if entry.get('done') else ''}" for entry in entries]
    return element("p", f"In this order: {', '.join(names)}.", class_="next") if names else None


def see(lesson: Facts) -> Markup | None:
    """Link to the lesson's picture, where it has one."""
    place = PICTURES.get(str(lesson.get("name")))
    shows = isinstance(lesson.get("data"), Mapping | list | tuple) or lesson.get("name") == "batch size"
    return element("a", place[1], href=f"#{place[0]}", class_="see") if place and shows else None


def spoken(lesson: Facts, contents: StudyContents) -> Markup:
    """Return a lesson as running text."""
    said = " ".join(str(text) for text in (lesson.get("sentence"), lesson.get("advice")) if text)
    return with_paths(said, contents.known_paths)
