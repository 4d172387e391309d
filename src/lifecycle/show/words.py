"""The words of the trade in both languages, for whoever shows something: English beside Chinese, one place each.

In: the names that machines, events and facts carry. Out: :func:`zh` and :func:`both`, and the colour that a state of
activity has everywhere. Nothing is translated here that another room has a Chinese name for. Next: the rooms that show.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from attrs import fields

from lifecycle import machines
from lifecycle.churn import Churn
from lifecycle.customer import STANDING_ZH, Customer, Vehicle
from lifecycle.deadline import never
from lifecycle.kinds import FACTS, KINDS
from lifecycle.life import LifeStep

__all__ = ["ACTIVITIES", "TONES", "amount", "both", "plain", "rule_of", "said", "share", "told", "why", "zh"]

#: The public words for a vehicle's activity, in the order in which a manager reads them.
ACTIVITIES = ("active", "returned", "at_risk", "quasi_lost", "lost", "gone", "unseen")

#: What a state means for the house, as a tone: pages and terminals each have a colour for it.
TONES: Mapping[str, str] = MappingProxyType(
    {
        "active": "good",
        "returned": "back",
        "at_risk": "warn",
        "quasi_lost": "bad",
        "lost": "bad",
        "gone": "away",
        "unseen": "none",
        "satisfied": "good",
        "dissatisfied": "warn",
        "never_again": "bad",
        "detractor": "bad",
        "third_party": "bad",
        "unknown": "none",
        "growing": "good",
        "stable": "good",
        "declining": "warn",
        "left": "bad",
        "core_advocate": "good",
        "advocate": "good",
        "repeat": "good",
        "first_time": "back",
        "prospect": "none",
        "none": "none",
    }
)

_MORE: Mapping[str, str] = MappingProxyType(
    {
        "activity": "活跃度", "standing": "客户状态", "stage": "阶段", "customer": "客户", "customers": "客户数", "vehicle": "车辆",
        "vehicles": "车辆", "status": "状态", "since": "自", "because": "原因", "share": "占比", "points": "积分", "day": "日期",
        "event": "事件", "region": "区域", "change": "变化", "balance": "余额", "issued": "发放", "available": "可用",
        "redeemed": "兑换", "lapsed": "失效", "lapse": "到期失效", "id": "编号", "transferred": "转出", "reversed": "冲回",
        "written_off": "核销", "pending": "待生效", "deficit": "欠分",
        "file": "文件", "line": "行", "column": "列", "message": "问题", "remedy": "办法", "severity": "级别", "machine": "状态机",
        "refused": "被拒", "example": "例", "months": "月数", "flagged": "标记数",
        "share_flagged": "标记占比", "precision": "精确率", "recall": "召回率",
        "f1": "F1", "accuracy": "准确率", "rule": "规则", "lost_due": "流失到期日", "spent": "累计消费", "last_visit": "最近来厂",
        "move": "变动", "facts": "事实", "guard": "条件", "from": "由", "to": "至", "source": "出处", "state": "状态", "all": "合计",
        "number": "数量", "entered": "进入", "base": "原规则", "changed": "新规则", "difference": "差额", "measure": "指标",
        "week": "周起始日",
        "of": "对象", "value": "值", "customer_lost_due": "客户流失到期日", "path": "路径", "check": "检验", "result": "结果",
        "says": "说明", "benefits": "权益优惠", "perks": "权益服务", "unit": "单位",
        # the perks of the shipped books
        "roadside assistance": "道路救援", "reserved booking lane": "预约专用通道", "VIP lounge": "贵宾休息室",
        "named technician": "专属技师", "birthday special": "生日特惠", "Friday special": "周五特惠", "airport transfer": "接送机",
        "flowers": "鲜花", "free jobs": "免费项目", "the bank's own offers": "银行自有优惠",
    }
)  # fmt: skip


@cache
def _zh() -> Mapping[str, str]:
    found: dict[str, str] = {name: kind.zh for name, kind in KINDS.items()}
    found |= {name: fact.zh for name, fact in FACTS.items()}
    for machine in machines.ALL.values():
        found[machine.name] = machine.zh
        for name, word in machine.zh_of.items():
            found.setdefault(name, word)
    found |= {stage.value: stage.zh for stage in machines.Stage}
    for one in (*fields(Vehicle), *fields(Customer)):
        if one.metadata.get("zh"):
            found[one.name] = one.metadata["zh"]
    return {**found, **STANDING_ZH, **machines.ACTIVITY.zh_of, **_MORE, "none": "无"}


def zh(name: str, machine: str | None = None) -> str:
    """The Chinese of a name (a state, a label, a kind, a fact, a heading); of a machine's own state where it is named."""
    if machine is not None and machine in machines.ALL:
        one = machines.ALL[machine]
        if name in one.labels:
            return one.zh_of[name]
    return _zh().get(name, "")


def plain(name: str) -> str:
    """A name as words: ``at_risk`` → ``at risk``."""
    return name.replace("_", " ")


def both(name: str, machine: str | None = None) -> str:
    """``at risk 存在流失风险``: the words, and the Chinese beside them where there is some."""
    chinese = zh(name, machine)
    words = plain(name)
    return f"{words} {chinese}" if chinese and chinese != words else words


def why(step: LifeStep) -> tuple[str, ...]:
    """The reasons of a step without what the step itself says: ``surveyed [satisfied]: need → trial (K5)`` is told as
    ``surveyed [satisfied] (K5)`` beside ``need → trial``."""
    moved = f"{step.before} stays" if step.before == step.after else f"{step.before} → {step.after}"
    return tuple(sentence.replace(f": {moved}", "", 1) for sentence in step.because)


def told(kind: str) -> str:
    """The name of an event in both languages, also where a fact or a state is called the same."""
    return f"{plain(kind)} {KINDS[kind].zh}" if kind in KINDS else both(kind)


def rule_of(churn: Churn) -> str:
    """A policy as one writes it on a command line: the rule alone where lost is its only grade."""
    return repr(churn.lost if churn.at_risk == never else churn)


def said(value: object) -> str:
    """A value as people write it: yes or no, days as they are, numbers with separators, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return amount(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def amount(yuan: Decimal) -> str:
    """Yuan with separators, the fen only where there are some."""
    return f"{yuan:,.0f}" if yuan == yuan.to_integral_value() else f"{yuan:,.2f}"


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent, to one place; a dash where there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else "–"
