"""What an event earned, as recorded, and what became of it when money came back; what a redemption took.

In: the question that was asked of the terms (:class:`~lifecycle.points.terms.Ask`), and money returned. Out: how many
points the event is worth now: earn(a − returned), by the award of its day and never by today's rules (LP6, LP7). Next:
:mod:`lifecycle.points.ledger`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lifecycle.events import Event
from lifecycle.points.statement import Sentence, Share
from lifecycle.points.terms import Ask, Key, Term
from lifecycle.tiers import Tiers

__all__ = ["DEFICIT", "LAPSED", "WRITTEN_OFF", "Award", "Met", "Redemption", "Rule", "basis", "rounded"]

#: How a point that a refund takes back was met where it was not taken from a lot.
LAPSED, WRITTEN_OFF, DEFICIT = 0, -1, -2


class Rule(NamedTuple):
    """What a policy says of one kind of event."""

    term: Term | None
    facts: tuple[str, ...] = ()
    """The facts of the customer that the term asks for."""
    unit: int = 1
    """Into how many parts the term divides a point."""


class Met(NamedTuple):
    """Some of the points that a refund takes back, and how they were met."""

    how: int
    """The number of the lot that they were taken from, or LAPSED, WRITTEN_OFF, DEFICIT."""
    points: int
    line: int
    """How many lines the ledger had before."""


class Award:
    """What an event earned: how to ask again, and what has come back since."""

    __slots__ = ("ask", "back", "covered", "lots", "net", "returned", "rolled_back", "rule", "taken", "uses")

    def __init__(self, ask: Ask, rule: Rule, *, net: bool) -> None:
        self.ask = ask
        self.rule = rule
        self.net = net
        """Whether what was paid with points does not count."""
        self.lots: dict[str, int] = {}
        """Account → number of the lot."""
        self.uses: list[tuple[Key, int]] = []
        """What it added to the counters of caps, of money carried, of awards given once."""
        self.returned = 0
        """Fen refunded."""
        self.covered = 0
        """Fen paid with points."""
        self.rolled_back = 0
        """Fen that had been paid with points, and came back as points."""
        self.taken: dict[str, int] = {}
        """Account → points taken back."""
        self.back: dict[str, list[Met]] = {}
        """Account → what was taken back, from where, in order."""

    def copy(self) -> Award:
        again = object.__new__(Award)
        again.ask, again.rule, again.net, again.lots, again.uses = self.ask, self.rule, self.net, self.lots, self.uses
        again.returned, again.covered, again.rolled_back = self.returned, self.covered, self.rolled_back
        again.taken = self.taken.copy()
        again.back = {account: list(entries) for account, entries in self.back.items()}
        return again

    @property
    def left(self) -> int:
        """What of the money was not given back, in fen.

        Once money came back, what points had paid, and was rolled back, came back too: else a bill paid with points
        could be refunded in two halves, and keep what it earned.
        """
        returned = self.returned + (self.rolled_back if self.returned else 0)
        return max(self.ask.paid - returned, 0)

    def worth(self, counters: Mapping[Key, int]) -> tuple[dict[str, int], list[tuple[Key, int]]]:
        """What the event is worth now, by account, and what it adds to the counters."""
        left = self.left
        term = self.rule.term
        if term is None or (not left and (self.returned or not self.ask.paid)):
            return {}, []
        again = self.ask.again(max(left - self.covered, 0) if self.net else left, counters)
        totals: dict[str, int] = {}
        for part in term.parts(again):
            totals[part.account] = totals.get(part.account, 0) + part.units
        worth = {
            account: max(rounded(total, again.unit, (), again.rounding)[0], 0) for account, total in totals.items()
        }
        return worth, again.uses

    def recover(self, account: str, number: int, points: int, since: int) -> int:
        """Take from a lot what had to be written off after the line ``since``, ``points`` at most; how many were taken."""
        entries: list[Met] = []
        taken = 0
        for how, some, line in self.back.get(account, ()):
            met = min(some, points - taken) if how == WRITTEN_OFF and line > since else 0
            taken += met
            if some > met:
                entries.append(Met(how, some - met, line))
        if taken:
            self.back[account] = [*entries, Met(number, taken, since)]
        return taken


class Redemption:
    """One redemption: which lots it took, for what value, on which bill."""

    __slots__ = ("account", "bill", "line", "moves", "rolled_back", "value")

    def __init__(
        self, account: str, moves: tuple[tuple[int, int], ...], value: int, bill: str | None, line: int
    ) -> None:
        self.account = account
        self.moves = moves
        """(number of the lot, points), in order."""
        self.value = value
        """In fen; 0 where nothing but the gift is told."""
        self.bill = bill
        """The id of the bill's event, or the visit it will be told of."""
        self.line = line
        """How many lines the ledger had before."""
        self.rolled_back = False

    def copy(self) -> Redemption:
        again = Redemption(self.account, self.moves, self.value, self.bill, self.line)
        again.rolled_back = self.rolled_back
        return again


def rounded(units: int, unit: int, why: tuple[Sentence, ...], rounding: str) -> tuple[int, tuple[Sentence, ...]]:
    """The award of an event as whole points: rounded half up, or the fraction dropped; here and nowhere else (LP5).

    ``unit`` of the ``units`` make a point.
    """
    if unit == 1:
        return units, why
    points = (2 * units + unit) // (2 * unit) if rounding == "half_up" else units // unit
    if why and points * unit != units:
        first = why[0] if why[0][0] is not None else (Share(units, unit), *why[0][1:])
        how = "rounded half up" if rounding == "half_up" else "the fraction is dropped"
        why = (first, *why[1:], (Share(points * unit - units, unit), "{}", how))
    return points, why


def basis(tiers: Tiers, event: Event, money: int) -> int:
    """What an event is worth for a tier by spend (fen: jobs, accessories) or by visits (jobs of the kind that counts)."""
    job = event.kind == "vehicle_handed_over"
    if tiers.by == "spend":
        return money if job or event.facts.get("product") == "accessories" else 0
    return int(tiers.by == "visits" and job and tiers.visits.counts(event))
