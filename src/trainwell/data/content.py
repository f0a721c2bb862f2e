"""A file's bytes, unpacked; what they mean is for those who ask."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from trainwell.errors import DataError


def content(path: Path) -> bytes:
    """Return a file's bytes, unpacked when it is gzipped.

    Raises:
        DataError: the file may not be read, is cut short or damaged.
    """
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (OSError, EOFError, zlib.error) as problem:
        raise DataError(
            f"{path.name} cannot be read: {problem}. Check that it is whole and that you may read it."
        ) from None
