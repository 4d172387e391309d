"""Pictures: what they show is what the rows say, nothing overlaps, nothing is clipped, nothing a name holds breaks them.

The geometry is asked, not the eye: :func:`overlaps` lists what is wrong with a picture, and each of its complaints is seen
to come where a fault is planted.
"""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise, product

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import diagrams, machines
from lifecycle.customer import STANDING_ZH, standing_of
from lifecycle.diagrams.canvas import Box, Ends, Line, Picture, Tag, escape, straight
from lifecycle.diagrams.graph import graph_of, mark_words
from lifecycle.diagrams.measure import broken, width
from lifecycle.diagrams.ring import ring
from lifecycle.errors import LifecycleError
from lifecycle.kinds import KINDS, RECORDS
from lifecycle.machine import STAYS, Machine, Question, Row, State, Symbol, guard_answers
from lifecycle.machines import ACTIVITY, LOYALTY, RELATIONSHIP, SALE, SATISFACTION, STAGE
from lifecycle.machines.relationship import Group, Move, Relationship

Area = tuple[float, float, float, float]
SVG = "{http://www.w3.org/2000/svg}"

HOSTILE = [
    "<&\"'>",
    "]]>",
    "-->",
    "a:b;c#35;",
    "%%",
    "{",
    "}",
    "[*]",
    "state",
    "end",
    '\\N"',
    "中文<b>",
    "\x00\x1b",
    "&amp;",
]
LONG = [f"step_{number}" for number in range(30)]


def machine(name: str, rows: list[Row], states: list[str], **more: str) -> Machine:
    return Machine(name, "测试", [State(one, f"状态{one}") for one in states], rows, more.pop("initial", states[0]))


ODD = [
    machine("no rows", [], ["alone"]),
    machine("one loop", [Row("enquired", "a", "a"), Row("need_agreed", "a", "b")], ["a", "b"]),
    machine("two loops", [Row("enquired", "a", "a"), Row("surveyed", "a", "a", "satisfied")], ["a"]),
    machine("unknown target", [Row("enquired", "a", "nowhere"), Row("enquired", "ghost", "a")], ["a", "b"]),
    machine("unknown start", [Row("enquired", "a b", "a")], ["a", "b"], initial="nowhere"),
    machine("twice", [Row("enquired", "a", "b"), Row("enquired", "a", "b")], ["a", "a", "b"]),
    machine("no such event", [Row("no_such", "*", "b", "what=is|this")], ["a", "b", "c", "d"]),
    machine(
        "<&\"'>",
        [Row(f"e{two}", one, two, f"{two}=x") for one, two in pairwise(HOSTILE)],
        HOSTILE,
    ),
    machine(
        "everything to everything",
        [Row(f"{one}{two}", one, two) for one in "abcdef" for two in "abcdef" if one != two],
        list("abcdef"),
    ),
    machine(
        "long",
        [Row("enquired", one, two) for one, two in pairwise(LONG)]
        + [Row("sale_lost", "step_29 step_3", "step_0"), Row("need_agreed", "step_1", "step_2")],
        LONG,
    ),
    evolve(SALE, parts=SALE.parts[:2]),
    evolve(SALE, parts=()),
    evolve(STAGE, rows=(*STAGE.rows, Row("opted_out", "need", "retention"))),
]
ALL: list[Machine | Relationship] = [*machines.ALL.values(), RELATIONSHIP, *ODD]
every = pytest.mark.parametrize("drawn", ALL, ids=lambda one: one.name)
both = pytest.mark.parametrize("zh", [False, True], ids=["en", "zh"])


# -- asking the geometry ----------------------------------------------------------------------------------------------


def meet(one: Area, two: Area, by: float = 0.5) -> bool:
    return one[0] < two[2] - by and two[0] < one[2] - by and one[1] < two[3] - by and two[1] < one[3] - by


def holds(outer: Area, inner: Area, by: float = 0.5) -> bool:
    return (
        outer[0] <= inner[0] + by
        and outer[1] <= inner[1] + by
        and outer[2] >= inner[2] - by
        and outer[3] >= inner[3] - by
    )


def said(tag: Tag) -> str:
    return " / ".join(words.text for words in tag.words)


