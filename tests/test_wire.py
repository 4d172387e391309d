"""Books as data: what is written is read again as the same, and what is wrong is told with path, line and neighbours."""

from __future__ import annotations

import json
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Book, Editions, InactiveFor, LifecycleError, all_visits, charged_visits
from lifecycle.books import CHIZHOU, REGULATION, WENHUA
from lifecycle.points import Bonus, Earn
from lifecycle.testing import books
from lifecycle.wire import (
    amended,
    book_from_data,
    book_from_json,
    book_from_toml,
    book_schema,
    book_to_data,
    book_to_json,
    book_to_toml,
    house_from_json,
    house_from_toml,
    house_to_json,
    house_to_toml,
    read_book,
    read_house,
)
from lifecycle.wire.forms import form_of
from lifecycle.wire.toml import line_of, written

SHIPPED = (WENHUA, CHIZHOU, REGULATION)
OWN = """\
name = "lakeside"
zh = "湖畔店"
edition = "2026-01"

[visit_kinds]
paid = '(fact("charge") > 0) | (fact("insurer_paid") > 0)'

[churn]
at_risk = "InactiveFor(months=5).counting(paid)"   # five months
lost = {rule = "InactiveFor", months = 10, counting = "paid"}

[[points.earn]]
earn = {ordinary = 1, silver = 2.5}
per = 49.90

[[points.earn]]
term = {bonus = 300, on = "review_posted"}
at_most = 600
per = "month"

[points.lapse]
by = "idle"
months = 12
visits = "charged_visits"

[tiers]
thresholds = {silver = 10000}
months = 24

[readings]
charged = "paid"

[sources]
"churn.lost" = "house rule of 2026-01, page 2"
"""


def same(one: Book, other: Book) -> bool:
    """Equal, and in what equality does not look at as well."""
    quiet = ("zh", "based_on", "sources")
    return one == other and all(getattr(one, name) == getattr(other, name) for name in quiet)


@given(st.one_of(st.sampled_from(SHIPPED), books()))
def test_what_is_written_is_read_again_as_the_same_book(book: Book) -> None:
    assert same(book_from_toml(book_to_toml(book)), book)
    assert same(book_from_json(book_to_json(book)), book)
    assert same(book_from_data(book_to_data(book)), book)
    assert hash(book_from_toml(book_to_toml(book))) == hash(book)


@given(books())
def test_what_is_written_fits_the_schema(book: Book) -> None:
    assert fits(book_to_data(book), book_schema(), book_schema())


def test_a_house_writes_its_own() -> None:
    book = book_from_toml(OWN)
    paid = book.readings.charged
    assert paid.name == "paid"
    assert book.churn.lost == InactiveFor(months=10).counting(paid)
    assert book.churn.at_risk == InactiveFor(months=5).counting(paid)
    assert book.points.earn == Earn({"ordinary": 1, "silver": "2.5"}, per="49.90") + Bonus(300).on(
        "review_posted"
    ).at_most(600, per="month")
    assert book.points.lapse.visits == charged_visits
    assert book.tiers is not None
    assert book.tiers.of(Decimal(10_000)) == "silver"
    assert book.sources == {"churn.lost": "house rule of 2026-01, page 2"}
    assert same(book_from_toml(book_to_toml(book)), book)
    assert fits(tomllib.loads(OWN), book_schema(), book_schema())


