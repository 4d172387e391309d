"""Answers as pieces of HTML: a customer, a decision, a book and what differs, irregular bookings, a forecast, how a policy runs.

In: a value of the library. Out: :class:`~lifecycle.show.markup.Markup` that a notebook shows as it is; the classes' own
``_repr_html_`` asks here. Nothing depends on a style sheet. Next room: :mod:`lifecycle.show.report`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from attrs import fields

from lifecycle.benefits import BenefitsGiven
from lifecycle.book import Book, Diff
from lifecycle.churn import CustomerVerdict, Verdict
from lifecycle.customer import Customer, Vehicle
from lifecycle.deadline import Decision
from lifecycle.irregular import Irregularities
from lifecycle.money import yuan
from lifecycle.show.colours import ink
from lifecycle.show.forecast_words import forecast_word, unit_word
from lifecycle.show.fragments import badge, customer_line, heading, table
from lifecycle.show.markup import Markup, join, tag
from lifecycle.show.words import TONES, both, plain, said, zh

if TYPE_CHECKING:
    from lifecycle.backtesting import Rolling
    from lifecycle.columns.balances import Explanation
    from lifecycle.experiments import Difference as Kept
    from lifecycle.forward import Fitted, Forecast
    from lifecycle.forward.alone import Alone
    from lifecycle.forward.forecast import Difference, Estimate
    from lifecycle.retention import Recovery

__all__ = [
    "alone_html", "benefits_html", "book_html", "customer_html", "decision_html", "diff_html", "estimate_html",
    "explanation_html", "fitted_html", "forecast_html", "forecast_table", "irregularities_html", "kept_html",
    "recovery_html", "rolling_html", "vehicle_html",
]  # fmt: skip

_MANY, _FEW = 100, 5


def _aside(*words: object) -> Markup:
    return tag("span", *words, class_="lc-quiet", style=f"color:{ink('quiet')};font-size:.9em")


def _reasons(because: tuple[str, ...]) -> Markup:
    return join(tag("div", sentence) for sentence in because)


# -- one customer ---------------------------------------------------------------------------------------------------------


def customer_html(customer: Customer) -> Markup:
    """A customer as of a day: where he stands, every fact that is told, a table for his vehicles."""
    cars = tuple(customer.vehicles.values())
    return tag(
        "div",
        customer_line(customer),
        _facts(customer, ("id", "vehicles")),
        table([heading("vehicle"), *(heading(name) for name in _OF_CARS)], [_car(car) for car in cars], wide=True)
        if cars
        else None,
        class_="lc-customer-view",
    )


_OF_CARS = ("activity", "delivered_on", "last_visit", "at_risk_due", "lost_due")


def _car(car: Vehicle) -> tuple[object, ...]:
    return car.vin, badge(car.activity), *(said(getattr(car, name)) for name in _OF_CARS[1:])


def vehicle_html(vehicle: Vehicle) -> Markup:
    """A vehicle as of a day: its activity and every fact that is told."""
    return tag("div", tag("p", tag("strong", vehicle.vin), " · ", badge(vehicle.activity)), _facts(vehicle, ("vin",)))


def _class(value: object) -> Any:
    return type(value)


def _facts(value: Any, without: tuple[str, ...]) -> Markup:
    """What is told: not None, not empty."""
    kind = _class(value)
    rows = [
        (both(one.name), _said(one.name, getattr(value, one.name)))
        for one in fields(kind)
        if one.name not in without and getattr(value, one.name) not in (None, (), frozenset(), {}, "")
    ]
    return table([heading("facts"), ""], rows)


def _said(name: str, value: Any) -> object:
    value = getattr(value, "value", value)
    many: Any = value
    if isinstance(value, str):
        return badge(value) if value in TONES else both(value, name)
    if isinstance(value, (set, frozenset, tuple, list)):
        return ", ".join(sorted(str(one) for one in many))
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(str(key))}: {said(one)}" for key, one in many.items())
    return said(value)


def decision_html(decision: Decision) -> Markup:
    """A decision: the word, since when, the days that it names, because."""
    if isinstance(decision, (Verdict, CustomerVerdict)):
        word: object = badge(decision.status)
    else:
        word = tag("strong", "yes 是" if decision.holds else "no 否")
    since = decision.since
    days = [
        f"{both(name)} {day}"
        for name in ("at_risk_due", "lost_due")
        if isinstance(day := getattr(decision, name, None), date) and day != since
    ]
    when = f" since {since} 起" if since not in (None, date.min) else ""
    return tag(
        "div",
        tag("p", word, when, *(f" · {one}" for one in days)),
        _aside(_reasons(decision.because)),
        class_="lc-decision",
    )


def irregularities_html(found: Irregularities) -> Markup:
    """Irregular bookings with their evidence, the first hundred of them."""
    rows = [
        (
            plain(one.pattern),
            one.says,
            ", ".join(one.customers),
            ", ".join(one.vehicles),
            join(tag("div", f"{event.day} {plain(event.kind)} {event.id}") for event in one.evidence[:_FEW]),
        )
        for one in found[:_MANY]
    ]
    names = ("pattern", "message", "customer", "vehicle", "evidence")
    more = len(found) - len(rows)
    return tag(
        "div",
        table(
            [heading(name) for name in names], rows, wide=True, caption=f"{len(found):,} irregular bookings 违规工单"
        ),
        tag("p", f"… and {more:,} more.") if more > 0 else None,
    )


# -- books ----------------------------------------------------------------------------------------------------------------


def diff_html(diff: Diff) -> Markup:
    """What differs between two books, a row a path; with the days, where it does not always differ."""
    if not diff:
        return tag("p", "nothing differs 没有差异")
    rows = [(tag("code", one.path), repr(one.before), repr(one.after), one.days) for one in diff]
    wide = 4 if any(one.days for one in diff) else 3
    return table(["path 字段", "before 原", "after 新", "days 日期"][:wide], [row[:wide] for row in rows])


def book_html(book: Book) -> Markup:
    """A book: its policies path by path, each with its source."""
    rows: list[tuple[object, ...]] = []

    def tell(value: Any, path: str) -> None:
        kind = _class(value)
        for one in fields(kind):
            if not one.init or not one.eq or (not path and one.name in ("name", "edition")):
                continue
            part, place = getattr(value, one.name), path + one.name
            if place in ("benefits", "churn", "points", "readings"):
                tell(part, f"{place}.")
            elif part not in (None, ()):
                rows.append((tag("code", place), part if isinstance(part, str) else _code(part), _source(book, place)))

    tell(book, "")
    based = f", based on {book.based_on}" if book.based_on else ""
    caption = f"{book.name} {book.zh} ({book.edition}{based})"
    return table(["path 字段", "policy 规则", heading("source")], rows, caption=caption)


def _code(value: object) -> Markup:
    return tag("code", repr(value))


def _source(book: Book, place: str) -> object:
    said = book.sources.get(place, "")
    return tag("span", said, lang="en") if said else ""


def benefits_html(found: BenefitsGiven) -> Markup:
    """What the discounts take off a customer's bills: a line each with its reason."""
    rows = [
        (
            str(bill.day),
            bill.event,
            both(bill.tier),
            both(line.line.of),
            str(line.line.amount),
            str(line.price),
            _reasons(line.because),
        )
        for bill in found.bills
        for line in bill.quote.lines
    ]
    head = ["day 日期", "event 事件", heading("tier"), "for 项目", "yuan 金额", "price 折后", heading("because")]
    caption = f"{found.customer} {found.on}: {both('benefits')} {found.saved} yuan 元"
    perks = tag("p", f"{both('perks')}: ", ", ".join(perk.name for perk in found.perks)) if found.perks else None
    return tag("div", table(head, rows, numbers=(4, 5), caption=caption, wide=True), perks)


