"""Reports of forecasts and back-tests: whole pages, in the language asked for, that need nothing but themselves."""

import re
import sys
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from lifecycle import InactiveFor, all_visits, backtest, compare, sample, simulate
from lifecycle.backtesting import Backtest
from lifecycle.books import REGULATION, WENHUA
from lifecycle.cli import main
from lifecycle.forward import Forecast
from lifecycle.show.report import backtest_page, forecast_page
from lifecycle.show.what_if import comparison_page

NINE = WENHUA.amend("<nine>", **{"churn.lost.months": 9})
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    return simulate([WENHUA, NINE], customers=300, years=1, seed=7)


@pytest.fixture(scope="module")
def tested() -> Backtest:
    rules = [InactiveFor(months=months).counting(all_visits) for months in (6, 12)]
    return backtest(sample(60).histories(), rules, cutoff=date(2024, 3, 31), until=date(2025, 3, 31), resamples=20)


def parsed(page: str) -> ET.Element:
    assert page.startswith("<!DOCTYPE html>\n")
    assert "http" not in page.replace("http://www.w3.org/", "")
    assert "<script" not in page
    return ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


def headings(page: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in page.iter() if one.tag in ("h1", "h2")]


def words(page: ET.Element) -> str:
    return " ".join(" ".join(page.itertext()).split())


@pytest.mark.parametrize("chinese", [False, True])
def test_a_forecast_is_a_page(forecast: Forecast, chinese: bool) -> None:
    swings = forecast.sensitivity("profit", only=["bill", "sales_margin"])
    page = parsed(forecast_page(forecast, swings=swings, chinese=chinese))
    assert page.get("lang") == ("zh" if chinese else "en")
    told = headings(page)
    assert len(told) == 6
    assert all(bool(CHINESE.search(one)) is chinese for one in told), told
    text = words(page)
    assert f"{forecast.totals('profit').value:,.0f}" in text
    assert "wenhua <nine> − wenhua 2014-11" in text
    assert "churn.lost.months" in text
    assert all(one.meaning in text for one in forecast.assumed.values())
    assert ("并非预测" if chinese else "not a prediction") in text


@pytest.mark.parametrize("chinese", [False, True])
def test_a_back_test_is_a_page(tested: Backtest, chinese: bool) -> None:
    choice = tested.best(contact=20, value=1500, success="0.15")
    page = parsed(backtest_page(tested, choice=choice, chinese=chinese))
    told = headings(page)
    assert len(told) == 4
    assert all(bool(CHINESE.search(one)) is chinese for one in told), told
    text = words(page)
    assert f"{tested[0].precision:.3f}" in text
    assert f"{choice.gain:,.0f}" in text
    assert all(warning in text for warning in tested.warnings)
    assert len(headings(parsed(backtest_page(tested)))) == 3


def test_without_the_extra_a_report_says_what_is_not_drawn(
    forecast: Forecast, tested: Backtest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("altair", "vl_convert"):
        monkeypatch.setitem(sys.modules, name, None)
    for page in (forecast_page(forecast), backtest_page(tested)):
        text = words(parsed(page))
        assert 'Not drawn: a plot needs altair: pip install "dealer-lifecycle[notebook]"' in text
    assert f"{forecast.totals('profit').value:,.0f}" in words(parsed(forecast_page(forecast)))


def test_the_command_writes_the_report_of_a_back_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"C{number},{2020 + number % 4}-0{1 + number % 9}-15,{100 + number}" for number in range(40)]
    own = tmp_path / "visits.csv"
    own.write_text("\n".join(["customer,at,amount", *lines]), encoding="utf-8")
    out = tmp_path / "report.html"
    with pytest.raises(SystemExit) as done:
        main(
            [
                "backtest",
                str(own),
                "--months",
                "3,6",
                "--cutoff",
                "2022-12-31",
                "--until",
                "2023-12-31",
                "--html",
                str(out),
                "--lang",
                "zh",
            ]
        )
    assert done.value.code == 0
    assert "哪条规则说得准？" in headings(parsed(out.read_text(encoding="utf-8")))
    assert str(out) in capsys.readouterr().err


def english(element: ET.Element, known: bool = False) -> list[str]:
    """What is told in English words, three of them or more, and not marked as such, nor code."""
    known = (
        known or (element.get("lang") == "en" and element.tag != "html") or element.tag in ("code", "style", "title")
    )
    here = [element.text] if not known else []
    here += [child.tail for child in element if not known]
    found = [text for text in here if text and re.search(r"[A-Za-z]{2,}(?:[ ,;]+[A-Za-z]{2,}){2}", text)]
    return found + [text for child in element for text in english(child, known)]


def test_in_a_chinese_report_what_is_told_in_english_is_marked_as_such(forecast: Forecast, tested: Backtest) -> None:
    histories = sample(60).histories()
    held = compare(WENHUA, REGULATION, histories, on=date(2025, 6, 30))
    young = backtest(histories, InactiveFor(months=48), cutoff=date(2021, 3, 31), until=date(2022, 3, 31), resamples=0)
    assert young.warnings
    for page in (
        comparison_page(held, chinese=True),
        backtest_page(young, chinese=True),
        backtest_page(tested, chinese=True),
        forecast_page(forecast, chinese=True),
    ):
        assert english(parsed(page)) == []
    whole = parsed(comparison_page(held, chinese=True))
    reasons = [one for one in whole.iter("span") if one.get("lang") == "en" and "last visit" in "".join(one.itertext())]
    assert reasons
    assert "原因（英文原文）" in words(whole)
    assert 'lang="en"' not in comparison_page(held).partition("<body>")[2], "an English page marks nothing"
    assert english(parsed(comparison_page(held))), "the check sees English where it is not marked"
