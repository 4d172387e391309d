"""For the tests of those who build on the library: strategies that draw histories around the edges.

Needs the extra ``testing`` (hypothesis). ``histories()`` draws one customer's history; ``facts_of(kind)`` the facts of a kind;
``vehicles()``, ``customers()``, ``rules()``, ``churns()`` what a churn policy reads, and is.
"""

from __future__ import annotations

from lifecycle.testing.rules import churns, conditions, customers, rules, vehicles, visit_kinds
from lifecycle.testing.strategies import days, facts_of, histories

__all__ = [
    "churns", "conditions", "customers", "days", "facts_of", "histories", "rules", "vehicles", "visit_kinds",
]  # fmt: skip
