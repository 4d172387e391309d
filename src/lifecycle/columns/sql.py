"""Churn questions as SQL, for data that stay in a warehouse: the same answer as over columns, by the engine that has them.

In: an Ibis table or a DuckDB relation of events in the tidy form, a rule or a graded policy, a day. Out: an Ibis expression,
or a relation, of ``customer, vehicle, status, since``; nothing runs until it is asked for. "Lost by then" is one comparison
of the last counted visit with a cut-off day, which Python works out by the one month rule
(:func:`~lifecycle.dates.latest_anchor`); what is no such filter is refused. Next room: :mod:`lifecycle.columns.verdicts`.

What a query cannot see it takes on trust: one content an id, words and kinds of event by their own names, customers
entered twice already made one. Of voids upon one another five are followed; a query that meets more fails, and says so.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import reduce
from importlib import import_module
from typing import Any, NamedTuple, cast

from lifecycle.churn import Churn, InactiveFor, OffRhythm
from lifecycle.columns.column import kind_of_fact
from lifecycle.columns.door import FACT_EVENT, meant
from lifecycle.columns.tellings import DELIVERY, GONE, JOB, LAST, RECORD
from lifecycle.conditions import AllOf, AnyOf, Compare, Condition, IsIn, IsKnown, Not
from lifecycle.customer import UNNAMED
from lifecycle.dates import add_days, latest_anchor
from lifecycle.deadline import ALWAYS, NEVER, Counted, Earliest, Guarded, Latest, Rule, Span, a_day
from lifecycle.errors import LifecycleError, optional
from lifecycle.facts import MAKES_KNOWN, OF_EVERY_VEHICLE, OF_SOME_VEHICLE
from lifecycle.kinds import KINDS
from lifecycle.visits import VISITS, VisitKind

__all__ = ["lost_in_sql"]

_VIEW = "lifecycle_events"
_NEVER = date(9999, 12, 31)
_FIRST_YEAR, _LAST_YEAR = 200, 9800
#: What a record tells of the time before the books depends on what was told since.
_TOLD_BY_RECORDS = ("delivered_on", "last_visit", "last_charged_visit")
#: So many voids may stand upon the first; an even number.
_ROUNDS = 4
_TOO_DEEP = (
    f"voids of voids that lie deeper than {_ROUNDS + 1}, or in a circle, as columns.lost over a frame takes them: "
)
#: Whether an event of a table of visits is of some kind: all of them are, or none is.
_ALL, _NONE = True, False
_AND: Callable[[Any, Any], Any] = cast("Any", operator).and_
_OR: Callable[[Any, Any], Any] = cast("Any", operator).or_
_IN_COLUMNS = "columns.lost(frame, rule, on=) over a frame of the events (polars, pandas, pyarrow) takes every rule"
_FITS = {
    "money": ("is_integer", "is_decimal", "is_floating"), "count": ("is_integer",), "yesno": ("is_boolean",),
    "day": ("is_date",), "text": ("is_string",),
}  # fmt: skip
_SQL = {"money": "decimal(18, 2)", "count": "int64", "yesno": "boolean", "day": "date", "text": "string"}


def _ibis() -> Any:
    return optional("ibis", "SQL", "sql")


def lost_in_sql(table: Any, churn: Churn, *, on: date) -> Any:
    """Each vehicle's status, as :func:`lifecycle.columns.lost` gives it, as an Ibis expression or a DuckDB relation.

    Raises :class:`LifecycleError` for a rule that is no plain filter, and for a table that would need more than one:
    merged customers, records of the time before the books, instants in a time zone.
    """
    a_day(on)
    if isinstance(table, _ibis().Table):
        return _lost(table, churn, on)
    read = import_module("ibis.backends.sql.datatypes").DuckDBType.from_string
    types = [read(str(one)) for one in table.types]
    events = _ibis().table(dict(zip(table.columns, types, strict=True)), name=_VIEW)
    return table.query(_VIEW, _ibis().to_sql(_lost(events, churn, on), dialect="duckdb"))


def _lost(table: Any, churn: Churn, on: date) -> Any:
    if not _FIRST_YEAR < on.year < _LAST_YEAR:
        raise LifecycleError(f"on={on} lies outside the calendars of warehouses", argument="on", value=on)
    asked = _Asked(churn, on)  # what is wrong with the rule is said first
    events = _Events(table, on)
    cars = events.known.group_by("customer", "vehicle").aggregate(
        **asked.days(events), **events.places(churn.visit_kinds)
    )
    cars = events.with_gone_on(cars)
    unseen = reduce(_AND, (cars[name].isnull() for name in asked.seen))
    lost = asked.grade(churn.lost, cars)
    # who is at risk and not lost has been so since the day of that rule, which is the earlier one
    statuses, days = [(unseen, "unseen"), (lost.holds, "lost")], [(unseen, _no_day()), (lost.holds, lost.due)]
    if churn.at_risk != NEVER:
        at_risk = asked.grade(churn.at_risk, cars)
        statuses.append((at_risk.holds, "at_risk"))
        days.append((at_risk.holds, at_risk.due))
    if "gone_on" in cars.columns:
        statuses.insert(0, (cars.gone_on.notnull(), "gone"))
        days.insert(0, (cars.gone_on.notnull(), cars.gone_on))
    # some engines say that a day and a month are an instant
    since = _ibis().cases(*days, else_=_no_day()).cast("timestamp").cast("date")
    answer = cars.select("customer", "vehicle", status=_ibis().cases(*statuses, else_="active"), since=since)
    return answer.order_by("customer", "vehicle")


def _day(day: date) -> Any:
    return _ibis().date(day.year, day.month, day.day)


def _no_day() -> Any:
    return _ibis().null("date")


# -- the events -----------------------------------------------------------------------------------------------------------


class _Events:
    """The events up to a day, what is voided left out, with the day of each and, where it matters, its place."""

    def __init__(self, table: Any, on: date) -> None:
        header = tuple(table.columns)
        table = table.rename({meaning: name for name, meaning in meant(list(header)).items() if name != meaning})
        self.visits_only = "event" not in table.columns
        self.names = {name: (name, kind.zh) for name, kind in KINDS.items()}
        _refuse_columns(table, header, visits_only=self.visits_only)
        day = table.at if table.at.type().is_date() else table.at.date()
        table = table.mutate(lifecycle_day=day)
        table = table.filter(table.lifecycle_day <= _day(on))
        self.table = self._placed(self._standing(table))
        vehicle = self.table.vehicle if "vehicle" in self.table.columns else None
        named = _text(None) if vehicle is None else vehicle
        known = self.table if self.visits_only else self.table.filter(named.notnull() | self.is_kind(OF_SOME_VEHICLE))
        self.known = known.mutate(vehicle=_text(UNNAMED) if vehicle is None else known.vehicle.fill_null(UNNAMED))

    def is_kind(self, kinds: Iterable[str], table: Any = None) -> Any:
        """Whether an event is of one of these kinds, by its English name or its Chinese one."""
        if self.visits_only:
            return _ALL if JOB in kinds else _NONE
        names = [name for kind in sorted(kinds) for name in self.names[kind]]
        return (self.table if table is None else table).event.isin(names)

    def _standing(self, table: Any) -> Any:
        if self.visits_only or not {"of", "id"} <= set(table.columns):
            return table
        voids = table.filter(table.event.isin(self.names["voided"]))
        voids = voids.select(voids.customer, id=voids.id.cast("string"), of=voids.of.cast("string"))
        # what may hold: all; then what none of those takes back, which surely holds; then what none of these takes back …
        may, sure = voids, _untouched(voids, voids)
        for _ in range(_ROUNDS // 2):
            may = _untouched(voids, sure)
            sure = _untouched(voids, may)
        certain = sure.select(whose=sure.customer, which=sure.id)
        both = may.left_join(certain, [may.customer == certain.whose, may.id == certain.which])
        # where the two differ the depth was not enough: no engine makes a number of such a text
        said = _ibis().ifelse(both.which.isnull(), _text(_TOO_DEEP) + both.id.fill_null("?"), "0")
        aims = both.select(whose=both.customer, aim=_ibis().ifelse(said.cast("int64") == 0, both.of, _text(None)))
        return table.anti_join(aims, [table.customer == aims.whose, table.id.cast("string") == aims.aim])

    def _placed(self, table: Any) -> Any:
        """The events with their places in the customer's canonical order, where more than visits is told."""
        if self.visits_only:
            return table
        table = table.filter(table.event.isin([name for kind in sorted(MAKES_KNOWN) for name in self.names[kind]]))
        ranked = sorted(MAKES_KNOWN, key=lambda kind: KINDS[kind].rank)
        rank = _ibis().cases(*((table.event.isin(self.names[kind]), KINDS[kind].rank) for kind in ranked), else_=0)
        table = table.mutate(lifecycle_rank=rank)
        place = _ibis().row_number().over(group_by=table.customer, order_by=[table.at, table.lifecycle_rank])
        return table.mutate(lifecycle_place=place)

    def counts(self, kind: VisitKind) -> Any:
        """Whether an event is a visit of the kind: what a bill does not tell is 0, or no; what else is unknown is not."""
        is_visit = self.is_kind(kind.events, self.known)
        if kind.condition is None:
            return is_visit
        holds = _truth(kind.condition, self._on_the_bill)
        return holds if is_visit is _ALL else is_visit & holds

    def _on_the_bill(self, name: str) -> Any:
        kind = kind_of_fact(name)
        column = FACT_EVENT if name == "event" else name
        missing = {"money": 0, "yesno": False}.get(kind)
        if column not in self.known.columns:
            return _ibis().null(_SQL[kind]) if missing is None else _ibis().literal(missing, _SQL[kind])
        found = self.known[column]
        if not any(getattr(found.type(), fits)() for fits in _FITS[kind]):
            raise LifecycleError(
                f"the column {column} is {found.type()}, and {name} is a {kind}", argument=column,
                value=str(found.type()), remedy=f"cast it in the warehouse, as in: CAST({column} AS {_SQL[kind]})",
            )  # fmt: skip
        if found.type().is_floating():
            found = found.cast("decimal(18, 2)")  # to the fen, as the shortest decimal form has it
        return found if missing is None else found.fill_null(missing)

    def last(self, flags: Any) -> Any:
        """The last day of the events whose flag is set, vehicle by vehicle."""
        return _where(flags, self.known.lifecycle_day).max()

    def first_visit(self) -> Any:
        """The first day of a visit, vehicle by vehicle."""
        return _where(self.is_kind(VISITS, self.known), self.known.lifecycle_day).min()

    def delivers(self) -> Any:
        """Whether an event is a delivery."""
        return self.is_kind((DELIVERY,), self.known)

    def places(self, kinds: Iterable[VisitKind]) -> dict[str, Any]:
        """When a vehicle came to be known, and when it last came: by a delivery, or a visit that the policy counts."""
        if self.visits_only:
            return {}
        came = reduce(_OR, (self.counts(kind) for kind in kinds), self.delivers())
        place = self.known.lifecycle_place
        return {"known_at": place.min(), "came_at": _where(came, place).max()}

    def with_gone_on(self, cars: Any) -> Any:
        """The vehicles with the first day since they last came on which they went; moving away takes all that are known."""
        if self.visits_only:
            return cars
        went = self.table.filter(self.is_kind(GONE))
        vehicle = went.vehicle if "vehicle" in went.columns else _text(None)
        went = went.select(
            whose=went.customer,
            which=vehicle,
            everyone=vehicle.isnull()
            & went.event.isin([n for k in set(GONE) & OF_EVERY_VEHICLE for n in self.names[k]]),
            went_at=went.lifecycle_place,
            went_on=went.lifecycle_day,
        )
        its = (cars.vehicle == went.which) | (went.everyone & (cars.known_at < went.went_at))
        since = cars.came_at.isnull() | (went.went_at > cars.came_at)
        left = cars.inner_join(went, [cars.customer == went.whose, its, since])
        left = left.group_by("customer", "vehicle").aggregate(gone_on=left.went_on.min())
        left = left.select(whose=left.customer, which=left.vehicle, gone_on=left.gone_on)
        joined = cars.left_join(left, [cars.customer == left.whose, cars.vehicle == left.which])
        return joined.drop("whose", "which")


