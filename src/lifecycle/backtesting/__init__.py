"""Back-tests: how well a churn rule, applied on a past day, told who would stay away afterwards.

In: events, rules, a cut-off day and the last day of the holdout. Out: a :class:`Backtest`: for every rule who was flagged,
precision, recall, F1, accuracy, bootstrap intervals; the AUC of recency; a warning where the customers are too young for
the rule to have come true; the threshold that pays best (:meth:`Backtest.best`). Neighbours: :mod:`lifecycle.churn` (the
rules), :mod:`lifecycle.life` (the facts as of the cut-off day).

**Population**: customers with a counted visit up to the cut-off day (closed), but for those whose vehicles are all gone by
then (W17). **Positive**: no counted visit from the day after the cut-off to ``until`` (closed). **Flagged**: all his
vehicles that are not gone are due on the cut-off day (LC8). Which visits count is what the rule counts.
"""

from __future__ import annotations

from lifecycle.backtesting.result import MEASURES, Backtest, Choice, Rolling, RuleResult
from lifecycle.backtesting.run import backtest, roc_auc, rolling

__all__ = ["MEASURES", "Backtest", "Choice", "Rolling", "RuleResult", "backtest", "roc_auc", "rolling"]
