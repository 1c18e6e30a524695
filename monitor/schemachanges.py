"""The log as first laid out in, its later steps out: append-only migrations that follow those of monitor/schema.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.schema import migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["migrations"]


@migrations()
def m002_certificates(db: Database) -> None:
    """A source may be read although its certificate is not valid."""
    db.execute("ALTER TABLE source ADD COLUMN verify_certificate INTEGER NOT NULL DEFAULT 1")


@migrations()
def m003_rereading(db: Database) -> None:
    """Edits are found by the index's date of change; what recurs in a source's texts is remembered."""
    db.execute("ALTER TABLE seen ADD COLUMN modified TEXT")  # as the index gave it when the article was read
    db.execute(
        "CREATE TABLE recurring ("
        " source_id TEXT NOT NULL REFERENCES source (source_id),"
        " paragraph TEXT NOT NULL,"  # hash of a paragraph that recurs in its articles and is no text of them
        " seen_at TEXT NOT NULL,"  # to the day
        " PRIMARY KEY (source_id, paragraph)) STRICT, WITHOUT ROWID"
    )


@migrations()
def m004_local_files(db: Database) -> None:
    """The versions of the files of [detect] local that count, so that a file that fails has its last good one."""
    db.execute(
        "CREATE TABLE local_file ("
        " path TEXT PRIMARY KEY,"
        " position INTEGER NOT NULL,"  # order in which the files count
        " content BLOB,"  # what is in force; NULL: nothing of it, or it is the configuration
        " good INTEGER NOT NULL,"  # 1: in force without any problem
        " since TEXT,"
        " problems TEXT NOT NULL,"  # JSON list of place, message, remedy: why a newer version was refused
        " refused_at TEXT) STRICT, WITHOUT ROWID"
    )


@migrations()
def m004_site_files(db: Database) -> None:
    """What sites ask of machines (robots.txt, tdmrep.json) is kept over polls."""
    db.execute(
        "CREATE TABLE site_file ("
        " origin TEXT NOT NULL,"  # https://outlet.example
        " kind TEXT NOT NULL,"  # robots, tdmrep
        " read_at TEXT NOT NULL,"  # when the site last said so
        " due_at TEXT NOT NULL,"  # until then it is not asked again
        " is_there INTEGER NOT NULL,"  # 0: the site has no such file
        " body BLOB NOT NULL,"
        " etag TEXT,"
        " last_modified TEXT,"
        " PRIMARY KEY (origin, kind)) STRICT"
    )
    db.execute(
        "CREATE TABLE site_use ("
        " source_id TEXT NOT NULL REFERENCES source (source_id),"
        " origin TEXT NOT NULL,"
        " PRIMARY KEY (source_id, origin)) STRICT, WITHOUT ROWID"
    )


@migrations()
def m005_ledger(db: Database) -> None:
    """The totals of the ledger come out of indexes alone; the log tells when the text of an article was pruned."""
    db.execute(
        "CREATE INDEX finding_ledger ON finding"
        " (article_id, current, news, event, direction, country, actor, money_usd) WHERE current"
    )
    db.execute("DROP INDEX finding_article")  # the new one begins with the same column
    db.execute("CREATE INDEX article_day ON article (article_id, coalesce(published, first_seen_at))")
    db.execute("CREATE INDEX story_article_of ON story_article (article_id, story_id)")
    db.execute("ALTER TABLE article_version ADD COLUMN pruned_at TEXT")
