"""The demo in the terminal: both runs as tables, one life, what was written and what to try next.

In: what the runs found. Out: renderables of ``rich``, English with Chinese beside it. Next room: :mod:`lifecycle.demo.report`.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.columns import Columns
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from lifecycle.demo.house import House
from lifecycle.demo.purchases import CITES, RULES_ZH, Purchases
from lifecycle.events import Problem
from lifecycle.life import LifeStep
from lifecycle.show.fragments import TOTALS
from lifecycle.show.terminal import grid, heading, problem_lines, state, step_lines
from lifecycle.show.words import ACTIVITIES, both, rule_of, share, told, why

__all__ = ["tell_house", "tell_purchases", "tries", "written_lines"]

_LISTED = 3


def _title(words: str, chinese: str) -> Text:
    return Text.assemble((words, "bold"), "  ", (chinese, "bold cyan"))


def _quiet(words: str) -> Text:
    return Text(words, style="bright_black")


def tell_purchases(found: Purchases) -> Iterator[RenderableType]:
    """The real run: both rules side by side."""
    yield _title(f"1 · A real purchase log on {found.on}", "真实购买记录")
    yield Text(
        f"CDNOW: {found.rows:,} purchases of {found.customers:,} customers, read and replayed under both rules in {found.seconds:.1f} s. "
        f"A purchase is a charged visit. {found.free} rows of 0.00 are free help and do not count; {found.repeated} rows that "
        "repeat another exactly are purchases of their own; unseen are customers with free rows only."
    )
    yield Text()
    head = [heading("status")]
    for run in found.runs:
        head += [f"{run.name} {CITES[run.name]}\n{RULES_ZH[run.name]}", ""]
    rows: list[list[RenderableType]] = []
    for name in ACTIVITIES:
        if any(name in run.counts for run in found.runs):
            row: list[RenderableType] = [state(name)]
            for run in found.runs:
                number = run.counts.get(name)
                row += [f"{number:,}", _quiet(share(number, found.customers))] if number else ["–", ""]
            rows.append(row)
    total: list[RenderableType] = [Text("all 合计", style="bold")]
    for run in found.runs:
        total += [Text(f"{sum(run.counts.values()):,}", style="bold"), ""]
    rows.append(total)
    yield grid(head, rows, numbers=range(1, len(head)))
    for run in found.runs:
        yield _quiet(f"{run.name}: {rule_of(run.churn)}")
    yield from _problems(found.problems)


def tell_house(found: House) -> Iterator[RenderableType]:
    """The synthetic run: where customers and vehicles stand, points, refusals, one life."""
    yield _title(f"2 · A synthetic dealership on {found.on}", "虚构样例店")
    yield Text(
        "Everything below is invented: no customer, vehicle or bill in it is real. 以下数据全部为虚构。", style="yellow"
    )
    yield Text(
        f"{found.rows:,} rows of {found.files} tables with Chinese headers → {found.events:,} events of {found.customers:,} "
        f"customers with {found.vehicles:,} vehicles and of the desk, "
        f"replayed under the book {found.book.name} {found.book.zh} ({found.book.edition}) in {found.seconds:.1f} s."
    )
    yield from _problems(found.problems)
    yield Text()
    yield Columns(
        (
            _counted("activity", found.activities, found.vehicles),
            _counted("standing", found.standings, found.customers),
            _counted("stage", found.stages, found.customers),
        ),
        padding=(0, 4, 1, 0),
    )
    yield Text()
    points = [f"{both(name)} {found.points[name]:,}" for name in ("balance", *TOTALS) if found.points[name]]
    yield Text.assemble(("points 积分: ", "bold"), " · ".join(points))
    yield Text.assemble(
        ("members 会员: ", "bold"),
        f"{found.members:,} · " + " · ".join(f"{both(name)} {number:,}" for name, number in found.tiers.items()),
    )
    yield Text.assemble(
        ("refused 被拒: ", "bold"),
        f"{found.refused:,} of {found.steps:,} steps; a refusal is an opinion, the fact still counts",
    )
    for one in found.refusals:
        yield Text(
            f"  {both(one.machine)} {one.number:,}, as {one.customer} on {one.example.day}, {told(one.example.event)}:"
        )
        yield Padding(_quiet(why(one.example)[0]), (0, 0, 0, 6), expand=False)
    yield Text()
    yield _title("3 · One of these lives, step by step", "一位客户的生命周期")
    yield Text(repr(found.life).strip("<>"))
    yield _quiet("The turns of it; his sale, each visit to the workshop and his points are told in index.html.")
    steps = [step for step in found.life.steps if _turn(step)]
    for line in step_lines(steps, moves_only=True):
        yield Padding(line, (0, 0, 0, 2), expand=False)


def _turn(step: LifeStep) -> bool:
    """Whether a step is more than routine: what refused, and what moved a region otherwise than by coming to the workshop."""
    routine = step.region == "stage" and step.event in ("workshop_entered", "vehicle_handed_over")
    return not step.accepted or ((step.key is None or step.region == "activity") and not routine)


def _counted(name: str, counts: Mapping[str, int], whole: int) -> RenderableType:
    rows = [(state(one), f"{number:,}", _quiet(share(number, whole))) for one, number in counts.items()]
    return grid((heading(name), "", ""), rows, numbers=(1, 2))


def _problems(problems: tuple[Problem, ...]) -> Iterator[RenderableType]:
    errors = sum(problem.severity == "error" for problem in problems)
    if not problems:
        yield _quiet("no problems in the input 数据无问题")
        return
    yield Text(f"problems 数据问题: rows refused {errors:,}, warnings {len(problems) - errors:,}", style="bold")
    for line in problem_lines(problems, most=_LISTED):
        yield Padding(_quiet(line), (0, 0, 0, 2), expand=False)


def written_lines(out: Path, written: Mapping[str, str]) -> Iterator[RenderableType]:
    """What was written, a line a file."""
    yield _title("Written", "已生成")
    yield grid(
        ("", ""), [(Text(f"  {_near(out / name)}", style="cyan"), what) for name, what in written.items()], folding=(1,)
    )


def tries(out: Path, log: Path | None, on: str) -> Iterator[str]:
    """Commands that run as they stand, with the files that are here now."""
    command, sample = _command(), _near(out / "sample")
    yield f"{command} replay {sample} --map dms --book wenhua --on {on} --out {_near(out / 'state.csv')}"
    yield f"{command} lost {sample} --map dms --rule 'InactiveFor(months=9).counting(all_visits)' --on {on} --status lost"
    yield f"{command} points {sample} --map dms --book wenhua --on {on} --lines --customer C000001"
    yield f"{command} replay {_near(out / 'wrong.csv')} --book wenhua --on {on}"
    if log is not None:
        yield f"{command} lost {_near(log)} --map cdnow --rule 'InactiveFor(months=6)' --on 1998-06-30 --format csv"
        yield f"{command} backtest {_near(log)} --map cdnow --months 1-6 --counting all_visits --cutoff 1997-09-30 --until 1998-06-30"
    yield f"{command} diagram relationship --zh --out {_near(out / 'relationship.zh.svg')}"


def _command() -> str:
    """The command as one types it here: by its name where that finds it, else where it lies."""
    beside = Path(sys.executable).with_name("lifecycle")
    found = shutil.which("lifecycle")
    if found is not None and Path(found).resolve().parent == beside.parent.resolve():
        return "lifecycle"
    return _near(beside) if beside.exists() else "python -m lifecycle"


def _near(path: Path) -> str:
    """The path as one types it here."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
