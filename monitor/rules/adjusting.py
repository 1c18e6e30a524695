"""Facts and the rules' adjustments in, the facts with the points that their queries add out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.knowledge.model import Knowledge
from monitor.model import ArticleText, ScorePart
from monitor.rules.model import EventRule
from monitor.rules.query import Query, QuerySubject, parse_query
from monitor.rules.setting import Fact

Adjustments = Mapping[str, tuple[tuple[Query, ScorePart], ...]]  # rule id -> query and what it adds


def compile_adjustments(rules: Sequence[EventRule]) -> Adjustments:
    """Queries were checked when the rule was read."""
    return {
        rule.id: tuple(
            (parse_query(one.query), ScorePart(name=one.why, points=one.points)) for one in rule.adjust
        )
        for rule in rules
        if rule.adjust
    }


def adjusted(
    facts: Sequence[Fact], adjustments: Adjustments, article: ArticleText, knowledge: Knowledge
) -> list[Fact]:
    """Each fact with the summands whose query holds for it."""
    return [_adjust(fact, adjustments.get(fact.finding.rule, ()), article, knowledge) for fact in facts]


def _adjust(
    fact: Fact, adjustments: Sequence[tuple[Query, ScorePart]], article: ArticleText, knowledge: Knowledge
) -> Fact:
    subject = QuerySubject(article=article, findings=(fact.finding,), lookup=knowledge)
    added = [part for query, part in adjustments if query.matches(subject)]
    if not added:
        return fact
    explain = (*fact.finding.explain, *added)
    score = max(0, sum(part.points for part in explain))
    return replace(fact, finding=replace(fact.finding, explain=explain, score=score))
