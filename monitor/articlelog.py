"""Articles in and out of the log: stored once by url_key, in versions, near copies linked; found by text or id.

All functions that write belong inside `database.writing`. Nothing here decides what an article means.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.items import Article, Completeness
from monitor.database import Value, first, insert, marks, read_time, rows, time_text
from monitor.neardup import COPY_OVERLAP, bands, overlap, signature
from monitor.searching import index_text

if TYPE_CHECKING:
    from sqlite_utils import Database

#: A copy appears within days; older articles are not compared.
COPIES_WITHIN = timedelta(days=14)
_CANDIDATES = 8
#: How much of the article a reading gave, worst first: a worse reading never replaces a better one.
_RANK = {
    Completeness.CONSENT: 0,
    Completeness.PAYWALL: 1,
    Completeness.TEASER: 1,
    Completeness.UNKNOWN: 2,
    Completeness.FEED: 3,
    Completeness.FULL: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """What storing did: `is_new` a first sight, `is_changed` a new text version of a known article."""

    article_id: str
    version: int
    is_new: bool
    is_changed: bool
    copy_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedArticle:
    """An article with its current text, and what the log knows of its outlet.

    `in_index` is False for imported articles: no index of a known source showed them.
    """

    row: int
    article_id: str
    version: int
    url: str
    url_key: str
    title: str
    text: str
    language: str | None
    published: datetime | None
    published_from: str | None
    completeness: str
    source_id: str
    outlet: str
    tier: str
    family: str
    in_index: bool
    first_seen_at: datetime
    baseline: bool
    held: str
    state: str
    attempts: int
    error: str
    copy_of: str | None
    copy_similarity: float | None
    syndicated_from: str | None
    judgement_id: int | None
    fetched_url: str = ""
    author: str | None = None
    extraction: str = ""


_LOGGED = """
SELECT a.id AS row, a.article_id, a.version, a.url, a.url_key, v.title, v.text, a.language, a.published,
       a.published_from, a.completeness, a.source_id, coalesce(nullif(s.name, ''), nullif(a.site_name, ''),
       a.source_id) AS outlet, coalesce(s.tier, 'tech') AS tier,
       coalesce(nullif(s.family, ''), nullif(a.site_name, ''), a.source_id) AS family,
       s.source_id IS NOT NULL AS in_index, a.first_seen_at, a.baseline, a.held, a.state,
       a.attempts, a.error, a.copy_of, a.copy_similarity, a.syndicated_from, a.judgement_id, a.fetched_url,
       a.author, v.extraction
