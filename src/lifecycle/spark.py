"""The same kernel on a cluster: each partition holds whole customers, and is replayed as one machine would replay it.

In: a Spark frame of events in the tidy form, a book, a day. Out: a Spark frame with the rows of
:func:`lifecycle.columns.replay`, in no order; nothing runs until it is asked for, but where customers are merged: those few
rows are looked at first, so that who may be one stays together. Next room: none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from typing import Any

import pyarrow as pa

from lifecycle import columns
from lifecycle.book import Book
from lifecycle.columns.door import meant
from lifecycle.columns.families import families

__all__ = ["replay"]

_IDS = {"byte": pa.int8(), "short": pa.int16(), "integer": pa.int32(), "long": pa.int64()}


def replay(df: Any, book: Book, *, on: date, partitions: int | None = None) -> Any:
    """Each customer as of the day ``on`` (closed), as :func:`lifecycle.columns.replay` has it; LW2: however it is parted.

    ``at`` may be a date, a timestamp (an instant, whatever the session's zone) or one without a zone (the house's clock).
    ``partitions`` is how many pieces are replayed, by default Spark's own number; a piece lies in one worker's memory.
    """
    to: Any = import_module("pyspark.sql.functions")
    types: Any = import_module("pyspark.sql.pandas.types")
    names = {what: df[f"`{name}`"] for name, what in meant(df.columns).items()}
    kind = df.select(names["customer"]).schema[0].dataType.typeName()  # the types of the answer depend on the ids alone
    nobody = pa.table({"customer": pa.array([], _IDS.get(kind, pa.string())), "at": pa.array([], pa.date32())})
    empty = columns.replay(nobody, book, on=on)
    schema = pa.schema([(one.name, pa.string() if _words(one.type) else one.type) for one in empty.schema])

    def kernel(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        some = list(batches)
        if sum(batch.num_rows for batch in some):
            yield from columns.replay(pa.Table.from_batches(some), book, on=on).cast(schema).to_batches()

    told, key = df, names["customer"]
    if "into" in names:
        pairs = df.filter(names["into"].isNotNull()).select(key.cast("string"), names["into"].cast("string")).collect()
        tops = df.sparkSession.createDataFrame(list(families(pairs).items()), "one string, top string")
        told = df.join(to.broadcast(tops), key.cast("string") == tops["one"], "left")
        key = to.coalesce(tops["top"], key.cast("string"))
    parted = told.repartition(partitions, key) if partitions else told.repartition(key)
    return parted.select(df.columns).mapInArrow(kernel, types.from_arrow_schema(schema))


def _words(kind: pa.DataType) -> bool:
    return pa.types.is_dictionary(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
