"""Draws in columns: the same numbers as :class:`~lifecycle.chance.Chance` gives, for many customers at once.

In: a seed and customers' numbers. Out: 32-bit draws for a purpose and a step, as uint64 columns. Next room:
:mod:`lifecycle.forward.bulk`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from lifecycle.chance import GOLDEN, MASK, MIX, mixed, purpose_number

__all__ = ["Draws", "Luck"]

#: A column of draws, or of customers' numbers.
Draws = npt.NDArray[np.uint64]
_GOLDEN = np.uint64(GOLDEN)
_MIX = tuple((np.uint64(shift), np.uint64(factor)) for shift, factor in MIX)
_32 = np.uint64(32)


@cache
def _number(purpose: str) -> np.uint64:
    return np.uint64(purpose_number(purpose))


def _mix(column: Draws, spare: Draws) -> None:
    """splitmix64's finaliser, in place."""
    for shift, factor in _MIX:
        np.right_shift(column, shift, out=spare)
        np.bitwise_xor(column, spare, out=column)
        if factor != 1:
            np.multiply(column, factor, out=column)


class Luck:
    """What falls to each of some customers; a draw is a pure function of (seed, customer, purpose, step)."""

    def __init__(self, seed: int, customers: Draws) -> None:
        self._seed = np.uint64(mixed((seed + GOLDEN) & MASK))
        self._spare: Draws = np.empty(0, np.uint64)
        self._found: Draws = np.empty(0, np.uint64)
        self.roots: Draws = self.rooted(customers)
        """From which the draws of each customer start; there may be rows in it that are not yet anybody's."""

    def rooted(self, customers: Draws) -> Draws:
        """The roots of these customers, as a column of its own."""
        roots = customers * _GOLDEN
        roots += self._seed
        _mix(roots, np.empty_like(roots))
        return roots

    def bits(self, roots: Draws, purpose: str, step: int, out: Draws) -> Draws:
        """64 bits for each root, into ``out``."""
        if self._spare.size < out.size:
            self._spare, self._found = np.empty_like(out), np.empty_like(out)
        np.bitwise_xor(roots, _number(purpose), out=out)
        np.add(out, np.uint64((step + 1) * GOLDEN & MASK), out=out)
        _mix(out, self._spare[: out.size])
        return out

    def between(self, start: int, stop: int, purpose: str, step: int = 0) -> Draws:
        """32 bits for each row from ``start`` (closed) to ``stop`` (open); good until the next call."""
        if self._found.size < stop - start:
            self._spare, self._found = np.empty(stop - start, np.uint64), np.empty(stop - start, np.uint64)
        out = self.bits(self.roots[start:stop], purpose, step, self._found[: stop - start])
        return np.right_shift(out, _32, out=out)

    def of(self, roots: Draws, purpose: str, step: int = 0) -> Draws:
        """32 bits for each of these roots, as a column of its own."""
        out = self.bits(roots, purpose, step, np.empty_like(roots))
        return np.right_shift(out, _32, out=out)
