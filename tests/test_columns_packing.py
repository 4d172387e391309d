"""Packing: the events of many customers as arrays — each once, in one canonical order, from any kind of frame (LM4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Event, LifecycleError, by_customer, columns
from lifecycle.books import WENHUA
from lifecycle.columns import codes, column
from lifecycle.columns.packing import Packed
from lifecycle.dates import SHANGHAI
from lifecycle.events import voided_ids
from lifecycle.testing import histories

DAY = date(2024, 2, 29)


@st.composite
def told(draw: st.DrawFn, *, customers: int = 3, max_size: int = 8) -> list[Event]:
    """Events of several customers, shuffled; some are told twice, some are alike but for the id, which is its customer's own."""
    events: list[Event] = []
    for number in range(1, draw(st.integers(1, customers)) + 1):
        name = f"C{number}"
        for event in draw(histories(customer=name, times=draw(st.booleans()), max_size=max_size)):
            if event.kind == "merged" and number == 1:
                continue  # all merge into the first
            facts = {key: f"{name}-{value}" if key == "of" else value for key, value in event.facts.items()}
            events.append(Event(event.at, event.kind, f"{name}-{event.id}", name, event.vehicle, facts))
    if events:
        again = draw(st.lists(st.sampled_from(events), max_size=3))
        twins = draw(st.lists(st.sampled_from(events), max_size=3, unique_by=id))
        events += again
        events += [Event(one.at, one.kind, f"twin of {one.id}", one.customer, one.vehicle, one.facts) for one in twins]
    return draw(st.permutations(events))


def keys(packed: Packed) -> list[tuple[str, int, int, int]]:
    """Customer, day, elapsed and rank of every event, in order."""
    elapsed = [0] * packed.events if packed.elapsed is None else packed.elapsed.tolist()
    names = packed.customers.gather(packed.customer).to_list()
    return list(zip(names, packed.day.tolist(), elapsed, packed.kind.tolist(), strict=True))


def ids(packed: Packed) -> list[str]:
    column = packed.texts("id")
    assert column is not None
    return column.to_list()


@given(told())
def test_lm4_the_order_and_the_customers_are_those_of_histories(events: list[Event]) -> None:
    packed = columns.pack(events)
    sorted_ = [event for history in by_customer(events).values() for event in history]
    assert keys(packed) == [(event.customer, *event.order[:3]) for event in sorted_]
    assert ids(packed) == [event.id for event in sorted_]
    assert packed.customers.to_list() == sorted({event.customer for event in sorted_})


@given(told(), st.sampled_from([DAY, date(2024, 12, 31), date(2030, 1, 1)]))
def test_as_of_a_day_drops_what_lies_after_it_and_what_was_voided_by_then(events: list[Event], on: date) -> None:
    expected: list[str] = []
    for history in by_customer(events).values():
        here = [event for event in history if event.day <= on]
        voided = voided_ids(event for event in here if event.kind == "voided")
        expected += [event.id for event in here if event.id not in voided]
    assert ids(columns.pack(events).as_of(on)) == expected


@given(told(), st.sampled_from(["pandas", "pyarrow"]))
def test_every_kind_of_frame_packs_alike(events: list[Event], backend: str) -> None:
    packed = columns.pack(columns.frame(events))
    other = columns.pack(columns.frame(events, backend=backend))
    assert keys(other) == keys(packed)
    assert ids(other) == ids(packed)
    assert other.vehicle.tolist() == packed.vehicle.tolist()
    assert other.vins.to_list() == packed.vins.to_list()
    lazy = columns.pack(columns.frame(events).lazy())
    assert keys(lazy) == keys(packed)


@given(told(max_size=5))
def test_lm4_one_id_with_two_contents_is_an_error_that_names_it(events: list[Event]) -> None:
    if not events:
        return
    event = events[0]
    other = Event(event.at, "surveyed", event.id, event.customer, None, satisfied=True, score=7)
    with pytest.raises(LifecycleError, match="two different events") as caught:
        columns.pack([*events, other])
    assert caught.value.value == event.id


def test_the_same_id_of_two_customers_is_two_events() -> None:
    visits = [Event(DAY, "vehicle_handed_over", "1", name, "V") for name in ("A", "B")]
    packed = columns.pack(visits)
    assert packed.events == 2
    assert packed.owners.tolist() == [0, 1], "a vehicle is known by customer and VIN"


