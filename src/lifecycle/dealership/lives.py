"""What the records show: the events of one customer's life, told from his latent facts.

In: a :class:`~lifecycle.dealership.people.House` and a customer's number. Out: his events, in canonical order, and
those of his second entry where he was entered twice. Next room: :mod:`lifecycle.dealership.desk`.
"""

from __future__ import annotations

from lifecycle.dealership.club import gets_points, refers, spends, takes_part
from lifecycle.dealership.papers import contact, is_recorded, records_begin, renews
from lifecycle.dealership.partings import gives_up, moves_away, stays_away
from lifecycle.dealership.people import House
from lifecycle.dealership.showroom import buys, looks_around
from lifecycle.dealership.story import Story
from lifecycle.dealership.telling import sorted_events
from lifecycle.dealership.voices import speaks
from lifecycle.dealership.workshop import at_home, comes
from lifecycle.events import Event

__all__ = ["life"]


def life(house: House, number: int) -> tuple[Event, ...]:
    """All events of the customer of this number, from 1, in canonical order; never empty."""
    return sorted_events(_told(house, number).telling.events)


def _told(house: House, number: int) -> Story:
    """His story, told to the end."""
    story = Story(house, house.truth(number))
    chance, assumed = story.chance, story.assumed
    if chance.happens(assumed.entered_twice, "entered twice"):
        story.twin = f"{story.truth.customer}B", chance.within(assumed.entered_twice_visit, "entered twice visit")
    for index, car in enumerate(story.truth.ownerships):
        here = car.enquired_on is not None and not story.bare
        if here:
            buys(story, index, car)
        before = comes(story, index, car)
        if story.bare:
            continue
        if not here:
            records_begin(story, index, car, before)
        renews(story, index, car)
        stays_away(story, index, car)
        gives_up(story, index, car)
    if not story.bare:
        is_recorded(story)
        looks_around(story)
        refers(story)
        takes_part(story)
        giver = story.truth.gets_from
        if giver is not None:  # his story, told aside, says when and how many; he has the lower number, so this ends
            gets_points(story, giver, _told(house, giver).points_given)
        spends(story)
        speaks(story)
        contact(story)
        at_home(story)
        moves_away(story)
    if not story.telling.events:  # nobody who is asked for is left out
        is_recorded(story)
    return story
