"""A referral: one customer sends another, who comes, and buys (W4, K16).

In: events that carry ``referral=``, of the customer who refers. Out: :data:`REFERRAL`. Next:
:mod:`lifecycle.machines.membership`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lifecycle.machine import STAYS, Machine, Question, Row, State
from lifecycle.machines.questions import choice

__all__ = ["REFERRAL"]


def _himself(facts: Mapping[str, Any]) -> str:
    referred = facts.get("referred")
    return "yes" if referred is not None and referred == facts.get("customer") else "no"


HIMSELF = Question("himself", "本人", _himself, facts=("referred",), given=("customer",))
ACCOUNT = Question(
    "account", "奖励方", choice("account", "dealer"), answers=("dealer", "head_office"), facts=("account",)
)

_REWARDED = "rewarded_by_dealer rewarded_by_head_office rewarded_by_both"

REFERRAL = Machine(
    "referral",
    "转介绍",
    [
        State("not_begun", "未开始"),
        State("recorded", "已登记", cite="K16"),
        State("visited", "被推荐人已到店", cite="W4"),
        State("bought", "已成交", final=True, cite="W4"),
        State("rewarded_by_dealer", "已奖励（经销商）", "rewarded", final=True, cite="W4"),
        State("rewarded_by_head_office", "已奖励（总部）", "rewarded", final=True, cite="W4"),
        State("rewarded_by_both", "已奖励（总部与经销商）", "rewarded", final=True, cite="W4"),
        State("lapsed", "已失效", final=True, cite="K16"),
        State("reversed", "已撤销", final=True, cite="W4"),
    ],
    [
        Row("referral_recorded", "not_begun", "recorded", "not himself", cite="K16"),
        Row("referral_visited", "recorded", "visited", cite="W4"),
        Row("referral_visited", "visited", STAYS, cite="W4"),
        Row("referral_converted", "recorded visited", "bought", cite="W4, K16"),
        Row("referral_rewarded", "bought", "rewarded_by_dealer", "account=dealer", cite="W4"),
        Row("referral_rewarded", "bought", "rewarded_by_head_office", "account=head_office", cite="W4"),
        Row("referral_rewarded", "rewarded_by_dealer", "rewarded_by_both", "account=head_office", cite="W4"),
        Row("referral_rewarded", "rewarded_by_head_office", "rewarded_by_both", "account=dealer", cite="W4"),
        Row("referral_lapsed", "recorded visited", "lapsed", cite="K16"),
        Row("referral_reversed", f"bought {_REWARDED}", "reversed", cite="W4"),
    ],
    initial="not_begun",
    questions=[HIMSELF, ACCOUNT],
    key="referral",
    cite="W4, K16",
    doc=(
        "One referral. Only one that was recorded as a relation can succeed (K16): a purchase without the record, or after "
        "it has lapsed, is refused here. Nobody refers himself (replay gives the customer). Dealer and head office may each "
        "reward it (W4), each once; whose reward it is stands on the event, the dealer's unless told. When the sale is "
        "reversed, so is the referral. Readings: the visit need not be recorded; a lapse is an event of the house, the "
        "sources give no term."
    ),
)
