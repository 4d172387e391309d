"""Replay over columns: 10 M events of 1 M customers, every region with its deadlines and every fact, beside real peers.

The table is shuffled and skewed (from one event to 900 a customer); the peers are what polars needs to sort the same table
by customer and time, ``transitions`` firing the same triggers (one per event and region that it concerns; a sample, with
one model a customer and region), and one-by-one :func:`lifecycle.replay` (a sample). Time and memory of each are measured in
a process of its own, which reads the table from a Parquet file. ``python bench_replay.py [events] [--growth] [--large]``:
``--large`` replays 100 M events in ten Parquet files, and one of them, by :func:`lifecycle.columns.replay_parquet` within 4 GB,
points too; ``--growth`` goes from 10⁴ events up to those in steps of ten and writes ``growth.json`` beside this file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from timing import best, line

from lifecycle import columns, replay
from lifecycle.books import WENHUA
from lifecycle.columns.door import KIND_NAMES
from lifecycle.columns.folding import events_of
from lifecycle.columns.packing import CODES, pack
from lifecycle.events import Event, History
from lifecycle.machines import ACTIVITY, REGIONS

ON = date(2025, 6, 30)
EVENTS, EACH, MOST = 10_000_000, 10, 900
SAMPLE = 2_000
GROWTH = Path(__file__).with_name("growth.json")
#: Kinds, and how many in a thousand.
MIX = {
    "vehicle_handed_over": 360, "workshop_entered": 290, "surveyed": 130, "vehicle_delivered": 35, "insurance_renewed": 30,
    "enquired": 25, "need_agreed": 18, "model_accepted": 12, "contract_signed": 12, "sale_lost": 6, "enrolled": 12,
    "spending_reviewed": 12, "inspected_at_customer": 12, "complaint_raised": 10, "complaint_closed": 9,
    "complaint_reopened": 1, "referral_recorded": 6, "referral_converted": 4, "points_redeemed": 8, "customer_recorded": 4,
    "vehicle_transferred": 3, "third_party_complained": 1,
}  # fmt: skip


def lives(events: int, *, giant: int = 0, texts: bool = False) -> pl.DataFrame:
    """A shuffled table, the same in every run; with ``giant``, one customer more who has so many events."""
    draw = np.random.default_rng(7)
    customers = max(events // EACH, 1)
    weight = np.minimum(draw.pareto(1.3, customers) + 0.3, 120.0)
    each = np.minimum(np.maximum((weight * (events / weight.sum())).astype(np.int64), 1), MOST)
    short = events - int(each.sum())
    room = np.flatnonzero(each < MOST - 8)
    np.add.at(each, draw.choice(room, max(short, 0)), 1)
    customer = np.repeat(np.arange(customers, dtype=np.int32), each)
    if giant:
        customer = np.concatenate((customer, np.full(giant, customers, np.int32)))
    size = customer.size
    kinds = np.array([CODES[kind] for kind in MIX], np.uint8)
    kind = kinds[draw.choice(len(MIX), size, p=np.array(list(MIX.values())) / 1000).astype(np.uint8)]
    day = draw.integers(0, 3650, size, dtype=np.int32) + np.int32(ON.toordinal() - date(1970, 1, 1).toordinal() - 3649)
    charged = kind == CODES["vehicle_handed_over"]
    asked = (kind == CODES["surveyed"]) | (kind == CODES["complaint_closed"])
    about = np.isin(kind, [CODES[name] for name in (
        "vehicle_handed_over", "workshop_entered", "vehicle_delivered", "insurance_renewed", "inspected_at_customer",
        "vehicle_transferred", "contract_signed",
    )])  # fmt: skip
    complaint = np.isin(kind, [CODES[name] for name in ("complaint_raised", "complaint_closed", "complaint_reopened")])

    def only(values: np.ndarray[Any, Any] | pl.Series, where: np.ndarray[Any, Any]) -> pl.Series:
        return pl.Series(values).set(pl.Series(~where), None)

    fen = draw.integers(0, 300_000, size, dtype=np.int32) * (draw.random(size, np.float32) < 0.8)
    car = np.minimum(draw.geometric(0.8, size), 3).astype(np.int32)
    columns_ = {
        "customer": pl.Series(customer),
        "event": pl.Series(KIND_NAMES, dtype=pl.Enum(KIND_NAMES)).gather(kind),
        "at": pl.Series(day).cast(pl.Date),
        "id": pl.Series(np.arange(size, dtype=np.int32)),
        "vehicle": only(customer * np.int32(4) + car, about),
        "charge": (only(fen, charged).cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2)),
        "satisfied": only(draw.random(size, np.float32) < 0.85, asked),
        "complaint": only(draw.integers(1, 4, size, dtype=np.int8), complaint),
        "until": only(pl.Series(day + 365).cast(pl.Date), kind == CODES["insurance_renewed"]),
        "trend": only(
            pl.Series(["level", "up", "down"], dtype=pl.Enum(["level", "up", "down"])).gather(draw.integers(0, 3, size)),
            kind == CODES["spending_reviewed"],
        ),
        "referral": only(np.arange(size, dtype=np.int32), np.isin(kind, [CODES["referral_recorded"], CODES["referral_converted"]])),
        "points": only(draw.integers(1, 60, size, dtype=np.int32), kind == CODES["points_redeemed"]),
        "sex": only(pl.Series(["female", "male"], dtype=pl.Enum(["female", "male"])).gather(draw.integers(0, 2, size)),
                    kind == CODES["customer_recorded"]),
    }  # fmt: skip
    table = pl.DataFrame(columns_)[draw.permutation(size)]
    if not texts:
        return table
    return table.with_columns(
        pl.format("C{}", pl.col("customer").cast(pl.String).str.zfill(8)).alias("customer"),
        pl.when(pl.col("vehicle").is_not_null())
        .then(pl.format("LSVAB2180E{}", pl.col("vehicle").cast(pl.String).str.zfill(8)))
        .alias("vehicle"),
    )


# -- in a process of its own ----------------------------------------------------------------------------------------------


def peak_gb() -> float:
    """The most memory that this process has held, in gigabytes (VmHWM)."""
    with Path("/proc/self/status").open() as status:
        return next(int(row.split()[1]) for row in status if row.startswith("VmHWM")) / 1e6


def measure(what: str, file: str) -> dict[str, Any]:
    """Seconds and gigabytes of one run in this process; the best of two where that takes no minutes."""
    table = pl.read_parquet(file)
    read = peak_gb()
    runs: dict[str, Callable[[], object]] = {
        "sort": lambda: table.sort("customer", "at"),
        "states": lambda: columns.replay(table, WENHUA, on=ON, points=False),
        "points": lambda: columns.replay(table, WENHUA, on=ON),
    }
    work = time.process_time()
    seconds = best(runs[what], rounds=1)
    work, peak = time.process_time() - work, peak_gb()
    if table.height < 2 * EVENTS:
        seconds = min(seconds, best(runs[what], rounds=2))
    return {"events": table.height, "seconds": seconds, "cpu_s": work, "read_gb": read, "peak_gb": peak}


def from_files(source: str) -> dict[str, Any]:
    """Seconds and gigabytes of a replay of files into a file, points too, once."""
    with tempfile.TemporaryDirectory() as folder:
        work, start = time.process_time(), time.perf_counter()
        rows = columns.replay_parquet(
            source, WENHUA, on=ON, out=Path(folder) / "out.parquet", budget=4_000_000_000, progress=False
        )
        seconds, work = time.perf_counter() - start, time.process_time() - work
    files = [Path(source)] if Path(source).is_file() else sorted(Path(source).glob("*.parquet"))
    events = sum(pl.scan_parquet(file).select(pl.len()).collect().item() for file in files)
    return {"events": events, "rows": rows, "seconds": seconds, "cpu_s": work, "read_gb": 0.0, "peak_gb": peak_gb()}


def sampled(file: str) -> dict[str, Any]:
    """Seconds of ``transitions`` and of one-by-one replay, over some whole customers."""
    table = pl.read_parquet(file)
    packed = pack(table.filter(pl.col("customer") < SAMPLE), zone=WENHUA.zone)
    people: dict[str, list[Event]] = defaultdict(list)
    for event in events_of(packed, np.arange(packed.events)):
        people[event.customer].append(event)
    readings = {"service_repeats": False, "may_recover": True, "may_recover_fully": True, "open_complaints": 0}
    machines = [(machine, machine.live()) for machine in REGIONS]
    lived = {name: replay(History(events, zone=WENHUA.zone), WENHUA, on=ON) for name, events in people.items()}
    active = ACTIVITY.live()
    deadlines = [  # what replay made of the passing of time, and what vehicles hear of themselves
        (active.events[step.event].trigger, model, {})
        for life in lived.values()
        for cars in (defaultdict[str | None, Model](lambda: Model(ACTIVITY.initial)),)
        for step in life.steps
        if step.region == "activity"
        for model in (cars[step.key],)
    ]
    triggers = [
        (live.events[event.kind].trigger, model, {**event.facts, **readings})
        for events in people.values()
        for machine, live in machines
        for model in (Model(machine.initial),)
        for event in events
        if event.kind in machine.plans
    ]
    triggers += deadlines

    def fire() -> None:
        for trigger, model, facts in triggers:
            trigger(model, **facts)

    def alone() -> None:
        for events in people.values():
            _ = replay(History(events, zone=WENHUA.zone), WENHUA, on=ON).customer

    fired = best(fire, rounds=1)
    return {"events": packed.events, "triggers": len(triggers), "transitions": fired, "replay": best(alone, rounds=1)}


class Model:
    """What ``transitions`` moves: nothing but a state."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def apart(*arguments: str) -> Any:
    """What another process says: what this one has held does not count as the peak of that one."""
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def told(name: str, ours: dict[str, Any], peer: float, *, limit: float, **more: object) -> None:
    """A line with what else was measured."""
    line(
        name, ours["seconds"], peer, limit=limit, events=ours["events"], cpu_s=round(ours["cpu_s"], 2),
        peak_gb=round(ours["peak_gb"], 2), read_gb=round(ours["read_gb"], 2), **more,
    )  # fmt: skip


