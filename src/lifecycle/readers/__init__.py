"""Rows in, events and problems out: CSV files, dealer-system exports, data frames, application objects.

In: whatever an application has. Out: a :class:`Reading`: events, problems with their places, and an account that
closes (``told == len(events) + len(refused)``); :meth:`Reading.by_customer` makes histories of it. Next room:
:mod:`lifecycle.life`.
"""

from __future__ import annotations

from lifecycle.readers.cdnow import cdnow_log, read_cdnow
from lifecycle.readers.csv import Progress, read_csv, read_export
from lifecycle.readers.frames import read_frame
from lifecycle.readers.mapping import ExportMap, load_map, parse_map, shipped_maps
from lifecycle.readers.objects import read_objects
from lifecycle.readers.reading import Histories, Reading, Source

__all__ = [
    "ExportMap",
    "Histories",
    "Progress",
    "Reading",
    "Source",
    "cdnow_log",
    "load_map",
    "parse_map",
    "read_cdnow",
    "read_csv",
    "read_export",
    "read_frame",
    "read_objects",
    "shipped_maps",
]
