"""The algebra of due days: a rule answers with the day on which it comes true if nothing more happens (or never).

In: facts of a vehicle and its customer. Out: a day, or a :class:`Decision` with because. ``|`` is the earlier day, ``&``
the later (LC1). Next: :mod:`lifecycle.churn`.
"""

from __future__ import annotations

from datetime import date

from attrs import frozen

__all__ = ["Decision"]


@frozen
class Decision:
    """A policy's answer: whether it holds on the day asked, since when (or from when it would), and because."""

    holds: bool
    since: date | None
    """The day on which it came, or will come, true; None: never, as things stand."""
    because: tuple[str, ...]
