"""A life as a picture: time from left to right, a band for each region and vehicle, the events, the points.

In: a :class:`~lifecycle.life.Life`. Out: one SVG that needs nothing but itself; on a page that declares the colours of
:mod:`lifecycle.show.colours` it follows them into the dark, elsewhere it has its own light paper. What is too small to
carry its words still says them where the pointer rests. Next room: :mod:`lifecycle.show.fragments`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from lifecycle import machines
from lifecycle.customer import UNNAMED
from lifecycle.dates import add_months, months_between
from lifecycle.diagrams.measure import FONTS, width
from lifecycle.kinds import KINDS
from lifecycle.life import Life, LifeStep
from lifecycle.show.colours import ink
from lifecycle.show.markup import Markup, join, tag
from lifecycle.show.words import TONES, both, plain, told, zh

__all__ = ["life_svg"]

_WIDE = 1000.0
_LEFT, _RIGHT = 168.0, 16.0
_BAND, _LANE, _POINTS, _FLAG = 27.0, 25.0, 58.0, 19.0
_FLAGS = 4
_OTHER = ("other events", "其他事件")
_NEAR = 10.0  # events closer than this are one dot with a number
_STAGE_TONES = {"repair": "shop", "service": "shop", "retention": "good"}
#: What is flagged above the bands, the weightiest first.
_KEY_STATES = ("lost", "quasi_lost", "returned", "gone", "at_risk")
_KEY_EVENTS = (
    "vehicle_delivered",
    "complaint_raised",
    "third_party_complained",
    "purchase_ruled_out",
    "referral_converted",
    "complaint_closed",
    "enrolled",
    "sale_lost",
)


class _Span(NamedTuple):
    start: date
    end: date
    state: str
    because: str


class _Band(NamedTuple):
    machine: str
    key: str | None
    spans: tuple[_Span, ...]


class _Flag(NamedTuple):
    weight: int
    day: date
    text: str
    tone: str


def life_svg(life: Life) -> Markup:
    """The life from its first event to the day it was asked for; an empty SVG's worth of words where nothing is told."""
    events = [event for event in life.history if event.day <= life.on]
    if not events:
        return tag("p", f"Nothing is told of {life.history.customer or 'this customer'} up to {life.on}.")
    scale = _Scale(events[0].day, life.on)
    bands = tuple(_bands(life, events[0].day))
    lanes = _lanes(life)
    parts: list[Markup] = []
    flags, y = _draw_flags(scale, _flags(life))
    top = y
    for band in bands:
        parts.append(_draw_band(scale, band, y))
        y += _BAND + 3
    y += 6
    for name, days in lanes.items():
        parts.append(_draw_lane(scale, name, days, y))
        y += _LANE
    if life.statement.lines:
        y += 8
        parts.append(_draw_points(scale, life, y))
        y += _POINTS
    axis = _draw_axis(scale, top, y)
    height = y + 30
    name = f"The life of customer {life.history.customer} up to {life.on}"
    return tag(
        "svg",
        tag("title", name),
        tag("rect", x=0, y=0, width=_num(_WIDE), height=_num(height), rx=8, style=f"fill:{ink('paper')}"),
        axis,
        flags,
        join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_num(_WIDE)} {_num(height)}",
        width=_num(_WIDE),
        height=_num(height),
        role="img",
        font_family=FONTS,
        style="max-width:100%;height:auto",
        class_="lc-life",
    )


class _Scale:
    def __init__(self, start: date, end: date) -> None:
        self.start = start
        self.end = max(end, start)
        days = (self.end - start).days
        self._first = start.toordinal() - days * 0.012
        self._per_day = (_WIDE - _LEFT - _RIGHT) / max(days * 1.012, 1)

    def x(self, day: date) -> float:
        return _LEFT + (day.toordinal() - self._first) * self._per_day

    def ticks(self) -> Iterator[tuple[date, bool]]:
        """(day, whether it is labelled): a tick a year, half-year, quarter or month, whatever leaves room for the words."""
        months = months_between(self.start, self.end) + 1
        step, words = next(
            (pair for most, pair in ((7, (1, 1)), (20, (1, 3)), (44, (3, 6)), (110, (6, 12))) if months <= most),
            (12, 24),
        )
        day = date(self.start.year, 1, 1)
        number = 0
        while day <= self.end:
            if day >= self.start:
                yield day, number % words == 0
            number += step
            day = add_months(date(self.start.year, 1, 1), number)


def _bands(life: Life, start: date) -> Iterator[_Band]:
    moves: dict[tuple[str, str | None], list[LifeStep]] = {}
    for step in life.steps:
        if step.accepted and step.region in _REGIONS:
            moves.setdefault((step.region, step.key), []).append(step)
    places = [("activity", key) for region, key in moves if region == "activity"]
    order = [
        ("stage", None),
        *sorted(set(places), key=lambda place: place[1] or ""),
        ("satisfaction", None),
        ("loyalty", None),
        ("spending", None),
    ]
    for region, key in order:
        steps = moves.get((region, key), [])
        spans = tuple(_spans(region, steps, start, life.on))
        if region == "stage" or len(spans) > 1 or region == "activity":
            yield _Band(region, key, spans)