def overlaps(picture: Picture) -> list[str]:
    """Everything that is in the way of something else, sticks out of its box or out of the picture."""
    found: list[str] = []
    blocks = [(f"box {box.name}", box.box) for box in picture.boxes] + [
        (f"tag {said(tag)}", tag.box) for tag in picture.tags
    ]
    free = [(f"words {words.text}", words.box) for words in picture.words]
    free += [(f"words {words.text}", words.box) for frame in picture.frames for words in frame.words]
    found += [f"{one} meets {two}" for (one, a), (two, b) in combinations([*blocks, *free], 2) if meet(a, b)]
    holders: list[Box | Tag] = [*picture.boxes, *picture.tags]
    for holder in holders:
        for words in holder.words:
            if words.text and not holds(holder.box, words.box):
                found.append(f"{words.text} sticks out of its place")
        for one, two in combinations([words for words in holder.words if words.text], 2):
            if meet(one.box, two.box, 2.5):
                found.append(f"{one.text} meets {two.text} within its place")
    whole = (0.0, 0.0, picture.width, picture.height)
    everything = [*blocks, *free, *((f"frame {number}", frame.box) for number, frame in enumerate(picture.frames))]
    found += [f"{name} is clipped" for name, area in everything if not holds(whole, area)]
    for line in picture.lines:
        points = line.points()
        name = f"line {line.ends[0]} → {line.ends[1]}"
        if not all(holds(whole, (x, y, x, y)) for x, y in points):
            found.append(f"{name} is clipped")
        for box in picture.boxes:
            left, top, right, bottom = box.box
            if any(left + 1 < x < right - 1 and top + 1 < y < bottom - 1 for x, y in points):
                found.append(f"{name} runs through {box.name}")
        for tag in picture.tags:
            left, top, right, bottom = tag.box
            if any(left + 1 < x < right - 1 and top + 1 < y < bottom - 1 for x, y in points):
                found.append(f"{name} runs through {said(tag)}")
        for text, (left, top, right, bottom) in free:
            if any(left < x < right and top < y < bottom for x, y in points):
                found.append(f"{name} runs through {text}")
    for dot in picture.dots:
        area = (dot[0] - 6, dot[1] - 6, dot[0] + 6, dot[1] + 6)
        found += [f"the first mark meets {name}" for name, other in [*blocks, *free] if meet(area, other)]
    return found


@both
@every
def test_nothing_overlaps_and_nothing_is_clipped(drawn: Machine | Relationship, zh: bool) -> None:
    assert overlaps(diagrams.picture(drawn, zh=zh)) == []


def shrunk(picture: Picture) -> Picture:
    box = picture.boxes[0]
    return evolve(picture, boxes=(evolve(box, width=box.width / 2), *picture.boxes[1:]))


def pushed(picture: Picture) -> Picture:
    one, two, *rest = picture.boxes
    return evolve(picture, boxes=(one, evolve(two, x=one.x, y=one.y + one.height / 2), *rest))


def widened(picture: Picture) -> Picture:
    return evolve(picture, tags=tuple(evolve(tag, x=tag.x - 150, width=tag.width + 300) for tag in picture.tags))


def crossed(picture: Picture) -> Picture:
    box = picture.boxes[-1]
    line = Line((straight((box.x - 20, box.y + 10), (box.x + box.width + 20, box.y + 10)),))
    return evolve(picture, lines=(*picture.lines, line))


def over_words(picture: Picture) -> Picture:
    tag = picture.tags[0]
    line = Line((straight((tag.x - 5, tag.y + tag.height / 2), (tag.x + tag.width + 5, tag.y + tag.height / 2)),))
    return evolve(picture, lines=(*picture.lines, line))


def cut(picture: Picture) -> Picture:
    return evolve(picture, height=picture.height - 80)


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (shrunk, "sticks out of its place"),
        (pushed, "meets box"),
        (widened, "meets"),
        (crossed, "runs through"),
        (over_words, "runs through"),
        (cut, "is clipped"),
    ],
)
@pytest.mark.parametrize("drawn", [STAGE, LOYALTY, SALE, RELATIONSHIP], ids=lambda one: one.name)
def test_a_planted_fault_is_seen(
    drawn: Machine | Relationship, fault: Callable[[Picture], Picture], complaint: str
) -> None:
    assert any(complaint in told for told in overlaps(fault(diagrams.picture(drawn))))


