"""Many small images in one picture, a row of the table each line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from trainwell.report.figures.canvas import axis, canvas

PIXELS_PER_IMAGE = 64


def mosaic(images: Sequence[Sequence[Any]]) -> go.Figure | None:
    """Return images laid out in lines and columns, dark to bright by their values; colour where there are channels.

    Args:
        images: ``(lines, columns, height, width)`` or ``(lines, columns, height, width, 3)`` numbers.
    """
    pixels = np.asarray(images, dtype=float)
    if pixels.ndim not in (4, 5) or not pixels.size:
        return None
    tiles = laid_out(pixels)
    low, high = float(pixels.min()), float(pixels.max())
    if tiles.ndim == 3 and tiles.shape[2] == 3:
        shown = np.nan_to_num((tiles - low) / max(high - low, 1e-9), nan=1.0) * 255
        trace = go.Image(z=shown.astype(int).tolist(), hoverinfo="skip")
    else:
        flat = tiles if tiles.ndim == 2 else tiles[..., 0]
        values = [[None if np.isnan(value) else float(value) for value in line] for line in flat]
        trace = go.Heatmap(z=values, zmin=low, zmax=high, colorscale="Greys_r", showscale=False, hoverinfo="skip")
    hidden = axis(visible=False, showgrid=False)
    return canvas(
        [trace],
        height=PIXELS_PER_IMAGE * len(pixels) + 20,
        xaxis=hidden | {"constrain": "domain"},
        yaxis=hidden | {"autorange": "reversed", "scaleanchor": "x", "constrain": "domain"},
    )


def laid_out(pixels: np.ndarray) -> np.ndarray:
    """Return one large image ``(pixels, pixels[, channels])`` of all tiles, NaN one pixel wide between them.

    >>> laid_out(np.zeros((2, 3, 4, 4))).shape
    (9, 14)
    """
    lines, columns, height, width = pixels.shape[:4]
    large = np.full((lines * (height + 1) - 1, columns * (width + 1) - 1, *pixels.shape[4:]), np.nan)
    for line in range(lines):
        for column in range(columns):
            top, left = line * (height + 1), column * (width + 1)
            large[top : top + height, left : left + width] = pixels[line, column]
    return large