def _untouched(voids: Any, by: Any) -> Any:
    """The voids that none of these takes back."""
    aims = by.select(whose=by.customer, aim=by.of)
    return voids.anti_join(aims, [voids.customer == aims.whose, voids.id == aims.aim])


def _where(flags: Any, values: Any) -> Any:
    """The values where a flag is set, else null."""
    if flags is _ALL:
        return values
    return _ibis().null(values.type()) if flags is _NONE else _ibis().ifelse(flags, values, _ibis().null(values.type()))


def _text(value: str | None) -> Any:
    return _ibis().null("string") if value is None else _ibis().literal(value)


def _refuse_columns(table: Any, header: tuple[str, ...], *, visits_only: bool) -> None:
    at = table.at.type()
    if not (at.is_date() or at.is_timestamp()) or getattr(at, "timezone", None):
        raise LifecycleError(
            f"the column at is {at}, neither a day nor the wall clock of the house", argument="at", value=str(at),
            remedy="make it one in the warehouse, as in: timezone('Asia/Shanghai', at)",
        )  # fmt: skip
    if visits_only:
        return
    if "into" in table.columns:
        raise LifecycleError(
            "customers are merged, along chains that no filter follows", argument="table", value=header,
            remedy=f"tell all events of the one whom they were merged into, and leave the column into away; or {_IN_COLUMNS}",
        )  # fmt: skip
    told = [name for name in _TOLD_BY_RECORDS if name in table.columns]
    if told:
        raise LifecycleError(
            f"{RECORD} may tell {', '.join(told)}, which depends on what was told since", argument="table", value=header,
            remedy=f"tell those days as events ({DELIVERY}, {JOB}), and leave the columns away; or {_IN_COLUMNS}",
        )  # fmt: skip


