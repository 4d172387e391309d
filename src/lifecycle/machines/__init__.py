"""All machines of the house: the five regions and the cases, each declared once as rows.

``ALL`` maps their names to them; ``STAGE``, ``SATISFACTION`` … are the machines themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.machine import Machine
from lifecycle.machines.journey import ACTIVITY, LOYALTY, SATISFACTION, SPENDING, STAGE, Stage

__all__ = ["ACTIVITY", "ALL", "LOYALTY", "REGIONS", "SATISFACTION", "SPENDING", "STAGE", "Stage"]

#: The regions of a customer, in the order in which they are stepped; activity is the region of each vehicle.
REGIONS: tuple[Machine, ...] = (STAGE, LOYALTY, SATISFACTION, SPENDING)

#: Every machine by its name.
ALL: Mapping[str, Machine] = MappingProxyType({machine.name: machine for machine in (*REGIONS, ACTIVITY)})
