"""Plant each fault, and require the test that it names to fail.

A fault is a patch beside this file, `<law>-<what it does>.patch`, whose first lines name its test:

    # test: tests/test_events.py::test_a_late_event_is_sorted_in
    # needs: java pyspark

The second line is for a test that needs more than `make faults` has: commands, or packages; where one of them is missing
the fault is left out, and told.

In: the patches and the checkout. Out: a table of what was caught, and exit code 1 where a fault survives, does not
apply, breaks more than it should (the tests cannot even be collected), or names a test that fails without it.
Each worker has a copy of the checkout in a temporary directory; the checkout itself is never touched.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

HERE = Path(__file__).parent
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".work", ".hypothesis", ".*_cache", "__pycache__", "out", "site", "dist", "build"
)
SECONDS = 300
TEST = re.compile(r"^# test: *(\S.*?) *$", re.MULTILINE)
NEEDS = re.compile(r"^# needs: *(\S.*?) *$", re.MULTILINE)


class Fault(NamedTuple):
    patch: Path
    test: str  # empty where the patch names none
    missing: tuple[str, ...] = ()  # what its test needs and is not here

    @property
    def law(self) -> str:
        return self.patch.stem.partition("-")[0]


class Outcome(NamedTuple):
    fault: Fault
    caught: bool
    remark: str
    seconds: float


def read(patch: Path) -> Fault:
    header = patch.read_text(encoding="utf-8").partition("\n--- ")[0]
    found, needs = TEST.search(header), NEEDS.search(header)
    missing = [name for name in (needs[1].split() if needs else ()) if not (shutil.which(name) or find_spec(name))]
    return Fault(patch, found[1] if found else "", tuple(missing))


def environment(tree: Path) -> dict[str, str]:
    """The tree's own package first on the path; no bytecode, whose time stamps are too coarse for patches."""
    return {
        **os.environ,
        "PYTHONPATH": str(tree / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_PROFILE": "faults",
        "GIT_CEILING_DIRECTORIES": str(tree.parent),
    }


def call(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=tree, env=environment(tree), capture_output=True, text=True, timeout=SECONDS, check=False
    )


def pytest(tree: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    options = ("-q", "-x", "-m", "", "-p", "no:cacheprovider", "-p", "no:xdist")
    return call(tree, sys.executable, "-m", "pytest", *options, *tests)


def copy(root: Path, tree: Path) -> Path:
    shutil.copytree(root, tree, ignore=LEFT_OUT)
    shown = call(tree, sys.executable, "-c", "import lifecycle; print(lifecycle.__file__)")
    where = shown.stdout.strip()
    if not where or not Path(where).resolve().is_relative_to(tree.resolve()):
        raise SystemExit(f"the copy is not what would be tested: {where or shown.stderr}")
    return tree


def plant(tree: Path, fault: Fault) -> tuple[bool, str]:
    """Whether the fault's test fails once the fault is in the tree, and a remark for the table."""
    if not fault.test:
        return False, "names no test: the first line is `# test: tests/test_x.py::test_y`"
    patch = str(fault.patch.resolve())
    applied = call(tree, "git", "apply", "-p1", patch)
    if applied.returncode:
        return False, "does not apply: " + " ".join(applied.stderr.split("\n")[0].split())
    try:
        code = pytest(tree, fault.test).returncode
    except subprocess.TimeoutExpired:
        return False, f"hung: {fault.test} took more than {SECONDS} s"
    finally:
        back = call(tree, "git", "apply", "-R", "-p1", patch)
        if back.returncode:
            raise SystemExit(f"{fault.patch.name} cannot be taken back: {back.stderr}")
    if code == 1:
        return True, fault.test
    return False, f"survived: {fault.test} passes" if code == 0 else f"no verdict: pytest ended with {code}"


def run(root: Path, faults: list[Fault], jobs: int) -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        trees: SimpleQueue[Path] = SimpleQueue()
        first = copy(root, Path(folder, "0"))
        sound = pytest(first, *sorted({fault.test for fault in faults if fault.test}))
        if sound.returncode:
            sys.stdout.write(sound.stdout + sound.stderr)
            raise SystemExit("a test that faults are to break fails without any fault (or is not there)")
        trees.put(first)
        for number in range(1, jobs):
            trees.put(copy(root, Path(folder, str(number))))

        def one(fault: Fault) -> Outcome:
            tree = trees.get()
            start = time.monotonic()
            try:
                caught, remark = plant(tree, fault)
            finally:
                trees.put(tree)
            return Outcome(fault, caught, remark, time.monotonic() - start)

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(one, faults))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="only faults whose name begins so, as LM3 or LM3-late")
    parser.add_argument("--root", type=Path, default=HERE.parents[1], help="the checkout")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    given = parser.parse_args()
    patches = sorted((given.root / "tests" / "faults").glob("*.patch"))
    named = [read(patch) for patch in patches if not given.names or patch.name.startswith(tuple(given.names))]
    faults = [fault for fault in named if not fault.missing]
    for fault in named:
        if fault.missing:
            print(f"{fault.law:<5} {fault.patch.stem}  left out: {', '.join(fault.missing)} is not here")
    if not faults:
        print("no fault of that name is planted")
        return 1
    start = time.monotonic()
    outcomes = run(given.root, faults, given.jobs)
    wide = max(len(fault.patch.stem) for fault in faults)
    for fault, caught, remark, seconds in outcomes:
        print(
            f"{fault.law:<5} {fault.patch.stem:<{wide}}  {'caught' if caught else 'MISSED'}  {seconds:5.1f} s  {remark}"
        )
    total = sum(outcome.caught for outcome in outcomes)
    laws = len({fault.law for fault in faults})
    print(f"{total} of {len(faults)} faults caught, {laws} laws, {time.monotonic() - start:.0f} s")
    return int(total < len(faults))


if __name__ == "__main__":
    sys.exit(main())
