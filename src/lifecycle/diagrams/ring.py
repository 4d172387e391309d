"""The seven stages as a ring, laid out by hand.

In: the graph of :data:`lifecycle.machines.STAGE`. Out: a picture: the seven public stages in the order of K1 on a
circle, clockwise; the states that share a public name in one card; the first round outside, a further one inside; a
first sale, a further sale and the owner's stages told apart by colour. The places are by hand, the arrows are the rows': a
graph whose states or arrows are not those of the tables below gets None, and is drawn in layers like any other.
Next: :mod:`lifecycle.diagrams.canvas`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from math import atan2, cos, degrees, hypot, pi, radians, sin, tan

from attrs import frozen

from lifecycle.diagrams.canvas import (
    INKS,
    LABEL,
    QUIET,
    SECOND,
    Box,
    Curve,
    Frame,
    Line,
    Picture,
    Point,
    Tag,
    Words,
    label_size,
    stack,
)
from lifecycle.diagrams.graph import Graph, Label, Node
from lifecycle.diagrams.layered import box_words, hint_of, said, tag_words
from lifecycle.machines.journey import Stage

__all__ = ["ring"]

_WIDE, _HIGH = 1200.0, 1040.0
_CENTRE: Point = (600.0, 566.0)
_RADIUS = 420.0
_OUTER = 522.0
"""The way back to need runs on a circle of its own."""
_OWNER = ("owned", "repair", "service", "retention")
_AGAIN = ("trial_again", "purchase_again", "repurchase")
_ANY = "*"
_BOX = (164.0, 54.0)


def _on(angle: float, radius: float = _RADIUS) -> Point:
    """A point of the circle; angles in degrees, clockwise from the right."""
    return _CENTRE[0] + radius * cos(radians(angle)), _CENTRE[1] + radius * sin(radians(angle))


def _seventh(number: float) -> float:
    return -90 + number * 360 / 7


# state → the middle of its box
_PLACES: Mapping[str, Point] = {
    "need": _on(_seventh(0)),
    "trial": _on(_seventh(1)),
    "purchase": _on(5),
    "owned": _on(26),
    "repair": _on(_seventh(3)),
    "service": _on(_seventh(4)),
    "retention": _on(_seventh(5)),
    "repurchase": _on(_seventh(6)),
    "trial_again": (_on(_seventh(1))[0] - 184, _on(_seventh(1))[1]),
    "purchase_again": (_on(5)[0] - 184, _on(5)[1]),
}
# public stages of several states → left, top, right, bottom of the card, as distances from the outermost boxes
_CARDS: Mapping[str, tuple[str, ...]] = {
    "trial": ("trial", "trial_again"),
    "purchase": ("purchase", "purchase_again", "owned"),
}
_SIDES: Mapping[str, Point] = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}

# where a line meets a box: (state, side, how far from the middle of the side); no state: the words of the arrow;
# no side: where the circle meets it
_End = tuple[str, str, float]


@frozen
class _Route:
    """How one arrow is drawn: where its words stand, and its lines; the sources without a line are told in words."""

    at: Point
    lines: tuple[tuple[_End, _End], ...]
    back: bool = False
    """Whether the lines run back along the outer circle."""


_WORDS: _End = ("", "", 0)


def _along(before: str, after: str, angle: float) -> _Route:
    """From one state to the next along the circle, the words in between."""
    return _Route(_on(angle), (((before, "", 0), _WORDS), (_WORDS, (after, "", 0))))


def _by(at: Point, *lines: tuple[_End, _End]) -> _Route:
    return _Route(at, lines)


# (sources, target) → the way; "owner" stands for the four stages of an owner, "*" for all other states
_ROUTES: Mapping[tuple[str, str], _Route] = {
    # the ring
    ("need", "trial"): _along("need", "trial", -65),
    ("need trial", "purchase"): _along("trial", "purchase", -11.5),
    (_ANY, "owned"): _Route(
        _on(15.5),
        (
            (("purchase", "", 0), _WORDS),
            (("purchase_again", "bottom", 0), ("", "left", 0)),
            (_WORDS, ("owned", "", 0)),
        ),
    ),
    (_ANY, "repair"): _along("owned", "repair", 46),
    (_ANY, "service"): _along("repair", "service", 90),
    ("owned service", "retention"): _along("service", "retention", 141),
    ("owner", "repurchase"): _along("retention", "repurchase", 193),
    # once more, inside
    ("owner repurchase", "trial_again"): _by(
        (505, 318), (("repurchase", "right", 14), ("", "left", 0)), (("", "right", 0), ("trial_again", "left", 14))
    ),
    ("owner repurchase trial_again", "purchase_again"): _by(
        (733, 486),
        (("trial_again", "bottom", -12), ("", "top", 0)),
        (("", "bottom", 0), ("purchase_again", "top", -54)),
    ),
    # and back
    ("purchase", "trial"): _by(
        (914, 438), (("purchase", "top", -66), ("", "bottom", 0)), (("", "top", 0), ("trial", "bottom", -30))
    ),
    ("purchase_again", "trial_again"): _by(
        (822, 398), (("purchase_again", "top", 4), ("", "bottom", 0)), (("", "top", 0), ("trial_again", "bottom", 62))
    ),
    ("purchase_again trial_again", "repurchase"): _by(
        (505, 246), (("trial_again", "left", -14), ("", "right", 0)), (("", "left", 0), ("repurchase", "right", -14))
    ),
    ("purchase_again repurchase trial_again", "retention"): _by(
        (500, 634), (("purchase_again", "left", 0), ("", "right", 0)), (("", "left", 0), ("retention", "right", 0))
    ),
    ("purchase trial", "need"): _Route(
        _on(-62, _OUTER),
        ((("purchase", "right", 0), _WORDS), (("trial", "top", 64), _WORDS), (_WORDS, ("need", "top", 24))),
        back=True,
    ),
}


def ring(graph: Graph, *, zh: bool = False) -> Picture | None:
    """The ring, or None where the graph's states or arrows are not those that have a place in it."""
    names = {node.name for node in graph.nodes}
    grouped = _grouped(graph)
    routes = {(_sources(before, names, after), after): route for (before, after), route in _ROUTES.items()}
    if names != set(_PLACES) or set(grouped) != set(routes):
        return None
    boxes = {node.name: _box(graph, node, zh) for node in graph.nodes}
    tags: list[Tag] = []
    lines: list[Line] = []
    for key, labels in grouped.items():
        route, after = routes[key], key[1]
        ordered = tuple(node.name for node in graph.nodes if node.name in key[0])
        lined = {start[0] for start, _ in route.lines}
        words = _words(graph, key[0], lined, zh)
        tag = _tag(route.at, tag_words(labels, words, zh=zh, wide=118), bool(words), (ordered, after))
        tags.append(tag)
        for start, end in route.lines:
            curves = _way(boxes, tag, start, end, back=route.back)
            lines.append(Line(curves, end[0] != "", (start[0], end[0]), of=((ordered, after),)))
    first = boxes["need"]
    dot = (first.x - 26, first.y - 8)
    lines.append(Line((_curve((dot[0] + 6, dot[1]), (1, 0), (first.x + 16, first.y), (0, -1)),), True, ("", "need")))
    title = Words(f"{graph.name} {graph.zh}", 22, 38, 17, bold=True, left=True)
    legend, words_of_legend = _legend(zh)
    return Picture(
        f"{graph.name} {graph.zh}",
        said(graph, zh=zh),
        _WIDE,
        _HIGH,
        tuple(boxes.values()),
        tuple(tags),
        tuple(lines),
        (*_cards(boxes), *legend),
        (title, *words_of_legend),
        (dot,),
        _band(),
    )


