"""Survival: how long customers stay, from spells of which some are still going on and some began unseen.

In: :class:`Spell` values: age when observation began, age when it ended, whether by a loss. Out: the Kaplan–Meier curve
(:class:`Survival`) with the at-risk set right: a spell is at risk at age t only where entry < t ≤ exit, so one who came
under observation late (a history that begins in the middle) does not count as having survived what nobody watched, and
one still here counts up to today and no further. Next: :mod:`lifecycle.retention`, which makes spells of lives.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from math import exp, log, sqrt

from attrs import field, frozen

from lifecycle.errors import LifecycleError

__all__ = ["Spell", "Survival", "kaplan_meier", "wilson"]

_Z = 1.959963984540054  # the middle 95 % of the normal curve


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share, ``part`` of ``whole`` (1 or more), by Wilson: right of few cases, too, and of all or none."""
    share, square = part / whole, _Z**2 / whole
    middle = (share + square / 2) / (1 + square)
    reach = _Z * sqrt(share * (1 - share) / whole + square / 4 / whole) / (1 + square)
    return min(max(middle - reach, 0.0), share), max(min(middle + reach, 1.0), share)


@frozen
class Spell:
    """One stay: from the age at which it came under observation to the age at which it ended, or was last known.

    Ages are whole numbers of one unit, days as a rule, from the same origin (the delivery).
    """

    entry: int
    """Observed from here (open); 0 where the whole life is known."""
    exit: int
    """Observed to here (closed)."""
    lost: bool
    """Whether it ended by a loss; else it went on, or ended for another reason (censored)."""

    def __attrs_post_init__(self) -> None:
        if self.entry < 0 or self.exit < self.entry:
            raise LifecycleError(
                f"a spell from {self.entry} to {self.exit} is none",
                argument="exit",
                value=self.exit,
                remedy="0 ≤ entry ≤ exit",
            )


@frozen(repr=False)
class Survival:
    """The Kaplan–Meier curve: at each age with a loss, how many were at risk, how many were lost, and the share that stays."""

    ages: tuple[int, ...]
    at_risk: tuple[int, ...]
    lost: tuple[int, ...]
    share: tuple[float, ...]
    """The share that stays beyond each age."""
    low: tuple[float, ...]
    high: tuple[float, ...]
    """The middle 95 % (log(−log) of the share, so within 0 and 1; Greenwood's variance)."""
    spells: int = 0
    watched_from: int = field(default=0)
    """The least age at which anybody was observed; before it nothing is known, and the curve starts there."""

    def at(self, age: int) -> float:
        """The share that stays beyond an age."""
        place = bisect_right(self.ages, age)
        return 1.0 if not place else self.share[place - 1]

    def interval(self, age: int) -> tuple[float, float]:
        """The middle 95 % of the share that stays beyond an age."""
        place = bisect_right(self.ages, age)
        return (1.0, 1.0) if not place else (self.low[place - 1], self.high[place - 1])

    def still_watched(self, age: int) -> int:
        """How many were at risk at the last loss up to an age; 0 where there was none."""
        place = bisect_right(self.ages, age)
        return 0 if not place else self.at_risk[place - 1]

    @property
    def median(self) -> int | None:
        """The age beyond which half or fewer stay; None where it is not reached."""
        return next((age for age, share in zip(self.ages, self.share, strict=True) if share <= 0.5), None)

    def __repr__(self) -> str:
        lines = [f"<Survival of {self.spells} spells, {sum(self.lost)} losses, median {self.median}"]
        lines += [
            f"{age:>6}: {share:.3f} [{low:.3f}, {high:.3f}], {risk} at risk"
            for age, share, low, high, risk in list(
                zip(self.ages, self.share, self.low, self.high, self.at_risk, strict=True)
            )[:12]
        ]
        more = [f"… {len(self.ages) - 12} more"] if len(self.ages) > 12 else []
        return "\n".join([*lines, *more]) + ">"


def kaplan_meier(spells: Iterable[Spell]) -> Survival:
    """The Kaplan–Meier curve of these spells, with late entry and censoring.

    A loss at an age comes before a leaving of observation at the same age; who enters at an age is at risk only after it.
    """
    told = list(spells)
    losses: Counter[int] = Counter(one.exit for one in told if one.lost and one.exit > one.entry)
    entries = sorted(one.entry for one in told if one.exit > one.entry)
    exits = sorted(one.exit for one in told if one.exit > one.entry)
    ages: list[int] = []
    at_risk: list[int] = []
    shares: list[float] = []
    low: list[float] = []
    high: list[float] = []
    share, variance = 1.0, 0.0
    entered = left = 0
    for age in sorted(losses):
        while entered < len(entries) and entries[entered] < age:
            entered += 1
        while left < len(exits) and exits[left] < age:
            left += 1
        risk, lost = entered - left, losses[age]
        share *= 1 - lost / risk
        variance += lost / (risk * (risk - lost)) if risk > lost else 0.0
        ages.append(age)
        at_risk.append(risk)
        shares.append(share)
        if 0 < share < 1:
            reach = _Z * sqrt(variance) / abs(log(share))
            low.append(share ** exp(reach))
            high.append(share ** exp(-reach))
        else:
            low.append(share)
            high.append(share)
    return Survival(
        tuple(ages), tuple(at_risk), tuple(losses[age] for age in ages), tuple(shares), tuple(low), tuple(high),
        len(told), entries[0] if entries else 0,
    )  # fmt: skip
