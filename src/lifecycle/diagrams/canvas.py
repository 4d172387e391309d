"""A picture as geometry — boxes, words, lines, frames — and its SVG.

In: a :class:`Picture`, made by :mod:`lifecycle.diagrams.layered` or by a hand-tuned layout. Out: one SVG text that needs
no font, program, style sheet or network of its own: presentation attributes only, no ids (several pictures may stand in
one page), a background of its own (it reads on a dark page too), a title for those who do not see it. The geometry
is kept apart from the text so that a test can ask whether anything overlaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import hypot

from attrs import evolve, field, frozen

from lifecycle.diagrams.measure import FONTS, LEADING, width

__all__ = [
    "INKS",
    "LABEL",
    "QUIET",
    "SECOND",
    "Box",
    "Curve",
    "Ends",
    "Frame",
    "Line",
    "Picture",
    "Point",
    "Tag",
    "Words",
    "arc",
    "cornered",
    "escape",
    "label_size",
    "stack",
    "straight",
]

Point = tuple[float, float]
#: An arrow by its sources and its target.
Ends = tuple[tuple[str, ...], str]
#: One stretch of a line: a cubic curve by its four points.
Curve = tuple[Point, Point, Point, Point]

_ARROW = 8.0  # the length of an arrow's head
# what a box stands for → (fill, stroke)
INKS = {
    "state": ("#eef4ff", "#4a74b8"),
    "twin": ("#f6f9ff", "#8aa6d6"),
    "end": ("#f1f2f5", "#69748a"),
    "sale": ("#e8f1ff", "#3f72bd"),
    "again": ("#f1edff", "#7a63c4"),
    "owner": ("#e6f6ee", "#2f8a5b"),
    "unhappy": ("#fff1e6", "#c7672c"),
    "away": ("#eff0f3", "#667085"),
    "fault": ("#ffecec", "#cc2f2f"),
    "card": ("#ffffff", "#b9c3d6"),
}
_TEXT, _EDGE, _PAPER = "#17202e", "#6a7893", "#ffffff"
#: Inks of text that is not a name: what stands second to it, what an arrow says, what need not be read.
SECOND, LABEL, QUIET = "#445068", "#2c3950", "#6d7890"


@frozen
class Words:
    """One line of text; ``x`` is its middle, or its left end where ``left``; ``y`` is its base line."""

    text: str
    x: float
    y: float
    size: float
    bold: bool = False
    ink: str = _TEXT
    left: bool = False
    slanted: bool = False

    @property
    def width(self) -> float:
        """An upper bound of its width."""
        return width(self.text, self.size, bold=self.bold)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        left = self.x if self.left else self.x - self.width / 2
        return left, self.y - self.size * 0.95, left + self.width, self.y + self.size * 0.3


@frozen
class Box:
    """A state: its rectangle and the words in it. ``hint`` is told where the pointer rests on it."""

    name: str
    x: float
    y: float
    width: float
    height: float
    words: tuple[Words, ...] = ()
    look: str = "state"
    hint: str = ""
    final: bool = False
    dashed: bool = False
    inside: str = ""
    """The name of the box that holds it, if any."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@frozen
class Tag:
    """The words at an arrow, as one block."""

    x: float
    y: float
    width: float
    height: float
    words: tuple[Words, ...]
    mark: bool = False
    """Whether its first lines stand for the states that the arrow leaves."""
    of: tuple[Ends, ...] = ()
    """The arrows whose words they are."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.x, self.y, self.x + self.width, self.y + self.height


@frozen
class Frame:
    """The ground behind a part of the picture, with its name."""

    x: float
    y: float
    width: float
    height: float
    words: tuple[Words, ...] = ()
    fill: str = "#f7f8fb"
    stroke: str = "#dde2ec"
    round: float = 12

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.x, self.y, self.x + self.width, self.y + self.height


@frozen
class Line:
    """A line of curves, one after the other; with an arrow's head at its end where ``arrow``."""

    curves: tuple[Curve, ...]
    arrow: bool = True
    ends: tuple[str, str] = ("", "")
    """The names of the boxes that it may touch."""
    dashed: bool = False
    ink: str = _EDGE
    weight: float = 1.4
    of: tuple[Ends, ...] = ()
    """The arrows that it draws, whose words it may touch."""

    def points(self, steps: int = 16) -> list[Point]:
        """Points along the line, close enough to ask what it runs through."""
        found: list[Point] = []
        for curve in self.curves:
            found += [_at(curve, number / steps) for number in range(steps + 1)]
        return found


