"""A book's figures moved by hand, and what follows: a page with sliders in the browser (marimo), on this machine alone.

In: the sample or a file of one's own, a book to start from. Out: who is lost and at risk now, points owed, who is labelled
otherwise than under the book as it stands, and a forecast with its intervals. Rooms: :mod:`~lifecycle.app.board` (what is
worked out; no page), :mod:`~lifecycle.app.words` (both languages), and the page itself, ``page.py``, which marimo runs.
:func:`command` says how; ``lifecycle app`` does it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from lifecycle.errors import MissingExtraError

__all__ = ["PAGE", "command"]

#: The page, as marimo takes it.
PAGE = Path(__file__).with_name("page.py")
_NEEDS = ("marimo", "altair", "vl_convert", "numpy", "polars", "narwhals")


def command(*, port: int | None = None, browser: bool = True, given: Sequence[str] = ()) -> list[str]:
    """The command line that serves the page on this machine; ``given`` are words for the page (``--file``, ``--map`` …).

    Raises ModuleNotFoundError naming the extra where something is missing.
    """
    for name in _NEEDS:
        if find_spec(name) is None:
            raise MissingExtraError(name, "the app", "columns,notebook")
    words = [sys.executable, "-m", "marimo", "run", str(PAGE), "--no-token", "--no-check", "--no-sandbox"]
    words += [] if port is None else ["--port", str(port)]
    words += [] if browser else ["--headless"]
    return [*words, "--", *given] if given else words
