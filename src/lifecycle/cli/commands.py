"""The commands, each a page of its own: read, ask the library, give.

In: a parsed command line. Out: an exit code, 0 or 2. Every command takes ``--format table|json|csv``; what it computes is
the library's, nothing is decided here. Next room: :mod:`lifecycle.demo`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click
from attrs import fields
from rich.console import Console, RenderableType
from rich.text import Text

import lifecycle as package
from lifecycle.backtesting import Backtest, RuleResult
from lifecycle.backtesting import backtest as backtest_of
from lifecycle.backtesting.result import told as share_told
from lifecycle.book import Book, House
from lifecycle.churn import Churn, InactiveFor
from lifecycle.cli import WRONG
from lifecycle.cli.giving import Record, Result, give, pour, save, wide_console
from lifecycle.cli.taking import (
    Input,
    asked,
    book_named,
    book_written,
    changes_named,
    changes_written,
    churn_written,
    machine_named,
    months_listed,
    rows_wanted,
    shipped_books,
    visits_named,
)
from lifecycle.customer import STANDING_ZH, UNNAMED, Customer, Vehicle
from lifecycle.dates import parse_day
from lifecycle.errors import LifecycleError, MissingExtraError
from lifecycle.events import History
from lifecycle.life import Life, replay
from lifecycle.machine import STAYS, Machine
from lifecycle.machines import ACTIVITY, Stage
from lifecycle.machines.relationship import Relationship
from lifecycle.points import Points, Statement
from lifecycle.show.progress import Watch
from lifecycle.show.terminal import state
from lifecycle.show.words import ACTIVITIES, both, rule_of, said, share, told, why
from lifecycle.visits import VisitKind
from lifecycle.wire import amended, book_schema

__all__ = ["lifecycle"]

_F = TypeVar("_F", bound=Callable[..., Any])
_SHOWN = 40
_FORMATS = click.Choice(("table", "json", "csv"))


def _form(command: _F) -> _F:
    """What comes out, and how."""
    for option in (
        click.option(
            "--rows",
            callback=asked(rows_wanted),
            metavar="NUMBER|all",
            default=str(_SHOWN),
            show_default=True,
            help="Rows of a table; JSON and CSV have all. 表格行数",
        ),
        click.option(
            "--format", "form", type=_FORMATS, default="table", show_default=True, help="What comes out. 输出格式"
        ),
    ):
        command = option(command)
    return command


def _taking(command: _F) -> _F:
    """The arguments of every command that reads histories."""
    for option in (
        click.option("--lenient", is_flag=True, help="Exit with 0 although rows were wrong. 有坏行也返回0"),
        click.option(
            "--problems",
            "problems_to",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write every problem to this CSV file. 问题清单",
        ),
        click.option(
            "--customer",
            "customers",
            multiple=True,
            metavar="ID",
            help="Only this customer; may be repeated. 只看该客户",
        ),
        click.option("--encoding", help="Of the files, where it is not detected rightly (gb18030, utf-8). 编码"),
        click.option("--table", help="Which table of the mapping the files are, where their names do not say. 表名"),
        click.option(
            "--map",
            "mapping",
            metavar="FILE|NAME",
            help="Mapping of a dealer system's export: a TOML file, or dms, cdnow. 字段映射",
        ),
        click.argument("files", nargs=-1, required=True, metavar="FILE..."),
    ):
        command = option(command)
    return command


_out_file = click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead: .parquet, .csv or .json. 输出文件",
)


def _page(command: _F) -> _F:
    """The options of a command that can write its whole answer as a page: ``page``, ``lang``."""
    for option in (
        click.option(
            "--lang", type=click.Choice(("en", "zh")), default="en", show_default=True, help="Of the page. 网页语言"
        ),
        click.option(
            "--html", "page", type=click.Path(dir_okay=False, path_type=Path),
            help="Write the whole as a page that stands alone. 网页报告",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def _written(page: Path, text: str) -> None:
    page.write_text(text, encoding="utf-8", newline="")
    print(f"{page}: the report", file=sys.stderr)


_on = click.option(
    "--on",
    callback=asked(parse_day),
    required=True,
    metavar="DATE",
    help="As of this day, inclusive: 2025-06-30. 截至日",
)
_book = click.option(
    "--book",
    callback=asked(book_named),
    required=True,
    metavar="NAME|FILE",
    help=f"The house's book of rules: {', '.join(shipped_books())}, or a .toml or .json file. 规则手册",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package.__version__, prog_name="lifecycle")
def lifecycle() -> None:
    """The life of a dealership's customers: stages, churn, points, from files.  经销商客户生命周期

    A plain CSV file has the header customer,event,at and a column for each fact; `lost` and `backtest` also take
    customer,at,amount. Exports of a dealer system need --map. Results go to stdout; problems of the input, each with file,
    line, column and remedy, go to stderr, and then the exit code is 2.
    """


# -- replay -------------------------------------------------------------------------------------------------------------


@lifecycle.command(name="replay")
@_taking
@_book
@_on
@click.option(
    "--steps", is_flag=True, help="Every step of the lives with its reason, instead of where they end. 逐步说明"
)
@_out_file
@_form
def replay_(book: House, on: date, steps: bool, out: Path | None, form: str, rows: int | None, **taken: Any) -> int:
    """Where every customer stands on a day 客户现状

    JSON: an object a customer with the fields of Customer. With --steps: customer, day, event, id, region, key, before,
    after, accepted, because. Parquet files, and directories of them, are replayed into a Parquet file (--out), however
    large they are.
    """
    if all(_is_parquet(file) for file in taken["files"]):
        _replay_parquet(taken, book, on, steps, out)
        return 0
    given = Input(**taken)
    lives = _lives(given.histories(), book, on)
    result = _steps_result(list(lives)) if steps else _customers_result([life.customer for life in lives], book, on)
    _out(result, out, form, rows)
    return WRONG if given.spoiled else 0


def _is_parquet(file: str) -> bool:
    path = Path(file)
    return next(path.rglob("*.parquet"), None) is not None if path.is_dir() else path.suffix.lower() == ".parquet"


def _replay_parquet(taken: Mapping[str, Any], book: House, on: date, steps: bool, out: Path | None) -> None:
    for name, option in (("mapping", "--map"), ("table", "--table"), ("customers", "--customer")):
        if taken.get(name):
            raise LifecycleError(
                f"{option} is for files of text", argument=option, value=taken[name],
                remedy="Parquet files hold the tidy form: customer, event, at, id, vehicle and a column a fact",
            )  # fmt: skip
    if steps:
        raise LifecycleError(
            "steps are told one by one, from files of text", argument="--steps", value=True, remedy="leave --steps away"
        )
    if out is None or out.suffix.lower() != ".parquet":
        raise LifecycleError(
            "Parquet files are replayed into a Parquet file", argument="--out", value=None if out is None else str(out),
            remedy="--out customers.parquet",
        )  # fmt: skip
    from lifecycle.columns import replay_parquet

    rows = replay_parquet(taken["files"], book, on=on, out=out)
    print(f"{out}: {rows:,} rows", file=sys.stderr)


def _lives(histories: Mapping[str, History], book: House, on: date) -> Iterator[Life]:
    with Watch(Console(stderr=True), "replaying 重放") as watch:
        for history in watch.over(histories.values()):
            yield replay(history, book, on=on)


def _out(result: Result, out: Path | None, form: str, rows: int | None) -> None:
    if out is None:
        give(result, form, most=rows)
    else:
        save(result, out)


_CUSTOMER = tuple(one.name for one in fields(Customer))
_FLAT = (
    "customer",
    *(name for name in _CUSTOMER if name not in ("id", "vehicles")),
    "last_visit",
    "last_charged_visit",
    "lost_due",
    "vehicles",
)


def _customer_record(customer: Customer) -> Record:
    return {name: getattr(customer, name) for name in _CUSTOMER}


def _customer_flat(customer: Customer) -> Record:
    record = {name: getattr(customer, "id" if name == "customer" else name) for name in _FLAT}
    return record | {"vehicles": {vin: car.activity for vin, car in customer.vehicles.items()}}


def _cars(customer: Customer) -> Text:
    parts: list[Text] = []
    for vin, car in customer.vehicles.items():
        parts.append(Text.assemble("" if vin == UNNAMED else f"{vin} ", state(car.activity)))
    return Text(", ").join(parts)


def _customers_result(customers: Sequence[Customer], book: House, on: date) -> Result:
    standings = Counter(customer.standing for customer in customers)
    stages = Counter(customer.stage for customer in customers)
    above = [
        Text(f"{len(customers):,} customers under {book.name} ({book.label(on)}) on {on}", style="bold"),
        _counted("standing", [(name, standings[name]) for name in STANDING_ZH]),
        _counted("stage", [(stage.value, stages[stage]) for stage in Stage]),
    ]
    shown: dict[str, Callable[[Record], RenderableType]] = {
        "customer": lambda row: row["it"].id,
        "stage": lambda row: both(row["it"].stage.value),
        "standing": lambda row: state(row["it"].standing),
        "satisfaction": lambda row: both(row["it"].satisfaction),
        "points": lambda row: said(row["it"].points),
        "spent": lambda row: said(row["it"].spent),
        "last_visit": lambda row: said(row["it"].last_visit),
        "lost_due": lambda row: said(row["it"].lost_due),
        "vehicles": lambda row: _cars(row["it"]),
    }
    return Result(
        [{"it": customer} for customer in customers],
        _FLAT,
        shown,
        numbers=frozenset(("points", "spent")),
        folding=frozenset(("vehicles",)),
        spare=("spent", "satisfaction", "last_visit", "stage"),
        above=above,
        flat=lambda row: _customer_flat(row["it"]),
        objects=lambda row: _customer_record(row["it"]),
    )


def _counted(name: str, counts: Sequence[tuple[str, int]]) -> Text:
    words = [Text.assemble(state(word), f" {number:,}") for word, number in counts if number]
    return Text.assemble((f"{both(name)}: ", "bold"), Text(" · ").join(words))


_STEP = ("customer", "day", "event", "id", "region", "key", "before", "after", "accepted", "because")


def _steps_result(lives: Sequence[Life]) -> Result:
    records = [
        {
            "customer": life.history.customer,
            **{name: getattr(step, name) for name in _STEP[1:]},
            "step": step,
        }
        for life in lives
        for step in life.steps
    ]
    shown: dict[str, Callable[[Record], RenderableType]] = {
        "customer": lambda row: row["customer"],
        "day": lambda row: said(row["day"]),
        "event": lambda row: told(row["event"]),
        "region": lambda row: both(row["region"]) + ("" if row["key"] in (None, UNNAMED) else f" {row['key']}"),
        "change": _change,
        "because": lambda row: "; ".join(why(row["step"])),
    }
    refused = sum(not record["accepted"] for record in records)
    above = [Text(f"customers {len(lives):,} · steps {len(records):,} · refused {refused:,}", style="bold")]
    return Result(
        records,
        _STEP,
        shown,
        folding=frozenset(("because",)),
        above=above,
        objects=lambda row: {name: row[name] for name in _STEP},
    )


def _change(row: Record) -> Text:
    before, after = both(row["before"], row["region"]), both(row["after"], row["region"])
    if not row["accepted"]:
        return Text(f"refused 被拒, {before} stays", style="red")
    return Text(f"{before} stays" if row["before"] == row["after"] else f"{before} → {after}")


# -- lost ---------------------------------------------------------------------------------------------------------------

_LOST = ("customer", "vehicle", "status", "since", "because")


@lifecycle.command()
@_taking
@click.option(
    "--rule",
    "churn",
    callback=asked(churn_written),
    required=True,
    metavar="RULE",
    help="'InactiveFor(months=6).counting(charged_visits)'; also 'Churn(at_risk=…, lost=…)'. It is parsed, never run. 流失规则",
)
@_on
@click.option(
    "--status",
    "wanted",
    multiple=True,
    type=click.Choice(ACTIVITIES),
    help="Only vehicles of this status; may be repeated. 只看该状态",
)
@_out_file
@_form
def lost(
    churn: Churn, on: date, wanted: Sequence[str], out: Path | None, form: str, rows: int | None, **taken: Any
) -> int:
    """Which vehicles are lost, since when, and why 流失清单

    Every vehicle has a status: active, returned, at_risk, quasi_lost, lost, gone or unseen. JSON: customer, vehicle (- where
    the data name none), status, since, because.
    """
    given = Input(**taken)
    book = Book(name="rule", edition=rule_of(churn), churn=churn, points=Points())
    records = [record for life in _lives(given.histories(), book, on) for record in _statuses(life)]
    counts = Counter(str(record["status"]) for record in records)
    if wanted:
        records = [record for record in records if record["status"] in wanted]
    _out(_lost_result(records, counts, churn, on), out, form, rows)
    return WRONG if given.spoiled else 0


def _statuses(life: Life) -> Iterator[Record]:
    customer = life.customer
    for vin, car in customer.vehicles.items():
        decision = life.book.churn.decide(car, on=life.on, customer=customer)
        yield {
            "customer": customer.id,
            "vehicle": vin,
            "status": car.activity,
            "since": _since(life, car),
            "because": list(decision.because),
        }


def _since(life: Life, car: Vehicle) -> date | None:
    """The day since which a vehicle has its status; None for active and unseen ones."""
    if car.activity in ("active", "unseen"):
        return None
    days = [
        step.day
        for step in life.steps
        if step.region == ACTIVITY.name and step.key == car.vin and step.accepted and _turned(step.before, step.after)
    ]
    return days[-1] if days else None


def _turned(before: str, after: str) -> bool:
    return ACTIVITY.label(before) != ACTIVITY.label(after)


def _lost_result(records: Sequence[Record], counts: Mapping[str, int], churn: Churn, on: date) -> Result:
    shown: dict[str, Callable[[Record], RenderableType]] = {
        "customer": lambda row: row["customer"],
        "vehicle": lambda row: row["vehicle"],
        "status": lambda row: state(row["status"]),
        "since": lambda row: said(row["since"]),
        "because": lambda row: "; ".join(row["because"]),
    }
    whole = sum(counts.values())
    words = [
        Text.assemble(state(name), f" {counts[name]:,} ({share(counts[name], whole)})")
        for name in ACTIVITIES
        if counts.get(name)
    ]
    above = [
        Text(f"{whole:,} vehicles under {rule_of(churn)} on {on}", style="bold"),
        Text(" · ").join(words),
    ]
    return Result(records, _LOST, shown, folding=frozenset(("because",)), above=above)


# -- points -------------------------------------------------------------------------------------------------------------

_POINTS = ("customer", "balance", "issued", "redeemed", "lapsed", "reversed", "written_off", "pending")


@lifecycle.command()
@_taking
@_book
@_on
@click.option("--lines", is_flag=True, help="Every movement with its reason, instead of the totals. 积分明细")
@_out_file
@_form
def points(book: House, on: date, lines: bool, out: Path | None, form: str, rows: int | None, **taken: Any) -> int:
    """The points of every customer 积分

    JSON: customer, balance, issued, redeemed, lapsed, reversed, written_off, pending. With --lines: customer, day, points,
    move, event, id, because.
    """
    given = Input(**taken)
    statements = [life.statement for life in _lives(given.histories(), book, on)]
    _out(_lines_result(statements) if lines else _points_result(statements, book, on), out, form, rows)
    return WRONG if given.spoiled else 0


def _points_result(statements: Sequence[Statement], book: House, on: date) -> Result:
    records = [{name: getattr(statement, name) for name in _POINTS} for statement in statements]
    totals = {name: sum(record[name] for record in records) for name in _POINTS[1:]}
    words = " · ".join(f"{both(name)} {total:,}" for name, total in totals.items())
    above = [Text(f"{len(records):,} accounts under {book.name} ({book.label(on)}) on {on}", style="bold"), Text(words)]
    shown: dict[str, Callable[[Record], RenderableType]] = {name: _shower(name) for name in _POINTS}
    return Result(records, _POINTS, shown, numbers=frozenset(_POINTS[1:]), above=above)


def _shower(name: str) -> Callable[[Record], RenderableType]:
    return lambda row: said(row[name])


_LINE = ("customer", "day", "points", "move", "event", "id", "because")


def _lines_result(statements: Sequence[Statement]) -> Result:
    records = [
        {
            "customer": statement.customer,
            "day": line.day,
            "points": line.points,
            "move": line.move,
            "event": line.kind,
            "id": line.event,
            "because": list(line.because),
        }
        for statement in statements
        for line in statement.lines
    ]
    shown: dict[str, Callable[[Record], RenderableType]] = {
        "customer": _shower("customer"),
        "day": _shower("day"),
        "points": lambda row: f"{row['points']:+,}",
        "move": lambda row: both(row["move"]),
        "event": lambda row: told(row["event"]),
        "id": _shower("id"),
        "because": lambda row: "; ".join(row["because"]),
    }
    return Result(records, _LINE, shown, numbers=frozenset(("points",)), folding=frozenset(("because",)))


# -- back-test ----------------------------------------------------------------------------------------------------------

_BACKTEST = ("months", "flagged", "precision", "recall", "f1", "accuracy")
_RESAMPLES = 200


@lifecycle.command()
@_taking
@click.option(
    "--months",
    callback=asked(months_listed),
    default="1-12",
    show_default=True,
    metavar="1-6|3,6,12",
    help="One rule a number of months: InactiveFor(months=…). 月数",
)
@click.option(
    "--counting",
    callback=asked(visits_named),
    default="charged_visits",
    show_default=True,
    metavar="charged_visits|all_visits",
    help="Which visits count, for the rule, the customers and the outcome. 计入的来厂",
)
@click.option(
    "--cutoff",
    callback=asked(parse_day),
    required=True,
    metavar="DATE",
    help="The rules are applied on this day. 判定日",
)
@click.option(
    "--until",
    callback=asked(parse_day),
    required=True,
    metavar="DATE",
    help="Who has come by this day, inclusive, was not lost. 观察期末",
)
@_page
@_out_file
@_form
def backtest(
    months: Sequence[int],
    counting: VisitKind,
    cutoff: date,
    until: date,
    page: Path | None,
    lang: str,
    out: Path | None,
    form: str,
    rows: int | None,
    **taken: Any,
) -> int:
    """How well a rule told who would stay away 规则回测

    Customers with a counted visit up to the cut-off day are judged. JSON: months, flagged, precision, recall, f1, accuracy;
    null where there was nobody to measure.
    """
    given = Input(**taken)
    found = backtest_of(
        given.histories(),
        [InactiveFor(months=number).counting(counting) for number in months],
        cutoff=cutoff,
        until=until,
        counting=counting,
        resamples=_RESAMPLES if page is not None or (form == "table" and out is None) else 0,
    )
    for warning in found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if page is not None:
        from lifecycle.show.report import backtest_page

        _written(page, backtest_page(found, chinese=lang == "zh"))
    _out(_backtest_result(found, counting), out, form, rows)
    return WRONG if given.spoiled else 0


def _backtest_result(found: Backtest, counting: VisitKind) -> Result:
    records = [{**{name: getattr(one, name) for name in _BACKTEST}, "it": one} for one in found]
    shown: dict[str, Callable[[Record], RenderableType]] = {
        "months": _shower("months"),
        "flagged": _shower("flagged"),
        **{name: _measured(name) for name in ("share_flagged", "precision", "recall", "f1", "accuracy")},
    }
    first = found[0]
    customers = f"{first.population:,} customers with a visit ({counting.name}) up to {found.cutoff}"
    above = [
        Text(f"{customers}, {share_told(first.base_rate)} of them stayed away until {found.until}", style="bold"),
        Text(
            f"AUC of recency {share_told(found.auc)}; ± the wider half of the middle 95 % of {_RESAMPLES} resamples; "
            "[ ] of fewer than 30 customers: Wilson"
        ),
    ]
    return Result(
        records,
        _BACKTEST,
        shown,
        numbers=frozenset(shown),
        spare=("share_flagged", "f1"),
        above=above,
        objects=lambda row: {name: row[name] for name in _BACKTEST},
    )


def _measured(name: str) -> Callable[[Record], RenderableType]:
    def cell(row: Record) -> str:
        result: RuleResult = row["it"]
        return result.told(name)

    return cell


# -- compare and check --------------------------------------------------------------------------------------------------

_FIGURE = ("measure", "of", "value", "base", "changed", "entered", "left", "difference", "unit")


@lifecycle.command()
@_taking
@_book
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="What another edition would say; may be repeated: 'churn.lost=InactiveFor(months=9)'. 修改项",
)
@click.option(
    "--since",
    callback=asked(parse_day),
    metavar="DATE",
    help="--set from this day on; without it, always, and of a book with reforms in the time of the edition of --on. 生效日",
)
@click.option(
    "--against",
    "other",
    callback=asked(book_named),
    metavar="NAME|FILE",
    help="Another book, instead of --set. 对比手册",
)
@_on
@click.option(
    "--weeks",
    type=click.IntRange(1, 520),
    default=13,
    show_default=True,
    help="How many weeks ahead due days are listed. 周数",
)
@_page
@_out_file
@_form
def compare(
    book: House,
    changes: Sequence[str],
    since: date | None,
    other: House | None,
    on: date,
    weeks: int,
    page: Path | None,
    lang: str,
    out: Path | None,
    form: str,
    rows: int | None,
    **taken: Any,
) -> int:
    """What another book would say of the same events 规则对比

    Exact, and relabelled only: the definition changes, nobody acts otherwise. A bare InactiveFor(months=9) counts the visits
    that the book's rule counts. Of a book with reforms --set amends the edition in force on --on, in its own time, or, from
    --since on, the one in force then. JSON: measure, of, value, base, changed, entered, left, difference, unit (points or fen
    of amounts), and which editions: base_edition, changed_edition.
    """
    if bool(changes) == (other is not None):
        raise LifecycleError(
            "compare wants what is to change, or another book" + (", not both" if changes else ""), argument="--set",
            value=tuple(changes), remedy="as in --set 'churn.lost=InactiveFor(months=9)', or --against chizhou",
        )  # fmt: skip
    if since is not None and other is not None:
        raise LifecycleError(
            "--since says from when on --set holds", argument="--since", value=since,
            remedy="leave it away: reforms in the file of the other book have their days there",
        )  # fmt: skip
    told = changes_written(changes)
    edition = changes_named(told)
    changed = other or book.changed(lambda one: amended(one, edition, told), on=on, since=since)
    if changed.on(on).churn != book.on(on).churn and other is None:
        print(f"{edition}: {changed.on(on).churn!r}", file=sys.stderr)
    from lifecycle.comparing import compare as compare_of
    from lifecycle.show.what_if import comparison_page

    given = Input(**taken)
    found = compare_of(book, changed, given.histories(), on=on, weeks=weeks)
    if page is not None:
        _written(page, comparison_page(found, chinese=lang == "zh"))
    if form == "table" and out is None:
        pour((f"{found}\n",))
        return WRONG if given.spoiled else 0
    if any(change.days for change in found.diff):
        print(f"{found.labels[0]} → {found.labels[1]} on {on}", file=sys.stderr)
        print(*(f"  {change}" for change in found.diff), sep="\n", file=sys.stderr)
    named = dict(zip(("base_edition", "changed_edition"), found.labels, strict=True))
    records = [
        {**one._asdict(), "difference": one.difference, "unit": found.unit(one.measure), **named}
        for one in found.figures()
    ]
    shown = {name: _shower(name) for name in _FIGURE}
    _out(Result(records, _FIGURE, shown), out, form, rows)
    return WRONG if given.spoiled else 0


_CHECK = ("check", "result", "says")


@lifecycle.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--examples",
    type=click.IntRange(1, 10_000),
    default=30,
    show_default=True,
    help="How many cases each law is tried on. 每条规律的样例数",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a book instead (FILE may be -). 输出模式")
@_form
def check(file: str, examples: int, schema: bool, form: str, rows: int | None) -> int:
    """Whether a book of your own can be read, and keeps the laws 检验规则手册

    FILE is a .toml or .json file; of a book with reforms every edition is checked. The laws of churn rules and of points are
    tried on cases drawn around the book's own edges; that needs the extra `testing`. JSON: check, result (ok, broken or left
    out), says.
    """
    if schema:
        pour((json.dumps(book_schema(), ensure_ascii=False, indent=2) + "\n",))
        return 0
    house = book_written(file)
    _, first = house.editions()[0]
    editions = ", ".join(house.label(since) for since, _ in house.editions())
    records: list[Record] = [{"check": "schema", "result": "ok", "says": f"{house.name} {editions}"}]
    for since, book in house.editions():
        begins = "" if book is first else f" from {since}"
        records += [{**record, "check": record["check"] + begins} for record in _laws(book, examples)]
    above = [Text(f"{file}: {first.name} {first.zh} ({editions})", style="bold")]
    shown: dict[str, Callable[[Record], RenderableType]] = {name: _shower(name) for name in _CHECK}
    give(Result(records, _CHECK, shown, folding=frozenset(("says",)), above=above), form, most=rows)
    return WRONG if any(record["result"] == "broken" for record in records) else 0


def _laws(book: Book, examples: int) -> Iterator[Record]:
    """What the laws say of the book's policies."""
    try:
        from lifecycle.testing import check_book
    except MissingExtraError as missing:
        yield {"check": "laws", "result": "left out", "says": str(missing)}
        return
    for name, broken in check_book(book, max_examples=examples):
        if broken is None:
            yield {
                "check": name,
                "result": "ok",
                "says": f"the laws hold on {examples} cases each: {getattr(book, name)!r}",
            }
        else:
            yield {"check": name, "result": "broken", "says": broken}


