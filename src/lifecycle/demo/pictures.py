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

_LEAST = 820  # pixels


@frozen
class Drawn:
    """One machine's picture in both languages."""

    name: str
    svg: str
    svg_zh: str
    least: int
    """The width in pixels below which its words cannot be read."""


def draw() -> tuple[Drawn, ...]:
    """Every picture of the demo."""
    shown: dict[str, Machine | Relationship] = {**machines.ALL, "relationship": machines.RELATIONSHIP}
    pictures = ((name, shown[name].svg(), shown[name].svg(zh=True)) for name in PICTURES)
    return tuple(Drawn(name, svg, svg_zh, min(_LEAST, _width(svg))) for name, svg, svg_zh in pictures)


def _width(svg: str) -> int:
    found = re.search(r' width="(\d+)', svg)
    return int(found[1]) if found else _LEAST
