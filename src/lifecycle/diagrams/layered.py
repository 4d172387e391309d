"""Any machine as a picture in layers: boxes from the first state downward, arrows between them, words on the arrows.

In: a :class:`~lifecycle.diagrams.graph.Graph`. Out: a :class:`~lifecycle.diagrams.canvas.Picture`. The usual five steps
(Sugiyama): turn the arrows that close a cycle, give every state a layer, order the layers with few crossings, give every
item a place across (Brandes and Köpf), draw. Two things keep it free of overlaps by construction: the words of an arrow
are an item of a layer of their own, between the layers of states; and a long arrow owns a place (a *bend*) in every
layer it passes, so that lines bend only in the empty gaps between layers. The parts of a long machine are bands, one
below the other; and there, what would run past many layers is told by a mark at its target.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import define, evolve, field, frozen

from lifecycle.diagrams.canvas import (
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
    arc,
    label_size,
    stack,
    straight,
)
from lifecycle.diagrams.graph import Arrow, Graph, Label, Node, mark_words
from lifecycle.diagrams.measure import broken, width
from lifecycle.diagrams.places import BESIDE, Item, across, settle, spread

__all__ = ["box_words", "hint_of", "layered", "said", "tag_words"]

NAME, ZH, SMALL, EVENT = 13.0, 12.0, 10.0, 11.0
"""Sizes of text: a state's name, its Chinese name, its label, an event."""
_WIDE = 190.0  # words at an arrow are broken beyond this
_WIDER = 270.0  # or beyond this, where a mark needs many words
_PAD = 12.0  # between a box and its words
_GAP = 16.0  # between two layers, at least
_MARGIN = 22.0
_HEAD = 34.0  # the heading's height
_DOT = 34.0  # room for the initial mark
_BAND = 34.0  # between two bands
_LONG = 20  # a machine of more states than this is long
_FAR = 6  # in a long machine, layers (two a step) that a line may pass


# -- words ------------------------------------------------------------------------------------------------------------


def box_words(node: Node) -> list[Words]:
    """What stands in a state's box: its name, its Chinese name, and its public label where it has another."""
    lines = [Words(node.name, 0, 0, NAME, bold=True)]
    if node.zh:
        lines.append(Words(node.zh, 0, 0, ZH, ink=SECOND))
    if node.label:
        lines.append(Words(f"= {node.label}", 0, 0, SMALL, ink=QUIET))
    if not node.known:
        lines.append(Words("not a state", 0, 0, SMALL, ink="#b42323"))
    return lines


def hint_of(graph: Graph, node: Node, *, zh: bool) -> str:
    """What is told where the pointer rests on a state: where it leads, and what leaves it as it is."""
    told = [f"{node.name} {node.zh}".strip() + (f" ({node.cite})" if node.cite else "")]
    told += [
        f"→ {arrow.after}: {', '.join(label.text(zh=zh) for label in arrow.labels)}"
        for arrow in graph.arrows
        if node.name in arrow.before
    ]
    if node.stays:
        told.append(f"= {', '.join(label.text(zh=zh) for label in node.stays)}")
    return "\n".join(told)


def tag_words(labels: Sequence[Label], mark: Sequence[str] = (), *, zh: bool, wide: float = _WIDE) -> list[Words]:
    """The lines at an arrow: the words of its mark, if any, then one event a line (its guard below where it is long)."""
    joint = "；" if zh else ", "  # a Chinese name may hold an enumeration comma
    lines = [
        Words(text, 0, 0, EVENT - 0.5, ink=SECOND, slanted=not zh) for text in broken(list(mark), EVENT, wide, joint)
    ]
    for label in labels:
        event, guard = label.words(zh=zh)
        if guard and width(f"{event} {guard}", EVENT) > wide:
            asked = broken(guard.split("，" if zh else ", "), EVENT - 0.5, wide, "，" if zh else ", ")
            lines += [Words(event, 0, 0, EVENT, ink=LABEL)]
            lines += [Words(text, 0, 0, EVENT - 0.5, ink=SECOND) for text in asked]
        else:
            lines.append(Words(label.text(zh=zh), 0, 0, EVENT, ink=LABEL))
    return lines


