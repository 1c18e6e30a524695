"""The headline of a story says what holds now, not what it was once."""

from __future__ import annotations

from dataclasses import replace

from alerts.layouts.words import words
from monitor.alerting import NoNames
from monitor.model import ArticleText, Status
from monitor.review.facts import SourcedFinding, facts_on_page, headline
from tests.fakes import Fact, make_finding

ARTICLE = ArticleText(article_id="a1", title="A campus", text="The campus is news.")


def sourced(status: Status, score: int) -> SourcedFinding:
    made = replace(make_finding(ARTICLE, Fact(says="The campus")), status=status, score=score)
    return SourcedFinding(finding=made, article_id="a1", outlet="Outlet", url="https://outlet.example/1")


def test_overtaken_plan_gives_way_to_what_holds_now() -> None:
    found = [sourced(Status.PLANNED, 99), sourced(Status.CANCELLED, 70)]

    facts = facts_on_page(found, words("en"), NoNames(), status="cancelled")

    assert "canceled" in headline(facts, "")
    assert len(facts) == 2


def test_denial_that_is_no_news_of_its_article_still_heads_the_story() -> None:
    denial = sourced(Status.DENIED, 40)
    found = [sourced(Status.RUMOURED, 99), replace(denial, finding=replace(denial.finding, news=False))]

    facts = facts_on_page(found, words("en"), NoNames(), status="denied")

    assert "denied" in headline(facts, "")