def test_what_is_measured_is_what_is_written() -> None:
    """Every text of the SVG is one of the geometry's, so the test above speaks of what is seen."""
    for drawn in (STAGE, SALE, RELATIONSHIP):
        picture = diagrams.picture(drawn, zh=True)
        asked = [
            *(words.text for box in picture.boxes for words in box.words),
            *(words.text for tag in picture.tags for words in tag.words if words.text),
            *(words.text for frame in picture.frames for words in frame.words),
            *(words.text for words in picture.words),
        ]
        written = [text.text or "" for text in ET.fromstring(picture.svg()).iter(f"{SVG}text")]
        assert sorted(asked) == sorted(written)


# -- text -------------------------------------------------------------------------------------------------------------


def test_chinese_is_as_wide_as_its_squares_and_latin_no_wider_than_its_widest_font() -> None:
    assert width("潜在客户", 12) == 48
    assert width("再购买（已推荐）", 10) == 80
    assert width("", 12) == 0
    # measured in DejaVu Sans, regular and bold: the widest of the fonts that may be taken
    for text, regular, bold in (
        ("vehicle_handed_over [charged]", 15749, 17563),
        ("surveyed [not satisfied]", 11874, 13521),
        ("core_advocate", 7310, 8105),
    ):
        assert regular <= width(text, 1000) <= regular * 1.05
        assert bold <= width(text, 1000, bold=True) <= bold * 1.05
    assert width("é→😀", 10) >= 20


def test_words_are_broken_at_the_limit() -> None:
    assert broken(["one", "two", "three"], 10, 1000) == ["one, two, three"]
    assert broken(["one", "two", "three"], 10, 1) == ["one,", "two,", "three"]
    assert broken(["一", "二"], 10, 1000, "、") == ["一、二"]
    assert broken([], 10, 10) == []


@both
@every
def test_the_svg_is_well_formed_stands_alone_and_is_the_same_each_time(drawn: Machine | Relationship, zh: bool) -> None:
    text = diagrams.svg(drawn, zh=zh)
    assert text == diagrams.svg(drawn, zh=zh) == drawn.svg(zh=zh)
    assert text.startswith("<svg")
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text
    wide, high = (float(root.get(side) or 0) for side in ("width", "height"))
    assert [float(number) for number in (root.get("viewBox") or "").split()] == [0, 0, wide, high]
    assert "sans-serif" in (root.get("font-family") or "")
    assert "CJK" in (root.get("font-family") or "")
    # nothing that would be fetched, run, or clash with a second picture of the same page
    assert not any(child.get("id") or child.get("href") for child in root.iter())
    assert not {child.tag.removeprefix(SVG) for child in root.iter()} - set(
        "svg title desc g rect text path polygon polyline circle".split()
    )


def test_a_picture_shows_itself_in_a_notebook() -> None:
    assert STAGE._repr_html_() == STAGE.svg()
    assert RELATIONSHIP._repr_html_() == RELATIONSHIP.svg()


# -- what is shown is what the rows say -------------------------------------------------------------------------------


