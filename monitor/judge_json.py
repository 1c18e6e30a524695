"""A `Judgement` in, the JSON of `cspwatch judge` out. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict

from monitor.model import Amount, ArticleText, Finding, Judgement


class AmountJson(TypedDict):
    value: int | float
    unit: str


class FindingJson(TypedDict):
    rule: str
    event: str
    direction: str
    status: str
    actors: list[str]
    objects: list[str]
    places: list[str]
    amounts: list[AmountJson]
    field: str
    start: int
    end: int
    quote: str
    score: int
    news: bool


class JudgementJson(TypedDict):
    id: str
    relevant: bool
    score: int
    lang: str
    findings: list[FindingJson]
    watches: list[str]


def judgement_to_json(judgement: Judgement, article: ArticleText) -> JudgementJson:
    """The form of `cspwatch judge`: `start` and `end` count code points of the stored title or text."""
    return {
        "id": article.article_id,
        "relevant": judgement.relevant,
        "score": judgement.score,
        "lang": article.language or judgement.language,
        "findings": [_finding(finding) for finding in judgement.findings],
        "watches": list(judgement.watches),
    }


def _finding(finding: Finding) -> FindingJson:
    return {
        "rule": finding.rule,
        "event": finding.type.value,
        "direction": finding.direction.value,
        "status": finding.status.value,
        "actors": [actor.id for actor in finding.actors],
        "objects": [finding.object] if finding.object else [],
        "places": [place.id for place in finding.places],
        "amounts": [_amount(amount) for amount in finding.amounts],
        "field": finding.evidence.span.field.value,
        "start": finding.evidence.span.start,
        "end": finding.evidence.span.end,
        "quote": finding.evidence.quote,
        "score": finding.score,
        "news": finding.news,
    }


def _amount(amount: Amount) -> AmountJson:
    return {"value": _number(amount.value), "unit": amount.unit}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
