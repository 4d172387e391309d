"""The ledgers of a block of members over columns: from events to movements, lots and totals.

In: :class:`~lifecycle.columns.packing.Packed` and a policy that has a form over columns (:mod:`~lifecycle.columns.earning`,
:mod:`~lifecycle.columns.standing` say which). Out: :class:`Ledgers`. Awards do not depend on what was spent, so they are
worked out first, for all events at once; then the queues are stepped (:mod:`~lifecycle.columns.queues`). A member whose
events ask for what has no form (a redemption on a bill, a refund told before its bill) is *odd*: he is left to the fold.
Next room: :mod:`lifecycle.columns.folding`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from lifecycle.columns import discounts, earning, standing
from lifecycle.columns.codes import Bools, Ints, Longs, Rows, begins
from lifecycle.columns.column import Column, column_of
from lifecycle.columns.days import MISSING, NEVER
from lifecycle.columns.earning import LARGE, Asked, texts
from lifecycle.columns.packing import CODES, Packed, kinds_mask
from lifecycle.columns.queues import (
    CLAW,
    CLAW_ALL,
    CORRECT,
    ISSUE,
    NOTHING,
    REDEEM,
    RESTORE,
    TRANSFER,
    Lots,
    Moves,
    Totals,
    run,
)
from lifecycle.columns.standing import Calendar, Counted, TakenBack
from lifecycle.columns.tellings import counted
from lifecycle.kinds import FACTS, KINDS
from lifecycle.points import Lapse, Points
from lifecycle.points.terms import ACCOUNTS, placed
from lifecycle.tiers import Tiers
from lifecycle.visits import VISITS, all_visits, charged_visits

__all__ = ["Ledgers", "LotRows", "Plan", "ledgers"]

_JOB, _PRODUCT = CODES["vehicle_handed_over"], CODES["product_taken"]
_REFUND, _REVERSAL = CODES["refunded"], CODES["referral_reversed"]
_REDEEMED, _BACK = CODES["points_redeemed"], CODES["points_redemption_rolled_back"]
_TRANSFERRED, _CORRECTED = CODES["points_transferred"], CODES["points_corrected"]
_RECEIVED = CODES["points_received"]
_RECORD = CODES["vehicle_recorded"]
_CREDITS = kinds_mask(("points_opened", "points_granted", "points_received"))
_TELLS_TIER = kinds_mask(("customer_recorded", "enrolled", "points_opened"))
_VISITS = kinds_mask(VISITS)
_ABOUT_REFERRALS = kinds_mask(name for name, kind in KINDS.items() if kind.source == "referral" and not kind.derived)


class Plan:
    """A policy and a day, ready for blocks of members: the kinds that matter, the calendars, the tiers that can be met."""

    def __init__(
        self,
        packed: Packed,
        policy: Points,
        tiers: Tiers | None,
        on: date,
        *,
        want_lots: bool = False,
        offer: discounts.Offer | None = None,
    ) -> None:
        self.packed = packed
        self.policy = policy
        self.tiers = tiers
        self.on = on
        self.want_lots = want_lots
        self.offer = offer
        self.term = placed(policy.earn)
        self.concerns = kinds_mask(
            earning.concerned(policy, tiers) | (frozenset[str]() if offer is None else offer.kinds)
        )
        self.earns = kinds_mask(policy.rules)
        self.tier_names = standing.names_of(tiers, FACTS["tier"].choices)
        self.ranks = np.array([0 if tiers is None else tiers.rank(name) for name in self.tier_names], np.int64)
        self.reads_tier = earning.reads_tier(self.term)
        self.remembers = policy.rounding == "carry" or earning.remembers(self.term)
        leaves = [account for account in _accounts(self.term) if account]
        self.account_order = tuple(dict.fromkeys((*leaves, *ACCOUNTS)))

    @cached_property
    def _span(self) -> tuple[int, int]:
        """The first and the last day that a rule of days can be asked for."""
        packed = self.packed
        days = [packed.day] if packed.events else []
        for name in ("earned_on", "last_visit", "last_charged_visit"):
            told = packed.table.columns.get(name)
            if told is not None:
                days.append(column_of(name, told.drop_nulls().unique()).data)
        days = [some for some in days if some.size]
        on = self.on.toordinal()
        return min([on, *(int(some.min()) for some in days)]), max([on, *(int(some.max()) for some in days)])

    @cached_property
    def window(self) -> Calendar | None:
        """The first day on which what counted for the tier no longer does."""
        tiers = self.tiers
        if tiers is None or (tiers.months is None and not tiers.calendar_year):
            return None
        return Calendar(tiers.counts_until, *self._span)

    @cached_property
    def _calendars(self) -> dict[Lapse, Calendar]:
        return {}

    def _calendar(self, lapse: Lapse) -> Calendar:
        found = self._calendars.get(lapse)
        if found is None:
            rule = lapse.of_account if lapse.by == "idle" else lapse.of_lot
            found = self._calendars[lapse] = Calendar(rule, *self._span)
        return found

    def prepare(self) -> None:
        """Fill every calendar that will be asked, so that blocks may be worked on side by side."""
        _ = self.window
        for lapse in (self.policy.lapse, *self.policy.lapse_of.values()):
            if lapse.by == "idle":
                self.latest(lapse)
            elif lapse.by != "never":
                self._calendar(lapse)

    def of_lot(self, lapse: Lapse, earned: Ints) -> Ints:
        """The first day on which points earned on a day are gone by their own age."""
        if lapse.by in ("aged", "yearly"):
            return self._calendar(lapse).after(earned)
        return np.full(earned.size, NEVER, np.int32)

    def idle(self, lapse: Lapse) -> Calendar:
        """The first day on which an account is gone by absence since a day."""
        return self._calendar(lapse)

    @cached_property
    def _latest(self) -> dict[Lapse, Calendar]:
        return {}

    def latest(self, lapse: Lapse) -> Calendar:
        """The latest day since which absence has taken all by a day."""
        found = self._latest.get(lapse)
        if found is None:
            found = self._latest[lapse] = self.idle(lapse).latest()
        return found


def _accounts(term: Any) -> list[str]:
    if not term.below:
        return [str(getattr(term, "account", ""))]
    return [account for one in term.below for account in _accounts(one)]


class LotRows(NamedTuple):
    """The lots of a block: one row a lot, member by member, in the order in which they came."""

    customer: Ints
    number: Ints
    account: Ints
    """A number of :data:`~lifecycle.points.terms.ACCOUNTS`."""
    day: Ints
    place: Rows
    """The place of the event that brought it."""
    issued: Longs
    available: Longs
    pending: Longs
    redeemed: Longs
    lapsed: Longs
    reversed: Longs
    active_on: Ints
    gone_on: Ints
    """:data:`~lifecycle.columns.days.NEVER` where nothing takes it, as far as is known."""


class Ledgers(NamedTuple):
    """The ledgers of a block of members as of a day."""

    customers: Ints
    """The numbers of the members of whom anything is told that concerns the ledger."""
    tier: Ints
    """A number of :attr:`Plan.tier_names`."""
    totals: Mapping[str, Totals]
    odd: Bools
    """Who is left to the fold; his row means nothing."""
    lots: LotRows | None
    saved: Longs | None
    """What the house's discounts take off the bills, in fen; None where nobody asked."""


