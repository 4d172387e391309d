"""The showroom: one sale from the first question to the key in the hand, box by box of the three flow charts (K5-K7).

In: events that carry ``sale=``. Out: :data:`SALE`, whose states are the charts' boxes and whose diamonds are pairs of
events (in stock or not: one event with both answers). The arrows are lost in the source: all of them are readings.
Next: :mod:`lifecycle.machines.visit`.
"""

from __future__ import annotations

from lifecycle.kinds import FACTS
from lifecycle.machine import STAYS, Machine, Question, Row, State
from lifecycle.machines.questions import choice, yes_no

__all__ = ["SALE"]

# Boxes, by the point at which a follow-up plan takes them up again.
_NEED = "reception asking asking_again need_summarised need_changed"
_MODEL = "recommending reconsidering presenting"
_TRIAL = "consulting walk_around explaining objection_handling finding_reason contact_kept seen_off convinced"
_DRIVE = "model_accepted drive_wanted drive_booked seen_off_booked filed test_driving"
_TALK = "purchase_talk persuading willing"
_QUOTATION = "quotation_preparing quotation_explaining supporting final_quotation"
_CLOSING = "closing deal_closed choosing_car contract_explaining"
_DATE = "new_date other_date"
_SIGNED = "contract_signed services_confirmed paid"

#: The points, in order: name, its boxes, the box at which the sale goes on, handbook ID, Chinese name.
_POINTS = (
    ("need", _NEED, "asking", "K5", "需求"),
    ("model", _MODEL, "recommending", "K5", "车型推荐"),
    ("trial", _TRIAL, "consulting", "K6", "产品体验"),
    ("drive", _DRIVE, "drive_wanted", "K6", "试驾"),
    ("talk", _TALK, "purchase_talk", "K7", "购买洽谈"),
    ("quotation", _QUOTATION, "quotation_preparing", "K7", "报价"),
    ("closing", _CLOSING, "closing", "K7", "成交"),
    ("date", _DATE, "new_date", "K7", "交车日期"),
)
_NAMES = [name for name, *_ in _POINTS]
_SHOWROOM = " ".join(boxes for _, boxes, *_ in _POINTS)
_PLANNED = " ".join(f"follow_up_{name}" for name in _NAMES)
_PLANNED_IN_TALKS = " ".join(f"follow_up_{name}" for name in _NAMES[4:])
_LOST = "sale_lost declined"
_AFTER_NEED = f"{_SHOWROOM.removeprefix(_NEED)} {_SIGNED}"
_OPEN = f"{_SHOWROOM} {_SIGNED} {_PLANNED}"

ON_HAND = Question("on_hand", "现车", yes_no("on_hand"), facts=("on_hand",))
POINT = Question("point", "续接点", choice("point", "last"), ("last", *FACTS["point"].choices), facts=("point",))


def _planned(*names: str) -> str:
    """The states that wait at these points; whoever was seen off undecided waits as at the trial, plan or no plan."""
    return " ".join([f"follow_up_{name}" for name in names] + (["seen_off"] if "trial" in names else []))


