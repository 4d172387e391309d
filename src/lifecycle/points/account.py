"""An account of points: what each command does to the ledger, and what the account answers as of a day.

In: events in canonical order, one customer's. Out: () or the reasons of a refusal (:meth:`Account.take`); a
:class:`~lifecycle.points.statement.Statement`. A refused command changes nothing (LP14). Next:
:mod:`lifecycle.points.policy`, which opens accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

from lifecycle.events import Event
from lifecycle.kinds import KINDS
from lifecycle.money import Yuan, fen
from lifecycle.points.awards import Redemption
from lifecycle.points.ledger import VISIT_KINDS, Ledger
from lifecycle.points.lots import NEVER, Moves, Queue
from lifecycle.points.statement import Sentence, Statement, Totals
from lifecycle.points.terms import DEALER
from lifecycle.tiers import TierStanding

__all__ = ["Account"]

_SUMMED = Totals._fields[1:]
_Command = Callable[["Account", Event], tuple[str, ...]]


class Account(Ledger):
    """A customer's points while they are folded; mutable, copied before it goes on (:meth:`copy`)."""

    __slots__ = ()

    def copy(self) -> Account:
        """An account that goes on by itself."""
        again = object.__new__(Account)
        self._copied(again)
        return again

    def take(self, event: Event, customer: Any = None) -> tuple[str, ...]:
        """Apply one event; () or, where the command is refused, the reasons (then nothing has changed; LP14).

        Events come in canonical order; ``customer`` is asked by attribute for what the terms' conditions want to know.
        """
        day = event.day
        if day < self._day:
            self._in_order(day, "event")
        if self._turns <= day:
            self._pass(day)
        if self._due <= day:
            self._lapse(day)
        fold = self._tiers
        if fold is not None and fold.due <= day:
            fold.advance(day)
        kind = event.kind
        command = self.commands.get(kind)
        if command is not None:
            refused = command(self, event)
            if refused:
                return refused
        self._day = day
        self._ahead = None
        if kind in VISIT_KINDS:
            self._came(event)
        rule = self.policy.rules.get(kind)
        if rule is not None:
            self._earn(event, rule, customer)
        return ()

    # -- answers ------------------------------------------------------------------------------------------------------

    def balance(self, on: date) -> int:
        """The points owned on a day not before the last event: available + pending − deficit."""
        return sum(queue.left - queue.deficit for queue in self.as_of(on)._queues.values())

    def available(self, on: date, account: str = DEALER) -> int:
        """The points of one account that can be spent on a day not before the last event."""
        queue = self.as_of(on)._queues.get(account)
        return 0 if queue is None else queue.left - queue.pending(on)

    def would_take(self, points: int, *, on: date, account: str = DEALER) -> tuple[tuple[int, int], ...]:
        """Which lots so many points would come from on a day: (number of the lot, points), in order.

        A transfer is told to the receiver lot by lot (``points_received earned_on= until=``), so that the dates go along.
        """
        seen = self.as_of(on).copy()
        queue = seen._queues.get(account)
        return () if queue is None else tuple((lot.number, some) for lot, some in queue.take(points, on))

    def tier_on(self, on: date) -> str:
        """The tier as of a day not before the last event."""
        return self.as_of(on).tier

    def standing(self, on: date) -> TierStanding | None:
        """Tier, basis and what is missing to the next, as of a day; None where the house has no rule of tiers."""
        seen = self.as_of(on)
        return None if seen._tiers is None else seen._tiers.standing(on, seen._recorded)

    def statement(self, on: date) -> Statement:
        """The account as of a day (closed) not before the last event, with what has lapsed by then."""
        seen = self.as_of(on)
        totals = tuple(seen._queues[name].totals(on) for name in sorted(seen._queues))
        columns = zip(*(one[1:] for one in totals), strict=True) if totals else ((),) * len(_SUMMED)
        sums: dict[str, int] = dict(zip(_SUMMED, map(sum, columns), strict=True))
        return Statement(
            customer=self.customer,
            on=on,
            tier=seen.tier,
            **sums,
            accounts=totals,
            lines=tuple(seen.lines),
            lots=tuple(lot.seen(on, seen._queues[lot.account].idle) for lot in seen._lots),
            due=seen._dues(),
            worth=seen.policy.redeem.point,
        )

    def as_of(self, on: date) -> Account:
        """The account with what has lapsed by a day not before the last event, to be looked at; this one stays as it is
        (LP19). To go on from it, :meth:`copy` it."""
        self._in_order(on, "on")
        fold = self._tiers
        if self._due > on and self._turns > on and (fold is None or fold.due > on):
            return self
        day, seen = self._ahead or (NEVER, self)
        if day > on:  # what was seen on a later day is of no use
            seen = self.copy()
        seen._pass(on)
        self._ahead = on, seen
        return seen

    # -- commands -----------------------------------------------------------------------------------------------------

    def _told(self, event: Event) -> tuple[str, ...]:
        tier = event.facts.get("tier")
        if tier is not None:
            self._recorded = str(tier)
        return ()

    def _opened(self, event: Event) -> tuple[str, ...]:
        self._told(event)
        return self._credited(event, (None, "opening balance"))

    def _granted(self, event: Event) -> tuple[str, ...]:
        what = event.facts.get("event") or event.facts.get("reason")
        return self._credited(
            event, (None, "granted by the house for {}", what) if what else (None, "granted by the house")
        )

    def _received(self, event: Event) -> tuple[str, ...]:
        giver = event.facts.get("giver", "another member")
        if giver == self.customer:
            return ("points are not received from oneself",)
        return self._credited(event, (None, "received from {}", giver))

    def _credited(self, event: Event, why: Sentence) -> tuple[str, ...]:
        """Points that may bring dates of their own; those that are past lapse at once."""
        points = _points(event)
        until, earned_on = event.facts.get("until"), event.facts.get("earned_on")
        if points:
            self._issue(event, _account(event), points, (why,), earned_on=earned_on, until=until)  # type: ignore[arg-type]
            if self._due <= event.day:
                self._lapse(event.day)
        return ()

    def _known(self, event: Event) -> Queue:
        """The queue that a command is about; an empty one that is not kept where nothing has come to it."""
        account = _account(event)
        return self._queues.get(account) or self._empty(account)

    def _redeemed(self, event: Event) -> tuple[str, ...]:
        points, redeem = _points(event), self.policy.redeem
        queue = self._known(event)
        refused: list[str] = []
        if points < redeem.minimum:
            refused.append(f"{points} points are fewer than the least that can be redeemed, {redeem.minimum}")
        if points % redeem.unit:
            refused.append(f"{points} points are no multiple of {redeem.unit}")
        refused += _short(queue, points, event.day)
        told = event.facts.get("value")
        asked = None if told is None else fen(told)  # type: ignore[arg-type]
        value = redeem.value(points)
        if value is not None and asked is not None and asked != value:
            refused.append(f"{points} points are worth {Yuan(value)} yuan, {Yuan(asked)} are asked for")
        granted = value if value is not None else asked or 0
        visit = event.facts.get("visit")
        bill = None if visit is None else self._visits.get(str(visit), str(visit))
        award = None if bill is None else self._awards.get(bill)
        if award is not None and granted:
            room = max(min(award.ask.paid * redeem.share // 100, award.left) - award.covered, 0)
            if granted > room:
                share = f" ({redeem.share} % of it)" if redeem.share < 100 else ""
                refused.append(
                    f"{Yuan(granted)} yuan are more than the {Yuan(room)} yuan of bill {bill} that points may pay{share}"
                )
        if refused:
            return tuple(refused)
        moves = queue.take(points, event.day)
        for lot, some in moves:
            lot.redeemed += some
        queue.redeemed += points
        told_moves = tuple((lot.number, some) for lot, some in moves)
        self._spent[event.id] = Redemption(queue.name, told_moves, granted, bill, len(self.lines))
        why: Sentence = (None, "redeemed for {} yuan", Yuan(granted)) if granted else (None, "redeemed")
        self._line(event, -points, queue.name, "redeemed", moves, why)
        if bill is not None and granted:
            if award is None:
                self._covering.setdefault(bill, []).append(event.id)
            else:
                award.covered += granted
                if award.net:
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
        self._put_back(event, queue, moves, "restored", spent.line, (None, "redemption {} is rolled back", of))
        award = None if spent.bill is None else self._awards.get(spent.bill)
        if award is not None and spent.value:
            before = award.left
            award.covered -= spent.value
            award.rolled_back += spent.value
            self._returned(event, str(spent.bill), award, before)
        return ()

    def _transferred(self, event: Event) -> tuple[str, ...]:
        points, to = _points(event), str(event.facts["to"])
        queue = self._known(event)
        refused = _short(queue, points, event.day)
        if to == self.customer:
            refused.append("points are not transferred to oneself")
        if refused:
            return tuple(refused)
        if points:
            moves = _leave(queue, points, event.day)
            queue.transferred += points
            self._line(event, -points, queue.name, "transferred", moves, (None, "transferred to {}", to))
        return ()

    def _corrected(self, event: Event) -> tuple[str, ...]:
        change = event.facts["change"]
        assert isinstance(change, int)
        why: Sentence = (None, "corrected by {}: {}", event.facts["by"], event.facts["note"])
        if change > 0:
            self._issue(event, _account(event), change, (why,))
        elif change < 0:
            queue = self._known(event)
            if -change > queue.left and self.policy.shortfall != "deficit":
                return (f"{-change} points are to be taken, {queue.left} are there on {event.day} ({queue.name})",)
            queue = self._queue(queue.name)
            moves = _leave(queue, -change, NEVER)
            short = -change - sum(some for _, some in moves)
            queue.deficit += short
            queue.reversed += short
            self._line(event, change, queue.name, "reversed", moves, why)
        return ()

    def _refunded(self, event: Event) -> tuple[str, ...]:
        of = str(event.facts["of"])
        amount = fen(event.facts["amount"])  # type: ignore[arg-type]
        of = of if of in self._awards else self._visits.get(of, of)
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

    commands: ClassVar[Mapping[str, _Command]] = MappingProxyType(
        {
            "customer_recorded": _told,
            "points_opened": _opened,
            "enrolled": _told,
            "points_granted": _granted,
            "points_received": _received,
            "points_redeemed": _redeemed,
            "points_redemption_rolled_back": _rolled_back,
            "points_transferred": _transferred,
            "points_corrected": _corrected,
            "referral_reversed": _referral_reversed,
            "refunded": _refunded,
        }
    )
    """What each kind of command does; the other kinds earn, or reset the clock."""


def _account(event: Event) -> str:
    return str(event.facts.get("account", DEALER))


def _points(event: Event) -> int:
    points = event.facts["points"]
    assert isinstance(points, int)
    return points


def _short(queue: Queue, points: int, on: date) -> list[str]:
    pending = queue.pending(on)
    if points <= queue.left - pending:
        return []
    told = f", {pending} more are pending" if pending else ""
    return [f"{points} points are asked for, {queue.left - pending} are available on {on} ({queue.name}{told})"]


def _leave(queue: Queue, points: int, on: date) -> Moves:
    """Points leave the account otherwise than by redemption or lapse."""
    moves = queue.take(points, on)
    for lot, some in moves:
        lot.reversed += some
        queue.reversed += some
    return moves
