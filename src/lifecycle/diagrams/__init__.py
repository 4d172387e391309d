"""Pictures of machines: rows → graph → Mermaid, Graphviz or SVG. Nothing is needed for it: no program, no network, no font.

In: a :class:`~lifecycle.machine.Machine`, or the :class:`~lifecycle.machines.relationship.Relationship`. Out: text. The
stage ring and the relationship have places given by hand; every other machine, and a ring whose rows were changed, is
laid out in layers. A machine with faults is drawn as it is, what no state declares dashed in red. ``picture`` gives the
geometry, for those who want to ask where things are. The same machine gives the same text, always.
"""

from __future__ import annotations

from lifecycle.diagrams.canvas import Picture
from lifecycle.diagrams.graph import Graph, graph_of, graph_of_relationship
from lifecycle.diagrams.layered import layered
from lifecycle.diagrams.relation import flat, relation
from lifecycle.diagrams.ring import ring
from lifecycle.diagrams.text import dot_text, mermaid_text
from lifecycle.machine import Machine
from lifecycle.machines.relationship import Relationship

__all__ = ["dot", "mermaid", "picture", "svg"]


def _graph(machine: Machine | Relationship) -> Graph:
    return graph_of_relationship(machine) if isinstance(machine, Relationship) else graph_of(machine)


def mermaid(machine: Machine | Relationship, *, zh: bool = False) -> str:
    """The machine as a Mermaid state diagram; events and guards in Chinese with ``zh=True`` (states have both names)."""
    return mermaid_text(_graph(machine), zh=zh)


def dot(machine: Machine | Relationship, *, zh: bool = False) -> str:
    """The machine as a Graphviz digraph."""
    return dot_text(_graph(machine), zh=zh)


def picture(machine: Machine | Relationship, *, zh: bool = False) -> Picture:
    """The machine as a laid out picture: boxes, words and lines with their places."""
    graph = _graph(machine)
    if isinstance(machine, Relationship):
        return relation(graph, zh=zh) or layered(flat(graph), zh=zh)
    return ring(graph, zh=zh) or layered(graph, zh=zh)


def svg(machine: Machine | Relationship, *, zh: bool = False) -> str:
    """The machine as SVG, to be written to a file or shown in a page as it is."""
    return picture(machine, zh=zh).svg()
