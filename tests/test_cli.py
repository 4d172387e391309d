"""The command: what it prints, what it refuses, and how it ends. Files in, one result on stdout, the rest on stderr."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import pytest

from lifecycle import Customer, InactiveFor, machines, replay, sample
from lifecycle.books import WENHUA
from lifecycle.cli import main
from lifecycle.cli.taking import churn_written, months_listed
from lifecycle.errors import LifecycleError
from lifecycle.readers import cdnow_log, read_csv
from lifecycle.show.words import ACTIVITIES

EVENTS = """\
customer,event,at,vehicle,charge,price,satisfied,kind
C1,enquired,2023-11-02,,,,,
C1,need_agreed,2023-11-04,,,,,
C1,vehicle_delivered,2023-11-20,V1,,128000,,
C1,vehicle_handed_over,2024-02-18,V1,860,,,
C1,surveyed,2024-02-21,,,,yes,CSI
C2,vehicle_handed_over,2023-08-31,V2,1860.50,,,
C2,vehicle_handed_over,2024-03-15,V2,430,,,
C2,vehicle_handed_over,2025-05-02,V2,990,,,
C3,vehicle_handed_over,2025-06-01,V3,,,,
C4,model_changed,2025-06-02,,,,,
"""
ON = ("--on", "2025-06-30")
REPLAY = ("--book", "wenhua", *ON)
SIX = ("--rule", "InactiveFor(months=6).counting(charged_visits)", *ON)


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> Ran:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Ran(end.value.code, out, err)

    return run


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    return file


def table_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# -- replay -------------------------------------------------------------------------------------------------------------


def test_replay_gives_the_fields_of_customer_for_each_customer(run: Run, events: Path) -> None:
    ran = run("replay", events, *REPLAY, "--format", "json")
    assert ran.code == 0
    assert not ran.err
    assert [one["id"] for one in ran.json] == ["C1", "C2", "C3", "C4"]
    assert all(set(one) == {field.name for field in attrs.fields(Customer)} for one in ran.json)
    first = ran.json[0]
    assert (first["stage"], first["standing"], first["satisfaction"]) == ("retention", "lost", "satisfied")
    assert first["spent"] == 860
    assert first["products"] == ["car", "service"]
    assert first["vehicles"]["V1"]["lost_due"] == "2025-02-18"
    assert first["vehicles"]["V1"]["activity"] == "lost"


def test_replay_says_what_the_library_says(run: Run, events: Path) -> None:
    found = run("replay", events, *REPLAY, "--format", "json").json
    histories = read_csv(events).by_customer(WENHUA.zone)
    from lifecycle.dates import parse_day

    for one in found:
        life = replay(histories[one["id"]], WENHUA, on=parse_day(ON[1]))
        assert one["points"] == life.customer.points
        assert one["standing"] == life.customer.standing
        assert one["last_seen"] == str(life.customer.last_seen)


def test_the_table_speaks_both_languages_and_counts(run: Run, events: Path) -> None:
    out = run("replay", events, *REPLAY).out
    assert "4 customers under wenhua (2014-11) on 2025-06-30" in out
    assert "retention 维系" in out
    assert "lost 流失" in out
    assert "客户状态" in out
    assert "1,860.50" not in out
    assert "3,280.50" in out


def test_a_long_table_says_how_much_more_there_is(run: Run, events: Path) -> None:
    out = run("replay", events, *REPLAY, "--rows", "1").out
    assert "C1" in out
    assert "C2" not in out
    assert "3 more; --rows all" in out
    assert "C4" in run("replay", events, *REPLAY, "--rows", "all").out


def test_csv_has_a_row_a_customer(run: Run, events: Path) -> None:
    rows = table_of(run("replay", events, *REPLAY, "--format", "csv").out)
    assert [row["customer"] for row in rows] == ["C1", "C2", "C3", "C4"]
    assert rows[0]["vehicles"] == "V1=lost"
    assert rows[1]["spent"] == "3280.50"
    assert rows[3]["last_visit"] == ""


def test_files_hold_what_stdout_would(run: Run, events: Path, tmp_path: Path) -> None:
    import polars as pl

    paths = [tmp_path / f"state{kind}" for kind in (".csv", ".json", ".parquet")]
    for path in paths:
        ran = run("replay", events, *REPLAY, "--out", path)
        assert ran.code == 0
        assert ran.out == ""
        assert "4 rows" in ran.err
    rows = table_of(paths[0].read_text(encoding="utf-8-sig"))
    frame = pl.read_parquet(paths[2])
    assert paths[0].read_bytes().startswith(b"\xef\xbb\xbf")  # so that a spreadsheet reads the Chinese
    assert json.loads(paths[1].read_text(encoding="utf-8")) == run("replay", events, *REPLAY, "--format", "json").json
    assert frame.columns == list(rows[0])
    assert frame["customer"].to_list() == [row["customer"] for row in rows]
    assert frame.schema["lost_due"] == pl.Date
    assert frame.schema["points"] == pl.Int64
    assert [str(day or "") for day in frame["lost_due"]] == [row["lost_due"] for row in rows]


def test_a_list_of_the_lost_lands_in_a_file_as_well(run: Run, events: Path, tmp_path: Path) -> None:
    import polars as pl

    path = tmp_path / "lost.parquet"
    assert run("lost", events, *SIX, "--out", path).out == ""
    frame = pl.read_parquet(path)
    assert frame.columns == ["customer", "vehicle", "status", "since", "because"]
    assert frame.schema["since"] == pl.Date
    assert run("points", events, *REPLAY, "--out", tmp_path / "points.csv").out == ""
    assert table_of((tmp_path / "points.csv").read_text(encoding="utf-8-sig"))[0]["issued"] == "17"


def test_every_step_can_be_had_with_its_reason(run: Run, events: Path) -> None:
    ran = run("replay", events, *REPLAY, "--steps", "--customer", "C4", "--format", "json")
    step = next(one for one in ran.json if not one["accepted"])
    assert set(step) == {"customer", "day", "event", "id", "region", "key", "before", "after", "accepted", "because"}
    assert " refuses: " in step["because"][0]
    table = run("replay", events, *REPLAY, "--steps", "--customer", "C1").out
    assert "vehicle_handed_over [charged" in table, "brackets are not taken for markup"


def test_a_customer_of_whom_nothing_is_told_names_his_neighbours(run: Run, events: Path) -> None:
    ran = run("replay", events, *REPLAY, "--customer", "C11")
    assert ran.code == 2
    assert "'C11'" in ran.err
    assert "C1" in ran.err.replace("C11", "")


# -- lost ---------------------------------------------------------------------------------------------------------------


def test_lost_says_status_since_and_because(run: Run, events: Path) -> None:
    ran = run("lost", events, *SIX, "--format", "json")
    assert ran.code == 0
    assert all(list(one) == ["customer", "vehicle", "status", "since", "because"] for one in ran.json)
    found = {one["vehicle"]: one for one in ran.json}
    assert found["V1"]["status"] == "lost"
    assert found["V1"]["since"] == "2024-08-18"
    assert found["V1"]["because"] == ["last charged visit 2024-02-18 + 6 months = 2024-08-18"]
    assert found["V2"]["status"] == "returned"
    assert found["V2"]["since"] == "2025-05-02"
    assert found["V3"]["status"] == "unseen"
    assert found["V3"]["since"] is None
    assert found["V3"]["because"]


def test_a_graded_policy_is_taken_as_well(run: Run, events: Path) -> None:
    policy = "Churn(at_risk=InactiveFor(months=1), lost=InactiveFor(months=12))"
    found = {one["vehicle"]: one for one in run("lost", events, "--rule", policy, *ON, "--format", "json").json}
    assert found["V2"]["status"] == "at_risk"
    assert found["V2"]["since"] == "2025-06-02"
    assert churn_written("InactiveFor(months=6)").lost == InactiveFor(months=6)


def test_only_the_wanted_status_is_listed(run: Run, events: Path) -> None:
    found = run("lost", events, *SIX, "--status", "lost", "--status", "returned", "--format", "json").json
    assert [one["vehicle"] for one in found] == ["V1", "V2"]
    assert run("lost", events, *SIX, "--status", "gone", "--format", "json").json == []
    assert (
        run("lost", events, *SIX, "--status", "gone", "--format", "csv").out
        == "customer,vehicle,status,since,because\n"
    )
    assert run("lost", events, *SIX, "--status", "lots").code == 2


def test_lost_takes_a_list_of_amounts(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "purchases.csv"
    file.write_text("customer,at,amount\nA,2024-12-30,12.00\nA,2025-01-31,0\nB,2024-12-31,99\n", encoding="utf-8")
    found = run("lost", file, *SIX, "--format", "json").json
    assert [(one["customer"], one["status"], one["since"]) for one in found] == [
        ("A", "lost", "2025-06-30"),  # the free one of January does not count; the last day is included
        ("B", "lost", "2025-06-30"),
    ]
    assert run("lost", file, *SIX[:2], "--on", "2025-06-29", "--format", "json").json[0]["status"] == "active"


def test_a_rule_is_parsed_and_never_run(run: Run, events: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    for rule in (f"__import__('pathlib').Path({str(made)!r}).touch()", f"InactiveFor(months=open({str(made)!r}, 'w'))"):
        ran = run("lost", events, "--rule", rule, *ON)
        assert ran.code == 2
        assert "--rule" in ran.err
        assert "column" in ran.err
        assert not ran.out
    assert not made.exists()


def test_a_misspelt_rule_names_its_place_and_neighbours(run: Run, events: Path) -> None:
    ran = run("lost", events, "--rule", "InactiveFor(months=6).counting(charged_visit)", *ON)
    assert ran.code == 2
    assert "column 32" in ran.err
    assert "charged_visits" in ran.err


# -- points -------------------------------------------------------------------------------------------------------------


def test_points_give_the_totals_of_each_account(run: Run, events: Path) -> None:
    found = run("points", events, *REPLAY, "--format", "json").json
    fields = ["customer", "balance", "issued", "redeemed", "lapsed", "reversed", "written_off", "pending"]
    assert all(list(one) == fields for one in found)
    assert {one["customer"]: one["balance"] for one in found} == {"C1": 0, "C2": 19, "C3": 0, "C4": 0}
    assert found[0] | {"customer": ""} == dict.fromkeys(fields, 0) | {"customer": "", "issued": 17, "lapsed": 17}


def test_the_lines_of_an_account_sum_to_its_balance(run: Run, events: Path) -> None:
    lines = run("points", events, *REPLAY, "--lines", "--format", "json").json
    totals = run("points", events, *REPLAY, "--format", "json").json
    for one in totals:
        assert sum(line["points"] for line in lines if line["customer"] == one["customer"]) == one["balance"]
    assert all(line["because"] for line in lines)


# -- back-test ----------------------------------------------------------------------------------------------------------

CUT = ("--cutoff", "1997-09-30", "--until", "1998-06-30")


def test_a_back_test_of_the_real_log_comes_out_as_published(run: Run) -> None:
    words = (cdnow_log(), "--map", "cdnow", "--months", "1-6", "--counting", "all_visits", *CUT)
    ran = run("backtest", *words, "--format", "json")
    assert ran.code == 0
    assert not ran.err
    assert all(list(one) == ["months", "flagged", "precision", "recall", "f1", "accuracy"] for one in ran.json)
    found = [tuple(f"{one[name]:.3f}" for name in ("precision", "recall", "accuracy")) for one in ran.json]
    assert found == [
        ("0.738", "0.976", "0.741"), ("0.764", "0.953", "0.761"), ("0.789", "0.923", "0.773"),
        ("0.810", "0.893", "0.778"), ("0.824", "0.864", "0.775"), ("0.837", "0.823", "0.764"),
    ]  # fmt: skip
    assert [one["months"] for one in ran.json] == [1, 2, 3, 4, 5, 6]


def test_a_back_test_counts_charged_visits_unless_told_otherwise(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "purchases.csv"
    file.write_text(
        "customer,at,amount\nA,1997-01-01,5\nB,1997-01-01,5\nB,1998-01-01,0\nC,1997-09-01,5\nC,1998-06-30,5\nD,1997-02-02,0\n",
        encoding="utf-8",
    )
    (found,) = run("backtest", file, "--months", "6", *CUT, "--format", "json").json
    assert found == {"months": 6, "flagged": 2, "precision": 1, "recall": 1, "f1": 1, "accuracy": 1}
    (found,) = run("backtest", file, "--months", "6", "--counting", "all_visits", *CUT, "--format", "json").json
    assert found == {"months": 6, "flagged": 3, "precision": 2 / 3, "recall": 1, "f1": 0.8, "accuracy": 0.75}
    table = run("backtest", file, "--months", "6,9", *CUT)
    assert "3 customers with a visit (charged_visits) up to 1997-09-30" in table.out
    assert "too young" in table.err
    rows = table_of(run("backtest", file, "--months", "6,9", *CUT, "--format", "csv").out)
    assert [row["months"] for row in rows] == ["6", "9"]
    assert rows[1]["precision"] == ""  # nobody is flagged: not measurable


# -- diagram ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*machines.ALL, "relationship"])
def test_every_machine_can_be_drawn(run: Run, name: str) -> None:
    assert run("diagram", name).out.startswith("<svg")
    assert run("diagram", name.upper().replace("_", "-"), "--format", "mermaid").out.startswith("stateDiagram")
    assert run("diagram", name, "--format", "dot").out.startswith("digraph")
    assert (
        len(run("diagram", name, "--format", "json").json)
        == len(table_of(run("diagram", name, "--format", "csv").out))
        > 0
    )


def test_a_picture_in_chinese_lands_in_a_file(run: Run, tmp_path: Path) -> None:
    ran = run("diagram", "activity", "--zh", "--out", tmp_path / "a.svg")
    assert ran.code == 0
    assert not ran.out
    assert "存在流失风险" in (tmp_path / "a.svg").read_text(encoding="utf-8")


# -- what is wrong ------------------------------------------------------------------------------------------------------

HEAD = "customer,event,at,vehicle,charge,id\n"
GOOD = "G,vehicle_handed_over,2025-06-01,VG,100,G1\n"
BAD_ROWS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "unknown event": (b"B,vehicle_handed_ovr,2025-01-01,V,5,B1\n", (":3 column event", "vehicle_handed_over")),
    "unreadable date": (b"B,vehicle_handed_over,31/02/25,V,5,B1\n", (":3 column at", "2024-02-29")),
    "a day that is none": (b"B,vehicle_handed_over,2025-02-29,V,5,B1\n", (":3 column at", "2024-02-29")),
    "negative charge": (b"B,vehicle_handed_over,2025-01-01,V,-5,B1\n", (":3 column charge", "negative", "refunded")),
    "one id with two contents": (b"G,vehicle_handed_over,2025-06-01,VG,101,G1\n", (":3", "'G1'", "voided")),
    "NUL": (b"B,vehicle_handed\0over,2025-01-01,V,5,B1\n", (":3", "NUL", "character")),
    "half a letter": (b"B,vehicle_handed_over,2025-01-01,\xff\xff,5,B1\n", (":3", "byte")),
    "too many cells": (b"B,vehicle_handed_over,2025-01-01,V,5,B1,x\n", (":3",)),
}


@pytest.mark.parametrize("bad", BAD_ROWS)
def test_a_bad_row_is_told_with_place_and_remedy_and_the_rest_goes_on(run: Run, tmp_path: Path, bad: str) -> None:
    row, told = BAD_ROWS[bad]
    file = tmp_path / "bills.csv"
    file.write_bytes((HEAD + GOOD).encode() + row)
    ran = run("replay", file, *REPLAY, "--format", "json")
    assert ran.code == 2
    assert all(word in ran.err for word in ("bills.csv", *told)), ran.err
    assert [one["id"] for one in ran.json] == ["G"]
    assert ran.json[0]["spent"] == 100
    assert run("replay", file, *REPLAY, "--lenient").code == 0


def test_a_visit_before_the_delivery_is_told_and_taken(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bills.csv"
    file.write_text(
        "customer,event,at,vehicle\nC,vehicle_delivered,2024-01-01,V\nC,vehicle_handed_over,2023-12-31,V\n",
        encoding="utf-8",
    )
    ran = run("replay", file, *REPLAY, "--format", "json")
    assert ran.code == 2
    assert "bills.csv:3" in ran.err
    assert "before the delivery" in ran.err
    assert "check both days" in ran.err
    assert ran.json[0]["vehicles"]["V"]["visits"] == 1


BAD_FILES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "an empty file": (b"", ("bad.csv", "empty", "customer,event,at")),
    "an unknown column": (b"customer,event,at,chrage\nC,enquired,2025-01-01,5\n", ("bad.csv:1", "'chrage'", "charge")),
    "a missing column": (b"customer,event\nC,enquired\n", ("bad.csv:1", "at")),
    "a workbook": (b"PK\x03\x04" + bytes(200), ("bad.csv", "Excel", "save it as CSV")),
    "a binary file": (bytes(500), ("bad.csv", "NUL")),
}


@pytest.mark.parametrize("bad", BAD_FILES)
def test_a_file_that_cannot_be_read_is_an_error_with_its_remedy(run: Run, tmp_path: Path, bad: str) -> None:
    content, told = BAD_FILES[bad]
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    ran = run("replay", file, *REPLAY)
    assert ran.code == 2
    assert not ran.out
    assert all(word in ran.err for word in told), ran.err
    assert "Traceback" not in ran.err


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads its memory off Linux's /proc")
def test_a_line_of_200_megabytes_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    with file.open("wb") as made:
        made.write((HEAD + GOOD).encode() + b"B," + b"x" * 2_000_000)
        made.truncate(200_000_000)  # a hole reads as NULs, and takes no room on the disk
        made.seek(0, os.SEEK_END)
        made.write(b"\n" + GOOD.replace("G1", "G2").encode())
    code = (
        # the high-water mark of this process alone: getrusage would tell that of the one that started it, too
        "import re, sys\nfrom pathlib import Path\nfrom lifecycle.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally:\n"
        "    mark = re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())\n"
        "    print('peak', int(mark[1]) // 1024, file=sys.stderr)\n"
    )
    words = [sys.executable, "-c", code, "replay", str(file), *REPLAY, "--format", "json"]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert re.search(r"long\.csv:3: the line is [\d,]{11} bytes long", done.stderr), done.stderr
    assert json.loads(done.stdout)[0]["spent"] == 200  # the rows before and after it
    assert int(done.stderr.split("peak")[1]) < 250


def test_all_problems_go_to_a_file_and_a_few_to_stderr(run: Run, tmp_path: Path) -> None:
    file, problems = tmp_path / "bills.csv", tmp_path / "problems.csv"
    file.write_text(
        HEAD + "".join(f"B,vehicle_handed_over,2025-13-{day},V,5,B{day}\n" for day in range(1, 31)), encoding="utf-8"
    )
    ran = run("replay", file, *REPLAY, "--problems", problems)
    rows = table_of(problems.read_text(encoding="utf-8-sig"))
    assert len(rows) == 30
    assert rows[4] == rows[4] | {
        "file": "bills.csv",
        "line": "6",
        "column": "at",
        "severity": "error",
    }
    assert ran.err.count("bills.csv:") == 10
    assert "30 problems" in ran.err
    assert "problems.csv" in ran.err


def test_an_odd_vin_alone_spoils_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bills.csv"
    file.write_text(HEAD + "C,vehicle_handed_over,2025-01-01,LGBJ112E0LA000207,5,1\n", encoding="utf-8")
    ran = run("replay", file, *REPLAY)
    assert ran.code == 0
    assert "check digit" in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["replay", "EVENTS", "--book", "wenhau", *ON], ("--book", "wenhua")),
        (["replay", "EVENTS", "--book", "wenhua", "--on", "2025-06-31"], ("--on", "YYYY-MM-DD")),
        (["replay", "EVENTS", "--book", "wenhua"], ("--on",)),
        (["replay", "EVENTS", *REPLAY, "--out", "state.xls"], ("state.xls", ".csv")),
        (["replay", "EVENTS", *REPLAY, "--out", "no/such/state.csv"], ("state.csv",)),
        (["replay", "EVENTS", *REPLAY, "--map", "dsm"], ("dsm", "dms")),
        (["replay", "EVENT", *REPLAY], ("EVENT",)),
        (["replay", "FOLDER", *REPLAY], ("FOLDER", "--map")),
        (["diagram", "stgae"], ("'stgae'", "stage")),
        (["repaly"], ("repaly",)),
        (["backtest", "EVENTS", "--counting", "all", *CUT], ("--counting", "all_visits")),
        (["backtest", "EVENTS", "--months", "6-1", *CUT], ("--months", "1-6")),
        (["backtest", "EVENTS", "--cutoff", "2025-01-01", "--until", "2025-01-01"], ("until=2025-01-01",)),
        (["lost", "EVENTS", *SIX, "--format", "xml"], ("xml", "json")),
        (["lost", "EVENTS", *SIX, "--rows", "many"], ("many", "all")),
    ],
)
def test_a_wrong_argument_is_told_with_its_neighbours(
    run: Run, events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Sequence[str], told: Sequence[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FOLDER").mkdir()
    ran = run(*(str(events) if word == "EVENTS" else word for word in words))
    assert ran.code == 2
    assert not ran.out
    assert "Traceback" not in ran.err
    assert all(word in ran.err for word in told), ran.err


def test_months_are_listed_as_people_write_them() -> None:
    assert months_listed("1-6") == (1, 2, 3, 4, 5, 6)
    assert months_listed("12, 3") == (3, 12)
    assert months_listed("6") == (6,)
    for wrong in ("", "0", "6-1", "1-", "a", "-3", "1-200"):
        with pytest.raises(LifecycleError):
            months_listed(wrong)


# -- the process --------------------------------------------------------------------------------------------------------


def spawn(*words: str, into: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    variables = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-m", "lifecycle", *words],
        input=into.encode(),
        capture_output=True,
        check=False,
        env=variables,
    )


def test_stdin_is_a_file_like_any_other(events: Path) -> None:
    done = spawn("replay", "-", *REPLAY, "--format", "json", into=EVENTS)
    assert done.returncode == 0
    assert [one["id"] for one in json.loads(done.stdout)] == ["C1", "C2", "C3", "C4"]
    done = spawn("lost", "-", *SIX, into=HEAD + "C,x,2025-01-01,,,\n")
    assert done.returncode == 2
    assert b"stdin:2" in done.stderr


def test_chinese_is_utf8_whatever_the_terminal_says(events: Path) -> None:
    for encoding in ("ascii", "cp1252", "utf-8"):
        done = spawn("replay", str(events), *REPLAY, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert done.returncode == 0
        assert "lost 流失" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_who_reads_no_further_hears_no_complaint(tmp_path: Path, form: str) -> None:
    file = tmp_path / "many.csv"
    file.write_text(
        HEAD + "".join(f"C{n:05},vehicle_handed_over,2025-01-01,V,5,\n" for n in range(5_000)), encoding="utf-8"
    )
    words = [sys.executable, "-m", "lifecycle", "replay", str(file), *REPLAY, "--rows", "all", "--format", form]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_without_click_the_extra_is_named() -> None:
    code = "import sys; sys.modules['click'] = None; from lifecycle.cli import main; main(['--help'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert 'pip install "dealer-lifecycle[cli]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_command_and_format(run: Run) -> None:
    ran = run("--help")
    assert ran.code == 0
    assert all(name in ran.out for name in ("replay", "lost", "points", "backtest", "diagram", "demo"))
    assert all(name in run("lost", "--help").out for name in (*ACTIVITIES, "table", "json", "csv", "--rule"))
    assert run("--version").out.startswith("lifecycle, version")


# -- compare and check ----------------------------------------------------------------------------------------------------

TWO_YEARS = ("--book", "wenhua", "--set", "churn.lost=InactiveFor(months=24)", *ON)


def test_compare_holds_another_edition_against_the_book(run: Run, events: Path) -> None:
    ran = run("compare", events, *TWO_YEARS, "--format", "json")
    assert ran.code == 0
    lost = next(one for one in ran.json if (one["measure"], one["value"]) == ("standing", "lost"))
    assert lost == {
        "measure": "standing", "of": "customer", "value": "lost", "base": 1, "changed": 0, "entered": 0, "left": 1,
        "difference": -1, "unit": "", "base_edition": "2014-11", "changed_edition": "churn.lost=InactiveFor(months=24)",
    }  # fmt: skip
    assert {one["unit"] for one in ran.json if one["measure"] == "benefits"} == {"fen"}
    # a bare rule counts what the book's own counts
    assert "InactiveFor(months=24).counting(all_visits)" in ran.err
    table = run("compare", events, *TWO_YEARS)
    assert "relabelled, not behaviour" in table.out
    assert "lifecycle.simulate" in table.out
    rows = table_of(run("compare", events, *TWO_YEARS, "--format", "csv", "--weeks", "2").out)
    assert len([row for row in rows if row["measure"] == "lost_due"]) == 2


def test_many_changes_head_a_column_by_their_paths(run: Run, events: Path) -> None:
    gold, doubled = "benefits.discounts.1.percent=20", "points.earn={term={earn={ordinary=1},per=50},times=2}"
    heads = {
        "churn.lost.months=9, benefits.discounts.1.percent=20": ("churn.lost.months=9", gold),
        "churn.lost.months, points.earn": ("churn.lost.months=9", doubled),
        "churn.lost.months and 3 more": ("churn.lost.months=9", gold, doubled, "readings.service_repeats=true"),
    }
    for head, changes in heads.items():
        told = [word for change in changes for word in ("--set", change)]
        ran = run("compare", events, "--book", "wenhua", *told, *ON)
        assert ran.code == 0, ran.err
        assert ran.out.startswith(f"2014-11 → {head} on ")
    assert run("compare", events, "--book", "wenhua", "--against", "chizhou", *ON).code == 0


def test_compare_writes_a_page_that_stands_alone_in_either_language(run: Run, events: Path, tmp_path: Path) -> None:
    for lang, said in (("en", "Who is called what"), ("zh", "状态划分")):
        page = tmp_path / f"{lang}.html"
        ran = run("compare", events, *TWO_YEARS, "--html", page, "--lang", lang)
        assert ran.code == 0
        text = page.read_text(encoding="utf-8")
        assert said in text
        assert f'lang="{lang}"' in text
        assert "churn.lost.months" in text
        assert "last visit 2024-02-18 + 24 months = 2026-02-18" in text
        assert "<script" not in text
        assert not re.search(r"(?:src|href)=[\"'](?!#)", text)
        assert not re.search(r"url\(|@import", text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--set"),
        (("--set", "churn.lost"), "PATH=VALUE"),
        (("--set", "churn.lots.months=9"), "did you mean churn.lost"),
        (("--set", "churn.lost=InactivFor(months=9)"), "did you mean InactiveFor?"),
        (("--set", "churn.lost=InactiveFor(months=4)"), "comes after lost"),
        (("--set", "churn.lost.months=9", "--set", "churn.lost.months=8"), "set twice"),
        (("--set", "churn.lost.months=9", "--against", "chizhou"), "not both"),
        (("--against", "chizou"), "did you mean chizhou?"),
        (("--against", "none.toml"), "No such file"),
    ],
)
def test_compare_refuses_what_it_cannot_do(run: Run, events: Path, words: Sequence[str], said: str) -> None:
    ran = run("compare", events, "--book", "wenhua", *ON, *words)
    assert ran.code == 2
    assert said in ran.err
    assert not ran.out


def test_a_book_of_ones_own_is_a_file_wherever_a_book_is_named(run: Run, events: Path, tmp_path: Path) -> None:
    book = tmp_path / "ours.toml"
    book.write_text('base = "wenhua"\nedition = "x"\n[amend]\n"churn.lost.months" = 24\n', encoding="utf-8")
    found = run("replay", events, "--book", book, *ON, "--format", "json").json
    assert found[0]["vehicles"]["V1"]["activity"] == "at_risk"
    ran = run("compare", events, "--book", "wenhua", "--against", book, *ON, "--format", "json")
    told = run("compare", events, *TWO_YEARS, "--format", "json").json
    assert [{**one, "changed_edition": "x"} for one in told] == ran.json


REFORMS = """\
base = "wenhua"
edition = "2023"