def explanation_html(found: Explanation) -> Markup:
    """How a policy runs over many customers, part by part, with the reasons."""
    rows = [
        (plain(one.part), "in columns" if one.columns else "by the fold", _reasons(one.because)) for one in found.parts
    ]
    return table(
        ["part 部分", "how 方式", heading("because")], rows, caption="in columns" if found.columns else "by the fold"
    )


# -- forward and back in time ---------------------------------------------------------------------------------------------


def forecast_table(forecast: Forecast, *, chinese: bool | None = None) -> Markup:
    """Every measure: its total under the first book, and the difference that each other one makes, with its interval.

    In Chinese, in English or (None) in both.
    """
    from lifecycle.forward.measures import MEASURES

    first, *others = forecast.labels
    rows: list[tuple[object, ...]] = []
    for name, measure in MEASURES.items():
        total = forecast.totals(name)
        unit = _in(chinese, unit_word(measure.unit), unit_word(measure.unit, zh=True))
        word = _in(chinese, forecast_word(name), forecast_word(name, zh=True)) + ("*" if measure.label else "")
        row: list[object] = [word, unit, f"{total.value:,.0f} ± {total.high - total.value:,.0f}"]
        for book in range(1, len(forecast.books)):
            one = forecast.difference(name, book=book)
            if not one.changed:
                row.append("0")
                continue
            doubt = "°" if one.holds_zero else ""
            span = f"{one.low:+,.0f} … {one.high:+,.0f}{doubt}".replace("-", "−")
            row.append(join((f"{one.value:+,.0f}".replace("-", "−"), tag("br"), _aside(span))))
        rows.append(tuple(row))
    head = [
        _in(chinese, "figure", "指标"),
        _in(chinese, "unit", "单位"),
        first,
        *(f"{label} − {first}" for label in others),
    ]
    return table(head, rows, numbers=range(2, len(head)), wide=True)


