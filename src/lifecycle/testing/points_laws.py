"""The laws of points (LP1–LP19) as checks that a user can run on a policy of his own.

In: a :class:`~lifecycle.points.Points` policy, tiers if the house has any. Out: nothing, or an AssertionError that shows
the smallest ledger found that breaks a law. ``LAWS`` holds each law as a function of the policy, the tiers and a
hypothesis ``draw``; they are the laws of every policy (U in the list of laws), or of the policy's own choice (P).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.dates import add_days, add_months
from lifecycle.events import Event
from lifecycle.points import Account, Bonus, Earn, Line, Points, Statement, Term, Totals
from lifecycle.points.terms import placed
from lifecycle.testing.ledgers import MEMBER, amounts, ledgers
from lifecycle.tiers import Tiers

__all__ = ["LAWS", "check_points_policy", "conserved", "folded", "lots_of", "rounds"]

Draw = Callable[[st.SearchStrategy[Any]], Any]
Law = Callable[[Points, "Tiers | None", Draw], None]

_START = date(2024, 1, 31)
_PURE = (
    "vehicle_handed_over",
    "vehicle_handed_over",
    "points_redeemed",
    "workshop_entered",
    "review_posted",
    "points_granted",
)


def folded(policy: Points, tiers: Tiers | None, events: Iterable[Event]) -> tuple[Account, list[Event]]:
    """The account after these events, and those that it refused."""
    account = policy.open("C1", tiers)
    refused = [event for event in events if account.take(event, MEMBER)]
    return account, refused


def _end(events: tuple[Event, ...]) -> date:
    return events[-1].day if events else _START


def _edges(account: Account, on: date) -> list[date]:
    """Days from ``on`` around everything that lapses."""
    days = {on, add_days(on, 1), add_months(on, 12), add_months(on, 40)}
    for due in account.statement(on).due:
        days |= {add_days(due.gone_on, slip) for slip in (-1, 0, 1)}
    return sorted(day for day in days if day >= on)


_LEFT = {
    "issued": (1, "issued", 1), "redeemed": (-1, "redeemed", 1), "lapsed": (-1, "lapsed", 1), "reversed": (-1, "reversed", 1),
    "transferred": (-1, "reversed", 1), "settled": (-1, "reversed", 1), "recovered": (-1, "reversed", 1),
    "restored": (1, "redeemed", -1), "given_again": (1, "reversed", -1),
}  # fmt: skip


def lots_of(lines: Iterable[Line]) -> dict[int, dict[str, int]]:
    """The lots as the lines alone tell them: what is left of each, and where the rest went."""
    lots: dict[int, dict[str, int]] = {}
    for line in lines:
        for number, points in line.lots:
            lot = lots.setdefault(number, {"left": 0, "issued": 0, "redeemed": 0, "lapsed": 0, "reversed": 0})
            left, where, sign = _LEFT[line.move]
            lot["left"] += left * points
            lot[where] += sign * points
    return lots


def conserved(statement: Statement, policy: Points) -> None:
    """No point is lost, and none is in two places (LP1)."""
    told = lots_of(statement.lines)
    for lot in statement.lots:
        places = (lot.available, lot.pending, lot.redeemed, lot.lapsed, lot.reversed)
        assert lot.issued == sum(places), f"{lot}"
        assert min(places) >= 0, f"{lot}"
        assert told[lot.number] == {
            "left": lot.available + lot.pending, "issued": lot.issued, "redeemed": lot.redeemed, "lapsed": lot.lapsed,
            "reversed": lot.reversed,
        }, f"the lines tell {told[lot.number]} of {lot}"  # fmt: skip
    sums: list[Totals | Statement] = [*statement.accounts, statement]
    for account in sums:
        places = (account.available, account.pending, account.redeemed, account.lapsed, account.reversed)
        assert account.issued == sum(places) - account.deficit, f"{account}"
        assert account.balance == account.available + account.pending - account.deficit, f"{account}"
        assert min(*places, account.deficit, account.written_off) >= 0, f"{account}"
        assert account.deficit == 0 or policy.shortfall == "deficit", f"{account}"
    for totals in statement.accounts:
        mine = [line for line in statement.lines if line.account == totals.account]
        assert sum(line.points for line in mine) == totals.balance, f"the lines do not sum to {totals}"
        kept = totals.available + totals.pending
        if kept and policy.lapse_on(totals.account).by != "never":
            due = sum(due.points for due in statement.due if due.account == totals.account)
            assert due == kept, f"{kept} points are there, {due} will lapse: some are immortal"
    assert sum(line.points for line in statement.lines) == statement.balance
    assert all(line.because for line in statement.lines)


def lp1(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Conservation, for every prefix and on every day (U)."""
    account = policy.open("C1", tiers)
    events = draw(ledgers(policy=policy, tiers=tiers))
    for event in events:
        account.take(event, MEMBER)
        conserved(account.statement(event.day), policy)
    for day in _edges(account, _end(events)):
        conserved(account.statement(day), policy)


