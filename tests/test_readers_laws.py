"""Rows in = events + problems, always, whatever the bytes are; and nothing but a LifecycleError comes out."""

import csv
import random
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.readers import Reading, parse_map, read_csv, read_objects
from lifecycle.readers.cells import Cells

HEADER = "customer,event,at,id,vehicle,charge,satisfied,note"
GOOD = b"C1,vehicle_handed_over,2024-02-18,,V1,860,,"


def checked(reading: Reading) -> Reading:
    """The account closes, and every event and every refusal stands on a row."""
    assert reading.told == len(reading.events) + len(reading.refused)
    assert reading.rows == sum(source.rows for source in reading.sources)
    assert reading.rows <= reading.told + reading.aside
    for number, event in enumerate(reading.events):
        file, line = reading.place(number)
        assert file
        assert line > 0
        assert event.customer
    for problem in reading.problems:
        assert problem.message
        assert problem.remedy
        assert problem.line > 0
    histories = reading.by_customer()
    assert len(reading.events) == (
        sum(map(len, histories.values())) + histories.repeated + len(histories.refused) - len(reading.refused)
    )
    return reading


DIRTY = st.one_of(
    st.just(GOOD),
    st.sampled_from([b"", b"  ", b",,,,,,,", b",", b"\r", b"C1", GOOD + b",", GOOD + b"\r", b"\0" + GOOD, "客户".encode(), b"\xff\xfe"]),
    st.binary(max_size=40),
    st.builds(lambda at, junk: GOOD[:at] + junk + GOOD[at:], st.integers(0, len(GOOD)), st.binary(min_size=1, max_size=3)),
    st.text(alphabet="0123456789-/.,:T 年月日元¥，CVR客是否无", max_size=30).map(lambda text: text.encode("gb18030")),
)  # fmt: skip


@given(st.lists(DIRTY, max_size=12))
@example([b"C1,enquired,2024-01-01,,,,,", b"\x85\x1c\x0b\x0c", b"x" * 200])
def test_every_line_without_quotes_is_an_event_or_a_problem(lines: list[bytes]) -> None:
    lines = [line.replace(b"\n", b" ").replace(b'"', b"'") for line in lines]
    data = b"\n".join([HEADER.encode(), *lines])
    rows = [number for number, line in enumerate(lines, start=2) if line.strip(b" \t\r,")]
    reading = checked(read_csv(data))
    assert (reading.rows, reading.told) == (len(rows), len(rows))
    places = [reading.place(number)[1] for number in range(len(reading.events))]
    assert sorted([*places, *(problem.line for problem in reading.refused)]) == rows


def attempt(call: Callable[..., Any], *given_: Any, **more: Any) -> tuple[str, Any]:
    """What a call gives, or the remedy (the message, where there is none) with which it is refused."""
    try:
        return "", call(*given_, **more)
    except LifecycleError as error:
        return error.remedy or error.message, None


CELLS = st.text(alphabet='C1,"\n 客0', max_size=6)


@given(st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=6), st.lists(st.booleans(), min_size=6, max_size=6))
def test_quoted_rows_come_back_as_they_were_written(rows: list[list[str]], minimal: list[bool]) -> None:
    text = StringIO()
    for row, least in zip(rows, minimal, strict=False):
        csv.writer(text, quoting=csv.QUOTE_MINIMAL if least else csv.QUOTE_ALL).writerow(row)
    reading = checked(read_csv(f"{HEADER}\n{text.getvalue()}".encode()))
    assert reading.rows == sum(any(cell.strip() for cell in row) for row in rows)


@given(st.lists(st.sampled_from([GOOD, GOOD + b'"', b'"' + GOOD, b'C1,"enquired,2024-01-01,,,,,', b'"', b'""'])))
def test_stray_quotes_cost_their_own_lines(lines: list[bytes]) -> None:
    reading = checked(read_csv(b"\n".join([HEADER.encode(), *lines])))
    spans = [re.findall("lines ([0-9]+) to ([0-9]+)", problem.message) for problem in reading.warnings]
    doubted = {line for (first, last), *_ in filter(None, spans) for line in range(int(first), int(last) + 1)}
    read = {reading.place(number)[1] for number in range(len(reading.events))}
    told = read | doubted | {problem.line for problem in reading.refused}
    good = {number for number, line in enumerate(lines, start=2) if line == GOOD}
    assert good <= read | doubted, "no good row is swallowed without a word"
    assert told >= {number for number, line in enumerate(lines, start=2) if line.strip(b'"')}


@given(st.lists(st.text(alphabet="女男是否客户张三丰联通\u3400\U00020000é, x", max_size=5), max_size=12), st.booleans())
def test_the_encoding_changes_nothing(notes: list[str], declared: bool) -> None:
    text = "客户,事件,日期,备注\n" + "".join(f'C1,咨询,2024-01-01,"{note}"\n' for note in notes)
    readings = [
        checked(read_csv(text.encode(encoding), encoding=encoding if declared else None))
        for encoding in ("utf-8", "utf-8-sig", "gb18030")
    ]
    assert readings[0].events == readings[1].events
    assert readings[0].rows == len(notes)
    if declared or 10 * sum(_also_utf8(line) for line in text.encode("gb18030").splitlines()) < 9 * len(notes):
        assert readings[0].events == readings[2].events


