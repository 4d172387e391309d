"""Every example runs: those of README and docs, page by page, and those of the docstrings, module by module."""

import doctest
import pkgutil
import re
import runpy
from importlib import import_module
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

import lifecycle

ROOT = Path(__file__).parents[1]
SYBIL = Sybil([PythonCodeBlockParser(), SkipParser()], path=str(ROOT))
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "```python" in page.read_text(encoding="utf-8")
    and "<!-- run by `make cluster` -->" not in page.read_text(encoding="utf-8")
]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(lifecycle.__path__, "lifecycle.", onerror=lambda name: None)
    if not module.name.endswith("__main__")
)

# by docs/conf.py, from the code
MADE = {ROOT / "docs" / "reference" / made for made in ("rooms/index.md", "machines/index.md", "events.md")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_run(page: Path) -> None:
    for example in SYBIL.parse(page).examples():
        example.evaluate()


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_docstring_run(name: str) -> None:
    try:
        module = import_module(name)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("lifecycle"):
            raise
        pytest.skip(f"needs {missing.name}")
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert not failed


def test_the_committed_pictures_are_those_of_the_code() -> None:
    for name, drawn in runpy.run_path(str(ROOT / "docs" / "pictures" / "draw.py"))["pictures"]().items():
        assert (ROOT / "docs" / "pictures" / name).read_text(encoding="utf-8") == drawn, f"{name}: run `make pictures`"


def test_links_between_pages_lead_somewhere() -> None:
    lost = []
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (place := (page.parent / target).resolve()).exists() and place not in MADE:
                lost.append(f"{page.relative_to(ROOT)}: {target}")
    assert not lost, lost
