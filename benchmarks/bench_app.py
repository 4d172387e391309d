"""A slider of the app is moved: the new figures for 10,000 customers, beside one replay of the same histories.

``ours_us`` is what the issue bounds (300 ms on two cores at rest); the ratio holds under load as well.
"""

from __future__ import annotations

from datetime import date
from itertools import count

import polars as pl
from timing import best, line

from lifecycle import columns, sample
from lifecycle.app.board import Board, turned
from lifecycle.books import WENHUA
from lifecycle.forward.bands import by_month

ON = date(2025, 6, 30)
HOUSES = 5
SIZE = 2_000


def main() -> None:
    house = columns.frame(sample(SIZE).events)
    names = ("customer", "vehicle", "id")
    events = pl.concat(
        [house.with_columns(*(pl.col(name) + f"-{number}" for name in names)) for number in range(HOUSES)]
    )
    board = Board(events, on=ON, base=WENHUA)
    board.figures(WENHUA)
    board.forecast(WENHUA)
    replayed = best(lambda: columns.replay(board.packed, WENHUA, on=ON), rounds=3)
    told = {"customers": len(board.packed.customers), "events": board.packed.events}
    for knob, values in (("lost", count(13)), ("per", count(60, 10)), ("lapse", count(13))):

        def figures(knob: str = knob, values: object = values) -> None:
            book = turned(WENHUA, {knob: next(values)})  # type: ignore[call-overload]
            board.figures(book)
            board.moved(book)

        def ahead(knob: str = knob, values: object = values) -> None:
            book = turned(WENHUA, {knob: next(values)})  # type: ignore[call-overload]
            forecast = board.forecast(book)
            by_month(forecast, "profit", book=1, against=0, running=True)
            _ = forecast.differences

        line(f"app: {knob} moved, the house as of a day", best(figures), replayed, limit=1.0, **told)
        line(f"app: {knob} moved, three years ahead", best(ahead), replayed, limit=1.0, customers=10_000)


if __name__ == "__main__":
    main()
