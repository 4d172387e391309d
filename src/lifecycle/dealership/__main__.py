"""Writes the export of the sample that ships with the library, or of another one, into a folder.

``python -m lifecycle.dealership FOLDER [CUSTOMERS] [SEED]``
"""

from __future__ import annotations

import sys

from lifecycle.dealership import SHIPPED, sample
from lifecycle.errors import LifecycleError


def main(words: list[str]) -> int:
    """Exit code 2, and a line on stderr, where the words make no sense."""
    try:
        numbers = [int(word) for word in words[1:]]
    except ValueError:
        numbers = [0, 0, 0]
    if not words or len(numbers) > 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    customers, seed = (*numbers, *(SHIPPED.customers, SHIPPED.seed)[len(numbers) :])
    try:
        files = sample(customers, seed).export(words[0], encodings=SHIPPED.encodings)
    except LifecycleError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("".join(f"{path}\n" for path in files))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
