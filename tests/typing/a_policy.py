"""A house's own policies, as a type checker sees them (`make types`): never run, never collected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import assert_type

from hypothesis import given

from lifecycle import (
    Audit,
    Bonus,
    Book,
    Churn,
    Customer,
    Decision,
    Earn,
    Event,
    History,
    InactiveFor,
    Life,
    LifecycleError,
    LifeStep,
    Points,
    Problem,
    Readings,
    Stage,
    Statement,
    Vehicle,
    VisitKind,
    after,
    all_visits,
    always,
    audit,
    backtest,
    before,
    by_customer,
    charged_visits,
    fact,
    machines,
    never,
    replay,
    sample,
    timeline,
    upcoming,
    write_timeline,
)
from lifecycle.backtesting import Backtest, RuleResult, rolling
from lifecycle.books import CHIZHOU, REGULATION, WENHUA
from lifecycle.books.examples import Example
from lifecycle.churn import Upcoming, Verdict, WarrantyLapsed
from lifecycle.deadline import Rule
from lifecycle.irregular import Irregularities
from lifecycle.live import Live
from lifecycle.points import Lapse, Redeem
from lifecycle.rule_text import parse_churn, parse_rule
from lifecycle.testing import check_churn_rule, check_points_policy, histories

TODAY = date(2025, 6, 30)


def a_history() -> History:
    text = """
        2024-01-10 vehicle_delivered vehicle=V1 price=99800
        2024-03-01 vehicle_handed_over vehicle=V1 charge=1234.50 id=R1
    """
    history = assert_type(timeline(text, customer="C1"), History)
    for event in history:
        assert_type(event, Event)
    assert_type(history[:1], History)
    assert_type(write_timeline(history), str)
    return by_customer([*history])["C1"]


def rules(car: Vehicle) -> tuple[Rule, ...]:
    by_anyone = VisitKind("paid_by_anyone", (fact("charge") > 0) | (fact("insurer_paid") > 0))
    plain = assert_type(InactiveFor(months=6).counting(charged_visits), InactiveFor)
    either = plain | InactiveFor(days=90).counting(all_visits) | never
    both = either & WarrantyLapsed(months=1) & always
    asked = both.when(fact("model") == "A").unless(fact("mileage") > 60_000)
    anchored = after("delivered_on", months=36) | before("warranty_until", months=3)
    decision = assert_type(both.decide(car, on=TODAY), Decision)
    since: date | None = decision.since
    print(decision.holds, since, *decision.because)
    if plain == either:  # rules are compared, and the next lines stay reachable
        return (plain,)
    return (plain, either, both, asked, anchored, InactiveFor(months=1).counting(by_anyone), parse_rule("never"))


def grades(car: Vehicle, customers: list[Customer]) -> list[str]:
    graded = Churn(at_risk=InactiveFor(months=6), lost=InactiveFor(months=12))
    assert_type(graded.status(car, on=TODAY), str)
    verdict = assert_type(graded.decide(car, on=TODAY), Verdict)
    assert_type(verdict.lost_due, date | None)
    assert_type(parse_churn("Churn(lost=never)"), Churn)
    ahead = upcoming(customers, graded, start=TODAY, end=date(2025, 8, 1))
    assert_type(ahead, tuple[Upcoming, ...])
    return [one.customer for one in ahead if one.customer_lost]


def a_book() -> Book:
    points = Points(
        earn=Earn({"ordinary": 1, "silver": 2, "gold": 3}, per=50)
        + Bonus(500).on("referral_converted")
        + Bonus(3).on("review_posted"),
        lapse=Lapse.idle(months=12, visits=all_visits, remind=10),
        redeem=Redeem(unit=100),
        rounding="carry",
    )
    book = Book(
        name="lakeside",
        edition="2026",
        churn=Churn(lost=InactiveFor(months=9)),
        points=points,
        readings=Readings(call_attempts=5),
        sources={"churn.lost": "house rule, page 2"},
    )
    amended = assert_type(WENHUA.amend("2026", points=book.points, **{"churn.lost.months": 9}), Book)
    for change in amended.diff(WENHUA):
        print(change.path, change.before, change.after)
    example = Example("as before", "2024-01-01 enquired", TODAY, {"standing": "potential"})
    assert_type(example.differences(CHIZHOU), tuple[str, ...])
    based_on: str | None = amended.based_on
    print(based_on)
    return book


def a_statement(book: Book) -> int:
    life = assert_type(replay(a_history(), book, on=TODAY), Life)
    statement = assert_type(life.statement, Statement)
    for line in statement.lines:
        assert_type(line.points, int)
        print(line)
    assert_type(life.steps, tuple[LifeStep, ...])
    return sum(line.points for line in statement.lines) - statement.balance


def a_backtest(histories: Mapping[str, History]) -> Decimal:
    candidates = [InactiveFor(months=months) for months in (6, 9, 12)]
    result = assert_type(backtest(histories, candidates, cutoff=date(2024, 6, 30), until=TODAY), Backtest)
    for one in result:
        assert_type(one, RuleResult)
        assert_type(one.precision, float | None)
    assert_type(result[candidates[0]].flagged, int)
    rolling(histories, candidates, cutoffs=[date(2024, 3, 31)], months=12)
    return result.best(contact=5, value=Decimal(100), success="0.1").gain


def an_audit(histories: Mapping[str, History]) -> list[Event]:
    found = assert_type(audit(histories, on=TODAY), Irregularities)
    ours = Audit(token=20, free_bill_plates={"苏A00000"})
    return [event for one in (*found, *ours(histories, on=TODAY)) for event in one.evidence]


def an_application() -> str:
    class Ticket:
        state = "assigned"

    live = assert_type(machines.COMPLAINT.live(Ticket(), after_state_change=lambda **facts: None), Live)
    assert_type(live.trigger("complaint_contacted", channel="phone"), bool)
    assert_type(live.state, str)
    return " ".join(live.why("complaint_closed", satisfied=True).because)


def a_sample() -> list[str]:
    house = sample(customers=20, seed=7)
    lives = [replay(history, REGULATION, on=TODAY) for history in house.histories().values()]
    return [life.customer.stage.zh for life in lives if life.customer.stage is Stage.RETENTION]


def checks(book: Book) -> None:
    check_churn_rule(book.churn.lost)
    check_points_policy(book.points, max_examples=5)

    @given(histories())
    def never_negative(history: History) -> None:
        assert replay(history, book, on=TODAY).statement.balance >= 0

    never_negative()


def a_slip() -> str | None:
    try:
        timeline("2024-01-01 enquirred", customer="C1")
    except LifecycleError as error:
        return error.remedy
    return None


def a_problem(problem: Problem) -> tuple[str, int | None]:
    return problem.message, problem.line
