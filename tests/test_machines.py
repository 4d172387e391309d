"""The machines in the domain's words: what a sale, a visit, a complaint … may do next, and what a refusal says."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History
from lifecycle.kinds import FACTS, KINDS
from lifecycle.machine import Machine
from lifecycle.machines import (
    ACTIVITY,
    ALL,
    CALL_ETIQUETTE,
    CASES,
    COMPLAINT,
    CREDIT_CARD,
    DEPARTMENT_CYCLE,
    DIAMOND,
    FOLLOW_UP,
    LIFETIME_VIP,
    LOYALTY,
    MEMBERSHIP,
    OUTREACH,
    REFERRAL,
    REGIONS,
    SALE,
    SATISFACTION,
    STAGE,
    TRAINING,
    VISIT,
)
from lifecycle.machines.outreach import OFFERS

each_machine = pytest.mark.parametrize("machine", ALL.values(), ids=ALL)
each_case = pytest.mark.parametrize("machine", CASES, ids=lambda machine: machine.name)


def lines(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """`event fact=value …`, one a line or set off by commas."""
    for line in text.replace(",", "\n").split("\n"):
        if line.strip():
            event, *facts = line.split()
            yield event, {name: value for name, _, value in (fact.partition("=") for fact in facts)}


def go(machine: Machine, text: str, state: str | None = None) -> str:
    """The state after all this; a refusal fails the test and says why."""
    now = machine.initial if state is None else state
    for event, facts in lines(text):
        step = machine.step(now, event, **facts)
        assert step.accepted, step.because
        now = step.state
    return now


def refusal(machine: Machine, state: str, text: str) -> str:
    """What the machine says when it refuses this here."""
    ((event, facts),) = lines(text)
    step = machine.step(state, event, **facts)
    assert not step.accepted
    assert (step.state, step.row) == (state, None)
    return " ".join(step.because)


# -- the sale (K5-K7) --------------------------------------------------------------------------------------------------

TO_THE_RECOMMENDATION = "enquired, need_asked, need_summarised, need_agreed"
TO_THE_MODEL = f"""{TO_THE_RECOMMENDATION}, recommendation_accepted, walk_around_given, product_explained,
    no_question_left, model_accepted"""
TO_THE_TALK = f"{TO_THE_MODEL}, test_drive_wanted, test_drive_begun, purchase_talk_begun"
TO_THE_QUOTATION = f"{TO_THE_TALK}, intention_shown, quotation_wanted, quotation_explained"
TO_THE_STOCK = f"{TO_THE_QUOTATION}, quotation_accepted, deal_closed"
FROM_THE_CONTRACT = "contract_signed, contract_presented, services_confirmed, payment_received, vehicle_delivered"


def test_a_sale_goes_through_the_three_charts_to_the_delivery() -> None:
    assert go(SALE, f"{TO_THE_STOCK}, stock_checked on_hand=yes, car_chosen, {FROM_THE_CONTRACT}") == "delivered"
    assert SALE.is_final("delivered")


def test_the_need_is_asked_again_until_he_agrees() -> None:
    assert go(SALE, "enquired, need_asked, need_summarised, need_disputed, need_asked, need_summarised") == (
        "need_summarised"
    )
    assert "asking" in refusal(SALE, "reception", "need_summarised")


def test_a_model_he_does_not_accept_leads_back_to_the_need() -> None:
    state = go(SALE, f"{TO_THE_RECOMMENDATION}, recommendation_declined")
    assert SALE.label(state) == "asking"
    assert go(SALE, "need_asked, need_summarised, need_agreed, recommendation_accepted", state) == "presenting"


def test_an_objection_is_settled_or_his_data_are_kept_before_he_is_seen_off() -> None:
    told = f"{TO_THE_RECOMMENDATION}, recommendation_accepted, walk_around_given, product_explained, objection_raised"
    assert go(SALE, f"{told}, objection_settled, model_accepted") == "model_accepted"
    remained = go(SALE, f"{told}, objection_remained")
    assert "contact_kept" in refusal(SALE, remained, "customer_seen_off")
    assert go(SALE, "contact_kept, customer_seen_off", remained) == "seen_off"


def test_who_was_seen_off_undecided_comes_again_without_a_plan() -> None:
    assert go(SALE, "sale_resumed, walk_around_given, product_explained, no_question_left", "seen_off") == "convinced"


def test_no_time_for_a_test_drive_books_the_next_and_files_the_information() -> None:
    booked = go(SALE, f"{TO_THE_MODEL}, test_drive_wanted, test_drive_booked, customer_seen_off")
    assert SALE.label(booked) == "seen_off"
    assert "information_filed" in refusal(SALE, booked, "test_drive_begun")
    assert go(SALE, "information_filed, test_drive_begun, purchase_talk_begun", booked) == "purchase_talk"


def test_no_interest_in_a_test_drive_leads_to_the_talk() -> None:
    assert go(SALE, f"{TO_THE_MODEL}, test_drive_declined") == "purchase_talk"


def test_still_no_intention_after_persuasion_leads_to_a_plan() -> None:
    assert go(SALE, f"{TO_THE_TALK}, intention_denied, intention_shown") == "willing"
    assert go(SALE, f"{TO_THE_TALK}, intention_denied, intention_denied") == "follow_up_talk"


def test_a_sale_that_fails_at_the_final_quotation_is_taken_up_again() -> None:
    planned = go(SALE, f"{TO_THE_QUOTATION}, quotation_declined, final_quotation_made, final_quotation_declined")
    assert SALE.label(planned) == "follow_up_planned"
    assert go(SALE, "follow_up_planned until=2024-05-01", planned) == planned, "the plan gets its day"
    sold = f"sale_resumed, quotation_explained, quotation_accepted, deal_closed, stock_checked on_hand=yes, car_chosen, {FROM_THE_CONTRACT}"
    assert go(SALE, sold, planned) == "delivered"


def test_a_plan_is_taken_up_at_any_point_reached_before_and_at_none_beyond() -> None:
    planned = go(SALE, f"{TO_THE_QUOTATION}, quotation_declined, final_quotation_made, final_quotation_declined")
    boxes = {
        "need": "asking",
        "model": "recommending",
        "trial": "consulting",
        "drive": "drive_wanted",
        "talk": "purchase_talk",
    }
    for point, box in boxes.items():
        assert go(SALE, f"sale_resumed point={point}", planned) == box
    said = refusal(SALE, planned, "sale_resumed point=closing")
    assert "the event says [point=closing]" in said
    assert "[point=talk]" in said
    assert go(SALE, "sale_resumed point=成交", "follow_up_date") == "closing"


@pytest.mark.parametrize("state", [state.name for state in SALE.states if state.label == "follow_up_planned"])
def test_every_plan_can_be_taken_up_where_it_stopped(state: str) -> None:
    point = state.removeprefix("follow_up_")
    assert go(SALE, "sale_resumed", state) == go(SALE, f"sale_resumed point={point}", state)


def test_no_quotation_wanted_invites_to_close_at_once() -> None:
    assert go(SALE, f"{TO_THE_TALK}, intention_shown, quotation_waived, deal_put_off") == "follow_up_closing"


def test_no_car_in_stock_offers_dates_until_he_accepts_or_withdraws() -> None:
    looking = go(SALE, f"{TO_THE_STOCK}, stock_checked on_hand=no, date_refused, date_refused")
    assert looking == "other_date"
    assert go(SALE, f"date_accepted, {FROM_THE_CONTRACT}", looking) == "delivered"
    assert go(SALE, "customer_withdrew, sale_resumed", looking) == "new_date"


def test_he_looks_at_cars_until_one_satisfies_him() -> None:
    told = f"{TO_THE_STOCK}, stock_checked on_hand=yes, car_turned_down, car_turned_down, car_chosen"
    assert go(SALE, told) == "contract_explaining"


def test_a_changed_need_and_another_model_lead_back() -> None:
    assert go(SALE, f"{TO_THE_QUOTATION}, need_changed, need_asked, need_summarised, need_agreed") == "recommending"
    assert go(SALE, f"{TO_THE_QUOTATION}, model_changed, recommendation_accepted") == "presenting"
    assert "need_changed is not expected in asking" in refusal(SALE, "asking", "need_changed")


def test_a_house_that_records_only_milestones_has_a_sale_too() -> None:
    milestones = "enquired, need_agreed, model_accepted, contract_signed, vehicle_delivered".split(", ")
    assert go(SALE, ", ".join(milestones)) == "delivered"
    assert (
        go(SALE, "enquired, need_agreed, need_changed, model_accepted, model_changed, vehicle_delivered") == "delivered"
    )
    for left_out in range(len(milestones)):
        assert go(SALE, ", ".join(milestones[left_out:])) == "delivered", "the record begins in the middle"


def test_once_a_box_is_on_record_the_next_milestone_cannot_be_jumped_at() -> None:
    assert "expected" in refusal(SALE, "asking", "model_accepted")
    assert "expected" in refusal(SALE, "quotation_explaining", "contract_signed")
    assert "services_confirmed" in refusal(SALE, "services_confirmed", "vehicle_delivered")


def test_a_sale_is_lost_from_any_open_box_and_from_none_that_has_ended() -> None:
    for state in SALE.states:
        if state.final:
            assert "nothing, it is final" in refusal(SALE, state.name, "sale_lost") or state.name == "delivered"
        else:
            assert go(SALE, "sale_lost reason=price", state.name) == "sale_lost"


def test_an_owner_who_keeps_his_old_car_is_no_lost_sale() -> None:
    assert go(SALE, "trade_in_asked, need_asked, replacement_declined") == "declined"


# -- the visit (K8) ----------------------------------------------------------------------------------------------------


def test_a_visit_from_the_appointment_to_the_follow_up() -> None:
    told = """visit_booked until=2024-03-01, workshop_entered, visit_quoted amount=860, quote_accepted, work_begun,
        work_inspected passed=no, work_inspected passed=yes, vehicle_handed_over charge=860, surveyed satisfied=yes"""
    assert go(VISIT, told) == "followed_up"


@pytest.mark.parametrize(
    ("bill", "state"),
    [
        ("charge=860", "handed_over_charged"),
        ("charge=0.01 warranty=yes", "handed_over_charged"),
        ("charge=0 warranty=yes maker_paid=500", "handed_over_warranty"),
        ("charge=0", "handed_over_free"),
        ("", "handed_over_free"),
    ],
)
def test_a_handover_is_charged_free_or_under_warranty(bill: str, state: str) -> None:
    assert go(VISIT, f"workshop_entered, vehicle_handed_over {bill}") == state
    assert VISIT.label(state) == "handed_over"


def test_no_car_leaves_uninspected_once_the_work_was_agreed() -> None:
    said = refusal(VISIT, "in_work", "vehicle_handed_over charge=860")
    assert "accepted in in_work: work_inspected" in said


def test_who_declines_the_quotation_gets_his_car_back_or_thinks_better_of_it() -> None:
    declined = go(VISIT, "workshop_entered, visit_quoted, quote_refused reason=price")
    assert go(VISIT, "vehicle_handed_over charge=50", declined) == "handed_over_charged"
    assert go(VISIT, "visit_quoted, quote_accepted", declined) == "accepted"
    assert go(VISIT, "visit_cancelled", declined) == "cancelled"


def test_a_no_show_may_come_late_or_book_again() -> None:
    missed = go(VISIT, "visit_booked, visit_missed")
    assert VISIT.is_final(missed)
    assert go(VISIT, "workshop_entered", missed) == "received"
    assert go(VISIT, "visit_booked, visit_cancelled", missed) == "cancelled"
    assert "workshop_entered is not expected in cancelled" in refusal(VISIT, "cancelled", "workshop_entered")


def test_the_bill_alone_is_a_visit() -> None:
    assert go(VISIT, "vehicle_handed_over charge=300, surveyed satisfied=no") == "followed_up"


def test_an_inspection_at_the_customers_never_enters_the_workshop() -> None:
    assert go(VISIT, "visit_booked, inspected_at_customer, surveyed satisfied=yes") == "followed_up"
    assert "not expected" in refusal(VISIT, "inspected_at_customer", "workshop_entered")


# -- the follow-up (W13-W15, R6) ---------------------------------------------------------------------------------------


def test_a_satisfied_customer_ends_the_follow_up() -> None:
    assert (
        go(FOLLOW_UP, "follow_up_listed kind=CSI, follow_up_called reached=yes, surveyed satisfied=yes") == "satisfied"
    )
    assert go(FOLLOW_UP, "surveyed satisfied=yes") == "satisfied", "a survey tells of its call"


def test_a_dissatisfied_customer_is_called_again_once_the_complaint_is_on_its_form() -> None:
    dissatisfied = go(FOLLOW_UP, "follow_up_listed, follow_up_called reached=yes, surveyed satisfied=no")
    assert "complaint_raised" in refusal(FOLLOW_UP, dissatisfied, "follow_up_called reached=yes")
    told = "complaint_raised complaint=A, follow_up_called reached=yes attempt=1, surveyed satisfied=no, complaint_raised complaint=B"
    again = go(FOLLOW_UP, told, dissatisfied)
    assert go(FOLLOW_UP, "follow_up_called reached=yes, surveyed satisfied=yes", again) == "satisfied"


def test_three_calls_without_an_answer_make_him_unreachable() -> None:
    twice = go(
        FOLLOW_UP, "follow_up_listed, follow_up_called reached=no attempt=1, follow_up_called reached=no attempt=2"
    )
    assert twice == "unanswered"
    assert go(FOLLOW_UP, "follow_up_called reached=no attempt=3", twice) == "unreachable"
    assert FOLLOW_UP.step(twice, "follow_up_called", reached=False, attempt=3, attempts=5).state == "unanswered", (
        "the book's number"
    )
    assert go(FOLLOW_UP, "follow_up_called reached=yes, surveyed satisfied=yes", "unreachable") == "satisfied"


def test_a_renewed_grievance_opens_what_was_satisfied() -> None:
    assert go(FOLLOW_UP, "surveyed satisfied=no", "satisfied") == "dissatisfied"


# -- the complaint (W16, S4) -------------------------------------------------------------------------------------------

ANSWERED = (
    "complaint_raised department=after_sales, complaint_assigned assignee=Li, complaint_contacted, complaint_answered"
)


def test_a_complaint_by_the_rule_2_1_2_3() -> None:
    told = f"{ANSWERED}, complaint_resolved, complaint_followed_up satisfied=yes, complaint_closed satisfied=yes"
    assert go(COMPLAINT, told) == "closed_satisfied"
    assert COMPLAINT.label("closed_satisfied") == COMPLAINT.label("closed_dissatisfied") == "closed"


def test_a_complaint_by_the_24_hours_of_w16() -> None:
    assert go(
        COMPLAINT,
        "complaint_raised, complaint_assigned assignee=Li, complaint_contacted, complaint_closed satisfied=yes",
    ) == ("closed_satisfied")
    assert "complaint_contacted" in refusal(COMPLAINT, "assigned", "complaint_closed satisfied=yes")


def test_a_complaint_about_the_service_manager_cannot_be_assigned_to_him() -> None:
    raised = go(COMPLAINT, "complaint_raised against=Wang")
    said = refusal(COMPLAINT, raised, "complaint_assigned assignee=wang against=Wang")
    assert "asks for [not himself], and the event says [himself]" in said
    assert go(COMPLAINT, "complaint_assigned assignee=Li against=Wang", raised) == "assigned"
    assert "himself" in refusal(COMPLAINT, "escalated", "complaint_assigned assignee=Wang against=Wang"), "nor later"
    by_replay = COMPLAINT.step(raised, "complaint_assigned", assignee="Wang", accused="Wang")
    assert not by_replay.accepted, "replay remembers who was accused when it was raised"


def test_a_major_complaint_is_answered_by_senior_management() -> None:
    major = go(
        COMPLAINT, "complaint_raised major=yes, complaint_assigned assignee=Li, complaint_contacted, complaint_answered"
    )
    assert COMPLAINT.label(major) == "escalated"
    assert "complaint_answered_by_senior" in refusal(COMPLAINT, major, "complaint_resolved")
    assert "not expected" in refusal(COMPLAINT, major, "complaint_closed satisfied=yes")
    assert go(COMPLAINT, "complaint_answered_by_senior, complaint_resolved", major) == "resolved"


def test_a_complaint_that_is_escalated_waits_for_senior_management_too() -> None:
    assert go(COMPLAINT, f"{ANSWERED}, complaint_escalated, complaint_answered_by_senior") == "answered"
    assert go(COMPLAINT, "complaint_raised, complaint_escalated, complaint_contacted") == "escalated_contacted"


@pytest.mark.parametrize(
    "state", [state.name for state in COMPLAINT.states if f"paused_{state.name}" in COMPLAINT.labels]
)
def test_a_pause_remembers_where_it_began(state: str) -> None:
    paused = go(COMPLAINT, "complaint_paused reason=special", state)
    assert COMPLAINT.label(paused) == "paused"
    assert COMPLAINT.accepts(paused) == ("complaint_resumed",)
    assert go(COMPLAINT, "complaint_resumed", paused) == state


def test_a_renewed_grievance_reopens_the_complaint_and_it_is_assigned_anew() -> None:
    closed = go(COMPLAINT, "complaint_raised, complaint_closed satisfied=no")
    assert closed == "closed_dissatisfied"
    assert "complaint_reopened" in refusal(COMPLAINT, closed, "complaint_raised")
    assert (
        go(COMPLAINT, "complaint_reopened, complaint_assigned assignee=Li, complaint_contacted", closed) == "contacted"
    )
    assert go(COMPLAINT, "complaint_reopened, complaint_closed satisfied=yes", closed) == "closed_satisfied"


# -- the outreach (W17, W18, V3) ---------------------------------------------------------------------------------------

ASKED = "outreach_listed, outreach_called reached=yes"


def test_every_reason_has_its_offer_or_its_end() -> None:
    assert set(OFFERS) == set(FACTS["reason"].choices)
    for reason, offer in OFFERS.items():
        state = go(OUTREACH, f"{ASKED}, outreach_reason_told reason={reason}")
        if offer in FACTS["offer"].choices:
            assert OUTREACH.label(state) == "reason_known"
            assert go(OUTREACH, f"outreach_offered offer={offer}", state) == "offered"
            assert go(OUTREACH, "outreach_offered", state) == "offered"
        else:
            assert OUTREACH.label(state) in ("given_up", "never_maintains")


def test_who_left_for_the_price_is_offered_no_discount() -> None:
    price = go(OUTREACH, f"{ASKED}, outreach_reason_told reason=price where=independent_garage")
    said = refusal(OUTREACH, price, "outreach_offered offer=dedicated_discount")
    assert "[offer=as_due|dedicated_service]" in said


def test_the_book_may_offer_something_else_for_a_reason() -> None:
    """Replay puts `offer=` beside the reason where the book's mapping says so."""
    step = OUTREACH.step("asked", "outreach_reason_told", reason="distance", offer="booking_lane")
    assert step.state == "due_booking_lane"