def said(graph: Graph, *, zh: bool) -> str:
    """The whole picture in words, for those who do not see it."""
    arrows: list[str] = []
    for arrow in graph.arrows:
        source = ("；" if zh else ", ").join(mark_words(graph, arrow, zh=zh)) if arrow.mark else ", ".join(arrow.before)
        arrows.append(f"{source} → {arrow.after}: {', '.join(label.text(zh=zh) for label in arrow.labels)}")
    return "; ".join(arrows)


def _size(lines: Sequence[Words]) -> tuple[float, float]:
    return label_size([(words.text, words.size, words.bold) for words in lines])


# -- the layers -------------------------------------------------------------------------------------------------------


@frozen(eq=False)
class _Run:
    """A stretch of an arrow, from a box or from its words to the next box or words, in the arrow's direction."""

    items: tuple[Item, ...]
    head: bool
    ends: tuple[str, str]
    tag: Item


@define(eq=False)
class _Layers:
    """A graph in layers, its corner at (0, 0)."""

    graph: Graph
    zh: bool
    boxes: dict[str, Item] = field(factory=dict[str, Item])
    runs: list[_Run] = field(factory=list[_Run])
    ranks: list[list[Item]] = field(factory=list[list[Item]])
    tops: list[float] = field(factory=list[float])
    bottoms: list[float] = field(factory=list[float])
    width: float = 0
    height: float = 0
    starts: list[int] = field(factory=list[int])
    """The first layer of each band but the first."""

    def fill(self) -> None:
        """All items and runs, by layers; nothing has a place across yet."""
        for node in self.graph.nodes:
            lines = box_words(node)
            wide, high = _size(lines)
            half = max(wide / 2 + _PAD, 42)
            left = half + (_DOT if node.initial else 0)
            self.boxes[node.name] = Item("box", node.name, lines, left, half, half, high + _PAD, initial=node.initial)
        arrows = list(self.graph.arrows)
        for arrow in arrows:
            if arrow.before == (arrow.after,):
                self._loop(arrow)
        arrows = [arrow for arrow in arrows if arrow.before != (arrow.after,)]
        parts = _parts(self.graph)
        place, ranks = _place(self.graph, parts, arrows)
        if len(self.graph.nodes) > _LONG:
            arrows = _without_far(arrows, ranks)
            place, ranks = _place(self.graph, parts, arrows)
        for name, rank in ranks.items():
            self.boxes[name].rank = rank
        # what a mark of each band's first states needs lies in the layer above them
        self.starts = [min(ranks[name] for name in names) - 1 for _, _, names in parts[1:]]
        waiting: list[tuple[tuple[Arrow, ...], tuple[str, ...], bool]] = []
        marks: dict[tuple[str, bool], list[Arrow]] = {}
        for arrow in arrows:
            if arrow.mark:
                from_below = any(place[one] > place[arrow.after] for one in arrow.shown)
                marks.setdefault((arrow.after, from_below), []).append(arrow)
                continue
            for forward in (True, False):
                sources = tuple(one for one in arrow.before if (place[one] < place[arrow.after]) == forward)
                if sources:
                    waiting.append(((arrow,), sources, forward))
        for (_, from_below), together in marks.items():
            shown = tuple(one for arrow in together for one in arrow.shown)
            waiting.append((tuple(together), shown, not from_below))
        # short arrows have no choice of a layer for their words; the long ones take the emptiest
        waiting.sort(key=lambda one: len(self._choices(*one)))
        crowd: dict[int, float] = {}
        for some, sources, forward in waiting:
            tag = self._tag(some)
            tag.rank = min(self._choices(some, sources, forward), key=lambda rank: (crowd.get(rank, 0), rank))
            crowd[tag.rank] = crowd.get(tag.rank, 0) + tag.left + tag.right + BESIDE["tag"]
            end = self.boxes[some[0].after]
            for one in sources:
                self.runs.append(_Run(_chain(self.boxes[one], tag), False, (one, end.name), tag))
            self.runs.append(_Run(_chain(tag, end), True, (sources[0] if sources else "", end.name), tag))
        self._into_ranks()

    def _choices(self, arrows: tuple[Arrow, ...], sources: tuple[str, ...], forward: bool) -> Sequence[int]:
        """The layers in which the words of an arrow may stand."""
        last = self.boxes[arrows[0].after].rank
        if len(sources) != 1 or arrows[0].mark:
            return [last - 1 if forward else last + 1]
        first = self.boxes[sources[0]].rank
        return range(min(first, last) + 1, max(first, last), 2)

    def _tag(self, arrows: Sequence[Arrow]) -> Item:
        lines: list[Words] = []
        for arrow in arrows:
            mark = mark_words(self.graph, arrow, zh=self.zh) if arrow.mark else []
            if lines:
                lines.append(Words("", 0, 0, 5))  # a little air between two marks of one state
            lines += tag_words(arrow.labels, mark, zh=self.zh, wide=_WIDE if len(mark) < 6 else _WIDER)
        mark_ = any(arrow.mark for arrow in arrows)
        wide, high = _size(lines)
        half = wide / 2 + (8 if mark_ else 4)
        of = tuple((arrow.before, arrow.after) for arrow in arrows)
        return Item("tag", "", lines, half, half, half, high + (8 if mark_ else 2), mark=mark_, of=of)

    def _loop(self, arrow: Arrow) -> None:
        """An arrow from a state to itself: a bow at the right side of its box, the words beside it."""
        item = self.boxes[arrow.after]
        tag = self._tag([arrow])
        item.loop = tag
        item.right = item.half + 30 + 2 * tag.half
        item.height = max(item.height, tag.height)

    def _into_ranks(self) -> None:
        items: dict[int, Item] = {id(item): item for item in self.boxes.values()}
        for run in self.runs:
            items.update((id(item), item) for item in run.items)
        first = min((item.rank for item in items.values()), default=0)
        for item in items.values():
            item.rank -= first
        self.starts = [start - first for start in self.starts]
        last = max((item.rank for item in items.values()), default=-1)
        self.ranks = [[] for _ in range(last + 1)]
        # begin in the order of a walk from the top, which keeps what belongs together side by side
        seen: set[int] = set()
        for root in sorted(items.values(), key=lambda item: item.rank):
            walk = [root]
            while walk:
                item = walk.pop()
                if id(item) not in seen:
                    seen.add(id(item))
                    self.ranks[item.rank].append(item)
                    walk += reversed(item.down)
        settle(self.ranks)

    def place(self) -> None:
        """Places across and down for every item, and where the lines meet the boxes."""
        across(self.ranks)
        items = [item for rank in self.ranks for item in rank]
        edge = min((item.x - item.left for item in items), default=0)
        for item in items:
            item.x -= edge
        self.width = max((item.x + item.right for item in items), default=0)
        for item in items:
            if item.kind == "box":
                _give_ports(item)
        y = 0.0
        for number, rank in enumerate(self.ranks):
            y += _BAND if number in self.starts else 0
            self.tops.append(y)
            y += max((item.height for item in rank), default=0)
            self.bottoms.append(y)
            slants = (abs(_meet(item, lower, True) - _meet(lower, item, False)) for item in rank for lower in item.down)
            y += min(_GAP + max(slants, default=0) * 0.07, 60)
        self.height = self.bottoms[-1] if self.bottoms else 0

    def top(self, item: Item) -> float:
        """Where a line meets the item from above."""
        return self.tops[item.rank] if item.kind == "bend" else self._middle(item) - _high(item) / 2

    def bottom(self, item: Item) -> float:
        """Where a line meets the item from below."""
        return self.bottoms[item.rank] if item.kind == "bend" else self._middle(item) + _high(item) / 2

    def _middle(self, item: Item) -> float:
        return (self.tops[item.rank] + self.bottoms[item.rank]) / 2

    def curves(self, run: _Run) -> tuple[Curve, ...]:
        """The line of a run: upright through the layers, bent only in the gaps between them."""
        found: list[Curve] = []
        for one, two in pairwise(run.items):
            falling = two.rank > one.rank
            upper, lower = (one, two) if falling else (two, one)
            start = (_meet(upper, lower, True), self.bottom(upper))
            end = (_meet(lower, upper, False), self.top(lower))
            stretch = _bend(start, end, self.bottoms[upper.rank], self.tops[lower.rank])
            if upper.kind == "bend":
                stretch.insert(0, straight((start[0], self.tops[upper.rank]), start))
            found += stretch if falling else [(d, c, b, a) for a, b, c, d in reversed(stretch)]
        return tuple(found)


