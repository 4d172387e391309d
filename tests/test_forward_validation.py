"""The page that holds the simulation against what came: every figure on it comes from the script beside it."""

import re
import runpy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lifecycle.forward import fit
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
    """All of the table takes minutes to be made anew; one of its figures, and the place of that fit, is held."""
    page = script["PAGE"].read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table_of(page, "cdnow-choice").splitlines()]
    sums = {row[0]: numbers(row[6])[0] for row in rows[2:]}
    (chosen,) = (row for row in rows[2:] if row[0] == ", ".join(script["CHOSEN"]))
    assert len(sums) == 8
    assert max(sums, key=lambda name: sums[name]) == chosen[0]
    events, (sorts, hazard) = read_cdnow().events, script["CHOSEN"]
    fitted = fit(events, on=date(1997, 6, 30), sorts=sorts, hazard=hazard)
    assert rows[0][3] == "30 Jun"
    foretold = fitted.foretold(events, on=script["CUT"])
    assert foretold == pytest.approx(numbers(chosen[3])[0], abs=5), "run docs/figures/forward.py"


def test_the_page_has_no_table_of_its_own(script: dict[str, Any]) -> None:
    page = script["PAGE"].read_text(encoding="utf-8")
    marked = set(re.findall(r"<!-- figures: (\S+) -->", page))
    assert marked == {
        "cdnow", "cdnow-active", "cdnow-before", "cdnow-choice", "cdnow-level", "cdnow-peers", "dealership", "dealership-ahead",
        "chain",
    }  # fmt: skip
    loose = re.sub(r"<!-- figures: \S+ -->\n\n(\|.*\n)+", "", page)
    assert "\n|" not in loose
