"""docs/log.md speaks of the tables that there are."""

from __future__ import annotations

import re
from pathlib import Path

from monitor.database import open_database, rows

DOCS = Path(__file__).resolve().parents[2] / "docs" / "log.md"


def test_every_table_of_the_log_is_explained(tmp_path: Path) -> None:
    db = open_database(tmp_path / "log.db")
    text = DOCS.read_text(encoding="utf-8")
    tables = {
        str(row["name"])
        for row in rows(
            db,
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual', 'view')",
        )
        if not re.match(r"sqlite_|_sqlite|article_fts_", str(row["name"]))
    }
    assert {
        table for table in tables if not re.search(rf"^### .*\b{table}\b|`{table}`", text, re.MULTILINE)
    } == set()
    db.close()


def test_query_of_the_docs_runs(tmp_path: Path) -> None:
    db = open_database(tmp_path / "log.db")
    queries = re.findall(r"```sql\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert queries
    for query in queries:
        db.execute(query).fetchall()
    db.close()
