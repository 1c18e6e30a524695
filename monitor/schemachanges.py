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


@migrations()
def m006_ledger_columns(db: Database) -> None:
    """A finding knows its day and its story, so that the totals of the ledger are one walk along one index.

    Triggers keep both, whoever writes the article, its story or the finding first.
    """
    db.execute("ALTER TABLE finding ADD COLUMN article_no INTEGER NOT NULL DEFAULT 0")  # article.id
    db.execute("ALTER TABLE finding ADD COLUMN day TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE finding ADD COLUMN told TEXT NOT NULL DEFAULT ''")
    article = "SELECT id, substr(coalesce(published, first_seen_at), 1, 10) FROM article"
    story = "SELECT story_id FROM story_article WHERE article_id = {row}article_id"
    columns = (
        f"(article_no, day) = ({article} WHERE article_id = {{row}}article_id),"
        f" told = coalesce(({story}), {{row}}article_id)"
    )
    db.execute(f"UPDATE finding SET {columns.format(row='finding.')}")
    db.execute(
        "CREATE TRIGGER finding_told AFTER INSERT ON finding BEGIN"
        f" UPDATE finding SET {columns.format(row='NEW.')} WHERE id = NEW.id; END"
    )
    of_article = "UPDATE finding SET {change} WHERE current AND article_id = {row}.article_id; END"
    for event, row, told in (
        ("INSERT", "NEW", "NEW.story_id"),
        ("UPDATE OF story_id", "NEW", "NEW.story_id"),
        ("DELETE", "OLD", "OLD.article_id"),
    ):
        db.execute(
            f"CREATE TRIGGER story_article_{event.split()[0].lower()} AFTER {event} ON story_article BEGIN "
            + of_article.format(change=f"told = {told}", row=row)
        )
    db.execute(
        "CREATE TRIGGER article_published AFTER UPDATE OF published ON article BEGIN "
        + of_article.format(
            change="day = substr(coalesce(NEW.published, NEW.first_seen_at), 1, 10)", row="NEW"
        )
    )
    for index in ("finding_ledger", "story_article_of", "article_day"):
        db.execute(f"DROP INDEX {index}")
    db.execute(
        "CREATE INDEX finding_ledger ON finding"
        " (told, event, country, actor, current, news, day, direction, status, money_usd, article_no)"
        " WHERE current"
    )
    db.execute("CREATE INDEX finding_article ON finding (article_id) WHERE current")


@migrations()
def m007_source_reading(db: Database) -> None:
    """How reading a source goes by its latest articles: well, teasers only, or unlike before (drift)."""
    db.execute(
        "CREATE TABLE source_reading ("
        " source_id TEXT PRIMARY KEY REFERENCES source (source_id),"
        " reading TEXT NOT NULL,"  # well, teasers, drift
        " detail TEXT NOT NULL,"  # a sentence that says what is wrong
        " since TEXT NOT NULL,"
        " habit TEXT NOT NULL) STRICT, WITHOUT ROWID"  # JSON: what its texts were like before the trouble
    )


@migrations()
def m008_link_density(db: Database) -> None:
    """How much of a text stood in links: where that grows, a list of links is taken for the article."""
    db.execute("ALTER TABLE article_version ADD COLUMN link_density REAL NOT NULL DEFAULT 0")
