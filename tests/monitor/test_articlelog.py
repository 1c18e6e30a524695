"""Articles in the log: once by url_key, in versions, with their copies; lists and search over them."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.items import Completeness
from monitor.articlelog import (
    article_id_of,
    find_article,
    forget_old_bands,
    get_article,
    get_version,
    next_unjudged,
    store_article,
)
from monitor.database import rows, writing
from monitor.judgementlog import current_judgement, store_judgement
from monitor.listing import Filter, article_versions, find_articles, find_facts
from monitor.model import (
    Amount,
    ArticleText,
    EventType,
    Field,
    Finding,
    Judgement,
    Span,
    Status,
    StoryFeatures,
)
from monitor.neardup import bands, overlap, signature
from monitor.records import from_json, to_json
from tests.fakes import NOW, Fact, FakeDetector, FakeKnowledge, dump, make_article, make_source, new_log


@pytest.fixture
def db(tmp_path: Path):
    log = new_log(tmp_path, make_source(), make_source("other"))
    yield log
    log.close()


def prose(seed: int, words: int = 200) -> str:
    chance = random.Random(seed)
    return " ".join("".join(chance.choices("abcdefghijklmnop", k=chance.randint(3, 9))) for _ in range(words))


def store(db, *articles, **options: object):
    with writing(db):
        return [store_article(db, article, NOW, **options) for article in articles]  # type: ignore[arg-type]


def test_article_stored_twice_is_one_row_and_one_version(db) -> None:
    article = make_article("Once")
    store(db, article)
    before = dump(db)

    (again,) = store(db, article)

    assert not again.is_new
    assert not again.is_changed
    assert dump(db) == before


def test_edit_makes_a_new_version_and_is_judged_again(db) -> None:
    store(db, make_article("First title", "The first text.", slug="x"))
    with writing(db):
        db.execute("UPDATE article SET state = 'judged'")

    (edited,) = store(db, make_article("Second title", "The second text.", slug="x"))

    assert (edited.version, edited.is_changed) == (2, True)
    assert [row["title"] for row in article_versions(db, edited.article_id)] == [
        "First title",
        "Second title",
    ]
    assert get_version(db, edited.article_id, 1) == ("First title", "The first text.")
    assert next_unjudged(db).title == "Second title"
    assert [row["title"] for row in find_articles(db, Filter(text="second"))] == ["Second title"]
    assert find_articles(db, Filter(text="first")) == []


def test_teaser_read_later_does_not_replace_the_full_text(db) -> None:
    store(db, make_article("Title", "The whole text.", slug="x"))
    store(db, make_article("Title", "The who…", slug="x", completeness=Completeness.TEASER))
    assert next_unjudged(db).text == "The whole text."


def test_edit_without_a_date_keeps_the_date_that_was_known(db) -> None:
    store(db, make_article("Title", "One.", slug="x"))
    store(db, make_article("Title", "Two.", slug="x", published=None, published_from=None))
    assert next_unjudged(db).published == NOW - timedelta(hours=1)


def test_syndicated_copy_is_a_row_of_its_own_linked_to_the_first(db) -> None:
    text = prose(1)
    first, second, third, other = store(
        db,
        make_article("Original", text),
        make_article("Copy", text + " " + prose(2, 30), source="other"),
        make_article("Copy of the copy", text[: len(text) * 3 // 4], source="third"),
        make_article("Something else", prose(3)),
    )

    assert first.copy_of is None
    assert second.copy_of == first.article_id
    assert third.copy_of == first.article_id
    assert other.copy_of is None


def test_copies_are_not_looked_for_for_ever(db) -> None:
    store(db, make_article("Original", prose(1)))
    with writing(db):
        assert forget_old_bands(db, NOW + timedelta(days=1)) > 0
        copy = store_article(db, make_article("Copy", prose(1)), NOW)
    assert copy.copy_of is None


def test_light_edits_share_a_band_and_strangers_do_not() -> None:
    found = strangers = 0
    for seed in range(40):
        words = prose(seed).split()
        for place in random.Random(seed).sample(range(len(words)), len(words) // 20):
            words[place] = "edited"
        one, two, three = signature(prose(seed)), signature(" ".join(words)), signature(prose(seed + 1000))
        assert one is not None
        assert two is not None
        assert three is not None
        found += bool(set(bands(one)) & set(bands(two)))
        strangers += bool(set(bands(one)) & set(bands(three)))
    assert found >= 38
    assert strangers == 0


def test_stored_signatures_never_change() -> None:
    packed = signature(
        "華為在馬來西亞部署昇騰晶片。" * 20 + "A fixed text that every version must sign alike."
    )
    assert packed is not None
    assert packed[:8].hex() == "84bb294f19f13dc9"
    assert bands(packed)[0] == 782596080772


def test_short_text_is_no_copy_of_anything() -> None:
    assert signature("Too short to tell.") is None
    assert overlap("", "") == 0.0


def test_next_article_is_the_oldest_publication_and_undated_ones_come_last(db) -> None:
    store(
        db,
        make_article("Undated", published=None),
        make_article("New", published=NOW),
        make_article("Old", published=NOW - timedelta(days=1)),
    )
    order = []
    while (article := next_unjudged(db)) is not None:
        order.append(article.title)
        db.execute("UPDATE article SET state = 'judged' WHERE article_id = ?", [article.article_id])
    assert order == ["Old", "New", "Undated"]


def test_article_is_found_by_id_prefix_url_and_key(db) -> None:
    article = make_article("Find me")
    (stored,) = store(db, article)
    for named in (stored.article_id, stored.article_id[:8], article.url, article.url_key):
        found = find_article(db, named)
        assert found is not None, named
        assert found.article_id == stored.article_id
    assert find_article(db, "a") is None
    assert article_id_of(article.url_key) == stored.article_id


def judge(db, article_id: str, *facts: Fact, rule_set: str = "rules-1") -> Judgement:
    article = get_article(db, article_id)
    assert article is not None
    detector = FakeDetector({article.title: facts}, rule_set=rule_set)
    text = ArticleText(article_id=article_id, title=article.title, text=article.text, language="en")
    judgement = detector.judge(text)
    with writing(db):
        store_judgement(
            db,
            judgement,
            version=article.version,
            code_version="1",
            family_of=FakeKnowledge().family_of,
            now=NOW,
        )
    return judgement


PLAN = Fact(says="plans", actor="aws", places=("MY:Johor",), usd="400000000", mw="300", partners=("telekom",), when="2027", status=Status.PLANNED)  # fmt: skip


def test_judgement_comes_back_as_it_was_stored(db) -> None:
    (stored,) = store(db, make_article("AWS plans more", slug="x"))
    judgement = judge(db, stored.article_id, PLAN, Fact(says="AWS", event=EventType.FOOTPRINT, news=False))

    found = current_judgement(db, stored.article_id)

    assert found is not None
    assert found.judgement == judgement
    for finding in found.judgement.findings:
        span = finding.evidence.span
        assert (
            get_version(db, stored.article_id, found.version)[0][span.start : span.end]
            == finding.evidence.quote
        )


def test_judgement_stored_twice_changes_nothing_and_new_rules_replace_it(db) -> None:
    (stored,) = store(db, make_article("AWS plans more", slug="x"))
    judge(db, stored.article_id, PLAN)
    before = dump(db)
    judge(db, stored.article_id, PLAN)
    assert dump(db) == before

    judge(db, stored.article_id, rule_set="rules-2")

    assert find_facts(db, Filter()) == []
    assert rows(db, "SELECT count(*) AS n FROM judgement") == [{"n": 2}]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), True),
        (Filter(provider="aws"), True),
        (Filter(provider="amazon"), True),
        (Filter(provider="telekom"), True),
        (Filter(provider="huawei"), False),
        (Filter(place="MY"), True),
        (Filter(place="MY:Johor"), True),
        (Filter(place="TH"), False),
        (Filter(event="datacenter", status="planned", direction="expansion"), True),
        (Filter(event="region"), False),
        (Filter(text="more", source="example", language="en", relevant=True), True),
        (Filter(source="other"), False),
        (Filter(since=NOW), True),
        (Filter(since=NOW + timedelta(seconds=1)), False),
        (Filter(until=NOW), False),
        (Filter(news=False), False),
    ],
)
def test_ledger_and_log_are_filtered_alike(db, wanted: Filter, found: bool) -> None:
    (stored,) = store(db, make_article("AWS plans more", slug="x"))
    judge(db, stored.article_id, PLAN)

    facts = find_facts(db, wanted)

    assert bool(facts) is found
    if wanted.news:
        assert bool(find_articles(db, wanted)) is found
    if found:
        assert facts[0]["amounts"] == '["$400000000","300 MW"]'
        assert facts[0]["money_usd"] == 4e8


def test_values_survive_the_way_through_json() -> None:
    span = Span(field=Field.TITLE, start=0, end=3)
    amount = Amount(
        value=Decimal("1E+9"), unit="CNY", span=span, text="10亿元", value_max=Decimal("1.50"), op=">="
    )
    features = StoryFeatures(
        families=frozenset({"b", "a"}), countries=frozenset(), hubs=frozenset(), classes=frozenset({"build"}),
        directions=frozenset(), money_usd=(Decimal("0.10"),), published=NOW,
    )  # fmt: skip

    assert from_json(Amount, to_json(amount)) == amount
    assert from_json(StoryFeatures, to_json(features)) == features
    assert to_json(features).startswith('{"families":["a","b"]')
    assert from_json(Finding, to_json(FINDING)) == FINDING


FINDING = (
    FakeDetector({"plans": [PLAN]}).judge(ArticleText(article_id="a", title="plans", text="")).findings[0]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["one", "two", "three"])), min_size=1, max_size=8
    )
)
def test_log_holds_the_last_text_of_each_url_whatever_came_before(tmp_path_factory, steps) -> None:
    log = new_log(tmp_path_factory.mktemp("log"))
    last: dict[int, str] = {}
    for slug, text in steps:
        (result,) = store(log, make_article("Title", f"Text {text}.", slug=str(slug)))
        assert result.is_new is (slug not in last)
        assert result.is_changed is (slug in last and last[slug] != text)
        last[slug] = text

    found = {str(row["url"])[-1]: row["text"] for row in rows(log, "SELECT a.url, v.text FROM article AS a JOIN article_version AS v USING (article_id, version)")}  # fmt: skip

    log.close()
    assert found == {str(slug): f"Text {text}." for slug, text in last.items()}