[[reforms]]
from = 2024-03-01
edition = "double"
path = "points.earn"
value = [{earn = {ordinary = 2}, per = 50}]

[[reforms]]
from = 2025-01-01
path = "churn.lost"
value = "InactiveFor(months=24)"
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    file = tmp_path / "house.toml"
    file.write_text(REFORMS, encoding="utf-8")
    return file


def test_a_book_with_reforms_is_taken_wherever_a_book_is(run: Run, events: Path, house: Path) -> None:
    found = run("replay", events, "--book", house, *ON, "--format", "json").json
    assert found[0]["vehicles"]["V1"]["activity"] == "at_risk", "24 months, by the edition of the day"
    eve = run("replay", events, "--book", house, "--on", "2024-12-31")
    assert "under wenhua (double from 2024-03-01) on 2024-12-31" in eve.out
    assert "under wenhua (2025-01-01) on" in run("replay", events, "--book", house, *ON).out
    lines = run("points", events, "--book", house, *ON, "--lines", "--format", "json").json
    assert [(line["customer"], line["points"]) for line in lines if line["move"] == "issued"] == [
        ("C1", 17), ("C2", 37), ("C2", 16), ("C2", 38),
    ]  # fmt: skip
    totals = run("points", events, "--book", house, *ON, "--format", "json").json
    assert [one["issued"] for one in totals] == [17, 37 + 16 + 38, 0, 0]


