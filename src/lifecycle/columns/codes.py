"""Ids as numbers: each id once, in order, and which of them stands in each row.

In: a column of ids (texts or whole numbers). Out: :class:`Codes`, whose values are sorted, so that the numbers of the
customers do not depend on the order of the rows; and sorted orders of rows by packed keys. Next room:
:mod:`lifecycle.columns.packing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = [
    "Bools",
    "Codes",
    "Ints",
    "Longs",
    "Rows",
    "begins",
    "combinations",
    "encode",
    "ends",
    "fold_bits",
    "in_order",
    "in_order_with_ties",
    "in_pieces",
    "last_flagged",
    "longest_first",
    "marked",
    "side_by_side",
    "stretches",
    "ties",
]

_A = TypeVar("_A")
_B = TypeVar("_B")
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
#: Numbers of rows.
Rows = npt.NDArray[np.signedinteger[Any]]
_Keys = npt.NDArray[np.uint64]

#: From so many stretches on they are worked on side by side.
_MANY = 4
_SEED = 1
#: Tables of so many numbers are small.
_SMALL = 1 << 12
#: Odd, so that multiplying by it loses nothing: two numbers never become one.
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Codes(NamedTuple):
    """``values`` (each once, ascending) and, for each row, the number of its value in them."""

    codes: Ints
    values: pl.Series


def encode(ids: pl.Series) -> Codes:
    """Number the ids of a column that lacks none. Texts are ordered as Python orders them, whole numbers by size."""
    if not len(ids):
        return Codes(np.empty(0, np.int32), ids)
    return _whole_numbers(ids) if ids.dtype.is_integer() else _texts(ids)


def _whole_numbers(ids: pl.Series) -> Codes:
    numbers: npt.NDArray[Any] = ids.to_numpy()
    low, high = int(numbers.min()), int(numbers.max())
    if high - low < 4 * numbers.size + 1024:  # a table of all numbers between is small
        wide = np.uint64 if numbers.dtype.kind == "u" else np.int64
        least = wide(low)
        as_it_is = not low and numbers.dtype == np.int32
        places = numbers if as_it_is else np.subtract(numbers, least, dtype=wide).astype(np.int32)
        there = marked(places, 0, high - low)
        if there.all():
            return Codes(places, pl.Series(ids.name, np.arange(high - low + 1).astype(wide) + least, ids.dtype))
        rank = np.cumsum(there, dtype=np.int32) - np.int32(1)
        return Codes(rank[places], pl.Series(ids.name, np.flatnonzero(there).astype(wide) + least, ids.dtype))
    codes, first = _number(numbers.astype(np.uint64, copy=False) * _MIX)
    found = numbers[first]
    order = np.argsort(found)
    return Codes(_inverse(order)[codes], pl.Series(ids.name, found[order], ids.dtype))


def _texts(ids: pl.Series) -> Codes:
    codes, first = _number(ids.hash(_SEED).to_numpy())
    found = ids.gather(first)
    if not (found.gather(codes) == ids).all():  # two texts of one hash: once in some ten million runs
        return _by_sorting(ids)
    # sorting the values alone and finding each again by its hash costs a third of sorting them with their numbers
    values = found.sort()
    rank = np.empty(first.size, np.int32)
    rank[np.argsort(found.hash(_SEED).to_numpy())] = np.argsort(values.hash(_SEED).to_numpy())
    return Codes(rank[codes], values)


def _by_sorting(ids: pl.Series) -> Codes:
    values, codes = np.unique(ids.to_numpy().astype(object), return_inverse=True)
    return Codes(codes.astype(np.int32), pl.Series(ids.name, values.tolist(), ids.dtype))


def _inverse(order: Rows) -> Ints:
    rank = np.empty(order.size, np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32)
    return rank


def _number(keys: _Keys) -> tuple[Ints, Rows]:
    """Number equal keys alike, from 0; gives the numbers and, for each, one row that has it.

    The keys are well mixed. Each round drops the rows into twice as many slots as there are rows, by the upper bits; the
    row that a slot keeps stands for all rows of its key, and rows of another key go on to the next round.
    """
    codes = np.empty(keys.size, np.int32)
    left: Rows | None = None  # None: all rows
    firsts: list[Rows] = []
    known = 0
    here = keys
    while here.size:
        bits = max(here.size.bit_length(), 4)
        slots = (here >> np.uint64(64 - bits)).astype(np.int32)
        keeps = np.empty(1 << bits, np.int32)
        rows = np.arange(here.size, dtype=np.int32)
        keeps[slots] = rows
        kept = keeps[slots]
        same = here[kept] == here
        first = np.flatnonzero(kept == rows)
        numbers = keeps  # its content is done with
        numbers[slots[first]] = np.arange(known, known + first.size, dtype=np.int32)
        known += first.size
        firsts.append(first if left is None else left[first])
        if same.all():
            if left is None:
                return numbers[slots], firsts[0]
            codes[left] = numbers[slots]
            break
        told = np.flatnonzero(same)
        codes[told if left is None else left[told]] = numbers[slots[told]]
        other = np.flatnonzero(~same)
        left = other if left is None else left[other]
        here = here[other] * _MIX  # other upper bits than before
    return codes, np.concatenate(firsts)


# -- side by side ---------------------------------------------------------------------------------------------------------


def side_by_side(work: Callable[[_A], _B], things: Sequence[_A]) -> list[_B]:
    """The answers to some things, in order; several are worked on at once, and none may depend on another."""
    if len(things) < _MANY:
        return [work(one) for one in things]
    with ThreadPoolExecutor(cpu_count() or 1) as pool:  # arrays are worked on outside the interpreter's lock
        return list(pool.map(work, things))


def marked(numbers: npt.NDArray[Any], low: int, high: int) -> Bools:
    """Of each whole number from ``low`` to ``high`` (both closed), whether it is among the numbers."""
    there = np.zeros(high - low + 1, np.bool_)
    least = numbers.dtype.type(low)

    def mark(some: slice) -> None:
        there[numbers[some] - least] = True

    in_pieces(numbers.size, mark)
    return there


def in_pieces(size: int, work: Callable[[slice], object], *, piece: int = 1 << 18) -> None:
    """Let ``work`` do all rows, stretch by stretch: each fits the processor's cache, and several are worked on at once."""
    side_by_side(work, [slice(start, min(start + piece, size)) for start in range(0, size, piece)])