# -- the rows' arrows -------------------------------------------------------------------------------------------------


def _grouped(graph: Graph) -> dict[tuple[frozenset[str], str], list[Label]]:
    """The graph's arrows as rows have them: all sources of an event together, then all events of the same sources."""
    sources: dict[tuple[Label, str], set[str]] = {}
    for arrow in graph.arrows:
        for label in arrow.labels:
            sources.setdefault((label, arrow.after), set()).update(arrow.before)
    grouped: dict[tuple[frozenset[str], str], list[Label]] = {}
    for (label, after), before in sources.items():
        grouped.setdefault((frozenset(before), after), []).append(label)
    return grouped


def _sources(words: str, names: set[str], after: str) -> frozenset[str]:
    if words == _ANY:
        return frozenset(names - {after})
    found: set[str] = set()
    for word in words.split():
        found.update(_OWNER if word == "owner" else (word,))
    return frozenset(found)


def _words(graph: Graph, before: frozenset[str], lined: set[str], zh: bool) -> list[str]:
    """The sources that no line is drawn from."""
    if len(before) == len(graph.nodes) - 1:
        return ["任意状态" if zh else "any state"]
    rest = [node for node in graph.nodes if node.name in before and node.name not in lined]
    words: list[str] = []
    if before.issuperset(_OWNER):
        words.append("任意车主状态" if zh else "any owner state")
        rest = [node for node in rest if node.name not in _OWNER]
    words += [node.zh if zh else node.name for node in rest]
    if words:
        words[0] = f"或{words[0]}" if zh else f"or {words[0]}"
    return words