def test_a_car_sold_or_used_elsewhere_is_given_up() -> None:
    assert go(OUTREACH, f"{ASKED}, outreach_reason_told reason=transferred") == "given_up"
    assert OUTREACH.is_final("given_up")


def test_never_maintained_is_explained_thanked_and_ended() -> None:
    assert go(OUTREACH, f"{ASKED}, outreach_reason_told reason=never_maintains, outreach_closed") == "closed"


def test_no_good_moment_is_asked_for_another() -> None:
    told = f"{ASKED}, outreach_postponed until=2024-05-01, outreach_called reached=yes, outreach_closed"
    assert go(OUTREACH, told) == "closed"


def test_only_a_charged_visit_is_a_return() -> None:
    offered = go(OUTREACH, f"{ASKED}, outreach_reason_told reason=service, outreach_offered, visit_booked")
    assert go(OUTREACH, "vehicle_handed_over charge=0", offered) == offered
    assert go(OUTREACH, "vehicle_handed_over charge=200", offered) == "returned"
    assert go(OUTREACH, "outreach_lapsed, vehicle_handed_over charge=200", offered) == "returned", "later than thought"
    assert go(OUTREACH, "outreach_declined", offered) == "declined"


def test_a_lost_customer_who_never_answers_is_unreachable() -> None:
    told = "outreach_listed, outreach_called reached=no attempt=1, outreach_called reached=no attempt=3"
    assert go(OUTREACH, told) == "unreachable"


