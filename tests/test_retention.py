"""Keeping customers in figures: survival with late entry, the leaky bucket, K11, K13, K18, recovery, causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import (
    Book,
    Churn,
    Customer,
    Event,
    History,
    InactiveFor,
    LifecycleError,
    Vehicle,
    all_visits,
    replay,
    timeline,
)
from lifecycle.books import CHIZHOU, REGULATION
from lifecycle.causes import K12, K12_OF_REASON, V2, V2_OF_REASON, causes
from lifecycle.customer import rolled_up
from lifecycle.dates import add_days
from lifecycle.kinds import FACTS
from lifecycle.life import Life
from lifecycle.retention import (
    by_ownership_year,
    leaky_bucket,
    lost_against_first_visits,
    recovery,
    retention_by_breadth,
    spells,
)
from lifecycle.survival import Spell, kaplan_meier
from lifecycle.testing import histories


def life(text: str, customer: str = "C1", *, on: date = date(2025, 1, 1), book: Book = REGULATION) -> Life:
    return replay(timeline(text, customer=customer), book, on=on)


# -- survival --------------------------------------------------------------------------------------------------------------


def test_kaplan_meier_of_a_well_known_table() -> None:
    """Freireich's 21 leukaemia patients under 6-MP, as in every textbook of survival."""
    lost = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    curve = kaplan_meier([*(Spell(0, t, True) for t in lost), *(Spell(0, t, False) for t in censored)])
    assert curve.ages == (6, 7, 10, 13, 16, 22, 23)
    assert curve.at_risk == (21, 17, 15, 12, 11, 7, 6)
    assert [f"{share:.3f}" for share in curve.share] == ["0.857", "0.807", "0.753", "0.690", "0.627", "0.538", "0.448"]
    assert curve.median == 23
    assert curve.at(5) == 1
    assert curve.at(9) == curve.share[1]
    low, high = curve.interval(10)
    assert (round(low, 3), round(high, 3)) == (0.503, 0.889)
    assert "21 spells, 9 losses, median 23" in repr(curve)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8), st.booleans()), max_size=15))
def test_the_at_risk_set_is_entry_before_and_exit_not_before(told: list[tuple[int, int, bool]]) -> None:
    some = [Spell(entry, entry + length, lost) for entry, length, lost in told]
    curve = kaplan_meier(some)
    share = 1.0
    ages = sorted({one.exit for one in some if one.lost and one.exit > one.entry})
    assert curve.ages == tuple(ages)
    for place, age in enumerate(ages):
        risk = [one for one in some if one.entry < age <= one.exit]
        lost = [one for one in risk if one.lost and one.exit == age]
        share *= 1 - len(lost) / len(risk)
        assert curve.at_risk[place] == len(risk)
        assert curve.lost[place] == len(lost)
        assert curve.share[place] == pytest.approx(share)
        assert 0 <= curve.low[place] <= curve.share[place] + 1e-12
        assert curve.share[place] <= curve.high[place] + 1e-12 <= 1 + 2e-12


def test_who_came_under_observation_late_has_not_survived_what_nobody_watched() -> None:
    """Ten lost in the first year, and ten whom the house only met in their third: not half of all survived."""
    lost = [Spell(0, 300, True) for _ in range(10)]
    late = [Spell(900, 1200, False) for _ in range(10)]
    assert kaplan_meier([*lost, *late]).at(300) == 0
    assert kaplan_meier([*lost, *(Spell(0, 1200, False) for _ in range(10))]).at(300) == 0.5


def test_a_spell_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(LifecycleError, match="is none"):
        Spell(5, 4, True)
    assert kaplan_meier([]).at(3) == 1
    assert kaplan_meier([]).median is None


def test_spells_of_lives() -> None:
    bought = life("2023-01-01 vehicle_delivered vehicle=V1\n2023-02-28 vehicle_handed_over vehicle=V1 charge=100")
    assert spells([bought]) == (Spell(0, (date(2023, 8, 28) - date(2023, 1, 1)).days, True),)
    late = life("2024-10-01 vehicle_recorded vehicle=V1 delivered_on=2020-10-01 last_charged_visit=2024-09-20")
    entry = (date(2024, 10, 1) - date(2020, 10, 1)).days
    assert spells([late]) == (Spell(entry, entry + 92, False),), "met by its record, in its fifth year"
    sold = life("2023-01-01 vehicle_delivered vehicle=V1\n2023-02-01 vehicle_transferred vehicle=V1")
    assert spells([sold]) == (Spell(0, 31, False),)
    unknown = life("2023-01-01 vehicle_handed_over vehicle=V1 charge=100")
    assert spells([unknown]) == ()


