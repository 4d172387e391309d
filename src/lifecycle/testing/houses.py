"""Strategies for hypothesis: whole books, every policy of them drawn around its edges.

In: nothing. Out: books whose rules, points, tiers and readings are those that the other strategies draw, and benefits that
ask for everything that a benefit can ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from lifecycle.book import Book, Readings
from lifecycle.conditions import Condition, fact
from lifecycle.dates import SHANGHAI
from lifecycle.testing.ledgers import points_policies, tier_policies
from lifecycle.testing.rules import churns, visit_kinds
from lifecycle.tiers import CARDS, SHARES, STACKINGS, Benefits, Discount, Perk

__all__ = ["benefits", "books"]

_WORDS = ("湖畔店", "two words", "it's", 'say "yes"', "a\\b", "\t\x7f\u2028", "")


_WHEN: tuple[Condition, ...] = (
    fact("weekday").is_in("fri", "sat"),
    fact("tier") == "gold",
    fact("amount") >= 100,
    fact("day") >= date(2024, 3, 1),
    fact("birthday").is_known,
    fact("of") != "parts",
)
_NAMES = ("lounge", "班车接送", 'it\'s "his"')


@st.composite
def _discounts(draw: st.DrawFn, tiers: Sequence[str]) -> Discount:
    percents: list[Any] = [5, 30, 50, 100, "7.5", "33.3", "1/3"]
    return Discount(
        draw(st.sampled_from(percents)),
        of=draw(st.lists(st.sampled_from(SHARES), min_size=1, max_size=2, unique=True)),
        tiers=draw(st.lists(st.sampled_from(list(tiers)), max_size=2, unique=True)),
        cards=draw(st.lists(st.sampled_from(list(CARDS)), max_size=2, unique=True)),
        birthday_days=draw(st.sampled_from([None, None, 0, 1, 31])),
        when=draw(st.none() | st.none() | st.sampled_from(_WHEN)),
        on_top=draw(st.booleans()),
        name=draw(st.sampled_from(["", "", *_NAMES])),
    )


@st.composite
def benefits(draw: st.DrawFn, *, tiers: Sequence[str] = ("ordinary", "silver", "gold")) -> Benefits:
    """Benefits of every kind, for these ``tiers``: discounts that stack in each way, and perks."""
    perks = [
        Perk(
            name,
            tiers=draw(st.lists(st.sampled_from(list(tiers)), max_size=2, unique=True)),
            cards=draw(st.lists(st.sampled_from(list(CARDS)), max_size=1)),
        )
        for name in draw(st.lists(st.sampled_from(_NAMES), max_size=2, unique=True))
    ]
    return Benefits(draw(st.lists(_discounts(tiers), max_size=4)), perks, stacking=draw(st.sampled_from(STACKINGS)))


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Books of any house: any rules of churn, points and tiers, any benefits and readings."""
    tiers = draw(tier_policies())
    return Book(
        name=draw(st.sampled_from(["lakeside", "湖畔", "a house's"])),
        edition=draw(st.sampled_from(["2026-01", "nine months", '"2"'])),
        churn=draw(churns()),
        points=draw(points_policies()),
        tiers=tiers,
        benefits=draw(benefits() if tiers is None else benefits(tiers=tiers.names)),
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
