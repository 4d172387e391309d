"""The ledger one by one: what an entry of points costs, with its explanation, under a plain policy and a rich one.

A member has 20 entries: jobs, reviews, referrals, redemptions, refunds in part. The cost of an entry is that of folding it
and, once per member, of the statement with every line's reasons written out. The plain policy is Wenhua's; the rich one has a
birthday bonus, a multiplier, a cap, a choice, two roundings of money, lots that lapse by age, pending points and tiers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from timing import best, line

from lifecycle import Bonus, Earn, Event, Points
from lifecycle.books import WENHUA
from lifecycle.points import Lapse, Redeem, best_of, in_birthday_month
from lifecycle.tiers import Tiers

LIMIT = 25e-6
MEMBERS = 100
ENTRIES = 20
RICH = Points(
    (Earn({"ordinary": 1, "silver": 2, "gold": 3}, per=50) + Bonus(3).on("vehicle_handed_over").when(in_birthday_month))
    .times("1.5")
    .at_most(500, per="month")
    + best_of(Earn(1, per=100), Earn(2, per=100, of="labour"))
    + Bonus(500).on("referral_converted")
    + Bonus(3).on("review_posted"),
    lapse=Lapse.aged(months=24),
    redeem=Redeem(worth="0.5"),
    rounding="half_up",
    active_after_days=14,
)
TIERS = Tiers({"silver": 10_000, "gold": 50_000}, months=12, grace_months=3)


class Member:
    """What a condition may ask."""

    birthday = date(1988, 2, 29)


def members(count: int) -> list[list[Event]]:
    """Histories of points, the same in every run."""
    draw = random.Random(7)
    found: list[list[Event]] = []
    for member in range(count):
        day = date(2020, 1, 1)
        told: list[Event] = []
        for number in range(ENTRIES):
            day += timedelta(days=draw.randrange(10, 150))
            name, customer, chance = f"E{number:02}", f"C{member}", draw.random()
            if chance < 0.6 or number < 2:
                charge = Decimal(draw.randrange(1, 400_000)) / 100
                told.append(
                    Event(day, "vehicle_handed_over", name, customer, "V1", {"charge": charge, "labour": charge // 3})
                )
            elif chance < 0.7:
                told.append(Event(day, "review_posted", name, customer, None, {"visit": name, "satisfied": True}))
            elif chance < 0.75:
                told.append(Event(day, "referral_converted", name, customer, None, {"referral": name}))
            elif chance < 0.92:
                told.append(Event(day, "points_redeemed", name, customer, None, {"points": draw.randrange(1, 40)}))
            else:
                told.append(Event(day, "refunded", name, customer, None, {"of": "E00", "amount": 50}))
        found.append(told)
    return found


def fold(policy: Points, tiers: Tiers | None, histories: Sequence[Sequence[Event]]) -> int:
    """Every member's account and the reasons of its lines; how many lines there are."""
    lines = 0
    for events in histories:
        account = policy.open(events[0].customer, tiers)
        for event in events:
            account.take(event, Member)
        lines += sum(1 for one in account.statement(events[-1].day).lines if one.because)
    return lines


def main() -> None:
    """Print one line a policy, and one for copying an account."""
    histories = members(MEMBERS)
    entries = MEMBERS * ENTRIES
    for name, policy, tiers in (("plain", WENHUA.points, None), ("rich", RICH, TIERS)):
        # member by member: a neighbour's load disturbs some of so short runs, and not the best of each
        seconds = sum(best(partial(fold, policy, tiers, [one]), rounds=25) for one in histories) / entries
        line(f"points: an entry, {name} policy, with its reasons", seconds, LIMIT, limit=1)
    account = WENHUA.points.open("C")
    for event in histories[0]:
        account.take(event, Member)
    line("points: copying an account, an entry", best(account.copy, number=500) / ENTRIES, LIMIT, limit=1)


if __name__ == "__main__":
    main()
