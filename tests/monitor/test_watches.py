"""Watch documents: what holds at which level, and which documents are left out and why."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from alerts.model import Digest, QuietHours, Rhythm
from monitor.detect import Detector
from monitor.model import ArticleText, Field, Level
from monitor.rules.watches import DocumentWatch, load_watches
from monitor.settings import WatchSection
from monitor.triage import WatchTerms
from monitor.watches import configured, unknown_references
from tests.monitor.detecting import detector

GULF = """
kind: watch
id: cn-gulf
title: Chinese providers in the Gulf
query: 'home:CN overseas:yes place:@GCC type:(region|datacenter|investment|compute|partnership) -status:denied'
severity: [{if: 'amount:>=1bnUSD | status:(live|under_construction)', level: high}, {if: 'status:rumoured', level: low}, {else: medium}]
channels: [gulf-desk, mail]
notify_on: [new, development, repeat]
schedule: digest weekly mon 07:00
cooldown: 6h
tests:
- {lang: en, date: 2026-03-01, title: "Tencent Cloud to build data center in Saudi Arabia", text: "The site near Riyadh costs $150 million.", expect: medium}
- {lang: en, date: 2026-03-01, title: "Alibaba Cloud opens second data center in Dubai", text: "The company said the facility went live on Monday.", expect: high}
- {lang: en, date: 2026-03-01, title: "Oracle opens second cloud region in Saudi Arabia", text: "Riyadh follows Jeddah.", expect: none}
"""
TOPIC = """
kind: watch
id: sovereign
title: Debate on sovereign clouds
terms:
  threshold: 30
  max_per_term: 2
  weights:
  - {t: ["sovereign cloud*", "souveräne* Cloud*", 主权云], w: 15}
  - {t: [SecNumCloud, EUCS], w: 10}
  - {t: ["content security policy"], w: -40}
