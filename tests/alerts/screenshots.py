"""A folder in, pictures of mail (light, dark), digest, weekly summary and Slack message in it out. Needs chromium.

python -m tests.alerts.screenshots docs/images
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from alerts.layouts import render, render_digest
from alerts.model import Alert, AlertKind, Coverage, Place, Quantity, Quote, Severity
from tests.alerts.builders import ALIBABA, CHILE, HUAWEI, NOW, alert, channel, fact, report

_SENTENCE = (
    "Alibaba Cloud will build two data centers in Johor worth more than 400 million yuan, it said on Tuesday."
)
_WORDS = ("Alibaba Cloud", "will build", "data centers", "Johor", "more than 400 million yuan")
_SENTENCE_DE = "Huawei Cloud nimmt in Chile drei Verfügbarkeitszonen in Betrieb."
_WORDS_DE = ("Huawei Cloud", "Chile", "drei Verfügbarkeitszonen", "in Betrieb")


def quote(text: str, words: tuple[str, ...], language: str, outlet: str) -> Quote:
    marks = tuple((text.index(word), text.index(word) + len(word)) for word in words)
    return Quote(
        text=text, language=language, url=f"https://{outlet.lower()}.example/a", outlet=outlet, marks=marks
    )


BIG = alert(
    severity=Severity.HIGH,
    kind=AlertKind.DEVELOPMENT,
    changes=("status|planned|under_construction", "place||MY:Johor"),
    quotes=(alert().quotes[0], quote(_SENTENCE, _WORDS, "en", "Reuters")),
    reports=(report("Caixin", minutes=28), report("Reuters", minutes=9), report("heise")),
    facts=(
        fact(
            status="under_construction",
            amounts=(
                Quantity(value=Decimal(400_000_000), unit="CNY", op=">="),
                Quantity(value=Decimal("120.5"), unit="MW"),
            ),
            when="<=2027",
        ),
    ),
)
REGION = alert(
    "s2|new",
    facts=(
        fact(HUAWEI, CHILE, event="region", status="live", amounts=(Quantity(value=Decimal(3), unit="AZ"),)),
    ),
    quotes=(quote(_SENTENCE_DE, _WORDS_DE, "de", "heise"),),
    reports=(report("heise", minutes=28),),
)
RUMOR = alert(
    "s3|new",
    severity=Severity.LOW,
    facts=(
        fact(
            ALIBABA,
            Place(id="MY", country="MY"),
            event="compute",
            status="rumoured",
            amounts=(Quantity(value=Decimal(1200), unit="ACCEL", op="~"),),
        ),
    ),
    quotes=(),
)
COVERAGE = Coverage(
    sources=60, checked=58, silent=("heise",), teaser_only=("Caixin",), held_back={"silenced": 2, "rate": 1}
)


def week() -> Iterator[Alert]:
    """The alerts of a week, more of some providers and countries than of others."""
    yield from (BIG, REGION, RUMOR)
    peru, oman = Place(id="PE", country="PE"), Place(id="OM", country="OM")
    for number, (actor, place, event) in enumerate(
        [(HUAWEI, CHILE, "datacenter"), (HUAWEI, peru, "region"), (ALIBABA, oman, "investment")]
    ):
        facts = (fact(actor, place, event=event, amounts=()),)
        yield alert(f"w{number}|new", facts=facts, severity=Severity.LOW)


def pages() -> Iterator[tuple[str, str, int, bool]]:
    """Name, HTML, height and whether dark."""
    mail = channel(layout="mail", timezone="Europe/Berlin")
    page = render(BIG, mail, NOW).html or ""
    yield "alert-mail-light", page, 800, False
    yield "alert-mail-dark", page, 800, True
    german = channel(layout="mail", language="de", timezone="Europe/Berlin")
    digest = render_digest(
        [RUMOR, REGION, BIG], COVERAGE, german, NOW, key="mail|2026-11-24|07:30", caught_up=1
    )
    yield "alert-digest", digest.html or "", 1010, False
    weekly = render_digest(list(week()), COVERAGE, mail, NOW, key="mail|weekly|2026-11-23|07:00")
    yield "alert-weekly", weekly.html or "", 1130, False
    data = render(BIG, channel(layout="slack"), NOW).data or {}
    yield "alert-slack", slack_page(data["blocks"]), 620, False  # type: ignore[arg-type]


def slack_page(blocks: list[dict[str, object]]) -> str:
    """Blocks as Slack shows them, roughly: header, sections with fields, quotes, context."""
    body = "".join(f"<div class={block['type']}>{_block(block)}</div>" for block in blocks)
    return (
        "<meta charset=utf-8><style>body{font:15px/22px Lato,'Noto Sans','Noto Sans CJK SC',sans-serif;margin:20px;"
        "max-width:620px;color:#1d1c1d}.header{font-size:18px;font-weight:700;margin:8px 0}.section{margin:8px 0}"
        ".fields{display:grid;grid-template-columns:1fr 1fr;gap:8px}.context{font-size:12px;color:#616061}"
        "a{color:#1264a3;text-decoration:none}q{display:block;border-left:4px solid #ddd;padding-left:10px;quotes:none}"
        f"</style>{body}"
    )


def _block(block: dict[str, object]) -> str:
    if "fields" in block:
        return (
            "<div class=fields>"
            + "".join(f"<div>{_mrkdwn(part)}</div>" for part in block["fields"])
            + "</div>"
        )  # type: ignore[attr-defined]
    return "".join(_mrkdwn(part) for part in block.get("elements", [block.get("text")]))  # type: ignore[attr-defined]


def _mrkdwn(part: dict[str, str]) -> str:
    if part["type"] == "plain_text":
        return html.escape(part["text"]).replace("\n", "<br>")
    text = re.sub(r"<(https?://[^|>]*)\|([^>]*)>", "<a href='#'>\\2</a>", part["text"])
    text = re.sub(r"(?<![^\s(])\*([^*\n]+)\*(?![^\s.,)])", r"<b>\1</b>", text)
    return "<br>".join(f"<q>{line[2:]}</q>" if line.startswith("> ") else line for line in text.split("\n"))


def main() -> int:
    """Write the pictures; 1 when there is no chromium."""
    target = Path(sys.argv[1])
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("chromium is not installed: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, page, height, dark in pages():
            source = Path(folder) / f"{name}.html"
            source.write_text(page, encoding="utf-8")
            options = ["--blink-settings=preferredColorScheme=0", "--force-dark-mode"] if dark else []
            command = [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={folder}/profile",
                f"--window-size=660,{height}",
                f"--screenshot={(target / name).resolve()}.png",
                *options,
                source.as_uri(),
            ]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
