"""The same kernel on a cluster: each partition holds whole customers, and is replayed as one machine would replay it.

In: a Spark frame of events in the tidy form, a book, a day. Out: a Spark frame with the rows of
:func:`lifecycle.columns.replay`, in no order; nothing runs until it is asked for, but where customers are merged: those few
rows are looked at first, so that who may be one stays together. Next room: none.
"""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

import pyarrow as pa

from lifecycle.book import House
from lifecycle.columns.door import meant
from lifecycle.columns.families import families
from lifecycle.columns.kernel import Kernel

__all__ = ["replay"]

_IDS = {"byte": pa.int8(), "short": pa.int16(), "integer": pa.int32(), "long": pa.int64()}


def replay(df: Any, book: House, *, on: date, partitions: int | None = None) -> Any:
    """Each customer as of the day ``on`` (closed), as :func:`lifecycle.columns.replay` has it; LW2: however it is parted.

    ``at`` may be a date, a timestamp (an instant, whatever the session's zone) or one without a zone (the house's clock).
    ``partitions`` is how many pieces are replayed, by default Spark's own number; a piece lies in one worker's memory.
    """
    to: Any = import_module("pyspark.sql.functions")
    types: Any = import_module("pyspark.sql.pandas.types")
    names = {what: df[f"`{name}`"] for name, what in meant(df.columns).items()}
    kind = df.select(names["customer"]).schema[0].dataType.typeName()  # the types of the answer depend on the ids alone
    kernel = Kernel(book, on=on, ids=_IDS.get(kind, pa.string()))
    told, key = df, names["customer"]
    if "into" in names:
        pairs = df.filter(names["into"].isNotNull()).select(key.cast("string"), names["into"].cast("string")).collect()
        tops = df.sparkSession.createDataFrame(list(families(pairs).items()), "one string, top string")
        told = df.join(to.broadcast(tops), key.cast("string") == tops["one"], "left")
        key = to.coalesce(tops["top"], key.cast("string"))
    parted = told.repartition(partitions, key) if partitions else told.repartition(key)
    return parted.select(df.columns).mapInArrow(kernel.batches, types.from_arrow_schema(kernel.schema))
