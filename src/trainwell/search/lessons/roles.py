"""Which part every hyperparameter plays, what the conclusions therefore rest on, and the comparisons that are unfair.

*Scientific* hyperparameters are what the study asks about, *nuisances* are tuned anew for each of their values, *fixed*
ones limit the conclusions (Deep Learning Tuning Playbook, "Identifying scientific, nuisance, and fixed
hyperparameters").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.ranges import Range
from trainwell.search.lessons.reading import Reading, Study, read_study
from trainwell.search.lessons.wording import listed, number, setting

SOURCE = "Deep Learning Tuning Playbook, scientific, nuisance and fixed hyperparameters"
#: Parts of a recipe that say how the run is kept, not how the network learns.
BOOKKEEPING = ("seed", "telemetry", "max_epochs", "early_stopping", "encoding")
#: Fixed settings named in the caveat; the table holds them all.
NAMED = 4


@dataclass(frozen=True)
class Role:
    """One hyperparameter's part: its values as written, and what that part means."""

    path: str
    role: str
    values: str
    meaning: str


@dataclass(frozen=True)
class Roles:
    """The role table and what it lets one conclude.

    Attributes:
        table: scientific ones first, then nuisances, then what was fixed.
        caveat: what the conclusions rest on, in words.
        error: why the comparison is unfair, in words; none where it is fair.
    """

    table: tuple[Role, ...]
    caveat: str
    error: str | None

    def lesson(self) -> Lesson:
        """Return the caveat, or the error in its place, as a lesson."""
        return Lesson(
            name="roles",
            sentence=self.error or self.caveat,
            severity="fault" if self.error else "note",
            advice="Give the learning rate a range and search again." if self.error else "",
            data=self,
            source=SOURCE,
        )


MEANINGS = {
    "scientific": "what the study asks about",
    "nuisance": "tuned anew for each of those",
    "fixed": "the conclusions hold for this value",
}


#: What a nuisance means where the study compares nothing.
ALONE = {"nuisance": "searched for its best value"}


def roles(study: Study) -> Roles:
    """Return the role of every hyperparameter of a study.

    >>> study = {"metric": "rmse", "direction": "minimize", "trials": [], "recipe": {"optimizer": {"beta1": 0.9}},
    ...     "space": {"network.dropout": {"kind": "uniform", "low": 0.0, "high": 0.5, "role": "nuisance"}}}
    >>> print(roles(study).caveat)
    What was learned holds for optimizer.beta1 = 0.9, which was not varied.
    """
    reading = read_study(study)
    order = list(MEANINGS)
    searched = sorted(reading.ranges, key=lambda each: order.index(part_of(each)))
    meanings = MEANINGS if any(part_of(each) == "scientific" for each in searched) else MEANINGS | ALONE
    rows = [Role(each.path, part_of(each), extent(each), meanings[part_of(each)]) for each in searched]
    rows += [Role(path, "fixed", setting(value), MEANINGS["fixed"]) for path, value in fixed_settings(reading)]
    return Roles(tuple(rows), caveat(rows), optimizer_held_fixed(reading))


def part_of(searched: Range) -> str:
    """Return a range's role; a range of one value is fixed whatever it is called."""
    return searched.role if searched.varied and searched.role in MEANINGS else "fixed"


def extent(searched: Range) -> str:
    """Write the values of a range.

    >>> extent(Range("optimizer.learning_rate", "loguniform", 1e-4, 0.1)), extent(Range("a", "choice", choices=(1, 2)))
    ('0.0001 to 0.1, logarithmic', '1 | 2')
    """
    if searched.kind == "choice":
        return " | ".join(setting(choice) for choice in searched.choices)
    ends = f"{number(searched.low)} to {number(searched.high)}"
    return f"{ends}, logarithmic" if searched.logarithmic else ends


def fixed_settings(reading: Reading) -> Iterator[tuple[str, Any]]:
    """Yield the settings of the recipe that no range replaces, by dotted path."""
    searched = {each.path for each in reading.ranges}
    for path, value in flat(reading.recipe):
        part_searched = any(path == each or path.startswith(f"{each}.") for each in searched)
        if not part_searched and path.split(".")[0] not in BOOKKEEPING and value is not None:
            yield path, value


def flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested settings by dotted path.

    >>> dict(flat({"optimizer": {"kind": "AdamW"}, "batch_size": 64}))
    {'optimizer.kind': 'AdamW', 'batch_size': 64}
    """
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def caveat(rows: list[Role]) -> str:
    """Say what the conclusions rest on: the optimizer's and the network's fixed settings are named first."""
    fixed = sorted((row for row in rows if row.role == "fixed"), key=lambda row: weight(row.path))
    if not fixed:
        return "Nothing that matters was fixed: the conclusions hold over the whole space searched."
    named = [f"{row.path} = {row.values}" for row in fixed[:NAMED]]
    if len(fixed) > NAMED:
        named.append(f"{len(fixed) - NAMED} more settings")
    return f"What was learned holds for {listed(named)}, which {'was' if len(fixed) == 1 else 'were'} not varied."


def weight(path: str) -> int:
    """Return how late in the caveat a fixed setting is named."""
    heads = ("optimizer", "network", "schedule", "batch_size")
    head = path.split(".")[0]
    return heads.index(head) if head in heads else len(heads)


def optimizer_held_fixed(study: Study) -> str | None:
    """Say why a comparison of architectures or optimizers with a fixed learning rate is unfair; none where it is fair.

    >>> study = {"metric": "rmse", "direction": "minimize", "trials": [],
    ...     "space": {"network.activation": {"kind": "choice", "choices": ["relu", "tanh"], "role": "scientific"}}}
    >>> optimizer_held_fixed(study)[:66]
    'network.activation is compared while the learning rate stays fixed'
    """
    reading = read_study(study)
    compared = [each.path for each in reading.varied if each.role == "scientific" and is_compared(each.path)]
    rates = [each for each in reading.varied if each.name == "learning_rate"]
    if not compared or any(each.role == "nuisance" for each in rates):
        return None
    held = "is a question of the study itself" if rates else "stays fixed"
    return (
        f"{listed(compared)} {'is' if len(compared) == 1 else 'are'} compared while the learning rate {held}: "
        "each needs a rate of its own, so the comparison favours the one that this rate happens to suit."
    )


def is_compared(path: str) -> bool:
    """Tell whether a hyperparameter decides the architecture or the optimizer."""
    return path.split(".")[0] == "network" or path in ("optimizer", "optimizer.kind")


def batch_size_searched(study: Study) -> Lesson | None:
    """Warn where the batch size was searched: it is chosen for throughput, not for accuracy.

    Most of its effect on the score is that of the settings that suit it, the learning rate above all (C. Shallue et
    al., "Measuring the Effects of Data Parallelism on Neural Network Training", 2019).
    """
    reading = read_study(study)
    if not any(each.name == "batch_size" for each in reading.varied):
        return None
    return Lesson(
        name="batch size",
        sentence="The batch size was searched, but with a learning rate tuned for each, any size does as well.",
        severity="warning",
        advice="Choose the batch size that trains fastest, fix it, and search the learning rate again.",
        source="Deep Learning Tuning Playbook, choosing the batch size; Shallue et al. 2019",
    )
