"""Rows become events; what cannot become one is told with file, line, column and remedy, and the rest goes on."""

import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from lifecycle.dates import SHANGHAI
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, Problem
from lifecycle.kinds import FACTS, KINDS
from lifecycle.readers import Reading, read_csv
from lifecycle.readers.cells import Cells, check_date_format, excel_moment
from lifecycle.readers.streams import MAX_LINE, MAX_RECORD
from lifecycle.readers.vin import vin_oddity

HEADER = "customer,event,at,id,vehicle,charge,mileage,satisfied\n"
GOOD = "C1,vehicle_handed_over,2024-02-18,R1,V1,860,12000,\n"


def read(text: str, **given: Any) -> Reading:
    return read_csv(text.encode(), names=["f.csv"], **given)


def balanced(reading: Reading) -> Reading:
    assert reading.told == len(reading.events) + len(reading.refused)
    assert len(reading.events) == len({(*reading.place(number), e.kind) for number, e in enumerate(reading.events)})
    return reading


def only(problems: tuple[Problem, ...]) -> Problem:
    assert len(problems) == 1, problems
    return problems[0]


def refusal(text: str | bytes, **given: Any) -> LifecycleError:
    with pytest.raises(LifecycleError) as caught:
        read_csv(text if isinstance(text, bytes) else text.encode(), names=["f.csv"], **given)
    assert caught.value.remedy, caught.value
    return caught.value


class TestPlainForm:
    def test_a_row_is_an_event_with_its_facts(self) -> None:
        reading = balanced(read(HEADER + GOOD))
        (event,) = reading.events
        assert event == Event(
            date(2024, 2, 18), "vehicle_handed_over", "R1", "C1", "V1", {"charge": Decimal(860), "mileage": 12000}
        )
        assert (reading.rows, reading.told, reading.problems) == (1, 1, ())
        assert reading.place(0) == ("f.csv", 2)
        assert reading.sources[0].encoding == "ascii"

    def test_columns_and_events_in_chinese(self) -> None:
        text = "客户,事件,日期,编号,车辆,客户付费,渠道,满意\n"
        text += "张三,维修交车,2024年2月18日,R1,V1,860,,\n张三,满意度回访,2024/2/21,,V1,,电话,是\n"
        reading = balanced(read(text))
        assert [event.kind for event in reading.events] == ["vehicle_handed_over", "surveyed"]
        assert reading.events[1].facts == {"channel": "call", "satisfied": True}

    def test_every_kind_and_fact_can_be_named_in_chinese(self) -> None:
        names = [fact.zh for fact in FACTS.values()]
        assert len(set(names)) == len(names)
        assert not set(names) & {"客户", "客户编号", "事件", "日期", "时间", "编号"}
        assert len({kind.zh for kind in KINDS.values()}) == len(KINDS)

    def test_ids_are_file_and_line_and_sort_as_the_rows_do(self) -> None:
        rows = "C1,enquired,2024-01-01\n" * 120
        events = read("customer,event,at\n" + rows).events
        ids = [event.id for event in events]
        assert ids[0] == "f.csv:00000002"
        assert ids == sorted(ids)
        assert len(set(ids)) == 120, "exact duplicates are rows of their own"

    def test_an_amount_is_a_charged_visit(self) -> None:
        reading = balanced(read("customer,at,amount,vehicle,visit\nC1,2024-01-01,86.50,V1,R1\nC2,2024-01-02,0,,\n"))
        assert [str(event) for event in reading.events] == [
            "2024-01-01 vehicle_handed_over vehicle=V1 charge=86.50 visit=R1",
            "2024-01-02 vehicle_handed_over charge=0",
        ]
        assert "short form" in str(refusal("customer,at,amount,mileage\n"))

    def test_the_fact_that_a_plain_name_hides_is_called_by_its_chinese_one(self) -> None:
        (event,) = read("客户,事件,日期,活动\nC1,event_attended,2024-01-01,自驾游\n").events
        assert event["event"] == "自驾游"

    def test_blank_lines_tell_nothing_and_lines_are_counted_as_an_editor_does(self) -> None:
        reading = balanced(read(HEADER + "\n,,,,,,,\n" + GOOD))
        assert reading.rows == 1
        assert reading.place(0) == ("f.csv", 4)

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_delimiters_and_line_ends(self, delimiter: str, end: str) -> None:
        text = (HEADER + GOOD + GOOD.replace("R1", '"R ""2""\n2"')).replace(",", delimiter).replace("\n", end)
        reading = balanced(read(text))
        assert [event.id for event in reading.events] == ["R1", 'R "2"\n2']
        assert reading.sources[0].delimiter == delimiter

    def test_a_caller_s_file_is_read_and_left_open(self) -> None:
        file = BytesIO((HEADER + GOOD).encode())
        assert len(read_csv(file).events) == 1
        assert not file.closed

    def test_progress_is_told(self, tmp_path: Path) -> None:
        told: list[tuple[int, float | None]] = []
        path = tmp_path / "f.csv"
        path.write_text("customer,event,at\n" + "C1,enquired,2024-01-01\n" * 20_000)
        read_csv(path, progress=lambda rows, share: told.append((rows, share)))
        assert [rows for rows, _ in told] == [8192, 16384, 20000]
        assert told[-1] == (20_000, 1.0)
        assert all(share is not None and 0 < share <= 1 for _, share in told)

    def test_several_files_keep_their_places_and_their_names_apart(self, tmp_path: Path) -> None:
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "f.csv").write_text("customer,event,at\nC1,enquired,2024-01-01\nC1,enquired,x\n")
        reading = balanced(read_csv(tmp_path / "a" / "f.csv", tmp_path / "b" / "f.csv"))
        assert [event.id for event in reading.events] == ["a/f.csv:00000002", "b/f.csv:00000002"]
        assert [str(p).split(" ")[0] for p in reading.problems] == ["a/f.csv:3", "b/f.csv:3"]
        assert [reading.place(number) for number in (0, 1)] == [("a/f.csv", 2), ("b/f.csv", 2)]

    def test_readings_add_up(self) -> None:
        one, two = read(HEADER + GOOD), read_csv((HEADER + GOOD + "x\n").encode(), names=["g.csv"])
        both = balanced(one + two)
        assert (both.rows, len(both.events), len(both.refused)) == (3, 2, 1)
        assert both.place(1) == ("g.csv", 2)
        assert repr(both) == "<Reading: 3 rows of f.csv, g.csv, 2 events, 1 refused>"