# -- the referral (W4, K16) --------------------------------------------------------------------------------------------


def test_a_referral_is_recorded_bought_and_rewarded_by_both() -> None:
    told = "referral_recorded referred=C2, referral_visited, referral_converted, referral_rewarded, referral_rewarded account=head_office"
    state = go(REFERRAL, told)
    assert REFERRAL.label(state) == "rewarded"
    assert "not expected" in refusal(REFERRAL, state, "referral_rewarded account=dealer"), "each once"
    assert go(REFERRAL, "referral_reversed", state) == "reversed"


def test_a_referral_may_be_bought_without_a_recorded_visit_but_not_without_the_record() -> None:
    assert go(REFERRAL, "referral_recorded, referral_converted") == "bought"
    assert "only in recorded, visited" in refusal(REFERRAL, "not_begun", "referral_converted")
    assert "not expected" in refusal(REFERRAL, go(REFERRAL, "referral_recorded, referral_lapsed"), "referral_converted")


def test_nobody_refers_himself() -> None:
    step = REFERRAL.step("not_begun", "referral_recorded", referred="C1", customer="C1")
    assert not step.accepted
    assert "[not himself]" in step.because[0]
    assert REFERRAL.step("not_begun", "referral_recorded", referred="C2", customer="C1").accepted


