"""The demo: its figures of the real log against an independent count, its page, its files, the commands it names."""

import csv
import io
import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from dateutil.relativedelta import relativedelta
from rich.console import Console

from lifecycle import demo as demo_room
from lifecycle.cli import main
from lifecycle.demo import Demo, run_demo
from lifecycle.demo import house as house_room
from lifecycle.demo.purchases import RULES, rule_run
from lifecycle.demo.telling import tries
from lifecycle.errors import LifecycleError
from lifecycle.readers import cdnow_log

ON = date(1998, 6, 30)
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(scope="module")
def demo(folder: Path, said: io.StringIO) -> Demo:
    return run_demo(folder, Console(file=said, width=120), QUIET)


@pytest.fixture(scope="module")
def page(demo: Demo, folder: Path) -> str:
    assert demo.written
    return (folder / "index.html").read_text(encoding="utf-8")


# -- the real log -------------------------------------------------------------------------------------------------------


def charged_days() -> dict[str, list[date]]:
    """Each customer's days with a charged purchase, in order, straight from the file."""
    days: dict[str, set[date]] = {}
    for line in cdnow_log().read_text(encoding="ascii").splitlines()[1:]:
        customer, day, _, dollars = line.split()
        mine = days.setdefault(customer, set())
        if float(dollars) > 0:
            mine.add(date(int(day[:4]), int(day[4:6]), int(day[6:])))
    return {customer: sorted(mine) for customer, mine in days.items()}


def counted(on: date, at_risk: int | None, lost: int) -> Counter[str]:
    """Where each customer stands, by the last purchase and the gap before it; nothing of the library but the log's place."""
    found: Counter[str] = Counter()
    for days in charged_days().values():
        known = [day for day in days if day <= on]
        if not known:
            found["unseen"] += 1
        elif known[-1] + relativedelta(months=lost) <= on:
            found["lost"] += 1
        elif at_risk is not None and known[-1] + relativedelta(months=at_risk) <= on:
            found["at_risk"] += 1
        elif len(known) > 1 and known[-2] + relativedelta(months=lost) <= known[-1]:
            found["returned"] += 1
        else:
            found["active"] += 1
    return found


@pytest.mark.parametrize(("number", "at_risk", "lost"), [(0, None, 6), (1, 6, 12)])
def test_the_real_log_comes_out_as_an_independent_count_has_it(
    demo: Demo, number: int, at_risk: int | None, lost: int
) -> None:
    assert demo.purchases is not None
    run = demo.purchases.runs[number]
    assert run.counts == dict(counted(ON, at_risk, lost))
    assert run.months[-1].counts == run.counts
    for month in (run.months[7], run.months[12]):  # August 1997, January 1998
        assert month.counts == dict(counted(month.day, at_risk, lost))


def test_the_figures_of_the_real_log(demo: Demo) -> None:
    assert demo.purchases is not None
    found = demo.purchases
    assert (found.rows, found.customers, found.free, found.repeated) == (69_659, 23_570, 80, 255)
    assert found.problems == ()
    six, graded = (run.counts for run in found.runs)
    assert six == {"active": 3_538, "returned": 1_836, "lost": 18_128, "unseen": 68}
    assert graded == {"active": 4_647, "returned": 727, "at_risk": 2_958, "lost": 15_170, "unseen": 68}
    assert all(sum(month.counts.values()) == 23_570 for run in found.runs for month in run.months)
    assert not rule_run("none", RULES["six months"], (), first=ON, on=ON).counts


# -- the sample dealership ----------------------------------------------------------------------------------------------


def test_the_sample_adds_up(demo: Demo) -> None:
    house = demo.house
    assert sum(house.stages.values()) == sum(house.standings.values()) == house.customers
    assert sum(house.activities.values()) == house.vehicles
    assert sum(house.tiers.values()) == house.members
    assert house.rows
    assert house.events
    assert house.steps
    assert house.life.steps
    points = house.points
    parts = ("available", "pending", "redeemed", "lapsed", "reversed")
    assert points["issued"] == sum(points[name] for name in parts) - points["deficit"]
    assert all(one.vehicle.activity == "at_risk" for one in house.calls)


def test_rows_that_are_wrong_on_purpose_are_all_told(demo: Demo) -> None:
    lines = [problem.line for problem in demo.house.wrong]
    assert sorted(lines) == [4, 5, 6, 7, 8]  # the last row is right, in Chinese
    assert all(problem.remedy for problem in demo.house.wrong)


# -- what is shown ------------------------------------------------------------------------------------------------------


def test_terminal_and_page_show_the_same_figures(demo: Demo, said: io.StringIO, page: str) -> None:
    assert demo.purchases is not None
    text = said.getvalue()
    figures = [f"{number:,}" for run in demo.purchases.runs for number in run.counts.values()]
    figures += [
        f"{number:,}" for number in (*demo.house.activities.values(), demo.house.points["balance"], demo.house.refused)
    ]
    assert not [figure for figure in figures if figure not in text or figure not in page]
    for words in ("流失返回", "存在流失风险", "1998-06-30", "InactiveFor(months=6).counting(charged_visits)"):
        assert words in text
        assert words in page


