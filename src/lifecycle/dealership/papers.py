"""Papers: the records with which a history begins, insurance and warranty, consent to be contacted.

In: a :class:`~lifecycle.dealership.story.Story`. Out: events told in it. Next room: :mod:`lifecycle.dealership.club`.
"""

from __future__ import annotations

from datetime import date

from lifecycle.dates import add_months, months_between
from lifecycle.dealership.club import joins
from lifecycle.dealership.people import Ownership
from lifecycle.dealership.story import YEAR, Story, day_of, number_of

__all__ = ["contact", "is_recorded", "records_begin", "renews"]


def is_recorded(story: Story) -> None:
    """The customer's own record."""
    chance, truth = story.chance, story.truth
    day = max(truth.met_on.toordinal(), story.telling.first)
    youngest, oldest = story.assumed.ages
    birthday = date.fromordinal(
        day - round(YEAR * youngest) - chance.whole(0, round(YEAR * (oldest - youngest)), "birthday")
    )
    story.tell(
        day,
        "customer_recorded",
        facts={
            "birthday": None if chance.happens(story.assumed.birthday_unknown, "no birthday") else birthday,
            "sex": chance.one_of(("男", "女"), "sex"),
            "city": chance.weighted(story.assumed.cities, "city"),
            "origin": story.origin(),
        },
    )


def records_begin(story: Story, index: int, car: Ownership, before: tuple[date | None, date | None]) -> None:
    """A car that comes into the records with a past: delivered before they begin, or bought elsewhere."""
    assumed, chance = story.assumed, story.chance
    day = max(number_of(car.since), story.telling.first)
    last, charged = before
    facts: dict[str, object] = {
        "model": car.model,
        "plate": story.plate(index),
        "delivered_on": car.delivered_on,
        "last_visit": last,
        "last_charged_visit": charged,
        "warranty_until": add_months(car.delivered_on, int(assumed.warranty_months)),
        "mileage": max(round((day - number_of(car.delivered_on)) * story.kilometres), 1),
    }
    story.tell(day, "vehicle_recorded", None, car.vehicle, facts)
    if car.sold_here and index == 0:
        when = (day, 0)
        if last is not None and chance.happens(assumed.points_opened, "points opened"):
            points = chance.within(assumed.opening_points, "opened points")
            story.tell(day, "points_opened", f"P{story.paper}", None, {"points": points})
        joins(story, when, timed=False)


def renews(story: Story, index: int, car: Ownership) -> None:
    """Insurance and the extension of the warranty, while he comes."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    until = min(number_of(car.comes()[0][1]) or telling.last, telling.last)
    for year in range(1, months_between(car.delivered_on, story.house.end) // 12 + 1):
        step = 100 * index + year
        expiry = add_months(car.delivered_on, 12 * year).toordinal() - 1
        day = expiry - chance.within(assumed.renewal_days, "renewal day", step)
        if not max(telling.first, number_of(car.since)) <= day < until or not chance.happens(
            assumed.insurance_renewed, "renews", step
        ):
            continue
        amount = telling.money(assumed.insurance_price * (1 - assumed.insurance_falls) ** year, "renewal amount", step)
        next_expiry = day_of(add_months(car.delivered_on, 12 * year + 12).toordinal() - 1)
        story.tell(
            telling.moment(day, "renewal moment", step), "insurance_renewed", f"Z{story.paper}", car.vehicle,
            {"until": next_expiry, "amount": amount},
        )  # fmt: skip
    ends = add_months(car.delivered_on, int(assumed.warranty_months))
    day = ends.toordinal() - chance.within(assumed.extension_days, "extension day", index)
    if max(telling.first, number_of(car.since)) < day < until and chance.happens(
        assumed.warranty_extended, "extends", index
    ):
        amount = telling.money(assumed.insurance_price, "extension amount", index)
        when = telling.moment(day, "extension moment", index)
        story.tell(
            when,
            "warranty_extended",
            f"Z{story.paper}",
            car.vehicle,
            {"until": add_months(ends, int(assumed.extension_months)), "amount": amount},
        )


def contact(story: Story) -> None:
    """He does not want to be contacted in some way, and may think better of it."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    if not chance.happens(assumed.opts_out, "opts out"):
        return
    start = max(story.truth.met_on.toordinal(), telling.first)
    day = start + chance.whole(0, max(telling.last - start, 0), "opts out day")
    facts = {
        "channel": chance.one_of(("call", "sms", "wechat"), "opts out of"),
        "purpose": chance.one_of(("commercial", "commercial", "service"), "opts out for"),
    }
    story.tell(telling.moment(day, "opts out moment"), "opted_out", None, None, facts)
    if chance.happens(assumed.opts_in_again, "opts in"):
        story.tell(
            telling.moment(day + chance.within(assumed.opts_in_days, "opts in day"), "opts in moment"),
            "opted_in",
            None,
            None,
            facts,
        )
