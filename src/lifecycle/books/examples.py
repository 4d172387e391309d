"""Examples that run: a few lines of timeline, a day, and what a book says of them then.

In: a history as text and paths into the customer as of the day (``"vehicles.V1.activity"``). Out: :class:`Example`, whose
:meth:`~Example.differences` are empty while the book does what its page says. Every book carries its own as ``EXAMPLES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from attrs import field, frozen

from lifecycle.book import Book
from lifecycle.customer import Customer
from lifecycle.life import replay
from lifecycle.notation import timeline
from lifecycle.values import frozen_dict

__all__ = ["Example"]


def _part(value: Any, name: str) -> Any:
    return cast("Any", value)[name] if isinstance(value, Mapping) else getattr(value, name)


@frozen
class Example:
    """What a book says of a history on a day (inclusive): a sentence, the history, and values by path."""

    says: str
    """The sentence that the example shows, with the handbook's number."""
    history: str
    on: date
    expected: Mapping[str, object] = field(converter=frozen_dict)
    """Values by path into the customer: ``standing``, ``points``, ``vehicles.V1.activity``, ``vehicles.V1.lost_due``."""

    def customer(self, book: Book) -> Customer:
        """The customer as of the day under the book."""
        return replay(timeline(self.history, customer="C1"), book, on=self.on).customer

    def differences(self, book: Book) -> tuple[str, ...]:
        """Where the book says otherwise; empty when the example holds."""
        customer = self.customer(book)
        found: list[str] = []
        for path, wanted in self.expected.items():
            value: Any = customer
            for name in path.split("."):
                value = _part(value, name)
            if value != wanted:
                found.append(f"{self.says}: {path} is {value!r}, not {wanted!r}")
        return tuple(found)
