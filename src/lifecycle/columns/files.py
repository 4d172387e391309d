"""Replay of events that lie in Parquet files and are larger than the memory: so many customers at a time.

In: a file, many, or a directory of them (hive partitions included), a book, a day, a budget of memory. Out: the answers of
:mod:`lifecycle.columns.replaying`, in order of ids, as frames one after the other or in a Parquet file; whatever the budget,
the order of the rows and the cut of the files, the answer is the same (LW2).

How: a look at the ids alone says where to cut. Files that are sorted by customer are read range by range; others are parted
by ranges of ids into temporary files first, in one pass. Customers who may be one with others are taken by themselves, and
their answers are put at their places. Next room: :mod:`lifecycle.cli`.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple, overload

import numpy as np
import polars as pl

from lifecycle.book import House
from lifecycle.columns.codes import Ints
from lifecycle.columns.door import meaning, meant
from lifecycle.columns.families import families, together
from lifecycle.columns.replaying import replay, vehicles
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError, near

__all__ = ["BUDGET", "replay_parquet"]

#: Bytes that the replay of a piece may take, unless it is said otherwise.
BUDGET = 1 << 30
#: What an event costs while its piece is replayed, beside three times its row: measured, see docs/how-to/daily-state.md.
_AN_EVENT = 260
_SAMPLED = 1 << 17
_ASKED = {"customer": replay, "vehicle": vehicles}
Tell = Callable[[float, str], object]
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@overload
def replay_parquet(
    source: Paths,
    book: House,
    *,
    on: date,
    out: None = None,
    rows: Literal["customer", "vehicle"] = "customer",
    budget: int = BUDGET,
    progress: bool | Tell = True,
) -> Iterator[pl.DataFrame]: ...
@overload
def replay_parquet(
    source: Paths, book: House, *, on: date, out: str | os.PathLike[str],
    rows: Literal["customer", "vehicle"] = "customer", budget: int = BUDGET, progress: bool | Tell = True,
) -> int: ...  # fmt: skip
def replay_parquet(
    source: Paths,
    book: House,
    *,
    on: date,
    out: str | os.PathLike[str] | None = None,
    rows: Literal["customer", "vehicle"] = "customer",
    budget: int = BUDGET,
    progress: bool | Tell = True,
) -> Iterator[pl.DataFrame] | int:
    """:func:`columns.replay <lifecycle.columns.replay>` of Parquet files, never whole in memory.

    ``source`` is a file, several, or a directory with files below it, whose hive partitions (``year=2024``) may be columns.
    ``rows="vehicle"`` gives the rows of :func:`columns.vehicles <lifecycle.columns.vehicles>`. The answers come as polars
    frames, so many customers at a time, in order of ids; with ``out`` they go to a Parquet file, whole or not at all, and
    their number comes back.

    ``budget`` is how many bytes the replay of one piece may take: the process needs about that, and some 300 MB for the
    libraries and one row group. A customer is never split: one whose own history is larger needs what it needs. Events
    that are not sorted by customer are written once more, into temporary files beside ``out`` (or where the system has them).

    ``progress``: a bar on stderr where that is a terminal; False for none, or a function of the share done and a word.
    """
    a_day(on)
    if rows not in _ASKED:
        raise LifecycleError(f"rows={rows!r} is unknown", argument="rows", value=rows, remedy=near(rows, _ASKED))
    if type(budget) is not int or budget < 1:
        raise LifecycleError(f"budget={budget!r} is not a number of bytes", argument="budget", value=budget)
    work = _Work(_files(source), book, on, rows, budget)
    if out is None:
        return work.answers(None, progress)
    return work.write(Path(out), progress)


# -- the files ------------------------------------------------------------------------------------------------------------


class _File(NamedTuple):
    scan: pl.LazyFrame
    rows: int


def _files(source: Paths) -> list[_File]:
    given = [source] if isinstance(source, (str, os.PathLike)) else list(source)
    paths: list[tuple[Path, Path]] = []
    for one in map(Path, given):
        paths += [(path, one) for path in sorted(one.rglob("*.parquet"))] if one.is_dir() else [(one, one.parent)]
    if not paths:
        raise LifecycleError(
            "there is no Parquet file",
            argument="source",
            value=str(source),
            remedy="name a file, or a directory of them",
        )
    return [_file(path, root) for path, root in paths]


def _file(path: Path, root: Path) -> _File:
    parted = any("=" in part for part in path.relative_to(root).parts[:-1])
    try:
        scan = pl.scan_parquet(path, hive_partitioning=parted, glob=False)
        names = scan.collect_schema().names()
        rows: int = scan.select(pl.len()).collect().item()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LifecycleError(
            f"{path} cannot be read: {error}", argument="source", value=str(path), remedy="give Parquet files"
        ) from None
    if parted:  # years and months of a directory are no facts; a column that is one stays
        keys = [part.partition("=")[0] for part in path.relative_to(root).parts[:-1] if "=" in part]
        names = [name for name in names if name not in keys or meaning(name)]
    english = {name: what for name, what in meant(names).items() if not what.startswith("fact:")}
    scan = scan.select(names).rename(english)
    ids = scan.collect_schema()["customer"]
    if not (ids.is_integer() or ids == pl.String):
        scan = scan.with_columns(pl.col("customer").cast(pl.String))
    return _File(scan, rows)


# -- the work -------------------------------------------------------------------------------------------------------------


class _Piece(NamedTuple):
    """Events of some customers; ``end`` is the first id after them, None for the last piece."""

    events: Callable[[], pl.DataFrame]
    end: Any


class _Plan(NamedTuple):
    ascending: bool
    starts: list[tuple[int, Any]]
    """Rows at which a piece begins, with the customer who begins it; where the rows ascend."""
    ids: list[Any]
    """The customers who begin pieces, for rows in any order."""


class _Work:
    def __init__(self, files: list[_File], book: House, on: date, rows: str, budget: int) -> None:
        self.files = files
        self.book = book
        self.on = on
        self.rows = rows
        self.ask: Callable[..., pl.DataFrame] = _ASKED[rows]
        self.total = sum(one.rows for one in files)
        first = next((one for one in files if one.rows), files[0]).scan.head(10_000).collect()
        row = first.estimated_size() / max(first.height, 1)
        self.piece = max(int(budget / (3 * row + _AN_EVENT)), 1)
        self.keys = ["customer", "vehicle"] if rows == "vehicle" else ["customer"]

    def answers(self, folder: Path | None, progress: bool | Tell) -> Iterator[pl.DataFrame]:
        """The answers, piece by piece."""
        with _told(progress) as tell, TemporaryDirectory(prefix="lifecycle-", dir=folder) as room:
            apart, theirs = self._apart()
            plan = self._plan(tell)
            pieces = self._ranges(plan, apart) if plan.ascending else self._parted(plan, apart, Path(room), tell)
            done = 0.1 if plan.ascending else 0.4
            for number, piece in enumerate(pieces):
                events = piece.events()
                found = self.ask(events, self.book, on=self.on)
                del events
                if theirs is not None:
                    mine = theirs if piece.end is None else theirs.filter(pl.col("customer") < piece.end)
                    theirs = theirs.tail(theirs.height - mine.height)
                    found = together(found, mine, self.keys)
                share = (number + 1) / len(pieces)
                tell(done + (1 - done) * share, f"{number + 1} of {len(pieces)} pieces")
                yield found
                del found
                _give_back()

    def write(self, out: Path, progress: bool | Tell) -> int:
        """The answers in a file; how many there are."""
        with TemporaryDirectory(prefix=".lifecycle-", dir=out.parent) as room:
            parts: list[Path] = []
            rows = 0
            for number, found in enumerate(self.answers(Path(room), progress)):
                parts.append(Path(room) / f"{number:06}.parquet")
                found.write_parquet(parts[-1])
                rows += found.height
            whole = Path(room) / "answer.parquet"
            pl.scan_parquet(parts).sink_parquet(whole)
            os.replace(whole, out)  # noqa: PTH105 - one step on every system
        return rows

    def _apart(self) -> tuple[pl.Series | None, pl.DataFrame | None]:
        """Who may be one with others, and their answers."""
        pairs: list[tuple[str, str]] = []
        for one in self.files:
            if "into" in one.scan.collect_schema().names():
                told = one.scan.filter(pl.col("into").is_not_null())
                pairs += (
                    told.select(pl.col("customer").cast(pl.String), pl.col("into").cast(pl.String)).collect().rows()
                )
        if not pairs:
            return None, None
        ids = pl.Series("customer", sorted(families(pairs)), pl.String)
        events = [
            one.scan.filter(pl.col("customer").cast(pl.String).is_in(ids.implode())).collect() for one in self.files
        ]
        return ids, self.ask(pl.concat(events, how="diagonal_relaxed"), self.book, on=self.on)

    def _plan(self, tell: Tell) -> _Plan:
        """Where to cut, from the ids alone."""
        ascending, last, seen, wanted = True, None, 0, self.piece
        starts: list[tuple[int, Any]] = []
        sampled: list[pl.Series] = []
        stride = max(self.total // _SAMPLED, 1)
        for one in self.files:
            for start in range(0, one.rows, self._slice):
                ids = one.scan.select("customer").slice(start, self._slice).collect()["customer"]
                if ids.null_count():
                    row = seen + int(ids.is_null().arg_max() or 0)
                    raise LifecycleError(f"row {row} has no customer", argument="customer", value=None)
                if sampled and sampled[0].dtype != ids.dtype:
                    raise LifecycleError(
                        f"customers are {sampled[0].dtype} in one file and {ids.dtype} in another", argument="customer",
                        value=str(ids.dtype), remedy="give the ids one type",
                    )  # fmt: skip
                sampled.append(ids.gather_every(stride))
                ascending = ascending and ids.is_sorted() and (last is None or bool(last <= ids[0]))
                while ascending and wanted < seen + ids.len():  # the next customer from there on begins a piece
                    place = max(wanted - seen, 0)
                    before = ids[place - 1] if place else last
                    place = _after(ids, before)
                    if place == ids.len():
                        break
                    starts.append((seen + place, ids[place]))
                    wanted = seen + place + self.piece
                last = ids[-1]
                seen += ids.len()
                tell(0.1 * seen / max(self.total, 1), f"{seen:,} rows")
        count = -(-self.total // self.piece)
        every = pl.concat(sampled).sort() if sampled else pl.Series([])
        places = [every.len() * number // count for number in range(1, count)]
        return _Plan(ascending, starts, every.gather(places).unique().sort().to_list() if places else [])

    @property
    def _slice(self) -> int:
        return max(min(self.piece, 1 << 22), 1 << 10)

    def _ranges(self, plan: _Plan, apart: pl.Series | None) -> list[_Piece]:
        """Pieces of rows that ascend."""
        rows = [0, *(row for row, _ in plan.starts), self.total]
        ends = [*(name for _, name in plan.starts), None]
        return [
            _Piece(partial(self._read, start, stop, apart), end)
            for start, stop, end in zip(rows[:-1], rows[1:], ends, strict=True)
        ]

    def _read(self, start: int, stop: int, apart: pl.Series | None) -> pl.DataFrame:
        """Rows ``start`` (closed) to ``stop`` (open) of all files, one behind the other."""
        found: list[pl.DataFrame] = []
        first = 0
        for one in self.files:
            low, high = max(start - first, 0), min(stop - first, one.rows)
            if low < high:
                found.append(one.scan.slice(low, high - low).collect())
            first += one.rows
        if not found:
            return self.files[0].scan.head(0).collect()
        return _without(pl.concat(found, how="diagonal_relaxed"), apart)

    def _parted(self, plan: _Plan, apart: pl.Series | None, room: Path, tell: Tell) -> list[_Piece]:
        """Pieces of rows in any order: each goes to the file of its range of ids."""
        parts = {number: list[Path]() for number in range(len(plan.ids) + 1)}
        seen = 0
        for one in self.files:
            for start in range(0, one.rows, self._slice):
                table = one.scan.slice(start, self._slice).collect()
                whose = _part(table["customer"], plan.ids)
                order = np.argsort(whose, kind="stable")
                table, whose = table[order], whose[order]
                bounds = np.searchsorted(whose, np.arange(len(parts) + 1))
                for number in np.unique(whose).tolist():
                    path = room / f"{number:06}-{len(parts[number]):06}.parquet"
                    table[int(bounds[number]) : int(bounds[number + 1])].write_parquet(path, compression="lz4")
                    parts[number].append(path)
                seen += table.height
                tell(0.1 + 0.3 * seen / max(self.total, 1), f"{seen:,} rows parted")
        return [
            _Piece(partial(self._join, paths, apart), end)
            for paths, end in zip(parts.values(), [*plan.ids, None], strict=True)
        ]

    def _join(self, paths: list[Path], apart: pl.Series | None) -> pl.DataFrame:
        if not paths:
            return self.files[0].scan.head(0).collect()
        table = pl.concat([pl.read_parquet(path) for path in paths], how="diagonal_relaxed")
        for path in paths:
            path.unlink()
        return _without(table, apart)


def _after(ids: pl.Series, last: Any) -> int:
    """The place of the first id after ``last``."""
    found: Any = ids
    return int(found.search_sorted(last, side="right")) if last is not None else 0


def _part(ids: Any, starts: list[Any]) -> Ints:
    """The piece of each id: how many pieces begin at it or before it."""
    if not starts:
        return np.zeros(len(ids), np.int32)
    return np.asarray(pl.Series(starts, dtype=ids.dtype).search_sorted(ids, side="right"), np.int32)


def _without(events: pl.DataFrame, apart: pl.Series | None) -> pl.DataFrame:
    if apart is None:
        return events
    return events.filter(~pl.col("customer").cast(pl.String).is_in(apart.implode()))


def _give_back() -> None:
    """Hand freed memory back to the system: left to itself, glibc keeps what every thread has freed, piece after piece."""
    with suppress(AttributeError, OSError, TypeError):  # another system's library knows no such thing
        ctypes.CDLL(None).malloc_trim(0)


class _told:  # noqa: N801 - read as a word: with _told(progress) as tell
    """Whom to tell how much is done."""

    def __init__(self, progress: bool | Tell) -> None:
        self._progress = progress
        self._watch: Any = None

    def __enter__(self) -> Tell:
        if callable(self._progress):
            return self._progress
        if self._progress:
            try:
                from lifecycle.show.progress import on_stderr
            except ModuleNotFoundError:
                return _nobody  # rich is an extra
            self._watch = on_stderr("replaying 重放").__enter__()
            tell: Tell = self._watch.share
            return tell
        return _nobody

    def __exit__(self, *raised: object) -> None:
        if self._watch is not None:
            self._watch.__exit__(*raised)


def _nobody(done: float, said: str) -> None:
    """Nobody is told."""
