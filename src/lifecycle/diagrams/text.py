"""A graph as text for other programs: Mermaid and Graphviz.

In: a :class:`~lifecycle.diagrams.graph.Graph`. Out: the text of a Mermaid state diagram or of a Graphviz digraph. Names are
never trusted: a state gets a plain identifier of its own, and its name is a quoted, escaped label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lifecycle.diagrams.graph import Arrow, Graph, Node, Part, mark_words

__all__ = ["dot_text", "mermaid_text"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
# words that mean something to one of the two programs, so that a state cannot go by them
_TAKEN = frozenset(
    "state note end class classdef style direction default graph digraph subgraph node edge strict fork join choice as "
    "click href scale hide left right over of".split()
)


def _identifiers(graph: Graph) -> dict[str, str]:
    """A plain, unique identifier for every node and part: its own name where that will do."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for number, name in enumerate([*(node.name for node in graph.nodes), *(part.name for part in _all(graph.parts))]):
        if name in found:
            continue
        plain = name if _PLAIN.match(name) and name.lower() not in _TAKEN else f"s{number}"
        while plain in used:
            plain = f"{plain}_"
        used.add(plain)
        found[name] = plain
    return found


def _all(parts: Iterable[Part]) -> list[Part]:
    found: list[Part] = []
    for part in parts:
        found += [part, *_all(part.parts)]
    return found


def _sources(arrow: Arrow) -> tuple[str, ...]:
    return arrow.shown if arrow.mark else arrow.before


# -- Mermaid ----------------------------------------------------------------------------------------------------------


def mermaid_text(graph: Graph, *, zh: bool = False) -> str:
    """The graph as a Mermaid state diagram.

    Parts are not drawn as composite states, since Mermaid allows no transition between the insides of two of them; a part
    that an arrow ends at is a state of its own.
    """
    names = _identifiers(graph)
    lines = ["stateDiagram-v2", "    direction TB"]
    lines += [f"    {_mermaid_state(node, names)}" for node in graph.nodes]
    ends = {name for arrow in graph.arrows for name in (*arrow.before, arrow.after)}
    marks = [names[part.name] for part in _all(graph.parts) if part.name in ends]
    for part in _all(graph.parts):
        if part.name in ends:
            words = f"{part.name} {part.zh}: {', '.join((*(one.name for one in part.parts), *part.states))}"
            lines.append(f'    state "{_mermaid(words)}" as {names[part.name]}')
    if graph.initial is not None:
        lines.append(f"    [*] --> {names[graph.initial]}")
    for number, arrow in enumerate(graph.arrows):
        label = "<br/>".join(_mermaid(label.text(zh=zh)) for label in arrow.labels)
        sources = [names[name] for name in _sources(arrow)]
        if arrow.mark:
            words = _mermaid(("；" if zh else ", ").join(mark_words(graph, arrow, zh=zh)))
            lines.append(f'    state "{words}" as mark_{number}')
            sources.insert(0, f"mark_{number}")
            marks.append(f"mark_{number}")
        lines += [f"    {source} --> {names[arrow.after]}: {label}" for source in sources]
    lines += [f"    {names[node.name]} --> [*]" for node in graph.nodes if node.final]
    if marks:
        lines.append("    classDef mark fill:#fffdf3,stroke-dasharray:3 3")
        lines.append(f"    class {','.join(marks)} mark")
    return "\n".join(lines) + "\n"


def _mermaid_state(node: Node, names: Mapping[str, str]) -> str:
    words = " ".join(word for word in (node.name, node.zh, f"(= {node.label})" if node.label else "") if word)
    return f'state "{_mermaid(words)}" as {names[node.name]}'


def _mermaid(text: str) -> str:
    """Text for Mermaid: what its grammar or HTML reads becomes an entity (``#34;``), a line break a blank."""
    return "".join(
        f"#{ord(sign)};" if sign in "\"#<>&;:{}%`\\'" or not (sign.isprintable() or sign == " ") else sign
        for sign in re.sub(r"[\r\n\t\v\f\u2028\u2029]+", " ", text)
    )


