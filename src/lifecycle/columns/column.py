"""One fact of many subjects as an array, and conditions over such arrays.

In: a fact's values in a frame. Out: :class:`Column` (days as ordinals, money in fen, texts as numbers of words), where
what is not told has a mark of its own; :func:`answers`, a condition's answer for each subject: yes, no, or unknown, by
the same logic as :mod:`lifecycle.conditions` has it for one. Next room: :mod:`lifecycle.columns.packing`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from math import floor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from lifecycle.columns.codes import Bools, Rows, encode, in_pieces
from lifecycle.columns.days import MISSING
from lifecycle.conditions import AllOf, AnyOf, Compare, Condition, IsIn, IsKnown, Not
from lifecycle.errors import LifecycleError
from lifecycle.kinds import FACTS

__all__ = ["NO", "UNKNOWN", "YES", "Column", "answers", "column_of", "kind_of_fact", "missing", "nothing_told"]

Truths = npt.NDArray[np.int8]
#: Answers are ordered so that the least of several is their "and", the greatest their "or".
NO, UNKNOWN, YES = 0, 1, 2

_NOT_TOLD = int(np.iinfo(np.int64).min)
_FIRST_DAY = date(1970, 1, 1).toordinal()
_FIRST, _LAST = date(1900, 1, 1).toordinal(), date(2199, 12, 31).toordinal()
#: Fewer words than this have numbers of one byte.
_SMALL = 127
_MOST, _MOST_FEN = 10**12, 10**13
_DTYPES: Mapping[str, Any] = {"day": np.int32, "text": np.int32, "yesno": np.int8, "count": np.int64, "money": np.int64}
_MISSING: Mapping[str, int] = {"day": MISSING, "text": -1, "yesno": -1, "count": _NOT_TOLD, "money": _NOT_TOLD}


class Column(NamedTuple):
    """The values of one fact: ``kind`` is day (ordinals), count, money (fen), yesno (0, 1) or text (numbers of ``words``).

    What is not told is :attr:`missing`; for money and counts the least int64, for days 0, else −1.
    """

    kind: str
    data: npt.NDArray[Any]
    words: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """The mark of what is not told."""
        return _MISSING[self.kind]

    @property
    def known(self) -> Bools:
        """Where it is told."""
        flags: Bools = self.data != self.missing
        return flags

    def at(self, rows: Rows | npt.NDArray[Any]) -> Column:
        """The values of some rows."""
        return self._replace(data=self.data[rows])

    def in_words(self, words: tuple[str, ...]) -> Column:
        """The same texts as numbers of other words, which hold all of its own."""
        if self.words == words:
            return self
        number = {word: place for place, word in enumerate(words)}
        table = np.array([*(number[word] for word in self.words), -1], np.int32)
        return Column(self.kind, table[self.data], words)

    def replaced(self, rows: Rows, other: Column) -> Column:
        """The same with the values of some rows replaced by those of another column."""
        mine, its = self, other
        if self.kind == "text":
            words = tuple(sorted({*self.words, *other.words}))
            mine, its = self.in_words(words), other.in_words(words)
        data = mine.data.copy()
        data[rows] = its.data
        return mine._replace(data=data)

    def value(self, row: int) -> Any:
        """One value as Python has it; None where it is not told."""
        number = int(self.data[row])
        if number == self.missing:
            return None
        if self.kind == "day":
            return date.fromordinal(number)
        if self.kind == "money":
            return Decimal(number) / 100
        if self.kind == "text":
            return self.words[number]
        return bool(number) if self.kind == "yesno" else number


def missing(kind: str, size: int, words: tuple[str, ...] = ()) -> Column:
    """A column of which nothing is told."""
    return Column(kind, np.full(size, _MISSING[kind], _DTYPES[kind]), words)


def kind_of_fact(name: str) -> str:
    """How a fact stands in a column: day, text, yesno, count or money."""
    kind = FACTS[name].type
    return {"choice": "text", "points": "count"}.get(kind, kind)


def nothing_told(name: str, size: int) -> Column:
    """The column of a fact of which nothing is told."""
    return missing(kind_of_fact(name), size)


def column_of(name: str, values: pl.Series) -> Column:
    """The column of a fact (see :data:`~lifecycle.kinds.FACTS`) from a frame's own column of it.

    Exact types are taken as they are; texts, and whatever else the fact can be told by, are read one by one.
    """
    kind = kind_of_fact(name)
    data = _exact(name, values)
    if data is None:
        read = FACTS[name].read
        values = values.fill_nan(None) if values.dtype.is_float() else values
        exact = [None if value is None else read(value) for value in values.to_list()]
        exact_type: Any = {"text": pl.String, "money": pl.Decimal(38, 2), "day": pl.Date}.get(kind)
        values = pl.Series(name, exact, exact_type)
        data = _exact(name, values) if values.dtype != pl.Null else missing(kind, len(values))
    assert data is not None  # what the fact has read is exact
    return data


def _exact(name: str, values: pl.Series) -> Column | None:
    """Values of an exact type as they are, checked; None where they must be read one by one."""
    read = _READ[kind_of_fact(name)]
    first = read(name, values[:1])
    if first is None or (first.kind == "text" and not isinstance(values.dtype, pl.Enum)):
        return first and read(name, values)  # their words are numbered all together
    data = np.empty(len(values), first.data.dtype)
    inexact: list[slice] = []

    def take(some: slice) -> None:
        column = read(name, values[some])
        if column is None:
            inexact.append(some)
            return
        data[some] = column.data
        odd = np.flatnonzero(column.known & ~_within(name, column))
        if odd.size:
            FACTS[name].read(values[some.start + int(odd[0])])  # which says what is wrong with it

    in_pieces(data.size, take)
    return None if inexact else first._replace(data=data)


def _within(name: str, column: Column) -> Bools:
    """Whether the values are such as the fact can take."""
    data = column.data
    if column.kind == "day":
        return (data >= _FIRST) & (data <= _LAST)
    if column.kind == "count":
        low = -_MOST if FACTS[name].signed else 0
        return (data >= low) & (data <= _MOST)
    if column.kind == "money":
        return (data >= 0) & (data < _MOST_FEN)
    return np.ones(data.size, np.bool_)


def _days(_: str, values: pl.Series) -> Column | None:
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone is None:
        values = values.cast(pl.Date)  # pandas has no days
    if values.dtype != pl.Date:
        return None
    days = values.to_physical().cast(pl.Int32) + _FIRST_DAY
    return Column("day", days.fill_null(MISSING).to_numpy())


def _up_to(most: int, values: pl.Series) -> bool:
    """Whether no number is so large that it fits into no whole number, or stands for what is not told."""
    return not len(values) or values.null_count() == len(values) or bool(values.min() >= -most and values.max() <= most)  # type: ignore[operator]


def _counts(_: str, values: pl.Series) -> Column | None:
    if values.dtype.is_float():
        whole = values.fill_nan(None)
        if not (whole == whole.round()).all():
            return None
        values = whole
    elif not values.dtype.is_integer():
        return None
    if not _up_to(_MOST, values):
        return None
    return Column("count", values.cast(pl.Int64).fill_null(_NOT_TOLD).to_numpy())


def _money(_: str, values: pl.Series) -> Column | None:
    kind = values.dtype
    if kind.is_integer():
        if not _up_to(_MOST, values):
            return None
        fen = values.cast(pl.Int64) * 100
    elif isinstance(kind, pl.Decimal):
        exact = values if kind.scale == 2 else values.cast(pl.Decimal(38, 2), strict=False)
        if kind.scale > 2 and not (exact.cast(kind, strict=False) == values).all():
            return None
        fen = exact.to_physical().cast(pl.Int64, strict=False)
        if fen.null_count() != values.null_count():  # too much for a number of fen
            return None
    elif kind == pl.Float64:
        # by the shortest decimal form: exact where the nearest number to so many fen is the one that is told
        yuan = values.to_numpy()
        known = ~np.isnan(yuan)
        whole = np.rint(yuan * 100, where=known, out=np.zeros(yuan.size))
        if not (np.abs(whole) < _MOST_FEN * 100).all():
            return None
        # numpy divides; polars multiplies by 0.01, which gives another number for one amount in seven
        if not (whole / 100 == yuan)[known].all():
            return None
        return Column("money", np.where(known, whole.astype(np.int64), _NOT_TOLD))
    else:
        return None
    return Column("money", fen.fill_null(_NOT_TOLD).to_numpy())


def _yesno(_: str, values: pl.Series) -> Column | None:
    if values.dtype != pl.Boolean:
        return None
    return Column("yesno", values.cast(pl.Int8).fill_null(-1).to_numpy())


def _texts(name: str, values: pl.Series) -> Column | None:
    kind = values.dtype
    if kind == pl.Null:
        return missing("text", len(values))
    if isinstance(kind, pl.Categorical):
        values = values.cast(pl.String)
    if isinstance(values.dtype, pl.Enum):
        words = values.dtype.categories
        small = pl.Int8 if len(words) < _SMALL else pl.Int32
        codes = values.to_physical().cast(small).fill_null(-1).to_numpy()
    elif kind == pl.String or kind.is_integer() or isinstance(kind, pl.Categorical):
        told = np.flatnonzero(values.is_not_null().to_numpy())
        found = encode(values.gather(told))
        words = found.values.cast(pl.String)
        codes = np.full(len(values), -1, np.int8 if len(words) < _SMALL else np.int32)
        codes[told] = found.codes
    else:
        return None
    if FACTS[name].type != "choice" and ((words != "") & (words == words.str.strip_chars())).all():
        return Column("text", codes, tuple(words.to_list()))
    # each word once, as the fact reads it: a choice may be told in Chinese
    read = [_word(name, word) for word in words.to_list()]
    strange = [number for number, word in enumerate(read) if word is None]
    used = np.isin(codes, strange) if strange else np.zeros(0, np.bool_)
    if used.any():  # a category that no row has does no harm
        FACTS[name].read(words[int(codes[used.argmax()])])  # which says what is wrong with it
    exact = {word: number for number, word in enumerate(sorted({word for word in read if word is not None}))}
    table = np.array([*(-1 if word is None else exact[word] for word in read), -1], codes.dtype)
    return Column("text", table[codes], tuple(exact))


def _word(name: str, word: object) -> str | None:
    """A word as the fact reads it; None for one that it does not know."""
    try:
        return str(FACTS[name].read(word))
    except LifecycleError:
        return None


_READ: Mapping[str, Callable[[str, pl.Series], Column | None]] = {
    "day": _days, "count": _counts, "money": _money, "yesno": _yesno, "text": _texts,
}  # fmt: skip


# -- conditions -----------------------------------------------------------------------------------------------------------

_HOLDS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def answers(condition: Condition, look: Callable[[str], Column], size: int) -> Truths:
    """The condition's answer for each of ``size`` subjects; ``look`` gives the column of a fact.

    Raises :class:`LifecycleError` for a condition of a kind that has no form over columns.
    """
    if isinstance(condition, Compare):
        column = look(condition.name)
        return _told(column, _compare(column, condition.op, condition.value))
    if isinstance(condition, IsIn):
        column = look(condition.name)
        found = np.zeros(column.data.size, np.bool_)
        for value in condition.values:
            found |= _compare(column, "==", value)
        return _told(column, found)
    if isinstance(condition, IsKnown):
        return np.where(look(condition.name).known, np.int8(YES), np.int8(NO))
    if isinstance(condition, Not):
        return np.int8(YES) - answers(condition.part, look, size)
    if isinstance(condition, (AllOf, AnyOf)):
        join = np.minimum if isinstance(condition, AllOf) else np.maximum
        joined = answers(condition.parts[0], look, size)
        for part in condition.parts[1:]:
            joined = join(joined, answers(part, look, size))
        return joined
    raise LifecycleError(
        f"{condition!r} has no form over columns", argument="condition", value=condition,
        remedy="compare facts, and join the comparisons by & | ~",
    )  # fmt: skip


def _told(column: Column, holds: Bools) -> Truths:
    truths = holds.view(np.int8) * np.int8(YES)
    known = column.known
    if not known.all():
        truths[~known] = UNKNOWN
    return truths


def _compare(column: Column, op: str, value: Any) -> Bools:
    data = column.data
    if column.kind == "text":
        wanted = np.array([word == value for word in column.words], np.bool_)
        flags = np.zeros(data.size, np.bool_)
        known = data >= 0
        flags[known] = wanted[data[known]] if wanted.size else False
        return flags if op == "==" else ~flags
    if column.kind == "day":
        number: Any = value.toordinal()
    elif column.kind == "money":
        number = Decimal(value) * 100
        if number != number.to_integral_value():  # between two amounts
            if op in ("==", "!="):
                return np.full(data.size, op == "!=")
            op = {"<=": "<", ">": ">="}.get(op, op)
            number = floor(number) + 1
        number = int(number)
    else:
        number = int(value)
    number = min(max(number, _NOT_TOLD), -_NOT_TOLD - 1) if data.dtype == np.int64 else number
    flags = _HOLDS[op](data, number)
    return np.asarray(flags, np.bool_)