def _also_utf8(line: bytes) -> bool:
    return line.decode("utf-8", "ignore").encode() == line


@given(st.binary(max_size=300))
@example(b"customer,event,at\r\n\r\n\r")
@example(b'"customer","event","at"\n"\n"')
@example("客户,日期,金额\n".encode("gb18030") + b"\x81")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for given_ in ({}, {"mapping": "dms"}, {"mapping": "dms", "table": "其他事件"}, {"mapping": "cdnow"}):
        refused, reading = attempt(read_csv, data, **given_)
        if reading is None:
            assert refused
        else:
            checked(reading)


@given(st.integers(0, 2**32))
def test_a_good_file_with_broken_bytes_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray("客户,事件,日期,编号,车辆,客户付费,备注\n".encode(chance.choice(["utf-8", "gb18030"])))
    for number in range(20):
        data += f'C{number % 3},维修交车,2024-02-{number + 1},,V1,"1,234.50","a""b"\n'.encode("gb18030")
    for _ in range(chance.randrange(6)):
        data[chance.randrange(len(data))] = chance.choice(b'\0\n\r",;\xff\x81 0')
    try:
        reading = read_csv(bytes(data))
    except LifecycleError:
        return
    checked(reading)


MAPPING: dict[str, Any] = {
    "tables": {
        "t": {
            "customer": "who",
            "vehicle": "car",
            "ignore": {"state": ["void"]},
            "columns": {"paid": "charge", "ok": "satisfied"},
            "events": [
                {"event": "workshop_entered", "at": "in", "when": {"state": ["open", "done"]}},
                {"event": "vehicle_handed_over", "at": "out", "id": "no", "when": {"state": ["done"]}},
                {"event": "surveyed", "at": "asked", "optional": True, "columns": {"score": "score"}},
            ],
        }
    }
}
DAYS = st.sampled_from(["2024-01-01", "2024-01-02 09:30", "x", "", "-"])


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "who": st.sampled_from(["C1", "C2", ""]), "car": st.sampled_from(["V1", ""]), "no": st.sampled_from(["R1", "R2", "R3", ""]),
                "state": st.sampled_from(["open", "done", "void", "dnoe", ""]), "paid": st.sampled_from(["1", "x", ""]),
                "ok": st.sampled_from(["是", "否", "?", ""]), "score": st.sampled_from(["", "5"]), "in": DAYS, "out": DAYS, "asked": DAYS,
            }
        ),
        max_size=8,
    )
)  # fmt: skip
def test_every_declared_event_of_a_mapped_row_is_told_refused_or_declared_absent(rows: list[dict[str, str]]) -> None:
    told = aside = 0
    for row in rows:
        if row["state"] == "void":
            aside += 1
        elif row["state"] not in ("open", "done"):
            told += 1  # the whole row is refused, once
        else:
            told += 1 + (row["state"] == "done") + (row["asked"] not in ("", "-"))
    header = list(MAPPING["tables"]["t"]) and "who car no state paid ok score in out asked".split()
    text = "\n".join([",".join(header), *(",".join(row[name] for name in header) for row in rows)])
    reading = checked(read_csv(text.encode(), names=["t.csv"], mapping=parse_map(MAPPING)))
    assert (reading.rows, reading.told, reading.aside) == (len(rows), told, aside)
    good = [row for row in rows if row["state"] == "done" and row["out"].startswith("2024") and row["paid"] != "x"]
    good = [row for row in good if row["who"] and row["no"]]
    assert sum(event.kind == "vehicle_handed_over" for event in reading.events) == len(good)
    if rows:
        again = checked(read_objects(rows, mapping=parse_map(MAPPING)))
        assert [(e.kind, e.at, e.customer, e.facts) for e in again.events] == [
            (e.kind, e.at, e.customer, e.facts) for e in reading.events
        ]
        assert [p.message for p in again.problems] == [p.message for p in reading.problems]


@given(
    st.text(max_size=12), st.sampled_from(["charge", "mileage", "birthday", "satisfied", "channel", "plate", "change"])
)
def test_any_cell_is_read_or_refused(text: str, fact: str) -> None:
    for cells in (Cells(), Cells(fen=True), Cells(date_formats=("excel",)), Cells(date_formats=("%d/%m/%y",))):
        for read in (cells.reader(fact), cells.moment):
            refused, value = attempt(read, text)
            assert refused or value is not None


@given(st.text(alphabet="0123456789.,-/: 年月日", max_size=20))
def test_any_cell_that_looks_like_a_number_or_a_day_is_read_or_refused(text: str) -> None:
    test_any_cell_is_read_or_refused.hypothesis.inner_test(text, "charge")  # type: ignore[attr-defined]
    test_any_cell_is_read_or_refused.hypothesis.inner_test(text, "birthday")  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_million_rows_close_the_account() -> None:
    rows = "C1,vehicle_handed_over,2024-02-18,,V1,860,,\nC1,vehicle_handed_over,2024-02-18,,V1,x,,\n" * 500_000
    reading = read_csv(f"{HEADER}\n{rows}".encode())
    assert (reading.rows, len(reading.events), len(reading.refused)) == (1_000_000, 500_000, 500_000)
