"""Data frames and application objects are read as the CSV file of the same cells."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.dates import SHANGHAI
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, Problem
from lifecycle.readers import Reading, load_map, read_csv, read_frame, read_objects

FRAMES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "pandas": pd.DataFrame,
    "polars": lambda data: pl.DataFrame(data, strict=False),
    "lazy": lambda data: pl.DataFrame(data, strict=False).lazy(),
    "pyarrow": pa.table,
    "narwhals": lambda data: nw.from_native(pl.DataFrame(data, strict=False)),
}
each_frame = pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
DAY = datetime(2024, 2, 18)  # noqa: DTZ001 - a naive instant is what frames hold


def balanced(reading: Reading) -> Reading:
    assert reading.told == len(reading.events) + len(reading.refused)
    return reading


def content(reading: Reading, *, header: bool = False) -> tuple[list[Event], list[tuple[object, ...]]]:
    """Events, and problems by row (a file has a header before its first)."""
    problems: list[tuple[object, ...]] = [
        (p.line - header, p.column, p.message, p.remedy, p.severity) for p in reading.problems
    ]
    return list(reading.events), problems


@each_frame
def test_a_frame_in_the_plain_form(make: Callable[..., Any]) -> None:
    frame = make(
        {
            "customer": ["C1", "C1", "C2", ""],
            "event": ["vehicle_handed_over", "surveyed", "vehicle_handed_over", "enquired"],
            "at": [DAY, DAY + timedelta(hours=9, minutes=30), DAY, DAY],
            "charge": [0.1, None, 860.0, None],
            "mileage": [12000, None, None, None],
            "satisfied": [None, True, None, None],
        }
    )
    reading = balanced(read_frame(frame, name="visits"))
    first, survey, third = reading.events
    assert first == Event(
        date(2024, 2, 18),
        "vehicle_handed_over",
        "visits:00000001",
        "C1",
        None,
        {"charge": Decimal("0.1"), "mileage": 12000},
    )
    assert (survey.at, survey["satisfied"]) == (datetime(2024, 2, 18, 9, 30, tzinfo=SHANGHAI), True)
    assert third["charge"] == 860
    (problem,) = reading.problems
    assert (problem.file, problem.line, problem.column) == ("visits", 4, "customer")


@each_frame
def test_a_frame_by_a_mapping_leaves_other_columns_alone(make: Callable[..., Any]) -> None:
    frame = make({"客户编号": ["C1"], "姓名": ["张三"], "建档日期": [DAY], "生日": [date(1980, 2, 29)], "级别": [7]})
    reading = balanced(read_frame(frame, mapping="dms", name="客户"))
    (event,) = reading.events
    assert (event.kind, event["birthday"], event.id) == ("customer_recorded", date(1980, 2, 29), "客户:00000001.1")
    assert reading.sources[0].left_alone == ("姓名", "级别")
    assert read_frame(frame, mapping=load_map("dms"), table="客户").events[0].kind == "customer_recorded"


def test_categories_numpy_numbers_zones_and_the_many_kinds_of_nothing() -> None:
    frame = pd.DataFrame(
        {
            "customer": pd.Categorical(["C1", "C2", "C1", "C1"]),
            "event": pd.Series(["vehicle_handed_over"] * 4, dtype="string"),
            "at": pd.Series([DAY.replace(tzinfo=UTC), DAY.replace(tzinfo=UTC), None, pd.NaT]),
            "mileage": pd.Series([np.int32(7), None, 9, 3], dtype="Int64"),
            "charge": [np.float64(0.1), np.float32(0.1), Decimal("7.10"), float("nan")],
            "warranty": pd.Series([np.True_, pd.NA, None, False], dtype="boolean"),
        }
    )
    reading = balanced(read_frame(frame))
    assert [problem.line for problem in reading.problems] == [3, 4]
    one, two = reading.events
    assert one.at == datetime(2024, 2, 18, 8, 0, tzinfo=SHANGHAI)
    assert one.facts == {"mileage": 7, "charge": Decimal("0.1"), "warranty": True}
    assert two.facts == {"charge": Decimal("0.1")}


@pytest.mark.parametrize("value", [0.1, 1234.56, 99999.99, 0.01, 16777216.0])
def test_money_of_32_bits_is_exact_too(value: float) -> None:
    frame = pl.DataFrame({"customer": ["C1"], "at": [DAY], "amount": pl.Series([value], dtype=pl.Float32)})
    expected = Decimal(str(np.float32(value)))
    (event,) = read_frame(frame).events
    assert event["charge"] == expected


def test_numbers_are_ids_and_serials_as_in_a_file() -> None:
    frame = pd.DataFrame({"customer": [17.0, 18.0], "at": [45123, 20240229], "amount": [1, 2]})
    assert [(e.customer, e.day) for e in read_frame(frame).events] == [
        ("17", date(2023, 7, 16)),
        ("18", date(2024, 2, 29)),
    ]


def test_a_cell_that_is_none_is_a_problem_of_its_row() -> None:
    frame = pl.DataFrame({"customer": ["C1", "C2"], "event": ["enquired"] * 2, "at": [DAY] * 2, "note": [["x"], ["y"]]})
    reading = balanced(read_frame(frame))
    assert [(p.line, p.column, p.message) for p in reading.problems] == [
        (1, "note", "a list is not a cell"), (2, "note", "a list is not a cell"),
    ]  # fmt: skip
    nul = read_frame(pl.DataFrame({"customer": ["C\0"], "event": ["enquired"], "at": [DAY]}))
    assert "NUL" in nul.problems[0].message


def test_what_is_no_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    things: list[Any] = [[{"customer": "C1"}], "x.csv", None]
    for thing in things:
        with pytest.raises(LifecycleError, match="is no data frame"):
            read_frame(thing)
    with pytest.raises(LifecycleError, match="unknown column 'chrage'"):
        read_frame(pl.DataFrame({"customer": ["C1"], "event": [""], "at": [DAY], "chrage": [1]}))
    twice = pd.DataFrame([["C1", "x", "y"]], columns=["customer", "event", "event"])
    with pytest.raises(LifecycleError, match=r"a name of its own|stands twice"):
        read_frame(twice)
    monkeypatch.setitem(sys.modules, "narwhals", None)
    with pytest.raises(LifecycleError, match=r"dealer-lifecycle\[columns\]"):
        read_frame(pl.DataFrame())


def test_progress_and_blank_rows() -> None:
    told: list[int] = []
    frame = pl.DataFrame(
        {"customer": ["C1", None] * 10_000, "event": ["enquired", None] * 10_000, "at": [DAY, None] * 10_000}
    )
    reading = balanced(read_frame(frame, progress=lambda rows, share: told.append(rows)))
    assert (reading.rows, reading.place(1)) == (10_000, ("frame", 3))
    assert told[-1] == 10_000
    assert len(told) > 1


TEXTS = st.sampled_from(["C1", "C2", " C3 ", "客户", "-", "", "x,y", 'a"b', "无", None])
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.sampled_from(["vehicle_handed_over", "维修交车", "surveyed", "enquired", "nonsense", None]),
        st.one_of(
            st.none(),
            st.dates(date(1899, 1, 1), date(2201, 1, 1)).map(lambda day: datetime(day.year, day.month, day.day)),  # noqa: DTZ001
            st.datetimes(datetime(1995, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001
        ),
        st.one_of(st.none(), st.integers(-100, 10**6).map(lambda fen: fen / 100), st.just(1.005)),
        st.one_of(st.none(), st.integers(-5, 300_000)),
        st.sampled_from(["yes", "否", "perhaps", None]),
        TEXTS,
    ),
    max_size=8,
)
COLUMNS = "customer event at charge mileage satisfied note".split()


@given(ROWS)
def test_every_frame_gives_what_its_csv_file_gives(rows: list[tuple[Any, ...]]) -> None:
    data = {name: [row[index] for row in rows] for index, name in enumerate(COLUMNS)}
    types: dict[str, Any] = {"at": pl.Datetime("us"), "charge": pl.Float64, "mileage": pl.Int64}
    polars = pl.DataFrame(data, schema={name: types.get(name, pl.String) for name in COLUMNS})
    frames: dict[str, Any] = {"polars": polars, "pandas": polars.to_pandas(), "pyarrow": polars.to_arrow()}
    files = {
        "polars": polars.write_csv().encode(),
        "pandas": frames["pandas"].to_csv(index=False).encode(),
        "pyarrow": _arrow_csv(frames["pyarrow"]),
    }
    seen = []
    for library, frame in frames.items():
        reading = balanced(read_frame(frame, name="t"))
        from_file = balanced(read_csv(files[library], names=["t"]))
        assert reading.rows == from_file.rows == sum(any(_told(cell) for cell in row) for row in rows)
        of_frame, of_file = content(reading), content(from_file, header=True)
        assert [_unnumbered(event) for event in of_frame[0]] == [_unnumbered(event) for event in of_file[0]]
        assert [_bare(problem) for problem in of_frame[1]] == [
            _bare(p) for p in of_file[1] if "a header and no" not in str(p)
        ]
        seen.append(of_frame)
    assert seen[0] == seen[1] == seen[2]


def _told(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _unnumbered(event: Event) -> tuple[object, ...]:
    return (event.at, event.kind, event.customer, event.vehicle, dict(event.facts))


def _bare(problem: tuple[object, ...]) -> tuple[object, ...]:
    """A number may be written -1.0 or -1: the message shows the cell."""
    line, column, message, remedy, severity = problem
    return (line, column, str(message).replace(".0'", "'"), remedy, severity)


def _arrow_csv(table: pa.Table) -> bytes:
    sink = BytesIO()
    pa_csv.write_csv(table, sink)
    return sink.getvalue()


class TestObjects:
    def test_dicts_with_our_names(self) -> None:
        rows = [
            {"customer": "C1", "event": "vehicle_handed_over", "at": date(2024, 2, 18), "charge": 860.5},
            {"customer": "C1", "event": "surveyed", "at": "2024-02-21T09:30", "satisfied": True, "id": 7},
            {"customer": "C1", "event": "surveyed", "at": "2024-02-21"},
        ]
        reading = balanced(read_objects(rows))
        assert [str(event) for event in reading.events] == [
            "2024-02-18 vehicle_handed_over charge=860.5", "2024-02-21T09:30+08:00 surveyed satisfied=yes",
        ]  # fmt: skip
        assert [event.id for event in reading.events] == ["objects:00000001", "7"]
        (problem,) = reading.problems
        assert (problem.line, problem.column) == (3, "satisfied")

    def test_objects_with_their_own(self) -> None:
        jobs = [
            SimpleNamespace(owner=SimpleNamespace(id=5), closed=DAY, total={"paid": "1,234.50"}, ok=None),
            SimpleNamespace(owner=None, closed=DAY, total={}, ok=None),
            SimpleNamespace(closed=DAY, total={}),
        ]
        reading = balanced(
            read_objects(
                jobs,
                {
                    "customer": "owner.id",
                    "at": "closed",
                    "charge": "total.paid",
                    "event": lambda job: "vehicle_handed_over",
                },
            )
        )
        assert [str(event) for event in reading.events] == ["2024-02-18 vehicle_handed_over charge=1234.50"]
        assert reading.events[0].customer == "5"
        assert [problem.column for problem in reading.problems] == ["customer", "customer"]
        assert "no attribute 'owner'" in reading.problems[1].message

    def test_rows_of_an_interface_by_a_mapping(self) -> None:
        row = {"客户编号": "C1", "建档日期": "2020-01-01", "标签": ["a"], "性别": "男"}
        (event,) = balanced(read_objects([row], mapping="dms", table="客户")).events
        assert event.facts == {"sex": "男"}

    def test_slips(self) -> None:
        with pytest.raises(LifecycleError, match="did you mean owner"):
            read_objects([{"owner": 1}], {"customer": "onwer", "at": "at", "event": "e"})
        with pytest.raises(LifecycleError, match="SimpleNamespace is no dict"):
            read_objects([SimpleNamespace()])
        failing: dict[str, Any] = {"customer": "c", "event": "e", "at": lambda item: 1 // 0}
        (problem,) = read_objects([{"c": "C1", "e": "enquired"}], failing).problems
        assert "raised ZeroDivisionError" in problem.message
        assert isinstance(problem, Problem)

    def test_nothing_at_all(self) -> None:
        assert read_objects([], {"customer": "c", "event": "e", "at": "a"}) == balanced(
            read_objects([], {"customer": "c", "event": "e", "at": "a"})
        )
