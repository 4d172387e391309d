"""Data frames (pandas, polars, pyarrow and whatever else narwhals knows), read as if they were the CSV file of them.

In: a frame, eager or lazy, in the plain form or with a mapping's table. Out: a
:class:`~lifecycle.readers.reading.Reading`, the same events and problems as from a CSV file of the same cells; rows
count from 1. A missing value (None, NaN, NaT, null) is a blank cell; a naive instant is local to the house's zone;
money in floats is taken by its shortest decimal form. Next room: :mod:`lifecycle.readers.plans`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lifecycle.errors import LifecycleError
from lifecycle.readers.cells import cell_text
from lifecycle.readers.csv import Progress
from lifecycle.readers.mapping import ExportMap
from lifecycle.readers.memory import read_cells
from lifecycle.readers.reading import Reading
from lifecycle.readers.streams import Fault

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["read_frame"]


def read_frame(
    frame: IntoFrame,
    *,
    mapping: ExportMap | str | PurePath | None = None,
    table: str | None = None,
    name: str = "frame",
    progress: Progress | None = None,
) -> Reading:
    """The events and problems of a data frame's rows; ``name`` stands for the file in ids and problems.

    ``mapping`` and ``table`` as for :func:`~lifecycle.readers.csv.read_csv`; an index is no column. Raises
    :class:`LifecycleError` where the columns do not fit, or what is given is no data frame.
    """
    try:
        import narwhals as nw
    except ImportError:
        raise LifecycleError(
            "data frames are read through narwhals, which is not installed", argument="frame",
            remedy='pip install "dealer-lifecycle[columns]"',
        ) from None  # fmt: skip
    try:
        native: Any = nw.from_native(frame)
        eager: Any = native.collect() if isinstance(native, nw.LazyFrame) else native
        header = [str(column) for column in eager.columns]
    except TypeError:
        raise LifecycleError(
            f"a {type(frame).__name__} is no data frame", argument="frame", value=type(frame).__name__,
            remedy="give a pandas, polars or pyarrow frame; a list of dicts is for read_objects",
        ) from None  # fmt: skip
    except (ValueError, nw.exceptions.NarwhalsError) as error:
        raise LifecycleError(
            f"the frame cannot be read: {error}",
            argument="frame",
            place=name,
            remedy="give each column a name of its own",
        ) from None

    def column(index: int) -> Iterable[str | Fault]:
        series = eager[:, index]
        dtype = series.dtype
        values: list[Any] = series.to_list()
        if dtype == nw.Float32:
            return (_cell(_exact(value), header[index]) for value in values)
        return (_cell(value, header[index]) for value in values)

    return read_cells(header, len(eager), column, mapping=mapping, table=table, name=name, progress=progress)


def _cell(value: object, column: str) -> str | Fault:
    try:
        text = cell_text(value)
    except LifecycleError as error:
        return Fault(error.message, error.remedy or "", str(error.value), column)
    return "" if text is None else text


def _exact(value: float | None) -> Decimal | None:
    """A number of 32 bits by its own shortest decimal form, not by that of the 64 bits it is handed over in."""
    if value is None or value != value:
        return None
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == value:
            return Decimal(text)
    return Decimal(repr(value))