# -- boxes, words, cards ----------------------------------------------------------------------------------------------


def _look(name: str) -> str:
    return "owner" if name in _OWNER else "again" if name in _AGAIN else "sale"


def _box(graph: Graph, node: Node, zh: bool) -> Box:
    x, y = _PLACES[node.name]
    lines = [words for words in box_words(node) if not words.text.startswith("= ")]  # the card says the public name
    _, high = label_size([(words.text, words.size, words.bold) for words in lines])
    words = stack(lines, x, y - high / 2)
    left, top = x - _BOX[0] / 2, y - _BOX[1] / 2
    alone = not any(node.name in states for states in _CARDS.values())
    if alone:
        words = (*words, Words(_number(node.name), left + 8, top + 16, 11, ink=QUIET, left=True))
    return Box(node.name, left, top, *_BOX, words, _look(node.name), hint_of(graph, node, zh=zh))


def _number(stage: str) -> str:
    return str([one.value for one in Stage].index(stage) + 1)


def _cards(boxes: Mapping[str, Box]) -> list[Frame]:
    """One card round the states of a public stage."""
    cards: list[Frame] = []
    for stage, states in _CARDS.items():
        own = [boxes[name].box for name in states]
        left, top = min(box[0] for box in own) - 14, min(box[1] for box in own) - 34
        right, bottom = max(box[2] for box in own) + 14, max(box[3] for box in own) + 14
        # where no line passes: the upper corner of a card of one row, the lower one of a card of two
        line = top + 22 if bottom - top < 120 else bottom - 18
        head = Words(f"{_number(stage)}  {stage} {Stage(stage).zh}", left + 14, line, 12, ink=SECOND, left=True)
        cards.append(Frame(left, top, right - left, bottom - top, (head,), "#fbfcfe", "#c3cddf"))
    return cards


def _tag(at: Point, lines: Sequence[Words], mark: bool, arrow: tuple[tuple[str, ...], str]) -> Tag:
    wide, high = label_size([(words.text, words.size, words.bold) for words in lines])
    wide, high = wide + (16 if mark else 10), high + (8 if mark else 4)
    left, top = at[0] - wide / 2, at[1] - high / 2
    return Tag(left, top, wide, high, stack(lines, at[0], top + (4 if mark else 2)), mark, (arrow,))


def _legend(zh: bool) -> tuple[tuple[Frame, ...], tuple[Words, ...]]:
    """What the colours mean, in the middle of the ring; and how the ring closes."""
    colours = (
        ("sale", "首次购车", "a first sale"),
        ("owner", "车主", "an owner's stages"),
        ("again", "已是车主，再次购车", "a further sale to an owner"),
    )
    frames: list[Frame] = []
    words: list[Words] = []
    y = count(430, 25)
    head = "七个环节，首尾相接（K1）" if zh else "seven stages, a ring (K1)"
    words.append(Words(head, 380, next(y), 13, bold=True, ink=SECOND, left=True))
    for look, chinese, english in colours:
        fill, stroke = INKS[look]
        line = next(y)
        frames.append(Frame(380, line - 12, 24, 15, fill=fill, stroke=stroke, round=4))
        words.append(Words(chinese if zh else english, 414, line, 12, ink=LABEL, left=True))
    x, middle = _on(_seventh(6.5))
    text = Words("新的需求" if zh else "a new need", x, middle + 4, 11, ink=SECOND, slanted=True)
    return tuple(frames), (*words, text)


