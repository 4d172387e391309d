"""The regions of a life: stage, loyalty, satisfaction, spending of a customer, and activity of each of his vehicles.

In: events. Out: five machines; a customer is in one state of each at once (orthogonal regions), and the public words
("prospect", "repeat", "advocate", "lost") are read off them by :func:`lifecycle.customer.standing_of`. Stage governs
(refuses what contradicts it), the others observe. Next: :mod:`lifecycle.machines.sale` and the other cases.
"""

from __future__ import annotations

from enum import StrEnum

from lifecycle.machine import STAYS, Machine, Question, Row, State
from lifecycle.machines.questions import CHARGED, SATISFIED, choice, yes_no

__all__ = ["ACTIVITY", "LOYALTY", "SATISFACTION", "SPENDING", "STAGE", "Stage"]


class Stage(StrEnum):
    """The seven value-creating links, in order (K1); ``.zh`` is the source's own word."""

    NEED = "need"
    TRIAL = "trial"
    PURCHASE = "purchase"
    REPAIR = "repair"
    SERVICE = "service"
    RETENTION = "retention"
    REPURCHASE = "repurchase"

    def __repr__(self) -> str:
        return f"Stage.{self.name}"

    @property
    def zh(self) -> str:
        """The Chinese name of the stage."""
        return _STAGE_ZH[self.value]


_STAGE_ZH = {
    "need": "需求",
    "trial": "尝试",
    "purchase": "购买",
    "repair": "维修",
    "service": "服务",
    "retention": "维系",
    "repurchase": "再购买",
}


NONE_OPEN = Question(
    "none_open", "无未结投诉", lambda facts: "no" if facts.get("open_complaints") else "yes", given=("open_complaints",)
)
SERVICE_REPEATS = Question("service_repeats", "重复维修算回头客", yes_no("service_repeats"), given=("service_repeats",))
MAY_RECOVER = Question("may_recover", "可挽回", yes_no("may_recover"), given=("may_recover",))
MAY_RECOVER_FROM_THIRD_PARTY = Question(
    "may_recover_fully", "第三方投诉后可挽回", yes_no("may_recover_fully"), given=("may_recover_fully",)
)
DELIVERED = Question(
    "delivered",
    "此前已交车",
    lambda facts: "no" if facts.get("delivered_on") is None else "yes",
    facts=("delivered_on",),
)
TREND = Question("trend", "趋势", choice("trend", "level"), ("level", "up", "down"), facts=("trend",))

_SALE = "need trial trial_again purchase purchase_again repurchase"
_OWNER = "owned repair service retention"
_CARE = ("enrolled", "event_attended", "points_redeemed", "care_accepted")

