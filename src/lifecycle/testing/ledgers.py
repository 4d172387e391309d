"""Strategies for hypothesis: points policies with every choice, tiers, and ledgers drawn where points turn over.

In: nothing, or the policy that will judge them. Out: terms, policies and lists of events in canonical order: amounts at a
whole step ± 1 fen, days at a lapse ± 1 and at month ends, redemptions of all that is there and of one more, refunds in
pieces, roll-backs, transfers, corrections, late and double rows. Next: :mod:`lifecycle.testing.points_laws`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from lifecycle.conditions import Condition, fact
from lifecycle.dates import add_days, add_months
from lifecycle.events import Event
from lifecycle.money import fen, yuan
from lifecycle.points import (
    Bonus,
    Earn,
    Lapse,
    Points,
    Redeem,
    Term,
    best_of,
    first_of,
    in_birthday_month,
    on_weekdays,
)
from lifecycle.tiers import Tiers
from lifecycle.visits import all_visits, charged_visits

__all__ = ["MEMBER", "amounts", "lapses", "ledgers", "points_policies", "terms", "tier_policies"]

_STARTS = (date(2023, 8, 31), date(2024, 1, 31), date(2024, 2, 29), date(2023, 12, 31), date(2024, 6, 15))
_ACCOUNTS = ("dealer", "dealer", "dealer", "head_office")


class _Member:
    """The customer of drawn ledgers, as far as conditions ask for him."""

    birthday = date(1988, 2, 29)
    city = "Nanjing"
    bought = 1


#: The customer whom drawn ledgers are told of.
MEMBER = _Member()


@st.composite
def amounts(draw: st.DrawFn, per: int = 50) -> Decimal:
    """Yuan at whole steps ± 1 fen, at nothing, and where tiers turn over."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([Decimal("9999.99"), Decimal(10000), Decimal("10000.01"), Decimal("1234.50")]))
    steps = draw(st.sampled_from([0, 1, 2, 3, 10, 24, 24, 200]))
    return yuan(max(steps * per * 100 + draw(st.sampled_from([-1, 0, 0, 1, 49, 99])), 0))


_RATES: tuple[Any, ...] = (1, 2, {"ordinary": 1, "silver": 2, "gold": 3}, {"ordinary": 0, "gold": "1.5"}, "0.5")
_CONDITIONS: tuple[Condition, ...] = (
    in_birthday_month,
    on_weekdays("fri", "sat"),
    fact("charge") >= 100,
    fact("tier") == "gold",
    fact("customer.city") == "Nanjing",
    fact("day") >= date(2024, 3, 1),
)


@st.composite
def terms(draw: st.DrawFn, *, monotone: bool = False, accounts: Sequence[str] = _ACCOUNTS, deep: int = 2) -> Term:
    """Terms of every kind, joined in every way; ``monotone``: spending more never gives less (no cap that
    refuses, no first that gives)."""
    joined = _JOINED[:-1] if monotone else _JOINED
    how = draw(st.sampled_from(["earn", "earn", "earn", "bonus", "bonus", *joined])) if deep else "earn"
    account = draw(st.sampled_from(list(accounts)))
    if how == "earn":
        of = draw(st.sampled_from(["any", "any", "any", "labour", "parts"]))
        return Earn(draw(st.sampled_from(_RATES)), per=draw(st.sampled_from([50, 50, 100])), of=of, account=account)
    if how == "bonus":
        kinds = ["referral_converted", "review_posted", "vehicle_handed_over", "event_attended"]
        return Bonus(draw(st.sampled_from([0, 3, 10, 500])), account=account).on(draw(st.sampled_from(kinds)))
    inner = terms(monotone=monotone, accounts=accounts, deep=deep - 1)
    one = draw(inner)
    if how == "sum":
        return one + draw(inner)
    if how == "times":
        factors: list[int | str] = [2, 3, "1.5", "1/3"]
        return one.times(draw(st.sampled_from(factors)))
    if how == "at_most":
        mode = draw(st.sampled_from(["reduce"] if monotone else ["reduce", "reduce", "refuse"]))
        per = draw(st.sampled_from(["event", "day", "month", "year"]))
        return one.at_most(draw(st.sampled_from([0, 5, 24, 30])), per=per, mode=mode)
    if how == "when":
        condition = draw(st.sampled_from(_CONDITIONS))
        asks_for_money = "charge" in condition.reads
        return one.when(condition) if "vehicle_handed_over" in one.kinds or not asks_for_money else one
    return best_of(one, draw(inner)) if how == "best_of" else first_of(one, draw(inner))


_JOINED = ("sum", "sum", "times", "at_most", "when", "best_of", "first_of")


