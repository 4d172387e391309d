"""A machine's rows as a graph to draw: nodes, and arrows that each carry all their events.

In: a :class:`~lifecycle.machine.Machine` (sound or not: a fault is drawn, never raised) or the
:class:`~lifecycle.machines.relationship.Relationship`. Out: one :class:`Graph`, which the writers of mermaid, dot and
SVG all read. Three things keep it from becoming a hairball: what stays is not drawn; arrows between the same two states
are one; and what leaves many states for one is a single arrow from a mark ("any other state"). Next:
:mod:`lifecycle.diagrams.text` and :mod:`lifecycle.diagrams.layered`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, field, frozen

from lifecycle.kinds import FACTS, KINDS, RECORDS
from lifecycle.machine import STAYS, Machine, Question, guard_answers
from lifecycle.machines.relationship import Group, Relationship

__all__ = ["Arrow", "Graph", "Label", "Node", "Part", "graph_of", "graph_of_relationship", "mark_words"]

#: Arrows from so many states to one, with the same events, are drawn as one arrow from a mark.
_MANY = 5


@frozen
class Label:
    """One line at an arrow: the event and the guard it asks for, in English and in Chinese."""

    event: str
    event_zh: str
    guard: str = ""
    guard_zh: str = ""

    def words(self, *, zh: bool = False) -> tuple[str, str]:
        """The event and the guard in brackets (or an empty text), in one language."""
        event, guard = (self.event_zh, self.guard_zh) if zh else (self.event, self.guard)
        return event, f"[{guard}]" if guard else ""

    def text(self, *, zh: bool = False) -> str:
        """Event and guard on one line."""
        return " ".join(word for word in self.words(zh=zh) if word)


@frozen
class Node:
    """A state to draw. ``known`` is False for one that only a faulty row names."""

    name: str
    zh: str = ""
    label: str = ""
    """The public name, where it is not the state's own."""
    initial: bool = False
    final: bool = False
    known: bool = True
    stays: tuple[Label, ...] = ()
    """What leaves it as it is: not drawn, but told where the pointer rests on it."""
    cite: str = ""


@frozen
class Arrow:
    """All events that lead from any of ``before`` to ``after``. More than one source: they share the label.

    A part's name instead of a state's stands for all its states. ``mark`` says that the sources are not to be drawn one by
    one: words such as "any other state" stand for them;
    ``shown`` are those among them that would else have no arrow at all, and are joined to the mark.
    """

    before: tuple[str, ...]
    after: str
    labels: tuple[Label, ...]
    mark: bool = False
    shown: tuple[str, ...] = ()


@frozen
class Part:
    """A named group of states."""

    name: str
    zh: str
    states: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    """Parts within it."""


@frozen
class Graph:
    """What is drawn of a machine."""

    name: str
    zh: str
    nodes: tuple[Node, ...] = field(repr=False)
    arrows: tuple[Arrow, ...] = field(repr=False)
    initial: str | None = None
    parts: tuple[Part, ...] = ()
    doc: str = ""

    def node(self, name: str) -> Node:
        """The node of that name."""
        return next(node for node in self.nodes if node.name == name)


