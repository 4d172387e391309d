"""Reports of a forecast and of a back-test: pages that stand alone, in English or in Chinese, to be mailed and printed.

In: a :class:`~lifecycle.forward.Forecast` or a :class:`~lifecycle.backtesting.Backtest`. Out: HTML without a script or
anything from elsewhere: figures, plots (where the extra ``notebook`` is installed; else it says so), books, assumptions,
what it cannot tell. A comparison's is :mod:`lifecycle.show.what_if`. Next room: :mod:`lifecycle.cli`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from lifecycle.backtesting import Backtest
from lifecycle.backtesting.result import Choice, short
from lifecycle.show.answers import book_html, diff_html, forecast_table
from lifecycle.show.forecast_words import forecast_word
from lifecycle.show.fragments import table
from lifecycle.show.markup import Markup, tag
from lifecycle.show.page import Report, figure, note
from lifecycle.show.plots import Plot, backtest_plot, forecast_plot, tornado_plot
from lifecycle.show.words import plain, zh

if TYPE_CHECKING:
    from lifecycle.forward import Forecast, Swing

__all__ = ["backtest_page", "forecast_page"]

_MEASURES = ("precision", "recall", "f1", "accuracy", "share_flagged")


class _Page(Report):
    """A report with plots, where they can be drawn."""

    def drawn(self, make: Callable[[], Plot]) -> Markup:
        try:
            return figure(str(make().svg()))
        except ModuleNotFoundError as missing:
            return note(self.say(f"Not drawn: {missing}", f"未绘图：{missing}"))


def forecast_page(
    forecast: Forecast, *, measure: str = "profit", swings: Iterable[Swing] = (), chinese: bool = False
) -> str:
    """A forecast as a page: ``measure`` is what is drawn, ``swings`` what ``forecast.sensitivity(measure)`` gave."""
    it = _Page(chinese=chinese)
    several = len(forecast.books) > 1
    first = forecast.labels[0]
    total = forecast.totals(measure)
    tiles = [
        (f"{total.value:,.0f} ± {total.high - total.value:,.0f}", f"{forecast_word(measure, zh=chinese)}, {first}")
    ]
    for book in range(1, len(forecast.books)):
        one = forecast.difference(measure, book=book)
        span = f"{one.low:+,.0f} … {one.high:+,.0f}".replace("-", "−")
        words = f"{forecast.labels[book]} − {first}: {span}" + ("°" if one.changed and one.holds_zero else "")
        tiles.append((f"{one.value:+,.0f}".replace("-", "−"), words))
    caveat = it.say(
        "Behaviour under assumptions, not a prediction. 95 % intervals are of chance alone; how far a wrong assumption reaches "
        "they do not say. ° the interval contains zero.",
        "假设之下的行为，并非预测。95 % 区间仅为随机性，不反映假设之误。° 区间含零。",
    )
    told = list(swings)
    plots = [it.drawn(lambda: forecast_plot(forecast, measure, zh=chinese))]
    if several:
        plots.append(it.drawn(lambda: forecast_plot(forecast, measure, difference=True, running=True, zh=chinese)))
    sections = [
        it.section("summary", it.say("In short", "要点"), it.tiles(tiles), note(caveat), *plots),
        it.section("figures", it.say("Figures", "指标"), forecast_table(forecast, chinese=chinese)),
    ]
    if told:
        tornado = it.drawn(lambda: tornado_plot(told, measure=measure, difference=several, zh=chinese))
        sections.append(it.section("hangs-on", it.say("What it hangs on", "取决于什么"), tornado))
    (_, base), *later = forecast.editions()
    books = [book_html(base)]
    others = [*later, *(each for place in range(1, len(forecast.books)) for each in forecast.editions(place))]
    for month, other in others:
        since = it.say(f", from month {month + 1} on", f"，自第 {month + 1} 个月起") if month else ""
        books += [tag("h3", f"{other.name} {other.edition}{since}"), diff_html(other.diff(base))]
    sections.append(it.section("books", it.say("The books", "规则手册"), *books))
    rows = [
        (
            forecast_word(name, zh=chinese, assumed=True),
            f"{one.value:g}",
            f"{one.low:g} – {one.high:g}",
            it.english(one.source),
            it.english(one.meaning),
        )
        for name, one in forecast.assumed.items()
    ]
    head = it.say("assumption|value|range|source|meaning", "假设|取值|区间|出处（英文原文）|含义（英文原文）").split(
        "|"
    )
    k11 = forecast.population.loss
    rests = [
        tag("p", it.say(f"K11 is read as {'a cumulative share' if k11 == 'cumulative' else 'a yearly hazard'}.",
                        f"K11 读作{'累计占比' if k11 == 'cumulative' else '年度流失率'}。")),
        tag("p", it.say("Left out:", "未计入（英文原文）：")) if forecast.left_out else None,
        tag("ul", *(tag("li", it.english(one)) for one in forecast.left_out)) if forecast.left_out else None,
        table(head, rows, numbers=(1,), wide=True),
    ]  # fmt: skip
    sections.append(it.section("assumed", it.say("What it rests on, and leaves out", "依据与未计入"), *rests))
    start = forecast.start
    since, its = ("", "") if start is None else (f" from {start}", f"自{start}起，")
    lead = it.say(
        f"{forecast.customers:,} customers and those they bring, {forecast.years} years by month{since}, seed {forecast.seed}.",
        f"{forecast.customers:,} 位客户及其转介绍，{its}{forecast.years} 年逐月，随机种子 {forecast.seed}。",
    )
    return it.whole(it.say("A forecast under assumptions", "假设之下的预测"), lead, sections, "lifecycle.simulate")


def backtest_page(test: Backtest, *, choice: Choice | None = None, chinese: bool = False) -> str:
    """A back-test as a page; ``choice`` is what ``test.best(…)`` gave."""
    it = _Page(chinese=chinese)
    first = test.results[0]
    base = first.base_rate
    tiles = [
        (f"{first.population:,}", it.say("customers judged", "受检客户")),
        ("–" if base is None else f"{100 * base:.1f} %", it.say("stayed away", "未再来厂")),
        ("–" if test.auc is None else f"{test.auc:.3f}", it.say("AUC of recency", "时近度 AUC")),
    ]
    warned = [note(it.say("", "提示（英文原文）："), it.english(warning)) for warning in test.warnings]
    summary = [it.tiles(tiles), *warned, it.drawn(lambda: backtest_plot(test, zh=chinese))]
    names = [zh(name) if chinese else plain(name) for name in _MEASURES]
    head = [it.say("rule", "规则"), it.say("flagged", "标记数"), *names, it.say("too young", "太新")]
    rows: list[tuple[object, ...]] = []
    for one in test:
        told = [one.told(name) for name in _MEASURES]
        rows.append((tag("code", short(one.rule)), f"{one.flagged:,}", *told, f"{one.too_young:,}"))
    figures = table(head, rows, numbers=range(1, len(head)), wide=True)
    sections = [
        it.section("summary", it.say("In short", "要点"), *summary),
        it.section("rules", it.say("Rule by rule", "逐条规则"), figures, tag("p", it.say(
            "± the wider half of the middle 95 %, customers being drawn anew; [ ] of fewer than 30 customers Wilson's interval; "
            "too young: customers for whom the rule could not yet have come true.",
            "± 为重抽样中间 95 % 区间较宽的一半；[ ] 为不足 30 位客户时的威尔逊区间；太新：入店未满该期限的客户。",
        ), class_="lc-quiet")),
    ]  # fmt: skip
    if choice is not None:
        gains = [(tag("code", short(rule)), f"{gain:,.0f}") for rule, gain in choice.gains.items()]
        days = "–" if choice.days is None else f"{choice.days:,}"
        pays = it.tiles(
            [
                (
                    f"{choice.gain:,.0f}",
                    it.say("yuan gained by contacting those it flags", "联系所标记客户的收益（元）"),
                ),
                (f"{choice.contacted:,}", it.say("contacted", "联系人数")),
                (days, it.say("of all thresholds, days", "最优天数")),
            ]
        )
        sections.append(
            it.section("pays", it.say("The threshold that pays", "划算的期限"),
                tag("p", it.say("Pays best: ", "收益最高："), tag("code", short(choice.rule))), pays,
                       table([it.say("rule", "规则"), it.say("gain in yuan", "收益（元）")], gains, numbers=(1,)))
        )  # fmt: skip
    lead = it.say(
        f"Rules applied on {test.cutoff}; who had not come by {test.until} had stayed away.",
        f"规则于 {test.cutoff} 判定；至 {test.until} 未来厂者为流失。",
    )
    return it.whole(
        it.say("Which rule would have told?", "哪条规则说得准？"), lead, sections, "lifecycle backtest --html"
    )
