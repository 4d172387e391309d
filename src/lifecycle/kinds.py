"""The one table of facts and the one table of event kinds: what can happen in a customer's life, and what is told of it.

In: nothing. Out: :data:`FACTS` (name → type, unit, Chinese name, meaning) and :data:`KINDS` (name → Chinese name, facts,
rank, source). Everything that knows events — the constructor, the readers, the timeline, the wire form, the columns,
the docs — reads these two tables; nothing else lists kinds. Next room: :mod:`lifecycle.events`.

The **rank** of a kind is its place in the table: of two events of one instant the earlier kind comes first (LM4), so
the sections stand in the order in which a day goes: deadlines before all else, the sale before the workshop, what is
earned before what is spent, corrections last.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from numbers import Integral, Real
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from lifecycle.dates import parse_day
from lifecycle.errors import LifecycleError, near, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FACTS", "KINDS", "RECORDS", "Fact", "Kind", "Value", "kind_named"]

#: What a fact can be: text, a whole number, yuan exact to the fen, yes/no, a civil day.
Value = str | int | Decimal | bool | date

_MONEY_LIMIT = Decimal(10) ** 11
_COUNT_LIMIT = 10**12
_NUMBER_LIMIT = 10**100  # a longer number is no key
_YES = frozenset({"yes", "true", "1", "是", "满意", "y"})
_NO = frozenset({"no", "false", "0", "否", "不满意", "n"})


def _text(value: object, fact: Fact) -> str:
    if type(value) is str and value and value == value.strip():
        return value
    if isinstance(value, str) and value.strip():
        return str.__str__(value).strip()  # the text itself, whatever a class of its own shows
    if not isinstance(value, bool) and isinstance(value, Integral) and abs(int(value)) < _NUMBER_LIMIT:
        return str(int(value))
    raise fact.wrong(value, "is not a text", "give a non-empty text")


def _count(value: object, fact: Fact) -> int:
    if type(value) is int:
        number = value
    elif isinstance(value, str):
        try:
            number = int(_digits(value))
        except ValueError:
            raise fact.wrong(value, "is not a whole number", "write digits, as in 120") from None
    elif isinstance(value, bool) or not _is_whole(value):
        raise fact.wrong(value, "is not a whole number", "write digits, as in 120")
    elif isinstance(value, Decimal) and value.adjusted() > 15:
        number = _COUNT_LIMIT + 1  # as an integer it might not fit into memory
    else:
        number = int(value)  # type: ignore[call-overload]
    if not -_COUNT_LIMIT <= number <= _COUNT_LIMIT:
        raise fact.wrong(value, f"is outside ±{_COUNT_LIMIT}", "check the unit")
    if number < 0 and not fact.signed:
        raise fact.wrong(value, "is negative", "it counts from 0")
    return number


def _digits(text: str) -> str:
    """A number without its thousands separators; Python's own ``1_000`` is nobody's."""
    if "_" in text:
        raise ValueError(text)
    return text.strip().replace(",", "")


def _written(value: object) -> str:
    """What was written, or would be: of a float its shortest decimal form, which is what a frame's author meant."""
    if isinstance(value, str):
        return str.__str__(value)
    return float.__repr__(value) if isinstance(value, float) else str(value)


def _is_whole(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and value == value.to_integral_value()
    return isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())


