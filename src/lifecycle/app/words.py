"""What the page says, in both languages, each text once.

In: a key. Out: :func:`say`. Next room: ``page.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["KNOB_WORDS", "WORDS", "say"]

#: What each slider is called.
KNOB_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "at_risk": ("Months without a visit until at risk", "未来厂几个月算存在流失风险"),
        "lost": ("Months without a visit until lost", "未来厂几个月算流失"),
        "rate_ordinary": ("Points of an ordinary member per step", "普通会员每档积分"),
        "rate_silver": ("Points of a silver member per step", "银卡会员每档积分"),
        "rate_gold": ("Points of a gold member per step", "金卡会员每档积分"),
        "per": ("Yuan that make a step", "每档金额（元）"),
        "referral": ("Points for a referral that buys", "转介绍成交奖励积分"),
        "lapse": ("Months without a visit until points lapse", "未来厂几个月积分失效"),
        "lead": ("Months between reminder and lapse", "提前几个月提醒积分到期"),
    }
)

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title": ("What if the book said otherwise?", "如果规则不同，会怎样？"),
        "lead": (
            "Move a slider; everything below follows. The sample house is synthetic: nobody in it is real.",
            "移动滑块，下方随之变化。样例店全部为虚构。",
        ),
        "book": ("Start from the book", "起始规则手册"),
        "data": ("Histories", "数据"),
        "upload": ("CSV files: customer, event, at … or an export", "CSV 文件：客户、事件、日期……或系统导出表"),
        "mapping": ("Layout of the files", "文件格式"),
        "on": ("As of", "截至"),
        "waiting": (
            "Choose one file or several; they are read here, and nothing leaves this machine.",
            "请选择一个或多个文件；数据只在本机读取，不会外传。",
        ),
        "read": ("{} rows read, {} problems", "读取 {} 行，{} 个问题"),
        "cannot": ("This book cannot be:", "这样的规则不成立："),
        "as_it_is": ("The sliders stand where the book has them: nothing differs.", "滑块与手册一致：没有差异。"),
        "changed": ("What differs from {}", "与 {} 的差异"),
        "now": ("Who is where, on {}", "{} 的客户现状"),
        "vehicles": ("vehicles", "台车"),
        "lost": ("lost or quasi-lost", "流失或准流失"),
        "at_risk": ("at risk", "存在流失风险"),
        "active": ("active or returned", "活跃或返回"),
        "soon": ("become lost in 13 weeks", "13 周内将流失"),
        "owed": ("points owed", "积分余额"),
        "issued": ("points issued so far", "累计发放积分"),
        "lapsed": ("points lapsed so far", "累计失效积分"),
        "against": ("{} against the book", "较手册 {}"),
        "same": ("as the book has it", "与手册相同"),
        "moved": ("{} vehicles are labelled otherwise; nobody has acted otherwise", "{} 台车的标签改变；客户行为并未改变"),
        "whom": ("Whom it concerns", "涉及的车辆"),
        "first": ("the first {} of {}", "前 {} 条，共 {} 条"),
        "forecast": ("Forward three years: if people acted so", "未来三年：若客户如此反应"),
        "caveat": (
            (
                "{} customers, as the handbook has them unless fitted, the same luck under both books. Behaviour under "
                "assumptions, no prediction; 95 % intervals are of chance alone. ° the interval contains zero."
            ),
            "{} 位客户（未拟合时按手册所述），两本规则下运气相同。为假设下的行为，并非预测；95 % 区间仅为随机性。° 区间含零。",
        ),
        "fit": ("Fit the population to these histories", "按这些数据拟合客户群"),
        "unfit": ("These histories cannot be fitted:", "这些数据无法拟合："),
        "fitted": (
            "The population is fitted to {} cars of these histories, as known on {}; what they do not tell is assumed.",
            "客户群按这些数据中的 {} 台车拟合（截至 {}）；数据未说明的仍为假设。",
        ),
        "measure": ("figure", "指标"),
        "under": ("under {}", "按 {}"),
        "difference": ("difference", "差额"),
        "interval": ("95 % of chance", "95 % 区间"),
        "left_out": ("The forecast does not honour:", "预测未计入："),
        "milliseconds": ("worked out in {} ms", "计算用时 {} 毫秒"),
        "whole": ("Compare over the whole of the histories", "按全部历史比较"),
        "customer": ("customer", "客户"),
        "vehicle": ("vehicle", "车辆"),
        "before": ("under the book", "按手册"),
        "after": ("under the sliders", "按滑块"),
        "lost_due": ("lost on", "流失日"),
        "unreadable": ("This file cannot be read:", "无法读取此文件："),
        "nothing": ("There is no event in it.", "其中没有任何事件。"),
    }
)  # fmt: skip


def say(key: str, *values: object, zh: bool) -> str:
    """A text in the language, its places filled in; numbers with separators. ``knob NAME`` is what a slider is called."""
    both = KNOB_WORDS[key.removeprefix("knob ")] if key.startswith("knob ") else WORDS[key]
    return both[zh].format(*(f"{value:,}" if isinstance(value, int) else value for value in values))
