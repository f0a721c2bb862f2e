"""Made-up studies as their page gets them: large and small, one that all diverged, one with a choice, hostile names."""

from __future__ import annotations

import math
from typing import Any

from tests.search_lessons.studies import DECAY, DROPOUT, HIDDEN, RATE, SPACE, make_study
from trainwell.plain import plain
from trainwell.search.lessons import Touch, adoption, lessons

Page = tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]

HOSTILE = '<script>alert("x")</script>&%{y}'
EXTRAS: dict[str, Any] = {
    "created": "2026-11-20T21:54:00",
    "command": "trainwell tune letter.csv --target letter --trials 64 --folds 5 --seed 0",
    "recipe_toml": 'batch_size = 64\nmax_epochs = 100\n\n[optimizer]\nkind = "AdamW"\nlearning_rate = 0.0026',
    "versions": {"trainwell": "0.1.0", "jax": "0.10.2", "machine": "Linux x86_64, cpu"},
    "timing": {"compiling": 3.4, "training": 212.7, "lessons": 0.6},
}


def letters() -> Page:
    """64 trials of 3 hyperparameters over 5 folds; high rates diverge, the best rate lies at their edge."""

    def score(settings: Any) -> float | None:
        rate, dropout = math.log10(settings[RATE]), settings[DROPOUT]
        if rate > -1.55 + 0.2 * math.sin(900 * settings[DECAY]):
            return None
        return 0.962 - 0.022 * (rate + 1.72) ** 2 - 0.12 * (dropout - 0.12) ** 2 - (0.09 if rate < -3.7 else 0)

    study = make_study(score, folds=5, noise=0.0022)
    for trial in study["trials"]:
        trial["best_epochs"] = [min(100, epoch + 34) for epoch in trial["best_epochs"]]
    touches = [Touch("2026-11-20T21:58:00", "the final score", 30, 0.9589)]
    extras = EXTRAS | {
        "title": "Letters, tuned",
        "test": {"value": 0.9589, "interval": [0.9527, 0.9641]},
        "ensemble": {
            "part": "test",
            "members": [30, 62, 48, 14, 0],
            "ensemble": {"value": 0.9671, "interval": [0.9614, 0.9722]},
            "single": {"value": 0.9589, "interval": [0.9527, 0.9641]},
        },
        "adoption": plain(adoption([0.941, 0.944, 0.939, 0.942, 0.943], [0.958, 0.961, 0.957, 0.96, 0.959])),
    }
    return study, [each.to_dict() for each in lessons(study, touches=touches)], extras


def diverged() -> Page:
    """Every trial diverged."""
    study = make_study(lambda settings: None, trials=24)
    return study, [each.to_dict() for each in lessons(study)], EXTRAS | {"title": "Nothing held"}


def three() -> Page:
    """Three trials, a score in the target's units, lower is better."""
    study = make_study(
        lambda settings: 0.51 + 0.03 * abs(math.log10(settings[RATE]) + 2.6),
        trials=3,
        metric="rmse",
        direction="minimize",
        space={path: SPACE[path] for path in (RATE, DROPOUT)},
    )
    study["data"] = "housing.csv"
    return study, [each.to_dict() for each in lessons(study)], {}


def widths() -> Page:
    """A scientific choice among widths, four nuisances, two rounds, two seeds in each of three folds."""
    space = {
        HIDDEN: {"kind": "choice", "choices": [[64], [128, 64], [256, 256, 256], [512, 512]], "role": "scientific"},
        **SPACE,
        "batch_size": {"kind": "choice", "choices": [32, 64, 128], "role": "nuisance"},
    }

    def score(settings: Any) -> float:
        gain = {1: 0.0, 2: 0.028, 3: 0.034}[len(settings[HIDDEN])]
        rate = math.log10(settings[RATE])
        wrong = 0.62 if rate > -1.2 else 0.0
        return 0.55 - gain + 0.02 * (rate + 2.8) ** 2 + 0.08 * settings[DROPOUT] ** 2 + wrong

    study = make_study(score, trials=80, space=space, metric="rmse", direction="minimize", folds=6, noise=0.006, seed=3)
    study |= {"data": "housing.csv", "folds": 3, "seeds": 2}
    long = [dict(trial, number=80 + k, max_epochs=300) for k, trial in enumerate(study["trials"][:12])]
    for trial in long:
        trial["best_epochs"] = [3 * epoch for epoch in trial["best_epochs"]]
        trial["value"] -= 0.02 + 0.012 * math.sin(trial["number"])
        trial["values"] = [value - 0.02 for value in trial["values"]]
    study["trials"] += long
    study["plan"] = {"trials": 92, "runs": 552, "seconds": 640.0, "verdict": "fair"}
    return study, [each.to_dict() for each in lessons(study)], EXTRAS | {"title": "How wide for housing prices?"}


def hostile() -> Page:
    """Names, settings and problems that try to become markup."""
    space = {HOSTILE: {"kind": "choice", "choices": [HOSTILE, "$x$", None], "role": "scientific"}, **SPACE}
    study = make_study(lambda settings: 0.5 + settings[DROPOUT], trials=20, space=space, metric=HOSTILE)
    study |= {"data": HOSTILE, "strategy": HOSTILE, "plan": {HOSTILE: HOSTILE}}
    study["trials"][3] |= {"state": "failed", "problem": HOSTILE, "value": None}
    found = [each.to_dict() for each in lessons(study, touches=[Touch(HOSTILE, HOSTILE)])]
    words = {"title": HOSTILE, "command": HOSTILE, "recipe_toml": HOSTILE, "versions": {HOSTILE: HOSTILE}}
    return study, found, words | {"adoption": {"sentence": HOSTILE, "complexity": HOSTILE}}


PAGES = {"letters": letters, "diverged": diverged, "three": three, "widths": widths, "hostile": hostile}