def lp2(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """The clock alone never raises a balance; how often somebody looked changes nothing (U)."""
    events = draw(ledgers(policy=policy, tiers=tiers))
    account = policy.open("C1", tiers)
    looked = policy.open("C1", tiers)
    for event in events:
        account.take(event, MEMBER)
        looked.take(event, MEMBER)
        for day in _edges(looked, event.day)[:4]:
            looked.balance(day)
    end = _end(events)
    days = _edges(account, end)
    balances = [account.balance(day) for day in days]
    assert balances == sorted(balances, reverse=True), f"the balance rises by itself: {balances} on {days}"
    last = account.statement(days[-1])
    assert looked.statement(days[-1]) == last, "looking changed something"
    for day, balance in zip(days, balances, strict=True):
        assert account.statement(day).balance == balance
        seen = [line for line in last.lines if line.day <= day]
        assert sum(line.points for line in seen) == balance, f"the lines up to {day} do not sum to its balance"


def lp3(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """What is gone on a day cannot be redeemed on it; what is not, can (U; which day, is a field)."""
    events = draw(ledgers(policy=policy, tiers=tiers))
    account, _ = folded(policy, tiers, events)
    end = _end(events)
    redeem = policy.redeem
    for due in account.statement(end).due:
        for day in (due.last_day, due.gone_on):
            if day < end:
                continue
            there = account.available(day, due.account)
            totals = account.statement(day).of(due.account)
            assert there == totals.available
            for points in (there, there + redeem.unit):
                points -= points % redeem.unit
                event = Event(day, "points_redeemed", "R", "C1", None, {"points": points, "account": due.account})
                refused = account.copy().take(event, MEMBER)
                assert bool(refused) == (points > there or points < redeem.minimum), (
                    f"{points} of {there} on {day}: {refused}"
                )
        if due.last_day >= end:
            gone = (
                account.statement(due.last_day).of(due.account).balance
                - account.statement(due.gone_on).of(due.account).balance
            )
            assert gone >= due.points, f"{due.points} are gone on {due.gone_on}, the balance falls by {gone}"


def _job(charge: Decimal, name: str = "X", day: date = _START, **facts: Any) -> Event:
    return Event(day, "vehicle_handed_over", name, "C1", "V1", {"charge": charge, **facts})


def _leaves(term: Term) -> list[Term]:
    return [leaf for below in term.below for leaf in _leaves(below)] if term.below else [term]


def lp4(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Nothing for nothing, never less for more, whole points (U)."""
    low, high = sorted((draw(amounts()), draw(amounts())))
    issued = [
        folded(policy, tiers, [_job(charge, labour=charge)])[0].statement(_START).issued for charge in (low, high)
    ]
    assert 0 <= issued[0] <= issued[1], f"{low} yuan earn {issued[0]} points, {high} yuan earn {issued[1]}"
    assert all(type(points) is int for points in issued)
    for leaf in _leaves(policy.earn):
        if isinstance(leaf, Earn):
            alone = Points(earn=leaf, rounding=policy.rounding)
            assert folded(alone, tiers, [_job(Decimal(0))])[0].balance(_START) == 0


def lp5(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Each rounding keeps its own law (P): ``steps`` loses what is below a step, ``carry`` loses nothing."""
    for leaf in _leaves(policy.earn):
        if isinstance(leaf, Earn) and leaf.of == "any":
            rounds(leaf, policy.rounding, draw(st.lists(amounts(), min_size=1, max_size=4)))


def rounds(earn: Earn, rounding: str, bills: list[Decimal]) -> None:
    """The points of these bills, by the words of the rounding."""
    rate = earn.rates["ordinary"]
    if rounding == "carry" and not isinstance(rate, int):
        return
    account, _ = folded(
        Points(earn=earn, rounding=rounding), None, [_job(charge, f"X{number}") for number, charge in enumerate(bills)]
    )
    step = int(Decimal(earn.per) * 100)
    whole = [int(charge * 100) for charge in bills]
    exact = {
        "steps": sum(int(some // step * rate) for some in whole),
        "carry": sum(whole) // step * int(rate),
        "floor": sum(int(Fraction(some) * rate / step) for some in whole),
        "half_up": sum(int(Fraction(some) * rate / step + Fraction(1, 2)) for some in whole),
    }[rounding]
    got = account.balance(_START)
    assert got == exact, f"{rounding}: {bills} give {got}, not {exact}"


def lp6_undone(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """A purchase refunded in full, of which nothing was spent, never happened; the visit did (U)."""
    before = draw(ledgers(policy=policy, tiers=tiers, max_size=5))
    day = _end(before)
    charge = draw(amounts().filter(bool))
    bought = (_job(charge, "X", day, labour=charge),)
    returned = _pieces(draw, charge, day)
    came = (Event(day, "workshop_entered", "W", "C1", "V1"),)
    same_visit = policy.visit_kinds == () or all("workshop_entered" in kind.events for kind in policy.visit_kinds)
    with_it, _ = folded(policy, tiers, (*before, *bought, *returned))
    without, _ = folded(policy, tiers, (*before, *(came if same_visit else ())))
    if not same_visit:
        return
    for event in draw(ledgers(policy=policy, tiers=tiers, max_size=5, start=day, first=50)):
        if event.order > (returned or bought)[-1].order:
            assert with_it.take(event, MEMBER) == without.take(event, MEMBER), f"{event}"
            day = event.day
    for on in _edges(with_it, day):
        one, other = with_it.statement(on), without.statement(on)
        assert one.balance == other.balance, f"{one}\n{other}"
        assert (one.tier, one.due, one.available) == (other.tier, other.due, other.available), f"{one}\n{other}"
        assert one.lapsed == other.lapsed


def _pieces(draw: Draw, whole: Decimal, day: date) -> tuple[Event, ...]:
    """The refund of a bill in pieces that sum to it."""
    pieces: list[Event] = []
    left = whole
    for number in range(draw(st.integers(0, 3))):
        part = min(draw(amounts()), left)
        left -= part
        pieces.append(Event(day, "refunded", f"Y{number}", "C1", None, {"of": "X", "amount": part}))
    return (*pieces, Event(day, "refunded", "Y9", "C1", None, {"of": "X", "amount": left}))


def lp6_pieces(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Refunds in pieces take back what the refund at once does, whatever was spent before (U)."""
    before = draw(ledgers(policy=policy, tiers=tiers, max_size=4))
    day = _end(before)
    charge = draw(amounts().filter(bool))
    bought = _job(charge, "X", day, labour=charge)
    spent = draw(ledgers(policy=policy, tiers=tiers, kinds=("points_redeemed",), max_size=2, start=day, first=50))
    spent = tuple(event for event in spent if event.order > bought.order)
    day = _end((bought, *spent))
    part = draw(amounts().map(lambda some: min(some, charge)))
    first = min(draw(amounts()), part)
    statements: list[Statement] = []
    for amounts_ in ((part,), (first, part - first)):
        told = [
            Event(day, "refunded", f"Y{number}", "C1", None, {"of": "X", "amount": some})
            for number, some in enumerate(amounts_)
        ]
        account, _ = folded(policy, tiers, (*before, bought, *spent, *told))
        statements.append(account.statement(day))
    one, other = statements
    assert one.accounts == other.accounts, f"{one}\n{other}"
    assert [lot[4:] for lot in one.lots] == [lot[4:] for lot in other.lots]


def lp6_no_free_points(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """No sequence of buying, redeeming and refunding ends with more points and the money back (U)."""
    kinds = (
        "vehicle_handed_over",
        "vehicle_handed_over",
        "points_redeemed",
        "points_redeemed",
        "refunded",
        "points_redemption_rolled_back",
    )
    events = draw(ledgers(policy=policy, tiers=tiers, kinds=kinds, max_size=8))
    account, refused = folded(policy, tiers, events)
    day = _end(events)
    bills = {event.id: event["charge"] for event in events if event.kind == "vehicle_handed_over"}
    spent = [event for event in events if event.kind == "points_redeemed" and event not in refused]
    rolled = {event["of"] for event in events if event.kind == "points_redemption_rolled_back" and event not in refused}
    for number, (bill, charge) in enumerate(bills.items()):
        account.take(Event(day, "refunded", f"Z{number:02}", "C1", None, {"of": bill, "amount": charge}), MEMBER)
    statement = account.statement(day)
    out = sum(int(str(event["points"])) for event in spent if event.id not in rolled)
    assert statement.balance <= 0, f"all the money is back, {statement.balance} points are left\n{statement}"
    assert statement.redeemed == out
    if policy.shortfall == "deficit" and not statement.lapsed:
        assert statement.balance == -out, f"{out} points were spent, {statement.deficit} are owed\n{statement}"
    for number, event in enumerate(one for one in spent if one.id not in rolled):
        account.take(
            Event(day, "points_redemption_rolled_back", f"ZZ{number:02}", "C1", None, {"of": event.id}), MEMBER
        )
    statement = account.statement(day)
    assert statement.balance <= 0, f"all is given back, {statement.balance} points are left\n{statement}"
    assert statement.written_off == 0
    assert statement.redeemed == 0
    conserved(statement, policy)


def lp7(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """A refund takes back by the award as recorded: what the rules, the tier and the member have become is nothing to it (U)."""
    charge = draw(amounts().filter(bool))
    part = min(draw(amounts()), charge)
    bought = _job(charge, "X", _START, labour=charge)
    later = add_days(_START, 1)
    told = Event(later, "refunded", "Y", "C1", None, {"of": "X", "amount": part})
    plain, _ = folded(policy, tiers, [bought])
    changed = plain.copy()
    plain.take(told, MEMBER)
    other = Points(
        earn=Earn(7, per=10),
        lapse=policy.lapse,
        shortfall=policy.shortfall,
        redeem=policy.redeem,
        lapse_of=policy.lapse_of,
    )
    changed.change(other, tiers, on=later)
    changed.take(Event(later, "enrolled", "T", "C1", None, {"tier": "gold"}), None)
    changed.take(told, None)
    assert changed.statement(later).accounts == plain.statement(later).accounts


def lp8(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Redeem, then roll back: the lots stand as if it had never been, and what has lapsed meanwhile is gone (U)."""
    events = draw(ledgers(policy=policy, tiers=tiers, max_size=6))
    account, _ = folded(policy, tiers, events)
    day = _end(events)
    names = [totals.account for totals in account.statement(day).accounts if totals.available]
    if not names:
        return
    name = draw(st.sampled_from(names))
    unit = policy.redeem.unit
    points = draw(st.integers(1, account.available(day, name))) // unit * unit
    untouched = account.copy()
    if account.take(Event(day, "points_redeemed", "ZA", "C1", None, {"points": points, "account": name}), MEMBER):
        return
    edges = _edges(untouched, day)
    back = draw(st.sampled_from(edges))
    came = draw(st.booleans())
    for one in (account, untouched):
        if came:
            one.take(Event(back, "workshop_entered", "ZB", "C1", "V1"), MEMBER)
    account.take(Event(back, "points_redemption_rolled_back", "ZC", "C1", None, {"of": "ZA"}), MEMBER)
    for on in _edges(untouched, back):
        now, ever = account.statement(on), untouched.statement(on)
        assert now.lots == ever.lots, f"{now}\n{ever}"
        assert now.accounts == ever.accounts
        assert now.due == ever.due
    again = account.take(Event(back, "points_redemption_rolled_back", "ZD", "C1", None, {"of": "ZA"}), MEMBER)
    assert again, "a redemption is rolled back twice"


def lp10(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """An award that is given once is given once for what it is about, and never for oneself (U)."""
    for kind in ("review_posted", "referral_converted", "event_attended"):
        if kind not in policy.earn.kinds:
            continue
        before = draw(ledgers(policy=policy, tiers=tiers, max_size=3))
        account, _ = folded(policy, tiers, before)
        day = _end(before)
        told: dict[str, dict[str, Any]] = {
            "review_posted": {"visit": "N", "satisfied": True},
            "referral_converted": {"referral": "N", "referred": "C2"},
            "event_attended": {"event": "N"},
        }
        facts = told[kind]
        once = Event(day, kind, "ZA", "C1", None, facts)
        twice = Event(draw(st.sampled_from([day, add_months(day, 3)])), kind, "ZB", "C1", None, facts)
        account.take(once, MEMBER)
        seen = account.statement(twice.day)
        account.take(twice, MEMBER)
        assert account.statement(twice.day).issued == seen.issued, f"{kind} is awarded twice"
        if kind == "referral_converted":
            himself = Event(twice.day, kind, "ZC", "C1", None, {"referral": "M", "referred": "C1"})
            account.take(himself, MEMBER)
            assert account.statement(twice.day).issued == seen.issued, "he refers himself"
            undo = Event(twice.day, "referral_reversed", "ZD", "C1", None, {"referral": "N"})
            got = [line.points for line in seen.lines if line.event == "ZA" and line.move == "issued"]
            account.take(undo, MEMBER)
            lost = [line for line in account.lines if line.event == "ZD"]
            assert bool(lost) == bool(sum(got)), "a referral that is reversed keeps its points"


def lp11(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Redeeming moves no tier; the value granted is that of the points debited, and no more than the bill (U)."""
    events = draw(ledgers(policy=policy, tiers=tiers, kinds=(*_PURE, "points_redeemed")))
    account = policy.open("C1", tiers)
    bills: dict[str, Decimal] = {}
    for event in events:
        before = account.standing(event.day)
        refused = account.take(event, MEMBER)
        if event.kind == "vehicle_handed_over":
            bills[str(event.get("visit", event.id))] = Decimal(str(event["charge"]))
        if event.kind != "points_redeemed" or refused:
            continue
        if policy.basis == "gross" or tiers is None or tiers.by != "points":
            assert account.standing(event.day) == before, "redeeming moved the tier"
        told = next(line for line in account.lines if line.event == event.id and line.move == "redeemed").why[0][2:]
        granted = int(told[0]) if told else 0
        points = int(str(event["points"]))
        worth = policy.redeem.value(points)
        if worth is not None:
            assert granted == worth, f"{points} points were worth {granted} fen, not {worth}"
        bill = bills.get(str(event.get("visit")))
        if bill is not None:
            bills[str(event.get("visit"))] = bill - Decimal(granted) / 100
            assert bills[str(event.get("visit"))] >= 0, "more was paid with points than the bill says"
    _pay_with_points(policy, tiers, draw)


def _pay_with_points(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """A bill paid with points in two halves and a rest, each around what is left of it."""
    charge = draw(amounts())
    rich = Event(_START, "points_granted", "G", "C1", None, {"points": 10**9})
    account, _ = folded(policy, tiers, [rich, _job(charge, "X")])
    redeem = policy.redeem
    limit = left = int(charge * 100) * redeem.share // 100
    for number in range(3):
        aimed = max(draw(st.sampled_from([left, left + 1, left - 1, left // 2, limit])), 0)
        if redeem.point is None:
            facts: dict[str, Any] = {"points": redeem.unit * redeem.minimum, "value": Decimal(aimed) / 100}
            value = aimed
        else:
            points = max(int(aimed / redeem.point) // redeem.unit, redeem.minimum) * redeem.unit
            facts = {"points": points + redeem.unit * draw(st.integers(0, 1))}
            value = redeem.value(int(facts["points"])) or 0
        event = Event(_START, "points_redeemed", f"R{number}", "C1", None, {**facts, "visit": "X"})
        refused = account.take(event, MEMBER)
        assert bool(refused) == (value > left), f"{value} fen of {left} that are left of the bill: {refused}"
        left -= 0 if refused else value


def lp13(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """The accounts do not touch: commands on one change nothing on the other; the total is the sum (U)."""
    commands = (
        "points_redeemed",
        "points_granted",
        "points_corrected",
        "points_transferred",
        "points_redemption_rolled_back",
    )
    if policy.basis == "net":
        return  # there a redemption on a bill takes back what the bill earned, on whichever account
    events = draw(ledgers(policy=policy, tiers=tiers, kinds=(*_PURE, *commands), accounts=("dealer", "head_office")))
    account, _ = folded(policy, tiers, events)
    end = _end(events)
    whole = account.statement(end)
    spent = {event.id: event for event in events}

    def of(event: Event) -> Any:
        told = spent.get(str(event.get("of")), event)
        return told.get("account", "dealer")

    for name in ("dealer", "head_office"):
        mine = tuple(event for event in events if event.kind not in commands or of(event) == name)
        alone = folded(policy, tiers, mine)[0].statement(end)
        assert alone.of(name) == whole.of(name), f"{alone}\n{whole}"
    for field in (
        "balance",
        "issued",
        "available",
        "pending",
        "redeemed",
        "lapsed",
        "reversed",
        "written_off",
        "deficit",
    ):
        assert getattr(whole, field) == sum(getattr(totals, field) for totals in whole.accounts)


def lp14(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Batch = one by one; a refused command changes nothing (U)."""
    events = draw(ledgers(policy=policy, tiers=tiers))
    account, refused = folded(policy, tiers, events)
    end = _end(events)
    without, none = folded(policy, tiers, [event for event in events if event not in refused])
    assert none == []
    for day in _edges(account, end):
        assert without.statement(day) == account.statement(day), "a refused command changed something"
    step = policy.open("C1", tiers)
    for event in events:
        before = step
        seen = before.statement(event.day)
        step = step.copy()
        step.take(event, MEMBER)
        assert before.statement(event.day) == seen, "the copy shares something"
    assert step.statement(end) == account.statement(end)
    for totals in account.statement(end).accounts:
        points = totals.available - totals.available % policy.redeem.unit
        orders = [
            Event(end, "points_redeemed", f"ZZ{number}", "C1", None, {"points": points, "account": totals.account})
            for number in range(3)
        ]
        two = account.copy()
        taken = [not two.take(order, MEMBER) for order in orders]
        if points >= policy.redeem.minimum and points:
            assert taken[0]
            assert sum(taken) * points <= totals.available, "two orders are paid with the same points"


def lp15(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Absence: the lapse day is max(last visit, first earning since the last lapse) + n months; one reminder, never for
    zero points (P)."""
    lapse = policy.lapse
    if lapse.by != "idle":
        return
    events = draw(ledgers(policy=policy, tiers=tiers, kinds=(*_PURE, "enrolled"), accounts=("dealer",)))
    account, refused = folded(policy, tiers, events)
    end = add_months(_end(events), 2 * lapse.months + 1)
    statement = account.statement(end)
    lines = [line for line in statement.lines if line.account == "dealer" and not _own_age(line)]
    first: date | None = None
    visit: date | None = None
    lapses: list[date] = []
    for day in sorted({event.day for event in events} | {line.day for line in lines}):
        while first is not None:
            anchor = first if visit is None else max(first, visit)
            gone = lapse.gone(add_months(anchor, lapse.months))
            if gone > day:
                break
            lapses.append(gone)
            first = None
        for event in events:
            if event.day == day and event not in refused and lapse.visits.counts(event):
                visit = day
        if first is None and any(line.day == day and line.move == "issued" for line in lines):
            first = day
    told = [line.day for line in lines if line.move == "lapsed" and line.event is None]
    assert set(told) <= set(lapses) | (
        {lapse.gone(add_months(max(first, visit or first), lapse.months))} if first else set()
    ), f"lapsed on {told}, by the law on {lapses}\n{statement}"
    for day in lapses:
        kept = sum(line.points for line in statement.lines if line.account == "dealer" and line.day < day)
        assert (kept > 0) == (day in told), f"{kept} points were there on {day}\n{statement}"
    now = account.statement(_end(events))
    assert all(due.points > 0 for due in now.due)
    assert len({due.remind_on for due in now.due if due.account == "dealer" and due.remind_on is not None}) <= 1


def _own_age(line: Line) -> bool:
    return line.move == "lapsed" and (line.event is not None or "granted" in line.because[0])


def lp17(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """The explained lines sum to the award (U)."""
    events = draw(ledgers(policy=policy, tiers=tiers))
    account, _ = folded(policy, tiers, events)
    for line in account.lines:
        assert line.because
        assert str(line)
        if line.parts:
            assert sum(line.parts) == line.points, f"{line}"


def lp18(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Cutting one edition into two equal ones alters nothing; another one alters nothing before it (U)."""
    events = draw(ledgers(policy=policy, tiers=tiers))
    plain, _ = folded(policy, tiers, events)
    end = _end(events)
    cut = draw(st.sampled_from([*(event.day for event in events), end, *_edges(plain, end)[:3]]))
    other = Points(earn=Earn(2, per=10), lapse=policy.lapse, redeem=policy.redeem, shortfall=policy.shortfall)
    for again in (policy, other):
        account = policy.open("C1", tiers)
        changed = False
        for event in events:
            if event.day >= cut and not changed:
                account.change(again, tiers, on=cut)
                changed = True
            account.take(event, MEMBER)
        if not changed:
            account.change(again, tiers, on=cut)
        last = max(end, cut)
        for day in [last, *_edges(plain, last)]:
            one, two = account.statement(day), plain.statement(day)
            if again is policy:
                assert one == two, f"{one}\n{two}"
            before = [line for line in two.lines if line.day < cut]
            assert [line for line in one.lines if line.day < cut] == before


def lp19(policy: Points, tiers: Tiers | None, draw: Draw) -> None:
    """Asking what would be leaves the ledger as it was (U)."""
    events = draw(ledgers(policy=policy, tiers=tiers))
    account, _ = folded(policy, tiers, events)
    end = _end(events)
    before = account.statement(end)
    for day in _edges(account, end):
        account.statement(day)
        account.balance(day)
        account.standing(day)
        would = account.would_take(10, on=day)
        assert sum(points for _, points in would) == min(10, account.available(day))
        what_if = account.copy()
        what_if.take(Event(day, "points_redeemed", "Z", "C1", None, {"points": what_if.available(day)}), MEMBER)
    assert account.statement(end) == before


def places(policy: Points) -> list[str]:
    """The names under which a policy keeps counters; two things never share one."""
    return [leaf.place for leaf in _leaves(placed(policy.earn)) if isinstance(leaf, (Earn, Bonus))]


_NO_HURRY = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
]

#: Each law by its number.
LAWS: Mapping[str, Law] = MappingProxyType(
    {
        "LP1": lp1, "LP2": lp2, "LP3": lp3, "LP4": lp4, "LP5": lp5, "LP6": lp6_undone, "LP6 in pieces": lp6_pieces,
        "LP6 no free points": lp6_no_free_points, "LP7": lp7, "LP8": lp8, "LP10": lp10, "LP11": lp11, "LP13": lp13,
        "LP14": lp14, "LP15": lp15, "LP17": lp17, "LP18": lp18, "LP19": lp19,
    }
)  # fmt: skip


def check_points_policy(policy: Points, tiers: Tiers | None = None, *, max_examples: int = 30) -> None:
    """Run every law on a policy; an AssertionError names the law and shows the smallest ledger that breaks it."""
    for name, law in LAWS.items():
        holds = given(st.data())(_asked(law, policy, tiers))
        try:
            settings(
                max_examples=max_examples,
                deadline=None,
                derandomize=True,
                database=None,
                report_multiple_bugs=False,
                suppress_health_check=_NO_HURRY,
            )(holds)()
        except AssertionError as error:
            raise AssertionError(f"{policy!r} breaks {name} ({(law.__doc__ or '').strip()}): {error}") from error


def _asked(law: Law, policy: Points, tiers: Tiers | None) -> Callable[[st.DataObject], None]:
    def holds(data: st.DataObject) -> None:
        law(policy, tiers, data.draw)

    return holds
