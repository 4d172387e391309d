"""The replay as a step of an engine that brings each customer's events together: Arrow in, Arrow out.

In: a book, a day; then the parts of a table of events, each with whole customers. Out: :class:`Kernel`, which answers part
by part what :func:`lifecycle.columns.replay` answers of the whole (LW2), in types that are the same for every part. Next
room: :mod:`lifecycle.spark`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, cast

import pyarrow as pa
from attrs import Factory, field, frozen

from lifecycle.book import House
from lifecycle.columns.replaying import replay
from lifecycle.errors import LifecycleError

__all__ = ["Kernel"]


def _a_type(ids: Any) -> pa.DataType:
    if not isinstance(ids, pa.DataType):
        raise LifecycleError(
            f"ids={ids!r} is no type of Arrow", argument="ids", value=ids, remedy="as in pyarrow.int64()"
        )
    return ids


@frozen
class Kernel:
    """:func:`lifecycle.columns.replay` as of the day ``on`` (closed), for engines that hand over parts of a table.

    A part holds whole customers, and whoever may be one with them (the kind ``merged``). ``ids`` is the Arrow type of the
    customers' ids, texts unless it is given; words are plain texts in what comes back, and :attr:`schema` is the same for
    every part, one of no events included.
    """

    book: House
    on: date = field(kw_only=True)
    ids: pa.DataType = field(default=pa.string(), converter=_a_type, kw_only=True)
    schema: pa.Schema = field(
        init=False, eq=False, repr=False, default=Factory(lambda own: own._types(), takes_self=True)
    )

    def _types(self) -> pa.Schema:
        nobody = pa.table({"customer": pa.array([], self.ids), "at": pa.array([], pa.date32())})
        found: Any = replay(nobody, self.book, on=self.on)
        types = {one.name: one.type for one in found.schema}
        return pa.schema([(name, pa.string() if _words(kind) else kind) for name, kind in types.items()])

    @property
    def struct(self) -> pa.StructType:
        """One row of an answer as a type, for engines whose functions give one column."""
        return pa.struct(list(self.schema))

    def __call__(self, part: pa.Table) -> pa.Table:
        """The answer of one part: a row a customer, in order of ids."""
        if not part.num_rows:
            return self.schema.empty_table()
        found: pa.Table = replay(part, self.book, on=self.on)
        return found.cast(self.schema)

    def batches(self, part: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same of a part in batches, which may break off in the middle of a customer, as Spark's ``mapInArrow`` has it."""
        some = list(part)
        if some:
            yield from self(pa.Table.from_batches(some)).to_batches()

    def structs(self, part: Any) -> pa.StructArray:
        """The same of a part as one column of structs, as Daft's ``map_groups`` has it: an Arrow array, or what gives one by
        ``to_arrow()``."""
        rows: Any = part.to_arrow() if hasattr(part, "to_arrow") else part
        pieces: list[Any] = rows.chunks if hasattr(rows, "chunks") else [rows]
        told = [pa.RecordBatch.from_struct_array(piece) for piece in pieces]
        found: Any = self(pa.Table.from_batches(told, pa.schema(list(rows.type)))).to_struct_array()
        answer: Any = pa.concat_arrays(found.chunks) if found.num_chunks else pa.array([], self.struct)
        return cast("pa.StructArray", answer)


def _words(kind: pa.DataType) -> bool:
    return pa.types.is_dictionary(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
