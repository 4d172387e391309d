"""What the library answers, as pieces of HTML: a life, a history, a statement of points, problems of a file.

In: a value of the inner circle. Out: :class:`~lifecycle.show.markup.Markup` that a notebook shows as it is (the classes'
own ``_repr_html_`` asks here) and that :mod:`lifecycle.show.page` puts together. Nothing depends on a style sheet, though
one makes it prettier: the classes are ``lc-…``. Next room: :mod:`lifecycle.show.terminal`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from lifecycle.customer import UNNAMED, Customer
from lifecycle.events import History, Problem
from lifecycle.kinds import FACTS, KINDS
from lifecycle.life import Life, LifeStep
from lifecycle.points import Statement
from lifecycle.show.colours import ink
from lifecycle.show.markup import Markup, join, tag
from lifecycle.show.picture import life_svg
from lifecycle.show.words import TONES, both, plain, told, why, zh

__all__ = ["badge", "history_html", "life_html", "problems_table", "statement_html", "steps_table", "table"]

_CELL = "text-align:left;vertical-align:top;padding:.3em .7em"
_NUMBER = "text-align:right;vertical-align:top;padding:.3em .7em;font-variant-numeric:tabular-nums"
_WHOLE = re.compile(r"\d{4}-\d\d-\d\d|[-+]?[\d,.]+( %)?")  # a date or a number is not broken into lines
_MANY = 200


def table(
    head: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Iterable[int] = (),
    caption: object = None,
    wide: bool = False,
    kind: str = "",
) -> Markup:
    """A table; ``numbers`` are the columns set to the right, ``wide`` one that may be scrolled sideways."""
    right = frozenset(numbers)

    def style(place: int, cell: object) -> str:
        return (_NUMBER if place in right else _CELL) + (";white-space:nowrap" if _WHOLE.fullmatch(str(cell)) else "")

    def cells(name: str, row: Sequence[object]) -> Markup:
        return join(
            tag(name, cell, style=style(place, cell), class_="lc-number" if place in right else None)
            for place, cell in enumerate(row)
        )

    made = tag(
        "table",
        tag("caption", caption) if caption is not None else None,
        tag("thead", tag("tr", cells("th", head))),
        tag("tbody", join(tag("tr", cells("td", row)) for row in rows)),
        style="border-collapse:collapse",
        class_=f"lc-table {kind}".rstrip(),
    )
    return tag(
        "div", made, class_="lc-wide" if wide else "lc-scroll", style="overflow-x:auto", tabindex="0" if wide else None
    )


def heading(name: str) -> Markup:
    """A column's heading: English, and the Chinese below it in small."""
    chinese = zh(name)
    return join((plain(name), *((" ", tag("span", chinese, class_="lc-zh", lang="zh")) if chinese else ())))


def badge(name: str, machine: str | None = None) -> Markup:
    """A state as a coloured word: ``at risk 存在流失风险``."""
    tone = TONES.get(name, "none")
    style = f"background:{ink(tone + '-soft')};color:{ink('text')};border-left:3px solid {ink(tone)};padding:.05em .45em;white-space:nowrap"
    return tag("span", both(name, machine), class_="lc-badge", style=style)


def history_html(history: History) -> Markup:
    """The events of a history as a table: day or local time, event, vehicle, facts, id."""
    rows = [
        (
            str(event.at) if event.at == event.day else str(event.at)[:16],
            _event(event.kind),
            event.vehicle or "",
            " · ".join(f"{plain(name)} {FACTS[name].write(value)}" for name, value in event.facts.items()),
            event.id,
        )
        for event in history[:_MANY]
    ]
    caption = f"History of {history.customer}: {len(history):,} events" + (
        f", the first {_MANY} of them" if len(history) > _MANY else ""
    )
    return table([heading(name) for name in ("day", "event", "vehicle", "facts", "id")], rows, caption=caption)


