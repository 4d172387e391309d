"""Where things stand in layers: the order within each, with few lines crossing, and the place across of each.

In: layers of :class:`Item` values, linked downward and upward. Out: the same layers in a better order
(:func:`settle`), and an ``x`` for every item (:func:`across`), such that long lines are straight, neighbours keep their
distance, and what is linked stands near. Next: :mod:`lifecycle.diagrams.layered`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

from attrs import define, field

from lifecycle.diagrams.canvas import Ends, Words

__all__ = ["BESIDE", "Item", "across", "settle", "spread"]

#: Free space between neighbours of a layer: half of it each.
BESIDE = {"box": 26.0, "tag": 14.0, "bend": 14.0}


def _none() -> list[Item]:
    return []


@define(eq=False)
class Item:
    """Something with a place in a layer: a state's box, the words of an arrow, or a bend of a long arrow."""

    kind: Literal["box", "tag", "bend"]
    name: str = ""
    lines: list[Words] = field(factory=list[Words])
    left: float = 0
    right: float = 0
    """How far it reaches from its anchor, the middle of the box or of the words."""
    half: float = 0
    """Half the width of the box itself."""
    height: float = 0
    rank: int = 0
    x: float = 0
    up: list[Item] = field(factory=_none)
    down: list[Item] = field(factory=_none)
    mark: bool = False
    of: tuple[Ends, ...] = ()
    """The arrows whose words they are."""
    loop: Item | None = None
    """The words of an arrow from a state to itself."""
    initial: bool = False
    ports: dict[tuple[bool, int], float] = field(factory=dict[tuple[bool, int], float])
    """Where a line meets the box: (from above, the neighbour's identity) → x."""


# -- few crossings ----------------------------------------------------------------------------------------------------


def _crossings(upper: Sequence[Item], lower: Sequence[Item]) -> int:
    place = {id(item): number for number, item in enumerate(lower)}
    ends = [number for item in upper for number in sorted(place[id(two)] for two in item.down)]
    count = 0
    tree = [0] * (len(lower) + 1)
    for seen, number in enumerate(ends):
        at = number + 1
        before = 0
        while at:
            before += tree[at]
            at &= at - 1
        count += seen - before
        at = number + 1
        while at < len(tree):
            tree[at] += 1
            at += at & -at
    return count


def _all_crossings(ranks: Sequence[Sequence[Item]]) -> int:
    return sum(_crossings(upper, lower) for upper, lower in pairwise(ranks))


def settle(ranks: list[list[Item]]) -> None:
    """Order every layer so that few lines cross: by the middle of the neighbours, then by swaps of two."""
    best, least = [list(rank) for rank in ranks], _all_crossings(ranks)
    for turn in range(24):
        downward = turn % 2 == 0
        numbers = range(1, len(ranks)) if downward else range(len(ranks) - 2, -1, -1)
        for number in numbers:
            fixed = {id(item): place for place, item in enumerate(ranks[number - 1 if downward else number + 1])}
            keys: dict[int, float] = {}
            for place, item in enumerate(ranks[number]):
                near = sorted(fixed[id(other)] for other in (item.up if downward else item.down))
                keys[id(item)] = _median(near) if near else place
            ranks[number].sort(key=lambda item: keys[id(item)])
        _swap(ranks)
        now = _all_crossings(ranks)
        if now < least:
            best, least = [list(rank) for rank in ranks], now
        if not least:
            break
    for number, rank in enumerate(best):
        ranks[number] = rank


def _median(places: Sequence[int]) -> float:
    half = len(places) // 2
    if len(places) % 2:
        return places[half]
    if len(places) == 2:
        return (places[0] + places[1]) / 2
    left, right = places[half - 1] - places[0], places[-1] - places[half]
    if left + right == 0:
        return (places[half - 1] + places[half]) / 2
    return (places[half - 1] * right + places[half] * left) / (left + right)


def _swap(ranks: Sequence[list[Item]]) -> None:
    """Swap two neighbours wherever that makes fewer crossings, until it does no more."""
    places = [{id(item): place for place, item in enumerate(rank)} for rank in ranks]
    for _ in range(8):
        better = False
        for number, rank in enumerate(ranks):
            above = places[number - 1] if number else {}
            below = places[number + 1] if number + 1 < len(ranks) else {}
            for place in range(len(rank) - 1):
                one, two = rank[place], rank[place + 1]
                gain = 0
                for near, ones, twos in ((above, one.up, two.up), (below, one.down, two.down)):
                    for first in ones:
                        for second in twos:
                            a, b = near[id(first)], near[id(second)]
                            gain += (a > b) - (a < b)
                if gain > 0:
                    rank[place], rank[place + 1] = two, one
                    places[number][id(one)], places[number][id(two)] = place + 1, place
                    better = True
        if not better:
            break


# -- places across ----------------------------------------------------------------------------------------------------


