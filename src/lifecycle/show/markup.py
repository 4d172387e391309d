"""HTML and SVG as values: elements that nest, text that is escaped once, and nothing else.

In: names, attributes, children. Out: :class:`Markup`, a text that is known to be safe. What is made is well-formed as HTML
and as XML alike (empty elements are closed), so a test can parse a whole page. Next room: :mod:`lifecycle.show.words`.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["Markup", "document", "join", "tag"]

#: HTML elements that have no content and no closing tag.
_VOID = frozenset({"br", "hr", "img", "link", "meta"})


class Markup(str):
    """A piece of HTML or SVG that is shown as it is; any other text is escaped first."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)


def join(children: Iterable[object]) -> Markup:
    """The children one after the other: markup as it is, None left away, everything else as escaped text."""
    return Markup("".join(_text(child) for child in children))


def _text(child: object) -> str:
    if isinstance(child, Markup):
        return str(child)
    if child is None:
        return ""
    # control characters have no place in XML, and no meaning on a page
    text = "".join(
        letter if letter >= " " or letter in "\t\n" else "\N{REPLACEMENT CHARACTER}" for letter in str(child)
    )
    return escape(text, quote=False)


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """The element ``name``; a trailing underscore of an attribute's name goes, others become dashes; None leaves it away."""
    told: list[str] = []
    for key, value in attributes.items():
        if value is not None:
            key = key.rstrip("_")
            key = key if key in ("viewBox", "preserveAspectRatio") else key.replace("_", "-")
            told.append(f' {key}="{escape(str(value), quote=True)}"')
    head = f"{name}{''.join(told)}"
    if not children and (name in _VOID or name in _SHAPES):
        return Markup(f"<{head}/>")
    return Markup(f"<{head}>{join(children)}</{name}>")


#: SVG elements that are closed at once when they have no children.
_SHAPES = frozenset({"circle", "line", "path", "polyline", "polygon", "rect", "use"})


def document(title: str, body: Markup, *, style: str, language: str = "en") -> str:
    """A whole page that needs nothing but itself: no script, no font, no picture and no style sheet from elsewhere."""
    head = join(
        (
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("title", title),
            tag("style", Markup(style)),
        )
    )
    page = tag("html", tag("head", head), tag("body", body), lang=language)
    return f"<!DOCTYPE html>\n{page}\n"