FROM article AS a
JOIN article_version AS v USING (article_id, version)
LEFT JOIN source AS s USING (source_id)
"""


def article_id_of(url_key: str) -> str:
    """The id of the article with this url_key: the same in every log."""
    return "a" + hashlib.sha256(url_key.encode("utf-8", "replace")).hexdigest()[:16]


def store_article(
    db: Database, article: Article, now: datetime, *, baseline: bool = False, held: str = ""
) -> StoredArticle:
    """Store `article`; a known one gets a new version when its title or text changed, and is judged again.

    Idempotent by url_key: the same article stored twice changes nothing but `last_seen_at`.
    """
    known = first(
        db,
        "SELECT a.id, a.article_id, a.version, a.completeness, a.copy_of, v.text_hash FROM article AS a"
        " JOIN article_version AS v USING (article_id, version) WHERE a.url_key = ?",
        [article.url_key],
    )
    if known is None:
        return _store_new(db, article, now, baseline=baseline, held=held)
    article_id, version = str(known["article_id"]), int(str(known["version"]))
    copy_of = str(known["copy_of"]) if known["copy_of"] else None
    same = known["text_hash"] == _text_hash(article)
    worse = _RANK[article.completeness] < _RANK[Completeness(str(known["completeness"]))]
    db.conn.execute("UPDATE article SET last_seen_at = ? WHERE article_id = ?", [time_text(now), article_id])
    if same or worse:
        return StoredArticle(
            article_id=article_id, version=version, is_new=False, is_changed=False, copy_of=copy_of
        )
    _store_edit(db, article, known, version + 1)
    return StoredArticle(
        article_id=article_id, version=version + 1, is_new=False, is_changed=True, copy_of=copy_of
    )


def next_unjudged(db: Database) -> LoggedArticle | None:
    """The next article to judge: by date of publication, then arrival; undated ones last."""
    # Two questions, because one that puts NULL last would sort the whole backlog for every article.
    return _logged(
        db, "WHERE a.state = 'new' AND a.published IS NOT NULL ORDER BY a.published, a.id LIMIT 1", []
    ) or _logged(db, "WHERE a.state = 'new' AND a.published IS NULL ORDER BY a.id LIMIT 1", [])


def get_article(db: Database, article_id: str) -> LoggedArticle | None:
    """The article with this id."""
    return _logged(db, "WHERE a.article_id = ?", [article_id])


def find_article(db: Database, named: str, url_key: str = "") -> LoggedArticle | None:
    """The article named by its id (or an unambiguous beginning of it), its URL or its url_key."""
    exact = _logged(
        db,
        "WHERE a.article_id = ? OR a.url_key IN (?, ?) OR a.url = ? ORDER BY a.id LIMIT 1",
        [named, named, url_key or named, named],
    ) or _logged(
        db,
        "WHERE a.article_id = (SELECT article_id FROM article WHERE fetched_url = ? ORDER BY id LIMIT 1)",
        [named],
    )
    if exact is not None or len(named) < 5 or not named.startswith("a"):
        return exact
    found = rows(
        db,
        "SELECT article_id FROM article WHERE article_id >= ? AND article_id < ? LIMIT 2",
        [named, named + "g"],
    )
    return get_article(db, str(found[0]["article_id"])) if len(found) == 1 else None


def get_version(db: Database, article_id: str, version: int) -> tuple[str, str] | None:
    """Title and text of one version."""
    row = first(
        db,
        "SELECT title, text FROM article_version WHERE article_id = ? AND version = ?",
        [article_id, version],
    )
    return (str(row["title"]), str(row["text"])) if row else None


def forget_old_bands(db: Database, before: datetime) -> int:
    """Drop the near-copy index of articles first seen before `before`: nothing is compared with them any more."""
    row = first(db, "SELECT max(id) AS id FROM article WHERE first_seen_at < ?", [time_text(before)])
    if row is None or row["id"] is None:
        return 0
    return int(db.conn.execute("DELETE FROM near_band WHERE id <= ?", [row["id"]]).rowcount)


def _store_new(db: Database, article: Article, now: datetime, *, baseline: bool, held: str) -> StoredArticle:
    article_id = article_id_of(article.url_key)
    packed = signature(article.text)
    copy = _near_copy(db, packed, article.text, now - COPIES_WITHIN) if packed else None
    row = _article_row(article) | {
        "article_id": article_id,
        "url_key": article.url_key,
        "source_id": article.source_id,
        "copy_of": copy[0] if copy else None,
        "copy_similarity": copy[1] if copy else None,
        "version": 1,
        "first_seen_at": time_text(now),
        "last_seen_at": time_text(now),
        "baseline": int(baseline),
        "held": held,
        "state": "new",
    }
    insert(db, "article", row)
    row_id = int(db.conn.execute("SELECT last_insert_rowid()").fetchone()[0])
    _store_version(db, article, article_id, 1, packed)
    _index(db, row_id, article)
    _store_bands(db, row_id, packed)
    return StoredArticle(
        article_id=article_id, version=1, is_new=True, is_changed=False, copy_of=copy[0] if copy else None
    )


def _store_edit(db: Database, article: Article, known: dict[str, Value], version: int) -> None:
    row_id, article_id = int(str(known["id"])), str(known["article_id"])
    packed = signature(article.text)
    _store_version(db, article, article_id, version, packed)
    # What the new reading does not say (a date, an author) stays as it was.
    read = {name: value for name, value in _article_row(article).items() if value is not None}
    row = read | {"version": version, "state": "new", "attempts": 0}
    names = ", ".join(f'"{name}" = ?' for name in row)
    db.conn.execute(f"UPDATE article SET {names} WHERE id = ?", [*row.values(), row_id])
    db.conn.execute("DELETE FROM article_fts WHERE rowid = ?", [row_id])
    _index(db, row_id, article)
    old = db.conn.execute(
        "SELECT signature FROM article_version WHERE article_id = ? AND version = ?",
        [article_id, version - 1],
    ).fetchone()[0]
    if old is not None:
        stale = bands(old)
        db.conn.execute(f"DELETE FROM near_band WHERE id = ? AND band IN ({marks(stale)})", [row_id, *stale])
    _store_bands(db, row_id, packed)


def _article_row(article: Article) -> dict[str, Value]:
    """The columns that every reading of the article sets."""
    return {
        "url": article.url,
        "fetched_url": article.fetched_url,
        "title": article.title,
        "language": article.language,
        "author": article.author,
        "published": time_text(article.published) if article.published else None,
        "published_from": article.published_from.value if article.published_from else None,
        "modified": time_text(article.modified) if article.modified else None,
        "modified_from": article.modified_from.value if article.modified_from else None,
        "completeness": article.completeness.value,
        "summary": article.summary,
        "site_name": article.site_name,
        "section": article.section,
        "syndicated_from": article.syndicated_from,
        "characters": len(article.text),
    }


def _store_version(
    db: Database, article: Article, article_id: str, version: int, packed: bytes | None
) -> None:
    insert(
        db,
        "article_version",
        {
            "article_id": article_id,
            "version": version,
            "title": article.title,
            "text": article.text,
            "text_hash": _text_hash(article),
            "extraction": article.extraction,
            "link_density": article.link_density,
            "encoding_doubtful": int(article.encoding_doubtful or "\ufffd" in article.title + article.text),
            "fetched_at": time_text(article.fetched_at),
            "signature": packed,
        },
    )


def _index(db: Database, row_id: int, article: Article) -> None:
    db.conn.execute(
        "INSERT INTO article_fts (rowid, title, text) VALUES (?, ?, ?)",
        [row_id, index_text(article.title), index_text(article.text)],
    )


def _store_bands(db: Database, row_id: int, packed: bytes | None) -> None:
    if packed is not None:
        db.conn.executemany(
            "INSERT OR IGNORE INTO near_band (band, id) VALUES (?, ?)",
            [(band, row_id) for band in bands(packed)],
        )


def _near_copy(db: Database, packed: bytes, text: str, since: datetime) -> tuple[str, float] | None:
    """Id and overlap of the article that this text copies: the first of its copies, not the nearest."""
    wanted = bands(packed)
    candidates = rows(
        db,
        "SELECT a.article_id, a.copy_of, v.text FROM"
        f" (SELECT id, count(*) AS shared FROM near_band WHERE band IN ({marks(wanted)}) GROUP BY id"
        f" ORDER BY shared DESC, id LIMIT {_CANDIDATES}) AS n"
        " JOIN article AS a ON a.id = n.id JOIN article_version AS v USING (article_id, version)"
        " WHERE a.first_seen_at >= ? ORDER BY n.shared DESC, a.id",
        [*wanted, time_text(since)],
    )
    for candidate in candidates:
        shared = overlap(text, str(candidate["text"]))
        if shared >= COPY_OVERLAP:
            return str(candidate["copy_of"] or candidate["article_id"]), round(shared, 3)
    return None


def _text_hash(article: Article) -> str:
    return hashlib.sha256(f"{article.title}\n{article.text}".encode("utf-8", "replace")).hexdigest()


def _logged(db: Database, where: str, parameters: list[Value]) -> LoggedArticle | None:
    row = first(db, _LOGGED + where, parameters)
    if row is None:
        return None
    published, first_seen = read_time(row["published"]), read_time(row["first_seen_at"])
    assert first_seen is not None
    values: dict[str, object] = dict(row)
    values |= {"published": published, "first_seen_at": first_seen, "baseline": bool(row["baseline"])}
    values["in_index"] = bool(row["in_index"])
    return LoggedArticle(**values)  # type: ignore[arg-type]  # STRICT columns hold what _LOGGED selects