def test_a_book_may_say_only_what_differs_from_a_shipped_one() -> None:
    text = 'base = "wenhua"\nedition = "2026"\nzh = "湖畔店"\n[amend]\n"churn.lost" = "InactiveFor(months=9)"\npoints.redeem.worth = 0.5\n'
    book = book_from_toml(text)
    assert (book.edition, book.based_on, book.zh) == ("2026", "2014-11", "湖畔店")
    # a bare rule counts what the rule that it replaces counts
    assert book == WENHUA.amend(
        "2026", **{"churn.lost": InactiveFor(months=9).counting(all_visits), "points.redeem.worth": Decimal("0.5")}
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"churn.lost": "InactiveFor(months=9)"}, {"churn.lost": InactiveFor(months=9).counting(all_visits)}),
        (
            {"churn.lost": "InactiveFor(months=9).counting(charged_visits)"},
            {"churn.lost": InactiveFor(months=9).counting(charged_visits)},
        ),
        ({"churn.lost.months": "9"}, {"churn.lost.months": 9}),
        ({"churn": {"lost": {"months": 9}}}, None),
        ({"churn": {"lost": "InactiveFor(months=9)"}}, {"churn.lost": InactiveFor(months=9).counting(all_visits)}),
        ({"readings.service_repeats": "yes"}, {"readings.service_repeats": True}),
        ({"readings.charged": "all_visits"}, {"readings.charged": all_visits}),
        ({"points.earn": "[{earn = 1, per = 50}]"}, None),
        ({"points.earn": "{earn = 2, per = 50}"}, {"points.earn": Earn(2, per=50)}),
        ({"points.redeem.worth": "0.5"}, {"points.redeem.worth": "0.5"}),
    ],
)
def test_a_text_is_read_by_what_stands_at_the_path(changes: dict[str, Any], expected: dict[str, Any] | None) -> None:
    if expected is None and "points.earn" in changes:
        assert repr(amended(WENHUA, "x", changes).points.earn) == "Earn(1, per=50)"
    elif expected is None:
        with pytest.raises(LifecycleError, match=r"churn\.lost"):
            amended(WENHUA, "x", changes)
    else:
        assert amended(WENHUA, "x", changes) == WENHUA.amend("x", **expected)


WRONG = [
    ("per = 49.90", "prr = 49.90", "line 14", "points.earn[0].prr", "did you mean per?"),
    ("months = 12", "moths = 12", "line 23", "points.lapse.moths", "months"),
    ("months = 10", "months = 4", "line 9", "churn.at_risk", "comes after lost"),
    ("months=5).counting", "months=5).countin", "line 9", "churn.at_risk (line 1, column 23)", "counting"),
    ("counting(paid)", "counting(payed)", "line 9", "unknown name 'payed'", "paid"),
    ('"review_posted"', '"review_post"', "line 17", "points.earn[1].term", "review_posted"),
    ("[tiers]", "[teirs]", "line 26", "Book has no 'teirs'", "tiers"),
    ("months = 24", "months = true", "line 28", "tiers.months", "not a whole number"),
    ("months = 24", "months = 0", "line 28", "tiers.months", "not a number of months"),
    ('edition = "2026-01"', "", "", "Book needs edition", "give edition"),
    ('name = "lakeside"', 'name = "lakeside"\nzone = "Asia/Shangai"', "line 2", "zone", "Asia/Shanghai"),
    ("> 0) |", "> 0) or", "line 6", "visit_kinds.paid", "write |"),
    ("[[points.earn]]\nearn", "[[points.earn]]\nern", "line 12", "points.earn[0]", "did you mean earn?"),
    ("[[points.earn]]", "[[points.earn", "at line 12", "not TOML", ""),
    ("thresholds = {silver = 10000}", "thresholds = 5", "line 27", "tiers.thresholds", "not a table"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "line", "path", "said"), WRONG)
