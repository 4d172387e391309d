"""The waist of the house: a customer as of a day — states and facts — and nothing of how they came about.

In: what :mod:`lifecycle.life` folded. Out: :class:`Customer` and :class:`Vehicle`, which every policy reads. The list of
their fields is the contract between row and column: each says its Chinese name and what None means. The public word for
where he stands ("prospect", "repeat", "lost") is read off the regions by :func:`standing_of`. Next: :mod:`lifecycle.deadline`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

from attrs import field, fields, frozen

from lifecycle.errors import LifecycleError, shown
from lifecycle.machines.journey import ACTIVITY, LOYALTY, SATISFACTION, Stage
from lifecycle.values import FrozenDict, frozen_dict

__all__ = ["STANDING_ZH", "UNNAMED", "Customer", "Vehicle", "fact_names", "standing_of"]

#: The key of the vehicle of visits whose data name none (a log of purchases, a bill without a VIN).
UNNAMED = "-"


def _fact(default: Any, zh: str, none: str = "") -> Any:
    """A field that is part of the contract: its Chinese name, and what None (or the default) means."""
    return field(default=default, metadata={"zh": zh, "none": none}, kw_only=True)


def _words(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)


def _pairs(value: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset(value)


def _told(value: Any) -> str:
    """A fact's value as one would type it: days as ``date(2024, 2, 18)``."""
    many: Any = value
    if isinstance(value, date):
        return f"date({value.year}, {value.month}, {value.day})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_told(name)}: {_told(one)}" for name, one in many.items()) + "}"
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(_told, many))) + "}"
    return repr(value)


@cache
def _kept(kind: type[Any], such: str) -> tuple[tuple[str, ...], Callable[[object], tuple[object, ...]]]:
    """The names of the fields that hold ``such`` (or None), and what reads them all."""
    names = tuple(one.name for one in fields(kind) if str(one.type).removesuffix(" | None") == such)
    return names, attrgetter(*names)


class _Facts:
    """Shows what is known: the key, and every fact that differs from its default. The text is what one would type."""

    __slots__ = ()

    def __attrs_post_init__(self) -> None:
        """Days are days and counts are counts: a text in their place would be compared, and answer nonsense."""
        facts: Any = type(self)
        for such, kind in (("date", date), ("int", int)):
            names, read = _kept(facts, such)
            for name, value in zip(names, read(self), strict=True):
                if type(value) is kind or value is None:
                    continue
                if not isinstance(value, kind) or isinstance(value, (datetime, bool)):
                    raise LifecycleError(
                        f"{facts.__name__}({name}={shown(value)}) is no {'day' if kind is date else 'whole number'}",
                        argument=name, value=value,
                        remedy="give a datetime.date" if kind is date else "give an int",
                    )  # fmt: skip

    def __repr__(self) -> str:
        kind: Any = type(self)
        blank = kind("")
        key, *others = (one.name for one in fields(kind))
        words = [repr(getattr(self, key))]
        for name in others:
            value = getattr(self, name)
            if value != getattr(blank, name):
                words.append(f"{name}={_told(value)}")
        return f"{kind.__name__}({', '.join(words)})"


@frozen(repr=False)
class Vehicle(_Facts):
    """A customer's vehicle as of a day; days are civil days of the house's zone."""

    vin: str
    """Its key. Ten characters or seventeen: a failed check digit is a warning of the reader, never a refusal."""
    activity: str = _fact("unseen", "活跃度")
    """The label of :data:`~lifecycle.machines.ACTIVITY`: unseen, active, at_risk, lost, quasi_lost, returned, gone."""
    model: str | None = _fact(None, "车型", "not told")
    plate: str | None = _fact(None, "车牌", "not told")
    delivered_on: date | None = _fact(None, "交车日", "not bought here, or not told")
    first_visit: date | None = _fact(None, "首次来厂", "has never come")
    last_visit: date | None = _fact(None, "最近来厂", "has never come")
    last_charged_visit: date | None = _fact(None, "最近付费来厂", "no charged visit yet")
    last_visits: Mapping[str, date] = field(
        factory=dict[str, Any],
        converter=frozen_dict,
        kw_only=True,
        hash=False,
        metadata={"zh": "各类最近来厂", "none": ""},
    )
    """The last day of each further kind of visit that the book counts, by its name."""
    visits: int = _fact(0, "来厂次数")
    """Jobs handed over, of any kind."""
    charged_visits: int = _fact(0, "付费来厂次数")
    inspected_on: date | None = _fact(None, "最近上门检测", "never inspected at the customer's since he last came")
    warranty_until: date | None = _fact(None, "质保到期日", "not told")
    insurance_until: date | None = _fact(None, "保险到期日", "not told")
    mileage: int | None = _fact(None, "里程", "not told")
    gone_on: date | None = _fact(None, "离开日", "not transferred, not moved away")
    at_risk_due: date | None = _fact(None, "风险到期日", "never, under the book's rule")
    """The day on which it becomes at risk, or became so, unless he comes."""
    lost_due: date | None = _fact(None, "流失到期日", "never, under the book's rule")
    """The day on which it is lost, or was, unless he comes."""

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import vehicle_html

        return vehicle_html(self)


