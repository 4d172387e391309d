"""One customer's story while it is told: what its parts know of each other.

In: a :class:`~lifecycle.dealership.people.House` and the customer's :class:`~lifecycle.dealership.people.Truth`. Out:
:class:`Story`, in which the parts (showroom, workshop, voices, partings, papers, club) tell their events; each draws for
itself, so that none disturbs another. Next room: :mod:`lifecycle.dealership.showroom`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from lifecycle.dealership.people import House, Truth
from lifecycle.dealership.telling import Moment, Telling
from lifecycle.kinds import KINDS

__all__ = ["DAY", "HOUR", "YEAR", "Job", "Story", "day_of", "number_of", "yuan"]

YEAR: Final = 365.25
HOUR: Final = 3600
#: An open day, in seconds: only lengths of time rest on it, not the hours of the house.
DAY: Final = 9 * HOUR


class Job(NamedTuple):
    """A job handed over, as far as the rest of the story needs it."""

    day: int
    moment: Moment
    visit: str
    """The number of the work order, which is the handover's id."""
    vehicle: str
    charge: Decimal


class Story:
    """A story: who it is about, the draws, the telling, and what has happened so far."""

    def __init__(self, house: House, truth: Truth) -> None:
        self.house = house
        self.truth = truth
        self.chance = house.chance(truth.number)
        self.assumed = house.assumptions
        self.bare = truth.records == "bills"
        self.full = truth.records == "full"
        self.clocked = self.full or self.chance.happens(self.assumed.clocked, "clocked")
        self.telling = Telling(house, truth.number, truth.customer, clocked=self.clocked)
        self.tell = self.telling.tell
        self.paper = f"{truth.number:06d}"
        self.jobs: list[Job] = []
        self.visits = 0
        self.complaints = 0
        self.unhappy: list[Moment] = []
        self.twin: tuple[str, int] | None = None
        """The id of his second entry, and the number of the visit that is told of it."""
        self.member_since: Moment | None = None
        self.given_back: set[str] = set()
        """Jobs of which some money was given back."""
        self.points_given: tuple[Moment, int] | None = None
        self.kilometres = (
            self.assumed.kilometres * self.chance.around(1, self.assumed.driving_spread, "kilometres") / YEAR
        )

    @staticmethod
    def of(kind: str, *facts: Mapping[str, object], **more: object) -> dict[str, object]:
        """Those of the facts that a kind has."""
        known = KINDS[kind].facts
        return {name: value for one in (*facts, more) for name, value in one.items() if name in known}

    def origin(self) -> str:
        """How he came to the house."""
        if self.truth.referred_on is not None:
            return "转介绍"
        return self.chance.weighted(self.assumed.origins, "origin")

    def plate(self, index: int) -> str:
        """The plate of his car."""
        return f"苏A{self.chance.bits('plate', index) % 0xFFFFF:05X}"


def number_of(day: date | None) -> int:
    """The day as a number; 0 for none."""
    return 0 if day is None else day.toordinal()


def day_of(number: int | None) -> date | None:
    """The day of a number; None for none."""
    return None if number is None else date.fromordinal(number)


def yuan(fen: int) -> Decimal:
    """Fen as yuan, exactly."""
    return Decimal(fen).scaleb(-2)
