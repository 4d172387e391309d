"""The direction of imports: each room of the inner circle looks only at the rooms above it in the list.

The inner circle does no I/O and knows no clock, no chance and no data frame. The outer circle may look at the inner
one and keeps its optional dependencies to itself. A new room is entered here first, at its place.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

import lifecycle

INNER: Sequence[str] = """
    errors values money dates hours kinds events conditions visits notation machine machines customer facts deadline churn
    rule_text
    tiers points care complaints
    outreach kpi value book benefits life irregular survival retention causes
""".split()
# the packages that a room of the outer circle may use beside those of the inner circle
OUTER = {
    "live": "transitions",
    "books": "",
    "backtesting": "",
    "readers": "narwhals",
    "columns": "numpy narwhals polars pyarrow",
    "spark": "numpy pyarrow pyspark",
    "comparing": "numpy narwhals polars",
    "chance": "",
    "experiments": "statsmodels",
    "forward": "SALib lifelines numpy scipy",
    "dealership": "",
    "testing": "hypothesis pytest",
    "diagrams": "",
    "show": "altair rich vl_convert",
    "wire": "cattrs",
    "demo": "rich",
    "app": "marimo polars",
    "cli": "click narwhals polars rich",
    "__main__": "",
}
# what an inner room may reach for inside a function (or for a type checker only): asked for a picture, for its HTML
# or for a live machine, it hands over to the room that makes it
REACHES = {
    ("machine", "diagrams"),
    ("machine", "live"),
    ("machines", "diagrams"),
    ("benefits", "show"),
    ("book", "show"),
    ("customer", "show"),
    ("deadline", "show"),
    ("events", "show"),
    ("irregular", "show"),
    ("life", "show"),
    ("points", "show"),
    ("retention", "show"),
}

INNER_PACKAGES = {"attr", "attrs", "dateutil"}
CLOCKS = {"now", "today", "utcnow", "utcfromtimestamp", "fromtimestamp", "localtime"}
# modules of the standard library that mean input, output, a clock or chance
BANNED = set(
    "asyncio csv glob http io os pathlib pickle random secrets shutil socket sqlite3 subprocess tempfile time urllib uuid".split()
)
HOME = Path(lifecycle.__file__).parent


class Import(NamedTuple):
    module: str  # dotted, absolute
    line: int
    inside: bool  # inside a function, or not at run time at all


def room(path: Path) -> str:
    return path.relative_to(HOME).parts[0].removesuffix(".py")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(node: ast.AST, package: str, *, inside: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for name in child.names:
                yield Import(name.name, child.lineno, inside)
        elif isinstance(child, ast.ImportFrom):
            start = package.rsplit(".", child.level - 1)[0] if child.level else ""
            module = ".".join(part for part in (start, child.module) if part)
            if module == "lifecycle":
                yield from (Import(f"lifecycle.{name.name}", child.lineno, inside) for name in child.names)
            else:
                yield Import(module, child.lineno, inside)
        else:
            later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or (
                isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
            )
            yield from imports(child, package, inside=inside or later)


def imports_of(path: Path) -> list[Import]:
    package = ".".join(("lifecycle", *path.relative_to(HOME).parts[:-1]))
    return list(imports(tree(path), package))


FILES = sorted(path for path in HOME.rglob("*.py") if path != HOME / "__init__.py")
INNER_FILES = [path for path in FILES if room(path) in INNER]
inner_files = pytest.mark.parametrize("path", INNER_FILES, ids=lambda path: str(path.relative_to(HOME)))


def test_every_room_is_in_the_list() -> None:
    assert {room(path) for path in FILES} <= {*INNER, *OUTER}


@inner_files
def test_an_inner_room_looks_only_upward(path: Path) -> None:
    above = {*INNER[: INNER.index(room(path))], room(path)}
    for found in imports_of(path):
        top, _, rest = found.module.partition(".")
        if top == "lifecycle":
            target = rest.partition(".")[0]
            allowed = target in above or (found.inside and (room(path), target) in REACHES)
            assert allowed, f"{path.name}:{found.line} looks at {target or 'the shop window'}, which is not above it"


@inner_files
def test_an_inner_room_needs_little(path: Path) -> None:
    for found in imports_of(path):
        top = found.module.partition(".")[0]
        place = f"{path.name}:{found.line} imports {found.module}"
        assert top == "lifecycle" or top in INNER_PACKAGES or top in sys.stdlib_module_names, place
        assert top not in BANNED, f"{place}: the inner circle has no I/O, no clock, no chance"


@inner_files
def test_an_inner_room_asks_no_clock_and_opens_no_file(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            place = f"{path.name}:{node.lineno}"
            if isinstance(node.func, ast.Name):
                assert node.func.id not in {"open", "print", "input"}, f"{place} calls {node.func.id}"
            elif isinstance(node.func, ast.Attribute):
                assert node.func.attr not in CLOCKS, f"{place} asks the clock: .{node.func.attr}()"


@pytest.mark.parametrize("path", [p for p in FILES if room(p) in OUTER], ids=lambda path: str(path.relative_to(HOME)))
def test_an_outer_room_keeps_to_its_packages(path: Path) -> None:
    own = set(OUTER[room(path)].split())
    for found in imports_of(path):
        top = found.module.partition(".")[0]
        known = top == "lifecycle" or top in sys.stdlib_module_names or top in INNER_PACKAGES | own
        assert known, f"{path.name}:{found.line} imports {found.module}"


def test_import_lifecycle_loads_nothing_heavy() -> None:
    heavy = ("transitions", "cattrs", "numpy", "polars", "pandas", "narwhals", "pyarrow", "rich", "click", "hypothesis")
    code = f"import sys, lifecycle; print(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_what_the_shop_window_shows_can_be_had() -> None:
    assert not [name for name in lifecycle.__all__ if not hasattr(lifecycle, name)]
    assert set(lifecycle.__all__) <= set(dir(lifecycle))
