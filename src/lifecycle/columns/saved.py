"""Files of what is kept between days: one Parquet file each, which says in its metadata what it is.

In: a frame, and what was asked (the book and its edition, the policy as text, the day). Out: a file, written beside its
place and then moved there, so that a reader never finds half of it; and back, refused where it answers another question.
Next rooms: :mod:`lifecycle.columns.state`, :mod:`lifecycle.columns.kept`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import date, tzinfo
from pathlib import Path
from tempfile import mkstemp

import polars as pl
from attrs import fields

from lifecycle.book import Book, House
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError

__all__ = ["SCHEMA", "not_before", "policy_text", "read_told", "told", "write", "zone_text"]

#: The version of the files: another one is made anew from all events.
SCHEMA = 1
_KEY = "dealer-lifecycle"
_AGAIN = "make the state anew from all events"
#: What of a book moves nothing that a file holds.
_NOT_HELD = frozenset({"benefits", "name"})
_WORDS = {"book": "book", "edition": "edition", "policy": "policy", "zone": "zone"}


def not_before(kept: date, on: date) -> date:
    """The day that is asked for, which may not lie before that of what is kept."""
    a_day(on)
    if on < kept:
        raise LifecycleError(
            f"on={on} lies before the day of the state, {kept}", argument="on", value=on,
            remedy="make the state of that day from all events",
        )  # fmt: skip
    return on


def zone_text(zone: tzinfo) -> str:
    """A zone by its name."""
    return str(getattr(zone, "key", zone))


def policy_text(house: House, on: date) -> str:
    """All that a book, or its editions up to a day, say of what a file holds, as one text: equal text, equal answers."""
    names = [one.name for one in fields(Book) if one.eq and one.name not in (*_WORDS, *_NOT_HELD)]
    parts: list[str] = []
    for since, book in house.editions(on):
        begins = "" if since == date.min else f"from {since}: "
        parts.append(begins + "; ".join(f"{name}={getattr(book, name)!r}" for name in names))
    return "; ".join(parts)


def told(what: str, on: date, zone: tzinfo, policy: str, *, book: str = "", edition: str = "") -> dict[str, str]:
    """What a file says of itself."""
    return {
        "what": what, "schema": str(SCHEMA), "book": book, "edition": edition, "policy": policy,
        "zone": zone_text(zone), "on": on.isoformat(),
    }  # fmt: skip


def write(table: pl.LazyFrame, path: str | os.PathLike[str], meta: Mapping[str, str]) -> None:
    """The table as a Parquet file at ``path``, whole or not at all."""
    place = Path(path)
    handle, beside = mkstemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent)
    os.close(handle)
    try:
        table.sink_parquet(beside, metadata={_KEY: json.dumps(dict(meta), ensure_ascii=False)})
        os.replace(beside, place)  # noqa: PTH105 - one step on every system
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def read_told(
    path: str | os.PathLike[str], what: str, wanted: Callable[[date], Mapping[str, str]]
) -> tuple[date, dict[str, str]]:
    """The day of the file at ``path``, and what it says of itself; refused where it is no such file, or says otherwise than
    is ``wanted`` of that day. A name that is left empty there may be any.
    """
    found: dict[str, str] = {}
    try:
        found = json.loads(pl.read_parquet_metadata(Path(path))[_KEY])
    except FileNotFoundError:
        raise LifecycleError(
            f"there is no file {path}", argument="path", value=str(path), remedy=f"{what}.save(path) writes one"
        ) from None
    except (KeyError, ValueError, OSError, pl.exceptions.PolarsError):
        pass  # said below
    if found.get("what") != what:
        is_a = f"is a {found['what']}" if found.get("what") else "is none"
        raise LifecycleError(
            f"{path} {is_a}: no saved {what}", argument="path", value=str(path), remedy=f"{what}.save(path) writes one"
        )
    if found.get("schema") != str(SCHEMA):
        raise _otherwise(path, "schema", found.get("schema"), str(SCHEMA))
    on = date.fromisoformat(found["on"])
    meant = wanted(on)
    for name in _WORDS:
        if found.get(name) != meant[name] and meant[name]:
            raise _otherwise(path, name, found.get(name), meant[name])
    return on, found


def _otherwise(path: object, name: str, found: object, meant: str) -> LifecycleError:
    return LifecycleError(
        f"{path} was saved under {_said(name, found)}, not {_said(name, meant)}", argument=name, value=found, remedy=_AGAIN,
        place=str(path),
    )  # fmt: skip


def _said(name: str, value: object) -> str:
    return f"version {value} of the schema" if name == "schema" else f"{name} {value}"
