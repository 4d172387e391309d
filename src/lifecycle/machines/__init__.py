"""All machines of the house: the five regions and the cases, each declared once as rows.

``ALL`` maps their names to them; ``STAGE``, ``SATISFACTION`` … are the machines themselves. ``RELATIONSHIP`` is the
picture of where a customer stands, read off the regions.
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lifecycle.machine import Machine
from lifecycle.machines.complaint import COMPLAINT
from lifecycle.machines.desk import CALL_ETIQUETTE, DEPARTMENT_CYCLE, TRAINING
from lifecycle.machines.journey import ACTIVITY, LOYALTY, SATISFACTION, SPENDING, STAGE, Stage
from lifecycle.machines.membership import CREDIT_CARD, DIAMOND, LIFETIME_VIP, MEMBERSHIP
from lifecycle.machines.outreach import OUTREACH
from lifecycle.machines.referral import REFERRAL
from lifecycle.machines.relationship import RELATIONSHIP
from lifecycle.machines.sale import SALE
from lifecycle.machines.visit import FOLLOW_UP, VISIT

__all__ = [
    "ACTIVITY",
    "ALL",
    "CALL_ETIQUETTE",
    "CASES",
    "COMPLAINT",
    "CREDIT_CARD",
    "DEPARTMENT_CYCLE",
    "DIAMOND",
    "FOLLOW_UP",
    "LIFETIME_VIP",
    "LOYALTY",
    "MEMBERSHIP",
    "OUTREACH",
    "REFERRAL",
    "REGIONS",
    "RELATIONSHIP",
    "SALE",
    "SATISFACTION",
    "SPENDING",
    "STAGE",
    "TRAINING",
    "VISIT",
    "Stage",
]

#: The regions of a customer, in the order in which they are stepped; activity is the region of each vehicle.
REGIONS: tuple[Machine, ...] = (STAGE, LOYALTY, SATISFACTION, SPENDING)

#: The cases: one instance a key (``Machine.key`` is the fact that names it), governing.
CASES: tuple[Machine, ...] = (
    SALE,
    VISIT,
    FOLLOW_UP,
    COMPLAINT,
    OUTREACH,
    REFERRAL,
    MEMBERSHIP,
    CREDIT_CARD,
    DIAMOND,
    LIFETIME_VIP,
    DEPARTMENT_CYCLE,
    TRAINING,
    CALL_ETIQUETTE,
)

#: Every machine by its name.
ALL: Mapping[str, Machine] = MappingProxyType({machine.name: machine for machine in (*REGIONS, ACTIVITY, *CASES)})


def _named(name: str) -> Machine:
    return ALL[name]


def _pickled(machine: Machine) -> Any:
    """A machine of the house is pickled, and copied, by its name: it is the same machine afterwards."""
    return (_named, (machine.name,)) if ALL.get(machine.name) is machine else machine.__reduce_ex__(4)


copyreg.pickle(Machine, _pickled)
