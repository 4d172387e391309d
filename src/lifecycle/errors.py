"""What goes wrong, said so that a reader can mend it: the argument, the value, the place, the remedy.

In: whatever a room found wrong. Out: one exception class with the parts as data (so a reader of rows can turn it
into a :class:`~lifecycle.events.Problem` without parsing text). Every room below raises it; nothing else is raised
on purpose. It is a ``ValueError`` and survives pickling.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LifecycleError", "MissingExtraError", "near", "optional", "shown"]


class MissingExtraError(ModuleNotFoundError):
    """A package of an extra that is not installed: what asked for it, and what to install."""

    def __init__(self, name: str | None, what: str, extra: str) -> None:
        super().__init__(f'{what} needs {name}: pip install "dealer-lifecycle[{extra}]"', name=name)


class LifecycleError(ValueError):
    """A value that cannot be taken: ``message`` says what and why; ``argument``, ``value``, ``place``, ``remedy`` are data."""

    def __init__(
        self,
        message: str,
        *,
        argument: str | None = None,
        value: object = None,
        place: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message = message
        self.argument = argument
        self.value = value
        self.place = place
        self.remedy = remedy
        super().__init__(message)

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.message}{remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.message, self.argument, self.value, self.place, self.remedy)

    def at(self, place: str) -> LifecycleError:
        """The same error, told with the place it was found at (the outermost place wins)."""
        return type(self)(self.message, argument=self.argument, value=self.value, place=place, remedy=self.remedy)


def _again(
    kind: type[LifecycleError],
    message: str,
    argument: str | None,
    value: object,
    place: str | None,
    remedy: str | None,
) -> LifecycleError:
    return kind(message, argument=argument, value=value, place=place, remedy=remedy)


def optional(module: str, what: str, extra: str) -> Any:
    """A module of an optional package; where it is missing, :class:`MissingExtraError` says who asked, and what to install."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        raise MissingExtraError(missing.name, what, extra) from None


def shown(value: object) -> str:
    """A value as a message shows it: its repr, cut where it is long, and its type where it cannot be had."""
    try:
        text = repr(value[:100] if isinstance(value, (str, bytes)) else value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a list within itself
        return f"a {type(value).__name__}"
    if len(text) <= 60:
        return text
    return text[:57] + "…" + (text[0] if text[0] in "'\"" else "")


def near(word: object, known: Iterable[str]) -> str:
    """The remedy for a misspelt name: its nearest neighbours, or the whole list where it is short."""
    return _near(word[:80] if isinstance(word, str) else "", tuple(sorted(known)))


@lru_cache(maxsize=1024)  # a million rows may have the same slip
def _near(word: str, names: tuple[str, ...]) -> str:
    # a Chinese word has few characters, and two of four in common are as telling as six letters of ten
    close = get_close_matches(word, names, n=3, cutoff=0.6 if word.isascii() else 0.5)
    if close:
        return "did you mean " + " or ".join(close) + "?"
    if len(names) <= 12:
        return "known: " + ", ".join(names) if names else "none is known here"
    return f"{len(names)} names are known, from {names[0]} to {names[-1]}"
