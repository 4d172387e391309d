"""Points in columns: 1 M members × 20 entries from a frame to balances, beside what polars needs to sort the same frame.

The frame is shuffled: jobs, visits, reviews, referrals, gifts, redemptions (some rolled back), refunds. Under the shipped
book, and under one whose points lapse by their age (every lot counts then). Time and memory of a policy are measured in a
process of its own, which reads the frame from a file. ``python bench_points_columns.py [members]``
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from timing import best, line

from lifecycle.books import WENHUA
from lifecycle.columns.balances import explain, points
from lifecycle.columns.door import KIND_NAMES
from lifecycle.columns.packing import CODES
from lifecycle.points import Lapse

ENTRIES = 20
LIMIT = 3.0
LIMIT_GB = 2.5
ON = date(2025, 6, 30)
POLICIES = {
    "wenhua": WENHUA.points,
    "aged": WENHUA.amend("aged", **{"points.lapse": Lapse.aged(months=24)}).points,
}
#: Kinds and how many in a hundred.
MIX = {
    "vehicle_handed_over": 50, "workshop_entered": 12, "review_posted": 8, "referral_converted": 3, "points_granted": 3,
    "points_redeemed": 17, "points_redemption_rolled_back": 2, "refunded": 5,
}  # fmt: skip


def entries(members: int) -> pl.DataFrame:
    """A shuffled frame, the same in every run."""
    draw = np.random.default_rng(7)
    size = members * ENTRIES
    kinds = np.array([CODES[kind] for kind in MIX], np.uint8)
    kind = kinds[draw.choice(len(MIX), size, p=np.array(list(MIX.values())) / 100).astype(np.uint8)]
    customer = np.repeat(np.arange(members, dtype=np.int32), ENTRIES)
    day = np.sort(draw.integers(0, 2400, (members, ENTRIES), dtype=np.int32), axis=1).reshape(-1)
    number = np.arange(size, dtype=np.int32)

    def last_before(one: str) -> np.ndarray:
        """The id of the member's last such event before each; −1: none."""
        mine = np.where(kind == CODES[one], number, -1).reshape(members, ENTRIES)
        so_far = np.maximum.accumulate(mine, axis=1)
        before = np.full_like(so_far, -1)
        before[:, 1:] = so_far[:, :-1]
        return before.reshape(-1)

    job, spent = last_before("vehicle_handed_over"), last_before("points_redeemed")
    refund, back = kind == CODES["refunded"], kind == CODES["points_redemption_rolled_back"]
    of = np.where(refund, job, np.where(back, spent, -1))
    moved = (kind == CODES["points_redeemed"]) | (kind == CODES["points_granted"])

    def told(values: np.ndarray, where: np.ndarray) -> pl.Series:
        return pl.Series(values).set(pl.Series(~where), None)

    def yuan(fen: np.ndarray, where: np.ndarray) -> pl.Series:
        return (told(fen, where).cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2))

    fen = draw.integers(1, 400_000, size)
    table = pl.DataFrame(
        {
            "customer": customer,
            "event": pl.Series(KIND_NAMES, dtype=pl.Enum(KIND_NAMES)).gather(kind),
            "at": pl.Series(day + 17_500).cast(pl.Date),
            "id": number,
            "charge": yuan(fen, kind == CODES["vehicle_handed_over"]),
            "amount": yuan(fen // 3, refund),
            "points": told(draw.integers(1, 40, size, dtype=np.int32), moved),
            "of": told(of, refund | back),
            "visit": told(number, kind == CODES["review_posted"]),
            "satisfied": told(np.ones(size, np.bool_), kind == CODES["review_posted"]),
            "referral": told(number, kind == CODES["referral_converted"]),
        }
    )
    order = draw.permutation(size)
    return table[order].filter((pl.col("of") != -1).fill_null(value=True))


def measure(file: str, name: str) -> None:
    """Seconds and gigabytes of one policy, or of the sort, in this process; or the entries themselves."""
    if name.isdigit():
        entries(int(name)).write_parquet(file)
        print("null")
        return
    table = pl.read_parquet(file)
    read = peak_gb()
    if name != "sort":
        assert explain(POLICIES[name]).columns

    def run() -> object:
        return table.sort("customer", "at") if name == "sort" else points(table, POLICIES[name], on=ON)

    start = time.process_time()
    first = best(run, rounds=1)
    once = peak_gb()
    seconds = min(first, best(run, rounds=1))
    work = (time.process_time() - start) / 2
    told = {
        "seconds": seconds,
        "cpu_s": work,
        "read_gb": read,
        "peak_gb": once,
        "twice_gb": peak_gb(),
        "entries": table.height,
    }
    print(json.dumps(told))


def peak_gb() -> float:
    """The most memory that this process has held, in gigabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # kilobytes


def main() -> None:
    if len(sys.argv) > 2:
        measure(sys.argv[1], sys.argv[2])
        return
    members = sys.argv[1] if len(sys.argv) > 1 else "1000000"

    def apart(*arguments: str) -> Any:
        # a small parent: what it once held would count as its children's peak
        done = subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "entries.parquet"))
        apart(file, members)
        sort = apart(file, "sort")
        for name in POLICIES:
            ours = apart(file, name)
            line(
                f"points_columns_{name}", ours["seconds"], sort["seconds"], limit=LIMIT, against="polars: sort by customer, at",
                entries=ours["entries"], us_an_entry=round(ours["seconds"] / ours["entries"] * 1e6, 3),
                cpu_s=round(ours["cpu_s"], 2), peer_cpu_s=round(sort["cpu_s"], 2), peak_gb=round(ours["peak_gb"], 2),
                twice_gb=round(ours["twice_gb"], 2),
                limit_gb=LIMIT_GB, read_gb=round(ours["read_gb"], 2), peer_peak_gb=round(sort["peak_gb"], 2),
            )  # fmt: skip


if __name__ == "__main__":
    main()
