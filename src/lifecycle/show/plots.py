"""Plots of what the library answers: forecasts, sensitivities, back-tests, survival, the leaky bucket (altair).

In: the library's own results. Out: a :class:`Plot`, which a notebook shows as SVG: it loads no script and asks no network,
and no renderer need be chosen. Labels are English, or Chinese with ``zh=True``. It needs the extra ``notebook`` (altair,
vl-convert) and says so where it is missing. Next room: :mod:`lifecycle.show.page`, whose pages the plots stand on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from lifecycle.backtesting import Backtest
from lifecycle.errors import LifecycleError, near, optional
from lifecycle.retention import Flow, OwnershipYear
from lifecycle.show.colours import LIGHT
from lifecycle.show.forecast_words import forecast_word, unit_word
from lifecycle.show.markup import Markup
from lifecycle.show.words import plain
from lifecycle.show.words import zh as chinese_of

if TYPE_CHECKING:
    from lifecycle.forward import Forecast, Swing

__all__ = [
    "Plot",
    "backtest_plot",
    "bucket_plot",
    "forecast_plot",
    "ownership_plot",
    "tornado_plot",
    "turnover_plot",
    "weeks_plot",
]

_FONT = "Noto Sans, Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
_WIDE, _HIGH = 560, 260
_DAYS: Mapping[str, Any] = {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8, "ticks": False}
_COLOURS = ("#2f62b5", "#c2571a", "#1f8a5a", "#8b5bb0", "#0d7f88")
#: Where a page embeds the chart itself, as marimo does.
_EMBED: Mapping[str, Any] = {"embedOptions": {"renderer": "svg", "actions": False}}
_CONFIG: Mapping[str, Any] = {
    "font": _FONT,
    "background": LIGHT["paper"],
    "view": {"stroke": None},
    # words are never cut off: the picture grows instead
    "axis": {
        "labelLimit": 0, "titleLimit": 0, "labelColor": LIGHT["quiet"], "titleColor": LIGHT["text"], "titleFontWeight": "normal",
        "gridColor": LIGHT["line"], "domainColor": LIGHT["line"], "tickColor": LIGHT["line"], "labelFontSize": 11, "titleFontSize": 12,
    },
    "legend": {"labelLimit": 0, "titleLimit": 0, "orient": "bottom", "columns": 3, "labelColor": LIGHT["text"], "symbolLimit": 0},
    "title": {
        "anchor": "start", "limit": 0, "fontSize": 14, "color": LIGHT["text"], "subtitleColor": LIGHT["quiet"], "subtitleFontSize": 11,
    },
}  # fmt: skip


def _altair() -> Any:
    return optional("altair", "a plot", "notebook")


@frozen(repr=False)
class Plot:
    """A picture of a result; in Jupyter and marimo it shows itself as SVG."""

    title: str
    chart: Any = field(eq=False)
    """The altair chart; ``chart.to_dict()`` is its specification in Vega-Lite, the data within."""

    def svg(self) -> Markup:
        """The picture as SVG text, which needs nothing but itself."""
        made: str = _converter().vegalite_to_svg(self.chart.to_dict())
        # the converter writes width and height alone; with these a page may shrink it
        return Markup(made.replace("<svg ", '<svg role="img" style="max-width:100%;height:auto" ', 1))

    def png(self, *, scale: float = 2) -> bytes:
        """The picture as PNG, ``scale`` pixels for each of its own."""
        made: bytes = _converter().vegalite_to_png(self.chart.to_dict(), scale=scale)
        return made

    def _repr_html_(self) -> str:
        return str(self.svg())

    def __repr__(self) -> str:
        return f"<Plot: {self.title}>"


def _converter() -> Any:
    return optional("vl_convert", "a plot", "notebook")


def _plot(title: str, chart: Any, *, below: str = "", wide: int = _WIDE, high: int = _HIGH) -> Plot:
    alt = _altair()
    told = alt.TitleParams(text=title, subtitle=below) if below else alt.TitleParams(text=title)
    return Plot(title, chart.properties(title=told, width=wide, height=high, usermeta=_EMBED).configure(**_CONFIG))


def _data(rows: Iterable[Mapping[str, Any]]) -> Any:
    return _altair().Data(values=[dict(row) for row in rows])


def _said(words: str, chinese: str, *, zh: bool) -> str:
    return chinese if zh else words


def _hued(names: Sequence[str], colours: Sequence[str] = _COLOURS) -> Any:
    alt = _altair()
    hues = [colours[place % len(colours)] for place in range(len(names))]
    return alt.Color("name:N", title=None, scale=alt.Scale(domain=list(names), range=hues))


# -- forward in time ------------------------------------------------------------------------------------------------------


def forecast_plot(
    forecast: Forecast, measure: str = "profit", *, difference: bool = False, running: bool = False, zh: bool = False
) -> Plot:
    """A forecast over its months, a line a book, with the 95 % interval of chance as a band.

    ``difference``: what each book changes against the first one, paired. ``running``: summed up from the first month on.
    """
    from lifecycle.forward.bands import by_month
    from lifecycle.forward.measures import MEASURES

    alt = _altair()
    if measure not in MEASURES:
        raise LifecycleError(
            f"no measure {measure!r}", argument="measure", value=measure, remedy=near(measure, MEASURES)
        )
    if difference and len(forecast.books) < 2:
        raise LifecycleError(
            "there is one book only, and nothing to differ from", argument="difference", value=difference,
            remedy="simulate([base, changed], …)",
        )  # fmt: skip
    base = forecast.labels[0]
    rows: list[dict[str, Any]] = []
    names: list[str] = []
    for book in range(1 if difference else 0, len(forecast.books)):
        name = f"{forecast.labels[book]} − {base}" if difference else forecast.labels[book]
        names.append(name)
        months = by_month(forecast, measure, book=book, against=0 if difference else None, running=running)
        rows += [{"name": name, **one._asdict()} for one in months]
    word = forecast_word(measure, zh=zh)
    money = unit_word(MEASURES[measure].unit, zh=zh)
    of = {
        (False, False): ("by month", "逐月"), (False, True): ("so far", "累计"),
        (True, False): ("difference by month", "逐月差额"), (True, True): ("difference so far", "累计差额"),
    }[difference, running]  # fmt: skip
    title = f"{word[0].upper()}{word[1:]}" + _said(f", {of[0]}", f"（{of[1]}）", zh=zh)
    chart = alt.Chart(_data(rows)).encode(
        x=alt.X("month:Q", title=_said("month", "月", zh=zh), scale=alt.Scale(nice=False), axis=alt.Axis(grid=False))
    )
    band = chart.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title=money, axis=alt.Axis(format=",d"), scale=alt.Scale(zero=difference)),
        y2="high:Q",
        color=_hued(names),
    )
    line = chart.mark_line(strokeWidth=2).encode(y="value:Q", color=_hued(names))
    layers = [band, line]
    if difference:
        layers.insert(0, alt.Chart(_data([{"zero": 0}])).mark_rule(color=LIGHT["quiet"]).encode(y="zero:Q"))
    below = _said(
        f"{forecast.customers:,} customers; behaviour under assumptions, the band is 95 % of chance alone",
        f"{forecast.customers:,} 位客户；假设之下的行为，色带为随机性的 95 % 区间",
        zh=zh,
    )
    return _plot(title, alt.layer(*layers), below=below)


def tornado_plot(
    swings: Iterable[Swing], *, measure: str = "profit", difference: bool = False, most: int = 12, zh: bool = False
) -> Plot:
    """Which assumption moves a figure how far, one at a time, the widest first: ``forecast.sensitivity(measure)``.

    ``measure``, and whether it is the ``difference`` of two books (where the forecast has several), only name the axis;
    assumptions that move nothing are left away.
    """
    from lifecycle.forward.measures import MEASURES

    alt = _altair()
    told = [one for one in swings if one.swing][:most]
    rows: list[dict[str, Any]] = []
    order: list[str] = []
    ends = (_said("at the low end", "取低值", zh=zh), _said("at the high end", "取高值", zh=zh))
    for one in told:
        name = forecast_word(one.name, zh=zh, assumed=True)
        range_ = (
            _said("cumulative / yearly", "累计／年度", zh=zh) if one.name == "loss" else f"{one.low:g} – {one.high:g}"
        )
        order.append(f"{name} ({range_})")
        rows += [
            {"assumption": order[-1], "name": end, "from": one.now, "to": value}
            for end, value in zip(ends, (one.at_low, one.at_high), strict=True)
        ]
    now = told[0].now if told else 0.0
    word = forecast_word(measure, zh=zh)
    if difference:
        word = _said(f"the difference in {word}", f"{word}差额", zh=zh)
    money = measure in MEASURES and MEASURES[measure].unit == "fen"
    axis = f"{word} ({_said('yuan', '元', zh=zh)})" if money else word
    bars = (
        alt.Chart(_data(rows))
        .mark_bar(height={"band": 0.7}, opacity=0.85)
        .encode(
            y=alt.Y("assumption:N", sort=order, title=None),
            x=alt.X("from:Q", title=axis, axis=alt.Axis(format=",d"), scale=alt.Scale(zero=False)),
            x2="to:Q",
            color=_hued(ends, ("#7fa6dc", "#d8894f")),
        )
    )
    rule = alt.Chart(_data([{"now": now}])).mark_rule(color=LIGHT["text"]).encode(x="now:Q")
    title = _said(f"What {word} hangs on", f"{word}取决于什么", zh=zh)
    below = _said(
        "one assumption at a time, from the low to the high end of its range; the line is where all stand as assumed",
        "每次只变动一项假设，由区间低端至高端；竖线为全部取假设值时",
        zh=zh,
    )
    return _plot(title, alt.layer(bars, rule), below=below, high=max(26 * len(order), 60))


# -- looking back ---------------------------------------------------------------------------------------------------------


def backtest_plot(test: Backtest, *, zh: bool = False) -> Plot:
    """A back-test's thresholds: precision, recall and accuracy of each rule with the middle 95 % of the bootstrap.

    Rules for which the customers are too young stand on grey: what they missed says nothing of them.
    """
    alt = _altair()
    words = {"precision": ("precision", "精确率"), "recall": ("recall", "召回率"), "accuracy": ("accuracy", "准确率")}
    by_months = all(one.months is not None for one in test.results)
    kind = "Q" if by_months else "O"
    steps = sorted({one.months for one in test.results if one.months is not None})
    half = min((after - before for before, after in pairwise(steps)), default=1) / 2
    rows: list[dict[str, Any]] = []
    young: list[dict[str, Any]] = []
    for place, one in enumerate(test.results, 1):
        at = one.months if by_months else place
        for name, both in words.items():
            value = one.measures[name]
            if value is not None:
                low, high = one.intervals.get(name, (value, value))
                rows.append({"at": at, "name": both[zh], "value": value, "low": low, "high": high})
        if one.too_young > test.tolerance * one.population and at is not None:
            young.append({"at": at, "from": at - half, "to": at + half})
    title = _said("Which threshold tells who will stay away", "哪个期限最能预示流失", zh=zh)
    axis = (
        _said("months of silence", "未来厂月数", zh=zh) if by_months else _said("number of the rule", "规则序号", zh=zh)
    )
    x = alt.X(f"at:{kind}", title=axis, axis=alt.Axis(format="d", tickMinStep=1) if by_months else alt.Axis())
    chart = alt.Chart(_data(rows)).encode(x=x, color=_hued([both[zh] for both in words.values()]))
    y = alt.Y("value:Q", title=_said("share", "比率", zh=zh), scale=alt.Scale(domain=[0, 1]))
    layers = [chart.mark_line().encode(y=y), chart.mark_point(filled=True, size=45).encode(y=y)]
    layers.insert(0, chart.mark_rule(opacity=0.6).encode(y=alt.Y("low:Q"), y2="high:Q"))
    if young and by_months:
        grey = alt.Chart(_data(young)).mark_rect(color=LIGHT["none"], opacity=0.25).encode(x="from:Q", x2="to:Q")
        layers.insert(0, grey)
    below = _said(
        f"cut-off {test.cutoff}, holdout to {test.until}", f"判定日 {test.cutoff}，观察至 {test.until}", zh=zh
    )
    if young:
        below += _said("; grey: too young a cohort", "；灰色：客户入店太短", zh=zh)
    return _plot(title, alt.layer(*layers), below=below)


def ownership_plot(years: Sequence[OwnershipYear], *, zh: bool = False) -> Plot:
    """Survival by ownership year: who no longer comes, against K11's band, and the share that stays (Kaplan–Meier).

    ``years`` is what :func:`~lifecycle.retention.by_ownership_year` gives.
    """
    alt = _altair()
    lost = _said("no longer come", "已不来厂", zh=zh)
    stays = _said("stay to the end of the year (Kaplan–Meier)", "至年末仍来厂（生存曲线）", zh=zh)
    expected = _said("K11's share", "手册 K11 占比", zh=zh)
    rows: list[dict[str, Any]] = []
    last = len(years)
    for one in years:
        label = f"{one.year}{'+' if one.year == last else ''}"
        row: dict[str, Any] = {"year": label, "lost": one.share, "stays": one.stays, "cars": one.vehicles}
        row["low"], row["high"] = one.stays_interval
        row["from"], row["to"] = one.expected or (None, None)
        rows.append(row)
    order = [row["year"] for row in rows]
    title = _said("Loss by year of ownership", "各车龄年度的流失", zh=zh)
    x = alt.X("year:O", sort=order, title=_said("year of ownership", "车龄年度", zh=zh), axis=alt.Axis(labelAngle=0))
    axis = alt.Axis(format="%")
    hue = alt.Color(
        "name:N", title=None, scale=alt.Scale(domain=[lost, expected, stays], range=["#e0a08e", "#8a3d2a", "#2f62b5"])
    )
    y = alt.Y("lost:Q", title=_said("share", "比率", zh=zh), axis=axis, scale=alt.Scale(domain=[0, 1]))
    chart = alt.Chart(_data(rows)).encode(x=x)
    bars = chart.transform_calculate(name=_quoted(lost)).mark_bar(width={"band": 0.6}).encode(y=y, color=hue)
    band = (
        chart.transform_calculate(name=_quoted(expected))
        .transform_filter("isValid(datum.from)")
        .mark_tick(thickness=3, width={"band": 0.75})
    )
    band = alt.layer(band.encode(y="from:Q", color=hue), band.encode(y="to:Q", color=hue))
    curve = chart.transform_calculate(name=_quoted(stays))
    line = alt.layer(
        curve.mark_line().encode(y="stays:Q", color=hue),
        curve.mark_point(filled=True).encode(y="stays:Q", color=hue),
        curve.mark_rule().encode(y="low:Q", y2="high:Q", color=hue),
    )
    cars = sum(one.vehicles for one in years)
    below = _said(
        f"{cars:,} vehicles; bars are of those in that year today", f"{cars:,} 台车；柱为今日处于该年度的车辆", zh=zh
    )
    return _plot(title, alt.layer(bars, band, line), below=below)


def bucket_plot(flows: Sequence[Flow], *, zh: bool = False) -> Plot:
    """The leaky bucket (R4): who came above the line, who went below it, and how many are in it at each end.

    ``flows`` is what :func:`~lifecycle.retention.leaky_bucket` gives.
    """
    alt = _altair()
    words = {
        "gained": ("gained", "新增"), "returned": ("returned", "流失返回"), "lost": ("lost", "流失"),
        "gone": ("gone", "离开（过户、迁移）"),
    }  # fmt: skip
    rows = [
        {
            "start": str(one.start),
            "name": both[zh],
            "number": getattr(one, name) * (1 if name in ("gained", "returned") else -1),
        }
        for one in flows
        for name, both in words.items()
    ]
    x = alt.X("start:O", title=_said("span from", "期间起始日", zh=zh), axis=_DAYS)
    names = [both[zh] for both in words.values()]
    bars = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("number:Q", title=_said("customers who came, and went", "来与去的客户数", zh=zh)),
            color=_hued(names, (LIGHT["good"], LIGHT["back"], LIGHT["bad"], LIGHT["away"])),
        )
    )
    kept = [{"start": str(one.start), "kept": one.kept} for one in flows]
    level = (
        alt.Chart(_data(kept))
        .mark_line(color=LIGHT["text"], strokeDash=[4, 3])
        .encode(
            x=x,
            y=alt.Y(
                "kept:Q", title=_said("in the bucket (dashed)", "桶内客户（虚线）", zh=zh), scale=alt.Scale(zero=False)
            ),
        )
    )
    title = _said("The leaky bucket", "漏桶", zh=zh)
    chart = alt.layer(bars, level).resolve_scale(y="independent")
    leaks = sum(one.lost + one.gone for one in flows)
    came = sum(one.gained + one.returned for one in flows)
    below = _said(
        f"{came:,} came and {leaks:,} went from {flows[0].start} to {flows[-1].end}",
        f"{flows[0].start} 至 {flows[-1].end}：来 {came:,}，去 {leaks:,}",
        zh=zh,
    ) if flows else ""  # fmt: skip
    return _plot(title, chart, below=below)


def turnover_plot(weeks: Iterable[tuple[Any, int, int]], *, state: str = "lost", zh: bool = False) -> Plot:
    """Who enters a state (above the line) and who leaves it (below) by week: (first day of the week, entered, left)."""
    alt = _altair()
    told = list(weeks)
    words = (("enter", "进入"), ("leave", "离开"))
    rows = [
        {"week": str(day), "name": both[zh], "number": sign * number}
        for day, *numbers in told
        for both, number, sign in zip(words, numbers, (1, -1), strict=True)
    ]
    name = chinese_of(state) if zh else plain(state)
    chart = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=alt.X(
                "week:T",
                title=_said("week from", "周起始日", zh=zh),
                axis=alt.Axis(format="%Y-%m-%d", labelOverlap=True),
            ),
            y=alt.Y("number:Q", title=_said("customers", "客户数", zh=zh), axis=alt.Axis(format=",d")),
            color=_hued([both[zh] for both in words], (LIGHT["bad"], LIGHT["good"])),
        )
    )
    title = _said(f"{name[0].upper()}{name[1:]}: who enters and who leaves", f"{name}：进入与离开", zh=zh)
    total = [sum(numbers) for numbers in zip(*(one[1:] for one in told), strict=True)] or [0, 0]
    below = _said(f"{total[0]:,} enter, {total[1]:,} leave", f"进入 {total[0]:,}，离开 {total[1]:,}", zh=zh)
    return _plot(title, chart, below=below)


def weeks_plot(books: Sequence[tuple[str, Sequence[tuple[date, int]]]], *, zh: bool = False) -> Plot:
    """The work ahead: vehicles that become lost week by week, a column a book: (name, (first day, vehicles) …)."""
    alt = _altair()
    rows = [{"name": name, "week": str(day), "number": number} for name, weeks in books for day, number in weeks]
    names = [name for name, _ in books]
    chart = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=alt.X("week:O", title=_said("week from", "周起始日", zh=zh), axis=_DAYS),
            xOffset=alt.XOffset("name:N", sort=names),
            y=alt.Y("number:Q", title=_said("vehicles", "台", zh=zh), axis=alt.Axis(format=",d", tickMinStep=1)),
            color=_hued(names),
        )
    )
    title = _said("Vehicles that become lost if nothing happens", "若无变化将流失的车辆", zh=zh)
    return _plot(title, chart, high=160)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"