# -- diagram ------------------------------------------------------------------------------------------------------------

_ROW = ("event", "guard", "from", "to", "source")


@lifecycle.command()
@click.argument("machine", callback=asked(machine_named), metavar="NAME")
@click.option(
    "--format", "form", type=click.Choice(("svg", "mermaid", "dot", "table", "json", "csv")), default="svg", show_default=True,
    help="A picture, or the machine's rows. 输出格式",
)  # fmt: skip
@click.option("--zh", "chinese", is_flag=True, help="Labels in Chinese. 中文标签")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead. 输出文件")
def diagram(machine: Machine | Relationship, form: str, chinese: bool, out: Path | None) -> int:
    """A machine as a picture, or as its rows 状态图

    `lifecycle diagram relationship --zh --out relationship.svg`. JSON and CSV: event, guard, from, to, source.
    """
    draw = {"svg": machine.svg, "mermaid": machine.mermaid, "dot": machine.dot}.get(form)
    if draw is None:
        _rows_out(machine, form, out)
        return 0
    text = draw(zh=chinese).rstrip("\n") + "\n"
    if out is None:
        pour((text,))
    else:
        out.write_text(text, encoding="utf-8", newline="")
    return 0


def _rows_out(machine: Machine | Relationship, form: str, out: Path | None) -> None:
    rows = machine.rows if isinstance(machine, Machine) else machine.moves
    records = [
        {
            "event": row.event,
            "guard": row.guard,
            "from": row.before,
            "to": row.before if row.after == STAYS else row.after,
            "source": row.cite or machine.cite,
        }
        for row in rows
    ]
    shown: dict[str, Callable[[Record], RenderableType]] = {
        "event": lambda row: told(row["event"]),
        "guard": _shower("guard"),
        "from": _shower("from"),
        "to": lambda row: both(row["to"], machine.name),
        "source": _shower("source"),
    }
    above = [Text(f"{machine.name} {machine.zh}: {len(records)} rows", style="bold")]
    result = Result(records, _ROW, shown, folding=frozenset(("from", "guard")), above=above)
    _out(result, out, form, None)