_REGIONS = frozenset({"stage", "activity", "satisfaction", "loyalty", "spending"})


def _spans(region: str, steps: Sequence[LifeStep], start: date, end: date) -> Iterator[_Span]:
    machine = machines.ALL[region]
    state, since, because = machine.label(machine.initial), start, ""
    for step in steps:
        label = machine.label(step.after)
        if label != state:
            if step.day > since:
                yield _Span(since, step.day, state, because)
            state, since, because = label, max(step.day, start), "; ".join(step.because)
    yield _Span(since, end, state, because)


def _flags(life: Life) -> list[_Flag]:
    found: list[_Flag] = []
    last: dict[str | None, str] = {}
    for step in life.steps:
        if step.region == "activity" and step.accepted:
            label = machines.ACTIVITY.label(step.after)
            if label != last.get(step.key) and label in _KEY_STATES:
                found.append(_Flag(_KEY_STATES.index(label), step.day, both(label), TONES[label]))
            last[step.key] = label
    for event in life.history:
        if event.day <= life.on and event.kind in _KEY_EVENTS:
            tone = "bad" if "complain" in event.kind and event.kind != "complaint_closed" else "sale"
            found.append(_Flag(_KEY_EVENTS.index(event.kind), event.day, told(event.kind), tone))
    return sorted(found)


def _lanes(life: Life) -> dict[str, list[tuple[date, str, bool]]]:
    """By machine: the day of each event, what it says where the pointer rests, and whether it was refused."""
    refused: dict[str, str] = {}
    for step in life.refused:
        refused.setdefault(step.id, f"{step.region} refused it: {'; '.join(step.because)}")
    lanes: dict[str, list[tuple[date, str, bool]]] = {name: [] for name in _CASES}
    lanes["other"] = []
    for event in life.history:
        if event.day <= life.on:
            words = str(event) + (f"\n{refused[event.id]}" if event.id in refused else "")
            lanes[_LANE_OF.get(event.kind, "other")].append((event.day, words, event.id in refused))
    return {name: days for name, days in lanes.items() if days}


_CASES = tuple(name for name, machine in machines.ALL.items() if machine.key is not None)
_LANE_OF = {kind: next((name for name in _CASES if kind in machines.ALL[name].events), "other") for kind in KINDS}


# -- drawing ------------------------------------------------------------------------------------------------------------


def _draw_flags(scale: _Scale, flags: Iterable[_Flag]) -> tuple[Markup, float]:
    rows: list[list[tuple[float, float]]] = []
    placed: list[tuple[int, float, float, _Flag]] = []
    for flag in flags:
        x = scale.x(flag.day)
        long = width(flag.text, 11) + 10
        left = x if x + long < _WIDE - 4 else x - long
        for number in range(_FLAGS):
            if number == len(rows):
                rows.append([])
            if all(left + long + 6 < start or left - 6 > end for start, end in rows[number]):
                rows[number].append((left, left + long))
                placed.append((number, x, left, flag))
                break
    bottom = 12 + len([row for row in rows if row]) * _FLAG
    stems: list[Markup] = []
    parts: list[Markup] = []
    for number, x, left, flag in placed:
        y = bottom - (number + 1) * _FLAG
        stems.append(_line(x, y + 3, x, bottom + 2, flag.tone, 1.2))
        parts.append(_bar(left, y, width(flag.text, 11) + 10, 15, f"{flag.tone}-soft", round_=3))
        parts.append(_words(flag.text, left + 5, y + 11.4, 11, title=f"{flag.day} {flag.text}"))
    return join((*stems, *parts)), bottom + 4


def _draw_label(name: str, y: float, high: float, key: str = "") -> Markup:
    english, chinese = _OTHER if name == "other" else (plain(name), zh(name))
    middle = y + high / 2 + (-2 if key else 4)
    return join(
        (
            _words(english, 12, middle, 12, bold=True),
            _words(chinese, 18 + width(english, 12, bold=True), middle, 11, "quiet"),
            _words(key, 12, middle + 12.5, 10, "quiet") if key else None,
        )
    )


def _draw_band(scale: _Scale, band: _Band, y: float) -> Markup:
    key = "" if band.key is None or band.key == UNNAMED else band.key
    parts = [_draw_label(band.machine, y, _BAND, key)]
    for span in reversed(band.spans):  # a short one lies above the one after it
        left, right = scale.x(span.start), scale.x(span.end)
        long = max(right - left, 4)
        tone = _STAGE_TONES.get(span.state, "sale") if band.machine == "stage" else TONES.get(span.state, "none")
        words = both(span.state, band.machine)
        hint = f"{words}, {span.start} to {span.end}" + (f"\n{span.because}" if span.because else "")
        parts.append(_bar(left, y + 2, long, _BAND - 4, f"{tone}-soft", title=hint))
        parts.append(_bar(left, y + _BAND - 4, long, 2.5, tone))
        if right - left > long - 1:
            parts.append(_bar(left, y + 2, 1, _BAND - 2, tone))
        for text in (words, plain(span.state), zh(span.state, band.machine)):
            if text and width(text, 11.5) + 8 <= long:
                parts.append(_words(text, left + 6, y + _BAND / 2 + 3.6, 11.5))
                break
    return join(parts)


