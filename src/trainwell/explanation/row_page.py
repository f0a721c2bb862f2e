"""The page of an opened row: the network stepped through, what moved the answer, and every layer's numbers."""

from __future__ import annotations

from trainwell.autodiff.notation import number
from trainwell.explanation.explanation import Explanation
from trainwell.explanation.maps import draw_maps
from trainwell.explanation.network_drawing import draw_network
from trainwell.explanation.page import Stop, document, section
from trainwell.explanation.row_picture import MOST_UNITS, Group, groups_of, picture_of_row
from trainwell.explanation.row_words import (
    MOST_COLUMNS,
    OFF,
    answer_told,
    backward_table,
    forward_table,
    pushed,
    slope_told,
    unreached,
    update_table,
    values_told,
    verdict,
)
from trainwell.explanation.trace_page import shown_table
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.numbers import shown


def explanation_page(explained: Explanation) -> str:
    """Return the page as HTML."""
    updated = update_table(explained)
    sections = [
        section("What moved the answer", influence_section(explained)),
        section("Forward", shown_table(forward_table(explained))),
        section("Backward", shown_table(backward_table(explained))),
        section("Update", shown_table(updated)) if updated is not None else None,
    ]
    picture = join([draw_network(picture_of_row(explained)), legend()])
    title = f"{explained.where[:1].upper()}{explained.where[1:]}, opened"
    sentence = verdict(explained)
    lead = sentence[:1].upper() + sentence[1:]
    return document("Forward, backward, update", title, lead, picture, stops_of(explained), *sections)


def legend() -> Markup:
    """Return what lines and boxes mean."""
    words = (
        "Line: weight × what comes in; blue lifts, ochre lowers, wide is much.",
        f"Of layers of more than {MOST_UNITS + 2} units, those through which most passes.",
        "Dashed: the unit gives 0.",
        "Choose a unit to see its sum.",
    )
    return element("p", join(element("span", each) for each in words), class_="legend")


def influence_section(explained: Explanation) -> Markup:
    """Return what moved the answer, as bars with their numbers."""
    if not explained.influences:
        return element("p", "The network has no inputs.", class_="absent")
    strongest = max(abs(each.push) for each in explained.influences) or 1.0
    rows = [
        (
            each.column,
            shown(each.value),
            bar(each.push / strongest),
            pushed(each.push),
            slope_told(explained, each.slope),
        )
        for each in explained.influences[:MOST_COLUMNS]
    ]
    headers = ("column", "value", "", "push", "one unit more")
    lead = (
        f"Gradient × input: by how much each column moved {explained.about}, in {explained.scale}, away from a typical "
        "number or an absent category; near this row, and exactly so only in a network without bends. "
        "One unit more: by how much "
        + (
            "the probability would move, in percentage points."
            if explained.is_classification
            else "the answer would move."
        )
    )
    grid = table(headers, rows, caption="What moved the answer", numeric=(3, 4))
    return element("div", element("p", lead, class_="section-lead"), draw_maps(explained), grid)


def bar(share: float) -> Markup:
    """Return a bar to the left or to the right of a line, at most 5 rem long."""
    drawn = element("span", class_="bar" if share >= 0 else "bar minus", style=f"width:{5 * abs(share):.3g}rem")
    left, right = (None, drawn) if share >= 0 else (drawn, None)
    return element("span", element("span", left), element("span", right), class_="bars")


def stops_of(explained: Explanation) -> list[Stop]:
    """Return what the page says: one step per layer of weights forward, the loss, one per layer back, the update."""
    groups = groups_of(explained.layers)
    known = len(explained.inputs)
    stops = [
        Stop("Forward", f"The row enters as {known} number{'s' if known != 1 else ''}.", (entering_told(explained),))
    ]
    stops += [Stop("Forward", forward_sentence(group), forward_lines(group)) for group in groups]
    answers = ", ".join(answer_told(explained, name, value) for name, value in explained.answers.items())
    if explained.loss is None:
        sentence = (
            f"The answer is {explained.prediction}. The truth is not known: back goes the derivative of the answer."
        )
        stops.append(Stop("Answer", sentence, (answers,)))
    else:
        sentence = f"The answer is {explained.prediction}, the truth {explained.truth}."
        stops.append(Stop("Loss", sentence, (answers, f"{explained.loss_name}: L = {number(explained.loss)}")))
    stops += [Stop("Backward", backward_sentence(group), backward_lines(group)) for group in reversed(groups)]
    if explained.loss is not None and explained.loss_after is not None:
        after = ", ".join(answer_told(explained, name, value) for name, value in explained.answers_after.items())
        moved = f"L = {number(explained.loss_after)}: {after}"
        lines = (f"θ ← θ − {number(explained.learning_rate)} ∂L/∂θ", moved, *unreached(explained))
        stops.append(Stop("Update", "One step of plain gradient descent on this row alone.", lines))
    return stops


def entering_told(explained: Explanation) -> str:
    """Return the encoded row, cut short."""
    items = list(explained.inputs.items())
    text = ", ".join(f"{name} = {number(value, 4)}" for name, value in items[:MOST_UNITS])
    return text if len(items) <= MOST_UNITS else f"{text}, and {len(items) - MOST_UNITS} more"


def forward_sentence(group: Group) -> str:
    """Say what a layer of weights and those after it do."""
    after = [layer.name for layer in group.rest if layer.kind not in OFF]
    return f"The layer {group.head.name} forms its sums" + (f"; then {', '.join(after)}." if after else ".")


def forward_lines(group: Group) -> tuple[str, ...]:
    """Return what each layer of a group gave."""
    return tuple(
        f"{layer.name}: {values_told(layer.outputs)}" for layer in (group.head, *group.rest) if layer.kind not in OFF
    )


def backward_sentence(group: Group) -> str:
    """Say what goes back through a layer."""
    length = number(group.head.gradient_norm, 4)
    return f"The error reaches {group.head.name}; the gradient of its weights is {length} long."


def backward_lines(group: Group) -> tuple[str, ...]:
    """Return the errors of a layer of weights."""
    return (f"δ: {values_told(group.head.error)}",)
