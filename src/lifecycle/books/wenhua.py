"""Wenhua (Dongfeng Nissan, Nanjing): the customer-retention sharing report of November 2014 (handbook key W).

What the report says is cited; where it is silent the reading is named in ``sources`` beside the ID.
"""

from __future__ import annotations

from lifecycle.book import Book
from lifecycle.churn import Churn, InactiveFor
from lifecycle.visits import all_visits

__all__ = ["WENHUA"]