def _draw_lane(scale: _Scale, name: str, days: Sequence[tuple[date, str, bool]], y: float) -> Markup:
    middle = y + _LANE / 2
    groups: list[tuple[list[float], list[str], bool]] = []
    for day, hint, refused in days:
        x = scale.x(day)
        if groups and x - groups[-1][0][-1] < _NEAR and x - groups[-1][0][0] < 3 * _NEAR:
            xs, words, bad = groups[-1]
            groups[-1] = ([*xs, x], [*words, hint], bad or refused)
        else:
            groups.append(([x], [hint], refused))
    parts = [_draw_label(name, y, _LANE), _line(_LEFT, middle, _WIDE - _RIGHT, middle, "line")]
    for xs, words, bad in groups:
        tone, title, first, last = "bad" if bad else "accent", "\n".join(words), xs[0], xs[-1]
        if len(xs) == 1:
            parts.append(
                tag("circle", tag("title", title), cx=_num(first), cy=_num(middle), r=4.5, style=f"fill:{ink(tone)}")
            )
        else:
            parts.append(_bar(first - 7.5, middle - 7.5, last - first + 15, 15, tone, round_=7.5, title=title))
            parts.append(
                _words(str(len(xs)), (first + last) / 2, middle + 3.8, 10.5, "paper", bold=True, anchor="middle")
            )
    return join(parts)


def _draw_points(scale: _Scale, life: Life, y: float) -> Markup:
    balance = 0
    levels: list[tuple[date, int]] = []
    for line in life.statement.lines:
        balance += line.points
        levels.append((line.day, balance))
    most = max(1, *(level for _, level in levels))
    base, high = y + _POINTS - 8, _POINTS - 20

    def up(level: int) -> float:
        return base - high * max(level, 0) / most

    path = [f"M{_num(scale.x(levels[0][0]))} {_num(base)}"]
    for day, level in levels:
        path += [f"H{_num(scale.x(day))}", f"V{_num(up(level))}"]
    outline = "".join(path) + f"H{_num(scale.x(life.on))}"
    hint = f"{life.statement.balance:,} points on {life.on}"
    return join(
        (
            _draw_label("points", y, _POINTS),
            tag("path", d=f"{outline}V{_num(base)}Z", style=f"fill:{ink('back-soft')}"),
            tag("path", tag("title", hint), d=outline, style=f"fill:none;stroke:{ink('back')};stroke-width:1.6"),
            _line(_LEFT, base, _WIDE - _RIGHT, base, "line"),
            _words(f"{most:,}", _LEFT - 8, up(most) + 4, 10.5, "quiet", anchor="end"),
            _words(
                f"{life.statement.balance:,}",
                _WIDE - _RIGHT - 2,
                up(life.statement.balance) - 5,
                11.5,
                bold=True,
                anchor="end",
            ),
        )
    )


def _draw_axis(scale: _Scale, top: float, bottom: float) -> Markup:
    parts: list[Markup] = []
    for day, labelled in scale.ticks():
        x = scale.x(day)
        parts.append(_line(x, top, x, bottom + 4, "line"))
        if labelled and x < _WIDE - 100:
            text = str(day.year) if day.month == 1 else f"{day.year}-{day.month:02}"
            parts.append(_words(text, x, bottom + 18, 11, "quiet", anchor="middle"))
    end = scale.x(scale.end)
    parts.append(_line(end, top, end, bottom + 4, "quiet", 1.2))
    parts.append(_words(str(scale.end), end, bottom + 18, 11, bold=True, anchor="end"))
    return join(parts)


def _line(x1: float, y1: float, x2: float, y2: float, tone: str, thick: float = 1) -> Markup:
    return tag(
        "line",
        x1=_num(x1),
        y1=_num(y1),
        x2=_num(x2),
        y2=_num(y2),
        style=f"stroke:{ink(tone)};stroke-width:{_num(thick)}",
    )


def _bar(
    x: float, y: float, wide: float, high: float, tone: str, *, round_: float | None = None, title: str = ""
) -> Markup:
    hint = [tag("title", title)] if title else []
    return tag(
        "rect", *hint, x=_num(x), y=_num(y), width=_num(wide), height=_num(high), rx=round_, style=f"fill:{ink(tone)}"
    )


def _words(
    text: str,
    x: float,
    y: float,
    size: float,
    tone: str = "text",
    *,
    bold: bool = False,
    anchor: str | None = None,
    title: str = "",
) -> Markup:
    return tag(
        "text",
        text,
        tag("title", title) if title else None,
        x=_num(x),
        y=_num(y),
        font_size=_num(size),
        font_weight="bold" if bold else None,
        text_anchor=anchor,
        style=f"fill:{ink(tone)}" + ("" if title else ";pointer-events:none"),
    )


def _num(value: float) -> str:
    """A number as SVG wants it: to a tenth of a pixel, without a needless point."""
    return f"{value:.1f}".removesuffix(".0")
