"""The app without its page: knobs make the book one would write, figures are those of replay, nothing is worked out twice."""

import re
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Book, Earn, Editions, InactiveFor, Points, all_visits, columns, replay, sample
from lifecycle.app import PAGE, command
from lifecycle.app.board import WEEKS, Board, choosable, knobs, last_day, turned
from lifecycle.app.words import KNOB_WORDS, WORDS, say
from lifecycle.books import CHIZHOU, REGULATION, WENHUA
from lifecycle.churn import Churn
from lifecycle.errors import LifecycleError
from lifecycle.forward import fit
from lifecycle.points import Bonus, Lapse

ON = date(2025, 6, 30)


@pytest.fixture(scope="module")
def board() -> Board:
    return Board(sample(80).events, on=ON, base=WENHUA)


# -- knobs ----------------------------------------------------------------------------------------------------------------


def test_a_book_offers_the_figures_that_it_has() -> None:
    assert {knob.name: knob.value for knob in knobs(WENHUA)} == {
        "at_risk": 6, "lost": 12, "rate_ordinary": 1, "rate_silver": 2, "rate_gold": 3, "per": 50, "referral": 500, "lapse": 12,
        "lead": 2,
    }  # fmt: skip
    assert [knob.name for knob in knobs(CHIZHOU)] == ["at_risk", "lost"]
    assert [knob.name for knob in knobs(REGULATION)] == ["lost"]
    assert {knob.name for book in (WENHUA, CHIZHOU, REGULATION) for knob in knobs(book)} == set(KNOB_WORDS)
    assert all(knob.least <= knob.value <= knob.most for knob in knobs(WENHUA))


def test_knobs_where_the_book_has_them_are_the_book() -> None:
    for book in (WENHUA, CHIZHOU, REGULATION):
        assert turned(book, {knob.name: knob.value for knob in knobs(book)}) is book
        assert turned(book, {}) is book


def test_turned_knobs_make_the_book_one_would_write() -> None:
    values = {
        "at_risk": 4, "lost": 9, "rate_ordinary": 2, "rate_silver": 3, "rate_gold": 5, "per": 100, "referral": 800, "lapse": 18,
        "lead": 3,
    }  # fmt: skip
    written = WENHUA.amend(
        "changed",
        churn=Churn(
            at_risk=InactiveFor(months=4).counting(all_visits), lost=InactiveFor(months=9).counting(all_visits)
        ),
        points=Points(
            earn=Earn({"ordinary": 2, "silver": 3, "gold": 5}, per=100)
            + Bonus(800).on("referral_converted")
            + Bonus(3).on("review_posted"),
            lapse=Lapse.idle(months=18, remind=15),
        ),
    )
    made = turned(WENHUA, values)
    assert made == written
    assert made.based_on == WENHUA.edition
    assert len(made.diff(WENHUA)) >= 4


def test_knobs_of_an_odd_book_stay_away() -> None:
    odd = Book(
        name="odd",
        edition="1",
        churn=Churn(lost=InactiveFor(days=90)),
        points=Points(earn=Earn({"ordinary": 1}, per=50).times(2), lapse=Lapse.aged(months=24)),
    )
    assert [knob.name for knob in knobs(odd)] == ["rate_ordinary", "per", "lapse"]
    assert turned(odd, {"per": 40, "lost": 3}).points.earn == Earn({"ordinary": 1}, per=40).times(2)
    assert turned(odd, {"lapse": 12}).points.lapse == Lapse.aged(months=12)


@pytest.mark.parametrize(("at_risk", "lost"), [(12, 12), (13, 12), (6, 5), (36, 1)])
def test_lost_before_at_risk_is_refused_with_a_message(at_risk: int, lost: int) -> None:
    values = {"at_risk": at_risk, "lost": lost}
    if at_risk <= lost:
        turned(WENHUA, values)
        return
    with pytest.raises(LifecycleError, match=rf"months={at_risk}.* comes after lost by .*months={lost}"):
        turned(WENHUA, values)


def test_a_reminder_before_the_beginning_is_refused() -> None:
    assert turned(WENHUA, {"lapse": 3}).points.lapse.remind == 1
    for values in ({"lapse": 2}, {"lapse": 5, "lead": 5}, {"lapse": 1, "lead": 11}):
        with pytest.raises(LifecycleError, match="before the"):
            turned(WENHUA, values)


