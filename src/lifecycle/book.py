"""A book: the policies of one house in one edition, with the source of every choice.

In: policies and readings. Out: a frozen :class:`Book`; :meth:`Book.amend` makes a new edition (the base is never
changed), :meth:`Book.diff` says what differs, path by path. :class:`Editions` says which edition is in force on which
day; a book alone answers as the one edition that is always in force, so that a :data:`House` is either. Next:
:mod:`lifecycle.life`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, TypeAlias

import attrs
from attrs import evolve, field, fields, frozen
from attrs.validators import optional

from lifecycle.churn import Churn
from lifecycle.dates import SHANGHAI, a_zone
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError, near, shown
from lifecycle.kinds import FACTS
from lifecycle.money import whole_or_decimal
from lifecycle.points import Points
from lifecycle.tiers import Benefits, Tiers
from lifecycle.values import FrozenDict, frozen_dict
from lifecycle.visits import VisitKind, charged_visits

__all__ = ["Book", "ByDay", "Change", "Diff", "Editions", "House", "Readings", "a_house", "part_of"]


def _is(kind: type, such: str) -> Any:
    """A validator: the field holds one of this class; ``such`` says how one is written."""

    def check(owner: object, attribute: Any, value: Any) -> None:
        if not isinstance(value, kind):
            raise LifecycleError(
                f"{type(owner).__name__}({attribute.name}={shown(value)}) is no {kind.__name__}", argument=attribute.name,
                value=value, remedy=f"as in {attribute.name}={such}",
            )  # fmt: skip

    return check


def _from(value: Any) -> Decimal:
    return Decimal(whole_or_decimal(value, "diamond_from"))


def _to(value: Any) -> Decimal:
    return Decimal(whole_or_decimal(value, "diamond_to"))


def _attempts(_: object, __: object, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1000:
        raise LifecycleError(
            f"call_attempts={shown(value)} is not a whole number from 1 to 1000", argument="call_attempts", value=value,
            remedy="as in call_attempts=3",
        )  # fmt: skip


def _a_word(owner: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise LifecycleError(
            f"{type(owner).__name__}({attribute.name}={shown(value)}) is no name", argument=attribute.name, value=value,
            remedy=f'as in {attribute.name}="2024"',
        )  # fmt: skip


@frozen
class Readings:
    """Where the sources leave a question open: the house's answers. Each is a reading, named by its handbook ID."""

    charged: VisitKind = field(default=charged_visits, validator=_is(VisitKind, "charged_visits"))
    """Which jobs are *charged* ones: the customer's own share of the bill, unless the house says otherwise (V1b)."""
    service_repeats: bool = field(default=False, validator=_is(bool, "True"))
    """Whether a second charged visit alone makes a repeat customer (R1: default no)."""
    survey_recovers: bool = field(default=False, validator=_is(bool, "True"))
    """Whether a satisfied survey brings back one who ruled out buying again or speaks ill of the house (K9)."""
    third_party_recovers: bool = field(default=False, validator=_is(bool, "True"))
    """Whether a complaint closed to his satisfaction brings back one who went to third parties (K9: not beyond them)."""
    diamond_from: Decimal = field(default=Decimal(1500), converter=_from)
    """Stored value in yuan, from which on a member holds a diamond card (W7)."""
    diamond_to: Decimal = field(default=Decimal(10_000), converter=_to)
    """The most that a diamond card stores, in yuan (W7)."""
    call_attempts: int = field(default=3, validator=_attempts)
    """After so many calls without an answer a customer is unreachable (R6: call again; the number is a reading)."""


@frozen
class Change:
    """One field that differs between two books, always or on the days from ``since`` to ``until`` (both closed)."""

    path: str
    before: object
    after: object
    since: date | None = None
    """The first day; None: since ever."""
    until: date | None = None
    """The last day; None: for good."""

    @property
    def days(self) -> str:
        """When it differs: ``from 2025-01-01 to 2025-12-31``; empty where it always does."""
        if self.since is None:
            return "" if self.until is None else f"until {self.until}"
        return f"from {self.since}" + ("" if self.until is None else f" to {self.until}")

    def __str__(self) -> str:
        return f"{self.days}{': ' if self.days else ''}{self.path}: {self.before!r} → {self.after!r}"


