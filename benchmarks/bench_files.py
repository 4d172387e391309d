"""Replay of a Parquet file within a budget of memory: what the process ever held, against what was allowed.

10 million events of a million customers, in random order and sorted, each run in a process of its own. The libraries and one
row group come to about 300 MB, which the docstring says; the ratio is the peak against the budget and that.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

EVENTS, CUSTOMERS = 10_000_000, 1_000_000
BESIDE = 300_000_000
ON = date(2025, 6, 30)


def make(path: Path, *, ascending: bool) -> None:
    """The file."""
    rng = np.random.default_rng(1)
    customer = rng.integers(0, CUSTOMERS, EVENTS)
    if ascending:
        customer.sort()
    table = pl.DataFrame({"customer": customer, "day": rng.integers(18_993, 20_088, EVENTS, dtype=np.int32)})
    pl.DataFrame(
        {
            "customer": table["customer"].cast(pl.String).str.zfill(9),
            "at": table["day"].cast(pl.Date),
            "id": pl.int_range(EVENTS, eager=True).cast(pl.String),
            "charge": pl.Series(rng.integers(0, 900, EVENTS)).cast(pl.Decimal(18, 2)),
        }
    ).write_parquet(path, row_group_size=500_000)


def run(path: str, budget: int) -> None:
    """One replay; its seconds and the most memory that it held."""
    from lifecycle import columns
    from lifecycle.books import WENHUA

    start = time.perf_counter()
    rows = columns.replay_parquet(path, WENHUA, on=ON, budget=budget, out=path + ".out", progress=False)
    seconds = time.perf_counter() - start
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"rows": rows, "seconds": round(seconds, 1), "peak": int(peak.split()[1]) * 1024}))


def main() -> None:
    """Print one line a file and budget."""
    with tempfile.TemporaryDirectory() as folder:
        for ascending in (True, False):
            path = Path(folder) / "events.parquet"
            make_it = [sys.executable, __file__, "make", str(path), str(int(ascending))]
            subprocess.run(make_it, check=True)  # its memory is not this process's
            for budget in (250_000_000, 1_000_000_000):
                words = [sys.executable, __file__, "run", str(path), str(budget)]
                told = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
                name = f"replay_parquet {'sorted' if ascending else 'shuffled'}, {budget // 10**6} MB"
                ratio = round(told["peak"] / (budget + BESIDE), 3)
                print(json.dumps({"name": name, "ratio": ratio, "limit": 1.0, **told}), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(Path(sys.argv[2]), ascending=sys.argv[3] == "1")
    elif sys.argv[1:2] == ["run"]:
        run(sys.argv[2], int(sys.argv[3]))
    else:
        main()
