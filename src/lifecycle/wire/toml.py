"""TOML: plain data as text, and the line on which a path of the data stands.

In: dicts, lists, texts, whole numbers, yes and no, days. Out: text that ``tomllib`` reads back as the same. Next room:
:mod:`lifecycle.wire.whole`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, cast

__all__ = ["line_of", "written"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*((?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_.\s-])+?)\s*=")
_PART = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([A-Za-z0-9_-]+)")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def written(data: Mapping[str, Any]) -> str:
    """Data as TOML: values first, then tables; a list of tables as ``[[name]]``. None is left away."""
    return "\n".join(_tables(data, ())).strip("\n") + "\n"


def _tables(data: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[str]:
    below: list[tuple[str, Any]] = []
    for name, value in data.items():
        if value is None:
            continue
        if _is_table(value) or _is_tables(value):
            below.append((name, value))
        else:
            yield f"{_key(name)} = {_value(value)}"
    for name, value in below:
        path = (*above, name)
        header = ".".join(map(_key, path))
        if _is_table(value):
            yield from ("", f"[{header}]")
            yield from _tables(value, path)
            continue
        for one in value:
            yield from ("", f"[[{header}]]")
            # what lies deeper stays on the line, so that each [[…]] is one term
            yield from (f"{_key(key)} = {_value(part)}" for key, part in one.items() if part is not None)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(cast("Mapping[str, Any]", value))


def _is_tables(value: Any) -> bool:
    many = cast("Sequence[Any]", value) if isinstance(value, (list, tuple)) else ()
    return bool(many) and all(map(_is_table, many))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        table = cast("Mapping[str, Any]", value)
        inside = ", ".join(f"{_key(name)} = {_value(one)}" for name, one in table.items() if one is not None)
        return f"{{{inside}}}"
    if isinstance(value, (list, tuple)):
        many = cast("Sequence[Any]", value)
        return f"[{', '.join(map(_value, many))}]"
    return str(value)


# -- where it stands --------------------------------------------------------------------------------------------------


def line_of(text: str, path: str) -> int | None:
    """The line (from 1) on which ``points.earn[1].per``, or the nearest thing above it, stands; None where nothing of it does."""
    wanted = tuple(name or int(number) for name, number in _STEP.findall(path))
    best: tuple[int, int | None] = (0, None)
    here: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header is not None:
            here = _parts(header[2])
            if header[1] == "[[":
                counts[here] = counts.get(here, -1) + 1
                here = (*here, counts[here])
            found = here
        else:
            key = _KEY.match(line)
            if key is None:
                continue
            found = (*here, *_parts(key[1]))
        common = 0
        for one, other in zip(found, wanted, strict=False):
            if one != other:
                break
            common += 1
        # a header or key that leads somewhere else on its way does not count
        if common == min(len(found), len(wanted)) and common > best[0]:
            best = (common, number)
    return best[1]


def _parts(key: str) -> tuple[str | int, ...]:
    # a quoted key may be a path itself: "churn.lost.months"
    return tuple(step for one, two, three in _PART.findall(key) for step in (one or two or three).split("."))
