"""What a user with data frames writes, as a type checker sees it (`make types`): never run, never collected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import assert_type
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pyarrow as pa

from lifecycle import Churn, Editions, Event, InactiveFor, columns
from lifecycle.books import WENHUA

ON = date(2025, 6, 30)


def frames(pandas: pd.DataFrame, lazy: pl.LazyFrame, arrow: pa.Table, events: Sequence[Event]) -> None:
    packed = assert_type(columns.pack(pandas), columns.Packed)
    for one in (pandas, lazy, arrow, events, packed):
        columns.churn(one, InactiveFor(months=12), on=ON)
        columns.facts(one, on=ON, zone=ZoneInfo("Asia/Shanghai"))
        columns.replay(one, WENHUA, on=ON)


def rules(events: pl.DataFrame) -> None:
    rule = InactiveFor(months=12)
    for policy in (rule, Churn(lost=rule), WENHUA, Editions(WENHUA)):
        columns.churn(events, policy, on=ON, processes=1)
        columns.lost(events, policy, on=ON)
        columns.lost_customers(events, policy, on=ON)


def days(events: pl.DataFrame, new: pl.DataFrame) -> None:
    state = assert_type(columns.ChurnState.of(events, WENHUA, on=ON), columns.ChurnState)
    later = assert_type(state.then(new, on=ON), columns.ChurnState)
    assert_type(later.policy, Churn)
    print(later.churn(), later.lost(on=ON))
