"""Bytes of a text file, split into records of cells, in bounded memory, whatever the bytes are.

In: a binary file and, where declared, its encoding and delimiter. Out: :func:`records` of ``(line, cells)``; a record
that cannot be split is a :class:`Fault` of that line, and the next line is read as if nothing had happened: a line too
long to hold is skipped over, an unclosed quote spoils its own line only. Next room: :mod:`lifecycle.readers.plans`.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from lifecycle.errors import LifecycleError

__all__ = ["DELIMITERS", "MAX_LINE", "Fault", "Lines", "nul_fault", "records", "split"]

#: The longest line that is read, in bytes; a longer one is refused without being held in memory.
MAX_LINE = 1 << 20
#: The most lines that one quoted cell may run over.
MAX_RECORD = 200
#: What may stand between cells; ``whitespace`` is any run of blanks.
DELIMITERS = (",", ";", "\t", "|")
_BLOCK = 1 << 20
_SAVE_AS = "open it in the spreadsheet and save it as CSV UTF-8"
# first bytes of what people hand over instead of a text file
_BINARY = (
    (b"PK\x03\x04", "an Excel workbook (xlsx) or another zip archive", _SAVE_AS),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (xls)", _SAVE_AS),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"PAR1", "a Parquet file", "read it as a data frame and give that to read_frame"),
    (b"%PDF", "a PDF document", "export the table itself as CSV UTF-8"),
    (b"SQLite format 3", "an SQLite database", "export each table as CSV UTF-8"),
    (b"\xff\xfe", "UTF-16 text", "save it as CSV UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as CSV UTF-8"),
)


class Fault(NamedTuple):
    """A line that gives no cells: what is wrong and what mends it."""

    message: str
    remedy: str
    value: str | None = None
    column: str | None = None


class Lines:
    """The physical lines of a file, as text or :class:`Fault`, one block in memory at a time.

    ``encoding`` None: a byte order mark says UTF-8; otherwise the first block that is not plain ASCII decides, UTF-8
    or GB18030, whichever explains more of its telling lines; ``encoding`` then says which. Raises
    :class:`LifecycleError` when the file is no text at all.
    """

    def __init__(
        self, file: BinaryIO, name: str, encoding: str | None = None, progress: Callable[[int], None] | None = None
    ) -> None:
        self.name = name
        self.declared = encoding is not None
        self._encoding = encoding
        self._file = file
        self._progress = progress
        self.done = 0
        """Bytes read so far."""

    @property
    def encoding(self) -> str:
        """The encoding, as declared or as far as it is known by now (``ascii``: nothing but ASCII was seen)."""
        return self._encoding or "ascii"

    def __iter__(self) -> Iterator[str | Fault]:
        for block in self._blocks():
            if isinstance(block, Fault):
                yield block
            else:
                yield from self._decoded(block)

    def _blocks(self) -> Iterator[bytes | Fault]:
        """Blocks of whole lines, each ending where a line ends; a line over the limit becomes a fault."""
        first = self._read()
        if first.startswith(b"\xef\xbb\xbf"):
            first = first[3:]
            if self._encoding is None:
                self._encoding = "utf-8"
        _refuse_binary(first, self.name)
        end = b"\r" if b"\n" not in first and b"\r" in first else b"\n"
        carried, chunk, skipped = b"", first, 0
        while chunk:
            cut = chunk.rfind(end) + 1
            if skipped:
                start = chunk.find(end) + 1
                skipped += start or len(chunk)
                if start:
                    yield _too_long(skipped - 1)
                    skipped, carried, chunk = 0, b"", chunk[start:]
                    continue
            elif cut:
                yield from self._fit(carried + chunk[:cut], end)
                carried = chunk[cut:]
            else:
                carried += chunk
                if len(carried) > MAX_LINE:
                    skipped, carried = len(carried), b""
            chunk = self._read()
        if skipped:
            yield _too_long(skipped)
        elif carried:
            yield from self._fit(carried, end)

    def _read(self) -> bytes:
        chunk = self._file.read(_BLOCK)
        self.done += len(chunk)
        if self._progress is not None:
            self._progress(self.done)
        return chunk

    @staticmethod
    def _fit(block: bytes, end: bytes) -> Iterator[bytes | Fault]:
        if end == b"\r":
            block = block.replace(b"\r", b"\n")
        if len(block) <= MAX_LINE:
            yield block
            return
        start = here = 0
        while here < len(block):
            after = block.find(b"\n", here) + 1 or len(block)
            if after - here > MAX_LINE:
                if here > start:
                    yield block[start:here]
                yield _too_long(after - here - 1)
                start = after
            here = after
        if start < len(block):
            yield block[start:]

    def _decoded(self, block: bytes) -> Iterator[str | Fault]:
        body = block[:-1] if block.endswith(b"\n") else block
        if self._encoding is None and not block.isascii():
            self._encoding = _detected(body)
        try:
            text = body.decode(self._encoding or "ascii")
        except UnicodeDecodeError:
            yield from map(self._line, body.split(b"\n"))
            return
        if "\r" in text:
            for line in text.split("\n"):
                yield line.removesuffix("\r")
        else:
            yield from text.split("\n")

    def _line(self, line: bytes) -> str | Fault:
        try:
            return line.removesuffix(b"\r").decode(self._encoding or "ascii")
        except UnicodeDecodeError as error:
            what = self._encoding or "UTF-8 or GB18030"
            return Fault(
                f"byte {error.start + 1} of the line (0x{line[error.start]:02x}) is not valid {what}",
                "mend the line, or declare the file's encoding",
                line[error.start : error.start + 8].hex(" "),
            )


def _too_long(length: int) -> Fault:
    return Fault(
        f"the line is {length:,} bytes long, more than the {MAX_LINE:,} that are read",
        "check whether line ends are missing, or a quote is not closed",
    )


def _refuse_binary(head: bytes, name: str) -> None:
    for magic, what, remedy in _BINARY:
        if head.startswith(magic):
            raise LifecycleError(
                f"this is {what}, not a CSV file", argument="file", value=name, place=name, remedy=remedy
            )
    sample = head[:4096]
    if sample.count(0) * 10 > len(sample):
        raise LifecycleError(
            "this is no text: many of its bytes are NUL (a binary file, or UTF-16 without a mark)",
            argument="file", value=name, place=name, remedy="save it as CSV UTF-8",
        )  # fmt: skip


def _detected(body: bytes) -> str | None:
    """UTF-8 or GB18030, by the lines that tell; None while none is valid in either.

    A short line of the one may be valid in the other by accident ("女" in GB18030 is a letter of UTF-8), and a line may
    be broken: so the encoding that explains more lines, but UTF-8 where it explains nine of ten.
    """
    telling = [line for line in body.split(b"\n") if not line.isascii()]
    utf8 = sum(_is(line, "utf-8") for line in telling)
    if 10 * utf8 >= 9 * len(telling):
        return "utf-8"
    gb = sum(_is(line, "gb18030") for line in telling)
    return None if utf8 == gb == 0 else "utf-8" if utf8 >= gb else "gb18030"


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def split(line: str, delimiter: str) -> list[str]:
    """The cells of a line that has no quotes."""
    return line.split() if delimiter == "whitespace" else line.split(delimiter)


def records(
    lines: Iterator[str | Fault],
    delimiter: str,
    *,
    width: int = 0,
    number: int = 0,
    doubt: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[int, list[str] | Fault]]:
    """Each record with the number of its first line; ``number`` lines are behind, ``width`` cells are expected.

    Blank lines and records of blank cells only are passed over: they tell nothing. A quoted cell may run over lines;
    where its quote is not closed, or the record so made does not have ``width`` cells, only the line with the quote is
    at fault, and the next line begins a record. A quoted cell in which a line looks like a row of its own is sound CSV,
    but may also be two stray quotes: ``doubt`` is told its first and last line.
    """
    blank = frozenset(" \t\r" + ("" if delimiter == "whitespace" else delimiter))
    again: deque[str | Fault] = deque()  # lines taken back from a record that came to nothing
    while True:
        line = again.popleft() if again else next(lines, None)
        if line is None:
            return
        number += 1
        if isinstance(line, Fault):
            yield number, line
        elif "\0" in line:
            yield number, nul_fault(line)
        elif '"' not in line or delimiter == "whitespace":
            if line and not blank.issuperset(line):
                yield number, split(line, delimiter)
        else:
            quoted = _Quoted(line, again, lines)
            found = quoted.cells(delimiter, width)
            more = quoted.taken[1:]
            if isinstance(found, Fault):
                yield number, found
                again.extendleft(reversed(more))
                continue
            if more and doubt is not None and any(_like_a_row(cell, delimiter, width) for cell in found):
                doubt(number, number + len(more))
            if any(map(str.strip, found)):
                yield number, found
            number += len(more)


def _like_a_row(cell: str, delimiter: str, width: int) -> bool:
    return any(line.count(delimiter) == width - 1 for line in cell.split("\n")[1:])


class _Quoted:
    """A record with quotes: as many lines as the csv module asks for, within the limits."""

    def __init__(self, line: str, again: deque[str | Fault], lines: Iterator[str | Fault]) -> None:
        self.taken = [line]
        self._again = again
        self._lines = lines

    def _feed(self) -> Iterator[str]:
        length = 0
        line = self.taken[0]
        while True:
            length += len(line)
            yield line + "\n"
            if len(self.taken) >= MAX_RECORD or length > MAX_LINE:
                return
            more = self._again.popleft() if self._again else next(self._lines, None)
            if more is None:
                return
            if isinstance(more, Fault) or "\0" in more:
                self._again.appendleft(more)
                return
            line = more
            self.taken.append(line)

    def cells(self, delimiter: str, width: int) -> list[str] | Fault:
        try:
            cells = next(csv.reader(self._feed(), delimiter=delimiter, strict=True))
        except csv.Error as error:
            return self._fault(str(error))
        if len(self.taken) > 1 and width and len(cells) != width:
            return self._fault("")
        return cells

    def _fault(self, why: str) -> Fault:
        line = self.taken[0]
        shown = line if len(line) <= 60 else line[:57] + "…"
        if "field larger" in why:
            return Fault(
                f"a cell is longer than the {csv.field_size_limit():,} characters that are read",
                "check its quotes",
                shown,
            )
        if len(self.taken) > 1 or "unexpected end" in why:
            return Fault(
                "a quote is opened in this line and not closed",
                'close it, or write a quote within a cell twice ("")',
                shown,
            )
        return Fault("something follows a closing quote within a cell", 'write a quote within a cell twice ("")', shown)


def nul_fault(line: str) -> Fault:
    place = line.index("\0")
    return Fault(
        f"character {place + 1} of the line is NUL, which no text holds",
        "export the file again, or take the NUL out",
        line[max(place - 10, 0) : place + 10].replace("\0", "\\0"),
    )
