"""What the records show: the events of one customer's life, told from his latent facts.

In: a :class:`~lifecycle.dealership.people.House` and a customer's number. Out: his events, in canonical order, and
those of his second entry where he was entered twice; :func:`desk` tells what the department itself does. Each case
(sale, visit, complaint …) is a walk over its machine. Next room: :mod:`lifecycle.dealership.tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from lifecycle.dates import add_months, months_between
from lifecycle.dealership.people import House, Ownership, Truth, customer_id
from lifecycle.dealership.telling import Moment, Telling, sorted_events
from lifecycle.dealership.walks import Manner
from lifecycle.events import Event
from lifecycle.kinds import KINDS
from lifecycle.machines.complaint import COMPLAINT
from lifecycle.machines.desk import CALL_ETIQUETTE, DEPARTMENT_CYCLE, TRAINING
from lifecycle.machines.membership import CREDIT_CARD, DIAMOND, LIFETIME_VIP, MEMBERSHIP
from lifecycle.machines.outreach import OFFERS, OUTREACH
from lifecycle.machines.referral import REFERRAL
from lifecycle.machines.sale import SALE
from lifecycle.machines.visit import FOLLOW_UP, VISIT

__all__ = ["DESK", "desk", "life"]

#: The pseudo-customer of what concerns no customer: the department's cycle, its trainings, calls before a name is known.
DESK: Final = "desk"

_YEAR: Final = 365.25
STRAIGHT: Final = Manner(0.0)
"""A case without detours."""
_HOUR: Final = 3600
_DAY: Final = 9 * _HOUR  # an open day; only lengths of time rest on it, not the hours of the house


class _Job(NamedTuple):
    """A job handed over, as far as the rest of the story needs it."""

    day: int
    moment: Moment
    visit: str
    """The number of the work order, which is the handover's id."""
    vehicle: str
    charge: Decimal


class _Visit(NamedTuple):
    """A visit about to be told."""

    index: int
    """The number of the car, from 0."""
    car: Ownership
    day: int
    stop: int
    """The first day on which he no longer comes with it."""
    type: str
    outreach: str | None


def life(house: House, number: int) -> tuple[Event, ...]:
    """All events of the customer of this number, from 1, in canonical order; never empty."""
    return _Story(house, house.truth(number)).told()


