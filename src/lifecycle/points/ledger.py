"""The ledger: one fold over events, one queue of lots an account, lines that are only ever appended.

In: events in canonical order. Out: an :class:`Account` as of the last of them; what has lapsed since is a matter of
dates, worked out for the day that is asked (LP2). Next: :mod:`lifecycle.points.statement`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from lifecycle.events import Event
from lifecycle.points.statement import Line, Lot, Statement
from lifecycle.points.terms import DEALER, Ask, Part, fen
from lifecycle.visits import all_visits, charged_visits

if TYPE_CHECKING:
    from lifecycle.points.policy import Points

__all__ = ["COMMANDS", "Account"]

_NEVER = date.max


class _Lot:
    __slots__ = ("account", "day", "event", "gone", "issued", "lapsed", "left", "number", "owed", "redeemed", "reversed")

    def __init__(self, number: int, account: str, day: date, event: str, points: int, gone: date) -> None:
        self.number = number
        self.account = account
        self.day = day
        self.event = event
        self.issued = self.left = points
        self.redeemed = self.lapsed = self.reversed = 0
        self.owed = 0
        """What a reversal could not take back from it or from others, and wrote off."""
        self.gone = gone

    def copy(self) -> _Lot:
        again = object.__new__(_Lot)
        for name in _Lot.__slots__:
            setattr(again, name, getattr(self, name))
        return again


class _Queue:
    """One account (K19): its live lots in the order in which they are spent, and its totals."""

    __slots__ = ("due", "first_earned", "issued", "lapsed", "lapsed_on", "left", "lots", "redeemed", "reversed", "written_off")

    def __init__(self) -> None:
        self.lots: list[_Lot] = []
        self.left = self.issued = self.redeemed = self.lapsed = self.reversed = self.written_off = 0
        self.first_earned: date | None = None
        self.lapsed_on: date | None = None
        self.due = _NEVER


class _Award:
    """What an event earned, as recorded: how to ask again, and what was taken back (LP7)."""

    __slots__ = ("ask", "lots", "taken")

    def __init__(self, ask: Ask, lots: dict[str, int]) -> None:
        self.ask = ask
        self.lots = lots
        self.taken = dict.fromkeys(lots, 0)


class Account:
    """A customer's points while they are folded; mutable, copied before it goes on."""

    __slots__ = ("_all", "_awards", "_due", "_given", "_queues", "_spent", "_waiting", "customer", "last_visit", "lines", "policy", "tier")

    def __init__(self, customer: str, policy: Points, tiers: None = None) -> None:
        self.customer = customer
        self.policy = policy
        self.tier = "ordinary"
        self.last_visit: date | None = None
        self.lines: list[Line] = []
        self._all: list[_Lot] = []
        self._queues: dict[str, _Queue] = {}
        self._awards: dict[str, _Award] = {}
        self._spent: dict[str, tuple[str, list[tuple[_Lot, int]]]] = {}
        self._given: set[tuple[str, str]] = set()
        self._waiting: dict[str, int] = {}
        self._due = _NEVER

    def copy(self) -> Account:
        """An account that goes on by itself."""
        again = object.__new__(Account)
        again.customer, again.policy, again.tier, again.last_visit = self.customer, self.policy, self.tier, self.last_visit
        again.lines = self.lines.copy()
        lots = [lot.copy() for lot in self._all]
        again._all = lots
        again._queues = {}
        for name, queue in self._queues.items():
            twin = object.__new__(_Queue)
            for slot in _Queue.__slots__:
                setattr(twin, slot, getattr(queue, slot))
            twin.lots = [lots[lot.number - 1] for lot in queue.lots]
            again._queues[name] = twin
        again._awards = {}
        for key, award in self._awards.items():
            other = again._awards[key] = _Award(award.ask, award.lots)
            other.taken = award.taken.copy()
        again._spent = {
            key: (account, [(lots[lot.number - 1], points) for lot, points in moves])
            for key, (account, moves) in self._spent.items()
        }
        again._given = self._given.copy()
        again._waiting = self._waiting.copy()
        again._due = self._due
        return again

    # -- events -------------------------------------------------------------------------------------------------------

    def take(self, event: Event, customer: Any) -> tuple[str, ...]:
        """Apply one event; () or, where the command is refused, the reasons (then nothing has changed; LP14)."""
        day = event.day
        if day >= self._due:
            self._lapse(day)
        kind = event.kind
        command = COMMANDS.get(kind)
        if command is not None:
            return command(self, event)
        lapse = self.policy.lapse
        if lapse.by == "idle":
            self._visit(event, day)
        term = self.policy.terms.get(kind)
        if term is not None:
            self._earn(event, term.parts, customer)
        return ()

    def _visit(self, event: Event, day: date) -> None:
        visits = self.policy.lapse.visits
        when: date | None = None
        if event.kind == "vehicle_recorded":
            told = "last_visit" if visits == all_visits else "last_charged_visit" if visits == charged_visits else ""
            found = event.facts.get(told)
            when = found if isinstance(found, date) else None
        elif event.kind != "vehicle_recorded" and visits.counts(event):
            when = day
        if when is not None and (self.last_visit is None or when > self.last_visit):
            self.last_visit = when
            for queue in self._queues.values():
                self._reckon(queue)
            self._schedule()

    def _earn(self, event: Event, parts_of: Callable[[Ask], list[Part]], customer: Any) -> None:
        money = event.facts.get("charge") if event.kind != "product_taken" else None
        if event.kind == "product_taken" and event.facts.get("product") == "accessories":
            money = event.facts.get("amount")
        ask = Ask(event, self.tier, fen(money) if money is not None else 0, self._given)  # type: ignore[arg-type]
        award = self._awards[event.id] = _Award(ask, {})
        parts = parts_of(ask)
        if not parts:
            return
        self._given.update(ask.uses)
        if len(parts) == 1:
            account = parts[0].account
            lot = self._issue(event, account, int(parts[0].points), (parts[0].why,))
            if lot is not None:
                award.lots[account] = lot.number
                award.taken[account] = 0
        else:
            for account in dict.fromkeys(part.account for part in parts):
                mine = [part for part in parts if part.account == account]
                lot = self._issue(event, account, int(sum(part.points for part in mine)), tuple(part.why for part in mine))
                if lot is not None:
                    award.lots[account] = lot.number
                    award.taken[account] = 0
        waiting = self._waiting.pop(event.id, None) if self._waiting else None
        if waiting:
            self._give_back(event.id, award, waiting, event, event.day)

    # -- moves --------------------------------------------------------------------------------------------------------

    def _queue(self, account: str) -> _Queue:
        queue = self._queues.get(account)
        if queue is None:
            queue = self._queues[account] = _Queue()
        return queue

    def _issue(self, event: Event, account: str, points: int, why: tuple[tuple[Any, ...], ...]) -> _Lot | None:
        day = event.day
        if points <= 0:
            self.lines.append(Line(day, 0, account, "withheld", event.kind, event.id, (), why))
            return None
        queue = self._queue(account)
        lot = _Lot(len(self._all) + 1, account, day, event.id, points, self.policy.lapse.of_lot(day))
        self._all.append(lot)
        queue.lots.append(lot)
        queue.left += points
        queue.issued += points
        if queue.first_earned is None:
            queue.first_earned = day
            self._reckon(queue)
            self._schedule()
        self.lines.append(Line(day, points, account, "issued", event.kind, event.id, ((lot.number, points),), why))
        return lot

    def _take_from(self, queue: _Queue, points: int) -> list[tuple[_Lot, int]]:
        """Take points from the front of the queue (as many as are there)."""
        moves: list[tuple[_Lot, int]] = []
        lots = queue.lots
        gone = 0
        for lot in lots:
            if not points:
                break
            some = min(points, lot.left)
            if some:
                lot.left -= some
                points -= some
                moves.append((lot, some))
            if not lot.left:
                gone += 1
        del lots[:gone]
        queue.left -= sum(some for _, some in moves)
        return moves

    def _reckon(self, queue: _Queue) -> None:
        """Find an account's lapse day anew."""
        if queue.first_earned is None:
            queue.due = _NEVER
            return
        anchor = queue.first_earned
        if self.last_visit is not None and self.last_visit > anchor:
            anchor = self.last_visit
        queue.due = self.policy.lapse.of_account(anchor)

    def _schedule(self) -> None:
        self._due = min((queue.due for queue in self._queues.values()), default=_NEVER)

    def _lapse(self, on: date) -> None:
        """Let everything that is gone on ``on`` lapse, in order of day."""
        while self._due <= on:
            name, queue = min(self._queues.items(), key=lambda item: (item[1].due, item[0]))
            day = queue.due
            if queue.left:
                moves = tuple((lot.number, lot.left) for lot in queue.lots)
                points = queue.left
                for lot in queue.lots:
                    lot.lapsed += lot.left
                    lot.left = 0
                queue.lots.clear()
                queue.left = 0
                queue.lapsed += points
                why = (("{} without {} since {}", _months(self.policy.lapse.months), self.policy.lapse.visits.name, self._anchor(queue)),)
                self.lines.append(Line(day, -points, name, "lapsed", "lapse", None, moves, why))
            queue.first_earned = None
            queue.lapsed_on = day
            queue.due = _NEVER
            self._schedule()

    def _anchor(self, queue: _Queue) -> date | None:
        days = [day for day in (queue.first_earned, self.last_visit) if day is not None]
        return max(days, default=None)

    # -- commands -----------------------------------------------------------------------------------------------------

    def _opened(self, event: Event) -> tuple[str, ...]:
        self._recorded(event)
        self._issue(event, _account(event), _points(event), (("opening balance",),))
        return ()

    def _granted(self, event: Event) -> tuple[str, ...]:
        told = event.facts.get("event") or event.facts.get("reason") or event.facts.get("note")
        self._issue(event, _account(event), _points(event), (("granted by the house{}", f" for {told}" if told else ""),))
        return ()

    def _recorded(self, event: Event) -> tuple[str, ...]:
        tier = event.facts.get("tier")
        if tier is not None:
            self.tier = str(tier)
        return ()

    def _redeemed(self, event: Event) -> tuple[str, ...]:
        account, points = _account(event), _points(event)
        queue = self._queue(account)
        if points > queue.left:
            return (f"{points} points are asked for, {queue.left} are available on {event.day} ({account})",)
        if points <= 0:
            return ("0 points buy nothing",)
        moves = self._take_from(queue, points)
        for lot, some in moves:
            lot.redeemed += some
        queue.redeemed += points
        self._spent[event.id] = (account, moves)
        value = event.facts.get("value")
        why = ("redeemed for {} yuan", value) if value is not None else ("redeemed",)
        self._line(event, -points, account, "redeemed", moves, why)
        return ()

    def _line(self, event: Event, points: int, account: str, move: str, moves: list[tuple[_Lot, int]], *why: tuple[Any, ...]) -> None:
        told = tuple((lot.number, some) for lot, some in moves)
        self.lines.append(Line(event.day, points, account, move, event.kind, event.id, told, why))

    def _corrected(self, event: Event) -> tuple[str, ...]:
        account = _account(event)
        change = event.facts["change"]
        assert isinstance(change, int)
        why = ("corrected by {}: {}", event.facts["by"], event.facts["note"])
        if change >= 0:
            self._issue(event, account, change, (why,))
            return ()
        queue = self._queue(account)
        if -change > queue.left:
            return (f"{-change} points are to be taken, {queue.left} are available on {event.day} ({account})",)
        moves = self._take_from(queue, -change)
        for lot, some in moves:
            lot.reversed += some
        queue.reversed -= change
        self._line(event, change, account, "reversed", moves, why)
        return ()

    def _refunded(self, event: Event) -> tuple[str, ...]:
        of = str(event.facts["of"])
        amount = fen(event.facts["amount"])  # type: ignore[arg-type]
        award = self._awards.get(of)
        if award is None:
            self._waiting[of] = self._waiting.get(of, 0) + amount
            return ()
        self._give_back(of, award, amount, event, event.day)
        return ()

    def _give_back(self, of: str, award: _Award, amount: int, event: Event, day: date) -> None:
        """Take back what the money returned had earned: earn(a) − earn(a − returned), as recorded (LP6, LP7)."""
        again = Ask(award.ask.event, award.ask.tier, award.ask.paid, set())
        again.returned = award.ask.returned + amount
        award.ask = again
        everything = again.returned >= again.paid
        parts = [] if everything else self.policy.terms[again.kind].parts(again)
        for account, number in award.lots.items():
            lot = self._all[number - 1]
            left = int(sum(part.points for part in parts if part.account == account))
            back = lot.issued - left - award.taken[account]
            if back <= 0:
                continue
            award.taken[account] += back
            self._claw(event, lot, back, of)

    def _claw(self, event: Event, lot: _Lot, points: int, of: str) -> None:
        """Take points back: from their own lot, then from the others in the order of spending, else written off."""
        queue = self._queues[lot.account]
        own = min(points, lot.left)
        moves: list[tuple[_Lot, int]] = []
        if own:
            lot.left -= own
            queue.left -= own
            if not lot.left:
                queue.lots.remove(lot)
            moves.append((lot, own))
        rest = points - own
        # what has lapsed of it is gone already: it is not taken a second time from other lots
        gone = min(rest, lot.lapsed)
        rest -= gone
        others = self._take_from(queue, rest) if rest else []
        moves += others
        taken = sum(some for _, some in moves)
        for one, some in moves:
            one.reversed += some
        queue.reversed += taken
        why: list[tuple[Any, ...]] = [("{} earned by {} is taken back", points, of)]
        if gone:
            why.append(("{} of it had lapsed", gone))
        if others:
            why.append(("{} of it had been spent: taken from other lots", sum(some for _, some in others)))
        if taken or not rest:
            self._line(event, -taken, lot.account, "reversed", moves, *why)
        short = points - gone - taken
        if short:
            lot.owed += short
            queue.written_off += short
            self._line(event, 0, lot.account, "written_off", [], ("{} earned by {} had been spent: written off", short, of))

    # -- answers ------------------------------------------------------------------------------------------------------

    def balance(self, on: date) -> int:
        """The points owned on a day: available + pending − deficit; the day must not lie before the last event."""
        if self._due > on:
            return sum(queue.left for queue in self._queues.values())
        return sum(queue.left for queue in self._queues.values() if queue.due > on)

    def statement(self, on: date) -> Statement:
        """The account as of a day (closed), with what has lapsed by then."""
        seen = self
        if self._due <= on:
            seen = self.copy()
            seen._lapse(on)
        queues = seen._queues.values()
        left = sum(queue.left for queue in queues)
        return Statement(
            customer=self.customer,
            on=on,
            balance=left,
            issued=sum(queue.issued for queue in queues),
            available=left,
            pending=0,
            redeemed=sum(queue.redeemed for queue in queues),
            lapsed=sum(queue.lapsed for queue in queues),
            reversed=sum(queue.reversed for queue in queues),
            written_off=sum(queue.written_off for queue in queues),
            deficit=0,
            tier=seen.tier,
            lines=tuple(seen.lines),
            lots=tuple(
                Lot(lot.number, lot.account, lot.day, lot.event, lot.issued, lot.left, 0, lot.redeemed, lot.lapsed, lot.reversed)
                for lot in seen._all
            ),
        )


def _months(months: int) -> str:
    return f"{months} months"


def _account(event: Event) -> str:
    return str(event.facts.get("account", DEALER))


def _points(event: Event) -> int:
    points = event.facts["points"]
    assert isinstance(points, int)
    return points


#: What each kind of command does; the rest earn, or reset the clock.
COMMANDS: Mapping[str, Callable[[Account, Event], tuple[str, ...]]] = {
    "customer_recorded": Account._recorded,
    "points_opened": Account._opened,
    "enrolled": Account._recorded,
    "points_granted": Account._granted,
    "points_redeemed": Account._redeemed,
    "points_corrected": Account._corrected,
    "refunded": Account._refunded,
}