@frozen
class Picture:
    """Everything drawn, in pixels; the corner of the picture is (0, 0)."""

    title: str
    text: str
    """What the picture says, for those who do not see it."""
    width: float
    height: float
    boxes: tuple[Box, ...] = field(default=(), repr=False)
    tags: tuple[Tag, ...] = field(default=(), repr=False)
    lines: tuple[Line, ...] = field(default=(), repr=False)
    frames: tuple[Frame, ...] = field(default=(), repr=False)
    words: tuple[Words, ...] = field(default=(), repr=False)
    dots: tuple[Point, ...] = field(default=(), repr=False)
    """The marks of where a life, or a case, begins."""
    backdrop: tuple[str, ...] = field(default=(), repr=False)
    """SVG drawn first, under everything."""

    def svg(self) -> str:
        """The picture as SVG."""
        return "\n".join(self._svg()) + "\n"

    def _svg(self) -> Iterable[str]:
        wide, high = _n(self.width), _n(self.height)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
            f'role="img" style="max-width:100%;height:auto" font-family="{FONTS}">'
        )
        yield f"<title>{escape(self.title)}</title>"
        yield f"<desc>{escape(self.text)}</desc>"
        wide, high = _n(self.width - 1), _n(self.height - 1)
        yield f'<rect x="0.5" y="0.5" width="{wide}" height="{high}" rx="10" fill="{_PAPER}" stroke="#d5dbe6"/>'
        yield from self.backdrop
        for frame in self.frames:
            yield (
                f'<rect x="{_n(frame.x)}" y="{_n(frame.y)}" width="{_n(frame.width)}" height="{_n(frame.height)}" rx="{_n(frame.round)}" '
                f'fill="{frame.fill}" stroke="{frame.stroke}"/>'
            )
            yield from map(_words, frame.words)
        for line in self.lines:
            yield from _line(line)
        for x, y in self.dots:
            yield f'<circle cx="{_n(x)}" cy="{_n(y)}" r="6" fill="{_TEXT}"/>'
        for box in self.boxes:
            yield from _box(box)
        for tag in self.tags:
            yield from _tag(tag)
        yield from map(_words, self.words)
        yield "</svg>"