def test_compare_says_which_editions_on_which_days(run: Run, events: Path, house: Path, tmp_path: Path) -> None:
    against = run("compare", events, "--book", "wenhua", "--against", house, *ON, "--format", "json")
    assert against.code == 0
    (issued,) = (one for one in against.json if one["measure"] == "issued")
    assert (issued["base"], issued["changed"]) == (17 + 37 + 8 + 19, 17 + 37 + 16 + 38)
    assert (issued["base_edition"], issued["changed_edition"]) == ("2014-11", "2025-01-01")
    assert "from 2024-03-01: points.earn" in against.err
    assert "from 2025-01-01: churn.lost.months: 12 → 24" in against.err
    mine = run("compare", events, "--book", house, "--set", "churn.lost.months=9", *ON)
    assert "from 2025-01-01: churn.lost.months: 24 → 9" in mine.out
    assert re.search(r"points issued +108 +108 ", mine.out)
    assert "the edition of the day tells states" in mine.out
    page = tmp_path / "page.html"
    once = ("--set", "points.earn={earn={ordinary=3},per=50}", "--since", "2024-03-15", "--html", page)
    ran = run("compare", events, "--book", house, *once, *ON)
    assert "from 2024-03-15 to 2024-12-31: points.earn" in ran.out, "until the next edition begins"
    assert re.search(r"points issued +108 +116 ", ran.out), "16 + 8 on its first day"
    assert "from 2024-03-15 to 2024-12-31" in page.read_text(encoding="utf-8")
    reform = run("compare", events, "--book", "wenhua", *once[:-2], *ON, "--format", "csv")
    assert "2014-11 → points.earn={earn={ordinary=3},per=50} from 2024-03-15 on 2025-06-30" in reform.err
    (issued,) = (row for row in table_of(reform.out) if row["measure"] == "issued")
    assert int(issued["difference"]) == 2 * (8 + 19)
    none = run("compare", events, "--book", house, "--against", house, *ON, "--format", "json")
    assert not any(one["entered"] or one["left"] for one in none.json)
    for words, said in (
        (("--set", "churn.lost.months=9", "--since", "2025-07-01"), "since=2025-07-01 lies after on=2025-06-30"),
        (("--against", "chizhou", "--since", "2025-01-01"), "--since says from when on --set holds"),
    ):
        ran = run("compare", events, "--book", house, *words, *ON)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err


