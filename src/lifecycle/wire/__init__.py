"""Books as data: TOML and JSON, both ways, with a schema; every policy of a book has its place in it.

In: a :class:`~lifecycle.book.Book`, or the text of a file. Out: the text, or the book; what is wrong is told with its path,
value, neighbours and, in TOML, the line. ``book_from_toml(book_to_toml(book)) == book``. Rules are texts, as one types them;
they are parsed, never evaluated. Rooms: :mod:`~lifecycle.wire.forms` (values by their type), :mod:`~lifecycle.wire.terms`
(terms of points), :mod:`~lifecycle.wire.toml`, :mod:`~lifecycle.wire.whole`.
"""

from __future__ import annotations

from lifecycle.wire.whole import (
    amended,
    book_from_data,
    book_from_json,
    book_from_toml,
    book_schema,
    book_to_data,
    book_to_json,
    book_to_toml,
    house_from_data,
    house_from_json,
    house_from_toml,
    house_to_data,
    house_to_json,
    house_to_toml,
    read_book,
    read_house,
)

__all__ = [
    "amended", "book_from_data", "book_from_json", "book_from_toml", "book_schema", "book_to_data", "book_to_json",
    "book_to_toml", "house_from_data", "house_from_json", "house_from_toml", "house_to_data", "house_to_json", "house_to_toml",
    "read_book", "read_house",
]  # fmt: skip
