"""Winning back: one outreach to one lost vehicle, from the list to the visit, or to the reason why not (W17, W18, V3).

In: events that carry ``outreach=``, the returning visit's bill included. Out: :data:`OUTREACH` and :data:`OFFERS`, the
total mapping from a reason to what is offered for it. The policy of a house may say otherwise
(:mod:`lifecycle.outreach`); replay then puts ``offer=`` beside the reason. Next: :mod:`lifecycle.machines.referral`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lifecycle.kinds import FACTS
from lifecycle.machine import STAYS, Machine, Question, Row, State
from lifecycle.machines.questions import CHARGED, choice
from lifecycle.machines.visit import LAST_ATTEMPT, REACHED

__all__ = ["OFFERS", "OUTREACH"]

#: What is offered for each reason, or how it ends. W18 has service, quality and price; the rest is a reading.
OFFERS: Mapping[str, str] = MappingProxyType(
    {
        "transferred": "given_up",  # W17: transferred, or used in another city: give up
        "other_city": "given_up",
        "service": "dedicated_discount",  # W18: invited once more; dedicated reception and discount
        "quality": "dedicated_discount",  # W18: as service
        "price": "dedicated_service",  # W18: original parts explained; no package or extra, dedicated service
        "distance": "fetching",  # V4b: the car is fetched
        "waiting": "booking_lane",  # W6: the reserved booking lane
        "insurer": "free_choice",  # V4b: the garage was the insurer's choice; the owner's own is explained
        "special": "invitation",
        "other": "invitation",
        "never_maintains": "explained",  # V3: explain, thank, end
    }
)
_OFFERED = FACTS["offer"].choices
_reason = choice("reason", "other")


def _due_offer(facts: Mapping[str, Any]) -> str:
    told = facts.get("offer")
    return OFFERS[_reason(facts)] if told is None else str(told)


DUE_OFFER = Question(
    "due",
    "应对方案",
    _due_offer,
    answers=(OFFERS["other"], *(offer for offer in _OFFERED if offer != OFFERS["other"]), "given_up", "explained"),
    facts=("reason",),
    given=("offer",),
)
OFFER = Question("offer", "方案", choice("offer", "as_due"), ("as_due", *_OFFERED), facts=("offer",))

_DUE = " ".join(f"due_{offer}" for offer in _OFFERED)
_TO_CALL = "listed unanswered postponed"
_BEGUN = f"{_TO_CALL} asked {_DUE} offered never_maintains given_up declined no_answer unreachable closed"

OUTREACH = Machine(
    "outreach",
    "流失招揽",
    [
        State("not_begun", "未开始"),
        State("listed", "已列入", cite="V4b"),
        State("unanswered", "未接通", cite="V3"),
        State("postponed", "约定再访", cite="V3"),
        State("asked", "已询问", cite="W17, V3"),
        *(
            State(f"due_{offer}", f"原因已明（{zh}）", "reason_known", cite="W17, W18")
            for offer, zh in zip(_OFFERED, FACTS["offer"].choices_zh, strict=True)
        ),
        State("never_maintains", "从不保养", cite="V3"),
        State("offered", "已提出方案", cite="W18"),
        State("returned", "已返厂", final=True, cite="V1b"),
        State("declined", "已谢绝", final=True, cite="W17"),
        State("no_answer", "无回应", final=True, cite="V4b"),
        State("given_up", "已放弃", final=True, cite="W17"),
        State("unreachable", "无法接通", final=True, cite="V3"),
        State("closed", "已结束", final=True, cite="V3"),
    ],
    [
        Row("outreach_listed", "not_begun", "listed", cite="V4b"),
        Row("outreach_called", _TO_CALL, "asked", "reached", cite="V3"),
        Row("outreach_called", "asked offered", STAYS, "reached", cite="V3"),
        Row("outreach_called", _TO_CALL, "unanswered", "not reached, not last_attempt", cite="V3"),
        Row("outreach_called", _TO_CALL, "unreachable", "not reached, last_attempt", cite="V3"),
        Row("outreach_called", "offered", STAYS, "not reached", cite="V3"),
        Row("outreach_postponed", "asked", "postponed", cite="V3"),
        *(Row("outreach_reason_told", "asked", f"due_{offer}", f"due={offer}", cite="W17, W18") for offer in _OFFERED),
        Row("outreach_reason_told", "asked", "given_up", "due=given_up", cite="W17"),
        Row("outreach_reason_told", "asked", "never_maintains", "due=explained", cite="V3"),
        *(
            Row("outreach_offered", f"due_{offer}", "offered", f"offer=as_due|{offer}", cite="W18")
            for offer in _OFFERED
        ),
        Row("outreach_declined", f"asked {_DUE} offered", "declined", cite="W17, V3"),
        Row("outreach_lapsed", "offered", "no_answer", cite="V4b"),
        Row("outreach_closed", "never_maintains asked postponed", "closed", cite="V3"),
        Row("visit_booked", "offered", STAYS, cite="V3"),
        Row("vehicle_handed_over", f"{_BEGUN} returned", "returned", "charged", cite="V1b"),
        Row("vehicle_handed_over", f"{_BEGUN} returned", STAYS, "not charged", cite="V1c"),
    ],
    initial="not_begun",
    questions=[REACHED, LAST_ATTEMPT, DUE_OFFER, OFFER, CHARGED],
    key="outreach",
    cite="W17, W18, V3",
    doc=(
        "One outreach to one lost vehicle: listed, called, asked why, made the offer that fits the reason, returned or not. "
        "The offer is a total mapping from the reasons (OFFERS): W18 has service, quality and price; distance, waiting, the "
        "insurer's choice, special and other reasons are readings, and a book may say otherwise (replay puts offer= beside "
        "the reason). An offer that does not fit the reason known is refused: who left for the price is offered no "
        "discount (W18). A car sold or used in another city is given up (W17), one never maintained is explained, thanked "
        "and closed (V3). Only a charged visit that names the outreach is its return (V1b, V1c), also one that comes after "
        "it had ended otherwise. Readings: unreachable after three calls without an answer, as in the follow-up; the house "
        "may end the questionnaire when no reason is to be had. Calling again within a day needs times of day."
    ),
)
