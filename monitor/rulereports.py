"""Rules, their hits and the verdicts in, what `cspwatch rules` prints out: lists, backtests, suggestions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.articlelog import get_article
from monitor.backtest import BacktestReport, Change
from monitor.database import open_database
from monitor.listing import rule_hits, trial_hits
from monitor.model import ArticleText
from monitor.rulefiles import rule_documents
from monitor.rules.model import RuleSet, RuleStatus
from monitor.ruletext import document_text
from monitor.shadow import STEP, WOULD_BE_NEWS
from monitor.suggesting import Labeled, NearMiss, Setting, Suggestion, near_misses, suggest
from monitor.verdicts import Opinion, Precision, missed_urls, precision, standing_opinions
from monitor.wording import counted

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.knowledge.model import Knowledge
    from monitor.telling import Watch

#: Lines of a list for people; --json prints all.
_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What the verdicts say of the rules. `unseen` are missed addresses that the log does not hold."""

    wrong: int
    missed: int
    clauses: tuple[Precision, ...]
    near_misses: tuple[NearMiss, ...]
    suggestions: tuple[Suggestion, ...]
    unseen: tuple[str, ...]


def list_rules(config: Config, loaded: RuleSet, since: datetime | None) -> list[dict[str, object]]:
    """One row for each rule that runs; without hits and precision where there is no log yet."""
    hits: dict[str, tuple[int, int]] = {}
    trials: dict[str, int] = {}
    rates: dict[str, Precision] = {}
    if config.database.exists():
        with closing(open_database(config.database, read_only=True)) as db:
            hits = rule_hits(db, since=since)
            rates = {one.name: one for one in precision(db, "rule", since=since)}
            for rule in loaded.rules:
                if rule.status is RuleStatus.EXPERIMENTAL:
                    trials[rule.id] = sum(
                        int(str(row["news"]))
                        for row in trial_hits(db, rule.id, f"{STEP}{rule.id}", WOULD_BE_NEWS, limit=-1)
                    )
    rows: list[dict[str, object]] = []
    for rule in loaded.rules:
        count, news = hits.get(rule.id, (0, 0))
        rate = rates.get(rule.id)
        rows.append(
            {
                "id": rule.id,
                "type": rule.type.value,
                "status": rule.status.value,
                "level": rule.level.value,
                "examples": len(rule.tests),
                "hits": count,
                "news": news,
                "trial": trials.get(rule.id),
                "rate": round(rate.rate, 3) if rate else None,
                "lower": round(rate.lower, 3) if rate else None,
            }
        )
    return rows


def feedback(
    config: Config,
    knowledge: Knowledge,
    loaded: RuleSet,
    watches: tuple[Watch, ...],
    progress: Callable[[int], None] = lambda _count: None,
) -> Feedback:
    """Read the verdicts of the log and look for the edits that they ask for. `watches`: those that send something."""
    setting = Setting(
        knowledge=knowledge,
        rules=loaded,
        documents={name: document for name, (_, document) in rule_documents(config.detect.local).items()},
        watches=watches,
    )
    labeled = []
    with closing(open_database(config.database, read_only=True)) as db:
        opinions = standing_opinions(db)
        for article_id, opinion in opinions.items():
            article = get_article(db, article_id)
            if article is None or not article.text:
                continue
            text = ArticleText(
                article_id=article_id,
                title=article.title,
                text=article.text,
                language=article.language,
                published=article.published.date() if article.published else None,
                url=article.url,
                source=article.source_id,
                tier=article.tier,
            )
            labeled.append(Labeled(text=text, wanted=opinion is not Opinion.WRONG))
        clauses = sorted(
            (one for one in precision(db, "clause") if one.wrong),
            key=lambda one: (-one.wrong, one.rate, one.name),
        )
        unseen = missed_urls(db)
    return Feedback(
        wrong=sum(said is Opinion.WRONG for said in opinions.values()),
        missed=sum(said is Opinion.MISSED for said in opinions.values()) + len(unseen),
        clauses=tuple(clauses),
        near_misses=tuple(near_misses(setting, labeled)),
        suggestions=tuple(suggest(setting, labeled, progress)),
        unseen=tuple(unseen),
    )


