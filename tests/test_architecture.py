"""The shape of the code: who imports whom, where SQL stands, where clocks are read, how long things are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("crawler", "monitor", "alerts")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MODULE_NAMES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES
}

FORBIDDEN_IMPORTS = {
    "crawler": ("monitor", "alerts"),
    "alerts": ("monitor", "crawler"),
    "monitor": (),
}
SQL_MODULES = {
    "monitor/database.py",
    "monitor/schema.py",
    "monitor/articlelog.py",
    "monitor/articlestates.py",
    "monitor/readinglog.py",
    "monitor/recurringlog.py",
    "monitor/storylog.py",
    "monitor/schedulelog.py",
    "monitor/seenlog.py",
    "monitor/sitelog.py",
    "monitor/sourcelog.py",
    "monitor/judgementlog.py",
    "monitor/listing.py",
    "monitor/localfilelog.py",
    "monitor/runlog.py",
    "monitor/verdicts.py",
    "monitor/pruning.py",
    "monitor/backup.py",
    "monitor/review/ledgerqueries.py",
    "monitor/review/queries.py",
    "alerts/outbox.py",
    "alerts/schema.py",
    "alerts/silences.py",
    "alerts/bundles.py",
    "alerts/queue.py",
    "alerts/pruning.py",
    "alerts/rows.py",
    "alerts/breaker.py",
}
CLOCK_MODULES = {"monitor/clock.py", "crawler/run.py"}  # and what the crawl process runs: crawler/spiders
SQL = re.compile(
    r"^\s*(select\s.+\sfrom|insert\s+(or\s+\w+\s+)?into|update\s+\w+\s+set|delete\s+from|create\s+(table|index|virtual|trigger|view)|pragma\s|begin\s+immediate)",
    re.IGNORECASE | re.DOTALL,
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_packages(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_star_is_kept(path: Path) -> None:
    package = name_of(path).split("/")[0]

    strangers = imported_packages(tree_of(path)) & set(FORBIDDEN_IMPORTS[package])

    assert not strangers, f"{name_of(path)} imports {', '.join(strangers)}"


def has_sql(path: Path) -> bool:
    """Whether a statement stands in it, or something is executed."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            return True
        if isinstance(node, ast.Attribute) and node.attr in {"execute", "executemany", "executescript"}:
            return True
    return False


def test_sql_stands_only_in_the_rooms_for_it() -> None:
    assert {name_of(path) for path in MODULES if has_sql(path)} == SQL_MODULES


def test_crawler_has_no_database_at_all() -> None:
    databases = {"sqlite3", "sqlite_utils", "pysqlite3", "apsw"}

    offenders = [
        name_of(path)
        for path in MODULES
        if name_of(path).startswith("crawler/") and imported_packages(tree_of(path)) & databases
    ]

    assert not offenders


def is_clock(node: ast.AST) -> bool:
    """datetime.now and its like, called or passed on; time.monotonic measures and is no clock."""
    if not isinstance(node, ast.Attribute):
        return False
    owner = ast.unparse(node.value).rpartition(".")[2]
    return (owner, node.attr) in {
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
        ("time", "localtime"),
        ("time", "gmtime"),
    }


def test_clocks_are_read_only_where_it_is_said() -> None:
    reading = {name_of(path) for path in MODULES if any(map(is_clock, ast.walk(tree_of(path))))}

    assert {name for name in reading if not name.startswith("crawler/spiders/")} == CLOCK_MODULES


def runtime_imports(tree: ast.Module) -> set[str]:
    """Modules of ours that are loaded with this one: what stands in functions, or is there for types only, is not."""
    found = set()
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULE_NAMES else node.module for name in names}
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif isinstance(node, ast.If | ast.Try | ast.With):
            waiting += node.body
    return found


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = {
        name: (runtime_imports(tree_of(path)) & MODULE_NAMES.keys()) - {name}
        for name, path in MODULE_NAMES.items()
    }

    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
    assert len(order) == len(MODULES)


def test_what_calls_itself_pure_loads_neither_database_nor_network() -> None:
    rooms = {name.removesuffix(".py").replace("/", ".") for name in SQL_MODULES}
    outside = {
        "sqlite_utils",
        "sqlite3",
        "pysqlite3",
        "requests",
        "apprise",
        "scrapy",
        "twisted",
        "socket",
        "subprocess",
    }

    pure, offenders = 0, []
    for path in MODULES:
        tree = tree_of(path)
        if re.search(r"\bPure\b", ast.get_docstring(tree) or ""):
            pure += 1
            loaded = runtime_imports(tree)
            strangers = (loaded & rooms) | {name for name in loaded if name.split(".")[0] in outside}
            offenders += [f"{name_of(path)} imports {name}" for name in sorted(strangers)]

    assert not offenders
    assert pure > 100


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_says_what_room_it_is_and_stays_small(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if not source.strip():
        return
    tree = ast.parse(source)

    assert ast.get_docstring(tree), f"{name_of(path)} does not say what room it is"
    assert source.count("\n") <= 400, f"{name_of(path)} has {source.count(chr(10))} lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno
            assert length <= 60, f"{name_of(path)}: {node.name} has {length} lines"


def test_command_line_starts_without_the_heavy_libraries() -> None:
    program = "import sys, monitor.cli; print(' '.join(sorted(sys.modules)))"

    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()

    heavy = {
        "scrapy",
        "twisted",
        "trafilatura",
        "apprise",
        "datasette",
        "lxml",
        "sqlite_utils",
        "yaml",
        "pydantic",
    }
    assert not heavy & {name.split(".")[0] for name in loaded}


def test_nothing_names_a_place_outside_the_project() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    forbidden = re.compile("/" + "work/|pypi" + r"\.org|files\.python" + "hosted|registry\\.npm" + "js")

    offenders = []
    for name in tracked.splitlines():
        path = ROOT / name
        if path.suffix in {".png", ".gz", ".jpg", ".woff2", ".ico"} or not path.exists():
            continue
        if forbidden.search(path.read_text(encoding="utf-8", errors="replace")):
            offenders.append(name)

    assert not offenders