# -- Graphviz ---------------------------------------------------------------------------------------------------------


def dot_text(graph: Graph, *, zh: bool = False) -> str:
    """The graph as a Graphviz digraph."""
    names = _identifiers(graph)
    font = 'fontname="Helvetica,Arial,Noto Sans CJK SC,sans-serif"'
    lines = [
        f"digraph {_dot(graph.name)} {{",
        f"    graph [label={_dot(f'{graph.name} {graph.zh}'.strip())}, labelloc=t, compound=true, rankdir=TB];",
        f'    node [shape=box, style="rounded,filled", fillcolor="#eef4ff", color="#4a74b8", {font}, fontsize=12];',
        f'    edge [color="#6a7893", {font}, fontsize=10];',
    ]
    placed = _dot_parts(graph, graph.parts, names, lines, "    ")
    lines += [f"    {_dot_state(node, names)}" for node in graph.nodes if node.name not in placed]
    if graph.initial is not None:
        lines.append('    start_ [shape=point, width=0.15, color="#17202e", label=""];')
        lines.append(f"    start_ -> {names[graph.initial]};")
    ends = {part.name: part for part in _all(graph.parts)}
    for number, arrow in enumerate(graph.arrows):
        label = f"label={_dot(*(label.text(zh=zh) for label in arrow.labels))}"
        if arrow.after in ends:
            label += f", lhead=cluster_{names[arrow.after]}"
        goal = names[_inner(arrow.after, ends)]
        if arrow.mark:
            words = _dot(("；" if zh else ", ").join(mark_words(graph, arrow, zh=zh)))
            lines.append(f'    mark_{number} [label={words}, style="rounded,filled,dashed", fillcolor="#fffdf3"];')
            lines.append(f"    mark_{number} -> {goal} [{label}];")
        for source in _sources(arrow):
            tail = f", ltail=cluster_{names[source]}" if source in ends else ""
            lines.append(f"    {names[_inner(source, ends)]} -> {goal} [{label}{tail}];")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _inner(name: str, ends: Mapping[str, Part]) -> str:
    """A state to hang an arrow on that ends at a whole part: Graphviz cuts it at the part's border."""
    while name in ends:
        part = ends[name]
        name = part.states[len(part.states) // 2] if part.states else part.parts[0].name
    return name


def _dot_parts(
    graph: Graph, parts: Iterable[Part], names: Mapping[str, str], lines: list[str], indent: str
) -> set[str]:
    placed: set[str] = set()
    for part in parts:
        lines.append(f"{indent}subgraph cluster_{names[part.name]} {{")
        lines.append(f'{indent}    label={_dot(f"{part.name} {part.zh}".strip())}; style=rounded; color="#c3cddf";')
        placed |= _dot_parts(graph, part.parts, names, lines, indent + "    ")
        for name in part.states:
            lines.append(f"{indent}    {_dot_state(graph.node(name), names)}")
            placed.add(name)
        lines.append(f"{indent}}}")
    return placed


def _dot_state(node: Node, names: Mapping[str, str]) -> str:
    words = _dot(*(word for word in (node.name, node.zh, f"= {node.label}" if node.label else "") if word))
    look = ', peripheries=2, fillcolor="#f1f2f5", color="#69748a"' if node.final else ""
    look += ', style="rounded,filled,dashed", color="#cc2f2f"' if not node.known else ""
    return f"{names[node.name]} [label={words}{look}];"


def _dot(*lines: str) -> str:
    """Lines of text as a quoted string: Graphviz reads backslashes, quotes and HTML entities in it."""
    told: list[str] = []
    for line in lines:
        line = re.sub(r"[\r\n\t\v\f\x00-\x1f\u2028\u2029]+", " ", line)
        told.append(line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"'))
    return '"' + "\\n".join(told) + '"'
