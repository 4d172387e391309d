"""The club: membership, and three cards beside it, each a region of its own (W3, W6, W7, K14).

In: events that carry ``membership=``. Out: :data:`MEMBERSHIP`, :data:`CREDIT_CARD`, :data:`DIAMOND` and
:data:`LIFETIME_VIP`. The tier (ordinary, silver, gold) is a policy's, not a state. Next: :mod:`lifecycle.machines.desk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lifecycle.machine import STAYS, Machine, Question, Row, State
from lifecycle.machines.questions import money

__all__ = ["CREDIT_CARD", "DIAMOND", "LIFETIME_VIP", "MEMBERSHIP"]

#: Stored value from which on a member is a diamond one, and up to which value is stored, in yuan (W7).
DIAMOND_FROM, DIAMOND_TO = 1_500, 10_000


def _stored(facts: Mapping[str, Any]) -> str:
    amount = money(facts, "amount")
    low, high = facts.get("diamond_from"), facts.get("diamond_to")
    if amount is None or amount < (DIAMOND_FROM if low is None else low):
        return "little"
    return "too_much" if amount > (DIAMOND_TO if high is None else high) else "enough"


def _paid(facts: Mapping[str, Any]) -> str:
    amount, fee = money(facts, "amount"), facts.get("lifetime_fee")
    return "yes" if amount is not None and amount > 0 and (fee is None or amount >= fee) else "no"


STORED = Question(
    "stored", "储值", _stored, ("little", "enough", "too_much"), facts=("amount",), given=("diamond_from", "diamond_to")
)
PAID = Question("paid", "足额", _paid, facts=("amount",), given=("lifetime_fee",))

MEMBERSHIP = Machine(
    "membership",
    "会员",
    [
        State("not_begun", "未入会"),
        State("applied", "已申请", cite="K14"),
        State("member", "会员", final=True, cite="W3"),
        State("left", "已退会", final=True, cite="W3"),
    ],
    [
        Row("membership_applied", "not_begun left", "applied", cite="K14"),
        Row("enrolled", "not_begun applied left", "member", cite="W3"),
        Row("enrolled", "member", STAYS, cite="W3"),
        Row("membership_left", "applied member", "left", cite="W3"),
    ],
    initial="not_begun",
    key="membership",
    cite="W3, K14",
    doc=(
        "One membership: applied for (K14 counts applications pending), enrolled, left. Every buyer gets his card at "
        "delivery (W3), so no application is needed. Being enrolled again while a member gives another tier. Readings: who "
        "takes back his application has left, and who left may come back under the same number."
    ),
)

CREDIT_CARD = Machine(
    "credit_card",
    "联名信用卡",
    [State("no_card", "无", final=True), State("card", "有联名信用卡", final=True, cite="W7")],
    [
        Row("credit_card_opened", "no_card", "card", cite="W7"),
        Row("credit_card_opened", "card", STAYS, cite="W7"),
        Row("credit_card_ended", "card", "no_card", cite="W7"),
        Row("membership_left", "card", "no_card", cite="W7"),
        Row("membership_left", "no_card", STAYS, cite="W7"),
    ],
    initial="no_card",
    key="membership",
    cite="W7",
    doc="Whether the member has a co-branded card of a bank (W7); a second bank's changes nothing. Who leaves the club has none.",
)

DIAMOND = Machine(
    "diamond",
    "钻石会员",
    [State("not_diamond", "非钻石会员", final=True), State("diamond", "钻石会员", final=True, cite="W7")],
    [
        Row("value_stored", "not_diamond", "diamond", "stored=enough", cite="W7"),
        Row("value_stored", "diamond", STAYS, "stored=enough|little", cite="W7"),
        Row("value_stored", "not_diamond", STAYS, "stored=little", cite="W7"),
        Row("value_used_up", "diamond", "not_diamond", cite="W7"),
        Row("membership_left", "diamond", "not_diamond", cite="W7"),
        Row("membership_left", "not_diamond", STAYS, cite="W7"),
    ],
    initial="not_diamond",
    questions=[STORED],
    key="membership",
    cite="W7",
    doc=(
        "Whether the member is a diamond one: stored value of 1,500 to 10,000 yuan (W7; the figures are given by replay where "
        "the book says others). Readings: what is stored at once counts; less than that is stored without the rank, more "
        "than the most is refused; used up, the rank ends."
    ),
)

LIFETIME_VIP = Machine(
    "lifetime_vip",
    "终身贵宾",
    [State("not_vip", "非终身贵宾", final=True), State("vip", "终身贵宾", final=True, cite="W7")],
    [
        Row("lifetime_fee_paid", "not_vip", "vip", "paid", cite="W7"),
        Row("membership_left", "vip", "not_vip", cite="W7"),
        Row("membership_left", "not_vip", STAYS, cite="W7"),
    ],
    initial="not_vip",
    questions=[PAID],
    key="membership",
    cite="W7",
    doc=(
        "Whether the member is a lifetime VIP, by a one-off fee (W7; no figure is given: any amount, unless replay gives the "
        "book's). The fee is paid once; only leaving the club ends it (reading)."
    ),
)