def _in(chinese: bool | None, words: str, its: str) -> str:
    return f"{words} {its}" if chinese is None else its if chinese else words


def forecast_html(forecast: Forecast) -> Markup:
    """A forecast: its table, what it does not show, and, folded, every assumption."""
    k11 = "a cumulative share" if forecast.population.loss == "cumulative" else "a yearly hazard"
    since = "" if forecast.start is None else f" from {forecast.start}"
    lead = tag(
        "p",
        f"{forecast.customers:,} customers and those they bring, {forecast.years} years{since}, seed {forecast.seed}; K11 read as {k11}. "
        "Behaviour under assumptions, not a prediction; 95 % intervals are of chance alone, differences are paired. "
        "假设之下的行为，并非预测；区间仅为随机性。",
    )
    notes = tag(
        "p",
        _aside(
            "* label by the book's own rule: it may differ though nobody acts differently. "
            "° the interval contains zero: chance alone could have made the difference."
        ),
    )
    left_out = forecast.left_out
    assumed = [
        (both(name) if zh(name) else plain(name), str(one), one.meaning) for name, one in forecast.assumed.items()
    ]
    return tag(
        "div",
        lead,
        forecast_table(forecast),
        notes,
        tag("p", "Left out 未计入: ", "; ".join(left_out)) if left_out else None,
        tag(
            "details",
            tag("summary", f"Assumed 假设 ({len(assumed)})"),
            table(["assumption 假设", "value 取值", "meaning 含义"], assumed),
        ),
        class_="lc-forecast",
    )


def estimate_html(one: Estimate | Difference) -> Markup:
    """A total of a forecast, or what another book changes in it, with its interval by chance."""
    from lifecycle.forward.forecast import Estimate
    from lifecycle.forward.swings import signed

    unit = _unit(one.measure)
    row: list[object] = [_of_forecast(one.measure), _units(unit)]
    head = ["figure 指标", heading("unit"), heading("value"), _NINETY_FIVE]
    numbers = [2, 3]
    if isinstance(one, Estimate):
        row += [f"{one.value:,.0f}", f"{one.low:,.0f} … {one.high:,.0f}"]
        return table(head, [row], numbers=numbers)
    row += [signed(one.value), f"{signed(one.low)} … {signed(one.high)}", f"{one.changed:,}"]
    head[2:3] = [heading("difference")]
    head.append("customers for whom it differs 受影响客户")
    doubt = tag("p", _aside(_BY_CHANCE)) if one.holds_zero else None
    return tag("div", table(head, [row], numbers=[*numbers, 4], caption=one.book), doubt)


def alone_html(one: Alone) -> Markup:
    """One customer of a forecast and those he brought: what they come to, and what happened, month by month."""
    sums = [
        (_of_forecast(name), _units(_unit(name)), _counted(value, _unit(name)))
        for name, value in one.totals.items()
        if value
    ]
    happened = [(f"{it.month}", f"{it.customer}", it.what) for it in one.happened[:_MANY]]
    more = len(one.happened) - len(happened)
    return tag(
        "div",
        table(
            ["figure 指标", heading("unit"), heading("value")], sums, numbers=(2,), caption=f"customer {one.customer}"
        ),
        table(["month 月", heading("customer"), heading("event")], happened, numbers=(0,), wide=True),
        tag("p", f"… and {more:,} more.") if more > 0 else None,
    )


