"""The shape of the code: who imports whom, where SQL stands, where clocks are read, how long things are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("crawler", "monitor", "alerts")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

FORBIDDEN_IMPORTS = {
    "crawler": ("monitor", "alerts"),
    "alerts": ("monitor", "crawler"),
    "monitor": (),
}
SQL_MODULES = {
    "monitor/database.py",
    "monitor/schema.py",
    "monitor/schemachanges.py",
    "monitor/articlelog.py",
    "monitor/readinglog.py",
    "monitor/recurringlog.py",
    "monitor/storylog.py",
    "monitor/schedulelog.py",
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
CLOCK_MODULES = {
    "monitor/clock.py",
    "crawler/run.py",
    "crawler/child.py",
    "crawler/middlewares.py",
    "crawler/robots.py",
}
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


def test_sql_stands_only_in_the_rooms_for_it() -> None:
    offenders = []
    for path in MODULES:
        name = name_of(path)
        if name in SQL_MODULES or name.startswith("crawler/"):
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
                offenders.append(f"{name}:{node.lineno}")

    assert not offenders


def test_crawler_has_no_database_at_all() -> None:
    databases = {"sqlite3", "sqlite_utils", "pysqlite3", "apsw"}

    offenders = [
        name_of(path)
        for path in MODULES
        if name_of(path).startswith("crawler/") and imported_packages(tree_of(path)) & databases
    ]

    assert not offenders


def is_clock_read(node: ast.Call) -> bool:
    """datetime.now(), datetime.utcnow(), date.today(), time.time(); time.monotonic() measures and is no clock."""
    function = node.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return False
    return (function.value.id, function.attr) in {
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
    }


def test_clocks_are_read_only_where_it_is_said() -> None:
    offenders = []
    for path in MODULES:
        name = name_of(path)
        if name in CLOCK_MODULES or name.startswith("crawler/spiders/"):
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and is_clock_read(node):
                offenders.append(f"{name}:{node.lineno}")

    assert not offenders


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