def _money(value: object, fact: Fact) -> Decimal:
    if type(value) is Decimal:
        yuan = value
    elif isinstance(value, Decimal):
        yuan = Decimal(value)
    elif isinstance(value, bool):
        raise fact.wrong(value, "is not an amount of yuan", "write a number, as in 1234.50")
    elif isinstance(value, Integral):
        yuan = Decimal(int(value))
    elif isinstance(value, (str, Real)):
        try:
            yuan = Decimal(_digits(_written(value)))
        except (InvalidOperation, ValueError):
            raise fact.wrong(value, "is not an amount of yuan", "write a number, as in 1234.50") from None
    else:
        raise fact.wrong(value, "is not an amount of yuan", "write a number, as in 1234.50")
    if not yuan.is_finite():
        raise fact.wrong(value, "is not an amount of yuan", "write a number, as in 1234.50")
    if yuan < 0:
        raise fact.wrong(value, "is negative", "a refund is an event of its own: refunded of=ID amount=…")
    if yuan >= _MONEY_LIMIT:
        raise fact.wrong(value, f"is not below {_MONEY_LIMIT:,} yuan", "check the unit")
    sign, digits, exponent = yuan.as_tuple()
    if not isinstance(exponent, int) or (-2 <= exponent <= 0 and not sign):
        return yuan
    # written with more places than two, in powers of ten, or as -0: the same amount as people write it
    spare = -2 - exponent
    if spare > 0 and any(digits[-spare:]):
        raise fact.wrong(value, "has fractions of a fen", "round it to 0.01 yuan where it is made")
    if not yuan:
        return Decimal(0)
    return Decimal((0, digits[:-spare], -2)) if spare > 0 else Decimal(int(yuan))


def _yesno(value: object, fact: Fact) -> bool:
    if type(value) is bool:
        return value
    if isinstance(value, (str, Integral)) or type(value).__name__ in ("bool", "bool_"):  # numpy's own
        word = _written(value).strip().lower()
        if word in _YES:
            return True
        if word in _NO:
            return False
    raise fact.wrong(value, "is neither yes nor no", "write yes or no")


def _day(value: object, fact: Fact) -> date:
    if isinstance(value, datetime):
        raise fact.wrong(value, "is an instant, not a day", "give its local date")
    if isinstance(value, date):
        day = value if type(value) is date else date(value.year, value.month, value.day)
    elif isinstance(value, str):
        day = parse_day(value)
    else:
        raise fact.wrong(value, "is not a day", "write YYYY-MM-DD")
    if not 1900 <= day.year <= 2199:
        raise fact.wrong(value, "lies outside 1900–2199", "check the year")
    return day


def _choice(value: object, fact: Fact) -> str:
    if isinstance(value, str):
        word = value.strip()
        if word in fact.choices:
            return word
        for choice, zh in zip(fact.choices, fact.choices_zh, strict=False):
            if word == zh or word.lower() == choice.lower():
                return choice
        raise fact.wrong(value, "is not one of its choices", near(word, fact.choices))
    raise fact.wrong(value, "is not one of its choices", ", ".join(fact.choices))


_CHECKS: dict[str, Callable[[object, Fact], Value]] = {
    "text": _text,
    "count": _count,
    "points": _count,
    "money": _money,
    "yesno": _yesno,
    "day": _day,
    "choice": _choice,
}


class Fact(NamedTuple):
    """One thing that an event can tell: its type, unit, Chinese name and what it means."""

    name: str
    zh: str
    type: str
    meaning: str
    choices: tuple[str, ...] = ()
    choices_zh: tuple[str, ...] = ()
    signed: bool = False
    """Whether a negative number is meant (a correction)."""

    @property
    def unit(self) -> str:
        """``yuan``, ``points``, ``day``, ``yes/no``, or empty for text, choices and plain counts."""
        return {"money": "yuan", "points": "points", "day": "day", "yesno": "yes/no"}.get(self.type, "")

    def read(self, value: object) -> Value:
        """``value`` (text or Python) as this fact's exact type; LifecycleError says what is wrong with it."""
        return _CHECKS[self.type](value, self)

    def write(self, value: Value) -> str:
        """The text that :meth:`read` takes back."""
        if value is True:
            return "yes"
        if value is False:
            return "no"
        if isinstance(value, Decimal):
            return format(value, "f")
        return str(value)

    def wrong(self, value: object, why: str, remedy: str) -> LifecycleError:
        """The error for a value that this fact cannot take."""
        return LifecycleError(f"{self.name}={shown(value)} {why}", argument=self.name, value=value, remedy=remedy)


