"""Watch documents on the whole way: file, configuration, real rules, triage, outbox."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from alerts.codec import alert_from_json
from alerts.model import Alert
from monitor.database import open_database, rows
from tests.monitor.stored import BAKERY, BUILDING, OPENING, fill_log, run, write_config

CONFIG = """
[detect]
local = ["watches.yaml"]

[[watch]]
name = "all"
min_level = "high"
"""
WATCHES = """
kind: watch
id: sweden
query: 'place:SE type:datacenter outlet:tech'
severity: [{if: 'status:live', level: high}, {else: low}]
schedule: digest weekly mon 07:00
---
kind: watch
id: bread
query: 'bakery (prize NEAR/4 bread)'
level: medium
max_per_day: 5
---
kind: watch
id: primary-only
query: 'place:SE outlet:primary'
"""


def queued(path: Path) -> dict[str, tuple[Alert, str, str]]:
    """By watch: its alert, the state and the reason of the delivery."""
    config = fill_log(path, (OPENING, BUILDING, BAKERY))
    with closing(open_database(config.database, read_only=True)) as db:
        found = rows(db, "SELECT payload, state, reason FROM alert JOIN outbox USING (alert_id)")
    alerts = [(alert_from_json(str(row["payload"])), str(row["state"]), str(row["reason"])) for row in found]
    return {one[0].watch: one for one in alerts}


def test_level_tier_rhythm_and_words_of_documents_reach_the_outbox(tmp_path: Path) -> None:
    (tmp_path / "watches.yaml").write_text(WATCHES, encoding="utf-8")

    told = queued(write_config(tmp_path, CONFIG))

    assert {watch: (one[0].severity.value, *one[1:]) for watch, one in told.items()} == {
        "all": ("high", "pending", "at-once"),
        "sweden": ("low", "held", "watch-digest"),
        "bread": ("medium", "pending", "at-once"),
    }
    (quote,) = told["bread"][0].quotes
    assert quote.text == "A bakery in Porto won a prize for its bread."
    assert [quote.text[start:end] for start, end in quote.marks] == ["bakery", "prize", "bread"]


def test_check_names_a_watch_that_is_included_and_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "watches.yaml").write_text(WATCHES, encoding="utf-8")
    path = write_config(tmp_path, CONFIG + 'query = "watch:swedn"\n')

    result = run(path, "check")

    assert result.exit_code == 2
    assert (
        "there is no watch 'swedn' with a query. Such watches are: bread, primary-only, sweden"
        in result.output
    )