@st.composite
def lapses(draw: st.DrawFn) -> Lapse:
    """The four rules of lapse, the last day usable or not."""
    by = draw(st.sampled_from(["idle", "idle", "aged", "yearly", "never"]))
    last = draw(st.booleans())
    months = draw(st.sampled_from([1, 6, 12, 12]))
    if by == "idle":
        visits = draw(st.sampled_from([all_visits, all_visits, charged_visits]))
        return Lapse.idle(months=months, visits=visits, remind=months, last_day_usable=last)
    if by == "aged":
        return Lapse.aged(months=months, last_day_usable=last)
    if by == "yearly":
        month, day = draw(st.sampled_from([(12, 31), (2, 29), (6, 30)]))
        return Lapse.yearly(month=month, day=day, years=draw(st.integers(0, 1)), last_day_usable=last)
    return Lapse.never()


_WINDOWS: tuple[dict[str, Any], ...] = ({}, {"months": 1}, {"months": 12}, {"calendar_year": True})
_FALLS: tuple[dict[str, Any], ...] = (
    {}, {"grace_months": 3}, {"grace_months": 1, "downgrade": "one_step"}, {"downgrade": "never"},
)  # fmt: skip
_STEPS: tuple[tuple[str, dict[str, int]], ...] = (
    ("spend", {"silver": 100, "gold": 10_000}),
    ("visits", {"gold": 3, "silver": 2}),
    ("points", {"silver": 2, "gold": 20}),
)


@st.composite
def tier_policies(draw: st.DrawFn) -> Tiers | None:
    """No tiers, or tiers by spend, visits or points in each kind of window."""
    if draw(st.booleans()):
        return None
    by, steps = draw(st.sampled_from(_STEPS))
    return Tiers(steps, by=by, **draw(st.sampled_from(_WINDOWS)), **draw(st.sampled_from(_FALLS)))


@st.composite
def points_policies(
    draw: st.DrawFn, *, monotone: bool = False, deficit: bool | None = None, accounts: Sequence[str] = _ACCOUNTS
) -> Points:
    """Points policies with every choice; ``deficit`` narrows what becomes of a shortfall."""
    shortfalls = {None: ["written_off", "written_off", "deficit"], True: ["deficit"], False: ["written_off"]}[deficit]
    worth = draw(st.sampled_from([None, None, "0.5", 1]))
    return Points(
        earn=draw(terms(monotone=monotone, accounts=accounts)),
        lapse=draw(lapses()),
        lapse_of={"head_office": draw(lapses())} if draw(st.booleans()) else {},
        redeem=Redeem(
            unit=draw(st.sampled_from([1, 1, 5])),
            worth=worth,
            order=draw(st.sampled_from(["first_to_lapse", "first_to_lapse", "oldest", "newest"])),
        ),
        rounding=draw(st.sampled_from(["steps", "steps", "carry", "floor", "half_up"])),
        basis=draw(st.sampled_from(["gross", "gross", "net"])),
        tier_of=draw(st.sampled_from(["before", "including"])),
        active_after_days=draw(st.sampled_from([0, 0, 1, 14])),
        shortfall=draw(st.sampled_from(shortfalls)),
    )


_EARNING = (*("vehicle_handed_over",) * 6, "review_posted", "referral_converted")
_MOVING = (
    *("points_redeemed",) * 6, *("refunded",) * 3, *("points_redemption_rolled_back",) * 3, "workshop_entered",
    "points_granted", "product_taken", "event_attended",
)  # fmt: skip
_RARE = ("points_transferred", "points_received", "points_corrected", "points_opened", "enrolled", "referral_reversed")


@st.composite
def ledgers(
    draw: st.DrawFn,
    *,
    policy: Points | None = None,
    tiers: Tiers | None = None,
    kinds: Sequence[str] = (*_EARNING, *_MOVING, *_RARE),
    accounts: Sequence[str] = _ACCOUNTS,
    min_size: int = 3,
    max_size: int = 12,
    start: date | None = None,
    first: int = 0,
) -> tuple[Event, ...]:
    """Events of one member in canonical order; where a ``policy`` is given, they aim at its edges: the next lapse, all
    that can be spent, one point more."""
    day = draw(st.sampled_from(_STARTS)) if start is None else start
    told: list[Event] = []
    account = None if policy is None else policy.open("C1", tiers)
    for number in range(draw(st.integers(min(min_size, max_size), max_size))):
        due = None if account is None else min((one.gone_on for one in account.statement(day).due), default=None)
        day = draw(_next_day(day, due))
        kind = draw(st.sampled_from(list(kinds)))
        if account is not None and draw(st.integers(0, 9)):
            kind = _with_something_to_do(kind, told, account, day, kinds, accounts)
        facts = draw(_facts(kind, told, account, day, accounts))
        if facts is None:
            continue
        vehicle = "V1" if kind in ("vehicle_handed_over", "workshop_entered") else None
        event = Event(day, kind, f"E{first + number:02}", "C1", vehicle, facts)
        if told and event.order < told[-1].order:
            continue
        told.append(event)
        if account is not None:
            account.take(event, MEMBER)
    return tuple(told)


