"""Two books compared over 10 M events of 1 M customers, beside one replay of the same frame in the same run.

The frame is shuffled, with redemptions (after which some are folded one by one), complaints, surveys and transfers in it;
bills tell their labour, off which the book gives discounts. Timed from the frame to the printed table and the ids of all who
differ: where the books differ by their churn rule, where points differ as well, where benefits do.
``python bench_compare.py [customers]``
"""

from __future__ import annotations

import resource
import sys
from datetime import date

import numpy as np
import polars as pl
from timing import best, line

from lifecycle import Earn, columns, compare
from lifecycle.book import Book
from lifecycle.books import WENHUA
from lifecycle.columns.door import KIND_NAMES
from lifecycle.columns.packing import CODES
from lifecycle.kinds import FACTS, KINDS

EACH = 10
LIMIT = 1.6
ON = date(2024, 6, 30)
#: Kinds, and how many in a thousand; the first event of each customer is a delivery.
MIX = {
    "vehicle_handed_over": 520, "workshop_entered": 300, "surveyed": 90, "review_posted": 20, "complaint_raised": 6,
    "complaint_closed": 5, "inspected_at_customer": 10, "vehicle_transferred": 3, "referral_converted": 6, "enquired": 20,
    "points_redeemed": 5, "spending_reviewed": 15,
}  # fmt: skip
CHURN = WENHUA.amend("nine months", **{"churn.lost.months": 9})
POINTS = WENHUA.amend("nine months, two points", **{"churn.lost.months": 9, "points.earn": Earn(2, per=50)})
BENEFITS = WENHUA.amend("a tenth off", **{"benefits.discounts.0.percent": 10})


def entries(customers: int) -> pl.DataFrame:
    """A shuffled frame, the same in every run."""
    draw = np.random.default_rng(7)
    size = customers * EACH
    codes = np.array([CODES[kind] for kind in MIX], np.uint8)
    kind = codes[draw.choice(len(MIX), size, p=np.array(list(MIX.values())) / sum(MIX.values())).astype(np.uint8)]
    kind[::EACH] = CODES["vehicle_delivered"]
    customer = np.repeat(np.arange(customers, dtype=np.int32), EACH)
    day = np.sort(draw.integers(0, 2400, (customers, EACH), dtype=np.int32), axis=1).reshape(-1)
    about = np.array([KINDS[name].about_vehicle for name in KIND_NAMES])[kind]

    def told(values: np.ndarray, *names: str) -> pl.Series:
        where = np.isin(kind, [CODES[name] for name in names])
        return pl.Series(values).set(pl.Series(~where), None)

    fen = np.maximum(draw.integers(-80_000, 320_000, size), 0)
    trends = np.array(FACTS["trend"].choices)
    own = customer.astype(str)
    table = pl.DataFrame(
        {
            "customer": customer,
            "event": pl.Series(KIND_NAMES, dtype=pl.Enum(KIND_NAMES)).gather(kind),
            "at": pl.Series(day + 17_500).cast(pl.Date),
            "id": np.arange(size, dtype=np.int32),
            "vehicle": pl.Series(own).set(pl.Series(~about), None),
            "charge": (told(fen, "vehicle_handed_over").cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2)),
            "labour": (told(fen // 250 * 100, "vehicle_handed_over").cast(pl.Decimal(18, 2)) / 100).cast(
                pl.Decimal(18, 2)
            ),
            "satisfied": told(draw.integers(0, 5, size) > 0, "surveyed", "review_posted", "complaint_closed"),
            "complaint": told(own, "complaint_raised", "complaint_closed"),
            "referral": told(own, "referral_converted"),
            "visit": told(own, "review_posted"),
            "points": told(np.full(size, 3), "points_redeemed"),
            "trend": told(trends[draw.integers(0, trends.size, size)], "spending_reviewed"),
        }
    )
    return table[draw.permutation(size)]


def main() -> None:
    """Print one line a pair of books."""
    events = entries(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    replay = best(lambda: columns.replay(events, WENHUA, on=ON), rounds=2)
    once = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

    def both(changed: Book) -> object:
        found = compare(WENHUA, changed, events, on=ON)
        return str(found), found.changed

    for name, changed in (
        ("another churn rule", CHURN),
        ("other points as well", POINTS),
        ("other benefits", BENEFITS),
    ):
        ours = best(lambda changed=changed: both(changed), rounds=2)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        line(
            f"compare, {name} / one columns.replay", ours, replay, limit=LIMIT, events=events.height,
            replay_gb=round(once, 2), peak_gb=round(peak, 2),
        )  # fmt: skip


if __name__ == "__main__":
    main()
