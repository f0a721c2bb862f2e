"""The few colours of the report, by light and by dark; safe for colour-blind eyes (blue against ochre)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

INK, MUTED, RULE = "#1c2126", "#5b636d", "#e6e3dd"
ACCENT, QUIET, GUIDE = "#1d5f8f", "#a7adb5", "#b4571f"

#: First layer to last, from blue over sand to rust.
DEPTHS: Sequence[str] = (
    "#17436b", "#1f6a94", "#3b8ea3", "#6fa79b", "#a8a566", "#c9963a", "#c7702d", "#a2452a",
)  # fmt: skip

#: What each colour becomes on a dark page.
DARK: Mapping[str, str] = {
    INK: "#e8e6e1",
    MUTED: "#9fa8b2",
    RULE: "#2c3238",
    ACCENT: "#74b6e4",
    QUIET: "#69727c",
    GUIDE: "#e9945c",
    **dict(
        zip(
            DEPTHS,
            ("#8ab0ea", "#76c0e6", "#71cbcb", "#98cfa4", "#c8cc80", "#e8c068", "#ee9d60", "#ea7f66"),
            strict=True,
        )
    ),
}


def depth_colours(layers: int) -> list[str]:
    """Return one colour for each of ``layers``, spread from first to last.

    >>> depth_colours(2) == [DEPTHS[0], DEPTHS[-1]]
    True
    """
    last = len(DEPTHS) - 1
    return [DEPTHS[round(last * layer / max(layers - 1, 1))] for layer in range(layers)]
