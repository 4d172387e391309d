"""The numbers that code and tests cite lead somewhere: to the handbook and to the laws."""

import re
from pathlib import Path

import lifecycle

DOCS = Path(__file__).parents[1] / "docs"
FACTS = {
    *(f"K{n}" for n in range(1, 20)),
    *(f"W{n}" for n in range(1, 20) if n not in (8, 10)),  # the sources' own numbering has no W8
    *(f"W10{letter}" for letter in "abcdefghij"),
    *(f"V1{letter}" for letter in "abcde"),
    *("V2", "V3", "V4a", "V4b"),
    *(f"S{n}" for n in range(1, 7)),
    *(f"R{n}" for n in range(1, 12)),
}
LAWS = {
    *(f"{kind}{n}" for kind, last in (("LT", 2), ("LM", 4), ("LC", 8), ("LP", 19)) for n in range(1, last + 1)),
    *(f"{kind}{n}" for kind, last in (("LK", 7), ("LS", 4), ("LI", 2), ("LW", 3)) for n in range(1, last + 1)),
}


def told(page: str) -> list[str]:
    """The numbers that a page defines: those at the start of a bold passage that begins a line or a table's row."""
    return re.findall(r"^(?:\| )?\*\*([A-Z]{1,2}\d+[a-j]?)\b", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_handbook_tells_every_fact_once() -> None:
    assert sorted(told("handbook.md")) == sorted(FACTS)


def test_every_law_is_told_once() -> None:
    assert sorted(told("laws.md")) == sorted(LAWS)


def test_what_the_library_cites_can_be_looked_up() -> None:
    lost = []
    for path in Path(lifecycle.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        cited = set(re.findall(r"\b(?:[KW]\d{1,2}[a-j]?|V[1-4][a-e]|L[TMCPKSIW]\d{1,2})\b", text))
        lost += [f"{path.name}: {number}" for number in sorted(cited - FACTS - LAWS - {"W10"})]
    assert not lost, lost