def test_a_frame_tells_of_one_who_was_entered_twice_as_of_one() -> None:
    events = [
        Event(DAY, "vehicle_handed_over", "1", "A"),
        Event(DAY, "vehicle_handed_over", "2", "B"),
        Event(DAY, "merged", "3", "B", into="A"),
    ]
    assert columns.frame(events)["customer"].unique().to_list() == ["A"]
    assert keys(columns.pack(columns.frame(events))) == keys(columns.pack(events))
    to_nobody = columns.pack([Event(DAY, "merged", "3", "B", into="Z"), events[1]])
    assert to_nobody.customers.to_list() == ["Z"]


@pytest.mark.parametrize(
    ("merges", "what"),
    [(["A>B", "B>A"], "circle"), (["A>B", "A>C"], "into 'B' and into 'C'")],
    ids=["circle", "two"],
)
def test_merges_that_cannot_be_are_errors(merges: list[str], what: str) -> None:
    events = [Event(DAY, "merged", str(number), pair[0], into=pair[2]) for number, pair in enumerate(merges)] + [
        Event(DAY, "enquired", f"e{name}", name) for name in "ABC"
    ]
    with pytest.raises(LifecycleError, match=what):
        columns.pack(events)


def test_the_plain_frame_of_numbers_and_days_is_a_table_of_visits() -> None:
    frame = pl.DataFrame({"customer": [7, 7, 3], "at": [date(2024, 5, 1), date(2024, 1, 1), date(2024, 3, 1)]})
    packed = columns.pack(frame)
    assert packed.customers.to_list() == [3, 7]
    assert packed.day.tolist() == [day.toordinal() for day in (date(2024, 3, 1), date(2024, 1, 1), date(2024, 5, 1))]
    assert packed.rows is not None
    assert packed.rows.tolist() == [2, 1, 0]
    assert packed.vins.to_list() == ["-", "-"]


def test_without_ids_rows_of_one_instant_keep_their_order_as_the_readers_number_them() -> None:
    frame = pl.DataFrame(
        {
            "customer": ["A"] * 3,
            "event": ["surveyed"] * 3,
            "at": [DAY] * 3,
            "satisfied": [True, False, True],
        }
    )
    packed = columns.pack(frame)
    assert packed.events == 3, "equal rows are two events where nothing says that they are one"
    assert packed.told("satisfied", slice(None)).data.tolist() == [1, 0, 1]


def test_instants_come_into_the_houses_zone() -> None:
    local = datetime(2024, 3, 1, 0, 30, tzinfo=SHANGHAI)
    utc = pl.DataFrame({"customer": ["A"], "at": [local.astimezone(UTC)]})
    naive = pl.DataFrame({"customer": ["A"], "at": [local.replace(tzinfo=None)]})
    for frame in (utc, naive, utc.to_pandas(), naive.to_pandas(), utc.to_arrow()):
        packed = columns.pack(frame)
        assert packed.day.tolist() == [date(2024, 3, 1).toordinal()]
        assert packed.elapsed is not None
        assert packed.elapsed.tolist() == [30 * 60 * 1_000_000]


@given(
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Apia"]),
    st.sampled_from(
        [datetime(1991, 4, 14, tzinfo=UTC), datetime(2024, 3, 10, tzinfo=UTC), datetime(2011, 12, 30, tzinfo=UTC)]
    ),
    st.lists(st.integers(-48 * 60, 48 * 60), min_size=1, max_size=20),
)
def test_the_time_of_day_that_has_passed_is_true_time_where_clocks_change(
    zone: str, around: datetime, minutes: list[int]
) -> None:
    at = [around + timedelta(minutes=minute) for minute in minutes]
    packed = columns.pack(pl.DataFrame({"customer": range(len(at)), "at": at}), zone=ZoneInfo(zone))
    events = [Event(one.astimezone(ZoneInfo(zone)), "enquired", "x", "C") for one in at]
    assert packed.day.tolist() == [event.order[0] for event in events]
    elapsed = [0] * len(at) if packed.elapsed is None else packed.elapsed.tolist()
    assert elapsed == [event.order[1] for event in events]