def rows_of(one: Machine) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """(from, to) → the (event, guard) pairs of the rows that move it."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for row in one.rows:
        sources = [source for source in one.sources(row) if source != row.after]
        if row.after != STAYS and row.event not in RECORDS:
            for source in sources or one.sources(row):
                found[source, row.after].add((row.event, row.guard))
    return dict(found)


machines_only = pytest.mark.parametrize("drawn", [*machines.ALL.values(), *ODD], ids=lambda one: one.name)


@both
@machines_only
def test_every_state_is_there_with_both_names_and_every_row_that_moves_it(drawn: Machine, zh: bool) -> None:
    picture = diagrams.picture(drawn, zh=zh)
    boxes = {box.name: [words.text for words in box.words] for box in picture.boxes}
    for state in drawn.states:
        assert state.name in boxes[state.name]
        assert state.zh in boxes[state.name]
    if drawn.check() == ():
        assert len(picture.boxes) == len(drawn.states)
    shown: dict[tuple[str, str], str] = defaultdict(str)
    for tag in picture.tags:
        for sources, target in tag.of:
            for one in sources:
                shown[one, target] += f" {' '.join(words.text for words in tag.words)}"
    told = rows_of(drawn)
    assert shown.keys() == told.keys()
    for (before, after), pairs in told.items():
        for event, guard in pairs:
            kind = KINDS.get(event)
            assert (kind.zh if zh and kind else event) in shown[before, after]
            if guard and not zh:
                assert all(word in shown[before, after] for word in guard.split(", "))


@machines_only
def test_every_arrow_is_drawn_from_its_sources_or_says_them(drawn: Machine) -> None:
    picture = diagrams.picture(drawn)
    ends: dict[Ends, set[str]] = defaultdict(set)
    for line in picture.lines:
        for of in line.of:
            ends[of].update(line.ends)
    for tag in picture.tags:
        for before, after in tag.of:
            touched = ends[before, after]
            assert after in touched
            assert tag.mark or touched.issuperset(before)


def test_a_mark_says_exactly_which_states_it_stands_for() -> None:
    graph = graph_of(machine("m", [Row("enquired", "a b c d e", "f"), Row("sale_lost", "*", "a")], list("abcdef")))
    by_target = {arrow.after: arrow for arrow in graph.arrows}
    assert mark_words(graph, by_target["f"]) == ["any other state"]
    assert mark_words(graph, by_target["a"], zh=True) == ["任意其他状态"]
    arrow = by_target["f"]
    assert mark_words(graph, evolve(arrow, before=("a", "b", "c", "d"))) == ["any but e"]
    assert mark_words(graph, evolve(arrow, before=("a", "b", "c"))) == ["any but d", "e"]
    assert mark_words(graph, evolve(arrow, before=("a", "b"))) == ["from a", "b"]
    assert mark_words(graph, evolve(arrow, before=("a", "b")), zh=True) == ["自状态a", "状态b"]


def test_a_mark_names_whole_parts_and_twins_by_their_public_name() -> None:
    sale = graph_of(SALE)
    words = {arrow.after: " ".join(mark_words(sale, arrow)) for arrow in sale.arrows if arrow.mark}
    assert words["sale_lost"] == "any but delivered declined"
    assert "all of trial but follow_up_planned" in words["need_changed"]
    assert not any("follow_up_planned follow_up_planned" in one for one in words.values())


def test_the_stage_ring_has_places_by_hand_and_other_rows_fall_back_to_layers() -> None:
    assert ring(graph_of(STAGE)) is not None
    changed = evolve(STAGE, rows=(*STAGE.rows, Row("opted_out", "need", "retention")))
    assert ring(graph_of(changed)) is None
    assert "opted_out" in changed.svg()
    assert ring(graph_of(LOYALTY)) is None


def test_the_ring_goes_round_clockwise_in_the_order_of_the_stages() -> None:
    boxes = {box.name: box.middle for box in diagrams.picture(STAGE).boxes}
    x, y = 600, 566
    order = ["need", "trial", "purchase", "owned", "repair", "service", "retention", "repurchase"]
    for one, two in pairwise(order):
        (ax, ay), (bx, by) = boxes[one], boxes[two]
        assert (ax - x) * (by - y) - (ay - y) * (bx - x) > 0, f"{two} does not follow {one}"


# -- the relationship -------------------------------------------------------------------------------------------------

Answers = tuple[tuple[str, str], ...]
Told = tuple[str, str, str, Answers]  # from, to, event, what the event answers


def possible_moves() -> set[Told]:
    """The moves of standing that the product of loyalty, satisfaction and one vehicle's activity can make."""
    regions = (LOYALTY, SATISFACTION, ACTIVITY)
    questions = {question.name: question for region in regions for question in region.questions}
    symbols: list[tuple[str, Answers]] = []
    for event in dict.fromkeys(event for region in regions for event in region.events if event not in RECORDS):
        names = list(dict.fromkeys(question.name for region in regions for question in region.asked(event)))
        for told in product(*(questions[name].answers for name in names)):
            symbols.append((event, tuple(zip(names, told, strict=True))))

    def after(region: Machine, state: str, event: str, answers: Answers) -> str:
        rows = region.enabled(state, Symbol(event, answers))
        target = region.rows[rows[0]].after if rows else STAYS
        return state if target == STAYS else target

    def standing(states: tuple[str, ...]) -> str:
        loyalty, satisfaction, activity = states
        return standing_of(LOYALTY.label(loyalty), SATISFACTION.label(satisfaction), [ACTIVITY.label(activity)])

    start = tuple(region.initial for region in regions)
    seen, queue, found = {start}, deque([start]), set[Told]()
    while queue:
        here = queue.popleft()
        for event, answers in symbols:
            there = tuple(after(region, state, event, answers) for region, state in zip(regions, here, strict=True))
            if standing(here) != standing(there):
                found.add((standing(here), standing(there), event, answers))
            if there not in seen:
                seen.add(there)
                queue.append(there)
    return found