def test_the_table_in_the_docs_is_the_one_that_is_printed(said: io.StringIO, demo: Demo) -> None:
    docs = (Path(__file__).parents[1] / "docs" / "how-to" / "demo.md").read_text(encoding="utf-8")
    shown = [line.split() for line in said.getvalue().splitlines()]
    table = docs.split("```text\n")[1].split("```")[0]
    assert not [line for line in table.splitlines() if line.split() not in shown]


def test_both_say_that_the_sample_is_invented(said: io.StringIO, page: str) -> None:
    assert "invented" in said.getvalue()
    assert "Synthetic" in page
    assert "虚构" in said.getvalue()
    assert "虚构" in page


def elements(page: str) -> Iterator[ET.Element]:
    yield from ET.fromstring(page.removeprefix("<!DOCTYPE html>\n")).iter()


def test_the_page_is_well_formed_and_needs_nothing_but_itself(page: str) -> None:
    names = Counter(element.tag.rpartition("}")[2] for element in elements(page))
    assert not {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "use",
        "image",
        "foreignObject",
    } & set(names)
    assert names["svg"] == 9  # a life, and four machines in two languages
    for element in elements(page):
        for name, value in element.attrib.items():
            assert not name.startswith("on"), f"{element.tag} {name}"
            assert name.rpartition("}")[2] not in ("src", "srcset", "data"), f"{element.tag} {name}"
            if name.rpartition("}")[2] == "href":
                assert value.startswith("#"), value
    rest = page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.findall(r"https?:|//[a-z]|@import|url\(", rest)


def test_anchors_lead_somewhere_and_no_id_is_given_twice(page: str) -> None:
    ids = Counter(element.attrib["id"] for element in elements(page) if "id" in element.attrib)
    assert max(ids.values()) == 1
    assert {element.attrib["href"] for element in elements(page) if "href" in element.attrib} <= {
        f"#{name}" for name in ids
    }


def test_the_pictures_are_files_of_their_own(demo: Demo, folder: Path) -> None:
    names = {path.name for path in folder.glob("*.svg")}
    assert names == {f"{name}{zh}.svg" for name in ("stage", "relationship", "activity", "sale") for zh in ("", ".zh")}
    for name in names:
        ET.fromstring((folder / name).read_text(encoding="utf-8"))
    assert set(demo.written) == {"index.html", "*.svg", "sample", "wrong.csv"}


def test_the_commands_it_names_run(demo: Demo, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.purchases is not None
    lines = list(tries(folder, demo.purchases.path, str(demo.house.on)))
    known = set(main_commands())
    for line in lines:
        words = shlex.split(line)
        words = words[words.index("lifecycle") + 1 :] if "lifecycle" in words else words[1:]
        assert words[0] in known, line
        with pytest.raises(SystemExit) as end:
            main(words)
        wrong = any(word.endswith("wrong.csv") for word in words)
        assert end.value.code == (2 if wrong else 0), (line, capsys.readouterr().err)
    capsys.readouterr()
    with (folder / "state.csv").open(encoding="utf-8-sig", newline="") as state:
        assert sum(1 for _ in csv.DictReader(state)) >= demo.house.customers


def main_commands() -> list[str]:
    from lifecycle.cli.commands import lifecycle

    return list(lifecycle.commands)


def test_without_the_log_it_says_how_to_get_it_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(console: Console) -> None:
        raise LifecycleError("the log is not here", argument="package", remedy="pip install --no-deps Lifetimes")

    monkeypatch.setattr(demo_room, "run_purchases", absent)
    said = io.StringIO()
    found = run_demo(tmp_path, Console(file=said, width=100), QUIET)
    assert found.purchases is None
    assert "pip install --no-deps Lifetimes" in said.getvalue()
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "pip install --no-deps Lifetimes" in page
    assert "Sample dealership" in page


def test_the_command_gives_the_counts_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], demo: Demo
) -> None:
    monkeypatch.setattr(demo_room, "run_purchases", lambda console: demo.purchases)
    with pytest.raises(SystemExit) as end:
        main(["demo", "--out", str(tmp_path / "here"), "--format", "json"])
    assert end.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert {"run": "purchases", "rule": "six months", "status": "lost", "customers": 18_128} in found
    assert (tmp_path / "here" / "index.html").is_file()


def test_a_life_worth_telling_is_chosen_by_what_is_in_it(demo: Demo) -> None:
    moved = {step.after for step in demo.house.life.steps if step.region == "activity"}
    assert "lost" in moved
    assert len({step.region for step in demo.house.life.steps}) >= 6
    assert demo.house.on == house_room.ON
