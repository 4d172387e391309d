"""``lifecycle demo``: the main job, on a real purchase log and on a synthetic dealership, with pictures and a page.

In: nothing but what is installed. Out: tables on the console and files in a folder; :func:`run_demo` gives all figures.
Next room: :mod:`lifecycle.cli`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from attrs import frozen
from rich.console import Console
from rich.text import Text

from lifecycle.demo.house import WRONG_ROWS, House, run_house
from lifecycle.demo.pictures import draw
from lifecycle.demo.purchases import Purchases, run_purchases
from lifecycle.demo.report import report
from lifecycle.demo.telling import tell_house, tell_purchases, tries, written_lines
from lifecycle.errors import LifecycleError

__all__ = ["Demo", "run_demo"]


@frozen
class Demo:
    """All that the demo found, and what it wrote."""

    purchases: Purchases | None
    """None where the purchase log is not installed; ``missing`` then says how to get it."""
    missing: str
    house: House
    written: Mapping[str, str]
    """File → what is in it."""


def run_demo(out: Path, console: Console, watched: Console) -> Demo:
    """Run everything: tables to ``console``, progress to ``watched``, files into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    purchases: Purchases | None = None
    missing = ""
    try:
        purchases = run_purchases(watched)
    except LifecycleError as error:
        if error.argument != "package":
            raise
        missing = str(error)
        console.print(Text(missing, style="yellow"), soft_wrap=True)
    else:
        for thing in tell_purchases(purchases):
            console.print(thing)
    console.print()
    sample = out / "sample"
    write_sample(sample)
    house = run_house(sample, watched)
    for thing in tell_house(house):
        console.print(thing)
    written = write_pages(out, purchases, house, missing)
    console.print()
    for line in written_lines(out, written):
        console.print(line)
    console.print(Text.assemble("\n", ("Try next  试试看", "bold")))
    for command in tries(out, purchases.path if purchases else None, str(house.on)):
        console.print(Text(f"  {command}"), soft_wrap=True)
    return Demo(purchases, missing, house, written)


def write_sample(folder: Path) -> None:
    """The shipped export of the sample dealership, copied to where one can look at it and change it."""
    if folder.exists():
        shutil.rmtree(folder)
    with resources.as_file(resources.files("lifecycle") / "data" / "sample") as shipped:
        shutil.copytree(shipped, folder)


def write_pages(out: Path, purchases: Purchases | None, house: House, missing: str = "") -> dict[str, str]:
    """The page and the pictures; gives each file and what is in it."""
    drawn = draw()
    for one in drawn:
        (out / f"{one.name}.svg").write_text(one.svg, encoding="utf-8")
        (out / f"{one.name}.zh.svg").write_text(one.svg_zh, encoding="utf-8")
    (out / "wrong.csv").write_text(WRONG_ROWS, encoding="utf-8")
    (out / "index.html").write_text(report(purchases, house, drawn, missing), encoding="utf-8")
    names = ", ".join(one.name for one in drawn)
    return {
        "index.html": "both runs, one life, the machines, the problems: open it in a browser 用浏览器打开",
        "*.svg": f"the machines {names}, also in Chinese (*.zh.svg)",
        "sample": "the synthetic export with Chinese headers 样例数据",
        "wrong.csv": "rows that are wrong on purpose 故意写错的行",
    }
