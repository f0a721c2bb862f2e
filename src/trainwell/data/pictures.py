"""A folder of pictures, one subfolder per class: read whole, all of one size. Nothing is resized or cropped here."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from trainwell.data.source import Source
from trainwell.data.wording import counted, listed
from trainwell.errors import DataError, TrainwellWarning

#: Endings that are read as pictures; other files in the folders are passed over, as are hidden ones.
ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
#: Subfolders of these names are the parts of the data, each with the classes in it.
TRAINING_FOLDERS, TEST_FOLDERS = ("train", "training"), ("test", "testing")
MOST_PIXELS = 2**26
#: Levels of a 16-bit picture to one of an 8-bit picture: 65535 / 255.
DEEP = 257


def read_pictures(folder: Path) -> Source:
    """Read pictures as ``(rows, height, width)`` or ``(rows, height, width, 3)``, folders' names as target.

    They are uint8 from 0 to 255, or float32 in the same levels where any has 16 bits or more. Pictures are grey if all
    files are, else red, green and blue; transparency is laid on black. A folder that holds ``train`` and ``test`` has
    the classes in each, and ``test`` becomes the test part. Pictures without subfolders have no target: they are there
    to predict.

    Warns:
        TrainwellWarning: pictures beside the folders of classes, or a folder without pictures.

    Raises:
        DataError: no subfolders, no pictures, a file that cannot be read, or pictures of several sizes; names the file.
    """
    inside = {entry.name.lower(): entry for entry in folders_in(folder)}
    training, test = (next((inside[name] for name in names if name in inside), None) for names in FOLDERS)
    if training is None:
        return source_of_classes(folder)
    warn_of_passed_over(folder)
    whole = source_of_classes(training)
    if test is None:
        return whole
    held_out = source_of_classes(test)
    refuse_other_shape(held_out, whole)
    return Source(whole.origin, array=whole.array, answers=whole.answers, held_out=held_out)


FOLDERS = (TRAINING_FOLDERS, TEST_FOLDERS)


def source_of_classes(folder: Path) -> Source:
    """Read one folder of classes."""
    files = [(file, group.name) for group in folders_in(folder) for file in files_in(group)]
    if not files:
        return source_of_loose(folder)
    warn_of_passed_over(folder)
    array = pictures_of([file for file, _ in files])
    return Source(folder.name, array=array, answers=pl.Series("class", [name for _, name in files]))


def warn_of_passed_over(folder: Path) -> None:
    """Warn of pictures that lie beside the folders of classes, and of folders without any."""
    stray = [file.name for file in files_in(folder) if file.parent == folder]
    if stray:
        warnings.warn(
            f"{folder} holds {counted(len(stray), 'picture')} beside its folders of classes ({listed(stray, 3)}), "
            f"passed over for want of a class. Move each into the folder of its class, or away.",
            TrainwellWarning,
            stacklevel=2,
        )
    empty = [group.name for group in folders_in(folder) if not files_in(group)]
    if empty:
        warnings.warn(
            f"{folder} has no pictures in {listed(empty, 3)}, which {'is' if len(empty) == 1 else 'are'} passed over "
            f"as no class. Put pictures there, or remove the folder{'' if len(empty) == 1 else 's'}.",
            TrainwellWarning,
            stacklevel=2,
        )


def source_of_loose(folder: Path) -> Source:
    """Read pictures that lie in no subfolder and so have no class, as there are to predict."""
    files = [] if folders_in(folder) else files_in(folder)
    if not files:
        refuse_no_pictures(folder)
    return Source(folder.name, array=pictures_of(files))


def pictures_of(files: list[Path]) -> np.ndarray:
    """Return pictures as one array; raises ``DataError`` naming the first that cannot be read or is of another size."""
    pictures = [opened(file) for file in files]
    refuse_sizes(files, pictures)
    if any(picture.ndim == 3 for picture in pictures):
        pictures = [coloured(picture) for picture in pictures]
    return np.stack(pictures)


def folders_in(folder: Path) -> list[Path]:
    """Return the subfolders by name, hidden ones left out."""
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def files_in(folder: Path) -> list[Path]:
    """Return the pictures of one class by name, those in folders of its own as well."""
    found = (entry for entry in folder.rglob("*") if entry.suffix.lower() in ENDINGS and entry.is_file())
    return sorted(entry for entry in found if not entry.name.startswith("."))


def opened(file: Path) -> np.ndarray:
    """Return one picture as levels ``(height, width)`` or ``(height, width, 3)``.

    Raises:
        DataError: it cannot be read, or holds what is no number, naming the file.
    """
    from PIL import Image  # only once pictures are read

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as picture:
                refuse_too_large(file, picture.size)
                levels = levels_of(picture)
                refuse_not_finite(file, levels)
                return levels
    except DataError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        reason = str(problem).partition("\n")[0].rstrip(".") or "it is damaged"
        raise DataError(f"{file} cannot be read as a picture: {reason}. Replace or remove it.") from None


def levels_of(picture: Any) -> np.ndarray:
    """Return a picture of any mode as grey or as red, green and blue in levels: 0 is black and 255 is white.

    They are uint8, save those of grey with 16 bits or more, which are float32 and keep their fractions: the same number
    means the same brightness in every file, whatever else is in it.
    """
    if picture.mode.startswith("I"):
        return np.asarray(picture, np.float32) / np.float32(DEEP)
    if picture.mode == "F":
        return np.asarray(picture, np.float32)
    return np.asarray(picture.convert("L" if picture.mode in ("1", "L", "LA") else "RGB"))


def refuse_not_finite(file: Path, levels: np.ndarray) -> None:
    """Raise where a picture of floating-point numbers holds what is no number."""
    if levels.dtype != np.uint8 and not np.isfinite(levels).all():
        raise DataError(f"{file} holds missing or infinite values. Fill them in, or remove the picture.")


def refuse_too_large(file: Path, size: tuple[int, int]) -> None:
    """Raise where a picture would not fit in memory beside others."""
    if size[0] * size[1] > MOST_PIXELS:
        raise DataError(f"{file} is {size[0]}×{size[1]} pixels, too many to train on. Make the pictures smaller.")


def coloured(picture: np.ndarray) -> np.ndarray:
    """Return a picture with three channels; grey is the same in all."""
    return picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)


def refuse_sizes(files: Iterable[Path], pictures: list[np.ndarray]) -> None:
    """Raise unless all pictures have the size that most have, naming the first that has not."""
    sizes = [picture.shape[:2] for picture in pictures]
    usual = max(dict.fromkeys(sizes), key=sizes.count)
    others = [(file, size) for file, size in zip(files, sizes, strict=True) if size != usual]
    if others:
        file, size = others[0]
        raise DataError(
            f"{file} is {size[1]}×{size[0]} pixels, but {sizes.count(usual)} of the {len(sizes)} pictures are "
            f"{usual[1]}×{usual[0]} ({counted(len(others), 'picture')} of another size). Resize or crop them alike."
        )


def refuse_other_shape(test: Source, training: Source) -> None:
    """Raise where the test pictures are of another size than the training ones."""
    assert test.array is not None
    assert training.array is not None
    if test.array.shape[1:] != training.array.shape[1:]:
        raise DataError(
            f"the test pictures have the shape {test.array.shape[1:]}, but those to train on "
            f"{training.array.shape[1:]}. Resize them, or save both in colour or in grey."
        )


def refuse_no_pictures(folder: Path) -> None:
    """Raise what a folder lacks."""
    groups = [group.name for group in folders_in(folder)]
    where = f"has no pictures in {listed(groups, 3)}" if groups else "is a folder without pictures; name a file in it"
    raise DataError(f"{folder} {where}. Known endings: {', '.join(ENDINGS)}.")
