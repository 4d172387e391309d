"""The documentation: Markdown pages, and a page for each room made from its docstrings. Nothing comes from the net."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lifecycle

if TYPE_CHECKING:
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
suppress_warnings = ["docutils"]  # docstrings are prose first, markup second

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


def write_rooms(_: Sphinx) -> None:
    """One page for each room, and the list of them."""
    folder = HERE / "reference" / "rooms"
    folder.mkdir(parents=True, exist_ok=True)
    names = rooms()
    pages = {name: f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n" for name in names}
    toctree = "\n".join(names)
    pages["index"] = f"# The rooms, one by one · 模块\n\n```{{toctree}}\n:maxdepth: 1\n\n{toctree}\n```\n"
    for page in folder.glob("*.md"):
        if page.stem not in pages:
            page.unlink()
    for name, text in pages.items():
        page = folder / f"{name}.md"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


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
    app.connect("builder-inited", write_rooms)
    app.connect("autodoc-process-docstring", as_prose)
    app.connect("build-finished", stay_local)