@given(st.fixed_dictionaries({}, optional={knob.name: st.integers(knob.least, knob.most) for knob in knobs(WENHUA)}))
def test_any_knobs_make_a_book_or_say_why_not(values: dict[str, int]) -> None:
    now = {knob.name: knob.value for knob in knobs(WENHUA)} | values
    sound = now["at_risk"] <= now["lost"] and now["lead"] < now["lapse"] and now["per"] > 0
    try:
        made = turned(WENHUA, values)
    except LifecycleError:
        assert not sound
    else:
        assert sound
        assert {knob.name: knob.value for knob in knobs(made)} == now


# -- figures --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [{}, {"lost": 9}, {"at_risk": 9, "lapse": 6}, {"per": 20, "rate_ordinary": 3}])
def test_the_figures_are_those_of_one_life_at_a_time(board: Board, values: dict[str, int]) -> None:
    book = turned(WENHUA, values)
    found, base = board.figures(book), board.figures(WENHUA)
    lives = {name: replay(one, book, on=ON) for name, one in sample(80).histories().items()}
    before = {name: replay(one, WENHUA, on=ON) for name, one in sample(80).histories().items()}
    cars = [car for life in lives.values() for car in life.customer.vehicles.values()]
    assert dict(found.activities) == Counter(car.activity for car in cars)
    assert found.vehicles == len(cars)
    assert found.lost == sum(car.activity in ("lost", "quasi_lost") for car in cars)
    assert found.at_risk == sum(car.activity == "at_risk" for car in cars)
    assert found.active == sum(car.activity in ("active", "returned") for car in cars)
    assert found.balance == sum(life.statement.balance for life in lives.values())
    assert found.issued == sum(life.statement.issued for life in lives.values())
    assert found.lapsed == sum(life.statement.lapsed for life in lives.values())
    ahead = Counter(
        (car.lost_due - ON - timedelta(days=1)).days // 7
        for car in cars
        if car.activity in ("active", "returned", "at_risk") and car.lost_due is not None
    )
    assert found.weeks == tuple((ON + timedelta(days=1 + 7 * week), ahead[week]) for week in range(WEEKS))
    assert found.soon == sum(ahead[week] for week in range(WEEKS))
    moved = {(row["customer"], row["vehicle"]): (row["before"], row["after"]) for row in board.moved(book).to_dicts()}
    assert moved == {
        (name, vin): (before[name].customer.vehicles[vin].activity, car.activity)
        for name, life in lives.items()
        for vin, car in life.customer.vehicles.items()
        if car.activity != before[name].customer.vehicles[vin].activity
    }
    assert found == base if not values else found != base


def test_the_comparison_is_that_of_compare(board: Board) -> None:
    compared = board.compared(turned(WENHUA, {"lost": 9}))
    found = {one.value: (one.base, one.changed) for one in compared.figures("activity")}
    base, changed = board.figures(WENHUA).activities, board.figures(turned(WENHUA, {"lost": 9})).activities
    assert found == {name: (base.get(name, 0), changed.get(name, 0)) for name in {*base, *changed}}


