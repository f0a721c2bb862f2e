"""``python -m bench [NAME …] [--data FOLDER] [--rounds N]``: run measurements, print tables, write JSON."""

from __future__ import annotations

import argparse
import importlib
import os
from pathlib import Path

NAMES = (
    "steps",
    "telemetry",
    "startup",
    "memory",
    "tables",
    "uci",
    "search",
    "halving",
    "tuning",
    "convolution",
    "images",
    "adapters",
)


def main() -> None:
    """Run the measurements that were named, all of them without a name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; all without")
    parser.add_argument("--data", type=Path, help="a folder with the data files, which most of them need")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds or seeds")
    parser.add_argument(
        "--only",
        nargs="*",
        default=None,
        help="restrict 'tables' or 'tuning' to these data sets, 'search' to these shapes, such as 64/128",
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="budget that 'tuning' gives each data set")
    parser.add_argument("--epochs", type=int, default=2, help="how long 'search' trains every trial")
    parser.add_argument("--longer", type=int, default=1, help="how many times as long 'adapters' trains its loops")
    options = parser.parse_args()
    os.environ.setdefault("TRAINWELL_CACHE", "off")  # each bench pays for what it compiles
    for name in options.names or NAMES:
        importlib.import_module(f"bench.{name}").run(options)


main()