def test_what_is_wrong_is_told_with_its_line_path_and_neighbours(
    right: str, wrong: str, line: str, path: str, said: str
) -> None:
    with pytest.raises(LifecycleError) as caught:
        book_from_toml(OWN.replace(right, wrong, 1), name="our.toml")
    told = str(caught.value)
    assert told.startswith("our.toml")
    for part in (line, path, said):
        assert part in told
    if "not TOML" not in path:
        data = tomllib.loads(OWN.replace(right, wrong, 1))
        with pytest.raises(LifecycleError) as again:
            book_from_json(json.dumps(data), name="our.json")
        assert path in str(again.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('base = "wenhau"\nedition = "x"', "did you mean wenhua?"),
        ('base = "wenhua"', 'edition = "2026-01"'),
        ('base = "wenhua"\nedition = "x"\n[churn]\nlost = "never"', "put it under [amend]"),
        ('base = "wenhua"\nedition = "x"\n[amend]\n"churn.lots.months" = 9', "did you mean churn.lost"),
        ('base = "wenhua"\nedition = "x"\n[amend]\n"churn.lost.months" = 4', "comes after lost"),
        ('base = "wenhua"\nedition = "x"\n[amend]\n"churn.lost.month" = 4', "churn.lost.months"),
        ('base = "wenhua"\nedition = "x"\n[amend]\nedition = "y"', "is not amended"),
        ("[]", "not TOML"),
    ],
)
def test_what_is_wrong_with_an_amended_book(text: str, said: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        book_from_toml(text)
    assert said in str(caught.value)


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    for name, text in (("a.toml", "\ufeff" + book_to_toml(WENHUA)), ("a.json", book_to_json(WENHUA))):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert same(read_book(tmp_path / name), WENHUA)
    (tmp_path / "a.yaml").write_text("")
    with pytest.raises(LifecycleError, match=r"\.toml or a \.json file"):
        read_book(tmp_path / "a.yaml")
    (tmp_path / "b.toml").write_bytes("zh = '文华'".encode("gb18030"))
    with pytest.raises(LifecycleError, match="not UTF-8"):
        read_book(tmp_path / "b.toml")


def test_the_lines_of_paths() -> None:
    for path, line in (
        ("name", 1), ("churn.lost", 10), ("churn", 8), ("points.earn[0].per", 14), ("points.earn[1].term.bonus", 17),
        ("points.earn[1]", 16), ("sources", 33), ("nowhere", None),
    ):  # fmt: skip
        assert line_of(OWN, path) == line
    assert line_of('[amend]\n"churn.at_risk.months" = 1\n"churn.lost.months" = 9', "amend.churn.lost.months") == 3


@given(
    st.recursive(
        st.dictionaries(
            st.text(min_size=1, max_size=5), st.integers() | st.booleans() | st.text() | st.dates(), max_size=3
        ),
        lambda inner: st.dictionaries(st.text(min_size=1, max_size=5), inner | st.lists(inner, max_size=3), max_size=3),
        max_leaves=8,
    )
)
def test_toml_that_is_written_says_what_it_was_given(data: dict[str, Any]) -> None:
    assert tomllib.loads(written(data)) == data


def test_every_field_of_a_book_has_a_written_form() -> None:
    data = book_to_data(attrs.evolve(WENHUA, sources={}))
    assert set(data) <= {one.name for one in attrs.fields(Book)}
    assert {one.name for one in attrs.fields(Book) if one.init} == set(book_schema()["oneOf"][0]["properties"]) - {
        "visit_kinds",
        "reforms",
    }


def test_days_and_spans_have_forms_for_the_policies_to_come() -> None:
    for kind, value in ((date, date(2026, 1, 31)), (timedelta, timedelta(hours=2)), (timedelta, timedelta(0))):
        form = form_of(kind)
        assert form.read(form.write(value), "x", {}) == value
    assert form_of(date).read("2026-01-31", "x", {}) == date(2026, 1, 31)
    with pytest.raises(LifecycleError, match="no written form"):
        form_of(complex)


# -- editions by day ----------------------------------------------------------------------------------------------------


@given(st.lists(st.one_of(books(), st.just(WENHUA)), min_size=1, max_size=3))
def test_editions_are_written_as_reforms_and_read_again(drawn: list[Book]) -> None:
    first, *later = (attrs.evolve(book, name="house", zone=WENHUA.zone) for book in drawn)
    house = Editions(first, {date(2025 + number, 1, 1): book for number, book in enumerate(later)})
    for again in (house_from_toml(house_to_toml(house)), house_from_json(house_to_json(house))):
        assert again == house
        assert [book.edition for book in again.later.values()] == [book.edition for book in house.later.values()]
    assert fits(json.loads(house_to_json(house)), book_schema(), book_schema())


REFORMS = """\
base = "wenhua"
edition = "2025"

[[reforms]]
from = 2026-01-01
edition = "2026"
path = "churn.lost"
value = "InactiveFor(months=9)"

[[reforms]]
from = 2026-01-01
path = "churn.at_risk.months"
value = 5

[[reforms]]
from = 2027-07-01
path = "points.earn"
value = [{earn = 2, per = 50}, {bonus = 300, on = "referral_converted"}]
"""


def test_a_reform_is_a_path_a_day_and_a_value(tmp_path: Path) -> None:
    house = house_from_toml(REFORMS)
    assert [book.edition for book in (house.first, *house.later.values())] == ["2025", "2026", "2027-07-01"]
    new = house.on(date(2026, 1, 1))
    assert new.churn.lost == InactiveFor(months=9).counting(all_visits)
    assert new.churn.at_risk == InactiveFor(months=5).counting(all_visits)
    assert house.on(date(2025, 12, 31)) == house.first
    assert house.on(date(2028, 1, 1)).churn == new.churn
    assert house.on(date(2028, 1, 1)).points.earn == Earn(2, per=50) + Bonus(300).on("referral_converted")
    (tmp_path / "house.toml").write_text(REFORMS, encoding="utf-8")
    assert read_house(tmp_path / "house.toml") == house
    with pytest.raises(LifecycleError, match="read_house"):
        read_book(tmp_path / "house.toml")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('path = "churn.lost"', 'path = "churn.lots"', ("line 7", "did you mean churn.lost")),
        ("value = 5", "value = 10", ("line 7", "comes after lost")),
        ("from = 2027-07-01", "", ("line 15", "from = 2026-01-01")),
        ("from = 2027-07-01", 'from = "July"', ("line 16", "a day")),
        ('path = "churn.at_risk.months"', 'path = "churn.lost"', ("line 12", "changed twice")),
        ("value = 5", "valeu = 5", ("line 13", "did you mean value?")),
    ],
)
def test_a_reform_that_cannot_be_is_told_with_its_line(right: str, wrong: str, said: tuple[str, ...]) -> None:
    with pytest.raises(LifecycleError) as caught:
        house_from_toml(REFORMS.replace(right, wrong, 1), name="house.toml")
    for part in said:
        assert part in str(caught.value)


# -- a small validator: what of JSON Schema the schema of a book uses ---------------------------------------------------

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def fits(data: Any, schema: Any, root: Any) -> bool:
    if "$ref" in schema:
        return fits(data, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(
        isinstance(data, _TYPES[kind]) and (kind == "boolean" or not isinstance(data, bool)) for kind in kinds
    ):
        return False
    if "enum" in schema and data not in schema["enum"]:
        return False
    if "oneOf" in schema and sum(fits(data, one, root) for one in schema["oneOf"]) != 1:
        return False
    if isinstance(data, dict):
        known = schema.get("properties", {})
        if not set(schema.get("required", ())) <= set(data):
            return False
        more = schema.get("additionalProperties", {})
        if more is False and set(data) - set(known):
            return False
        return all(fits(value, known.get(name, more or {}), root) for name, value in data.items())
    if isinstance(data, list):
        return all(fits(one, schema.get("items", {}), root) for one in data)
    return True


def test_a_term_that_changes_nothing_says_how_it_is_written() -> None:
    with pytest.raises(LifecycleError, match=r"as in \{term = \{earn = 1, per = 50\}, times = 2\}"):
        amended(WENHUA, "x", {"points.earn": "{times = 2}"})
