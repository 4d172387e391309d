"""The houses' books do what their pages say, and say where each choice was read."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from attrs import fields

from lifecycle import Book
from lifecycle.books.examples import Example

CARRYING = ("regulation", "chizhou")
EXAMPLES = [
    pytest.param(getattr(import_module(f"lifecycle.books.{name}"), name.upper()), example, id=f"{name}-{number}")
    for name in CARRYING
    for number, example in enumerate(import_module(f"lifecycle.books.{name}").EXAMPLES)
]


@pytest.mark.parametrize(("book", "example"), EXAMPLES)
def test_a_book_does_what_its_example_says(book: Book, example: Example) -> None:
    assert example.differences(book) == ()


def test_an_example_that_does_not_hold_tells_the_difference() -> None:
    book, example = EXAMPLES[0].values
    assert isinstance(book, Book)
    assert isinstance(example, Example)
    wrong = Example(example.says, example.history, example.on, {"standing": "lost"})
    assert wrong.differences(book) == (f"{example.says}: standing is 'first_time', not 'lost'",)


@pytest.mark.parametrize("name", CARRYING)
def test_every_choice_of_a_book_says_where_it_was_read(name: str) -> None:
    book = getattr(import_module(f"lifecycle.books.{name}"), name.upper())
    assert set(book.sources) >= {"churn.at_risk", "churn.lost", "readings.charged"}
    known = {one.name for one in fields(Book)}
    for path, source in book.sources.items():
        assert path.partition(".")[0] in known
        assert re.search(r"\b[KWVSR]\d", source)
