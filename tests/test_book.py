"""A book is a value; an amended edition is another, and what differs can be said."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from lifecycle import InactiveFor, LifecycleError, all_visits
from lifecycle.books import WENHUA
from lifecycle.tiers import Tiers


def test_amending_makes_a_new_edition_and_leaves_the_base_alone() -> None:
    before = repr(WENHUA)
    strict = WENHUA.amend("nine months", **{"churn.lost": InactiveFor(months=9).counting(all_visits)})
    assert (strict.edition, strict.based_on) == ("nine months", WENHUA.edition)
    assert repr(WENHUA) == before
    assert str(strict.diff(WENHUA)) == "churn.lost.months: 12 → 9"
    assert strict.amend("again", **{"churn.lost.months": 12}) == WENHUA.amend(
        "again", **{"readings.service_repeats": False}
    )


def test_a_book_does_not_differ_from_itself() -> None:
    assert not WENHUA.diff(WENHUA)
    assert str(WENHUA.diff(WENHUA)) == "nothing differs"


@pytest.mark.parametrize(
    "changes",
    [
        {"churn.lost.months": 9},
        {"churn.lost": InactiveFor(months=9).counting(all_visits), "readings.call_attempts": 5},
        {"benefits.discounts.1.percent": 20, "points.earn.terms.0.per": 25},
        {"benefits.discounts": WENHUA.benefits.discounts[:1], "churn.at_risk.months": 3},
    ],
)
def test_what_differs_is_what_amend_takes(changes: dict[str, Any]) -> None:
    other = WENHUA.amend("other", **changes)
    told = {change.path: change.after for change in other.diff(WENHUA)}
    assert len(told) == len(changes)
    assert WENHUA.amend("other", **told) == other
    back = {change.path: change.before for change in other.diff(WENHUA)}
    assert not other.amend(WENHUA.edition, **back).diff(WENHUA)


def test_several_changes_are_validated_as_a_whole_or_not_made() -> None:
    both = {"churn.at_risk.months": 14, "churn.lost.months": 18}
    assert WENHUA.amend("later", **both).churn.lost.months == 18  # type: ignore[attr-defined]
    with pytest.raises(LifecycleError, match="at_risk"):
        WENHUA.amend("wrong way round", **{"churn.at_risk.months": 14})


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("churn.lots", "churn.lost"),
        ("chrun.lost", "churn"),
        ("churn.lost.month", "churn.lost.months"),
        ("churn.lost.months.days", "replace churn.lost.months as a whole"),
        ("based_on", "first argument"),
        ("sources", "first argument"),
    ],
)
def test_a_misspelt_path_names_its_neighbours(path: str, said: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        WENHUA.amend("x", **{path: 3})
    assert said in str(caught.value)
    assert str(caught.value.argument) in path


def test_a_path_and_one_below_it_are_not_amended_together() -> None:
    for paths in (["churn", "churn.lost"], ["churn.lost", "churn"]):
        with pytest.raises(LifecycleError, match="churn"):
            WENHUA.amend("x", **dict.fromkeys(paths, WENHUA.churn))


def test_a_book_may_have_tiers_and_another_edition_others() -> None:
    gold = Tiers({"gold": 50_000}, months=12)
    assert WENHUA.tiers is None, "the sources give no thresholds"
    book = WENHUA.amend("with tiers", tiers=gold)
    assert str(book.diff(WENHUA)) == f"tiers: None → {gold!r}"
    assert book != WENHUA
    assert hash(book) == hash(WENHUA.amend("with tiers", tiers=Tiers({"gold": 50_000}, months=12)))
    longer = book.amend("longer", **{"tiers.months": 24})
    assert str(longer.diff(book)) == "tiers.months: 12 → 24"
    with pytest.raises(LifecycleError, match=r"Book\(tiers='gold'\) is no Tiers"):
        WENHUA.amend("wrong", tiers="gold")
    with pytest.raises(LifecycleError, match="which has no parts"):
        WENHUA.amend("wrong", **{"tiers.months": 24})


def test_a_book_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(WENHUA)) == WENHUA


def test_every_source_of_a_book_names_a_path_that_exists() -> None:
    for path in WENHUA.sources:
        value: object = WENHUA
        for name in path.split("."):
            value = getattr(value, name)