def _facts() -> dict[str, Fact]:
    table = [
        # whose and which
        Fact("vehicle", "车辆", "text", "the vehicle's VIN, its key (a plate changes)"),
        Fact("sale", "销售单号", "text", "which sale: the key of its case"),
        Fact("visit", "工单号", "text", "which workshop visit: the key of its case"),
        Fact("follow_up", "回访单号", "text", "which follow-up: the key of its case"),
        Fact("complaint", "投诉单号", "text", "which complaint: the key of its case"),
        Fact("outreach", "招揽单号", "text", "which outreach to a lost customer: the key of its case"),
        Fact("referral", "转介绍单号", "text", "which referral: the key of its case"),
        Fact("membership", "会员号", "text", "which membership: the key of its case"),
        Fact("cycle", "周期", "text", "which turn of the department's cycle: the key of its case"),
        Fact("training", "培训单号", "text", "which training: the key of its case"),
        Fact("call", "通话号", "text", "which telephone call: the key of its case"),
        Fact("touch", "关怀单号", "text", "which planned touch"),
        Fact("of", "所涉单号", "text", "the id of the event that is refunded or voided"),
        Fact("into", "并入客户", "text", "the customer that this one is merged into"),
        Fact("to", "受让客户", "text", "the customer who has the vehicle, or the points, now"),
        Fact("giver", "转出客户", "text", "the customer whom the points came from"),
        Fact("referred", "被推荐人", "text", "the customer who was referred"),
        Fact("by", "经办人", "text", "who did it, or who bears it"),
        # money, in yuan at the door
        Fact("price", "成交价", "money", "price of the vehicle"),
        Fact("charge", "客户付费", "money", "the customer's own share of the bill; 0 or missing is free to him"),
        Fact("parts", "配件费", "money", "part of the charge that is for parts"),
        Fact("labour", "工时费", "money", "part of the charge that is for labour"),
        Fact("accessories", "精品费", "money", "part of the charge that is for accessories"),
        Fact("insurer_paid", "保险支付", "money", "the insurer's share of the bill"),
        Fact("maker_paid", "厂家支付", "money", "the maker's share of the bill (warranty, goodwill)"),
        Fact("amount", "金额", "money", "an amount refunded, stored, or paid for something else than a job"),
        Fact("value", "抵用金额", "money", "the value in yuan that redeemed points were good for"),
        # counts
        Fact("points", "积分", "points", "points moved"),
        Fact("change", "积分调整", "points", "points added, or taken when negative", signed=True),
        Fact("mileage", "里程", "count", "kilometres on the clock"),
        Fact("attempt", "次数", "count", "which attempt it is, from 1"),
        Fact("score", "得分", "count", "points of a questionnaire"),
        # yes or no
        Fact("satisfied", "满意", "yesno", "whether the customer is satisfied"),
        Fact("warranty", "保修", "yesno", "whether the job was done under warranty"),
        Fact("major", "重大", "yesno", "whether the complaint is a major one (S4)"),
        Fact("on_hand", "现车", "yesno", "whether the car is in stock"),
        Fact("passed", "合格", "yesno", "whether the work passed the inspection"),
        Fact("reached", "接通", "yesno", "whether the customer was reached"),
        # days
        Fact("birthday", "生日", "day", "day of birth"),
        Fact("needed_on", "用车时间", "day", "the day on which the car is needed (K5)"),
        Fact("delivered_on", "交车日", "day", "day on which the vehicle was delivered"),
        Fact("last_visit", "最近来厂日", "day", "the last visit of any kind before the records begin"),
        Fact("last_charged_visit", "最近付费来厂日", "day", "the last charged visit before the records begin"),
        Fact("warranty_until", "质保到期日", "day", "last day of the warranty"),
        Fact("insurance_until", "保险到期日", "day", "last day of the insurance"),
        Fact("until", "有效期至", "day", "last day of what was renewed, extended, granted or planned"),
        Fact("earned_on", "获得日", "day", "day from which the age of points counts, where it is not the day they came"),
        Fact("recorded_on", "登记日", "day", "day on which the house wrote it down, where it was later than it happened"),
        # choices
        Fact("kind", "类别", "choice", "which survey: sales (SSI) or service (CSI)", ("SSI", "CSI"), ("销售满意度", "服务满意度")),
        Fact("trend", "趋势", "choice", "how the after-sales spending went", ("up", "level", "down"), ("上升", "持平", "下降")),
        Fact(
            "reason", "原因", "choice", "why he stays away or is dissatisfied",
            ("transferred", "other_city", "service", "price", "quality", "distance", "waiting", "insurer", "special", "never_maintains", "other"),
            ("车辆转让", "外地使用", "服务态度", "价格", "维修质量", "距离", "等待时间", "保险公司指定", "特殊原因", "从不保养", "其他"),
        ),
        Fact(
            "where", "现保养地", "choice", "where the car is maintained now (W17, V3)",
            ("same_brand_dealer", "other_brand_dealer", "independent_garage", "other"),
            ("同品牌店", "其他品牌店", "社会修理厂", "其他"),
        ),
        Fact(
            "channel", "渠道", "choice", "by which way (W12, W16)",
            ("call", "sms", "wechat", "in_house", "maker_line", "house_line", "email", "callback"),
            ("电话", "短信", "微信", "店内", "厂家热线", "投诉专线", "邮件", "回访"),
        ),
        Fact("purpose", "用途", "choice", "what a contact is for (LK5)", ("service", "commercial"), ("服务", "营销")),
        Fact("tier", "会员等级", "choice", "the member's tier (W3)", ("ordinary", "silver", "gold"), ("普通", "银卡", "金卡")),
        Fact("account", "积分账户", "choice", "whose points they are (K15, K19)", ("dealer", "head_office"), ("经销商", "总部")),
        Fact(
            "product", "产品", "choice", "what was taken besides the car and its service (K13)",
            ("insurance", "finance", "accessories", "extended_warranty", "used_car", "rescue", "other"),
            ("保险", "金融", "精品", "延保", "二手车", "救援", "其他"),
        ),
        Fact(
            "department", "部门", "choice", "which department it concerns (W9)",
            ("sales", "after_sales", "customer_operations"), ("销售", "售后", "客户运营"),
        ),
        Fact("purchase", "购车性质", "choice", "first, additional or replacement purchase (K5)", ("first", "additional", "replacement"), ("首购", "增购", "换购")),
        Fact(
            "point", "续接点", "choice", "at which point reached before a sale is taken up again (K7)",
            ("need", "model", "trial", "drive", "talk", "quotation", "closing", "date"),
            ("需求", "车型推荐", "产品体验", "试驾", "购买洽谈", "报价", "成交", "交车日期"),
        ),
        Fact(
            "offer", "招揽方案", "choice", "what a lost customer is offered (W18, V4b)",
            ("dedicated_discount", "dedicated_service", "fetching", "booking_lane", "free_choice", "invitation"),
            ("专人接待+专属优惠", "专人服务（不推荐套餐）", "上门取送车", "预约通道", "说明自主选择权", "再次邀请"),
        ),
        # texts
        Fact("assignee", "责任人", "text", "the manager who is made responsible for a complaint (W16)"),
        Fact("against", "被投诉人", "text", "the person complained about (W16)"),
        Fact("use", "购车用途", "text", "what the car is for, and how the present one is used (K5)"),
        Fact("driver", "主要驾驶人", "text", "who will drive it mostly (K5)"),
        Fact("owns", "现有车型", "text", "the model he has now (K5)"),
        Fact("compared", "对比车型", "text", "the models that he compares (K5)"),
        Fact("wishes", "期望配置", "text", "the features that he wants, his habits (K5)"),
        Fact("model", "车型", "text", "model of the vehicle"),
        Fact("plate", "车牌", "text", "number plate"),
        Fact("job", "工单编号", "text", "the workshop's own job number"),
        Fact("sex", "性别", "text", "sex, as recorded"),
        Fact("city", "城市", "text", "where the customer lives"),
        Fact("origin", "客户来源", "text", "how the customer came to the house (S5)"),
        Fact("event", "活动", "text", "which owner event"),
        Fact("note", "备注", "text", "anything else, never read by a policy"),
    ]  # fmt: skip
    return {fact.name: fact for fact in table}


