"""CSV files of any honest kind, plain or by a mapping: one file, several, or a folder of exports.

In: paths, bytes or binary files, and an :class:`~lifecycle.readers.mapping.ExportMap` where the tables are a dealer
system's own. Out: one :class:`~lifecycle.readers.reading.Reading`. A file that cannot be read at all (missing, no
text, a header that does not fit) is a :class:`LifecycleError`; a row that cannot be read is a problem, and the rest
goes on. Next room: :mod:`lifecycle.life`.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from io import BytesIO
from pathlib import Path, PurePath
from typing import BinaryIO, Protocol

from attrs import evolve

from lifecycle.errors import LifecycleError, near
from lifecycle.events import Problem
from lifecycle.readers.mapping import (
    ExportMap,
    Table,
    check_encoding,
    chosen_map,
    load_map,
    table_by_header,
    table_by_name,
)
from lifecycle.readers.plans import Plan, clean_header, known_names, plan
from lifecycle.readers.reading import Gathered, Reading, Source
from lifecycle.readers.streams import DELIMITERS, Fault, Lines, records, split

__all__ = ["EVERY", "Progress", "read_csv", "read_export"]

EVERY = 8_192
_TEXT_FILES = (".csv", ".txt", ".tsv")


class Progress(Protocol):
    """Called every few thousand rows and at the end: rows read so far, and the share of all bytes (None: unknown)."""

    def __call__(self, rows: int, share: float | None, /) -> None: ...


def read_csv(
    *sources: str | PurePath | bytes | BinaryIO,
    mapping: ExportMap | str | PurePath | None = None,
    table: str | None = None,
    encoding: str | None = None,
    names: Sequence[str] = (),
    progress: Progress | None = None,
) -> Reading:
    """The events and problems of CSV files.

    Without a ``mapping`` the files have the plain form (``customer,event,at`` and a column a fact, English or Chinese;
    or ``customer,at,amount``, a charged visit a row). With one (a loaded map, a TOML file, or the name of a shipped
    one), each file's table is found by its name, else by its header, unless ``table`` says which. ``encoding`` None: as
    the mapping declares, else detected. ``names`` are what files are called in ids and problems where their own names
    will not do. Raises :class:`LifecycleError` for a file that cannot be read at all.
    """
    chosen = chosen_map(mapping, table)
    out = Gathered(chosen.zone) if chosen is not None else Gathered()
    called = list(names) or _names(sources)
    if len(called) != len(sources):
        raise LifecycleError(f"{len(called)} names for {len(sources)} files", argument="names", value=list(names))
    with ExitStack() as opened:
        files = [
            (opened.enter_context(_open(source, name)), name) for source, name in zip(sources, called, strict=True)
        ]
        bar = _Bar(out, [_size(file) for file, _ in files], progress)
        for file, name in files:
            _read(file, name, chosen, table, encoding, out, bar)
    bar.over()
    return out.reading()


def read_export(
    folder: str | PurePath, mapping: ExportMap | str | PurePath, *, progress: Progress | None = None
) -> Reading:
    """The events and problems of every table of an export: the files in ``folder`` whose names the mapping knows.

    Raises :class:`LifecycleError` where the folder has none of them, or a file cannot be read at all. Files that belong
    to no table are named in a warning, so that none is left out unseen.
    """
    path = Path(folder)
    chosen = load_map(mapping) if isinstance(mapping, (str, PurePath)) else mapping
    if not path.is_dir():
        raise LifecycleError(
            f"there is no folder {folder}", argument="folder", value=str(folder), place=str(folder),
            remedy="name the folder that holds the export's files",
        )  # fmt: skip
    files = sorted(item for item in path.iterdir() if item.is_file() and item.suffix.lower() in _TEXT_FILES)
    known = [item for item in files if chosen.matching(item.name)]
    if not known:
        patterns = ", ".join(pattern for table in chosen.tables.values() for pattern in table.files[:1])
        raise LifecycleError(
            f"no file in it belongs to a table of the mapping {chosen.name}",
            argument="folder", value=str(folder), place=str(folder), remedy=f"files are named {patterns}",
        )  # fmt: skip
    reading = read_csv(*known, mapping=chosen, progress=progress)
    strays = tuple(
        Problem(
            item.name,
            0,
            None,
            "no table of the mapping is in a file of this name",
            "add a pattern to its `files`",
            None,
            "warning",
        )
        for item in files
        if item not in known
    )
    return evolve(reading, problems=strays + reading.problems) if strays else reading


class _Bar:
    """Progress over several files."""

    def __init__(self, out: Gathered, sizes: list[int | None], progress: Progress | None) -> None:
        self._out = out
        self._total = None if any(size is None for size in sizes) else sum(size or 0 for size in sizes)
        self._progress = progress
        self.done = 0
        self.behind = 0

    def here(self, done: int) -> None:
        self.done = self.behind + done

    def next_file(self) -> None:
        self.behind = self.done

    def tell(self) -> None:
        if self._progress is not None:
            self._progress(self._out.rows, min(self.done / self._total, 1.0) if self._total else None)

    def over(self) -> None:
        if self._progress is not None:
            self._progress(self._out.rows, 1.0)


def _read(
    file: BinaryIO,
    name: str,
    mapping: ExportMap | None,
    table_name: str | None,
    encoding: str | None,
    out: Gathered,
    bar: _Bar,
) -> None:
    table = table_by_name(name, mapping, table_name)
    declared = encoding or (table.encoding if table is not None else None)
    lines = Lines(file, name, check_encoding(declared) if declared else None, bar.here)
    stream = iter(lines)
    number, first = _skipped(stream, name, table.skip_lines if table is not None else 0)
    if table is not None and table.header:
        stream, header, delimiter = _before(first, stream), list(table.header), _delimiter(table, first, table.header)
        number -= 1
    else:
        if isinstance(first, Fault):
            raise LifecycleError(
                first.message, argument="file", value=name, place=f"{name}:{number}", remedy=first.remedy
            )
        expected = _expected(mapping, table)
        delimiter = _delimiter(table, first, expected)
        header, number, stream = _header(first, stream, delimiter, number, name)
        if table is None:
            table = table_by_header(clean_header(header), mapping, name)
    out.begin(Source(name, table.name, 0))
    plan_ = plan(table, header, name, out)

    def doubt(first: int, last: int) -> None:
        message = f"a quoted cell runs over the lines {first} to {last}, of which one looks like a row of its own"
        remedy = "check whether a quote is missing; the lines are read as one row"
        out.problems.append(Problem(name, first, None, message, remedy, None, "warning"))

    _rows(plan_, records(stream, delimiter, width=len(header), number=number, doubt=doubt), out, bar)
    if not out.rows_here:
        message, remedy = "the file has a header and no rows", "check whether the export came to its end"
        out.problems.append(Problem(name, number, None, message, remedy, None, "warning"))
    known = Source(name, table.name, out.rows_here, lines.encoding, delimiter, plan_.left_alone, plan_.headers())
    out.end(known)
    bar.next_file()


def _rows(plan_: Plan, found: Iterator[tuple[int, list[str] | Fault]], out: Gathered, bar: _Bar) -> None:
    row = plan_.row
    left = EVERY
    for line, cells in found:
        row(line, cells)
        left -= 1
        if not left:
            left = EVERY
            bar.tell()


def _skipped(stream: Iterator[str | Fault], name: str, lines: int) -> tuple[int, str | Fault]:
    """The first line that is the table's, and its number; blank lines before it do not matter."""
    number = 0
    for line in stream:
        number += 1
        if number > lines and (isinstance(line, Fault) or line.strip("\ufeff \t\r")):
            return number, line
    raise LifecycleError(
        "the file is empty" if number == 0 else "the file has no header and no rows",
        argument="file", value=name, place=name, remedy="its first line is a header, as in customer,event,at",
    )  # fmt: skip


