"""The runner of planted faults tells a caught fault from one that survives, one that does not apply and the rest."""

import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parent / "faults" / "run.py"


def patch(test: str, old: str, new: str, file: str = "src/lifecycle/__init__.py") -> str:
    header = f"# test: {test}\n" if test else ""
    return f"{header}--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-{old}\n+{new}\n"


PATCHES = {
    "LA1-caught": patch("tests/test_two.py::test_two", "two = 2", "two = 3"),
    "LA2-survives": patch("tests/test_two.py::test_anything", "two = 2", "two = 3"),
    "LA3-stale": patch("tests/test_two.py::test_two", "two = 22", "two = 3"),
    "LA4-breaks-the-import": patch("tests/test_two.py::test_two", "two = 2", "two = = 3"),
    "LA5-names-none": patch("", "two = 2", "two = 3"),
    "LB1-needs-what-is-not-here": "# needs: sh no_such_engine\n"
    + patch("tests/test_two.py::test_two", "two = 2", "two = 3"),
    "LB2-needs-what-is-here": "# needs: sh attrs\n" + patch("tests/test_two.py::test_two", "two = 2", "two = 3"),
    "LA6-caught-after-the-others": patch("tests/test_two.py::test_two", "two = 2", "two = 1"),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("src/lifecycle", "tests/faults"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "src/lifecycle/__init__.py").write_text("two = 2\n")
    (tmp_path / "tests/test_two.py").write_text(
        "import lifecycle\n\ndef test_two():\n    assert lifecycle.two == 2\n\ndef test_anything():\n    assert True\n"
    )
    for name, text in PATCHES.items():
        (tmp_path / "tests/faults" / f"{name}.patch").write_text(text)
    return tmp_path


def faults(checkout: Path, *names: str) -> tuple[int, dict[str, str]]:
    command = [sys.executable, str(RUNNER), "--root", str(checkout), "--jobs", "2", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return done.returncode, {line.split()[1]: line for line in lines if len(line.split()) > 1}


def test_each_way_to_miss_is_told_apart(checkout: Path) -> None:
    code, row = faults(checkout)
    assert code == 1
    assert "caught" in row["LA1-caught"]
    assert "MISSED" in row["LA2-survives"]
    assert "survived: tests/test_two.py::test_anything" in row["LA2-survives"]
    assert "does not apply" in row["LA3-stale"]
    assert "no verdict" in row["LA4-breaks-the-import"]
    assert "names no test" in row["LA5-names-none"]
    assert "  caught  " in row["LA6-caught-after-the-others"], "each fault is taken back before the next"
    assert (checkout / "src/lifecycle/__init__.py").read_text() == "two = 2\n", "the checkout is not touched"


def test_all_caught_is_success(checkout: Path) -> None:
    code, _ = faults(checkout, "LA1", "LA6")
    assert code == 0


def test_a_fault_whose_test_needs_more_is_left_out_and_told(checkout: Path) -> None:
    code, row = faults(checkout, "LA1", "LB")
    assert code == 0
    assert "left out: no_such_engine is not here" in row["LB1-needs-what-is-not-here"]
    assert "  caught  " in row["LB2-needs-what-is-here"]
    assert faults(checkout, "LB1")[0] == 1, "nothing was planted"


def test_a_test_that_fails_by_itself_catches_nothing(checkout: Path) -> None:
    (checkout / "src/lifecycle/__init__.py").write_text("two = 2.5\n")
    code, row = faults(checkout, "LA1")
    assert code == 1
    assert not [line for line in row.values() if "  caught  " in line]


def test_no_patch_is_no_success(checkout: Path) -> None:
    assert faults(checkout, "LZ")[0] == 1
