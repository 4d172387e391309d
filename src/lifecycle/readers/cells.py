"""Cells as they stand in files, read as exact values: money, numbers, days and instants, nothing guessed.

In: the text of one cell (a typed cell of a frame or an object first becomes the text that a file would hold, by
:func:`cell_text`), and what was declared about it (:class:`Cells`). Out: the value, or a :class:`LifecycleError` with
the remedy; ``None`` for a blank. Next room: :mod:`lifecycle.readers.plans`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from numbers import Integral, Real

from attrs import field, frozen

from lifecycle.dates import SHANGHAI
from lifecycle.errors import LifecycleError
from lifecycle.kinds import FACTS, Fact, Value
from lifecycle.notation import parse_instant

__all__ = ["NULL_WORDS", "Cells", "cell_text", "check_date_format", "excel_moment"]

#: Cells that say nothing, unless a mapping declares others.
NULL_WORDS = frozenset({"", "-", "无", "NULL", "null"})

# what a Chinese keyboard types in full width and means in half
_HALF = str.maketrans("０１２３４５６７８９，．：／－＋￥　", "0123456789,.:/-+¥ ")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?|[+-]?\.[0-9]+")
_YUAN = re.compile(r"^(?:¥|RMB|CNY)\s*|\s*(?:元|RMB|CNY)$", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+")
_DAY = r"(?P<y>[0-9]{4})(?:(?P<sep>[-/.])(?P<m>[0-9]{1,2})(?P=sep)(?P<d>[0-9]{1,2})|年(?P<m2>[0-9]{1,2})月(?P<d2>[0-9]{1,2})日)"
_CLOCK = (
    r"(?:(?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r"|(?P<H2>[0-9]{1,2})时(?P<M2>[0-9]{1,2})分(?:(?P<S2>[0-9]{1,2})秒)?)"
    r"\s?(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_MOMENT = re.compile(rf"{_DAY}(?:(?:T|\s+|(?<=日)){_CLOCK})?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2}))?")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_AMBIGUOUS = re.compile(
    r"[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ](?:[0-9]{4}|[0-9]{2})(?:\s.*)?|[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:\s.*)?"
)
_WRITE = "write 2024-02-29 or 2024-02-29 09:30"
_KEPT = 1 << 16
_DIGITS = 24

#: Excel's day 0 for every day from 1 March 1900 on; before that its calendar has a 29 February too many.
_EXCEL_ZERO = date(1899, 12, 30)
_EXCEL_LAST = (date(2199, 12, 31) - _EXCEL_ZERO).days


def excel_moment(serial: Decimal, zone: tzinfo) -> date | datetime:
    """The day (whole number) or local time (with a fraction, to the second) of an Excel serial, 1900 system.

    Serial 60 is the 29 February 1900 that never was (Excel keeps a bug of an older program): an error, as are serials
    outside 1900–2199. Serials below 60 count from 31 December 1899.
    """
    days = int(serial)
    seconds = round((serial - days) * 86_400)
    if seconds == 86_400:
        days, seconds = days + 1, 0
    if not 1 <= days <= _EXCEL_LAST or days == 60:
        why = "is 29 February 1900 in Excel, a day that never was" if days == 60 else "is no Excel day of 1900–2199"
        raise LifecycleError(f"{serial} {why}", argument="at", value=str(serial), remedy=_WRITE)
    day = _EXCEL_ZERO + timedelta(days=days + (days < 60))
    if not seconds:
        return day
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return parse_instant(f"{day.isoformat()} {clock}", zone)


def check_date_format(text: str) -> str:
    """A ``date_format`` that names year, month and day by numbers (or ``excel``); anything else is an error."""
    if text == "excel":
        return text
    words = re.findall(r"%(.?)", text)
    wrong = [word for word in words if word not in set("YymdHMSfzIp%")]
    if wrong or not ({"Y", "y"} & set(words) and {"m", "d"} <= set(words)):
        why = f"%{wrong[0]} is not taken" if wrong else "it must name year, month and day"
        raise LifecycleError(
            f"date_format={text!r}: {why}",
            argument="date_format",
            value=text,
            remedy='write it as in "%Y/%m/%d" or "%d/%m/%Y %H:%M"; directives %Y %y %m %d %H %M %S %f %z %I %p, or "excel"',
        )
    return text


def cell_text(value: object) -> str | None:
    """The text that a file would hold for a typed cell; ``None`` for None, NaN, NaT and the like.

    Floats are written in their shortest decimal form, whole ones without ``.0``; yes/no as ``yes``/``no``; days and
    instants as ISO text. Anything that is no single value (a list, bytes) is an error.
    """
    if type(value) is str or value is None:
        return value
    if type(value) is float and value - value == 0:  # neither NaN nor infinite
        text = repr(value)
        if "e" not in text:
            return text.removesuffix(".0")
    if type(value).__name__ in ("NAType", "NaTType"):  # pandas' own blanks; pandas need not be installed
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):  # numpy's bool is no bool
        return "yes" if value else "no"
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Decimal):
        return None if value.is_nan() else format(value, "f")
    if isinstance(value, Real):
        if value != value:
            return None
        text = format(Decimal(str(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    raise LifecycleError(
        f"a {type(value).__name__} is not a cell", value=repr(value)[:60], remedy="give a text, number, day or instant"
    )


@frozen(slots=True)
class Cells:
    """How cells are to be read: what was declared about a file, and a memory of the moments read so far.

    ``date_formats`` empty: the unambiguous forms only (2024-02-29, 2024/2/29, 2024.2.29, 2024年2月29日, 20240229, each
    with a time, and Excel serials of five digits). Otherwise strptime formats, tried in order, or ``excel``.
    """

    zone: tzinfo = SHANGHAI
    null: frozenset[str] = NULL_WORDS
    date_formats: tuple[str, ...] = ()
    fen: bool = False
    """Whether money stands in whole fen."""
    _moments: dict[str, date | datetime] = field(factory=dict[str, date | datetime], init=False, eq=False, repr=False)

    def moment(self, text: str) -> date | datetime:
        """A day or an instant. A local time of exactly midnight is a day: so exports write days as times."""
        known = self._moments.get(text)
        if known is None:
            if len(self._moments) >= _KEPT:
                self._moments.clear()
            known = self._moments[text] = self._moment(text)
        return known

    def _moment(self, text: str) -> date | datetime:
        cell = text if text.isascii() else text.translate(_HALF).strip()
        if self.date_formats:
            return self._declared(cell)
        parts = _MOMENT.fullmatch(cell)
        if parts is not None:
            return self._told(parts, cell)
        compact = _COMPACT.fullmatch(cell)
        if compact is not None:
            year, month, day, hour, minute, second = compact.groups()
            clock = f" {hour}:{minute}:{second}" if hour else ""
            return self._local(f"{year}-{month}-{day}{clock}", text)
        if _SERIAL.fullmatch(cell):
            return excel_moment(Decimal(cell), self.zone)
        raise _no_moment(text, cell)

    def _told(self, parts: re.Match[str], text: str) -> date | datetime:
        year, _, month, day, month2, day2, hour, minute, second, fraction, hour2, minute2, second2, offset = (
            parts.groups()
        )
        hour, minute, second = hour or hour2 or "0", minute or minute2 or "0", second or second2 or "0"
        # below a microsecond nothing is told: clocks of nine digits are a habit of data frames
        micro = f"{fraction[:6]:0<6}" if fraction else "0"
        if offset is None:
            try:
                at = datetime(
                    int(year), int(month or month2), int(day or day2), int(hour), int(minute), int(second), int(micro), self.zone
                )  # fmt: skip
            except ValueError:
                raise _not_of_the_calendar(text) from None
            if not (at.hour or at.minute or at.second or at.microsecond):
                return at.date()
            if at.utcoffset() == at.replace(fold=1).utcoffset():
                return at
        # an offset, or an hour that the zone skips or repeats: the one rule of the timeline
        when = f"{year}-{month or month2}-{day or day2} {hour:0>2}:{minute:0>2}:{second:0>2}"
        return self._local(f"{when}.{micro:0<6}{offset or ''}" if int(micro) else when + (offset or ""), text)

    def _local(self, when: str, text: str) -> date | datetime:
        when = when.removesuffix(" 00:00:00")
        try:
            return parse_instant(when, self.zone)
        except LifecycleError as error:
            if "does not exist" not in error.message:
                raise _not_of_the_calendar(text) from None
            raise LifecycleError(error.message, argument="at", value=text, remedy=_WRITE) from None

    def _declared(self, text: str) -> date | datetime:
        for form in self.date_formats:
            if form == "excel":
                if _NUMBER.fullmatch(text) and "," not in text and len(text) < 24:
                    return excel_moment(Decimal(text), self.zone)
                continue
            try:
                read = datetime.strptime(text, form)  # noqa: DTZ007 - a local time gets the house's zone below
            except ValueError:
                continue
            return self._local(read.isoformat(sep=" "), text)
        forms = " or ".join(self.date_formats)
        raise LifecycleError(
            f"{text!r} is not a date of the form {forms}",
            argument="at",
            value=text,
            remedy="mend the cell, or date_format",
        )

    def number(self, text: str, fact: Fact) -> Decimal:
        """A number with or without thousands separators, in half or full width."""
        cell = text if text.isascii() else text.translate(_HALF).strip()
        if _NUMBER.fullmatch(cell) is None:
            raise _no_number(text, cell, fact)
        if len(cell) > _DIGITS:
            raise fact.wrong(text, f"has more than {_DIGITS} digits", "check whether it is a number at all")
        return Decimal(cell.replace(",", ""))

    def money(self, text: str, fact: Fact) -> Value:
        """An amount; ``¥`` before it or ``元`` after it says yuan."""
        try:
            yuan = self.number(text, fact)
            marked = False
        except LifecycleError:
            bare = _YUAN.sub("", text.translate(_HALF).strip())
            if bare == text:
                raise
            yuan = self.number(bare, fact)
            marked = True
        if self.fen:
            if marked or yuan != yuan.to_integral_value():
                raise fact.wrong(text, "is not a whole number of fen", 'money = "fen" is declared; "yuan" may be meant')
            yuan = yuan.scaleb(-2)
        return _taken(fact, yuan, text)

    def count(self, text: str, fact: Fact) -> Value:
        """A whole number, also written ``120.0`` or ``1,200``."""
        if len(text) <= _DIGITS and text.isascii() and text.isdigit():
            return fact.read(int(text))  # as most are written
        return _taken(fact, self.number(text, fact), text)

    def day(self, text: str, fact: Fact) -> Value:
        """A civil day; of an instant, its local day."""
        try:
            moment = self.moment(text)
        except LifecycleError as error:
            raise LifecycleError(error.message, argument=fact.name, value=text, remedy=error.remedy) from None
        return fact.read(moment.date() if isinstance(moment, datetime) else moment)

    def reader(self, name: str, values: Mapping[str, str] | None = None) -> Callable[[str], Value]:
        """How a cell that is not blank is read as the fact of that name, ``values`` translated first."""
        fact = FACTS[name]
        read: Callable[[str, Fact], Value] | None = {
            "count": self.count,
            "points": self.count,
            "money": self.money,
            "day": self.day,
        }.get(fact.type)

        def plain(text: str) -> Value:
            return fact.read(text) if read is None else read(text, fact)

        if not values:
            return plain
        known = {word: plain(value) for word, value in values.items()}
        return lambda text: known[text] if text in known else plain(text)


def _taken(fact: Fact, number: Decimal, text: str) -> Value:
    try:
        return fact.read(number)
    except LifecycleError as error:  # told of the cell, not of the number made of it
        message = error.message.replace(repr(number), repr(text))
        raise LifecycleError(message, argument=fact.name, value=text, remedy=error.remedy) from None


def _no_number(text: str, cell: str, fact: Fact) -> LifecycleError:
    what = "an amount of yuan" if fact.type == "money" else "a whole number"
    if _SCIENTIFIC.fullmatch(cell):
        return fact.wrong(
            text, f"is not {what}: the spreadsheet has shortened it", "format the column as a number and export again"
        )
    if "万" in cell:
        return fact.wrong(text, f"is not {what}: it is in 万", "write it out, as in 12000")
    if "," in cell:
        return fact.wrong(text, f"is not {what}: its comma parts no thousands", "write 1234.50 or 1,234.50")
    return fact.wrong(
        text, f"is not {what}", "write a number, as in 1234.50" if fact.type == "money" else "write digits, as in 120"
    )


def _not_of_the_calendar(text: str) -> LifecycleError:
    return LifecycleError(f"{text!r} is not a day or time of the calendar", argument="at", value=text, remedy=_WRITE)


def _no_moment(text: str, cell: str) -> LifecycleError:
    remedy = _WRITE
    why = "is not a date"
    if _AMBIGUOUS.fullmatch(cell):
        why = "does not say which number is the year, which the month and which the day"
        remedy = 'declare date_format, as in "%d/%m/%Y" or "%m/%d/%Y", or ' + _WRITE
    elif _NUMBER.fullmatch(cell):
        why = "is not a date, and no Excel serial of five digits"
        remedy = 'declare date_format = "excel" if serials are meant, or ' + _WRITE
    shown = text if len(text) <= 60 else text[:57] + "…"
    return LifecycleError(f"{shown!r} {why}", argument="at", value=text, remedy=remedy)