def _band() -> tuple[str, ...]:
    """The pale ring behind everything, with a chevron between each two stages."""
    x, y = _CENTRE
    found = [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{_RADIUS:.0f}" fill="none" stroke="#edf1f8" stroke-width="26"/>']
    for number in (6.26, 6.72):
        (x, y), turn = _on(_seventh(number)), radians(_seventh(number) + 90)
        corners: list[str] = []
        for ahead, aside in ((-5, -7), (4, 0), (-5, 7)):
            corner = x + ahead * cos(turn) - aside * sin(turn), y + ahead * sin(turn) + aside * cos(turn)
            corners.append(f"{corner[0]:.1f},{corner[1]:.1f}")
        found.append(f'<polyline points="{" ".join(corners)}" fill="none" stroke="#b4c1d8" stroke-width="3"/>')
    return tuple(found)


# -- lines ------------------------------------------------------------------------------------------------------------


def _way(boxes: Mapping[str, Box], tag: Tag, start: _End, end: _End, *, back: bool) -> tuple[Curve, ...]:
    first, last = (boxes[one[0]].box if one[0] else tag.box for one in (start, end))
    if back:
        return _back(first, last, start, end)
    if not start[1]:
        angles = _angle(first), _angle(last)
        turn = (angles[1] - angles[0]) % 360
        begin = _leaves(first, angles[0], 1)
        finish = _leaves(last, angles[0] + turn, -1)
        return _arcs(begin, finish, _RADIUS)
    one, two = _meet(first, start), _meet(last, end)
    return (_curve(one, _SIDES[start[1]], two, _SIDES[end[1]]),)


def _back(first: tuple[float, ...], last: tuple[float, ...], start: _End, end: _End) -> tuple[Curve, ...]:
    """Against the clock on the outer circle: from the right side of a box, or to the top of one."""
    if start[1]:
        one = _meet(first, start)
        join = degrees(atan2(one[1] - _CENTRE[1], one[0] - _CENTRE[0])) - 9
        finish = _leaves(last, _angle(last), 1, _OUTER)
        onto = _on(join, _OUTER)
        tangent = sin(radians(join)), -cos(radians(join))
        return (_curve(one, _SIDES[start[1]], onto, (-tangent[0], -tangent[1])), *_arcs(join, finish, _OUTER))
    begin = _leaves(last=first, angle=_angle(first), step=-1, radius=_OUTER)
    two = _meet(last, end)
    join = degrees(atan2(two[1] - _CENTRE[1], two[0] - _CENTRE[0])) + 8
    onto = _on(join, _OUTER)
    tangent = sin(radians(join)), -cos(radians(join))
    return (*_arcs(begin, join, _OUTER), _curve(onto, tangent, two, (0, -1)))


def _angle(box: Sequence[float]) -> float:
    """The angle at which the middle of a rectangle lies."""
    return degrees(atan2((box[1] + box[3]) / 2 - _CENTRE[1], (box[0] + box[2]) / 2 - _CENTRE[0]))


def _leaves(last: Sequence[float], angle: float, step: int, radius: float = _RADIUS) -> float:
    """The angle at which the circle, followed from ``angle`` one way, comes out of a rectangle."""
    left, top, right, bottom = last
    inside: Callable[[Point], bool] = lambda point: left <= point[0] <= right and top <= point[1] <= bottom  # noqa: E731
    while inside(_on(angle, radius)):
        angle += step * 0.05
    return angle


def _arcs(begin: float, finish: float, radius: float) -> tuple[Curve, ...]:
    """A stretch of a circle as curves of at most 30 degrees."""
    pieces = max(int(abs(finish - begin) // 30) + 1, 1)
    step = (finish - begin) / pieces
    pull = 4 / 3 * tan(step * pi / 720) * radius
    found: list[Curve] = []
    for number in range(pieces):
        one, two = begin + number * step, begin + (number + 1) * step
        start, end = _on(one, radius), _on(two, radius)
        found.append(
            (
                start,
                (start[0] - sin(radians(one)) * pull, start[1] + cos(radians(one)) * pull),
                (end[0] + sin(radians(two)) * pull, end[1] - cos(radians(two)) * pull),
                end,
            )
        )
    return tuple(found)


def _meet(box: Sequence[float], end: _End) -> Point:
    left, top, right, bottom = box
    _, side, off = end
    along = _SIDES[side]
    x = (left + right) / 2 + along[0] * (right - left) / 2 + (0 if along[0] else off)
    y = (top + bottom) / 2 + along[1] * (bottom - top) / 2 + (0 if along[1] else off)
    return x, y


def _curve(start: Point, leave: Point, end: Point, arrive: Point) -> Curve:
    """A curve that leaves along ``leave`` and comes in from ``arrive``."""
    pull = min(hypot(end[0] - start[0], end[1] - start[1]) * 0.45, 160)
    one = start[0] + leave[0] * pull, start[1] + leave[1] * pull
    two = end[0] + arrive[0] * pull, end[1] + arrive[1] * pull
    return start, one, two, end
