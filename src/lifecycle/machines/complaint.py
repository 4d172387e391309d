"""A complaint from the form to the handshake: whose it is, when he was called, what he was told, how it ended (W16, S4).

In: events that carry ``complaint=``. Out: :data:`COMPLAINT`. The clocks that run on it are policies
(:mod:`lifecycle.complaints`). Next: :mod:`lifecycle.machines.outreach`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lifecycle.machine import STAYS, Machine, Question, Row, State
from lifecycle.machines.questions import SATISFIED, yes_no

__all__ = ["COMPLAINT"]


def _himself(facts: Mapping[str, Any]) -> str:
    against, assignee = facts.get("against") or facts.get("accused"), facts.get("assignee")
    if against is None or assignee is None:
        return "no"
    return "yes" if str(against).strip().casefold() == str(assignee).strip().casefold() else "no"


HIMSELF = Question("himself", "被投诉人本人", _himself, facts=("assignee", "against"), given=("accused",))
MAJOR = Question("major", "重大", yes_no("major"), facts=("major",))

_OPEN = (
    State("raised", "已登记", cite="W16"),
    State("raised_major", "重大投诉已登记", "escalated", cite="S4"),
    State("reopened", "已重开", cite="W15"),
    State("assigned", "已指派", cite="W16"),
    State("contacted", "已联系", cite="S4"),
    State("answered", "已答复", cite="S4"),
    State("escalated", "已升级", cite="S4"),
    State("escalated_contacted", "已升级（已联系）", "escalated", cite="S4"),
    State("resolved", "已解决", cite="S4"),
    State("followed_up", "已回访", cite="S4"),
)
_CLOSED = "closed_satisfied closed_dissatisfied"
_MAY_CLOSE = "not_begun raised raised_major reopened contacted answered resolved followed_up"

COMPLAINT = Machine(
    "complaint",
    "投诉",
    [
        State("not_begun", "未开始"),
        *_OPEN,
        *(State(f"paused_{state.name}", f"暂停（{state.zh}）", "paused", cite="W16") for state in _OPEN),
        State("closed_satisfied", "已结案（满意）", "closed", final=True, cite="W15"),
        State("closed_dissatisfied", "已结案（不满意）", "closed", final=True, cite="W16"),
    ],
    [
        Row("complaint_raised", "not_begun", "raised", "not major", cite="W16"),
        Row("complaint_raised", "not_begun", "raised_major", "major", cite="S4"),
        Row("complaint_reopened", f"resolved followed_up {_CLOSED}", "reopened", cite="W15"),
        Row("complaint_assigned", "raised reopened", "assigned", "not himself", cite="W16"),
        Row("complaint_assigned", "raised_major", "escalated", "not himself", cite="W16, S4"),
        Row(
            "complaint_assigned",
            "assigned contacted answered escalated escalated_contacted",
            STAYS,
            "not himself",
            cite="W16",
        ),
        Row("complaint_contacted", "raised reopened assigned", "contacted", cite="S4"),
        Row("complaint_contacted", "raised_major escalated", "escalated_contacted", cite="S4"),
        Row("complaint_contacted", "contacted answered escalated_contacted resolved", STAYS, cite="S4"),
        Row("complaint_answered", "contacted", "answered", cite="S4"),
        Row("complaint_answered", "answered escalated_contacted", STAYS, cite="S4"),
        Row("complaint_escalated", "raised raised_major reopened assigned", "escalated", cite="S4"),
        Row("complaint_escalated", "contacted answered", "escalated_contacted", cite="S4"),
        Row("complaint_answered_by_senior", "contacted escalated_contacted", "answered", cite="S4"),
        Row("complaint_answered_by_senior", "answered", STAYS, cite="S4"),
        Row("complaint_resolved", "contacted answered", "resolved", cite="S4"),
        Row("complaint_followed_up", "resolved", "followed_up", cite="S4"),
        Row("complaint_followed_up", "followed_up", STAYS, cite="R6"),
        Row("complaint_closed", _MAY_CLOSE, "closed_satisfied", "satisfied", cite="W15"),
        Row("complaint_closed", _MAY_CLOSE, "closed_dissatisfied", "not satisfied", cite="W16"),
        *(Row("complaint_paused", state.name, f"paused_{state.name}", cite="W16") for state in _OPEN),
        *(Row("complaint_resumed", f"paused_{state.name}", state.name, cite="W16") for state in _OPEN),
    ],
    initial="not_begun",
    questions=[MAJOR, HIMSELF, SATISFIED],
    key="complaint",
    cite="W16, S4",
    doc=(
        "One complaint on one form, whether by W16 (respond, close, report) or by the rule 2-1-2-3 of S4 (contact, answer, "
        "senior answer to a major one, follow-up call). The manager who is made responsible is never the person complained "
        "about: against= stands on the assignment, or replay gives who was accused when it was raised. Readings: S4 knows no "
        "assigning, so contact may come first; an answer needs a contact before it; a major complaint, and one that was "
        "escalated, is answered only when senior management has answered, whatever the manager says meanwhile. W16 knows "
        "no separate answer and follow-up, so it may be closed once the customer was contacted, and no earlier once it was "
        "assigned; a house that records only raising and closing has complaints too. A pause needs a reason and remembers "
        "where it began. A renewed grievance reopens what was resolved or closed, and then it is assigned anew. Pausing "
        "and going on, or closing and reopening, within a day needs times of day."
    ),
)