class _Story:
    """One customer's story, told part by part; each part draws for itself, so that none disturbs another."""

    def __init__(self, house: House, truth: Truth) -> None:
        chance = house.chance(truth.number)
        assumed = house.assumptions
        self.truth = truth
        self.house = house
        self.chance = chance
        self.assumed = assumed
        self.bare = truth.records == "bills"
        self.full = truth.records == "full"
        self.clocked = self.full or chance.happens(assumed.clocked, "clocked")
        self.telling = Telling(house, truth.number, truth.customer, clocked=self.clocked)
        self.tell = self.telling.tell
        self.paper = f"{truth.number:06d}"
        self.jobs: list[_Job] = []
        self.visits = 0
        self.complaints = 0
        self.unhappy: list[Moment] = []
        self.twin: tuple[str, int] | None = None
        self.member_since: Moment | None = None
        self.given_back: set[str] = set()
        self.given: tuple[Moment, int] | None = None
        self.kilometres = assumed.kilometres * chance.around(1, 0.3, "kilometres") / _YEAR

    # -- the whole ----------------------------------------------------------------------------------------------------

    def told(self) -> tuple[Event, ...]:
        """Everything, in canonical order."""
        truth, telling = self.truth, self.telling
        if self.chance.happens(self.assumed.entered_twice, "entered twice"):
            self.twin = f"{truth.customer}B", self.chance.whole(1, 4, "entered twice visit")
        for index, car in enumerate(truth.ownerships):
            here = bool(car.enquired_on) and not self.bare
            if here:
                self.sale(index, car)
            before = self.comes(index, car)
            if self.bare:
                continue
            if not here:
                self.records_begin(index, car, before)
            self.papers(index, car)
            self.stays_away(index, car)
            self.gives_up(index, car)
        if not self.bare:
            self.is_recorded()
            self.looks_around()
            self.refers()
            self.club()
            self.spends()
            self.speaks()
            self.contact()
            self.at_home()
            self.moves()
        if not telling.events:  # nobody who is asked for is left out
            self.is_recorded()
        return sorted_events(telling.events)

    def is_recorded(self) -> None:
        """The customer's own record."""
        chance, truth = self.chance, self.truth
        day = max(truth.met_on.toordinal(), self.telling.first)
        if truth.referred_on is None or self.bare:
            origin = chance.weighted(self.assumed.origins, "origin")
        else:
            origin = "转介绍"
        birthday = date.fromordinal(day - round(_YEAR * 23) - chance.whole(0, round(_YEAR * 36), "birthday"))
        self.tell(
            day,
            "customer_recorded",
            facts={
                "birthday": None if chance.happens(0.2, "no birthday") else birthday,
                "sex": chance.one_of(("男", "女"), "sex"),
                "city": chance.weighted(self.assumed.cities, "city"),
                "origin": origin,
            },
        )

    # -- the sale -----------------------------------------------------------------------------------------------------

    def sale(self, index: int, car: Ownership) -> None:
        """From the enquiry to the delivery, and what is agreed with it."""
        chance, assumed, tell, moment = self.chance, self.assumed, self.tell, self.telling.moment
        number = f"S{self.paper}-{index + 1}"
        asked, delivered = _ordinal(car.enquired_on), _ordinal(car.delivered_on)
        advisor = self.telling.by("销售顾问", "sales advisor", index)
        shared: dict[str, object] = {
            "sale": number,
            "model": car.model,
            "origin": self.origin(),
            "by": advisor,
            "price": car.price,
        }
        papers = {
            "plate": self.plate(index),
            "warranty_until": add_months(car.delivered_on, int(assumed.warranty_months)),
            "insurance_until": _date(add_months(car.delivered_on, 12).toordinal() - 1),
        }
        first = moment(asked, "enquired", index, morning=True)
        handover = moment(delivered, "delivery", index)
        old = next(
            (one for one in self.truth.ownerships if one.end == "traded_in" and one.ends_on == car.delivered_on), None
        )
        if old is not None:
            if chance.happens(0.5, "replacement due", index):
                due = asked - chance.whole(5, 60, "replacement due day", index)
                tell(max(due, self.telling.first), "replacement_due", None, old.vehicle)
            tell(first, "trade_in_asked", number, old.vehicle, {"sale": number})
        if self.full:
            self.showroom(number, first, handover, car, shared, papers)
        else:
            steps = [("enquired", 0.0), ("need_agreed", 0.1), ("model_accepted", 0.3), ("contract_signed", 0.6)]
            if chance.happens(assumed.changes_mind, "changes mind", index):
                steps.insert(3, (chance.one_of(("need_changed", "model_changed"), "changes what", index), 0.4))
            now = first
            for kind, share in steps:
                day = asked + int((delivered - asked) * share)
                now = max(now, moment(day, kind, index, morning=True)) if day > now[0] else self.telling.later(now, 600)
                tell(now, kind, number, car.vehicle if kind == "contract_signed" else None, self.of(kind, shared))
            handover = max(handover, self.telling.later(now, 600))
            tell(handover, "vehicle_delivered", number, car.vehicle, self.of("vehicle_delivered", shared, papers))
        if old is not None:
            years = (delivered - _ordinal(old.delivered_on)) / _YEAR
            worth = round(old.price * (1 - assumed.loses_value) ** years, -2)
            tell(handover, "trade_in_done", number, old.vehicle, {"sale": number, "amount": worth})
        self.after_delivery(index, car, number, handover)

    def showroom(
        self,
        number: str,
        first: Moment,
        handover: Moment,
        car: Ownership,
        shared: Mapping[str, object],
        papers: Mapping[str, object],
    ) -> None:
        """A sale with every step on record."""
        self.telling.case(
            SALE,
            number,
            self.route(number),
            first,
            handover,
            manner=self.in_the_showroom,
            vehicle=car.vehicle,
            facts={
                "": self.of("vehicle_delivered", shared),
                "enquired": self.of("enquired", shared),
                "vehicle_delivered": papers,
            },
            avoid=("sale_lost", "replacement_declined", "trade_in_asked", "trade_in_done"),
        )

    @property
    def in_the_showroom(self) -> Manner:
        """Every box of the charts, none skipped; minds are changed less often than steps taken twice."""
        return Manner(self.assumed.detours, self.assumed.seldom_in_the_showroom, frozenset({"K1", "R1"}))

    def route(self, number: str) -> list[tuple[str, ...]]:
        """What this sale does not leave out, of all that is on record."""
        chance, assumed = self.chance.apart(number), self.assumed
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

    def looks_around(self) -> None:
        """An enquiry that leads to no purchase: of somebody who does not buy, or of an owner."""
        chance, assumed, tell, telling = self.chance, self.assumed, self.tell, self.telling
        truth = self.truth
        owner = truth.type != "prospect"
        first = telling.first
        day = truth.met_on.toordinal()
        car: Ownership | None = None
        if owner:
            if not chance.happens(assumed.owner_looks, "looks"):
                return
            car = truth.ownerships[0]
            day = max(car.since.toordinal() + chance.whole(400, 2600, "looks day"), first)
            until = min(stop for stop in (_ordinal(car.comes()[0][1]) or telling.last, telling.last))
            if day > until:
                return
        number = f"S{self.paper}-9"
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
            "origin": self.origin(),
            "channel": channel,
        }
        reason = chance.weighted(assumed.lost_sale_reasons, "lost sale reason")
        if car is not None:
            how = "declined" if how == "open" else how
            if chance.happens(0.5, "looks due"):
                tell(max(day - chance.whole(5, 60, "looks due day"), first), "replacement_due", None, car.vehicle)
        last = {
            "lost": "sale_lost",
            "ruled_out": "sale_lost",
            "declined": "replacement_declined",
            "open": "follow_up_planned",
        }[how]
        if self.full:
            route = self.route(number)
            reach = chance.whole(2, len(route) - 4, "looks reach")
            telling.case(
                SALE,
                number,
                [*route[:reach], (last,)],
                asked,
                end,
                manner=self.in_the_showroom,
                facts={"": self.of("enquired", shared), last: {"reason": reason}},
                avoid={"sale_lost", "replacement_declined", "trade_in_asked", "trade_in_done"} - {last},
            )
        else:
            tell(asked, "enquired", number, None, self.of("enquired", shared))
            if chance.happens(0.7, "looks agrees"):
                tell(telling.later(asked, 1800), "need_agreed", number, None, self.of("need_agreed", shared))
                if chance.happens(0.5, "looks accepts"):
                    tell(telling.later(asked, 5400), "model_accepted", number, None, self.of("model_accepted", shared))
            if last != "follow_up_planned":
                tell(end, last, number, None, self.of(last, shared, reason=reason))
        if how == "ruled_out":
            tell(telling.later(end, 3600), "purchase_ruled_out", None, None, {"reason": reason})

    def after_delivery(self, index: int, car: Ownership, number: str, handover: Moment) -> None:
        """Card, products, the interview's call and, rarely, a complaint."""
        chance, assumed, telling = self.chance, self.assumed, self.telling
        if index == 0:
            self.joins(handover)
        if chance.happens(assumed.product_with_car, "product", index):
            product = chance.weighted(assumed.products, "which product", index)
            amount = telling.money(assumed.insurance_price / 2, "product amount", index)
            self.tell(handover, "product_taken", f"Z{self.paper}", car.vehicle, {"product": product, "amount": amount})
        if chance.happens(assumed.ssi_answers, "SSI", index):
            # due on the third day (W13's reading)
            call = telling.moment(handover[0] + 3, "SSI moment", index, morning=True)
            self.called(
                f"F{self.paper}-S{index + 1}", call, {"kind": "SSI", "sale": number}, car.vehicle, index, "sales"
            )
        if chance.happens(assumed.sales_complaints, "sales complaint", index):
            when = telling.moment(
                handover[0] + chance.whole(1, 20, "sales complaint day", index), "sales complaint moment", index
            )
            self.complains(when, {"sale": number, "department": "sales"}, car.vehicle)

    def of(self, kind: str, *facts: Mapping[str, object], **more: object) -> dict[str, object]:
        """Those of the facts that a kind has."""
        known = KINDS[kind].facts
        return {name: value for one in (*facts, more) for name, value in one.items() if name in known}

    def origin(self) -> str:
        """How he came to the house."""
        if self.truth.referred_on is not None:
            return "转介绍"
        return self.chance.weighted(self.assumed.origins, "origin")

    def plate(self, index: int) -> str:
        """The plate of his car."""
        return f"苏A{self.chance.bits('plate', index) % 0xFFFFF:05X}"

    # -- the workshop -------------------------------------------------------------------------------------------------

    def comes(self, index: int, car: Ownership) -> tuple[date | None, date | None]:
        """All visits with one car, while he comes (V4a); gives the last visit, and the last charged one, before the records."""
        mean = _YEAR / self.assumed.visits_per_year
        last = charged = None
        step = 1000 * index
        for spell, (since, until) in enumerate(car.comes()):
            day = float(since.toordinal())
            stop = min(_ordinal(until) or self.telling.last + 1, self.telling.last + 1)
            if spell == 0 and car.sold_here:
                # the first wait is shorter, so that from the delivery on he comes as often as the mean says
                day += self.chance.waiting(mean, "visit", step) * 0.625
            place = 0
            while day < stop:
                type_ = self.purpose(car, int(day), step, first=place == 0 and spell == 0)
                if day < self.telling.first:
                    last = int(day)
                    charged = last if type_ in ("maintenance", "repair") else charged
                else:
                    outreach = self.outreach_number(index, car) if spell == 1 and place == 0 else None
                    self.visit(_Visit(index, car, int(day), stop, type_, outreach))
                step += 1
                place += 1
                day += max(self.chance.waiting(mean, "visit", step), 1.0)
        return _date(last), _date(charged)

    def purpose(self, car: Ownership, day: int, step: int, *, first: bool) -> str:
        """What a visit is for."""
        type_ = self.chance.weighted(self.assumed.visit_types, "visit type", step)
        if type_ == "warranty" and day > add_months(car.delivered_on, int(self.assumed.warranty_months)).toordinal():
            return "repair"
        if (
            type_ == "maintenance"
            and first
            and car.sold_here
            and self.chance.happens(self.assumed.first_service_free, "first service", step)
        ):
            return "first_service"
        return type_

    def bill(self, type_: str, step: int) -> dict[str, object]:
        """The money on a bill, by who pays; parts, labour and accessories are of the customer's own share."""
        assumed, money = self.assumed, self.telling.money
        if type_ == "free_help":
            return {}
        if type_ == "warranty":
            return {"maker_paid": money(assumed.repair_bill, "bill", step), "warranty": True}
        if type_ == "first_service":
            return {"charge": 0, "maker_paid": money(assumed.maintenance_bill / 2, "bill", step)}
        facts: dict[str, object] = {}
        if type_ == "accident":
            facts["insurer_paid"] = money(assumed.accident_bill, "bill", step)
            if not self.chance.happens(assumed.own_share, "own share", step):
                return facts | {"charge": 0}
            fen = 100 * money(assumed.own_share_bill, "own share bill", step)
        else:
            fen = 100 * money(assumed.maintenance_bill if type_ == "maintenance" else assumed.repair_bill, "bill", step)
        odd = self.chance.bits("fen", step)
        if odd % 8 == 0:  # most bills are of whole yuan, not all
            fen += (odd >> 8) % 100
        parts = int(fen * self.assumed.parts_share * (0.7 + 0.6 * self.chance.share("parts", step))) // 100 * 100
        extra = 0
        if type_ == "maintenance" and self.chance.happens(assumed.accessories_sold, "accessories", step):
            extra = 100 * money(assumed.own_share_bill, "accessories bill", step)
            facts["accessories"] = _yuan(extra)
        return facts | {
            "charge": _yuan(fen + extra),
            "parts": _yuan(min(parts, fen)),
            "labour": _yuan(fen - min(parts, fen)),
        }

    def visit(self, visit: _Visit) -> None:
        """One visit, from the door to the call afterwards."""
        chance, assumed, tell = self.chance, self.assumed, self.tell
        self.visits += 1
        step = self.visits
        number = f"R{self.paper}-{step:02d}"
        car, day = visit.car, visit.day
        out = day
        if chance.happens(assumed.stays_overnight, "overnight", step) and visit.type != "free_help":
            out = min(day + chance.whole(1, 4, "nights", step), visit.stop - 1)
        shared: dict[str, object] = {
            "visit": number,
            "mileage": round((day - car.delivered_on.toordinal()) * self.kilometres) + 12,
            "by": self.telling.by("服务顾问", "service advisor", step),
        }
        if visit.type == "free_help":
            shared["plate"] = assumed.free_plate
        bill = self.bill(visit.type, step)
        entered = self.telling.moment(day, "entered", step, morning=True)
        left = self.telling.later(entered, 60 * chance.whole(25, 180, "hours", step))
        if out > day:
            left = self.telling.moment(out, "left", step)
        handover = self.of("vehicle_handed_over", shared, bill, outreach=visit.outreach)
        who = self.twin[0] if self.twin is not None and self.twin[1] == step else None
        if self.full and visit.type != "free_help" and who is None:
            self.workshop(number, entered, left, shared, handover, visit, step)
        else:
            tell(entered, "workshop_entered", number, car.vehicle, shared, customer=who)
            tell(left, "vehicle_handed_over", number, car.vehicle, handover, customer=who)
        if who is not None:
            self.is_entered_twice(day)
        charge = bill.get("charge", 0)
        job = _Job(out, left, number, car.vehicle, charge if isinstance(charge, Decimal) else Decimal(0))
        self.jobs.append(job)
        self.bill_mended(job, shared, handover, step)
        if not self.bare:
            self.after_visit(job, step)

    def workshop(
        self,
        number: str,
        entered: Moment,
        left: Moment,
        shared: Mapping[str, object],
        handover: Mapping[str, object],
        visit: _Visit,
        step: int,
    ) -> None:
        """A visit with every step on record, often from the booking on."""
        telling, vehicle = self.telling, visit.car.vehicle
        if self.chance.happens(0.6, "booked", step):
            booked = telling.moment(visit.day - self.chance.whole(1, 5, "booked day", step), "booked moment", step)
            facts = self.of("visit_booked", shared, until=_date(visit.day), outreach=visit.outreach)
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
        if self.chance.happens(self.assumed.missed_visits, "missed", step):
            day = visit.day - self.chance.whole(6, 12, "missed day", step)
            stops = [("visit_booked",), (self.chance.one_of(("visit_missed", "visit_cancelled"), "missed how", step),)]
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

    def bill_mended(self, job: _Job, shared: Mapping[str, object], handover: Mapping[str, object], step: int) -> None:
        """A bill entered twice and voided, or some of it given back."""
        chance, tell = self.chance, self.tell
        if chance.happens(self.assumed.voided_bill, "entered twice bill", step):
            number = f"{job.visit}X"
            again = tell(
                self.telling.later(job.moment, 300),
                "vehicle_handed_over",
                number,
                job.vehicle,
                {**handover, "visit": number},
            )
            if again is not None:
                tell(self.telling.later(job.moment, 900), "voided", number, None, {"of": again.id, "by": "结算员1"})
        elif job.charge and chance.happens(self.assumed.refunded_bill, "refunded", step):
            share = chance.one_of((1, 1, 2, 4), "refunded share", step)
            amount = (job.charge / share).quantize(Decimal(1)) if share > 1 else job.charge
            if amount:
                self.given_back.add(job.visit)
                when = self.telling.moment(job.day + chance.whole(0, 9, "refunded day", step), "refunded moment", step)
                if when <= job.moment:
                    when = self.telling.later(job.moment, 1200)
                tell(when, "refunded", f"B{job.visit[1:]}", None, {"of": job.visit, "amount": amount})

    def is_entered_twice(self, day: int) -> None:
        """The second entry of the same person, and its merging."""
        if self.twin is None:
            return
        other = self.twin[0]
        self.tell(
            day,
            "customer_recorded",
            other,
            None,
            {"city": self.chance.weighted(self.assumed.cities, "city")},
            customer=other,
        )
        merged = min(day + self.chance.whole(20, 200, "merged day"), self.telling.last)
        self.tell(merged, "merged", other, None, {"into": self.truth.customer}, customer=other)

    def after_visit(self, job: _Job, step: int) -> None:
        """The call, the review and, rarely, the complaint that follow a visit."""
        chance, assumed, telling = self.chance, self.assumed, self.telling
        if chance.happens(assumed.csi_answers, "CSI", step):
            call = telling.moment(job.day + chance.whole(1, 3, "CSI day", step), "CSI moment", step, morning=True)
            self.called(
                f"F{job.visit[1:]}", call, {"kind": "CSI", "visit": job.visit}, job.vehicle, 100 + step, "after_sales"
            )
        elif chance.happens(assumed.not_reached, "not reached", step):
            begin = telling.moment(job.day + 1, "not reached", step)
            telling.case(
                FOLLOW_UP,
                f"F{job.visit[1:]}",
                [("follow_up_called",), ("follow_up_abandoned",)],
                begin,
                telling.later(begin, 2 * _DAY),
                vehicle=job.vehicle,
                facts={"": {"kind": "CSI", "visit": job.visit, "by": telling.by("回访员", "caller", step)}},
                only={"follow_up_called": {"reached": False}},
                avoid=("complaint_raised", "surveyed"),
            )
        if chance.happens(assumed.reviews, "review", step):
            good = chance.happens(assumed.good_review, "good review", step)
            when = telling.later(job.moment, 60 * chance.whole(30, 2000, "review delay", step))
            reason = None if good else chance.weighted(assumed.dissatisfied_reasons, "bad review reason", step)
            self.tell(
                when,
                "review_posted",
                job.visit,
                None,
                {"visit": job.visit, "satisfied": good, "reason": reason, "channel": "wechat"},
            )
            if not good:
                self.unhappy.append(when)
        if chance.happens(assumed.service_complaints, "service complaint", step):
            when = telling.moment(
                job.day + chance.whole(1, 10, "service complaint day", step), "service complaint moment", step
            )
            self.complains(when, {"visit": job.visit, "department": "after_sales"}, job.vehicle)

    # -- what they say ------------------------------------------------------------------------------------------------

    def called(
        self, key: str, call: Moment, facts: dict[str, object], vehicle: str, step: int, department: str
    ) -> None:
        """A follow-up call that is answered; a grievance becomes a complaint, after which he is called again (W15, R6)."""
        chance, assumed, telling = self.chance, self.assumed, self.telling
        if call[0] > telling.last:
            return
        listed = chance.happens(assumed.follow_ups_listed, "follow-up listed", step)
        shared = {**facts, "by": telling.by("回访员", "caller", step), "channel": "call"}
        satisfied = chance.happens(assumed.satisfied, "satisfied", step)
        reason = None if satisfied else chance.weighted(assumed.dissatisfied_reasons, "dissatisfied reason", step)
        score = chance.whole(85, 100, "score", step) if satisfied else chance.whole(30, 75, "score", step)
        answer: dict[str, object] = {
            **shared,
            "follow_up": key,
            "satisfied": satisfied,
            "score": score,
            "reason": reason,
        }
        machine = FOLLOW_UP
        if listed:
            begin = telling.later(call, -_DAY)
            telling.case(
                machine, key, [("follow_up_listed",), ("follow_up_called",), ("surveyed",)], begin, call, vehicle=vehicle,
                facts={"": shared}, avoid=("complaint_raised",), unsaid=("surveyed",),
            )  # fmt: skip
        telling.tell(call, "surveyed", key, vehicle, answer, timed=listed or self.clocked)
        if satisfied:
            return
        self.unhappy.append(call)
        if not chance.happens(assumed.dissatisfied_complain, "dissatisfied complain", step):
            return
        about = {name: facts[name] for name in ("visit", "sale") if name in facts}
        about |= {"follow_up": key, "channel": "callback", "department": department, "reason": reason}
        closed = self.complains(telling.later(call, 300), about, vehicle)
        if listed and closed is not None:
            when, good = closed
            again = telling.later(when, _DAY * 2)
            telling.case(
                machine, key, [("follow_up_called",), ("surveyed",)], telling.later(when, _DAY), again, vehicle=vehicle,
                facts={"": shared, "surveyed": {"satisfied": good}}, avoid=("complaint_raised",), state="complaint_opened",
            )  # fmt: skip

    def complains(
        self, when: Moment, about: Mapping[str, object], vehicle: str | None, *, second: bool = False
    ) -> tuple[Moment, bool] | None:
        """One complaint from raising to closing, and sometimes another one while it is open; gives when and how it was closed."""
        chance, assumed, telling = self.chance, self.assumed, self.telling
        if when[0] > telling.last:
            return None
        self.complaints += 1
        step = self.complaints
        key = f"K{self.paper}-{step}"
        in_time = chance.happens(assumed.closed_in_time, "closed in time", step)
        hours = chance.whole(2, 8, "hours open", step) if in_time else 9 * chance.whole(2, 12, "days open", step)
        end = telling.later(when, hours * _HOUR)
        satisfied = chance.happens(assumed.closed_satisfied, "closed satisfied", step)
        channel = chance.one_of(
            ("in_house", "call", "maker_line", "house_line", "email", "sms"), "complaint channel", step
        )
        raised = {
            "channel": channel,
            "reason": chance.weighted(assumed.dissatisfied_reasons, "complaint reason", step),
            **about,
        }
        major = chance.happens(assumed.major_complaint, "major", step)
        if self.full or chance.happens(assumed.complaint_steps, "complaint steps", step):
            stops = [
                ("complaint_raised",), ("complaint_assigned",), ("complaint_contacted",),
                ("complaint_answered", "complaint_answered_by_senior"), ("complaint_resolved",), ("complaint_closed",),
            ]  # fmt: skip
            if chance.happens(assumed.complaint_followed_up, "complaint followed up", step):
                stops.insert(5, ("complaint_followed_up",))
            if chance.happens(assumed.reopened, "reopened", step):
                stops += [("complaint_reopened",), ("complaint_resolved",), ("complaint_closed",)]
                end = telling.later(end, _DAY)
            about_staff = telling.by(
                "服务顾问" if about.get("department") == "after_sales" else "销售顾问", "against", step
            )
            manager = "售后经理" if about.get("department") == "after_sales" else "展厅经理"
            telling.case(
                COMPLAINT, key, stops, when, end, vehicle=vehicle,
                facts={"complaint_raised": {**raised, "against": about_staff}, "complaint_assigned": {"assignee": manager}},
                only={"complaint_raised": {"major": major}, "complaint_closed": {"satisfied": satisfied}},
            )  # fmt: skip
        else:
            telling.tell(
                when, "complaint_raised", key, vehicle, {**raised, "complaint": key, "major": major}, timed=True
            )
            telling.tell(end, "complaint_closed", key, None, {"complaint": key, "satisfied": satisfied}, timed=True)
        self.unhappy.append(when)
        if not second and chance.happens(assumed.second_complaint, "second complaint", step):
            middle = telling.later(when, hours * _HOUR // 2)
            self.complains(
                middle,
                {name: value for name, value in about.items() if name in ("visit", "sale", "department")},
                vehicle,
                second=True,
            )
        if chance.happens(assumed.third_party, "third party", step):
            went = telling.moment(end[0] + chance.whole(3, 30, "third party day", step), "third party moment", step)
            telling.tell(went, "third_party_complained", key, None, {"complaint": key})
        return end, satisfied

    def speaks(self) -> None:
        """What some of the dissatisfied do: vow never to buy here again, speak ill of the house."""
        chance, assumed, telling = self.chance, self.assumed, self.telling
        for step, when in enumerate(self.unhappy):
            later = telling.moment(when[0] + chance.whole(2, 40, "speaks day", step), "speaks moment", step)
            if chance.happens(assumed.rules_out, "rules out", step):
                self.tell(
                    later,
                    "purchase_ruled_out",
                    None,
                    None,
                    {"reason": chance.weighted(assumed.dissatisfied_reasons, "rules out why", step)},
                )
            if chance.happens(assumed.bad_word, "bad word", step):
                self.tell(
                    telling.later(later, _DAY),
                    "bad_word_reported",
                    None,
                    None,
                    {"channel": chance.one_of(("wechat", "call"), "bad word channel", step)},
                )

    # -- papers, and the end ------------------------------------------------------------------------------------------

    def records_begin(self, index: int, car: Ownership, before: tuple[date | None, date | None]) -> None:
        """A car that comes into the records with a past: delivered before they begin, or bought elsewhere."""
        assumed, chance = self.assumed, self.chance
        day = max(_ordinal(car.since), self.telling.first)
        last, charged = before
        facts: dict[str, object] = {
            "model": car.model,
            "plate": self.plate(index),
            "delivered_on": car.delivered_on,
            "last_visit": last,
            "last_charged_visit": charged,
            "warranty_until": add_months(car.delivered_on, int(assumed.warranty_months)),
            "mileage": max(round((day - _ordinal(car.delivered_on)) * self.kilometres), 1),
        }
        self.tell(day, "vehicle_recorded", None, car.vehicle, facts)
        if car.sold_here and index == 0:
            when = (day, 0)
            if last is not None and chance.happens(assumed.points_opened, "points opened"):
                points = chance.whole(5, 200, "opened points")
                self.tell(day, "points_opened", f"P{self.paper}", None, {"points": points})
            self.joins(when, timed=False)

    def papers(self, index: int, car: Ownership) -> None:
        """Insurance and the extension of the warranty, while he comes."""
        chance, assumed, telling = self.chance, self.assumed, self.telling
        until = min(_ordinal(car.comes()[0][1]) or telling.last, telling.last)
        for year in range(1, months_between(car.delivered_on, self.house.end) // 12 + 1):
            step = 100 * index + year
            expiry = add_months(car.delivered_on, 12 * year).toordinal() - 1
            day = expiry - chance.whole(0, 40, "renewal day", step)
            if not max(telling.first, _ordinal(car.since)) <= day < until or not chance.happens(
                assumed.insurance_renewed, "renews", step
            ):
                continue
            amount = telling.money(assumed.insurance_price * 0.9**year, "renewal amount", step)
            next_expiry = _date(add_months(car.delivered_on, 12 * year + 12).toordinal() - 1)
            self.tell(
                telling.moment(day, "renewal moment", step), "insurance_renewed", f"Z{self.paper}", car.vehicle,
                {"until": next_expiry, "amount": amount},
            )  # fmt: skip
        ends = add_months(car.delivered_on, int(assumed.warranty_months))
        day = ends.toordinal() - chance.whole(5, 90, "extension day", index)
        if max(telling.first, _ordinal(car.since)) < day < until and chance.happens(
            assumed.warranty_extended, "extends", index
        ):
            amount = telling.money(assumed.insurance_price, "extension amount", index)
            when = telling.moment(day, "extension moment", index)
            self.tell(
                when,
                "warranty_extended",
                f"Z{self.paper}",
                car.vehicle,
                {"until": add_months(ends, 24), "amount": amount},
            )

    def outreach_number(self, index: int, car: Ownership) -> str | None:
        """The number of the outreach that brought him back; None where he came of himself."""
        if (
            self.bare
            or car.won_back_on is None
            or not self.chance.happens(self.assumed.won_back_by_outreach, "won by outreach", index)
        ):
            return None
        return None if self.outreach_begins(index, car) < self.telling.first else f"O{self.paper}-{index + 1}"

    def outreach_begins(self, index: int, car: Ownership) -> int:
        """The day on which one who was won back had been listed: after the loss, before the return."""
        back = _ordinal(car.won_back_on)
        return max(back - self.chance.whole(15, 60, "outreach lead", index), min(_ordinal(car.stops_on), back - 10))

    def stays_away(self, index: int, car: Ownership) -> None:
        """One who is lost is listed, called and asked why (W17, V3); what he says is true."""
        chance, assumed, telling = self.chance, self.assumed, self.telling
        if car.stops_on is None:
            return
        lost = _ordinal(car.stops_on)
        key = self.outreach_number(index, car)
        reason = car.reason or "other"
        if key is not None:  # the offer comes before the visit that it leads to
            day, end = self.outreach_begins(index, car), _ordinal(car.won_back_on) - 7
            ending = "outreach_offered"
        elif chance.happens(assumed.outreach, "outreach", index) and car.won_back_on is None:
            last = max((job.day for job in self.jobs if job.vehicle == car.vehicle and job.day < lost), default=lost)
            day = max(last + round(chance.waiting(assumed.outreach_days, "outreach day", index)), lost)
            end = day + chance.whole(2, 30, "outreach length", index)
            if car.ends_on is not None and _ordinal(car.ends_on) <= day:
                reason = "transferred"
            ending = chance.weighted(assumed.outreach_ends, "outreach end", index)
        else:
            return
        if not telling.first <= day <= telling.last:
            return
        key = key or f"O{self.paper}-{index + 1}"
        begin, until = (
            telling.moment(day, "outreach moment", index, morning=True),
            telling.moment(end, "outreach last", index),
        )
        caller = telling.by("回访员", "outreach caller", index)
        if ending == "unreachable":
            telling.tell(begin, "outreach_listed", key, car.vehicle, {"outreach": key, "by": caller}, timed=True)
            for attempt in range(1, 4):
                facts = {"outreach": key, "reached": False, "attempt": attempt, "channel": "call", "by": caller}
                telling.tell(telling.later(begin, attempt * _DAY), "outreach_called", key, None, facts, timed=True)
            return
        stops = [("outreach_listed",), ("outreach_called",), ("outreach_reason_told",), ("outreach_offered",)]
        if ending == "outreach_closed":  # no reason is to be had
            stops = [*stops[:2], (ending,)]
        elif OFFERS[reason] == "given_up":
            stops = stops[:3]
        elif OFFERS[reason] == "explained":
            stops = [*stops[:3], ("outreach_closed",)]
        elif ending != "outreach_offered":
            stops = [*stops, (ending,)]
        telling.case(
            OUTREACH, key, stops, begin, until, vehicle=car.vehicle, facts={"": {"by": caller}},
            only={"outreach_reason_told": {"reason": reason}}, avoid=("vehicle_handed_over", "visit_booked"),
        )  # fmt: skip

    def gives_up(self, index: int, car: Ownership) -> None:
        """The end of a car that the house sees: sold on, or given in payment."""
        if car.ends_on is None or car.end not in ("traded_in", "transferred"):
            return
        when = self.telling.moment(_ordinal(car.ends_on), "gives up moment", index)
        if car.end == "traded_in":
            when = (when[0], self.telling.closing)
        self.tell(when, "vehicle_transferred", None, car.vehicle, {"to": car.given_to})

    def moves(self) -> None:
        """He moves to another city, with all his cars."""
        moves = self.truth.moves_on
        if moves is None or not self.truth.ownerships:
            return
        for index, car in enumerate(self.truth.ownerships):
            if car.end == "moved_away":
                where = self.chance.weighted(self.assumed.elsewhere, "moves where")
                self.tell(
                    self.telling.moment(_ordinal(moves), "moves moment", index),
                    "moved_away",
                    None,
                    car.vehicle,
                    {"city": where},
                )

    def at_home(self) -> None:
        """A free inspection at the customer's, sometimes two (V1d)."""
        chance, telling = self.chance, self.telling
        for index, car in enumerate(self.truth.ownerships[:1]):
            if not chance.happens(self.assumed.home_inspection, "home inspection", index):
                continue
            start = max(_ordinal(car.since) + 60, telling.first)
            day = start + chance.whole(0, max(telling.last - start, 0), "home inspection day", index)
            for again in range(chance.whole(1, 2, "home inspections", index)):
                day += 100 * again
                if day > telling.last or not car.held(date.fromordinal(day)):
                    break
                number = f"R{self.paper}-H{again + 1}"
                facts = {"visit": number, "by": telling.by("服务顾问", "home inspector", again)}
                self.tell(
                    telling.moment(day, "home inspection moment", again),
                    "inspected_at_customer",
                    number,
                    car.vehicle,
                    facts,
                )

    # -- word of mouth, the club --------------------------------------------------------------------------------------

    def refers(self) -> None:
        """The referrals that he made: the others' lives say when (W4, K16)."""
        chance, assumed, telling, house = self.chance, self.assumed, self.telling, self.house
        for step, number in enumerate(self.truth.refers):
            other = house.truth(number)
            if other.referred_on is None:
                continue
            key = f"T{number:06d}"
            bought = _ordinal(other.ownerships[0].delivered_on)
            begin = telling.moment(_ordinal(other.referred_on), "referral moment", step, morning=True)
            end = telling.moment(bought, "conversion moment", step)
            if chance.happens(assumed.referral_unrecorded, "unrecorded", step):
                facts = {"points": assumed.referral_points, "note": f"推荐{other.customer}，未登记"}
                self.tell(telling.later(end, _DAY), "points_granted", f"P{self.paper}", None, facts)
                continue
            stops = [("referral_recorded",), ("referral_converted",)]
            if chance.happens(assumed.referral_visit_seen, "visit seen", step):
                stops.insert(1, ("referral_visited",))
            sale = f"S{number:06d}-1"
            self.referral(key, stops, begin, end, other.customer, sale)
            if chance.happens(assumed.referral_rewarded, "rewarded", step):
                account = chance.one_of(("dealer", "head_office"), "reward account", step)
                when = telling.later(end, 5 * _DAY)
                facts = {"referral": key, "account": account, "amount": assumed.referral_fee, "by": "会员专员1"}
                telling.tell(when, "referral_rewarded", key, None, facts, timed=True)
            if chance.happens(assumed.referral_reversed, "reversed", step):
                when = telling.later(end, 9 * _DAY)
                facts = {"referral": key, "sale": sale, "reason": "other", "by": "会员专员1"}
                telling.tell(when, "referral_reversed", key, None, facts, timed=True)
        if self.truth.type == "buyer" and chance.happens(assumed.referral_idle, "idle referral"):
            start = max(self.truth.met_on.toordinal() + 30, telling.first)
            day = start + chance.whole(0, max(telling.last - start, 0), "idle referral day")
            begin = telling.moment(day, "idle referral moment", morning=True)
            stops = [("referral_recorded",), ("referral_lapsed",)]
            if chance.happens(assumed.referral_visit_seen, "idle visit seen"):
                stops.insert(1, ("referral_visited",))
            self.referral(f"T{self.paper}X", stops, begin, telling.later(begin, 120 * _DAY), "未成交客户", None)

    def referral(
        self, key: str, stops: list[tuple[str, ...]], begin: Moment, end: Moment, referred: str, sale: str | None
    ) -> None:
        """A referral from its record to the purchase, or to its lapse."""
        facts: dict[str, Mapping[str, object]] = {"": {"referred": referred, "by": "会员专员1"}}
        if sale is not None:
            facts["referral_converted"] = {"sale": sale}
        self.telling.case(REFERRAL, key, stops, begin, end, facts=facts, manner=STRAIGHT)

    def joins(self, when: Moment, *, timed: bool | None = None) -> None:
        """The card that every buyer gets at delivery (W3)."""
        chance, assumed, telling = self.chance, self.assumed, self.telling
        self.member_since = when
        number = f"M{self.paper}"
        if chance.happens(assumed.applies_first, "applies"):
            telling.tell(when, "membership_applied", number, None, {"membership": number}, timed=timed)
            when = (when[0] + chance.whole(1, 20, "application days"), when[1])
            self.member_since = when
        telling.tell(when, "enrolled", number, None, {"membership": number, "tier": "ordinary"}, timed=timed)

    def club(self) -> None:
        """What a member does in the club: points, events, greetings, the bank's card, stored value."""
        if self.member_since is None:
            return
        chance, assumed, telling = self.chance, self.assumed, self.telling
        number, since = f"M{self.paper}", self.member_since[0]
        left = telling.last + 1
        if chance.happens(assumed.leaves_club, "leaves club"):
            left = since + chance.whole(200, 1500, "leaves club day")
            when = telling.moment(left, "leaves club moment")
            telling.tell(
                when, "membership_left", number, None, {"membership": number, "reason": "other", "by": "会员专员1"}
            )
        stop = min(left, telling.last + 1, max([job.day for job in self.jobs], default=since) + 200)
        self.points(since, stop)
        if self.truth.gets_from is not None:
            self.gets_points(self.truth.gets_from)
        for year in range((stop - since) // 365 + 1):
            day = since + 365 * year + chance.whole(1, 364, "event day", year)
            if day < stop and chance.happens(assumed.attends, "attends", year):
                on = date.fromordinal(day)
                topic = chance.one_of(("新车主讲堂", "自驾游", "公益活动", "健康讲座"), "topic", on.month)
                when, name = telling.moment(day, "event moment", year), f"{topic} {on:%Y-%m}"
                self.tell(when, "event_attended", None, None, {"event": name})
                points = int(chance.weighted(assumed.event_points, "event points", year))
                if points:
                    self.tell(when, "points_granted", f"P{self.paper}", None, {"points": points, "event": name})
            day = since + 365 * year + chance.whole(1, 364, "care day", year)
            if day < stop and chance.happens(assumed.accepts_care, "accepts care", year):
                channel = chance.one_of(("call", "sms", "wechat"), "care channel", year)
                facts = {"touch": f"G{self.paper}-{year + 1}", "channel": channel}
                self.tell(telling.moment(day, "care moment", year), "care_accepted", None, None, facts)
        if stop - since < 60:
            return
        end = telling.moment(stop - 1, "cards end")
        for machine, goal, word in (
            (CREDIT_CARD, "credit_card_ended", "card"),
            (DIAMOND, "value_used_up", "stores"),
            (LIFETIME_VIP, "lifetime_fee_paid", "lifetime"),
        ):
            if chance.happens(assumed.club_step, word):
                begin = telling.moment(since + chance.whole(20, 50, f"{word} day"), f"{word} moment")
                value = chance.one_of(assumed.stored_value, "stored value")
                telling.case(
                    machine, number, [(goal,)], begin, end, manner=STRAIGHT,
                    facts={"value_stored": {"amount": value}, "lifetime_fee_paid": {"amount": assumed.lifetime_fee}, "": {"by": "会员专员1"}},
                    avoid=("membership_left",), only={"value_stored": {"amount": Decimal(2000)}},
                )  # fmt: skip
        if chance.happens(assumed.points_corrected, "corrected"):
            change = chance.one_of((-10, -5, 5, 20, 50), "change")
            facts = {"change": change, "by": "会员专员1", "note": "补录"}
            self.tell(
                telling.moment(since + (stop - since) // 2, "corrected moment"),
                "points_corrected",
                f"P{self.paper}",
                None,
                facts,
            )

    def points(self, since: int, stop: int) -> None:
        """Points redeemed at charged visits, never more than this count of his own says that he has."""
        chance, assumed = self.chance, self.assumed
        balance, last = 0, since
        for step, job in enumerate(sorted(self.jobs)):
            if not since <= job.day < stop:
                continue
            if (
                job.day - last > 300
            ):  # after a year without a visit they lapse (W5); one who is near it does not count on them
                balance = 0
            last = job.day
            if job.charge >= 100 and balance >= 20 and chance.happens(assumed.redeems, "redeems", step):
                points = balance // 2
                value = min(Decimal(points), job.charge)
                facts = {"points": points, "value": value, "visit": job.visit}
                redeemed = self.tell(
                    self.telling.later(job.moment, 60), "points_redeemed", f"P{self.paper}", None, facts
                )
                if redeemed is not None:
                    balance -= points
                    if chance.happens(assumed.redemption_undone, "redemption undone", step):
                        when = self.telling.later(job.moment, 240)
                        self.tell(
                            when,
                            "points_redemption_rolled_back",
                            redeemed.id,
                            None,
                            {"of": redeemed.id, "by": "会员专员1"},
                        )
            if job.visit not in self.given_back:
                balance += int(job.charge) // int(assumed.points_per)
            if (
                self.truth.gives_to is not None
                and self.given is None
                and balance >= 9
                and job.moment[0] < self.telling.last
            ):
                self.given = self.telling.later(job.moment, 1800), balance // 3
                balance -= balance // 3
                facts = {"points": self.given[1], "to": customer_id(self.truth.gives_to)}
                self.tell(self.given[0], "points_transferred", f"P{self.paper}", None, facts)

    def gets_points(self, giver: int) -> None:
        """Points that another member gave him; the giver's story, told aside, says when and how many."""
        story = _Story(self.house, self.house.truth(giver))
        story.told()
        if story.given is not None:
            when, points = story.given
            facts = {"points": points, "giver": customer_id(giver)}
            self.tell(when, "points_received", f"P{self.paper}", None, facts)

    def spends(self) -> None:
        """The review of a year's spending, each January (K3)."""
        if not self.chance.happens(self.assumed.reviewed_spending, "reviewed spending"):
            return
        years: dict[int, Decimal] = {}
        for job in self.jobs:
            year = date.fromordinal(job.day).year
            years[year] = years.get(year, Decimal(0)) + job.charge
        band = Decimal(repr(self.assumed.spending_band))
        for year in sorted(years):
            now, before = years[year], years.get(year - 1)
            if before is None or not before:
                continue
            trend = "up" if now > before * (1 + band) else "down" if now < before * (1 - band) else "level"
            self.tell(date(year + 1, 1, 10).toordinal(), "spending_reviewed", None, None, {"trend": trend})

    def contact(self) -> None:
        """He does not want to be contacted in some way, and may think better of it."""
        chance, assumed, telling = self.chance, self.assumed, self.telling
        if not chance.happens(assumed.opts_out, "opts out"):
            return
        start = max(self.truth.met_on.toordinal(), telling.first)
        day = start + chance.whole(0, max(telling.last - start, 0), "opts out day")
        facts = {
            "channel": chance.one_of(("call", "sms", "wechat"), "opts out of"),
            "purpose": chance.one_of(("commercial", "commercial", "service"), "opts out for"),
        }
        self.tell(telling.moment(day, "opts out moment"), "opted_out", None, None, facts)
        if chance.happens(assumed.opts_in_again, "opts in"):
            self.tell(
                telling.moment(day + chance.whole(30, 600, "opts in day"), "opts in moment"),
                "opted_in",
                None,
                None,
                facts,
            )


# -- the department ------------------------------------------------------------------------------------------------------


def desk(house: House) -> tuple[Event, ...]:
    """What the department does of itself (S6) and how its telephone is answered (R10): events of the pseudo-customer ``desk``."""
    telling = Telling(house, 0, DESK, clocked=True)
    chance, assumed = telling.chance, house.assumptions
    turn, begin = 0, house.start
    while (end := add_months(house.start, int(assumed.cycle_months) * (turn + 1))) <= house.end:
        _one_turn(telling, f"CY-{begin:%Y-%m}", begin, end, turn)
        turn, begin = turn + 1, end
    days = telling.last - telling.first
    for call in range(round(assumed.recorded_calls * (days + 1) / _YEAR)):
        key = f"TEL-{call + 1:05d}"
        when = telling.moment(telling.first + chance.whole(0, days, "call day", call), "call moment", call)
        if chance.happens(assumed.silent_calls, "silent", call):
            stops = [("call_taken",), ("call_waited",), ("call_waited",), ("call_waited",)]
        else:
            trouble = chance.one_of(
                ("caller_heard", "call_inaudible", "call_noisy", "call_in_dialect"), "trouble", call
            )
            stops = [("call_taken",), (trouble,), ("call_hung_up", "caller_hung_up")]
        clerk = telling.by("回访员", "clerk", call)
        telling.case(CALL_ETIQUETTE, key, stops, when, when, facts={"": {"by": clerk}}, seconds=5)
    return sorted_events(telling.events)


def _one_turn(telling: Telling, key: str, begin: date, end: date, turn: int) -> None:
    """One turn of the seven steps, with one training, from its first day to the day before the next turn."""
    manager: dict[str, Mapping[str, object]] = {"": {"by": "客户运营经理", "cycle": key}}
    length = (end - begin).days
    days = [begin.toordinal() + length * part // 12 for part in range(12)]
    moments = [telling.moment(day, "turn", 100 * turn + place) for place, day in enumerate(days)]
    steps = (
        "cycle_begun",
        "information_gathered",
        "callbacks_begun",
        "complaints_taken_up",
        "care_begun",
        "satisfaction_measured",
    )
    score = telling.chance.whole(78, 96, "measured", turn)
    telling.case(
        DEPARTMENT_CYCLE, key, [(step,) for step in steps], moments[0], moments[6], manner=STRAIGHT,
        facts={**manager, "satisfaction_measured": {"score": score}},
    )  # fmt: skip
    department = telling.chance.one_of(("sales", "after_sales", "customer_operations"), "training department", turn)
    telling.case(
        TRAINING, f"TR{key[2:]}", [("training_need_found",), ("training_held",), ("training_consolidated",)], moments[7], moments[10],
        facts={"": {"by": "培训经理", "cycle": key}, "training_need_found": {"department": department}},
    )  # fmt: skip
    telling.tell(moments[11], "cycle_closed", key, None, {"cycle": key, "by": "客户运营经理"})


def _ordinal(day: date | None) -> int:
    """The day as a number; 0 for none."""
    return 0 if day is None else day.toordinal()


def _date(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def _yuan(fen: int) -> Decimal:
    """Fen as yuan, exactly."""
    return Decimal(fen).scaleb(-2)