def spread(wanted: Sequence[float], least: Sequence[float]) -> list[float]:
    """The places nearest to those wanted (in squares) that keep the least distances, in this order."""
    offsets = [0.0]
    for distance in least:
        offsets.append(offsets[-1] + distance)
    blocks: list[tuple[float, int]] = []  # (mean, count) of what is pushed together
    for number, place in enumerate(wanted):
        mean, count = place - offsets[number], 1
        while blocks and blocks[-1][0] >= mean:
            other, many = blocks.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        blocks.append((mean, count))
    found: list[float] = []
    for mean, count in blocks:
        found += [mean] * count
    return [mean + offset for mean, offset in zip(found, offsets, strict=True)]


def _apart(one: Item, two: Item) -> float:
    """The least distance between the anchors of two neighbours."""
    return one.right + two.left + (BESIDE[one.kind] + BESIDE[two.kind]) / 2


def across(ranks: Sequence[Sequence[Item]]) -> None:
    """Brandes and Köpf: four layouts, each as straight as possible toward one corner; the middle of the four."""
    forbidden = _conflicts(ranks)
    layouts: list[dict[int, float]] = []
    for upward in (False, True):
        for rightward in (False, True):
            view = [
                list(reversed(rank)) if rightward else list(rank) for rank in (reversed(ranks) if upward else ranks)
            ]
            xs = _packed(view, upward, rightward, forbidden)
            layouts.append({key: -x if rightward else x for key, x in xs.items()})
    items = [item for rank in ranks for item in rank]
    if not items:
        return
    spans = [
        (min(xs[id(item)] - item.left for item in items), max(xs[id(item)] + item.right for item in items))
        for xs in layouts
    ]
    narrow = min(range(4), key=lambda number: spans[number][1] - spans[number][0])
    for number, xs in enumerate(layouts):
        side = number % 2  # packed to the left, or to the right
        shift = spans[narrow][side] - spans[number][side]
        for key in xs:
            xs[key] += shift
    for item in items:
        four = sorted(xs[id(item)] for xs in layouts)
        item.x = (four[1] + four[2]) / 2


def _conflicts(ranks: Sequence[Sequence[Item]]) -> set[tuple[int, int]]:
    """Links that cross a stretch of a long arrow: they give way to it."""
    found: set[tuple[int, int]] = set()
    for upper, lower in pairwise(ranks):
        place_up = {id(item): place for place, item in enumerate(upper)}
        links = [(place_up[id(one)], place, one, two) for place, two in enumerate(lower) for one in two.up]
        inner = [link for link in links if link[2].kind != "box" and link[3].kind != "box"]
        for a, b, one, two in links:
            if (one.kind == "box" or two.kind == "box") and any((a - c) * (b - d) < 0 for c, d, _, _ in inner):
                found.add((id(one), id(two)))
    return found


def _packed(
    ranks: Sequence[Sequence[Item]], upward: bool, rightward: bool, forbidden: set[tuple[int, int]]
) -> dict[int, float]:
    root: dict[int, int] = {}
    chain: dict[int, int] = {}
    for rank in ranks:
        for item in rank:
            root[id(item)] = chain[id(item)] = id(item)
    for number in range(1, len(ranks)):
        place = {id(item): at for at, item in enumerate(ranks[number - 1])}
        taken = -1
        for item in ranks[number]:
            near = sorted(
                {id(other): place[id(other)] for other in (item.down if upward else item.up)}.items(),
                key=lambda one: one[1],
            )
            if not near:
                continue
            middles = {(len(near) - 1) // 2, len(near) // 2}
            for middle in sorted(middles):
                key, at = near[middle]
                link = (id(item), key) if upward else (key, id(item))
                if chain[id(item)] == id(item) and taken < at and link not in forbidden:
                    chain[key] = id(item)
                    root[id(item)] = root[key]
                    chain[id(item)] = root[id(item)]
                    taken = at
    # blocks stand as far to the left as those on their left allow
    before: dict[int, dict[int, float]] = {}
    behind: dict[int, dict[int, float]] = {}
    for rank in ranks:
        for one, two in pairwise(rank):
            far = _apart(two, one) if rightward else _apart(one, two)
            left, right = root[id(one)], root[id(two)]
            before.setdefault(right, {})[left] = max(before.get(right, {}).get(left, 0.0), far)
            behind.setdefault(left, {})[right] = max(behind.get(left, {}).get(right, 0.0), far)
    roots = list(dict.fromkeys(root.values()))
    xs: dict[int, float] = {}
    for block in _sorted(roots, before):
        xs[block] = max((xs[left] + far for left, far in before.get(block, {}).items()), default=0.0)
    # then each moves right as far as its neighbours allow, which closes the gaps that packing left
    for block in reversed(_sorted(roots, before)):
        room = min((xs[right] - far for right, far in behind.get(block, {}).items()), default=None)
        if room is not None and room > xs[block]:
            xs[block] = room
    return {key: xs[block] for key, block in root.items()}


def _sorted(blocks: Sequence[int], before: Mapping[int, Mapping[int, float]]) -> list[int]:
    """Blocks, each after all that stand on its left."""
    done: dict[int, None] = {}
    for start in blocks:
        walk = [start]
        while walk:
            block = walk[-1]
            missing = [left for left in before.get(block, {}) if left not in done]
            if missing and block not in done:
                walk += missing
            else:
                done[block] = None
                walk.pop()
    return list(done)