def graph_of(machine: Machine) -> Graph:
    """The graph of a machine; rows that name unknown states draw them as such."""
    names = list(dict.fromkeys(state.name for state in machine.states))
    drawn: dict[tuple[tuple[str, ...], str], list[Label]] = {}
    stays: dict[str, list[Label]] = {name: [] for name in names}
    strangers: dict[str, None] = {}
    for row in machine.rows:
        if row.event in RECORDS:
            continue  # a record stands for what happened before: it moves states, but nobody lives it
        label = _label(row.event, row.guard, machine.questions)
        sources = list(dict.fromkeys(machine.sources(row)))
        strangers.update(dict.fromkeys(name for name in sources if name not in stays))
        if row.after == STAYS:
            _note(stays, sources, label)
            continue
        if row.after not in stays:
            strangers[row.after] = None
        moved = [name for name in sources if name != row.after]
        if moved:
            _note(stays, [name for name in sources if name == row.after], label)
        # a row whose only source is its target is drawn as a loop: no row but those that stay may vanish
        before = tuple(moved or sources)
        if before and label not in drawn.setdefault((before, row.after), []):
            drawn[before, row.after].append(label)
    first = {state.name: state for state in reversed(machine.states)}
    nodes = [
        Node(
            name,
            first[name].zh,
            first[name].label if first[name].label not in ("", name) else "",
            name == machine.initial,
            first[name].final,
            stays=tuple(stays[name]),
            cite=first[name].cite,
        )
        for name in names
    ]
    if machine.initial not in stays:
        strangers[machine.initial] = None
    nodes += [Node(name, initial=name == machine.initial, known=False) for name in strangers]
    known = {node.name for node in nodes}
    parts: list[Part] = []
    placed: set[str] = set()
    for name, zh, states in machine.parts:
        own = tuple(state for state in dict.fromkeys(states.split()) if state in known and state not in placed)
        placed.update(own)
        parts.append(Part(name, zh, own))
    return Graph(
        machine.name,
        machine.zh,
        tuple(nodes),
        _arrows(drawn, len(nodes), parts),
        machine.initial,
        tuple(part for part in parts if part.states),
        machine.doc,
    )


def graph_of_relationship(relationship: Relationship) -> Graph:
    """The graph of the relationship: arrows may leave and enter whole groups."""
    nodes = tuple(
        Node(state.name, state.zh, initial=state.name == relationship.initial, cite=state.cite)
        for state in relationship.states
    )
    drawn: dict[tuple[str, str], list[Label]] = {}
    for move in relationship.moves:
        label = _label(move.event, move.guard, relationship.questions)
        if move.given:
            label = evolve(label, guard=move.given, guard_zh=move.given_zh)
        for before in move.before.split():
            for after in move.after.split():
                drawn.setdefault((before, after), []).append(label)
    groups = {group.name: group for group in relationship.groups}

    def part(group: Group) -> Part:
        names = group.members.split()
        within = tuple(part(groups[name]) for name in names if name in groups)
        return Part(group.name, group.zh, tuple(name for name in names if name not in groups), within)

    inner = {name for group in relationship.groups for name in group.members.split()}
    return Graph(
        relationship.name,
        relationship.zh,
        nodes,
        tuple(Arrow((before,), after, tuple(labels)) for (before, after), labels in drawn.items()),
        relationship.initial,
        tuple(part(group) for group in relationship.groups if group.name not in inner),
        relationship.doc,
    )


def _note(stays: dict[str, list[Label]], names: Iterable[str], label: Label) -> None:
    for name in names:
        if name in stays and label not in stays[name]:
            stays[name].append(label)


def _arrows(
    drawn: dict[tuple[tuple[str, ...], str], list[Label]], states: int, parts: Sequence[Part]
) -> tuple[Arrow, ...]:
    """Marks for what leaves many states (or states of another part than the target's); the rest merged by its two ends."""
    marks: dict[tuple[frozenset[str], str], tuple[tuple[str, ...], list[Label]]] = {}
    single: dict[tuple[str, str], list[Label]] = {}
    for (before, after), labels in drawn.items():
        missing = states - 1 - len(before)
        if len(before) >= min(_MANY, 3 + missing):
            marks.setdefault((frozenset(before), after), (before, []))[1].extend(labels)
        else:
            for one in before:
                single.setdefault((one, after), []).extend(labels)
    # sources that reach one target by exactly the same events share one arrow and its label
    shared: dict[tuple[str, tuple[Label, ...], bool], list[str]] = {}
    for (one, after), labels in single.items():
        shared.setdefault((after, tuple(dict.fromkeys(labels)), one == after), []).append(one)
    arrows = [Arrow(tuple(before), after, labels) for (after, labels, _), before in shared.items()]
    leaving = {one for arrow in arrows for one in arrow.before if one != arrow.after}
    for (_, after), (before, labels) in marks.items():
        alone = tuple(one for one in before if one not in leaving)
        # several such (ends that only a mark leaves) would be lines from everywhere again
        shown = alone if len(alone) == 1 else ()
        leaving.update(shown)
        arrows.append(Arrow(before, after, tuple(dict.fromkeys(labels)), True, shown))
    return tuple(arrows)


