"""Reading against its peers in one run: the real purchase log and a made file, against what the csv module alone needs.

The peer does nothing but split the lines into cells: no cell is checked, no event is made. A file that is wrong in
every row stands beside one that is right, since the one must not be dearer by much.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from timing import best, line

from lifecycle import sample
from lifecycle.readers import cdnow_log, read_cdnow, read_csv


def main() -> None:
    """Print one line a comparison."""
    log = cdnow_log().read_text()
    split = best(lambda: [row.split() for row in log.splitlines()], rounds=3)
    line("read_cdnow / splitting the same lines", best(read_cdnow, rounds=3), split, limit=20.0, rows=69_659)

    with TemporaryDirectory() as folder:
        rows = 50_000
        texts = {
            "right": "customer,event,at,charge\n" + "C1,vehicle_handed_over,2024-01-01,5\n" * rows,
            "wrong in every row": "customer,event,at,charge\n" + "vehicle_handed_over,C1,2024-01-01,5\n" * rows,
        }
        seconds: dict[str, float] = {}
        for name, text in texts.items():
            path = Path(folder) / f"{name}.csv"
            path.write_text(text)
            seconds[name] = best(lambda path=path: read_csv(path), rounds=3)
        peer = best(lambda: list(csv.reader(io.StringIO(texts["right"]))), rounds=3)
        line("read_csv / csv.reader alone", seconds["right"], peer, limit=60.0, rows=rows)
        line(
            "a file wrong in every row / a right one",
            seconds["wrong in every row"],
            seconds["right"],
            limit=2.0,
            rows=rows,
        )

    customers = 2_000
    made = best(lambda: sum(1 for _ in sample(customers)), rounds=3)
    line("sample(2000) / reading the purchase log", made, best(read_cdnow, rounds=3), limit=10.0, customers=customers)


if __name__ == "__main__":
    main()
