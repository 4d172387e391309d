"""Points: what is earned, when it lapses, what it buys, and a ledger that keeps every law (LP1-LP18).

In: events, one customer at a time. Out: a :class:`Statement` as of a day, whose lines explain themselves. A policy is
:class:`Points` (:mod:`~lifecycle.points.policy`): terms of earning (:mod:`~lifecycle.points.terms`), a lapse
(:mod:`~lifecycle.points.lapse`), a redemption. The fold over events is :class:`Account`: lots in queues
(:mod:`~lifecycle.points.lots`), awards as recorded (:mod:`~lifecycle.points.awards`), the ledger's moves
(:mod:`~lifecycle.points.ledger`), its commands (:mod:`~lifecycle.points.account`); what it says is in
:mod:`~lifecycle.points.statement`. Next: :mod:`lifecycle.care`.
"""

from __future__ import annotations

from lifecycle.points.account import Account
from lifecycle.points.lapse import Lapse
from lifecycle.points.policy import Points, Redeem
from lifecycle.points.statement import AgeBand, Due, Line, Lot, Statement, Totals, by_age
from lifecycle.points.terms import (
    Bonus,
    Earn,
    Term,
    best_of,
    between,
    first_of,
    in_birthday_month,
    on_birthday,
    on_weekdays,
)

__all__ = [
    "Account", "AgeBand", "Bonus", "Due", "Earn", "Lapse", "Line", "Lot", "Points", "Redeem", "Statement", "Term", "Totals",
    "best_of", "between", "by_age", "first_of", "in_birthday_month", "on_birthday", "on_weekdays",
]  # fmt: skip
