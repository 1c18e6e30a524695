"""An article of the log and a rule in, one more example inside a local rule file out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.urls import url_key
from monitor.articlelog import LoggedArticle, find_article
from monitor.articletext import stored_text
from monitor.database import open_database
from monitor.detect import Detector
from monitor.errors import MonitorError
from monitor.model import ArticleText, Finding, Judgement
from monitor.rulefiles import local_files, read_text, rule_documents, write_text
from monitor.ruletext import flow, rule_ids, rule_text, with_example, with_rule
from monitor.verdicts import Opinion, standing_opinions

if TYPE_CHECKING:
    from monitor.config import Config

_KINDS = {
    Opinion.WRONG: "miss",
    Opinion.USEFUL: "hit",
    Opinion.MISSED: "hit",
    Opinion.DUPLICATE: "hit",
    Opinion.LATE: "hit",
}
#: Characters of the text where neither headline nor quote decides.
_LONGEST = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedExample:
    """What was added. `passes`: the rule decides so already. `copied`: the file from which the rule was taken."""

    rule: str
    text: str
    passes: bool
    copied: Path | None
    is_loaded: bool


def add_example(config: Config, named: str, kind: str, rule_id: str, target: Path) -> AddedExample:
    """Add the article as an example to a rule of `target`.

    `kind` is miss, hit or background, "" to go by the verdict; `rule_id` "" is the rule that found most. Raises
    MonitorError where the article, the verdict or the rule is not there.
    """
    article, kind = _article(config, named, kind)
    detector = _detector(config, target)
    text = stored_text(article)
    judgement = detector.judge(text)
    rule_id = rule_id or _leading_rule(judgement, article)
    finding = max((one for one in judgement.findings if one.rule == rule_id), key=_weight, default=None)
    example = _example(detector, text, judgement, rule_id, finding, kind)
    known = rule_documents((*config.detect.local, target))
    if rule_id not in known:
        raise MonitorError(f"{rule_id}: there is no such rule. `cspwatch rules list` lists them")
    before = read_text(target) if target.exists() else ""
    copied = None
    if rule_id not in rule_ids(before):
        copied = known[rule_id][0]
        before = with_rule(before, rule_text(read_text(copied), rule_id) or "")
    write_text(target, with_example(before, rule_id, example))
    files = {file.resolve() for file in local_files(config.detect.local)}
    return AddedExample(
        rule=rule_id,
        text=flow(example),
        passes=_passes(detector.judge(_from_example(example)), rule_id, finding, kind),
        copied=copied,
        is_loaded=target.resolve() in files,
    )


def _article(config: Config, named: str, kind: str) -> tuple[LoggedArticle, str]:
    key = ""
    with suppress(ValueError):
        key = url_key(named) if "://" in named else ""
    with closing(open_database(config.database, read_only=True)) as db:
        article = find_article(db, named, key)
        if article is None:
            raise MonitorError(f"{named}: no article is called so. `cspwatch log` lists them")
        opinion = standing_opinions(db).get(article.article_id)
    if not kind and opinion is None:
        raise MonitorError(
            f"{named}: nobody has said whether it is right. Give --miss or --hit, or a verdict first"
        )
    if not article.text:
        raise MonitorError(f"{named}: its text was pruned, so it makes no example. Take a newer article")
    return article, kind or _KINDS[opinion or Opinion.WRONG]


def _detector(config: Config, target: Path) -> Detector:
    from monitor.knowledge.loader import load_knowledge  # builds the automata
    from monitor.rules.loader import load_rules

    paths = (*config.detect.local, *([target] if target.exists() else []))
    knowledge = load_knowledge(paths)
    loaded = load_rules(paths, knowledge=knowledge)
    unreadable = [found for found in loaded.problems if found.rule == target.name]
    if unreadable:
        raise MonitorError(str(unreadable[0].problem))
    return Detector(knowledge, loaded)


def _leading_rule(judgement: Judgement, article: LoggedArticle) -> str:
    if judgement.findings:
        return max(judgement.findings, key=_weight).rule
    near = [step.step.removeprefix("rule:") for step in judgement.trace if step.step.startswith("rule:")]
    tried = f" Those that came near: {', '.join(near)}." if near else ""
    raise MonitorError(
        f"{article.article_id}: no rule found anything in it.{tried} Say which one it is for: --rule ID"
    )


def _weight(finding: Finding) -> tuple[bool, int]:
    return finding.news, finding.score


def _example(
    detector: Detector,
    text: ArticleText,
    judgement: Judgement,
    rule_id: str,
    finding: Finding | None,
    kind: str,
) -> dict[str, object]:
    """The shortest piece of the article in which the rule finds the same."""
    pieces = list(_pieces(text, finding))
    chosen = next(
        (
            piece
            for piece in pieces
            if finding is not None and _finds(detector.judge(piece), rule_id, finding)
        ),
        pieces[-1],
    )
    example: dict[str, object] = {"lang": judgement.language}
    if text.published is not None:
        example["date"] = text.published.isoformat()
    if chosen.title:
        example["title"] = chosen.title
    example["text"] = chosen.text
    if kind == "miss":
        example["expect"] = "none"
    else:
        example["expect"] = [_fact(detector, rule_id, finding)]
        example["alert"] = "false" if kind == "background" else "true"
    return example


def _pieces(text: ArticleText, finding: Finding | None) -> Iterator[ArticleText]:
    """The quote alone, headline and quote, headline and beginning: what an example may be cut down to."""
    from dataclasses import replace

    if finding is not None:
        quote = finding.evidence.quote
        inside = quote if finding.evidence.span.field == "text" else ""
        if inside:
            yield replace(text, title="", text=inside)
        yield replace(text, text=inside)
    cut = (
        text.text
        if len(text.text) <= _LONGEST
        else text.text[:_LONGEST].rpartition("\n")[0] or text.text[:_LONGEST]
    )
    yield replace(text, text=cut)


def _finds(judgement: Judgement, rule_id: str, finding: Finding) -> bool:
    return any(
        one.rule == rule_id
        and one.status is finding.status
        and {actor.id for actor in one.actors} == {actor.id for actor in finding.actors}
        and {place.id for place in one.places} == {place.id for place in finding.places}
        for one in judgement.findings
    )


def _fact(detector: Detector, rule_id: str, finding: Finding | None) -> dict[str, object]:
    if finding is None:
        rule = next((rule for rule in detector.rules.rules if rule.id == rule_id), None)
        return {"type": rule.type.value} if rule else {}
    fact: dict[str, object] = {"type": finding.type.value, "status": finding.status.value}
    if finding.actors:
        fact["actor"] = finding.actors[0].id
    if finding.places:
        fact["place"] = finding.places[0].id
    return fact


def _from_example(example: Mapping[str, object]) -> ArticleText:
    from monitor.judging import parse_day

    return ArticleText(
        article_id="example",
        title=str(example.get("title", "")),
        text=str(example["text"]),
        language=str(example["lang"]),
        published=parse_day(str(example.get("date", ""))),
    )


def _passes(judgement: Judgement, rule_id: str, finding: Finding | None, kind: str) -> bool:
    hit = any(one.rule == rule_id for one in judgement.findings)
    if kind == "miss":
        return not hit
    return hit and finding is not None and judgement.relevant is (kind == "hit")
