"""The words of a forecast in both languages: its measures, their units, the assumptions that it rests on.

In: names of :mod:`lifecycle.forward`. Out: :func:`forecast_word`. Next room: :mod:`lifecycle.show.plots`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.show.words import plain

__all__ = ["ASSUMED_ZH", "MEASURES_ZH", "UNITS_ZH", "forecast_word", "unit_word"]

MEASURES_ZH: Mapping[str, str] = MappingProxyType(
    {
        "profit": "利润", "service_margin": "维修毛利", "sales_margin": "销售毛利", "points_cost": "积分成本",
        "touch_cost": "触达成本", "liability": "积分负债", "breakage": "积分失效收益", "visits": "来厂次数",
        "charged": "付费来厂", "billed": "维修收入", "discounts": "优惠", "points_at_start": "期初积分",
        "issued": "发放积分", "redeemed": "兑换积分", "lapsed": "失效积分", "sales": "销量", "referred": "转介绍成交",
        "leads": "转介绍线索", "parted": "车辆离手", "stopped": "停止来厂客户", "won_back": "挽回客户",
        "calls": "招揽电话", "offers": "流失优惠邀约", "reminders": "积分到期提醒", "at_risk": "新增风险车辆",
        "lost": "新增流失车辆", "owners": "期末车主", "coming": "期末仍来厂客户", "lost_at_end": "期末流失车辆",
        "points_left": "期末积分余额",
    }
)  # fmt: skip
UNITS_ZH: Mapping[str, str] = MappingProxyType(
    {
        "fen": "元", "visits": "次", "points": "分", "cars": "台", "prospects": "人", "customers": "人",
        "touches": "次", "vehicles": "台",
    }
)  # fmt: skip
ASSUMED_ZH: Mapping[str, str] = MappingProxyType(
    {
        "prospects": "潜客占比", "buys": "新潜客成交率", "visits_per_year": "年来厂次数", "regularity": "来厂规律性",
        "charged_in_warranty": "保内付费占比", "charged_later": "保外付费占比", "warranty_months": "质保月数",
        "bill": "单次消费中位数（元）", "bill_spread": "消费离散度", "satisfied": "满意率",
        "dissatisfied_leaves": "不满意者停止来厂倍数", "reviews": "评价占比", "opening_points": "期初积分上限",
        "outreach_every": "招揽间隔（月）", "call_brings": "电话带来来厂率", "call_wins_back": "电话挽回率",
        "offer_brings": "优惠带来来厂率", "offer_wins_back": "优惠挽回率", "offer_discount": "优惠折扣",
        "reminder_brings": "提醒带来来厂率", "reminder_wins_back": "提醒挽回率", "redeems": "兑换概率",
        "redeems_from": "起兑积分", "point_value": "每分价值（元）", "referred": "人均转介绍",
        "prospects_per_sale": "每成交所需潜客", "bonus_lift": "奖励提升转介绍", "buys_again": "仍来厂者再购率",
        "buys_back": "不来厂者再购率", "adds_product": "加购概率", "breadth_causes": "产品数的因果份额",
        "call_cost": "电话成本（元）", "offer_cost": "优惠邀约成本（元）", "message_cost": "短信成本（元）",
        "service_margin": "维修毛利率", "sales_margin": "单车毛利（元）", "loss_times": "停止来厂快慢", "loss": "流失口径",
    }
)  # fmt: skip
#: What reads better than the name with its underscores opened.
_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "at_risk": "vehicles that become at risk", "lost": "vehicles that become lost",
        "lost_at_end": "vehicles lost at the end", "coming": "customers who still come",
        "owners": "customers with a car", "points_left": "points not yet spent", "loss": "reading of K11",
        "bill": "bill", "fen": "yuan",
    }
)  # fmt: skip


def unit_word(unit: str, *, zh: bool = False) -> str:
    """What a measure counts; money, which is counted in fen, is told in yuan."""
    return UNITS_ZH.get(unit, unit) if zh else "yuan" if unit == "fen" else unit


def forecast_word(name: str, *, zh: bool = False, assumed: bool = False) -> str:
    """What a measure or (``assumed``) an assumption is called; the name itself where there is no Chinese for it."""
    if zh:
        tables = (ASSUMED_ZH, MEASURES_ZH) if assumed else (MEASURES_ZH, ASSUMED_ZH)
        return next((table[name] for table in tables if name in table), plain(name))
    return plain(name) if assumed and name != "loss" else _ENGLISH.get(name, plain(name))