def test_check_tries_every_edition(run: Run, house: Path) -> None:
    ran = run("check", house, "--examples", "1", "--format", "json")
    assert ran.code == 0
    assert [one["check"] for one in ran.json] == [
        "schema",
        *(
            name + begins
            for begins in ("", " from 2024-03-01", " from 2025-01-01")
            for name in ("churn", "points", "benefits")
        ),
    ]
    assert ran.json[0]["says"] == "wenhua 2023, double from 2024-03-01, 2025-01-01"
    assert "Earn(2, per=50)" in ran.json[5]["says"]
    house.write_text(REFORMS.replace("months=24", "months=3"), encoding="utf-8")
    ran = run("check", house)
    assert ran.code == 2
    assert "house.toml, line" in ran.err
    assert "reforms[1]" in ran.err


def test_check_reads_a_book_and_tries_its_laws(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    book = tmp_path / "ours.toml"
    book.write_text('base = "wenhua"\nedition = "x"\n[amend]\n"churn.lost.months" = 24\n', encoding="utf-8")
    ran = run("check", book, "--examples", "2", "--format", "json")
    assert ran.code == 0
    assert [(one["check"], one["result"]) for one in ran.json] == [
        ("schema", "ok"), ("churn", "ok"), ("points", "ok"), ("benefits", "ok"),
    ]  # fmt: skip
    assert not (tmp_path / ".hypothesis").exists()
    book.write_text('base = "wenhua"\nedition = "x"\n[amend]\n"churn.lost.month" = 24\n', encoding="utf-8")
    ran = run("check", book)
    assert ran.code == 2
    assert "ours.toml, line 4" in ran.err
    assert "churn.lost.months" in ran.err
    assert run("check", "-", "--schema").json["$schema"].startswith("https://json-schema.org/")
    assert run("check", tmp_path / "none.toml").code == 2


def test_check_says_which_law_a_policy_breaks(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lifecycle.testing import whole_book

    def broken(*_: object, **__: object) -> None:
        raise AssertionError("LC2: the due day came earlier")

    monkeypatch.setattr(whole_book, "check_churn_rule", broken)
    book = tmp_path / "ours.toml"
    book.write_text('base = "regulation"\nedition = "x"\n', encoding="utf-8")
    ran = run("check", book, "--examples", "1", "--format", "json")
    assert ran.code == 2
    assert ran.json[1] == {"check": "churn", "result": "broken", "says": "LC2: the due day came earlier"}


def test_parquet_files_are_replayed_into_a_parquet_file(run: Run, tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    from lifecycle import columns

    house = columns.frame(sample(customers=20, seed=7))
    (tmp_path / "events").mkdir()
    house[:100].write_parquet(tmp_path / "events" / "1.parquet")
    house[100:].write_parquet(tmp_path / "events" / "2.parquet")
    out = tmp_path / "state.parquet"
    done = run("replay", tmp_path / "events", *REPLAY, "--out", out)
    assert (done.code, done.out) == (0, "")
    found = pl.read_parquet(out)
    assert done.err == f"{out}: {found.height} rows\n"
    assert found.equals(columns.replay(house, WENHUA, on=date(2025, 6, 30)))
    one = tmp_path / "events" / "1.parquet"
    for words, why in (
        ((), "--out customers.parquet"),
        (("--out", tmp_path / "state.csv"), "--out customers.parquet"),
        (("--out", out, "--steps"), "leave --steps away"),
        (("--out", out, "--map", "dms"), "--map is for files of text"),
    ):
        refused = run("replay", one, *REPLAY, *words)
        assert refused.code == 2
        assert why in refused.err
