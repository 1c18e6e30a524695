"""kill -9 at named points and at random moments: nothing lost, repeats only after a kill, and they say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.alerts.crash_harness import CrashBench, CrashReport, random_kills
from tests.alerts.crash_worker import CRASH_POINTS
from tests.sinks import WebSink

#: How many repeats one kill at a point may cause: only between the service's yes and our record of it.
REPEATS_PER_KILL = {"after_send": 1}


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_kill_at_a_named_point_loses_nothing_and_repeats_only_after_the_send(
    tmp_path: Path, point: str
) -> None:
    report = kills_at(tmp_path, point, kills=5)

    assert report.kills == 5
    assert (report.lost, report.by_hand, report.unflagged, report.other_ids) == (0, 0, 0, 0)
    assert report.repeats == 5 * REPEATS_PER_KILL.get(point, 0)
    assert report.intact


def kills_at(folder: Path, point: str, *, kills: int) -> CrashReport:
    """Each worker is killed at its third visit of `point`, so that no delivery is hit twice."""
    with WebSink() as sink:
        bench = CrashBench(folder, sink, alerts=4 * kills)
        try:
            for _ in range(kills):
                assert not bench.run(crash_at=point, visit=3)
            assert bench.run()
            return bench.report()
        finally:
            bench.close()


def test_kills_at_random_moments_lose_nothing_and_every_repeat_says_so(tmp_path: Path) -> None:
    report = random_kills(tmp_path, kills=30, alerts=250, seed=5)

    assert report.kills >= 10
    assert (report.lost, report.unflagged, report.other_ids) == (0, 0, 0)
    assert report.repeats <= report.kills
    assert report.intact
