"""In a real browser: the app's sliders are moved and its figures read, pages open from a file; nothing is asked of the net.

Every host but this machine is blocked, and none may be asked for. Pictures of what was seen land in out/browser/.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")
pytest.importorskip("marimo")

from lifecycle import InactiveFor, all_visits, backtest, sample, simulate  # noqa: E402
from lifecycle.app.board import Board, turned  # noqa: E402
from lifecycle.books import WENHUA  # noqa: E402
from lifecycle.show.report import backtest_page, forecast_page  # noqa: E402

ROOT = Path(__file__).parents[1]
SEEN = ROOT / "out" / "browser"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 30_000  # milliseconds
HERE = ("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.fail("there is no chromium here: install Debian's package chromium")
    SEEN.mkdir(parents=True, exist_ok=True)
    with playwright.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that asks nothing of the net: whatever is asked for elsewhere is refused, and the test fails."""
    context = browser.new_context(viewport={"width": 1360, "height": 1000})
    made = context.new_page()
    made.set_default_timeout(PATIENCE)
    foreign: list[str] = []
    wrong: list[str] = []

    def gate(route: Any) -> None:
        address = route.request.url
        if urlsplit(address).scheme in ("data", "blob", "file") or urlsplit(address).hostname in HERE:
            route.continue_()
        else:
            foreign.append(address)
            route.abort()

    context.route("**/*", gate)
    made.on("pageerror", lambda error: wrong.append(str(error)))
    yield made
    context.close()
    assert not foreign, f"asked of the net: {foreign}"
    assert not wrong, wrong


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app as its command serves it, on the small sample."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "MARIMO_SKIP_UPDATE_CHECK": "1"}
    words = [sys.executable, "-m", "lifecycle", "app", "--no-browser", "--port", str(port), "--customers", "300"]
    log = home / "log"
    with (
        log.open("w") as out,
        subprocess.Popen(words, env=environment, stdout=out, stderr=out) as served,
    ):
        try:
            for _ in range(300):
                if served.poll() is not None:
                    break
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            assert served.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            served.terminate()  # and with the command goes the page


def slider(page: Any, words: str) -> Any:
    """The thumb of a slider that is seen, by what stands above it."""
    for place in page.locator(f"xpath=//div[normalize-space(text())='{words}']").all():
        if place.is_visible():
            return (
                place.locator("xpath=ancestor::*[.//*[@role='slider'] or .//marimo-slider][1]")
                .locator("[role=slider]")
                .first
            )
    raise AssertionError(f"no slider {words!r}")


def tile(page: Any, name: str) -> int:
    """The number on a tile."""
    return int(page.locator(f"[data-tile={name}]").inner_text().replace(",", ""))


def wait(page: Any, words: str) -> None:
    page.get_by_text(words).first.wait_for()


def settled(page: Any) -> None:
    """Until nothing is under way any more."""
    page.wait_for_timeout(150)
    page.wait_for_function(
        "() => !document.querySelector('.marimo-output-stale, .running-app-icon') && document.querySelector('svg.marks')",
        timeout=PATIENCE,
    )
    page.wait_for_timeout(150)


# -- pages from a file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chinese", [False, True])
def test_reports_open_from_a_file(page: Any, tmp_path: Path, chinese: bool) -> None:
    nine = turned(WENHUA, {"lost": 9})
    forecast = simulate([WENHUA, nine], customers=1_000, years=2, seed=7)
    rules = [InactiveFor(months=months).counting(all_visits) for months in (3, 6, 9, 12)]
    histories = sample(200).histories()
    tested = backtest(histories, rules, cutoff=date(2024, 3, 31), until=date(2025, 3, 31), resamples=50)
    choice = tested.best(contact=20, value=1500, success="0.15")
    swings = forecast.sensitivity("profit", only=["call_wins_back", "sales_margin", "loss"])
    made = {
        "forecast": forecast_page(forecast, swings=swings, chinese=chinese),
        "backtest": backtest_page(tested, choice=choice, chinese=chinese),
    }
    for name, text in made.items():
        path = tmp_path / f"{name}.html"
        path.write_text(text, encoding="utf-8")
        page.goto(path.as_uri())
        assert page.locator("figure svg").count() == {"forecast": 3, "backtest": 1}[name]
        for wide in (390, 1200):
            page.set_viewport_size({"width": wide, "height": 900})
            assert page.evaluate("() => document.documentElement.scrollWidth") <= wide, f"{name} runs over at {wide}"
        page.screenshot(path=SEEN / f"{name}{'-zh' if chinese else ''}.png", full_page=True)
        drawn = page.evaluate(
            "() => [...document.querySelectorAll('figure svg')].map(svg => { const all = svg.getBoundingClientRect();"
            " return [...svg.querySelectorAll('text')].filter(one => { const box = one.getBoundingClientRect();"
            " return box.width && (box.left < all.left - 1 || box.right > all.right + 1) }).map(one => one.textContent) })"
        )
        assert not [words for picture in drawn for words in picture], "words run over the picture's edge"