# -- the club (W3, W6, W7) ---------------------------------------------------------------------------------------------


def test_a_member_applies_joins_leaves_and_comes_back() -> None:
    assert (
        go(MEMBERSHIP, "membership_applied, enrolled tier=silver, enrolled tier=gold, membership_left, enrolled")
        == "member"
    )
    assert go(MEMBERSHIP, "enrolled") == "member", "every buyer gets a card at delivery"
    assert "only in applied, member" in refusal(MEMBERSHIP, "not_begun", "membership_left")


@pytest.mark.parametrize(
    ("amount", "state"),
    [("1499.99", "not_diamond"), ("1500", "diamond"), ("10000", "diamond")],
)
def test_a_diamond_card_from_1500_yuan_stored(amount: str, state: str) -> None:
    assert go(DIAMOND, f"value_stored amount={amount}") == state


def test_more_than_10000_yuan_is_not_stored_and_the_book_may_say_otherwise() -> None:
    assert "stored=too_much" in refusal(DIAMOND, "not_diamond", "value_stored amount=10000.01")
    told = {"amount": Decimal(1800), "diamond_from": Decimal(2000)}
    assert DIAMOND.step("not_diamond", "value_stored", **told).state == "not_diamond"


def test_the_cards_are_apart_from_each_other_and_end_with_the_membership() -> None:
    assert go(CREDIT_CARD, "credit_card_opened, credit_card_opened, credit_card_ended") == "no_card"
    assert go(LIFETIME_VIP, "lifetime_fee_paid amount=5000") == "vip"
    assert "asks for [paid]" in refusal(LIFETIME_VIP, "not_vip", "lifetime_fee_paid amount=0")
    for machine, held in ((CREDIT_CARD, "card"), (DIAMOND, "diamond"), (LIFETIME_VIP, "vip")):
        assert go(machine, "membership_left", held) == machine.initial
        assert go(machine, "membership_left") == machine.initial


