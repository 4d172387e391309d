"""Customers who can be one: whoever is cut into pieces by customer keeps them together.

In: pairs (customer, into) of all mergers that are told, voided or not. Out: for each of those customers, one who stands for
all that they can be one with. Next rooms: :mod:`lifecycle.columns.files`, :mod:`lifecycle.columns.kept`,
:mod:`lifecycle.spark`.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["families"]


def families(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each customer who is named, and the least of those with whom mergers connect him, along chains and back.

    Whether a merger holds is another matter, and asked once all their events are together (a void may take it back).
    """
    above: dict[str, str] = {}

    def top(one: str) -> str:
        while above[one] != one:
            above[one] = one = above[above[one]]
        return one

    for pair in pairs:
        for name in pair:
            above.setdefault(name, name)
        low, high = sorted((top(pair[0]), top(pair[1])))
        above[high] = low
    return {name: top(name) for name in above}
