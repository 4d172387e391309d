"""The CDNOW purchase log: 69,659 real purchases of 23,570 customers, January 1997 to June 1998.

In: the data file that lies in the package Lifetimes (found by its metadata; the package is never imported, and need
not be importable). Out: a :class:`~lifecycle.readers.reading.Reading` by the shipped mapping ``cdnow``: a purchase
stands for a charged visit, dollars stand for yuan, its 80 rows of 0.00 are free help, and its 255 rows that repeat
another exactly are rows of their own. Next room: :mod:`lifecycle.readers.csv`.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from lifecycle.errors import LifecycleError
from lifecycle.readers.csv import Progress, read_csv
from lifecycle.readers.reading import Reading

__all__ = ["cdnow_log", "read_cdnow"]

_PACKAGE = "Lifetimes"
_FILE = "CDNOW_master.txt"


def cdnow_log() -> Path:
    """Where the purchase log lies; an error says how to get it."""
    try:
        files = metadata.files(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == _FILE:
            path = Path(str(file.locate()))
            if path.is_file():
                return path
    raise LifecycleError(
        f"the CDNOW purchase log is not here: it lies in the package {_PACKAGE}, as {_FILE}",
        argument="package", value=_PACKAGE, remedy=f"pip install --no-deps {_PACKAGE}",
    )  # fmt: skip


def read_cdnow(progress: Progress | None = None) -> Reading:
    """All purchases of the log, as ``vehicle_handed_over charge=``, ids by file and line."""
    return read_csv(cdnow_log(), mapping="cdnow", progress=progress)