def test_chinese_headers_and_words_are_known() -> None:
    frame = pl.DataFrame({"客户": ["A"], "事件": ["维修交车"], "日期": [DAY], "客户付费": [860.5], "车辆": ["V1"]})
    packed = columns.pack(frame)
    assert (
        columns.pack(columns.frame([Event(DAY, "vehicle_handed_over", "1", "A", "V1")])).kind.tolist()
        == packed.kind.tolist()
    )
    assert packed.told("charge", slice(None)).data.tolist() == [86050]


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        ({"customer": ["A"], "day": [DAY]}, "unknown column 'day'.*there is no column at"),
        ({"customer": ["A"], "at": [DAY], "charg": [1]}, "did you mean charge"),
        ({"customer": ["A"], "at": [DAY], "event": ["vehicle_handed_ovr"]}, "did you mean vehicle_handed_over"),
        ({"customer": ["A"], "at": [DAY], "event": ["lost_due"]}, "made by replay"),
        ({"customer": ["A", None], "at": [DAY, DAY]}, "row 1 has no customer"),
        ({"customer": [""], "at": [DAY]}, "a customer is an empty text"),
        ({"customer": ["A"], "at": ["2024-02-29"]}, "neither days nor instants"),
        ({"customer": [1.5], "at": [DAY]}, "neither texts nor whole numbers"),
        ({"customer": ["A"], "at": [date(1899, 12, 31)]}, "outside 1900–2199"),
        ({"customer": ["A"], "at": [DAY], "event": ["enquired"], "vehicle": ["V"]}, "not about a vehicle"),
    ],
)
def test_what_cannot_be_packed_is_said(frame: dict[str, list[object]], what: str) -> None:
    with pytest.raises(LifecycleError, match=what):
        columns.pack(pl.DataFrame(frame))


@pytest.mark.parametrize("thing", [3, "events.csv", [1, 2], None])
def test_what_is_no_table_is_said(thing: object) -> None:
    with pytest.raises(LifecycleError, match="no data frame"):
        columns.pack(thing)  # type: ignore[arg-type]


def test_money_of_a_frame_is_exact_or_refused() -> None:
    frame = pl.DataFrame({"customer": ["A", "B"], "at": [DAY, DAY], "charge": [0.1, 1234567890.07]})
    assert columns.pack(frame).told("charge", slice(None)).data.tolist() == [10, 123456789007]
    for odd in ([0.001], ["0.001"], [-1]):
        with pytest.raises(LifecycleError, match="charge"):
            columns.pack(pl.DataFrame({"customer": ["A"], "at": [DAY], "charge": odd})).told("charge", slice(None))


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("charge", pl.Int64, [1, 184467440737095517]),  # a hundred times as much is 84 in 64 bits
        ("charge", pl.UInt64, [1, 2**64 - 1]),
        ("charge", pl.Int128, [1, 10**25]),
        ("charge", pl.Decimal(38, 0), [Decimal(1), Decimal(10**36)]),
        ("charge", pl.Decimal(38, 2), [Decimal(1), Decimal(10**20)]),
        ("charge", pl.Decimal(38, 4), [Decimal(1), Decimal(10**30)]),
        ("charge", pl.Float64, [float("nan"), 1.005]),
        ("points", pl.Int64, [1, -(2**63)]),  # the mark of what is not told
        ("points", pl.UInt64, [1, 2**64 - 1]),
        ("points", pl.Int128, [1, 10**20]),
        ("points", pl.Float64, [1.0, float("inf")]),
        ("points", pl.Float64, [float("nan"), 1e30]),
    ],
)
def test_a_number_beyond_all_bounds_is_refused_by_its_name(name: str, kind: Any, values: list[Any]) -> None:
    with pytest.raises(LifecycleError) as caught:
        column.column_of(name, pl.Series(name, values, kind))
    assert (caught.value.argument, caught.value.value) == (name, values[1])


