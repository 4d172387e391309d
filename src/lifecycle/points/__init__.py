"""Points: what is earned, when it lapses, what it buys, and a ledger that keeps every law (LP1-LP17).

In: events, one customer at a time. Out: a :class:`Statement` as of a day, whose lines explain themselves. A policy is
:class:`Points` (terms of earning, lapse, redemption); the fold over events is :class:`Account`; the terms stand in
:mod:`~lifecycle.points.terms`, the lapse in :mod:`~lifecycle.points.lapse`. Next: :mod:`lifecycle.care`.
"""

from __future__ import annotations

from lifecycle.points.lapse import Lapse
from lifecycle.points.ledger import Account
from lifecycle.points.policy import Points, Redeem
from lifecycle.points.statement import Line, Lot, Statement
from lifecycle.points.terms import Bonus, Earn, Term

__all__ = ["Account", "Bonus", "Earn", "Lapse", "Line", "Lot", "Points", "Redeem", "Statement", "Term"]