def _high(item: Item) -> float:
    return _size(item.lines)[1] + _PAD if item.kind == "box" else item.height


def _chain(start: Item, end: Item) -> tuple[Item, ...]:
    """``start`` to ``end`` through a bend in every layer between; the links are kept from above to below."""
    step = 1 if end.rank > start.rank else -1
    between = range(start.rank + step, end.rank, step)
    chain = [start, *(Item("bend", rank=rank, left=1, right=1, half=1) for rank in between), end]
    for one, two in pairwise(chain):
        upper, lower = (one, two) if step > 0 else (two, one)
        upper.down.append(lower)
        lower.up.append(upper)
    return tuple(chain)


def _give_ports(item: Item) -> None:
    """Where the lines meet a box: as near to straight as the box's width and their distance allow."""
    for above, others in ((True, item.up), (False, item.down)):
        ordered = sorted(others, key=lambda other: other.x)
        if not ordered:
            continue
        last = len(ordered) - 1
        least = min(16.0, 2 * (item.half - 10) / max(last, 1))
        low, high = item.x - item.half + 10, item.x + item.half - 10
        xs = spread([min(max(other.x, low), high) for other in ordered], [least] * last)
        for number, (x, other) in enumerate(zip(xs, ordered, strict=True)):
            # both bounds rise by the least distance, so the order and the distances are kept
            item.ports[above, id(other)] = min(max(x, low + number * least), high - (last - number) * least)