STAGE = Machine(
    "stage",
    "阶段",
    [
        State("need", "需求", Stage.NEED),
        State("trial", "尝试", Stage.TRIAL),
        State("purchase", "购买", Stage.PURCHASE),
        State("owned", "已购", Stage.PURCHASE),
        State("repair", "维修", Stage.REPAIR),
        State("service", "服务", Stage.SERVICE),
        State("retention", "维系", Stage.RETENTION),
        State("repurchase", "再购买", Stage.REPURCHASE),
        State("trial_again", "再尝试", Stage.TRIAL),
        State("purchase_again", "再次购买", Stage.PURCHASE),
    ],
    [
        *(
            row
            for event in ("enquired", "trade_in_asked", "replacement_due")
            for row in (Row(event, _SALE, STAYS, cite="K1"), Row(event, _OWNER, "repurchase", cite="K1"))
        ),
        Row("need_agreed", "need trial", "trial", cite="K5"),
        Row("need_agreed", f"trial_again repurchase {_OWNER}", "trial_again", cite="K5"),
        Row("need_agreed", "purchase purchase_again", STAYS, cite="K5"),
        Row("model_accepted", "need trial purchase", "purchase", cite="K6"),
        Row("model_accepted", f"trial_again purchase_again repurchase {_OWNER}", "purchase_again", cite="K6"),
        Row("contract_signed", "need trial purchase", "purchase", cite="K7"),
        Row("contract_signed", f"trial_again purchase_again repurchase {_OWNER}", "purchase_again", cite="K7"),
        Row("vehicle_delivered", "*", "owned", cite="K7"),
        # his history begins in the middle: a car that was delivered before the records makes him an owner
        Row("vehicle_recorded", "need", "owned", "delivered", cite="R1"),
        Row("vehicle_recorded", "trial", "trial_again", "delivered", cite="R1"),
        Row("vehicle_recorded", "purchase", "purchase_again", "delivered", cite="R1"),
        Row(
            "vehicle_recorded",
            f"trial_again purchase_again repurchase {_OWNER}",
            STAYS,
            "delivered",
            cite="R1",
        ),
        Row("vehicle_recorded", "*", STAYS, "not delivered", cite="R1"),
        Row("need_changed", "trial purchase", "need", cite="K5"),
        Row("need_changed", "trial_again purchase_again", "repurchase", cite="K5"),
        Row("model_changed", "purchase", "trial", cite="K6"),
        Row("model_changed", "purchase_again", "trial_again", cite="K6"),
        Row("sale_lost", "need trial purchase", "need", cite="K7"),
        Row("sale_lost", "trial_again purchase_again repurchase", "retention", cite="K7"),
        Row("replacement_declined", "trial_again purchase_again repurchase", "retention", cite="K4"),
        Row("workshop_entered", "*", "repair", cite="K8"),
        Row("vehicle_handed_over", "*", "service", cite="K8"),
        Row("surveyed", "service owned", "retention", "satisfied", cite="W13, W14"),
        Row("surveyed", f"{_SALE} repair retention", STAYS, "satisfied", cite="W13, W14"),
        Row("surveyed", "*", STAYS, "not satisfied", cite="R2"),
        *(
            row
            for event in _CARE
            for row in (
                Row(event, "service owned", "retention", cite="K4"),
                Row(event, f"{_SALE} repair retention", STAYS, cite="K4"),
            )
        ),
    ],
    initial="need",
    questions=[SATISFIED, DELIVERED],
    cite="K1, K2",
    doc=(
        "The seven stages as a ring: repurchase leads to a new need. Stage follows the last significant event, since a sale "
        "and a workshop visit of one customer overlap in real life and real exports often hold only bills. It refuses only "
        "what contradicts it: a sale lost, changed or declined where none is under way. The twins …_again remember that he "
        "is an owner already."
    ),
)

LOYALTY = Machine(
    "loyalty",
    "忠诚度",
    [
        State("prospect", "潜在客户"),
        State("referrer", "潜在客户（已推荐）", "prospect"),
        State("patron", "首次惠顾（仅维修）", "first_time"),
        State("owner", "首次惠顾", "first_time"),
        State("repeat", "续购"),
        State("advocate", "大力提倡"),
        State("core_advocate", "核心口碑", final=True),
    ],
    [
        Row("vehicle_handed_over", "prospect", "patron", "charged", cite="K9"),
        Row("vehicle_handed_over", "patron", "repeat", "charged, service_repeats", cite="R1"),
        Row("vehicle_delivered", "prospect patron", "owner", cite="K9, R1"),
        Row("vehicle_delivered", "owner repeat", "repeat", cite="R1"),
        Row("vehicle_delivered", "referrer", "advocate", cite="K9"),
        Row("vehicle_recorded", "prospect patron", "owner", "delivered", cite="K9, R1"),
        Row("vehicle_recorded", "owner repeat", "repeat", "delivered", cite="R1"),
        Row("vehicle_recorded", "referrer", "advocate", "delivered", cite="K9"),
        Row("referral_recorded", "prospect", "referrer", cite="K9, W1"),
        Row("referral_recorded", "patron owner repeat", "advocate", cite="K9"),
        Row("referral_converted", "prospect", "referrer", cite="K9, W4"),
        Row("referral_converted", "patron owner repeat advocate", "core_advocate", cite="K9, W4"),
    ],
    initial="prospect",
    questions=[CHARGED, SERVICE_REPEATS, DELIVERED],
    governing=False,
    cite="K9, R1",
    doc=(
        "From prospect to first-time, repeat, advocate and core advocate. Readings: a referral skips 'repeat'; whether "
        "repeated charged visits alone make a repeat customer is the book's choice (R1, default no)."
    ),
)

