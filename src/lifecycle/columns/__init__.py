"""Many customers at once: events as arrays, and the same policies over them, at the speed of arrays (numpy).

In: a tidy table of events — a pandas, polars or pyarrow frame — a policy, a day. Out: the same kind of frame, with the
answers that one customer at a time would get. :func:`frame` makes the table from events; :func:`churn` says how each
vehicle stands and what is due, :func:`lost` and :func:`lost_customers` who is lost; :func:`facts` what events alone tell;
:func:`replay`, :func:`vehicles` and :func:`points` give every region, fact and balance, :func:`benefits` what discounts
take off bills; :func:`steps` tells of a few what happened and why; :func:`pack` does the reading and sorting once for many
questions; :class:`ChurnState` takes a day's new events without looking at the rest; :class:`Kernel` is the replay as a step
of an engine such as Spark or Daft.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from lifecycle.errors import MissingExtraError

if TYPE_CHECKING:
    from lifecycle.columns.balances import points
    from lifecycle.columns.door import frame
    from lifecycle.columns.files import replay_parquet
    from lifecycle.columns.kept import State
    from lifecycle.columns.kernel import Kernel
    from lifecycle.columns.packing import Packed, pack
    from lifecycle.columns.replaying import benefits, explain, facts, replay, vehicles
    from lifecycle.columns.state import ChurnState
    from lifecycle.columns.tracing import steps
    from lifecycle.columns.verdicts import churn, lost, lost_customers

_ROOMS = {
    "balances": "points",
    "door": "frame",
    "files": "replay_parquet",
    "kept": "State",
    "kernel": "Kernel",
    "packing": "Packed pack",
    "replaying": "benefits explain facts replay vehicles",
    "tracing": "steps",
    "state": "ChurnState",
    "verdicts": "churn lost lost_customers",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}
_PACKAGES = ("narwhals", "numpy", "polars")

__all__ = [
    "ChurnState",
    "Kernel",
    "Packed",
    "State",
    "benefits",
    "churn",
    "explain",
    "facts",
    "frame",
    "lost",
    "lost_customers",
    "pack",
    "points",
    "replay",
    "replay_parquet",
    "steps",
    "vehicles",
]


def __getattr__(name: str) -> object:
    room = _HOMES.get(name)
    if room is None:
        raise AttributeError(f"module 'lifecycle.columns' has no attribute {name!r}")
    try:
        value: object = getattr(import_module(f"lifecycle.columns.{room}"), name)
    except ModuleNotFoundError as error:
        if error.name == "pyarrow":  # of no extra: who has an engine that speaks Arrow has it
            raise ModuleNotFoundError(f"columns.{name} needs pyarrow: pip install pyarrow", name="pyarrow") from error
        if error.name not in _PACKAGES:
            raise
        raise MissingExtraError(error.name, "lifecycle.columns", "columns") from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
