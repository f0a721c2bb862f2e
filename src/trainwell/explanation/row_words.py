"""An opened row in words and tables: units one by one where they are few, the largest and a summary where not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.autodiff.notation import number
from trainwell.autodiff.tables import Table
from trainwell.report.numbers import percent, shown

if TYPE_CHECKING:
    from trainwell.explanation.explanation import Explanation, LayerView

#: A layer of so many units is shown unit by unit; of a larger one the largest few.
FEW_UNITS, LARGEST = 12, 4
#: A network of so many weights is updated weight by weight.
FEW_WEIGHTS = 60
#: So many columns are listed, the strongest first.
MOST_COLUMNS = 20
#: Layers that do nothing at prediction.
OFF = ("Dropout", "GaussianNoise", "Sparsity")


def headline(explained: Explanation) -> str:
    """Return which row it is, the answer, the truth and the loss."""
    return f"{explained.where[:1].upper()}{explained.where[1:]}: {verdict(explained)}"


def verdict(explained: Explanation) -> str:
    """Return the answer, the truth and the loss in a sentence or two."""
    answer = explained.prediction
    if explained.task in ("binary", "multiclass"):
        answer += f" ({percent(explained.answers[answer])})"
    if explained.loss is None:
        return f"the network answers {answer}. The true answer is not known, so there is no loss and no update."
    loss = f"Loss ({explained.loss_name.replace('_', ' ')}) {number(explained.loss)}."
    return f"the network answers {answer}; the truth is {explained.truth}. {loss}"


def influence_table(explained: Explanation) -> Table:
    """Return what moved the answer, by column."""
    rows = tuple(
        (each.column, shown(each.value), pushed(each.push), slope_told(explained, each.slope))
        for each in explained.influences[:MOST_COLUMNS]
    )
    more = len(explained.influences) - MOST_COLUMNS
    notes = (f"{more} more moved it less.",) if more > 0 else ()
    title = f"What moved {explained.about}: gradient × input, in {explained.scale}, against a typical row."
    return Table(title, ("column", "value", "push", "one unit more"), rows, notes)


def pushed(push: float) -> str:
    """Return a push with its sign.

    >>> pushed(0.25), pushed(-1.0)
    ('+0.25', '-1')
    """
    return f"{push + 0.0:+.4g}" if push else "0"


def slope_told(explained: Explanation, slope: float | None) -> str:
    """Return by how much one more unit of a column moves the answer."""
    if slope is None:
        return ""
    return f"{100 * slope:+.3g} points" if explained.is_classification else f"{slope:+.4g}"


def forward_table(explained: Explanation) -> Table:
    """Return what every layer gave."""
    rows = tuple(
        (layer.name, layer.kind, size_of(layer.outputs), values_told(layer.outputs, names_for(explained, layer)))
        for layer in explained.layers
        if layer.kind not in OFF
    )
    answers = ", ".join(answer_told(explained, name, value) for name, value in explained.answers.items())
    notes = [f"The answer: {answers}."]
    if len(rows) < len(explained.layers):
        notes.append("Dropout and noise are off, as at prediction.")
    return Table("Forward: what every layer gave.", ("layer", "what", "size", "values"), rows, tuple(notes))


def names_for(explained: Explanation, layer: LayerView) -> Sequence[str]:
    """Return the names of what the first layer gives; units of others have numbers alone."""
    return explained.entry_names if layer.kind == "TableInput" else ()


def answer_told(explained: Explanation, name: str, value: float) -> str:
    """Return one answer by name."""
    return f"{name} {percent(value)}" if explained.is_classification else f"{name} {value:.5g}"


def backward_table(explained: Explanation) -> Table:
    """Return the error of every layer, last first, and how large the gradient of its weights is."""
    of = "L" if explained.loss is not None else "answer"
    rows = tuple(
        (layer.name, values_told(layer.error, names_for(explained, layer)), norm_told(layer))
        for layer in reversed(explained.layers)
        if layer.kind not in OFF
    )
    notes = (f"The whole gradient is {number(explained.gradient_norm, 4)} long.", *unreached(explained))
    return Table(f"Backward: δ = ∂{of}/∂(what the layer gave).", ("layer", "δ", "‖∂/∂ weights‖"), rows, notes)


def unreached(explained: Explanation) -> list[str]:
    """Return a sentence for every layer whose weights no gradient reaches on this row."""
    return [
        f"No gradient reaches the weights of {layer.name} on this row: every unit behind it is off or saturated."
        for layer in explained.layers
        if layer.weights and layer.gradient_norm == 0
    ]


def norm_told(layer: LayerView) -> str:
    """Return the length of the gradient by a layer's weights."""
    return number(layer.gradient_norm, 4) if layer.weights else "no weights"