SATISFACTION = Machine(
    "satisfaction",
    "满意度",
    [
        State("unknown", "未知"),
        State("satisfied", "满意"),
        State("dissatisfied", "不满意"),
        State("never_again", "永不复购"),
        State("detractor", "负面口碑"),
        State("third_party", "第三方投诉", final=True),
    ],
    [
        Row("surveyed", "unknown dissatisfied", "satisfied", "satisfied", cite="W13, W14"),
        Row("surveyed", "never_again detractor", "satisfied", "satisfied, may_recover", cite="K9"),
        Row("surveyed", "unknown satisfied", "dissatisfied", "not satisfied", cite="W13, W14"),
        Row("complaint_raised", "unknown satisfied", "dissatisfied", cite="W16"),
        Row("review_posted", "unknown satisfied", "dissatisfied", "not satisfied", cite="W14"),
        Row(
            "complaint_closed",
            "dissatisfied never_again detractor",
            "satisfied",
            "satisfied, none_open",
            cite="K9, W16",
        ),
        Row("complaint_closed", "third_party", "satisfied", "satisfied, none_open, may_recover_fully", cite="K9"),
        Row("purchase_ruled_out", "unknown satisfied dissatisfied", "never_again", cite="K9"),
        Row("vehicle_delivered", "never_again", "unknown", cite="K9"),
        Row("bad_word_reported", "unknown satisfied dissatisfied never_again", "detractor", cite="K9"),
        Row("third_party_complained", "unknown satisfied dissatisfied never_again detractor", "third_party", cite="K9"),
    ],
    initial="unknown",
    questions=[SATISFIED, NONE_OPEN, MAY_RECOVER, MAY_RECOVER_FROM_THIRD_PARTY],
    governing=False,
    cite="K9, R2",
    doc=(
        "Silence is not satisfaction (R2): the region begins unknown and only an answer, a complaint or a review moves it. "
        "A complaint closed to his satisfaction, with none left open, brings him back; whether a satisfied survey does so "
        "after never again or bad word of mouth, and whether anything does after third parties, the book decides (K9)."
    ),
)

SPENDING = Machine(
    "spending",
    "消费",
    [
        State("none", "未开始"),
        State("onset", "开始产生售后消费"),
        State("growing", "消费成长"),
        State("stable", "消费稳定"),
        State("declining", "消费下降"),
        State("replaced", "换购"),
        State("left", "离开"),
    ],
    [
        Row("vehicle_handed_over", "none left replaced", "onset", "charged", cite="K3"),
        Row("spending_reviewed", "onset growing stable declining", "growing", "trend=up", cite="K3"),
        Row("spending_reviewed", "onset growing stable declining", "stable", "trend=level", cite="K3"),
        Row("spending_reviewed", "onset growing stable declining", "declining", "trend=down", cite="K3"),
        Row("trade_in_done", "onset growing stable declining replaced left", "replaced", cite="K3"),
        Row("customer_lost", "onset growing stable declining replaced left", "left", cite="K3"),
    ],
    initial="none",
    questions=[CHARGED, TREND],
    governing=False,
    cite="K3",
    doc="After-sales spending begins, grows, is stable, declines, and ends in replacement or leaving (K3).",
)

ACTIVITY = Machine(
    "activity",
    "活跃度",
    [
        State("unseen", "未来厂"),
        State("active", "活跃"),
        State("active_inspected", "活跃（已上门检测）", "active"),
        State("at_risk", "存在流失风险"),
        State("at_risk_inspected", "存在流失风险（已上门检测）", "at_risk"),
        State("lost", "流失"),
        State("quasi_lost", "准流失"),
        State("returned", "流失返回"),
        State("returned_inspected", "流失返回（已上门检测）", "returned"),
        State("gone", "离开"),
    ],
    [
        Row(
            "seen_again",
            "unseen active active_inspected at_risk at_risk_inspected returned returned_inspected",
            "active",
            cite="V1a",
        ),
        Row("seen_again", "lost quasi_lost gone", "returned", cite="V1b"),
        Row("inspected_at_customer", "active", "active_inspected", cite="V1d"),
        Row("inspected_at_customer", "at_risk", "at_risk_inspected", cite="V1d"),
        Row("inspected_at_customer", "returned", "returned_inspected", cite="V1d"),
        Row("at_risk_due", "active returned", "at_risk", cite="V4a"),
        Row("at_risk_due", "active_inspected returned_inspected", "at_risk_inspected", cite="V4a"),
        Row("lost_due", "active at_risk returned", "lost", cite="V1a"),
        Row("lost_due", "active_inspected at_risk_inspected returned_inspected", "quasi_lost", cite="V1d"),
        Row("trade_in_done", "*", "gone", cite="K3"),
        Row("vehicle_transferred", "*", "gone", cite="W17"),
        Row("moved_away", "*", "gone", cite="W17"),
    ],
    initial="unseen",
    governing=False,
    cite="V1, V4",
    doc=(
        "Activity of one vehicle. The deadlines of the churn rule enter as events (at_risk_due, lost_due); a delivery or a "
        "visit that the rule counts enters as seen_again. The twins …_inspected remember a free inspection at the "
        "customer's, after which lost is quasi-lost (V1d)."
    ),
)
