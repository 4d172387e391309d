"""Wenhua (Dongfeng Nissan, Nanjing): the customer-retention sharing report of November 2014 (handbook key W).

What the report says is cited path by path; where it is silent, the reading is named in ``SOURCES`` beside the ID.
"""

from __future__ import annotations

from lifecycle.book import Book
from lifecycle.churn import Churn, InactiveFor
from lifecycle.points import Bonus, Earn, Lapse, Points
from lifecycle.tiers import Benefits, Discount, Perk
from lifecycle.visits import all_visits

__all__ = ["WENHUA"]

SOURCES = {
    "churn.at_risk": "W2: outreach to those 6 to 12 months absent (未回厂: any visit counts)",
    "churn.lost": "W2: from 12 months on as the maker's list of lost customers has it",
    "points.earn": "W3: 1 point per 50 yuan, silver 2, gold 3 (reading: whole 50s per invoice); W4: 500 a referral, 3 a review",
    "points.lapse": "W5: reminder after 10 months without a visit (reading: points lapse after 12)",
    "benefits.discounts": "W6: labour 5 % off (9.5折), gold 30 % off (7折; reading: of labour), labour 50 % off on the birthday "
    "(reading: the day itself); the tier is the one that records tell, as no source gives thresholds",
    "benefits.perks": "W6: for every member (reading); W7: what the diamond card and the banks' cards bring besides",
    "benefits.stacking": "W6: discounts do not stack (reading: the best is given); W7 gives no figure for the card's 折上折",
    "readings.charged": "V1b: the customer's own share of the bill (reading)",
    "readings.service_repeats": "R1: the brand bought a second time",
    "readings.survey_recovers": "K9: not by a survey (reading)",
    "readings.third_party_recovers": "K9: recovery until third parties (reading)",
    "readings.diamond_from": "W7: stored value of 1,500",
    "readings.diamond_to": "W7: to 10,000 yuan",
    "readings.call_attempts": "R6: repeat the call (reading: three times)",
}

WENHUA = Book(
    name="wenhua",
    zh="文华店",
    edition="2014-11",
    churn=Churn(
        at_risk=InactiveFor(months=6).counting(all_visits),
        lost=InactiveFor(months=12).counting(all_visits),
    ),
    points=Points(
        earn=Earn({"ordinary": 1, "silver": 2, "gold": 3}, per=50)
        + Bonus(500).on("referral_converted")
        + Bonus(3).on("review_posted"),
        lapse=Lapse.idle(months=12, visits=all_visits, remind=10),
    ),
    benefits=Benefits(
        [
            Discount(5, of="labour"),
            Discount(30, of="labour", tiers="gold", name="gold"),
            Discount(50, of="labour", birthday_days=0, name="birthday"),
        ],
        [
            Perk("roadside assistance"),
            Perk("reserved booking lane"),
            Perk("VIP lounge"),
            Perk("named technician"),
            Perk("birthday special", cards="diamond"),
            Perk("Friday special", cards="diamond"),
            Perk("airport transfer", cards="diamond"),
            Perk("flowers", cards="diamond"),
            Perk("free jobs", cards="diamond"),
            Perk("the bank's own offers", cards="credit_card"),
        ],
    ),
    sources=SOURCES,
)
