"""Debian's Chromium in, pages that are watched out: what they log, what they ask for, where the focus is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, ViewportSize

CHROMIUM = shutil.which("chromium")
#: No name resolves but this machine's: a page that phones home is seen, and reaches nobody.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
#: Rules of WCAG 2.2 A and AA and of good practice.
_AXE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@dataclass(slots=True)
class Seen:
    """What a page did that it should not: errors it logged, addresses of other origins it asked for, dialogs."""

    origin: str
    requests: int = 0
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def requested(self, url: str) -> None:
        """Count a request, and keep it if it goes elsewhere."""
        self.requests += 1
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self.origin and parts.scheme != "data":
            self.foreign.append(url)

    def logged(self, message: ConsoleMessage) -> None:
        """Keep what the console shows in red or yellow."""
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)


@contextmanager
def watched(
    browser: Browser, origin: str, *, phone: bool = False, dark: bool = False
) -> Iterator[tuple[Page, Seen]]:
    """A page with fresh cookies, and what it did."""
    context = browser.new_context(
        base_url=origin,
        viewport=PHONE if phone else DESKTOP,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        accept_downloads=True,
    )
    context.set_default_timeout(15_000)
    seen = Seen(origin)
    context.on("request", lambda request: seen.requested(request.url))
    context.on("console", lambda message: seen.logged(message))
    context.on("weberror", lambda error: seen.errors.append(str(error.error)))
    page = context.new_page()

    def dialog(box: Dialog) -> None:
        seen.dialogs.append(box.message)
        box.dismiss()

    page.on("dialog", dialog)
    try:
        yield page, seen
    finally:
        context.close()


def faults(page: Page) -> list[str]:
    """Serious and critical faults that axe-core finds on the page as it is shown now."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    found = Axe().run(page, options=_AXE).response["violations"]
    return [
        f"{fault['id']} ({fault['impact']}): {json.dumps(node['target'])} {_short(node['html'])}"
        f" {_short(node.get('failureSummary', ''))}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]


def _short(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:160]


def too_wide(page: Page) -> list[str]:
    """Elements that make the page scroll sideways; none where it fits."""
    found: list[str] = page.evaluate(
        """() => document.scrollingElement.scrollWidth <= innerWidth ? [] :
           ["page " + document.scrollingElement.scrollWidth + " > " + innerWidth].concat(
             [...document.querySelectorAll("body *")]
               .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
               .map(e => e.outerHTML.slice(0, 120)).slice(0, 5))"""
    )
    return found


def unseen_focus(page: Page) -> str:
    """Why a person would not see where the focus is; "" where they would."""
    fault: str = page.evaluate(
        """() => {
             const on = document.activeElement;
             if (!on || on === document.body) return "nothing has the focus";
             const style = getComputedStyle(on), box = on.getBoundingClientRect(), name = on.outerHTML.slice(0, 100);
             if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "no outline: " + name;
             if (box.width < 1 || box.height < 1) return "no size: " + name;
             if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth)
               return "outside of the window: " + name;
             return "";
           }"""
    )
    return fault


def tab_to(page: Page, selector: str, *, most: int = 60) -> None:
    """Press Tab until what the selector names has the focus; every stop on the way must be visible."""
    page.wait_for_load_state()
    # Keys that come before the first picture of a page are lost.
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    for number in range(1, most + 1):
        page.keyboard.press("Tab")
        fault = unseen_focus(page)
        assert not fault, f"stop {number} on the way to {selector}: {fault}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} was not reached with {most} presses of Tab")