#: Every fact by its name.
FACTS: Mapping[str, Fact] = MappingProxyType(_facts())


class Kind(NamedTuple):
    """One kind of event: what it is called, what it tells, where it stands in a day, where it was read."""

    name: str
    zh: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    rank: int
    cite: str
    source: str | None
    """The fact that names what the event is about, so that an award for it is given once (LP10); None: its own id."""
    derived: bool
    """Whether replay makes it from a policy: such an event is never read from a file."""

    @property
    def facts(self) -> tuple[str, ...]:
        """All facts it may carry, required ones first."""
        return self.required + self.optional

    @property
    def about_vehicle(self) -> bool:
        """Whether it is about one vehicle (and then may lack its VIN where the data have none)."""
        return "vehicle" in self.optional or "vehicle" in self.required


def _kinds() -> dict[str, Kind]:
    rows: list[tuple[str, str, str, str, str | None]] = []
    derived: set[str] = set()

    def kind(name: str, zh: str, facts: str = "", cite: str = "", source: str | None = None) -> None:
        rows.append((name, zh, facts, cite, source))

    # -- deadlines that came due: made by replay from the policy in force, before the day's other events
    for name, zh, cite in (
        ("at_risk_due", "到期：存在流失风险", "V4a"),
        ("lost_due", "到期：流失", "V1a"),
        ("customer_lost", "客户流失", "LC8"),
        ("seen_again", "再次来厂", "V1b"),
    ):
        kind(name, zh, "vehicle", cite)
        derived.add(name)
    # -- records: where a history begins in the middle
    kind("customer_recorded", "客户建档", "birthday sex city origin tier", "S5")
    kind(
        "vehicle_recorded",
        "车辆建档",
        "vehicle! model plate delivered_on last_visit last_charged_visit warranty_until insurance_until mileage",
        "V4b",
    )
    kind("points_opened", "积分期初", "points! account tier", "W3")
    kind("opted_out", "拒绝联系", "channel purpose", "W12")
    kind("opted_in", "同意联系", "channel purpose", "W12")
    # -- SALE: need, trial, purchase (K5-K7)
    kind("enquired", "咨询", "sale model origin channel by", "K1")
    kind("replacement_due", "换车周期到", "vehicle", "K4")
    kind("trade_in_asked", "询问置换", "sale vehicle", "K5")
    kind("sale_resumed", "续接销售", "sale! point channel by", "K7")
    kind("need_asked", "询问需求", "sale! needed_on use driver owns compared purchase wishes by", "K5")
    kind("need_summarised", "总结需求", "sale! by", "K5")
    kind("need_disputed", "需求未认可", "sale! by", "K5")
    kind("need_agreed", "需求确认", "sale by", "K5")
    kind("need_changed", "需求变更", "sale by", "K5")
    kind("recommendation_declined", "未接受推荐车型", "sale! model by", "K5")
    kind("recommendation_accepted", "接受推荐车型", "sale! model by", "K5")
    kind("need_consulted", "需求咨询", "sale! by", "K6")
    kind("walk_around_given", "六方位介绍", "sale! model by", "K6")
    kind("product_explained", "针对性说明", "sale! model compared by", "K6")
    kind("objection_raised", "提出异议", "sale! reason by", "K6")
    kind("objection_remained", "异议未消除", "sale! reason by", "K6")
    kind("contact_kept", "留存联系方式", "sale! reason by", "K6")
    kind("objection_settled", "异议消除", "sale! by", "K6")
    kind("no_question_left", "无异议", "sale! by", "K6")
    kind("model_accepted", "接受车型", "sale model by", "K6")
    kind("model_changed", "更换车型", "sale model by", "K6")
    kind("test_drive_wanted", "愿意试驾", "sale! model by", "K6")
    kind("test_drive_booked", "预约试驾", "sale! model until by", "K6")
    kind("customer_seen_off", "送别客户", "sale! by", "K6")
    kind("information_filed", "信息归档", "sale! by", "K6")
    kind("test_drive_begun", "开始试驾", "sale! model by", "K6")
    kind("test_drive_declined", "不试驾", "sale! by", "K6")
    kind("purchase_talk_begun", "进入购买洽谈", "sale! by", "K6")
    kind("intention_denied", "无购买意向", "sale! reason by", "K7")
    kind("intention_shown", "有购买意向", "sale! by", "K7")
    kind("quotation_waived", "无需报价", "sale! by", "K7")
    kind("quotation_wanted", "要求报价", "sale! by", "K7")
    kind("quotation_explained", "说明报价", "sale! price by", "K7")
    kind("quotation_declined", "未接受报价", "sale! reason by", "K7")
    kind("quotation_accepted", "接受报价", "sale! price by", "K7")
    kind("final_quotation_made", "最终报价", "sale! price by", "K7")
    kind("final_quotation_declined", "未接受最终报价", "sale! reason by", "K7")
    kind("final_quotation_accepted", "接受最终报价", "sale! price by", "K7")
    kind("deal_put_off", "暂不成交", "sale! reason by", "K7")
    kind("deal_closed", "当场成交", "sale! by", "K7")
    kind("stock_checked", "查询库存", "sale! on_hand! vehicle by", "K7")
    kind("car_turned_down", "选车未满意", "sale! vehicle by", "K7")
    kind("car_chosen", "选定车辆", "sale! vehicle by", "K7")
    kind("date_refused", "未接受交车日期", "sale! until by", "K7")
    kind("date_accepted", "接受交车日期", "sale! until by", "K7")
    kind("customer_withdrew", "客户暂缓", "sale! reason by", "K7")
    kind("follow_up_planned", "制定跟进计划", "sale! until reason by", "K7")
    kind("contract_signed", "签订合同", "sale vehicle price by", "K7")
    kind("contract_presented", "经理递交合同致谢", "sale! by", "K7")
    kind("services_confirmed", "确认延伸服务", "sale! by", "K7")
    kind("payment_received", "付款开票", "sale! amount by", "K7")
    kind("sale_lost", "战败", "sale reason by", "K7")
    kind("replacement_declined", "放弃换购", "sale reason by", "K4")
    kind("trade_in_done", "完成置换", "vehicle sale amount", "K3")
    kind("vehicle_delivered", "交车", "vehicle sale price model plate warranty_until insurance_until by", "K7")
    # -- OUTREACH to lost customers, before the visit that it leads to (W17, W18, V3)
    kind("outreach_listed", "列入招揽", "outreach! vehicle by", "V4b")
    kind("outreach_called", "招揽致电", "outreach! reached! attempt channel by", "V3")
    kind("outreach_postponed", "约定再访", "outreach! until by", "V3")
    kind("outreach_reason_told", "说明流失原因", "outreach! reason! where mileage by", "W17")
    kind("outreach_offered", "提出方案", "outreach! offer channel by", "W18")
    kind("outreach_declined", "谢绝招揽", "outreach! reason by", "W17")
    kind("outreach_lapsed", "招揽无回应", "outreach! by", "V4b")
    kind("outreach_closed", "招揽结束", "outreach! by", "V3")
    # -- VISIT: repair and service (K8)
    kind("visit_booked", "预约进厂", "visit! vehicle until outreach job by", "K8")
    kind("visit_missed", "预约未到", "visit! vehicle by", "K8")
    kind("workshop_entered", "进厂", "vehicle visit mileage plate job by", "K8")
    kind("inspected_at_customer", "上门检测", "vehicle visit by", "V1d")
    kind("visit_quoted", "维修报价", "visit! vehicle amount by", "K8")
    kind("quote_refused", "未接受维修报价", "visit! vehicle reason by", "K8")
    kind("quote_accepted", "接受维修报价", "visit! vehicle by", "K8")
    kind("visit_cancelled", "取消进厂", "visit! vehicle reason by", "K8")
    kind("work_begun", "开始维修", "visit! vehicle by", "K8")
    kind("work_inspected", "质量检验", "visit! passed! vehicle by", "K8")
    kind(
        "vehicle_handed_over",
        "维修交车",
        "vehicle visit outreach charge parts labour accessories insurer_paid maker_paid warranty mileage plate job by",
        "K8",
    )
    # -- FOLLOW-UP: what follows a visit or a delivery (W13-W15, R6)
    kind("follow_up_listed", "列入回访", "follow_up! kind visit sale vehicle until by", "W13")
    kind("follow_up_called", "回访致电", "follow_up! reached! attempt channel by", "W13")
    kind("follow_up_abandoned", "回访放弃", "follow_up! reason by", "W13")
    kind("surveyed", "满意度回访", "satisfied! kind visit sale follow_up vehicle score reason by channel", "W13")
    kind("review_posted", "发表评价", "satisfied! visit! reason channel", "W14", "visit")
    kind("spending_reviewed", "消费评估", "trend!", "K3")
    kind("product_taken", "购买产品", "product! vehicle amount until", "K13")
    kind("insurance_renewed", "续保", "vehicle until! amount", "W10c")
    kind("warranty_extended", "延保", "vehicle until! amount", "W10d")
    # -- COMPLAINT (W16, S4)
    kind(
        "complaint_raised",
        "投诉",
        "complaint! channel department reason visit sale follow_up vehicle major against by",
        "W16",
    )
    kind("complaint_resumed", "投诉恢复处理", "complaint! by", "W16")
    kind("complaint_reopened", "投诉重开", "complaint! reason by", "W15")
    kind("complaint_assigned", "投诉指派", "complaint! assignee! against by", "W16")
    kind("complaint_contacted", "联系投诉客户", "complaint! channel by", "S4")
    kind("complaint_answered", "答复投诉", "complaint! channel by", "S4")
    kind("complaint_escalated", "投诉升级", "complaint! reason by", "S4")
    kind("complaint_answered_by_senior", "高层答复投诉", "complaint! channel by", "S4")
    kind("complaint_resolved", "投诉解决", "complaint! by", "S4")
    kind("complaint_followed_up", "投诉回访", "complaint! satisfied channel by", "S4")
    kind("complaint_paused", "投诉暂停处理", "complaint! reason! by", "W16")
    kind("complaint_closed", "投诉结案", "complaint! satisfied! by", "W16")
    # -- word of mouth (K9)
    kind("purchase_ruled_out", "永不复购", "reason", "K9")
    kind("bad_word_reported", "负面口碑", "channel", "K9")
    kind("third_party_complained", "第三方投诉", "complaint", "K9")
    # -- REFERRAL (W4, K16)
    kind("referral_recorded", "转介绍登记", "referral! referred by", "K16", "referral")
    kind("referral_visited", "被推荐人到店", "referral! referred by", "W4", "referral")
    kind("referral_converted", "转介绍成交", "referral! referred sale by", "W4", "referral")
    kind("referral_rewarded", "转介绍奖励", "referral! account points amount by", "W4", "referral")
    kind("referral_lapsed", "转介绍失效", "referral! by", "K16", "referral")
    kind("referral_reversed", "转介绍撤销", "referral! sale reason by", "W4", "referral")
    # -- MEMBERSHIP, club and points (W3, W6, W7)
    kind("membership_applied", "申请入会", "membership! by", "K14")
    kind("enrolled", "入会", "membership tier", "W3")
    kind("credit_card_opened", "开通联名信用卡", "membership! by", "W7")
    kind("credit_card_ended", "注销联名信用卡", "membership! by", "W7")
    kind("value_stored", "储值", "membership! amount! by", "W7")
    kind("value_used_up", "储值用完", "membership! by", "W7")
    kind("lifetime_fee_paid", "缴纳终身会费", "membership! amount! by", "W7")
    kind("event_attended", "参加活动", "event touch", "W11", "event")
    kind("care_accepted", "接受关怀", "touch channel", "W10a", "touch")
    kind("points_granted", "活动赠送积分", "points! account reason event until", "W4")
    kind("points_received", "积分转入", "points! giver account earned_on until", "W3")
    kind("points_redeemed", "积分兑换", "points! value account visit", "W7")
    kind("points_redemption_rolled_back", "积分兑换撤销", "of! by", "W7")
    kind("points_transferred", "积分转出", "points! to! account", "W3")
    kind("points_corrected", "积分调整", "change! account by! note!", "W3")
    kind("membership_left", "退会", "membership! reason by", "W3")
    # -- leaving
    kind("vehicle_transferred", "车辆转让", "vehicle to", "W17")
    kind("moved_away", "迁往外地", "vehicle city", "W17")
    # -- DESK: the department's own cycle, and the telephone (S6, R10)
    kind("cycle_begun", "开始满意度规划", "cycle! by", "S6")
    kind("information_gathered", "整理客户信息", "cycle! by", "S6")
    kind("callbacks_begun", "开展回访", "cycle! by", "S6")
    kind("complaints_taken_up", "处理投诉", "cycle! by", "S6")
    kind("care_begun", "开展关怀活动", "cycle! by", "S6")
    kind("satisfaction_measured", "测评满意度", "cycle! score by", "S6")
    kind("training_need_found", "提出培训需求", "training! cycle department by", "S6")
    kind("training_goal_set", "确定培训目标", "training! by", "S6")
    kind("training_planned", "制定培训计划", "training! until by", "S6")
    kind("training_held", "实施培训", "training! by", "S6")
    kind("training_assessed", "评估培训效果", "training! passed! score by", "S6")
    kind("training_consolidated", "巩固培训成果", "training! cycle by", "S6")
    kind("cycle_closed", "本轮结束", "cycle! by", "S6")
    kind("call_taken", "接起电话", "call! by", "R10")
    kind("caller_heard", "听到客户声音", "call! by", "R10")
    kind("call_inaudible", "听不清", "call! by", "R10")
    kind("call_noisy", "噪音过大", "call! by", "R10")
    kind("call_in_dialect", "方言难懂", "call! by", "R10")
    kind("call_waited", "等待5秒", "call!", "R10")
    kind("goodbye_said", "说明并道别", "call! by", "R10")
    kind("call_hung_up", "挂断电话", "call! by", "R10")
    kind("caller_hung_up", "客户挂断", "call!", "R10")
    # -- corrections: what was recorded before is taken back
    kind("refunded", "退款", "of! amount!", "V1e")
    kind("merged", "客户合并", "into!", "S5")
    kind("voided", "作废", "of! by", "V1e")

    table: dict[str, Kind] = {}
    for rank, (name, zh, words, cite, source) in enumerate(rows):
        names = words.split()
        required = tuple(word[:-1] for word in names if word.endswith("!"))
        optional = tuple(word for word in names if not word.endswith("!"))
        if "note" not in required:
            optional += ("note",)  # anything may carry a remark
        optional += ("recorded_on",)  # anything may have come late to the books
        table[name] = Kind(name, zh, required, optional, rank, cite, source, name in derived)
    return table


#: Kinds that tell what was before the records began: told by a clerk, not lived by a customer.
RECORDS = ("customer_recorded", "vehicle_recorded", "points_opened")

#: Every kind of event by its name, in the order of rank.
KINDS: Mapping[str, Kind] = MappingProxyType(_kinds())


def kind_named(name: str) -> Kind:
    """The kind of that name (English or Chinese); an unknown name is an error that lists its neighbours."""
    try:
        found = KINDS.get(name)
    except TypeError:  # no name at all: a list, say
        found = None
    if found is None:
        found = next((kind for kind in KINDS.values() if kind.zh == name), None)
    if found is None:
        raise LifecycleError(f"unknown event {shown(name)}", argument="event", value=name, remedy=near(name, KINDS))
    return found
