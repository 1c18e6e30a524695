"""The pages of quality: Rules with examples and precision, one rule, and Precision by rule, source, language, watch."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.listing import trial_hits
from monitor.review import queries
from monitor.review.pages import not_found, page, visit
from monitor.rules.model import RuleStatus
from monitor.shadow import STEP, WOULD_BE_NEWS
from monitor.verdicts import Precision, list_verdicts, precision
from monitor.whywords import reason_in_words
from monitor.wording import said

if TYPE_CHECKING:
    from datasette import Response
    from datasette.app import Datasette
    from datasette.utils.asgi import Request
    from sqlite_utils import Database

    from monitor.rules.model import EventRule

GROUPS = {
    "rule": "rule",
    "clause": "clause",
    "event": "kind of event",
    "source": "source",
    "language": "language",
    "watch": "watch",
}
SPANS = {"30": "30 days", "90": "90 days", "0": "all time"}


async def rules(request: Request, datasette: Datasette) -> Response:
    """Every rule: its status, examples, what it found in the log, and how often people found that right."""
    seen = visit(request, datasette)
    await seen.site.prepare()
    loaded = seen.site.rules

    month = seen.now - timedelta(days=30)

    def question(db: Database) -> dict[str, object]:
        return {
            "watches": queries.watch_decisions(db, month),
            "shadow": queries.shadow_decisions(db, month, 30),
        }

    def measured(db: Database) -> tuple[dict[str, int], dict[str, Precision]]:
        return queries.rule_counts(db), {one.name: one for one in precision(db, "rule")}

    counts, judged = await seen.site.log.read(measured)
    answer = await seen.site.log.read(question)
    known = {rule.id for rule in loaded.rules} if loaded else set()
    return await page(
        seen,
        "rules.html",
        {
            "rules": [_rule(rule, counts, judged) for rule in loaded.rules] if loaded else [],
            "files": seen.site.files,
            "folders": seen.site.config.detect.local,
            "loaded": loaded,
            "gone": sorted(set(counts) - known),
            "shadowed": {watch.name for watch in seen.site.watches if watch.shadow},
            **answer,
            "counts": counts,
            "in_words": reason_in_words,
        },
    )


def _rule(rule: EventRule, counts: dict[str, int], judged: dict[str, Precision]) -> dict[str, object]:
    return {"rule": rule, "found": counts.get(rule.id, 0), "precision": judged.get(rule.id)}


async def rule(request: Request, datasette: Datasette) -> Response:
    """One rule: its clauses, its own examples, the newest sentences it found."""
    seen = visit(request, datasette)
    await seen.site.prepare()
    loaded = seen.site.rules
    rule_id = str(request.url_vars["rule_id"])
    known = next((one for one in loaded.rules if one.id == rule_id), None) if loaded else None

    on_trial = known is not None and known.status is RuleStatus.EXPERIMENTAL

    def question(db: Database) -> dict[str, object]:
        return {
            "hits": queries.examples_of_rule(db, rule_id, 30),
            "trial": trial_hits(db, rule_id, f"{STEP}{rule_id}", WOULD_BE_NEWS, limit=30) if on_trial else [],
            "precision": next((one for one in precision(db, "rule") if one.name == rule_id), None),
        }

    answer = await seen.site.log.read(question)
    if known is None and not answer["hits"]:
        return await not_found(seen, said("rule {0}", rule_id), said("Rules lists them all"))
    return await page(seen, "rule.html", {**answer, "rule": known, "rule_id": rule_id})


async def precision_page(request: Request, datasette: Datasette) -> Response:
    """How often people found something right, by what, with what is certain, and the verdicts themselves."""
    seen = visit(request, datasette)
    by = seen.choice("by", GROUPS, "rule")
    days = seen.choice("days", SPANS, "0")
    since = seen.now - timedelta(days=int(days)) if days != "0" else None

    def question(db: Database) -> dict[str, object]:
        month = seen.now - timedelta(days=30)
        return {
            "all": next(iter(precision(db, "all", since=since)), None),
            "groups": precision(db, by, since=since),
            "lately": {one.name: one for one in precision(db, by, since=month)},
            "verdicts": list_verdicts(db, limit=100),
        }

    answer = await seen.site.log.read(question)
    return await page(
        seen,
        "precision.html",
        {
            **answer,
            "by": by,
            "by_names": GROUPS,
            "days": days,
            "spans": SPANS,
            "author": request.cookies.get("cspwatch_author", ""),
        },
    )
