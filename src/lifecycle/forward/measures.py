"""What a forecast counts: each measure with its unit and meaning, summed over a customer and those he brought.

In: nothing. Out: :data:`COUNTED` (what both readings of a plan count, customer by customer, month by month),
:data:`AT_END` (what holds after the last month), :func:`reckoned` (money that follows from them). Next room:
:mod:`lifecycle.forward.forecast`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from lifecycle.forward.plan import Plan
from lifecycle.values import FrozenDict

__all__ = ["AT_END", "COUNTED", "MEASURES", "MONEY", "PRICED", "Measure", "counted", "reckoned"]


class Measure(NamedTuple):
    """One figure of a forecast."""

    name: str
    unit: str
    """``fen`` for money; else what is counted."""
    meaning: str
    label: bool = False
    """Whether it is a label by the book's own definition: it may differ between books though nobody acts differently."""


COUNTED = (
    Measure("visits", "visits", "visits to the workshop"),
    Measure("charged", "visits", "of these, with a charge"),
    Measure("billed", "fen", "charges, before discounts and points"),
    Measure("discounts", "fen", "discounts given on offers to the lost"),
    Measure("points_at_start", "points", "points that are there before the first month"),
    Measure("issued", "points", "points earned"),
    Measure("redeemed", "points", "points redeemed"),
    Measure("lapsed", "points", "points lapsed"),
    Measure("sales", "cars", "cars sold"),
    Measure("referred", "cars", "of these, to new customers brought by a customer"),
    Measure("leads", "prospects", "prospects brought by a customer"),
    Measure("parted", "cars", "cars given up"),
    Measure("stopped", "customers", "customers who stop coming (the latent loss, K11)"),
    Measure("won_back", "customers", "customers who had stopped, and come again after a call, an offer or a reminder"),
    Measure("calls", "touches", "calls to those at risk"),
    Measure("offers", "touches", "offers to those lost by the rule"),
    Measure("reminders", "touches", "reminders of points about to lapse"),
    Measure("at_risk", "vehicles", "vehicles that become at risk by the book's rule", True),
    Measure("lost", "vehicles", "vehicles that become lost by the book's rule", True),
)
AT_END = (
    Measure("owners", "customers", "customers with a car, at the end"),
    Measure("coming", "customers", "of these, who still come"),
    Measure("lost_at_end", "vehicles", "of these, lost by the book's rule", True),
    Measure("points_left", "points", "points not yet spent, at the end"),
)
#: Counted besides where a reform changes what a point is worth: each point at what it was worth in its month.
PRICED = (
    Measure("redeemed_worth", "fen", "what redeemed points were worth when they were redeemed"),
    Measure("lapsed_worth", "fen", "what lapsed points would have been worth when they lapsed"),
)
#: What follows from the others, in fen; ``profit`` is what a forecast is mostly asked for.
MONEY = (
    Measure("profit", "fen", "margins less discounts, points redeemed and touches"),
    Measure("service_margin", "fen", "margin on the workshop's bills"),
    Measure("sales_margin", "fen", "margin on cars sold"),
    Measure("points_cost", "fen", "what redeemed points were worth"),
    Measure("touch_cost", "fen", "cost of calls, offers and reminders"),
    Measure("liability", "fen", "what the points not yet spent are worth, at the end"),
    Measure("breakage", "fen", "what lapsed points would have been worth"),
)
MEASURES: Mapping[str, Measure] = FrozenDict({one.name: one for one in (*MONEY, *COUNTED, *AT_END)})


def counted(plan: Plan) -> tuple[Measure, ...]:
    """What a plan counts month by month."""
    return (*COUNTED, *PRICED) if plan.priced else COUNTED


def reckoned(told: Mapping[str, Any], plan: Plan, *, by_month: bool = False) -> dict[str, Any]:
    """The money that follows from what was counted: whole fen, for one customer (ints) or for columns (int64).

    Points that are left are worth what the last edition says; with ``by_month`` (columns whose first axis are the months) what
    the edition of the month says.
    """
    numerator, denominator = plan.worth
    left: Any = plan.later[-1].worth if plan.later else plan.worth
    if plan.priced and by_month:
        axes = np.ndim(told["points_left"]) - 1
        each = [plan.in_force(month).worth for month in range(plan.months)]
        left = np.array(each, np.int64).T.reshape(2, -1, *[1] * axes)
    money: dict[str, Any] = {
        "service_margin": told["billed"] * plan.service_margin // 1_000_000,
        "sales_margin": told["sales"] * plan.sales_margin,
        "points_cost": told["redeemed_worth"] if plan.priced else told["redeemed"] * numerator // denominator,
        "touch_cost": told["calls"] * plan.call_cost
        + told["offers"] * plan.offer_cost
        + told["reminders"] * plan.message_cost,
        "liability": told["points_left"] * left[0] // left[1],
        "breakage": told["lapsed_worth"] if plan.priced else told["lapsed"] * numerator // denominator,
    }
    money["profit"] = (
        money["service_margin"] + money["sales_margin"] - told["discounts"] - money["points_cost"] - money["touch_cost"]
    )
    return money
