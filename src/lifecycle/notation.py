"""The timeline: a history as text, a line an event, as people write it on a whiteboard.

In: ``2024-02-18 vehicle_handed_over vehicle=V1 charge=860`` (a day, or a local time ``2024-02-18T09:30``; an event's
name, English or Chinese; its facts; values with blanks in quotes, a quote within them doubled; ``#`` begins a comment).
Out: a :class:`~lifecycle.events.History`. Errors name the line and the word. Next room: :mod:`lifecycle.machine`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo

from lifecycle.dates import SHANGHAI, a_zone, parse_day
from lifecycle.errors import LifecycleError, shown
from lifecycle.events import Event, History, not_derived
from lifecycle.kinds import FACTS, kind_named

__all__ = ["parse_instant", "timeline", "write_timeline"]

_WORD = re.compile(r"""\s*(?:([^\s="'#][^\s="']*)(?:=("(?:[^"]|"")*"|'(?:[^']|'')*'|[^\s"'#]\S*)?)?|(\#.*)|(\S.*))""")
_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:?\d{2}(:?\d{2})?|Z)?")
_LINE = re.compile(r"\r\n|\n|\r")  # other characters that str.splitlines takes may stand in a text


def parse_instant(text: str, zone: tzinfo) -> date | datetime:
    """A day, or an instant: ``2024-02-18``, ``2024-02-18T09:30``, ``2024-02-18 09:30:15``, also with ``+08:00`` or ``Z``.

    A time without an offset is local to ``zone``; a local time that the zone skips (clocks put forward) is refused.
    """
    words = text.strip().replace("T", " ").split()
    if not words or len(words) > 2:
        raise LifecycleError(
            f"{shown(text)} is neither a day nor a local time",
            argument="at",
            value=text,
            remedy="write 2024-02-18 or 2024-02-18T09:30",
        )
    day = parse_day(words[0])
    if len(words) == 1:
        return day
    if not _TIME.fullmatch(words[1]):
        raise LifecycleError(
            f"{shown(words[1])} is not a time", argument="at", value=text, remedy="write 09:30 or 09:30:15"
        )
    clock = words[1] if words[1][1] != ":" else "0" + words[1]
    try:
        at = datetime.fromisoformat(f"{day.isoformat()}T{clock}")
    except ValueError:
        raise LifecycleError(
            f"{shown(words[1])} is not a time", argument="at", value=text, remedy="write 09:30 or 09:30:15"
        ) from None
    try:
        if at.tzinfo is not None:
            return at.astimezone(zone)
        local = at.replace(tzinfo=zone)
        from_utc = local.astimezone(UTC).astimezone(zone)
    except OverflowError:  # the first and the last day of the calendar
        raise LifecycleError(
            f"at={text} lies outside 1900–2199", argument="at", value=text, remedy="check the year"
        ) from None
    if from_utc.replace(tzinfo=None) != at:
        raise LifecycleError(
            f"{text!r} does not exist in {zone}: clocks were put forward over it", argument="at", value=text
        )
    return local


def timeline(text: str, *, customer: str, zone: tzinfo = SHANGHAI) -> History:
    """A history from text, a line an event: a day or a local time, the event's name, its facts as ``name=value``.

    Every kind of event is in :data:`lifecycle.KINDS`, every fact in :data:`lifecycle.FACTS`. Times without an offset are
    local to ``zone``; ids are ``L0001`` by line unless ``id=`` gives one::

        timeline('''
            2023-11-20 vehicle_delivered vehicle=V1 price=128000
            2024-02-18T09:30 vehicle_handed_over vehicle=V1 charge=860   # money in yuan
            2024-02-21 surveyed kind=CSI satisfied=yes note="came back at once"
        ''', customer="C1")

    Raises :class:`LifecycleError` with the line and word: an unknown event or fact, an unreadable day or value, a
    required fact that is missing.
    """
    a_zone(zone)
    events: list[Event] = []
    for number, line in enumerate(_LINE.split(_a_text(text)), start=1):
        words = _words(line, number)
        if words:
            events.append(_event(words, number, customer, zone))
    return History(events, customer=customer, zone=zone)


def _a_text(text: object) -> str:
    if isinstance(text, str):
        return text
    raise LifecycleError(
        f"text={shown(text)} is not a text", argument="text", value=text, remedy="files are read by lifecycle.readers"
    )


def write_timeline(history: History) -> str:
    """The text that :func:`timeline` reads back to an equal history (told the same ``zone``, where it is not Shanghai's).

    A timeline is a line an event: a value with a line break in it cannot be written, and LifecycleError names it.
    """
    lines: list[str] = []
    for event in history:
        if isinstance(event.at, datetime):
            at = event.at.astimezone(UTC).astimezone(history.zone)  # also of a time that the zone skips
            # the second pass through a repeated hour needs its offset
            when = at.isoformat() if at.fold else at.replace(tzinfo=None).isoformat()
        else:
            when = event.at.isoformat()
        facts = {"id": event.id, **({} if event.vehicle is None else {"vehicle": event.vehicle})}
        facts |= {name: FACTS[name].write(value) for name, value in event.facts.items()}
        lines.append(" ".join([when, event.kind, *(f"{name}={_quoted(name, value)}" for name, value in facts.items())]))
    return "\n".join(lines) + ("\n" if lines else "")


def _quoted(name: str, value: str) -> str:
    if value and not re.search(r"""[\s"'#]""", value):
        return value
    if _LINE.search(value):
        raise LifecycleError(
            f"{name}={shown(value)} has a line break", argument=name, value=value,
            remedy="a timeline is a line an event: replace the break",
        )  # fmt: skip
    if '"' in value and "'" not in value:
        return f"'{value}'"
    return '"' + value.replace('"', '""') + '"'


def _unquoted(value: str) -> str:
    quote = value[0]
    return value[1:-1].replace(quote * 2, quote) if quote in "\"'" else value


def _words(line: str, number: int) -> list[tuple[str, str | None, int]]:
    """The words of a line as (name, value or None, column from 1)."""
    words: list[tuple[str, str | None, int]] = []
    place = 0
    end = len(line.rstrip())
    while place < end:
        match = _WORD.match(line, place)
        if match is None:
            break
        name, value, comment, other = match.groups()
        if comment is not None:
            break
        if other is not None:
            raise _wrong(
                number,
                match.start(4) + 1,
                other.split()[0],
                "is not a word",
                "write name=value, values with blanks in quotes",
            )
        has_value = line[match.end(1) : match.end(1) + 1] == "="
        if has_value and value is None:
            if line[match.end(1) + 1 : match.end(1) + 2] in ('"', "'"):
                raise _wrong(
                    number,
                    match.start(1) + 1,
                    name + "=",
                    "has a quote that is not closed",
                    "close it on the same line",
                )
            raise _wrong(
                number, match.start(1) + 1, name + "=", "has no value", "leave the word away where nothing is known"
            )
        words.append((name, _unquoted(value) if value else value, match.start(1) + 1))
        place = match.end()
    return words


def _event(words: list[tuple[str, str | None, int]], number: int, customer: str, zone: tzinfo) -> Event:
    heads = [(name, column) for name, value, column in words if value is None]
    when, column = heads[0] if heads else (words[0][0], words[0][2])
    rest = heads[1:]
    if rest and _TIME.fullmatch(rest[0][0]):
        when = f"{when} {rest[0][0]}"
        rest = rest[1:]
    try:
        at = parse_instant(when, zone)
    except LifecycleError as error:
        raise error.at(f"line {number}, word {column}") from None
    if not rest:
        raise _wrong(number, column, when, "has no event after it", "write the event's name after the day")
    if len(rest) > 1:
        raise _wrong(
            number, rest[1][1], rest[1][0], "is a second event on one line", "one line, one event; a fact is name=value"
        )
    facts: dict[str, object] = {}
    columns: dict[str, int] = {}
    for name, value, where in words:
        if value is None:
            continue
        if name in facts:
            raise _wrong(number, where, name, "is given twice", "leave one away")
        facts[name] = value
        columns[name] = where
    event_id = str(facts.pop("id", f"L{number:04d}"))
    try:
        return not_derived(Event(at, kind_named(rest[0][0]).name, event_id, customer, None, facts))
    except LifecycleError as error:
        where = columns.get(error.argument or "", rest[0][1])
        raise error.at(f"line {number}, column {where}") from None


def _wrong(line: int, column: int, word: str, why: str, remedy: str) -> LifecycleError:
    return LifecycleError(
        f"{shown(word)} {why}", argument="timeline", value=word, place=f"line {line}, column {column}", remedy=remedy
    )
