"""A member's ledger as a machine of its own: earn, redeem, refund in pieces, roll back, transfer, correct, let time pass,
tell something late or twice, change the edition; after each step no law is broken, and what was folded step by step is
what a fold from scratch gives."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from lifecycle import Event, History, Points
from lifecycle.dates import SHANGHAI, add_days, add_months
from lifecycle.points import Account, Statement
from lifecycle.testing.ledgers import MEMBER, amounts, points_policies, tier_policies
from lifecycle.testing.points_laws import conserved
from lifecycle.tiers import Tiers

ACCOUNTS = st.sampled_from(["dealer", "dealer", "head_office"])


class MemberLedger(RuleBasedStateMachine):
    bills: Bundle[Event] = Bundle("bills")
    spent: Bundle[Event] = Bundle("spent")

    @initialize(policy=points_policies(), tiers=tier_policies())
    def opened(self, policy: Points, tiers: Tiers | None) -> None:
        self.editions: list[tuple[date, Points, Tiers | None]] = [(date.min, policy, tiers)]
        self.day = date(2024, 1, 31)
        self.told: list[Event] = []
        self.account = policy.open("C1", tiers)

    # -- how it is told ----------------------------------------------------------------------------------------------------

    @property
    def policy(self) -> Points:
        return self.editions[-1][1]

    def scratch(self) -> Account:
        """The account folded anew: events sorted, each once, each under the edition of its day."""
        (_, policy, tiers), *ahead = self.editions
        account = policy.open("C1", tiers)
        for event in History(self.told, customer="C1"):
            while ahead and ahead[0][0] <= event.day:
                day, policy, tiers = ahead.pop(0)
                account.change(policy, tiers, on=day)
            account.take(event, MEMBER)
        for day, policy, tiers in ahead:
            account.change(policy, tiers, on=day)
        return account

    def knowing_all_editions(self) -> Account:
        """The same by an account that knows its editions from the start, and goes over to them by itself."""
        (_, policy, tiers), *later = self.editions
        account = policy.open("C1", tiers, later=later)
        for event in History(self.told, customer="C1"):
            account.take(event, MEMBER)
        return account

    def tell(self, kind: str, day: date | None = None, **facts: Any) -> tuple[Event, tuple[str, ...]]:
        vehicle = "V1" if kind in ("vehicle_handed_over", "workshop_entered") else None
        minute = timedelta(minutes=len(self.told))
        now = datetime.combine(self.day, time(8), SHANGHAI) + minute
        event = Event(day or now, kind, f"E{len(self.told):03}", "C1", vehicle, facts)
        late = any(event.order < other.order for other in self.told)
        self.told.append(event)
        if late or event.day < self.editions[-1][0]:
            self.account = self.scratch()
            return event, ()
        before = self.account.statement(event.day)
        refused = self.account.take(event, MEMBER)
        if refused:
            assert self.account.statement(event.day) == before, "a refused command changed something"
        return event, refused

    def seen(self) -> Statement:
        return self.account.statement(self.day)

    # -- what can happen ---------------------------------------------------------------------------------------------------

    @rule(target=bills, charge=amounts(), visit=st.booleans())
    def job(self, charge: Decimal, visit: bool) -> Event:
        visited = f"W{len(self.told):03}" if visit else None
        return self.tell("vehicle_handed_over", charge=charge, labour=charge, visit=visited)[0]

    @rule(target=bills, charge=amounts(), back=st.sampled_from([1, 20, 200]))
    def job_told_late(self, charge: Decimal, back: int) -> Event:
        return self.tell("vehicle_handed_over", add_days(self.day, -back), charge=charge, labour=charge)[0]

    @rule(
        kind=st.sampled_from(
            ["review_posted", "referral_converted", "referral_reversed", "event_attended", "workshop_entered"]
        )
    )
    def something_else(self, kind: str) -> None:
        facts: dict[str, dict[str, Any]] = {
            "review_posted": {"visit": "W", "satisfied": True},
            "referral_converted": {"referral": "F"},
            "referral_reversed": {"referral": "F"},
        }
        self.tell(kind, **facts.get(kind, {}))

    @rule(points=st.sampled_from([1, 20, 600]), account=ACCOUNTS, days=st.none() | st.integers(-1, 40))
    def grant(self, points: int, account: str, days: int | None) -> None:
        until = None if days is None else add_days(self.day, days)
        self.tell("points_granted", points=points, account=account, until=until)

    @rule(target=spent, share=st.sampled_from([1, 2, 3]), more=st.sampled_from([0, 0, 0, 1]), account=ACCOUNTS)
    def redeem(self, share: int, more: int, account: str) -> Event:
        there = self.account.available(self.day, account)
        unit = self.policy.redeem.unit
        points = there // share // unit * unit + more * unit
        event, refused = self.tell("points_redeemed", points=points, account=account)
        assert bool(refused) == (points > there or points < 1), f"{points} of {there}: {refused}"
        return event

    @rule(bill=bills, spend=spent)
    def redeem_on_a_bill(self, bill: Event, spend: Event) -> None:
        points = self.account.available(self.day, "dealer") // 2 // 5 * 5
        self.tell("points_redeemed", points=points, visit=bill.get("visit", bill.id))

    @rule(bill=bills, share=st.sampled_from([1, 2, 7]))
    def refund_a_piece(self, bill: Event, share: int) -> None:
        charge = bill["charge"]
        assert isinstance(charge, Decimal)
        self.tell("refunded", of=bill.id, amount=(charge / share).quantize(Decimal("0.01")))

    @rule(event=consumes(spent))
    def roll_back(self, event: Event) -> None:
        self.tell("points_redemption_rolled_back", of=event.id)

    @rule(change=st.sampled_from([-1, -30, 7]), account=ACCOUNTS)
    def correct(self, change: int, account: str) -> None:
        self.tell("points_corrected", change=change, account=account, by="clerk", note="mistake")

    @rule(share=st.sampled_from([1, 2]), account=ACCOUNTS)
    def transfer(self, share: int, account: str) -> None:
        points = self.account.available(self.day, account) // share
        before = self.seen().of(account)
        _, refused = self.tell("points_transferred", points=points, to="C2", account=account)
        assert not refused
        assert self.seen().of(account).balance == before.balance - points

    @rule(months=st.sampled_from([0, 1, 6, 12, 24]), days=st.sampled_from([0, 1, 1, 15]))
    def time_passes(self, months: int, days: int) -> None:
        before = self.seen()
        self.day = add_days(add_months(self.day, months), days)
        after = self.seen()
        assert after.balance <= before.balance, "the balance rose by itself"
        assert after.lines[: len(before.lines)] == before.lines

    @rule(slip=st.sampled_from([-1, 0, 1]))
    def time_passes_to_the_next_lapse(self, slip: int) -> None:
        due = self.seen().due
        if due:
            self.day = max(self.day, add_days(due[0].gone_on, slip))

    @rule()
    def the_same_row_twice(self) -> None:
        if self.told:
            self.told.append(self.told[-1])
            assert self.scratch().statement(self.day) == self.seen()
            self.told.pop()

    @rule(policy=points_policies(), tiers=tier_policies())
    def another_edition(self, policy: Points, tiers: Tiers | None) -> None:
        before = self.account.statement(self.day)
        tomorrow = add_days(self.day, 1)
        self.account.change(policy, tiers, on=tomorrow)
        self.day = tomorrow
        self.editions.append((tomorrow, policy, tiers))
        after = self.seen()
        assert after.lines[: len(before.lines)] == before.lines, "an edition altered what was before it"

    # -- what always holds -------------------------------------------------------------------------------------------------

    @invariant()
    def no_point_is_lost_or_made(self) -> None:
        if hasattr(self, "account"):
            owing = any(policy.shortfall == "deficit" for _, policy, _ in self.editions)
            conserved(self.seen(), evolve(self.policy, shortfall="deficit") if owing else self.policy)

    @invariant()
    def step_by_step_is_from_scratch(self) -> None:
        if hasattr(self, "account"):
            assert self.scratch().statement(self.day) == self.seen()

    @invariant()
    def editions_come_by_themselves(self) -> None:
        if hasattr(self, "account") and len(self.editions) > 1:
            assert self.knowing_all_editions().statement(self.day) == self.seen()


TestMemberLedger = MemberLedger.TestCase
TestMemberLedger.settings = settings(
    max_examples=60,
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
