"""Experiments: who gets which book or treatment, how many are needed, and what the difference was.

In: the ids of customers, arms with weights, a seed. Out: :class:`Experiment`, whose assignment is a pure function of seed,
experiment, customer and arm (a counter hash, no stream): sticky, whoever else is there and in whatever order. Before:
:func:`customers_needed`, :func:`power_of`. After: :func:`difference`, with intervals (Wilson, Newcombe), by statsmodels (the
extra ``fit``). What people would do under assumptions is :mod:`lifecycle.forward`'s; this is for doing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, isfinite, log
from typing import Any

from attrs import field, frozen

from lifecycle.book import Book
from lifecycle.chance import Chance, purpose_number, threshold
from lifecycle.errors import LifecycleError, near, optional, shown
from lifecycle.values import FrozenDict, frozen_dict

__all__ = ["HOLD_OUT", "Difference", "Experiment", "Share", "customers_needed", "difference", "power_of"]

#: The arm of those who are left alone, so that there is something to compare with.
HOLD_OUT = "hold_out"


def _arms(given: Any) -> Mapping[str, int]:
    """Arms with their weights; names alone weigh the same."""
    whole: object = given
    told: Any = given
    if not isinstance(given, Mapping):
        told = dict.fromkeys([given] if isinstance(given, str) else given, 1)
    arms: dict[str, int] = {}
    for name, weight in told.items():
        if not isinstance(name, str) or not name.strip() or name == HOLD_OUT:
            raise LifecycleError(
                f"{shown(name)} is no name for an arm", argument="arms", value=name,
                remedy=f"{HOLD_OUT} is kept for those left alone: hold_out=10" if name == HOLD_OUT else 'as in {"call": 1}',
            )  # fmt: skip
        if type(weight) is not int or weight < 1:
            raise LifecycleError(
                f"the weight {shown(weight)} of {name} is not a whole number from 1", argument="arms", value=weight
            )
        arms[name] = weight
    if not arms:
        raise LifecycleError(
            "an experiment has at least one arm", argument="arms", value=whole, remedy='as in ["call", "letter"]'
        )
    return FrozenDict(arms)


@frozen
class Experiment:
    """Who gets what: ``Experiment("autumn calls", ["call", "letter"], seed=7, hold_out=10)``.

    ``arms``: names, or names with whole weights. ``hold_out``: so many per cent are left alone. ``books``: the book of an
    arm, where arms are books. A customer keeps his arm when others come or go, when arms are written in another order, and
    when an arm is added (he moves to the new one, or stays); a larger hold-out holds all that a smaller one did. Experiments
    of other names, or seeds, are drawn independently.
    """

    name: str
    arms: Mapping[str, int] = field(converter=_arms, hash=False)
    seed: int = field(kw_only=True)
    hold_out: int = field(default=0, kw_only=True)
    """Per cent, from 0 to 99."""
    books: Mapping[str, Book] = field(factory=dict[str, Book], converter=frozen_dict, kw_only=True, hash=False)

    def __attrs_post_init__(self) -> None:
        name: Any = self.name
        if not isinstance(name, str) or not name.strip():
            raise LifecycleError(f"name={shown(name)} is no name", argument="name", value=name)
        if type(self.seed) is not int or self.seed < 0:
            raise LifecycleError(f"seed={self.seed!r} is not a whole number from 0", argument="seed", value=self.seed)
        if type(self.hold_out) is not int or not 0 <= self.hold_out <= 99:
            raise LifecycleError(
                f"hold_out={self.hold_out!r} is not a whole number of per cent from 0 to 99", argument="hold_out",
                value=self.hold_out, remedy="as in hold_out=10",
            )  # fmt: skip
        for arm in self.books:
            if arm not in (*self.arms, HOLD_OUT):
                raise LifecycleError(
                    f"there is no arm {arm!r}", argument="books", value=arm, remedy=near(arm, self.arms)
                )

    def arm(self, customer: str | int) -> str:
        """The arm of a customer, :data:`HOLD_OUT` for those left alone.

        By rendezvous: each arm draws for him, by its weight, and the best draw wins; so another arm's draw changes nothing.
        """
        given: Any = customer
        if isinstance(given, bool) or not isinstance(given, (str, int)):
            raise LifecycleError(f"{shown(given)} is no id of a customer", argument="customer", value=given)
        his = Chance(self.seed, purpose_number(str(customer))).apart(f"experiment {self.name}")
        if self.hold_out and his.bits(HOLD_OUT) >> 32 < threshold(self.hold_out / 100):
            return HOLD_OUT
        return max(self.arms, key=lambda arm: (log(his.share(f"arm {arm}")) / self.arms[arm], arm))

    def assigned(self, customers: Iterable[str | int]) -> dict[str | int, str]:
        """The arm of each customer."""
        return {customer: self.arm(customer) for customer in customers}

    def book(self, customer: str | int) -> Book:
        """The book of a customer's arm."""
        arm = self.arm(customer)
        if arm not in self.books:
            raise LifecycleError(
                f"the arm {arm} has no book", argument="books", value=arm, remedy=f'books={{"{arm}": WENHUA, …}}'
            )
        return self.books[arm]

    def read(
        self, kept: Mapping[str, bool] | Mapping[int, bool], *, against: str = HOLD_OUT, level: float = 0.95
    ) -> dict[str, Difference]:
        """What each arm changed against another (the hold-out), from whether each customer was kept.

        ``kept``: True for a customer who came again (or whatever the experiment is about), False for one who did not; all
        who were assigned belong in it, reached or not, or the arms are no longer alike.
        """
        counts = {arm: [0, 0] for arm in (*self.arms, *((HOLD_OUT,) if self.hold_out else ()))}
        if against not in counts:
            raise LifecycleError(
                f"there is no arm {against!r}", argument="against", value=against, remedy=near(against, counts)
            )
        told: Mapping[Any, Any] = kept
        for customer, came in told.items():
            if type(came) is not bool:
                raise LifecycleError(
                    f"{shown(came)} of {customer!r} is neither kept nor not",
                    argument="kept",
                    value=came,
                    remedy="True or False",
                )
            one = counts[self.arm(customer)]
            one[0] += came
            one[1] += 1
        (base, of), others = counts[against], [arm for arm in counts if arm != against]
        return {arm: difference(base, of, *counts[arm], level=level) for arm in others}


