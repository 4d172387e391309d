"""What the synthetic house assumes: every figure with the handbook's ID it rests on, or the word "assumed".

In: nothing. Out: :class:`Assumptions`, a frozen value whose fields can be changed (``Assumptions(won_back=0.2)``) and
whose :attr:`~Assumptions.table` says of each figure what it means and where it was read. Nothing that the sample house
does rests on a number written elsewhere. Next room: :mod:`lifecycle.dealership.people`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from attrs import Attribute, field, fields, frozen

from lifecycle.errors import LifecycleError
from lifecycle.kinds import FACTS

__all__ = ["Assumption", "Assumptions", "Weights"]

#: Choices, each with its weight.
Weights = tuple[tuple[str, float], ...]
#: A cumulative share by months: it rises in straight lines between its points.
Curve = tuple[tuple[float, float], ...]
#: Two whole numbers, both included; what lies between is as likely as they are.
Bounds = tuple[int, int]


class Assumption(NamedTuple):
    """One line of the table: a figure, where it was read, what it means."""

    name: str
    value: object
    source: str
    """A handbook ID, or "assumed"."""
    meaning: str


_Check = Callable[[Any, "Attribute[Any]", Any], None]


def _wrong(attribute: Attribute[Any], value: object, why: str, remedy: str) -> LifecycleError:
    return LifecycleError(f"{attribute.name}={value!r} {why}", argument=attribute.name, value=value, remedy=remedy)


def _a_share(_: object, attribute: Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise _wrong(attribute, value, "is not a share", "give a number from 0 to 1")


def _positive(_: object, attribute: Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise _wrong(attribute, value, "is not a positive number", "give a number above 0")


def _rising(_: object, attribute: Attribute[Any], value: Curve) -> None:
    months = [point[0] for point in value]
    shares = [point[1] for point in value]
    if not value or months[0] != 0 or shares[0] != 0 or sorted(set(months)) != months or sorted(shares) != shares:
        raise _wrong(attribute, value, "is not a cumulative share by months", "begin with (0, 0) and let both rise")
    if shares[-1] > 1:
        raise _wrong(attribute, value, "ends above 1", "shares go from 0 to 1")


def _weights(choices: Sequence[str] = ()) -> _Check:
    def check(_: object, attribute: Attribute[Any], value: Weights) -> None:
        if not value or any(weight < 0 for _, weight in value) or not sum(weight for _, weight in value):
            raise _wrong(attribute, value, "has no weights", "give each choice a weight, one of them above 0")
        unknown = [name for name, _ in value if choices and name not in choices]
        if unknown:
            raise _wrong(attribute, value, f"has an unknown choice {unknown[0]!r}", f"known: {', '.join(choices)}")

    return check


def _bounds(_: object, attribute: Attribute[Any], value: Any) -> None:
    try:
        first, last = value
        sound = type(first) is int and type(last) is int and 0 <= first <= last
    except (TypeError, ValueError):
        sound = False
    if not sound:
        raise _wrong(attribute, value, "is no pair of bounds", "give two whole numbers, the lower one first")


def _told(default: Any, source: str, meaning: str, check: _Check | None = None) -> Any:
    return field(default=default, validator=check, metadata={"source": source, "meaning": meaning})


def _share(default: float, source: str, meaning: str) -> Any:
    return _told(default, source, meaning, _a_share)


def _number(default: float, source: str, meaning: str) -> Any:
    return _told(default, source, meaning, _positive)


def _within(first: int, last: int, meaning: str, source: str = "assumed") -> Any:
    return _told((first, last), source, meaning, _bounds)


def _choice(default: Weights, source: str, meaning: str, choices: Sequence[str] = ()) -> Any:
    return _told(default, source, meaning, _weights(choices))


@frozen(kw_only=True)
class Assumptions:
    """Everything assumed of the synthetic house; change a field, and the house is another one.

    Shares are of 1, amounts are yuan, curves are (months, cumulative share). ``table`` names the source of each.
    """

    # -- who comes
    customer_types: Weights = _choice(
        (("buyer", 0.80), ("workshop_only", 0.08), ("used_car", 0.02), ("prospect", 0.10)),
        "assumed",
        "what brings a customer: he buys here, has bought elsewhere, takes over a customer's car, or looks and does not buy",
        ("buyer", "workshop_only", "used_car", "prospect"),
    )
    months_before: int = _number(48, "assumed", "the oldest delivery lies so many months before the records begin")
    lead_days: float = _number(25, "assumed", "mean days from the first enquiry to the delivery")
    age_at_first_sight: float = _number(
        2.5, "assumed", "mean years of a car that was bought elsewhere when it is first seen"
    )
    first_sight_days: Bounds = _within(3, 60, "days from the transfer of a car to its new owner's first visit")
    referral_lead_days: Bounds = _within(
        0, 14, "days from the referral to the first enquiry of the one who was referred"
    )
    neighbours: int = _number(20, "assumed", "people refer, and sell cars to, one of so many customers around them")
    referred: float = _share(0.60, "R3", "share of the new buyers who come by referral")
    referrer_without_car: float = _share(
        0.05, "assumed", "share of the referrals made before the referrer's own purchase"
    )
    referral_unrecorded: float = _share(
        0.10, "K16", "share of the referrals rewarded without a recorded relation (share assumed)"
    )
    referral_idle: float = _share(0.06, "assumed", "share of the buyers who also name somebody who never buys")
    entered_twice: float = _share(0.01, "assumed", "share of the customers who were entered twice, and merged later")
    entered_twice_visit: Bounds = _within(1, 4, "which visit the second entry is made at")
    merged_days: Bounds = _within(20, 200, "days from the second entry to the merging")
    ages: Bounds = _within(23, 59, "years of age at the first record")
    birthday_unknown: float = _share(0.2, "assumed", "share of the customers whose birthday is not known")

    # -- their cars
    models: tuple[tuple[str, str, int], ...] = _told(
        (
            ("骐达", "C12", 99_800),
            ("轩逸", "B17", 119_900),
            ("逍客", "J11", 149_800),
            ("奇骏", "T32", 188_800),
            ("天籁", "L33", 198_800),
        ),
        "assumed",
        "models: name, their three letters in the VIN, list price",
    )
    discount: float = _share(0.05, "assumed", "the largest discount on the list price")
    vin_slips: float = _share(0.006, "assumed", "share of the VINs that were typed with a wrong check digit")
    warranty_months: int = _number(
        24, "assumed", "months of the maker's warranty; the third year is out of warranty (K11)"
    )
    loss_curve: Curve = _told(
        (
            (0, 0.0), (2, 0.042), (12, 0.0475),
            (14, 0.110), (24, 0.126),
            (25, 0.435), (36, 0.495),
            (38, 0.625), (48, 0.69),
            (50, 0.715), (60, 0.79),
            (61, 0.91), (84, 0.925),
        ),
        "K11",
        "share no longer coming, by months since delivery: 3-5 %, 9-13 %, 40-50 %, 60-80 %, 90 % of the age classes",
        _rising,
    )  # fmt: skip
    won_back: float = _share(0.05, "assumed", "share of the lost who are won back; they are not counted as lost")
    won_back_days: float = _number(400, "assumed", "mean days from the loss to the return of one who is won back")
    lost_again: float = _share(0.5, "assumed", "share of the returned who are lost again")
    lost_again_days: float = _number(300, "assumed", "mean days from the return to the second loss")
    loss_reasons: Weights = _choice(
        (
            ("price", 0.28), ("distance", 0.16), ("service", 0.13), ("quality", 0.12), ("insurer", 0.07), ("waiting", 0.06),
            ("other_city", 0.06), ("special", 0.04), ("never_maintains", 0.04), ("other", 0.04),
        ),
        "W17, V3",
        "why he stays away (the reasons are the sources', their weights are assumed)",
        FACTS["reason"].choices,
    )  # fmt: skip
    replaced_curve: Curve = _told(
        ((0, 0.0), (24, 0.01), (48, 0.08), (72, 0.25), (120, 0.70)),
        "assumed",
        "share of the cars given up by their owner, by months since delivery; not the same as being lost",
        _rising,
    )
    replaced_here: float = _share(
        0.5, "R8", "chance that one who still comes replaces his car here (the chance of a sale to a customer)"
    )
    loses_value: float = _share(0.15, "assumed", "share of its value that a car loses in a year")
    second_car: float = _share(0.07, "assumed", "share of the owners who take a second car beside the first")
    second_car_days: Bounds = _within(300, 2800, "days from the first car to the second")
    moves_away: float = _share(
        0.02, "assumed", "share of the customers who move to another city in the time of the records"
    )

    # -- what the records show of them
    records: Weights = _choice(
        (("full", 0.15), ("plain", 0.60), ("bills", 0.25)),
        "assumed",
        "how a customer is recorded: every step of showroom and workshop, the main events, or workshop bills alone",
        ("full", "plain", "bills"),
    )
    clocked: float = _share(
        0.40, "assumed", "share of the plainly recorded customers whose events carry the time of day"
    )
    opens: int = _number(8 * 60 + 30, "assumed", "minute of the day at which the house opens, on every day of the week")
    closes: int = _number(17 * 60 + 30, "assumed", "minute of the day at which it closes")
    detours: float = _share(
        0.15, "assumed", "chance that a step of a showroom, workshop or desk process is not the straight one"
    )
    step_minutes: float = _number(
        15, "assumed", "minutes from one step to the next while the customer is in the showroom"
    )
    staff: int = _number(6, "assumed", "people in each role")

    # -- the sale
    walk_outs: Weights = _choice(
        (("lost", 0.65), ("open", 0.25), ("ruled_out", 0.10)),
        "assumed",
        "how an enquiry that leads to no purchase ends: bought elsewhere, not at all, or with a vow never to buy here",
        ("lost", "open", "ruled_out"),
    )
    milestones: Weights = _choice(
        (("enquired", 0.0), ("need_agreed", 0.1), ("model_accepted", 0.3), ("contract_signed", 0.6)),
        "assumed",
        "what is recorded of a plain sale, and at which part of the time to its delivery",
        ("enquired", "need_agreed", "model_accepted", "contract_signed"),
    )
    looks_agree: float = _share(
        0.7, "assumed", "share of the plainly recorded enquiries without a purchase in which a need is agreed"
    )
    looks_accept: float = _share(0.5, "assumed", "share of these in which a model is accepted")
    lost_sale_reasons: Weights = _choice(
        (("price", 0.45), ("special", 0.25), ("waiting", 0.12), ("service", 0.08), ("other", 0.10)),
        "assumed",
        "why a sale is lost",
        FACTS["reason"].choices,
    )
    owner_looks: float = _share(0.06, "assumed", "share of the owners who look at another car here and do not buy it")
    looks_days: Bounds = _within(400, 2600, "days from an owner's first day to his look at another car")
    replacement_noticed: float = _share(
        0.5, "K4", "share of the owners' enquiries before which the replacement window was seen (assumed)"
    )
    replacement_days: Bounds = _within(5, 60, "days by which it was seen before")
    objections: float = _share(
        0.4, "K6", "share of the fully recorded sales with an objection that is settled (share assumed)"
    )
    thinks_it_over: float = _share(
        0.25, "K6, K7", "share of those with an objection, or a final quotation, who go and come back (assumed)"
    )
    final_quotations: float = _share(
        0.25, "K7", "share of the quotations that are declined and made anew (share assumed)"
    )
    test_drives: float = _share(0.6, "K6", "share of those with a test drive (share assumed)")
    drives_later: float = _share(0.25, "K6", "share of these for which it is booked for another day (share assumed)")
    quotations: float = _share(0.7, "K7", "share of those with a quotation (share assumed)")
    seldom_in_the_showroom: Weights = _choice(
        (("need_changed", 0.1), ("model_changed", 0.1), ("follow_up_planned", 0.3), ("enquired", 0.1)),
        "assumed",
        "weights of what a detour in the showroom leads to, where they are not 1",
    )
    changes_mind: float = _share(
        0.06, "assumed", "share of the plainly recorded sales in which need or model is changed on the way"
    )
    origins: Weights = _choice(
        (("自然到店", 0.45), ("网络", 0.25), ("车展", 0.15), ("电话", 0.10), ("其他", 0.05)),
        "S5",
        "how those who were not referred came to the house (the weights are assumed)",
    )
    channels: Weights = _choice(
        (("in_house", 0.7), ("call", 0.2), ("wechat", 0.1)),
        "W12",
        "how an enquiry comes in (assumed)",
        FACTS["channel"].choices,
    )
    product_with_car: float = _share(0.25, "assumed", "share of the deliveries with a further product")
    products: Weights = _choice(
        (("accessories", 0.35), ("finance", 0.30), ("insurance", 0.20), ("rescue", 0.10), ("other", 0.05)),
        "K13",
        "which product that is (the weights are assumed)",
        FACTS["product"].choices,
    )
    insurance_renewed: float = _share(
        0.50, "assumed", "share of the yearly insurance renewals that are done through the house"
    )
    insurance_price: float = _number(4200, "assumed", "median yuan of a year's insurance")
    insurance_falls: float = _share(0.1, "assumed", "share by which it falls each year")
    renewal_days: Bounds = _within(0, 40, "days before the expiry at which it is renewed")
    warranty_extended: float = _share(0.06, "assumed", "share of the owners who extend the warranty before it ends")
    extension_days: Bounds = _within(5, 90, "days before the warranty's end at which it is extended")
    extension_months: int = _number(24, "assumed", "months by which it is extended")

    # -- the workshop
    visits_per_year: float = _number(2.5, "V4a", "visits a year of one who comes: every 12 / 2.5 = 4.8 months")
    visit_types: Weights = _choice(
        (("maintenance", 0.62), ("repair", 0.18), ("warranty", 0.08), ("accident", 0.07), ("free_help", 0.05)),
        "assumed",
        "what a visit is for; warranty jobs become repairs when the warranty is over; free help is V1c's bulb or fuse",
        ("maintenance", "repair", "warranty", "accident", "free_help"),
    )
    first_service_free: float = _share(0.5, "assumed", "share of the first services that the maker pays for")
    first_service_bill: float = _number(260, "assumed", "median yuan that he pays for it")
    maintenance_bill: float = _number(520, "assumed", "median yuan of a maintenance")
    repair_bill: float = _number(880, "assumed", "median yuan of a repair, also of one under warranty")
    accident_bill: float = _number(3200, "assumed", "median yuan that an insurer pays for a job")
    own_share: float = _share(0.25, "assumed", "share of the insurers' jobs of which the customer pays a part himself")
    own_share_bill: float = _number(300, "assumed", "median yuan of that part")
    bill_spread: float = _number(0.6, "assumed", "standard deviation of the logarithm of a bill")
    bills_with_fen: float = _share(0.125, "assumed", "share of the bills that are not of whole yuan")
    parts_share: float = _share(0.6, "assumed", "share of a bill that is for parts")
    parts_spread: float = _share(0.3, "assumed", "by which part that share varies, up and down")
    accessories_sold: float = _share(0.06, "assumed", "share of the maintenances with accessories on the bill")
    stays_overnight: float = _share(0.12, "assumed", "share of the jobs that are handed over one to four days later")
    nights: Bounds = _within(1, 4, "how many days later that is")
    job_minutes: Bounds = _within(25, 180, "minutes of a job that is done on the same day")
    kilometres: float = _number(15_000, "assumed", "mean kilometres a year")
    driving_spread: float = _number(0.3, "assumed", "standard deviation of the logarithm of a driver's kilometres")
    booked: float = _share(0.6, "assumed", "share of the fully recorded visits that were booked")
    booked_days: Bounds = _within(1, 5, "days from the booking to the visit")
    missed_visits: float = _share(
        0.04, "assumed", "bookings missed or cancelled, for each visit of a fully recorded customer"
    )
    missed_days: Bounds = _within(6, 12, "days by which the missed visit lay before the next one")
    home_inspection: float = _share(
        0.04, "V1d", "share of the customers inspected at home without charge (share assumed)"
    )
    home_inspection_days: int = _number(
        90, "assumed", "days from his first day to the first inspection, and between two"
    )
    free_plate: str = _told("免单", "V1c", "the plate under which free help is booked (the source names none)")
    voided_bill: float = _share(0.006, "assumed", "share of the bills that were entered twice, the second one voided")
    refunded_bill: float = _share(0.008, "assumed", "share of the bills of which some is refunded")
    refund_parts: tuple[int, ...] = _told(
        (1, 1, 2, 4), "assumed", "all of the bill is refunded, or one such part of it"
    )
    refund_days: Bounds = _within(0, 9, "days from the bill to the refund")

    # -- what they say
    ssi_answers: float = _share(
        0.55, "W13", "share of the buyers who answer the call after the delivery (share assumed)"
    )
    ssi_days: int = _number(3, "W13", "days from the delivery to the callback agent's call")
    csi_answers: float = _share(0.30, "W14", "share of the visits after which the call is answered (share assumed)")
    csi_days: Bounds = _within(1, 3, "days from the handover to the callback agent's call", "W14")
    good_scores: Bounds = _within(85, 100, "score of a satisfied answer")
    bad_scores: Bounds = _within(30, 75, "score of a dissatisfied one")
    satisfied: float = _share(0.93, "assumed", "share of satisfied answers")
    good_review: float = _share(0.90, "assumed", "share of good reviews")
    reviews: float = _share(0.05, "W14", "share of the visits that are reviewed on WeChat (share assumed)")
    review_minutes: Bounds = _within(30, 2000, "open minutes from the handover to the review")
    dissatisfied_reasons: Weights = _choice(
        (("quality", 0.204), ("service", 0.299), ("special", 0.280), ("distance", 0.127), ("waiting", 0.091)),
        "K12",
        "why: repair quality 20.4, trust and staff 29.9, bond and owner events 28.0, convenience 12.7, comfort 9.1 %",
        FACTS["reason"].choices,
    )
    sales_complaints: float = _share(0.0095, "W9", "complaints for each delivery, as in the first half of 2014")
    service_complaints: float = _share(0.00278, "W9", "complaints for each handover, as in the first half of 2014")
    sales_complaint_days: Bounds = _within(1, 20, "days from the delivery to a complaint")
    service_complaint_days: Bounds = _within(1, 10, "days from the handover to a complaint")
    dissatisfied_complain: float = _share(
        0.30, "W15", "share of the dissatisfied answers that become a complaint (share assumed; R2)"
    )
    second_complaint: float = _share(
        0.15, "assumed", "share of the complaints during which the same customer raises another"
    )
    complaint_steps: float = _share(0.5, "assumed", "share of the complaints of which every step is recorded")
    named_at_once: float = _share(
        0.3, "assumed", "share of those in which the person complained about is named when it is raised"
    )
    reopened: float = _share(0.08, "assumed", "share of those that are reopened after closing")
    complaint_followed_up: float = _share(
        0.6, "S4", "share of those that are followed up by a call before closing (share assumed)"
    )
    closed_in_time: float = _share(
        0.80, "W16", "share of the complaints that are closed within 24 hours (share assumed)"
    )
    hours_open: Bounds = _within(2, 8, "open hours that these take")
    days_open: Bounds = _within(2, 12, "open days that the others take")
    closed_satisfied: float = _share(0.85, "assumed", "share of the complaints closed to the customer's satisfaction")
    major_complaint: float = _share(0.10, "S4", "share of major complaints (share assumed)")
    rules_out: float = _share(0.08, "K9", "share of the dissatisfied who vow never to buy here again (share assumed)")
    bad_word: float = _share(0.08, "K9", "share of the dissatisfied who speak ill of the house (share assumed)")
    third_party: float = _share(0.08, "K9", "share of the complaints that go to third parties (share assumed)")
    third_party_days: Bounds = _within(3, 30, "days from the closing to the third party")
    speaks_days: Bounds = _within(2, 40, "days from the grievance to the vow or the ill word")
    not_reached: float = _share(
        0.03, "W14", "share of the visits after which the calls, all recorded, reach nobody (share assumed)"
    )
    follow_ups_listed: float = _share(
        0.25, "W13-W15", "share of the answered calls that are recorded with list and attempts (assumed)"
    )

    # -- those who stay away
    outreach: float = _share(0.40, "W2", "share of the lost who are listed and called (share assumed)")
    outreach_days: float = _number(
        210, "V1a", "mean days from the last visit to the list: six months and somewhat more"
    )
    outreach_ends: Weights = _choice(
        (("outreach_declined", 0.40), ("outreach_lapsed", 0.30), ("outreach_closed", 0.15), ("unreachable", 0.15)),
        "assumed",
        "how an outreach ends that brings nobody back",
        ("outreach_declined", "outreach_lapsed", "outreach_closed", "unreachable"),
    )
    won_back_by_outreach: float = _share(0.7, "assumed", "share of the returns that an outreach led to")
    outreach_lead: Bounds = _within(15, 60, "days from the list to the return of one who is won back")
    outreach_length: Bounds = _within(2, 30, "days from the list to the end of an outreach that brings nobody back")

    # -- club and points
    club_step: float = _share(
        0.03, "W7", "share of the members who open a bank's card, store value or pay the lifetime fee (assumed)"
    )
    card_days: Bounds = _within(20, 50, "days from the enrolment to such a step")
    club_days: int = _number(200, "assumed", "days after the last visit until which a member takes part in the club")
    leaves_club: float = _share(0.01, "assumed", "share of the members who leave the club")
    leaves_club_days: Bounds = _within(200, 1500, "days from the enrolment to the leaving")
    stored_value: tuple[int, ...] = _told(
        (1500, 2000, 3000, 5000, 10_000), "W7", "amounts stored by diamond members, in yuan"
    )
    lifetime_fee: int = _number(3000, "assumed", "fee of the lifetime membership, in yuan (W7 names none)")
    points_per: int = _number(50, "W3", "yuan for a point: a customer redeems no more than he has by this count")
    point_value: int = _number(1, "assumed", "yuan that a redeemed point is good for (the sources name no value)")
    points_idle_days: int = _number(
        300, "W5", "days without a visit after which he no longer counts on his points (they lapse after 12 months)"
    )
    redeems_from: int = _number(20, "assumed", "points from which on a customer thinks of redeeming")
    gives_from: int = _number(9, "assumed", "points from which on a member gives some away")
    redeems: float = _share(0.08, "assumed", "share of the charged visits at which points are redeemed")
    redemption_undone: float = _share(0.04, "assumed", "share of the redemptions that are taken back at once")
    points_given: float = _share(0.02, "assumed", "share of the members who give points to another one")
    points_opened: float = _share(
        0.6, "assumed", "share of the earlier owners whose points are carried into the records"
    )
    opening_points: Bounds = _within(5, 200, "how many these are")
    points_corrected: float = _share(0.01, "assumed", "share of the members whose points are corrected once")
    corrections: tuple[int, ...] = _told((-10, -5, 5, 20, 50), "assumed", "by how many points")
    attends: float = _share(0.10, "W11", "share of the members who attend an owner event in a year (share assumed)")
    event_points: Weights = _choice(
        (("100", 0.5), ("200", 0.2), ("50", 0.1), ("0", 0.2)),
        "K15",
        "points credited for attending (the weights are assumed)",
    )
    accepts_care: float = _share(
        0.08, "W10", "share of the members who take up a greeting or reminder in a year (share assumed)"
    )
    referral_visit_seen: float = _share(
        0.5, "assumed", "share of the referrals of which the visit to the house is recorded"
    )
    referral_rewarded: float = _share(0.3, "assumed", "share of the referrals with a fee besides the points")
    referral_reward_days: int = _number(5, "assumed", "days from the purchase to that fee")
    referral_fee: int = _number(300, "assumed", "that fee, in yuan (R's papers know one, and name no figure)")
    referral_reversed: float = _share(0.015, "assumed", "share of the referrals taken back with the sale")
    referral_reversal_days: int = _number(9, "assumed", "days from the purchase to that")
    referral_lapse_days: int = _number(120, "assumed", "days after which a referral without a purchase lapses")
    applies_first: float = _share(
        0.04, "K14", "share of the members whose application was pending for some days (share assumed)"
    )
    application_days: Bounds = _within(1, 20, "days for which it was pending")
    referral_points: int = _number(500, "W4", "points for a referral that led to a purchase")
    opts_out: float = _share(
        0.04, "W12", "share of the customers who do not want to be contacted in some way (share assumed)"
    )
    opts_in_again: float = _share(0.4, "assumed", "share of those who take it back")
    opts_in_days: Bounds = _within(30, 600, "days until then")
    reviewed_spending: float = _share(
        0.15, "K3", "share of the customers whose spending is reviewed each January (share assumed)"
    )
    spending_band: float = _share(
        0.2, "K3", "a year's spending is level within this share of the year before (assumed)"
    )
    cities: Weights = _choice(
        (("南京", 0.85), ("镇江", 0.06), ("马鞍山", 0.05), ("滁州", 0.04)), "assumed", "where the customers live"
    )
    elsewhere: Weights = _choice(
        (("上海", 0.4), ("苏州", 0.3), ("杭州", 0.3)), "assumed", "where those move who move away"
    )

    # -- the desk
    cycle_months: int = _number(3, "S6", "months of one turn of the department's cycle (length assumed)")
    measured_scores: Bounds = _within(78, 96, "satisfaction as measured in a turn")
    silent_calls: float = _share(0.2, "R10", "share of these on which nobody is heard (share assumed)")
    recorded_calls: int = _number(40, "R10", "calls a year at the desk that are recorded step by step (number assumed)")

    @property
    def table(self) -> tuple[Assumption, ...]:
        """Every figure with its source and meaning, in the order of the fields."""
        return tuple(
            Assumption(one.name, getattr(self, one.name), one.metadata["source"], one.metadata["meaning"])
            for one in fields(Assumptions)
        )