def test_amounts_told_as_floats_are_read_at_once() -> None:
    """One in seven is not what polars gives for so many fen × 0.01: no amount is left to be read one by one."""
    fen = np.array([0, 1, 29, 57, 95_046_369, 14_415_961, 94_864_944, *range(0, 10**9, 7_654_321)])
    yuan = pl.Series("charge", [*(fen / 100).tolist(), None, float("nan")])
    assert any(yuan[:-2] != pl.Series(fen) / 100), "else it shows nothing"
    read = column._READ["money"]("charge", yuan)  # pyright: ignore[reportPrivateUsage]
    assert read is not None
    assert read.data[:-2].tolist() == fen.tolist()
    assert read.known[-2:].tolist() == [False, False]
    for odd in (0.001, 1e300, float("inf")):
        assert column._READ["money"]("charge", pl.Series([odd])) is None  # pyright: ignore[reportPrivateUsage]


def test_words_of_a_frame_are_read_as_facts_are() -> None:
    frame = pl.DataFrame(
        {
            "customer": ["A", "B", "C"],
            "at": [DAY] * 3,
            "event": ["surveyed"] * 3,
            "类别": ["SSI", "服务满意度", None],
            "by": [" x", "x", 7],
        },
        strict=False,
    )
    packed = columns.pack(frame)
    kind, by = packed.told("kind", slice(None)), packed.told("by", slice(None))
    assert [kind.value(row) for row in range(3)] == ["SSI", "CSI", None]
    assert [by.value(row) for row in range(3)] == ["x", "x", "7"]
    with pytest.raises(LifecycleError, match="not one of its choices"):
        columns.pack(frame.with_columns(pl.lit("XSI").alias("类别"))).told("kind", slice(None))


@given(st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(0, 40)), min_size=1, max_size=60))
def test_numbers_are_numbered_in_their_order(values: list[int]) -> None:
    found = codes.encode(pl.Series(values, dtype=pl.Int64))
    assert found.values.to_list() == sorted(set(values))
    assert found.values.gather(found.codes).to_list() == values


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (pl.UInt64, [2**63 + 3, 2**63, 2**63 + 1]),
        (pl.UInt64, [2**63 + 1, 5, 2**64 - 1]),
        (pl.Int64, [-(2**63), 2**63 - 1, 0]),
        (pl.Int64, [-(2**63) + 2, -(2**63)]),
        (pl.Int8, [127, -128, 0]),
        (pl.UInt8, [255, 0, 7]),
    ],
)
def test_whole_numbers_at_the_ends_of_their_type(dtype: type[pl.DataType], values: list[int]) -> None:
    found = codes.encode(pl.Series(values, dtype=dtype))
    assert found.values.to_list() == sorted(values)
    assert found.values.gather(found.codes).to_list() == values


@given(st.lists(st.text(max_size=3), min_size=1, max_size=60))
def test_texts_are_numbered_in_their_order(values: list[str]) -> None:
    found = codes.encode(pl.Series(values, dtype=pl.String))
    assert found.values.to_list() == sorted(set(values))
    assert found.values.gather(found.codes).to_list() == values


def test_two_texts_of_one_hash_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pl.Series, "hash", lambda self, seed=0: pl.Series([1] * len(self), dtype=pl.UInt64))
    found = codes.encode(pl.Series(["b", "a", "b"]))
    assert found.values.to_list() == ["a", "b"]
    assert found.codes.tolist() == [1, 0, 1]


@given(
    st.lists(st.tuples(*[st.integers(0, 2**size - 1) for size in (30, 20, 20)]), min_size=1, max_size=30),
    st.sampled_from(["narrow", "wide"]),
)
def test_keys_of_any_width_sort_as_their_parts_do(rows: list[tuple[int, int, int]], width: str) -> None:
    arrays: list[npt.NDArray[np.int64]] = [np.array(column) for column in zip(*rows, strict=True)]
    sizes = (2**40, 2**30, 2**30) if width == "wide" else (2**30, 2**20, 2**20)
    folded, used = codes.fold_bits(list(zip(arrays, sizes, strict=True)))
    order = codes.in_order(folded, used)
    found = list(range(len(rows))) if order is None else order.tolist()
    assert found == sorted(range(len(rows)), key=lambda row: (rows[row], row))
    again, tied, numbers = codes.in_order_with_ties(folded, used)
    assert (list(range(len(rows))) if again is None else again.tolist()) == found
    runs = [row for row in set(rows) if rows.count(row) > 1]
    assert [rows[found[place]] for place in tied.tolist()] == [row for row in sorted(rows) if row in runs]
    assert [sorted(runs)[number - 1] for number in numbers.tolist()] == [rows[found[place]] for place in tied.tolist()]