# -- the desk (S6, R10) ------------------------------------------------------------------------------------------------


def test_a_turn_of_the_department_goes_through_seven_steps() -> None:
    told = """cycle_begun, information_gathered, callbacks_begun, complaints_taken_up, care_begun, satisfaction_measured,
        training_need_found training=T1"""
    training = go(DEPARTMENT_CYCLE, told)
    assert "training_consolidated" in refusal(DEPARTMENT_CYCLE, training, "cycle_closed")
    assert go(DEPARTMENT_CYCLE, "training_consolidated training=T1, cycle_closed", training) == "closed"
    assert "only in information" in refusal(DEPARTMENT_CYCLE, "planning", "callbacks_begun")


def test_a_training_that_did_not_teach_is_planned_again() -> None:
    told = "training_need_found, training_goal_set, training_planned, training_held, training_assessed passed=no"
    again = "training_planned, training_held, training_assessed passed=yes, training_consolidated"
    assert go(TRAINING, f"{told}, {again}") == "consolidation"


def test_a_silent_call_is_hung_up_after_three_waits() -> None:
    greeted = go(CALL_ETIQUETTE, "call_taken")
    again = go(CALL_ETIQUETTE, "call_waited", greeted)
    goodbye = go(CALL_ETIQUETTE, "call_waited", again)
    assert (greeted, again, goodbye) == ("greeted", "greeted_again", "goodbye")
    assert go(CALL_ETIQUETTE, "call_waited", goodbye) == "hung_up"