class Diff(tuple[Change, ...]):
    """What differs between two books, day by day and path by path; empty (and false) where nothing does."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(str(change) for change in self) or "nothing differs"

    def __repr__(self) -> str:
        return f"<Diff\n{self}>" if self else "<Diff: nothing differs>"

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import diff_html

        return diff_html(self)


class ByDay:
    """What a book and editions of one answer alike."""

    __slots__ = ()

    def editions(self, until: date = date.max) -> tuple[tuple[date, Book], ...]:
        """The editions in force up to a day (closed), each with its first day, in order; ``date.min`` stands for since ever."""
        raise NotImplementedError

    def on(self, day: date) -> Book:
        """The edition in force on a day."""
        return self.editions(day)[-1][1]

    def label(self, day: date, *, zh: bool = False) -> str:
        """What the edition in force on a day is called: ``2026 from 2026-01-01``; its name alone where it is the first, or is
        called after its day."""
        since, book = self.editions(day)[-1]
        if since == date.min or book.edition == since.isoformat():
            return book.edition
        return f"{book.edition}（自{since}起）" if zh else f"{book.edition} from {since}"

    def ledger(self, on: date = date.max) -> tuple[tuple[date, Points, Tiers | None], ...]:
        """What points are kept by, in order of first days, up to a day (closed): policy and tiers, where they change."""
        found: list[tuple[date, Points, Tiers | None]] = []
        for since, book in self.editions(on):
            if not found or (book.points, book.tiers) != found[-1][1:]:
                found.append((since, book.points, book.tiers))
        return tuple(found)

    def diff(self, other: House, until: date = date.max) -> Diff:
        """What this says otherwise than ``other`` on the days up to one (closed): path, the other's value, this one's, and
        the days on which they differ."""
        begins = sorted({since for house in (self, other) for since, _ in house.editions(until)})
        found: list[Change] = []
        for place, since in enumerate(begins):
            first = None if since == date.min else since
            last = begins[place + 1] - timedelta(days=1) if place + 1 < len(begins) else None
            before = None if first is None else first - timedelta(days=1)
            for change in _changes_of(other.on(since), self.on(since)):
                longer = [
                    number for number, one in enumerate(found)
                    if first is not None and one == evolve(change, since=one.since, until=before)
                ]  # fmt: skip
                if longer:
                    found[longer[0]] = evolve(found[longer[0]], until=last)
                else:
                    found.append(evolve(change, since=first, until=last))
        return Diff(found)

    def changed(self, change: Callable[[Book], Book], *, on: date, since: date | None = None) -> House:
        """The same with one edition changed: the one in force on the day ``on``, in its time; or, from the day ``since`` on
        and until the next edition begins, the one in force then.

        Raises :class:`LifecycleError` where ``since`` lies after ``on``: nothing would be another on that day.
        """
        if since is not None:
            a_day(since, "since")
            if since > on:
                raise LifecycleError(
                    f"since={since} lies after on={on}: nothing differs yet", argument="since", value=since,
                    remedy="a day up to the one that is asked for",
                )  # fmt: skip
        begins = self.editions(on)[-1][0] if since is None else since
        by_day = {**dict(self.editions()), begins: change(self.on(begins))}
        first = by_day.pop(date.min)
        return Editions(first, by_day) if by_day else first


@frozen(slots=False)
class Book(ByDay):
    """The policies of one house: a value, compared by what it says.

    ``sources`` maps a path (``"churn.lost"``) to the handbook ID it was read from; ``based_on`` is the edition that an
    amended one came from.
    """

    name: str = field(validator=_a_word)
    edition: str = field(validator=_a_word)
    churn: Churn = field(validator=_is(Churn, "Churn(lost=InactiveFor(months=12))"))
    points: Points = field(factory=Points, validator=_is(Points, "Points()"))
    tiers: Tiers | None = field(default=None, kw_only=True, validator=optional(_is(Tiers, 'Tiers({"gold": 50_000})')))
    """Which basis reaches which tier (W3, W6: the sources give no thresholds); None: the tier is the one that records tell."""
    benefits: Benefits = field(factory=Benefits, kw_only=True, validator=_is(Benefits, "Benefits([Discount(5)])"))
    """What tiers, cards and birthdays bring besides points (W6, W7)."""
    readings: Readings = field(factory=Readings, validator=_is(Readings, "Readings()"))
    zone: tzinfo = field(default=SHANGHAI, converter=a_zone)
    zh: str = field(default="", eq=False)
    based_on: str | None = field(default=None, eq=False)
    sources: Mapping[str, str] = field(
        factory=FrozenDict[str, str], converter=frozen_dict, eq=False, repr=False, hash=False
    )

    def __attrs_post_init__(self) -> None:
        known = FACTS["tier"].choices if self.tiers is None else self.tiers.names
        for tier in sorted(self.benefits.tiers):
            if tier not in known:
                raise LifecycleError(
                    f"the benefits name the tier {tier!r}, which "
                    + ("no record tells" if self.tiers is None else "the book's tiers do not know"),
                    argument="benefits", value=tier, remedy=near(tier, known),
                )  # fmt: skip

    def amend(self, edition: str, **changes: Any) -> Book:
        """A new edition with the fields at these paths replaced (``points=…``, ``**{"churn.lost.months": 9}``); what stands in
        a row is named by its number from 0 (``benefits.discounts.0.percent``).

        The whole is validated at once or refused as a whole (LifecycleError); a path that does not exist names its
        neighbours. This book is not changed; the new one is ``based_on`` this edition.
        """
        tree: dict[str, Any] = {}
        for path, value in changes.items():
            branch: Any = tree
            *above, last = path.split(".")
            for name in above:
                branch = branch.setdefault(name, {})
                if isinstance(branch, _Leaf):
                    raise LifecycleError(
                        f"{path!r} lies below a path that is replaced as well", argument=path, value=value
                    )
            if last in branch:
                raise LifecycleError(f"{path!r} is given twice, or lies above another", argument=path, value=value)
            branch[last] = _Leaf(value)
        for name in ("edition", "based_on", "sources"):
            if name in tree:
                raise LifecycleError(
                    f"{name!r} is not amended", argument=name, remedy="the new edition's name is the first argument"
                )
        amended: Book = evolve(_amended(self, tree, ""), edition=edition, based_on=self.edition)
        return amended

    def editions(self, until: date = date.max) -> tuple[tuple[date, Book], ...]:
        """This edition alone, which is always in force."""
        return ((date.min, self),)

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import book_html

        return book_html(self)


@frozen
class _Leaf:
    value: Any


def _class(value: object) -> Any:
    return type(value)


def part_of(value: Any, name: str) -> Any:
    """What stands at a name of a value: a field, or what stands in a row at a number from 0; None where nothing does."""
    row = _row(value)
    if row is not None:
        return row[int(name)] if name.isdecimal() and int(name) < len(row) else None
    return getattr(value, name, None)


def _row(value: Any) -> tuple[Any, ...] | None:
    found: Any = value
    return found if isinstance(value, tuple) else None


def _amended_row(row: tuple[Any, ...], tree: Mapping[str, Any], above: str) -> tuple[Any, ...]:
    """A row with some of what stands in it replaced, each by its number from 0."""
    found = list(row)
    known = [f"{above}{number}" for number in range(len(found))]
    for name, below in tree.items():
        path = above + name
        if path not in known:
            remedy = near(path, known) if known else f"replace {above.rstrip('.')} as a whole"
            raise LifecycleError(f"no such path {path!r}", argument=path, value=None, remedy=remedy)
        place = int(name)
        found[place] = below.value if isinstance(below, _Leaf) else _amended(found[place], below, path + ".")
    return tuple(found)


def _amended(value: Any, tree: Mapping[str, Any], above: str) -> Any:
    kind = _class(value)
    if kind is tuple:
        return _amended_row(value, tree, above)
    if not attrs.has(kind):
        path = above.rstrip(".")
        raise LifecycleError(
            f"{path!r} is {value!r}, which has no parts",
            argument=path,
            value=value,
            remedy=f"replace {path} as a whole",
        )
    known = {one.name: one.alias for one in fields(kind) if one.init}
    replaced: dict[str, Any] = {}
    for name, below in tree.items():
        path = above + name
        if name not in known:
            paths = [above + other for other in known]
            raise LifecycleError(f"no such path {path!r}", argument=path, value=None, remedy=near(path, paths))
        if isinstance(below, _Leaf):
            replaced[known[name]] = below.value
        else:
            replaced[known[name]] = _amended(getattr(value, name), below, path + ".")
    try:
        return evolve(value, **replaced)
    except LifecycleError as error:
        raise error.at(error.place or "amend: " + ", ".join(above + name for name in tree)) from error


def _changes_of(before: Book, after: Book) -> list[Change]:
    return [
        change
        for one in fields(Book)
        if one.eq and one.name not in ("name", "edition")
        for change in _changes(getattr(before, one.name), getattr(after, one.name), one.name)
    ]


def _changes(before: Any, after: Any, path: str) -> list[Change]:
    if before == after:
        return []
    kind = _class(before)
    if kind is type(after) and attrs.has(kind):
        found = [
            change
            for one in fields(kind)
            if one.eq
            for change in _changes(getattr(before, one.name), getattr(after, one.name), f"{path}.{one.name}")
        ]
        if found:
            return found
    row, other_row = _row(before), _row(after)
    if row is not None and other_row is not None and len(row) == len(other_row):
        parts: list[tuple[Any, Any]] = list(zip(row, other_row, strict=True))
        # parts of the same kinds are addressed by their places, as Book.amend takes them
        if all(attrs.has(_class(one)) and _class(one) is type(other) for one, other in parts):
            return [
                change for place, (one, other) in enumerate(parts) for change in _changes(one, other, f"{path}.{place}")
            ]
    return [Change(path, before, after)]


# -- editions by day ------------------------------------------------------------------------------------------------------


def _by_day(given: Any) -> Mapping[date, Book]:
    if not isinstance(given, Mapping):
        raise LifecycleError(
            f"later={shown(given)} are not editions by their first days", argument="later", value=given,
            remedy='as in {date(2025, 1, 1): WENHUA.amend("2025", …)}',
        )  # fmt: skip
    later: dict[Any, Any] = {**given}
    for day, book in later.items():
        if not isinstance(day, date) or isinstance(day, datetime) or not isinstance(book, Book):
            raise LifecycleError(
                f"later has {shown(day)}: {shown(book)}, not a day with the book in force from it", argument="later",
                value=later, remedy="give a datetime.date and a Book",
            )  # fmt: skip
    return FrozenDict(sorted(later.items()))


@frozen
class Editions(ByDay):
    """Which edition of a house's book is in force when: ``Editions(WENHUA, {date(2025, 1, 1): WENHUA.amend("2025", …)})``.

    ``first`` is in force until the first of the days in ``later``; each of those from its day on (closed). What is asked
    as of a day is answered by the edition of that day (:meth:`on`): activity, stages, cases are told anew under it, from
    the first event on, as a question of that day. Points are not: each edition awards in its time, what was awarded stands
    as recorded, and a deadline that is past when an edition begins falls due on its first day (LP18).
    """

    first: Book = field(validator=_is(Book, "WENHUA"))
    later: Mapping[date, Book] = field(factory=FrozenDict[date, Book], converter=_by_day)

    def __attrs_post_init__(self) -> None:
        for day, book in self.later.items():
            for name in ("name", "zone"):
                if getattr(book, name) != getattr(self.first, name):
                    raise LifecycleError(
                        f"the edition from {day} has {name}={getattr(book, name)!r}, the first {getattr(self.first, name)!r}",
                        argument="later", value=book, remedy="editions are of one house",
                    )  # fmt: skip

    @property
    def name(self) -> str:
        """The house's name."""
        return self.first.name

    @property
    def zone(self) -> tzinfo:
        """The house's zone."""
        return self.first.zone

    def editions(self, until: date = date.max) -> tuple[tuple[date, Book], ...]:
        """The editions in force up to a day (closed), each with its first day, in order; ``date.min`` is that of the first."""
        return ((date.min, self.first), *((since, book) for since, book in self.later.items() if since <= until))

    def amend(self, edition: str, *, since: date, **changes: Any) -> Editions:
        """The same with a new edition from the day ``since`` on: the one that was in force then, amended."""
        return Editions(self.first, {**self.later, since: self.on(since).amend(edition, **changes)})


House: TypeAlias = Book | Editions
"""A book, or the editions of one by day: what everything that takes a book takes."""


def a_house(given: Any, argument: str = "book") -> House:
    """What was given, if it is a book or editions of one; :class:`LifecycleError` where it is neither."""
    if not isinstance(given, (Book, Editions)):
        raise LifecycleError(
            f"{argument}={shown(given)} is no book", argument=argument, value=given,
            remedy="as in lifecycle.books.WENHUA, WENHUA.amend(…), Editions(WENHUA, {day: …})",
        )  # fmt: skip
    return given