def steps_table(steps: Sequence[LifeStep], *, most: int = _MANY, moves_only: bool = False) -> Markup:
    """Steps as a table: a row an event, in it each machine that moved, stayed or refused, and because.

    ``moves_only`` leaves away what stayed as it was.
    """
    seen = [step for step in steps if not moves_only or not step.accepted or step.before != step.after]
    rows: list[tuple[object, ...]] = []
    for (day, event, _), group in groupby(seen[:most], key=lambda step: (step.day, step.event, step.id)):
        lines = join(tag("div", *_step(step), class_="lc-step") for step in group)
        rows.append((day, _event(event), lines))
    made = table([heading(name) for name in ("day", "event", "change")], rows, kind="lc-steps")
    more = len(seen) - most
    return join((made, tag("p", f"… and {more:,} more steps.") if more > 0 else None))


def _event(kind: str) -> Markup:
    """The name of an event, the Chinese below it."""
    words, _, chinese = told(kind).rpartition(" ") if kind in KINDS else (plain(kind), "", zh(kind))
    return join((words, tag("br"), tag("span", chinese, class_="lc-zh", lang="zh")))


def _step(step: LifeStep) -> tuple[object, ...]:
    where = both(step.region) + (f" {step.key}" if step.key not in (None, UNNAMED) else "") + ": "
    reason = tag(
        "span", " · because ", "; ".join(why(step)), class_="lc-why", style=f"color:{ink('quiet')};font-size:.9em"
    )
    if not step.accepted:
        return where, badge_refused(), f" {both(step.before, step.region)} stays", reason
    if step.before == step.after:
        return where, f"{both(step.before, step.region)} stays", reason
    return where, f"{both(step.before, step.region)} → ", tag("strong", both(step.after, step.region)), reason


def badge_refused() -> Markup:
    """The mark of a refusal."""
    return tag(
        "span",
        "refused 被拒",
        class_="lc-badge",
        style=f"background:{ink('bad-soft')};border-left:3px solid {ink('bad')};padding:.05em .45em;white-space:nowrap",
    )


def statement_html(statement: Statement) -> Markup:
    """A statement of points: its totals, then its lines with their reasons."""
    totals = [(both(name), f"{getattr(statement, name):,}") for name in TOTALS if getattr(statement, name)]
    totals.insert(0, (both("balance"), f"{statement.balance:,}"))
    lines = [
        (line.day, f"{line.points:+,}", both(line.move), _event(line.kind), "; ".join(line.because), line.event or "")
        for line in statement.lines[-_MANY:]
    ]
    head = [heading(name) for name in ("day", "points", "move", "event", "because", "id")]
    return tag(
        "div",
        table(
            ["", heading("points")],
            totals,
            numbers=(1,),
            caption=f"Points of {statement.customer} on {statement.on}, tier {both(statement.tier)}",
        ),
        table(head, lines, numbers=(1,), wide=True),
        class_="lc-statement",
    )


#: The totals of a statement, in the order in which they are told.
TOTALS = ("issued", "available", "pending", "redeemed", "lapsed", "reversed", "written_off", "deficit")


def customer_line(customer: Customer) -> Markup:
    """A customer in one line: where he stands, his vehicles, his points."""
    cars = [
        join((" · ", "" if vin == UNNAMED else f"{vin} ", badge(car.activity)))
        for vin, car in customer.vehicles.items()
    ]
    return tag(
        "p",
        tag("strong", customer.id),
        " · ",
        badge(customer.standing),
        f" · {both('stage')}: {both(customer.stage.value)}",
        join(cars),
        f" · {customer.points:,} {both('points')}",
        class_="lc-customer",
    )


def life_html(life: Life) -> Markup:
    """A life: where the customer stands, the picture, every step with its reason."""
    return tag(
        "div",
        customer_line(life.customer),
        tag("div", life_svg(life), class_="lc-figure", style="overflow-x:auto"),
        steps_table(life.steps),
        class_="lc-life-view",
    )


def problems_table(problems: Sequence[Problem], *, most: int = 50) -> Markup:
    """Problems with their places and remedies."""
    rows = [
        (
            problem.file,
            problem.line or "",
            problem.column or "",
            problem.severity,
            problem.message,
            problem.remedy or "",
        )
        for problem in problems[:most]
    ]
    made = table(
        [heading(name) for name in ("file", "line", "column", "severity", "message", "remedy")],
        rows,
        numbers=(1,),
        wide=True,
    )
    more = len(problems) - most
    return join((made, tag("p", f"… and {more:,} more.") if more > 0 else None))