def test_who_cannot_be_heard_is_asked_to_speak_up_then_for_another_telephone() -> None:
    asked = go(CALL_ETIQUETTE, "call_taken, caller_heard, call_inaudible")
    assert asked == "asked_to_speak_up"
    assert go(CALL_ETIQUETTE, "caller_heard", asked) == "talking"
    assert go(CALL_ETIQUETTE, "call_inaudible, call_waited", asked) == "hung_up"


def test_the_desk_never_hangs_up_unannounced_but_the_caller_may() -> None:
    for state in ("greeted", "talking", "asked_to_speak_up", "other_caller_asked"):
        assert "goodbye_said" in refusal(CALL_ETIQUETTE, state, "call_hung_up")
        assert go(CALL_ETIQUETTE, "caller_hung_up", state) == "hung_up"
        assert go(CALL_ETIQUETTE, "goodbye_said, call_hung_up", state) == "hung_up"


def test_noise_asks_for_another_telephone_and_dialect_for_another_speaker() -> None:
    assert go(CALL_ETIQUETTE, "call_taken, caller_heard, call_noisy, call_hung_up") == "hung_up"
    assert go(CALL_ETIQUETTE, "call_taken, caller_heard, call_in_dialect, caller_heard") == "talking"


# -- step: what it refuses, and what is an error -----------------------------------------------------------------------