class TestBadRows:
    """Each row told of by a problem; the good rows around it are read."""

    @pytest.mark.parametrize(
        ("row", "column", "message", "remedy"),
        [
            ("C1,vehicle_handedover,2024-01-01,,,,,", "event", "unknown event", "vehicle_handed_over"),
            ("C1,lost_due,2024-01-01,,,,,", "event", "made by replay", "leave the row away"),
            ("C1,,2024-01-01,,,,,", "event", "event is blank", "needs its event"),
            (",enquired,2024-01-01,,,,,", "customer", "customer is blank", "needs its customer"),
            ("C1,enquired,,,,,,", "at", "at is blank", "needs its day"),
            ("C1,enquired,2024-02-30,,,,,", "at", "not a day", "2024-02-29"),
            ("C1,enquired,yesterday,,,,,", "at", "'yesterday' is not a date", "2024-02-29"),
            ("C1,enquired,03/04/2024,,,,,", "at", "which number is the year", "date_format"),
            ("C1,enquired,1776-07-04,,,,,", "at", "1900", "check the year"),
            ("C1,vehicle_handed_over,2024-01-01,,,-3,,", "charge", "'-3' is negative", "refunded"),
            ("C1,vehicle_handed_over,2024-01-01,,,1.005,,", "charge", "fractions of a fen", "0.01"),
            ("C1,vehicle_handed_over,2024-01-01,,,12x,,", "charge", "'12x'", "1234.50"),
            ('C1,vehicle_handed_over,2024-01-01,,,"1,5",,', "charge", "parts no thousands", "1,234.50"),
            ("C1,vehicle_handed_over,2024-01-01,,,1.2E+05,,", "charge", "shortened", "format the column"),
            ("C1,vehicle_handed_over,2024-01-01,,,,12.5,", "mileage", "not a whole number", "digits"),
            ("C1,surveyed,2024-01-01,,,,,perhaps", "satisfied", "neither yes nor no", "yes or no"),
            ("C1,surveyed,2024-01-01,,,,,", "satisfied", "surveyed needs satisfied=", "satisfied"),
            ("C1,enquired,2024-01-01,,V1,,,", "vehicle", "not about a vehicle", "leave vehicle= away"),
            ("C1,enquired,2024-01-01,,,5,,", "charge", "enquired has no fact 'charge'", "ch"),
            ("C1,enquired,2024-01-01", None, "the row has 3 cells, the header 8", "quote"),
            ("C1,enquired,2024-01-01,,,,,,", None, "the row has 9 cells, the header 8", "quote"),
            ("C1,enquired,2024-01\0-01,,,,,", None, "character 20 of the line is NUL", "export the file again"),
            ('C1,enquired,"2024-01-01,,,,,', None, "a quote is opened in this line and not closed", "twice"),
            ('C1,enquired,"2024"-01-01,,,,,', None, "follows a closing quote", "twice"),
            ('"' + "x" * 140_000 + '",enquired,2024-01-01,,,,,', None, "131,072 characters", "quotes"),
        ],
    )
    def test_a_bad_row_is_told_with_its_place(self, row: str, column: str | None, message: str, remedy: str) -> None:
        reading = balanced(read(HEADER + GOOD + row + "\n" + GOOD.replace("R1", "R2") + GOOD.replace("R1", "R3")))
        problem = only(reading.problems)
        assert (problem.file, problem.line, problem.column, problem.severity) == ("f.csv", 3, column, "error")
        assert message in problem.message
        assert remedy in (problem.remedy or "")
        assert str(problem).startswith("f.csv:3")
        assert [event.id for event in reading.events] == ["R1", "R2", "R3"]
        assert reading.rows == reading.told == 4

    def test_all_that_is_wrong_with_a_row_is_told_at_once(self) -> None:
        problem = only(read(HEADER + "C1,vehicle_handed_over,2024-01-01,,,x,y,\n").problems)
        assert problem.column == "charge"
        assert "also column mileage" in problem.message

    def test_an_unclosed_quote_spoils_its_own_line_only(self) -> None:
        rows = [GOOD.replace("R1", f"R{number}") for number in range(3 * MAX_RECORD)]
        rows[10] = 'C1,"enquired,2024-01-01,,,,,\n'
        rows[20] = 'C1,"enquired,2024-01-01,,,,,\n'  # the two would pair up to one long cell
        rows[-1] = 'C1,enquired,"2024-01-01,,,,,'
        reading = balanced(read(HEADER + "".join(rows)))
        assert [problem.line for problem in reading.refused] == [12, 22, len(rows) + 1]
        assert len(reading.events) == len(rows) - 3

    def test_a_row_after_a_cell_of_several_lines_has_its_own_line(self) -> None:
        reading = balanced(read('customer,event,at,note\nC1,enquired,2024-01-01,"a\nb\nc"\nC1,enquired,x,\n'))
        assert only(reading.problems).line == 5
        assert reading.events[0]["note"] == "a\nb\nc"

    def test_a_line_of_200_mb_is_skipped_in_bounded_memory(self) -> None:
        class Long:
            """HEADER, a good row, 200 MB of one line, a good row."""

            name = "long.csv"

            def __init__(self) -> None:
                self.parts: Iterator[bytes] = iter(
                    [(HEADER + GOOD).encode(), *[b"x" * 1_000_000] * 200, b"\n" + GOOD.replace("R1", "R2").encode()]
                )

            def read(self, size: int) -> bytes:
                return next(self.parts, b"") if size else b""

        tracemalloc.start()
        reading = balanced(read_csv(cast("BinaryIO", Long())))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 16_000_000
        assert [event.id for event in reading.events] == ["R1", "R2"]
        problem = only(reading.problems)
        assert (problem.file, problem.line) == ("long.csv", 3)
        assert "200,000,000 bytes" in problem.message

    def test_a_line_just_at_the_limit_and_just_over_it(self) -> None:
        def row(length: int) -> str:
            return "C1,enquired,2024-01-01," + "x" * (length - len("C1,enquired,2024-01-01,\n")) + "\n"

        for length, refused in ((MAX_LINE, 0), (MAX_LINE + 1, 1)):
            text = "customer,event,at,note\n" + row(length) + row(30)
            reading = balanced(read(text))
            assert (len(reading.refused), reading.rows) == (refused, 2)

    def test_a_cell_without_a_column_name_is_not_lost(self) -> None:
        reading = balanced(read("customer,event,at,\nC1,enquired,2024-01-01,\nC1,enquired,2024-01-01,what?\n"))
        assert "cell 4 has no column name" in only(reading.problems).message
        assert len(reading.events) == 1

    def test_a_vin_that_fails_its_check_digit_is_a_warning_and_is_told_once(self) -> None:
        row = "C1,workshop_entered,2024-01-01,,1M8GDM9A1KP042788,,,\n"
        reading = balanced(read(HEADER + row + row))
        assert len(reading.events) == 2
        assert only(reading.warnings) == only(reading.problems)
        assert "check digit is 1, where the others ask for X" in str(reading.warnings[0])
        assert "warning" in str(reading.warnings[0])


