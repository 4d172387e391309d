"""The pictures of the demo: which machines are drawn, and the files they land in.

In: the machines. Out: :class:`Drawn`, SVG in English and in Chinese. Next room: :mod:`lifecycle.demo.report`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from lifecycle import machines
from lifecycle.machine import Machine
from lifecycle.machines.relationship import Relationship

__all__ = ["PICTURES", "Drawn", "draw"]

#: Machine → what its picture is called.
PICTURES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "stage": ("The seven stages of the journey", "七个阶段"),
        "relationship": ("How a relationship goes", "客户关系"),
        "activity": ("A vehicle's activity: at risk, lost, returned", "车辆活跃度"),
        "sale": ("A sale: need, trial, purchase", "销售流程"),
    }
)

_LEAST, _LONG = 820, 2000  # pixels


@frozen
class Drawn:
    """One machine's picture in both languages."""

    name: str
    svg: str
    svg_zh: str
    least: int
    """The width in pixels below which its words cannot be read."""
    long: bool = False
    """Whether it is several screens high."""


def draw() -> tuple[Drawn, ...]:
    """Every picture of the demo."""
    shown: dict[str, Machine | Relationship] = {**machines.ALL, "relationship": machines.RELATIONSHIP}
    return tuple(_drawn(name, shown[name]) for name in PICTURES)


def _drawn(name: str, machine: Machine | Relationship) -> Drawn:
    svg = machine.svg()
    found = re.search(r' width="(\d+)[^"]*" height="(\d+)', svg)
    wide, high = (int(found[1]), int(found[2])) if found else (_LEAST, 0)
    return Drawn(name, svg, machine.svg(zh=True), min(_LEAST, wide), high > _LONG)
