"""A small part of the clinic's bench: faults planted on real data are named, healthy runs are left in peace."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from bench.clinic.faults import FAULTS, NUMBERS, Fault, Setting, healthy
from bench.clinic.healthy import COMBINATIONS, healthy_settings
from bench.clinic.judging import Verdict, harmful, serious, table_of
from bench.clinic.others import OTHERS
from bench.clinic.tables import FRESH, of_same_tasks, table
from bench.clinic.trials import Seen, train_all

from trainwell.clinic import examine
from trainwell.training import OPTIMIZERS

TABLE, SEED = "diabetes", 7
#: Faults that the same compiled program shows.
LABELS = ("Adam 1", "Adam 1e-6", "labels permuted")


def planted(label: str) -> Fault:
    return next(fault for fault in FAULTS if fault.label == label)


@functools.cache
def seen() -> tuple[Seen | None, ...]:
    base = healthy(TABLE, SEED).by(max_epochs=15)
    settings: list[Setting] = [base, *(planted(label).plant(base) for label in LABELS)]
    return tuple(train_all(settings))


@pytest.mark.parametrize("label", LABELS)
def test_a_planted_fault_is_named_first(label: str) -> None:
    run, twin = seen()[1 + LABELS.index(label)], seen()[0]
    assert run is not None
    assert twin is not None
    assert run.score < twin.score - 0.05
    assert serious(examine(run.case))[0].name.startswith(planted(label).names)


def test_the_healthy_twin_is_left_in_peace() -> None:
    twin = seen()[0]
    assert twin is not None
    assert serious(examine(twin.case)) == []


def test_every_row_of_the_table_that_training_can_show_is_planted() -> None:
    assert {fault.row for fault in FAULTS} == set(range(2, 35)) - {17}


def test_healthy_runs_use_every_optimizer_and_are_many() -> None:
    assert {type(optimizer) for _, optimizer, _, _ in COMBINATIONS} >= {
        kind for name, kind in OPTIMIZERS.items() if name in ("Adam", "AdamW", "SGD", "Lion", "Muon", "RMSProp")
    }
    settings = healthy_settings(210, 1)
    assert len(settings) == 210
    assert len({(each.recipe.to_json(), each.table.name) for each in settings}) == 210


def test_harm_is_a_difference_beyond_the_seeds_noise() -> None:
    assert harmful([0.5, 0.52], [0.9, 0.91])
    assert not harmful([0.5, 0.9], [0.9, 0.5])
    assert not harmful([0.895, 0.905], [0.9, 0.91])


def test_the_table_counts_harmful_cases_only() -> None:
    fault = FAULTS[0]
    verdicts = [
        Verdict(fault, TABLE, True, ("non-finite numbers",), True),
        Verdict(fault, TABLE, True, (), None),
        Verdict(fault, TABLE, False, (), None),
    ]
    (row,) = table_of([fault], verdicts)
    assert (row["cases"], row["harmful"], row["detected"], row["right first"], row["cured"]) == (3, 2, 1, 1, 1)


@pytest.mark.parametrize("name", FRESH)
def test_tables_for_reporting_are_divided_and_of_known_tasks(name: str) -> None:
    known = table(name, SEED)
    assert set(known.parts) == {"train", "validation", "test"}
    assert np.isfinite(known.inputs).all()
    assert name in of_same_tasks((name,), FRESH)


@pytest.mark.parametrize("fault", OTHERS, ids=lambda fault: fault.label)
def test_every_other_way_of_planting_makes_a_setting_that_differs(fault: Fault) -> None:
    base = healthy("rare" if fault.tables != NUMBERS else "friedman", SEED)
    planted = fault.plant(base)
    assert planted.recipe != base.recipe or planted.table is not base.table