def recovery_html(found: Recovery) -> Markup:
    """Lost vehicles and those that came back: counts, the rate, and how long it took."""
    rate, median = found.rate, found.median_days
    rows = [
        (both("lost"), f"{found.lost:,}"),
        (both("returned"), f"{found.returned:,}"),
        ("returned by outreach 招揽挽回", f"{found.by_outreach:,}"),
        (both("gone"), f"{found.gone:,}"),
        ("returns per loss 挽回率", "–" if rate is None else f"{100 * rate:.1f} %"),
        ("median days to the return 挽回天数中位数", "–" if median is None else f"{median:,}"),
    ]
    return table(["lost vehicles 流失车辆", ""], rows, numbers=(1,))


def kept_html(found: Kept) -> Markup:
    """What an arm changed in the share kept: both shares, the difference, each with its interval."""
    rows = [
        (
            name,
            f"{one.kept:,} / {one.of:,}",
            f"{100 * one.value:.1f} %",
            f"{100 * one.low:.1f} … {100 * one.high:.1f} %",
        )
        for name, one in (("compared 对照", found.base), ("arm 试验组", found.other))
    ]
    low, value, high = (f"{100 * share:+.1f}".replace("-", "−") for share in (found.low, found.value, found.high))
    rows.append((both("difference"), "", f"{value} %", f"{low} … {high} %"))
    interval = f"{100 * found.level:g} % interval 区间"
    made = table(["", "kept 保留", heading("share"), interval], rows, numbers=(1, 2, 3))
    return tag("div", made, tag("p", _aside(_BY_CHANCE)) if found.holds_zero else None)


_NINETY_FIVE = "95 % interval 区间"
_BY_CHANCE = "The interval contains zero: chance alone could have made the difference. 区间含零：差异可能只是偶然。"


def _unit(measure: str) -> str:
    from lifecycle.forward.measures import MEASURES

    return MEASURES[measure].unit


def _of_forecast(measure: str) -> str:
    return f"{forecast_word(measure)} {forecast_word(measure, zh=True)}"


def _units(unit: str) -> str:
    return f"{unit_word(unit)} {unit_word(unit, zh=True)}"


def _counted(value: int, unit: str) -> str:
    return said(yuan(value)) if unit == "fen" else f"{value:,}"


def fitted_html(fitted: Fitted) -> Markup:
    """A fit: K11 as this house has it, every figure with its interval, what the records do not tell."""
    told = fitted.watched
    losses = [
        (
            one.years[0] if one.years[0] == one.years[1] else f"{one.years[0]}–{one.years[1]}",
            f"{one.cumulative:.1%} [{one.cumulative_low:.1%}, {one.cumulative_high:.1%}]",
            f"{one.yearly:.1%} [{one.yearly_low:.1%}, {one.yearly_high:.1%}]",
        )
        for one in fitted.losses
    ]
    lead = (
        f"Fitted on {fitted.cars:,} cars of {told.customers:,} customers, as known on {told.on}; intervals are of 95 %."
    )
    head = ["ownership year 车龄年度", "of the class 累计占比", "within a year 年度流失率"]
    figures = [(both(name) if zh(name) else plain(name), str(one)) for name, one in fitted.figures.items()]
    return tag(
        "div",
        tag("p", lead),
        table(head, losses, numbers=(1, 2), caption="No longer coming (K11) 已不来厂"),
        table(["figure 指标", "value 取值"], figures),
        tag(
            "details",
            tag("summary", f"Still assumed 仍为假设 ({len(fitted.left_out)})"),
            tag("ul", *(tag("li", one) for one in fitted.left_out)),
        ),
        class_="lc-fitted",
    )


def rolling_html(rolling: Rolling) -> Markup:
    """The same rules on several days: least, mean and greatest of each measure."""
    from lifecycle.backtesting.result import MEASURES, short

    rows: list[tuple[object, ...]] = []
    for result in rolling.backtests[0] if rolling.backtests else ():
        spreads = (rolling.spread(result.rule, name) for name in MEASURES)
        told = ["–" if one is None else f"{one[0]:.3f} – {one[2]:.3f} ({one[1]:.3f})" for one in spreads]
        rows.append((tag("code", short(result.rule)), *told))
    days = ", ".join(str(one.cutoff) for one in rolling)
    caption = f"least – greatest (mean) on {len(rolling)} cut-off days: {days}"
    return table([heading("rule"), *(heading(name) for name in MEASURES)], rows, caption=caption, wide=True)
