"""Names count where they stand for a provider and nowhere else."""

from __future__ import annotations

import pytest

from tests.monitor.detecting import article, detector


@pytest.mark.parametrize(
    ("text", "language", "named"),
    [
        ("Oracle opens a cloud region in Madrid.", "en", {"oracle"}),
        ("The Oracle of Delphi opens at dawn.", "en", set()),
        ("Amazon builds a data center in Ohio.", "en", {"amazon"}),
        ("Amazon opens a warehouse in Ohio.", "en", set()),
        ("The Amazon rainforest is burning.", "en", set()),
        ("Alibaba-Cloud wächst.", "de", {"alibaba_cloud"}),
        ("Googles neues Rechenzentrum steht in Hanau.", "de", {"google"}),
        ("阿里雲Alibaba Cloud在新加坡", "zh-Hant", {"alibaba_cloud"}),
        ("네이버클라우드가 데이터센터를 연다.", "ko", {"naver_cloud"}),
        ("The lidl owner builds a data center.", "en", {"schwarz"}),
        ("Aws apre un data center a Milano.", "it", {"aws"}),
        ("TPU v5e pods of CoreWeave", "en", {"tpu", "coreweave"}),
        ("Google Maps shows the way.", "en", set()),
        ("A former Google engineer builds a data center.", "en", set()),
        ("Amazon employees protest against data centers.", "en", set()),
        ("前华为高管谈数据中心", "zh-Hans", set()),
    ],
)
def test_names_are_decided_by_their_context(text: str, language: str, named: set[str]) -> None:
    assert detector().named(article(text, language=language)) == named


def test_a_refused_name_is_in_the_trace_with_its_reason() -> None:
    judgement = detector().judge(article("The Oracle of Delphi opens at dawn."))

    assert any("needs context cloud" in step.clause for step in judgement.trace)


@pytest.mark.parametrize(
    ("text", "language", "actor"),
    [
        ("Nordwolke, a cloud provider from Kiel, opens a data center in Norway.", "en", "unlisted:Nordwolke"),
        ("The colocation firm Blue Harbor builds a data center in Ghent.", "en", "unlisted:Blue Harbor"),
        ("Der Cloud-Anbieter Nordwolke baut ein Rechenzentrum in Kiel.", "de", "unlisted:Nordwolke"),
        ("The cloud provider Scaleway builds a data center in Poland.", "en", "scaleway"),
    ],
)
def test_a_provider_that_nobody_listed_acts_as_a_candidate(text: str, language: str, actor: str) -> None:
    judgement = detector().judge(article(text, language=language))

    assert judgement.findings[0].actors[0].id == actor
