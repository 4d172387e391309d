"""What a command takes: files, folders and stdin as histories; books, days and machines by name.

In: words of a command line. Out: values of the library, or an error that says what would do. Problems of rows go to
stderr, the good rows go on. Next room: :mod:`lifecycle.cli.giving`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

import click
from attrs import define, field
from rich.console import Console

from lifecycle import books, machines
from lifecycle.book import Book, House
from lifecycle.churn import Churn
from lifecycle.errors import LifecycleError, near
from lifecycle.events import Problem
from lifecycle.machine import Machine
from lifecycle.machines.relationship import Relationship
from lifecycle.readers import Histories, Reading, read_csv, read_export
from lifecycle.rule_text import parse_churn, parse_rule
from lifecycle.show.progress import Watch
from lifecycle.show.terminal import problem_lines
from lifecycle.visits import VisitKind, all_visits, charged_visits
from lifecycle.wire import read_house

__all__ = [
    "Input",
    "asked",
    "book_named",
    "book_written",
    "changes_named",
    "changes_written",
    "churn_written",
    "machine_named",
    "months_listed",
    "rows_wanted",
    "visits_named",
    "write_problems",
]

_T = TypeVar("_T")

#: So many problems are listed on stderr.
LISTED = 10
#: How many characters the head of a column may have.
_NAME = 60
_MOST_MONTHS = 120
_PROBLEM_FIELDS = ("file", "line", "column", "severity", "message", "remedy", "value")


def asked(read: Callable[[str], _T]) -> Callable[[click.Context, click.Parameter, str | None], _T | None]:
    """``read`` as the callback of an option: what it cannot take is told with the option's name, exit code 2."""

    def callback(context: click.Context, parameter: click.Parameter, value: str | None) -> _T | None:
        if value is None:
            return None
        try:
            return read(value)
        except LifecycleError as error:
            raise click.BadParameter(str(error), context, parameter) from None

    return callback


def book_named(name: str) -> House:
    """The shipped book of that name, whatever the case of its letters; or the book in a ``.toml`` or ``.json`` file, with its
    editions where reforms stand in it."""
    if Path(name).suffix.lower() in (".toml", ".json"):
        return book_written(name)
    try:
        return _named(name.casefold(), shipped_books(), "book")
    except LifecycleError as error:
        remedy = f"{error.remedy}; a book of your own is a .toml or .json file"
        raise LifecycleError(error.message, argument="book", value=name, remedy=remedy) from None


def book_written(path: str) -> House:
    """The book in a file; its editions where reforms stand in it."""
    try:
        house = read_house(path)
    except OSError as error:
        raise LifecycleError(
            f"{path}: {error.strerror or error}", argument="book", value=path, remedy="lifecycle check FILE reads one"
        ) from None
    return house if house.later else house.first


def changes_written(texts: Iterable[str]) -> dict[str, str]:
    """``PATH=VALUE``, several: what differs from the book, path by path."""
    found: dict[str, str] = {}
    for text in texts:
        path, sign, value = text.partition("=")
        if not sign or not path.strip() or not value.strip():
            raise LifecycleError(
                f"{text!r} is not PATH=VALUE",
                argument="--set",
                value=text,
                remedy="as in 'churn.lost=InactiveFor(months=9)'",
            )
        if path.strip() in found:
            raise LifecycleError(f"{path.strip()} is set twice", argument="--set", value=text, remedy="leave one away")
        found[path.strip()] = value.strip()
    return found


def changes_named(changes: Mapping[str, str]) -> str:
    """What a book with these changes is called, as the head of a column: with their values, or, where that is long, by paths."""
    for name in (", ".join(f"{path}={value}" for path, value in changes.items()), ", ".join(changes)):
        if len(name) <= _NAME:
            return name
    first, *more = changes
    return f"{first} and {len(more)} more" if more else first


def machine_named(name: str) -> Machine | Relationship:
    """The machine of that name, whatever the case of its letters; ``relationship`` is the one read off three of them."""
    known: dict[str, Machine | Relationship] = {**machines.ALL, "relationship": machines.RELATIONSHIP}
    return _named(name.casefold().replace("-", "_").replace(" ", "_"), known, "machine")


def _named(name: str, known: Mapping[str, _T], what: str) -> _T:
    if name not in known:
        raise LifecycleError(f"there is no {what} {name!r}", argument=what, value=name, remedy=near(name, known))
    return known[name]


