"""The regulation on lost and returned vehicles (流失客户定义, handbook key V1): charged visits, six months, one grade.

What the regulation says is cited path by path; where it is silent, the reading is named. It differs from the houses that
ask only whether a customer has *come* (Wenhua, Chizhou): free help and a free inspection at the customer's keep nobody.
"""

from __future__ import annotations

from datetime import date

from lifecycle.book import Book, Readings
from lifecycle.books.examples import Example
from lifecycle.churn import Churn, InactiveFor
from lifecycle.visits import charged_visits

__all__ = ["EXAMPLES", "REGULATION"]

SOURCES = {
    "churn.lost": "V1a: six months or more (six included) since the last charged repair or maintenance; V1c: free help does "
    "not reset the clock; V1d: lost after a free inspection at the customer's is quasi-lost, handled as lost",
    "churn.at_risk": "V1 knows one grade only (reading: nobody is called at risk)",
    "readings.charged": "V1b: whether work under warranty counts is not said (reading: no, the customer's own share counts)",
}

#: The regulation: lost six months after the last charged visit.
REGULATION = Book(
    name="regulation",
    zh="流失客户规定",
    edition="V1",
    churn=Churn(lost=InactiveFor(months=6).counting(charged_visits)),
    readings=Readings(charged=charged_visits),
    sources=SOURCES,
)

_LAST = "2023-08-31 vehicle_handed_over vehicle=V1 charge=860\n"

EXAMPLES = (
    Example(
        "V1a: on the day before the sixth month is over it is not lost",
        _LAST,
        date(2024, 2, 28),
        {"vehicles.V1.activity": "active", "vehicles.V1.lost_due": date(2024, 2, 29)},
    ),
    Example(
        "V1a: six months, six included", _LAST, date(2024, 2, 29), {"vehicles.V1.activity": "lost", "standing": "lost"}
    ),
    Example(
        "V1b: a charged visit after being lost is a return",
        _LAST + "2024-04-01 vehicle_handed_over vehicle=V1 charge=120",
        date(2024, 4, 1),
        {"vehicles.V1.activity": "returned", "vehicles.V1.lost_due": date(2024, 10, 1)},
    ),
    Example(
        "V1b: work under warranty is not charged (reading)",
        _LAST + "2024-01-10 vehicle_handed_over vehicle=V1 warranty=yes maker_paid=900",
        date(2024, 2, 29),
        {"vehicles.V1.activity": "lost"},
    ),
    Example(
        "V1c: free help does not reset the clock",
        _LAST + "2024-02-20 vehicle_handed_over vehicle=V1 charge=0",
        date(2024, 2, 29),
        {"vehicles.V1.activity": "lost"},
    ),
    Example(
        "V1d: inspected free at the customer's, then not seen: quasi-lost",
        _LAST + "2024-01-10 inspected_at_customer vehicle=V1",
        date(2024, 2, 29),
        {"vehicles.V1.activity": "quasi_lost", "standing": "lost"},
    ),
    Example(
        "one who has never come counts from the delivery (reading)",
        "2023-08-31 vehicle_delivered vehicle=V1 price=128000",
        date(2024, 2, 29),
        {"vehicles.V1.activity": "lost"},
    ),
    Example(
        "W17: a vehicle that was transferred is gone, not lost",
        _LAST + "2024-01-10 vehicle_transferred vehicle=V1",
        date(2025, 1, 1),
        {"vehicles.V1.activity": "gone", "vehicles.V1.lost_due": None},
    ),
)