def _meet(item: Item, other: Item, below: bool) -> float:
    """Where across a link to ``other`` meets ``item``, which lies above it where ``below``."""
    return item.ports.get((not below, id(other)), item.x)


def _bend(start: Point, end: Point, free_from: float, free_to: float) -> list[Curve]:
    if abs(start[0] - end[0]) < 0.5:
        return [straight(start, end)]
    one, two = (start[0], free_from), (end[0], free_to)
    high = free_to - free_from
    found: list[Curve] = []
    if one[1] - start[1] > 0.1:
        found.append(straight(start, one))
    found.append(arc(one, two, (0, high * 0.55), (0, high * 0.55)))
    if end[1] - two[1] > 0.1:
        found.append(straight(two, end))
    return found


# -- which layer ------------------------------------------------------------------------------------------------------


def _parts(graph: Graph) -> list[tuple[str, str, tuple[str, ...]]]:
    """The parts, each with its states; what is in none comes last, without a name."""
    placed = {name for part in graph.parts for name in part.states}
    parts = [(part.name, part.zh, part.states) for part in graph.parts]
    loose = tuple(node.name for node in graph.nodes if node.name not in placed)
    return [*parts, ("", "", loose)] if loose else parts


def _place(
    graph: Graph, parts: Iterable[tuple[str, str, tuple[str, ...]]], arrows: Sequence[Arrow]
) -> tuple[dict[str, int], dict[str, int]]:
    """The order from top to bottom, and the layer, of every state: part below part."""
    place: dict[str, int] = {}
    ranks: dict[str, int] = {}
    for _, _, names in parts:
        own = set(names)
        every = [evolve(one, before=tuple(s for s in one.before if s in own)) for one in arrows if one.after in own]
        order = _down(names, [(one, arrow.after) for arrow in every for one in arrow.before], graph.initial)
        lines = [(s, one.after) for one in every for s in (one.shown if one.mark else one.before) if s in own]
        below = [(one, two) if order[one] < order[two] else (two, one) for one, two in lines]
        below += _under_marks(every, order)
        if graph.initial in own:  # what no arrow enters from above does not stand beside the first state, but under it
            entered = {two for _, two in below}
            below += [(graph.initial, n) for n in names if n not in entered and order[n] > order[graph.initial]]
        first = max(ranks.values(), default=-2) + 2
        ranks |= {name: first + rank for name, rank in _ranks(sorted(names, key=order.__getitem__), below).items()}
        first = len(place)
        place |= {name: first + number for name, number in order.items()}
    return place, ranks