def test_an_event_about_none_is_about_no_vehicle_where_vins_are_whole_numbers() -> None:
    told = pl.DataFrame(
        {
            "customer": [1, 1, 2, 2],
            "at": [DAY, DAY + timedelta(1), DAY, DAY + timedelta(1)],
            "event": ["moved_away", "vehicle_transferred", "vehicle_handed_over", "enquired"],
            "vehicle": [None, 10, 9, None],
        }
    )
    assert columns.pack(told).vehicle.tolist() == [-1, 0, 1, -1]
    cars = columns.vehicles(told, WENHUA, on=DAY + timedelta(9))
    assert cars["gone_on"].to_list() == [DAY + timedelta(1), None], "nobody knew the vehicle when its owner moved away"


@pytest.mark.parametrize("name", ["customer", "vehicle", "id"])
def test_ids_of_128_bits_are_those_of_64_and_longer_ones_are_texts(name: str) -> None:
    told = pl.DataFrame(
        {"customer": [3, 2], "at": [DAY] * 2, "event": ["vehicle_handed_over"] * 2, "vehicle": [5, 7], "id": [1, 4]}
    )
    wide = told.with_columns(pl.col(name).cast(pl.Int128))
    on = DAY + timedelta(9)
    assert columns.vehicles(wide, WENHUA, on=on).equals(columns.vehicles(told, WENHUA, on=on))
    longer = wide.with_columns(pl.col(name) * 10**30)
    texts = told.with_columns(pl.col(name).cast(pl.String) + "0" * 30)
    assert columns.vehicles(longer, WENHUA, on=on).equals(columns.vehicles(texts, WENHUA, on=on))


def test_a_zone_is_no_text() -> None:
    told = pl.DataFrame({"customer": [1], "at": [DAY]})
    zone: Any = "Asia/Shanghai"
    for ask in (lambda: columns.pack(told, zone=zone), lambda: columns.facts(told, on=DAY, zone=zone)):
        with pytest.raises(LifecycleError, match="zone='Asia/Shanghai' is not a time zone"):
            ask()


def test_blocks_are_whole_customers_and_lose_nothing() -> None:
    frame = pl.DataFrame({"customer": [1] * 5 + [2] + [4] * 3 + [9] * 2, "at": [DAY + timedelta(n) for n in range(11)]})
    packed = columns.pack(frame)
    for size in (1, 2, 3, 6, 100):
        pieces = list(packed.blocks(size))
        assert sum(piece.events for piece in pieces) == packed.events
        assert [name for piece in pieces for name in piece.customers] == packed.customers.to_list()
        for piece in pieces:
            assert set(piece.customer.tolist()) == set(range(len(piece.customers)))
            assert set(piece.vehicle.tolist()) == set(range(len(piece.owners)))
        days = np.concatenate([piece.day for piece in pieces])
        assert days.tolist() == packed.day.tolist()


def test_a_pandas_frame_of_objects_is_taken() -> None:
    frame = pd.DataFrame(
        {
            "customer": ["A", "B"],
            "at": [date(2024, 1, 1), DAY],
            "event": ["enquired", "surveyed"],
            "satisfied": [None, True],
        }
    )
    packed = columns.pack(frame)
    assert packed.told("satisfied", slice(None)).data.tolist() == [-1, 1]


def test_a_category_that_no_row_has_does_no_harm() -> None:
    kind = pl.Enum(["gold", "bronze"])
    table = pl.DataFrame(
        {
            "customer": ["A", "A"],
            "at": [date(2024, 1, 1), date(2024, 2, 1)],
            "event": ["customer_recorded", "enrolled"],
            "id": ["1", "2"],
            "tier": pl.Series([None, "gold"], dtype=kind),
        }
    )
    assert columns.pack(table).told("tier", slice(None)).value(1) == "gold"
    wrong = table.with_columns(pl.Series("tier", [None, "bronze"], dtype=kind))
    with pytest.raises(LifecycleError, match="bronze"):
        columns.pack(wrong).told("tier", slice(None))
