"""The workshop: visits while he comes, their bills, and what follows them (K8, V1, V4a).

In: a :class:`~lifecycle.dealership.story.Story`. Out: events told in it, and the jobs that the rest of the story needs.
Next room: :mod:`lifecycle.dealership.voices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from lifecycle.dates import add_months
from lifecycle.dealership.partings import outreach_number
from lifecycle.dealership.people import Ownership
from lifecycle.dealership.story import DAY, YEAR, Job, Story, day_of, number_of, yuan
from lifecycle.dealership.telling import Moment
from lifecycle.dealership.voices import called, complains
from lifecycle.dealership.walks import STRAIGHT
from lifecycle.machines.visit import FOLLOW_UP, VISIT

__all__ = ["at_home", "comes"]


#: The first wait against the others, so that he comes as often as the mean says from the delivery on: half of
#: 1 + the squared spread of a wait, which is 1/4 (renewal theory: the wait from an arbitrary day).
_FIRST_WAIT: Final = 0.625


class Visit(NamedTuple):
    """A visit about to be told."""

    place: int
    """The number of the car, from 0."""
    car: Ownership
    day: int
    stop: int
    """The first day on which he no longer comes with it."""
    type: str
    outreach: str | None


def comes(story: Story, index: int, car: Ownership) -> tuple[date | None, date | None]:
    """All visits with one car, while he comes (V4a); gives the last visit, and the last charged one, before the records."""
    mean = YEAR / story.assumed.visits_per_year
    last = charged = None
    step = 1000 * index
    for spell, (since, until) in enumerate(car.comes()):
        day = float(since.toordinal())
        stop = min(number_of(until) or story.telling.last + 1, story.telling.last + 1)
        if spell == 0 and car.sold_here:
            day += story.chance.waiting(mean, "visit", step) * _FIRST_WAIT
        place = 0
        while day < stop:
            type_ = purpose_of(story, car, int(day), step, first=place == 0 and spell == 0)
            if day < story.telling.first:
                last = int(day)
                charged = last if type_ in ("maintenance", "repair") else charged
            else:
                outreach = outreach_number(story, index, car) if spell == 1 and place == 0 else None
                visits_once(story, Visit(index, car, int(day), stop, type_, outreach))
            step += 1
            place += 1
            day += max(story.chance.waiting(mean, "visit", step), 1.0)
    return day_of(last), day_of(charged)


def purpose_of(story: Story, car: Ownership, day: int, step: int, *, first: bool) -> str:
    """What a visit is for."""
    type_ = story.chance.weighted(story.assumed.visit_types, "visit type", step)
    if type_ == "warranty" and day > add_months(car.delivered_on, int(story.assumed.warranty_months)).toordinal():
        return "repair"
    if (
        type_ == "maintenance"
        and first
        and car.sold_here
        and story.chance.happens(story.assumed.first_service_free, "first service", step)
    ):
        return "first_service"
    return type_


def bill_for(story: Story, type_: str, step: int) -> dict[str, object]:
    """The money on a bill, by who pays; parts, labour and accessories are of the customer's own share."""
    assumed, money = story.assumed, story.telling.money
    if type_ == "free_help":
        return {}
    if type_ == "warranty":
        return {"maker_paid": money(assumed.repair_bill, "bill", step), "warranty": True}
    if type_ == "first_service":
        return {"charge": 0, "maker_paid": money(assumed.first_service_bill, "bill", step)}
    facts: dict[str, object] = {}
    if type_ == "accident":
        facts["insurer_paid"] = money(assumed.accident_bill, "bill", step)
        if not story.chance.happens(assumed.own_share, "own share", step):
            return facts | {"charge": 0}
        fen = 100 * money(assumed.own_share_bill, "own share bill", step)
    else:
        fen = 100 * money(assumed.maintenance_bill if type_ == "maintenance" else assumed.repair_bill, "bill", step)
    if story.chance.happens(assumed.bills_with_fen, "fen", step):
        fen += story.chance.whole(1, 99, "how many fen", step)
    spread = 1 + assumed.parts_spread * (2 * story.chance.share("parts", step) - 1)
    parts = int(fen * assumed.parts_share * spread) // 100 * 100
    extra = 0
    if type_ == "maintenance" and story.chance.happens(assumed.accessories_sold, "accessories", step):
        extra = 100 * money(assumed.own_share_bill, "accessories bill", step)
        facts["accessories"] = yuan(extra)
    return facts | {
        "charge": yuan(fen + extra),
        "parts": yuan(min(parts, fen)),
        "labour": yuan(fen - min(parts, fen)),
    }


