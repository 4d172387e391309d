"""For the tests of those who build on the library: strategies that draw histories around the edges.

Needs the extra ``testing`` (hypothesis). ``histories()`` draws one customer's history; ``facts_of(kind)`` the facts of a kind.
"""

from __future__ import annotations

from lifecycle.testing.strategies import days, facts_of, histories

__all__ = ["days", "facts_of", "histories"]
