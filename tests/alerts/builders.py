"""Alerts, channels and databases for the tests of alerts: small builders with the fields that do not matter filled in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlite_utils import Database

from alerts import outbox
from alerts.model import (
    Alert,
    AlertKind,
    Channel,
    Fact,
    Label,
    Links,
    Message,
    Place,
    Quantity,
    Quote,
    Report,
    Severity,
)
from alerts.retry import SendReport
from alerts.schema import migrations
from alerts.transport import Transport

NOW = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
QUOTE = "阿里云计划投资逾4亿元人民币，在柔佛建设数据中心。"
ALIBABA = Label(id="alibaba_cloud", names={"": "Alibaba Cloud", "zh": "阿里云"})
HUAWEI = Label(id="huawei_cloud", names={"": "Huawei Cloud"})
JOHOR = Place(id="MY:Johor", country="MY", names={"": "Johor", "zh": "柔佛"})
CHILE = Place(id="CL", country="CL")


def fact(actor: Label = ALIBABA, place: Place | None = JOHOR, **changes: object) -> Fact:
    values: dict[str, object] = {
        "event": "datacenter",
        "status": "announced",
        "direction": "expansion",
        "actors": (actor,),
        "places": (place,) if place else (),
        "amounts": (Quantity(value=Decimal(400_000_000), unit="CNY", op=">="),),
    }
    return Fact(**(values | changes))  # type: ignore[arg-type]


def alert(alert_id: str = "story-1|new|0|csp", **changes: object) -> Alert:
    values: dict[str, object] = {
        "alert_id": alert_id,
        "thread_id": alert_id.partition("|")[0],
        "kind": AlertKind.NEW_STORY,
        "reason": "alert:new-story",
        "severity": Severity.MEDIUM,
        "watch": "csp-expansion",
        "created_at": NOW,
        "facts": (fact(),),
        "quotes": (
            Quote(
                text=QUOTE,
                language="zh",
                url="https://caixin.example/a",
                outlet="Caixin",
                marks=((0, 3), (8, 14)),
            ),
        ),
        "reports": (report("Caixin", minutes=28), report("heise", minutes=5)),
        "published": NOW - timedelta(minutes=28),
        "links": Links(
            article="https://caixin.example/a",
            log="http://127.0.0.1:8642/a/1",
            useful="http://127.0.0.1:8642/v/1?useful",
            wrong="http://127.0.0.1:8642/v/1?wrong",
            mute="http://127.0.0.1:8642/v/1?mute",
        ),
        "headline": "阿里云扩张",
    }
    return Alert(**(values | changes))  # type: ignore[arg-type]


def report(outlet: str, *, minutes: int = 0, independent: bool = True) -> Report:
    return Report(
        outlet=outlet,
        family=outlet.lower(),
        url=f"https://{outlet.lower()}.example/a",
        title=f"{outlet} reports",
        language="en",
        published=NOW - timedelta(minutes=minutes),
        first_seen=NOW,
        independent=independent,
    )


def channel(name: str = "mail", url: str = "json://127.0.0.1:9/x", **changes: object) -> Channel:
    values: dict[str, object] = {"name": name, "url": url, "layout": "text"}
    return Channel(**(values | changes))  # type: ignore[arg-type]


def opener(path: Path) -> Callable[[], Database]:
    """A function that opens connections to one new outbox, as the application does."""

    def open_db() -> Database:
        db = Database(path)
        db.conn.execute("PRAGMA busy_timeout = 20000")
        db.conn.execute("PRAGMA foreign_keys = ON")
        return db

    db = open_db()
    db.conn.execute("PRAGMA journal_mode = WAL").fetchall()
    migrations.apply(db)
    db.close()
    return open_db


def put(
    open_db: Callable[[], Database], alerts: Sequence[Alert], channels: Sequence[Channel], now: datetime = NOW
) -> None:
    """Queue `alerts`, each in a transaction of its own."""
    db = open_db()
    for one in alerts:
        with outbox.writing(db):
            outbox.enqueue(db, one, channels, now)
    db.close()


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.at = now

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


class ScriptedTransport(Transport):
    """A transport that answers as told and keeps what it was given; the last report stays."""

    def __init__(self, *reports: SendReport) -> None:
        self.reports = list(reports)
        self.sent: list[tuple[str, Message]] = []

    def send(self, message: Message, channel: Channel) -> SendReport:
        self.sent.append((channel.name, message))
        return self.reports.pop(0) if len(self.reports) > 1 else self.reports[0]
