"""The replay as a step of an engine: however a table is parted and broken into batches, the parts say what the whole says."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import Editions, Event, columns, sample, timeline
from lifecycle.books import CHIZHOU, WENHUA
from lifecycle.columns import Kernel
from lifecycle.columns.door import tidy
from lifecycle.testing import histories

ON = date(2025, 6, 30)
KERNEL = Kernel(WENHUA, on=ON)


def arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.with_columns(pl.col(pl.Enum).cast(pl.String)).to_arrow(compat_level=pl.CompatLevel.oldest())


def whole(table: pa.Table) -> pl.DataFrame:
    answer: pl.DataFrame = columns.replay(pl.DataFrame(table), WENHUA, on=ON)
    return answer.with_columns(pl.col(pl.Enum).cast(pl.String))


def read(table: Any) -> pl.DataFrame:
    return pl.DataFrame(table)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    events: list[Event] = []
    for number in draw(st.lists(st.integers(1, 6), min_size=1, max_size=4, unique=True)):
        told = draw(histories(customer=f"C{number}", max_size=8))
        events += [event for event in told if event.kind != "merged"]
    return arrow(tidy(draw(st.permutations(events)), WENHUA.zone))


@settings(max_examples=60)
@given(tables(), st.integers(1, 3), st.integers(1, 9))
def test_lw2_any_parts_in_any_batches_say_what_the_whole_says(table: pa.Table, parts: int, size: int) -> None:
    people: list[Any] = table["customer"].to_pylist()
    found: list[pl.DataFrame] = []
    for part in range(parts):
        mine = table.filter(pa.array([int(name[1:]) % parts == part for name in people], pa.bool_()))
        batches = list(KERNEL.batches(mine.to_batches(max_chunksize=size)))
        assert all(batch.schema == KERNEL.schema for batch in batches)
        found.append(read(pa.Table.from_batches(batches, KERNEL.schema)))
        structs = KERNEL.structs(pa.chunked_array(mine.to_struct_array()))
        assert structs.type == KERNEL.struct
        assert read(pa.Table.from_struct_array(structs)).equals(found[-1])
    assert pl.concat(found).sort("customer").equals(whole(table))


TOLD = arrow(
    columns.frame(
        timeline("2023-01-01 vehicle_delivered vehicle=V\n2025-06-01 vehicle_handed_over vehicle=V", customer="A")
    )
)


def test_lw2_a_batch_may_break_off_in_the_middle_of_a_customer() -> None:
    halves = TOLD.to_batches(max_chunksize=1)
    assert len(halves) == 2
    (row,) = [row for batch in KERNEL.batches(halves) for row in batch.to_pylist()]
    assert (row["bought"], row["first_seen"], row["last_visit"]) == (1, date(2023, 1, 1), date(2025, 6, 1))


def test_lw2_a_part_of_nobody_has_the_same_types() -> None:
    assert list(KERNEL.batches([])) == []
    assert KERNEL(TOLD.slice(0, 0)).schema == KERNEL(TOLD).schema == KERNEL.schema
    nobody = KERNEL.structs(pa.array([], pa.struct(list(TOLD.schema))))
    assert (len(nobody), nobody.type) == (0, KERNEL.struct)


@pytest.mark.parametrize("ids", [pa.int32(), pa.int64(), pa.string()])
def test_ids_keep_their_type(ids: pa.DataType) -> None:
    table = pa.table({"customer": pa.array([3, 1, 2, 1]).cast(ids), "at": [date(2024, 1, day) for day in (1, 2, 3, 4)]})
    kernel = Kernel(WENHUA, on=ON, ids=ids)
    assert kernel.schema.field("customer").type == ids
    found: Any = kernel(table)["customer"].combine_chunks()
    assert found.equals(pa.array([1, 2, 3]).cast(ids))
    assert not [one.name for one in kernel.schema if pa.types.is_dictionary(one.type)], "words are texts"


def test_a_kernel_travels_to_the_workers() -> None:
    sent: Kernel = pickle.loads(pickle.dumps(KERNEL))
    assert sent == KERNEL
    assert sent.schema == KERNEL.schema
    assert sent(TOLD).equals(KERNEL(TOLD))
    assert Kernel(CHIZHOU, on=ON) != KERNEL


def test_a_house_of_several_editions_is_asked_for_that_of_the_day() -> None:
    house = Editions(CHIZHOU.amend("1", zone=WENHUA.zone, name=WENHUA.name), {date(2024, 1, 1): WENHUA})
    assert Kernel(house, on=ON)(TOLD).equals(KERNEL(TOLD))


def test_the_sample_house_in_parts() -> None:
    table = arrow(columns.frame(event for event in sample(customers=40, seed=3) if event.kind != "merged"))
    people: list[Any] = table["customer"].to_pylist()
    some = table.filter(pa.array([name < "C000020" for name in people]))
    rest = table.filter(pa.array([name >= "C000020" for name in people]))
    assert 0 < some.num_rows < table.num_rows
    assert read(pa.concat_tables([KERNEL(some), KERNEL(rest)])).sort("customer").equals(whole(table))