def drawn_moves(relationship: Relationship, possible: set[Told]) -> set[Told]:
    """The moves drawn, each with all answers of its event that its guard allows."""
    asked = {event: [name for name, _ in answers] for _, _, event, answers in possible}
    answers_of = {question.name: question.answers for question in relationship.questions}
    found: set[Told] = set()
    for edge in relationship.edges:
        allowed = dict(guard_answers(edge.guard))
        names = asked.get(edge.event, list(allowed))
        for answers in product(*(answers_of[name] for name in names)):
            if all(answer in allowed.get(name, (answer,)) for name, answer in zip(names, answers, strict=True)):
                found.add((edge.before, edge.after, edge.event, tuple(zip(names, answers, strict=True))))
    return found


def test_every_move_drawn_is_possible_and_every_possible_move_is_drawn() -> None:
    possible = possible_moves()
    drawn = drawn_moves(RELATIONSHIP, possible)
    assert drawn - possible == set(), "drawn, and not possible"
    assert possible - drawn == set(), "possible, and not drawn"
    assert len(possible) > 100


def test_a_move_left_out_or_made_up_is_seen() -> None:
    possible = possible_moves()
    for number in range(len(RELATIONSHIP.moves)):
        fewer = evolve(RELATIONSHIP, moves=(*RELATIONSHIP.moves[:number], *RELATIONSHIP.moves[number + 1 :]))
        assert possible - drawn_moves(fewer, possible)
    more = evolve(RELATIONSHIP, moves=(*RELATIONSHIP.moves, Move("surveyed", "third_party", "path", "satisfied")))
    assert drawn_moves(more, possible) - possible


def test_its_words_are_those_of_standing() -> None:
    assert {state.name: state.zh for state in RELATIONSHIP.states} == dict(STANDING_ZH)
    assert {move.event for move in RELATIONSHIP.moves} <= set(KINDS)
    assert all(move.cite for move in RELATIONSHIP.moves)
    assert RELATIONSHIP.zh_of["path"] == "忠诚之路"
    assert RELATIONSHIP.members("unhappy lost") == ("dissatisfied", "never_again", "detractor", "third_party", "lost")
    with pytest.raises(LifecycleError, match="did you mean prospect"):
        RELATIONSHIP.members("prospct")


@both
def test_its_picture_has_every_standing_and_every_move(zh: bool) -> None:
    picture = diagrams.picture(RELATIONSHIP, zh=zh)
    assert {box.name for box in picture.boxes} == set(STANDING_ZH)
    shown = {(before, after): said(tag) for tag in picture.tags for sources, after in tag.of for before in sources}
    meant: dict[tuple[str, str], set[str]] = defaultdict(set)
    for move in RELATIONSHIP.moves:
        for before, after in product(move.before.split(), move.after.split()):
            meant[before, after].add(KINDS[move.event].zh if zh else move.event)
    assert shown.keys() == meant.keys()
    for key, events in meant.items():
        assert all(event in shown[key] for event in events)


def test_a_relationship_with_other_moves_is_drawn_in_layers() -> None:
    """Not by hand, but whole: groups are told apart by their members."""
    more = evolve(RELATIONSHIP, moves=(*RELATIONSHIP.moves, Move("enquired", "gone", "present")))
    picture = diagrams.picture(more)
    assert overlaps(picture) == []
    assert "enquired" in picture.svg()
    small = Relationship(
        "small",
        "小",
        [State("a", "甲"), State("b", "乙")],
        [Group("both", "全", "a b")],
        [Move("enquired", "both", "b")],
        "a",
    )
    assert overlaps(diagrams.picture(small)) == []
    assert [edge[:2] for edge in small.edges] == [("a", "b")]


# -- Mermaid and Graphviz ---------------------------------------------------------------------------------------------

