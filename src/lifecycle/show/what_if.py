"""The report of a comparison: one page that stands alone, in English or in Chinese, to be mailed and printed.

In: a :class:`~lifecycle.comparing.result.Comparison`. Out: HTML without a script or anything from elsewhere: what changed in
the book, who is relabelled and why, points, the weeks ahead, the machine behind the labels, what it rests on. Next room:
:mod:`lifecycle.cli`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from lifecycle.book import Change, House
from lifecycle.comparing.result import Comparison, Figure, cells
from lifecycle.customer import UNNAMED
from lifecycle.machines import ACTIVITY
from lifecycle.show.colours import ink
from lifecycle.show.comparison import ALWAYS, signed
from lifecycle.show.fragments import table
from lifecycle.show.markup import Markup, join, tag
from lifecycle.show.page import Report, Section, figure, note
from lifecycle.show.words import TONES, plain, zh

__all__ = ["comparison_page"]

_MOST = 20
#: So many of a customer's bills are told, the latest of them.
_BILLS = 2


def comparison_page(comparison: Comparison, *, chinese: bool = False, people: int = _MOST) -> str:
    """The whole page; ``people`` is how many customers are told one by one with the reasons of both books."""
    return _Page(comparison, chinese, people).made()


class _Page(Report):
    def __init__(self, comparison: Comparison, chinese: bool, people: int) -> None:
        super().__init__(chinese=chinese)
        self.it = comparison
        self.people = people
        self.base, self.changed = comparison.labelled(zh=chinese)

    def name(self, word: str, machine: str | None = None) -> str:
        return (zh(word, machine) if self.chinese else "") or plain(word)

    def state(self, word: str, machine: str | None = None) -> Markup:
        tone = TONES.get(word, "none")
        look = (
            f"background:{ink(tone + '-soft')};border-left:3px solid {ink(tone)};padding:.05em .45em;white-space:nowrap"
        )
        return tag("span", self.name(word, machine), class_="lc-badge", style=look)

    # -- the page -----------------------------------------------------------------------------------------------------

    def made(self) -> str:
        sections = [
            self.summary(), self.books(), self.states(), self.points(), self.weeks(), self.customers(), self.machine(),
            self.rests_on(),
        ]  # fmt: skip
        title = self.say("Two books over the same customers", "同一批客户，两套规则")
        lead = self.say(
            f"{self.base} and {self.changed}, both as of {self.it.on} over the same events.",
            f"以相同事件为据，截至{self.it.on}，比较“{self.base}”与“{self.changed}”。",
        )
        return self.whole(title, lead, sections, "lifecycle compare")

    def summary(self) -> Section:
        it = self.it
        tiles: list[tuple[str, str]] = [
            (f"{it.customers:,}", self.say("customers", "客户")),
            (f"{len(it.changed):,}", self.say("differ in anything", "有任何不同的客户")),
            (f"{len(it.relabelled):,}", self.say("are in another state on the day", "当日状态不同的客户")),
        ]
        for measure, value, english, chinese in (
            ("standing", "lost", "customers lost", "流失客户"),
            ("activity", "at_risk", "vehicles at risk", "存在流失风险的车辆"),
            ("balance", None, "points owed", "应付积分"),
        ):
            one = next((one for one in it.figures(measure) if one.value == value), None)
            if one is not None:
                told = f"{one.base:,} → {one.changed:,}" if one.base != one.changed else f"{one.base:,}"
                tiles.append((told, self.say(english, chinese)))
        drawn = self.tiles(tiles)
        warning = note(
            self.say(
                "Relabelled, not behaviour: the definition changed, the events did not, and nobody acts otherwise than he "
                "did. What people would do under the changed book is asked of lifecycle.simulate.",
                "仅为重新划分，并非行为变化：变的是定义，事件未变，客户行为亦未变。新规则下客户会怎样行动，请用 lifecycle.simulate 模拟。",
            )
        )
        return self.section("summary", self.say("In short", "概要"), drawn, warning)

    def books(self) -> Section:
        changed = self.it.books[1]
        rows = [
            (
                tag("code", change.path, style="white-space:nowrap"),
                *(tag("code", told) for told in (repr(change.before), repr(change.after))),
                tag("span", self.days(change), style="white-space:nowrap"),
            )
            for change in self.it.diff
        ]
        wide = 4 if any(change.days for change in self.it.diff) else 3
        head = [self.say("path", "路径"), self.base, self.changed, self.say("on which days", "日期")][:wide]
        same = tag("p", self.say("The books say the same.", "两套规则完全相同。"))
        told = table(head, [row[:wide] for row in rows], wide=True) if rows else same
        parts = [
            (name, *(self.by_day(house, name) for house in self.it.houses))
            for name in ("churn", "points", "tiers", "benefits", "readings")
        ]
        cites = {
            path: text for _, book in self.it.houses[0].editions(self.it.on) for path, text in book.sources.items()
        }
        sources = [
            (tag("code", path, style="white-space:nowrap"), self.english(text))
            for path, text in cites.items()
            if any(change.path.startswith(path) for change in self.it.diff)
        ]
        whole = tag(
            "details",
            tag("summary", self.say("Both books in full", "两套规则全文")),
            table(["", self.base, self.changed], parts),
        )
        cited = (
            table([self.say("path", "路径"), self.say("where the base has it from", "原规则出处（英文原文）")], sources)
            if sources
            else None
        )
        based = None
        if changed.based_on is not None:
            based = tag(
                "p", self.say(f"The changed edition is based on {changed.based_on}.", f"新版基于 {changed.based_on}。")
            )
        return self.section(
            "books", self.say("What changed in the book", "规则的变化"), self.editions(), told, based, cited, whole
        )

    def editions(self) -> Markup | None:
        """Which editions are compared, and from when on each is in force; nothing where both are books."""
        on, houses = self.it.on, self.it.houses
        if all(len(house.editions()) == 1 for house in houses):
            return None
        told = self.say(
            f"States and due days are told by the edition of {on}; points and benefits were given by each edition in its "
            "time. Editions that begin later are not looked at.",
            f"状态与到期日依{on}有效的版本；积分与优惠依当时有效的版本。其后生效的版本不计。",
        )
        head = ["", self.say("edition", "版本"), self.say("in force from", "生效日")]
        sides = self.say("base", "原规则"), self.say("changed", "新规则")
        rows = [
            (side, f"{book.name} {book.edition}", self.say("the beginning", "最初") if since == date.min else since)
            for side, house in zip(sides, houses, strict=True)
            for since, book in house.editions(on)
        ]
        return join((tag("p", told), table(head, rows)))

    def by_day(self, house: House, name: str) -> Markup:
        """What a house says of one policy: by the edition of the day, and of what the ledger reads by each in its time."""
        said: list[tuple[date, object]] = []
        for since, book in house.editions(self.it.on):
            if not said or getattr(book, name) != said[-1][1]:
                said.append((since, getattr(book, name)))
        if name in ("churn", "readings") or len(said) == 1:
            return tag("code", repr(said[-1][1]))
        return join(
            tag(
                "div",
                "" if since == date.min else self.say(f"from {since}: ", f"自{since}起："),
                tag("code", repr(value)),
            )
            for since, value in said
        )

    def days(self, change: Change) -> str:
        """When something differs."""
        if not self.chinese:
            return change.days
        since = "" if change.since is None else f"自{change.since}起"
        return since + ("" if change.until is None else f"至{change.until}")

    def states(self) -> Section:
        children: list[object] = []
        for measure in self.it.measures:
            figures = self.it.figures(measure.name)
            if self.it.is_day(measure.name) or not figures or figures[0].value is None:
                continue
            if not any(one.differs for one in figures) and measure.name not in ALWAYS | self.it.asked:
                continue
            of = self.say("vehicles", "车辆") if measure.of == "vehicle" else self.say("customers", "客户")
            children.append(tag("h3", f"{self.name(measure.name)} ({of})"))
            several = bool(getattr(measure, "several", False))  # who has several is in no one of them
            for label, counts in (
                ()
                if several
                else (
                    (self.base, [one.base for one in figures]),
                    (self.changed, [one.changed for one in figures]),
                )
            ):
                children += [tag("p", label, class_="lc-quiet"), self.bar(figures, counts)]
            rows = [(self.state(str(one.value), measure.name), *self.numbers(one)) for one in figures]
            children.append(table([self.name("state"), *self.heads()], rows, numbers=range(1, 6)))
            moved = None if several else self.moves(measure.name)
            if moved is not None:
                children.append(moved)
        return self.section("states", self.say("Who is called what", "状态划分"), *children)

    def bar(self, figures: Sequence[Figure], counts: Sequence[int]) -> Markup:
        whole = sum(counts) or 1
        parts: list[Markup] = []
        for one, number in zip(figures, counts, strict=True):
            if number:
                name, tone = self.name(str(one.value), one.measure), TONES.get(str(one.value), "none")
                look = f"flex:{number} 0 0;background:{ink(tone + '-soft')};box-shadow:inset 0 -4px {ink(tone)}"
                parts.append(
                    tag("span", name if number * 9 >= whole else None, title=f"{name}: {number:,}", style=look)
                )
        told = ", ".join(
            f"{self.name(str(one.value), one.measure)} {number:,}" for one, number in zip(figures, counts, strict=True)
        )
        return tag("div", *parts, class_="lc-bar", role="img", aria_label=told)

    def moves(self, measure: str) -> Markup | None:
        rows: list[Mapping[str, Any]] = [row for row in self.it.move_rows(measure) if row["base"] != row["changed"]]
        if not rows:
            return None
        rows.sort(key=lambda row: -row["count"])
        cells = [
            (self.state(str(row["base"]), measure), self.state(str(row["changed"]), measure), f"{row['count']:,}")
            for row in rows
        ]
        return table(
            [self.base, self.changed, self.say("number", "数量")], cells, numbers=(2,),
            caption=self.say("Who moves from where to where", "由何状态转入何状态"),
        )  # fmt: skip

    def points(self) -> Section:
        units = {measure.name: self.it.unit(measure.name) for measure in self.it.measures}
        figures = [one for one in self.it.figures() if one.value is None]
        rows = [(self.name(one.measure), *cells(one)) for one in figures if units[one.measure] != "fen"]
        head = [
            self.say("points", "积分"),
            self.base,
            self.changed,
            self.say("more", "增加"),
            self.say("fewer", "减少"),
        ]
        head.append(self.say("difference", "差额"))
        made = table(head, rows, numbers=range(1, 6))
        money = [(self.name(one.measure), *cells(one, "fen")) for one in figures if units[one.measure] == "fen"]
        given_any = any(one.base or one.changed for one in figures if units[one.measure] == "fen")
        if not given_any and "benefits" not in self.it.asked:
            return self.section("points", self.say("Points", "积分"), made)
        head[0] = self.say("yuan", "元")
        lead = self.say(
            "What the discounts of each book take off the bills on record, which are taken as list prices: labour, parts and "
            "accessories, as far as a bill tells them apart.",
            "各套规则的折扣在已有账单上可减免的金额；账单金额视为原价，仅计其中分列的工时、配件与精品。",
        )
        given = table(head, money, numbers=range(1, 6))
        return self.section(
            "points", self.say("Points and benefits", "积分与权益"), made, tag("h3", self.say("Benefits given", "权益优惠")),
            tag("p", lead), given,
        )  # fmt: skip

    def weeks(self) -> Section:
        days = [measure.name for measure in self.it.measures if self.it.is_day(measure.name)]
        weekly = {name: self.it.figures(name) for name in days}
        if not any(one.base or one.changed for some in weekly.values() for one in some):
            nothing = tag("p", self.say("Nobody comes due in these weeks.", "这几周内无人到期。"))
            return self.section("weeks", self.say("The weeks ahead", "今后数周"), nothing)
        pictures = [
            figure(self.columns(some), f"{self.name(name)}: {self.base} / {self.changed}")
            for name, some in weekly.items()
            if any(one.base or one.changed for one in some)
        ]
        rows = [
            (some[0].value, *(f"{one.base:,} → {one.changed:,}" if one.differs else f"{one.base:,}" for one in some))
            for some in zip(*weekly.values(), strict=True)
        ]
        head = [self.say("week from", "周起始日"), *(self.name(name) for name in days)]
        lead = self.say(
            "Who becomes at risk or lost in which week, unless he comes before: the work of outreach.",
            "若此前不来厂，将于该周到期者，即招揽工作量。",
        )
        made = table(head, rows, numbers=range(1, len(days) + 1))
        return self.section("weeks", self.say("The weeks ahead", "今后数周"), tag("p", lead), *pictures, made)

    def columns(self, figures: Sequence[Figure]) -> Markup:
        """Two bars a week, as a picture."""
        width, height, foot = 46 * len(figures) + 20, 150, 40
        most = max(max(one.base, one.changed) for one in figures) or 1
        parts: list[Markup] = []
        for place, one in enumerate(figures):
            for side, (number, tone) in enumerate(((one.base, "away"), (one.changed, "bad"))):
                tall = 110 * number / most
                left = 14 + 46 * place + 17 * side
                parts.append(
                    tag("rect", x=left, y=f"{height - tall:.1f}", width=15, height=f"{tall:.1f}", fill=ink(tone))
                )
                if number:
                    parts.append(self.text(left + 7.5, height - tall - 4, f"{number:,}", 10, "middle"))
            day = one.value
            label = f"{day:%m-%d}" if isinstance(day, date) else str(day)
            parts.append(self.text(14 + 46 * place + 16, height + 14, label, 10, "middle"))
        for place, (label, tone) in enumerate(((self.base, "away"), (self.changed, "bad"))):
            parts.append(tag("rect", x=14 + 200 * place, y=height + 24, width=10, height=10, fill=ink(tone)))
            parts.append(self.text(30 + 200 * place, height + 33, label, 11, "start"))
        words = ", ".join(f"{one.value} {one.base} / {one.changed}" for one in figures)
        return tag(
            "svg", *parts, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {max(width, 420)} {height + foot}", role="img",
            aria_label=words, style="max-width:100%;height:auto", width=max(width, 420),
        )  # fmt: skip

    def text(self, x: float, y: float, words: str, size: int, anchor: str) -> Markup:
        look = f"font:{size}px system-ui,'Noto Sans CJK SC',sans-serif"
        return tag("text", words, x=x, y=f"{y:.1f}", fill=ink("text"), text_anchor=anchor, style=look)

    def customers(self) -> Section:
        who = self.it.relabelled or self.it.changed
        if not who:
            nothing = tag("p", self.say("Nothing differs for anybody.", "对任何客户均无差异。"))
            return self.section("customers", self.say("Customer by customer", "逐个客户"), nothing)
        rows: list[tuple[object, ...]] = []
        for id_ in who[: self.people]:
            one = self.it.customer(id_)
            several = len(one.because()) > 1
            changes = join(
                tag(
                    "div",
                    self.path(path, several),
                    self.value(pair[0]),
                    " → ",
                    self.value(pair[1]),
                    style="white-space:normal;min-width:16em" if path == "perks" else "white-space:nowrap",
                )
                for path, pair in one.differences.items()
                # of one who has one vehicle its lost day is his
                if several or not path.endswith(".lost_due")
            )
            reasons = [
                join(
                    tag("div", f"{vin}: " if several and vin != UNNAMED else "", self.english("; ".join(why[side])))
                    for vin, why in one.because().items()
                )
                for side in (0, 1)
            ]
            if "benefits" in one.differences:
                for side, bills in enumerate(one.benefits()):
                    reasons[side] = join((reasons[side], *(tag("div", bill) for bill in self.latest(bills))))
            rows.append((str(id_), changes, *reasons))
        head = [self.say("customer", "客户"), self.say("what differs", "差异")]
        head += [f"{label}: {self.say('because', '原因（英文原文）')}" for label in (self.base, self.changed)]
        more = len(who) - self.people
        rest = (
            tag("p", self.say(f"… and {more:,} more.", f"……另有 {more:,} 位。"), class_="lc-quiet")
            if more > 0
            else None
        )
        return self.section(
            "customers", self.say("Customer by customer", "逐个客户"), table(head, rows, wide=True), rest
        )

    def latest(self, bills: Sequence[str]) -> list[object]:
        """The latest bills, and how many there are besides."""
        more = len(bills) - _BILLS
        rest = [self.say(f"… and {more} more of his bills", f"……另有 {more} 张账单")] if more > 0 else []
        return [*map(self.english, bills[-_BILLS:]), *rest]

    def path(self, path: str, several: bool) -> str:
        """The name of a fact that differs, with the vehicle's where he has several."""
        above, _, last = path.rpartition(".")
        if above == "points":
            return f"{self.name('points')} {self.name(last)}: "
        return f"{above} {self.name(last)}: " if several and above and above != UNNAMED else f"{self.name(last)}: "

    def value(self, value: object) -> object:
        if value is None:
            return "–"
        word = str(getattr(value, "value", value))
        if word in TONES:
            return self.state(word)
        # a list of words, as of perks, each in the report's language
        return self.say("; ", "；").join(self.name(one) if zh(one) else one for one in word.split("; "))

    def machine(self) -> Section:
        lead = self.say(
            "The labels of vehicles come from this machine; the book only says on which days it moves.",
            "车辆的状态由此状态机得出；规则只决定其在何日转移。",
        )
        drawn = figure(ACTIVITY.svg(zh=self.chinese), least=760)
        return self.section("machine", self.say("The machine behind the labels", "状态机"), tag("p", lead), drawn)

    def rests_on(self) -> Section:
        it = self.it
        first, last = it.span
        told = [
            self.say(
                f"{it.events:,} events of {it.customers:,} customers, from {first} to {last}; what lies after {it.on} is not looked at.",
                f"{it.customers:,} 位客户的 {it.events:,} 条事件，自 {first} 至 {last}；{it.on} 之后的事件不计。",
            ),
            self.say(
                f"Days are civil days of {it.books[0].zone}; the day itself is included.",
                f"日期为 {it.books[0].zone} 的自然日，含当日。",
            ),
            self.say(
                "Exact: every figure is the difference of two replays, not an estimate; no chance is involved.",
                "精确：每个数字均为两次重放之差，并非估计，不含随机成分。",
            ),
            self.say(
                "Assumed: that the same events would have happened under either book. Calls, offers and reminders that the "
                "changed book would bring are not in it.",
                "假定：无论采用哪套规则，发生的事件都相同；新规则带来的电话、优惠与提醒的影响不在其内。",
            ),
        ]
        points = tag("ul", *(tag("li", one) for one in told))
        return self.section("assumptions", self.say("What it rests on", "依据与假定"), points)

    # -- cells --------------------------------------------------------------------------------------------------------

    def heads(self) -> Iterable[str]:
        return (self.base, self.changed, self.name("entered"), self.name("left"), self.name("difference"))

    def numbers(self, one: Figure) -> Iterable[str]:
        counts = (one.base, one.changed, one.entered, one.left)
        return (*(f"{number:,}" for number in counts), signed(one.difference))
