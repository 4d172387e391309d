"""The houses' own rules as books: public names only, sources cited, examples that run."""

from __future__ import annotations

from lifecycle.books.wenhua import WENHUA

__all__ = ["WENHUA"]
