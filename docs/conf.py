"""The documentation: Markdown pages, and a page for each room made from its docstrings. Nothing comes from the net."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from importlib.metadata import version as version_of
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import lifecycle
from lifecycle import machines
from lifecycle.kinds import FACTS, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx

HERE = Path(__file__).parent

project = "dealer-lifecycle"
author = "the dealer-lifecycle contributors"
copyright = author
version = release = version_of(project)
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["docutils", "ref.python"]  # docstrings are prose first; a folder shows its rooms' names again

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
add_module_names = False

html_theme = "furo"
html_title = f"dealer-lifecycle {version}"
html_show_sphinx = False
html_copy_source = False

FROM_THE_NET = re.compile(
    rb"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//|"""
    rb"""<link\b(?=[^>]*\brel=["']?(?:stylesheet|pre))[^>]*\bhref=["']?(?:https?:)?//|"""
    rb"""@import\s+(?:url\()?["']?(?:https?:)?//|url\(["']?(?:https?:)?//"""
)


def rooms() -> list[str]:
    """Every module of the package that can be imported here (a cluster's cannot, without its extra)."""
    names = []
    for module in pkgutil.walk_packages(lifecycle.__path__, "lifecycle."):
        if module.name.rpartition(".")[2].startswith("_"):
            continue
        try:
            import_module(module.name)
        except ModuleNotFoundError as missing:
            if (missing.name or "").startswith("lifecycle"):
                raise
            continue
        names.append(module.name)
    return sorted(names)


def write_pages(folder: Path, title: str, pages: dict[str, str]) -> None:
    """The pages and the list of them; what is not among them goes, what is unchanged stays untouched."""
    folder.mkdir(parents=True, exist_ok=True)
    names = "\n".join(pages)
    pages = pages | {"index": f"# {title}\n\n```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n"}
    for page in folder.glob("*.md"):
        if page.stem not in pages:
            page.unlink()
    for name, text in pages.items():
        write(folder / f"{name}.md", text)


def write(page: Path, text: str) -> None:
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def table(head: str, rows: Iterable[Iterable[object]]) -> str:
    lines = [head, re.sub(r"[^|]+", "---", head)]
    for row in rows:
        cells = (str(cell).replace("|", "\\|").replace("*", "\\*").replace("_", "\\_") for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def is_hidden(name: str) -> bool:
    """Whether a public name of the folder above goes by the module's own name; then that one is listed."""
    above, _, last = name.rpartition(".")
    return bool(above) and not isinstance(getattr(import_module(above), last), ModuleType)


def write_rooms(_: Sphinx) -> None:
    pages = {
        name: f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n{'   :no-index:' if is_hidden(name) else ''}\n```\n"
        for name in rooms()
    }
    write_pages(HERE / "reference" / "rooms", "The rooms, one by one · 模块", pages)


def write_events(_: Sphinx) -> None:
    """The one table of events and the one table of facts."""
    kinds = table(
        "| event | 中文 | facts | source |",
        ((kind.name, kind.zh, ", ".join(kind.facts), kind.cite) for kind in KINDS.values()),
    )
    facts = table(
        "| fact | 中文 | type | meaning |",
        (
            (fact.name, fact.zh, " or ".join(fact.choices) or fact.unit or fact.type, fact.meaning)
            for fact in FACTS.values()
        ),
    )
    text = (
        f"# Events and facts · 事件与事实\n\nIn the order in which a day goes.\n\n{kinds}\n## Facts · 事实\n\n{facts}"
    )
    write(HERE / "reference" / "events.md", text)


def write_machines(_: Sphinx) -> None:
    """A page for each machine, with its picture and its rows."""
    folder = HERE / "reference" / "machines"
    folder.mkdir(parents=True, exist_ok=True)
    pages = {}
    for machine in machines.ALL.values():
        write(folder / f"{machine.name}.svg", machine.svg())
        write(folder / f"{machine.name}.zh.svg", machine.svg(zh=True))
        states = table(
            "| state | 中文 | public name | final | source |",
            ((s.name, s.zh, s.public, "yes" if s.final else "", s.cite) for s in machine.states),
        )
        rows = table(
            "| event | guard | from | to | source |",
            ((r.event, r.guard, r.before, "stays" if r.after == "=" else r.after, r.cite) for r in machine.rows),
        )
        kind = "governing" if machine.governing else "observing"
        pages[machine.name] = (
            f"# {machine.name} · {machine.zh}\n\n{machine.doc}\n\nA {kind} machine; starts in `{machine.initial}`. "
            f"Source: {machine.cite}.\n\n![{machine.name}]({machine.name}.svg)\n\n"
            f"[The picture alone · 单独打开]({machine.name}.svg)\n\n"
            f"## States · 状态\n\n{states}\n## Rows · 规则行\n\n{rows}\n## 图\n\n![{machine.zh}]({machine.name}.zh.svg)\n"
        )
    write_pages(folder, "The machines · 状态机", pages)


def as_prose(_app: Sphinx, _what: str, _name: str, _obj: object, _options: Any, lines: list[str]) -> None:
    """A star, a bar or a final underscore in a docstring's prose is that sign, not the start of markup."""
    for number, line in enumerate(lines):
        if line.lstrip().startswith((">>>", "...", ".. ")):
            continue
        pieces = re.split(r"(``.+?``|:\w+:`[^`]+`)", line)
        pieces[::2] = [re.sub(r"([*|])|(?<=\w)_(?=\W|$)", lambda m: "\\" + m[0], piece) for piece in pieces[::2]]
        lines[number] = "".join(pieces)


def stay_local(app: Sphinx, problem: Exception | None) -> None:
    """No page may load anything from the net when it is opened."""
    if problem is None and app.builder.format == "html":
        pages = [path for kind in ("*.html", "*.css") for path in Path(app.outdir).rglob(kind)]
        guilty = [str(path) for path in pages if FROM_THE_NET.search(path.read_bytes())]
        if guilty:
            raise RuntimeError(f"loads something from the net: {', '.join(guilty[:5])}")


def setup(app: Sphinx) -> None:
    for write_them in (write_rooms, write_events, write_machines):
        app.connect("builder-inited", write_them)
    app.connect("autodoc-process-docstring", as_prose)
    app.connect("build-finished", stay_local)
