"""The ledger: one fold over events, one queue of lots an account, lines that are only ever appended.

In: events in canonical order. Out: an :class:`Account` as of the last of them; what has lapsed since is a matter of
dates, worked out for the day that is asked (LP2). Next: :mod:`lifecycle.points.policy`, which opens accounts.

A *lot* is what came at once. Points leave it when they are redeemed, when they lapse, when they are taken back; they come
back to it, with its dates, when a redemption is rolled back (LP8). What an event earned is kept as recorded, so that a
refund takes back earn(a) − earn(a − returned) by the award of that day, whatever the rules of today (LP6, LP7).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lifecycle.dates import add_days
from lifecycle.events import Event
from lifecycle.kinds import KINDS
from lifecycle.money import Yuan, fen
from lifecycle.points.statement import Due, Line, Lot, Sentence, Statement, Totals
from lifecycle.points.terms import DEALER, Ask, Key, Part, paid
from lifecycle.tiers import ORDINARY, TierFold, Tiers, TierStanding
from lifecycle.visits import all_visits, charged_visits

if TYPE_CHECKING:
    from lifecycle.points.policy import Points, Rule

__all__ = ["COMMANDS", "Account"]

_NEVER = date.max
#: How an entry of what a refund took back was met, besides from a lot (then it is the lot's number).
_LAPSED, _WRITTEN_OFF, _DEFICIT = 0, -1, -2
Moves = list[tuple["_Lot", int]]


class _Lot:
    """A lot while it is folded; ``left`` is what is neither redeemed nor lapsed nor taken back."""

    __slots__ = (
        "account", "active", "day", "event", "gone", "issued", "lapsed", "left", "number", "order", "redeemed", "reversed",
        "until",
    )  # fmt: skip

    number: int
    account: str
    day: date
    event: str
    issued: int
    left: int
    redeemed: int
    lapsed: int
    reversed: int
    active: date
    gone: date
    until: date | None
    order: tuple[Any, ...]

    def copy(self) -> _Lot:
        again = object.__new__(_Lot)
        again.number, again.account, again.day, again.event = self.number, self.account, self.day, self.event
        again.issued, again.left, again.redeemed = self.issued, self.left, self.redeemed
        again.lapsed, again.reversed, again.active = self.lapsed, self.reversed, self.active
        again.gone, again.until, again.order = self.gone, self.until, self.order
        return again

    def seen(self, on: date, idle: date) -> Lot:
        """The lot as a statement shows it on a day, where its account is gone by absence on the day ``idle``."""
        left = self.left
        pending = left if self.active > on else 0
        gone = min(self.gone, idle) if left else _NEVER
        return Lot(
            number=self.number,
            account=self.account,
            day=self.day,
            event=self.event,
            issued=self.issued,
            available=left - pending,
            pending=pending,
            redeemed=self.redeemed,
            lapsed=self.lapsed,
            reversed=self.reversed,
            active_on=self.active,
            gone_on=None if gone == _NEVER else gone,
        )


def _order(lot: _Lot) -> tuple[Any, ...]:
    return lot.order


class _Queue:
    """One account (K19): its live lots in the order in which they are spent, and its totals."""

    __slots__ = (
        "deficit", "due", "first_earned", "idle", "issued", "lapsed", "left", "live", "lots", "name", "pending_until",
        "redeemed", "reversed", "swept", "transferred", "written_off",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.lots: list[_Lot] = []
        self.left = self.issued = self.redeemed = self.lapsed = self.reversed = 0
        self.transferred = self.written_off = self.deficit = 0
        self.first_earned: date | None = None  # since the last lapse by absence
        self.swept = 0  # the number of the last lot that a lapse by absence found
        self.idle = _NEVER  # the next lapse by absence
        self.live = _NEVER  # the next lapse of a lot by its own age (never later than it is)
        self.due = _NEVER  # the earlier of both
        self.pending_until = date.min  # the day on which nothing is pending any more

    def copy(self, lots: list[_Lot]) -> _Queue:
        again = object.__new__(_Queue)
        for name in _Queue.__slots__:
            setattr(again, name, getattr(self, name))
        again.lots = [lots[lot.number - 1] for lot in self.lots]
        return again

    def totals(self, on: date) -> Totals:
        """The totals as a statement shows them on a day."""
        pending = self.pending(on)
        return Totals(
            account=self.name,
            balance=self.left - self.deficit,
            issued=self.issued,
            available=self.left - pending,
            pending=pending,
            redeemed=self.redeemed,
            lapsed=self.lapsed,
            reversed=self.reversed,
            transferred=self.transferred,
            written_off=self.written_off,
            deficit=self.deficit,
        )

    def pending(self, on: date) -> int:
        """What is earned and cannot be spent on the day."""
        return sum(lot.left for lot in self.lots if lot.active > on) if on < self.pending_until else 0


class _Award:
    """What an event earned, as recorded: how to ask again, and what has come back since (LP7)."""

    __slots__ = ("ask", "back", "covered", "lots", "returned", "rolled_back", "rule", "taken", "uses")

    def __init__(self, ask: Ask, rule: Rule) -> None:
        self.ask = ask
        self.rule = rule
        self.lots: dict[str, int] = {}  # account → number of the lot
        self.uses: list[tuple[Key, int]] = []
        self.returned = 0  # fen refunded
        self.covered = 0  # fen paid with points
        self.rolled_back = 0  # fen that had been paid with points, and was given back as points
        self.taken: dict[str, int] = {}  # account → points taken back
        self.back: dict[str, list[tuple[int, int]]] = {}  # account → (lot, or how else it was met; points), in order

    def copy(self) -> _Award:
        again = object.__new__(_Award)
        again.ask, again.rule, again.lots, again.uses = self.ask, self.rule, self.lots, self.uses
        again.returned, again.covered, again.rolled_back = self.returned, self.covered, self.rolled_back
        again.taken = self.taken.copy()
        again.back = {account: list(entries) for account, entries in self.back.items()}
        return again

    @property
    def left(self) -> int:
        """What of the money was not given back, in fen; once money came back, so did what points had paid for."""
        returned = self.returned + (self.rolled_back if self.returned else 0)
        return max(self.ask.paid - returned, 0)


class _Spent:
    """One redemption: which lots it took, for what value, on which bill."""

    __slots__ = ("account", "bill", "moves", "rolled_back", "value")

    def __init__(self, account: str, moves: tuple[tuple[int, int], ...], value: int, bill: str | None) -> None:
        self.account = account
        self.moves = moves
        self.value = value
        self.bill = bill
        self.rolled_back = False

    def copy(self) -> _Spent:
        again = _Spent(self.account, self.moves, self.value, self.bill)
        again.rolled_back = self.rolled_back
        return again


class Account:
    """A customer's points while they are folded; mutable, copied before it goes on (:meth:`copy`)."""

    __slots__ = (
        "_awards", "_counters", "_covering", "_due", "_lots", "_queues", "_recorded", "_since", "_spent", "_tiers",
        "_visits", "_waiting", "customer", "last_visits", "lines", "policy",
    )  # fmt: skip

    def __init__(self, customer: str, policy: Points, tiers: Tiers | None = None) -> None:
        self.customer = customer
        self.policy = policy
        self.lines: list[Line] = []
        self.last_visits: dict[str, date] = {}  # name of the kind of visit → the last day
        self._tiers: TierFold | None = None if tiers is None else tiers.open()
        self._recorded = ORDINARY  # the tier that the records tell
        self._lots: list[_Lot] = []
        self._queues: dict[str, _Queue] = {}
        self._awards: dict[str, _Award] = {}  # by the id of the event
        self._spent: dict[str, _Spent] = {}  # by the id of the redemption
        self._visits: dict[str, str] = {}  # fact `visit` → id of the bill
        self._counters: dict[Key, int] = {}
        self._waiting: dict[str, int] = {}  # fen refunded of what is not told yet
        self._covering: dict[str, list[str]] = {}  # redemptions on a bill that is not told yet
        self._since = date.min  # the first day of the edition in force
        self._due = _NEVER

    def copy(self) -> Account:
        """An account that goes on by itself."""
        again = object.__new__(Account)
        again.customer, again.policy, again._recorded = self.customer, self.policy, self._recorded
        again._since, again._due = self._since, self._due
        again.lines = self.lines.copy()
        again.last_visits = self.last_visits.copy()
        again._tiers = None if self._tiers is None else self._tiers.copy()
        again._lots = lots = [lot.copy() for lot in self._lots]
        again._queues = {name: queue.copy(lots) for name, queue in self._queues.items()}
        again._awards = {key: award.copy() for key, award in self._awards.items()}
        again._spent = {key: spent.copy() for key, spent in self._spent.items()}
        again._visits = self._visits.copy()
        again._counters = self._counters.copy()
        again._waiting = self._waiting.copy()
        again._covering = {bill: list(ids) for bill, ids in self._covering.items()}
        return again

    def change(self, policy: Points, tiers: Tiers | None, *, on: date) -> None:
        """Go on under another edition from the day ``on``: earning by its terms, deadlines by its dates (LP18).

        What was awarded stays as recorded; a deadline that is past under the new rules falls due on their first day.
        """
        self._pass(add_days(on, -1))
        self.policy = policy
        self._since = on
        for lot in self._lots:
            lot.gone = self._gone(lot)
            lot.order = self._order_of(lot)
        for queue in self._queues.values():
            queue.lots.sort(key=_order)
            queue.live = min((lot.gone for lot in queue.lots), default=_NEVER)
            self._reckon(queue)
        self._schedule()
        if tiers is None:
            self._tiers = None
        elif self._tiers is None or self._tiers.policy != tiers:
            self._tiers = self._reckoned(tiers)

    def _reckoned(self, tiers: Tiers) -> TierFold:
        """The fold of other tiers over what has happened so far."""
        fold = tiers.open()
        for of, award in self._awards.items():
            event = award.ask.event
            if tiers.by == "points":
                amount = sum(
                    self._lots[number - 1].issued - award.taken.get(account, 0)
                    for account, number in award.lots.items()
                )
            else:
                amount = _basis(tiers, event, award.left if tiers.by == "spend" else award.ask.paid)
            if amount:
                fold.count(event.day, amount, of)
        return fold

    # -- answers ------------------------------------------------------------------------------------------------------

    @property
    def tier(self) -> str:
        """The tier as of the last event: the higher of what the records tell and what the basis gives."""
        fold = self._tiers
        if fold is None:
            return self._recorded
        recorded = fold.policy.rank(self._recorded)
        return self._recorded if recorded >= fold.level and self._recorded != ORDINARY else fold.tier

    def tier_on(self, on: date) -> str:
        """The tier as of a day, not before the last event."""
        return self._as_of(on).tier

    def standing(self, on: date) -> TierStanding | None:
        """Tier, basis and what is missing to the next, as of a day; None where the house has no rule of tiers."""
        return None if self._tiers is None else self._tiers.standing(on, self._recorded)

    def balance(self, on: date) -> int:
        """The points owned on a day not before the last event: available + pending − deficit."""
        seen = self._as_of(on) if self._due <= on else self
        return sum(queue.left - queue.deficit for queue in seen._queues.values())

    def available(self, on: date, account: str = DEALER) -> int:
        """The points of one account that can be spent on a day not before the last event."""
        queue = self._as_of(on)._queues.get(account)
        return 0 if queue is None else queue.left - queue.pending(on)

    def would_take(self, points: int, *, on: date, account: str = DEALER) -> tuple[tuple[int, int], ...]:
        """Which lots so many points would come from on a day: (number of the lot, points), in order.

        A transfer is told to the receiver lot by lot (``points_received earned_on= until=``), so that dates go along.
        """
        seen = self.copy()
        seen._pass(on)
        queue = seen._queue(account)
        return tuple((lot.number, some) for lot, some in _take(queue, points, on))

    def statement(self, on: date) -> Statement:
        """The account as of a day (closed) not before the last event, with what has lapsed by then."""
        seen = self._as_of(on)
        queues = [seen._queues[name] for name in sorted(seen._queues)]
        totals = tuple(queue.totals(on) for queue in queues)
        sums = {name: sum(getattr(one, name) for one in totals) for name in Totals._fields[1:]}
        return Statement(
            customer=self.customer,
            on=on,
            tier=seen.tier,
            **sums,
            accounts=totals,
            lines=tuple(seen.lines),
            lots=tuple(lot.seen(on, seen._queues[lot.account].idle) for lot in seen._lots),
            due=seen._dues(),
            worth=self.policy.redeem.point,
        )

    def _as_of(self, on: date) -> Account:
        fold = self._tiers
        if self._due > on and (fold is None or fold.due > on):
            return self
        seen = self.copy()
        seen._pass(on)
        return seen

    def _dues(self) -> tuple[Due, ...]:
        sums: dict[tuple[date, str, date | None], int] = {}
        for name, queue in self._queues.items():
            lapse = self.policy.lapse_on(name)
            idle = lapse.remind_on(self._anchor(queue), queue.idle) if queue.idle < _NEVER else None
            for lot in queue.lots:
                if queue.idle <= lot.gone:
                    gone, remind = queue.idle, idle
                else:
                    gone = lot.gone
                    remind = None if lot.until is not None else lapse.remind_on(lot.day, gone)
                if gone < _NEVER:
                    sums[gone, name, remind] = sums.get((gone, name, remind), 0) + lot.left
        ordered = sorted(sums.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or _NEVER))
        return tuple(Due(name, points, gone, remind) for (gone, name, remind), points in ordered)

    # -- events -------------------------------------------------------------------------------------------------------

    def take(self, event: Event, customer: Any = None) -> tuple[str, ...]:
        """Apply one event; () or, where the command is refused, the reasons (then nothing has changed; LP14).

        Events come in canonical order; ``customer`` is asked by attribute for what the terms' conditions want to know.
        """
        day = event.day
        if self._due <= day:
            self._lapse(day)
        fold = self._tiers
        if fold is not None and fold.due <= day:
            fold.advance(day)
        kind = event.kind
        command = COMMANDS.get(kind)
        if command is not None:
            refused = command(self, event)
            if refused:
                return refused
        if kind in _VISITS:
            self._visit(event, day)
        rule = self.policy.rules.get(kind)
        if rule is not None:
            self._earn(event, rule, customer)
        return ()

    def _pass(self, on: date) -> None:
        """Let time pass up to the day ``on`` (closed)."""
        if self._due <= on:
            self._lapse(on)
        if self._tiers is not None and self._tiers.due <= on:
            self._tiers.advance(on)

    def _visit(self, event: Event, day: date) -> None:
        came = False
        for visits in self.policy.visit_kinds:
            when: date | None = None
            if event.kind == "vehicle_recorded":
                name = (
                    "last_visit" if visits == all_visits else "last_charged_visit" if visits == charged_visits else ""
                )
                told = event.facts.get(name)
                when = min(told, day) if isinstance(told, date) else None
            elif visits.counts(event):
                when = day
            if when is not None and when > self.last_visits.get(visits.name, date.min):
                self.last_visits[visits.name] = when
                came = True
        if came and self._queues:
            for queue in self._queues.values():
                self._reckon(queue)
            self._schedule()

    def _earn(self, event: Event, rule: Rule, customer: Any) -> None:
        kind = event.kind
        money = paid(event)
        job = kind == "vehicle_handed_over"
        term = rule.term
        if term is None and not money and not job:
            return
        policy = self.policy
        fold = self._tiers
        including = fold is not None and policy.tier_of == "including" and fold.policy.by != "points"
        if including:
            self._count(event, money)
        tier = self._recorded if fold is None else self.tier
        ask = Ask(event, tier, money, policy.rounding, self._counters, customer)
        award = _Award(ask, rule)
        early = bool(self._waiting or self._covering) and self._told_before(event, award)
        for name in rule.facts:
            ask.look(name)
        parts = [] if term is None else term.parts(ask)
        if parts or money or job:
            self._awards[event.id] = award
            visit = event.facts.get("visit")
            if job and visit is not None:
                self._visits[str(visit)] = event.id
        if parts:
            self._award(event, award, parts)
        if fold is not None and not including and fold.policy.by != "points":
            self._count(event, money)
        if early:
            self._returned(event, event.id, award, award.ask.paid)
        ask.close()

    def _count(self, event: Event, money: int) -> None:
        """Count what an event is worth for the tier: its money, or the visit."""
        fold = self._tiers
        assert fold is not None
        amount = _basis(fold.policy, event, money)
        if amount:
            fold.count(event.day, amount, event.id)

    def _told_before(self, event: Event, award: _Award) -> bool:
        """What was told of an event before the event itself: points paid on it, money given back."""
        names = {event.id, str(event.facts.get("visit", event.id))}
        for one in [one for name in sorted(names) for one in self._covering.pop(name, ())]:
            spent = self._spent[one]
            spent.bill = event.id
            if spent.rolled_back:
                award.rolled_back += spent.value
            else:
                award.covered += spent.value
        if self.policy.basis == "net":
            award.ask.left = max(award.ask.paid - award.covered, 0)
        amount = self._waiting.pop(event.id, None)
        if amount is not None:
            award.returned += amount
        return amount is not None

    def _returned(self, event: Event, of: str, award: _Award, before: int) -> None:
        """After money came back: the tier's basis and the award are brought to what is left (``before``: what had been)."""
        fold = self._tiers
        if fold is not None and before != award.left:
            policy = fold.policy
            if policy.by == "spend" and _basis(policy, award.ask.event, 1):
                fold.take_back(of, before - award.left, event.day)
            elif policy.by == "visits" and not award.left and award.ask.paid:
                fold.take_back(of, 1, event.day)
        self._settle(event, of, award)

    def _award(self, event: Event, award: _Award, parts: list[Part]) -> None:
        """Write down what an event earned: a lot an account."""
        ask = award.ask
        counters = self._counters
        for key, amount in ask.uses:
            counters[key] = counters.get(key, 0) + amount
        award.uses = ask.uses
        if len(parts) == 1:
            part = parts[0]
            why = part.why
            points = part.points
            if type(points) is not int:
                points, why = _rounded(points, why, ask.rounding)
            self._award_on(event, award, part.account, points, why)
            return
        for account in dict.fromkeys(part.account for part in parts):
            mine = [part for part in parts if part.account == account]
            total: int | Fraction = 0
            sentences: list[Sentence] = []
            for part in mine:
                total += part.points
                (_, template, *filling), *remarks = part.why
                sentences += [(part.points, template, *filling), *remarks]
            points, why = _rounded(total, tuple(sentences), ask.rounding)
            self._award_on(event, award, account, points, why)

    def _award_on(self, event: Event, award: _Award, account: str, points: int, why: tuple[Sentence, ...]) -> None:
        if points <= 0:
            self.lines.append(Line(event.day, 0, account, "withheld", event.kind, event.id, (), why))
            return
        days = self.policy.active_after_days
        active = event.day if not days else add_days(event.day, days)
        lot = self._issue(event, account, points, why, active=active)
        award.lots[account] = lot.number
        fold = self._tiers
        if fold is not None and fold.policy.by == "points":
            fold.count(event.day, points, event.id)

    # -- moves --------------------------------------------------------------------------------------------------------

    def _queue(self, account: str) -> _Queue:
        queue = self._queues.get(account)
        if queue is None:
            queue = self._queues[account] = _Queue(account)
        return queue

    def _issue(
        self,
        event: Event,
        account: str,
        points: int,
        why: tuple[Sentence, ...],
        *,
        active: date | None = None,
        earned_on: date | None = None,
        until: date | None = None,
    ) -> _Lot:
        """A new lot at the end of its queue (or at its place in it); a deficit is settled from it at once."""
        day = event.day
        queue = self._queue(account)
        lot = _Lot()
        lot.number = len(self._lots) + 1
        lot.account = account
        lot.day = day if earned_on is None else min(earned_on, day)
        lot.event = event.id
        lot.issued = lot.left = points
        lot.redeemed = lot.lapsed = lot.reversed = 0
        lot.active = day if active is None else active
        lot.until = until
        lot.gone = self._gone(lot)
        lot.order = self._order_of(lot)
        self._lots.append(lot)
        queue.issued += points
        if queue.first_earned is None:
            queue.first_earned = day
            self._reckon(queue)
            self._schedule()
        told = ((lot.number, points),)
        self.lines.append(Line(day, points, account, "issued", event.kind, event.id, told, why))
        if queue.deficit:
            self._settle_deficit(event, queue, lot)
        if lot.left:
            self._put(queue, lot)
            queue.left += lot.left
            queue.pending_until = max(queue.pending_until, lot.active)
        return lot

    def _gone(self, lot: _Lot) -> date:
        gone = self.policy.lapse_on(lot.account).of_lot(lot.day)
        if lot.until is not None:
            gone = min(gone, add_days(lot.until, 1))
        return max(gone, self._since)

    def _order_of(self, lot: _Lot) -> tuple[Any, ...]:
        order = self.policy.redeem.order
        if order == "first_to_lapse":
            return (lot.gone, lot.day, lot.number)
        return (lot.day, lot.number) if order == "oldest" else (-lot.day.toordinal(), -lot.number)

    def _put(self, queue: _Queue, lot: _Lot) -> None:
        """Put a lot at its place in the queue."""
        lots = queue.lots
        if not lots or lots[-1].order < lot.order:
            lots.append(lot)
        else:
            insort(lots, lot, key=_order)
        if lot.gone < queue.live:
            queue.live = lot.gone
            if lot.gone < queue.due:
                queue.due = lot.gone
                self._due = min(self._due, lot.gone)

    def _settle_deficit(self, event: Event, queue: _Queue, lot: _Lot) -> None:
        some = min(lot.left, queue.deficit)
        lot.left -= some
        lot.reversed += some
        queue.deficit -= some
        why = ((None, "{} of them settle what a refund could not take back", some),)
        self.lines.append(Line(event.day, 0, lot.account, "settled", event.kind, event.id, ((lot.number, some),), why))

    def _line(self, event: Event, points: int, account: str, move: str, moves: Moves, *why: Sentence) -> None:
        told = tuple((lot.number, some) for lot, some in moves)
        self.lines.append(Line(event.day, points, account, move, event.kind, event.id, told, why))

    # -- time ---------------------------------------------------------------------------------------------------------

    def _anchor(self, queue: _Queue) -> date:
        """The day from which absence counts: the last visit, or the first earning since the last lapse if later (LP15)."""
        visits = self.policy.lapse_on(queue.name).visits
        first = queue.first_earned or date.min
        return max(first, self.last_visits.get(visits.name, date.min))

    def _reckon(self, queue: _Queue) -> None:
        """Find an account's next lapse anew."""
        if queue.first_earned is None:
            queue.idle = _NEVER
        else:
            queue.idle = max(self.policy.lapse_on(queue.name).of_account(self._anchor(queue)), self._since)
        queue.due = min(queue.idle, queue.live)

    def _schedule(self) -> None:
        due = _NEVER
        for queue in self._queues.values():
            due = min(due, queue.due)
        self._due = due

    def _lapse(self, on: date) -> None:
        """Let everything lapse that is gone on ``on``, in the order of days."""
        while self._due <= on:
            for name in sorted(self._queues):
                queue = self._queues[name]
                if queue.due == self._due:
                    self._lapse_of(queue, queue.due)
            self._schedule()

    def _lapse_of(self, queue: _Queue, day: date) -> None:
        lapse = self.policy.lapse_on(queue.name)
        if queue.idle <= day:
            why: Sentence = (
                None, "no visit ({}) for {} months since {}", lapse.visits.name, lapse.months, self._anchor(queue)
            )  # fmt: skip
            self._gone_by(queue, list(queue.lots), day, why)
            queue.first_earned = None
            queue.swept = len(self._lots)
        else:
            lots = [lot for lot in queue.lots if lot.gone <= day]
            for until in (False, True):
                mine = [lot for lot in lots if (lot.until is not None) is until]
                why = (None, "granted until {}", mine[0].until) if until and mine else (None, "by the rule {}", lapse)
                self._gone_by(queue, mine, day, why)
        queue.live = min((lot.gone for lot in queue.lots), default=_NEVER)
        self._reckon(queue)

    def _gone_by(self, queue: _Queue, lots: list[_Lot], day: date, why: Sentence) -> None:
        points = sum(lot.left for lot in lots)
        if not points:
            return
        moves = tuple((lot.number, lot.left) for lot in lots)
        for lot in lots:
            lot.lapsed += lot.left
            lot.left = 0
        queue.lots = [lot for lot in queue.lots if lot.left]
        queue.left -= points
        queue.lapsed += points
        self.lines.append(Line(day, -points, queue.name, "lapsed", "lapse", None, moves, (why,)))

    # -- commands -----------------------------------------------------------------------------------------------------

    def _told(self, event: Event) -> tuple[str, ...]:
        tier = event.facts.get("tier")
        if tier is not None:
            self._recorded = str(tier)
        return ()

    def _opened(self, event: Event) -> tuple[str, ...]:
        self._told(event)
        if _points(event):
            self._issue(event, _account(event), _points(event), ((None, "opening balance"),))
        return ()

    def _granted(self, event: Event) -> tuple[str, ...]:
        if _points(event):
            what = event.facts.get("event") or event.facts.get("reason")
            why: Sentence = (None, "granted by the house for {}", what) if what else (None, "granted by the house")
            self._came(event, why)
        return ()

    def _received(self, event: Event) -> tuple[str, ...]:
        giver = event.facts.get("giver")
        if giver == self.customer:
            return ("points are not received from oneself",)
        if _points(event):
            self._came(event, (None, "received from {}", giver if giver is not None else "another member"))
        return ()

    def _came(self, event: Event, why: Sentence) -> None:
        """Points that may bring dates of their own; those that are past lapse at once."""
        until, earned_on = event.facts.get("until"), event.facts.get("earned_on")
        self._issue(event, _account(event), _points(event), (why,), earned_on=earned_on, until=until)  # type: ignore[arg-type]
        if self._due <= event.day:
            self._lapse(event.day)

    def _short(self, queue: _Queue, points: int, day: date) -> str:
        pending = queue.pending(day)
        told = f", {pending} more are pending" if pending else ""
        return f"{points} points are asked for, {queue.left - pending} are available on {day} ({queue.name}{told})"

    def _redeemed(self, event: Event) -> tuple[str, ...]:
        points, day, redeem = _points(event), event.day, self.policy.redeem
        queue = self._queue_or_empty(event)
        refused: list[str] = []
        if points < redeem.minimum:
            refused.append(f"{points} points are fewer than the least that can be redeemed, {redeem.minimum}")
        if points % redeem.unit:
            refused.append(f"{points} points are no multiple of {redeem.unit}")
        if points > queue.left - queue.pending(day):
            refused.append(self._short(queue, points, day))
        told = event.facts.get("value")
        value = redeem.value(points)
        asked = None if told is None else fen(told)  # type: ignore[arg-type]
        if value is not None and asked is not None and asked != value:
            refused.append(f"{points} points are worth {Yuan(value)} yuan, {Yuan(asked)} are asked for")
        granted = value if value is not None else asked
        visit = event.facts.get("visit")
        bill: str | None = None
        if visit is not None:
            bill = self._visits.get(str(visit), str(visit))
            award = self._awards.get(bill)
            if award is not None and granted:
                room = min(award.ask.paid * redeem.share // 100, award.left) - award.covered
                if granted > room:
                    refused.append(
                        f"{Yuan(granted)} yuan are more than the {Yuan(max(room, 0))} yuan of bill {bill} that points may pay"
                        + (f" ({redeem.share} % of it)" if redeem.share < 100 else "")
                    )
        if refused:
            return tuple(refused)
        queue = self._queue(queue.name)
        moves = _take(queue, points, day)
        for lot, some in moves:
            lot.redeemed += some
        queue.redeemed += points
        self._spent[event.id] = _Spent(queue.name, tuple((lot.number, some) for lot, some in moves), granted or 0, bill)
        why: Sentence = (None, "redeemed for {} yuan", Yuan(granted)) if granted else (None, "redeemed")
        self._line(event, -points, queue.name, "redeemed", moves, why)
        if bill is not None and granted:
            award = self._awards.get(bill)
            if award is None:
                self._covering.setdefault(str(visit), []).append(event.id)
            else:
                award.covered += granted
                if self.policy.basis == "net":
                    self._settle(event, bill, award)
        return ()

    def _rolled_back(self, event: Event) -> tuple[str, ...]:
        of = str(event.facts["of"])
        spent = self._spent.get(of)
        if spent is None:
            return (f"there is no redemption {of!r} to roll back",)
        if spent.rolled_back:
            return (f"redemption {of!r} is rolled back already",)
        spent.rolled_back = True
        queue = self._queues[spent.account]
        moves = [(self._lots[number - 1], some) for number, some in spent.moves]
        for lot, some in moves:
            lot.redeemed -= some
            queue.redeemed -= some
        self._put_back(event, queue, moves, (None, "redemption {} is rolled back", of))
        award = None if spent.bill is None else self._awards.get(spent.bill)
        if award is not None and spent.value:
            before = award.left
            award.covered -= spent.value
            award.rolled_back += spent.value
            self._returned(event, str(spent.bill), award, before)
        return ()

    def _put_back(self, event: Event, queue: _Queue, moves: Moves, *why: Sentence) -> None:
        """Give points back to their lots, with their dates; what is owed on them, or has lapsed, goes at once (LP8)."""
        day = event.day
        total = sum(some for _, some in moves)
        self._line(event, total, queue.name, "restored", moves, *why)
        recovered: Moves = []
        settled: Moves = []
        lapsed: Moves = []
        for lot, some in moves:
            left = some
            owed = min(left, self._owed(lot))
            if owed:
                self._recover(lot, owed)
                lot.reversed += owed
                queue.reversed += owed
                queue.written_off -= owed
                recovered.append((lot, owed))
                left -= owed
            settles = min(left, queue.deficit)
            if settles:
                lot.reversed += settles
                queue.deficit -= settles
                settled.append((lot, settles))
                left -= settles
            if left and (lot.gone <= day or lot.number <= queue.swept):
                lot.lapsed += left
                queue.lapsed += left
                lapsed.append((lot, left))
            elif left:
                if not lot.left:
                    self._put(queue, lot)
                lot.left += left
                queue.left += left
        if recovered:
            points = sum(some for _, some in recovered)
            why = ((None, "{} that a refund had to write off are taken back now", points),)
            self._line(event, -points, queue.name, "recovered", recovered, *why)
        if settled:
            points = sum(some for _, some in settled)
            why = ((None, "{} of them settle what a refund could not take back", points),)
            self._line(event, 0, queue.name, "settled", settled, *why)
        if lapsed:
            points = sum(some for _, some in lapsed)
            why = ((None, "{} of them have lapsed meanwhile", points),)
            self._line(event, -points, queue.name, "lapsed", lapsed, *why)

    def _owed(self, lot: _Lot) -> int:
        """What a refund had to write off of the award that a lot came from."""
        award = self._awards.get(lot.event)
        if award is None or award.lots.get(lot.account) != lot.number:
            return 0
        return sum(some for how, some in award.back.get(lot.account, ()) if how == _WRITTEN_OFF)

    def _recover(self, lot: _Lot, points: int) -> None:
        """Note that what was written off of a lot's award has been taken from it after all."""
        entries = self._awards[lot.event].back[lot.account]
        for place, (how, some) in enumerate(entries):
            if how == _WRITTEN_OFF and points:
                met = min(some, points)
                points -= met
                entries[place] = (_WRITTEN_OFF, some - met)
                entries.append((lot.number, met))

    def _transferred(self, event: Event) -> tuple[str, ...]:
        points, to = _points(event), str(event.facts["to"])
        queue = self._queue_or_empty(event)
        if to == self.customer:
            return ("points are not transferred to oneself",)
        if points > queue.left - queue.pending(event.day):
            return (self._short(queue, points, event.day),)
        if points:
            moves = self._leave(queue, points, event.day)
            queue.transferred += points
            self._line(event, -points, queue.name, "transferred", moves, (None, "transferred to {}", to))
        return ()

    def _corrected(self, event: Event) -> tuple[str, ...]:
        change = event.facts["change"]
        assert isinstance(change, int)
        why: Sentence = (None, "corrected by {}: {}", event.facts["by"], event.facts["note"])
        if change >= 0:
            if change:
                self._issue(event, _account(event), change, (why,))
            return ()
        queue = self._queue_or_empty(event)
        if -change > queue.left and self.policy.shortfall != "deficit":
            return (f"{-change} points are to be taken, {queue.left} are there on {event.day} ({queue.name})",)
        queue = self._queue(queue.name)
        moves = self._leave(queue, -change, _NEVER)
        short = -change - sum(some for _, some in moves)
        queue.deficit += short
        queue.reversed += short
        self._line(event, change, queue.name, "reversed", moves, why)
        return ()

    def _leave(self, queue: _Queue, points: int, on: date) -> Moves:
        moves = _take(queue, points, on)
        for lot, some in moves:
            lot.reversed += some
            queue.reversed += some
        return moves

    def _queue_or_empty(self, event: Event) -> _Queue:
        """The queue that a command is about; an empty one that is kept only if the command is applied."""
        account = _account(event)
        return self._queues.get(account) or _Queue(account)

    def _refunded(self, event: Event) -> tuple[str, ...]:
        of = str(event.facts["of"])
        amount = fen(event.facts["amount"])  # type: ignore[arg-type]
        of = self._visits.get(of, of) if of not in self._awards else of
        award = self._awards.get(of)
        if award is None:
            self._waiting[of] = self._waiting.get(of, 0) + amount
            return ()
        before = award.left
        award.returned += amount
        self._returned(event, of, award, before)
        return ()

    def _referral_reversed(self, event: Event) -> tuple[str, ...]:
        """What hung on a referral goes with it (LP10)."""
        referral = event.facts["referral"]
        for of, award in self._awards.items():
            if KINDS[award.ask.kind].source == "referral" and award.ask.facts.get("referral") == referral:
                award.returned = max(award.ask.paid, award.returned, 1)
                self._settle(event, of, award)
        return ()

    # -- what an award is worth now -----------------------------------------------------------------------------------

    def _settle(self, event: Event, of: str, award: _Award) -> None:
        """Bring an award to what it is worth now that money came back: earn(a − returned), as recorded (LP6, LP7)."""
        ask = award.ask
        left = award.left
        parts: list[Part] = []
        uses: list[tuple[Key, int]] = []
        if left or not (award.returned or ask.paid == 0):
            counted = max(left - award.covered, 0) if self.policy.basis == "net" else left
            again = ask.again(counted, self._counters)
            parts = [] if award.rule.term is None else award.rule.term.parts(again)
            uses = again.uses
        for key, amount in award.uses:
            self._counters[key] -= amount
        for key, amount in uses:
            self._counters[key] = self._counters.get(key, 0) + amount
        award.uses = uses
        worth: dict[str, int | Fraction] = {}
        for part in parts:
            worth[part.account] = worth.get(part.account, 0) + part.points
        for account, number in award.lots.items():
            lot = self._lots[number - 1]
            now, _ = _rounded(worth.get(account, 0), (), ask.rounding)
            taken = award.taken.get(account, 0)
            more = lot.issued - max(now, 0) - taken
            if more > 0:
                award.taken[account] = taken + more
                self._claw(event, of, award, lot, more)
            elif more < 0 and taken:
                award.taken[account] = taken - min(-more, taken)
                self._give_again(event, of, award, lot, min(-more, taken))

    def _claw(self, event: Event, of: str, award: _Award, lot: _Lot, points: int) -> None:
        """Take points back: from their own lot, then from the others in the order of spending; the rest is written off,
        or owed."""
        queue = self._queues[lot.account]
        back = award.back.setdefault(lot.account, [])
        own = min(points, lot.left)
        moves: Moves = []
        if own:
            lot.left -= own
            queue.left -= own
            if not lot.left:
                queue.lots.remove(lot)
            moves.append((lot, own))
        rest = points - own
        # what has lapsed of it is gone already: it is not taken a second time from other lots
        gone = min(rest, lot.lapsed - sum(some for how, some in back if how == _LAPSED))
        rest -= gone
        others = _take(queue, rest, _NEVER) if rest else []
        moves += others
        for one, some in moves:
            one.reversed += some
            queue.reversed += some
            back.append((one.number, some))
        taken = sum(some for _, some in moves)
        short = points - gone - taken
        deficit = short if self.policy.shortfall == "deficit" else 0
        why: list[Sentence] = [(None, "{} of what {} earned is taken back", points, of)]
        if gone:
            back.append((_LAPSED, gone))
            why.append((None, "{} of them had lapsed", gone))
        if others:
            why.append(
                (None, "{} of them had been spent, and are taken from other lots", sum(some for _, some in others))
            )
        if deficit:
            queue.deficit += deficit
            queue.reversed += deficit
            back.append((_DEFICIT, deficit))
            why.append((None, "{} of them had been spent, and are owed", deficit))
        if taken or gone or deficit:
            self._line(event, -taken - deficit, lot.account, "reversed", moves, *why)
        if short and not deficit:
            queue.written_off += short
            back.append((_WRITTEN_OFF, short))
            told: Sentence = (None, "{} of the {} that {} earned had been spent: written off", short, points, of)
            self._line(event, 0, lot.account, "written_off", [], told)
        fold = self._tiers
        if fold is not None and fold.policy.by == "points":
            fold.take_back(of, points, event.day)

    def _give_again(self, event: Event, of: str, award: _Award, lot: _Lot, points: int) -> None:
        """Undo the last of what was taken back: the money counts again (basis net, a redemption rolled back)."""
        queue = self._queues[lot.account]
        entries = award.back[lot.account]
        moves: Moves = []
        again = 0
        left = points
        while left:
            how, some = entries.pop()
            met = min(some, left)
            left -= met
            if some > met:
                entries.append((how, some - met))
            if how == _WRITTEN_OFF:
                queue.written_off -= met
            elif how == _DEFICIT:
                owed = min(met, queue.deficit)
                queue.deficit -= owed
                queue.reversed -= owed
                again += owed
                met -= owed
                if met:  # later points have settled it: they come back as points of today
                    self._issue(event, lot.account, met, ((None, "{} of what {} earned is given again", met, of),))
            elif how != _LAPSED:
                one = self._lots[how - 1]
                one.reversed -= met
                queue.reversed -= met
                moves.append((one, met))
        why: Sentence = (None, "{} of what {} earned is given again", points, of)
        if again:
            self._line(event, again, lot.account, "restored", [], why)
        if moves:
            self._put_back(event, queue, moves, why)
        fold = self._tiers
        if fold is not None and fold.policy.by == "points":
            fold.take_back(of, -points, event.day)


def _take(queue: _Queue, points: int, on: date) -> Moves:
    """Take points from the front of a queue (as many as are there), leaving what is pending on the day."""
    moves: Moves = []
    lots = queue.lots
    emptied = 0
    taken = 0
    for lot in lots:
        if taken == points:
            break
        if lot.active > on:
            continue
        some = min(points - taken, lot.left)
        lot.left -= some
        taken += some
        moves.append((lot, some))
        emptied += not lot.left
    if emptied:
        if emptied == len(moves) and lots[emptied - 1] is moves[-1][0]:
            del lots[:emptied]
        else:
            queue.lots = [lot for lot in lots if lot.left]
    queue.left -= taken
    return moves


def _rounded(points: int | Fraction, why: tuple[Sentence, ...], rounding: str) -> tuple[int, tuple[Sentence, ...]]:
    """The award of an event as whole points: rounded half up, or the fraction dropped; here and nowhere else (LP5)."""
    if isinstance(points, int):
        return points, why
    below, above = points.numerator, points.denominator
    whole = (2 * below + above) // (2 * above) if rounding == "half_up" else below // above
    if why and whole != points:
        first = why[0] if why[0][0] is not None else (points, *why[0][1:])
        how = "rounded half up" if rounding == "half_up" else "the fraction is dropped"
        why = (first, *why[1:], (whole - points, "{} from {}", how, points))
    return whole, why


def _basis(tiers: Tiers, event: Event, money: int) -> int:
    """What an event is worth for a tier by spend (fen: jobs, accessories) or by visits (jobs of the kind that counts)."""
    if tiers.by == "spend":
        earns = event.kind == "vehicle_handed_over" or event.facts.get("product") == "accessories"
        return money if earns else 0
    return int(tiers.by == "visits" and event.kind == "vehicle_handed_over" and tiers.visits.counts(event))


def _account(event: Event) -> str:
    return str(event.facts.get("account", DEALER))


def _points(event: Event) -> int:
    points = event.facts["points"]
    assert isinstance(points, int)
    return points


_VISITS = frozenset({"vehicle_recorded", *all_visits.events, *charged_visits.events})

#: What each kind of command does; the other kinds earn, or reset the clock.
COMMANDS: Mapping[str, Callable[[Account, Event], tuple[str, ...]]] = MappingProxyType(
    {
        "customer_recorded": Account._told,
        "points_opened": Account._opened,
        "enrolled": Account._told,
        "points_granted": Account._granted,
        "points_received": Account._received,
        "points_redeemed": Account._redeemed,
        "points_redemption_rolled_back": Account._rolled_back,
        "points_transferred": Account._transferred,
        "points_corrected": Account._corrected,
        "referral_reversed": Account._referral_reversed,
        "refunded": Account._refunded,
    }
)