# -- keys and orders ------------------------------------------------------------------------------------------------------


def fold_bits(parts: Sequence[tuple[npt.NDArray[Any], int]]) -> tuple[_Keys, int]:
    """One key from parts, the first the most significant; ``parts`` are (numbers from 0, one more than the largest).

    Gives the keys and how many bits of them are used. Where 64 do not suffice, the parts so far are replaced by their
    ranks, which need as many bits as there are rows at most.
    """
    keys = np.zeros(parts[0][0].size, np.uint64)
    used = 0
    for numbers, size in parts:
        bits = max(size - 1, 0).bit_length()
        if not bits:
            continue
        if used + bits > 64:
            found, ranks = np.unique(keys, return_inverse=True)
            keys = ranks.astype(np.uint64)
            used = max(found.size - 1, 0).bit_length()
        if used:
            keys <<= np.uint64(bits)
        keys |= numbers.astype(np.uint64)
        used += bits
    return keys, used


def in_order(keys: _Keys, used: int) -> Rows | None:
    """The rows in ascending order of their keys, equal ones as they stand; None where they are in order already."""
    if bool((keys[1:] >= keys[:-1]).all()):
        return None
    bits = max(keys.size - 1, 0).bit_length()
    if used + bits > 64:
        return np.argsort(keys, kind="stable")
    return _rows(_sorted(keys << np.uint64(bits)), bits)


def in_order_with_ties(keys: _Keys, used: int) -> tuple[Rows | None, Rows, Rows]:
    """As :func:`in_order`, and then the positions of all that are equal to a neighbour, each with a number of its key.

    The keys are used up: what is sorted is written over them, as there may be hardly room for them twice.
    """
    if bool((keys[1:] >= keys[:-1]).all()):
        return None, *ties(keys[1:] == keys[:-1])
    bits = max(keys.size - 1, 0).bit_length()
    if used + bits > 64:
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        return order, *ties(keys[1:] == keys[:-1])
    keys <<= np.uint64(bits)
    joined = _sorted(keys)
    tied, numbers = ties(joined[1:] ^ joined[:-1] < np.uint64(1 << bits))
    return _rows(joined, bits), tied, numbers