def _under_marks(arrows: Sequence[Arrow], place: Mapping[str, int]) -> list[tuple[str, str]]:
    """A state that is entered from marks only stands below the last of the states that these stand for."""
    entered = {arrow.after for arrow in arrows if arrow.before and (not arrow.mark or arrow.shown)}
    marked = {arrow.after for arrow in arrows if arrow.mark} - entered
    found: list[tuple[str, str]] = []
    for arrow in arrows:
        above = [one for one in arrow.before if one not in marked and place[one] < place[arrow.after]]
        if arrow.after in marked and above:
            found.append((max(above, key=place.__getitem__), arrow.after))
    return found


def _without_far(arrows: Sequence[Arrow], ranks: Mapping[str, int]) -> list[Arrow]:
    """In a long machine, what would run past many layers is told by a mark at its target instead."""
    found: list[Arrow] = []
    for arrow in arrows:
        far = tuple(one for one in arrow.before if abs(ranks[one] - ranks[arrow.after]) > _FAR)
        if arrow.mark or not far:
            found.append(arrow)
            continue
        near = tuple(one for one in arrow.before if one not in far)
        if near:
            found.append(evolve(arrow, before=near))
        found.append(evolve(arrow, before=far, mark=True))
    return found


def _down(names: Sequence[str], arrows: Sequence[tuple[str, str]], initial: str | None) -> dict[str, int]:
    """An order of the states from top to bottom in which few arrows run upward: as declared, or as a walk finds them."""
    declared = {name: number for number, name in enumerate(names)}
    after: dict[str, list[str]] = {name: [] for name in names}
    for one, two in arrows:
        after[one].append(two)
    done: list[str] = []
    seen: set[str] = set()
    for root in (*(name for name in names if name == initial), *names):
        if root in seen:
            continue
        seen.add(root)
        walk = [(root, iter(after[root]))]
        while walk:
            name, rest = walk[-1]
            for two in rest:
                if two not in seen:
                    seen.add(two)
                    walk.append((two, iter(after[two])))
                    break
            else:
                done.append(name)
                walk.pop()
    walked = {name: number for number, name in enumerate(reversed(done))}

    def upward(place: Mapping[str, int]) -> int:
        return sum(place[one] >= place[two] for one, two in arrows)

    return walked if upward(walked) < upward(declared) else declared


