"""The laws of every policy of a book, one answer each: what the command ``lifecycle check`` asks.

In: a book. Out: for each policy the first law that it breaks, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory

from hypothesis.configuration import set_hypothesis_home_dir

from lifecycle.book import Book
from lifecycle.testing.benefit_laws import check_benefits
from lifecycle.testing.churn_laws import check_churn_rule
from lifecycle.testing.points_laws import check_points_policy

__all__ = ["check_book"]


def check_book(book: Book, *, max_examples: int = 30) -> Iterator[tuple[str, str | None]]:
    """``("churn", None)`` where the laws hold, ``("points", "… breaks LP4 …")`` where one does not; policy by policy."""
    laws: tuple[tuple[str, Callable[[], None]], ...] = (
        ("churn", lambda: check_churn_rule(book.churn, max_examples=max_examples)),
        ("points", lambda: check_points_policy(book.points, book.tiers, max_examples=max_examples)),
        ("benefits", lambda: check_benefits(book.benefits, max_examples=max_examples)),
    )
    with TemporaryDirectory() as folder:  # what hypothesis notes down is not left where one happens to stand
        set_hypothesis_home_dir(folder)
        try:
            for name, law in laws:
                broken: str | None = None
                try:
                    law()
                except AssertionError as error:
                    broken = str(error)
                yield name, broken
        finally:
            set_hypothesis_home_dir(None)
