"""The relationship as one picture, laid out by hand.

In: the graph of :data:`lifecycle.machines.relationship.RELATIONSHIP`. Out: a picture in three storeys: the path of
loyalty, below it that of dissatisfaction, below both the ways out; what may happen anywhere in a storey leaves its frame.
The places are by hand, the arrows are the data's: a graph whose standings or moves are not those of the tables below is
drawn in layers. Next: :mod:`lifecycle.diagrams.canvas`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from attrs import evolve

from lifecycle.diagrams.canvas import (
    SECOND,
    Box,
    Frame,
    Line,
    Picture,
    Point,
    Tag,
    Words,
    cornered,
    label_size,
    stack,
    straight,
)
from lifecycle.diagrams.graph import Arrow, Graph, Label, Part
from lifecycle.diagrams.layered import box_words, hint_of, said, tag_words

__all__ = ["flat", "relation"]

_WIDE, _HIGH = 1450.0, 990.0
_ROW_1, _ROW_2, _ROW_3 = 236.0, 572.0, 862.0  # middles of the rows of boxes
_BOX = 56.0
# standing → middle across, row, width, look
_PLACES: Mapping[str, tuple[float, float, float, str]] = {
    "prospect": (130, _ROW_1, 146, "sale"),
    "first_time": (446, _ROW_1, 146, "owner"),
    "repeat": (762, _ROW_1, 146, "owner"),
    "advocate": (1044, _ROW_1, 146, "owner"),
    "core_advocate": (1322, _ROW_1, 146, "owner"),
    "dissatisfied": (188, _ROW_2, 184, "unhappy"),
    "never_again": (566, _ROW_2, 244, "unhappy"),
    "detractor": (950, _ROW_2, 190, "unhappy"),
    "third_party": (1310, _ROW_2, 184, "unhappy"),
    "lost": (430, _ROW_3, 170, "away"),
    "gone": (1020, _ROW_3, 200, "away"),
}
# group → left, top, right, bottom, where its name stands, fill
_FRAMES: Mapping[str, tuple[float, float, float, float, Point, str]] = {
    "present": (20, 56, 1430, 704, (40, 80), "#f7f8fb"),
    "path": (38, 94, 1412, 338, (56, 120), "#f2faf6"),
    "unhappy": (38, 508, 1412, 688, (56, 672), "#fff7f0"),
}
_PATH_END, _PRESENT_END = 338.0, 704.0  # where arrows leave the two frames

# a point a line goes through, or where it meets a standing: (standing, side, how far from the middle of the side);
# of an arrow's words the standing is ""
_Stop = Point | tuple[str, str, float]


class _Way(NamedTuple):
    """Arrows (source, target) that share their words, where these stand, and the lines from and to them."""

    arrows: tuple[tuple[str, str], ...]
    at: Point
    lines: tuple[tuple[_Stop, ...], ...]


def _beside(before: str, after: str, x: float, row: float = _ROW_1) -> _Way:
    """From one standing to the next in its row."""
    return _Way(
        ((before, after),),
        (x, row),
        (((before, "right", 0), ("", "left", 0)), (("", "right", 0), (after, "left", 0))),
    )


def _fall(before: str, after: str, off: float, y: float) -> _Way:
    """Down from a frame to a standing, ``off`` from its middle, the words at ``y``."""
    x = _PLACES[after][0] + off
    start = (x, _PATH_END if before == "path" else _PRESENT_END)
    return _Way(((before, after),), (x, y), ((start, ("", "top", 0)), (("", "bottom", 0), (after, "top", off))))


def _rise(before: str, after: tuple[str, ...], off: float, y: float) -> _Way:
    """Up from a standing to a frame."""
    x = _PLACES[before][0] + off
    end = (x, _PRESENT_END if after == ("present",) else _PATH_END)
    arrows = tuple((before, one) for one in after)
    return _Way(arrows, (x, y), (((before, "top", off), ("", "bottom", 0)), (("", "top", 0), end)))


_CONVERTED, _RECORDED, _BAD_WORD, _THIRD = 1183.0, 903.0, 772.0, 1131.0
_UPPER, _LOWER = 400.0, 466.0  # two heights for words between the storeys, so that neighbours do not meet
_WAYS: Sequence[_Way] = (
    _beside("prospect", "first_time", 288),
    _beside("first_time", "repeat", 604),
    _Way(
        (("repeat", "advocate"), ("first_time", "advocate")),
        (_RECORDED, _ROW_1),
        (
            (("repeat", "right", 0), ("", "left", 0)),
            (("first_time", "bottom", 20), (466, 286), (_RECORDED, 286), ("", "bottom", 0)),
            (("", "right", 0), ("advocate", "left", 0)),
        ),
    ),
    _Way(
        (("advocate", "core_advocate"), ("first_time", "core_advocate"), ("repeat", "core_advocate")),
        (_CONVERTED, _ROW_1),
        (
            (("advocate", "right", 0), ("", "left", 0)),
            (("first_time", "top", 0), (446, 168), (_CONVERTED, 168), ("", "top", 0)),
            (("repeat", "top", 0), (762, 168)),
            (("", "right", 0), ("core_advocate", "left", 0)),
        ),
    ),
    _Way(
        (("prospect", "advocate"),),
        (604, 312),
        (
            (("prospect", "bottom", 0), (130, 312), ("", "left", 0)),
            (("", "right", 0), (1044, 312), ("advocate", "bottom", 0)),
        ),
    ),
    _fall("path", "dissatisfied", -62, _LOWER),
    _rise("dissatisfied", ("path",), 66, _UPPER),
    _fall("path", "never_again", -98, _LOWER),
    _rise("never_again", ("path",), -2, _UPPER),
    _rise("never_again", ("first_time", "repeat", "advocate", "core_advocate"), 92, _LOWER),
    _fall("path", "detractor", -64, _LOWER),
    _rise("detractor", ("path",), 50, _UPPER),
    _fall("path", "third_party", -64, _LOWER),
    _rise("third_party", ("path",), 30, _UPPER),
    _beside("dissatisfied", "never_again", 362, _ROW_2),
    _Way(
        (("never_again", "detractor"), ("dissatisfied", "detractor")),
        (_BAD_WORD, _ROW_2),
        (
            (("never_again", "right", 0), ("", "left", 0)),
            (("dissatisfied", "bottom", 30), (218, 626), (_BAD_WORD, 626), ("", "bottom", 0)),
            (("", "right", 0), ("detractor", "left", 0)),
        ),
    ),
    _Way(
        (("detractor", "third_party"), ("dissatisfied", "third_party"), ("never_again", "third_party")),
        (_THIRD, _ROW_2),
        (
            (("detractor", "right", 0), ("", "left", 0)),
            (("dissatisfied", "bottom", 0), (188, 650), (_THIRD, 650), ("", "bottom", 0)),
            (("never_again", "bottom", 0), (566, 650)),
            (("", "right", 0), ("third_party", "left", 0)),
        ),
    ),
    _fall("present", "lost", -50, 768),
    _rise("lost", ("present",), 50, 768),
    _fall("present", "gone", -66, 768),
    _rise("gone", ("present",), 66, 768),
    _beside("lost", "gone", 718, _ROW_3),
)


def relation(graph: Graph, *, zh: bool = False) -> Picture | None:
    """The picture, or None where the graph's standings or moves are not those that have a place in it."""
    cells = {(before, arrow.after): arrow.labels for arrow in graph.arrows for before in arrow.before}
    placed = [key for way in _WAYS for key in way.arrows]
    alike = all(len({cells.get(key) for key in way.arrows}) == 1 for way in _WAYS)
    groups = {part.name: part for part in _all(graph.parts)}
    if set(cells) != set(placed) or {node.name for node in graph.nodes} != set(_PLACES) or not alike:
        return None
    if set(groups) != set(_FRAMES):
        return None
    boxes = {node.name: _box(graph, node.name, zh) for node in graph.nodes}
    tags: list[Tag] = []
    lines: list[Line] = []
    for way in _WAYS:
        of = tuple(((before,), after) for before, after in way.arrows)
        tag = _tag(way.at, cells[way.arrows[0]], _aside(graph, groups, way, zh), of, zh)
        tags.append(tag)
        for stops in way.lines:
            points = [_meet(boxes, tag, stop) for stop in stops]
            ends = (_touched(stops[0]), _touched(stops[-1]))
            # a line ends at a standing or at a frame with a head, at words or at another line without
            last = stops[-1]
            head = bool(last[0]) if len(last) == 3 else last[1] in (_PATH_END, _PRESENT_END)
            curves = cornered(points, 8) if len(points) > 2 else (straight(points[0], points[1]),)
            lines.append(Line(curves, head, ends, of=of))
    first = boxes["prospect"]
    dot = (first.x + 20, first.y - 30)
    lines.append(Line((straight((dot[0], dot[1] + 6), (dot[0], first.y)),), True, ("", "prospect")))
    return Picture(
        f"{graph.name} {graph.zh}",
        said(graph, zh=zh),
        _WIDE,
        _HIGH,
        tuple(boxes.values()),
        tuple(tags),
        tuple(lines),
        tuple(_frame(groups[name]) for name in _FRAMES),
        (Words(f"{graph.name} {graph.zh}", 22, 38, 17, bold=True, left=True), *_foot(zh)),
        (dot,),
    )


