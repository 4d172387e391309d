"""Who they are: the latent facts of each customer, drawn before anything happens and known to nobody in the house.

In: a seed, the days between which records are kept, and the :class:`~lifecycle.dealership.assumptions.Assumptions`.
Out: a :class:`Truth` for each number: which cars, when he stops coming for good and why, who referred him. The loss is
drawn here, by ownership year (K11), and never read off the gaps between his visits. Next room:
:mod:`lifecycle.dealership.lives`, which tells what the records show of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from itertools import pairwise
from typing import Final

from attrs import evolve, field, frozen

from lifecycle.chance import Chance
from lifecycle.dates import add_months, months_between
from lifecycle.dealership.assumptions import Assumptions, Curve
from lifecycle.errors import LifecycleError

__all__ = ["House", "Ownership", "Truth", "customer_id", "vin"]

_MONTH_DAYS: Final = 365.25 / 12
_YEAR_DAYS: Final = 365.25
_MOST: Final = 999_999  # numbers have six digits, in ids and in VINs

_VIN_VALUES: Final = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    **dict(zip("PRSTUVWXYZ", (7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)),
}
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_YEARS: Final = "ABCDEFGHJKLMNPRSTVWXY123456789"
_PLANTS: Final = "ABCDEFGH"


def customer_id(number: int) -> str:
    """The id of the customer of this number, from 1."""
    return f"C{number:06d}"


def _check_digit(text: str) -> str:
    """ISO 3779's check digit of 17 characters (the ninth is left out of account)."""
    rest = sum(_VIN_VALUES[sign] * weight for sign, weight in zip(text, _VIN_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def vin(model: str, year: int, plant: str, serial: int, *, slip: bool = False) -> str:
    """A VIN of 17 characters with its check digit, or (``slip``) with a wrong one, as a tired clerk types it."""
    bare = f"LGB{model}2E0{_VIN_YEARS[(year - 1980) % 30]}{plant}{serial:06d}"
    right = _check_digit(bare)
    if slip:
        right = str((_VIN_VALUES[right] + 1) % 10 if right != "X" else 0)
    return bare[:8] + right + bare[9:]


@frozen
class Ownership:
    """One customer's time with one car. The days after the sample's end are unknown, and None."""

    vehicle: str
    model: str
    price: int
    """In yuan; for a car that was bought elsewhere, what it cost there."""
    delivered_on: date
    """Day of delivery to its first owner."""
    since: date
    """Since when this customer has the car, or (bought elsewhere) comes with it."""
    sold_here: bool
    enquired_on: date | None = None
    """The first enquiry for it, where the records show it."""
    stops_on: date | None = None
    """The day from which he no longer comes with this car."""
    reason: str | None = None
    """Why he stops."""
    won_back_on: date | None = None
    stops_again_on: date | None = None
    ends_on: date | None = None
    """The day on which he gives the car up; one who is lost gives it up unseen."""
    end: str | None = None
    """How: traded_in, transferred, moved_away, or elsewhere where the house does not see it."""
    given_to: str | None = None
    """The customer who has it now."""

    def held(self, on: date) -> bool:
        """Whether the car is his on that day."""
        return self.since <= on and (self.ends_on is None or on < self.ends_on)

    def lost(self, on: date) -> bool:
        """Whether he has stopped coming with it by that day, and has not been won back."""
        if self.stops_on is None or on < self.stops_on:
            return False
        if self.won_back_on is None or on < self.won_back_on:
            return True
        return self.stops_again_on is not None and self.stops_again_on <= on

    def year(self, on: date) -> int:
        """The ownership year of that day, from 1, by the car's delivery."""
        return months_between(self.delivered_on, on) // 12 + 1

    @property
    def lost_in_year(self) -> int | None:
        """The ownership year in which he was lost; None where he still comes, or has come back and stays."""
        last = self.stops_again_on if self.won_back_on is not None else self.stops_on
        return None if last is None else self.year(last)

    def comes(self) -> tuple[tuple[date, date | None], ...]:
        """The spells in which he comes to the workshop: from a day, up to a day (not included) or for as long as known."""
        first_end = _earlier(self.stops_on, self.ends_on)
        spells: list[tuple[date, date | None]] = [(self.since, first_end)]
        if self.won_back_on is not None:
            spells.append((self.won_back_on, _earlier(self.stops_again_on, self.ends_on)))
        return tuple(spells)


def _earlier(one: date | None, other: date | None) -> date | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


@frozen
class Truth:
    """The latent facts of one customer."""

    number: int
    customer: str
    type: str
    """buyer, workshop_only, used_car, prospect."""
    met_on: date
    """The day of the first contact that could be recorded."""
    ownerships: tuple[Ownership, ...] = ()
    referrer: str | None = None
    """The customer who sent him."""
    referred_on: date | None = None
    refers: tuple[int, ...] = ()
    """The numbers of those whom he sent."""
    moves_on: date | None = None
    records: str = "plain"
    """How much of it is on record: full, plain, bills."""
    gives_to: int | None = None
    """The number of a later customer to whom he gives points, and of an earlier one who gives him some."""
    gets_from: int | None = None

    def lost(self, on: date) -> bool:
        """Whether he no longer comes with any of the cars that he has, and has one."""
        held = [one for one in self.ownerships if one.held(on)]
        return bool(held) and all(one.lost(on) for one in held)


@frozen
class House:
    """The synthetic house: its seed, the days of its records (both included), its assumptions."""

    seed: int
    start: date
    end: date
    assumptions: Assumptions
    _blocks: dict[int, tuple[Truth, ...]] = field(
        factory=dict[int, tuple[Truth, ...]], init=False, repr=False, eq=False, hash=False
    )

    def chance(self, number: int) -> Chance:
        """The draws of the customer of this number; 0 is the desk."""
        return Chance(self.seed, number)

    def truth(self, number: int) -> Truth:
        """The latent facts of the customer of this number, from 1, whoever else is asked for."""
        if isinstance(number, bool) or not 1 <= number <= _MOST:
            raise LifecycleError(
                f"there is no customer number {number}", argument="customer", value=number, remedy=f"1 to {_MOST}"
            )
        size = self.assumptions.neighbours
        block, place = divmod(number - 1, size)
        found = self._blocks.get(block)
        if found is None:
            if len(self._blocks) >= 64:  # enough for those who ask in order and those who ask around
                self._blocks.clear()
            found = self._blocks[block] = self._neighbours(block * size + 1, size)
        return found[place]

    # -- one by one ---------------------------------------------------------------------------------------------------

    @property
    def _first_day(self) -> int:
        return add_months(self.start, -self.assumptions.months_before).toordinal()

    def _alone(self, number: int, type_: str | None = None) -> Truth:
        """The customer as he would be without neighbours."""
        truth = self._by_type(number, type_)
        records = self.chance(number).weighted(self.assumptions.records, "records")
        return evolve(truth, records="plain" if records == "bills" and truth.type == "prospect" else records)

    def _by_type(self, number: int, type_: str | None) -> Truth:
        chance, assumed = self.chance(number), self.assumptions
        type_ = type_ or chance.weighted(assumed.customer_types, "type")
        start, end = self.start.toordinal(), self.end.toordinal()
        moves = None
        if chance.happens(assumed.moves_away, "moves away"):
            moves = date.fromordinal(chance.whole(start, end, "moves away day"))
        if type_ == "prospect":
            met = date.fromordinal(chance.whole(start, end, "met"))
            return Truth(number, customer_id(number), type_, met)
        if type_ == "used_car":  # whose car it was is found among the neighbours
            return Truth(number, customer_id(number), type_, self.start, moves_on=moves)
        if type_ == "workshop_only":
            since = chance.whole((self._first_day + start) // 2, end, "met")
            delivered = since - round(chance.waiting(assumed.age_at_first_sight * _YEAR_DAYS, "age at first sight"))
            return self._owner(number, type_, delivered, since, moves)
        delivered = chance.whole(self._first_day, end, "met")
        return self._owner(number, type_, delivered, delivered, moves)

    def _owner(self, number: int, type_: str, delivered: int, since: int, moves: date | None) -> Truth:
        cars: list[Ownership] = []
        chance = self.chance(number)
        if moves is not None and moves.toordinal() <= since:
            moves = None
        waiting = [(delivered, since)]  # deliveries that his story has led to so far
        while waiting and len(cars) < len(_PLANTS):
            delivered, since = waiting.pop(0)
            car = self._car(chance, number, len(cars), delivered, since, moves, here=type_ == "buyer" or bool(cars))
            if len(cars) == 0 and chance.happens(self.assumptions.second_car, "second car"):
                day = since + chance.within(self.assumptions.second_car_days, "second car day")
                if self._buys_again(car, day, moves):
                    waiting.append((day, day))
            cars.append(car)
            if car.end == "traded_in" and car.ends_on is not None:
                waiting.append((car.ends_on.toordinal(), car.ends_on.toordinal()))
        met = min([cars[0].since, *(one.enquired_on for one in cars if one.enquired_on)])
        return Truth(number, customer_id(number), type_, met, tuple(cars), moves_on=moves)

    def _buys_again(self, car: Ownership, day: int, moves: date | None) -> bool:
        """Whether a second car on that day fits his story: in the records, and he still comes with the first."""
        if not self.start.toordinal() + 60 <= day <= self.end.toordinal():
            return False
        on = date.fromordinal(day)
        return car.held(on) and not car.lost(on) and (moves is None or on < moves)

    def _car(
        self,
        chance: Chance,
        number: int,
        place: int,
        delivered: int,
        since: int,
        moves: date | None,
        *,
        here: bool,
        vehicle: str | None = None,
    ) -> Ownership:
        """One car of his: what it is, when he stops coming with it, when he gives it up. ``place`` is its number, from 0."""
        assumed, end = self.assumptions, self.end.toordinal()
        model, letters, price = chance.one_of(assumed.models, "model", place)
        day = date.fromordinal(delivered)
        if vehicle is None:
            slip = chance.happens(assumed.vin_slips, "vin slip", place)
            vehicle = vin(letters, day.year, _PLANTS[place], number, slip=slip)
        stops = self._stops(chance, place, delivered, since)
        gives_up, how = self._gives_up(chance, place, delivered, since)
        if moves is not None and moves.toordinal() > since and (gives_up is None or moves.toordinal() <= gives_up):
            gives_up, how = moves.toordinal(), "moved_away"
        back = again = None
        reason = None
        if stops is not None and (gives_up is None or stops < gives_up):
            reason = chance.weighted(assumed.loss_reasons, "loss reason", place)
            back = stops + round(chance.waiting(assumed.won_back_days, "won back day", place))
            if (
                not chance.happens(assumed.won_back, "won back", place)
                or reason in ("never_maintains", "other_city")
                or not max(self.start.toordinal(), since) < back <= end
                or (gives_up is not None and gives_up <= back)
            ):
                back = None
            elif chance.happens(assumed.lost_again, "lost again", place):
                again = back + round(chance.waiting(assumed.lost_again_days, "lost again day", place)) + 1
                if again > end or (gives_up is not None and gives_up <= again):
                    again = None
            if how in ("traded_in", "transferred") and (back is None or again is not None):
                how = "elsewhere"  # one who is lost does not tell the house
        else:
            stops = None
        asked = None
        if here and delivered >= self.start.toordinal():
            lead = 1 + round(chance.waiting(assumed.lead_days, "lead", place))
            asked = date.fromordinal(max(delivered - lead, self.start.toordinal()))
        return Ownership(
            vehicle,
            model,
            price - 100 * chance.whole(0, int(price * assumed.discount) // 100, "discount", place),
            day,
            date.fromordinal(since),
            here,
            asked,
            _day(stops),
            reason,
            _day(back),
            _day(again),
            _day(gives_up),
            how,
        )

    def _stops(self, chance: Chance, place: int, delivered: int, since: int) -> int | None:
        """The day of the loss, by the months since delivery (K11); a car first seen later is one not lost before."""
        curve = self.assumptions.loss_curve
        share = chance.share("loss", place)
        if since > delivered:
            before = _share_at(curve, (since - delivered) / _MONTH_DAYS)
            share = before + share * (1 - before)
        months = _months_at(curve, share)
        if months is None:
            return None
        stops = max(delivered + round(months * _MONTH_DAYS), since + 1)
        return stops if stops <= self.end.toordinal() else None

    def _gives_up(self, chance: Chance, place: int, delivered: int, since: int) -> tuple[int | None, str | None]:
        """The day on which the car is given up, and how; drawn without regard to the loss, so that neither bends the other."""
        assumed = self.assumptions
        months = _months_at(assumed.replaced_curve, chance.share("gives up", place))
        day = None if months is None else delivered + round(months * _MONTH_DAYS)
        if day is None or day <= since + 30 or day > self.end.toordinal():
            return None, None
        if day < self.start.toordinal():
            return day, "elsewhere"
        return day, "traded_in" if chance.happens(assumed.replaced_here, "replaced here", place) else "transferred"

    # -- and among their neighbours -----------------------------------------------------------------------------------

    def _neighbours(self, first: int, size: int) -> tuple[Truth, ...]:
        """The customers of one neighbourhood, who refer and sell cars to each other and to nobody else.

        Small closed neighbourhoods are what lets a customer be told alone: a referral needs both sides, and neither
        may depend on how many customers are asked for.
        """
        people = [self._alone(number) for number in range(first, min(first + size, _MOST + 1))]
        self._pass_on_cars(people)
        self._refer(people)
        self._give_points(people)
        return tuple(people)

    def _pass_on_cars(self, people: list[Truth]) -> None:
        """A car that is transferred goes to the next neighbour who wants a used one; the others come with a car from elsewhere."""
        given = [
            (car.ends_on, place, index)
            for place, one in enumerate(people)
            if one.records != "bills"
            for index, car in enumerate(one.ownerships)
            if car.end == "transferred" and car.ends_on is not None
        ]
        given.sort(reverse=True)
        for place, one in enumerate(people):
            if one.type != "used_car":
                continue
            chance = self.chance(one.number)
            if not given:
                people[place] = self._alone(one.number, "workshop_only")
                continue
            day, giver_place, index = given.pop()
            giver = people[giver_place]
            car = giver.ownerships[index]
            cars = list(giver.ownerships)
            cars[index] = evolve(car, given_to=one.customer)
            people[giver_place] = evolve(giver, ownerships=tuple(cars))
            since = min(
                day.toordinal() + chance.within(self.assumptions.first_sight_days, "first sight"), self.end.toordinal()
            )
            moves = one.moves_on if one.moves_on is not None and one.moves_on.toordinal() > since else None
            mine = self._car(
                chance, one.number, 0, car.delivered_on.toordinal(), since, moves, here=False, vehicle=car.vehicle
            )
            mine = evolve(mine, model=car.model, price=car.price)
            if mine.end in ("traded_in", "transferred"):  # his story ends with this car
                mine = evolve(mine, end="elsewhere")
            people[place] = evolve(one, met_on=mine.since, ownerships=(mine,), moves_on=moves)

    def _refer(self, people: list[Truth]) -> None:
        """Sends a share of the new buyers to one of those who know the house (R3), or who are about to."""
        for place, one in enumerate(people):
            chance = self.chance(one.number)
            asked = one.ownerships[0].enquired_on if one.type == "buyer" else None
            if asked is None or not chance.happens(self.assumptions.referred, "referred"):
                continue
            others = [
                other
                for other in people
                if other.number != one.number and other.type != "prospect" and other.records != "bills"
            ]
            known = [
                other
                for other in others
                if other.met_on <= asked
                and not other.lost(asked)
                and (other.moves_on is None or other.moves_on > asked)
            ]
            later = [
                other
                for other in others
                if asked < other.met_on and other.type == "buyer" and (other.met_on - asked).days <= 365
            ]
            early = chance.happens(self.assumptions.referrer_without_car, "early referral")
            choice = (later if early else known) or known or later
            if not choice:
                continue
            referrer = chance.one_of(choice, "referrer")
            day = max(
                asked.toordinal() - chance.within(self.assumptions.referral_lead_days, "referral lead"),
                self.start.toordinal(),
            )
            if referrer.met_on <= asked:
                day = max(day, min(referrer.met_on.toordinal(), asked.toordinal()))
            people[place] = evolve(one, referrer=referrer.customer, referred_on=date.fromordinal(day))
            at = referrer.number - people[0].number
            people[at] = evolve(people[at], refers=(*people[at].refers, one.number))

    def _give_points(self, people: list[Truth]) -> None:
        """A few members give points to the next member among their neighbours."""
        members = [place for place, one in enumerate(people) if one.type == "buyer" and one.records != "bills"]
        for place, other in pairwise(members):
            if self.chance(people[place].number).happens(self.assumptions.points_given, "gives points"):
                people[place] = evolve(people[place], gives_to=people[other].number)
                people[other] = evolve(people[other], gets_from=people[place].number)


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def _months_at(curve: Curve, share: float) -> float | None:
    """When the cumulative share reaches ``share``; None where it never does."""
    if share > curve[-1][1]:
        return None
    place = bisect_left(curve, share, key=lambda point: point[1])
    if place == 0:
        return curve[0][0]
    (months, low), (later, high) = curve[place - 1], curve[place]
    return months + (later - months) * (share - low) / (high - low)


def _share_at(curve: Curve, months: float) -> float:
    """The cumulative share at so many months."""
    place = bisect_right(curve, months, key=lambda point: point[0])
    if place == len(curve):
        return curve[-1][1]
    (earlier, low), (later, high) = curve[place - 1], curve[place]
    return low + (high - low) * (months - earlier) / (later - earlier)
