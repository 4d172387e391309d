"""The command ``lifecycle``: files in, tables, JSON or CSV out, errors with place and remedy on stderr, exit code 2.

In: the arguments of a command line. Out: text on stdout, which is the result and nothing else. The commands are in
:mod:`lifecycle.cli.commands`; they need the extra ``cli`` (click, rich), and say so where it is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper

from lifecycle.errors import LifecycleError, MissingExtraError

__all__ = ["WRONG", "main"]

#: The exit code when an argument, a file or a row is wrong.
WRONG = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit: 0 when all was well, 2 when something was wrong with what was given."""
    for stream in (sys.stdout, sys.stderr):
        # Chinese is written as UTF-8 wherever it goes; a terminal that cannot show it gets escapes, never an exception
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        from lifecycle.cli.commands import lifecycle
    except ModuleNotFoundError as missing:
        if missing.name not in ("click", "rich"):
            raise
        sys.exit(_told(str(MissingExtraError(missing.name, "the command", "cli"))))
    import click

    try:
        code = lifecycle.main(
            args=None if arguments is None else list(arguments), prog_name="lifecycle", standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG)
    except click.Abort:
        sys.exit(130)
    except (LifecycleError, MissingExtraError) as error:
        sys.exit(_told(str(error)))
    except OSError as error:
        sys.exit(_told(f"{error.filename or 'a file'}: {error.strerror or error}"))
    sys.exit(code if isinstance(code, int) else 0)


def _told(message: str) -> int:
    print(f"lifecycle: error: {message}", file=sys.stderr)
    return WRONG
