"""Rules and knowledge in, the judge of the daemon out: rules on trial find and log, and never alert. Pure.

A rule with status `experimental` is on trial. The rules that alert judge as if it were not there, so that it can
neither add nor take away an alert; what it finds besides stands in the judgement as background, and the trace says
whether it would have been the news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from monitor.detect import Detector, Watch
from monitor.knowledge.model import Knowledge
from monitor.model import ArticleText, Judgement, TraceStep
from monitor.rules.model import EventRule, RuleSet, RuleStatus

#: Beginning of the trace steps of rules on trial.
STEP = "shadow:"
WOULD_BE_NEWS = "would be the news"
WOULD_BE_BACKGROUND = "would be background"


class Judge(Protocol):
    """What judges articles: a Detector, or one with rules on trial."""

    @property
    def knowledge(self) -> Knowledge: ...

    def judge(self, article: ArticleText) -> Judgement: ...


class ShadowJudge:
    """Judges with the rules that alert, and logs beside it what the rules on trial would have found."""

    def __init__(self, live: Detector, trial: Detector, on_trial: frozenset[str]) -> None:
        self._live = live
        self._trial = trial
        self._on_trial = on_trial

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge that both share."""
        return self._live.knowledge

    def judge(self, article: ArticleText) -> Judgement:
        """The judgement of the rules that alert, with the findings of the others as background."""
        live, tried = self._live.judge(article), self._trial.judge(article)
        known = {finding.finding_id for finding in live.findings}
        found = [one for one in tried.findings if one.rule in self._on_trial and one.finding_id not in known]
        steps = [
            TraceStep(
                step=f"{STEP}{one.rule}",
                held=True,
                clause=WOULD_BE_NEWS if one.news and tried.relevant else WOULD_BE_BACKGROUND,
                span=one.evidence.span,
            )
            for one in found
        ]
        return replace(
            live,
            findings=(*live.findings, *(replace(one, news=False) for one in found)),
            trace=(*live.trace, *steps),
            rule_set=tried.rule_set,
        )


def judge_with(
    knowledge: Knowledge, rules: RuleSet, watches: Sequence[Watch] = (), *, shipped: Sequence[EventRule] = ()
) -> Judge:
    """A judge for these rules. A shipped rule stays on duty while a local one of its id is on trial."""
    on_trial = frozenset(rule.id for rule in rules.rules if rule.status is RuleStatus.EXPERIMENTAL)
    trial = Detector(knowledge, rules, watches)
    if not on_trial:
        return trial
    live = {
        rule.id: rule
        for rule in shipped
        if rule.id in on_trial and rule.status is not RuleStatus.EXPERIMENTAL
    }
    live |= {rule.id: rule for rule in rules.rules if rule.id not in on_trial}
    ordered = tuple(rule for _, rule in sorted(live.items()))
    return ShadowJudge(Detector(knowledge, replace(rules, rules=ordered), watches), trial, on_trial)