def flat(graph: Graph) -> Graph:
    """The graph without its parts: an arrow of a part is one of all its states."""
    groups = {part.name: part for part in _all(graph.parts)}

    def members(name: str) -> tuple[str, ...]:
        if name not in groups:
            return (name,)
        part = groups[name]
        return tuple(one for inner in (*(within.name for within in part.parts), *part.states) for one in members(inner))

    arrows = [
        Arrow(before, after, arrow.labels, mark=len(before) > 3)
        for arrow in graph.arrows
        for after in members(arrow.after)
        if (before := tuple(one for name in arrow.before for one in members(name) if one != after))
    ]
    return evolve(graph, parts=(), arrows=tuple(arrows))


def _all(parts: Sequence[Part]) -> list[Part]:
    return [one for part in parts for one in (part, *_all(part.parts))]


def _box(graph: Graph, name: str, zh: bool) -> Box:
    x, y, wide, look = _PLACES[name]
    node = graph.node(name)
    lines = box_words(node)
    _, high = label_size([(words.text, words.size, words.bold) for words in lines])
    words = stack(lines, x, y - high / 2)
    return Box(name, x - wide / 2, y - _BOX / 2, wide, _BOX, words, look, hint_of(graph, node, zh=zh))


def _frame(part: Part) -> Frame:
    left, top, right, bottom, at, fill = _FRAMES[part.name]
    words = Words(f"{part.name} {part.zh}", *at, 13, bold=True, ink=SECOND, left=True)
    return Frame(left, top, right - left, bottom - top, (words,), fill)


