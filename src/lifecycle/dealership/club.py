"""Referrals, the club and its points (W3-W7, W11, K14-K16), and the yearly review of spending (K3).

In: a :class:`~lifecycle.dealership.story.Story`. Out: events told in it. Next room: :mod:`lifecycle.dealership.lives`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from lifecycle.dealership.people import customer_id
from lifecycle.dealership.story import DAY, Story, number_of
from lifecycle.dealership.telling import Moment
from lifecycle.dealership.walks import STRAIGHT
from lifecycle.machines.membership import CREDIT_CARD, DIAMOND, LIFETIME_VIP
from lifecycle.machines.referral import REFERRAL

__all__ = ["gets_points", "joins", "refers", "spends", "takes_part"]


_EVENTS: Final = ("新车主讲堂", "自驾游", "公益活动", "健康讲座")
#: The machine tells little, enough and too much stored value apart; what the house assumes of it is enough.
_ENOUGH: Final = Decimal(2000)


def refers(story: Story) -> None:
    """The referrals that he made: the others' lives say when (W4, K16)."""
    chance, assumed, telling, house = story.chance, story.assumed, story.telling, story.house
    for step, number in enumerate(story.truth.refers):
        other = house.truth(number)
        if other.referred_on is None:
            continue
        key = f"T{number:06d}"
        bought = number_of(other.ownerships[0].delivered_on)
        begin = telling.moment(number_of(other.referred_on), "referral moment", step, morning=True)
        end = telling.moment(bought, "conversion moment", step)
        if chance.happens(assumed.referral_unrecorded, "unrecorded", step):
            facts: dict[str, object] = {"points": assumed.referral_points, "note": f"推荐{other.customer}，未登记"}
            story.tell(telling.later(end, DAY), "points_granted", f"P{story.paper}", None, facts)
            continue
        stops = [("referral_recorded",), ("referral_converted",)]
        if chance.happens(assumed.referral_visit_seen, "visit seen", step):
            stops.insert(1, ("referral_visited",))
        sale = f"S{number:06d}-1"
        referral(story, key, stops, begin, end, other.customer, sale)
        if chance.happens(assumed.referral_rewarded, "rewarded", step):
            account = chance.one_of(("dealer", "head_office"), "reward account", step)
            when = telling.later(end, int(assumed.referral_reward_days) * DAY)
            facts = {"referral": key, "account": account, "amount": assumed.referral_fee, "by": "会员专员1"}
            telling.tell(when, "referral_rewarded", key, None, facts, timed=True)
        if chance.happens(assumed.referral_reversed, "reversed", step):
            when = telling.later(end, int(assumed.referral_reversal_days) * DAY)
            facts = {"referral": key, "sale": sale, "reason": "other", "by": "会员专员1"}
            telling.tell(when, "referral_reversed", key, None, facts, timed=True)
    if story.truth.type == "buyer" and chance.happens(assumed.referral_idle, "idle referral"):
        start = max(story.truth.met_on.toordinal(), telling.first)
        day = start + chance.whole(0, max(telling.last - start, 0), "idle referral day")
        begin = telling.moment(day, "idle referral moment", morning=True)
        stops = [("referral_recorded",), ("referral_lapsed",)]
        if chance.happens(assumed.referral_visit_seen, "idle visit seen"):
            stops.insert(1, ("referral_visited",))
        referral(
            story,
            f"T{story.paper}X",
            stops,
            begin,
            telling.later(begin, int(assumed.referral_lapse_days) * DAY),
            "未成交客户",
            None,
        )


def referral(
    story: Story,
    key: str,
    stops: Sequence[tuple[str, ...]],
    begin: Moment,
    end: Moment,
    referred: str,
    sale: str | None,
) -> None:
    """A referral from its record to the purchase, or to its lapse."""
    facts: dict[str, Mapping[str, object]] = {"": {"referred": referred, "by": "会员专员1"}}
    if sale is not None:
        facts["referral_converted"] = {"sale": sale}
    story.telling.case(REFERRAL, key, stops, begin, end, facts=facts, manner=STRAIGHT)