def _before(first: str | Fault, rest: Iterator[str | Fault]) -> Iterator[str | Fault]:
    yield first
    yield from rest


def _header(
    first: str, stream: Iterator[str | Fault], delimiter: str, number: int, name: str
) -> tuple[list[str], int, Iterator[str | Fault]]:
    """The cells of the header, the number of its last line, and the lines after it."""
    if "\0" not in first and ('"' not in first or delimiter == "whitespace"):
        return split(first, delimiter), number, stream
    try:
        cells = next(csv.reader([first], delimiter=delimiter, strict=True))
        why = "NUL stands in it" if "\0" in first else ""
    except csv.Error:
        cells, why = [], "a quote in it is not closed in the line"
    if why:
        raise LifecycleError(
            f"the header cannot be read: {why}", argument="header", value=first[:200], place=f"{name}:{number}",
            remedy="mend the first line",
        )  # fmt: skip
    return cells, number, stream


def _expected(mapping: ExportMap | None, table: Table | None) -> Sequence[str]:
    """The names of columns by which a delimiter is told."""
    tables = [table] if table is not None else [] if mapping is None else list(mapping.tables.values())
    named = [name for one in tables for name in (*one.needed, *one.may_lack, *one.columns)]
    return named + list(known_names()) if any(one.plain for one in tables) or not tables else named