def test_what_does_not_move_is_not_worked_out_again(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    board.figures(WENHUA)
    asked: list[str] = []

    def counting(name: str) -> None:
        real = getattr(columns, name)

        def told(*given: Any, **more: Any) -> Any:
            asked.append(name)
            return real(*given, **more)

        monkeypatch.setattr(columns, name, told)

    counting("points")
    counting("churn")
    board.figures(turned(WENHUA, {"lost": 11}))
    assert asked == ["churn"]
    board.figures(turned(WENHUA, {"lost": 11, "per": 60}))
    assert asked == ["churn", "points"]
    board.figures(turned(WENHUA, {"per": 60}))
    assert asked == ["churn", "points"]
    for lost in range(13, 36):  # so many that the first answers are let go, but for the base's
        board.figures(turned(WENHUA, {"lost": lost}))
        board.figures(WENHUA)
    assert asked.count("points") == 1


def test_a_forecast_holds_the_book_against_the_base(board: Board) -> None:
    one = board.forecast(WENHUA, customers=100, years=1)
    assert one.books == (WENHUA,)
    two = board.forecast(turned(WENHUA, {"lost": 9}), customers=100, years=1)
    assert [two.editions(book)[0][1].edition for book in (0, 1)] == [WENHUA.edition, "changed"]
    assert board.forecast(turned(WENHUA, {"lost": 9}), customers=100, years=1) is two


def test_a_forecast_may_rest_on_a_population_fitted_to_the_histories(board: Board) -> None:
    fitted = fit(sample(80).events, on=ON)
    found = board.forecast(WENHUA, fitted=fitted, customers=100, years=1)
    assert (found.population, found.assumptions) == (fitted.population, fitted.assumptions)
    assert found is not board.forecast(WENHUA, customers=100, years=1)


def test_the_last_day_is_that_of_the_last_event() -> None:
    assert last_day(sample(5).events) == max(event.day for event in sample(5))
    assert last_day(()) is None


# -- words and the command ------------------------------------------------------------------------------------------------


def test_every_text_is_there_in_both_languages() -> None:
    for english, chinese in (*WORDS.values(), *KNOB_WORDS.values()):
        assert english
        assert re.search("[\u4e00-\u9fff]", chinese)
        assert english.count("{}") == chinese.count("{}")
    assert say("read", 12_345, 1, zh=False) == "12,345 rows read, 1 problems"
    assert say("knob lost", zh=True) != say("lost", zh=True)
    page = PAGE.read_text(encoding="utf-8")
    asked = set(re.findall(r"""(?:say|tile|named)\(["'](\w+)["']""", page))
    assert asked <= set(WORDS), asked - set(WORDS)
    unused = set(WORDS) - set(re.findall(r"""["'](\w+)["']""", page))
    assert not unused, unused


def test_what_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lifecycle.app.find_spec", lambda name: None if name == "marimo" else name)
    with pytest.raises(ModuleNotFoundError, match=r"the app needs marimo: pip install .*\[columns,notebook\]"):
        command()


def test_the_command_says_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lifecycle", "app", "--help"], capture_output=True, encoding="utf-8", check=True
    )
    assert "A page with sliders over a book 滑块页面" in done.stdout
    missing = subprocess.run(
        [sys.executable, "-m", "lifecycle", "app", "nowhere.csv"], capture_output=True, encoding="utf-8", check=False
    )
    assert missing.returncode == 2
    assert "there is no file nowhere.csv" in missing.stderr
    wrong = subprocess.run(
        [sys.executable, "-m", "lifecycle", "app", "--book", "wenua"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert wrong.returncode == 2
    assert "wenhua" in wrong.stderr


def test_of_a_book_with_reforms_each_edition_can_be_chosen() -> None:
    assert choosable(WENHUA) == {"wenhua": WENHUA}
    house = Editions(WENHUA).amend("nine", since=date(2025, 1, 1), **{"churn.lost.months": 9})
    assert choosable(house) == {"wenhua 2014-11": WENHUA, "wenhua nine from 2025-01-01": house.on(date(2025, 1, 1))}


def test_the_words_for_the_page_come_after_marimos_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lifecycle.app.find_spec", lambda name: name)
    line = command(port=2718, browser=False, given=["--book", "wenhua"])
    assert line[:5] == [sys.executable, "-m", "marimo", "run", str(PAGE)]
    assert line[-3:] == ["--", "--book", "wenhua"]
    assert {"--headless", "--no-token", "--port"} <= set(line)
    assert not {"--headless", "--port", "--"} & set(command())


# -- what packing keeps ---------------------------------------------------------------------------------------------------


def test_another_policy_over_the_same_members_is_told_what_it_asks_for() -> None:
    """Members whose points are folded keep their events between two policies, but only those that both look at."""
    few = Points(earn=Earn({"ordinary": 1}, per=50))
    kept = columns.pack(sample(80).events).as_of(ON).in_order()
    for policy in (few, WENHUA.points, few):
        fresh = columns.points(columns.pack(sample(80).events), policy, on=ON)
        assert columns.points(kept, policy, on=ON).equals(fresh)
    assert not columns.points(kept, few, on=ON)["issued"].equals(columns.points(kept, WENHUA, on=ON)["issued"])
