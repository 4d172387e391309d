"""Replay of Parquet files, so many customers at a time: the same answer whatever the budget, the order, the cut (LW2)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import Event, LifecycleError, columns, sample
from lifecycle.books import WENHUA
from lifecycle.columns.door import tidy
from lifecycle.columns.families import families
from lifecycle.testing import histories

ON = date(2025, 6, 30)
HOUSE = columns.frame(sample(customers=300, seed=1))
PEOPLE, CARS = columns.replay(HOUSE, WENHUA, on=ON), columns.vehicles(HOUSE, WENHUA, on=ON)


def collected(*args: Any, **named: Any) -> pl.DataFrame:
    frames: list[pl.DataFrame] = list(columns.replay_parquet(*args, **named))
    return pl.concat(frames)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Events of several customers; some are merged, in chains and circles that voids break."""
    events: list[Event] = []
    numbers = draw(st.integers(1, 6))
    for number in range(1, numbers + 1):
        history = draw(histories(customer=f"C{number}", times=draw(st.booleans()), max_size=5))
        events += [one for one in history if one.kind != "merged"]
    names = [f"C{number}" for number in range(numbers + 2)]
    for number, (one, other) in enumerate(
        draw(st.lists(st.tuples(st.integers(1, numbers), st.sampled_from(names)), max_size=2))
    ):
        if f"C{one}" < other:
            events.append(Event(date(2024, 5, 1), "merged", f"M{number}", f"C{one}", into=other))
            if draw(st.booleans()):
                events.append(Event(date(2024, 5, 2), "voided", f"V{number}", f"C{one}", of=f"M{number}"))
    return draw(st.permutations(events))


