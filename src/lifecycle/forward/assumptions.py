"""What a simulation assumes: every figure with its range and the handbook's ID it rests on, or the word "assumed".

In: nothing. Out: :class:`Population`, what customers are like whatever the house does, and :class:`Assumptions`, what the
house's acts bring about, and what they cost. Each figure is an :class:`Assumed` (value, low, high, source, meaning); a
field is changed by a bare number, ``Assumptions(offer_wins_back=0.1)``, or by an ``Assumed`` with a range of one's own.
Nothing in a forecast rests on a number written elsewhere. Next room: :mod:`lifecycle.forward.plan`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any, NamedTuple, Self

from attrs import Attribute, evolve, field, fields, frozen

from lifecycle.dealership.assumptions import Assumptions as Sample
from lifecycle.dealership.assumptions import Curve
from lifecycle.errors import LifecycleError

__all__ = ["Assumed", "Assumptions", "Population", "Rhythm", "Standing"]


def _a_number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise LifecycleError(
            f"{name}={value!r} is not a number", argument=name, value=value, remedy="as in 0.05, or an Assumed"
        )
    return value


_BARE = ""  # the source of a bare number, until the field it is given for is known


@frozen
class Assumed:
    """A figure that nobody has measured here: its value, the range it may lie in, and where it was read."""

    value: float
    low: float
    high: float
    source: str = "assumed"
    """A handbook ID, "assumed", or "given" where a user gave the value."""
    meaning: str = field(default="", eq=False, repr=False)
    least: float = field(default=-inf, eq=False, repr=False)
    """No figure of this meaning lies below."""
    most: float = field(default=inf, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        for name in ("value", "low", "high"):
            _a_number(getattr(self, name), name)
        if not self.low <= self.value <= self.high:
            raise LifecycleError(
                f"the value {self.value} lies outside {self.low} to {self.high}", argument="value", value=self.value,
                remedy="low ≤ value ≤ high",
            )  # fmt: skip
        for told in (self.low, self.high):
            if not self.least <= told <= self.most:
                raise LifecycleError(
                    f"{told:g} lies outside {self.least:g} to {self.most:g}", argument="value", value=told,
                    remedy=self.meaning,
                )  # fmt: skip

    def at(self, value: float) -> Assumed:
        """The same figure with another value; its range grows to hold it."""
        return evolve(self, value=value, low=min(self.low, value), high=max(self.high, value))

    def __str__(self) -> str:
        span = "" if self.low == self.high else f" ({self.low:g} to {self.high:g})"
        return f"{self.value:g}{span} [{self.source}]"


def figure(value: float | Assumed) -> Assumed:
    """A figure as a user gives it: a bare number takes the range and the meaning of the field that it is given for."""
    return value if isinstance(value, Assumed) else Assumed(value, value, value, _BARE)


def _figure(
    value: float, low: float, high: float, source: str, meaning: str, *, least: float = 0, most: float = inf
) -> Assumed:
    return Assumed(value, low, high, source, meaning, least, most)


def _share(value: float, low: float, high: float, source: str, meaning: str) -> Assumed:
    return Assumed(value, low, high, source, meaning, 0, 1)


@frozen(repr=False)
class _Figures:
    """A value whose fields are figures."""

    def __attrs_post_init__(self) -> None:
        kind: type[Any] = type(self)
        for one in fields(kind):
            default, given = one.default, getattr(self, one.name)
            if not isinstance(default, Assumed) or given is default:
                continue
            try:
                if given.source == _BARE:
                    given = evolve(default.at(given.value), source="given")
                given = evolve(given, meaning=default.meaning, least=default.least, most=default.most)
            except LifecycleError as error:
                raise error.at(f"{kind.__name__}.{one.name}") from error
            object.__setattr__(self, one.name, given)

    @property
    def figures(self) -> dict[str, Assumed]:
        """The figures by their names, in the order of the fields."""
        return {name: value for name, value in self._fields() if isinstance(value, Assumed)}

    def at(self, name: str, value: float) -> Self:
        """The same with one figure moved (its source stays, its range grows to hold it)."""
        changed: Self = evolve(self, **{name: self.figures[name].at(value)})
        return changed

    def _fields(self) -> Iterator[tuple[str, Any]]:
        kind: type[Any] = type(self)
        return ((one.name, getattr(self, one.name)) for one in fields(kind))

    def __repr__(self) -> str:
        kind: type[Any] = type(self)
        words: list[str] = []
        for one in fields(kind):
            value = getattr(self, one.name)
            if value != one.default and _is_tuple(value) and len(value) > _LONG:
                words.append(f"{one.name}=<{len(value)} rows>")
            elif value != one.default:
                plain = isinstance(value, Assumed) and value == evolve(one.default.at(value.value), source="given")
                words.append(f"{one.name}={value.value if plain else value!r}")
        return f"{kind.__name__}({', '.join(words)})"


_LONG = 24  # rows of a table that its owner's text does not repeat


class Rhythm(NamedTuple):
    """A sort of customer by how often he comes; which sort one is, nobody sees."""

    weight: float
    visits: float = 1.0
    """How many times as often as ``visits_per_year`` he comes."""
    stops: float = 1.0
    """How many times as often as the others he stops coming."""


class Standing(NamedTuple):
    """How one car of a house, or many alike, stands before the first month."""

    weight: float
    age: int
    """Months since delivery."""
    idle: int
    """Months since the last visit, or since the delivery after it."""
    paid: int
    """Months since the last charged visit."""
    rhythm: int = 0
    """The sort of its owner: a place in ``rhythms``."""
    coming: float = 1.0
    """The chance that he still comes."""


def _is_tuple(value: object) -> bool:
    return isinstance(value, tuple)


def _shares(count: int | None) -> Any:
    def check(_: object, attribute: Any, given: Any) -> None:
        values: tuple[Any, ...] = given if _is_tuple(given) else ()
        sound = len(values) > 0 and count in (None, len(values))
        if not sound or any(isinstance(one, bool) or not isinstance(one, (int, float)) or one < 0 for one in values):
            wanted = "numbers" if count is None else f"{count} numbers"
            raise LifecycleError(
                f"{attribute.name}={given!r} is not a tuple of {wanted} from 0", argument=attribute.name, value=given
            )
        if attribute.name != "owners_by_year" and any(one > 1 for one in values):
            raise LifecycleError(
                f"{attribute.name}={values!r} has a share above 1", argument=attribute.name, value=values
            )
        if attribute.name in ("owners_by_year", "breadth") and not sum(values) > 0:
            raise LifecycleError(f"{attribute.name}={values!r} has no weight", argument=attribute.name, value=values)

    return check


def _a_curve(_: object, attribute: Any, curve: Any) -> None:
    months = [point[0] for point in curve]
    shares = [point[1] for point in curve]
    rising = sorted(set(months)) == months and sorted(shares) == shares
    if not curve or months[0] != 0 or shares[0] != 0 or not rising or shares[-1] > 1:
        raise LifecycleError(
            f"{attribute.name} is not a cumulative share by months", argument=attribute.name, value=curve,
            remedy="begin with (0, 0), let both rise, end at a share of 1 at most",
        )  # fmt: skip


def _maybe_shares(_: object, attribute: Any, values: Any) -> None:
    if values is not None:
        _shares(None)(_, attribute, values)


def _rhythms(_: object, attribute: Attribute[Any], given: Any) -> None:
    values: tuple[Any, ...] = given if _is_tuple(given) else ()
    sound = len(values) > 0 and all(_is_tuple(one) and len(one) == 3 for one in values)
    if not sound or any(not number >= 0 for one in values for number in one) or not sum(one[0] for one in values) > 0:
        raise LifecycleError(
            f"{attribute.name}={given!r} are no rhythms", argument=attribute.name, value=given,
            remedy="as in (Rhythm(weight=0.7, visits=0.5), Rhythm(weight=0.3, visits=2))",
        )  # fmt: skip


def _standings(instance: Any, attribute: Attribute[Any], given: Any) -> None:
    if given is None:
        return
    rows: tuple[Any, ...] = given if _is_tuple(given) else ()
    sorts = len(instance.rhythms)
    sound = len(rows) > 0 and all(_is_tuple(one) and len(one) == 6 for one in rows)
    for one in rows if sound else ():
        weight, age, idle, paid, rhythm, coming = one
        whole = all(type(number) is int for number in (age, idle, paid, rhythm))
        sound = sound and whole and weight >= 0 and 0 <= idle <= age and paid >= 0 and 0 <= rhythm < sorts
        sound = sound and 0 <= coming <= 1
    if not sound or not sum(one[0] for one in rows) > 0:
        raise LifecycleError(
            f"{attribute.name} does not say how cars stand", argument=attribute.name, value=given,
            remedy="a tuple of Standing: idle from 0 to age, rhythm a place in rhythms, coming a share",
        )  # fmt: skip


def _a_reading(_: object, attribute: Any, value: Any) -> None:
    if value not in ("cumulative", "yearly"):
        raise LifecycleError(
            f"{attribute.name}={value!r} is unknown", argument=attribute.name, value=value,
            remedy="cumulative (K11 is a share of the age class) or yearly (K11 is lost in a year)",
        )  # fmt: skip


_SAMPLE = Sample()


@frozen(repr=False, kw_only=True)
class Population(_Figures):
    """What customers are like, whatever the house does: how old their cars are, how often they come, when they stop.

    ``loss`` names the reading of K11: ``cumulative`` (the share of an age class that no longer comes, the default) or
    ``yearly`` (the chance to be lost within that ownership year). All shares are of 1, all times in months.
    """

    loss: str = field(default="cumulative", validator=_a_reading)
    """How K11 is read: ``cumulative`` or ``yearly``."""
    loss_curve: Curve = field(default=_SAMPLE.loss_curve, validator=_a_curve)
    """K11 as a cumulative share by months since delivery, as the sample house reads it (``loss="cumulative"``)."""
    loss_by_year: tuple[float, ...] = field(default=(0.04, 0.11, 0.45, 0.70, 0.70, 0.90), validator=_shares(None))
    """K11's mid figures, by ownership year, the last one for all later years (``loss="yearly"``)."""
    loss_times: Assumed = field(
        converter=figure,
        default=_figure(
            1, 0.8, 1.25, "assumed", "how many times as often customers stop coming as told by ownership year", most=20
        ),
    )
    replaced_curve: Curve = field(default=_SAMPLE.replaced_curve, validator=_a_curve)
    """The share of the cars given up by their owner, by months since delivery (assumed)."""
    owners_by_year: tuple[float, ...] = field(
        default=(0.14, 0.14, 0.13, 0.12, 0.11, 0.10, 0.09, 0.07, 0.06, 0.04), validator=_shares(None)
    )
    """Weights of the owners by ownership year, from the first (assumed)."""
    visit_hazard: tuple[float, ...] | None = field(default=None, validator=_maybe_shares)
    """Chance of a visit in a month, by whole months since the last (the last figure for all later ones); None: from
    ``visits_per_year`` and ``regularity``."""
    rhythms: tuple[Rhythm, ...] = field(default=(Rhythm(1.0),), validator=_rhythms)
    """Sorts of customers by how often they come, and stop coming; all alike unless told."""
    standing: tuple[Standing, ...] | None = field(default=None, validator=_standings)
    """How the cars of a real house stand before the first month; None: drawn from the other figures."""
    breadth: tuple[float, ...] = field(default=(0.6, 0.3, 0.1), validator=_shares(3))
    """Weights of the customers with one, two, three and more products or services (K13; the weights are assumed)."""
    stays: tuple[float, ...] = field(default=(0.15, 0.525, 0.90), validator=_shares(3))
    """Chance to stay with one, two, three and more products (K13: 15, 45–60, over 90 %); only their ratios are used."""
    cohort: bool = field(default=False)
    """Whether all owners have just bought (a cohort of new buyers), instead of being the owners of a house as it stands."""
    prospects: Assumed = field(
        converter=figure,
        default=_share(
            0.2, 0.1, 0.3, "assumed", "share of the customers who are prospects, coming in evenly over the time"
        ),
    )
    buys: Assumed = field(converter=figure, default=_share(0.15, 0.1, 0.2, "R8", "chance that a new prospect buys"))
    visits_per_year: Assumed = field(
        converter=figure, default=_figure(2.5, 2.0, 3.0, "V4a", "visits a year of one who comes", least=0.1, most=12)
    )
    regularity: Assumed = field(
        converter=figure,
        default=_figure(
            4, 1, 6, "assumed", "how regularly he comes: the shape of a gamma (1: by pure chance)", least=0.5, most=50
        ),
    )
    charged_in_warranty: Assumed = field(
        converter=figure, default=_share(0.80, 0.7, 0.9, "assumed", "share of the visits with a charge, in warranty")
    )
    charged_later: Assumed = field(
        converter=figure,
        default=_share(0.92, 0.85, 0.97, "assumed", "share of the visits with a charge, after it (V1a)"),
    )
    warranty_months: Assumed = field(
        converter=figure, default=_figure(24, 24, 36, "assumed", "months of the maker's warranty")
    )
    bill: Assumed = field(converter=figure, default=_figure(620, 500, 750, "assumed", "median yuan of a charged visit"))
    bill_spread: Assumed = field(
        converter=figure,
        default=_figure(0.6, 0.4, 0.8, "assumed", "standard deviation of the logarithm of a bill", most=3),
    )
    satisfied: Assumed = field(
        converter=figure, default=_share(0.93, 0.88, 0.96, "assumed", "share of the visits that leave him satisfied")
    )
    dissatisfied_leaves: Assumed = field(
        converter=figure,
        default=_figure(2, 1, 4, "assumed", "how many times as often a dissatisfied customer stops coming (R2)"),
    )
    reviews: Assumed = field(
        converter=figure,
        default=_share(0.05, 0.02, 0.1, "assumed", "share of the visits that are reviewed on WeChat (W14)"),
    )
    opening_points: Assumed = field(
        converter=figure,
        default=_figure(
            60,
            30,
            90,
            "assumed",
            "points at the start are a whole number from 0 to this one, where idle less than a year",
        ),
    )

    @classmethod
    def yearly(cls) -> Population:
        """K11 read as a yearly hazard, not as a cumulative share."""
        return cls(loss="yearly")