def _sorted(joined: _Keys) -> _Keys:
    # one sort of keys with the row behind costs a seventh of a sort that moves rows along
    joined |= np.arange(joined.size, dtype=np.uint64)
    joined.sort()
    return joined


def _rows(joined: _Keys, bits: int) -> Rows:
    joined &= np.uint64((1 << bits) - 1)
    return joined.astype(np.int32 if bits < 32 else np.intp)


def combinations(columns: Iterable[npt.NDArray[Any]]) -> tuple[Rows, Rows]:
    """The combinations of whole numbers that occur: for each one row that has it, and for each row which one it has."""
    parts: list[tuple[npt.NDArray[Any], int]] = []
    for data in columns:
        if not data.size:
            return np.empty(0, np.intp), np.empty(0, np.intp)
        low, high = int(data.min()), int(data.max())
        if high - low < _SMALL:
            parts.append((np.subtract(data, low, dtype=np.int64), high - low + 1))
        else:
            found, ranks = np.unique(data, return_inverse=True)
            parts.append((ranks, found.size))
    keys, used = fold_bits(parts)
    if 1 << used > max(_SMALL, 4 * keys.size):
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        return first, which
    rows = np.full(1 << used, -1, np.intp)  # a table of all that may occur is small beside them
    rows[keys] = np.arange(keys.size)
    there = np.flatnonzero(rows >= 0)
    first = rows[there]
    rows[there] = np.arange(there.size)
    return first, rows[keys]


def begins(*groups: npt.NDArray[Any]) -> Bools:
    """Whether each row is the first of its group: rows of a group stand together, and have the same numbers."""
    return _parted(groups, slice(1, None))


def ends(*groups: npt.NDArray[Any]) -> Bools:
    """Whether each row is the last of its group."""
    return _parted(groups, slice(None, -1))


def _parted(groups: Sequence[npt.NDArray[Any]], here: slice) -> Bools:
    flags = np.ones(groups[0].size, np.bool_)
    np.not_equal(groups[0][1:], groups[0][:-1], out=flags[here])
    for numbers in groups[1:]:
        flags[here] |= numbers[1:] != numbers[:-1]
    return flags


def longest_first(count: npt.NDArray[Any]) -> Rows:
    """The places of counts, the largest first, equal ones as they stand."""
    most = int(count.max(initial=0))
    if most < 1 << 16:  # so narrow numbers are sorted digit by digit
        return np.argsort((most - count).astype(np.uint16), kind="stable")
    return np.argsort(-count, kind="stable")


def ties(equal: Bools) -> tuple[Rows, Rows]:
    """From whether each is equal to the one before: the positions of all that are equal to a neighbour, and which run."""
    if not equal.any():
        return np.empty(0, np.intp), np.empty(0, np.intp)
    tied = np.zeros(equal.size + 1, np.bool_)
    tied[1:] = equal
    tied[:-1] |= equal
    here = np.flatnonzero(tied)
    before = here > 0
    before[before] = equal[here[before] - 1]
    return here, np.cumsum(~before, dtype=np.intp)


def stretches(first: Rows, last: Rows) -> Rows:
    """The places from each ``first`` to its ``last`` (both closed), one stretch behind the other."""
    width = last - first + 1
    here: Rows = np.repeat(first - np.cumsum(width) + width, width)
    here += np.arange(here.size)
    return here


def last_flagged(flags: Bools, begins: Rows, ends: Rows) -> Rows:
    """The last place whose flag is set, of each stretch from ``begins`` to ``ends`` (both closed); −1 for none."""
    place = ends.copy()
    open_ = np.flatnonzero(~flags[place])
    for _ in range(32):
        if not open_.size:
            return place
        place[open_] -= 1
        over = place[open_] < begins[open_]
        place[open_[over]] = -1
        open_ = open_[~over]
        open_ = open_[~flags[place[open_]]]
    found = np.flatnonzero(flags)
    at = np.searchsorted(found, ends[open_], "right") - 1
    last = np.where(at >= 0, found[np.maximum(at, 0)], -1) if found.size else np.full(open_.size, -1)
    place[open_] = np.where(last >= begins[open_], last, -1)
    return place
