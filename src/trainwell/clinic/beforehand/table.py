"""Rows 1 to 4 and 6 of the practice: what the data themselves show before a run is believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.clinic.leaks import suspect
from trainwell.clinic.repeats import flattering, shared_rows
from trainwell.data import Profile
from trainwell.engine import Recipe

IMBALANCE = 10
#: Repeats in a table of few distinct values come by chance; a share above this one does not.
MANY_REPEATS = 0.01


def check_data(profile: Profile, recipe: Recipe, baselines: Mapping[str, Any]) -> list[Preflight]:
    """Return the checks that need the data's profile and the baselines only."""
    return [
        check_rows(profile),
        check_target(profile),
        check_overlap(profile),
        check_giveaway(profile),
        check_seed(recipe),
        check_baselines(baselines),
    ]


def check_rows(profile: Profile) -> Preflight:
    """Row 1: repeats, contradictions, and columns that cannot teach."""
    repeats, conflicts = profile.duplicates.count, profile.conflicts.count
    left_out = (*profile.constant, *profile.identifiers, *profile.texts)
    words = [f"{repeats} of {profile.rows} rows repeat an earlier one"]
    if conflicts:
        words.append(f"{conflicts} rows nearly equal one with another answer")
    if left_out:
        words.append(f"left out: {', '.join(left_out)}")
    evidence: dict[str, Any] = {
        "duplicates": repeats,
        "conflicts": conflicts,
        "missing_values": sum(profile.missing.values()),
        "outliers": sum(found.count for found in profile.outliers.values()),
    }
    if conflicts:
        evidence["conflicting_rows"] = listed(profile.conflicts.rows)
    suspicious = max(repeats, conflicts) > MANY_REPEATS * profile.rows
    return Preflight(1, "rows and columns", "warned" if suspicious else "passed", sentence(words), evidence)


def check_target(profile: Profile) -> Preflight:
    """Row 2: how often each answer occurs."""
    counts = dict(profile.class_counts.get("training", {}))
    if not counts:
        outputs = ", ".join(profile.histogram)
        return Preflight(2, "answers", "passed", f"The target is a number; see its histogram ({outputs}).", {})
    most, least = max(counts.values()), min(counts.values())
    rare = least * IMBALANCE < most
    words = f"The commonest answer has {most} training rows, the rarest {least}."
    if rare:
        words += " Accuracy says little then: look at the scores per class, and consider class_weights = 'balanced'."
    shown = dict(sorted(counts.items(), key=lambda pair: -pair[1])[:10])
    return Preflight(2, "answers", "warned" if rare else "passed", words, shown)


def check_overlap(profile: Profile) -> Preflight:
    """Row 3: no row of a later part was trained on."""
    shared = shared_rows(profile)
    if not shared:
        words = "No row of the validation and test parts is among the training rows."
        return Preflight(3, "parts apart", "passed", words, {})
    words = "; ".join(f"{each.earlier} and {each.later} share {each.count} rows" for each in shared)
    flattered = any(flattering(profile, each) for each in shared)
    advice = " Scores are flattered by rows already seen: remove repeats, or split by group." if flattered else ""
    evidence = {f"{each.earlier}/{each.later}": each.count for each in shared}
    return Preflight(3, "parts apart", "warned" if flattered else "passed", sentence([words]) + advice, evidence)


def check_giveaway(profile: Profile) -> Preflight:
    """Row 3: no single column gives the answer away."""
    name = "no giveaway"
    if not profile.power:
        return Preflight(3, name, "not applicable", "There are no columns to look at one by one.", {})
    found = suspect(profile)
    if found is not None and found.sure:
        words = f"{found.column} alone explains {found.share:.1%} of the target."
        advice = " If it is known only after the answer is, leave it out."
        return Preflight(3, name, "warned", words + advice, found.evidence)
    column, power = max(profile.power.items(), key=lambda pair: pair[1])
    words = f"No column gives the target away; {column} says most alone ({power:.0%})."
    return Preflight(3, name, "passed", words, {"column": column, "share_explained": power})


def check_seed(recipe: Recipe) -> Preflight:
    """Row 4: every random number grows from one recorded seed."""
    words = f"Every random number grows from seed {recipe.seed}; the same seed gives the same network."
    return Preflight(4, "one seed", "passed", words, {"seed": recipe.seed})


def check_baselines(baselines: Mapping[str, Any]) -> Preflight:
    """Row 6: there is something simple to be better than."""
    names = ", ".join(baselines)
    return Preflight(6, "baselines", "passed", f"Every score stands beside those of {names}.", {"baselines": names})


def sentence(parts: list[str]) -> str:
    """Join phrases into one sentence."""
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def listed(rows: tuple[int, ...], most: int = 10) -> str:
    """Return row indices as text, the first few."""
    return ", ".join(str(row) for row in rows[:most]) + (" …" if len(rows) > most else "")