def test_a_refusal_names_the_guard_that_said_no_and_what_would_be_accepted() -> None:
    step = VISIT.step("in_work", "work_inspected")
    assert step.accepted, "not told is no"
    refused = SALE.step("final_quotation", "deal_closed")
    assert refused.because[0] == "sale refuses: deal_closed is not expected in final_quotation, only in closing"
    assert refused.because[1].startswith(
        "accepted in final_quotation: enquired, trade_in_asked, final_quotation_accepted,"
    )
    guarded = LIFETIME_VIP.step("not_vip", "lifetime_fee_paid", amount=Decimal(0))
    assert guarded.because == (
        "lifetime_vip refuses: lifetime_fee_paid in not_vip asks for [paid], and the event says [not paid]",
        "accepted in not_vip: lifetime_fee_paid [paid], membership_left",
    )
    assert "and 35 more" in SALE.step("delivered", "sale_lost").because[0], "a long list is cut"


def test_an_accepted_step_says_because_and_names_its_source() -> None:
    step = VISIT.step("received", "vehicle_handed_over", charge=860)
    assert step.because == ("vehicle_handed_over [charged]: received → handed_over_charged (K8, V1a)",)
    assert str(VISIT.rows[step.row or 0]).startswith("vehicle_handed_over [charged]")


def test_what_an_observing_machine_has_no_row_for_leaves_it_as_it_is() -> None:
    step = LOYALTY.step("core_advocate", "vehicle_delivered")
    assert (step.state, step.accepted, step.row) == ("core_advocate", True, None)


def test_an_event_of_another_room_changes_nothing() -> None:
    assert SALE.step("willing", "insurance_renewed").because == (
        "insurance_renewed does not concern sale: willing stays",
    )


@pytest.mark.parametrize(
    ("state", "event", "facts", "words"),
    [
        ("need", "enquird", {}, "unknown event 'enquird' .did you mean enquired"),
        ("ned", "enquired", {}, "stage has no state 'ned' .did you mean need"),
        ("ned", "insurance_renewed", {}, "stage has no state 'ned'"),
        ("need", "surveyed", {"satisfed": True}, "surveyed has no fact 'satisfed' .did you mean satisfied"),
        ("need", "surveyed", {"charge": 1}, "surveyed has no fact 'charge'"),
        ("need", "surveyed", {"satisfied": "perhaps"}, "satisfied='perhaps' is neither yes nor no"),
    ],
)
def test_a_slip_is_an_error_that_names_its_neighbours(
    state: str, event: str, facts: dict[str, Any], words: str
) -> None:
    with pytest.raises(LifecycleError, match=words):
        STAGE.step(state, event, **facts)


@pytest.mark.parametrize(
    ("told", "after"),
    [(True, "satisfied"), ("yes", "satisfied"), ("是", "satisfied"), (False, "dissatisfied"), ("no", "dissatisfied")],
)
def test_a_fact_given_as_text_is_read_not_taken_for_true(told: object, after: str) -> None:
    assert SATISFACTION.step("unknown", "surveyed", satisfied=told).state == after


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.decimals(),
    st.dates(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
    st.builds(object),
)


@given(st.data())
def test_a_step_never_crashes_on_an_odd_value(data: st.DataObject) -> None:
    machine = data.draw(st.sampled_from([*ALL.values()]))
    event = data.draw(st.sampled_from([event for event in machine.events if machine.asked(event)] or [*machine.events]))
    names = {name for question in machine.asked(event) for name in question.facts + question.given}
    facts = {name: data.draw(ODD, name) for name in sorted(names | {*KINDS[event].required})}
    with suppress(LifecycleError):
        assert machine.step(machine.initial, event, **facts).because


# -- paths, labels, and what all cases have in common ------------------------------------------------------------------


