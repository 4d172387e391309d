"""Objects of an application, dicts and parsed JSON, read as if they were rows of a file.

In: an iterable of dicts or objects and, where their names are not ours, which attribute means what. Out: a
:class:`~lifecycle.readers.reading.Reading`; rows count from 1. Next room: :mod:`lifecycle.readers.memory`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import Any

from lifecycle.errors import LifecycleError, near
from lifecycle.readers.cells import cell_text
from lifecycle.readers.csv import Progress
from lifecycle.readers.mapping import ExportMap, is_table
from lifecycle.readers.memory import read_cells
from lifecycle.readers.reading import Reading
from lifecycle.readers.streams import Fault

__all__ = ["Attribute", "read_objects"]

#: Where a value stands in an object: ``"owner.id"`` (attributes or keys, step by step), or a function of the object.
Attribute = str | Callable[[Any], object]


def read_objects(
    items: Iterable[object],
    attributes: Mapping[str, Attribute] | None = None,
    *,
    mapping: ExportMap | str | PurePath | None = None,
    table: str | None = None,
    name: str = "objects",
    progress: Progress | None = None,
) -> Reading:
    """The events and problems of ``items``, one row each.

    ``attributes``: column → where it stands in an item, as in ``{"customer": "owner.id", "at": "closed_at", "event":
    lambda job: "vehicle_handed_over"}``; without it the items are dicts whose keys are the columns. Columns are those
    of the plain form, or of ``mapping``'s table. A key that a dict lacks is a blank cell; an attribute that an object
    lacks is a problem of its row, and one that no dict has is an error.
    """
    rows = list(items)
    if attributes is None:
        strange = next((item for item in rows if not is_table(item)), None)
        if strange is not None:
            raise LifecycleError(
                f"a {type(strange).__name__} is no dict", argument="attributes", place=name,
                remedy='say which attribute means what, as in {"customer": "owner.id", …}',
            )  # fmt: skip
        keys = dict.fromkeys(str(key) for item in rows if is_table(item) for key in item)
        places: dict[str, Attribute | tuple[str]] = {
            key: (key,) for key in keys
        }  # a key is a key, also with a dot in it
    else:
        places = dict(attributes)
        _check(places, rows, name)

    header = tuple(places)
    paths = [
        place if callable(place) or isinstance(place, tuple) else tuple(place.split(".")) for place in places.values()
    ]

    def column(index: int) -> Iterable[str | Fault]:
        path = paths[index]
        return (_cell(item, path, header[index]) for item in rows)

    return read_cells(header, len(rows), column, mapping=mapping, table=table, name=name, progress=progress)


def _check(places: Mapping[str, Attribute | tuple[str]], rows: list[object], name: str) -> None:
    """A first step that no dict has is a slip of the caller's."""
    keys = {str(key) for item in rows if is_table(item) for key in item}
    if not rows or not all(is_table(item) for item in rows):
        return
    for column, place in places.items():
        if isinstance(place, str) and place.split(".")[0] not in keys:
            raise LifecycleError(
                f"{column} is to come from {place!r}, which none of the dicts has",
                argument="attributes", value=place, place=name, remedy=near(place.split(".")[0], keys),
            )  # fmt: skip


def _cell(item: object, path: Callable[[Any], object] | tuple[str, ...], column: str) -> str | Fault:
    value: object = item
    if callable(path):
        try:
            value = path(item)
        except Exception as error:  # noqa: BLE001 - the caller's function failed on this row; the others go on
            return Fault(
                f"the function for {column} raised {type(error).__name__}: {error}", "mend the function", None, column
            )
    else:
        for step in path:
            if value is None:
                break
            if is_table(value):
                value = value.get(step)
            elif hasattr(value, step):
                value = getattr(value, step)
            else:
                names = [name for name in dir(value) if not name.startswith("_")]
                return Fault(f"a {type(value).__name__} has no attribute {step!r}", near(step, names), None, column)
    try:
        text = cell_text(value)
    except LifecycleError as error:
        return Fault(error.message, error.remedy or "", str(error.value), column)
    return "" if text is None else text