def feedback_json(found: Feedback, backtested: BacktestReport | None) -> dict[str, object]:
    """Everything as one object; `backtest` is that of the first suggestion."""
    return {
        "wrong": found.wrong,
        "missed": found.missed,
        "clauses": [
            {"clause": c.name, "right": c.right, "wrong": c.wrong, "rate": c.rate} for c in found.clauses
        ],
        "near_misses": [asdict(one) for one in found.near_misses],
        "suggestions": [{**asdict(one), "yaml": document_text(one.document)} for one in found.suggestions],
        "unseen": list(found.unseen),
        "backtest": asdict(backtested) if backtested else None,
    }


def render_feedback(found: Feedback, backtested: BacktestReport | None) -> str:
    """For a terminal: what went wrong, what would mend it, and what that would do to the stored log."""
    if not found.wrong and not found.missed:
        return "Nothing was called wrong or missed yet: `cspwatch verdict ID wrong`, `cspwatch verdict missed URL`."
    lines = [f"{found.wrong} wrong and {found.missed} missed, by verdicts."]
    if found.clauses:
        lines += ["", "Clauses behind most wrong alerts (wrong of all with a verdict):"]
        lines += [f"  {c.wrong:>4} of {c.right + c.wrong:<4} {c.name}" for c in found.clauses[:_MOST]]
    if found.near_misses:
        lines += ["", "Where missed articles failed:"]
        lines += [
            f"  {one.articles:>4}  {one.rule}: {one.clause}   e.g. {one.example}"
            for one in found.near_misses[:_MOST]
        ]
    if found.unseen:
        lines += ["", "Missed and never seen; `cspwatch why URL` says which source should have had it:"]
        lines += [f"  {url}" for url in found.unseen[:_MOST]]
    if not found.suggestions:
        return "\n".join([*lines, "", "No small edit of a rule corrects any of them without spoiling more."])
    for number, one in enumerate(found.suggestions, 1):
        lines += ["", f"Suggestion {number}: {one.rule}: {one.edit}"]
        lines += [f"  corrects  {title}" for title in one.corrected[:_MOST]]
        lines += [f"  spoils    {title}" for title in one.spoilt[:_MOST]]
    lines += [
        "",
        "Suggestion 1 as a document for a file of [detect] local:",
        "",
        document_text(found.suggestions[0].document),
    ]
    if backtested is not None:
        lines += ["Backtest of suggestion 1:", render_backtest(backtested)]
    return "\n".join(lines)


def render_backtest(report: BacktestReport) -> str:
    """For a terminal: the numbers, what is gained and lost with its sentence, and the stories of each week."""
    changed = f"{len(report.gained)} gained, {len(report.lost)} lost"
    told = counted(report.before, "story")
    lines = [
        f"{report.articles} articles judged: {told} would alert before, {report.after} after; {changed}.",
        "Stories are counted: what later articles add to one may alert again, and is not counted again.",
    ]
    if report.without_text:
        lines.append(f"{report.without_text} articles have no text any more and were left out.")
    for word, changes in (("gained", report.gained), ("lost", report.lost)):
        for change in changes:
            lines += ["", *_change_lines(word, change)]
    if report.weeks:
        lines += ["", "WEEK OF\tBEFORE\tAFTER"]
        lines += [f"{week.monday}\t{week.before}\t{week.after}" for week in report.weeks]
    return "\n".join(lines)


def _change_lines(word: str, change: Change) -> Sequence[str]:
    case = change.first
    more = f", {change.articles} articles" if change.articles > 1 else ""
    rule = f"rule {case.rule}" if case.rule else "the query of a watch"
    head = f"{'+' if word == 'gained' else '-'} {word}: {case.title}"
    return (
        head,
        f"    {case.level}, {rule}, {case.source_id}, {case.seen:%Y-%m-%d}{more}, {case.url}",
        *([f'    "{case.quote}"'] if case.quote else []),
    )