def _delimiter(table: Table | None, first: str | Fault, expected: Sequence[str]) -> str:
    """As declared, else the one that parts the header into the most names that are known, else into the most cells."""
    if table is not None and table.delimiter is not None:
        return table.delimiter
    if isinstance(first, Fault):
        return ","
    known = {name.casefold() for name in expected}

    def fits(delimiter: str) -> tuple[int, int]:
        names = [cell.strip().strip('"').strip().casefold() for cell in clean_header(first.split(delimiter))]
        return sum(name in known for name in names) if len(names) > 1 else 0, len(names)

    return max(DELIMITERS, key=fits)


def _names(sources: Sequence[object]) -> list[str]:
    """What each file is called: its name; with as much of its folders as tells it from the others."""
    parts = [
        PurePath(source).parts if isinstance(source, (str, PurePath)) else (str(getattr(source, "name", "input")),)
        for source in sources
    ]
    names: list[str] = []
    for number, path in enumerate(parts):
        others = [other for place, other in enumerate(parts) if place != number]
        length = 1
        while length < len(path) and any(other[-length:] == path[-length:] for other in others):
            length += 1
        name = "/".join(path[-length:])
        base = PurePath(name).name if length == 1 else name
        names.append(base if base not in names else f"{base}~{number + 1}")
    return names


def _open(source: str | PurePath | bytes | BinaryIO, name: str) -> AbstractContextManager[BinaryIO]:
    """The file, closed at the end only where it was opened here."""
    if isinstance(source, bytes):
        return BytesIO(source)
    if not isinstance(source, (str, PurePath)):
        return nullcontext(_checked(source, name))
    path = Path(source)
    try:
        if path.is_dir():
            raise LifecycleError(
                "this is a folder, not a file", argument="file", value=str(source), place=str(source),
                remedy="name a file in it, or read_export(folder, mapping)",
            )  # fmt: skip
        return path.open("rb")
    except FileNotFoundError:
        folder = path.parent
        beside = [item.name for item in folder.iterdir()] if folder.is_dir() else []
        close = near(path.name, beside)
        found = close if close.startswith("did you mean") else f"looked in {folder.absolute()}"
        remedy = found if folder.is_dir() else f"there is no folder {folder} either"
        raise LifecycleError(
            "there is no such file", argument="file", value=str(source), place=str(source), remedy=remedy
        ) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LifecycleError(
            f"it cannot be opened: {why}",
            argument="file",
            value=str(source),
            place=str(source),
            remedy="check its rights",
        ) from None


def _checked(source: BinaryIO, name: str) -> BinaryIO:
    read: Callable[[int], object] | None = getattr(source, "read", None)
    if read is None or not isinstance(read(0), bytes):
        raise LifecycleError(
            f"a {type(source).__name__} is neither a path, nor bytes, nor a file opened for bytes",
            argument="file", value=name, remedy='open it with "rb"; text that you hold already is text.encode()',
        )  # fmt: skip
    return source


def _size(file: BinaryIO) -> int | None:
    if isinstance(file, BytesIO):
        return len(file.getbuffer())
    try:
        return os.fstat(file.fileno()).st_size
    except (AttributeError, OSError, ValueError):
        return None