# -- before ---------------------------------------------------------------------------------------------------------------


def customers_needed(
    base: float, lift: float, *, power: float = 0.8, level: float = 0.95, ratio: float = 1.0
) -> tuple[int, int]:
    """How many customers to take into the compared arm and into the other, to find a difference in retention.

    ``base``: the share kept without (0.60); ``lift``: what is to be found (0.05, or −0.05). ``power``: how often it is
    found where it is there; 1 − ``level`` how often something is found where nothing is (two-sided). ``ratio``: how many
    go into the other arm for each in the compared one. Cohen's h, normal approximation.
    """
    _between(0, 1, power=power, level=level)
    if not isfinite(ratio) or ratio <= 0:
        raise LifecycleError(f"ratio={ratio} is not above 0", argument="ratio", value=ratio)
    effect = _effect(base, lift)
    if power <= 1 - level:
        raise LifecycleError(
            f"power={power} is found by chance alone", argument="power", value=power, remedy="as in power=0.8"
        )
    first = _power().solve_power(effect_size=effect, alpha=1 - level, power=power, ratio=ratio, alternative="two-sided")
    return ceil(float(first)), ceil(float(first) * ratio)


def power_of(base: float, lift: float, compared: int, other: int, *, level: float = 0.95) -> float:
    """How often a difference of ``lift`` is found with so many customers in the compared arm and in the other."""
    _between(0, 1, level=level)
    for name, number in (("compared", compared), ("other", other)):
        if type(number) is not int or number < 1:
            raise LifecycleError(f"{name}={number!r} is not a number of customers from 1", argument=name, value=number)
    return float(
        _power().power(_effect(base, lift), compared, 1 - level, ratio=other / compared, alternative="two-sided")
    )