SALE = Machine(
    "sale",
    "销售",
    [
        State("not_begun", "未开始"),
        # K5, need
        State("reception", "接待", cite="K5"),
        State("asking", "观察、询问、倾听", cite="K5"),
        State("asking_again", "再次观察、询问、倾听", "asking", cite="K5"),
        State("need_summarised", "总结需求", cite="K5"),
        State("need_changed", "需求变更", cite="K5"),
        State("recommending", "推荐车型", cite="K5"),
        State("reconsidering", "重新了解需求", "asking", cite="K5"),
        State("presenting", "产品介绍", cite="K5"),
        # K6, trial
        State("consulting", "需求咨询", cite="K6"),
        State("walk_around", "六方位介绍", cite="K6"),
        State("explaining", "针对性的产品说明", cite="K6"),
        State("objection_handling", "异议处理", cite="K6"),
        State("finding_reason", "了解未消除异议的原因", cite="K6"),
        State("contact_kept", "留存联系方式", cite="K6"),
        State("seen_off", "送客", cite="K6"),
        State("convinced", "无异议", cite="K6"),
        State("model_accepted", "认可车型", cite="K6"),
        State("drive_wanted", "有意试驾", cite="K6"),
        State("drive_booked", "预约下次试驾", cite="K6"),
        State("seen_off_booked", "送客（已约试驾）", "seen_off", cite="K6"),
        State("filed", "信息归档", cite="K6"),
        State("test_driving", "试乘试驾", cite="K6"),
        # K7, purchase
        State("purchase_talk", "购买洽谈", cite="K6, K7"),
        State("persuading", "了解原因并说服", cite="K7"),
        State("willing", "有购买意向", cite="K7"),
        State("quotation_preparing", "准备报价", cite="K7"),
        State("quotation_explaining", "说明报价、协助选择", cite="K7"),
        State("supporting", "了解原因、经理协助", cite="K7"),
        State("final_quotation", "最终报价", cite="K7"),
        State("closing", "邀请成交", cite="K7"),
        State("deal_closed", "当场成交", cite="K7"),
        State("choosing_car", "选车至满意", cite="K7"),
        State("new_date", "协商新的交车日期", cite="K7"),
        State("other_date", "另提交车日期", cite="K7"),
        State("contract_explaining", "说明合同", cite="K7"),
        State("contract_signed", "签订合同", cite="K7"),
        State("services_confirmed", "确认延伸服务文件", cite="K7"),
        State("paid", "付款、开票", cite="K7"),
        State("delivered", "交车", final=True, cite="K7"),
        *(
            State(f"follow_up_{name}", f"后续跟进（{zh}）", "follow_up_planned", cite="K7")
            for name, _, _, _, zh in _POINTS
        ),
        State("sale_lost", "战败", final=True, cite="K7"),
        State("declined", "放弃换购", final=True, cite="K4"),
    ],
    [
        # K5: reception → observe, ask, listen → summary → does he agree? → recommendation → does he accept? → presentation
        Row("enquired", "not_begun", "reception", cite="K5"),
        Row("enquired", _OPEN, STAYS, cite="K1"),
        Row("trade_in_asked", "not_begun", "reception", cite="K5"),
        Row("trade_in_asked", _OPEN, STAYS, cite="K5"),
        Row("need_asked", "reception", "asking", cite="K5"),
        Row("need_asked", "asking asking_again reconsidering", STAYS, cite="K5"),
        Row("need_asked", "need_changed", "asking_again", cite="K5"),
        Row("need_summarised", "asking asking_again reconsidering", "need_summarised", cite="K5"),
        Row("need_summarised", "need_summarised", STAYS, cite="K5"),
        Row("need_disputed", "need_summarised", "asking_again", cite="K5"),
        Row("need_disputed", "asking_again", STAYS, cite="K5"),
        Row("need_agreed", "need_summarised asking_again reconsidering", "recommending", cite="K5"),
        Row("recommendation_accepted", "recommending reconsidering", "presenting", cite="K5"),
        Row("recommendation_declined", "recommending", "reconsidering", cite="K5"),
        Row("recommendation_declined", "reconsidering", STAYS, cite="K5"),
        # K6: walk-around → pointed explanation → questions? → objections → settled? → he accepts → drive? → time? → talk
        Row("need_consulted", "presenting", "consulting", cite="K6"),
        Row("walk_around_given", "presenting consulting", "walk_around", cite="K6"),
        Row("product_explained", "walk_around", "explaining", cite="K6"),
        Row("product_explained", "explaining", STAYS, cite="K6"),
        Row("objection_raised", "explaining convinced", "objection_handling", cite="K6"),
        Row("objection_raised", "objection_handling", STAYS, cite="K6"),
        Row("no_question_left", "explaining", "convinced", cite="K6"),
        Row("no_question_left", "convinced", STAYS, cite="K6"),
        Row("objection_settled", "objection_handling", "convinced", cite="K6"),
        Row("objection_settled", "convinced", STAYS, cite="K6"),
        Row("objection_remained", "objection_handling", "finding_reason", cite="K6"),
        Row("contact_kept", "finding_reason", "contact_kept", cite="K6"),
        Row("customer_seen_off", "contact_kept", "seen_off", cite="K6"),
        Row("model_accepted", "convinced", "model_accepted", cite="K6"),
        Row("test_drive_wanted", "model_accepted", "drive_wanted", cite="K6"),
        Row("test_drive_declined", "model_accepted drive_wanted filed", "purchase_talk", cite="K6"),
        Row("test_drive_booked", "drive_wanted filed", "drive_booked", cite="K6"),
        Row("customer_seen_off", "drive_booked", "seen_off_booked", cite="K6"),
        Row("information_filed", "seen_off_booked", "filed", cite="K6"),
        Row("test_drive_begun", "drive_wanted filed", "test_driving", cite="K6"),
        Row("purchase_talk_begun", "test_driving", "purchase_talk", cite="K6"),
        # K7: intention? → quotation wanted? → accepts? → final one, accepts? → closes? → in stock? → contract → delivery
        Row("intention_shown", "purchase_talk persuading", "willing", cite="K7"),
        Row("intention_denied", "purchase_talk", "persuading", cite="K7"),
        Row("intention_denied", "persuading", "follow_up_talk", cite="K7"),
        Row("quotation_wanted", "willing", "quotation_preparing", cite="K7"),
        Row("quotation_waived", "willing", "closing", cite="K7"),
        Row("quotation_explained", "quotation_preparing", "quotation_explaining", cite="K7"),
        Row("quotation_explained", "quotation_explaining", STAYS, cite="K7"),
        Row("quotation_accepted", "quotation_explaining", "closing", cite="K7"),
        Row("quotation_declined", "quotation_explaining", "supporting", cite="K7"),
        Row("final_quotation_made", "supporting", "final_quotation", cite="K7"),
        Row("final_quotation_accepted", "final_quotation", "closing", cite="K7"),
        Row("final_quotation_declined", "final_quotation", "follow_up_quotation", cite="K7"),
        Row("deal_closed", "closing", "deal_closed", cite="K7"),
        Row("deal_put_off", "closing", "follow_up_closing", cite="K7"),
        Row("stock_checked", "deal_closed", "choosing_car", "on_hand", cite="K7"),
        Row("stock_checked", "deal_closed", "new_date", "not on_hand", cite="K7"),
        Row("car_chosen", "choosing_car", "contract_explaining", cite="K7"),
        Row("car_turned_down", "choosing_car", STAYS, cite="K7"),
        Row("date_accepted", "new_date other_date", "contract_explaining", cite="K7"),
        Row("date_refused", "new_date", "other_date", cite="K7"),
        Row("date_refused", "other_date", STAYS, cite="K7"),
        Row("customer_withdrew", _DATE, "follow_up_date", cite="K7"),
        Row("customer_withdrew", "choosing_car contract_explaining", "follow_up_closing", cite="K7"),
        Row("contract_signed", "contract_explaining", "contract_signed", cite="K7"),
        Row("contract_signed", "contract_signed", STAYS, cite="K7"),
        Row("contract_presented", _SIGNED, STAYS, cite="K7"),
        Row("services_confirmed", "contract_signed", "services_confirmed", cite="K7"),
        Row("payment_received", "services_confirmed", "paid", cite="K7"),
        Row("vehicle_delivered", "paid", "delivered", cite="K7"),
        Row("trade_in_done", f"not_begun {_SHOWROOM} {_SIGNED} delivered", STAYS, cite="K3"),
        # a house that records the milestones only: each follows any earlier one
        Row("need_agreed", "not_begun reception need_changed", "recommending", cite="K1"),
        Row("need_agreed", "recommending model_accepted", STAYS, cite="K1"),
        Row("model_accepted", "not_begun reception need_changed recommending", "model_accepted", cite="K1"),
        Row("model_accepted", "model_accepted", STAYS, cite="K1"),
        Row(
            "contract_signed",
            "not_begun reception need_changed recommending model_accepted",
            "contract_signed",
            cite="R1",
        ),
        Row(
            "vehicle_delivered",
            "not_begun reception need_changed recommending model_accepted contract_signed",
            "delivered",
            cite="K1",
        ),
        # the ways back
        Row("need_changed", _AFTER_NEED, "need_changed", cite="K5"),
        Row("need_changed", "need_changed", STAYS, cite="K5"),
        Row("model_changed", _AFTER_NEED, "recommending", cite="K5, K6"),
        # the plan, and the points at which it is taken up again
        *(Row("follow_up_planned", boxes, f"follow_up_{name}", cite="K7") for name, boxes, *_ in _POINTS),
        Row("follow_up_planned", _PLANNED, STAYS, cite="K7"),
        *(
            row
            for number, (name, _, box, cite, _) in enumerate(_POINTS)
            for row in (
                Row("sale_resumed", _planned(name), box, "point=last", cite=f"K7, {cite}"),
                Row("sale_resumed", _planned(*_NAMES[number:]), box, f"point={name}", cite=f"K7, {cite}"),
            )
        ),
        # the ends
        Row("sale_lost", f"not_begun {_OPEN}", "sale_lost", cite="K7"),
        Row("replacement_declined", f"not_begun {_OPEN}", "declined", cite="K4"),
    ],
    initial="not_begun",
    questions=[ON_HAND, POINT],
    key="sale",
    cite="K5, K6, K7",
    doc=(
        "One sale, every box of the three flow charts a state and every diamond a pair of events. Readings, since the arrows "
        "are lost: who wants no quotation is invited to close at once; he may withdraw to the follow-up plan while a car or "
        "a date is looked for, and a plan may be made from any box of the showroom; after the signature only delivery, a "
        "changed need or model, or the loss of the sale remain. A plan remembers the point that was reached, and the sale "
        "is taken up there or at any point before it (point=); points are in the order need, model, trial, drive, talk, "
        "quotation, closing, date, and going on at an earlier one gives up what came after it. Who is seen off undecided "
        "waits as at the trial. Going back to the trial begins with K6's need consultation, which one who comes straight "
        "from K5 may leave out. A house that records only the milestones (enquired, need_agreed, model_accepted, "
        "contract_signed, vehicle_delivered) has a sale too: each may follow any earlier one; once a box between two "
        "milestones is on record, the boxes up to the next one are kept in order. A loss recorded alone counts (sale_lost), "
        "and an owner who keeps his old car ends the sale as declined, which is no 战败. Events of one day come in the "
        "order of the charts; a loop within a day (a need disputed, agreed and changed again) needs times of day."
    ),
    parts=(
        ("need", "需求", f"not_begun {_NEED} {_MODEL} follow_up_need follow_up_model"),
        ("trial", "尝试", f"{_TRIAL} {_DRIVE} follow_up_trial follow_up_drive"),
        (
            "purchase",
            "购买",
            f"{_TALK} {_QUOTATION} {_CLOSING} {_DATE} {_SIGNED} delivered {_LOST} {_PLANNED_IN_TALKS}",
        ),
    ),
)
