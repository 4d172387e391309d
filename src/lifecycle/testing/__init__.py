"""For the tests of those who build on the library: strategies that draw histories around the edges.

Needs the extra ``testing`` (hypothesis). ``histories()`` draws one customer's history; ``facts_of(kind)`` the facts of a kind;
``vehicles()``, ``customers()``, ``rules()``, ``churns()`` what a churn policy reads, and is; ``ledgers()``,
``points_policies()``, ``tier_policies()``, ``terms()`` the same for points. ``benefits()`` and
``books()`` whole houses. ``check_churn_rule``, ``check_points_policy`` and ``check_benefits`` run the laws on a policy of
one's own; ``story()`` tells an example.
"""

from __future__ import annotations

from lifecycle.errors import MissingExtraError as _MissingExtraError

try:
    import hypothesis as _hypothesis  # noqa: F401 # pyright: ignore[reportUnusedImport] - said before any room needs it
except ModuleNotFoundError as _missing:
    raise _MissingExtraError(_missing.name, "lifecycle.testing", "testing") from _missing

from lifecycle.testing.benefit_laws import check_benefits
from lifecycle.testing.churn_laws import check_churn_rule
from lifecycle.testing.houses import benefits, books
from lifecycle.testing.ledgers import ledgers, points_policies, terms, tier_policies
from lifecycle.testing.points_laws import check_points_policy
from lifecycle.testing.rules import churns, conditions, customers, rules, vehicles, visit_kinds
from lifecycle.testing.stories import Story, story
from lifecycle.testing.strategies import days, facts_of, histories
from lifecycle.testing.whole_book import check_book

__all__ = [
    "Story", "benefits", "books", "check_benefits", "check_book", "check_churn_rule", "check_points_policy", "churns", "conditions",
    "customers", "days", "facts_of",
    "histories", "ledgers", "points_policies", "rules", "story", "terms", "tier_policies", "vehicles", "visit_kinds",
]  # fmt: skip