def test_one_who_came_back_begins_a_further_spell_where_asked() -> None:
    back = life("2023-01-01 vehicle_delivered vehicle=V1\n2023-09-01 vehicle_handed_over vehicle=V1 charge=100")
    assert [one.lost for one in spells([back])] == [True]
    twice = spells([back], returns=True)
    assert [(one.entry, one.lost) for one in twice] == [(0, True), ((date(2023, 9, 1) - date(2023, 1, 1)).days, True)]


# -- the leaky bucket ------------------------------------------------------------------------------------------------------

THREE = [
    life("2023-01-10 vehicle_delivered vehicle=V1", "C1"),
    life("2023-01-20 vehicle_delivered vehicle=V2\n2023-08-01 vehicle_handed_over vehicle=V2 charge=50", "C2"),
    life("2023-07-15 vehicle_delivered vehicle=V3\n2023-08-15 vehicle_transferred vehicle=V3", "C3"),
]


def test_the_bucket_month_by_month() -> None:
    flows = leaky_bucket(THREE, start=date(2023, 1, 1), end=date(2023, 9, 1))
    assert [(one.at_start, one.gained, one.returned, one.lost, one.gone, one.kept) for one in flows] == [
        (0, 2, 0, 0, 0, 2), (2, 0, 0, 0, 0, 2), (2, 0, 0, 0, 0, 2), (2, 0, 0, 0, 0, 2), (2, 0, 0, 0, 0, 2),
        (2, 0, 0, 0, 0, 2), (2, 1, 0, 2, 0, 1), (1, 0, 1, 0, 1, 1),
    ]  # fmt: skip
    july, august = flows[6], flows[7]
    assert july.who == {"gained": ("C3",), "returned": (), "lost": ("C1", "C2"), "gone": ()}
    assert (july.crossover, july.net, july.leak) == (1, -1, 1.0)
    assert (august.crossover, august.net, august.crossover_share) == (1, 0, 1.0)


def test_three_gained_and_three_lost_in_a_week_is_a_loss() -> None:
    old = [life(f"2023-01-0{day} vehicle_delivered vehicle=V{day}", f"O{day}") for day in (3, 4, 5)]
    new = [life(f"2023-07-0{day} vehicle_delivered vehicle=N{day}", f"N{day}") for day in (3, 4, 5)]
    (week,) = leaky_bucket([*old, *new], start=date(2023, 7, 3), end=date(2023, 7, 10), days=7)
    assert (week.gained, week.lost, week.net, week.crossover) == (3, 3, 0, 3)


def test_an_edge_belongs_to_the_window_that_begins_on_it() -> None:
    one = life("2023-07-10 vehicle_delivered vehicle=V", "C")
    before, after = leaky_bucket([one], start=date(2023, 7, 3), end=date(2023, 7, 17), days=7)
    assert (before.gained, before.kept, after.gained, after.kept) == (0, 0, 1, 1)


COMING_AND_GOING = """vehicle_handed_over vehicle_handed_over workshop_entered vehicle_delivered vehicle_transferred moved_away
vehicle_recorded""".split()


@given(st.lists(histories(max_size=8, kinds=COMING_AND_GOING), min_size=1, max_size=3), st.data())
def test_the_bucket_loses_nobody(them: list[History], data: st.DataObject) -> None:
    """What is kept at each edge is who is there when everybody is looked at on the eve of it."""
    them = [
        History([event.with_(customer=f"C{number}") for event in one], customer=f"C{number}")
        for number, one in enumerate(them)
    ]
    lives = [replay(one, CHIZHOU, on=date(2030, 1, 1)) for one in them]
    turns = sorted({step.day for one in lives for step in one.steps if step.region == "activity"}) or [date(2024, 1, 1)]
    start, end = sorted((data.draw(st.sampled_from(turns)), add_days(data.draw(st.sampled_from(turns)), 1)))
    flows = leaky_bucket(lives, start=start, end=add_days(end, 1), days=data.draw(st.sampled_from([1, 30, 400])))
    for flow in (flows[0], flows[-1]):
        assert flow.kept == flow.at_start + flow.gained + flow.returned - flow.lost - flow.gone
        assert {name: len(who) for name, who in flow.who.items()} == {
            "gained": flow.gained, "returned": flow.returned, "lost": flow.lost, "gone": flow.gone,
        }  # fmt: skip
        there = 0
        for one in them:
            activities = [
                car.activity for car in replay(one, CHIZHOU, on=add_days(flow.end, -1)).customer.vehicles.values()
            ]
            seen = [activity for activity in activities if activity != "unseen"]
            there += bool(seen) and rolled_up(seen) not in ("lost", "gone")
        assert flow.kept == there


