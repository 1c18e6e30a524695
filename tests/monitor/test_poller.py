"""The polling loop over hours: the real poller, engine and log on a clock that the test moves."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.items import CrawlLimits, CrawlOrder, CrawlReport, SourceReport
from crawler.outcomes import Outcome
from crawler.sources import Source
from monitor.budget import Budget, polls_within
from monitor.database import open_database, rows, writing
from monitor.engine import Engine, OnSource
from monitor.poller import Poller
from monitor.schedulelog import Spending, prune_fetches
from monitor.sourcelog import due_sources, store_sources
from tests.clocks import HandClock
from tests.fakes import NOW, make_source, new_log
from tests.monitor.outlet_world import TICK, answered, hourly, rig

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)


@pytest.mark.slow
def test_three_hundred_sources_that_were_down_come_back_little_by_little(tmp_path: Path) -> None:
    down_from, up_from = NOW + HOUR, NOW + 3 * HOUR

    def answer(source: Source, now: datetime) -> SourceReport:
        if down_from <= now < up_from:
            return answered(source, now, Outcome.UNREACHABLE)
        return hourly(source, now)

    with rig(tmp_path, 300, answer=answer) as world:
        world.run(2 * HOUR, tick=MINUTE)
        world.clock.move(HOUR)  # the machine stood still while the network came back
        world.run(20 * MINUTE, tick=TICK)
        asked = world.world.requests

    back = [request for request in asked if request.at >= up_from]
    first: dict[str, datetime] = {}
    for request in back:
        first.setdefault(request.source_id, request.at)
    per_tick = Counter(first.values())
    assert len(first) == 300
    assert max(first.values()) - min(first.values()) >= MINUTE
    assert max(per_tick.values()) <= 32
    while_down = Counter(request.source_id for request in asked if down_from <= request.at < up_from)
    assert max(while_down.values()) <= 8  # failures back off


def test_two_sources_of_one_host_are_never_asked_at_the_same_time(tmp_path: Path) -> None:
    clock, together, most = HandClock(NOW), Counter[str](), Counter[str]()
    lock = threading.Lock()

    def crawl(
        order: CrawlOrder, on_source: OnSource | None = None, *, stop: threading.Event | None = None
    ) -> CrawlReport:
        hosts = {item.source.url.split("/")[2] for item in order.sources}
        with lock:
            together.update(hosts)
            most.update(dict.fromkeys(hosts, 0))
            for host in hosts:
                most[host] = max(most[host], together[host])
        threading.Event().wait(0.05)
        with lock:
            together.subtract(hosts)
        reports = tuple(answered(item.source, clock.now(), Outcome.UNCHANGED) for item in order.sources)
        for report in reports:
            assert on_source is not None
            on_source(report)
        return CrawlReport(order_id=order.order_id, started_at=NOW, finished_at=NOW, sources=reports)

    sources = [
        make_source(f"s{number}", url=f"https://host{number % 3}.example/{number}.xml")
        for number in range(18)
    ]
    engine = Engine(crawls=4, stop=threading.Event(), crawl=crawl)
    with closing(new_log(tmp_path, *sources)) as db:
        poller = Poller(
            lambda: open_database(tmp_path / "cspwatch.db"),
            engine,
            limits=CrawlLimits(),
            clock=clock,
            crawls=4,
            sources_per_crawl=2,
        )
        while poller.poll(db) or poller.busy:
            poller.wait(timeout=1)
        polled = rows(db, "SELECT count(DISTINCT source_id) AS n FROM poll")
    engine.close(wait=True)

    assert polled == [{"n": 18}]
    assert set(most.values()) == {1}


def test_first_run_and_once_wait_for_nothing(tmp_path: Path) -> None:
    with rig(tmp_path, 60) as world:
        world.tick()
        assert len(world.world.requests) == 24  # what two crawls of twelve hold at once
        while world.poller.poll(world.db) or world.poller.busy:
            world.poller.wait(timeout=5)

        assert len(world.world.requests) == 60

        world.clock.move(DAY)
        while world.poller.poll(world.db) or world.poller.busy:
            world.poller.wait(timeout=5)
        assert len(world.world.requests) == 120


def test_restart_after_a_long_stop_spreads_what_is_overdue(tmp_path: Path) -> None:
    with rig(tmp_path, 120) as world:
        world.run(10 * MINUTE)
        world.clock.move(6 * HOUR)
        world.restarted()
        begin = world.clock.now()
        world.run(5 * MINUTE)

        first = {
            source: min(
                request.at
                for request in world.world.requests
                if request.at >= begin and request.source_id == source
            )
            for source in {request.source_id for request in world.world.requests}
        }
        assert len(first) == 120
        assert max(Counter(first.values()).values()) <= 24
        assert timedelta(seconds=90) <= max(first.values()) - begin <= 3 * MINUTE


def test_daemon_that_looks_seldom_does_not_take_that_for_sleep(tmp_path: Path) -> None:
    with rig(tmp_path, 40, tick=10 * MINUTE) as world:
        world.run(2 * HOUR, tick=10 * MINUTE)

        polls = Counter(request.source_id for request in world.world.requests)
        assert len(polls) == 40
        assert min(polls.values()) >= 3


def test_retry_after_is_kept_to_the_second_by_the_whole_loop(tmp_path: Path) -> None:
    wait = timedelta(minutes=47)

    def answer(source: Source, now: datetime) -> SourceReport:
        if source.source_id == "s0" and now < NOW + 4 * HOUR:
            return answered(source, now, Outcome.RATE_LIMITED, retry_after=wait)
        return hourly(source, now)

    with rig(tmp_path, 3, answer=answer) as world:
        world.run(5 * HOUR)

        asked = world.world.times_of("s0")
        limited = [time for time in asked if time < NOW + 4 * HOUR]
        assert len(limited) >= 3
        assert all(later - earlier >= wait for earlier, later in pairwise(limited))
        assert len(world.world.times_of("s1")) > 2 * len(asked)  # the others are asked as ever


def test_gaps_of_a_failing_source_grow_and_its_first_success_resets_them(tmp_path: Path) -> None:
    failures = 0

    def answer(source: Source, now: datetime) -> SourceReport:
        nonlocal failures
        if failures < 10:
            failures += 1
            return answered(source, now, Outcome.SERVER_ERROR)
        return hourly(source, now)

    with rig(tmp_path, 1, answer=answer) as world:
        world.run(4 * DAY, tick=5 * MINUTE)

        asked = world.world.times_of("s0")
        gaps = [later - earlier for earlier, later in pairwise(asked[:10])]
        assert all(  # polls happen at ticks, so a gap is up to a tick longer than planned
            later >= min(1.5 * earlier, DAY) - 5 * MINUTE for earlier, later in pairwise(gaps)
        ), gaps
        assert asked[11] - asked[10] <= HOUR
        assert [request.outcome for request in world.world.requests[:11]] == [Outcome.SERVER_ERROR] * 10 + [
            Outcome.OK
        ]


def test_eight_hours_of_sleep_cost_one_round(tmp_path: Path) -> None:
    with rig(tmp_path, 40) as world:
        world.run(HOUR)
        woke = world.clock.now() + 8 * HOUR + 20 * MINUTE  # between two of its articles
        world.clock.set_wall(woke)  # the monotonic clock stands still while a machine sleeps
        world.run(10 * MINUTE)

        after = Counter(request.source_id for request in world.world.requests if request.at >= woke)
        events = rows(world.db, "SELECT message FROM event_log WHERE kind = 'clock'")
        assert set(after) == {f"s{number}" for number in range(40)}
        assert max(after.values()) == 1
        assert len(events) == 1


@pytest.mark.parametrize(
    "wall",
    [
        NOW,
        NOW + 2 * HOUR,
        datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
        NOW.replace(year=NOW.year + 10),
    ],
    ids=["an hour back", "an hour ahead", "1970", "ten years ahead"],
)
def test_clock_that_jumps_stops_no_round_and_deletes_nothing(tmp_path: Path, wall: datetime) -> None:
    with rig(tmp_path, 20) as world:
        world.run(HOUR)
        before = {
            table: rows(world.db, f"SELECT count(*) AS n FROM {table}")[0]["n"]
            for table in ("source", "poll", "fetch", "seen")
        }
        polls = len(world.world.requests)
        world.clock.set_wall(wall)
        world.run(HOUR)
        while_wrong = Counter(request.source_id for request in world.world.requests[polls:])
        with writing(world.db):
            prune_fetches(world.db, world.clock.now() - 90 * DAY)
        after = {table: rows(world.db, f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in before}
        polls = len(world.world.requests)
        world.clock.set_wall(NOW + 2 * HOUR)  # set right again
        world.run(HOUR)
        when_right = Counter(request.source_id for request in world.world.requests[polls:])

    assert all(int(str(after[table])) >= int(str(count)) for table, count in before.items())
    for asked in (while_wrong, when_right):
        assert len(asked) == 20
        assert max(asked.values()) <= 12


def test_restart_with_a_wrong_clock_does_not_wait_for_the_future(tmp_path: Path) -> None:
    with rig(tmp_path, 10) as world:
        world.run(HOUR)
        polls = len(world.world.requests)
        world.clock.set_wall(datetime(1970, 1, 1, tzinfo=UTC))
        world.restarted()
        world.run(2 * MINUTE)

        assert {request.source_id for request in world.world.requests[polls:]} == {f"s{n}" for n in range(10)}


def test_records_of_days_that_a_wrong_clock_made_up_push_out_no_others(tmp_path: Path) -> None:
    with rig(tmp_path, 1) as world:
        for days in (0, 1, 3650):
            world.clock.set_wall(NOW + timedelta(days=days))
            world.tick()
            world.clock.move(MINUTE)
        with writing(world.db):
            dropped = prune_fetches(world.db, world.clock.now() - 90 * DAY)

        assert dropped == 0


def test_old_records_go_when_there_are_enough_newer_days(tmp_path: Path) -> None:
    with closing(new_log(tmp_path)) as db:
        with writing(db):
            db.conn.executemany(
                "INSERT INTO poll VALUES (?, 'example', ?, 'ok', '', 0, 0, 0, 0, 0, 1, 0)",
                [(str(day), f"{NOW - day * DAY:%Y-%m-%dT%H:%M:%SZ}") for day in range(120)],
            )
            dropped = prune_fetches(db, NOW - 90 * DAY + SECOND)

        assert dropped == 30


def test_budget_holds_over_the_days_and_goes_to_the_busy(tmp_path: Path) -> None:
    """Half of the sources publish four times as often: they get more of the requests, all get some."""

    def answer(source: Source, now: datetime) -> SourceReport:
        report = hourly(source, now)
        if int(source.source_id[1:]) % 2:
            return report
        few = tuple(entry for entry in report.entries if entry.published and entry.published.hour % 6 == 0)
        return answered(source, now, Outcome.OK, entries=few)

    with rig(tmp_path, 8, answer=answer) as world:
        world.poller = Poller(
            lambda: open_database(tmp_path / "cspwatch.db"),
            world.engine,
            limits=CrawlLimits(),
            clock=world.clock,
            crawls=2,
            sources_per_crawl=12,
            budget=Budget(160),
        )
        world.run(4 * DAY, tick=5 * MINUTE)
        last_day = [request for request in world.world.requests if request.at >= NOW + 3 * DAY]

    asked = Counter(request.source_id for request in last_day)
    assert 100 <= len(last_day) <= 200
    assert min(asked.values()) >= 1
    assert sum(asked[f"s{n}"] for n in (1, 3, 5, 7)) > 1.4 * sum(asked[f"s{n}"] for n in (0, 2, 4, 6))


def test_articles_are_paid_for_before_polls() -> None:
    spent = Spending(polls=700, index_requests=1400, article_requests=3500, days=7.0)

    assert polls_within(1500, spent, 10) == pytest.approx(500)
    assert polls_within(400, spent, 10) == 10  # each source is read once a day whatever happens
    assert polls_within(1000, Spending(polls=0, index_requests=0, article_requests=0, days=0.0), 10) == 500


def test_source_that_is_switched_on_later_is_polled_at_once(tmp_path: Path) -> None:
    with rig(tmp_path, 2) as world:
        world.run(5 * MINUTE)
        with writing(world.db):
            store_sources(
                world.db, [make_source("s0"), make_source("s1"), make_source("new")], world.clock.now()
            )
        world.tick()

        assert world.world.requests[-1].source_id == "new"
        assert due_sources(world.db, world.clock.now(), 10) == []
