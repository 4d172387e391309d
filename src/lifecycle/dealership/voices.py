"""What customers say: answers to calls, complaints, word of mouth (W13-W16, S4, K9).

In: a :class:`~lifecycle.dealership.story.Story`. Out: events told in it. Next room: :mod:`lifecycle.dealership.partings`.
"""

from __future__ import annotations

from collections.abc import Mapping

from lifecycle.dealership.story import DAY, HOUR, Story
from lifecycle.dealership.telling import Moment
from lifecycle.machines.complaint import COMPLAINT
from lifecycle.machines.visit import FOLLOW_UP

__all__ = ["called", "complains", "speaks"]


def called(
    story: Story, key: str, call: Moment, facts: dict[str, object], vehicle: str, step: int, department: str
) -> None:
    """A follow-up call that is answered; a grievance becomes a complaint, after which he is called again (W15, R6)."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    if call[0] > telling.last:
        return
    listed = chance.happens(assumed.follow_ups_listed, "follow-up listed", step)
    shared = {**facts, "by": telling.by("回访员", "caller", step), "channel": "call"}
    satisfied = chance.happens(assumed.satisfied, "satisfied", step)
    reason = None if satisfied else chance.weighted(assumed.dissatisfied_reasons, "dissatisfied reason", step)
    score = chance.within(assumed.good_scores if satisfied else assumed.bad_scores, "score", step)
    answer: dict[str, object] = {
        **shared,
        "follow_up": key,
        "satisfied": satisfied,
        "score": score,
        "reason": reason,
    }
    machine = FOLLOW_UP
    if listed:
        begin = telling.later(call, -DAY)
        telling.case(
            machine, key, [("follow_up_listed",), ("follow_up_called",), ("surveyed",)], begin, call, vehicle=vehicle,
            facts={"": shared}, avoid=("complaint_raised",), unsaid=("surveyed",),
        )  # fmt: skip
    telling.tell(call, "surveyed", key, vehicle, answer, timed=listed or story.clocked)
    if satisfied:
        return
    story.unhappy.append(call)
    if not chance.happens(assumed.dissatisfied_complain, "dissatisfied complain", step):
        return
    about: dict[str, object] = {name: facts[name] for name in ("visit", "sale") if name in facts}
    about |= {"follow_up": key, "channel": "callback", "department": department, "reason": reason}
    closed = complains(story, telling.later(call, 300), about, vehicle)
    if listed and closed is not None:
        when, good = closed
        again = telling.later(when, DAY * 2)
        telling.case(
            machine, key, [("follow_up_called",), ("surveyed",)], telling.later(when, DAY), again, vehicle=vehicle,
            facts={"": shared, "surveyed": {"satisfied": good}}, avoid=("complaint_raised",), state="complaint_opened",
        )  # fmt: skip


def complains(
    story: Story, when: Moment, about: Mapping[str, object], vehicle: str | None, *, second: bool = False
) -> tuple[Moment, bool] | None:
    """One complaint from raising to closing, and sometimes another one while it is open; gives when it was closed, and
    whether to the customer's satisfaction."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    if when[0] > telling.last:
        return None
    story.complaints += 1
    step = story.complaints
    key = f"K{story.paper}-{step}"
    in_time = chance.happens(assumed.closed_in_time, "closed in time", step)
    hours, days = (
        chance.within(assumed.hours_open, "hours open", step),
        chance.within(assumed.days_open, "days open", step),
    )
    length = hours * HOUR if in_time else days * DAY
    end = telling.later(when, length)
    satisfied = chance.happens(assumed.closed_satisfied, "closed satisfied", step)
    channel = chance.one_of(("in_house", "call", "maker_line", "house_line", "email", "sms"), "complaint channel", step)
    raised: dict[str, object] = {
        "channel": channel,
        "reason": chance.weighted(assumed.dissatisfied_reasons, "complaint reason", step),
        **about,
    }
    major = chance.happens(assumed.major_complaint, "major", step)
    if story.full or chance.happens(assumed.complaint_steps, "complaint steps", step):
        stops = [
            ("complaint_raised",), ("complaint_assigned",), ("complaint_contacted",),
            ("complaint_answered", "complaint_answered_by_senior"), ("complaint_resolved",), ("complaint_closed",),
        ]  # fmt: skip
        if chance.happens(assumed.complaint_followed_up, "complaint followed up", step):
            stops.insert(5, ("complaint_followed_up",))
        if chance.happens(assumed.reopened, "reopened", step):
            stops += [("complaint_reopened",), ("complaint_resolved",), ("complaint_closed",)]
            end = telling.later(end, DAY)
        sales = about.get("department") == "sales"
        against = telling.by("销售顾问" if sales else "服务顾问", "against", step)
        manager = "展厅经理" if sales else "服务经理"
        assigned = {"assignee": manager, "against": against}
        if chance.happens(assumed.named_at_once, "named at once", step):
            raised["against"] = against
        telling.case(
            COMPLAINT, key, stops, when, end, vehicle=vehicle,
            facts={"complaint_raised": raised, "complaint_assigned": assigned},
            only={"complaint_raised": {"major": major}, "complaint_closed": {"satisfied": satisfied}},
        )  # fmt: skip
    else:
        telling.tell(when, "complaint_raised", key, vehicle, {**raised, "complaint": key, "major": major}, timed=True)
        telling.tell(end, "complaint_closed", key, None, {"complaint": key, "satisfied": satisfied}, timed=True)
    story.unhappy.append(when)
    if not second and chance.happens(assumed.second_complaint, "second complaint", step):
        middle = telling.later(when, length // 2)
        again = {name: value for name, value in about.items() if name in ("visit", "sale", "department")}
        complains(story, middle, again, vehicle, second=True)
    if chance.happens(assumed.third_party, "third party", step):
        went = telling.moment(
            end[0] + chance.within(assumed.third_party_days, "third party day", step), "third party moment", step
        )
        telling.tell(went, "third_party_complained", key, None, {"complaint": key})
    return end, satisfied


def speaks(story: Story) -> None:
    """What some of the dissatisfied do: vow never to buy here again, speak ill of the house."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    for step, when in enumerate(story.unhappy):
        later = telling.moment(when[0] + chance.within(assumed.speaks_days, "speaks day", step), "speaks moment", step)
        if chance.happens(assumed.rules_out, "rules out", step):
            story.tell(
                later,
                "purchase_ruled_out",
                None,
                None,
                {"reason": chance.weighted(assumed.dissatisfied_reasons, "rules out why", step)},
            )
        if chance.happens(assumed.bad_word, "bad word", step):
            story.tell(
                telling.later(later, DAY),
                "bad_word_reported",
                None,
                None,
                {"channel": chance.one_of(("wechat", "call"), "bad word channel", step)},
            )