def test_windows_and_spans_are_checked() -> None:
    with pytest.raises(LifecycleError, match="not after start"):
        leaky_bucket([], start=date(2024, 1, 1), end=date(2024, 1, 1))
    with pytest.raises(LifecycleError, match="are none"):
        leaky_bucket([], start=date(2024, 1, 1), end=date(2024, 2, 1), days=0)
    spans = leaky_bucket([], start=date(2024, 1, 31), end=date(2024, 4, 15))
    assert [one.start for one in spans] == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
    assert spans[-1].end == date(2024, 4, 15)
    assert spans[0].leak is None


# -- K18, K11, K13 ---------------------------------------------------------------------------------------------------------


def test_k18_losses_against_first_visits() -> None:
    some = [
        life("2023-01-10 vehicle_handed_over vehicle=V1 charge=9", "C1"),
        life(
            "2023-01-20 vehicle_handed_over vehicle=V2 charge=9\n2023-08-01 vehicle_handed_over vehicle=V2 charge=9",
            "C2",
        ),
        life("2023-07-05 vehicle_handed_over vehicle=V3 charge=9", "C3"),
    ]
    rows = lost_against_first_visits(some, start=date(2023, 7, 1), end=date(2023, 9, 1))
    assert [(one.first_visits, one.newly_lost, one.lost_in_all, one.lost_per_first_visit) for one in rows] == [
        (1, 2, 2, 2.0),
        (0, 0, 1, None),
    ]


def test_k11_by_ownership_year() -> None:
    on = date(2025, 1, 1)
    lives = [
        life("2024-06-01 vehicle_delivered vehicle=A\n2024-12-01 vehicle_handed_over vehicle=A charge=9", "C1", on=on),
        life("2022-06-01 vehicle_delivered vehicle=B\n2024-12-01 vehicle_handed_over vehicle=B charge=9", "C2", on=on),
        life("2022-07-01 vehicle_delivered vehicle=C", "C3", on=on),
        life("2010-06-01 vehicle_delivered vehicle=D", "C4", on=on),
        life("2010-06-01 vehicle_delivered vehicle=E\n2010-07-01 vehicle_transferred vehicle=E", "C5", on=on),
    ]
    table = by_ownership_year(lives)
    assert [(row.year, row.vehicles, row.lost, row.share) for row in table] == [
        (1, 1, 0, 0.0), (2, 0, 0, None), (3, 2, 1, 0.5), (4, 0, 0, None), (5, 0, 0, None), (6, 1, 1, 1.0),
    ]  # fmt: skip
    assert table[2].expected == (0.40, 0.50)
    assert table[5].who == ("D",)
    assert table[0].stays < 1


def test_k13_by_breadth() -> None:
    def someone(name: str, products: int, activity: str) -> Customer:
        bought = [str(number) for number in range(products)]
        return Customer(name, products=bought, vehicles={name: Vehicle(name, activity=activity)})

    before = [someone("A", 1, "active"), someone("B", 1, "at_risk"), someone("C", 4, "active"), someone("D", 2, "lost")]
    after = [someone("A", 1, "lost"), someone("B", 3, "active"), someone("C", 4, "returned"), someone("D", 2, "active")]
    rows = retention_by_breadth(before, after)
    assert [(row.products, row.customers, row.stayed, row.share) for row in rows] == [
        (0, 0, 0, None), (1, 2, 1, 0.5), (2, 0, 0, None), (3, 1, 1, 1.0),
    ]  # fmt: skip
    assert rows[1].expected == (0.15, 0.15)
    assert rows[1].who == ("B",)
    assert retention_by_breadth(before, [])[1].stayed == 0


# -- recovery --------------------------------------------------------------------------------------------------------------


def test_recovery_of_lost_vehicles() -> None:
    some = [
        life(
            "2023-01-01 vehicle_handed_over vehicle=V1 charge=9\n2023-07-01 vehicle_handed_over vehicle=V1 charge=9",
            "C1",
        ),
        life("2023-01-01 vehicle_handed_over vehicle=V2 charge=9", "C2"),
        life("2023-01-01 vehicle_handed_over vehicle=V3 charge=9\n2023-08-01 vehicle_transferred vehicle=V3", "C3"),
    ]
    found = recovery(some, start=date(2023, 7, 1), end=date(2023, 7, 2))
    assert (found.lost, found.returned, found.gone) == (3, 1, 1)
    assert found.rate == pytest.approx(1 / 3)
    assert found.days == (0,), "a visit on the due day finds the vehicle lost and returns it"
    assert found.median_days == 0
    assert found.within(0) == pytest.approx(1 / 3)
    assert found.who == ("V1",)
    assert recovery([]).rate is None
    assert recovery([]).within(30) is None


