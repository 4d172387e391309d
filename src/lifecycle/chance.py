"""Chance without a stream: a draw is a hash of (seed, customer, purpose, step).

In: who draws, what for, and the how-manieth time. Out: the same number whenever and wherever it is asked, so that a
customer can be told again alone, and one more draw changes no other (no generator is handed along). The hash is
splitmix64, whose upper 32 bits are compared with a threshold, as a column of numbers can do just as well (LW1, LW2).
Drawn from by :mod:`lifecycle.dealership`, one customer at a time, and by :mod:`lifecycle.forward`, in columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, log
from statistics import NormalDist
from typing import Final, TypeVar

__all__ = ["GOLDEN", "MASK", "MIX", "Chance", "mixed", "purpose_number", "threshold"]

T = TypeVar("T")

#: 64 bits.
MASK: Final = (1 << 64) - 1
#: The step of splitmix64: 2**64 divided by the golden ratio, odd.
GOLDEN: Final = 0x9E3779B97F4A7C15
_FIRST: Final = 0xBF58476D1CE4E5B9
_SECOND: Final = 0x94D049BB133111EB
#: The finaliser of splitmix64, for columns: (shift to the right, then multiply by) twice, and a last shift.
MIX: Final = ((30, _FIRST), (27, _SECOND), (31, 1))
_32: Final = 1.0 / (1 << 32)
_NORMAL = NormalDist()
_purposes: dict[str, int] = {}


def mixed(number: int) -> int:
    """splitmix64's finaliser: 64 bits in, 64 bits out, each of them depending on all that went in."""
    number = (number ^ (number >> 30)) * _FIRST & MASK
    number = (number ^ (number >> 27)) * _SECOND & MASK
    return number ^ (number >> 31)


def threshold(probability: float) -> int:
    """The number of 32-bit draws that fall under a probability: ``draw < threshold`` is :meth:`Chance.happens`, in integers."""
    return min(max(ceil(probability * (1 << 32)), 0), 1 << 32)


def purpose_number(name: str) -> int:
    """A name as a number (FNV-1a), so that no list of purposes has to be kept in order."""
    number = 0xCBF29CE484222325
    for byte in name.encode():
        number = (number ^ byte) * 0x100000001B3 & MASK
    return number


class Chance:
    """What falls to one customer under one seed; every method is a pure function of (purpose, step)."""

    __slots__ = ("_root",)

    def __init__(self, seed: int, customer: int) -> None:
        self._root = mixed((mixed((seed + GOLDEN) & MASK) + customer * GOLDEN) & MASK)

    def apart(self, name: str) -> Chance:
        """The draws of one thing of his (a sale, a complaint), by its name; purposes are few, names are many."""
        found = object.__new__(Chance)
        found._root = mixed(self._root ^ purpose_number(name))
        return found

    def bits(self, purpose: str, step: int = 0) -> int:
        """64 bits."""
        number = _purposes.get(purpose)
        if number is None:
            number = _purposes[purpose] = purpose_number(purpose)
        return mixed(((self._root ^ number) + (step + 1) * GOLDEN) & MASK)

    def share(self, purpose: str, step: int = 0) -> float:
        """A number in the open interval 0 to 1."""
        return ((self.bits(purpose, step) >> 32) + 0.5) * _32

    def happens(self, probability: float, purpose: str, step: int = 0) -> bool:
        """Whether something of this probability comes about."""
        return (self.bits(purpose, step) >> 32) * _32 < probability

    def whole(self, first: int, last: int, purpose: str, step: int = 0) -> int:
        """A whole number from ``first`` to ``last``, both included."""
        return first + ((self.bits(purpose, step) >> 32) * (last - first + 1) >> 32)

    def within(self, bounds: tuple[int, int], purpose: str, step: int = 0) -> int:
        """A whole number within bounds, both included."""
        return self.whole(bounds[0], bounds[1], purpose, step)

    def one_of(self, choices: Sequence[T], purpose: str, step: int = 0) -> T:
        """One of the choices, all alike."""
        return choices[(self.bits(purpose, step) >> 32) * len(choices) >> 32]

    def weighted(self, choices: Sequence[tuple[T, float]], purpose: str, step: int = 0) -> T:
        """One of the choices, each as often as its weight says (the weights need not sum to 1)."""
        left = self.share(purpose, step) * sum(weight for _, weight in choices)
        for choice, weight in choices:
            left -= weight
            if left < 0:
                return choice
        return choices[-1][0]

    def waiting(self, mean: float, purpose: str, step: int = 0) -> float:
        """A waiting time of this mean: a gamma of shape 4, the sum of four exponentials (spread: half the mean)."""
        one, two = self.bits(purpose, 2 * step), self.bits(purpose, 2 * step + 1)
        product = ((one >> 32) + 0.5) * ((one & 0xFFFFFFFF) + 0.5) * _32 * _32
        product *= ((two >> 32) + 0.5) * ((two & 0xFFFFFFFF) + 0.5) * _32 * _32
        return -log(product) * mean / 4

    def around(self, median: float, spread: float, purpose: str, step: int = 0) -> float:
        """An amount with this median whose logarithm is normal with this standard deviation."""
        return median * exp(spread * _NORMAL.inv_cdf(self.share(purpose, step)))