def visits_once(story: Story, visit: Visit) -> None:
    """One visit, from the door to the call afterwards."""
    chance, assumed, tell = story.chance, story.assumed, story.tell
    story.visits += 1
    step = story.visits
    number = f"R{story.paper}-{step:02d}"
    car, day = visit.car, visit.day
    out = day
    if chance.happens(assumed.stays_overnight, "overnight", step) and visit.type != "free_help":
        out = min(day + chance.within(assumed.nights, "nights", step), visit.stop - 1)
    shared: dict[str, object] = {
        "visit": number,
        "mileage": round((day - car.delivered_on.toordinal()) * story.kilometres) + 12,
        "by": story.telling.by("服务顾问", "service advisor", step),
    }
    if visit.type == "free_help":
        shared["plate"] = assumed.free_plate
    bill = bill_for(story, visit.type, step)
    entered = story.telling.moment(day, "entered", step, morning=True)
    left = story.telling.later(entered, 60 * chance.within(assumed.job_minutes, "hours", step))
    if out > day:
        left = story.telling.moment(out, "left", step)
    handover = story.of("vehicle_handed_over", shared, bill, outreach=visit.outreach)
    who = story.twin[0] if story.twin is not None and story.twin[1] == step else None
    if story.full and visit.type != "free_help" and who is None:
        workshop(story, number, entered, left, shared, handover, visit, step)
    else:
        tell(entered, "workshop_entered", number, car.vehicle, shared, customer=who)
        tell(left, "vehicle_handed_over", number, car.vehicle, handover, customer=who)
    if who is not None:
        is_entered_twice(story, day)
    charge = bill.get("charge", 0)
    job = Job(out, left, number, car.vehicle, charge if isinstance(charge, Decimal) else Decimal(0))
    story.jobs.append(job)
    bill_mended(story, job, handover, step)
    if not story.bare:
        after_visit(story, job, step)


def workshop(
    story: Story,
    number: str,
    entered: Moment,
    left: Moment,
    shared: Mapping[str, object],
    handover: Mapping[str, object],
    visit: Visit,
    step: int,
) -> None:
    """A visit with every step on record, often from the booking on."""
    telling, vehicle = story.telling, visit.car.vehicle
    if story.chance.happens(story.assumed.booked, "booked", step):
        booked = telling.moment(
            visit.day - story.chance.within(story.assumed.booked_days, "booked day", step), "booked moment", step
        )
        facts = story.of("visit_booked", shared, until=day_of(visit.day), outreach=visit.outreach)
        telling.tell(booked, "visit_booked", number, vehicle, facts, timed=True)
    telling.tell(entered, "workshop_entered", number, vehicle, shared, timed=True)
    telling.case(
        VISIT,
        number,
        [("visit_quoted",), ("quote_accepted",), ("work_begun",), ("vehicle_handed_over",)],
        telling.later(entered, 600),
        left,
        vehicle=vehicle,
        facts={"": {"by": shared["by"]}},
        state="received",
        avoid=("visit_cancelled",),
        unsaid=("vehicle_handed_over",),
    )
    telling.tell(left, "vehicle_handed_over", number, vehicle, handover, timed=True)
    if story.chance.happens(story.assumed.missed_visits, "missed", step):
        day = visit.day - story.chance.within(story.assumed.missed_days, "missed day", step)
        stops = [("visit_booked",), (story.chance.one_of(("visit_missed", "visit_cancelled"), "missed how", step),)]
        begin = telling.moment(day - 2, "missed booking", step)
        telling.case(
            VISIT,
            f"{number}X",
            stops,
            begin,
            telling.moment(day, "missed moment", step),
            vehicle=vehicle,
            manner=STRAIGHT,
        )


