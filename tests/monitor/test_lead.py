"""Where the lead begins and ends: labels, date lines and broken lines."""

from __future__ import annotations

import pytest

from tests.monitor.detecting import judge


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param(
            "Press office, third floor, room twelve\nThursday 17 October\nGoogle will build a data center in Norway.\n"
            "It opens in 2027.",
            "en",
            id="labels without any of our words",
        ),
        pytest.param(
            "วันพฤหัสบดีที่ 17 ตุลาคม 2567\nพิมพ์\nขอเชิญรับฟังรายการ\nGoogle ประกาศลงทุน 1 พันล้านดอลลาร์\n"
            "เพื่อสร้างดาต้าเซ็นเตอร์ในประเทศไทย",
            "th",
            id="date line and labels in Thai",
        ),
    ],
)
def test_the_lead_begins_behind_labels(text: str, language: str) -> None:
    judgement = judge(text, language=language)

    assert any(part.name == "in_lead" for one in judgement.findings for part in one.explain)


def test_lines_that_end_inside_a_sentence_belong_together() -> None:
    broken = "The firm said on Monday that it has\nagreed with the town and that\nGoogle will build a data center\nin Norway."
    whole = "The firm said so in a letter on Monday. The council of the town agreed to it at once. Google will build a data center in Norway. It is large."

    assert any(part.name == "in_lead" for one in judge(broken).findings for part in one.explain)
    assert not any(part.name == "in_lead" for one in judge(whole).findings for part in one.explain)
