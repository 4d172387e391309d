"""Steps of many customers: everything that their machines took or refused, as a table, with the reasons.

In: a table of events, a book, a day, and who is asked for. Out: one row a step, as :attr:`lifecycle.Life.steps` has it, of the
same kind of frame. Reasons are made one by one, so the lives asked for are folded, in processes where they are many: ask for
those whom a question is about, after :func:`~lifecycle.columns.replaying.replay` has said who that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from lifecycle.book import House, a_house
from lifecycle.columns.codes import Ints
from lifecycle.columns.folding import at_once
from lifecycle.columns.lives import each
from lifecycle.columns.packing import Packed, pack
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError, near
from lifecycle.events import Event
from lifecycle.life import Life

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["steps"]

#: What a step says, in the order of the columns behind the customer.
_OF_STEP = {
    "day": pl.Date, "event": pl.String, "id": pl.String, "region": pl.String, "key": pl.String, "before": pl.String,
    "after": pl.String, "accepted": pl.Boolean, "because": pl.String,
}  # fmt: skip


def steps(
    events: Packed | Iterable[Event] | IntoFrame,
    book: House,
    *,
    on: date,
    customers: Iterable[object] | None = None,
    processes: int | None = None,
) -> Any:
    """Every step of the customers up to the day ``on`` (closed): ``customer``, then the fields of a :class:`~lifecycle.LifeStep`.

    ``day, event, id, region, key, before, after, accepted, because``: one row a step, in order of customers and then as it
    happened; deadlines have their own days, also where one silence goes over two of them. Refusals are the rows that are not
    ``accepted``; several reasons are joined by "; ". ``customers`` are the ids of whom is asked (None: everybody, at the speed
    of the fold); an id that is not there is an error. Give a packed history and polars comes back, else the kind of frame
    that was given.
    """
    a_day(on)
    a_house(book)
    at_once(processes)
    packed = pack(events, zone=book.zone)  # whole: a void says what it voids
    members = _members(packed, customers)
    found = list(each(_told, packed, members, book, on, processes))
    columns = [packed.customers.gather(np.repeat(members, [len(one) for one in found])).alias("customer")]
    rows = [row for one in found for row in one]
    for place, (name, kind) in enumerate(_OF_STEP.items()):
        columns.append(pl.Series(name, [row[place] for row in rows], kind))
    table = pl.DataFrame(columns)
    return table if isinstance(events, Packed) else packed.table.give(table)


def _members(packed: Packed, customers: Iterable[object] | None) -> Ints:
    if customers is None:
        return np.arange(len(packed.customers), dtype=np.int32)
    if isinstance(customers, str) or not isinstance(customers, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise LifecycleError(
            f"customers={customers!r} are no ids", argument="customers", value=customers,
            remedy=f"as in customers=[{customers!r}]",
        )  # fmt: skip
    known: list[str] = packed.customers.cast(pl.String).to_list()
    number = {name: place for place, name in enumerate(known)}
    found: set[int] = set()
    for one in dict.fromkeys(str(one) for one in customers):
        if one not in number:
            raise LifecycleError(
                f"there is no customer {one!r}", argument="customers", value=one, remedy=near(one, known[:10_000])
            )
        found.add(number[one])
    return np.array(sorted(found), np.int32)


def _told(life: Life) -> list[tuple[object, ...]]:
    return [
        (
            step.day, step.event, step.id, step.region, step.key, str(step.before), str(step.after), step.accepted,
            "; ".join(step.because),
        )
        for step in life.steps
    ]  # fmt: skip
