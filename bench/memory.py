"""The most memory that a whole ``trainwell fit`` on California housing holds at a time, and the seconds it takes."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.results import show

COMMAND = (sys.executable, "-c", "from trainwell.cli import main; main()")


def run(options: argparse.Namespace) -> None:
    """Fit in a process of its own and read its peak from the system."""
    if options.data is None:
        print("memory: skipped, it needs --data FOLDER, a folder with the data files")
        return
    table = Path(options.data) / "california_housing.csv"
    with tempfile.TemporaryDirectory() as name:
        arguments = ("fit", str(table), "--target", "median_house_value", "--output", f"{name}/run", "--json")
        began = time.perf_counter()
        subprocess.run([*COMMAND, *arguments], check=True, capture_output=True)
        took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    show("memory", "trainwell fit california_housing.csv", [{"peak MB": peak, "goal": 1200.0, "seconds": took}])
