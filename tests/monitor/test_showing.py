"""What `show` prints: values in words and lines, without what only programs need."""

from __future__ import annotations

from monitor.showing import Shown, render_shown

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