def mark_words(graph: Graph, arrow: Arrow, *, zh: bool = False) -> list[str]:
    """The words that stand for an arrow's many sources: any state, any but a few, whole parts, or all their names."""
    before = set(arrow.before)
    others = [node for node in graph.nodes if node.name != arrow.after]
    missing = _named([node for node in others if node.name not in before], others, zh)
    if not missing:
        if arrow.after in before:
            return ["任意状态" if zh else "any state"]
        return ["任意其他状态" if zh else "any other state"]
    by_part: list[str] = []
    placed: set[str] = set()
    for part in graph.parts:
        placed.update(part.states)
        by_part += _of_part(part, others, before, zh)
    rest = [node for node in others if node.name not in placed]
    by_part += _named([node for node in rest if node.name in before], rest, zh)
    by_name = _named([node for node in others if node.name in before], others, zh)
    told = min((by_name, by_part), key=len)
    if len(missing) <= min(len(told), 4):
        return _but("任意状态" if zh else "any", missing, zh)
    return [("自" if zh else "from ") + told[0], *told[1:]]


def _of_part(part: Part, others: Sequence[Node], before: set[str], zh: bool) -> list[str]:
    own = [node for node in others if node.name in part.states]
    inside = [node for node in own if node.name in before]
    if not inside:
        return []
    whole = f"“{part.zh}”各步" if zh else f"all of {part.name}"
    missing = _named([node for node in own if node.name not in before], own, zh)
    short = _but(whole, missing, zh) if missing else [whole]
    return short if len(short) < len(inside) else [_name(node, zh) for node in inside]


def _but(whole: str, missing: Sequence[str], zh: bool) -> list[str]:
    """``whole`` but for a few."""
    if not zh:
        return [f"{whole} but {missing[0]}", *missing[1:]]
    words = [f"{whole}（除{missing[0]}", *missing[1:]]
    return [*words[:-1], f"{words[-1]}）"]


def _name(node: Node, zh: bool) -> str:
    return node.zh if zh and node.zh else node.name


def _named(nodes: Sequence[Node], among: Sequence[Node], zh: bool) -> list[str]:
    """Names of nodes; all those ``among`` with one public name go by that name, most of them by it and the exceptions."""
    chosen = {node.name for node in nodes}
    words: dict[str, None] = {}
    for node in nodes:
        twins = [one for one in among if (one.label or one.name) == (node.label or node.name)]
        missing = [one for one in twins if one.name not in chosen]
        common = _common([one.zh for one in twins]) if zh else node.label or node.name
        if len(twins) > 1 and not missing:
            words[common] = None
        elif len(twins) - len(missing) > 2 * len(missing) > 0:
            words[("、" if zh else ", ").join(_but(common, [_name(one, zh) for one in missing], zh))] = None
        else:
            words[_name(node, zh)] = None
    return list(words)


def _common(names: Sequence[str]) -> str:
    """What Chinese names of one public name have in common: 后续跟进（需求）, 后续跟进（试驾） → 后续跟进."""
    start = 0
    while all(len(name) > start and name[start] == names[0][start] for name in names):
        start += 1
    return names[0][:start].rstrip("（") or names[0]


def _label(event: str, guard: str, questions: Sequence[Question]) -> Label:
    kind = KINDS.get(event)
    question_of = {question.name: question for question in questions}
    words: list[str] = []
    for name, answers in guard_answers(guard):
        question = question_of.get(name)
        asked = question.zh if question else name
        if answers == ("yes",):
            words.append(asked)
        elif answers == ("no",):
            words.append(f"不{asked}" if question else f"not {name}")
        else:
            told = (name, *(question.facts + question.given if question else ()))
            words.append(f"{asked}={'|'.join(_answer_zh(told, answer) for answer in answers)}")
    return Label(event, kind.zh if kind else event, guard, "，".join(words))


def _answer_zh(facts: Iterable[str], answer: str) -> str:
    """The Chinese of an answer, where it is a choice of one of these facts."""
    for name in facts:
        fact = FACTS.get(name)
        if fact is not None and answer in fact.choices:
            return dict(zip(fact.choices, fact.choices_zh, strict=False)).get(answer, answer)
    return answer
