"""Kills the sender at random moments, 1,000 times by default, and prints what the receiver got.

    python benchmarks/crash_outbox.py [--kills 1000] [--alerts 300] [--seed 1]

Rounds of one outbox each: workers find, queue and deliver alerts to a local webhook (5 % of answers are 503) and are
killed with SIGKILL after 2 to 250 ms; a last one finishes. Exit status 1 if an alert was lost, a repeat did not say
that it may be one, a repeat had other ids, or a database was damaged.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.alerts.crash_harness import CrashReport, random_kills


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill the sender at random moments and count what arrives.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--alerts", type=int, default=300, help="alerts of one round")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    reports: list[CrashReport] = []
    while sum(report.kills for report in reports) < args.kills:
        with tempfile.TemporaryDirectory() as folder:
            left = args.kills - sum(report.kills for report in reports)
            reports.append(
                random_kills(
                    Path(folder), kills=min(100, left), alerts=args.alerts, seed=args.seed + len(reports)
                )
            )
        print(reports[-1], file=sys.stderr, flush=True)
    return summary(reports)


def summary(reports: list[CrashReport]) -> int:
    """Print the sums; 1 if a promise was broken."""
    for name in ("kills", "alerts", "received", "lost", "repeats", "unflagged", "other_ids", "by_hand"):
        print(f"{name:10} {sum(getattr(report, name) for report in reports)}")
    broken = any(
        report.lost
        or report.unflagged
        or report.other_ids
        or report.repeats > report.kills
        or not report.intact
        for report in reports
    )
    print("FAILED" if broken else "ok")
    return int(broken)


if __name__ == "__main__":
    raise SystemExit(main())
