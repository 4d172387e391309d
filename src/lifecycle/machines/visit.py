"""The workshop: one visit from the appointment to the key back in the hand, and the call that follows it (K8, W13-W15).

In: events that carry ``visit=``, and for the follow-up ``follow_up=``. Out: :data:`VISIT` and :data:`FOLLOW_UP`. A
follow-up may follow a delivery as well (SSI). Next: :mod:`lifecycle.machines.complaint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lifecycle.machine import STAYS, Machine, Question, Row, State
from lifecycle.machines.questions import CHARGED, SATISFIED, count, yes_no

__all__ = ["FOLLOW_UP", "LAST_ATTEMPT", "REACHED", "VISIT"]

#: After so many calls without an answer a customer counts as unreachable, unless replay gives another number.
ATTEMPTS = 3


def _last_attempt(facts: Mapping[str, Any]) -> str:
    attempt = count(facts, "attempt")
    return "yes" if attempt is not None and attempt >= (facts.get("attempts") or ATTEMPTS) else "no"


REACHED = Question("reached", "接通", yes_no("reached"), facts=("reached",))
LAST_ATTEMPT = Question("last_attempt", "最后一次", _last_attempt, facts=("attempt",), given=("attempts",))
WARRANTY = Question("warranty", "保修", yes_no("warranty"), facts=("warranty",))
PASSED = Question("passed", "合格", yes_no("passed"), facts=("passed",))

_HANDED_OVER = "handed_over_charged handed_over_free handed_over_warranty"
_BEFORE_HANDOVER = "not_begun booked no_show received declined passed"

VISIT = Machine(
    "visit",
    "进厂",
    [
        State("not_begun", "未开始"),
        State("booked", "已预约", cite="K8"),
        State("no_show", "预约未到", final=True, cite="K8"),
        State("cancelled", "已取消", final=True, cite="K8"),
        State("received", "已接待", cite="K8"),
        State("quoted", "已诊断报价", cite="K8"),
        State("declined", "未接受报价", cite="K8"),
        State("accepted", "已接受报价", cite="K8"),
        State("in_work", "维修中", cite="K8"),
        State("passed", "质检合格", cite="K8"),
        State("handed_over_charged", "已交车（收费）", "handed_over", final=True, cite="K8, V1a"),
        State("handed_over_free", "已交车（免费）", "handed_over", final=True, cite="K8, V1c"),
        State("handed_over_warranty", "已交车（保修）", "handed_over", final=True, cite="K8, V1b"),
        State("inspected_at_customer", "已上门检测", final=True, cite="V1d"),
        State("followed_up", "已回访", final=True, cite="K8, W14"),
    ],
    [
        Row("visit_booked", "not_begun no_show", "booked", cite="K8"),
        Row("visit_booked", "booked", STAYS, cite="K8"),
        Row("visit_missed", "booked", "no_show", cite="K8"),
        Row("workshop_entered", "not_begun booked no_show", "received", cite="K8"),
        Row("inspected_at_customer", "not_begun booked", "inspected_at_customer", cite="V1d"),
        Row("visit_quoted", "received declined", "quoted", cite="K8"),
        Row("visit_quoted", "quoted", STAYS, cite="K8"),
        Row("quote_refused", "quoted", "declined", cite="K8"),
        Row("quote_accepted", "quoted declined", "accepted", cite="K8"),
        Row("visit_cancelled", "booked received quoted declined accepted", "cancelled", cite="K8"),
        Row("work_begun", "accepted", "in_work", cite="K8"),
        Row("work_inspected", "in_work", "passed", "passed", cite="K8"),
        Row("work_inspected", "in_work", STAYS, "not passed", cite="K8"),
        Row("vehicle_handed_over", _BEFORE_HANDOVER, "handed_over_charged", "charged", cite="K8, V1a"),
        Row("vehicle_handed_over", _BEFORE_HANDOVER, "handed_over_free", "not charged, not warranty", cite="K8, V1c"),
        Row("vehicle_handed_over", _BEFORE_HANDOVER, "handed_over_warranty", "not charged, warranty", cite="K8, V1b"),
        Row("surveyed", f"not_begun inspected_at_customer {_HANDED_OVER}", "followed_up", cite="W14"),
        Row("surveyed", "followed_up", STAYS, cite="R6"),
    ],
    initial="not_begun",
    questions=[CHARGED, WARRANTY, PASSED],
    key="visit",
    cite="K8",
    doc=(
        "One visit to the workshop; K8 is not drawn, the order is a reading from W and R: booked or walked in, received, "
        "diagnosed and quoted, accepted or declined, in work, inspected (passed, or back to work), handed over, followed "
        "up. Handed over means charged where the customer paid a share, also of a warranty job; otherwise under warranty or "
        "free. Who declines the quotation gets his car back (a fee may be charged), thinks better of it, or cancels. A "
        "house that records only the entry and the bill, or the bill alone, has a visit too, and free help needs no "
        "quotation; once a quotation is accepted, no car leaves uninspected (K4: work not done to standard). A free "
        "inspection at the customer's (V1d) is a visit of its own, and never enters the workshop. Who comes late after "
        "all was no no-show for good. Whether the customer is satisfied is the follow-up's matter. Work that fails the "
        "inspection twice within a day needs times of day."
    ),
)

_TO_CALL = "due unanswered complaint_opened"

FOLLOW_UP = Machine(
    "follow_up",
    "回访",
    [
        State("not_begun", "未开始"),
        State("due", "待回访", cite="W13, W14"),
        State("unanswered", "未接通", cite="W14"),
        State("called", "已接通", cite="W13, W14"),
        State("dissatisfied", "不满意", cite="W15"),
        State("complaint_opened", "已转投诉", cite="W15"),
        State("satisfied", "满意", final=True, cite="R6"),
        State("unreachable", "无法接通", final=True, cite="R6"),
    ],
    [
        Row("follow_up_listed", "not_begun", "due", cite="W13, W14"),
        Row("follow_up_listed", "due", STAYS, cite="W13, W14"),
        Row("follow_up_called", f"{_TO_CALL} called unreachable", "called", "reached", cite="W13, W14"),
        Row("follow_up_called", f"{_TO_CALL} called", "unanswered", "not reached, not last_attempt", cite="R6"),
        Row("follow_up_called", f"{_TO_CALL} called", "unreachable", "not reached, last_attempt", cite="R6"),
        Row("follow_up_abandoned", f"{_TO_CALL} called dissatisfied", "unreachable", cite="R6"),
        Row(
            "surveyed", f"not_begun {_TO_CALL} called unreachable satisfied", "satisfied", "satisfied", cite="W13, W14"
        ),
        Row("surveyed", f"not_begun {_TO_CALL} called unreachable", "dissatisfied", "not satisfied", cite="W13, W14"),
        Row("surveyed", "satisfied", "dissatisfied", "not satisfied", cite="W15"),
        Row("surveyed", "dissatisfied", STAYS, "not satisfied", cite="W15"),
        Row("complaint_raised", f"not_begun {_TO_CALL} called dissatisfied satisfied", "complaint_opened", cite="W15"),
    ],
    initial="not_begun",
    questions=[SATISFIED, REACHED, LAST_ATTEMPT],
    key="follow_up",
    cite="W13, W14, W15, R6",
    doc=(
        "One follow-up call after a delivery (SSI) or a handover (CSI): called again until the customer is satisfied (R6). A "
        "dissatisfied answer goes on the complaint form (complaint_raised follow_up=) before anybody calls again (W15). "
        "Readings: after three calls without an answer he is unreachable (the number is given by replay where the book says "
        "another; attempt= counts them), and one who answers later is called after all; the house may also give up. A "
        "survey recorded without its call tells of the call, and one without its follow-up begins it. Calling again "
        "within a day needs times of day."
    ),
)