def ledgers(plan: Plan, start: int, stop: int, *, block: int = 8192) -> Ledgers:
    """The ledgers of the members whose events stand from ``start`` to ``stop`` (open) in the packing; whole members."""
    return _Ledgers(plan, start, stop).run(block)


class _LotsOf(NamedTuple):
    """The lots of one account as they came: local numbers of events and rows, and dates."""

    at: Rows
    """The event, by its number in the block."""
    row: Rows
    """Which of the earning events; −1: none."""
    points: Longs
    earned: Ints
    active: Ints
    gone: Ints


class _Returns(NamedTuple):
    """Money that came back, and referrals that were reversed: award by award, each in order."""

    row: Rows
    """Which of the earning events."""
    at: Rows
    left: Longs
    """What is left of the money, in fen."""
    before: Longs
    """What had been left."""
    nothing: Bools
    """Whether the event is worth nothing now, whatever its terms say."""


class _Ledgers:
    def __init__(self, plan: Plan, start: int, stop: int) -> None:
        packed = plan.packed
        self.plan = plan
        self.packed = packed
        kinds = packed.kind[start:stop]
        mine = plan.concerns[kinds]
        if mine.all():
            self.places: Rows = np.arange(start, stop)
        else:
            self.places = np.flatnonzero(mine) + start
        self.kind = packed.kind[self.places]
        self.day = packed.day[self.places]
        customer = packed.customer[self.places]
        size = self.places.size
        starts = np.flatnonzero(begins(customer))
        self.customers = customer[starts]
        self.first: Rows = np.append(starts, size)
        self.member: Longs = np.repeat(np.arange(starts.size), np.diff(self.first))
        self.odd = np.zeros(starts.size, np.bool_)
        self.there = np.bincount(self.kind, minlength=len(CODES)) > 0

    def at(self, *kinds: int) -> Rows:
        """The events of these kinds, by their numbers in the block."""
        kinds = tuple(kind for kind in kinds if self.there[kind])
        if not kinds:
            return np.empty(0, np.intp)
        flags = self.kind == kinds[0]
        for kind in kinds[1:]:
            flags |= self.kind == kind
        return np.flatnonzero(flags)

    def within(self, mask: Bools) -> Rows:
        """The events whose kind a mask has."""
        mask = mask & self.there
        return np.flatnonzero(mask[self.kind]) if mask.any() else np.empty(0, np.intp)

    def told(self, name: str, at: Rows) -> Column:
        return earning.told(self.packed, name, self.places[at])

    def texts(self, name: str, at: Rows) -> pl.Series:
        return texts(self.packed, name, self.places[at])

    def himself(self, name: str, at: Rows) -> Bools:
        """Whether a text names the customer whom the event is about."""
        who = self.packed.customers.gather(self.customers[self.member[at]]).cast(pl.String)
        same: Bools = (self.texts(name, at) == who).fill_null(value=False).to_numpy()
        return same

    # -- earning ------------------------------------------------------------------------------------------------------

    def run(self, block: int) -> Ledgers:
        plan, policy, tiers = self.plan, self.plan.policy, self.plan.tiers
        rows = self.within(plan.earns)
        paid = earning.money(self.packed, self.places[rows])
        self._mark(self.member[rows[paid >= LARGE]])
        returns = self._returns(rows, paid)
        recorded, recorded_last = self._recorded()
        before = after = None
        level_last: Ints | None = None
        if tiers is not None and tiers.by != "points":
            found = self._levels(tiers, *self._spent(tiers, rows, paid, returns))
            before, after, level_last = found
        tier = recorded[rows]
        if before is not None and after is not None:
            level = (after if policy.tier_of == "including" else before)[rows]
            tier = standing.both(tier, level, plan.ranks)
        asked = Asked(
            self.packed, self.places[rows], self.member[rows], paid, paid, tier, plan.tier_names, policy.rounding
        )
        awards = earning.award(plan.term, asked)
        claws = self._claws(asked, awards, returns)
        if tiers is not None and tiers.by == "points":
            before, _, level_last = self._levels(tiers, *self._earned(awards, rows, returns, claws))
            tier = standing.both(recorded[rows], before[rows], plan.ranks)  # points make the tier after the bill
        tier_last = recorded_last if level_last is None else standing.both(recorded_last, level_last, plan.ranks)
        totals, lots = self._accounts(rows, awards, returns, claws, block)
        for one in totals.values():
            self.odd |= one.odd
        saved = None if plan.offer is None else self._saved(plan.offer, rows, paid, tier, returns)
        return Ledgers(self.customers, tier_last, totals, self.odd, lots, saved)

    def _saved(self, offer: discounts.Offer, rows: Rows, paid: Longs, tier: Ints, returns: _Returns) -> Longs:
        """What the discounts take off what is left of the bills."""
        left = paid
        if returns.row.size:
            left = paid.copy()
            left[returns.row] = returns.left  # of several, the last
        kind = self.kind[rows]
        some = np.flatnonzero((kind == _JOB) | (kind == _PRODUCT))
        at = rows[some]
        asked = Asked(
            self.packed, self.places[at], self.member[at], paid[some], paid[some] if left is paid else left[some], tier[some],
            self.plan.tier_names, self.plan.policy.rounding,
        )  # fmt: skip
        block = discounts.Block(self.packed, self.places, self.kind, self.member)
        return discounts.saved(offer, block, at, asked, self.customers.size)

    def _mark(self, members: Longs) -> None:
        self.odd[members] = True

    def _recorded(self) -> tuple[Ints, Ints]:
        tells = self.within(_TELLS_TIER)
        told = np.full(self.places.size, -1, np.int32)
        if tells.size:
            column = self.told("tier", tells)
            known = column.known
            codes = np.array([self.plan.tier_names.index(word) for word in column.words], np.int32)
            told[tells[known]] = codes[column.data[known]]
        elif not self.member.size or self.plan.tiers is None:
            return np.zeros(self.places.size, np.int32), np.zeros(self.customers.size, np.int32)
        return standing.told_so_far(told, self.member, self.first)

    def _spent(self, tiers: Tiers, rows: Rows, paid: Longs, returns: _Returns) -> tuple[Counted, TakenBack]:
        """What counts for a tier by spend or by visits, and what was given back of it."""
        kind = self.kind[rows]
        job = kind == _JOB
        if tiers.by == "visits":
            amounts = np.zeros(rows.size, np.int64)
            jobs = np.flatnonzero(job)
            amounts[jobs] = counted(self.packed, tiers.visits, self.places[rows[jobs]])
            took = ((returns.left == 0) & (returns.before > 0)).astype(np.int64)
        else:
            amounts = np.where(job, paid, 0)
            bought = np.flatnonzero(kind == _PRODUCT)
            if bought.size:
                product = self.told("product", rows[bought])
                bought = bought[[product.words[code] == "accessories" for code in product.data.tolist()]]
                amounts[bought] = paid[bought]
            took = returns.before - returns.left
        number = np.cumsum(amounts > 0) - 1
        some = (took > 0) & (amounts[returns.row] > 0)
        counts = np.flatnonzero(amounts)
        return (
            Counted(rows[counts], amounts[counts]),
            TakenBack(returns.at[some], number[returns.row[some]], took[some]),
        )

    def _earned(
        self, awards: Mapping[str, Longs], rows: Rows, returns: _Returns, claws: Mapping[str, Longs]
    ) -> tuple[Counted, TakenBack]:
        """What counts for a tier by points: awards, less what was taken back."""
        total = np.zeros(rows.size, np.int64)
        took = np.zeros(returns.row.size, np.int64)
        for account, points in awards.items():
            total += points
            took += claws[account]
        number = np.cumsum(total > 0) - 1
        some = took > 0
        counts = np.flatnonzero(total)
        return (
            Counted(rows[counts], total[counts]),
            TakenBack(returns.at[some], number[returns.row[some]], took[some]),
        )

    def _levels(self, tiers: Tiers, counts: Counted, back: TakenBack) -> standing.Levels:
        if tiers.downgrade == "never":  # the highest so far is reckoned again when something is taken back
            self._mark(self.member[back.places])
        return standing.levels(tiers, self.day, self.member, self.first, counts, back, self.plan.on, self.plan.window)

    # -- money comes back -----------------------------------------------------------------------------------------------

    def _returns(self, rows: Rows, paid: Longs) -> _Returns:
        refunds, reversals = self.at(_REFUND), self.at(_REVERSAL)
        empty = np.empty(0, np.int64)
        if not (refunds.size or reversals.size):
            return _Returns(empty, empty, empty, empty, np.empty(0, np.bool_))
        amount = np.maximum(self.told("amount", refunds).data, 0)
        self._mark(self.member[refunds[amount >= LARGE]])
        of = self._bills(refunds, rows)
        told = of >= 0
        ended, of_ended = self._referrals(reversals, rows)
        row = np.concatenate((of[told], of_ended))
        at = np.concatenate((refunds[told], ended))
        money = np.concatenate((amount[told], np.zeros(ended.size, np.int64)))
        reversed_ = np.concatenate((np.zeros(int(told.sum()), np.int64), np.ones(ended.size, np.int64)))
        order = np.lexsort((at, row))
        row, at, money, reversed_ = row[order], at[order], money[order], reversed_[order]
        if self.plan.remembers:
            self._mark(self.member[at])
        first = begins(row)
        returned = _so_far(money, first)
        ended_so_far = _so_far(reversed_, first) > 0
        left = np.where(ended_so_far, 0, np.maximum(paid[row] - returned, 0))
        before = np.empty_like(left)
        before[1:] = left[:-1]
        before[first] = paid[row[first]]
        nothing = (left == 0) & ((returned > 0) | ended_so_far | (paid[row] == 0))
        # a reversal is no money: it moves no tier
        return _Returns(row, at, left, np.where(reversed_ > 0, left, before), nothing)

    def _bills(self, refunds: Rows, rows: Rows) -> Rows:
        """Which of the earning events each refund is about; −1: none that earned anything."""
        found = np.full(refunds.size, -1, np.int64)
        whose = np.zeros(self.customers.size, np.bool_)
        whose[self.member[refunds]] = True
        some = np.flatnonzero(whose[self.member[rows]])
        if not some.size:
            return found
        asked = pl.DataFrame(
            {
                "refund": np.arange(refunds.size), "at": refunds, "member": self.member[refunds],
                "of": self.texts("of", refunds),
            }
        )  # fmt: skip
        bills = pl.DataFrame(
            {
                "row": some, "when": rows[some], "member": self.member[rows[some]], "job": self.kind[rows[some]] == _JOB,
                "id": self.texts("id", rows[some]), "visit": self.texts("visit", rows[some]),
            }
        )  # fmt: skip
        by_id = asked.join(bills, left_on=["member", "of"], right_on=["member", "id"], how="inner")
        jobs = bills.filter(pl.col("job") & pl.col("visit").is_not_null())
        by_visit = asked.join(jobs, left_on=["member", "of"], right_on=["member", "visit"], how="inner")
        # a refund told before its bill, and a name that is both an id and a visit, are left to the fold
        early = by_id.filter(pl.col("when") >= pl.col("at"))
        double = by_id.filter(~pl.col("job")).join(by_visit, on="refund", how="semi")
        in_time = by_visit.filter(pl.col("when") < pl.col("at")).sort("when")
        waiting = by_visit.join(in_time, on="refund", how="anti")
        for odd in (early, double, waiting):
            self._mark(odd["member"].to_numpy())
        found[in_time["refund"].to_numpy()] = in_time["row"].to_numpy()  # of several, the last
        found[by_id["refund"].to_numpy()] = by_id["row"].to_numpy()
        return found

    def _referrals(self, reversals: Rows, rows: Rows) -> tuple[Rows, Rows]:
        """What was earned by referrals that are reversed: when, and which of the earning events."""
        none = np.empty(0, np.int64)
        some = np.flatnonzero(_ABOUT_REFERRALS[self.kind[rows]]) if reversals.size else none
        if not some.size:
            return none, none
        ended = pl.DataFrame(
            {"at": reversals, "member": self.member[reversals], "referral": self.texts("referral", reversals)}
        )
        earned = pl.DataFrame(
            {
                "row": some, "when": rows[some], "member": self.member[rows[some]],
                "referral": self.texts("referral", rows[some]),
            }
        )  # fmt: skip
        pairs = ended.join(earned, on=["member", "referral"], how="inner").filter(pl.col("when") < pl.col("at"))
        twice = pairs.filter(pl.col("at").is_duplicated())  # one reversal that takes two awards: two moves at once
        self._mark(twice["member"].to_numpy())
        pairs = pairs.unique("at", keep="first", maintain_order=True)
        return pairs["at"].to_numpy(), pairs["row"].to_numpy()

    def _claws(self, asked: Asked, awards: Mapping[str, Longs], returns: _Returns) -> dict[str, Longs]:
        """For each return the points to be taken back, by account: earn(a − returned), as recorded (LP6, LP7)."""
        row = returns.row
        if not row.size:
            return {account: np.empty(0, np.int64) for account in awards}
        withheld = np.zeros(asked.paid.size, np.bool_)
        for flags in asked.given.values():
            withheld |= flags
        if withheld.any():  # what is taken back may be given again for the same source
            twice = np.zeros(self.customers.size, np.bool_)
            twice[asked.member[withheld]] = True
            whose = asked.member[row]
            self._mark(whose[twice[whose]])
        again = Asked(
            self.packed, asked.places[row], asked.member[row], asked.paid[row], returns.left, asked.tier[row],
            asked.tiers, asked.rounding, {place: flags[row] for place, flags in asked.given.items()},
        )  # fmt: skip
        worth = earning.award(self.plan.term, again)
        first = begins(row)
        claws: dict[str, Longs] = {}
        for account, points in awards.items():
            now = np.where(returns.nothing, 0, worth[account])
            before = np.empty_like(now)
            before[1:] = now[:-1]
            before[first] = points[row[first]]
            more = before - now
            self._mark(asked.member[row[more < 0]])  # less money is worth more: given again, by the fold
            claws[account] = np.maximum(more, 0)
        return claws

    # -- accounts -----------------------------------------------------------------------------------------------------

    def _accounts(
        self, rows: Rows, awards: Mapping[str, Longs], returns: _Returns, claws: Mapping[str, Longs], block: int
    ) -> tuple[dict[str, Totals], LotRows | None]:
        commands = self._commands()
        found: dict[str, Totals] = {}
        tables: list[LotRows] = []
        for account in ACCOUNTS:
            lots, credit_at = self._lots(account, rows, awards, commands)
            mine = commands.of(account)
            if not (lots.at.size or mine.at.size):
                continue
            totals, table = self._account(account, lots, credit_at, mine, rows, returns, claws.get(account), block)
            found[account] = totals
            if table is not None:
                tables.append(table)
        if not self.plan.want_lots:
            return found, None
        return found, _numbered(tables, self.plan.account_order)

    def _commands(self) -> _Commands:
        redeemed, back = self.at(_REDEEMED), self.at(_BACK)
        moved, corrected = self.at(_TRANSFERRED), self.at(_CORRECTED)
        parts: list[tuple[Rows, Any, Longs, Ints, Ints]] = []
        accounts = self._account_of
        if redeemed.size:
            points = self.told("points", redeemed).data
            ref = np.full(redeemed.size, -1, np.int32)
            account = accounts(redeemed)
            fine = self._redeemable(redeemed, points)
            if back.size:
                which, when = self._rolled_back(redeemed, back)
                ref[which] = np.arange(which.size, dtype=np.int32)
                good = fine[which]
                some = when[good]
                parts.append((some, RESTORE, np.zeros(some.size, np.int64), ref[which[good]], account[which[good]]))
            parts.append((redeemed[fine], REDEEM, points[fine], ref[fine], account[fine]))
        if moved.size:
            points = self.told("points", moved).data
            fine = (points > 0) & ~self.himself("to", moved)
            moved = moved[fine]
            parts.append((moved, TRANSFER, points[fine], np.full(moved.size, -1, np.int32), accounts(moved)))
        if corrected.size:
            change = self.told("change", corrected).data
            some = corrected[change < 0]
            parts.append((some, CORRECT, -change[change < 0], np.full(some.size, -1, np.int32), accounts(some)))
        if not parts:
            none = np.empty(0, np.int64)
            return _Commands(none, none.astype(np.uint8), none, none.astype(np.int32), none.astype(np.int32))
        commands = _Commands(
            np.concatenate([at for at, *_ in parts]),
            np.concatenate([np.full(at.size, code, np.uint8) for at, code, *_ in parts]),
            np.concatenate([points for _, _, points, *_ in parts]),
            np.concatenate([ref for *_, ref, _ in parts]),
            np.concatenate([account for *_, account in parts]),
        )
        self._mark(self.member[commands.at[commands.points >= LARGE]])
        return commands

    def _account_of(self, at: Rows) -> Ints:
        column = self.told("account", at)
        numbers = np.array([*(ACCOUNTS.index(word) for word in column.words), 0], np.int32)
        found: Ints = numbers[column.data]  # not told: −1, the last, the dealer's
        return found

    def _redeemable(self, at: Rows, points: Longs) -> Bools:
        """Which redemptions are not refused whatever is there; one that pays a bill is left to the fold."""
        redeem = self.plan.policy.redeem
        fine: Bools = (points >= redeem.minimum) & (points % redeem.unit == 0)
        told = self.told("value", at)
        each: Fraction | None = redeem.point
        if each is None:
            granted = np.where(told.known, told.data, 0)
        else:
            small = points < LARGE
            self._mark(self.member[at[~small]])
            if each.numerator < LARGE:
                granted = np.where(small, points, 0) * each.numerator // each.denominator
            else:
                granted = np.array([min(int(one * each), 1 << 62) for one in points.tolist()], np.int64)
            fine &= ~told.known | (told.data == granted)  # a value is that of its points (LP11)
        on_a_bill = self.texts("visit", at).is_not_null().to_numpy()
        self._mark(self.member[at[on_a_bill & (granted != 0)]])
        return fine

    def _rolled_back(self, redeemed: Rows, back: Rows) -> tuple[Rows, Rows]:
        """Which redemptions are rolled back later, and by which event; each once."""
        asked = pl.DataFrame({"back": back, "member": self.member[back], "of": self.texts("of", back)})
        some = np.zeros(self.customers.size, np.bool_)
        some[self.member[back]] = True
        mine = np.flatnonzero(some[self.member[redeemed]])
        spent = pl.DataFrame(
            {
                "which": mine, "at": redeemed[mine], "member": self.member[redeemed[mine]],
                "of": self.texts("id", redeemed[mine]),
            }
        )  # fmt: skip
        pairs = asked.join(spent, on=["member", "of"], how="inner").filter(pl.col("at") < pl.col("back"))
        pairs = pairs.sort("back").unique("which", keep="first", maintain_order=True)
        return pairs["which"].to_numpy(), pairs["back"].to_numpy()

    def _lots(self, account: str, rows: Rows, awards: Mapping[str, Longs], commands: _Commands) -> tuple[_LotsOf, Rows]:
        """The lots of an account as they came; and which events are credits or corrections."""
        plan = self.plan
        lapse = plan.policy.lapse_on(account)
        points = awards.get(account)
        some = np.empty(0, np.intp) if points is None else np.flatnonzero(points)
        at = rows[some]
        day = self.day[at]
        delay = plan.policy.active_after_days
        last = date.max.toordinal()
        active = np.minimum(day.astype(np.int64) + delay, last).astype(np.int32) if delay else day
        parts = [
            _LotsOf(
                at,
                some,
                np.empty(0, np.int64) if points is None else points[some],
                day,
                active,
                plan.of_lot(lapse, day),
            )
        ]
        parts += self._credits(account, lapse)
        if len(parts) == 1:
            return parts[0], np.empty(0, np.intp)
        lots = _LotsOf._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
        order = np.argsort(lots.at, kind="stable")
        lots = _LotsOf._make(column[order] for column in lots)
        return lots, lots.at[lots.row < 0]

    def _credits(self, account: str, lapse: Lapse) -> list[_LotsOf]:
        parts: list[_LotsOf] = []
        number = ACCOUNTS.index(account)
        at = self.within(_CREDITS)
        if at.size:
            points = self.told("points", at).data
            fine = (points > 0) & (self._account_of(at) == number)
            received = np.flatnonzero(self.kind[at] == _RECEIVED)
            if received.size:
                fine[received] &= ~self.himself("giver", at[received])
            at, points = at[fine], points[fine]
            self._mark(self.member[at[points >= LARGE]])
            day = self.day[at]
            told = self.told("earned_on", at).data
            earned = np.where(told == MISSING, day, np.minimum(told, day))
            until = self.told("until", at).data
            gone = np.minimum(
                self.plan.of_lot(lapse, earned), np.where(until == MISSING, np.int32(NEVER), until + np.int32(1))
            )
            parts.append(_LotsOf(at, np.full(at.size, -1, np.intp), points, earned, day, gone))
        at = self.at(_CORRECTED)
        if at.size:
            change = self.told("change", at).data
            fine = (change > 0) & (self._account_of(at) == number)
            at, change = at[fine], change[fine]
            self._mark(self.member[at[change >= LARGE]])
            day = self.day[at]
            parts.append(_LotsOf(at, np.full(at.size, -1, np.intp), change, day, day, self.plan.of_lot(lapse, day)))
        return parts

    def _account(
        self, account: str, lots: _LotsOf, credit_at: Rows, commands: _Commands, rows: Rows, returns: _Returns,
        claws: Longs | None, block: int,
    ) -> tuple[Totals, LotRows | None]:  # fmt: skip
        plan = self.plan
        lapse = plan.policy.lapse_on(account)
        size = self.places.size
        # each member's lots in the order in which they are spent
        owner = self.member[lots.at]
        came = self.day[lots.at]
        order = _spent_first(plan.policy.redeem.order, owner, lots)
        lot_first = np.searchsorted(owner, np.arange(self.customers.size + 1))
        place = np.arange(lots.at.size)
        if order is not None:
            place[order] = np.arange(lots.at.size)
        slot = (place - lot_first[owner]).astype(np.int32)

        code = np.zeros(size, np.uint8)
        points = np.zeros(size, np.int64)
        ref = np.full(size, -1, np.int32)
        code[lots.at] = ISSUE
        points[lots.at] = lots.points
        ref[lots.at] = slot
        code[commands.at] = commands.code
        points[commands.at] = commands.points
        ref[commands.at] = commands.ref
        if claws is not None and claws.any():
            slot_of = np.full(rows.size, -1, np.int32)
            awarded = lots.row >= 0
            slot_of[lots.row[awarded]] = slot[awarded]
            some = np.flatnonzero(claws)
            at = returns.at[some]
            # nothing is left of the award: the whole was never earned
            spent = np.zeros(rows.size, np.int64)
            spent[lots.row[awarded]] = lots.points[awarded]
            none = spent[returns.row] == _so_far(claws, begins(returns.row))
            code[at] = np.where(none[some], CLAW_ALL, CLAW)
            points[at] = claws[some]
            ref[at] = slot_of[returns.row[some]]
        visit = self._visit_days(lapse) if lapse.by == "idle" else None
        keep = code != NOTHING if visit is None else (code != NOTHING) | (visit > 0)
        if keep.all():
            first, day = self.first, self.day
        else:
            upto = np.zeros(size + 1, np.int64)
            np.cumsum(keep, out=upto[1:])
            first, day = upto[self.first], self.day[keep]
            code, points, ref = code[keep], points[keep], ref[keep]
            visit = None if visit is None else visit[keep]
        queue = lots if order is None else _LotsOf._make(column[order] for column in lots)
        days = came if order is None else came[order]
        latest = None
        last_latest = 0
        on = plan.on.toordinal()
        if visit is not None:
            calendar = plan.latest(lapse)
            latest = calendar.after(day)
            last_latest = int(calendar.after(np.array([on], np.int32))[0])
        totals = run(
            Moves(first, day, code, points, ref, np.zeros(0, np.int32) if visit is None else visit),
            Lots(lot_first, days, queue.active, queue.gone, queue.points),
            latest=latest, last_latest=last_latest, on=on, owes=plan.policy.shortfall == "deficit",
            want_lots=plan.want_lots, block=block,
        )  # fmt: skip
        if totals.lots is None:
            return totals, None
        left = totals.lots.left
        whose = owner  # the same before and after: lots are rearranged within their members
        pending = np.where(queue.active > on, left, 0)
        gone = queue.gone
        if visit is not None:
            anchor = totals.anchor[whose]
            there = np.flatnonzero(anchor < NEVER)
            gone = gone.copy()
            gone[there] = np.minimum(gone[there], plan.idle(lapse).after(anchor[there]))
        table = LotRows(
            self.customers[whose], np.zeros(left.size, np.int32), np.full(left.size, ACCOUNTS.index(account), np.int32),
            queue.earned, self.places[queue.at], queue.points, left - pending, pending, totals.lots.redeemed,
            totals.lots.lapsed, totals.lots.reversed, queue.active, np.where(left > 0, gone, NEVER).astype(np.int32),
        )  # fmt: skip
        return totals, table

    def _visit_days(self, lapse: Lapse) -> Ints:
        """For each event the day of the visit that it tells; 0: it tells none."""
        found = np.zeros(self.places.size, np.int32)
        at = self.within(_VISITS)
        if at.size:
            came = counted(self.packed, lapse.visits, self.places[at])
            at = at[came]
            found[at] = self.day[at]
        name = {all_visits: "last_visit", charged_visits: "last_charged_visit"}.get(lapse.visits)
        records = self.at(_RECORD) if name is not None else np.empty(0, np.intp)
        if records.size and name is not None:
            found[records] = np.minimum(self.told(name, records).data, self.day[records])
        return found


