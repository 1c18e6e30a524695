"""What the review pages show, and what an analyst can do there, over real HTTP on a real log."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from monitor.database import open_database, writing
from monitor.errors import MonitorError
from monitor.pruning import prune
from monitor.review.server import ReviewServer
from monitor.runlog import log_event
from monitor.verdicts import precision
from tests.fakes import NOW, new_log
from tests.monitor.review_site import (
    CLOSING,
    FORMULA,
    HUAWEI,
    JOHOR,
    JOHOR_AGAIN,
    OTHER,
    Browser,
    Elements,
    HandClock,
    config_for,
    fill,
    served,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, HandClock]]:
    """One page for all tests that only read."""
    folder, clock = tmp_path_factory.mktemp("log"), HandClock()
    fill(folder)
    with served(config_for(folder), clock) as url:
        yield url, clock


@pytest.fixture
def clock(shared: tuple[str, HandClock]) -> HandClock:
    shared[1].time = NOW
    return shared[1]


@pytest.fixture
def browser(shared: tuple[str, HandClock], clock: HandClock) -> Iterator[Browser]:
    with closing(Browser(shared[0])) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path)
    return tmp_path


@pytest.fixture
def editor(folder: Path) -> Iterator[Browser]:
    """A browser on a log of its own, for tests that change something."""
    with served(config_for(folder)) as url, closing(Browser(url)) as opened:
        yield opened


def text_of(html: str) -> str:
    return " ".join(Elements(html).text.split())


def test_today_states_facts_first_with_quote_outlets_and_original_headline(browser: Browser) -> None:
    text = text_of(browser.page("/"))

    assert "Alibaba Cloud · data center · Malaysia (Johor)" in text
    assert JOHOR in text
    assert "2 outlets, 2 independent: Example, Zweite" in text
    assert text.index(" high 4") < text.index(" medium 1")


@pytest.mark.parametrize(("language", "words"), [("de", "Rechenzentrum · Malaysia"), ("zh", "数据中心")])
def test_headlines_speak_the_chosen_language_and_go_on_doing_so(
    browser: Browser, language: str, words: str
) -> None:
    browser.page(f"/?lang={language}")

    assert words in text_of(browser.page("/"))


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        (
            "de",
            {
                "/": "Heute",
                "/ledger": "Register",
                "/sources": "Quellen",
                "/alerts": "Meldungen",
                "/rules": "Regeln",
            },
        ),
        ("zh", {"/": "今日", "/ledger": "台账", "/sources": "来源", "/alerts": "提醒", "/rules": "规则"}),
    ],
)
def test_pages_speak_the_language_of_the_browser(
    shared: tuple[str, HandClock], language: str, headings: dict[str, str]
) -> None:
    with closing(Browser(shared[0], **{"accept-language": f"{language}, en;q=0.5"})) as browser:
        for path, heading in headings.items():
            html = browser.page(path)
            assert f'<html lang="{language}">' in html
            assert f"<h1>{heading}</h1>" in html
        assert '<html lang="en">' in browser.page("/?lang=en"), "what is asked for counts more"


def test_language_of_a_table_is_no_filter_of_its_rows(browser: Browser) -> None:
    html = browser.page("/cspwatch/article?_lang=de&language=zh")

    assert HUAWEI in html
    assert 'name="_lang" value="de"' in html
    assert '<input type="hidden" name="language" value="zh">' in html


def test_nothing_is_new_to_someone_who_never_looked(browser: Browser) -> None:
    for _ in range(2):  # the second request belongs to the first look
        html = browser.page("/")
        assert "5 stories in the last 24 hours." in text_of(html)
        assert "since you last looked" not in text_of(html)
        assert 'class="new"' not in html


def test_what_came_since_the_last_look_is_new(browser: Browser, clock: HandClock) -> None:
    clock.time -= timedelta(minutes=45)  # one article had developed by then
    browser.page("/")
    clock.time += timedelta(minutes=45)

    html = browser.page("/")

    assert "5 new since you last looked (45 min ago)" in text_of(html)
    assert 'class="new"' in html

    clock.time += timedelta(hours=2)

    assert "0 new since you last looked" in text_of(browser.page("/"))


def test_days_without_news_show_the_latest_stories_and_say_so(browser: Browser, clock: HandClock) -> None:
    clock.time += timedelta(days=2)

    text = text_of(browser.page("/"))

    assert "Nothing developed in the last 24 hours" in text
    assert JOHOR in text


def test_story_shows_the_timeline_with_what_each_article_added(browser: Browser) -> None:
    story = browser.find("/search?q=Johor", r'href="(/story/s[0-9a-f]+)"')

    text = text_of(browser.page(story))

    assert text.index(JOHOR) < text.index(JOHOR_AGAIN)
    assert "new: status planned → live" in text
    assert "new: a second independent publisher, Zweite" in text


def test_article_marks_its_evidence_and_tells_the_whole_why(browser: Browser) -> None:
    article = browser.find("/search?q=Johor+Alibaba+plans", r'href="(/article/a[0-9a-f]+)"')

    html = browser.page(article)

    marks = [attributes["class"] for tag, attributes in Elements(html).found if tag == "mark"]
    assert "k-actor" in marks
    text = text_of(html)
    assert "It alerted." in text
    assert "rule dc-build" in text
    assert "alert:new-story" in text
    assert "json-ld" in text


def test_article_without_a_finding_names_the_clause_where_each_rule_ended(browser: Browser) -> None:
    article = browser.find("/search?q=recipes", r'href="(/article/a[0-9a-f]+)"')

    text = text_of(browser.page(article))

    assert "It did not alert" in text
    assert "rule dc-build no no word says that the rule's action happens" in text


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("华为", HUAWEI),
        ("華為", HUAWEI),
        ("data cent*", JOHOR),
        ("Rechenzentrumsgebäude", CLOSING),
        ("沙特", HUAWEI),
    ],
)
def test_search_finds_what_people_type(browser: Browser, typed: str, title: str) -> None:
    assert title in text_of(browser.get(f"/search?q={typed}").text)


def test_search_marks_what_it_found(browser: Browser) -> None:
    html = browser.page("/search?q=沙特")

    assert '<mark class="hit-mark">沙特</mark>' in html


@pytest.mark.parametrize("typed", ['"', "AND", "a OR", "(((", "NEAR/2 x", "-", "*", "'; DROP TABLE article"])
def test_no_search_is_an_error(browser: Browser, typed: str) -> None:
    assert browser.client.get("/search", params={"q": typed}).status_code == 200


def test_ledger_counts_a_story_once_however_many_report_it(browser: Browser) -> None:
    text = text_of(browser.page("/ledger?provider=alibaba_cloud"))

    assert "1 story 2 facts" in text
    assert "USD 400 m" in text


def test_ledger_filters_by_place_kind_and_words(browser: Browser) -> None:
    assert HUAWEI not in text_of(browser.page("/ledger?place=DE"))
    assert "pullback" in text_of(browser.page("/ledger?place=DE"))
    assert "第二个数据中心" in text_of(browser.page("/ledger?event=region&q=华为"))
    assert "No fact meets this filter" in text_of(browser.page("/ledger?until=2020-01-01"))


def test_ledger_has_a_bubble_and_a_row_for_each_country(browser: Browser) -> None:
    html = browser.page("/ledger")

    labels = {attributes.get("aria-label", "") for tag, attributes in Elements(html).found if tag == "a"}
    assert {"Malaysia: 1", "Saudi Arabia: 1", "Germany: 1"} <= labels


def test_csv_runs_no_formula_and_json_is_whole(browser: Browser) -> None:
    table = list(csv.DictReader(io.StringIO(browser.page("/ledger.csv"))))
    rows = json.loads(browser.page("/ledger.json?place=IT"))

    assert "'" + FORMULA in {row["title"] for row in table}
    assert not [cell for row in table for cell in row.values() if cell and cell[0] in "=+@\t\r"]
    assert rows[0]["quote"] == FORMULA
    assert rows[0]["places"] == ["IT"]


def test_verdict_is_recorded_counts_in_precision_and_can_be_undone(editor: Browser, folder: Path) -> None:
    story = editor.find("/search?q=Johor", r"/story/(s[0-9a-f]+)")

    page = editor.submit("/verdict", kind="story", id=story, verdict="wrong", reason="a look-alike")

    assert page.url.path == f"/story/{story}"
    assert "Recorded: wrong (a look-alike)" in text_of(page.text)
    assert "Right in 0 of 1 judged articles" in text_of(editor.page("/precision"))
    number = editor.find(f"/story/{story}", r'name="verdict_id" value="(\d+)"')
    editor.submit("/undo", verdict_id=number, back="precision")
    text = text_of(editor.page("/precision"))
    assert "No verdict yet" in text
    assert "undone" in text
    with closing(open_database(folder / "cspwatch.db")) as db:
        assert precision(db, "rule") == []


def test_the_same_verdict_twice_counts_once_and_a_new_one_replaces_it(editor: Browser, folder: Path) -> None:
    story = editor.find("/search?q=Johor", r"/story/(s[0-9a-f]+)")

    for verdict in ("useful", "useful", "wrong"):
        editor.submit("/verdict", kind="story", id=story, verdict=verdict, back="today")

    with closing(open_database(folder / "cspwatch.db")) as db:
        assert [(one.right, one.wrong) for one in precision(db, "all")] == [(0, 1)]
        assert db.execute("SELECT count(*) FROM verdict").fetchone()[0] == 2


def test_verdict_on_nothing_is_refused_by_name(editor: Browser) -> None:
    response = editor.submit("/verdict", kind="story", id="s00000000", verdict="useful")

    assert response.status_code == 404
    assert "s00000000" in response.text


def test_missed_address_is_kept_also_when_the_log_never_saw_it(editor: Browser) -> None:
    editor.submit("/missed", url="https://elsewhere.example/big-news?utm_source=x", reason="new region")

    text = text_of(editor.page("/missed"))

    assert "https://elsewhere.example/big-news (not in the log) new region" in text
    assert "no source of the catalogue is at elsewhere.example" in text_of(
        editor.page("/why?url=https://elsewhere.example/big-news")
    )
    assert editor.submit("/missed", url="no address").status_code == 400


def test_muted_story_withdraws_what_waits_and_can_speak_again(editor: Browser, folder: Path) -> None:
    story = editor.find("/search?q=Johor", r"/story/(s[0-9a-f]+)")

    text = text_of(editor.submit("/mute", story_id=story, days="7").text)

    assert "muted until 2026-03-21 12:00" in text
    with closing(open_database(folder / "cspwatch.db")) as db:
        states = {row[0] for row in db.execute("SELECT state FROM outbox WHERE thread_id = ?", [story])}
    assert states == {"cancelled"}
    assert "muted until" not in text_of(editor.submit("/mute", story_id=story, days="0").text)


@pytest.mark.parametrize(
    ("until", "shown"),
    [("2026-04-01", "muted until 2026-04-01 00:00"), ("2026-03-14", ""), ("soon", ""), ("9999-12-31", "")],
    ids=["a day", "a day that has begun", "no day", "for ever"],
)
def test_story_is_muted_until_the_day_that_the_reader_names(editor: Browser, until: str, shown: str) -> None:
    story = editor.find("/search?q=Johor", r"/story/(s[0-9a-f]+)")

    text = text_of(editor.submit("/mute", story_id=story, until=until).text)

    assert shown in text if shown else "muted until" not in text
    assert ("Mute until" in text) is not bool(shown)


def test_silence_is_set_shown_and_ended(editor: Browser) -> None:
    text = text_of(editor.submit("/silence", **{"matchers": "provider=aws country=US", "for": "8h"}).text)
    assert "provider=aws country=US until 2026-03-14 20:00" in text

    number = editor.find("/alerts", r'name="silence_id" value="(\d+)"')

    assert "ended 2026-03-14 12:00" in text_of(editor.submit("/silence/end", silence_id=number).text)
    assert editor.submit("/silence", matchers="nonsense").status_code == 400
    unknown = editor.submit("/silence", matchers="provider=alibaba-cloud")
    assert unknown.status_code == 400
    assert "did you mean alibaba_cloud" in text_of(unknown.text)


def test_deliveries_are_released_sent_again_and_withdrawn(editor: Browser, folder: Path) -> None:
    def states() -> dict[int, str]:
        with closing(open_database(folder / "cspwatch.db", read_only=True)) as db:
            return dict(db.execute("SELECT delivery_id, state FROM outbox").fetchall())

    first, second, third = list(states())[:3]
    with closing(open_database(folder / "cspwatch.db")) as db, writing(db):
        db.execute("UPDATE outbox SET state = 'dead' WHERE delivery_id = ?", [first])
        db.execute("UPDATE outbox SET state = 'held' WHERE delivery_id = ?", [second])

    for number, move in ((first, "retry"), (second, "release"), (third, "cancel")):
        assert f'aria-label="{move}: delivery {number}"' in editor.page("/alerts")
        assert editor.submit("/delivery", delivery_id=str(number), move=move).status_code == 200

    assert [states()[number] for number in (first, second, third)] == ["pending", "pending", "cancelled"]


def test_delivery_that_was_sent_is_not_withdrawn(editor: Browser, folder: Path) -> None:
    with closing(open_database(folder / "cspwatch.db")) as db, writing(db):
        db.execute("UPDATE outbox SET state = 'sent' WHERE delivery_id = 1")

    late = editor.submit("/delivery", delivery_id="1", move="cancel")

    assert late.status_code == 409
    assert "delivery 1 is sent" in text_of(late.text)
    assert editor.submit("/delivery", delivery_id="1", move="eat").status_code == 404


def test_sources_page_tells_of_the_network_and_the_clock(editor: Browser, folder: Path) -> None:
    assert "This machine" not in editor.page("/sources")
    with closing(open_database(folder / "cspwatch.db")) as db, writing(db):
        log_event(db, "network-down", "poller", "no host answers", NOW - timedelta(hours=3))
        log_event(db, "clock", "poller", "nothing ran for 2:00:00", NOW - timedelta(days=30))

    text = text_of(editor.page("/sources"))

    assert "network down" in text
    assert "no host answers" in text
    assert "nothing ran for" not in text


def test_article_says_when_its_text_was_pruned(editor: Browser, folder: Path) -> None:
    with closing(open_database(folder / "cspwatch.db")) as db:
        prune(db, NOW + timedelta(days=1), NOW)
    article = editor.find("/search?q=johor", r'href="(/article/a[0-9a-f]+)"')

    text = text_of(editor.page(article))

    assert "The text was pruned on 2026-03-14." in text
    assert "text pruned on 2026-03-14" in text


def test_alerts_sources_and_rules_have_their_pages(browser: Browser) -> None:
    assert "console" in text_of(browser.page("/alerts"))
    assert "2 of 2 sources were checked" in text_of(browser.page("/sources"))
    assert "well" in text_of(browser.page("/sources/zweite"))
    rules = text_of(browser.page("/rules"))
    assert "dc-build" in rules
    assert "all it alerts: a new story 5" in rules
    assert "quiet: " + JOHOR in rules[rules.index("Would have alerted") :]
    assert "must be found" in text_of(browser.page("/rules/dc-build"))


def test_atom_feed_holds_every_alert(browser: Browser) -> None:
    feed = ElementTree.fromstring(browser.page("/feed.atom?lang=de"))

    titles = [entry.findtext("{*}title") for entry in feed.iterfind("{*}entry")]
    assert len(titles) == 6
    assert any("Rechenzentrum" in str(title) for title in titles)


def test_datasette_stays_within_reach_and_reads_only(browser: Browser) -> None:
    assert browser.client.get(
        "/cspwatch.json", params={"sql": "select count(*) from article", "_shape": "arrays"}
    ).json()["rows"] == [[7]]
    assert browser.client.get("/cspwatch.json", params={"sql": "delete from article"}).status_code == 400
    assert OTHER in browser.page("/cspwatch/article")


def test_every_page_has_landmarks_a_skip_link_and_labeled_controls(browser: Browser) -> None:
    story = browser.find("/search?q=Johor", r'href="(/story/s[0-9a-f]+)"')
    article = browser.find("/search?q=Johor", r'href="(/article/a[0-9a-f]+)"')
    for path in (
        "/",
        story,
        article,
        "/ledger",
        "/sources",
        "/alerts",
        "/rules",
        "/precision",
        "/missed",
        "/why",
    ):
        found = Elements(browser.page(path)).found
        tags = [tag for tag, _ in found]
        assert tags.count("h1") == 1, path
        assert {"main", "nav", "header", "footer"} <= set(tags), path
        assert ("a", {"class": "skip", "href": "#main"}) in found, path
        ids = [attributes["id"] for _, attributes in found if "id" in attributes]
        assert len(ids) == len(set(ids)), path


def test_empty_log_says_what_to_do_on_every_page(tmp_path: Path) -> None:
    new_log(tmp_path).close()
    with served(config_for(tmp_path)) as url, closing(Browser(url)) as browser:
        assert "The log holds no story yet" in text_of(browser.page("/"))
        assert "The ledger is empty" in text_of(browser.page("/ledger"))
        assert "No alert yet" in text_of(browser.page("/alerts"))
        assert "No verdict yet" in text_of(browser.page("/precision"))


def test_no_log_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="cspwatch run"):
        ReviewServer(config_for(tmp_path))


def test_page_follows_a_log_that_was_replaced(editor: Browser, folder: Path) -> None:
    assert "Nothing in the log" not in text_of(editor.page("/search?q=Johor"))

    other = folder / "other"
    other.mkdir()
    new_log(other).close()
    (other / "cspwatch.db").replace(folder / "cspwatch.db")
    for left in folder.glob("cspwatch.db-*"):
        left.unlink()

    assert "nothing in the log" in text_of(editor.page("/search?q=Johor"))
