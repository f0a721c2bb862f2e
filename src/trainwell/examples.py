"""Real data sets to try things on: those that scikit-learn carries, as tables with named columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trainwell.errors import ArtifactError
from trainwell.registry import Registry
from trainwell.writing import write_whole


@dataclass(frozen=True)
class Example:
    """A bundled data set: scikit-learn's loader, the target's name, and one sentence about it."""

    loader: str
    target: str
    sentence: str


EXAMPLES: Registry[Example] = Registry("example")

for _example in (
    Example("breast_cancer", "diagnosis", "569 tumours, 30 measurements: malignant or benign?"),
    Example("iris", "species", "150 flowers, 4 measurements: which of three species?"),
    Example("wine", "cultivar", "178 wines, 13 chemical measurements: which of three cultivars?"),
    Example("digits", "digit", "1797 images of 8 × 8 pixels: which digit?"),
    Example("diabetes", "progression", "442 patients, 10 measurements: how far has the illness gone after a year?"),
):
    EXAMPLES.register(_example.loader, source="scikit-learn's bundled data")(_example)


def example_frame(name: str) -> pl.DataFrame:
    """Return an example as a frame, its target the last column, labels in words.

    Raises:
        UnknownNameError: no example has that name.

    >>> example_frame("iris").shape
    (150, 5)
    """
    example = EXAMPLES[name]
    from sklearn import datasets  # costs over a second to import, and only this needs it

    bunch = getattr(datasets, f"load_{example.loader}")(**({"scaled": False} if name == "diabetes" else {}))
    names = [str(column).replace(" (cm)", "").replace(" ", "_").replace("/", "_") for column in bunch.feature_names]
    frame = pl.DataFrame(bunch.data, schema=names)
    labels = getattr(bunch, "target_names", None)
    target = pl.Series(example.target, bunch.target)
    if labels is not None and name != "digits":
        target = pl.Series(example.target, [str(labels[code]) for code in bunch.target])
    return frame.with_columns(target)


def write_example(name: str, folder: Path, *, overwrite: bool = False) -> Path:
    """Write an example as ``NAME.csv`` and return its path.

    Raises:
        ArtifactError: the file exists (unless ``overwrite``) or cannot be written.
    """
    if folder.is_file():
        raise ArtifactError(f"{folder} is a file; name a folder for the example.")
    path = folder / f"{name}.csv"
    write_whole(path, example_frame(name).write_csv(), overwrite=overwrite)
    return path
