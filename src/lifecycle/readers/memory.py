"""A table that lies in memory, column by column: what frames and application objects share.

In: a header and a way to get the cells of each column. Out: a :class:`~lifecycle.readers.reading.Reading`; rows count
from 1. Next room: :mod:`lifecycle.readers.plans`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from pathlib import PurePath

from lifecycle.readers.csv import EVERY, Progress
from lifecycle.readers.mapping import ExportMap, chosen_map, table_by_header, table_by_name
from lifecycle.readers.plans import clean_header, plan
from lifecycle.readers.reading import Gathered, Reading, Source
from lifecycle.readers.streams import Fault, nul_fault

__all__ = ["read_cells"]


def read_cells(
    header: Sequence[str],
    height: int,
    column: Callable[[int], Iterable[str | Fault]],
    *,
    mapping: ExportMap | str | PurePath | None,
    table: str | None,
    name: str,
    progress: Progress | None,
) -> Reading:
    """The reading of ``height`` rows; ``column(index)`` gives the cells of a column, asked of those that are used."""
    chosen = chosen_map(mapping, table)
    names = clean_header(header)
    found = table_by_name(name, chosen, table) or table_by_header(names, chosen, name)
    out = Gathered(chosen.zone) if chosen is not None else Gathered()
    out.begin(Source(name, found.name, 0))
    made = plan(found, names, name, out)
    columns = [repeat("", height) if title in made.left_alone else column(index) for index, title in enumerate(names)]
    for line, cells in enumerate(zip(*columns, strict=True), start=1):
        row = _row(cells)
        if row is not None:
            made.row(line, row)
        if progress is not None and not line % EVERY:
            progress(out.rows, line / height)
    out.end(Source(name, found.name, out.rows_here, left_alone=made.left_alone, headers=made.headers()))
    if progress is not None:
        progress(out.rows, 1.0)
    return out.reading()


def _row(cells: tuple[str | Fault, ...]) -> Sequence[str] | Fault | None:
    """The cells; what is wrong with the first that is none; None where all are blank: that tells nothing, as in a file."""
    row: list[str] = []
    for cell in cells:
        if type(cell) is not str:
            return cell
        row.append(cell)
    text = "".join(row)
    if "\0" in text:
        return nul_fault(next(cell for cell in row if "\0" in cell))
    return row if text.strip() else None