def update_table(explained: Explanation) -> Table | None:
    """Return the weights before and after; None where there was no update."""
    if explained.loss is None or explained.loss_after is None:
        return None
    few = sum(layer.parameters for layer in explained.layers) <= FEW_WEIGHTS
    rows = [row for layer in explained.layers for row in (entry_rows(layer) if few else array_rows(layer))]
    titles = (
        ("weight", "before", "gradient", "after") if few else ("weights", "‖before‖", "‖gradient‖", "largest change")
    )
    title = (
        f"Update on this row alone, θ ← θ − η ∂L/∂θ with η = {number(explained.learning_rate)}: "
        f"the loss goes from {number(explained.loss)} to {number(explained.loss_after)}."
    )
    return Table(title, titles, tuple(rows))


def entry_rows(layer: LayerView) -> list[tuple[str, ...]]:
    """Return a row for every weight: unit first, then what it comes from, both counted from 1."""
    rows = []
    for path, before in layer.weights.items():
        for index in np.ndindex(before.shape):
            values = (before[index], layer.gradients[path][index], layer.updated[path][index])
            place = ", ".join(str(at + 1) for at in index)
            rows.append((f"{layer.name} {path}[{place}]", *(number(value) for value in values)))
    return rows


def array_rows(layer: LayerView) -> list[tuple[str, ...]]:
    """Return a row for every array of weights."""
    rows = []
    for path, before in layer.weights.items():
        gradient, change = layer.gradients[path], np.abs(layer.updated[path] - before)
        sizes = (np.linalg.norm(before), np.linalg.norm(gradient), change.max(initial=0.0))
        rows.append((f"{layer.name} {path} {before.shape}", *(number(size, 4) for size in sizes)))
    return rows


def size_of(values: Any) -> str:
    """Return the size of what a layer gave.

    >>> size_of(np.zeros(4)), size_of(np.zeros((3, 3, 8)))
    ('4', '3 × 3 × 8')
    """
    return " × ".join(str(length) for length in values.shape) or "1"


def values_told(values: Any, names: Sequence[str] = ()) -> str:
    """Return few numbers one by one, many by their largest and a summary.

    >>> values_told(np.array([0.5, -1.0])), values_told(np.array([0.5, -1.0]), ("length", "width"))
    ('0.5, -1', 'length 0.5, width -1')
    >>> values_told(np.append(np.zeros(19), 3.0))
    '[20] 3, [1] 0, [2] 0, [3] 0, … from 0 to 3, 95.0% are 0'
    """
    flat = np.ravel(values)
    if flat.size <= FEW_UNITS:
        return ", ".join(f"{names[at]} {number(each, 4)}" if names else number(each, 4) for at, each in enumerate(flat))
    order = np.argsort(-np.abs(flat), kind="stable")[:LARGEST].tolist()
    called = {at: names[at] if names else f"[{place_told(values.shape, at)}]" for at in order}
    largest = ", ".join(f"{called[at]} {number(flat[at], 4)}" for at in order)
    zeros = float(np.mean(flat == 0))
    off = f", {percent(zeros)} are 0" if zeros else ""
    return f"{largest}, … from {number(flat.min(), 4)} to {number(flat.max(), 4)}{off}"


def place_told(shape: tuple[int, ...], at: int) -> str:
    """Return the place of an entry, counted from 1."""
    return ", ".join(str(int(each) + 1) for each in np.unravel_index(at, shape))


def tables_of(explained: Explanation) -> list[Table]:
    """Return everything there is to tell, in order."""
    found = [influence_table(explained), forward_table(explained), backward_table(explained), update_table(explained)]
    return [each for each in found if each is not None]