# what a line of a state diagram may be; the text after a colon holds nothing that Mermaid's grammar or HTML would read
SAFE = r"(?:[^\"#<>&;:{}%`\\']|#\d+;)*"
NAME = r"[A-Za-z][A-Za-z0-9_]*"
MERMAID = [
    re.compile(pattern)
    for pattern in (
        r"stateDiagram-v2|    direction TB|    classDef mark [\w#:, -]+|    class [\w,]+ mark",
        rf'    state "{SAFE}" as (?P<state>{NAME})',
        rf"    \[\*\] --> (?P<first>{NAME})|    (?P<last>{NAME}) --> \[\*\]",
        rf"    (?P<before>{NAME}) --> (?P<after>{NAME}): (?P<text>{SAFE}(?:<br/>{SAFE})*)",
    )
]


@both
@every
def test_mermaid_is_its_grammar_and_names_only_what_it_declares(drawn: Machine | Relationship, zh: bool) -> None:
    text = diagrams.mermaid(drawn, zh=zh)
    assert text.startswith("stateDiagram")
    assert text == drawn.mermaid(zh=zh)
    declared: list[str] = []
    used: set[str] = set()
    for line in text.splitlines():
        found = next((match for pattern in MERMAID if (match := pattern.fullmatch(line))), None)
        assert found, line
        groups = {name: value for name, value in found.groupdict().items() if value}
        if "state" in groups:
            declared.append(groups.pop("state"))
        groups.pop("text", None)
        used.update(groups.values())
    assert len(declared) == len(set(declared))
    assert used <= set(declared)
    assert len(declared) >= len({state.name for state in drawn.states})


def test_mermaid_has_every_arrow_of_a_plain_machine() -> None:
    found = defaultdict(set)
    for before, after, text in re.findall(r"^    (\w+) --> (\w+): (.*)$", LOYALTY.mermaid(), re.MULTILINE):
        found[before, after].update(text.split("<br/>"))
    meant = {
        ends: {event + (f" [{guard}]" if guard else "") for event, guard in pairs}
        for ends, pairs in rows_of(LOYALTY).items()
    }
    assert found == meant
    assert "    [*] --> prospect" in LOYALTY.mermaid()
    assert "    core_advocate --> [*]" in LOYALTY.mermaid()
    assert "维修交车 [收费]" in LOYALTY.mermaid(zh=True)


TOKEN = re.compile(
    r'\s+|(?P<string>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?)|(?P<sign>->|[{}\[\]=;,])'
)


def dot_tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        assert found, f"no token at {text[at : at + 40]!r}"
        at = found.end()
        if found.lastgroup:
            yield found[0]


class Dot:
    """A small reader of the DOT language: graph, subgraphs, attributes, nodes, edges."""

    def __init__(self, text: str) -> None:
        self.tokens = deque(dot_tokens(text))
        self.nodes: dict[str, dict[str, str]] = {}
        self.edges: list[tuple[str, str, dict[str, str]]] = []
        self.clusters: set[str] = set()
        self.take("digraph")
        self.tokens.popleft()
        self.block()
        assert not self.tokens

    def take(self, token: str) -> None:
        assert self.tokens.popleft() == token

    def block(self) -> None:
        self.take("{")
        while self.tokens[0] != "}":
            self.statement()
        self.take("}")

    def statement(self) -> None:
        word = self.tokens.popleft()
        if word == "subgraph":
            self.clusters.add(self.tokens.popleft())
            self.block()
        elif self.tokens[0] == "=":
            self.take("=")
            self.tokens.popleft()
            self.take(";")
        elif self.tokens[0] == "->":
            self.take("->")
            after = self.tokens.popleft()
            self.edges.append((word, after, self.attributes()))
            self.take(";")
        else:
            attributes = self.attributes()
            if word not in ("graph", "node", "edge"):
                self.nodes[word] = attributes
            self.take(";")

    def attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.tokens[0] == "[":
            self.take("[")
            while self.tokens[0] != "]":
                name = self.tokens.popleft()
                self.take("=")
                found[name] = self.tokens.popleft()
                if self.tokens[0] == ",":
                    self.take(",")
            self.take("]")
        return found


