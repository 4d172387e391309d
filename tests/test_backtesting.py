"""Back-tests: the real purchase log to three decimals, small histories by hand, and the fast facts against replay."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import (
    Book,
    Churn,
    Event,
    History,
    InactiveFor,
    LifecycleError,
    Vehicle,
    all_visits,
    by_customer,
    charged_visits,
    replay,
    timeline,
)
from lifecycle.backtesting import Backtest, backtest, roc_auc, rolling
from lifecycle.churn import BreadthBelow, WarrantyLapsed
from lifecycle.dates import add_days
from lifecycle.deadline import Rule
from lifecycle.events import voided_ids
from lifecycle.readers import read_cdnow
from lifecycle.testing import histories, rules

CUTOFF, UNTIL = date(1997, 9, 30), date(1998, 6, 30)
MONTHS = [InactiveFor(months=months).counting(all_visits) for months in range(1, 13)]


# -- the real log ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def purchases() -> tuple[Event, ...]:
    return read_cdnow().events


@pytest.fixture(scope="module")
def cdnow(purchases: tuple[Event, ...]) -> Backtest:
    return backtest(purchases, MONTHS, cutoff=CUTOFF, until=UNTIL, resamples=20)


def test_cdnow_to_three_decimals(cdnow: Backtest) -> None:
    """Calibration to 1997-09-30, holdout 1997-10-01 to 1998-06-30; every row counts, free ones too."""
    assert cdnow[0].population == 23_570
    assert cdnow[0].base_rate == pytest.approx(0.7006, abs=5e-5)
    told = [
        tuple(f"{value:.3f}" for value in (one.precision, one.recall, one.accuracy) if value is not None)
        for one in cdnow
    ]
    assert told[:6] == [
        ("0.738", "0.976", "0.741"),
        ("0.764", "0.953", "0.761"),
        ("0.789", "0.923", "0.773"),
        ("0.810", "0.893", "0.778"),
        ("0.824", "0.864", "0.775"),
        ("0.837", "0.823", "0.764"),
    ]
    assert cdnow.auc is not None
    assert f"{cdnow.auc:.3f}" == "0.759"


def test_cdnow_warns_where_the_cohort_is_too_young(cdnow: Backtest) -> None:
    """All first purchases lie between January and March: seven months of silence are not possible for a third of them."""
    warned = [one.months for one in cdnow if any(repr(one.rule).partition(".")[0] in said for said in cdnow.warnings)]
    assert warned == [7, 8, 9, 10, 11, 12]
    assert [one.too_young for one in cdnow][:7] == [0, 0, 0, 0, 0, 0, 7248]


def test_cdnow_free_rows_count_only_where_every_visit_does(purchases: tuple[Event, ...]) -> None:
    charged = backtest(purchases, InactiveFor(months=6), cutoff=CUTOFF, until=UNTIL, resamples=0)
    assert charged[0].population < 23_570


# -- small histories by hand -----------------------------------------------------------------------------------------------


def visits(customer: str, *days: str, vehicle: str = "V1", charge: int = 100) -> list[Event]:
    return [
        Event(
            date.fromisoformat(day),
            "vehicle_handed_over",
            f"{customer}{vehicle}{day}",
            customer,
            vehicle,
            {"charge": charge},
        )
        for day in days
    ]


CUT, END = date(2024, 2, 29), date(2024, 8, 31)
SIX = InactiveFor(months=6)


def one(events: Sequence[Event], rule: Rule = SIX) -> Backtest:
    return backtest(events, rule, cutoff=CUT, until=END, resamples=0)


@pytest.mark.parametrize(
    ("days", "population", "flagged", "away"),
    [
        (["2023-08-31"], 1, 1, 1),  # six months are over on the cut-off day itself
        (["2023-09-01"], 1, 0, 1),
        (["2023-08-31", "2024-02-29"], 1, 0, 1),  # came on the cut-off day
        (["2023-08-31", "2024-03-01"], 1, 1, 0),  # came on the first day of the holdout
        (["2023-08-31", "2024-08-31"], 1, 1, 0),  # came on its last
        (["2023-08-31", "2024-09-01"], 1, 1, 1),  # came a day too late
        (["2024-03-01"], 0, 0, 0),  # was not known on the cut-off day
    ],
)
def test_the_edges_of_the_windows(days: list[str], population: int, flagged: int, away: int) -> None:
    found = one(visits("C1", *days))[0]
    assert (found.population, found.flagged, found.positives) == (population, flagged, away)
    assert found.hits == min(flagged, away)


def test_measures_by_hand() -> None:
    events = [
        *visits("C1", "2023-05-01"),  # flagged, stays away
        *visits("C2", "2023-05-01", "2024-04-01"),  # flagged, comes
        *visits("C3", "2024-01-01"),  # not flagged, stays away
        *visits("C4", "2024-01-01", "2024-04-01"),  # not flagged, comes
        *visits("C5", "2023-06-01"),  # flagged, stays away
    ]
    found = one(events)[0]
    assert (found.population, found.flagged, found.positives, found.hits) == (5, 3, 3, 2)
    assert found.precision == found.recall == found.f1 == pytest.approx(2 / 3)
    assert found.accuracy == pytest.approx(3 / 5)
    assert found.share_flagged == pytest.approx(3 / 5)
    assert one(events).auc == pytest.approx(3 / 6)  # of 3 × 2 pairs two are in order, two tie, two are not


def test_what_cannot_be_measured_is_none() -> None:
    found = one(visits("C1", "2024-01-01"))
    assert found[0].precision is None
    assert found.auc is None
    assert "–" in repr(found)
    nobody = one([])
    assert nobody[0].accuracy is None
    assert nobody.warnings == ("nobody has a counted visit up to 2024-02-29",)


def test_a_customer_is_flagged_when_all_his_vehicles_are() -> None:
    both = [*visits("C1", "2023-05-01"), *visits("C1", "2024-01-01", vehicle="V2")]
    assert one(both)[0].flagged == 0
    assert one([*visits("C1", "2023-05-01"), *visits("C1", "2023-06-01", vehicle="V2")])[0].flagged == 1


def test_a_vehicle_that_is_gone_does_not_keep_its_owner_nor_lose_him() -> None:
    kept = visits("C1", "2023-05-01")
    sold = Event(date(2024, 1, 5), "vehicle_transferred", "T", "C1", "V2")
    found = one([*kept, *visits("C1", "2024-01-01", vehicle="V2"), sold])
    assert (found[0].population, found[0].flagged, found.gone) == (1, 1, 0)
    alone = one([*visits("C1", "2024-01-01", vehicle="V2"), sold])
    assert (alone[0].population, alone.gone) == (0, 1)
    later = Event(date(2024, 3, 5), "vehicle_transferred", "T", "C1", "V2")
    assert one([*visits("C1", "2024-01-01", vehicle="V2"), later])[0].population == 1


def test_a_voided_visit_never_happened() -> None:
    events = visits("C1", "2023-05-01", "2024-04-01")
    void = Event(date(2024, 4, 2), "voided", "X", "C1", None, {"of": events[1].id})
    assert one([*events, void])[0].positives == 1
    after = Event(date(2025, 4, 2), "voided", "X", "C1", None, {"of": events[1].id})
    assert one([*events, after])[0].positives == 0, "what is told after the holdout is not known in it"
    undone = Event(date(2024, 4, 3), "voided", "Y", "C1", None, {"of": "X"})
    assert one([*events, void, undone])[0].positives == 0, "a void that is voided takes nothing back"


def test_free_visits_count_for_the_rules_that_count_them() -> None:
    events = [*visits("C1", "2023-05-01"), *visits("C1", "2024-01-01", "2024-04-01", charge=0)]
    test = backtest(events, [SIX, SIX.counting(all_visits)], cutoff=CUT, until=END, resamples=0)
    assert [(result.flagged, result.positives) for result in test] == [(1, 1), (0, 0)]
    by_any = backtest(events, SIX, cutoff=CUT, until=END, counting=all_visits, resamples=0)
    assert (by_any[0].flagged, by_any[0].positives) == (1, 0)


def test_coming_in_is_a_visit_before_the_car_is_handed_over() -> None:
    events = [*visits("C1", "2023-05-01"), Event(CUT, "workshop_entered", "IN", "C1", "V1")]
    test = backtest(events, [SIX, SIX.counting(all_visits)], cutoff=CUT, until=END, resamples=0)
    assert [result.flagged for result in test] == [1, 0]


def test_rules_that_read_the_customer_or_the_warranty_are_tested_too() -> None:
    told = timeline(
        """
        2020-05-01 vehicle_delivered vehicle=V1 price=100000 warranty_until=2023-05-01
        2024-01-01 vehicle_handed_over vehicle=V1 charge=100
        """,
        customer="C1",
    )
    for rule, flagged in [
        (WarrantyLapsed(), 1),
        (WarrantyLapsed() & BreadthBelow(products=3), 1),
        (WarrantyLapsed() & BreadthBelow(products=2), 0),
    ]:
        assert backtest([told], rule, cutoff=CUT, until=END, resamples=0)[0].flagged == flagged


PLAIN = ("vehicle_handed_over", "vehicle_handed_over", "workshop_entered", "vehicle_delivered")


@settings(max_examples=150)
@given(
    st.lists(histories(max_size=8) | histories(max_size=8, kinds=PLAIN), max_size=2),
    rules(inactive_only=True),
    st.data(),
)
def test_the_fast_facts_are_those_of_replay(told: list[History], rule: Rule, data: st.DataObject) -> None:
    """One by one: replay to the cut-off day, ask the rule of every vehicle that is not gone."""
    told = [
        History([event.with_(customer=f"C{number}") for event in one], customer=f"C{number}")
        for number, one in enumerate(told)
    ]
    days = [event.day for one in told for event in one] or [CUT]
    cutoff = add_days(data.draw(st.sampled_from(days)), data.draw(st.sampled_from([0, 0, 1, 181, 182, 400])))
    test = backtest(told, rule, cutoff=cutoff, until=add_days(cutoff, 365), resamples=0)
    book = Book(name="one by one", edition="1", churn=Churn(lost=rule))
    population = flagged = 0
    for history in told:
        voided = voided_ids(event for event in history if event.day <= add_days(cutoff, 365))
        if not any(
            event.day <= cutoff and event.id not in voided and any(kind.counts(event) for kind in rule.visit_kinds)
            for event in history
        ):
            continue
        cars = replay(history, book, on=cutoff).customer.vehicles.values()
        here = [car for car in cars if car.gone_on is None]
        population += bool(here)
        flagged += bool(here) and all((due := rule.due(car)) is not None and due <= cutoff for car in here)
    assert (test[0].population, test[0].flagged) == (population, flagged)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=30))
def test_the_auc_is_the_share_of_pairs_in_order(scored: list[tuple[int, bool]]) -> None:
    yes = [score for score, away in scored if away]
    no = [score for score, away in scored if not away]
    by_score = [(score, no.count(score), yes.count(score)) for score in range(7)]
    if not yes or not no:
        assert roc_auc(by_score) is None
        return
    pairs = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in yes for b in no)
    assert roc_auc(by_score) == pytest.approx(pairs / (len(yes) * len(no)))


def test_a_share_of_few_customers_is_told_with_wilson_s_interval() -> None:
    events = [event for number in range(3) for event in visits(f"C{number}", "2023-05-01")]
    test = backtest(events, SIX, cutoff=CUT, until=END)
    (row,) = test
    assert (row.flagged, row.hits) == (3, 3)
    assert row.intervals["precision"] == pytest.approx((0.4385, 1), abs=1e-4)
    assert row.told("precision") == "1.000 [0.439, 1.000]"
    assert row.told("f1") == "1.000"
    assert "±" not in repr(test).partition("\n")[2]
    many = [event for number in range(30) for event in visits(f"C{number:02}", "2023-05-01")]
    assert backtest(many, SIX, cutoff=CUT, until=END)[0].told("precision") == "1.000 ±0.000"
    assert not backtest(events, SIX, cutoff=CUT, until=END, resamples=0)[0].intervals


# -- intervals, the choice, rolling origins --------------------------------------------------------------------------------


def test_intervals_hold_the_value_and_are_repeatable(purchases: tuple[Event, ...]) -> None:
    some = [event for event in purchases if event.customer < "01500"]
    first = backtest(some, MONTHS[:6], cutoff=CUTOFF, until=UNTIL, resamples=100, seed=3)
    again = backtest(some, MONTHS[:6], cutoff=CUTOFF, until=UNTIL, resamples=100, seed=3)
    assert first[2].intervals == again[2].intervals
    for result in first:
        for name, (low, high) in result.intervals.items():
            value = result.measures[name]
            assert value is not None
            assert low <= value <= high
            assert 0.002 < high - low < 0.1, "about 2 / sqrt(1500) at most"
    other = backtest(some, MONTHS[:6], cutoff=CUTOFF, until=UNTIL, resamples=100, seed=4)
    assert other[2].intervals != first[2].intervals


def test_the_choice_weighs_contacts_against_customers_kept(cdnow: Backtest) -> None:
    choice = cdnow.best(contact=5, value="20", success="0.5")
    gains = {result.rule: result.hits * Decimal(10) - result.flagged * Decimal(5) for result in cdnow}
    assert dict(choice.gains) == gains
    assert choice.gain == max(gains.values()) == gains[choice.rule]
    by_days = {
        silent: sum(away * 10 - customers * 5 for days, customers, away in cdnow.recency if days >= silent)
        for silent, _, _ in cdnow.recency
    }
    assert choice.days_gain == max(by_days.values())
    assert choice.days == max(silent for silent, gain in by_days.items() if gain == choice.days_gain)
    assert choice.contacted == cdnow[choice.rule].flagged
    assert choice.kept == cdnow[choice.rule].hits * Decimal("0.5")


def test_where_no_contact_pays_nobody_is_contacted(cdnow: Backtest) -> None:
    choice = cdnow.best(contact=100, value=1)
    assert choice.days is None
    assert choice.days_gain == 0
    with pytest.raises(LifecycleError, match="from 0 to 1"):
        cdnow.best(contact=1, value=1, success=2)
    with pytest.raises(LifecycleError, match="contact"):
        cdnow.best(contact="much", value=1)


def test_rolling_origins_show_the_spread(purchases: tuple[Event, ...]) -> None:
    histories = by_customer(event for event in purchases if event.customer < "00500")
    cutoffs = [date(1997, 6, 30), date(1997, 7, 31), date(1997, 8, 31)]
    found = rolling(histories, MONTHS[:3], cutoffs=cutoffs, months=6)
    assert [one.until for one in found] == [date(1997, 12, 30), date(1998, 1, 31), date(1998, 2, 28)]
    spread = found.spread(MONTHS[2], "precision")
    assert spread is not None
    values = [value for one in found if (value := one[MONTHS[2]].precision) is not None]
    assert spread[0] == min(values)
    assert spread[1] == pytest.approx(sum(values) / 3)
    assert spread[2] == max(values)
    assert "3 cut-off days" in repr(found)
    with pytest.raises(LifecycleError, match="precision, recall"):
        found.spread(MONTHS[0], "precison")


# -- shown -----------------------------------------------------------------------------------------------------------------


def test_it_is_a_table_a_picture_and_plain_data(cdnow: Backtest) -> None:
    text = repr(cdnow)
    assert "InactiveFor(months=6) (all_visits)" in text
    assert "! InactiveFor(months=7)" in text
    picture = ET.fromstring(cdnow.svg())
    assert picture.tag.endswith("svg")
    assert len(picture.findall("{*}polyline")) == 3
    assert cdnow._repr_html_().count("<tr>") == 13
    plain = json.loads(json.dumps(cdnow.as_dicts()))
    assert {"months", "flagged", "precision", "recall", "f1", "accuracy"} <= plain[0].keys()
    assert [row["months"] for row in plain] == list(range(1, 13))
    assert cdnow[MONTHS[3]].months == 4
    with pytest.raises(KeyError):
        cdnow[charged_only]


charged_only = InactiveFor(months=4).counting(charged_visits)


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(LifecycleError, match="is not after cutoff"):
        backtest([], SIX, cutoff=CUT, until=CUT)
    with pytest.raises(LifecycleError, match="no rule"):
        backtest([], [], cutoff=CUT, until=END)
    with pytest.raises(LifecycleError, match="neither an event nor a history"):
        backtest([Vehicle("V1")], SIX, cutoff=CUT, until=END)  # type: ignore[arg-type]
    with pytest.raises(LifecycleError, match="is no rule"):
        backtest([], ["InactiveFor(months=6)"], cutoff=CUT, until=END)  # type: ignore[list-item]
