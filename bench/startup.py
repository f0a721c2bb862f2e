"""Seconds of a whole ``trainwell fit`` process on breast cancer: first with nothing compiled before, then warm."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.results import show
from trainwell.examples import write_example

COMMAND = (sys.executable, "-c", "from trainwell.cli import main; main()")


def timed(folder: Path, table: Path, cache: Path) -> float:
    began = time.perf_counter()
    arguments = ("fit", str(table), "--target", "diagnosis", "--output", str(folder), "--overwrite", "--json")
    environment = {**os.environ, "TRAINWELL_CACHE": str(cache)}
    subprocess.run([*COMMAND, *arguments], check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def run(options: argparse.Namespace) -> None:
    """Time cold and warm processes."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = write_example("breast_cancer", folder)
        cold = [timed(folder / "run", table, folder / f"cache{turn}") for turn in range(options.rounds)]
        warm = [timed(folder / "run", table, folder / "cache0") for _ in range(options.rounds)]
    for label, times in (("cold", cold), ("warm", warm)):
        rows.append({"process": label, "seconds, median": float(np.median(times)), "worst": float(max(times))})
    show("startup", "trainwell fit breast_cancer.csv, whole process", rows)