def _n(number: float) -> str:
    """A number with one decimal at most, so that the same picture is the same text everywhere."""
    text = f"{number:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """Text for XML, in an element or in an attribute; what XML cannot hold at all becomes U+FFFD."""
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(sign, name)
    return _NOT_XML.sub("\ufffd", text)


def _words(words: Words) -> str:
    look = ' font-weight="bold"' if words.bold else ""
    look += ' font-style="italic"' if words.slanted else ""
    look += "" if words.left else ' text-anchor="middle"'
    return f'<text x="{_n(words.x)}" y="{_n(words.y)}" font-size="{_n(words.size)}" fill="{words.ink}"{look}>{escape(words.text)}</text>'


def _box(box: Box) -> Iterable[str]:
    fill, stroke = INKS[box.look]
    dash = ' stroke-dasharray="5 3"' if box.dashed else ""
    yield f"<g><title>{escape(box.hint)}</title>" if box.hint else "<g>"
    yield (
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" rx="8" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="1.5"{dash}/>'
    )
    if box.final:
        yield (
            f'<rect x="{_n(box.x + 3)}" y="{_n(box.y + 3)}" width="{_n(box.width - 6)}" height="{_n(box.height - 6)}" rx="5.5" '
            f'fill="none" stroke="{stroke}"/>'
        )
    yield from map(_words, box.words)
    yield "</g>"


def _tag(tag: Tag) -> Iterable[str]:
    if tag.mark:
        yield (
            f'<rect x="{_n(tag.x)}" y="{_n(tag.y)}" width="{_n(tag.width)}" height="{_n(tag.height)}" rx="5" '
            f'fill="#fffdf3" stroke="{_EDGE}" stroke-dasharray="3 3"/>'
        )
    yield from (_words(words) for words in tag.words if words.text)


def _line(line: Line) -> Iterable[str]:
    if not line.curves:
        return
    curves = list(line.curves)
    head = ""
    if line.arrow:
        last = curves[-1]
        tip = last[3]
        back = next(
            (point for point in (last[2], last[1], last[0]) if hypot(point[0] - tip[0], point[1] - tip[1]) > 0.01), tip
        )
        far = hypot(tip[0] - back[0], tip[1] - back[1]) or 1.0
        along = (tip[0] - back[0]) / far, (tip[1] - back[1]) / far
        base = tip[0] - along[0] * _ARROW, tip[1] - along[1] * _ARROW
        side = -along[1] * _ARROW * 0.42, along[0] * _ARROW * 0.42
        corners = (tip, (base[0] + side[0], base[1] + side[1]), (base[0] - side[0], base[1] - side[1]))
        head = " ".join(f"{_n(x)},{_n(y)}" for x, y in corners)
        # the line ends inside the head, so that its blunt end does not show at the tip
        inner = tip[0] - along[0] * _ARROW * 0.7, tip[1] - along[1] * _ARROW * 0.7
        curves[-1] = (last[0], last[1], inner if last[2] == tip else last[2], inner)
    path = [f"M{_n(curves[0][0][0])},{_n(curves[0][0][1])}"]
    for start, one, two, end in curves:
        if _on_a_line(start, one, two, end):
            path.append(f"L{_n(end[0])},{_n(end[1])}")
        else:
            path.append(f"C{_n(one[0])},{_n(one[1])} {_n(two[0])},{_n(two[1])} {_n(end[0])},{_n(end[1])}")
    dash = ' stroke-dasharray="5 4"' if line.dashed else ""
    yield f'<path d="{" ".join(path)}" fill="none" stroke="{line.ink}" stroke-width="{_n(line.weight)}"{dash}/>'
    if head:
        yield f'<polygon points="{head}" fill="{line.ink}"/>'


def _on_a_line(start: Point, one: Point, two: Point, end: Point) -> bool:
    across = [
        (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
        for point in (one, two)
    ]
    return max(map(abs, across)) < 0.5


def _at(curve: Curve, part: float) -> Point:
    rest = 1 - part
    weights = rest**3, 3 * rest * rest * part, 3 * rest * part * part, part**3
    return (
        sum(weight * point[0] for weight, point in zip(weights, curve, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, curve, strict=True)),
    )


def straight(start: Point, end: Point) -> Curve:
    """A straight stretch."""
    return start, start, end, end


def arc(start: Point, end: Point, leave: Point, arrive: Point) -> Curve:
    """A curve that leaves ``start`` along ``leave`` and arrives at ``end`` along ``arrive`` (vectors, in pixels)."""
    return start, (start[0] + leave[0], start[1] + leave[1]), (end[0] - arrive[0], end[1] - arrive[1]), end


def cornered(points: Iterable[Point], radius: float = 6.0) -> tuple[Curve, ...]:
    """A line of upright and level stretches through ``points``, with round corners."""
    path: list[Point] = []
    for point in points:
        if not path or _far(point, path[-1]) > 0.1:
            path.append(point)
    found: list[Curve] = []
    at = path[0]
    for before, corner, after in zip(path, path[1:], path[2:], strict=False):
        enter = _toward(corner, before, min(radius, _far(before, corner) / 2))
        leave = _toward(corner, after, min(radius, _far(corner, after) / 2))
        found += [straight(at, enter), (enter, corner, corner, leave)]
        at = leave
    found.append(straight(at, path[-1]))
    return tuple(found)


def _far(one: Point, two: Point) -> float:
    return hypot(one[0] - two[0], one[1] - two[1])


def _toward(start: Point, goal: Point, far: float) -> Point:
    whole = _far(start, goal) or 1.0
    return start[0] + (goal[0] - start[0]) * far / whole, start[1] + (goal[1] - start[1]) * far / whole


def label_size(lines: Sequence[tuple[str, float, bool]]) -> tuple[float, float]:
    """Width and height of lines of text, (text, size, bold), one under the other, without a margin."""
    return (
        max((width(text, size, bold=bold) for text, size, bold in lines), default=0.0),
        sum(size * LEADING for _, size, _ in lines),
    )


def stack(lines: Sequence[Words], middle: float, top: float) -> tuple[Words, ...]:
    """Lines of text set one under the other, centred on ``middle``, the first one's top at ``top``."""
    placed: list[Words] = []
    y = top
    for words in lines:
        high = words.size * LEADING
        placed.append(evolve(words, x=middle, y=y + high * 0.5 + words.size * 0.36, left=False))
        y += high
    return tuple(placed)
