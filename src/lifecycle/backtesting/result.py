"""What a back-test found: counts and measures of each rule, the choice that pays best, the spread over several days.

In: counts, from :mod:`lifecycle.backtesting.run`. Out: values with a table as their repr and plain data for JSON. Next:
:mod:`lifecycle.backtesting.picture`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any, cast

from attrs import field, frozen

from lifecycle.churn import InactiveFor
from lifecycle.deadline import Rule
from lifecycle.errors import LifecycleError
from lifecycle.values import FrozenDict

__all__ = ["MEASURES", "Backtest", "Choice", "Rolling", "RuleResult", "measures", "share", "short", "told"]

#: What can be said of a rule, in the order of the table.
MEASURES = ("precision", "recall", "f1", "accuracy", "share_flagged")


#: A share of so many customers is told by the bootstrap; of fewer by Wilson's interval.
_FEW = 30


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def measures(population: int, positives: int, flagged: int, hits: int) -> dict[str, float | None]:
    right = population - positives - flagged + 2 * hits
    return {
        "precision": share(hits, flagged),
        "recall": share(hits, positives),
        "f1": share(2 * hits, flagged + positives),
        "accuracy": share(right, population),
        "share_flagged": share(flagged, population),
    }


@frozen
class RuleResult:
    """What one rule did: counts, measures (None where not measurable: 0/0), intervals, and how many were too young."""

    rule: Rule
    population: int
    positives: int
    """Customers without a counted visit in the holdout."""
    flagged: int
    hits: int
    """Flagged customers who did stay away."""
    too_young: int
    """Customers for whom the rule could not have come true by the cut-off day, had they never come after their first visit."""
    intervals: FrozenDict[str, tuple[float, float]] = field(factory=FrozenDict[str, tuple[float, float]], repr=False)
    """By measure the middle 95 % of the bootstrap; of a share of fewer than 30 customers, whom drawing anew tells too little
    of, Wilson's interval, and none of an f1 of so few."""

    @property
    def months(self) -> int | None:
        """The months of an ``InactiveFor``; None for any other rule."""
        return self.rule.months if isinstance(self.rule, InactiveFor) else None

    @property
    def measures(self) -> dict[str, float | None]:
        """Precision, recall, f1, accuracy and share_flagged by name; None: not measurable."""
        return measures(self.population, self.positives, self.flagged, self.hits)

    @property
    def precision(self) -> float | None:
        """Of those flagged, the share who stayed away."""
        return self.measures["precision"]

    @property
    def recall(self) -> float | None:
        """Of those who stayed away, the share who were flagged."""
        return self.measures["recall"]

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall."""
        return self.measures["f1"]

    @property
    def accuracy(self) -> float | None:
        """The share told rightly, either way."""
        return self.measures["accuracy"]

    @property
    def share_flagged(self) -> float | None:
        """The share of the population that was flagged."""
        return self.measures["share_flagged"]

    @property
    def base_rate(self) -> float | None:
        """The share of the population who stayed away: the precision of flagging everybody."""
        return share(self.positives, self.population)

    @property
    def few(self) -> FrozenDict[str, tuple[int, int]]:
        """The measures that are a share of fewer than 30 customers (of ``f1``: whose parts are), as how many of how many."""
        right = self.population - self.positives - self.flagged + 2 * self.hits
        parts = {
            "precision": (self.hits, self.flagged),
            "recall": (self.hits, self.positives),
            "f1": (self.hits, min(self.flagged, self.positives)),
            "accuracy": (right, self.population),
            "share_flagged": (self.flagged, self.population),
        }
        return FrozenDict({name: (part, whole) for name, (part, whole) in parts.items() if whole < _FEW})

    def told(self, name: str) -> str:
        """A measure as text: three decimals with the wider half of its interval (±), or, of few customers, the interval."""
        value, interval = self.measures[name], self.intervals.get(name)
        if value is None or interval is None or name not in self.few:
            return told(value, interval)
        return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"

    def as_dict(self) -> dict[str, Any]:
        """Months, rule, counts and measures as plain data."""
        return {
            "months": self.months,
            "rule": repr(self.rule),
            "population": self.population,
            "positives": self.positives,
            "flagged": self.flagged,
            **{name: value for name, value in self.measures.items() if name != "share_flagged"},
            "share_flagged": self.share_flagged,
            "too_young": self.too_young,
            "intervals": {name: list(interval) for name, interval in self.intervals.items()},
        }


@frozen
class Choice:
    """The threshold that pays best for a cost of contact and a value of a kept customer."""

    rule: Rule
    gain: Decimal
    """Yuan gained by contacting those whom the rule flags: kept × value − contacted × cost."""
    contacted: int
    kept: Decimal
    """Customers kept, as expected: hits × chance of success."""
    days: int | None
    """Of all thresholds in days since the last visit, the one that pays best; None: contacting nobody is best."""
    days_gain: Decimal
    gains: FrozenDict[Rule, Decimal] = field(factory=FrozenDict[Rule, Decimal], repr=False)
    """The gain of each rule."""


@frozen(repr=False)
class Backtest:
    """The results of rules on one cut-off day; its repr is a table, :meth:`svg` a picture."""

    cutoff: date
    until: date
    results: tuple[RuleResult, ...]
    auc: float | None
    """The chance that of two customers, one who stayed away and one who came, the former had been silent for longer."""
    auc_interval: tuple[float, float] | None
    warnings: tuple[str, ...]
    gone: int
    """Customers left out since all their vehicles were gone by the cut-off day (W17)."""
    tolerance: float
    """The share of customers too young for a rule above which it is warned of."""
    recency: tuple[tuple[int, int, int], ...] = field(repr=False)
    """(days since the last counted visit, customers, of whom stayed away), ascending; of the first rule's visits."""

    def __iter__(self) -> Iterator[RuleResult]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, rule: int | Rule) -> RuleResult:
        """The result by position, or of a rule."""
        if isinstance(rule, int):
            return self.results[rule]
        for result in self.results:
            if result.rule == rule:
                return result
        raise KeyError(rule)

    def as_dicts(self) -> list[dict[str, Any]]:
        """One dict a rule, for JSON."""
        return [result.as_dict() for result in self.results]

    def best(
        self, *, contact: Decimal | str | int, value: Decimal | str | int, success: Decimal | str | int = 1
    ) -> Choice:
        """The rule, and the number of days, that pay best (R8, R9).

        ``contact``: what contacting one customer costs, in yuan; ``value``: what a customer kept is worth, in yuan;
        ``success``: the chance that one who would stay away is kept by the contact, 0 to 1. Of equal gains the earlier
        rule, and the longer silence.
        """
        cost, worth, chance = (
            _money(number, name) for name, number in (("contact", contact), ("value", value), ("success", success))
        )
        if not 0 <= chance <= 1:
            raise LifecycleError(f"success={success} is not from 0 to 1", argument="success", value=success)
        if not self.results:
            raise LifecycleError("there is no rule to choose from", argument="rules", value=())
        gains = {one.rule: one.hits * chance * worth - one.flagged * cost for one in self.results}
        best = max(self.results, key=lambda one: gains[one.rule])
        days, most, gain = None, Decimal(0), Decimal(0)
        for silent, customers, away in reversed(self.recency):
            gain += away * chance * worth - customers * cost
            if gain > most:
                days, most = silent, gain
        return Choice(best.rule, gains[best.rule], best.flagged, best.hits * chance, days, most, FrozenDict(gains))

    # -- shown ----------------------------------------------------------------------------------------------------------

    def table(self) -> list[list[str]]:
        """The rows of the table, header first."""
        rows = [["rule", "customers", "stay away", "flagged", *MEASURES, "too young"]]
        for one in self.results:
            cells = [one.told(name) for name in MEASURES]
            young = told(share(one.too_young, one.population))
            rows.append([short(one.rule), f"{one.population}", told(one.base_rate), f"{one.flagged}", *cells, young])
        return rows

    def __repr__(self) -> str:
        rows = self.table()
        wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = [f"<Backtest: cut-off {self.cutoff}, holdout to {self.until}, {self._auc()}"]
        for name, *cells in rows:
            lines.append(
                "  ".join([name.ljust(wide[0]), *(cell.rjust(w) for cell, w in zip(cells, wide[1:], strict=True))])
            )
        return "\n".join([*lines, *(f"! {warning}" for warning in self.warnings)]) + ">"

    def _auc(self) -> str:
        return f"AUC of recency {told(self.auc, self.auc_interval)}"

    def _repr_html_(self) -> str:
        head, *body = self.table()
        cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body)
        warned = "".join(f"<p>⚠ {escape(warning)}</p>" for warning in self.warnings)
        told = f"<p>cut-off {self.cutoff}, holdout to {self.until}, {escape(self._auc())}</p>"
        return f"{told}<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>{warned}{self.svg()}"

    def svg(self) -> str:
        """Precision, recall and accuracy of the rules, in order, as an SVG picture; whiskers are the intervals."""
        from lifecycle.backtesting.picture import picture

        return picture(self)


