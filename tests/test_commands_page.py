"""The page about the commands: every file in it is written, every command run, every output compared.

``python tests/test_commands_page.py`` writes the outputs anew; read the difference before it is kept.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "the-commands.md"
FILE = re.compile(r"`([\w.]+)`:\n\n```text\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def outputs(block: str, folder: Path) -> Iterator[str]:
    """The block as it comes out: each command, what it printed on stdout, then what it printed on stderr."""
    for line in block.splitlines():
        if line.startswith("$ "):
            yield f"{line}\n"
            words = shlex.split(line[2:])
            assert words[0] == "lifecycle"
            done = subprocess.run(
                [sys.executable, "-m", *words],
                cwd=folder,
                env={**os.environ, "COLUMNS": "100"},
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            yield done.stdout + done.stderr


def files(text: str, folder: Path) -> None:
    for name, content in FILE.findall(text):
        (folder / name).write_text(content, encoding="utf-8")


@pytest.mark.parametrize("number", range(len(BLOCK.findall(PAGE.read_text(encoding="utf-8")))))
def test_the_outputs_on_the_page_are_those_of_the_commands(number: int, tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    files(text, tmp_path)
    block = BLOCK.findall(text)[number]
    assert block == "".join(outputs(block, tmp_path))


def write() -> None:
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        files(text, Path(folder))
        text = BLOCK.sub(lambda found: f"```console\n{''.join(outputs(found[1], Path(folder)))}```", text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
