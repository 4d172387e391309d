"""A read-only dict, for the values that hold mappings: equal by content, hashable, picklable, as fast to read as a dict.

In: any mapping. Out: a :class:`FrozenDict`. (``types.MappingProxyType`` can neither be pickled nor hashed.) Next room:
:mod:`lifecycle.dates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

__all__ = ["FrozenDict", "frozen_dict"]

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dict that cannot be changed. Hashable where its values are."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is read-only: make a new one, as in {**old, name: value}")

    __setitem__ = __delitem__ = clear = pop = popitem = __ior__ = _refuse
    setdefault = update = _refuse  # pyright: ignore[reportAssignmentType]

    def __hash__(self) -> int:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[object, ...]:
        return FrozenDict, (dict(self),)

    def copy(self) -> FrozenDict[K, V]:
        """Itself: it cannot change."""
        return self


def frozen_dict(values: Mapping[str, Any]) -> FrozenDict[str, Any]:
    """``values`` as a read-only dict (as it is, where it is one already): the converter of attrs fields."""
    return values if isinstance(values, FrozenDict) else FrozenDict(values)
