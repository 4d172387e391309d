"""Examples told as stories: what they find, and what they say where they find something else."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from lifecycle import LifecycleError
from lifecycle.books import CHIZHOU, WENHUA
from lifecycle.testing import story

BOUGHT = story(WENHUA).on("2024-01-31", "vehicle_delivered", vehicle="V1")


def test_a_story_goes_on_from_where_it_stands() -> None:
    assert BOUGHT.silent(months=1).today == date(2024, 2, 29)
    assert BOUGHT.silent(days=1).silent(days=2).today == date(2024, 2, 3)
    assert BOUGHT.silent(months=12).expect(standing="lost").life.customer.vehicles["V1"].activity == "lost"
    BOUGHT.silent(months=11).expect(standing="first_time").expect(vehicle="V1", activity="at_risk")
    told = story(CHIZHOU).on(datetime(2024, 1, 1, 16, 30, tzinfo=UTC), "enquired")
    assert told.today == date(2024, 1, 2), "the day of the house's zone"


def test_what_is_otherwise_is_said_with_the_steps() -> None:
    with pytest.raises(
        AssertionError, match=r"on 2025-01-31, by wenhua: standing is 'lost', not 'repeat'\n.*vehicle_delivered"
    ):
        BOUGHT.silent(months=12).expect(standing="repeat", points=0)


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(LifecycleError, match="lies before 2024-01-31"):
        BOUGHT.on("2024-01-30", "enquired")
    with pytest.raises(LifecycleError, match=r"did you mean standing"):
        BOUGHT.expect(standin="lost")
    with pytest.raises(LifecycleError, match="no vehicle 'V2'"):
        BOUGHT.expect(vehicle="V2", activity="lost")
    for asked in (lambda: story(WENHUA).silent(days=1), lambda: story(WENHUA).life):
        with pytest.raises(LifecycleError, match="nothing has been told yet"):
            asked()
    with pytest.raises(LifecycleError, match="did you mean enquired"):
        BOUGHT.on("2024-02-01", "enquird")
