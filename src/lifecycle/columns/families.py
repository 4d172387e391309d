"""Customers who can be one: whoever is cut into pieces by customer keeps them together.

In: pairs (customer, into) of all mergers that are told, voided or not. Out: for each of those customers, one who stands for
all that they can be one with. Next rooms: :mod:`lifecycle.columns.files`, :mod:`lifecycle.columns.kept`,
:mod:`lifecycle.spark`.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from lifecycle.errors import LifecycleError

__all__ = ["families", "together"]


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


def together(found: pl.DataFrame, others: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Answers of both, in order of the keys; ids that are whole numbers here and texts there raise LifecycleError."""
    if found.schema["customer"] != others.schema["customer"] and others.height:
        raise LifecycleError(
            "whole numbers are customers here, and a text is one whom another was merged into", argument="customer",
            value=None, remedy="give the ids as texts",
        )  # fmt: skip
    return pl.concat([found, others]).sort(keys) if others.height else found