class _Commands(NamedTuple):
    """What moves points otherwise than by coming: event, code of the movement, points, number of the roll-back, account."""

    at: Rows
    code: Any
    points: Longs
    ref: Ints
    account: Ints

    def of(self, account: str) -> _Commands:
        """Those of one account."""
        mine = self.account == ACCOUNTS.index(account)
        return self if mine.all() else _Commands._make(column[mine] for column in self)


def _so_far(values: Longs, begins: Bools) -> Longs:
    """Sums within groups, each up to and including its row; ``begins`` marks the first of each."""
    upto = np.cumsum(values)
    starts = np.flatnonzero(begins)
    base = (upto - values)[starts]
    found: Longs = upto - np.repeat(base, np.diff(starts, append=values.size))
    return found


def _spent_first(order: str, owner: Longs, lots: _LotsOf) -> Rows | None:
    """The lots member by member in the order in which they are spent (LP9); None where they stand so already."""
    number = np.arange(lots.at.size)
    if order == "newest":
        return np.lexsort((-number, -lots.earned.astype(np.int64), owner))
    same = owner[1:] == owner[:-1]
    if order == "oldest":
        if bool((~same | (lots.earned[1:] >= lots.earned[:-1])).all()):
            return None
        return np.lexsort((number, lots.earned, owner))
    later = lots.gone[1:] > lots.gone[:-1]
    as_late = (lots.gone[1:] == lots.gone[:-1]) & (lots.earned[1:] >= lots.earned[:-1])
    if bool((~same | later | as_late).all()):
        return None
    return np.lexsort((number, lots.earned, lots.gone, owner))


def _numbered(tables: list[LotRows], order: tuple[str, ...]) -> LotRows:
    """The lots of all accounts, member by member, numbered from 1 in the order in which they came."""
    if not tables:
        none = np.empty(0, np.int64)
        return LotRows._make([none] * len(LotRows._fields))
    table = LotRows._make(np.concatenate(columns) for columns in zip(*tables, strict=True))
    ranks = np.array([order.index(account) for account in ACCOUNTS])
    rows = np.lexsort((ranks[table.account], table.place, table.customer))
    table = LotRows._make(column[rows] for column in table)
    first = np.searchsorted(table.customer, table.customer, "left")
    return table._replace(number=(np.arange(first.size) - first + 1).astype(np.int32))
