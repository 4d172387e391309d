"""Two books over the same people, as pieces of HTML for a notebook and the report.

In: a :class:`~lifecycle.comparing.result.Comparison`, one customer of it, or a sweep. Out: markup that needs no style sheet.
Next room: :mod:`lifecycle.show.page`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from lifecycle.comparing.result import Comparison, OneCompared, cells
from lifecycle.comparing.sweeping import Sweep
from lifecycle.customer import UNNAMED
from lifecycle.show.fragments import badge, heading, table
from lifecycle.show.markup import Markup, join, tag
from lifecycle.show.words import TONES, both

__all__ = ["comparison_html", "figures_table", "one_html", "signed", "sweep_html", "weeks_table"]

#: Measures that are shown even where nothing differs.
ALWAYS = frozenset({"standing", "activity", "issued", "lapsed", "balance"})


_UNITS = {"fen": "yuan 元", "points": "points 分"}


def signed(number: int) -> str:
    """A difference with its sign; 0 without."""
    return f"{number:+,}".replace("-", "−") if number else "0"


def comparison_html(comparison: Comparison) -> Markup:
    """The whole as a notebook shows it: the diff, the figures, the weeks ahead, what it does not say."""
    base, changed = comparison.labels
    lead = tag(
        "p",
        tag("strong", f"{base} → {changed}"),
        f" on {comparison.on}: {comparison.customers:,} customers, {len(comparison.changed):,} of whom something differs, "
        f"{len(comparison.relabelled):,} are relabelled.",
    )
    changes = (
        tag("ul", *(tag("li", tag("code", str(change))) for change in comparison.diff)) if comparison.diff else None
    )
    notes = tag("ul", *(tag("li", note) for note in comparison.notes), class_="lc-notes")
    return tag("div", lead, changes, figures_table(comparison), weeks_table(comparison), notes, class_="lc-comparison")


def figures_table(comparison: Comparison) -> Markup:
    """States, points and benefits: base, changed, entered, left, difference."""
    rows: list[tuple[object, ...]] = []
    for measure in comparison.measures:
        figures = [one for one in comparison.figures(measure.name) if not isinstance(one.value, date)]
        if not any(one.differs for one in figures) and measure.name not in ALWAYS | comparison.asked:
            continue
        for one in figures:
            name = both(one.measure)
            state = "" if one.value is None else str(one.value)
            word = badge(state) if state in TONES else both(state)
            unit = comparison.unit(one.measure)
            rows.append((f"{name} ({_UNITS[unit]})" if unit in _UNITS else name, word, *cells(one, unit)))
    return table(_head(comparison, "measure", "state"), rows, numbers=range(2, 7))


def weeks_table(comparison: Comparison) -> Markup | None:
    """The work of outreach by week; None where none lies ahead."""
    days = [measure.name for measure in comparison.measures if comparison.is_day(measure.name)]
    weekly = {name: comparison.figures(name) for name in days}
    if not any(one.base or one.changed for some in weekly.values() for one in some):
        return None
    head = [heading("week"), *(heading(name) for name in days for _ in range(2))]
    base, changed = comparison.labels
    rows = [
        (some[0].value, *(f"{number:,}" for one in some for number in (one.base, one.changed)))
        for some in zip(*weekly.values(), strict=True)
    ]
    under = ("", *(label for _ in days for label in (base, changed)))
    return table(head, [under, *rows], numbers=range(1, 2 * len(days) + 1), caption=_caption())


def _caption() -> str:
    return "Losses to come, by week of the due day, unless he comes before: the work of outreach 每周即将流失"


def _head(comparison: Comparison, *first: str) -> list[object]:
    base, changed = comparison.labels
    return [
        *(heading(name) for name in first),
        base,
        changed,
        *(heading(name) for name in ("entered", "left", "difference")),
    ]


def one_html(one: OneCompared) -> Markup:
    """One customer under both books: what differs, and because."""
    rows = [(_fact(name), _said(pair[0]), _said(pair[1])) for name, pair in one.differences.items()]
    reasons: list[tuple[object, ...]] = [
        ("-" if vin == UNNAMED else vin, *("; ".join(why) for why in pair)) for vin, pair in one.because().items()
    ]
    if "benefits" in one.differences:
        reasons.append((both("benefits"), *(join(tag("div", bill) for bill in bills) for bills in one.benefits())))
    return tag(
        "div",
        tag("p", tag("strong", one.base.customer.id), f" on {one.base.on}"),
        table([heading("facts"), *one.labels], rows) if rows else tag("p", "Nothing differs."),
        table([heading("vehicle"), *one.labels], reasons, caption="because 原因") if reasons else None,
        class_="lc-comparison",
    )


def _fact(path: str) -> str:
    """A fact that differs in both languages, with the vehicle's number before it as it is."""
    above, _, last = path.rpartition(".")
    if above in ("", UNNAMED):
        return both(last)
    return f"{both(above) if above == 'points' else above}: {both(last)}"


def _said(value: object) -> object:
    if value is None:
        return "–"
    text = str(getattr(value, "value", value))
    return badge(text) if text in TONES else text


def sweep_html(sweep: Sweep) -> Markup:
    """A point a row."""
    head, rows, _ = sweep.rows()
    made = table(head, rows, numbers=range(len(head)), caption=sweep.title)
    return tag("div", made, _problems(sweep.problem_lines()), class_="lc-comparison")


def _problems(lines: Sequence[str] | Iterable[str]) -> Markup | None:
    told = list(lines)
    return join((tag("p", "Not built:"), tag("ul", *(tag("li", line) for line in told)))) if told else None
