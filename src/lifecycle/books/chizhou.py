"""Chizhou (V4): the lost-customer programme of a dealership in Chizhou: two grades, and every visit counts.

What the programme says is cited path by path; where it is silent, the reading is named. Unlike the regulation it asks
whether the customer has *come* (未回厂), not whether he paid: free help winds the clock up anew.
"""

from __future__ import annotations

from datetime import date

from lifecycle.book import Book
from lifecycle.books.examples import Example
from lifecycle.churn import Churn, InactiveFor
from lifecycle.visits import all_visits

__all__ = ["CHIZHOU", "EXAMPLES"]

SOURCES = {
    "churn.at_risk": "V4a: 6 to 12 months absent, at risk (存在流失风险); absent is 未回厂, so any visit counts",
    "churn.lost": "V4a: 12 months or more absent, lost; W17: transferred or used in another city, gone",
    "readings.charged": "V1b: the customer's own share of the bill (reading; V4 does not ask)",
}

#: Chizhou: at risk after six months without any visit, lost after twelve.
CHIZHOU = Book(
    name="chizhou",
    zh="池州店",
    edition="V4",
    churn=Churn(
        at_risk=InactiveFor(months=6).counting(all_visits),
        lost=InactiveFor(months=12).counting(all_visits),
    ),
    sources=SOURCES,
)

_LAST = "2023-08-31 vehicle_handed_over vehicle=V1 charge=860\n"

EXAMPLES = (
    Example("V4a: just under six months", _LAST, date(2024, 2, 28), {"vehicles.V1.activity": "active"}),
    Example(
        "V4a: six months absent, at risk",
        _LAST,
        date(2024, 2, 29),
        {"vehicles.V1.activity": "at_risk", "vehicles.V1.lost_due": date(2024, 8, 31), "standing": "first_time"},
    ),
    Example(
        "V4a: twelve months absent, lost",
        _LAST,
        date(2024, 8, 31),
        {"vehicles.V1.activity": "lost", "standing": "lost"},
    ),
    Example(
        "V4a: coming counts, paying does not",
        _LAST + "2024-02-20 vehicle_handed_over vehicle=V1 charge=0",
        date(2024, 8, 19),
        {"vehicles.V1.activity": "active", "vehicles.V1.at_risk_due": date(2024, 8, 20)},
    ),
    Example(
        "a free inspection at the customer's is no visit of his (V1d)",
        _LAST + "2024-02-20 inspected_at_customer vehicle=V1",
        date(2024, 8, 31),
        {"vehicles.V1.activity": "quasi_lost"},
    ),
    Example(
        "one who comes again after being lost has returned (V1b)",
        _LAST + "2024-10-01 workshop_entered vehicle=V1",
        date(2024, 10, 1),
        {"vehicles.V1.activity": "returned"},
    ),
    Example(
        "W17: one who moved away is gone",
        _LAST + "2024-10-01 moved_away vehicle=V1",
        date(2025, 10, 1),
        {"vehicles.V1.activity": "gone", "standing": "gone"},
    ),
)
