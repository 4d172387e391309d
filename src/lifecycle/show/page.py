"""A page that stands alone: sections, tiles, tables, bars and pictures, light and dark, on a wide screen and a narrow one.

In: pieces of markup. Out: one HTML text without a script, a font or anything else from elsewhere; it can be mailed, printed
and opened in ten years. English with Chinese beside it. Next room: :mod:`lifecycle.demo.report`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from lifecycle.show.colours import DARK, LIGHT, ink, variables
from lifecycle.show.markup import Markup, document, join, tag
from lifecycle.show.words import TONES, both, share

__all__ = ["Report", "Section", "bar", "columns_chart", "figure", "legend", "note", "page", "section", "tiles"]


def style() -> str:
    """The style sheet, its colours filled in."""
    text = resources.files("lifecycle.show").joinpath("page.css").read_text(encoding="utf-8")
    return text.replace("LIGHT", variables(LIGHT)).replace("DARK", variables(DARK))


#: Of a report: its anchor, its title, what is in it.
Section = tuple[str, str, Markup]


class Report:
    """What every report shares: the language, the shell, and that what is told in English alone is marked as such."""

    def __init__(self, *, chinese: bool) -> None:
        self.chinese = chinese

    def say(self, english: str, chinese: str) -> str:
        """The words in the report's language."""
        return chinese if self.chinese else english

    def english(self, words: object) -> object:
        """Words that are made in English only (reasons, sources, warnings); in a Chinese report marked as English."""
        return tag("span", words, lang="en") if self.chinese else words

    def section(self, anchor: str, title: str, *children: object) -> Section:
        """A section with its title."""
        return anchor, title, tag("section", tag("h2", title), *children, id=anchor)

    def tiles(self, told: Iterable[tuple[str, str]]) -> Markup:
        """Key figures: value, and what it is."""
        return tag(
            "div",
            *(tag("div", tag("b", value), tag("span", words), class_="lc-tile") for value, words in told),
            class_="lc-tiles",
        )

    def whole(self, title: str, lead: str, sections: Iterable[Section], call: str) -> str:
        """The page; ``call`` is the command that makes such a one."""
        told = list(sections)
        body = tag(
            "div",
            tag("header", tag("h1", title), tag("p", lead, class_="lc-lead")),
            tag("nav", *(tag("a", name, href=f"#{anchor}") for anchor, name, _ in told)),
            tag("main", *(one for *_, one in told)),
            tag("footer", self.say("Made by ", "由 "), tag("code", call), self.say(".", " 生成。")),
            class_="lc-page",
        )
        return document(title, body, style=style(), language="zh" if self.chinese else "en")


def title(level: str, words: str, chinese: str, **attributes: object) -> Markup:
    """A heading in both languages."""
    return tag(level, words, " ", tag("span", chinese, class_="lc-zh", lang="zh"), **attributes)


def section(name: str, words: str, chinese: str, *children: object) -> Markup:
    """A section of the page; ``name`` is its anchor."""
    return tag("section", title("h2", words, chinese), *children, id=name)


def note(*words: object) -> Markup:
    """What must not be overlooked."""
    return tag("p", *words, class_="lc-note")


def tiles(figures: Iterable[tuple[object, str, str]]) -> Markup:
    """Key figures: value, what it is, the same in Chinese."""
    return tag(
        "div",
        join(
            tag("div", tag("b", value), tag("span", words, tag("br"), chinese), class_="lc-tile")
            for value, words, chinese in figures
        ),
        class_="lc-tiles",
    )


def bar(counts: Mapping[str, int]) -> Markup:
    """The states as parts of one bar; each says its share where there is room, and its number where the pointer rests."""
    whole = sum(counts.values())
    parts = [
        tag(
            "span",
            share(number, whole) if number * 14 >= whole else None,
            title=f"{both(name)}: {number:,} ({share(number, whole)})",
            style=f"flex:{number} 0 0;background:{ink(_tone(name) + '-soft')};box-shadow:inset 0 -4px {ink(_tone(name))}",
        )
        for name, number in counts.items()
        if number
    ]
    told = ", ".join(f"{both(name)} {share(number, whole)}" for name, number in counts.items() if number)
    return tag("div", *parts, class_="lc-bar", role="img", aria_label=told)


def legend(names: Iterable[str]) -> Markup:
    """Which colour is which state."""
    return tag(
        "ul",
        *(tag("li", tag("i", "", style=f"background:{ink(_tone(name))}"), both(name)) for name in names),
        class_="lc-legend",
    )


def columns_chart(
    columns: Sequence[tuple[str, Mapping[str, int]]], order: Sequence[str], *, ticks_every: int = 3
) -> Markup:
    """States over time, a stacked column a moment; ``order`` from the bottom up."""
    most = max((sum(counts.values()) for _, counts in columns), default=1) or 1
    drawn: list[Markup] = []
    for label, counts in columns:
        told = "\n".join([label, *(f"{both(name)}: {counts[name]:,}" for name in order if counts.get(name))])
        parts = [
            tag("span", "", style=f"height:{100 * counts[name] / most:.2f}%;background:{ink(_tone(name))}")
            for name in reversed(order)
            if counts.get(name)
        ]
        drawn.append(tag("div", *parts, title=told))
    ticks = [tag("span", label if not number % ticks_every else "") for number, (label, _) in enumerate(columns)]
    words = ""
    if columns:
        end, counts = columns[-1]
        words = f"{columns[0][0]} to {end}: " + ", ".join(f"{both(name)} {counts.get(name, 0):,}" for name in order)
    return join(
        (
            tag("div", *drawn, class_="lc-columns", role="img", aria_label=words),
            tag("div", *ticks, class_="lc-ticks", aria_hidden="true"),
        )
    )


def figure(picture: str, *caption: object, life: bool = False, least: int | None = None) -> Markup:
    """A picture that may be scrolled sideways where the screen is narrow; ``least`` is the width below which it is."""
    if least is not None:
        picture = picture.replace(
            'style="max-width:100%;height:auto"', f'style="min-width:{least}px;max-width:100%;height:auto"', 1
        )
    frame = tag("div", Markup(picture), class_=f"lc-figure {'lc-life' if life else 'lc-card'}", tabindex="0")
    return tag("figure", frame, tag("figcaption", *caption) if caption else None)


def page(words: str, chinese: str, lead: object, sections: Sequence[tuple[str, str, Markup]], footer: object) -> str:
    """The whole page: ``sections`` are (anchor, what the menu calls it, the section)."""
    menu = tag("nav", *(tag("a", name, href=f"#{anchor}") for anchor, name, _ in sections), aria_label="Sections")
    body = tag(
        "div",
        tag("header", title("h1", words, chinese), tag("p", lead, class_="lc-lead")),
        menu,
        tag("main", *(one for _, _, one in sections)),
        tag("footer", footer),
        class_="lc-page",
    )
    return document(f"{words} {chinese}", body, style=style())


def _tone(name: str) -> str:
    return TONES.get(name, "none")
