"""Churn over columns: 10 M visits of 1 M customers against hand-written numpy, and against a group-by of polars.

Ratios in one run. The plain pass is what one would write by hand for one rule and sorted arrays: find where customers
begin, ``maximum.reduceat``, one comparison with a cut-off day. It knows no ids, no kinds of event and no memory.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from attrs import evolve
from timing import best, line

from lifecycle import InactiveFor, Vehicle, all_visits, columns
from lifecycle.churn import Churn
from lifecycle.columns.courses import activities
from lifecycle.columns.door import KIND_NAMES
from lifecycle.columns.fact_columns import Vehicles
from lifecycle.columns.packing import Packed
from lifecycle.columns.rules import holds
from lifecycle.columns.state import ChurnState
from lifecycle.dates import latest_anchor

VISITS, CUSTOMERS = 10_000_000, 1_000_000
ON = date(2025, 6, 30)
LOST = InactiveFor(months=6).counting(all_visits)
GRADED = Churn(at_risk=LOST, lost=InactiveFor(months=12).counting(all_visits))
#: Of a thousand events: jobs handed over, inspections at the customer's, transfers.
KINDS = {"vehicle_handed_over": 970, "inspected_at_customer": 25, "vehicle_transferred": 5}


def plain(customer: npt.NDArray[np.int32], day: npt.NDArray[np.int32]) -> Callable[[], object]:
    """The pass written by hand."""
    cut = latest_anchor(ON, 6).toordinal()

    def run() -> npt.NDArray[np.bool_]:
        starts = np.flatnonzero(np.concatenate(([True], customer[1:] != customer[:-1])))
        return np.maximum.reduceat(day, starts) <= cut

    return run


def against_grouping(name: str, visits: pl.DataFrame, *, limit: float) -> None:
    """Who is lost, from frame to frame, and what it costs to find the last visit of each customer at all."""
    grouped = best(lambda: visits.group_by("customer").agg(pl.col("at").max()), rounds=3)
    line(name, best(lambda: columns.lost(visits, LOST, on=ON), rounds=3), grouped, limit=limit)


def fresh(packed: Packed) -> Packed:
    """The same arrays, with nothing worked out yet."""
    return evolve(packed)


def main() -> None:
    """Print one line a comparison."""
    random = np.random.default_rng(7)
    customer = random.integers(0, CUSTOMERS, VISITS, dtype=np.int32)
    customer[:CUSTOMERS] = np.arange(CUSTOMERS)
    start = (ON - date(1970, 1, 1)).days - 10 * 365
    at = pl.Series("at", random.integers(start, start + 10 * 365, VISITS, dtype=np.int32)).cast(pl.Date)
    unsorted = pl.DataFrame({"customer": customer, "at": at})
    packed = columns.pack(unsorted.sort("customer", "at"))
    by_hand = plain(packed.customer, packed.day)

    def mask() -> object:
        return holds(LOST, Vehicles(fresh(packed).as_of(ON), LOST.visit_kinds), ON)

    assert bool(np.all(np.equal(mask(), by_hand()))), "both find the same customers"
    one_pass = best(by_hand)
    line("lost, visits pre-sorted / maximum.reduceat by hand", best(mask), one_pass, limit=1.5)
    against_grouping("lost, frame to frame, unsorted / polars group-by of the last day", unsorted, limit=1.0)
    name = pl.format("C{}", pl.col("customer").cast(pl.String).str.zfill(7)).alias("customer")
    against_grouping("the same with ids that are texts", unsorted.with_columns(name), limit=1.5)

    shares = np.array(list(KINDS.values())) / 1000
    codes = np.array([KIND_NAMES.index(name) for name in KINDS], np.uint8)
    mixed = evolve(packed, kind=random.choice(codes, VISITS, p=shares))
    seconds = best(lambda: activities(fresh(mixed).as_of(ON), GRADED, ON))
    line("graded status with returned and quasi-lost / the pass by hand", seconds, one_pass, limit=6.0)
    seconds = best(lambda: activities(fresh(packed).as_of(ON), GRADED, ON))
    line("the same where every event is a visit that counts", seconds, one_pass, limit=6.0)

    whole = best(lambda: ChurnState.of(unsorted, GRADED, on=ON), rounds=2)
    state = ChurnState.of(packed, GRADED, on=ON)
    some = np.sort(random.choice(CUSTOMERS + 100, 10_000, replace=False))
    tomorrow = ON + timedelta(1)
    visits = pl.DataFrame({"customer": pl.Series(some, dtype=pl.Int32), "at": [tomorrow] * some.size})
    seconds = best(lambda: state.then(visits, on=tomorrow))
    line("a day's 10,000 visits into a state of 1 M customers / all from scratch", seconds, whole, limit=0.1)

    car = Vehicle("V1", last_visit=date(2024, 11, 30), last_charged_visit=date(2024, 11, 30))
    one = best(lambda: LOST.decide(car, on=ON), number=2_000)
    line("one customer with reasons / 30 µs", one, 30e-6, limit=1.0)
    one = best(lambda: GRADED.decide(car, on=ON), number=2_000)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line("the graded policy with reasons / 30 µs", one, 30e-6, limit=2.0, peak_mb=memory // 1024)


if __name__ == "__main__":
    main()