# -- the rule -------------------------------------------------------------------------------------------------------------


class _Grade(NamedTuple):
    """A rule in SQL."""

    holds: Any
    """Whether it holds on the day; null, which no CASE takes for yes, where a fact that decides is not told."""
    due: Any
    """The day on which it came true: right wherever it holds."""


class _Asked:
    """What the policy asks of each vehicle, and how it is said in SQL."""

    def __init__(self, churn: Churn, on: date) -> None:
        self.churn = churn
        self.on = on
        self.own = {kind.stored_in: kind for kind in churn.visit_kinds}
        self.names: set[str] = set()
        """The facts that the rules read beside the day from which absence counts."""
        for rule in (churn.at_risk, churn.lost):
            self._check(rule)
        #: The later of delivery and last visit, for each kind that counts: who has none was never seen.
        self.seen = tuple(f"seen_{kind.name}" for kind in churn.visit_kinds) or ("delivered_on",)

    def _check(self, rule: Rule) -> None:
        if isinstance(rule, (Earliest, Latest)):
            for part in rule.parts:
                self._check(part)
        elif isinstance(rule, Guarded):
            self._check(rule.rule)
            self._reads(rule, rule.condition.reads)
        elif isinstance(rule, Counted):
            self._reads(rule, rule.reads)
        elif rule not in (NEVER, ALWAYS) and type(rule) not in (InactiveFor, OffRhythm):
            raise LifecycleError(f"{rule!r} is no plain filter", argument="rule", value=self.churn, remedy=_IN_COLUMNS)

    def _reads(self, rule: Rule, names: Iterable[str]) -> None:
        for name in sorted(names):
            if name not in (*LAST, *self.own, "first_visit", "delivered_on"):
                raise LifecycleError(
                    f"{rule!r} is no plain filter: it reads {name}",
                    argument="rule",
                    value=self.churn,
                    remedy=_IN_COLUMNS,
                )
            self.names.add(name)

    def days(self, events: _Events) -> dict[str, Any]:
        """The days that are asked of each vehicle, by the names of their columns."""
        found: dict[str, Any] = {}
        delivers = events.delivers()
        for kind in self.churn.visit_kinds:
            counts = events.counts(kind)
            if delivers is not _NONE:
                counts = _ALL if counts is _ALL else delivers if counts is _NONE else counts | delivers
            found[f"seen_{kind.name}"] = events.last(counts)
        for name in sorted({*self.names, *(set(self.seen) - set(found))}):
            if name == "first_visit":
                found[name] = events.first_visit()
            else:
                visits = {**LAST, **self.own}.get(name)
                found[_column(name)] = events.last(delivers if visits is None else events.counts(visits))
        return found

    def grade(self, rule: Rule, cars: Any) -> _Grade:
        """Whether a rule holds on the day, and since when."""
        if isinstance(rule, (Earliest, Latest)):
            parts = [self.grade(part, cars) for part in rule.parts]
            first = isinstance(rule, Earliest)
            holds = reduce(_OR if first else _AND, (part.holds for part in parts))
            # engines differ in what the least of a null is
            dues = [_ibis().ifelse(part.holds, part.due, _day(_NEVER)) if first else part.due for part in parts]
            return _Grade(holds, (_ibis().least if first else _ibis().greatest)(*dues))
        if isinstance(rule, Guarded):
            below = self.grade(rule.rule, cars)
            truth = _truth(rule.condition, lambda name: cars[_column(name)])
            return _Grade((truth if rule.wanted else ~truth) & below.holds, below.due)
        if rule in (NEVER, ALWAYS):
            always = rule == ALWAYS
            return _Grade(_ibis().literal(always), _day(date.min if always else _NEVER))
        if isinstance(rule, (InactiveFor, OffRhythm)):
            return self._after(cars[f"seen_{rule.visits.name}"], rule.span)
        assert isinstance(rule, Counted)
        (name,) = rule.reads
        return self._after(cars[_column(name)], rule.span, back=rule.back)

    def _after(self, anchor: Any, span: Span, *, back: bool = False) -> _Grade:
        sign = -1 if back else 1
        if span.months is not None:
            cut = latest_anchor(self.on, sign * span.months)
            return _Grade(anchor <= _day(cut), anchor + _ibis().interval(months=sign * span.months))
        days = sign * (span.days or 0)
        return _Grade(anchor <= _day(add_days(self.on, -days)), anchor + _ibis().interval(days=days))


def _column(fact: str) -> str:
    return fact.replace(".", "_")


_COMPARES: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def _truth(condition: Condition, look: Callable[[str], Any]) -> Any:
    """A condition in SQL, whose own logic has three values: null where the answer is unknown."""
    if isinstance(condition, Compare):
        return _COMPARES[condition.op](look(condition.name), _constant(condition.value))
    if isinstance(condition, IsIn):
        return look(condition.name).isin([_constant(value) for value in condition.values])
    if isinstance(condition, IsKnown):
        return look(condition.name).notnull()
    if isinstance(condition, Not):
        return ~_truth(condition.part, look)
    if isinstance(condition, (AllOf, AnyOf)):
        parts = [_truth(part, look) for part in condition.parts]
        return reduce(_AND if isinstance(condition, AllOf) else _OR, parts)
    raise LifecycleError(f"{condition!r} is no plain filter", argument="condition", value=condition, remedy=_IN_COLUMNS)


def _constant(value: Any) -> Any:
    """A value as SQL has it."""
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, Decimal):
        return _ibis().literal(value, f"decimal(38, {max(-int(value.as_tuple().exponent), 0)})")
    return value
