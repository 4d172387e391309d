"""The houses' own rules as books: public names only, sources cited, examples that run."""

from __future__ import annotations

from lifecycle.books.chizhou import CHIZHOU
from lifecycle.books.regulation import REGULATION
from lifecycle.books.wenhua import WENHUA

__all__ = ["CHIZHOU", "REGULATION", "WENHUA"]