def test_a_return_is_put_down_to_the_outreach_before_it() -> None:
    def back(offer: str) -> int:
        text = (
            "2023-01-01 vehicle_handed_over vehicle=V1 charge=9\n"
            + offer
            + "2023-09-01 vehicle_handed_over vehicle=V1 charge=9"
        )
        return recovery([life(text)], start=date(2023, 7, 1), end=date(2023, 8, 1)).by_outreach

    choice = FACTS["offer"].choices[0]
    assert back("") == 0
    assert back(f"2023-08-01 outreach_offered outreach=O1 offer={choice}\n") == 1
    assert back(f"2023-06-01 outreach_offered outreach=O1 offer={choice}\n") == 0


# -- causes ----------------------------------------------------------------------------------------------------------------

TOLD = timeline(
    """
    2024-01-01 surveyed satisfied=no reason=quality
    2024-01-02 complaint_raised complaint=K1 reason=waiting
    2024-01-03 complaint_raised complaint=K2 reason=waiting
    2024-01-04 outreach_reason_told outreach=O1 reason=transferred
    2024-01-05 sale_lost reason=price
    2024-01-06 complaint_raised complaint=K3 reason=price id=X
    2024-01-07 voided of=X
    2024-02-01 complaint_raised complaint=K4 reason=distance
    """,
    customer="C1",
)


def test_causes_are_tallied_and_coded() -> None:
    found = causes([TOLD], end=date(2024, 2, 1))
    assert found.counts == {"waiting": 2, "quality": 1, "transferred": 1}
    assert found.shares["waiting"] == 0.5
    assert found.customers["waiting"] == ("C1",)
    by_k12 = found.coded(K12_OF_REASON, name="K12")
    assert by_k12.counts == {"convenience": 2, "not coded": 1, "repair_quality": 1}
    assert "convenience: 2, 50.0% (source 12.7%)" in repr(by_k12)
    assert found.coded(V2_OF_REASON, name="V2").counts == {"details": 3, "natural": 1}
    assert by_k12.total == found.total == 4
    void = next(event for event in TOLD if event.kind == "voided")
    again = History([*TOLD, Event(date(2024, 1, 8), "voided", "Y", "C1", of=void.id)], customer="C1")
    assert causes([again], end=date(2024, 2, 1)).counts["price"] == 1, "a void that is voided takes nothing back"


def test_the_sources_lists_are_whole() -> None:
    assert sum(cause.share or 0 for cause in K12.values()) == pytest.approx(1.0, abs=0.002)
    assert len(V2) == 8
    assert set(K12_OF_REASON.values()) <= set(K12)
    assert set(V2_OF_REASON.values()) <= set(V2)
    assert {*K12_OF_REASON, *V2_OF_REASON} <= set(FACTS["reason"].choices)


@given(st.lists(histories(max_size=12), max_size=1))
def test_coding_loses_nothing(them: list[History]) -> None:
    found = causes(them)
    again = Counter(event.id for events in found.coded(K12_OF_REASON, name="K12").told.values() for event in events)
    assert again == Counter(event.id for events in found.told.values() for event in events)


def test_a_kind_that_tells_no_reason_is_refused() -> None:
    wrong: list[Callable[[], Any]] = [
        lambda: causes([], told_by=["enrolled"]),
        lambda: causes([], told_by=["surveyd"]),
        lambda: causes([], fact="resaon"),
    ]
    for ask in wrong:
        with pytest.raises(LifecycleError, match="tells no"):
            ask()


def test_both_grades_feed_the_bucket_alike() -> None:
    """Being at risk is still being there."""
    graded = Churn(at_risk=InactiveFor(months=6).counting(all_visits), lost=InactiveFor(months=12).counting(all_visits))
    book = Book(name="graded", edition="1", churn=graded)
    one = life("2023-01-10 vehicle_delivered vehicle=V1", book=book)
    flows = leaky_bucket([one], start=date(2023, 7, 1), end=date(2024, 2, 1))
    assert [flow.kept for flow in flows] == [1, 1, 1, 1, 1, 1, 0]