def compare(folder: Path, events: int) -> None:
    """The comparisons at one size."""
    file, giant, texts = (str(folder / name) for name in ("lives.parquet", "giant.parquet", "texts.parquet"))
    apart("make", file, str(events), "0", "numbers")
    sort, ours = apart("sort", file), apart("states", file)
    told(
        "states and facts / polars: sort the same table by customer, at", ours, sort["seconds"], limit=3.0, limit_gb=1.5,
        peer_cpu_s=round(sort["cpu_s"], 2), peer_peak_gb=round(sort["peak_gb"], 2),
    )  # fmt: skip
    told("the same with points and tier / the sort", apart("points", file), sort["seconds"], limit=6.0)
    few = apart("sampled", file)
    each = few["transitions"] / few["events"]
    told(
        "states and facts / transitions firing the same triggers", ours, each * events, limit=0.01,
        triggers_an_event=round(few["triggers"] / few["events"], 2), sampled=few["events"],
        us_a_trigger=round(few["transitions"] / few["triggers"] * 1e6, 2),
    )  # fmt: skip
    told("states and facts / one-by-one replay", ours, few["replay"] / few["events"] * events, limit=0.05)
    apart("make", giant, str(events), str(events // 10), "numbers")
    told(
        "one customer with a tenth as many events more / without him",
        apart("states", giant),
        ours["seconds"],
        limit=1.5,
    )
    apart("make", texts, str(events), "0", "texts")
    told("ids that are texts / ids that are numbers", apart("states", texts), ours["seconds"], limit=2.5)


def large(folder: Path) -> dict[str, Any]:
    """A hundred million events against ten million, both from files and to a file."""
    parts = folder / "parts"
    parts.mkdir()
    for number in range(10):
        apart("make", str(parts / f"{number}.parquet"), str(EVENTS), "0", "numbers", str(number))
    few, many = apart("files", str(parts / "0.parquet")), apart("files", str(parts))
    told("100 M events / 10 M, from Parquet to Parquet", many, few["seconds"], limit=12.0, limit_gb=6.0)
    return many


def grow(folder: Path) -> None:
    """Time and memory from 10⁴ events up, written to :data:`GROWTH`."""
    found: list[dict[str, Any]] = []
    file = str(folder / "growing.parquet")
    for power in range(4, 8):
        apart("make", file, str(10**power), "0", "numbers")
        sort, ours = apart("sort", file), apart("states", file)
        found.append(
            {
                "events": ours["events"], "seconds": round(ours["seconds"], 4), "cpu_s": round(ours["cpu_s"], 3),
                "peak_gb": round(ours["peak_gb"], 3), "read_gb": round(ours["read_gb"], 3),
                "sort_s": round(sort["seconds"], 4),
            }
        )  # fmt: skip
        print(json.dumps(found[-1]), flush=True)
    many = large(folder)
    found.append(
        {
            "events": many["events"], "seconds": round(many["seconds"], 4), "cpu_s": round(many["cpu_s"], 3),
            "peak_gb": round(many["peak_gb"], 3), "read_gb": 0.0, "sort_s": None,
        }
    )  # fmt: skip
    GROWTH.write_text(json.dumps(found, indent=1) + "\n")


def main() -> None:
    """Print one line a comparison."""
    what, *rest = sys.argv[1:] or [str(EVENTS)]
    if what == "make":
        file, events, giant, ids, *more = rest
        table = lives(int(events), giant=int(giant), texts=ids == "texts")
        if more:  # other customers of the same kind
            table = table.with_columns(pl.col("customer") + int(more[0]) * int(events))
        table.write_parquet(file)
        print("null")
    elif what in ("sort", "states", "points"):
        print(json.dumps(measure(what, *rest)))
    elif what == "files":
        print(json.dumps(from_files(*rest)))
    elif what == "sampled":
        print(json.dumps(sampled(*rest)))
    else:
        sizes = [int(one) for one in sys.argv[1:] if one.isdigit()] or [EVENTS]
        with tempfile.TemporaryDirectory() as folder:
            if "--large" in sys.argv:
                large(Path(folder))
            elif "--growth" in sys.argv:
                grow(Path(folder))
            else:
                compare(Path(folder), sizes[0])


if __name__ == "__main__":
    main()
