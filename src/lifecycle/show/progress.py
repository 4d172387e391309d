"""A progress bar on what takes longer than a second, where somebody watches.

In: a console of ``rich`` and what is counted. Out: nothing but the bar, which goes when the work is done; on a console that
is no terminal, nothing at all. Next room: :mod:`lifecycle.demo`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

__all__ = ["PATIENCE", "Watch", "on_stderr"]

#: Seconds after which the bar appears.
PATIENCE = 1.0
_EVERY = 256
_T = TypeVar("_T")


class Watch:
    """``with Watch(console, "reading") as watch:`` — then ``watch.share(0.3)``, or go through ``watch.over(things)``."""

    def __init__(self, console: Console, what: str) -> None:
        self._console = console
        self._what = what
        self._began = monotonic()
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        self._began = monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return monotonic() - self._began

    def rows(self, rows: int, share: float | None, /) -> None:
        """As a reader tells: rows read so far, and the share of all bytes."""
        self.share(share, f"{rows:,} rows")

    def share(self, done: float | None, told: str = "") -> None:
        """So much of the whole is done (None: nobody knows)."""
        if self._bar is None:
            if not self._console.is_terminal or self.seconds < PATIENCE or done == 1:
                return
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[told]}"),
                TimeElapsedColumn(),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.add_task(self._what, total=1.0, told="")
            self._bar.start()
        task = self._bar.task_ids[0]
        if done is None:
            self._bar.update(task, total=None, told=told)
        else:
            self._bar.update(task, completed=done, told=told)

    def over(self, things: Collection[_T]) -> Iterator[_T]:
        """The things, one by one, the bar following."""
        whole = len(things)
        for number, thing in enumerate(things):
            if not number % _EVERY:
                self.share(number / whole, f"{number:,} of {whole:,}")
            yield thing


def on_stderr(what: str) -> Watch:
    """A bar on stderr; nothing where that is no terminal."""
    return Watch(Console(stderr=True), what)
