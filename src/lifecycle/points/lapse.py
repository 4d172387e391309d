"""When points lapse: by the member's absence, by the age of a lot, on a fixed day of the year, or never.

In: days. Out: the day at whose start points are gone. The lapse is a matter of dates: no job has to run (LP2). Next:
:mod:`lifecycle.points.policy`.
"""

from __future__ import annotations

from datetime import date

from attrs import field, frozen

from lifecycle.dates import add_days, add_months
from lifecycle.errors import LifecycleError
from lifecycle.visits import VisitKind, all_visits

__all__ = ["Lapse"]


@frozen(repr=False)
class Lapse:
    """A rule of lapse; made by :meth:`idle`, :meth:`aged`, :meth:`yearly` or :meth:`never`.

    The *lapse day* is the anchor + ``months`` (LT1). On it the points are gone from the start of the day, unless
    ``last_day_usable``: then they go at the start of the next (LP3). Reminders fall on the anchor + ``remind`` months.
    """

    by: str
    """``idle``, ``aged``, ``yearly`` or ``never``."""
    months: int = 0
    remind: int | None = None
    """Months after the anchor (before the lapse day, for ``yearly``); None: no reminder."""
    visits: VisitKind = all_visits
    """Which visits reset the clock (``idle``)."""
    month: int = 12
    day: int = 31
    years: int = 0
    last_day_usable: bool = field(default=False)

    @classmethod
    def idle(
        cls, *, months: int, remind: int | None = None, visits: VisitKind = all_visits, last_day_usable: bool = False
    ) -> Lapse:
        """All points, ``months`` after the last visit, or after the first earning since the last lapse if that is
        later (LP15, W5); the reminder ``remind`` months after it, once per idle spell."""
        if months < 1:
            raise LifecycleError(f"months={months} is less than 1", argument="months", value=months)
        if remind is not None and not 1 <= remind <= months:
            raise LifecycleError(
                f"remind={remind} does not lie between 1 and months={months}", argument="remind", value=remind,
                remedy="give the months after the last visit",
            )  # fmt: skip
        return cls("idle", months, remind, visits, last_day_usable=last_day_usable)

    @classmethod
    def never(cls) -> Lapse:
        """Points stay."""
        return cls("never")

    def __repr__(self) -> str:
        words: list[str] = []
        if self.by in ("idle", "aged"):
            words.append(f"months={self.months}")
        if self.by == "yearly":
            words += [f"month={self.month}", f"day={self.day}"]
            if self.years:
                words.append(f"years={self.years}")
        if self.remind is not None:
            words.append(f"remind={self.remind}")
        if self.by == "idle" and self.visits != all_visits:
            words.append(f"visits={self.visits!r}")
        if self.last_day_usable:
            words.append("last_day_usable=True")
        return f"Lapse.{self.by}({', '.join(words)})"

    def gone(self, lapse_day: date) -> date:
        """The first day on which the points are gone."""
        return add_days(lapse_day, 1) if self.last_day_usable else lapse_day

    def of_account(self, anchor: date) -> date:
        """The first day on which an account's points are gone, if nothing happens after the anchor (``idle``)."""
        return self.gone(add_months(anchor, self.months)) if self.by == "idle" else date.max

    def of_lot(self, earned: date) -> date:
        """The first day on which the points earned on a day are gone by their own age (``aged``, ``yearly``)."""
        return date.max