def _with_something_to_do(
    kind: str, told: Sequence[Event], account: Any, day: date, kinds: Sequence[str], accounts: Sequence[str]
) -> str:
    """The kind itself, or an earning one where there is nothing that it could spend, give back or roll back."""
    idle = (
        (kind in ("points_redeemed", "points_transferred") and not any(account.available(day, one) for one in accounts))
        or (kind == "points_redemption_rolled_back" and not any(event.kind == "points_redeemed" for event in told))
        or (kind == "refunded" and not any(event.kind == "vehicle_handed_over" for event in told))
    )
    earning = [one for one in ("vehicle_handed_over", "points_granted") if one in kinds]
    return earning[len(told) % len(earning)] if idle and earning else kind


@st.composite
def _next_day(draw: st.DrawFn, day: date, due: date | None) -> date:
    if due is not None and draw(st.integers(0, 3)) == 0:
        aimed = add_days(due, draw(st.integers(-2, 2)))
        if aimed >= day:
            return aimed
    months = draw(st.sampled_from([0, 0, 0, 0, 1, 5, 6, 10, 12]))
    return max(add_days(add_months(day, months), draw(st.sampled_from([0, 0, 0, 1, 2, 14, -1]))), day)


@st.composite
def _facts(
    draw: st.DrawFn, kind: str, told: Sequence[Event], account: Any, day: date, accounts: Sequence[str]
) -> dict[str, Any] | None:
    """The facts of one event; None where there is nothing that it could be about."""
    bills = [event for event in told if event.kind in ("vehicle_handed_over", "product_taken")]
    where = draw(st.sampled_from(list(accounts)))
    if kind == "vehicle_handed_over":
        charge = draw(amounts())
        labour = draw(st.sampled_from([None, charge, yuan(fen(charge) // 3)]))
        return {"charge": charge, "labour": labour, "visit": draw(st.sampled_from([None, f"R{len(told)}"]))}
    if kind == "product_taken":
        return {"product": draw(st.sampled_from(["accessories", "insurance"])), "amount": draw(amounts())}
    if kind == "review_posted":
        return {"visit": draw(st.sampled_from(["R0", "R1"])), "satisfied": True}
    if kind in ("referral_converted", "referral_reversed"):
        referred = draw(st.sampled_from([None, "C2", "C1"])) if kind == "referral_converted" else None
        return {"referral": draw(st.sampled_from(["F1", "F2"])), "referred": referred}
    if kind == "refunded":
        if not bills:
            return None
        bill = draw(st.sampled_from(bills))
        whole = bill.get("charge") or bill.get("amount") or Decimal(0)
        assert isinstance(whole, Decimal)
        part = draw(st.sampled_from([whole, whole, Decimal("0.01"), yuan(fen(whole) // 2), draw(amounts())]))
        return {"of": bill.id, "amount": part}
    if kind == "points_redemption_rolled_back":
        spent = [event.id for event in told if event.kind == "points_redeemed"]
        return {"of": draw(st.sampled_from([*spent, *spent, "nothing"]))}
    if kind in ("points_redeemed", "points_transferred"):
        there = 20
        unit = 1
        if account is not None:
            where = max(sorted(set(accounts)), key=lambda name: (account.available(day, name), name == where))
            there = account.available(day, where)
            unit = account.policy.redeem.unit
        some = draw(st.sampled_from([there // 2, there, there // 3, there // 2, there, there // 3, there + 1, 5]))
        points = some // unit * unit or some
        if kind == "points_transferred":
            return {"points": points, "account": where, "to": draw(st.sampled_from(["C2", "C2", "C1"]))}
        visits = [event.get("visit", event.id) for event in bills if event.kind == "vehicle_handed_over"]
        worth = None if account is None else account.policy.redeem.worth
        value = draw(st.sampled_from([None, None, Decimal(5), Decimal(50)])) if worth is None else None
        visit = draw(st.none() | st.none() | st.sampled_from([*visits, f"W{len(told) + 1}"]))
        return {"points": points, "account": where, "value": value, "visit": visit}
    if kind in ("points_granted", "points_received", "points_opened"):
        facts: dict[str, Any] = {"points": draw(st.sampled_from([0, 1, 20, 600])), "account": where}
        if kind != "points_opened":
            facts["until"] = draw(st.sampled_from([None, None, add_days(day, -1), day, add_months(day, 3)]))
        if kind == "points_received":
            facts["giver"] = "C3"
            facts["earned_on"] = draw(st.sampled_from([None, add_months(day, -6)]))
        return facts
    if kind == "points_corrected":
        change = draw(st.sampled_from([-30, -1, 5, 40]))
        return {"change": change, "account": where, "by": "clerk", "note": "mistake"}
    if kind == "enrolled":
        return {"tier": draw(st.sampled_from([None, "ordinary", "silver", "gold"]))}
    return {}
