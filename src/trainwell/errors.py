"""Every error trainwell raises on purpose, and the sentence that suggests the nearest right name.

An error states the rule broken, the value received and what to do next. The command line shows the
sentence alone and exits with code 2; everything else that escapes is a bug in trainwell.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TrainwellError(Exception):
    """The root of the family: something the person can put right."""


class DataError(TrainwellError, ValueError):
    """The data cannot be used as it stands; names the file, the column or the row."""


class RecipeError(TrainwellError, ValueError):
    """A recipe states something impossible; names the field, the value and the rule."""


class UnknownNameError(RecipeError, DataError, KeyError):
    """A name that no registry or table holds; lists the known ones and the nearest."""

    def __str__(self) -> str:
        """Return the sentence as it is; a bare ``KeyError`` would put it in quotes."""
        return str(self.args[0])


class ArtifactError(TrainwellError, ValueError):
    """A run folder cannot be read or written; names the file in it."""


class TrainwellWarning(UserWarning):
    """Something that works, but is hardly what was meant; says what to do instead."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'relu'?"`` when a known name is near, else an empty string.

    >>> did_you_mean("rlu", ["relu", "tanh"])
    " Did you mean 'relu'?"
    >>> did_you_mean("qqq", ["relu", "tanh"])
    ''
    """
    by_folded_name = {candidate.casefold(): candidate for candidate in known}
    nearest = difflib.get_close_matches(str(name).casefold(), by_folded_name, n=1, cutoff=0.6)
    return f" Did you mean {by_folded_name[nearest[0]]!r}?" if nearest else ""


def unknown_name(family: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Build the error for a name that ``family`` does not hold.

    >>> print(unknown_name("activation", "rlu", ["relu", "tanh"]))
    no activation is called 'rlu'. Did you mean 'relu'? Known: relu, tanh.
    """
    listed = list(known)
    return UnknownNameError(f"no {family} is called {name!r}.{did_you_mean(name, listed)} Known: {', '.join(listed)}.")
