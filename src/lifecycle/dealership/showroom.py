"""The showroom: a sale from the enquiry to the delivery, and the enquiry that leads to none (K5-K7).

In: a :class:`~lifecycle.dealership.story.Story`. Out: events told in it. Next room: :mod:`lifecycle.dealership.workshop`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lifecycle.dates import add_months
from lifecycle.dealership.club import joins
from lifecycle.dealership.people import Ownership
from lifecycle.dealership.story import YEAR, Story, day_of, number_of
from lifecycle.dealership.telling import Moment
from lifecycle.dealership.voices import called, complains
from lifecycle.dealership.walks import Manner, Told
from lifecycle.machines.sale import SALE

#: After these the customer goes home, and comes back another day.
_GOES_HOME: Final = frozenset(
    {
        "customer_seen_off",
        "follow_up_planned",
        "purchase_talk_begun",
        "test_drive_declined",
        "quotation_explained",
        "contract_signed",
    }
)

__all__ = ["buys", "looks_around"]


def buys(story: Story, index: int, car: Ownership) -> None:
    """From the enquiry to the delivery, and what is agreed with it."""
    chance, assumed, tell, moment = story.chance, story.assumed, story.tell, story.telling.moment
    number = f"S{story.paper}-{index + 1}"
    asked, delivered = number_of(car.enquired_on), number_of(car.delivered_on)
    advisor = story.telling.by("销售顾问", "sales advisor", index)
    shared: dict[str, object] = {
        "sale": number,
        "model": car.model,
        "origin": story.origin(),
        "by": advisor,
        "price": car.price,
    }
    papers = {
        "plate": story.plate(index),
        "warranty_until": add_months(car.delivered_on, int(assumed.warranty_months)),
        "insurance_until": day_of(add_months(car.delivered_on, 12).toordinal() - 1),
    }
    first = moment(asked, "enquired", index, morning=True)
    handover = moment(delivered, "delivery", index)
    old = next(
        (one for one in story.truth.ownerships if one.end == "traded_in" and one.ends_on == car.delivered_on), None
    )
    if old is not None:
        if chance.happens(assumed.replacement_noticed, "replacement due", index):
            due = asked - chance.within(assumed.replacement_days, "replacement due day", index)
            tell(max(due, story.telling.first), "replacement_due", None, old.vehicle)
        tell(first, "trade_in_asked", number, old.vehicle, {"sale": number})
    if story.full:
        showroom(story, number, first, handover, car, shared, papers)
    else:
        steps = list(assumed.milestones)
        if chance.happens(assumed.changes_mind, "changes mind", index):
            # after the last milestone before the contract, on its day
            steps.insert(-1, (chance.one_of(("need_changed", "model_changed"), "changes what", index), steps[-2][1]))
        now = first
        for place, (kind, share) in enumerate(steps):
            day = asked + int((delivered - asked) * share)
            now = max(now, moment(day, kind, index, morning=True)) if day > now[0] else story.telling.later(now, 600)
            facts = story.of(kind, shared)
            if "model" in facts and any(step == "model_changed" for step, _ in steps[place + 1 :]):
                facts["model"] = other_model(story, car.model, number)
            tell(now, kind, number, car.vehicle if kind == "contract_signed" else None, facts)
        handover = max(handover, story.telling.later(now, 600))
        tell(handover, "vehicle_delivered", number, car.vehicle, story.of("vehicle_delivered", shared, papers))
    if old is not None:
        years = (delivered - number_of(old.delivered_on)) / YEAR
        worth = round(old.price * (1 - assumed.loses_value) ** years, -2)
        tell(handover, "trade_in_done", number, old.vehicle, {"sale": number, "amount": worth})
    after_delivery(story, index, car, number, handover)


def showroom(
    story: Story,
    number: str,
    first: Moment,
    handover: Moment,
    car: Ownership,
    shared: Mapping[str, object],
    papers: Mapping[str, object],
) -> None:
    """A sale with every step on record."""
    first_wish = other_model(story, car.model, number)
    story.telling.case(
        SALE,
        number,
        route_of(story, number),
        first,
        handover,
        manner=in_the_showroom(story),
        vehicle=car.vehicle,
        facts={"": shared, "vehicle_delivered": papers},
        avoid=("sale_lost", "replacement_declined", "trade_in_asked", "trade_in_done"),
        breaks=_GOES_HOME,
        each=lambda steps, place: {"model": first_wish} if _changes_after(steps, place) else {},
    )


def other_model(story: Story, model: str, number: str) -> str:
    """A model that he wanted before he changed his mind."""
    others = [name for name, _, _ in story.assumed.models if name != model]
    return story.chance.apart(number).one_of(others, "first wish") if others else model


def _changes_after(steps: Sequence[Told], place: int) -> bool:
    """Whether another model is chosen later on."""
    return any(step.kind == "model_changed" for step in steps[place + 1 :])


def in_the_showroom(story: Story) -> Manner:
    """Every box of the charts, none skipped; minds are changed less often than steps taken twice."""
    return Manner(story.assumed.detours, dict(story.assumed.seldom_in_the_showroom), frozenset({"K1", "R1"}))


def route_of(story: Story, number: str) -> list[tuple[str, ...]]:
    """What this sale does not leave out, of all that is on record."""
    chance, assumed = story.chance.apart(number), story.assumed
    stops: list[tuple[str, ...]] = [
        ("enquired",),
        ("need_agreed",),
        ("recommendation_accepted",),
        ("walk_around_given",),
    ]
    if chance.happens(assumed.objections, "objection"):
        stops.append(("objection_raised",))
        if chance.happens(assumed.thinks_it_over, "thinks it over"):
            stops += [
                ("objection_remained",),
                ("contact_kept",),
                ("customer_seen_off",),
                ("sale_resumed",),
                ("objection_raised",),
            ]
        stops.append(("objection_settled",))
    stops.append(("model_accepted",))
    if chance.happens(assumed.test_drives, "test drive"):
        stops += [("test_drive_booked",)] if chance.happens(assumed.drives_later, "drives later") else []
        stops += [("test_drive_begun",), ("purchase_talk_begun",)]
    else:
        stops.append(("test_drive_declined",))
    stops.append(("intention_shown",))
    if chance.happens(assumed.quotations, "quotation"):
        stops.append(("quotation_explained",))
        if chance.happens(assumed.final_quotations, "final quotation"):
            stops += [("quotation_declined",), ("final_quotation_made",)]
            if chance.happens(assumed.thinks_it_over, "thinks again"):
                stops += [("final_quotation_declined",), ("sale_resumed",)]
        stops.append(("quotation_accepted", "final_quotation_accepted"))
    return [*stops, ("deal_closed",), ("contract_signed",), ("payment_received",), ("vehicle_delivered",)]


def looks_around(story: Story) -> None:
    """An enquiry that leads to no purchase: of somebody who does not buy, or of an owner."""
    chance, assumed, tell, telling = story.chance, story.assumed, story.tell, story.telling
    truth = story.truth
    owner = truth.type != "prospect"
    first = telling.first
    day = truth.met_on.toordinal()
    car: Ownership | None = None
    if owner:
        if not chance.happens(assumed.owner_looks, "looks"):
            return
        car = truth.ownerships[0]
        day = max(car.since.toordinal() + chance.within(assumed.looks_days, "looks day"), first)
        until = min(number_of(car.comes()[0][1]) or telling.last, telling.last)
        if day > until:
            return
    number = f"S{story.paper}-9"
    model = chance.one_of(assumed.models, "looks model")[0]
    advisor = telling.by("销售顾问", "looks advisor")
    asked = telling.moment(day, "looks moment", morning=True)
    end = telling.moment(day + 1 + round(chance.waiting(assumed.lead_days, "looks days")), "looks end")
    how = chance.weighted(assumed.walk_outs, "walk-out")
    channel = chance.weighted(assumed.channels, "looks channel")
    shared: dict[str, object] = {
        "sale": number,
        "model": model,
        "by": advisor,
        "origin": story.origin(),
        "channel": channel,
    }
    reason = chance.weighted(assumed.lost_sale_reasons, "lost sale reason")
    if car is not None:
        how = "declined" if how == "open" else how
        if chance.happens(assumed.replacement_noticed, "looks due"):
            tell(
                max(day - chance.within(assumed.replacement_days, "looks due day"), first),
                "replacement_due",
                None,
                car.vehicle,
            )
    last = {
        "lost": "sale_lost",
        "ruled_out": "sale_lost",
        "declined": "replacement_declined",
        "open": "follow_up_planned",
    }[how]
    if story.full:
        route = route_of(story, number)
        reach = chance.whole(2, len(route) - 4, "looks reach")
        telling.case(
            SALE,
            number,
            [*route[:reach], (last,)],
            asked,
            end,
            manner=in_the_showroom(story),
            facts={"": story.of("enquired", shared), last: {"reason": reason}},
            avoid={"sale_lost", "replacement_declined", "trade_in_asked", "trade_in_done"} - {last},
            breaks=_GOES_HOME,
        )
    else:
        tell(asked, "enquired", number, None, story.of("enquired", shared))
        if chance.happens(assumed.looks_agree, "looks agrees"):
            tell(telling.later(asked, 1800), "need_agreed", number, None, story.of("need_agreed", shared))
            if chance.happens(assumed.looks_accept, "looks accepts"):
                tell(telling.later(asked, 5400), "model_accepted", number, None, story.of("model_accepted", shared))
        if last != "follow_up_planned":
            tell(end, last, number, None, story.of(last, shared, reason=reason))
    if how == "ruled_out":
        tell(telling.later(end, 3600), "purchase_ruled_out", None, None, {"reason": reason})


def after_delivery(story: Story, index: int, car: Ownership, number: str, handover: Moment) -> None:
    """Card, products, the interview's call and, rarely, a complaint."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    if index == 0:
        joins(story, handover)
    if chance.happens(assumed.product_with_car, "product", index):
        product = chance.weighted(assumed.products, "which product", index)
        amount = telling.money(assumed.insurance_price / 2, "product amount", index)
        story.tell(handover, "product_taken", f"Z{story.paper}", car.vehicle, {"product": product, "amount": amount})
    if chance.happens(assumed.ssi_answers, "SSI", index):
        call = telling.moment(handover[0] + int(assumed.ssi_days), "SSI moment", index, morning=True)
        about: dict[str, object] = {"kind": "SSI", "sale": number}
        called(story, f"F{story.paper}-S{index + 1}", call, about, car.vehicle, index, "sales")
    if chance.happens(assumed.sales_complaints, "sales complaint", index):
        when = telling.moment(
            handover[0] + chance.within(assumed.sales_complaint_days, "sales complaint day", index),
            "sales complaint moment",
            index,
        )
        complains(story, when, {"sale": number, "department": "sales"}, car.vehicle)