def test_the_forecast_is_fitted_to_the_histories_when_asked(page: Any, address: str) -> None:
    page.goto(address)
    wait(page, "profit (yuan)")
    settled(page)
    page.get_by_text("Fit the population to these histories").first.click()
    wait(page, "The population is fitted to")
    settled(page)
    thumb = slider(page, "Months without a visit until lost")
    thumb.focus()
    thumb.press("ArrowLeft")
    wait(page, "churn.lost.months: 12 → 11")
    settled(page)
    wait(page, "The population is fitted to")  # it stays so while the sliders move


def test_everything_is_compared_when_asked(page: Any, address: str) -> None:
    page.goto(address)
    wait(page, "profit (yuan)")
    settled(page)
    thumb = slider(page, "Months without a visit until lost")
    thumb.focus()
    thumb.press("ArrowLeft")
    wait(page, "churn.lost.months: 12 → 11")
    settled(page)
    page.get_by_text("Compare over the whole of the histories").first.click()
    wait(page, "of whom something differs")
    settled(page)
    page.set_viewport_size({"width": 1360, "height": 3600})
    settled(page)
    page.screenshot(path=SEEN / "app-compared.png")


# -- the app --------------------------------------------------------------------------------------------------------------


def test_a_slider_is_dragged_and_the_figures_follow(page: Any, address: str) -> None:
    board = Board(sample(300).events, on=date(2025, 6, 30), base=WENHUA)
    base = board.figures(WENHUA)
    page.goto(address)
    wait(page, "profit (yuan)")
    settled(page)
    assert (tile(page, "lost"), tile(page, "at_risk"), tile(page, "owed")) == (
        base.lost,
        base.at_risk,
        base.balance,
    )
    page.screenshot(path=SEEN / "app.png")

    thumb = slider(page, "Months without a visit until lost")
    thumb.focus()
    for _ in range(3):
        thumb.press("ArrowLeft")
    wait(page, "churn.lost.months: 12 → 9")
    nine = board.figures(turned(WENHUA, {"lost": 9}))
    wait(page, f"{nine.lost:,}")
    settled(page)
    assert (tile(page, "lost"), tile(page, "at_risk")) == (nine.lost, nine.at_risk)
    assert nine.lost > base.lost
    assert tile(page, "owed") == base.balance

    # by the mouse: the points lapse sooner, and fewer are owed
    thumb = slider(page, "Months without a visit until points lapse")
    box = thumb.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y, steps=6)
    page.mouse.up()
    months = int(thumb.get_attribute("aria-valuenow"))
    assert months < 12
    wait(page, f"points.lapse.months: 12 → {months}")
    both = board.figures(turned(WENHUA, {"lost": 9, "lapse": months}))
    wait(page, f"{both.balance:,}")
    settled(page)
    assert tile(page, "owed") == both.balance < base.balance
    page.set_viewport_size({"width": 1360, "height": 2600})
    settled(page)
    page.screenshot(path=SEEN / "app-moved.png")


def test_sliders_the_wrong_way_round_are_told_in_words(page: Any, address: str) -> None:
    page.goto(address)
    wait(page, "profit (yuan)")
    settled(page)
    thumb = slider(page, "Months without a visit until at risk")
    thumb.focus()
    thumb.press("End")
    wait(page, "This book cannot be:")
    wait(page, "comes after lost by InactiveFor(months=12)")
    for words in ("Traceback", "Something went wrong", "An ancestor"):
        assert not page.get_by_text(words).count(), words
    page.screenshot(path=SEEN / "app-wrong.png")
    thumb.press("Home")
    wait(page, "churn.at_risk.months: 6 → 1")
    wait(page, "profit (yuan)")


def test_the_app_speaks_chinese(page: Any, address: str) -> None:
    page.goto(f"{address}?lang=zh")
    wait(page, "如果规则不同，会怎样？")
    wait(page, "利润 (元)")
    settled(page)
    base = Board(sample(300).events, on=date(2025, 6, 30), base=WENHUA).figures(WENHUA)
    assert tile(page, "lost") == base.lost
    page.set_viewport_size({"width": 1360, "height": 2300})
    settled(page)
    page.screenshot(path=SEEN / "app-zh.png")
    page.get_by_text("English", exact=True).first.click()
    wait(page, "What if the book said otherwise?")


def test_ones_own_file_is_read_and_its_wrong_rows_are_told(page: Any, address: str, tmp_path: Path) -> None:
    own = tmp_path / "visits.csv"
    own.write_text(
        "customer,at,amount\nAnna,2024-02-18,860\nBert,2025-01-05,120\nCleo,2025-06-01,300\nDora,soon,1\n",
        encoding="utf-8",
    )
    page.goto(address)
    wait(page, "profit (yuan)")
    settled(page)
    page.locator("select:visible").last.select_option(label="own · 自己的文件")
    wait(page, "nothing leaves this machine")
    page.locator("input[type=file]").first.set_input_files(str(own))
    wait(page, "4 rows read, 1 problems")
    wait(page, "visits.csv")
    wait(page, "2025-06-01")
    wait(page, "3 vehicles")
    settled(page)
    assert (tile(page, "lost"), tile(page, "at_risk"), tile(page, "active")) == (1, 0, 2)
    page.screenshot(path=SEEN / "app-own.png")