# -- app ----------------------------------------------------------------------------------------------------------------


@lifecycle.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--map", "mapping", metavar="NAME|FILE", help="Mapping of a dealer system's export: dms, cdnow. 字段映射")
@click.option("--book", metavar="NAME|FILE", help="The book to start from. 规则手册")
@click.option(
    "--customers",
    type=click.Choice(("300", "2000", "10000")),
    default="2000",
    show_default=True,
    help="Of the sample. 样例客户数",
)
@click.option("--zh", "chinese", is_flag=True, help="In Chinese. 中文界面")
@click.option("--port", type=click.IntRange(1, 65535), help="Where it listens, on this machine only. 端口")
@click.option("--no-browser", is_flag=True, help="Open no browser; the address is printed. 不打开浏览器")
def app(
    files: Sequence[str],
    mapping: str | None,
    book: str | None,
    customers: str,
    chinese: bool,
    port: int | None,
    no_browser: bool,
) -> int:
    """A page with sliders over a book 滑块页面

    Move its figures and see what follows: who is lost and at risk, points owed, what lies ahead.

    On the sample (synthetic), or on FILEs; others can be chosen on the page. Control-C ends it.
    """
    from lifecycle.app import command

    if book is not None:
        book_named(book)  # which says what is wrong with it
        book = str(Path(book).resolve()) if Path(book).is_file() else book
    for file in files:
        if not Path(file).is_file():
            raise LifecycleError(
                f"there is no file {file}", argument="file", value=file, place=file,
                remedy="name CSV files; without any it is the sample",
            )  # fmt: skip
    words = [word for file in files for word in ("--file", str(Path(file).resolve()))]
    options = {
        "map": mapping,
        "book": book,
        "customers": customers,
        "lang": "zh" if chinese else None,
    }
    words += [word for name, value in options.items() if value for word in (f"--{name}", value)]
    line = command(port=port, browser=not no_browser, given=words)
    if os.name == "posix":  # whoever ends the command ends the page with it
        os.execv(line[0], line)  # noqa: S606 - no shell, and marimo's own words
    return subprocess.run(line, check=False).returncode  # noqa: S603 - the same


# -- demo ---------------------------------------------------------------------------------------------------------------

_DEMO = ("run", "rule", "status", "customers")


@lifecycle.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="out",
    show_default=True,
    help="Where the page and pictures land. 输出目录",
)
@_form
def demo(out: Path, form: str, rows: int | None) -> int:
    """Everything, on a real log and a synthetic house 演示

    Tables here, a page and pictures in out/.

    JSON and CSV: run, rule, status, customers (vehicles, for the synthetic dealership).
    """
    from lifecycle.demo import run_demo

    if form == "table":
        run_demo(out, wide_console(), Console(stderr=True))
        return 0
    found = run_demo(out, Console(quiet=True), Console(stderr=True))
    if found.missing:
        print(found.missing, file=sys.stderr)
    records = [
        {"run": "purchases", "rule": run.name, "status": name, "customers": number}
        for run in (found.purchases.runs if found.purchases else ())
        for name, number in run.counts.items()
    ]
    records += [
        {"run": "sample", "rule": found.house.book.name, "status": name, "customers": number}
        for name, number in found.house.activities.items()
    ]
    give(Result(records, _DEMO, {name: _shower(name) for name in _DEMO}), form, most=rows)
    return 0
