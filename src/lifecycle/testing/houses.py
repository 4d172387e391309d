"""Strategies for hypothesis: whole books, every policy of them drawn around its edges.

In: nothing. Out: books whose rules, points, tiers and readings are those that the other strategies draw.
"""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from lifecycle.book import Book, Readings
from lifecycle.dates import SHANGHAI
from lifecycle.testing.ledgers import points_policies, tier_policies
from lifecycle.testing.rules import churns, visit_kinds

__all__ = ["books"]

_WORDS = ("湖畔店", "two words", "it's", 'say "yes"', "a\\b", "\t\x7f\u2028", "")


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Books of any house: any rules of churn, points and tiers, any readings."""
    return Book(
        name=draw(st.sampled_from(["lakeside", "湖畔", "a house's"])),
        edition=draw(st.sampled_from(["2026-01", "nine months", '"2"'])),
        churn=draw(churns()),
        points=draw(points_policies()),
        tiers=draw(tier_policies()),
        readings=Readings(
            charged=draw(visit_kinds()),
            service_repeats=draw(st.booleans()),
            survey_recovers=draw(st.booleans()),
            third_party_recovers=draw(st.booleans()),
            diamond_from=draw(st.sampled_from([Decimal(1500), Decimal("0.01"), Decimal("999.90")])),
            call_attempts=draw(st.integers(1, 4)),
        ),
        zone=draw(st.sampled_from([SHANGHAI, SHANGHAI, ZoneInfo("America/New_York")])),
        zh=draw(st.sampled_from(_WORDS)),
        based_on=draw(st.sampled_from([None, "2014-11"])),
        sources=draw(st.dictionaries(st.sampled_from(["churn.lost", "points.earn"]), st.sampled_from(_WORDS))),
    )
