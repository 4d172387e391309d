"""What is shown: words in both languages, HTML that is well-formed and escaped, a life as a picture, tables that fit."""

import io
import re
from collections.abc import Mapping
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from lifecycle import History, Life, machines, replay, show, timeline
from lifecycle.books import WENHUA
from lifecycle.customer import STANDING_ZH, fact_names
from lifecycle.customer import Customer as CustomerFacts
from lifecycle.events import Problem
from lifecycle.kinds import FACTS, KINDS
from lifecycle.show.colours import DARK, LIGHT, ink
from lifecycle.show.fragments import badge, table
from lifecycle.show.markup import Markup, document, join, tag
from lifecycle.show.page import bar, columns_chart, figure, note, page, section, tiles
from lifecycle.show.progress import Watch
from lifecycle.show.terminal import grid, problem_lines, step_lines
from lifecycle.show.words import ACTIVITIES, TONES, both, rule_of, said, share, told, why, zh

ANNA = """
    2021-11-02 enquired
    2021-11-20 vehicle_delivered vehicle=V1 price=128000
    2021-11-20 enrolled
    2022-02-18 workshop_entered vehicle=V1
    2022-02-18 vehicle_handed_over vehicle=V1 charge=860
    2022-07-21 surveyed kind=CSI satisfied=no
    2022-07-22 complaint_raised complaint=K1 channel=call
    2022-09-22 model_changed
    2023-12-18 vehicle_handed_over vehicle=V1 charge=2860
    2024-02-01 referral_converted referral=F1 note="<b>&amp; thanks</b>"
"""


@pytest.fixture
def anna() -> Life:
    return replay(timeline(ANNA, customer="<C&1>"), WENHUA, on=date(2025, 3, 1))


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(f"<div>{markup}</div>")


def words_in(markup: str) -> str:
    return " ".join(parsed(markup).itertext())


# -- words --------------------------------------------------------------------------------------------------------------


def test_everything_that_is_shown_has_a_chinese_name() -> None:
    names = [*KINDS, *FACTS, *STANDING_ZH, *ACTIVITIES, *(stage.value for stage in machines.Stage), *machines.ALL]
    assert not [name for name in names if not zh(name)]
    for machine in machines.ALL.values():
        assert not [state.name for state in machine.states if zh(state.name, machine.name) != state.zh]
    assert not [name for name in fact_names(CustomerFacts) if name != "id" and not zh(name)]


def test_a_name_reads_as_words_in_both_languages() -> None:
    assert both("at_risk") == "at risk 存在流失风险"
    assert both("first_time") == "first time 首次惠顾"
    assert both("owned", "stage") == "owned 已购"
    assert told("lost_due") == "lost due 到期：流失"
    assert both("nothing_of_the_kind") == "nothing of the kind"


def test_values_are_said_as_people_write_them() -> None:
    from decimal import Decimal

    assert [said(one) for one in (None, True, False, 12345, Decimal("1234.50"), Decimal(860), date(2025, 1, 2), "x")] == [
        "", "yes", "no", "12,345", "1,234.50", "860", "2025-01-02", "x",
    ]  # fmt: skip
    assert share(1, 3) == "33.3 %"
    assert share(0, 0) == "–"
    assert rule_of(WENHUA.churn).startswith("Churn(at_risk=InactiveFor(months=6)")


def test_a_reason_does_not_repeat_the_step(anna: Life) -> None:
    for step in anna.steps:
        assert not step.accepted or all(f"{step.before} → {step.after}" not in sentence for sentence in why(step))
        assert all(why(step))


# -- markup -------------------------------------------------------------------------------------------------------------


def test_text_is_escaped_once_and_markup_not_at_all() -> None:
    inner = tag("b", "5 < 6 & 7")
    assert inner == "<b>5 &lt; 6 &amp; 7</b>"
    assert tag("p", inner, None, title='"<>"', class_="x", data_count=3) == (
        '<p title="&quot;&lt;&gt;&quot;" class="x" data-count="3"><b>5 &lt; 6 &amp; 7</b></p>'
    )
    assert tag("br") == "<br/>"
    assert tag("td") == "<td></td>"
    assert join(("a\0b", Markup("<i/>"), 7)) == "a\N{REPLACEMENT CHARACTER}b<i/>7"
    ET.fromstring(document("<t>", tag("p", "x"), style="p { color: red }").removeprefix("<!DOCTYPE html>\n"))


# -- a life -------------------------------------------------------------------------------------------------------------


def test_a_life_shows_itself_in_a_notebook(anna: Life) -> None:
    html = anna._repr_html_()
    text = words_in(html)
    assert html == show.life_html(anna)
    assert "<C&1>" in text
    for word in ("lost 流失", "returned 流失返回", "referral converted", "refused 被拒", "complaint 投诉 K1"):
        assert word in text, word
    assert all(str(step.day) in text for step in anna.steps)


def test_history_and_statement_show_themselves_as_well(anna: Life) -> None:
    history = words_in(anna.history._repr_html_())
    assert history.count("2022-02-18") == 2
    assert "note <b>&amp; thanks</b>" in history
    statement = words_in(anna.statement._repr_html_())
    assert f"{anna.statement.balance:,}" in statement
    assert all(f"{line.points:+,}" in statement for line in anna.statement.lines)


