"""The ledger: one fold over events, one queue of lots an account, lines that are only ever appended.

In: events in canonical order. Out: a :class:`Ledger` as of the last of them; what has lapsed since is a matter of
dates, worked out for the day that is asked (LP2). Next: :mod:`lifecycle.points.account`, which gives it its commands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from lifecycle.dates import add_days
from lifecycle.errors import LifecycleError
from lifecycle.events import Event
from lifecycle.points.awards import DEFICIT, LAPSED, WRITTEN_OFF, Award, Met, Redemption, Rule, basis, rounded
from lifecycle.points.lots import NEVER, Moves, OpenLot, Queue
from lifecycle.points.statement import Due, Line, Sentence, Share
from lifecycle.points.terms import EARNING, Ask, Key, Part, paid
from lifecycle.tiers import ORDINARY, SHARES, TierFold, Tiers
from lifecycle.values import FrozenDict
from lifecycle.visits import VISITS

if TYPE_CHECKING:
    from lifecycle.points.policy import Points

__all__ = ["VISIT_KINDS", "Bill", "Ledger"]


class Bill(NamedTuple):
    """A bill as the ledger knows it: a job handed over, or accessories at the counter."""

    event: Event
    tier: str
    """The tier that it is reckoned by (:attr:`~lifecycle.points.Points.tier_of`)."""
    amounts: Mapping[str, int]
    """In fen, what is left of the labour, parts and accessories that it tells, after what was given back (pro rata)."""


class Ledger:
    """The fold: its state, how time passes, how points come, are taken back and come again."""

    __slots__ = (
        "_ahead", "_awards", "_came_on", "_coming", "_counters", "_covering", "_day", "_due", "_lots", "_queues",
        "_recorded", "_since", "_spent", "_tiers", "_turns", "_visits", "_waiting", "customer", "last_visits", "lines",
        "policy",
    )  # fmt: skip

    def __init__(
        self,
        customer: str,
        policy: Points,
        tiers: Tiers | None = None,
        later: Iterable[tuple[date, Points, Tiers | None]] = (),
    ) -> None:
        self.customer = customer
        self.policy = policy
        self.lines: list[Line] = []
        self.last_visits: dict[str, date] = {}
        """The last day of each kind of visit that resets a clock, by its name."""
        self._tiers: TierFold | None = None if tiers is None else tiers.open()
        self._recorded = ORDINARY  # the tier that the records tell
        self._lots: list[OpenLot] = []
        self._queues: dict[str, Queue] = {}
        self._awards: dict[str, Award] = {}  # by the id of the event
        self._came_on: list[Event] = []  # visits, and records of them
        self._spent: dict[str, Redemption] = {}  # by the id of the redemption
        self._visits: dict[str, str] = {}  # fact `visit` → id of the bill
        self._counters: dict[Key, int] = {}
        self._waiting: dict[str, int] = {}  # fen refunded of what is not told yet
        self._covering: dict[str, list[str]] = {}  # redemptions on a bill that is not told yet
        self._since = date.min  # the first day of the edition in force
        self._day = date.min  # the day of the last event
        self._due = NEVER  # the next lapse
        self._coming: tuple[tuple[date, Points, Tiers | None], ...] = tuple(
            later
        )  # editions, with their first days, in order
        self._turns = self._coming[0][0] if self._coming else NEVER  # the first day of the next of them
        self._ahead: tuple[date, Any] | None = None  # this ledger as somebody saw it on a later day, to look again

    def _copied(self, again: Ledger) -> None:
        again.customer, again.policy, again._recorded = self.customer, self.policy, self._recorded
        again._since, again._day, again._due = self._since, self._day, self._due
        again._ahead, again._coming, again._turns = None, self._coming, self._turns
        again.lines = self.lines.copy()
        again.last_visits = self.last_visits.copy()
        again._came_on = self._came_on.copy()
        again._tiers = None if self._tiers is None else self._tiers.copy()
        again._lots = lots = [lot.copy() for lot in self._lots]
        again._queues = {name: queue.copy(lots) for name, queue in self._queues.items()}
        again._awards = {key: award.copy() for key, award in self._awards.items()}
        again._spent = {key: spent.copy() for key, spent in self._spent.items()}
        again._visits = self._visits.copy()
        again._counters = self._counters.copy()
        again._waiting = self._waiting.copy()
        again._covering = {bill: list(ids) for bill, ids in self._covering.items()}

    # -- time ---------------------------------------------------------------------------------------------------------

    def _pass(self, on: date) -> None:
        """Let time pass up to the day ``on`` (closed)."""
        while self._turns <= on and self._coming:
            day, policy, tiers = self._coming[0]
            self._coming = self._coming[1:]
            self._turns = self._coming[0][0] if self._coming else NEVER
            self.change(policy, tiers, on=day)
        if self._due <= on:
            self._lapse(on)
        if self._tiers is not None and self._tiers.due <= on:
            self._tiers.advance(on)

    def _anchor(self, queue: Queue) -> date:
        """The day from which absence counts: the last visit, or the first earning since the last lapse if later (LP15)."""
        return max(queue.first_earned or date.min, self.last_visits.get(queue.lapse.visits.name, date.min))

    def _reckon(self, queue: Queue) -> None:
        """Find an account's next lapse by absence anew."""
        if queue.first_earned is None:
            queue.idle = NEVER
        else:
            queue.idle = max(queue.lapse.of_account(self._anchor(queue)), self._since)
        self._schedule(queue)

    def _schedule(self, queue: Queue) -> None:
        queue.due = min(queue.idle, queue.live)
        due = NEVER
        for one in self._queues.values():
            if one.due < due:
                due = one.due
        self._due = due

    def _lapse(self, on: date) -> None:
        """Let everything lapse that is gone on ``on``, in the order of days."""
        while (day := self._due) <= on and day != NEVER:
            for name in sorted(self._queues):
                queue = self._queues[name]
                if queue.due == day:
                    self._lapse_of(queue, day)

    def _lapse_of(self, queue: Queue, day: date) -> None:
        lapse = queue.lapse
        if queue.idle <= day:
            told = (None, "no visit ({}) for {} months since {}", lapse.visits.name, lapse.months, self._anchor(queue))
            gone, queue.lots, queue.live = queue.lots, [], NEVER
            self._lapsed(queue, gone, day, told)
            queue.first_earned = None
            queue.swept = len(self._lots)
        else:
            gone = queue.sweep(day)
            for_a_time = [lot for lot in gone if lot.until is not None]
            if for_a_time:
                gone = [lot for lot in gone if lot.until is None]
            self._lapsed(queue, gone, day, (None, "by the rule {}", lapse))
            self._lapsed(queue, for_a_time, day, (None, "granted for a time only"))
        self._reckon(queue)

    def _lapsed(self, queue: Queue, lots: list[OpenLot], day: date, why: Sentence) -> None:
        if not lots:
            return
        told = tuple([(lot.number, lot.left) for lot in lots])
        points = 0
        for lot in lots:
            points += lot.left
            lot.lapsed += lot.left
            lot.left = 0
        queue.left -= points
        queue.lapsed += points
        if points:
            self.lines.append(Line(day, -points, queue.name, "lapsed", "lapse", None, told, (why,)))

    def _came(self, event: Event) -> None:
        """Note a visit that resets a clock; each is kept, since another edition may count other visits."""
        self._came_on.append(event)
        if self._last_visits(event):
            for queue in self._queues.values():
                self._reckon(queue)

    def _last_visits(self, event: Event) -> bool:
        """Whether an event moves the last day of a kind of visit that resets a clock."""
        came = False
        for visits in self.policy.visit_kinds:
            when: date | None = None
            if event.kind == "vehicle_recorded":
                told = event.facts.get(visits.stored_in)
                when = min(told, event.day) if isinstance(told, date) else None
            elif visits.counts(event):
                when = event.day
            if when is not None and when > self.last_visits.get(visits.name, date.min):
                self.last_visits[visits.name] = when
                came = True
        return came

    def _dues(self) -> tuple[Due, ...]:
        """What lapses next if nothing more happens, the earliest first."""
        sums: dict[tuple[date, str, date | None], int] = {}
        for name, queue in self._queues.items():
            lapse = queue.lapse
            idle = lapse.remind_on(self._anchor(queue), queue.idle) if queue.idle < NEVER else None
            for lot in queue.lots:
                if queue.idle <= lot.gone:
                    gone, remind = queue.idle, idle
                else:
                    gone = lot.gone
                    remind = None if lot.until is not None else lapse.remind_on(lot.day, gone)
                if gone < NEVER:
                    sums[gone, name, remind] = sums.get((gone, name, remind), 0) + lot.left
        ordered = sorted(sums.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or NEVER))
        return tuple(Due(name, points, gone, remind) for (gone, name, remind), points in ordered)

    # -- points come --------------------------------------------------------------------------------------------------

    def _queue(self, account: str) -> Queue:
        queue = self._queues.get(account)
        if queue is None:
            queue = self._queues[account] = self._empty(account)
        return queue

    def _empty(self, account: str) -> Queue:
        return Queue(account, self.policy.lapse_on(account), self.policy.redeem.order)

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
    ) -> OpenLot:
        """A new lot; a deficit is settled from it at once."""
        day = event.day
        queue = self._queue(account)
        earned = day if earned_on is None else min(earned_on, day)
        lot = OpenLot(
            len(self._lots) + 1, account, earned, event.id, points,
            came=day, active=day if active is None else active, until=until,
        )  # fmt: skip
        lot.gone = self._gone(queue, lot)
        self._lots.append(lot)
        queue.issued += points
        told = ((lot.number, points),)
        self.lines.append(Line(day, points, account, "issued", event.kind, event.id, told, why))
        lot.left = 0
        queue.put(lot, points)
        if queue.first_earned is None:
            queue.first_earned = day
            self._reckon(queue)
        elif queue.live < queue.due:
            self._schedule(queue)
        if queue.deficit:
            some = min(points, queue.deficit)
            queue.pull(lot, some)
            self._settled(event, queue, [(lot, some)])
        return lot

    def _gone(self, queue: Queue, lot: OpenLot) -> date:
        """The day on which a lot is gone by its own age, not before it came, or the edition in force began (LP18)."""
        gone = queue.lapse.of_lot(lot.day)
        if lot.until is not None:
            gone = min(gone, add_days(lot.until, 1))
        return max(gone, self._since, lot.came)

    def _settled(self, event: Event, queue: Queue, moves: Moves) -> None:
        """Points settle what a refund could not take back."""
        for lot, some in moves:
            lot.reversed += some
            queue.deficit -= some
        why = (None, "{} settle what a refund could not take back", sum(some for _, some in moves))
        self._line(event, 0, queue.name, "settled", moves, why)

    def _line(self, event: Event, points: int, account: str, move: str, moves: Moves, *why: Sentence) -> None:
        told = tuple((lot.number, some) for lot, some in moves)
        self.lines.append(Line(event.day, points, account, move, event.kind, event.id, told, why))

    # -- earning ------------------------------------------------------------------------------------------------------

    def _earn(self, event: Event, rule: Rule, customer: Any) -> None:
        kind = event.kind
        money = paid(event)
        job = kind == "vehicle_handed_over"
        term = rule.term
        if term is None and not money and not job:
            return
        policy = self.policy
        fold = self._tiers
        including = fold is not None and policy.tier_of == "including"
        if including:
            self._count(event, money)
        tier = self._recorded if fold is None else self.tier
        ask = Ask(event, tier, money, policy.rounding, rule.unit, self._counters, customer)
        award = Award(ask, rule, net=policy.basis == "net")
        early = bool(self._waiting or self._covering) and self._told_before(event, award)
        for name in rule.facts:
            ask.look(name)
        parts = [] if term is None else term.parts(ask)
        if parts or money or job:
            self._awards[event.id] = award
            visit = event.facts.get("visit")
            if job and visit is not None:
                self._visits[str(visit)] = event.id
        if ask.uses:
            self._use(award, ask.uses)
        if parts:
            self._award(event, award, parts)
        if fold is not None and not including:
            self._count(event, money)
        if early:
            self._returned(event, event.id, award, money)
        ask.close()

    @property
    def tier(self) -> str:
        """The tier as of the last event: the higher of what the records tell and what the basis gives."""
        fold = self._tiers
        if fold is None:
            return self._recorded
        recorded = self._recorded
        return recorded if recorded != ORDINARY and fold.policy.rank(recorded) >= fold.level else fold.tier

    def bills(self) -> Iterator[Bill]:
        """The bills of labour, parts and accessories, in order, with the tier of their time and what is left of them."""
        for award in self._awards.values():
            if award.ask.kind in EARNING:
                left = award.ask.again(award.left, {})
                amounts = {of: some for of in SHARES if (some := left.amount(of))}
                if amounts:
                    yield Bill(award.ask.event, award.ask.tier, FrozenDict(amounts))

    def _count(self, event: Event, money: int) -> None:
        """Count what an event is worth for the tier: its money, or the visit."""
        fold = self._tiers
        assert fold is not None
        amount = basis(fold.policy, event, money)
        if amount:
            fold.count(event.day, amount, event.id)

    def _told_before(self, event: Event, award: Award) -> bool:
        """What was told of an event before the event itself: points paid on it, money given back (then: True)."""
        names = {event.id, str(event.facts.get("visit", event.id))}
        for one in [one for name in sorted(names) for one in self._covering.pop(name, ())]:
            spent = self._spent[one]
            spent.bill = event.id
            if spent.rolled_back:
                award.rolled_back += spent.value
            else:
                award.covered += spent.value
        if award.net:
            award.ask.left = max(award.ask.paid - award.covered, 0)
        amount = self._waiting.pop(event.id, None)
        if amount is not None:
            award.returned += amount
        return amount is not None

    def _use(self, award: Award, uses: list[tuple[Key, int]]) -> None:
        """Count what an award uses up: room under a cap, money carried, an award given once; in place of what it did."""
        counters = self._counters
        for key, amount in award.uses:
            counters[key] -= amount
        for key, amount in uses:
            counters[key] = counters.get(key, 0) + amount
        award.uses = uses

    def _award(self, event: Event, award: Award, parts: list[Part]) -> None:
        """Write down what an event earned: a lot an account."""
        ask = award.ask
        unit = ask.unit
        if len(parts) == 1:
            units, account, why = parts[0]
            points, why = rounded(units, unit, why, ask.rounding)
            self._award_on(event, award, account, points, why)
            return
        totals: dict[str, int] = {}
        told: dict[str, list[Sentence]] = {}
        for units, account, why in parts:
            sentence = (units if unit == 1 else Share(units, unit), *why[0][1:])
            sentences = told.get(account)
            if sentences is None:
                totals[account] = units
                told[account] = [sentence, *why[1:]]
            else:
                totals[account] += units
                sentences += (sentence, *why[1:])
        for account, total in totals.items():
            points, why = rounded(total, unit, tuple(told[account]), ask.rounding)
            self._award_on(event, award, account, points, why)

    def _award_on(self, event: Event, award: Award, account: str, points: int, why: tuple[Sentence, ...]) -> None:
        if points <= 0:
            self.lines.append(Line(event.day, 0, account, "withheld", event.kind, event.id, (), why))
            return
        days = self.policy.active_after_days
        lot = self._issue(event, account, points, why, active=add_days(event.day, days) if days else None)
        award.lots[account] = lot.number
        fold = self._tiers
        if fold is not None and fold.policy.by == "points":
            fold.count(event.day, points, event.id)

    # -- points are taken back, and come again --------------------------------------------------------------------------

    def _returned(self, event: Event, of: str, award: Award, before: int) -> None:
        """After money came back (``before``: what had been left): tier and award are brought to what is left."""
        fold = self._tiers
        if fold is not None and before != award.left:
            policy = fold.policy
            if policy.by == "spend" and basis(policy, award.ask.event, 1):
                fold.take_back(of, before - award.left, event.day)
            elif policy.by == "visits" and not award.left:
                fold.take_back(of, 1, event.day)
        self._settle(event, of, award)

    def _settle(self, event: Event, of: str, award: Award) -> None:
        """Bring an award to what it is worth now: earn(a − returned), as recorded (LP6, LP7)."""
        worth, uses = award.worth(self._counters)
        self._use(award, uses)
        for account, number in award.lots.items():
            lot = self._lots[number - 1]
            taken = award.taken.get(account, 0)
            now = worth.get(account, 0)
            if lot.undone is not (now == 0):
                lot.undone = now == 0
                self._first_earned(self._queues[account])
            more = lot.issued - now - taken
            if more > 0:
                award.taken[account] = taken + more
                self._claw(event, of, award, lot, more)
            elif more < 0 and taken:
                again = min(-more, taken)
                award.taken[account] = taken - again
                self._give_again(event, of, award, lot, again)
            else:
                continue
            if self._tiers is not None and self._tiers.policy.by == "points":
                self._tiers.take_back(of, award.taken[account] - taken, event.day)

    def _first_earned(self, queue: Queue) -> None:
        """Find anew the first day since the last lapse on which points came that were earned indeed."""
        days = [
            lot.came for lot in self._lots if lot.account == queue.name and lot.number > queue.swept and not lot.undone
        ]
        queue.first_earned = min(days, default=None)
        self._reckon(queue)

    def _claw(self, event: Event, of: str, award: Award, lot: OpenLot, points: int) -> None:
        """Take points back: from their own lot, then from the others in the order of spending; the rest is written off,
        or owed (LP6)."""
        queue = self._queues[lot.account]
        back = award.back.setdefault(lot.account, [])
        before = len(self.lines)
        own = min(points, lot.left)
        moves: Moves = []
        if own:
            queue.pull(lot, own)
            moves.append((lot, own))
        # what has lapsed of it is gone already: it is not taken a second time from other lots
        gone = min(points - own, lot.lapsed - sum(met.points for met in back if met.how == LAPSED))
        rest = points - own - gone
        others = queue.take(rest, NEVER) if rest else []
        moves += others
        for one, some in moves:
            one.reversed += some
            queue.reversed += some
            back.append(Met(one.number, some, before))
        spent = sum(some for _, some in others)
        short = rest - spent
        why: list[Sentence] = [(None, "{} of what {} earned is taken back", points, of)]
        if gone:
            back.append(Met(LAPSED, gone, before))
            why.append((None, "{} of it had lapsed", gone))
        if spent:
            why.append((None, "{} of it had been spent, and is taken from other lots", spent))
        owed = short if self.policy.shortfall == "deficit" else 0
        if owed:
            queue.deficit += owed
            queue.reversed += owed
            back.append(Met(DEFICIT, owed, before))
            why.append((None, "{} of it had been spent, and is owed", owed))
        if points > short - owed:
            self._line(event, -own - spent - owed, lot.account, "reversed", moves, *why)
        if short > owed:
            queue.written_off += short
            back.append(Met(WRITTEN_OFF, short, before))
            told: Sentence = (None, "{} of the {} that {} earned had been spent: written off", short, points, of)
            self._line(event, 0, lot.account, "written_off", [], told)

    def _give_again(self, event: Event, of: str, award: Award, lot: OpenLot, points: int) -> None:
        """Undo the last of what was taken back: the money counts again."""
        queue = self._queues[lot.account]
        entries = award.back[lot.account]
        why: Sentence = (None, "{} of what {} earned is given again", points, of)
        left = points
        while left:
            how, some, line = entries.pop()
            met = min(some, left)
            left -= met
            if some > met:
                entries.append(Met(how, some - met, line))
            if how == WRITTEN_OFF:
                queue.written_off -= met
            elif how == DEFICIT:
                owed = min(met, queue.deficit)
                queue.deficit -= owed
                queue.reversed -= owed
                if owed:
                    self._line(event, owed, lot.account, "given_again", [], why)
                if met > owed:  # later points have settled it: they come back as points of today
                    self._issue(event, lot.account, met - owed, (why,))
            elif how != LAPSED:
                one = self._lots[how - 1]
                one.reversed -= met
                queue.reversed -= met
                self._put_back(event, queue, [(one, met)], "given_again", line, why)

    def _put_back(self, event: Event, queue: Queue, moves: Moves, move: str, since: int, why: Sentence) -> None:
        """Points come back to their lots, with their dates; what has lapsed meanwhile goes at once (LP8), and so does what
        had to be written off for want of them (after the line ``since``, when they were spent)."""
        day = event.day
        recovered: Moves = []
        settled: Moves = []
        lapsed: Moves = []
        self._line(event, sum(some for _, some in moves), queue.name, move, moves, why)
        for lot, some in moves:
            left = some
            owed = self._recovered(queue, lot, left, since) if queue.written_off else 0
            if owed:
                recovered.append((lot, owed))
                left -= owed
            settles = min(left, queue.deficit - sum(one for _, one in settled))
            if settles:
                settled.append((lot, settles))
                left -= settles
            if left and (lot.gone <= day < NEVER or lot.number <= queue.swept):
                lot.lapsed += left
                queue.lapsed += left
                lapsed.append((lot, left))
            elif left:
                queue.put(lot, left)
        self._schedule(queue)
        if recovered:
            points = sum(some for _, some in recovered)
            told: Sentence = (None, "{} that a refund had to write off is taken back now", points)
            self._line(event, -points, queue.name, "recovered", recovered, told)
        if settled:
            self._settled(event, queue, settled)
        if lapsed:
            points = sum(some for _, some in lapsed)
            self._line(event, -points, queue.name, "lapsed", lapsed, (None, "{} have lapsed meanwhile", points))

    def _recovered(self, queue: Queue, lot: OpenLot, points: int, since: int) -> int:
        """What had to be written off since the points were spent is taken from them now; how many."""
        taken = 0
        for award in self._awards.values():
            if taken < points:
                taken += award.recover(queue.name, lot.number, points - taken, since)
        lot.reversed += taken
        queue.reversed += taken
        queue.written_off -= taken
        return taken

    # -- editions -----------------------------------------------------------------------------------------------------

    def change(self, policy: Points, tiers: Tiers | None, *, on: date) -> None:
        """Go on under another edition from the day ``on``: earning by its terms, deadlines by its dates (LP18).

        What was awarded stays as recorded; a deadline that is past under the new rules falls due on their first day.
        """
        self._pass(add_days(on, -1))
        self._ahead = None
        self.policy = policy
        self._since = on
        self.last_visits = {}
        for event in self._came_on:
            self._last_visits(event)
        for queue in self._queues.values():
            queue.lapse = policy.lapse_on(queue.name)
        for lot in self._lots:
            lot.gone = self._gone(self._queues[lot.account], lot)
        for queue in self._queues.values():
            queue.rearrange(policy.redeem.order)
            self._reckon(queue)
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
                lots = self._lots
                amount = sum(lots[number - 1].issued - award.taken.get(one, 0) for one, number in award.lots.items())
            else:
                amount = basis(tiers, event, award.left)
            if amount:
                fold.count(event.day, amount, of)
        return fold

    def _in_order(self, day: date, argument: str) -> None:
        if day < self._day:
            raise LifecycleError(
                f"{argument}={day} lies before {self._day}, the day of the last event of this account",
                argument=argument, value=day, remedy="replay the history as of that day: events come in order",
            )  # fmt: skip


#: The kinds of event that can reset the clock of a lapse by absence.
VISIT_KINDS = frozenset({"vehicle_recorded", *VISITS})
