"""What `show` prints: values in words and lines, without what only programs need."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from alerts.delivery import notice
from alerts.model import AlertKind, Notice, Saying
from alerts.outbox import enqueue
from monitor.showing import Shown, find_shown, render_shown
from tests.alerts.builders import NOW, alert, channel
from tests.fakes import new_log

SHOWN = Shown(
    kind="alert",
    fields={
        "alert_id": "a1",
        "facts": [
            {
                "event": "region",
                "actors": [{"id": "oracle", "names": {"": "Oracle", "ar": "أوراكل"}}],
                "places": [{"id": "PT:Lisbon", "country": "PT", "names": {"de": "Lissabon"}}],
            },
            {"event": "investment", "actors": [{"id": "oracle"}], "places": []},
        ],
        "links": {"useful": "https://page.example/signed"},
        "note": None,
    },
    lists={"fact": [{"id": 7, "finding_id": "f1", "quote": "Oracle opens in Lisbon.", "data": "{}"}]},
)


def test_each_fact_has_a_line_with_ids_of_providers_and_places() -> None:
    assert render_shown(SHOWN).splitlines() == [
        "alert_id  a1",
        "facts     event region · actors oracle · places PT:Lisbon",
        "          event investment · actors oracle",
        "",
        "fact 1",
        "  quote  Oracle opens in Lisbon.",
    ]


def test_json_keeps_everything() -> None:
    assert SHOWN.to_json()["links"] == {"useful": "https://page.example/signed"}
    assert SHOWN.to_json()["fact"] == SHOWN.lists["fact"]


def test_alert_is_told_in_the_words_that_its_reader_got(tmp_path: Path) -> None:
    """A notice by its title and lines, a development by what is new; their codes are left to `--json`."""
    gone = Notice(
        title=Saying(key="channel-broken", values=("mail",)),
        lines=(
            Saying(key="because", values=("HTTP 404",), words=("results.channel-broken",)),
            Saying(key="channel-waits"),
        ),
    )
    opened = alert("s1|live|1", kind=AlertKind.DEVELOPMENT, changes=("status|planned|live",))
    broken = notice("mail|broken", gone, NOW)
    with closing(new_log(tmp_path)) as db:
        with db.conn:
            for one in (opened, broken):
                enqueue(db, one, [channel()], NOW)
        said = find_shown(db, broken.alert_id)
        developed = find_shown(db, opened.alert_id)

    assert render_shown(said).splitlines()[:3] == [
        "title       Channel mail is broken",
        "says        The channel cannot be used (HTTP 404)",
        "            Alerts wait; it is tried every 15 minutes.",
    ]
    assert "notice " not in render_shown(said).partition("\nkind")[0]
    assert said.to_json()["notice"]
    assert "new: status planned → live" in render_shown(developed)
    assert "status|planned|live" not in render_shown(developed)
    assert developed.to_json()["changes"] == ["status|planned|live"]