def test_the_picture_has_a_band_for_each_region_that_moved(anna: Life) -> None:
    picture = show.life_svg(anna)
    root = ET.fromstring(picture)
    text = " ".join(root.itertext())
    for name in ("stage", "activity", "satisfaction", "loyalty", "spending", "visit", "complaint", "points"):
        assert name in text, name
    assert "refused" in text  # where the pointer rests on the refused event
    assert "last visit 2022-02-18 + 12 months" in text
    width = float(root.attrib["width"])
    height = float(root.attrib["height"])
    for element in root.iter():
        where = element.attrib
        for low, size, most in (("x", "width", width), ("y", "height", height)):
            if element.tag.endswith("rect"):
                assert -1 <= float(where[low]) <= float(where[low]) + float(where[size]) <= most + 1, where
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-03-01 enquired",
        "2026-03-01 enquired",
        "1990-01-01 vehicle_delivered vehicle=V1",
        "2025-02-28 vehicle_handed_over charge=5\n2025-03-01 vehicle_handed_over charge=5",
        "\n".join(f"{year}-05-05 vehicle_handed_over vehicle=V{year} charge=500" for year in range(1980, 2025)),
    ],
)
def test_short_long_and_empty_lives_have_a_picture_too(text: str) -> None:
    life = replay(timeline(text, customer="C"), WENHUA, on=date(2025, 3, 1))
    ET.fromstring(show.life_svg(life))
    parsed(show.life_html(life))
    parsed(show.history_html(life.history))
    parsed(show.statement_html(life.statement))


def test_a_long_table_says_what_it_leaves_out() -> None:
    history = timeline("\n".join(["2024-01-01 enquired"] * 300), customer="C")
    assert "the first 200 of them" in words_in(show.history_html(history))
    life = replay(history, WENHUA, on=date(2025, 3, 1))
    assert "more steps" in words_in(show.steps_table(life.steps))
    problems = [Problem("<f>.csv", line, "at", "is & no date", "mend it") for line in range(2, 100)]
    text = words_in(show.problems_table(problems, most=10))
    assert "<f>.csv" in text
    assert "is & no date" in text
    assert "88 more" in text


def test_steps_in_the_terminal_keep_their_brackets(anna: Life) -> None:
    out = io.StringIO()
    console = Console(file=out, width=300)
    for line in step_lines(anna.steps):
        console.print(line)
    assert "[not satisfied" in out.getvalue()
    assert "refused 被拒" in out.getvalue()


# -- the page -----------------------------------------------------------------------------------------------------------


def test_every_colour_is_there_in_light_and_dark() -> None:
    assert set(LIGHT) == set(DARK)
    assert {name for tone in set(TONES.values()) for name in (tone, f"{tone}-soft")} <= set(LIGHT)
    assert ink("bad") == f"var(--lc-bad,{LIGHT['bad']})"


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_on_every_ground(colours: Mapping[str, str]) -> None:
    """Contrast by the web's own measure: 4.5 for words."""
    grounds = ["paper", "ground", *(name for name in colours if name.endswith("-soft"))]
    for words, on in [
        *(("text", name) for name in grounds),
        ("quiet", "paper"),
        ("quiet", "ground"),
        ("accent", "paper"),
    ]:
        high, low = sorted((luminance(colours[words]), luminance(colours[on])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (words, on)


def test_a_page_is_put_together_from_pieces() -> None:
    counts = {"active": 3, "lost": 1, "gone": 0}
    body = section("one", "One", "一", note("Mind this"), tiles([(5, "cars", "车")]), bar(counts))
    chart = columns_chart([("2025-01", counts), ("2025-02", {})], ("active", "lost"))
    text = page(
        "A <page>", "页", "lead", [("one", "One", body), ("two", "Two", section("two", "Two", "二", chart))], "end"
    )
    root = ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))
    assert "A <page>" in "".join(root.itertext())
    assert "--lc-bad:" in text
    assert "prefers-color-scheme: dark" in text
    assert 'title="active 活跃: 3 (75.0 %)"' in text
    assert "gone" not in text.split("</style>")[1]
    assert 'style="min-width:400px;' in figure(machines.STAGE.svg(), least=400)


def test_dates_and_numbers_are_not_broken_into_lines() -> None:
    html = table(["day", "words"], [(date(2025, 1, 2), "2 or 3"), ("1,234", badge("lost"))], numbers=(0,))
    assert re.findall(r"nowrap[^>]*>([^<]+)<", html)[:2] == ["2025-01-02", "1,234"]
    assert "nowrap" not in html.split("2 or 3")[0].rsplit("<td", 1)[1]


# -- the terminal -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_window_never_cuts_a_number(width: int) -> None:
    rows = [("C000001", "12,345,678", "because it has not come for six months and more"), ("C2", "9", "短")]
    out = io.StringIO()
    Console(file=out, width=width).print(grid(("customer", "points", "because"), rows, numbers=(1,), folding=(2,)))
    assert "12,345,678" in out.getvalue()
    assert "C000001" in out.getvalue()
    assert "months" in out.getvalue()


def test_problems_are_listed_and_the_rest_counted() -> None:
    problems = [Problem("a.csv", line, None, "is wrong", "mend it", None, "warning") for line in range(1, 8)]
    lines = list(problem_lines(problems, most=3))
    assert lines[0] == "a.csv:1: warning: is wrong (mend it)"
    assert lines[-1] == "… and 4 more"
    assert len(lines) == 4


def test_a_watch_is_silent_where_nobody_watches_and_on_short_work(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    with Watch(Console(file=out, width=80), "counting") as watch:
        assert list(watch.over(range(1000))) == list(range(1000))
    assert not out.getvalue()
    monkeypatch.setattr("lifecycle.show.progress.PATIENCE", 0.0)
    with Watch(Console(file=out, width=80, force_terminal=True), "counting 计数") as watch:
        watch.rows(5, None)
        watch.share(0.5)
    assert "counting 计数" in out.getvalue()


def test_an_empty_history_is_shown_as_one() -> None:
    assert "0 events" in words_in(show.history_html(History(customer="C")))