@frozen(repr=False, kw_only=True)
class Assumptions(_Figures):
    """What the house's acts bring about, and what they cost. No source has measured one of them; each has a range.

    ``referral_generations``: after so many generations nobody brings anybody (None: no cap, refused where one customer
    brings one or more; K10).
    """

    referral_generations: int | None = field(default=None)
    """The cap on word of mouth: those who came by so many referrals in a row bring nobody."""

    # -- outreach
    outreach_every: Assumed = field(
        converter=figure,
        default=_figure(2, 1, 3, "W2", "months between two calls to one who is at risk", least=1, most=60),
    )
    call_brings: Assumed = field(
        converter=figure,
        default=_share(
            0.25, 0.10, 0.40, "assumed", "chance that one at risk, who still comes, comes next month when called"
        ),
    )
    call_wins_back: Assumed = field(
        converter=figure,
        default=_share(
            0.03, 0.01, 0.08, "assumed", "chance that one at risk, who no longer comes, comes again when called"
        ),
    )
    offer_brings: Assumed = field(
        converter=figure,
        default=_share(
            0.30,
            0.10,
            0.50,
            "assumed",
            "chance that one lost by the rule, who still comes, comes next month on an offer",
        ),
    )
    offer_wins_back: Assumed = field(
        converter=figure,
        default=_share(
            0.05,
            0.02,
            0.12,
            "assumed",
            "chance that one lost by the rule, who no longer comes, comes again on an offer",
        ),
    )
    offer_discount: Assumed = field(
        converter=figure,
        default=_share(0.10, 0.05, 0.20, "W18", "discount on the bill that follows an offer (assumed)"),
    )

    # -- points
    reminder_brings: Assumed = field(
        converter=figure,
        default=_share(
            0.15, 0.05, 0.30, "assumed", "chance that one who still comes follows a reminder of his points (W5)"
        ),
    )
    reminder_wins_back: Assumed = field(
        converter=figure,
        default=_share(0.02, 0.0, 0.05, "assumed", "chance that one who no longer comes follows it and comes again"),
    )
    redeems: Assumed = field(
        converter=figure,
        default=_share(0.08, 0.04, 0.20, "assumed", "chance that points are redeemed at a charged visit"),
    )
    redeems_from: Assumed = field(
        converter=figure, default=_figure(20, 10, 50, "assumed", "points from which on he thinks of it")
    )
    point_value: Assumed = field(
        converter=figure,
        default=_figure(1, 0.5, 1, "assumed", "yuan that a redeemed point is good for, where the book says nothing"),
    )

    # -- word of mouth, repurchase, breadth
    referred: Assumed = field(
        converter=figure,
        default=_figure(
            0.6,
            0.3,
            0.9,
            "R3",
            "new customers one customer brings in all his time (in a steady house their share of all)",
        ),
    )
    prospects_per_sale: Assumed = field(
        converter=figure,
        default=_figure(
            8, 5, 10, "K10", "prospects that he talks to for each who buys: at least one of eight deals closes", least=1
        ),
    )
    bonus_lift: Assumed = field(
        converter=figure,
        default=_share(
            0.10, 0.0, 0.30, "assumed", "by which share 500 points more for a referral raise referrals (W4)"
        ),
    )
    buys_again: Assumed = field(
        converter=figure, default=_share(0.5, 0.3, 0.6, "R8", "chance that one who still comes replaces his car here")
    )
    buys_back: Assumed = field(
        converter=figure,
        default=_share(0.15, 0.05, 0.2, "R8", "the same for one who no longer comes: as a new prospect"),
    )
    adds_product: Assumed = field(
        converter=figure,
        default=_share(0.01, 0.0, 0.03, "assumed", "chance that a visit ends in a further product or service"),
    )
    breadth_causes: Assumed = field(
        converter=figure,
        default=_share(
            0.3, 0.0, 1.0, "assumed", "which share of K13's ratios is effect; the rest is who takes more products"
        ),
    )

    # -- money
    call_cost: Assumed = field(converter=figure, default=_figure(8, 3, 15, "assumed", "yuan of a call"))
    offer_cost: Assumed = field(
        converter=figure,
        default=_figure(15, 8, 30, "assumed", "yuan of asking a lost customer why, and making an offer (W17)"),
    )
    message_cost: Assumed = field(converter=figure, default=_figure(0.1, 0.05, 0.2, "assumed", "yuan of a message"))
    service_margin: Assumed = field(
        converter=figure, default=_share(0.45, 0.35, 0.55, "assumed", "margin on the workshop's bills")
    )
    sales_margin: Assumed = field(
        converter=figure, default=_figure(6000, 3000, 9000, "assumed", "margin on a car sold, in yuan")
    )

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        cap = self.referral_generations
        if cap is not None and (type(cap) is not int or cap < 0):
            raise LifecycleError(
                f"referral_generations={cap!r} is not a number of generations", argument="referral_generations",
                value=cap, remedy="a whole number from 0, or None",
            )  # fmt: skip

    @classmethod
    def k10(cls, **others: Any) -> Assumptions:
        """K10 taken literally: each satisfied customer leads to 8 deals, of which R8's 15 % close; it explodes.

        One customer then brings 1.2 new ones, so it needs ``referral_generations``.
        """
        told: dict[str, Any] = {"referred": Assumed(1.2, 1.0, 1.2, "K10, R8"), **others}
        return cls(**told)