def joins(story: Story, when: Moment, *, timed: bool | None = None) -> None:
    """The card that every buyer gets at delivery (W3)."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    story.member_since = when
    number = f"M{story.paper}"
    if chance.happens(assumed.applies_first, "applies"):
        telling.tell(when, "membership_applied", number, None, {"membership": number}, timed=timed)
        when = (when[0] + chance.within(assumed.application_days, "application days"), when[1])
        story.member_since = when
    telling.tell(when, "enrolled", number, None, {"membership": number, "tier": "ordinary"}, timed=timed)


def takes_part(story: Story) -> None:
    """What a member does in the club: points, events, greetings, the bank's card, stored value."""
    if story.member_since is None:
        return
    chance, assumed, telling = story.chance, story.assumed, story.telling
    number, since = f"M{story.paper}", story.member_since[0]
    left = telling.last + 1
    if chance.happens(assumed.leaves_club, "leaves club"):
        left = since + chance.within(assumed.leaves_club_days, "leaves club day")
        when = telling.moment(left, "leaves club moment")
        telling.tell(
            when, "membership_left", number, None, {"membership": number, "reason": "other", "by": "会员专员1"}
        )
    stop = min(left, telling.last + 1, max((job.day for job in story.jobs), default=since) + int(assumed.club_days))
    redeems_points(story, since, stop)
    attends(story, since, stop)
    if stop - since > assumed.card_days[1]:
        takes_cards(story, number, since, stop)
    if chance.happens(assumed.points_corrected, "corrected"):
        when = telling.moment(since + (stop - since) // 2, "corrected moment")
        facts = {"change": chance.one_of(assumed.corrections, "change"), "by": "会员专员1", "note": "补录"}
        story.tell(when, "points_corrected", f"P{story.paper}", None, facts)


def attends(story: Story, since: int, stop: int) -> None:
    """Owner events and their points (W11, K15), greetings and reminders that are taken up (W10)."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    calendar = story.house.chance(0)  # an event of a month is the same for all who come
    for year in range((stop - since) // 365 + 1):
        month = date.fromordinal(since + 365 * year + chance.whole(1, 330, "event month", year))
        place = 12 * month.year + month.month
        day = month.replace(day=calendar.whole(1, 28, "owner event", place)).toordinal()
        if since < day < stop and chance.happens(assumed.attends, "attends", year):
            name = f"{calendar.one_of(_EVENTS, 'topic', place)} {month:%Y-%m}"
            when = telling.moment(day, "event moment", year)
            story.tell(when, "event_attended", None, None, {"event": name})
            points = int(chance.weighted(assumed.event_points, "event points", year))
            if points:
                story.tell(when, "points_granted", f"P{story.paper}", None, {"points": points, "event": name})
        day = since + 365 * year + chance.whole(1, 364, "care day", year)
        if day < stop and chance.happens(assumed.accepts_care, "accepts care", year):
            channel = chance.one_of(("call", "sms", "wechat"), "care channel", year)
            facts = {"touch": f"G{story.paper}-{year + 1}", "channel": channel}
            story.tell(telling.moment(day, "care moment", year), "care_accepted", None, None, facts)


def takes_cards(story: Story, number: str, since: int, stop: int) -> None:
    """A bank's card and its end, value stored and used up, the lifetime fee: each of them seldom (W7)."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    end = telling.moment(stop - 1, "cards end")
    stored = chance.one_of(assumed.stored_value, "stored value")
    facts: dict[str, Mapping[str, object]] = {
        "": {"by": "会员专员1"},
        "value_stored": {"amount": stored},
        "lifetime_fee_paid": {"amount": assumed.lifetime_fee},
    }
    for machine, goal, word in (
        (CREDIT_CARD, "credit_card_ended", "card"),
        (DIAMOND, "value_used_up", "stores"),
        (LIFETIME_VIP, "lifetime_fee_paid", "lifetime"),
    ):
        if chance.happens(assumed.club_step, word):
            begin = telling.moment(since + chance.within(assumed.card_days, f"{word} day"), f"{word} moment")
            telling.case(
                machine, number, [(goal,)], begin, end, manner=STRAIGHT, facts=facts,
                avoid=("membership_left",), only={"value_stored": {"amount": _ENOUGH}},
            )  # fmt: skip


def redeems_points(story: Story, since: int, stop: int) -> None:
    """Points redeemed at charged visits, never more than this count of his own says that he has."""
    chance, assumed = story.chance, story.assumed
    balance, last = 0, since
    for step, job in enumerate(sorted(story.jobs)):
        if not since <= job.day < stop:
            continue
        if job.day - last > assumed.points_idle_days:
            balance = 0
        last = job.day
        if (
            balance >= assumed.redeems_from
            and job.charge > balance
            and chance.happens(assumed.redeems, "redeems", step)
        ):
            points = balance // 2
            facts: dict[str, object] = {
                "points": points,
                "value": points * int(assumed.point_value),
                "visit": job.visit,
            }
            redeemed = story.tell(
                story.telling.later(job.moment, 60), "points_redeemed", f"P{story.paper}", None, facts
            )
            if redeemed is not None:
                balance -= points
                if chance.happens(assumed.redemption_undone, "redemption undone", step):
                    when = story.telling.later(job.moment, 240)
                    story.tell(
                        when,
                        "points_redemption_rolled_back",
                        redeemed.id,
                        None,
                        {"of": redeemed.id, "by": "会员专员1"},
                    )
        if job.visit not in story.given_back:
            balance += int(job.charge) // int(assumed.points_per)
        if (
            story.truth.gives_to is not None
            and story.points_given is None
            and balance >= assumed.gives_from
            and job.moment[0] < story.telling.last
        ):
            given = balance // 3
            balance -= given
            story.points_given = story.telling.later(job.moment, 1800), given
            facts = {"points": given, "to": customer_id(story.truth.gives_to)}
            story.tell(story.points_given[0], "points_transferred", f"P{story.paper}", None, facts)


def spends(story: Story) -> None:
    """The review of a year's spending, each January (K3)."""
    if not story.chance.happens(story.assumed.reviewed_spending, "reviewed spending"):
        return
    years: dict[int, Decimal] = {}
    for job in story.jobs:
        year = date.fromordinal(job.day).year
        years[year] = years.get(year, Decimal(0)) + job.charge
    band = Decimal(repr(story.assumed.spending_band))
    for year in sorted(years):
        now, before = years[year], years.get(year - 1)
        if before is None or not before:
            continue
        trend = "up" if now > before * (1 + band) else "down" if now < before * (1 - band) else "level"
        story.tell(date(year + 1, 1, 10).toordinal(), "spending_reviewed", None, None, {"trend": trend})


def gets_points(story: Story, giver: int, given: tuple[Moment, int] | None) -> None:
    """Points that another member gave him: when and how many the giver's own story says."""
    if given is not None and story.member_since is not None:
        when, points = given
        facts = {"points": points, "giver": customer_id(giver)}
        story.tell(when, "points_received", f"P{story.paper}", None, facts)
