"""A policy's example told as a story: what happened, how long nothing did, and where he should stand then.

In: a book, events in the order of their days. Out: nothing, or an AssertionError that says what is otherwise, and because.
Next room: :mod:`lifecycle.testing.strategies`, for what no example thinks of.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from attrs import evolve, field, frozen

from lifecycle.book import Book
from lifecycle.customer import Customer, Vehicle, fact_names
from lifecycle.dates import parse_day
from lifecycle.deadline import Span
from lifecycle.errors import LifecycleError, near, shown
from lifecycle.events import Event, History
from lifecycle.life import Life, replay

__all__ = ["Story", "story"]


@frozen
class Story:
    """What has been told so far, of one customer; each call gives a story that goes on from here."""

    book: Book
    events: tuple[Event, ...] = ()
    today: date | None = field(default=None, kw_only=True)
    """The day on which the story stands."""

    def on(self, day: str | date | datetime, kind: str, **facts: Any) -> Story:
        """An event: ``.on("2024-01-10", "vehicle_handed_over", vehicle="V1", charge=860)``; not before today."""
        at: Any = parse_day(day) if isinstance(day, str) else day
        event = Event(at, kind, f"S{len(self.events) + 1:04}", "story", **facts)
        today = History((event,), customer="story", zone=self.book.zone).last_day
        if self.today is not None and today < self.today:
            raise LifecycleError(
                f"{today} {kind} lies before {self.today}, where the story stands", argument="day", value=day,
                remedy="tell what happened in its order; a late entry is a story of its own, with recorded_on=",
            )  # fmt: skip
        return evolve(self, events=(*self.events, event), today=today)

    def silent(self, *, months: int | None = None, days: int | None = None) -> Story:
        """Nothing happens for so long; months by the one month rule (LT1)."""
        return evolve(self, today=Span(months, days).after(self._day("silent")))

    @property
    def life(self) -> Life:
        """His life as of today, with every step and its reason."""
        today = self._day("life")
        return replay(History(self.events, customer="story", zone=self.book.zone), self.book, on=today)

    def expect(self, *, vehicle: str | None = None, **facts: Any) -> Story:
        """That the customer, or the vehicle of this name, has these facts today: ``.expect(standing="lost", points=0)``.

        Raises AssertionError with each fact that is otherwise and the steps that led there; a name that is no fact is a
        LifecycleError.
        """
        life = self.life
        whose: Any = life.customer
        if vehicle is not None:
            whose = life.customer.vehicles.get(vehicle)
            if whose is None:
                raise LifecycleError(
                    f"the story has no vehicle {vehicle!r}", argument="vehicle", value=vehicle,
                    remedy=near(vehicle, life.customer.vehicles),
                )  # fmt: skip
        known = fact_names(Customer if vehicle is None else Vehicle)
        for name, value in facts.items():
            if name not in known:
                raise LifecycleError(f"no such fact {name!r}", argument=name, value=value, remedy=near(name, known))
        wrong = [
            f"{name} is {shown(getattr(whose, name))}, not {shown(wanted)}"
            for name, wanted in facts.items()
            if getattr(whose, name) != wanted
        ]
        if wrong:
            steps = "\n".join(f"  {step}" for step in life.steps)
            raise AssertionError(f"on {self.today}, by {self.book.name}: {'; '.join(wrong)}\n{steps}")
        return self

    def _day(self, asked: str) -> date:
        if self.today is None:
            raise LifecycleError(
                f"{asked}: nothing has been told yet", argument=asked, value=None,
                remedy='begin with .on("2024-01-10", "vehicle_delivered", vehicle="V1")',
            )  # fmt: skip
        return self.today


def story(book: Book) -> Story:
    """The beginning of a story under a book.

    ``story(WENHUA).on("2024-01-10", "vehicle_delivered", vehicle="V1").silent(months=12).expect(standing="lost")``
    """
    return Story(book)
