"""The real purchase log, all of it, through the ordinary reader with its shipped mapping."""

import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from importlib import metadata

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.readers import Reading, cdnow_log, read_cdnow

try:
    cdnow_log()
except LifecycleError as missing:
    pytest.skip(str(missing), allow_module_level=True)


@pytest.fixture(scope="module")
def log() -> Reading:
    return read_cdnow()


def test_every_row_is_a_charged_visit_of_its_own(log: Reading) -> None:
    assert (log.rows, log.told, len(log.events), log.problems) == (69_659, 69_659, 69_659, ())
    assert len({event.customer for event in log.events}) == 23_570
    assert len({event.id for event in log.events}) == 69_659
    assert {event.kind for event in log.events} == {"vehicle_handed_over"}
    assert {event.vehicle for event in log.events} == {None}


def test_its_free_rows_and_its_exact_duplicates_are_kept(log: Reading) -> None:
    assert sum(event["charge"] == 0 for event in log.events) == 80
    lines = cdnow_log().read_text(encoding="ascii").splitlines()[1:]
    assert sum(times - 1 for times in Counter(line.rstrip() for line in lines).values()) == 255
    assert sum(map(len, log.by_customer().values())) == 69_659
    assert sum(Decimal(str(event["charge"])) for event in log.events) == sum(Decimal(line.split()[3]) for line in lines)


def test_its_days_and_places(log: Reading) -> None:
    days = [event.day for event in log.events]
    assert (min(days), max(days)) == (date(1997, 1, 1), date(1998, 6, 30))
    assert str(log.events[0]) == "1997-01-01 vehicle_handed_over charge=11.77"
    assert (log.events[0].customer, log.events[0].id) == ("00001", "CDNOW_master.txt:00000002")
    assert log.place(69_658) == ("CDNOW_master.txt", 69_660)


def test_the_package_is_not_imported(log: Reading) -> None:
    assert log.rows
    assert "lifetimes" not in sys.modules


def test_where_the_package_is_absent_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", absent)
    with pytest.raises(LifecycleError, match="pip install --no-deps Lifetimes"):
        cdnow_log()