@both
@every
def test_dot_can_be_read_and_names_only_what_it_declares(drawn: Machine | Relationship, zh: bool) -> None:
    text = diagrams.dot(drawn, zh=zh)
    assert text == drawn.dot(zh=zh)
    read = Dot(text)
    for before, after, attributes in read.edges:
        assert {before, after} <= read.nodes.keys()
        assert {attributes[side] for side in ("lhead", "ltail") if side in attributes} <= read.clusters
        assert "label" in attributes or before == "start_"
    assert len(read.nodes) >= len({state.name for state in drawn.states})


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@every
def test_graphviz_itself_takes_it(drawn: Machine | Relationship) -> None:
    dot = shutil.which("dot") or "dot"
    done = subprocess.run([dot, "-Tsvg"], input=drawn.dot().encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


# -- what names may hold ----------------------------------------------------------------------------------------------

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NO_BLANKS = ANY_TEXT.map(lambda text: "".join(text.split()) or "x").filter(lambda text: text != STAYS and text != "*")


@given(st.lists(NO_BLANKS, min_size=1, max_size=6, unique=True), st.lists(ANY_TEXT, min_size=1, max_size=6), st.data())
def test_no_name_breaks_a_picture(names: list[str], events: list[str], data: st.DataObject) -> None:
    pick = st.sampled_from(names)
    rows = [Row(event, data.draw(pick), data.draw(pick), event) for event in events]
    drawn = Machine(events[0], events[-1], [State(name, name[::-1], label=events[0]) for name in names], rows, names[0])
    picture = diagrams.picture(drawn)
    assert overlaps(picture) == []
    root = ET.fromstring(picture.svg())
    written = "".join(root.itertext())
    for name in names:
        # XML cannot hold some characters, and reads a carriage return as a line break
        assert escape(name).replace("\r", "\n") in escape(written).replace("\r", "\n")
    Dot(drawn.dot())
    for line in drawn.mermaid().splitlines():
        assert any(pattern.fullmatch(line) for pattern in MERMAID), line


def test_signs_of_markup_arrive_as_they_are() -> None:
    drawn = Machine(
        "m", "<&>", [State("<&\"'>", "\"'&lt;"), State("b", "乙")], [Row("e<br/>", "<&\"'>", "b", '\\N="')], "b"
    )
    texts = [text.text for text in ET.fromstring(drawn.svg()).iter(f"{SVG}text")]
    assert {"<&\"'>", "\"'&lt;", 'e<br/> [\\N="]'} <= set(texts)
    assert "<br/>" not in drawn.mermaid()
    assert r'label="e<br/> [\\N=\"]"' in drawn.dot()
    assert escape("a\x00b") == "a\ufffdb"


@st.composite
def graphs(draw: st.DrawFn) -> Machine:
    count = draw(st.integers(1, 26))
    names = [f"s{number}" for number in range(count)]
    pick = st.sampled_from(names)
    some = st.lists(pick, min_size=1, max_size=8, unique=True).map(" ".join)
    row = st.builds(
        Row, st.sampled_from(sorted(KINDS)), some, pick, st.sampled_from(["", "satisfied", "trend=up|down"])
    )
    rows = draw(st.lists(row, max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, count), max_size=2)))
    edges: list[int] = [0, *cuts, count]
    parts = tuple((f"p{a}", f"部分{a}", " ".join(names[a:b])) for a, b in pairwise(edges)) if cuts else ()
    states = [State(name, f"状态{name}", label=draw(st.sampled_from(["", "shared"]))) for name in names]
    asked = [Question("satisfied", "满意", lambda _: "no")]
    return Machine("drawn", "任意", states, rows, draw(pick), questions=asked, parts=parts)


@given(graphs(), st.sampled_from([False, True]))
def test_no_machine_whatsoever_is_drawn_over_itself(drawn: Machine, zh: bool) -> None:
    assert overlaps(diagrams.picture(drawn, zh=zh)) == []


def test_a_box_and_its_kinds_of_ground() -> None:
    """Sale, owner and further sale are told apart on the ring; ends have a second border."""
    looks: dict[str, str] = {box.name: box.look for box in diagrams.picture(STAGE).boxes}
    assert looks["need"] == "sale"
    assert looks["trial_again"] == "again"
    assert looks["owned"] == "owner"
    finals: list[Box] = [box for box in diagrams.picture(LOYALTY).boxes if box.final]
    assert [box.name for box in finals] == ["core_advocate"]


def test_pictures_do_not_depend_on_the_hash_seed() -> None:
    code = "from lifecycle.machines import *; print(*[m.svg() + m.mermaid() + m.dot() for m in (STAGE, SALE, RELATIONSHIP)])"
    said = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert b"<svg" in said[0]
