"""The page that holds the simulation against what came: every figure on it comes from the script beside it."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from lifecycle.readers import read_cdnow

FIGURES = Path(__file__).parents[1] / "docs" / "figures" / "forward.py"
NUMBER = re.compile(r"[-−+]?\d[\d,]*\.?\d*")


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(FIGURES))


def numbers(text: str) -> list[float]:
    return [float(one.replace(",", "").replace("−", "-")) for one in NUMBER.findall(text)]


def table_of(page: str, name: str) -> str:
    found = re.search(rf"<!-- figures: {re.escape(name)} -->\n\n((?:\|.*\n)+)", page)
    assert found is not None, name
    return found[1]


@pytest.mark.parametrize("part", ["chain", "cdnow", "dealership"])
def test_the_figures_of_the_page_are_those_of_the_script(script: dict[str, Any], part: str) -> None:
    """To a few hundredths, as far as another processor's arithmetic may move them."""
    page = script["PAGE"].read_text(encoding="utf-8")
    for name, table in script[part]().items():
        told, made = table_of(page, name), table
        assert NUMBER.sub("#", told).strip() == NUMBER.sub("#", made), f"{name}: run docs/figures/forward.py"
        for one, other in zip(numbers(told), numbers(made), strict=True):
            assert one == pytest.approx(other, rel=0.03, abs=1.1), f"{name}: run docs/figures/forward.py"


def test_the_fit_that_the_page_shows_is_the_one_that_foretold_best(script: dict[str, Any]) -> None:
    """The others take minutes to be made anew; that row, and its place among them, is held."""
    page = script["PAGE"].read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in table_of(page, "cdnow-choice").splitlines()[2:]]
    found = {row[0].strip(): numbers(" ".join(row[1:])) for row in rows}
    assert len(found) == 8
    sorts, hazard = script["CHOSEN"]
    name, *made = script["choice_row"](read_cdnow().events, sorts, hazard)
    told = found[name]
    assert numbers(" ".join(made)) == pytest.approx(told, rel=1e-3, abs=1.1), "run docs/figures/forward.py"
    assert all(told[5] > other[5] for one, other in found.items() if one != name), "the sum of what it foretold"


def test_the_page_has_no_table_of_its_own(script: dict[str, Any]) -> None:
    page = script["PAGE"].read_text(encoding="utf-8")
    marked = set(re.findall(r"<!-- figures: (\S+) -->", page))
    assert marked == {
        "cdnow", "cdnow-active", "cdnow-before", "cdnow-choice", "cdnow-level", "cdnow-peers", "dealership", "dealership-ahead",
        "chain",
    }  # fmt: skip
    loose = re.sub(r"<!-- figures: \S+ -->\n\n(\|.*\n)+", "", page)
    assert "\n|" not in loose
