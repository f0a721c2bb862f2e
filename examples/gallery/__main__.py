"""``python -m examples.gallery [NAME …] [--output FOLDER]``: compute the pictures and write them as one page."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from examples.gallery.page import render
from examples.gallery.picture import Picture
from examples.gallery.pictures import NAMES, compute
from trainwell.engine import keep_compilations


def main() -> None:
    """Compute the pictures that were named, all of them without a name."""
    parser = argparse.ArgumentParser(prog="python -m examples.gallery", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; all without")
    parser.add_argument("--output", type=Path, default=Path("build/gallery"), help="folder that index.html goes to")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no picture {', '.join(map(repr, unknown))}; known: {', '.join(NAMES)}")
    keep_compilations()
    write(timed(options.names or NAMES), options.output)


def timed(names: list[str] | tuple[str, ...]) -> dict[str, Picture]:
    """Return the pictures by name, telling how long each took."""
    pictures = {}
    for name in names:
        began = time.perf_counter()
        pictures[name] = compute(name)
        print(f"{name:26} {time.perf_counter() - began:6.1f} s", flush=True)
    return pictures


def write(pictures: dict[str, Picture], folder: Path) -> None:
    """Write the page."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "index.html"
    page.write_text(render(pictures), encoding="utf-8")
    print(f"{len(pictures)} pictures: {page}")


if __name__ == "__main__":
    main()
