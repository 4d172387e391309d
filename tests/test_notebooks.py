"""The notebooks run from top to bottom, show what they should, and are kept without their outputs."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
# what each shows as HTML: how many tables and how many plots at least
SHOWS = {"back-test.ipynb": (2, 5), "first-what-if.ipynb": (6, 4)}

named = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def test_all_notebooks_are_known() -> None:
    assert {path.name for path in NOTEBOOKS} == set(SHOWS)


@named
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.browser
@named
@pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client", "ignore::DeprecationWarning:zmq")
def test_a_notebook_runs_and_shows_its_answers(path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    tables = plots = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "stream" or output.name != "stderr", output.text
            html = output.get("data", {}).get("text/html")
            if html:
                tables += "<table" in html
                plots += "<svg" in html
                assert "http" not in re.sub(r"http://www\.w3\.org/[\w/.]*", "", html)
                assert "<script" not in html
                parse(html)
    wanted = SHOWS[path.name]
    assert tables >= wanted[0], tables
    assert plots >= wanted[1], plots


def parse(html: str) -> Any:
    return ET.fromstring(f"<div>{html}</div>")
