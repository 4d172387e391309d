"""Points of many members at once: balances, lots and tiers, exactly as the one-by-one ledger has them.

In: events as a frame, a list or :class:`~lifecycle.columns.packing.Packed`; a policy of points or a book; a day. Out: a
frame of the kind that came in, one row a member, a member and account, or a lot (:func:`points`); :func:`explain` says
whether a policy runs in columns or by the fold, part by part. What has no form over columns is folded one by one, with the
same answer: a whole policy, or the few members whose events ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, tzinfo
from functools import partial
from os import cpu_count
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from attrs import frozen

from lifecycle.book import Book, Editions, House
from lifecycle.columns import discounts, earning, standing
from lifecycle.columns.codes import Ints, Longs
from lifecycle.columns.days import NEVER
from lifecycle.columns.earning import texts
from lifecycle.columns.folding import Folded, Task, at_once, fold
from lifecycle.columns.ledgers import Ledgers, LotRows, Plan, ledgers
from lifecycle.columns.packing import Packed, pack
from lifecycle.dates import SHANGHAI
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError, near
from lifecycle.events import Event
from lifecycle.points import Lapse, Points
from lifecycle.points import Lot as OneLot
from lifecycle.points import Totals as OneTotals
from lifecycle.points.terms import ACCOUNTS
from lifecycle.tiers import ORDINARY, Tiers

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["Explanation", "Part", "accounts", "explain", "points"]

#: What there is a row of.
_ROWS = ("member", "account", "lot")
#: Events of one block: as many as keep its arrays small beside those of the packing.
_BLOCK = 500_000
_TOTALS = OneTotals._fields[1:]
_EPOCH = date(1970, 1, 1).toordinal()


# -- what runs how ----------------------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """How one part of a policy runs."""

    part: str
    """``earning``, ``lapse``, ``redemption``, ``refunds``, ``tiers``, ``editions`` or ``benefits``."""
    columns: bool
    """True: in columns; False: by the fold, and with it all others."""
    because: tuple[str, ...]
    """Why; and what is left to the fold for the members whose events ask for it."""

    def __str__(self) -> str:
        return f"{self.part}: {'in columns' if self.columns else 'by the fold'}, because {'; '.join(self.because)}"


@frozen(repr=False)
class Explanation:
    """How a policy runs over many members: in columns where every part does, else by the fold."""

    parts: tuple[Part, ...]

    @property
    def columns(self) -> bool:
        """Whether it runs in columns."""
        return all(part.columns for part in self.parts)

    def of(self, part: str) -> Part:
        """How one part runs."""
        return next(one for one in self.parts if one.part == part)

    def __str__(self) -> str:
        head = "in columns" if self.columns else "by the fold"
        return "\n".join([head, *(f"  {part}" for part in self.parts)])

    def __repr__(self) -> str:
        return f"<Explanation: {self}>"

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import explanation_html

        return explanation_html(self)


def explain(policy: Points | House, tiers: Tiers | None = None) -> Explanation:
    """Whether a policy of points (of a book) runs in columns or by the fold, part by part, with the reasons.

    Both give the same answer; columns take about a microsecond an event, the fold some twenty. Of several editions each
    part is in columns where it is so under all of them; from the day on which points change, members are folded.
    """
    ledger = _ledger(policy, tiers, date.max)
    found = [_explained(one, its_tiers) for _, one, its_tiers in ledger]
    if isinstance(policy, Editions):
        changed = tuple(f"from {day} on another edition awards, and what was awarded stays" for day, *_ in ledger[1:])
        found.append(Explanation((Part("editions", not changed, changed or ("points are the same in all",)),)))
    whole = merged(found)
    said = () if isinstance(policy, Points) else discounts.why(policy)
    if not said:
        return whole
    return Explanation(
        (*whole.parts, Part("benefits", True, (*said, "who is folded for his points is so for them, too")))
    )


def merged(found: Iterable[Explanation]) -> Explanation:
    """Several explanations as one: a part is in columns where it is so in each."""
    parts: dict[str, Part] = {}
    for part in (part for one in found for part in one.parts):
        had = parts.get(part.part)
        if had is None or (had.columns and not part.columns):
            parts[part.part] = part
        elif had.columns == part.columns:
            parts[part.part] = part._replace(because=tuple(dict.fromkeys((*had.because, *part.because))))
    return Explanation(tuple(parts.values()))


def _explained(policy: Points, tiers: Tiers | None) -> Explanation:
    earns = earning.why_not(policy)
    ranks = standing.why_not(tiers, earning_reads_tier=earning.reads_tier(policy.earn))
    if not earns and tiers is not None:
        ranks += _visits_why_not((tiers.visits,) if tiers.by == "visits" else ())
    lapses = _visits_why_not(policy.visit_kinds)
    remembers = policy.rounding == "carry" or earning.remembers(policy.earn)
    pays = "a redemption on a bill (visit=, with a value) leaves its member to the fold"
    back = ["the award is reckoned again from what is left of the money"]
    if remembers:
        back.append("money carried and caps of a period change what came after: who is refunded is folded")
    back.append("so is who was refunded before the bill was told, or was given more for less money")
    return Explanation(
        (
            Part("earning", not earns, tuple(earns) or ("awards do not depend on what was spent",)),
            Part("lapse", not lapses, tuple(lapses) or tuple(_lapse_said(policy))),
            Part("redemption", True, (f"lots are spent in one order, {policy.redeem.order}", pays)),
            Part("refunds", True, tuple(back)),
            Part("tiers", not ranks, tuple(ranks) or (_tiers_said(tiers),)),
        )
    )


def _ledger(policy: Points | House, tiers: Tiers | None, on: date) -> tuple[tuple[date, Points, Tiers | None], ...]:
    """What points are kept by up to a day: policy and tiers, by their first days."""
    told: Any = policy
    if not isinstance(tiers, (Tiers, NoneType)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise LifecycleError(
            f"tiers={tiers!r} is no policy of tiers", argument="tiers", value=tiers,
            remedy='as in Tiers({"silver": 3000}), or leave it away',
        )  # fmt: skip
    if isinstance(told, Points):
        return ((date.min, told, tiers),)
    if isinstance(told, (Book, Editions)) and tiers is None:
        return told.ledger(on)
    if isinstance(told, Book):
        return ((date.min, told.points, tiers),)
    if isinstance(told, Editions):
        raise LifecycleError("editions have tiers of their own", argument="tiers", value=tiers, remedy="leave it away")
    raise LifecycleError(
        f"{policy!r} is neither a policy of points nor a book", argument="policy", value=policy,
        remedy="as in WENHUA, WENHUA.points, Points(Earn(1, per=50))",
    )  # fmt: skip


def _visits_why_not(kinds: Iterable[Any]) -> list[str]:
    reasons: list[str] = []
    for kind in kinds:
        if kind.condition is not None:
            told = earning.condition_reasons(kind.condition)
            reasons += [f"visits ({kind.name}): {reason}" for reason in told]
    return reasons


def _lapse_said(policy: Points) -> Iterator[str]:
    said: Mapping[str, str] = {
        "idle": "absence is the later of two days, and a table of due days",
        "aged": "the last day of a lot is known when it comes",
        "yearly": "the last day of a lot is known when it comes",
        "never": "points stay",
    }
    lapses: tuple[Lapse, ...] = (policy.lapse, *policy.lapse_of.values())
    yield from dict.fromkeys(said[lapse.by] for lapse in lapses)


def _tiers_said(tiers: Tiers | None) -> str:
    if tiers is None:
        return "the tier is the one that records tell"
    if tiers.downgrade == "never":
        return "the tier is the highest that the basis ever reached; who is refunded is folded"
    return "the tier is a step function of the basis of its day"


# -- the door -------------------------------------------------------------------------------------------------------------


def points(
    events: Packed | Iterable[Event] | IntoFrame,
    policy: Points | House,
    *,
    on: date,
    tiers: Tiers | None = None,
    rows: str = "member",
    zone: tzinfo | None = None,
    block: int = _BLOCK,
    processes: int | None = None,
) -> Any:
    """The points of every customer as of the day ``on`` (closed), as the one-by-one ledger has them.

    ``rows="member"``: one row a customer with ``customer, tier, balance, issued, available, pending, redeemed, lapsed,
    reversed, transferred, written_off, deficit``; ``"account"``: the same by ``account`` (dealer, head_office), for each that
    anything can come to; ``"lot"``: one row a lot, as a :class:`~lifecycle.points.Lot` has it. All are whole points. Give a
    packed history and polars comes back; else the kind of frame that was given.

    ``tiers`` are those that go with a policy of points; a book has its own, unless others are given. Of several
    :class:`~lifecycle.book.Editions` each awards in its time.

    ``block`` is how many events are taken at once, which bounds the memory and changes no answer; ``processes`` (None: as
    many as there are processors, where that pays) are for what is folded (:func:`explain`).
    """
    a_day(on)
    if rows not in _ROWS:
        raise LifecycleError(f"rows={rows!r} is unknown", argument="rows", value=rows, remedy=near(rows, _ROWS))
    at_once(processes, block)
    ledger = _ledger(policy, tiers, on)
    if zone is None:
        zone = SHANGHAI if isinstance(policy, Points) else policy.zone
    packed = pack(events, zone=zone)
    house = None if isinstance(policy, Points) else policy
    answer = _Answer(packed.as_of(on), ledger, on, house, want_lots=rows == "lot")
    answer.work(block, processes)
    found = answer.lots() if rows == "lot" else answer.by_account() if rows == "account" else answer.by_member()
    return found if isinstance(events, Packed) else packed.table.give(found)


def accounts(packed: Packed, house: House, *, on: date, processes: int | None = None) -> pl.DataFrame:
    """As :func:`points`, one row a member, with ``benefits`` besides: what the house's discounts take off his bills, in fen.

    ``packed`` is as of the day.
    """
    offer = discounts.Offer(house)
    answer = _Answer(packed, _ledger(house, None, on), on, house, want_lots=False, offer=offer if offer.spans else None)
    answer.work(_BLOCK, processes)
    return answer.by_member().with_columns(pl.Series("benefits", answer.saved))


def _of_block(plan: Plan, span: tuple[int, int]) -> Ledgers:
    return ledgers(plan, *span)


class _Answer:
    """What is known so far: a row of totals for each customer and account."""

    def __init__(
        self,
        packed: Packed,
        ledger: tuple[tuple[date, Points, Tiers | None], ...],
        on: date,
        house: House | None,
        *,
        want_lots: bool,
        offer: discounts.Offer | None = None,
    ) -> None:
        self.packed = packed
        self.ledger = ledger
        self.on = on
        self.house = house
        self.want_lots = want_lots
        self.offer = offer
        self.members = len(packed.customers)
        self.saved = np.zeros(self.members, np.int64)
        self.tier_names: list[str] = [ORDINARY]
        self.tier = np.zeros(self.members, np.int32)
        self.totals: dict[str, dict[str, Longs]] = {}
        self.lot_tables: list[LotRows] = []
        self.folded_lots: list[tuple[Any, ...]] = []

    def _of(self, account: str) -> dict[str, Longs]:
        found = self.totals.get(account)
        if found is None:
            found = self.totals[account] = {name: np.zeros(self.members, np.int64) for name in _TOTALS}
        return found

    # -- the work -----------------------------------------------------------------------------------------------------

    def work(self, block: int, processes: int | None) -> None:
        packed = self.packed
        (_, policy, tiers), *later = self.ledger
        asks = [name for _, one, _ in self.ledger for rule in one.rules.values() for name in rule.facts]
        if asks and self.house is None:
            raise LifecycleError(
                f"the terms ask for {asks[0]}, which the whole life tells", argument="policy", value=policy,
                remedy="give the book instead of its points",
            )  # fmt: skip
        if not later and _explained(policy, tiers).columns:
            plan = Plan(packed, policy, tiers, self.on, want_lots=self.want_lots, offer=self.offer)
            self.tier_names = list(plan.tier_names)
            plan.prepare()
            # arrays work outside the interpreter's lock; the answer of a block does not depend on the others
            with ThreadPoolExecutor(cpu_count() or 1) as pool:
                odd = [self._take(one) for one in pool.map(partial(_of_block, plan), self._blocks(block))]
            left: Ints = np.concatenate(odd) if odd else np.empty(0, np.int32)
        else:
            left = np.unique(packed.customer)
        if left.size:
            task = Task(
                self.ledger, self.on, self.house if asks else None, None if self.offer is None else self.offer.house
            )
            found = fold(packed, left, task, processes=processes)
            members: list[int] = left.tolist()
            for member, folded in zip(members, found, strict=True):
                self._put(member, folded)

    def _blocks(self, size: int) -> Iterator[tuple[int, int]]:
        """From which event to which (open): so many, and the rest of the last member's."""
        customer = self.packed.customer
        start = 0
        while start < customer.size:
            stop = customer.size
            if start + size < stop:
                last = np.int32(customer[start + size - 1])
                stop = int(np.searchsorted(customer, last, "right"))
            yield start, stop
            start = stop

    def _take(self, found: Ledgers) -> Ints:
        """Write down a block; who is left to the fold."""
        self.tier[found.customers] = found.tier
        if found.saved is not None:
            self.saved[found.customers] = found.saved
        whose = found.customers
        for account, totals in found.totals.items():
            mine = self._of(account)
            mine["balance"][whose] = totals.left - totals.deficit
            mine["available"][whose] = totals.left - totals.pending
            for name in _TOTALS:
                if name not in ("balance", "available"):
                    mine[name][whose] = getattr(totals, name)
        odd: Ints = whose[found.odd]
        if found.lots is not None:
            keep = ~np.isin(found.lots.customer, odd)
            self.lot_tables.append(LotRows._make(column[keep] for column in found.lots) if odd.size else found.lots)
        return odd

    def _put(self, member: int, folded: Folded) -> None:
        """Write down one who was folded."""
        self.saved[member] = folded.saved
        for mine in self.totals.values():
            for values in mine.values():
                values[member] = 0
        for account, *told in folded.totals:
            row = self._of(account)
            for name, value in zip(_TOTALS, told, strict=True):
                row[name][member] = value
        if folded.tier not in self.tier_names:
            self.tier_names.append(folded.tier)
        self.tier[member] = self.tier_names.index(folded.tier)
        if self.want_lots:
            self.folded_lots += [(member, *lot) for lot in folded.lots]

    # -- the answers --------------------------------------------------------------------------------------------------

    def _tiers(self) -> pl.Series:
        return pl.Series("tier", self.tier, pl.Int32).replace_strict(
            dict(enumerate(self.tier_names)), return_dtype=pl.String
        )

    def by_member(self) -> pl.DataFrame:
        columns = [self.packed.customers.alias("customer"), self._tiers()]
        for name in _TOTALS:
            total = np.zeros(self.members, np.int64)
            for mine in self.totals.values():
                total += mine[name]
            columns.append(pl.Series(name, total))
        return pl.DataFrame(columns)

    def by_account(self) -> pl.DataFrame:
        accounts = [account for account in ACCOUNTS if account in self.totals] or [ACCOUNTS[0]]
        frames = [
            pl.DataFrame(
                [
                    self.packed.customers.alias("customer"),
                    pl.repeat(account, self.members, dtype=pl.String, eager=True).alias("account"),
                    self._tiers(),
                    *(pl.Series(name, values) for name, values in self._of(account).items()),
                ]
            )
            for account in accounts
        ]
        if len(frames) == 1:
            return frames[0]
        turns = np.arange(self.members * len(frames)).reshape(len(frames), -1).T.reshape(-1)
        return pl.concat(frames)[turns]

    def lots(self) -> pl.DataFrame:
        """One row a lot, customer by customer, in the order in which they came."""
        customers = self.packed.customers
        names = pl.Series(ACCOUNTS)
        frames = [_lots_frame([])]
        for table in self.lot_tables:
            frame = pl.DataFrame(
                {
                    "member": table.customer.astype(np.int32), "number": table.number, "account": names.gather(table.account),
                    "day": _days(table.day), "event": texts(self.packed, "id", table.place), "issued": table.issued,
                    "available": table.available, "pending": table.pending, "redeemed": table.redeemed,
                    "lapsed": table.lapsed, "reversed": table.reversed, "active_on": _days(table.active_on),
                    "gone_on": _days(table.gone_on),
                },
                schema=_LOTS,
            )  # fmt: skip
            frames.append(frame)
        frames.append(_lots_frame(self.folded_lots))
        frame = pl.concat(frames).sort("member", "number", maintain_order=True)
        whose = customers.gather(frame["member"]).alias("customer")
        return frame.drop("member").insert_column(0, whose)


_LOTS: Mapping[str, Any] = {
    "member": pl.Int32, "number": pl.Int32, "account": pl.String, "day": pl.Date, "event": pl.String, "issued": pl.Int64,
    "available": pl.Int64, "pending": pl.Int64, "redeemed": pl.Int64, "lapsed": pl.Int64, "reversed": pl.Int64,
    "active_on": pl.Date, "gone_on": pl.Date,
}  # fmt: skip
assert tuple(_LOTS)[1:] == OneLot._fields


def _lots_frame(lots: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(lots, schema=_LOTS, orient="row")


def _days(ordinals: Ints) -> pl.Series:
    days = pl.Series(np.where(ordinals == NEVER, 0, ordinals - np.int32(_EPOCH)).astype(np.int32))
    never = pl.Series(ordinals == NEVER)
    return days.cast(pl.Date).set(never, None) if bool(never.any()) else days.cast(pl.Date)