def _aside(graph: Graph, groups: Mapping[str, Part], way: _Way, zh: bool) -> list[str]:
    """What an arrow's words say besides its events: where it leads back to."""
    targets = [after for _, after in way.arrows]
    if targets == ["present"]:
        return ["回到原来的状态" if zh else "back to where he stood"]
    if len(targets) > 1 and len(set(targets)) > 1:
        node_of = {node.name: node for node in graph.nodes}
        missing = [node_of[name] for name in groups["path"].states if name not in targets]
        names = ("、" if zh else ", ").join(node.zh if zh else node.name for node in missing)
        return [f"不回{names}" if zh else f"not to {names}"] if missing else []
    return []


def _tag(
    at: Point, labels: Sequence[Label], aside: Sequence[str], of: tuple[tuple[tuple[str, ...], str], ...], zh: bool
) -> Tag:
    lines = [*tag_words(labels, zh=zh, wide=132), *tag_words((), aside, zh=zh)]
    wide, high = label_size([(words.text, words.size, words.bold) for words in lines])
    wide, high = wide + 8, high + 4
    return Tag(at[0] - wide / 2, at[1] - high / 2, wide, high, stack(lines, at[0], at[1] - high / 2 + 2), False, of)


def _touched(stop: _Stop) -> str:
    return stop[0] if len(stop) == 3 else ""


def _meet(boxes: Mapping[str, Box], tag: Tag, stop: _Stop) -> Point:
    if len(stop) == 2:
        return stop
    name, side, off = stop
    left, top, right, bottom = boxes[name].box if name else tag.box
    x, y = (left + right) / 2, (top + bottom) / 2
    return {"left": (left, y + off), "right": (right, y + off), "top": (x + off, top), "bottom": (x + off, bottom)}[
        side
    ]


_FOOT = (
    "Lost and gone come before dissatisfaction, and that before loyalty, which goes on being counted behind them.",
    "Of several cars the last one decides. Nobody is gone while a sale to him is under way.",
    "[may_recover], [service_repeats]: where the book says so.",
)
_FOOT_ZH = (
    "流失、离开优先于不满，不满优先于忠诚度；忠诚度在其后继续累计，回来的客户站在原来的位置。",
    "有多辆车时，以最后一辆为准。正在洽谈购车的客户不算“离开”。",
    "标有“可挽回”“重复维修算回头客”的，由店规决定。",
)


def _foot(zh: bool) -> tuple[Words, ...]:
    """What the picture cannot draw."""
    texts = _FOOT_ZH if zh else _FOOT
    return tuple(Words(text, 40, 930 + 20 * number, 12, ink=SECOND, left=True) for number, text in enumerate(texts))