def months_listed(text: str) -> tuple[int, ...]:
    """``1-6``, ``3,6,12`` or ``6``: the months in order, each once."""
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not (
            first.isdecimal()
            and (last.isdecimal() or not dash)
            and 1 <= int(first) <= int(last or first) <= _MOST_MONTHS
        ):
            raise LifecycleError(
                f"{text!r} is not a list of months",
                argument="months",
                value=text,
                remedy=f"write 1-6, or 3,6,12; from 1 to {_MOST_MONTHS}",
            )
        found.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(found))


def visits_named(name: str) -> VisitKind:
    """``charged_visits`` or ``all_visits``."""
    return _named(name.casefold(), {kind.name: kind for kind in (charged_visits, all_visits)}, "kind of visit")


def rows_wanted(text: str) -> int | None:
    """A number of rows; None for ``all``."""
    if text.casefold() == "all":
        return None
    if not text.isdecimal():
        raise LifecycleError(f"{text!r} is neither a number of rows nor all", argument="rows", value=text)
    return int(text)


def churn_written(text: str) -> Churn:
    """The policy that a line means: a rule (then lost is its only grade), or ``Churn(at_risk=…, lost=…)``."""
    return parse_churn(text) if text.lstrip().startswith("Churn(") else Churn(lost=parse_rule(text))


def shipped_books() -> dict[str, Book]:
    """The books that come with the library, by name in small letters."""
    return {value.name.casefold(): value for value in vars(books).values() if isinstance(value, Book)}


@define
class Input:
    """The files of a command and how they are to be taken; after :meth:`histories`, what was wrong with them."""

    files: Sequence[str]
    mapping: str | None = None
    table: str | None = None
    encoding: str | None = None
    problems_to: Path | None = None
    lenient: bool = False
    customers: Sequence[str] = ()
    problems: tuple[Problem, ...] = field(default=(), init=False)

    def histories(self) -> Histories:
        """One history a customer; problems are listed on stderr, all of them go to ``--problems`` where it is given."""
        with Watch(Console(stderr=True), "reading 读取") as watch:
            found = self._read(watch).by_customer()
        self.problems = found.problems
        if self.problems_to is not None:
            write_problems(self.problems_to, found.problems)
        for line in problem_lines(found.problems, most=LISTED):
            print(line, file=sys.stderr)
        if len(found.problems) > LISTED:
            more = f"all are in {self.problems_to}" if self.problems_to else "--problems FILE.csv lists all"
            print(f"{len(found.problems):,} problems; {more}", file=sys.stderr)
        return self._chosen(found)

    def _read(self, watch: Watch) -> Reading:
        folders = [name for name in self.files if Path(name).is_dir()]
        if not folders:
            files: list[str | BinaryIO] = [sys.stdin.buffer if name == "-" else name for name in self.files]
            names = ["stdin" if name == "-" else Path(name).name for name in self.files]
            unique = names if "-" in self.files and len(set(names)) == len(names) else ()
            return read_csv(
                *files,
                mapping=self.mapping,
                table=self.table,
                encoding=self.encoding,
                names=unique,
                progress=watch.rows,
            )
        if len(self.files) > 1 or self.mapping is None:
            why = "a folder is taken alone" if len(self.files) > 1 else "a folder of exports needs its mapping"
            remedy = "give the folder only" if len(self.files) > 1 else "add --map dms, or the mapping's file"
            raise LifecycleError(why, argument="file", value=folders[0], place=folders[0], remedy=remedy)
        return read_export(folders[0], self.mapping, progress=watch.rows)

    def _chosen(self, found: Histories) -> Histories:
        if not self.customers:
            return found
        for name in self.customers:
            if name not in found:
                raise LifecycleError(
                    f"nothing is told of customer {name!r}", argument="--customer", value=name, remedy=near(name, found)
                )
        return Histories({name: found[name] for name in self.customers}, found.problems, found.repeated)

    @property
    def spoiled(self) -> bool:
        """Whether the input was wrong somewhere, so that the command exits with 2 unless ``--lenient``.

        A VIN that looks odd is told and no more; it may be right.
        """
        return not self.lenient and any(not _harmless(problem) for problem in self.problems)


def _harmless(problem: Problem) -> bool:
    return problem.severity == "warning" and problem.message.startswith("VIN ")


def write_problems(path: Path, problems: Iterable[Problem]) -> None:
    """All problems as a CSV file."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_PROBLEM_FIELDS)
        for problem in problems:
            writer.writerow(
                [getattr(problem, name) if getattr(problem, name) is not None else "" for name in _PROBLEM_FIELDS]
            )