class TestBadFiles:
    """A file that cannot be read at all: one error with place and remedy."""

    @pytest.mark.parametrize(
        ("data", "message", "remedy"),
        [
            (b"", "the file is empty", "header"),
            (b"\xef\xbb\xbf", "the file is empty", "header"),
            (b"\n\r\n  \n", "no header and no rows", "header"),
            (b"PK\x03\x04\x14\x00", "Excel workbook (xlsx)", "CSV UTF-8"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel workbook", "CSV UTF-8"),
            ("customer,event,at\n".encode("utf-16"), "UTF-16", "CSV UTF-8"),
            ("customer,event,at\n".encode("utf-16-le"), "UTF-16", "CSV UTF-8"),
            (b"PAR1....", "Parquet", "read_frame"),
            (b"\x1f\x8b\x08", "gzip", "unpack"),
            (b"custmer,event,at\n", "unknown column 'custmer' (did you mean customer", "customer,event,at"),
            (b"customer,event,at,chrage\n", "unknown column 'chrage' (did you mean charge", "a column a fact"),
            ("客户,事件,日期,客户付费用\n".encode(), "did you mean 客户付费", "plain form"),
            (b"customer,at\n", "there is no column event (", "plain form"),
            (b"customer,event,at,at\n", "column 'at' stands twice", "plain form"),
            (
                "customer,event,at,charge,客户付费\n".encode(),
                "'charge' and '客户付费' are the same column",
                "plain form",
            ),
            (b'customer,event,"at\n', "a quote in it is not closed", "first line"),
            (b"customer,event,at\0\n", "NUL stands in it", "first line"),
            (b"x" * 3_000_000, "3,000,000 bytes", "line ends"),
        ],
    )
    def test_a_file_that_is_no_table_is_refused_whole(self, data: bytes, message: str, remedy: str) -> None:
        error = refusal(data)
        assert message in error.message
        assert remedy in str(error.remedy)
        assert str(error).startswith("f.csv")

    def test_a_header_alone_is_a_warning(self) -> None:
        reading = balanced(read(HEADER))
        assert "a header and no rows" in only(reading.warnings).message
        assert reading.rows == reading.told == 0

    def test_missing_files_and_folders(self, tmp_path: Path) -> None:
        (tmp_path / "repairs.csv").write_text(HEADER)
        with pytest.raises(LifecycleError, match=r"no such file.*repairs\.csv"):
            read_csv(tmp_path / "repair.csv")
        with pytest.raises(LifecycleError, match="there is no folder"):
            read_csv(tmp_path / "nowhere" / "repair.csv")
        with pytest.raises(LifecycleError, match="a folder, not a file"):
            read_csv(tmp_path)
        with pytest.raises(LifecycleError, match="cannot be opened"):
            read_csv("a\0b")
        with pytest.raises(LifecycleError, match='open it with "rb"'):
            read_csv(cast("BinaryIO", StringIO(HEADER)))
        with pytest.raises(LifecycleError, match="neither a path"):
            read_csv(cast("BinaryIO", 3))
        with pytest.raises(LifecycleError, match="1 names for 0 files"):
            read_csv(names=["a"])


class TestEncodings:
    TEXT = "客户,事件,日期,备注\n张三,咨询,2024-01-01,第一次\n李四,咨询,2024-01-02,\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_the_same_events_whatever_the_encoding(self, encoding: str) -> None:
        plain = read(self.TEXT)
        for declared in (None, encoding):
            reading = balanced(read_csv(self.TEXT.encode(encoding), names=["f.csv"], encoding=declared))
            assert reading.events == plain.events
            assert reading.sources[0].encoding == encoding.removesuffix("-sig")

    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
    def test_an_invalid_byte_spoils_its_own_line_only(self, encoding: str) -> None:
        lines = self.TEXT.encode(encoding).split(b"\n")
        lines[1] = lines[1].replace(b"2024", b"\xff2024")
        reading = balanced(read_csv(b"\n".join(lines), names=["f.csv"]))
        assert [event.customer for event in reading.events] == ["李四"]
        problem = only(reading.problems)
        assert problem.line == 2
        assert "0xff" in problem.message

    def test_short_words_that_are_valid_in_both_do_not_decide_alone(self) -> None:
        text = "customer,event,at,note\n" + "C1,enquired,2024-01-01,女\nC1,enquired,2024-01-01,男\n" * 3
        assert {event["note"] for event in read_csv(text.encode("gb18030")).events} == {"女", "男"}

    def test_ascii_with_one_strange_byte_is_undecided(self) -> None:
        reading = balanced(read_csv(b"customer,event,at\nC1,enquired,2024-01-01\nC\xff,enquired,2024-01-01\n"))
        assert "not valid UTF-8 or GB18030" in only(reading.problems).message

    def test_the_first_foreign_letter_far_down_decides(self) -> None:
        ascii_rows = "C1,enquired,2024-01-01,\n" * 60_000
        text = "customer,event,at,note\n" + ascii_rows + "C2,enquired,2024-01-01,第一次\n"
        reading = balanced(read_csv(text.encode("gb18030")))
        assert reading.events[-1]["note"] == "第一次"
        assert reading.sources[0].encoding == "gb18030"

    def test_encodings_that_cannot_be(self) -> None:
        for name in ("utf-16", "rot13", "hex", "klingon"):
            assert "encoding" in str(refusal(HEADER, encoding=name))


class TestCells:
    CELLS = Cells()

    @pytest.mark.parametrize(
        "text",
        [
            *"2024-02-29 2024/2/29 2024.2.29 2024年2月29日 20240229 45351 45351.0 ２０２４－０２－２９".split(),
            *("2024-02-29 00:00:00", "2024-02-29T00:00", "2024/2/29 0:00", "20240229000000"),
        ],
    )
    def test_days(self, text: str) -> None:
        assert self.CELLS.moment(text) == date(2024, 2, 29)

    @pytest.mark.parametrize(
        "text",
        [
            "2024-02-29 09:30", "2024/2/29 9:30", "2024-02-29T09:30:00.000", "2024年2月29日9时30分", "2024年2月29日 9:30",
            "20240229093000", "45351.3958333333", "2024-02-29T01:30Z", "2024-02-29 10:30:00+09:00", "2024-02-29 09:30:00.000000001",
        ],
    )  # fmt: skip
    def test_local_times(self, text: str) -> None:
        assert self.CELLS.moment(text) == datetime(2024, 2, 29, 9, 30, tzinfo=SHANGHAI)

    @pytest.mark.parametrize(
        "text",
        ["03/04/2024", "29-02-24", "24-02-29", "2024-02-30", "2024-2/9", "2024", "240229", "1", "123456", "2024-02-29 25:00",
         "2024-02-29 9", "Feb 29 2024", "2024-W09-4", "٢٠٢٤-٠٢-٢٩", "2024-02-29 09:30 PM", "20242902", "1986-05-04 02:30"],
    )  # fmt: skip
    def test_nothing_is_guessed(self, text: str) -> None:
        with pytest.raises(LifecycleError) as caught:
            self.CELLS.moment(text)
        assert caught.value.remedy

    def test_an_hour_that_clocks_went_through_twice_is_the_first(self) -> None:
        at = self.CELLS.moment("1991-09-15 01:30")
        assert isinstance(at, datetime)
        assert at.utcoffset() == timedelta(hours=9)

    @pytest.mark.parametrize(
        ("serial", "day"),
        [
            ("1", date(1900, 1, 1)),
            ("59", date(1900, 2, 28)),
            ("61", date(1900, 3, 1)),
            ("45123", date(2023, 7, 16)),
            ("109574", date(2199, 12, 31)),
        ],
    )
    def test_excel_serials_and_the_day_that_never_was(self, serial: str, day: date) -> None:
        declared = Cells(date_formats=("excel",))
        assert declared.moment(serial) == excel_moment(Decimal(serial), SHANGHAI) == day
        for wrong in ("60", "0", "109575", "0.5"):
            with pytest.raises(LifecycleError):
                declared.moment(wrong)

    def test_an_excel_fraction_is_a_time_to_the_second(self) -> None:
        assert self.CELLS.moment("45123.999999999") == date(2023, 7, 17)
        assert self.CELLS.moment("45123.5") == datetime(2023, 7, 16, 12, tzinfo=SHANGHAI)

    def test_declared_forms_are_the_only_ones(self) -> None:
        declared = Cells(date_formats=("%d/%m/%Y", "%d/%m/%Y %H:%M"))
        assert declared.moment("03/04/2024") == date(2024, 4, 3)
        assert declared.moment("03/04/2024 09:30") == datetime(2024, 4, 3, 9, 30, tzinfo=SHANGHAI)
        with pytest.raises(LifecycleError, match="of the form %d/%m/%Y or"):
            declared.moment("2024-04-03")
        for wrong in ("%d/%m", "%A %d %m %Y", "%Q", "day"):
            with pytest.raises(LifecycleError, match="date_format"):
                check_date_format(wrong)

    @pytest.mark.parametrize(
        "text",
        [
            "1234.5",
            "1,234.50",
            "+1234.50",
            "１２３４．５０",
            "１，２３４．５",
            "¥1,234.50",
            "￥1234.5",
            "1234.5元",
            "1,234.50 元",
        ],
    )
    def test_money(self, text: str) -> None:
        assert self.CELLS.reader("charge")(text) == Decimal("1234.50")

    def test_money_in_fen(self) -> None:
        charge = Cells(fen=True).reader("charge")
        assert charge("123450") == charge("123,450.00") == Decimal("1234.50")
        for wrong in ("1234.5", "1234元"):
            with pytest.raises(LifecycleError, match="fen"):
                charge(wrong)

    @pytest.mark.parametrize("text", ["120", "120.0", "１２０", "0120"])
    def test_counts(self, text: str) -> None:
        assert self.CELLS.reader("mileage")(text) == 120

    @pytest.mark.parametrize("text", ["1_000", "٣", "1 000", "12,34", "0x10", "inf", "9" * 25, "1e3", "1.2.3", "--1"])
    def test_what_is_no_number(self, text: str) -> None:
        for fact in ("charge", "mileage"):
            with pytest.raises(LifecycleError):
                self.CELLS.reader(fact)(text)

    def test_a_day_of_an_instant_is_its_local_day(self) -> None:
        day = self.CELLS.reader("birthday")
        assert day("2024-02-29 09:30") == date(2024, 2, 29)
        assert day("2024-02-29 20:00Z") == date(2024, 3, 1)

    def test_blank_words(self) -> None:
        reading = balanced(read(HEADER + "C1,vehicle_handed_over,2024-02-18,-,无,NULL, ,\n"))
        (event,) = reading.events
        assert (event.id, event.vehicle, dict(event.facts)) == ("f.csv:00000002", None, {})

    def test_check_digits(self) -> None:
        assert vin_oddity("1M8GDM9AXKP042788") is None
        assert vin_oddity("V1") is None
        assert "no 'O'" in str(vin_oddity("LSVAO2183E2184847"))
        assert "no 'l'" in str(vin_oddity("lsvaa2183e2184847"))


class TestHistories:
    """What only whole histories show is told by row too, and the other rows go on."""

    def rows(self, *rows: str) -> Reading:
        return balanced(
            read("customer,event,at,id,vehicle,charge,of,into,delivered_on,amount\n" + "\n".join(rows) + "\n")
        )

    def test_one_id_with_two_contents(self) -> None:
        reading = self.rows(
            "C1,vehicle_handed_over,2024-01-01,R1,V1,10,,,,",
            "C1,vehicle_handed_over,2024-01-01,R1,V1,10,,,,",
            "C1,vehicle_handed_over,2024-01-01,R1,V1,11,,,,",
            "C2,vehicle_handed_over,2024-01-01,R1,V2,11,,,,",
        )
        histories = reading.by_customer()
        assert {customer: len(history) for customer, history in histories.items()} == {"C1": 1, "C2": 1}
        assert histories.repeated == 1
        problem = only(histories.problems)
        assert (problem.line, problem.column, problem.severity) == (4, "id", "error")
        assert "f.csv:2" in problem.message
        assert "voided of=ID" in str(problem.remedy)
        assert len(reading.events) == sum(map(len, histories.values())) + histories.repeated + len(histories.refused)

    def test_merges_that_contradict(self) -> None:
        reading = self.rows(
            "A,merged,2024-01-01,m1,,,,B,,", "A,merged,2024-01-02,m2,,,,C,,", "B,merged,2024-01-01,m3,,,,A,,",
            "C,merged,2024-01-01,m4,,,,C,,", "B,enquired,2024-01-01,,,,,,,", "A,enquired,2024-01-02,,,,,,,",
        )  # fmt: skip
        histories = reading.by_customer()
        assert [(problem.line, problem.severity) for problem in histories.problems] == [
            (3, "error"),
            (4, "error"),
            (5, "error"),
        ]
        assert {customer: len(history) for customer, history in histories.items()} == {"B": 3}
        assert [history.customer for history in histories.values()] == ["B"]

    def test_a_voided_merge_stands_in_nobody_s_way(self) -> None:
        histories = self.rows(
            "A,merged,2024-01-01,m1,,,,B,,", "A,voided,2024-01-02,v,,,m1,,,", "A,merged,2024-01-03,m2,,,,C,,",
            "B,enquired,2024-01-01,,,,,,,", "C,enquired,2024-01-01,,,,,,,",
        ).by_customer()  # fmt: skip
        assert histories.problems == ()
        assert {customer: len(history) for customer, history in histories.items()} == {"B": 1, "C": 4}

    def test_a_merge_whose_void_is_voided_stands(self) -> None:
        histories = self.rows(
            "A,merged,2024-01-01,m1,,,,B,,", "A,voided,2024-01-02,v,,,m1,,,", "A,voided,2024-01-02,w,,,v,,,",
            "A,merged,2024-01-03,m2,,,,C,,", "B,enquired,2024-01-01,,,,,,,", "C,enquired,2024-01-01,,,,,,,",
        ).by_customer()  # fmt: skip
        assert [problem.message for problem in histories.refused] == ["customer 'A' is merged into 'B' already"]

    def test_a_void_that_falls_brings_the_next_contradiction_to_light(self) -> None:
        histories = self.rows(
            "A,enquired,2024-01-01,v,,,,,,", "A,merged,2024-01-01,m1,,,,B,,", "A,voided,2024-01-02,v,,,m1,,,",
            "A,merged,2024-01-03,m2,,,,C,,", "B,enquired,2024-01-01,,,,,,,", "C,enquired,2024-01-01,,,,,,,",
        ).by_customer()  # fmt: skip
        assert {problem.line for problem in histories.refused} == {4, 5}

    def test_the_same_ids_of_two_customers_who_are_one(self) -> None:
        histories = self.rows(
            "A,enquired,2024-01-01,1,,,,,,", "A,merged,2024-01-01,m,,,,B,,", "B,enquired,2024-01-02,1,,,,,,"
        ).by_customer()
        assert only(histories.problems).line == 4

    def test_warnings_beside_events_that_stay(self) -> None:
        reading = self.rows(
            "C1,vehicle_delivered,2024-03-01,,V1,,,,,", "C1,workshop_entered,2024-02-29,,V1,,,,,",
            "C1,vehicle_handed_over,2024-03-01,,V1,,,,,", "C1,workshop_entered,2020-01-01,,V2,,,,,",
            "C1,vehicle_recorded,2024-03-01,,V2,,,,2021-01-01,", "C1,refunded,2024-03-02,,,,R9,,,5",
            "C1,voided,2024-03-02,,,,R8,,,", "C1,merged,2024-03-02,,,,,C9,,", "C2,workshop_entered,2020-01-01,,V1,,,,,",
        )  # fmt: skip
        histories = reading.by_customer()
        assert [(problem.line, problem.column, problem.severity) for problem in histories.problems] == [
            (line, column, "warning") for line, column in ((3, "at"), (5, "at"), (7, "of"), (8, "of"), (9, "into"))
        ]
        assert sum(map(len, histories.values())) == len(reading.events) == 9
        assert "before the delivery of V1 on 2024-03-01" in histories.warnings[0].message

    def test_a_file_without_contradictions_has_none(self) -> None:
        reading = self.rows("C1,enquired,2024-01-01,,,,,,,", "C1,voided,2024-01-02,,,,f.csv:00000002,,,")
        assert reading.by_customer().problems == ()
        assert list(reading.by_customer()) == ["C1"]