severity: [{else: low}]
tests:
- {lang: de, title: "Streit um die souveräne Cloud", text: "Souveräne Clouds kosten mehr.", expect: low}
- {lang: zh-Hant, title: "主權雲與主权云", text: "歐洲討論主权云。", expect: low}
- {lang: en, title: "A sovereign cloud", text: "And a content security policy for the sovereign cloud, sovereign cloud.", expect: none}
"""


def load(folder: Path, *documents: str) -> tuple[dict[str, DocumentWatch], list[str]]:
    (folder / "watches.yaml").write_text("\n---\n".join(map(dedent, documents)), encoding="utf-8")
    watches, problems = load_watches([folder], detector())
    return {watch.id: watch for watch in watches}, [str(problem) for problem in problems]


def article(title: str, text: str = "", language: str = "en") -> ArticleText:
    return ArticleText(article_id="a", title=title, text=text, language=language, published=date(2026, 3, 1))


def test_watches_with_passing_examples_load_with_what_triage_and_routing_ask_for(tmp_path: Path) -> None:
    watches, problems = load(tmp_path, GULF, TOPIC)

    assert problems == []
    assert list(watches) == ["cn-gulf", "sovereign"]
    terms: WatchTerms = watches["cn-gulf"]
    assert (terms.name, terms.min_level, terms.shadow) == ("cn-gulf", "low", False)
    assert (terms.cooldown, terms.max_age) == (timedelta(hours=6), timedelta(hours=72))
    assert terms.notify_on == ("new", "development", "repeat")
    assert watches["sovereign"].notify_on == ("new", "development")
    assert watches["cn-gulf"].channels == ("gulf-desk", "mail")


def test_a_watch_is_named_in_the_judgement_of_an_article(tmp_path: Path) -> None:
    watches, _ = load(tmp_path, GULF, TOPIC)
    asked = Detector(detector().knowledge, detector().rules, list(watches.values()))

    judgement = asked.judge(
        article("Huawei Cloud to build data center in Kuwait", "It will cost $2 billion.")
    )

    assert judgement.watches == ("cn-gulf",)
    assert watches["cn-gulf"].level(article("x"), judgement.findings) is Level.HIGH


def test_a_topic_counts_each_term_so_often_and_no_more(tmp_path: Path) -> None:
    watches, _ = load(tmp_path, TOPIC)
    topic = watches["sovereign"]

    assert topic.topic_score(article("sovereign cloud " * 9)) == 30
    assert topic.topic_score(article("EUCS", "SecNumCloud")) == 20
    assert topic.why_not(article("EUCS"), ()) == "the terms weigh 10, 30 are needed"


def test_min_score_keeps_weak_findings_out(tmp_path: Path) -> None:
    weak = "kind: watch\nid: weak\nquery: type:datacenter\n"
    watches, _ = load(tmp_path, weak, weak.replace("weak", "strong") + "min_score: 500\n")
    told = article("AWS to build data center in Berlin", "AWS will build a data center in Berlin.")
    findings = detector().judge(told).findings

    assert watches["weak"].holds(told, findings)
    assert not watches["strong"].holds(told, findings)


def test_without_severities_the_best_finding_gives_the_level(tmp_path: Path) -> None:
    watches, _ = load(tmp_path, "kind: watch\nid: any\nquery: johor\n")
    findings = detector().judge(article("AWS opens data center in Berlin")).findings

    assert watches["any"].level(article("johor"), findings) is not Level.INFORMATIONAL
    assert watches["any"].level(article("johor"), ()) is Level.INFORMATIONAL


def test_a_watch_may_include_another(tmp_path: Path) -> None:
    outer = "kind: watch\nid: outer\nquery: 'watch:inner -berlin'\n"
    inner = "kind: watch\nid: inner\nquery: cloud\n"
    watches, problems = load(tmp_path, outer, inner)

    assert problems == []
    assert watches["outer"].holds(article("A cloud"), ())
    assert not watches["outer"].holds(article("A cloud over Berlin"), ())


def test_a_watch_whose_example_fails_is_left_out_and_the_others_go_on(tmp_path: Path) -> None:
    wrong = """
        kind: watch
        id: wrong
        query: johor
        severity: [{else: low}]
        tests:
        - {lang: en, title: "Johor", text: "", expect: high}
        - {lang: en, title: "Johor", text: "", expect: none}
        - {lang: en, title: "Paris", text: "", expect: low}
        """
    watches, problems = load(tmp_path, wrong, TOPIC)

    assert list(watches) == ["sovereign"]
    assert problems == [
        "watches.yaml: wrong.tests[1]: has level low, expected is high. Correct the watch or the example",
        "watches.yaml: wrong.tests[2]: holds, and none is expected. Correct the watch or the example",
        "watches.yaml: wrong.tests[3]: does not hold: 'johor' does not occur. Correct the watch or the example",
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("query: 'type:regoin'", "w.query: column 6: 'regoin' is not known; did you mean 'region'"),
        ("query: a\nqeury: b", "w.qeury: is no key of a watch. Did you mean query?"),
        ("title: nothing asked", "w.query: a watch has either a query or terms"),
        ("query: 'watch:nowhere'", "w.query: there is no watch 'nowhere'"),
        ("query: 'watch:w'", "w.query: includes itself"),
        ("query: a\nmin_score: many", "w.min_score: 'many' is no whole number"),
        ("query: a\nschedule: weekly", "w.schedule: 'weekly' cannot be read"),
        ("query: a\nquiet: at night", "w.quiet: 'at night' cannot be read"),
        ("query: a\nmax_per_day: -1", "w.max_per_day: -1 is no limit"),
        ("query: a\ngroup_by: project", "w.group_by: 'project' is not known"),
        ("query: a\nlevel: urgent", "w.level: 'urgent' is not known"),
        ("query: a\nlevel: low\nseverity: [{else: low}]", "w.level: stands beside severity"),
        ("query: a\ncooldown: soon", "w.cooldown: 'soon' is not a duration"),
        ("query: a\nnotify_on: [always]", "w.notify_on: 'always' is not known"),
        ("query: a\nseverity: [{else: urgent}]", "w.severity[1]: the level 'urgent' is not known"),
        ("query: a\nseverity: [{else: low}, {if: b, level: high}]", "w.severity[1]: `else` ends the list"),
        ("query: a\nseverity: [{if: '(', level: high}]", "w.severity[1].if: column 2"),
        ("query: a\ntests: [{text: x, expect: maybe}]", "w.tests[1].expect: 'maybe' is not known"),
        ("query: a\ntests: [{text: x, date: today, expect: none}]", "w.tests[1].date: 'today' is no date"),
        ("terms: {threshold: 3, weights: []}", "w.terms.weights: is empty"),
        ("terms: {threshold: 3, weights: [{t: ['*'], w: 1}]}", "w.terms.weights[1].t: '*'"),
        ("terms: {threshold: 3, weights: [{t: [[a]], w: 1}]}", "w.terms.weights[1].t"),
    ],
)
def test_a_wrong_document_is_refused_with_its_place(tmp_path: Path, lines: str, problem: str) -> None:
    watches, problems = load(tmp_path, f"kind: watch\nid: w\n{lines}\n")

    assert watches == {}
    assert [one for one in problems if one.startswith(f"watches.yaml: {problem}")], problems


def test_an_id_stands_once_in_a_file_and_a_later_file_replaces_it(tmp_path: Path) -> None:
    plain = "kind: watch\nid: same\nquery: one\n"
    _, problems = load(tmp_path, plain, plain)
    (tmp_path / "watches.yaml").write_text(plain, encoding="utf-8")
    (tmp_path / "zz.yaml").write_text(plain.replace("one", "two"), encoding="utf-8")
    replaced, _ = load_watches([tmp_path], detector())

    assert problems == ["watches.yaml: same.id: is defined twice in this file. Rename or remove one"]
    assert [str(watch.fields.query) for watch in replaced] == ["two"]


def test_experimental_watches_are_shadows_and_deprecated_ones_do_not_run(tmp_path: Path) -> None:
    watches, problems = load(
        tmp_path,
        "kind: watch\nid: trial\nquery: a\nstatus: experimental\n",
        "kind: watch\nid: old\nquery: a\nstatus: deprecated\n",
    )

    assert problems == []
    assert list(watches) == ["trial"]
    assert watches["trial"].shadow


def test_the_rhythm_of_a_watch_is_read_from_its_schedule_quiet_hours_and_limit(tmp_path: Path) -> None:
    watches, problems = load(
        tmp_path,
        "kind: watch\nid: weekly\nquery: a\nschedule: digest weekly mon 07:00\n",
        "kind: watch\nid: daily\nquery: a\nschedule: digest 06:30\nquiet: 22:00-07:00\nmax_per_day: 5\n",
        "kind: watch\nid: plain\nquery: a\nschedule: instant\n",
    )

    assert problems == []
    assert watches["weekly"].rhythm == Rhythm(digest=Digest(times=("07:00",), weekdays=frozenset({0})))
    assert watches["daily"].rhythm == Rhythm(
        digest=Digest(times=("06:30",)), quiet=QuietHours(start="22:00", end="07:00"), per_day=5
    )
    assert watches["plain"].rhythm == Rhythm()


def test_one_level_for_every_alert_is_the_short_form_of_severities(tmp_path: Path) -> None:
    watches, _ = load(tmp_path, "kind: watch\nid: w\nquery: johor\nlevel: high\n")

    assert watches["w"].level(article("Johor"), ()) is Level.HIGH


def test_examples_may_name_the_source_and_the_tier_of_their_outlet(tmp_path: Path) -> None:
    watches, problems = load(
        tmp_path,
        """
        kind: watch
        id: press
        query: 'johor outlet:(trade|primary) source:dcd'
        level: low
        tests:
        - {lang: en, title: Johor, text: "", source: dcd, outlet: trade, expect: low}
        - {lang: en, title: Johor, text: "", source: dcd, outlet: aggregator, expect: none}
        - {lang: en, title: Johor, text: "", source: other, outlet: trade, expect: none}
        """,
    )

    assert problems == []
    assert list(watches) == ["press"]


QUOTED = (
    "The drought has emptied the wells. Farmers blame data  centers for the water that Johor lacks. "
    "Nobody spoke of Paris."
)


@pytest.mark.parametrize(
    ("query", "quote", "words"),
    [
        ("johor water -paris", "Farmers blame", ["water", "Johor"]),
        ('"data centers" NEAR/3 water', "Farmers blame", ["data  centers", "water"]),
        ("johor (paris | berlin)", "Farmers blame", ["Johor"]),
        ("/dr.ught/", "The drought", ["drought"]),
        ("title:protest", "Farmers in Johor protest", ["protest"]),
        ("watch:other", "Nobody spoke", ["Paris"]),
    ],
)
def test_a_watch_on_words_quotes_the_sentence_in_which_most_of_them_stand(
    tmp_path: Path, query: str, quote: str, words: list[str]
) -> None:
    watches, _ = load(
        tmp_path, f"kind: watch\nid: w\nquery: '{query}'\n", "kind: watch\nid: other\nquery: paris\n"
    )
    asked = article("Farmers in Johor protest", QUOTED)

    passage = watches["w"].passage(asked)

    assert passage is not None
    assert passage.text.startswith(quote)
    assert [passage.text[start:end] for start, end in passage.marks] == words
    stored = asked.title if passage.span.field is Field.TITLE else asked.text
    assert stored[passage.span.start : passage.span.end] == passage.text


def test_weighted_terms_quote_a_sentence_too_and_facts_alone_quote_none(tmp_path: Path) -> None:
    watches, _ = load(tmp_path, TOPIC, GULF)
    asked = article("Streit", "Erst ein Satz. Die souveräne Cloud und EUCS kommen.", "de")

    passage = watches["sovereign"].passage(asked)

    assert passage is not None
    assert passage.text == "Die souveräne Cloud und EUCS kommen."
    assert watches["cn-gulf"].passage(asked) is None


def test_a_watch_of_the_configuration_may_include_one_of_the_local_files(tmp_path: Path) -> None:
    watches, _ = load(tmp_path, GULF)
    documents = tuple(watches.values())
    section = WatchSection(name="big", query="watch:cn-gulf billion")
    asked = article("Huawei Cloud to build data center in Kuwait", "It will cost $2 billion.")
    findings = detector().judge(asked).findings

    (own,) = configured([section], detector().knowledge, documents)

    assert own.holds(asked, findings)
    assert unknown_references([section], documents) == []


def test_a_watch_that_includes_none_that_exists_is_named() -> None:
    sections = [WatchSection(name="big", query="watch:gulf"), WatchSection(name="all")]

    (problem,) = unknown_references(sections, ())

    assert (
        str(problem) == "[[watch]] big, query: there is no watch 'gulf' with a query. Such watches are: none"
    )


def test_query_that_cannot_be_read_is_left_to_the_configuration_to_name() -> None:
    assert unknown_references([WatchSection(name="all", query="type:*")], ()) == []