@settings(max_examples=40)
@given(
    lives(),
    st.sampled_from([1, 2, 5, 1 << 30]),
    st.sampled_from(["customer", "vehicle"]),
    st.integers(1, 3),
    st.booleans(),
)
def test_lw2_no_budget_no_order_and_no_cut_matters(
    events: list[Event], budget: int, rows: Any, files: int, ascending: bool
) -> None:
    table = tidy(events, WENHUA.zone)
    try:
        expected = (columns.replay if rows == "customer" else columns.vehicles)(table, WENHUA, on=ON)
    except LifecycleError:
        return  # merged into two
    if ascending:
        table = table.sort("customer", maintain_order=True)
    with TemporaryDirectory() as folder:
        for number in range(files):
            first, end = (table.height * place // files for place in (number, number + 1))
            table[first:end].write_parquet(Path(folder) / f"{number}.parquet")
        assert collected(folder, WENHUA, on=ON, rows=rows, budget=budget).equals(expected)
        out = Path(folder) / "out.parquet"
        assert columns.replay_parquet(folder, WENHUA, on=ON, rows=rows, budget=budget, out=out) == expected.height
        assert pl.read_parquet(out).equals(expected)
        assert len(list(Path(folder).iterdir())) == files + 1, "nothing is left lying about"


@pytest.mark.parametrize("budget", [1_000_000, 3_000_000, 1 << 30])
@pytest.mark.parametrize("ascending", [True, False])
def test_the_sample_house_from_a_file(budget: int, ascending: bool, tmp_path: Path) -> None:
    table = HOUSE if ascending else HOUSE.sample(fraction=1, shuffle=True, seed=1)
    table.write_parquet(tmp_path / "events.parquet", row_group_size=500)
    frames = list(columns.replay_parquet(tmp_path / "events.parquet", WENHUA, on=ON, budget=budget))
    assert pl.concat(frames).equals(PEOPLE)
    assert (len(frames) > 1) == (budget < 1 << 30)
    assert collected(tmp_path, WENHUA, on=ON, budget=budget, rows="vehicle").equals(CARS)


@pytest.mark.parametrize("ascending", [True, False])
def test_lw2_who_was_merged_with_one_far_away_is_one(ascending: bool, tmp_path: Path) -> None:
    told = [
        Event(date(2024, 1, day), "vehicle_handed_over", str(day), f"C{day:02}", "V", charge=day)
        for day in range(1, 30)
    ]
    told += [
        Event(date(2024, 2, 1), "merged", "m1", "C01", into="C28"),
        Event(date(2024, 2, 1), "merged", "m2", "C28", into="C14"),
    ]
    table = tidy(told, WENHUA.zone).sort("customer" if ascending else "id")
    table.write_parquet(tmp_path / "events.parquet")
    frames = list(columns.replay_parquet(tmp_path, WENHUA, on=ON, budget=2_000))
    assert len(frames) > 3
    assert pl.concat(frames).equals(columns.replay(table, WENHUA, on=ON))


def test_hive_directories_and_files_of_other_columns(tmp_path: Path) -> None:
    year = pl.col("at").dt.year()
    for number in HOUSE.select(year.unique())["at"].to_list():
        folder = tmp_path / f"year={number}" / "dealer=12"
        folder.mkdir(parents=True)
        part = HOUSE.filter(year == number)
        part = part.select(column.name for column in part if column.null_count() < len(column))
        part.with_columns(pl.col("event").cast(pl.String)).write_parquet(folder / "part-0.parquet")
    for budget in (1_000_000, 1 << 30):
        assert collected(tmp_path, WENHUA, on=ON, budget=budget).equals(PEOPLE)


def test_a_partition_that_is_a_column_is_one(tmp_path: Path) -> None:
    table = HOUSE.filter(pl.col("vehicle").is_not_null() & (pl.col("event") == "vehicle_handed_over"))
    for customer in table["customer"].unique().to_list()[:9]:
        (tmp_path / f"customer={customer}").mkdir()
        part = table.filter(pl.col("customer") == customer).drop("customer")
        part.write_parquet(tmp_path / f"customer={customer}" / "0.parquet")
    found = collected(tmp_path, WENHUA, on=ON, budget=1)
    some = table.filter(pl.col("customer").is_in(found["customer"].implode()))
    assert found.height == 9
    assert found.equals(columns.replay(some, WENHUA, on=ON))


@pytest.mark.parametrize("kind", [pl.Int64, pl.UInt32, pl.Categorical])
def test_ids_of_any_type(kind: Any, tmp_path: Path) -> None:
    numbers = pl.col("customer").rank("dense")
    table = HOUSE.drop("into").filter(pl.col("event") != "merged")
    table = table.with_columns(pl.col("customer").cast(kind) if kind == pl.Categorical else numbers.cast(kind))
    table.sample(fraction=1, shuffle=True, seed=1).write_parquet(tmp_path / "events.parquet")
    expected = columns.replay(table, WENHUA, on=ON)
    assert collected(tmp_path, WENHUA, on=ON, budget=1_000_000).equals(expected)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(LifecycleError, match="there is no Parquet file"):
        columns.replay_parquet(tmp_path, WENHUA, on=ON)
    with pytest.raises(LifecycleError, match="cannot be read"):
        columns.replay_parquet(tmp_path / "nowhere.parquet", WENHUA, on=ON)
    (tmp_path / "a.parquet").write_text("customer,at")
    with pytest.raises(LifecycleError, match="cannot be read"):
        columns.replay_parquet(tmp_path, WENHUA, on=ON)
    pl.DataFrame({"customer": ["A", None], "at": [ON] * 2}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(LifecycleError, match="row 1 has no customer"):
        list(columns.replay_parquet(tmp_path, WENHUA, on=ON))
    pl.DataFrame({"customer": ["A"], "at": [ON]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"customer": [1], "at": [ON]}).write_parquet(tmp_path / "b.parquet")
    with pytest.raises(LifecycleError, match="String in one file and Int64 in another"):
        list(columns.replay_parquet(tmp_path, WENHUA, on=ON))
    with pytest.raises(LifecycleError, match="budget=0"):
        columns.replay_parquet(tmp_path, WENHUA, on=ON, budget=0)


def test_how_far_it_is_can_be_told(tmp_path: Path) -> None:
    HOUSE.sample(fraction=1, shuffle=True, seed=1).write_parquet(tmp_path / "events.parquet")
    told: list[float] = []
    columns.replay_parquet(
        tmp_path,
        WENHUA,
        on=ON,
        budget=1_000_000,
        out=tmp_path / "out.parquet",
        progress=lambda done, _: told.append(done),
    )
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 5


def test_families_are_closed_in_both_directions() -> None:
    pairs = [("A", "B"), ("C", "B"), ("X", "Y"), ("Y", "X"), ("C", "D")]
    assert families(pairs) == {"A": "A", "B": "A", "C": "A", "D": "A", "X": "X", "Y": "X"}
    assert families([]) == {}
