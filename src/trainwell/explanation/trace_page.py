"""The page of an opened expression: its graph, stepped through forward and back, and the tables below."""

from __future__ import annotations

from trainwell.autodiff import ForwardPass, ReversePass
from trainwell.autodiff.notation import adjoint, number, primal, shown, tangent
from trainwell.autodiff.tables import Table
from trainwell.explanation.formula import OpenedFormula
from trainwell.explanation.graph import Derivative, draw_graph
from trainwell.explanation.page import Stop, document, section
from trainwell.report.markup import Markup, element, join, table


def trace_page(opened: OpenedFormula) -> str:
    """Return the page as HTML.

    >>> from trainwell.explanation.formula import open_formula
    >>> trace_page(open_formula("x*x", {"x": 3.0})).startswith("<!doctype html>")
    True
    """
    nodes = opened.trace.nodes
    stops = [
        Stop("Forward", "Evaluate the function step by step: what every node is, and its value.", (str(node),))
        for node in nodes
    ]
    known = {node.name: at for at, node in enumerate(nodes)}
    if opened.mode == "reverse":
        derived, more = backward_stops(opened.passes[""], len(stops))
    else:
        derived, more = tangent_stops(opened, known)
        stops = more
        more = []
    ending = Stop("Gradient", "The derivatives by all variables are known.", (opened.summary,))
    point = ", ".join(f"{name} = {number(value)}" for name, value in opened.at.items())
    gradient = join(element("span", f"∂f/∂{name} = {number(each)}. ") for name, each in opened.gradient.items())
    lead = element("span", f"At {point}: f = {number(opened.value)}. ", gradient)
    eyebrow = f"{'Reverse' if opened.mode == 'reverse' else 'Forward'} mode, opened"
    tables = [section("Evaluation trace", shown_table(opened.trace.table()))]
    for name, found in opened.passes.items():
        title = "Adjoints, last node first" if not name else f"Tangents, by {name}"
        tables.append(section(title, shown_table(found.table())))
    picture = draw_graph(opened.trace, known, derived)
    return document(eyebrow, f"f = {opened.expression.text}", lead, picture, [*stops, *more, ending], *tables)


def backward_stops(found: ForwardPass | ReversePass, start: int) -> tuple[dict[str, Derivative], list[Stop]]:
    """Return each node's adjoint and what the page says as it becomes known."""
    assert isinstance(found, ReversePass)
    derived, stops = {}, []
    for at, each in enumerate(found.adjoints):
        name = adjoint(each.name)
        sum_of = f" = {each.numbers}" if len(each.contributions) > 1 else ""
        line = f"{name} = {each.formula}{sum_of} = {shown(each.value)}"
        sentence = "Go back: each node's adjoint is the sum of what its children hand back."
        stops.append(Stop("Backward", sentence, (line,)))
        derived[each.name] = Derivative(f"{name} = {shown(each.value)}", start + at, line)
    return derived, stops


def tangent_stops(opened: OpenedFormula, known: dict[str, int]) -> tuple[dict[str, Derivative], list[Stop]]:
    """Return each node's tangents and what the page says: value and tangents become known together."""
    derived, stops = {}, []
    for at, node in enumerate(opened.trace.nodes):
        lines, short = [str(node)], []
        for name, found in opened.passes.items():
            assert isinstance(found, ForwardPass)
            moved = found.tangents[at]
            by = f" (by {name})" if len(opened.passes) > 1 else ""
            lines.append(f"{tangent(node.name)} = {moved.formula} = {shown(moved.tangent)}{by}")
            short.append(number(moved.tangent, 4))
        derived[node.name] = Derivative(
            f"{tangent(node.name)} = {', '.join(short)}", known[node.name], "\n".join(lines[1:])
        )
        stops.append(Stop("Forward", f"Carry value and tangent together: {primal(node.name)}.", tuple(lines)))
    return derived, stops


def shown_table(content: Table) -> Markup:
    """Return a table of the glass box in the style of the page."""
    notes = join(element("p", note, class_="note") for note in content.notes)
    grid = table(content.columns, content.rows, caption=content.title, class_="plain-table")
    return element("div", element("p", content.title, class_="section-lead"), grid, notes)