def _ranks(order: Sequence[str], below: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Even layers, such that every arrow falls and all arrows together are short."""
    ups: dict[str, list[str]] = {name: [] for name in order}
    downs: dict[str, list[str]] = {name: [] for name in order}
    for one, two in below:
        ups[two].append(one)
        downs[one].append(two)
    rank: dict[str, int] = {}
    for name in order:
        rank[name] = max((rank[one] + 2 for one in ups[name]), default=0)
    for _ in range(12):
        before = dict(rank)
        for name in (*reversed(order), *order):
            low = max((rank[one] + 2 for one in ups[name]), default=None)
            high = min((rank[two] - 2 for two in downs[name]), default=None)
            pull = len(downs[name]) - len(ups[name])
            if high is not None and (low is None or pull > 0):
                rank[name] = high
            elif low is not None and (high is None or pull < 0):
                rank[name] = low
        if rank == before:
            break
    least = min(rank.values(), default=0)
    return {name: number - least for name, number in rank.items()}


# -- the picture ------------------------------------------------------------------------------------------------------


def layered(graph: Graph, *, zh: bool = False) -> Picture:
    """The picture of a graph, its parts as bands one below the other."""
    layers = _Layers(graph, zh)
    layers.fill()
    layers.place()
    parts = _parts(graph) if graph.parts else []
    heads = [
        (Words(name, 0, 0, 15, bold=True, left=True), Words(part_zh, 0, 0, 14, left=True)) for name, part_zh, _ in parts
    ]
    beside = max((words.width for head in heads for words in head), default=0)
    pad = 16.0 if parts else 0.0
    title = Words(f"{graph.name} {graph.zh}".strip(), _MARGIN, _MARGIN + 15, 17, bold=True, left=True)
    inner = max(layers.width + (beside + 3 * pad if parts else 0), title.width)
    left = _MARGIN + (beside + 2 * pad if parts else (inner - layers.width) / 2)
    top = _MARGIN + _HEAD + pad
    drawn = _drawn(layers, left, top)
    frames: list[Frame] = []
    for number, (name, zh_name) in enumerate(heads):
        first = layers.starts[number - 1] if number else 0
        last = layers.starts[number] - 1 if number + 1 < len(heads) else len(layers.ranks) - 1
        upper, lower = top + layers.tops[first] - pad, top + layers.bottoms[last] + pad
        words = (
            evolve(name, x=_MARGIN + pad, y=upper + 32),
            evolve(zh_name, x=_MARGIN + pad, y=upper + 52, ink=SECOND),
        )
        frames.append(Frame(_MARGIN, upper, inner, lower - upper, tuple(one for one in words if one.text)))
    return evolve(
        drawn,
        title=title.text,
        text=said(graph, zh=zh),
        width=inner + 2 * _MARGIN,
        height=top + layers.height + pad + _MARGIN,
        frames=tuple(frames),
        words=(title,),
    )


def _drawn(layers: _Layers, left: float, top: float) -> Picture:
    """Boxes, words and lines, the corner of the layers at (left, top)."""
    boxes: list[Box] = []
    tags: list[Tag] = []
    lines: list[Line] = []
    dots: list[Point] = []
    for name, item in layers.boxes.items():
        node = layers.graph.node(name)
        x, y, high = left + item.x, top + layers.top(item), _high(item)
        words = stack(item.lines, x, y + _PAD / 2)
        look = "fault" if not node.known else "end" if node.final else "twin" if node.label else "state"
        hint = hint_of(layers.graph, node, zh=layers.zh)
        boxes.append(Box(name, x - item.half, y, 2 * item.half, high, words, look, hint, node.final, not node.known))
        if item.initial:
            dot = (x - item.half - _DOT + 8, y + high / 2)
            dots.append(dot)
            lines.append(Line((straight((dot[0] + 6, dot[1]), (x - item.half, dot[1])),), True, ("", name)))
        if item.loop is not None:
            loop, right, middle = item.loop, x + item.half, y + high / 2
            bow = (right, middle - 8.0), (right + 26, middle - 14), (right + 26, middle + 14), (right, middle + 8)
            lines.append(Line((bow,), True, (name, name), of=loop.of))
            tags.append(_block(loop, right + 26 + loop.half, middle - loop.height / 2))
    for rank in layers.ranks:
        tags += [_block(item, left + item.x, top + layers.top(item)) for item in rank if item.kind == "tag"]
    for run in layers.runs:
        curves = tuple(_moved(curve, left, top) for curve in layers.curves(run))
        lines.append(Line(curves, run.head, run.ends, of=run.tag.of))
    return Picture("", "", 0, 0, tuple(boxes), tuple(tags), tuple(lines), dots=tuple(dots))


def _block(item: Item, x: float, y: float) -> Tag:
    words = stack(item.lines, x, y + (item.height - _size(item.lines)[1]) / 2)
    return Tag(x - item.half, y, 2 * item.half, item.height, words, item.mark, item.of)


def _moved(curve: Curve, x: float, y: float) -> Curve:
    one, two, three, four = ((point[0] + x, point[1] + y) for point in curve)
    return one, two, three, four