@frozen(repr=False)
class Customer(_Facts):
    """A customer as of a day: one state of each region, his vehicles, and the facts that policies read."""

    id: str
    stage: Stage = _fact(Stage.NEED, "阶段")
    standing: str = _fact("prospect", "客户状态")
    loyalty: str = _fact("prospect", "忠诚度")
    satisfaction: str = _fact("unknown", "满意度")
    spending: str = _fact("none", "消费")
    points: int = _fact(0, "积分")
    tier: str = _fact("ordinary", "会员等级")
    first_seen: date | None = _fact(None, "首次联系", "nothing is known of him")
    last_seen: date | None = _fact(None, "最近联系", "nothing is known of him")
    birthday: date | None = _fact(None, "生日", "not told")
    sex: str | None = _fact(None, "性别", "not told")
    city: str | None = _fact(None, "城市", "not told")
    origin: str | None = _fact(None, "客户来源", "not told")
    enrolled_on: date | None = _fact(None, "入会日", "not a member")
    bought: int = _fact(0, "购车数")
    """Vehicles delivered to him."""
    referrals: int = _fact(0, "转介绍成交数")
    spent: Decimal = _fact(Decimal(0), "累计消费")
    """His own share of all workshop bills, in yuan; a refund is not taken off, a voided bill is."""
    open_complaints: int = _fact(0, "未结投诉")
    dissatisfied_since: date | None = _fact(None, "不满意起始日", "not known to be dissatisfied")
    spending_since: date | None = _fact(None, "消费状态起始日", "after-sales spending has not begun")
    products: frozenset[str] = field(
        factory=frozenset[str], converter=_words, kw_only=True, metadata={"zh": "产品", "none": ""}
    )
    """What he has of the house (K13): car, service, club, insurance, finance, …"""
    opted_out: frozenset[tuple[str, str]] = field(
        factory=frozenset[tuple[str, str]], converter=_pairs, kw_only=True, metadata={"zh": "拒绝联系", "none": ""}
    )
    """(channel, purpose) pairs he does not want; ``*`` stands for all (LK5)."""
    vehicles: Mapping[str, Vehicle] = field(
        factory=FrozenDict[str, Any],
        converter=frozen_dict,
        kw_only=True,
        hash=False,
        metadata={"zh": "车辆", "none": ""},
    )

    @property
    def breadth(self) -> int:
        """How many kinds of product or service he has (K13)."""
        return len(self.products)

    @property
    def last_visit(self) -> date | None:
        """The last visit with any of his vehicles."""
        return _latest(vehicle.last_visit for vehicle in self.vehicles.values())

    @property
    def last_charged_visit(self) -> date | None:
        """The last charged visit with any of his vehicles."""
        return _latest(vehicle.last_charged_visit for vehicle in self.vehicles.values())

    @property
    def lost_due(self) -> date | None:
        """The day on which the last of his vehicles is lost, unless he comes; None where one never is, or all are gone (LC8)."""
        days = [vehicle.lost_due for vehicle in self.vehicles.values() if vehicle.activity != "gone"]
        return max((day for day in days if day is not None), default=None) if None not in days else None

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import customer_html

        return customer_html(self)


def _latest(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)


def fact_names(kind: type[Customer | Vehicle]) -> tuple[str, ...]:
    """The names of the facts that rows and columns share, in order."""
    return tuple(one.name for one in fields(kind))


#: The public words for where a customer stands, and their Chinese.
STANDING_ZH: Mapping[str, str] = FrozenDict(
    {
        "gone": ACTIVITY.zh_of["gone"],
        "lost": ACTIVITY.zh_of["lost"],
        **{name: SATISFACTION.zh_of[name] for name in ("third_party", "detractor", "never_again", "dissatisfied")},
        "core_advocate": LOYALTY.zh_of["core_advocate"],
        "advocate": LOYALTY.zh_of["advocate"],
        "repeat": LOYALTY.zh_of["repeat"],
        "first_time": LOYALTY.zh_of["owner"],
        "prospect": LOYALTY.zh_of["prospect"],
    }
)

_UNHAPPY = frozenset({"third_party", "detractor", "never_again", "dissatisfied"})
_LOST = frozenset({"lost", "quasi_lost"})
_AWAY = _LOST | {"gone"}


def rolled_up(activities: Collection[str]) -> str:
    """The vehicles' activities as one word: ``lost`` (all lost, quasi-lost or gone, and one of them not gone; LC8),
    ``gone`` (all gone), ``none`` (no vehicle), else ``active``."""
    if not activities:
        return "none"
    if all(activity in _AWAY for activity in activities):
        return "lost" if any(activity in _LOST for activity in activities) else "gone"
    return "active"


def standing_of(loyalty: str, satisfaction: str, activities: Collection[str], *, sale_under_way: bool = False) -> str:
    """The public word: lost, gone (and no sale under way) > third party … dissatisfied > loyalty's own label.

    ``loyalty`` and ``satisfaction`` are labels, ``activities`` the labels of the customer's vehicles (K9, LC8).
    """
    rolled = rolled_up(activities)
    if rolled == "lost":
        return "lost"
    if rolled == "gone" and not sale_under_way:
        return "gone"
    return satisfaction if satisfaction in _UNHAPPY else loyalty
