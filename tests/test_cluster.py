"""The same kernel on Spark, Daft and Dask: what a single process finds (LW2). Run by `make cluster`, which has the engines."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from lifecycle import Event, columns, sample
from lifecycle.books import WENHUA
from lifecycle.columns.door import tidy

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("default")]

ON = date(2025, 6, 30)
HOUSE = columns.frame(sample(customers=60, seed=1))
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A Spark of two cores, whose session lies in another zone than the house."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    sql = pytest.importorskip("pyspark.sql")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.sql.session.timeZone", "America/New_York")
        session = builder.config("spark.sql.shuffle.partitions", "3").getOrCreate()
    yield session
    session.stop()


def given(session: Any, table: pl.DataFrame) -> Any:
    words = table.with_columns(pl.col(pl.Enum).cast(pl.String))
    without_zone = getattr(table.schema["at"], "time_zone", "") is None
    if without_zone:  # Arrow's are taken for instants of the session
        words = words.with_columns(pl.col("at").dt.to_string("%Y-%m-%d %H:%M:%S%.6f"))
    given = session.createDataFrame(words.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return given.withColumn("at", given["at"].cast("timestamp_ntz")) if without_zone else given


def found(answer: Any) -> pl.DataFrame:
    table = pl.from_arrow(answer.toArrow())
    assert isinstance(table, pl.DataFrame)
    return table.sort("customer")


def expected(table: pl.DataFrame) -> pl.DataFrame:
    answer: pl.DataFrame = columns.replay(table, WENHUA, on=ON)
    return answer.with_columns(pl.col(pl.Enum).cast(pl.String))


DAYS = HOUSE.with_columns(pl.col("at").dt.date())
#: An instant of the night: in New York it is the day before, in UTC, too.
CLOCKS = HOUSE.with_columns(pl.col("at").dt.replace_time_zone(None))
TABLES = {"instants": (HOUSE, None), "days": (DAYS, None), "the clock of the house": (CLOCKS, 5)}


@pytest.mark.parametrize("case", TABLES)
def test_lw2_spark_finds_what_one_process_finds(case: str, spark: Any) -> None:
    from lifecycle.spark import replay

    table, partitions = TABLES[case]
    answer = replay(given(spark, table), WENHUA, on=ON, partitions=partitions)
    assert found(answer).equals(expected(table))


def test_lw2_merged_customers_meet_in_one_partition(spark: Any) -> None:
    from lifecycle.spark import replay

    told = [
        Event(date(2024, 1, day), "vehicle_handed_over", str(day), f"C{day}", "V", charge=day) for day in range(1, 30)
    ]
    told += [Event(date(2024, 2, day), "merged", f"m{day}", f"C{day}", into=f"C{day + 1}") for day in range(1, 29, 2)]
    table = tidy(told, WENHUA.zone)
    answer = found(replay(given(spark, table), WENHUA, on=ON, partitions=7))
    assert answer.equals(expected(table))
    assert answer.height == 15


def test_ids_that_are_numbers_stay_numbers(spark: Any) -> None:
    from lifecycle.spark import replay

    table = pl.DataFrame({"customer": [3, 1, 2, 1], "at": [date(2024, 1, day) for day in (1, 2, 3, 4)]})
    assert found(replay(given(spark, table), WENHUA, on=ON)).equals(expected(table))


PAGES = [
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if "<!-- run by `make cluster` -->" in page.read_text("utf-8")
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page: Path, spark: Any) -> None:
    assert len(PAGES) == 2
    assert re.search(r"^```python", page.read_text("utf-8"), re.MULTILINE)
    for example in Sybil([PythonCodeBlockParser(), SkipParser()], path=str(ROOT)).parse(page).examples():
        example.evaluate()