def _effect(base: float, lift: float) -> float:
    _between(0, 1, base=base)
    if not isfinite(lift) or lift == 0 or not 0 < base + lift < 1:
        raise LifecycleError(
            f"base={base} and lift={lift} give {base + lift}, no share between 0 and 1 that differs", argument="lift", value=lift,
            remedy="as in base=0.60, lift=0.05",
        )  # fmt: skip
    return abs(float(_statsmodels("stats.proportion").proportion_effectsize(base + lift, base)))


def _between(low: float, high: float, **given: float) -> None:
    for name, value in given.items():
        if not low < value < high:
            raise LifecycleError(f"{name}={value} does not lie between {low} and {high}", argument=name, value=value)


def _power() -> Any:
    return _statsmodels("stats.power").NormalIndPower()


def _statsmodels(room: str) -> Any:
    return optional(f"statsmodels.{room}", "lifecycle.experiments", "fit")


# -- after ----------------------------------------------------------------------------------------------------------------


@frozen
class Share:
    """How many of how many were kept, with the interval of the share (Wilson)."""

    kept: int
    of: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.kept:,} of {self.of:,}, {100 * self.value:.1f} % [{100 * self.low:.1f}, {100 * self.high:.1f}]"


@frozen
class Difference:
    """What an arm changed in the share kept, with its interval (Newcombe's, from Wilson's of both shares)."""

    base: Share
    other: Share
    value: float
    """The share of the arm less that of the compared one."""
    low: float
    high: float
    level: float

    @property
    def holds_zero(self) -> bool:
        """Whether the interval contains zero: then chance alone could have made the difference."""
        return self.low <= 0 <= self.high

    def __str__(self) -> str:
        def told(share: float) -> str:
            return f"{100 * share:+.1f}".replace("-", "−")

        warning = "; the interval contains zero, chance alone could have made it" if self.holds_zero else ""
        return (
            f"{told(self.value)} points of per cent [{told(self.low)}, {told(self.high)}] at {100 * self.level:g} %: "
            f"{self.other} against {self.base}{warning}"
        )

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import kept_html

        return kept_html(self)


def difference(base_kept: int, base_of: int, kept: int, of: int, *, level: float = 0.95) -> Difference:
    """The difference between two shares kept: ``kept`` of ``of`` in the arm, against ``base_kept`` of ``base_of``."""
    _between(0, 1, level=level)
    for name, some, whole in (("base_kept", base_kept, base_of), ("kept", kept, of)):
        if type(some) is not int or type(whole) is not int or not 0 <= some <= whole or not whole:
            raise LifecycleError(
                f"{name}={some!r} of {whole!r} is no share of customers", argument=name, value=some,
                remedy="nobody in an arm: take more customers, or another seed" if whole == 0 else "0 ≤ kept ≤ of",
            )  # fmt: skip
    proportion = _statsmodels("stats.proportion")
    low, high = proportion.confint_proportions_2indep(
        kept, of, base_kept, base_of, method="newcomb", compare="diff", alpha=1 - level
    )
    shares: list[Share] = []
    for some, whole in ((base_kept, base_of), (kept, of)):
        ends = proportion.proportion_confint(some, whole, alpha=1 - level, method="wilson")
        shares.append(Share(some, whole, some / whole, *_around(some / whole, ends[0], ends[1], least=0)))
    value = shares[1].value - shares[0].value
    return Difference(shares[0], shares[1], value, *_around(value, low, high, least=-1), level)


def _around(value: float, low: Any, high: Any, *, least: int) -> tuple[float, float]:
    """The ends of an interval, which the last digit may have put beyond what can be, or beside its own value."""
    return max(min(float(low), value), float(least)), min(max(float(high), value), 1.0)
