"""Status follows from the action and the cue words around it."""

from __future__ import annotations

import pytest

from tests.monitor.detecting import best, judge


@pytest.mark.parametrize(
    ("text", "language", "status"),
    [
        ("Google opened a data center in Oslo.", "en", "live"),
        ("Google will open a data center in Oslo.", "en", "planned"),
        (
            "Google is in talks to build a data center in Oslo, people familiar with the matter said.",
            "en",
            "rumoured",
        ),
        ("Google broke ground on a data center in Oslo.", "en", "under_construction"),
        ("Google delays a data center in Oslo.", "en", "delayed"),
        ("Google cancels a data center in Oslo.", "en", "cancelled"),
        ("Google denied that it will build a data center in Oslo.", "en", "denied"),
        ("Google does not build a data center in Oslo.", "en", "denied"),
        ("Google builds not only a data center in Oslo.", "en", "planned"),
        ("Google baut das ursprünglich geplante Rechenzentrum in Kassel doch nicht.", "de", "cancelled"),
        ("Microsoft hat in Wien ein Rechenzentrum eröffnet.", "de", "live"),
        ("消息称阿里云拟在泰国建设数据中心。", "zh-Hans", "rumoured"),
        ("阿里云泰国数据中心已正式启用。", "zh-Hans", "live"),
        ("ソフトバンクは北海道でデータセンターの建設に着工した。", "ja", "under_construction"),
        ("카카오는 안산에서 데이터센터를 착공했다. 카카오 클라우드가 쓴다.", "ko", "under_construction"),
    ],
)
def test_status(text: str, language: str, status: str) -> None:
    assert best(judge(text, language=language)).status.value == status


def test_a_denied_fact_is_kept_and_never_alerts() -> None:
    judgement = judge("The company denied the reports.", title="Google denies plan for data center in Oslo")

    assert judgement.findings
    assert not judgement.relevant


def test_a_cancellation_is_a_contraction_and_alerts() -> None:
    judgement = judge("The company gave no reason.", title="Microsoft cancels data center in Ohio")

    assert best(judgement).direction.value == "contraction"
    assert judgement.relevant


@pytest.mark.parametrize("verb", ["shuts", "shuts down", "closes"])
def test_a_site_that_a_provider_shuts_is_no_new_one(verb: str) -> None:
    judgement = judge(
        "Rackspace is closing its data center in London by the end of the year.",
        title=f"Rackspace {verb} London data center",
        language="en",
    )

    assert {finding.direction for finding in judgement.findings if finding.news} == {"contraction"}
