"""The timeline: a history as text, a line an event, as people write it on a whiteboard.

In: ``2024-02-18 vehicle_handed_over vehicle=V1 charge=860`` (a day, or a local time ``2024-02-18T09:30``; an event's
name, English or Chinese; its facts; values with blanks in quotes; ``#`` begins a comment). Out: a
:class:`~lifecycle.events.History`. Errors name the line and the word. Next room: :mod:`lifecycle.machine`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo

from lifecycle.dates import SHANGHAI, parse_day
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History
from lifecycle.kinds import FACTS, kind_named

__all__ = ["parse_instant", "timeline", "write_timeline"]

_WORD = re.compile(r"""\s*(?:([^\s="'#][^\s="']*)(?:=("[^"]*"|'[^']*'|[^\s"'#]\S*)?)?|(\#.*)|(\S.*))""")
_TIME = re.compile(r"^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:?\d{2}|Z)?$")


def parse_instant(text: str, zone: tzinfo) -> date | datetime:
    """A day, or an instant: ``2024-02-18``, ``2024-02-18T09:30``, ``2024-02-18 09:30:15``, also with ``+08:00`` or ``Z``.

    A time without an offset is local to ``zone``; a local time that the zone skips (clocks put forward) is refused.
    """
    words = text.strip().replace("T", " ").split()
    if not words or len(words) > 2:
        raise LifecycleError(
            f"{text!r} is neither a day nor a local time",
            argument="at",
            value=text,
            remedy="write 2024-02-18 or 2024-02-18T09:30",
        )
    day = parse_day(words[0])
    if len(words) == 1:
        return day
    if not _TIME.match(words[1]):
        raise LifecycleError(f"{words[1]!r} is not a time", argument="at", value=text, remedy="write 09:30 or 09:30:15")
    clock = words[1] if words[1][1] != ":" else "0" + words[1]
    try:
        at = datetime.fromisoformat(f"{day.isoformat()}T{clock}")
    except ValueError:
        raise LifecycleError(
            f"{words[1]!r} is not a time", argument="at", value=text, remedy="write 09:30 or 09:30:15"
        ) from None
    if at.tzinfo is not None:
        return at.astimezone(zone)
    local = at.replace(tzinfo=zone)
    from_utc = local.astimezone(UTC).astimezone(zone)
    if from_utc.replace(tzinfo=None) != at:
        raise LifecycleError(
            f"{text!r} does not exist in {zone}: clocks were put forward over it", argument="at", value=text
        )
    return local


def timeline(text: str, *, customer: str, zone: tzinfo = SHANGHAI) -> History:
    """A history from text, a line an event; ids are ``L0001`` by line unless ``id=`` gives one.

    Raises :class:`LifecycleError` with the line and word: an unknown event or fact, an unreadable day or value, a
    required fact that is missing.
    """
    events: list[Event] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = _words(line, number)
        if words:
            events.append(_event(words, number, customer, zone))
    return History(events, customer=customer, zone=zone)


def write_timeline(history: History) -> str:
    """The text that :func:`timeline` reads back to an equal history."""
    lines: list[str] = []
    for event in history:
        if isinstance(event.at, datetime):
            when = event.at.replace(tzinfo=None).isoformat()
            if event.at.fold:  # the second pass through a repeated hour needs its offset
                when = event.at.isoformat()
        else:
            when = event.at.isoformat()
        facts = {"id": event.id, **({} if event.vehicle is None else {"vehicle": event.vehicle})}
        facts |= {name: FACTS[name].write(value) for name, value in event.facts.items()}
        lines.append(" ".join([when, event.kind, *(f"{name}={_quoted(value)}" for name, value in facts.items())]))
    return "\n".join(lines) + ("\n" if lines else "")


def _quoted(value: str) -> str:
    if value and not re.search(r"""[\s"'#]""", value):
        return value
    if '"' not in value and "\n" not in value:
        return f'"{value}"'
    if "'" not in value and "\n" not in value:
        return f"'{value}'"
    raise LifecycleError(f"{value!r} has both kinds of quotes or a line break", argument="value", value=value)


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
            raise _wrong(
                number, match.start(1) + 1, name + "=", "has no value", "leave the word away where nothing is known"
            )
        words.append((name, value.strip("\"'") if value and value[0] in "\"'" else value, match.start(1) + 1))
        place = match.end()
    return words


def _event(words: list[tuple[str, str | None, int]], number: int, customer: str, zone: tzinfo) -> Event:
    heads = [(name, column) for name, value, column in words if value is None]
    when, column = heads[0] if heads else (words[0][0], words[0][2])
    rest = heads[1:]
    if rest and _TIME.match(rest[0][0]):
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
        return Event(at, kind_named(rest[0][0]).name, event_id, customer, None, facts)
    except LifecycleError as error:
        where = columns.get(error.argument or "", rest[0][1])
        raise error.at(f"line {number}, column {where}") from None


def _wrong(line: int, column: int, word: str, why: str, remedy: str) -> LifecycleError:
    return LifecycleError(
        f"{word!r} {why}", argument="timeline", value=word, place=f"line {line}, column {column}", remedy=remedy
    )
