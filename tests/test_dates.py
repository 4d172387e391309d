"""One month rule, always from the anchor (LT1); the days drawn lie around month ends and the leap day."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.dates import add_days, add_months, anniversary, latest_anchor, months_between, parse_day


def _near_the_end(year: int, month: int, off: int) -> date:
    return date(year, month, monthrange(year, month)[1]) + timedelta(days=off)


days = st.builds(_near_the_end, st.integers(1996, 2104), st.integers(1, 12), st.integers(-3, 2)) | st.dates(
    date(1996, 1, 1), date(2104, 12, 31)
)
months = st.integers(0, 50)


@given(days, months)
def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(day: date, count: int) -> None:
    later = add_months(day, count)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == count
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])


def test_months_are_counted_from_the_anchor_not_step_by_step() -> None:
    end_of_january = date(2023, 1, 31)
    assert add_months(end_of_january, 2) == date(2023, 3, 31)
    assert add_months(add_months(end_of_january, 1), 1) == date(2023, 3, 28)


@given(days, st.integers(-2, 2), months)
def test_the_month_rule_inverted_is_the_month_rule_around_the_due_day(day: date, off: int, count: int) -> None:
    on = add_months(day, count) + timedelta(days=off)
    assert (day <= latest_anchor(on, count)) == (off >= 0)


def test_six_months_since_the_end_of_august_are_over_at_the_end_of_february() -> None:
    assert add_months(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert latest_anchor(date(2024, 2, 29), 6) == date(2023, 8, 31)
    assert latest_anchor(date(2024, 2, 28), 6) == date(2023, 8, 28)
    assert latest_anchor(date(2023, 2, 28), 6) == date(2022, 8, 31)


@given(days, days)
def test_months_between_are_the_most_that_fit(start: date, end: date) -> None:
    count = months_between(start, end)
    assert add_months(start, count) <= end < add_months(start, count + 1)


def test_far_deadlines_are_late_and_no_crash() -> None:
    assert add_months(date(9999, 6, 1), 12) == date.max
    assert add_months(date(1, 6, 1), -12) == date.min
    assert add_days(date.max, 1) == date.max
    assert add_days(date.min, -1) == date.min


def test_a_leap_day_birthday_has_one_day_a_year() -> None:
    born = date(2000, 2, 29)
    assert anniversary(born, 2024) == date(2024, 2, 29)
    assert anniversary(born, 2023) == date(2023, 2, 28)
    assert anniversary(born, 2023, leap_day=1) == date(2023, 3, 1)
    with pytest.raises(ValueError, match="leap_day"):
        anniversary(born, 2023, leap_day=2)


@pytest.mark.parametrize("text", ["2024-02-29", "2024/2/29", " 2024.02.29 "])
def test_a_day_is_read_as_it_is_written(text: str) -> None:
    assert parse_day(text) == date(2024, 2, 29)


@pytest.mark.parametrize("text", ["2023-02-29", "29-02-2024", "2024-02", "20240229", "soon", ""])
def test_nothing_is_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        parse_day(text)
