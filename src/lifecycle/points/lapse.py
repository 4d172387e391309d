"""When points lapse: by the member's absence, by the age of a lot, on a fixed day of the year, or never.

In: days. Out: the first day on which points are gone. The lapse is a matter of dates: no job has to run (LP2). Next:
:mod:`lifecycle.points.policy`.
"""

from __future__ import annotations

from datetime import date

from attrs import field, frozen

from lifecycle.dates import add_days, add_months, anniversary
from lifecycle.errors import LifecycleError
from lifecycle.visits import VisitKind, a_visit_kind, all_visits

__all__ = ["Lapse"]


def _months(value: int, argument: str, least: int = 1) -> None:
    if type(value) is not int or value < least:
        raise LifecycleError(
            f"{argument}={value!r} is not a number of months from {least}",
            argument=argument,
            value=value,
            remedy=f"as in {argument}={12 if least else 1}",
        )


@frozen(repr=False)
class Lapse:
    """A rule of lapse: :meth:`idle`, :meth:`aged`, :meth:`yearly` or :meth:`never`.

    On the *lapse day* the points are gone from the start of the day; with ``last_day_usable`` it is the last day on which
    they can be spent, and they are gone at the start of the next (LP3).
    """

    by: str
    """``idle``, ``aged``, ``yearly`` or ``never``."""
    months: int = 0
    """From the anchor to the lapse day (``idle``, ``aged``)."""
    visits: VisitKind = field(default=all_visits, validator=a_visit_kind)
    """Which visits reset the clock (``idle``)."""
    month: int = 12
    day: int = 31
    years: int = 0
    """How many such days pass over before the one that counts (``yearly``)."""
    remind: int | None = None
    """Months from the anchor to the reminder (``idle``, ``aged``), or from the reminder to the lapse day (``yearly``)."""
    last_day_usable: bool = False

    @classmethod
    def idle(
        cls, *, months: int, visits: VisitKind = all_visits, remind: int | None = None, last_day_usable: bool = False
    ) -> Lapse:
        """All points of an account: ``months`` after the member's last visit, or after his first earning since the last
        lapse where that is later (LP15); he is reminded ``remind`` months after the same day, once (W5)."""
        return cls("idle", months, visits, remind=remind, last_day_usable=last_day_usable)

    @classmethod
    def aged(cls, *, months: int, remind: int | None = None, last_day_usable: bool = False) -> Lapse:
        """Each lot: ``months`` after it was earned; the reminder ``remind`` months after the same day."""
        return cls("aged", months, remind=remind, last_day_usable=last_day_usable)

    @classmethod
    def yearly(
        cls, *, month: int = 12, day: int = 31, years: int = 0, remind: int | None = None, last_day_usable: bool = False
    ) -> Lapse:
        """Each lot: on the next such day of the year after it was earned, or ``years`` later (29 February: on the 28th
        in other years); the reminder ``remind`` months before."""
        return cls("yearly", 0, all_visits, month, day, years, remind, last_day_usable)

    @classmethod
    def never(cls) -> Lapse:
        """Points stay."""
        return cls("never")

    def __attrs_post_init__(self) -> None:
        if self.by not in ("idle", "aged", "yearly", "never"):
            raise LifecycleError(
                f"by={self.by!r} is unknown", argument="by", value=self.by, remedy="idle, aged, yearly, never"
            )
        if self.by in ("idle", "aged"):
            _months(self.months, "months")
            if self.remind is not None and not (type(self.remind) is int and 1 <= self.remind <= self.months):
                raise LifecycleError(
                    f"remind={self.remind!r} does not lie between 1 and months={self.months}", argument="remind",
                    value=self.remind, remedy="it counts from the same day as months",
                )  # fmt: skip
        if self.by == "yearly":
            try:
                date(2024, self.month, self.day)
            except (ValueError, TypeError):
                raise LifecycleError(
                    f"month={self.month}, day={self.day} is no day of the year",
                    argument="day",
                    value=self.day,
                    remedy="as in month=12, day=31",
                ) from None
            _months(self.years, "years", 0)
            if self.remind is not None:
                _months(self.remind, "remind")

    def __repr__(self) -> str:
        words: list[str] = []
        if self.by in ("idle", "aged"):
            words.append(f"months={self.months}")
        if self.by == "idle" and self.visits != all_visits:
            words.append(f"visits={self.visits!r}")
        if self.by == "yearly":
            words += [f"month={self.month}", f"day={self.day}"]
            if self.years:
                words.append(f"years={self.years}")
        if self.remind is not None:
            words.append(f"remind={self.remind}")
        if self.last_day_usable:
            words.append("last_day_usable=True")
        return f"Lapse.{self.by}({', '.join(words)})"

    def gone(self, lapse_day: date) -> date:
        """The first day on which points with that lapse day are gone."""
        return add_days(lapse_day, 1) if self.last_day_usable else lapse_day

    def of_account(self, anchor: date) -> date:
        """The first day on which an account's points are gone if nothing happens after the anchor (``idle``)."""
        return self.gone(add_months(anchor, self.months)) if self.by == "idle" else date.max

    def of_lot(self, earned: date) -> date:
        """The first day on which points earned on a day are gone by their own age (``aged``, ``yearly``): after it."""
        if self.by == "aged":
            return self.gone(add_months(earned, self.months))
        if self.by == "yearly":
            return self.gone(self._year_end(earned))
        return date.max

    def _year_end(self, earned: date) -> date:
        if earned.year + self.years + 1 > date.max.year:
            return date.max
        fixed = date(2024, self.month, self.day)
        this = anniversary(fixed, earned.year)
        past = this < earned if self.last_day_usable else this <= earned
        return anniversary(fixed, earned.year + self.years + past)

    def remind_on(self, anchor: date, gone: date) -> date | None:
        """The day of the reminder for points with that anchor, gone on that day."""
        if self.remind is None:
            return None
        if self.by == "yearly":
            return add_months(add_days(gone, -1) if self.last_day_usable else gone, -self.remind)
        return add_months(anchor, self.remind)
