"""Benefits over a life: what the book's discounts take off the bills that were, one by one, with reasons (W6, W7).

In: the events of a customer, his account of points, the house. Out: :class:`BenefitsGiven`. The amounts on record are
taken as list prices, as no event tells a discount: this says what the book's discounts are worth on the same bills; it
*relabels*, nobody acts otherwise. Readings: a bill has the tier that it earns points by (``Points.tier_of``); it has the
cards and the birthday that had been told when it was made; it has the benefits of the edition of its day; and what was
refunded of it is no bill. Only labour, parts and accessories that a bill tells apart are reckoned. Next room:
:mod:`lifecycle.life`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from attrs import frozen

from lifecycle.book import House, Readings
from lifecycle.events import Event
from lifecycle.machines import CREDIT_CARD, DIAMOND, LIFETIME_VIP
from lifecycle.money import exact_fen, yuan
from lifecycle.points import Account
from lifecycle.tiers import InvoiceLine, Perk, Quote

__all__ = ["HOLDER_KINDS", "BenefitsGiven", "Given", "Holder", "given"]

_CARDS = (CREDIT_CARD, DIAMOND, LIFETIME_VIP)
#: The kinds of events that tell what a benefit asks of its holder besides the tier.
HOLDER_KINDS = frozenset({"customer_recorded"}.union(*(machine.plans for machine in _CARDS)))


class Holder:
    """What a benefit asks of a member besides his tier, while his events are folded: his birthday, the cards he holds."""

    __slots__ = ("_states", "birthday")

    def __init__(self) -> None:
        self.birthday: date | None = None
        self._states: dict[tuple[str, str], str] = {}

    def take(self, event: Event, readings: Readings) -> None:
        """Note what an event tells; events come in canonical order."""
        facts: Mapping[str, Any] = event.facts
        if event.kind == "customer_recorded":
            self.birthday = facts.get("birthday") or self.birthday
            return
        membership = facts.get("membership")
        if membership is None:
            return
        given = {**facts, "diamond_from": readings.diamond_from, "diamond_to": readings.diamond_to}
        for machine in _CARDS:
            number = machine.symbol(event.kind, given)
            if number is not None:
                place = machine.name, str(membership)
                step = machine.cells[self._states.get(place, machine.initial)][number]
                if step.accepted:
                    self._states[place] = step.state

    @property
    def cards(self) -> tuple[str, ...]:
        """The cards that he holds, of any of his memberships."""
        held = {name for (name, _), state in self._states.items() if state != _INITIAL[name]}
        return tuple(machine.name for machine in _CARDS if machine.name in held)


_INITIAL = {machine.name: machine.initial for machine in _CARDS}


class Given(NamedTuple):
    """One bill with what the book's discounts take off it."""

    day: date
    event: str
    """The id of the event."""
    edition: str
    """The edition of the day, whose benefits they are."""
    tier: str
    cards: tuple[str, ...]
    quote: Quote

    @property
    def saved(self) -> Decimal:
        """In yuan."""
        return self.quote.saved

    @property
    def because(self) -> tuple[str, ...]:
        """For each kind of line what was taken off it, or why nothing."""
        return tuple(str(line) for line in self.quote.lines)

    def __str__(self) -> str:
        return f"{self.day} {self.event}: {'; '.join(self.because)}"


@frozen
class BenefitsGiven:
    """What the book's discounts take off a customer's bills up to a day (closed), and the perks that he has on it.

    The amounts on record are taken as list prices.
    """

    customer: str
    on: date
    tier: str
    """The tier as of the day."""
    cards: tuple[str, ...]
    """The cards that he holds on the day."""
    bills: tuple[Given, ...]
    """The bills that tell labour, parts or accessories, in order; of some nothing is taken off, and they say why."""
    perks: tuple[Perk, ...]
    """What he is entitled to on the day besides discounts."""

    @property
    def saved(self) -> Decimal:
        """In yuan, of all bills together."""
        return yuan(sum(exact_fen(bill.saved, "saved") for bill in self.bills))

    @property
    def because(self) -> tuple[str, ...]:
        """A sentence for each bill that anything is taken off: from what, and why."""
        return tuple(
            f"{bill.day} {bill.event}: {'; '.join(str(line) for line in bill.quote.lines if line.discounts)}"
            for bill in self.bills
            if bill.saved
        )

    def __str__(self) -> str:
        cards = f", {', '.join(self.cards)}" if self.cards else ""
        head = f"{self.customer} on {self.on} ({self.tier}{cards}): {self.saved} yuan of benefits on {len(self.bills)} bills"
        perks = [f"  entitled to {', '.join(perk.name for perk in self.perks)}"] if self.perks else []
        return "\n".join([head, *(f"  {bill}" for bill in self.bills), *perks])

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import benefits_html

        return benefits_html(self)


def given(customer: str, events: Iterable[Event], account: Account, house: House, *, on: date) -> BenefitsGiven:
    """What a house's benefits come to on a customer's bills, as of the day ``on`` (closed).

    ``events``: what stands of his history up to the day, in canonical order (nothing that is voided); ``account``: his
    points over the same events. :attr:`lifecycle.life.Life.benefits` gives both.
    """
    bills = {bill.event.id: bill for bill in account.bills()}
    holder = Holder()
    found: list[Given] = []
    for event in events:
        book = house.on(event.day)
        if event.kind in HOLDER_KINDS:
            holder.take(event, book.readings)
        bill = bills.get(event.id)
        if bill is not None:
            lines = [InvoiceLine(of, yuan(amount)) for of, amount in bill.amounts.items()]
            quote = book.benefits.quote(
                lines, on=event.day, tier=bill.tier, cards=holder.cards, birthday=holder.birthday
            )
            found.append(Given(event.day, event.id, book.edition, bill.tier, holder.cards, quote))
    tier = account.tier_on(on)
    perks = house.on(on).benefits.perks_of(tier=tier, cards=holder.cards)
    return BenefitsGiven(customer, on, tier, holder.cards, tuple(found), perks)
