"""An image beside the map of what in it moved the answer: one square per place, blue for, ochre against."""

from __future__ import annotations

import numpy as np

from trainwell.explanation.explanation import Explanation
from trainwell.report.markup import Markup, element, join

#: Larger images would make pages slow.
MOST_PLACES = 64 * 64
_SIDE = 240


def draw_maps(explained: Explanation) -> Markup | None:
    """Return the two maps of an image; None for tables, signals and very large images."""
    shape = explained.shape
    if shape is None or len(shape) not in (2, 3) or shape[0] * shape[1] > MOST_PLACES:
        return None
    pushes = {each.column: each.push for each in explained.influences}
    seen = over_channels(np.array(list(explained.inputs.values())), shape)
    moved = over_channels(np.array([pushes[name] for name in explained.inputs]), shape)
    low, high = float(seen.min()), float(seen.max())
    strongest = float(np.abs(moved).max()) or 1.0
    image = grid((seen - low) / ((high - low) or 1.0), "ink", "What the network saw")
    return element("div", image, grid(moved / strongest, "sign", f"What moved {explained.about}"), class_="maps")


def over_channels(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return entries ``(places · channels,)`` as ``(height, width)``, channels summed."""
    return values.reshape(shape[0], shape[1], -1).sum(axis=2)


def grid(values: np.ndarray, kind: str, title: str) -> Markup:
    """Return a map of numbers from −1 to 1 as squares of that strength."""
    height, width = values.shape
    squares = join(
        element(
            "rect",
            x=str(column),
            y=str(row),
            width="1.03",
            height="1.03",
            class_=kind if kind == "ink" else "for" if values[row, column] >= 0 else "against",
            opacity=f"{abs(values[row, column]):.2g}",
        )
        for row in range(height)
        for column in range(width)
        if abs(values[row, column]) >= 0.01
    )
    drawing = element(
        "svg",
        squares,
        viewBox=f"0 0 {width} {height}",
        width=str(round(_SIDE * width / max(height, width))),
        height=str(round(_SIDE * height / max(height, width))),
        role="img",
        aria_label=title,
    )
    return element("figure", element("figcaption", title), drawing)
