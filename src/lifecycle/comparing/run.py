"""The comparison itself: pack once, read under both books, share what both have in common.

In: two books, events in any form, a day. Out: :class:`~lifecycle.comparing.result.Comparison`. Next room:
:mod:`lifecycle.comparing.sweeping`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from lifecycle.book import House, a_house
from lifecycle.columns.folding import at_once
from lifecycle.columns.packing import Packed, pack
from lifecycle.columns.replaying import Basis
from lifecycle.comparing.measures import MEASURES, OF, Measure
from lifecycle.comparing.result import Comparison
from lifecycle.comparing.sides import Side
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError, near
from lifecycle.events import Event, History
from lifecycle.readers import Reading

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["Ground", "compare"]

_MOST_WEEKS = 520


def compare(
    base: House,
    changed: House,
    histories: Packed | Reading | Mapping[str, History] | Iterable[Event] | IntoFrame,
    *,
    on: date,
    weeks: int = 13,
    measures: Sequence[Measure] = MEASURES,
    block: int = 1 << 18,
    processes: int | None = None,
) -> Comparison:
    """What the book ``changed`` says otherwise than ``base`` of the same events, as of the day ``on`` (closed): exactly.

    Either may be the :class:`~lifecycle.book.Editions` of one: the edition of the day tells states and due days, and each
    edition gives points and benefits in its time, as :func:`lifecycle.replay` has it. Those that begin after the day are not looked at.

    ``histories``: a data frame of events, a list of them, :func:`lifecycle.sample`, histories by customer, a
    :class:`~lifecycle.readers.Reading`, or what :func:`lifecycle.columns.pack` packed. ``weeks`` is how far ahead the work
    to come is listed, from the day after ``on``. ``block`` and ``processes`` are those of :func:`lifecycle.columns.replay`
    and change no answer.

    It relabels: the definition changed, nobody behaves otherwise. Behaviour is asked of :func:`lifecycle.simulate`.
    """
    ground = Ground(base, histories, on=on, weeks=weeks, measures=measures, block=block, processes=processes)
    return ground.against(changed)


class Ground:
    """A history read under the book in force, and kept, so that many books can be held against it; see :func:`compare`."""

    def __init__(
        self,
        base: House,
        histories: Any,
        *,
        on: date,
        weeks: int = 13,
        measures: Sequence[Measure] = MEASURES,
        block: int = 1 << 18,
        processes: int | None = None,
    ) -> None:
        a_day(on)
        a_house(base, "base")
        if type(weeks) is not int or not 1 <= weeks <= _MOST_WEEKS:
            raise LifecycleError(
                f"weeks={weeks!r} is not a whole number from 1 to {_MOST_WEEKS}", argument="weeks", value=weeks
            )
        at_once(processes, block)
        self.measures = _measured(measures)
        self.base = base
        self.on = on
        self.weeks = weeks
        self._block, self._processes = block, processes
        self._given = _events(histories)
        self.packed = pack(self._given, zone=base.zone)
        """All events, those after the day as well."""
        self._basis = self._read(self.packed.as_of(on), base)
        self._side = Side(self._basis.packed, base, on, self._basis.found, self._basis.totals)

    def _read(self, packed: Packed, house: House) -> Basis:
        return Basis(packed, house, on=self.on, block=self._block, processes=self._processes)

    @property
    def customers(self) -> int:
        """How many customers."""
        return len(self.packed.customers)

    def against(self, changed: House) -> Comparison:
        """What another book says of the same events."""
        a_house(changed, "changed")
        side = self._side
        if changed.zone == self.base.zone or isinstance(self._given, Packed):
            found, totals = self._basis.under(changed)
            other = Side(side.packed, changed, self.on, found, totals)
        else:  # the days themselves are others
            packed = pack(self._given, zone=changed.zone).as_of(self.on)
            there = self._read(packed, changed)
            other = Side(packed, changed, self.on, there.found, there.totals)
        give = _as_it_is if isinstance(self._given, Packed) else self.packed.table.give
        return Comparison(side, other, self.packed, self.measures, self.weeks, give, self.against)


def _events(given: Any) -> Any:
    """What can be packed, as often as it is asked for."""
    if isinstance(given, Reading):
        return given.events
    return list(cast("Iterator[Event]", given)) if isinstance(given, Iterator) else given


def _as_it_is(answer: pl.DataFrame) -> Any:
    return answer


def _measured(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    found = tuple(measures)
    names = [measure.name for measure in found]
    for measure in found:
        if measure.of not in OF:
            raise LifecycleError(
                f"the measure {measure.name} is of a {measure.of!r}", argument="measures", value=measure.of,
                remedy=near(measure.of, OF),
            )  # fmt: skip
        if names.count(measure.name) > 1:
            raise LifecycleError(
                f"two measures are called {measure.name!r}", argument="measures", value=measure.name,
                remedy="give each a name of its own",
            )  # fmt: skip
    return found
