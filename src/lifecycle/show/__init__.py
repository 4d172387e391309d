"""What the library answers, shown: pieces of HTML for notebooks, tables in the terminal, a page that stands alone.

In: a Life, a History, a Statement, problems. Out: HTML that needs nothing but itself (:func:`life_html` and its
neighbours, which the classes' own ``_repr_html_`` ask), and by :mod:`lifecycle.show.terminal` (rich) and
:mod:`lifecycle.show.page` the terminal's tables and the report. Who shows something of his own begins with
:mod:`lifecycle.show.markup`.
"""

from __future__ import annotations

from lifecycle.show.fragments import history_html, life_html, problems_table, statement_html, steps_table
from lifecycle.show.picture import life_svg

__all__ = ["history_html", "life_html", "life_svg", "problems_table", "statement_html", "steps_table"]
