"""Settings as a person reads them: in a sentence, in a table, as lines of a recipe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from trainwell.report.markup import Markup, element, join
from trainwell.report.numbers import MISSING, as_float, is_number, shown, significant


def setting_text(value: Any) -> str:
    """Write a setting in a table.

    >>> setting_text(0.00262251), setting_text([128, 64]), setting_text({"kind": "AdamW"}), setting_text(None)
    ('0.00262', '(128, 64)', 'AdamW', 'none')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if is_number(value):
        return shown(value) if isinstance(value, int) else significant(as_float(value), 3)
    if isinstance(value, Mapping):
        return str(value["kind"]) if "kind" in value else shown(dict(value))
    if isinstance(value, list | tuple):
        return f"({', '.join(setting_text(item) for item in value)})"
    return str(value) or MISSING


def settings_text(settings: Mapping[str, Any]) -> str:
    """Write settings as lines of a recipe.

    >>> settings_text({"optimizer.learning_rate": 0.0026225, "network.hidden": [64]})
    'optimizer.learning_rate = 0.0026225\\nnetwork.hidden = [64]'
    """
    return "\n".join(f"{path} = {exact(value)}" for path, value in settings.items())


def exact(value: Any) -> str:
    """Write a setting as it can be typed again, numbers to six digits."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return '"none"'
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(exact(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {exact(item)}' for name, item in value.items())} }}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def with_paths(sentence: Any, paths: Iterable[Any]) -> Markup:
    """Set the names of hyperparameters in a sentence apart from its words.

    >>> with_paths("lower a.rate <now>", ["a.rate"])
    'lower <code>a.rate</code> &lt;now&gt;'
    """
    names = sorted({str(path) for path in paths if path}, key=len, reverse=True)
    if not names:
        return join([sentence])
    pieces = re.split(f"({'|'.join(map(re.escape, names))})", str(sentence))
    return join(element("code", piece) if piece in names else piece for piece in pieces)


def stacked(path: str) -> Markup:
    """Write a path in two lines, so that it need not break within a word.

    >>> stacked("optimizer.learning_rate")
    '<span class="reason">optimizer</span>learning_rate'
    """
    *heads, name = path.split(".")
    return join([element("span", ".".join(heads), class_="reason") if heads else None, name])
