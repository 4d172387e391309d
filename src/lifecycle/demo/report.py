"""The demo's page: both runs, the machines, one life, the problems, as ``index.html`` that stands alone.

In: :class:`~lifecycle.demo.purchases.Purchases` (or None, where the log is not here) and
:class:`~lifecycle.demo.house.House`. Out: HTML. Every figure is theirs. Next room: :mod:`lifecycle.cli`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lifecycle.customer import Vehicle
from lifecycle.demo.house import WRONG_ROWS, House
from lifecycle.demo.pictures import PICTURES, Drawn
from lifecycle.demo.purchases import CITES, RULES_ZH, Purchases
from lifecycle.show.fragments import (
    TOTALS,
    badge,
    customer_line,
    heading,
    problems_table,
    statement_html,
    steps_table,
    table,
)
from lifecycle.show.markup import Markup, join, tag
from lifecycle.show.page import bar, columns_chart, figure, legend, note, page, section, tiles, title
from lifecycle.show.picture import life_svg
from lifecycle.show.words import ACTIVITIES, both, rule_of, said, share, told, why

__all__ = ["report"]

_LEAD = (
    "Where every customer stands, since when and why, worked out from plain lists of events by state machines and dated "
    "rules. The first part is a real purchase log, the rest a synthetic dealership."
)
_FOOTER = ". Letters and numbers such as V1a or W2 are the handbook's: the paper and place where a rule was read. 规则编号见手册。"
_UPWARD = ("active", "returned", "at_risk", "quasi_lost", "lost", "unseen")


def report(purchases: Purchases | None, house: House, drawn: Sequence[Drawn], missing: str = "") -> str:
    """The page; ``missing`` says how to get the purchase log where ``purchases`` is None."""
    sections = [
        ("log", "Purchase log 购买记录", _purchases(purchases) if purchases else _no_purchases(missing)),
        ("house", "Sample dealership 样例店", _house(house)),
        ("calls", "Whom to call 优先致电", _calls(house)),
        ("life", "One life 一位客户", _life(house)),
        ("problems", "Problems 数据问题", _problems(purchases, house)),
        ("machines", "Machines 状态机", _machines(drawn)),
    ]
    lead = join(
        (
            _LEAD,
            tag("br"),
            tag(
                "span",
                "由事件清单经状态机与到期规则得出：每位客户处于何种状态、自何时起、原因何在。第一部分为真实购买记录，其余为虚构样例店。",
                lang="zh",
            ),
        )
    )
    footer = join(("Made by ", tag("code", "lifecycle demo"), _FOOTER))
    return page("The life of a dealership's customers", "经销商客户生命周期", lead, sections, footer)


# -- the real log -------------------------------------------------------------------------------------------------------


def _purchases(found: Purchases) -> Markup:
    whole = found.customers
    states = [name for name in ACTIVITIES if any(run.counts.get(name) for run in found.runs)]
    rows: list[tuple[object, ...]] = [
        (badge(name), *(_part(run.counts.get(name, 0), whole) for run in found.runs)) for name in states
    ]
    rows.append(("all 合计", *(_part(sum(run.counts.values()), 0) for run in found.runs)))
    head: list[object] = [heading("status")]
    head += [
        join((run.name, " ", tag("span", f"{RULES_ZH[run.name]} {CITES[run.name]}", class_="lc-zh")))
        for run in found.runs
    ]
    runs = [
        tag(
            "div",
            title("h3", run.name[0].upper() + run.name[1:], RULES_ZH[run.name]),
            tag("p", tag("code", rule_of(run.churn)), class_="lc-quiet"),
            bar(run.counts),
            columns_chart([(f"{month.day:%Y-%m}", month.counts) for month in run.months], _UPWARD, ticks_every=6),
            legend(name for name in states if name in run.counts or any(name in month.counts for month in run.months)),
        )
        for run in found.runs
    ]
    return section(
        "log",
        "A real purchase log",
        "真实购买记录",
        tag(
            "p",
            f"As of {found.on}. CDNOW: {found.rows:,} purchases of {whole:,} customers of a music shop, from {found.first} on; all began "
            "in the first quarter of 1997. A purchase counts as a charged visit. "
            f"{found.free} rows of 0.00 are free help and do not count (V1c); {found.repeated} rows that repeat another exactly "
            "are purchases of their own. "
            "Unseen are those of whom there are only free rows.",
        ),
        table(head, rows, numbers=range(1, len(found.runs) + 1)),
        tag(
            "p",
            "Returned: lost at some time, then a charged visit again (V1b), and neither at risk nor lost since. ",
            "流失返回：曾流失，后又付费来店。",
            class_="lc-quiet",
        ),
        tag("div", *runs, class_="lc-pair"),
        tag("p", "The columns show the end of each month. 各柱为每月月末。", class_="lc-quiet"),
    )


def _part(number: int, whole: int) -> object:
    told = share(number, whole) if whole and number else ""
    return tag(
        "span", f"{number:,}" if number else "–", tag("span", told, class_="lc-share"), style="white-space:nowrap"
    )


def _no_purchases(missing: str) -> Markup:
    return section(
        "log", "A real purchase log", "真实购买记录", note("The purchase log was not there. ", tag("code", missing))
    )


# -- the sample dealership ----------------------------------------------------------------------------------------------


def _house(found: House) -> Markup:
    lost = sum(found.activities.get(name, 0) for name in ("lost", "quasi_lost"))
    return section(
        "house",
        "The sample dealership",
        "样例店",
        note("Synthetic: no customer, vehicle or bill in it is real. 以下数据全部为虚构。"),
        tag(
            "p",
            f"As of {found.on}. {found.rows:,} rows of {found.files} tables with Chinese headers, as a dealer system exports them, became "
            f"{found.events:,} events, replayed under the book {found.book.name} {found.book.zh} ({found.book.edition}): "
            "at risk after 6 months without a visit, lost after 12 (W2).",
        ),
        tiles(
            (
                (f"{found.customers:,}", "customers", "客户"),
                (f"{found.vehicles:,}", "vehicles", "车辆"),
                (share(lost, found.vehicles), "of the vehicles lost", "车辆流失"),
                (f"{found.activities.get('at_risk', 0):,}", "vehicles at risk", "存在流失风险"),
                (f"{found.members:,}", "club members", "会员"),
                (f"{found.points['balance']:,}", "points outstanding", "积分余额"),
            )
        ),
        tag(
            "div",
            tag(
                "div",
                title("h3", "Vehicles by activity", "车辆活跃度"),
                bar(found.activities),
                _counts(found.activities, "status", found.vehicles),
            ),
            tag(
                "div",
                title("h3", "Customers by stage", "客户阶段"),
                _counts(found.stages, "stage", found.customers, toned=False),
            ),
            tag(
                "div",
                title("h3", "Customers by standing", "客户状态"),
                _counts(found.standings, "standing", found.customers),
            ),
            tag("div", title("h3", "Points", "积分"), _points(found)),
            class_="lc-pair",
        ),
        title("h3", f"What the machines refused: {found.refused:,} of {found.steps:,} steps", "被拒事件"),
        tag(
            "p",
            "A refusal is an opinion of a machine; the fact is recorded and still counts. 拒绝只是状态机的意见，事实照记。",
            class_="lc-quiet",
        ),
        _refusals(found),
    )


def _counts(counts: Mapping[str, int], name: str, whole: int, *, toned: bool = True) -> Markup:
    rows = [(badge(one) if toned else both(one), f"{number:,}", share(number, whole)) for one, number in counts.items()]
    return table([heading(name), heading("number"), heading("share")], rows, numbers=(1, 2))


def _points(found: House) -> Markup:
    rows = [
        (both(name), f"{found.points[name]:,}")
        for name in ("balance", *TOTALS)
        if found.points[name] or name in ("balance", "issued")
    ]
    tiers = " · ".join(f"{both(name)} {number:,}" for name, number in found.tiers.items())
    return join((table(["", heading("points")], rows, numbers=(1,)), tag("p", f"Members: {tiers}", class_="lc-quiet")))


def _refusals(found: House) -> Markup:
    rows = [
        (
            both(one.machine),
            f"{one.number:,}",
            join(
                (
                    f"{one.example.day} {told(one.example.event)}, {one.customer}",
                    tag("br"),
                    tag("span", why(one.example)[0], class_="lc-why"),
                )
            ),
        )
        for one in found.refusals
    ]
    return table([heading("machine"), heading("refused"), heading("example")], rows, numbers=(1,))


def _car(vehicle: Vehicle) -> Markup:
    words = (vehicle.model, tag("br")) if vehicle.model else ()
    return join((*words, tag("span", vehicle.vin, class_="lc-quiet")))


def _calls(found: House) -> Markup:
    rows = [
        (
            one.customer.id,
            _car(one.vehicle),
            said(one.vehicle.last_visit),
            tag("strong", said(one.vehicle.lost_due)),
            said(one.customer.spent),
            said(one.customer.points),
            both(one.customer.satisfaction, "satisfaction"),
        )
        for one in found.calls
    ]
    head = [
        heading(name) for name in ("customer", "vehicle", "last_visit", "lost_due", "spent", "points", "satisfaction")
    ]
    return section(
        "calls",
        "Whom to call first",
        "优先致电名单",
        tag(
            "p",
            f"{found.activities.get('at_risk', 0)} vehicles are at risk and not yet lost (W2). These {len(rows)} belong to the "
            "customers who have spent the most and have not asked to be left alone; each is lost on the day named unless it "
            "comes. 以下车辆存在流失风险，若不来厂将于所示日期流失。",
        ),
        table(head, rows, numbers=(4, 5), wide=True),
    )


# -- one life, the machines, the problems -------------------------------------------------------------------------------


def _life(found: House) -> Markup:
    life = found.life
    return section(
        "life",
        "One life, step by step",
        "一位客户的生命周期",
        customer_line(life.customer),
        figure(
            life_svg(life),
            "Rest the pointer on a band or a dot to read what happened and why. 指针停留可查看详情。",
            life=True,
        ),
        tag(
            "details",
            tag("summary", "Every move with its reason 逐步说明"),
            steps_table(life.steps, moves_only=True),
            open="open",
        ),
        tag("details", tag("summary", "The account of points 积分明细"), statement_html(life.statement))
        if life.statement.lines
        else None,
    )


def _machines(drawn: Iterable[Drawn]) -> Markup:
    parts: list[Markup] = []
    for one in drawn:
        words, chinese = PICTURES[one.name]
        english = figure(one.svg, f"{one.name}.svg", least=one.least)
        in_chinese = tag("details", tag("summary", "中文图"), figure(one.svg_zh, f"{one.name}.zh.svg", least=one.least))
        heading_ = title("h3", words, chinese)
        if one.long:
            english = tag("details", tag("summary", "The picture (it is long) 长图"), english)
        parts.append(join((heading_, english, in_chinese)))
    return section(
        "machines",
        "The machines behind it",
        "状态机",
        tag("p", "Each is declared once, as rows; the pictures are drawn from those rows. 状态图由规则行自动生成。"),
        *parts,
    )


def _problems(purchases: Purchases | None, house: House) -> Markup:
    parts: list[Markup] = []
    for words, problems in (
        ("the purchase log 购买记录", purchases.problems if purchases else ()),
        ("the sample dealership 样例店", house.problems),
    ):
        errors = sum(problem.severity == "error" for problem in problems)
        summary = f"In {words}: rows refused {errors:,}, warnings {len(problems) - errors:,}."
        parts.append(tag("p", tag("strong", summary)))
        if problems:
            parts.append(problems_table(problems, most=40))
    rows = "\n".join(f"{number:>2}  {line}" for number, line in enumerate(WRONG_ROWS.splitlines(), 1))
    parts.append(title("h3", "What is said of rows that are wrong on purpose", "故意写错的行"))
    parts.append(tag("pre", rows))
    parts.append(problems_table(house.wrong))
    return section(
        "problems",
        "Problems of the input",
        "数据问题",
        tag(
            "p",
            "A row that cannot be read is listed with its place and a remedy, and the others go on; nothing is lost silently. "
            "坏行逐一列出，其余照常处理。",
        ),
        *parts,
    )
