"""Whether our own network is at fault, and what the poller does about it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from alerts.codec import alert_from_json
from crawler.items import SourceReport
from crawler.outcomes import Outcome
from crawler.sources import Source
from monitor.database import rows
from monitor.network import Network, NetworkWatch
from monitor.notices import tell_operator
from tests.fakes import NOW, console
from tests.monitor.outlet_world import Rig, answered, hourly, rig
from tests.noticed import noticed

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_some_silent_hosts_are_no_outage_while_others_answer() -> None:
    watch = NetworkWatch()

    told = [watch.note(f"h{n}", Outcome.OK if n % 4 == 3 else Outcome.TIMED_OUT) for n in range(40)]

    assert set(told) == {None}


def test_one_host_that_is_asked_again_and_again_is_no_outage() -> None:
    watch = NetworkWatch()

    assert {watch.note("dead", Outcome.DNS_FAILED) for _ in range(20)} == {None}


def test_outage_and_its_end_are_told_once() -> None:
    watch = NetworkWatch()

    told = [watch.note(f"h{n}", Outcome.DNS_FAILED) for n in range(9)]
    told += [watch.note("h0", Outcome.NOT_FOUND), watch.note("h1", Outcome.OK)]

    assert told == [None] * 4 + [Network.DOWN] + [None] * 4 + [Network.UP, None]


def told(world: Rig) -> list[str]:
    """Tell the operator; what that queued."""
    before = rows(world.db, "SELECT count(*) AS n FROM alert")[0]["n"]
    tell_operator(world.db, [console()], world.clock.now())
    queued = rows(world.db, "SELECT payload FROM alert ORDER BY rowid LIMIT -1 OFFSET ?", [before])
    return [noticed(alert_from_json(str(row["payload"]))) for row in queued]


def test_after_an_outage_no_source_sits_out_its_back_off(tmp_path: Path) -> None:
    down_from, up_from = NOW + HOUR, NOW + 7 * HOUR

    def answer(source: Source, now: datetime) -> SourceReport:
        if down_from <= now < up_from:
            return answered(source, now, Outcome.DNS_FAILED)
        return hourly(source, now)

    with rig(tmp_path, 30, answer=answer) as world:
        world.run(7 * HOUR, tick=MINUTE)
        world.run(30 * MINUTE)
        events = rows(world.db, "SELECT kind FROM event_log WHERE kind LIKE 'network-%' ORDER BY event_id")
        back = [request for request in world.world.requests if request.at >= up_from]
        answered_first = min(request.at for request in back)
        asked_by = Counter(request.source_id for request in back if request.at <= answered_first + 2 * MINUTE)

    assert [row["kind"] for row in events] == ["network-down", "network-up"]
    assert len(asked_by) == 30


def test_captured_network_is_told_once_and_no_source_is_marked_bad(tmp_path: Path) -> None:
    def answer(source: Source, now: datetime) -> SourceReport:
        if NOW + HOUR <= now < NOW + 3 * HOUR:
            return answered(source, now, Outcome.CAPTIVE_PORTAL)
        return hourly(source, now)

    with rig(tmp_path, 12, answer=answer) as world:
        world.run(HOUR, tick=MINUTE)
        before = told(world)
        captured = []
        for _ in range(6):
            world.run(20 * MINUTE, tick=MINUTE)
            captured += told(world)
            world.restarted()  # what was told stands in the log
        marked = rows(
            world.db, "SELECT source_id FROM source WHERE failing_since IS NOT NULL OR failure_score > 0"
        )
        world.run(30 * MINUTE, tick=MINUTE)
        back = told(world)
        events = rows(world.db, "SELECT DISTINCT kind FROM event_log WHERE kind LIKE 'network-%' ORDER BY 1")
        ends = rows(world.db, "SELECT DISTINCT last_outcome FROM source")

    assert marked == []
    assert [row["kind"] for row in events] == ["network-captured", "network-up"]
    assert before == []
    assert [text.splitlines()[0] for text in captured] == ["The network answers in place of the outlets"]
    assert [text.splitlines()[0] for text in back] == ["The network answers again"]
    assert ends == [{"last_outcome": "ok"}]