@each_machine
def test_paths_cover_every_row_and_can_be_walked(machine: Machine) -> None:
    paths = machine.paths()
    assert [path.row for path in paths] == [*range(len(machine.rows))]
    live = machine.live()
    for path in paths:
        live.set_state(machine.initial, live.subject)
        assert path.states[0] == machine.initial
        row = None
        for before, symbol, after in zip(path.states, path.symbols, path.states[1:], strict=False):
            facts = machine.example(symbol)
            step = machine.step(before, symbol.event, **facts)
            assert step.accepted
            assert live.trigger(symbol.event, **facts)
            assert step.state == live.state == after
            row = step.row
        assert row == path.row


def test_paths_are_shortest() -> None:
    """Against all walks of up to three events."""
    first: dict[int, int] = {}
    for length in (1, 2, 3):
        for events in product(ACTIVITY.events, repeat=length):
            state, row = ACTIVITY.initial, None
            for event in events:
                step = ACTIVITY.step(state, event)
                state, row = step.state, step.row
            if row is not None:
                first.setdefault(row, length)
    assert first == {path.row: len(path.symbols) for path in ACTIVITY.paths()}


def test_all_machines_are_there_by_name() -> None:
    assert set(ALL) == {
        *("stage", "loyalty", "satisfaction", "spending", "activity"),
        *("sale", "visit", "follow_up", "complaint", "outreach", "referral", "membership", "credit_card", "diamond"),
        *("lifetime_vip", "department_cycle", "training", "call_etiquette"),
    }
    assert all(name == machine.name for name, machine in ALL.items())


def test_each_case_is_named_by_a_fact_that_all_its_events_may_carry() -> None:
    for machine in CASES:
        assert machine.governing
        assert machine.key is not None
        assert [event for event in machine.events if machine.key not in KINDS[event].facts] == []


def test_a_kind_that_no_region_knows_must_name_its_case() -> None:
    known = {event for machine in (*REGIONS, ACTIVITY) for event in machine.events}
    of_cases = {event: [machine.key for machine in CASES if event in machine.events] for event in KINDS}
    for event, keys in of_cases.items():
        # what a house records of a sale or a membership without a case of it has its place in the customer's life
        if keys and event not in known:
            assert set(keys) & set(KINDS[event].required), event


@each_machine
def test_what_kinds_promise_of_a_case_its_machine_keeps(machine: Machine) -> None:
    """A kind of which the case is the only reader (by its required key) is used by the case."""
    if machine.key is None:
        return
    of_this_key = {name for name, kind in KINDS.items() if machine.key in kind.required and not kind.derived}
    readers = {event for other in CASES if other.key == machine.key for event in other.events}
    assert of_this_key - readers <= {"review_posted"}, "a review names the visit's bill, not its case"


#: What can only follow on another day, or with times of day: the ways back, by event.
LOOPS = {
    "sale": {"sale_resumed", "need_asked"},
    "complaint": {"complaint_reopened", "complaint_resumed", "complaint_paused"},
    "outreach": {"outreach_called"},
    "call_etiquette": {"caller_heard"},
}


@each_case
def test_a_case_may_run_within_a_day_in_the_order_of_rank(machine: Machine) -> None:
    """Events that bear only a date are sorted by rank: every end and every row but the ways back is on such a line."""
    table = machine.table
    start = (table.states.index(machine.initial), -1)
    seen: set[tuple[int, int]] = {start}
    queue: deque[tuple[int, int]] = deque(seen)
    rows: set[int] = set()
    ends: set[str] = set()
    while queue:
        here, rank = queue.popleft()
        ends.add(table.states[here])
        for number, after in enumerate(table.next[here]):
            row, next_rank = table.rows[here][number], KINDS[table.symbols[number].event].rank
            if row >= 0 and next_rank >= rank:
                rows.add(row)
                if (after, next_rank) not in seen:
                    seen.add((after, next_rank))
                    queue.append((after, next_rank))
    assert {state.name for state in machine.states if state.final} <= ends
    missed = {machine.rows[row].event for row in range(len(machine.rows)) if row not in rows}
    assert missed == LOOPS.get(machine.name, set())


def test_a_sale_begun_and_closed_within_one_day_is_not_refused() -> None:
    told = f"{TO_THE_STOCK}, stock_checked on_hand=yes, car_turned_down, car_chosen, {FROM_THE_CONTRACT}"
    events = [
        Event(date(2024, 3, 1), event, f"E{number:02}", "C1", None, {**facts, "sale": "S1"})
        for number, (event, facts) in enumerate(lines(told))
    ]
    day = History(reversed(events))
    assert [event.kind for event in day] == [event.kind for event in events], "the rank is the order of the charts"
    assert SALE.fold(day) == "delivered"
