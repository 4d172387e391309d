"""What a user of the readers writes, as a type checker sees it (`make types`): never run, never collected."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import pandas as pd
import polars as pl

from lifecycle import History
from lifecycle.events import Event, Problem
from lifecycle.readers import (
    ExportMap,
    Histories,
    Reading,
    load_map,
    read_csv,
    read_export,
    read_frame,
    read_objects,
)


class Job:
    owner: str
    closed: str


def files(path: Path) -> Reading:
    mapping = assert_type(load_map("dms"), ExportMap)
    reading = read_csv(path, "other.csv", b"customer,event,at\n", mapping=mapping, table="维修工单")
    with path.open("rb") as file:
        reading += read_csv(file, progress=lambda rows, share: None)
    return reading + read_export(path.parent, "dms")


def frames(pandas: pd.DataFrame, polars: pl.DataFrame, lazy: pl.LazyFrame) -> None:
    for reading in (read_frame(pandas), read_frame(polars, mapping="dms", table="客户"), read_frame(lazy, name="x")):
        assert_type(reading, Reading)


def objects(jobs: list[Job]) -> Histories:
    reading = read_objects(jobs, {"customer": "owner", "at": "closed", "event": lambda job: "enquired"})
    assert_type(reading.events, tuple[Event, ...])
    assert_type(reading.refused, tuple[Problem, ...])
    histories = reading.by_customer()
    assert_type(histories["C1"], History)
    return histories
