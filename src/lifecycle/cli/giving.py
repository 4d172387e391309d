"""What a command gives: one result as a table, as JSON or as CSV, on stdout or in a file.

In: records (dicts of plain values) and which of their fields make columns. Out: text. JSON is a list with an object a line,
dates as ISO text, yuan as numbers; CSV is UTF-8 with a header. Next room: :mod:`lifecycle.cli.commands`.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import Any, cast

from attrs import fields, frozen, has
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from lifecycle.errors import LifecycleError, near, optional
from lifecycle.show.terminal import grid, heading
from lifecycle.show.words import plain

__all__ = ["Record", "Result", "cell", "data", "drawn", "give", "pour", "save", "wide_console"]

Record = Mapping[str, Any]
_KINDS_OF_FILE = (".csv", ".json", ".parquet")
_ENDLESS = 10_000  # columns
_WIDE = 120
_BOM = "\ufeff"


def data(value: Any) -> Any:
    """A value as JSON can hold it: dates as text, yuan as numbers, sets in order, values of classes as objects."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)  # within the limits of kinds.FACTS its shortest form is the amount itself
    if isinstance(value, Mapping):
        return {str(key): data(one) for key, one in _items(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(data(one) for one in _parts(value))
    if isinstance(value, (list, tuple)):
        return [data(one) for one in _parts(value)]
    if has(value.__class__):
        return {one.name: data(getattr(value, one.name)) for one in fields(value.__class__)}
    return str(value)


def cell(value: Any) -> str:
    """A value as one cell of CSV: blank for None, yes or no, lists joined by ``; ``, objects as ``name=value``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}={cell(one)}" for key, one in _items(value))
    if isinstance(value, (set, frozenset)):
        return "; ".join(sorted(cell(one) for one in _parts(value)))
    if isinstance(value, (list, tuple)):
        return "; ".join(cell(one) for one in _parts(value))
    return str(value)


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    return cast("Mapping[Any, Any]", value).items()


def _parts(value: Any) -> Iterable[Any]:
    return cast("Iterable[Any]", value)


@frozen
class Result:
    """The records, and how they look: ``columns`` of the CSV, ``shown`` (heading → how its cell is made) of the table."""

    records: Sequence[Record]
    columns: Sequence[str]
    shown: Mapping[str, Callable[[Record], RenderableType]]
    numbers: frozenset[str] = frozenset()
    folding: frozenset[str] = frozenset()
    spare: Sequence[str] = ()
    """Columns of the table that go first where the window is too narrow for all."""
    above: Sequence[RenderableType] = ()
    """What stands above the table: its title, its totals."""
    flat: Callable[[Record], Record] | None = None
    """The record as CSV has it, where that is not the record itself."""
    objects: Callable[[Record], Record] | None = None
    """The record as JSON has it, where that is not the record itself."""

    def flattened(self) -> Iterator[Record]:
        """The records as CSV has them."""
        return map(self.flat, self.records) if self.flat else iter(self.records)

    def as_objects(self) -> Iterator[Record]:
        """The records as JSON has them."""
        return map(self.objects, self.records) if self.objects else iter(self.records)


def give(result: Result, form: str, *, most: int | None) -> None:
    """The result on stdout."""
    if form == "json":
        pour(f"{line}\n" for line in _json_lines(result))
    elif form == "csv":
        pour(_csv_lines(result))
    else:
        pour((_table(result, most),))


def pour(texts: Iterable[str]) -> None:
    """Texts on stdout; when whoever reads it has had enough (``| head``), the rest goes nowhere, without complaint."""
    try:
        for text in texts:
            sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):  # Windows says EINVAL
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


def save(result: Result, path: Path) -> None:
    """The result in a file, its form by the file's ending: ``.csv`` (with a mark, so that a spreadsheet reads the Chinese),
    ``.json``, ``.parquet``."""
    kind = path.suffix.lower()
    if kind not in _KINDS_OF_FILE:
        raise LifecycleError(
            f"a file cannot be written as {path.suffix or 'nothing'!r}",
            argument="--out",
            value=str(path),
            place=str(path),
            remedy=near(kind, _KINDS_OF_FILE),
        )
    if kind == ".parquet":
        _save_parquet(result, path)
        return
    text = io.StringIO()
    if kind == ".json":
        text.writelines(f"{line}\n" for line in _json_lines(result))
    else:
        text.writelines((_BOM, *_csv_lines(result)))
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    print(f"{path}: {len(result.records):,} rows", file=sys.stderr)


def _json_lines(result: Result) -> Iterator[str]:
    if not result.records:
        yield "[]"
        return
    last = len(result.records) - 1
    for number, record in enumerate(result.as_objects()):
        text = json.dumps(data(record), ensure_ascii=False)
        yield ("[" if number == 0 else " ") + text + ("]" if number == last else ",")


def _csv_lines(result: Result) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    for cells in chain(
        (result.columns,), ([cell(record[name]) for name in result.columns] for record in result.flattened())
    ):
        writer.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _table(result: Result, most: int | None) -> str:
    records = result.records if most is None else result.records[:most]
    names = list(result.shown)
    below: list[RenderableType] = []
    if len(result.records) > len(records):
        below.append(
            Text(f"… {len(result.records) - len(records):,} more; --rows all shows them", style="bright_black")
        )
    above = [*result.above, *([Text()] if result.above else ())]
    console = Console()
    if not console.is_terminal:
        return drawn(*above) + _plain_table(result, names, records) + drawn(*below)
    table = _grid(result, names, records)
    dropped: list[str] = []
    for name in result.spare:
        if _whole(table).minimum <= console.width:
            break
        dropped.append(name)
        names.remove(name)
        table = _grid(result, names, records)
    if dropped:
        left_out = ", ".join(plain(name) for name in dropped)
        below.append(Text(f"no room for {left_out}: widen the window, or --format csv", style="bright_black"))
    return drawn(*above, table, *below)


def _plain_table(result: Result, names: Sequence[str], records: Sequence[Record]) -> str:
    """The table where no window limits it: text alone, every column as wide as it needs, fast also for many rows."""
    head = [heading(name).split("\n") for name in names]
    lines = [[words[0] for words in head], [words[-1] if len(words) > 1 else "" for words in head]]
    lines += [[str(result.shown[name](record)) for name in names] for record in records]
    widths = [max(cell_len(cells[place]) for cells in lines) for place in range(len(names))]
    text: list[str] = []
    for cells in lines:
        parts: list[str] = []
        for name, words, wide in zip(names, cells, widths, strict=True):
            room = " " * (wide - cell_len(words))
            parts.append(room + words if name in result.numbers else words + room)
        text.append("  ".join(parts).rstrip() + "\n")
    return "".join(text)


def _grid(result: Result, names: Sequence[str], records: Sequence[Record]) -> Table:
    return grid(
        [heading(name) for name in names],
        [[result.shown[name](record) for name in names] for record in records],
        numbers=[place for place, name in enumerate(names) if name in result.numbers],
        folding=[place for place, name in enumerate(names) if name in result.folding],
    )


def _whole(thing: RenderableType) -> Measurement:
    """How wide a thing is where there is room for all of it."""
    return Console(width=_ENDLESS, no_color=True).measure(thing)


def drawn(*things: RenderableType) -> str:
    """Things one below the other as the terminal shows them; in a file or a pipe nothing is folded to a window that nobody has."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=max((_whole(thing).maximum for thing in things), default=1), no_color=True)
    with console.capture() as capture:
        for thing in things:
            console.print(thing)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def wide_console() -> Console:
    """Stdout as a console; in a file or a pipe wide enough for whole tables."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE, no_color=True)


def _save_parquet(result: Result, path: Path) -> None:
    pl = optional("polars", "a Parquet file", "columns")
    columns = {name: [_parquet(record[name]) for record in result.flattened()] for name in result.columns}
    pl.DataFrame(columns, strict=False).write_parquet(path)
    print(f"{path}: {len(result.records):,} rows", file=sys.stderr)


def _parquet(value: object) -> Any:
    if isinstance(value, (bool, int, float, date, Decimal)) or value is None:
        return value
    return cell(value)
