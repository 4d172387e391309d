"""What is committed speaks of the library only: no registry's address, no path of somebody's machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# written in pieces, so that this file passes its own test
REGISTRIES = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry.npmjs" + ".org",
    "npmjs" + ".com",
    "deb.debian" + ".org",
)
HOMES = re.compile(r"(?<![\w.$~}*-])/(?:work|root|home|Users)" + "/")
INDEX = re.compile(r"--(?:extra-)?[i]ndex-url|--[f]ind-links|@ [f]ile:")


def committed() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_committed_file_names_a_registry_or_a_path_of_a_machine() -> None:
    found = []
    for path in committed():
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            if any(host in line for host in REGISTRIES) or HOMES.search(line) or INDEX.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_no_lock_file_is_committed() -> None:
    locks = {"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "package-lock.json"}
    assert not [path for path in committed() if path.name in locks]
