"""dealer-lifecycle: where a customer is in his life with a car dealership, and what a change of rule would change.

The shop window: every public name, loaded when it is first asked for (``import lifecycle`` itself loads nothing).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lifecycle import books, machines
    from lifecycle.backtesting import backtest
    from lifecycle.book import Book, Editions, Readings
    from lifecycle.churn import Churn, InactiveFor, upcoming
    from lifecycle.comparing import compare, sweep
    from lifecycle.customer import Customer, Vehicle
    from lifecycle.deadline import Decision, after, always, before, fact, never
    from lifecycle.dealership import sample
    from lifecycle.errors import LifecycleError
    from lifecycle.events import Event, History, Problem, by_customer
    from lifecycle.forward import simulate
    from lifecycle.irregular import Audit, audit
    from lifecycle.kinds import FACTS, KINDS
    from lifecycle.life import Case, Life, LifeStep, replay
    from lifecycle.machine import Machine, Row, State, Step
    from lifecycle.machines.journey import Stage
    from lifecycle.notation import timeline, write_timeline
    from lifecycle.points import Bonus, Earn, Points, Statement
    from lifecycle.visits import VisitKind, all_visits, charged_visits

_ROOMS = {
    "backtesting": "backtest",
    "book": "Book Editions Readings",
    "churn": "Churn InactiveFor upcoming",
    "comparing": "compare sweep",
    "customer": "Customer Vehicle",
    "dealership": "sample",
    "deadline": "Decision after always before fact never",
    "errors": "LifecycleError",
    "events": "Event History Problem by_customer",
    "forward": "simulate",
    "irregular": "Audit audit",
    "kinds": "FACTS KINDS",
    "life": "Case Life LifeStep replay",
    "machine": "Machine Row State Step",
    "machines.journey": "Stage",
    "notation": "timeline write_timeline",
    "points": "Bonus Earn Points Statement",
    "visits": "VisitKind all_visits charged_visits",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}
_SUBPACKAGES = ("books", "machines")

__all__ = [
    "FACTS",
    "KINDS",
    "Audit",
    "Bonus",
    "Book",
    "Case",
    "Churn",
    "Customer",
    "Decision",
    "Earn",
    "Editions",
    "Event",
    "History",
    "InactiveFor",
    "Life",
    "LifeStep",
    "LifecycleError",
    "Machine",
    "Points",
    "Problem",
    "Readings",
    "Row",
    "Stage",
    "State",
    "Statement",
    "Step",
    "Vehicle",
    "VisitKind",
    "after",
    "all_visits",
    "always",
    "audit",
    "backtest",
    "before",
    "books",
    "by_customer",
    "charged_visits",
    "compare",
    "fact",
    "machines",
    "never",
    "replay",
    "sample",
    "simulate",
    "sweep",
    "timeline",
    "upcoming",
    "write_timeline",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    room = _HOMES.get(name)
    if room is not None:
        value: object = getattr(import_module(f"lifecycle.{room}"), name)
    elif name in _SUBPACKAGES:
        value = import_module(f"lifecycle.{name}")
    else:
        raise AttributeError(f"module 'lifecycle' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
