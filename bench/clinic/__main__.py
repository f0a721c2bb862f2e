"""``python -m bench.clinic [--seeds N] [--tables N] [--healthy N] [--half reporting]``: the table of faults."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.clinic.faults import FAULTS, Fault
from bench.clinic.further import FURTHER
from bench.clinic.judging import CALIBRATION, LEVEL, PASSABLE, REPORTING, Judged, judge_faults, judge_healthy, table_of
from bench.clinic.others import OTHERS
from bench.clinic.tables import FAINT, FITTED, FRESH
from bench.results import show
from trainwell.engine import keep_compilations


@dataclass(frozen=True)
class Suite:
    """Faults, the tables that they are planted on (their own if none are named), and those of the healthy runs."""

    faults: tuple[Fault, ...]
    tables: tuple[str, ...] | None
    healthy: tuple[str, ...]


SUITES = {
    "planted": Suite(FAULTS, None, FITTED),
    "fresh": Suite(OTHERS, FRESH, FRESH),
    "further": Suite(FURTHER, (*FITTED, *FRESH), FAINT),
}


def main() -> None:
    """Plant every fault, examine it, and print what the clinic made of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.clinic", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="seeds per fault and table")
    parser.add_argument("--skip", type=int, default=0, help="seeds of the half to pass over")
    parser.add_argument("--tables", type=int, default=None, help="tables per fault, in turn; all without")
    parser.add_argument(
        "--healthy",
        type=int,
        default=300,
        help="runs of sensible recipes; about half come near the best and count as healthy",
    )
    parser.add_argument("--half", choices=("calibration", "reporting"), default="reporting", help="which seeds")
    parser.add_argument("--rows", type=int, nargs="*", default=None, help="faults by their number")
    parser.add_argument(
        "--suite",
        choices=tuple(SUITES),
        default="planted",
        help="the faults that thresholds were chosen on; fresh tables and ways of planting; further ones, once missed",
    )
    options = parser.parse_args()
    keep_compilations()
    seeds = (REPORTING if options.half == "reporting" else CALIBRATION)[options.skip :][: options.seeds]
    suite = SUITES[options.suite]
    faults = [fault for fault in suite.faults if options.rows is None or fault.row in options.rows]
    verdicts = judge_faults(faults, seeds, say, options.tables, suite.tables)
    rows = table_of(faults, verdicts)
    rows.append(
        {"row": "", "fault": "all"} | {name: sum(int(str(row[name])) for row in rows) for name in list(rows[0])[2:]}
    )
    name = "clinic" if options.suite == "planted" else f"clinic_{options.suite}"
    show(name, f"{options.suite} faults, {options.half} half, seeds {list(seeds)}", rows)
    twins = [verdict.twin for verdict in verdicts]
    print(f"healthy twins: {len(twins)}, with a warning or fault: {[found for found in twins if found]}")
    runs = judge_healthy(options.healthy, seeds[0], say, suite.healthy)
    for run in runs:
        if run.findings and run.passable:
            kind = "false alarm" if run.healthy else "passable"
            print(f"{kind}: {run.table}, score {run.score:.3f}, best {run.best:.3f}: {run.findings}: {run.recipe}")
    print(f"healthy runs, within {LEVEL} of the best on their table: {told([run for run in runs if run.healthy])}")
    print(f"passable runs, at {PASSABLE} of the best or more: {told([run for run in runs if run.passable])}")


def told(runs: Sequence[Judged]) -> str:
    """Say how many runs there are, and how many were given a warning or a fault."""
    return f"{len(runs)}, with a warning or fault: {sum(bool(run.findings) for run in runs)}"


def say(words: str) -> None:
    """Tell whoever waits how far it is."""
    print(words, file=sys.stderr, flush=True)


main()
