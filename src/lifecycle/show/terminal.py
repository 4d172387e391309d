"""What the library answers, as tables in a terminal, English with Chinese beside it.

In: headings, rows, values of the inner circle; a console of ``rich``. Out: what is printed. Chinese takes two columns a
character, which rich knows. Next room: :mod:`lifecycle.show.page`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lifecycle.customer import UNNAMED
from lifecycle.events import Problem
from lifecycle.life import LifeStep
from lifecycle.show.words import TONES, both, plain, told, why, zh

__all__ = ["STYLES", "grid", "heading", "problem_lines", "state", "step_lines"]

#: The style of each tone.
STYLES = {
    "good": "green",
    "back": "blue",
    "warn": "yellow",
    "bad": "red",
    "away": "bright_black",
    "none": "bright_black",
    "sale": "cyan",
    "shop": "cyan",
}


def heading(name: str) -> str:
    """A column's heading, the Chinese below the English."""
    return f"{plain(name)}\n{zh(name)}".rstrip()


def state(name: str, machine: str | None = None) -> Text:
    """A state in its colour: ``at risk 存在流失风险``."""
    return Text(both(name, machine), style=STYLES[TONES.get(name, "none")] if name in TONES else "")


def grid(
    head: Sequence[str],
    rows: Iterable[Sequence[RenderableType]],
    *,
    numbers: Iterable[int] = (),
    title: str | None = None,
    folding: Iterable[int] = (),
) -> Table:
    """A table without a frame; ``numbers`` are set to the right, ``folding`` are the columns that may be broken into lines."""
    right, soft = frozenset(numbers), frozenset(folding)
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
        show_header=any(head),
    )
    for place, name in enumerate(head):
        least = 18 if place in soft else None
        made.add_column(
            name,
            justify="right" if place in right else "left",
            no_wrap=place not in soft,
            overflow="fold",
            min_width=least,
        )
    for row in rows:
        made.add_row(*(Text(one) if isinstance(one, str) else one for one in row))
    return made


def step_lines(steps: Iterable[LifeStep], *, moves_only: bool = False) -> Iterator[RenderableType]:
    """A life step by step: the day and event once, below it each machine that moved or refused, and because.

    ``moves_only`` leaves away what stayed as it was.
    """
    seen = (step for step in steps if not moves_only or not step.accepted or step.before != step.after)
    for (day, event, _), group in groupby(seen, key=lambda step: (step.day, step.event, step.id)):
        yield Text(f"{day}  {told(event)}", style="bold")
        for step in group:
            key = "" if step.key in (None, UNNAMED) else f" {step.key}"
            line = Text(f"{both(step.region)}{key}: ")
            if not step.accepted:
                line.append(f"refused 被拒, {both(step.before, step.region)} stays", style="red")
            elif step.before == step.after:
                line.append(f"{both(step.before, step.region)} stays")
            else:
                line.append(f"{both(step.before, step.region)} → ")
                line.append(
                    both(step.after, step.region), style=STYLES[TONES[step.after]] if step.after in TONES else "bold"
                )
            line.append(f" · because {'; '.join(why(step))}", style="bright_black")
            yield Padding(line, (0, 0, 0, 12), expand=False)


def problem_lines(problems: Sequence[Problem], *, most: int) -> Iterator[str]:
    """The first problems, each with file, line, column and remedy, and how many there are besides."""
    for problem in problems[:most]:
        yield str(problem)
    if len(problems) > most:
        yield f"… and {len(problems) - most:,} more"