def told(value: float | None, interval: tuple[float, float] | None = None) -> str:
    """A share with three decimals, and the wider half of its interval."""
    if value is None:
        return "–"
    return f"{value:.3f}" if interval is None else f"{value:.3f} ±{max(value - interval[0], interval[1] - value):.3f}"


def short(rule: Rule) -> str:
    return repr(rule).replace(".counting(", " (") if isinstance(rule, InactiveFor) else repr(rule)


def _money(number: object, name: str) -> Decimal:
    try:
        amount = Decimal(repr(number)) if isinstance(number, float) else Decimal(cast("Any", number))
    except (ArithmeticError, TypeError, ValueError):
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise LifecycleError(
            f"{name}={number!r} is not a number from 0", argument=name, value=number, remedy="as in 5 or 0.30"
        )
    return amount


# -- rolling origins ------------------------------------------------------------------------------------------------------


@frozen(repr=False)
class Rolling:
    """The same rules on several cut-off days: whether a good rule was good by chance."""

    backtests: tuple[Backtest, ...]

    def spread(self, rule: Rule, measure: str) -> tuple[float, float, float] | None:
        """(least, mean, greatest) of a measure over the cut-off days on which it can be measured; None where never."""
        if measure not in MEASURES:
            raise LifecycleError(
                f"unknown measure {measure!r}", argument="measure", value=measure, remedy=", ".join(MEASURES)
            )
        values = [value for one in self.backtests if (value := one[rule].measures[measure]) is not None]
        return (min(values), sum(values) / len(values), max(values)) if values else None

    def __iter__(self) -> Iterator[Backtest]:
        return iter(self.backtests)

    def __len__(self) -> int:
        return len(self.backtests)

    def __repr__(self) -> str:
        days = ", ".join(str(one.cutoff) for one in self.backtests)
        lines = [f"<Rolling: {len(self.backtests)} cut-off days: {days}"]
        for result in self.backtests[0] if self.backtests else ():
            told: list[str] = []
            for name in MEASURES:
                spread = self.spread(result.rule, name)
                told.append(
                    f"{name} " + ("–" if spread is None else f"{spread[0]:.3f}–{spread[2]:.3f}, mean {spread[1]:.3f}")
                )
            lines.append(f"{short(result.rule)}: {'; '.join(told)}")
        return "\n".join(lines) + ">"

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import rolling_html

        return rolling_html(self)