def bill_mended(story: Story, job: Job, handover: Mapping[str, object], step: int) -> None:
    """A bill entered twice and voided, or some of it given back."""
    chance, tell = story.chance, story.tell
    if chance.happens(story.assumed.voided_bill, "entered twice bill", step):
        number = f"{job.visit}X"
        again = tell(
            story.telling.later(job.moment, 300),
            "vehicle_handed_over",
            number,
            job.vehicle,
            {**handover, "visit": number},
        )
        if again is not None:
            tell(story.telling.later(job.moment, 900), "voided", number, None, {"of": again.id, "by": "结算员1"})
    elif job.charge and chance.happens(story.assumed.refunded_bill, "refunded", step):
        share = chance.one_of(story.assumed.refund_parts, "refunded share", step)
        amount = (job.charge / share).quantize(Decimal(1)) if share > 1 else job.charge
        if amount:
            story.given_back.add(job.visit)
            when = story.telling.moment(
                job.day + chance.within(story.assumed.refund_days, "refunded day", step), "refunded moment", step
            )
            if when <= job.moment:
                when = story.telling.later(job.moment, 1200)
            tell(when, "refunded", f"B{job.visit[1:]}", None, {"of": job.visit, "amount": amount})


def is_entered_twice(story: Story, day: int) -> None:
    """The second entry of the same person, and its merging."""
    if story.twin is None:
        return
    other = story.twin[0]
    story.tell(
        day,
        "customer_recorded",
        other,
        None,
        {"city": story.chance.weighted(story.assumed.cities, "city")},
        customer=other,
    )
    merged = min(day + story.chance.within(story.assumed.merged_days, "merged day"), story.telling.last)
    story.tell(merged, "merged", other, None, {"into": story.truth.customer}, customer=other)


def after_visit(story: Story, job: Job, step: int) -> None:
    """The call, the review and, rarely, the complaint that follow a visit."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    if chance.happens(assumed.csi_answers, "CSI", step):
        call = telling.moment(
            job.day + chance.within(assumed.csi_days, "CSI day", step), "CSI moment", step, morning=True
        )
        about: dict[str, object] = {"kind": "CSI", "visit": job.visit}
        called(story, f"F{job.visit[1:]}", call, about, job.vehicle, 100 + step, "after_sales")
    elif chance.happens(assumed.not_reached, "not reached", step):
        begin = telling.moment(job.day + 1, "not reached", step)
        telling.case(
            FOLLOW_UP,
            f"F{job.visit[1:]}",
            [("follow_up_called",), ("follow_up_abandoned",)],
            begin,
            telling.later(begin, 2 * DAY),
            vehicle=job.vehicle,
            facts={"": {"kind": "CSI", "visit": job.visit, "by": telling.by("回访员", "caller", step)}},
            only={"follow_up_called": {"reached": False}},
            avoid=("complaint_raised", "surveyed"),
        )
    if chance.happens(assumed.reviews, "review", step):
        good = chance.happens(assumed.good_review, "good review", step)
        when = telling.later(job.moment, 60 * chance.within(assumed.review_minutes, "review delay", step))
        reason = None if good else chance.weighted(assumed.dissatisfied_reasons, "bad review reason", step)
        story.tell(
            when,
            "review_posted",
            job.visit,
            None,
            {"visit": job.visit, "satisfied": good, "reason": reason, "channel": "wechat"},
        )
        if not good:
            story.unhappy.append(when)
    if chance.happens(assumed.service_complaints, "service complaint", step):
        when = telling.moment(
            job.day + chance.within(assumed.service_complaint_days, "service complaint day", step),
            "service complaint moment",
            step,
        )
        complains(story, when, {"visit": job.visit, "department": "after_sales"}, job.vehicle)


def at_home(story: Story) -> None:
    """A free inspection at the customer's, sometimes two (V1d)."""
    chance, telling = story.chance, story.telling
    if not story.truth.ownerships or not chance.happens(story.assumed.home_inspection, "home inspection"):
        return
    car = story.truth.ownerships[0]
    pause = int(story.assumed.home_inspection_days)
    start = max(number_of(car.since) + pause, telling.first)
    day = start + chance.whole(0, max(telling.last - start, 0), "home inspection day")
    for again in range(chance.whole(1, 2, "home inspections")):
        day += pause * again
        if day > telling.last or not car.held(date.fromordinal(day)):
            break
        number = f"R{story.paper}-H{again + 1}"
        facts = {"visit": number, "by": telling.by("服务顾问", "home inspector", again)}
        when = telling.moment(day, "home inspection moment", again)
        story.tell(when, "inspected_at_customer", number, car.vehicle, facts)
