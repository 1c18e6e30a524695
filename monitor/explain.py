"""A `Judgement` in, sentences out that tell an analyst why it is or is not the news. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.model import (
    ArticleText,
    Direction,
    EventType,
    Field,
    Finding,
    Judgement,
    ScorePart,
    Status,
    TraceStep,
)

GENRES: Mapping[str, str] = {
    "opinion": "opinion or analysis",
    "interview": "an interview",
    "digest": "a digest or newsletter",
    "howto": "a guide or explainer",
    "earnings": "quarterly results",
    "stock": "stock-market news",
    "product": "a product announcement",
    "service_update": "a service update (instances, versions, support)",
    "price": "a price or tariff notice",
    "award": "an award or ranking",
    "customer": "a customer story",
    "charity": "a donation, training or support program",
    "lawsuit": "a lawsuit or investigation",
    "outage": "an outage",
    "attack": "an attack or a leak",
    "labour": "staff and personnel news",
    "environment": "a debate on water, power or neighbors",
    "forecast": "a forecast or study",
    "event": "a conference or webinar",
    "ipo": "an IPO",
    "funding": "a funding round",
    "first_person": "a personal or company voice (I, we, you)",
}
PARTS: Mapping[str, str] = {
    "actor": "names a provider",
    "vendor": "names only a chip or server vendor",
    "model": "names an AI model",
    "group": "names only a collective (hyperscalers, tech giants)",
    "action": "says that something is opened, built, bought, financed or agreed",
    "stop": "says that something is stopped, closed or refused",
    "infrastructure": "speaks of data centers, regions, chips or cloud infrastructure",
    "money": "gives a sum of money",
    "power": "gives megawatts or a number of chips",
    "place": "gives a place",
    "hedged": "speaks of plans or reports",
    "negated": "says no, not or never",
}
CLAUSES: Mapping[str, str] = {
    "bias": "starting value: most articles that name a provider report something else",
    "title_what_in_lead": "the headline says who does it, the lead says what",
    "title_mute": "the headline speaks neither of an action nor of infrastructure",
    "title_pair": "the headline says who does what, in one piece",
    "title_begins_with_actor": "the headline begins with the provider",
    "title_object_describes": 'the site or chip in the headline only describes something else ("data center security")',
    "title_actor_aside": "the provider in the headline is only where, with whom or for whom it happens",
    "fact_in_title": "a fact stands in the headline",
    "fact_in_lead": "a fact stands in the first sentences",
    "fact_across": "headline and lead give the fact together",
    "fact_in_body_only": "facts stand only further down",
    "body_agrees": "facts further down agree with headline and lead",
    "fact_repeated": "the fact is said twice",
    "backs_two": "the headline names two parts of the fact in the lead",
    "backs_three": "the headline names three parts of the fact in the lead or more",
    "backs_action": "the headline says what happens in the lead",
    "across_unbacked": "only headline and lead together give a fact; the headline does not say what happens to whom",
    "lead_aside": "in the lead, provider or site stand beside what the sentence is about",
    "lead_actor_far": "in the lead, the provider stands far from what happens",
    "several_types": "several kinds of facts come together",
    "project_fact": "the fact is a project (site, region, investment, chips)",
    "deal_fact": "the facts are deals only",
    "availability_fact": "the only fact is that a service is available",
    "contraction_fact": "the fact is a contraction",
    "objectless_fact": "the facts name no data center, region, chips or cloud",
    "no_infrastructure": "headline and lead speak of no infrastructure",
    "nominal_fact": "the headline has no verb that says what happens",
    "coref_fact": "the fact names its provider only as 'the company'",
    "group_fact": "the fact has only a collective as actor",
    "vendor_fact": "the fact has only a vendor as actor",
    "many_providers": "headline and lead name many providers",
    "genre_against_loose_fact": "the headline has the words of another kind of text, and its fact is loose",
    "genre_against_nominal_fact": "the headline has the words of another kind of text, and no verb",
    "lead_genre_against_loose_fact": "the lead has the words of another kind of text, and the headline's fact is loose",
    "genre_against_lead_fact": "the headline has the words of another kind of text and no fact of its own",
    "lead_genre_against_lead_fact": "the lead has the words of another kind of text, and the headline no fact",
    "several_genres": "headline and lead have the words of several other kinds of text",
    "question_title": "the headline is a question",
    "numbered_title": "the headline counts things",
    "quoted_title": "the headline is a quotation",
    "exclaiming_title": "the headline exclaims",
    "items_title": "the headline strings several items together",
    "sections": "the text begins with several headings",
    "bullets": "the text begins with a list",
    "code": "the text contains program code",
    "links": "the text begins with several links",
    "no_title": "there is no headline",
    "headline_only": "there is only a headline",
}


def clause_in_words(name: str) -> str:
    """A clause of the news sum as an analyst would say it."""
    if name in CLAUSES:
        return CLAUSES[name]
    where, _, part = name.partition("_")
    if part in PARTS:
        return f"the {'headline' if where == 'title' else 'lead'} {PARTS[part]}"
    genre, _, where = name.rpartition("_")
    if genre in GENRES:
        return f"the {'headline' if where == 'title' else 'lead'} has the words of {GENRES[genre]}"
    return name.replace("_", " ")


def explain(judgement: Judgement, article: ArticleText) -> str:
    """Verdict, reasons for and against, facts with their sentences, and what did not hold."""
    lines = [_verdict(judgement), *_items(judgement.trace)]
    lines += _reasons(judgement.news)
    lines += [line for finding in judgement.findings for line in _fact(finding, article)]
    lines += _failed(judgement.trace)
    return "\n".join(lines)


def _verdict(judgement: Judgement) -> str:
    total = sum(part.points for part in judgement.news)
    if judgement.relevant:
        return (
            f"NEWS, level {judgement.level.value} (score {judgement.score}; news sum {total:+d}, needed 0)."
        )
    first = next(
        (step for step in judgement.trace if step.step in ("entities", "news") and not step.held), None
    )
    if not judgement.findings:
        named = first is None or first.clause != "no provider named"
        why = (
            "a provider is named, but no sentence says that it expands or contracts"
            if named
            else "no provider is named"
        )
        return f"NOT NEWS: {why}."
    moving = [one for one in judgement.findings if one.type is not EventType.FOOTPRINT]
    if moving and all(one.status is Status.DENIED for one in moving):
        return "NOT NEWS: what is reported is denied. The fact is kept."
    if not moving:
        return "NOT NEWS: the text only says where a provider already is (background)."
    if total < 0:
        return f"NOT NEWS: headline and lead do not carry it (news sum {total:+d}, needed 0). Facts are background."
    return "NOT NEWS: no fact of headline and lead reaches level low. Facts are kept as background."


def _items(trace: Iterable[TraceStep]) -> list[str]:
    """The items of a digest, those first that would be news by themselves."""
    steps = [step for step in trace if step.step.startswith("digest")]
    if not steps:
        return []
    lines = [f"  A digest: {steps[0].clause}; {steps[0].note}."]
    lines += [
        f"  Item {step.step.partition(':')[2]} {step.clause}: {step.note}" for step in steps[1:] if step.held
    ]
    return lines


def _reasons(parts: Iterable[ScorePart]) -> list[str]:
    listed = list(parts)
    pro = sorted((part for part in listed if part.points > 0), key=lambda part: -part.points)
    contra = sorted((part for part in listed if part.points < 0), key=lambda part: part.points)
    lines = []
    if pro:
        lines.append(
            "  For it:     " + "; ".join(f"{clause_in_words(part.name)} ({part.points:+d})" for part in pro)
        )
    if contra:
        lines.append(
            "  Against it: "
            + "; ".join(f"{clause_in_words(part.name)} ({part.points:+d})" for part in contra)
        )
    return lines


def _fact(finding: Finding, article: ArticleText) -> list[str]:
    span = finding.evidence.span
    where = "headline" if span.field is Field.TITLE else "text"
    actors = ", ".join(actor.id for actor in finding.actors) or "no named actor"
    places = ", ".join(place.id for place in finding.places) or "no place"
    amounts = ", ".join(f"{amount.op if amount.op != '=' else ''}{amount.text}" for amount in finding.amounts)
    kind = f"{finding.type.value}{' (contraction)' if finding.direction is Direction.CONTRACTION else ''}"
    head = " · ".join(part for part in (actors, kind, finding.status.value, places, amounts) if part)
    points = " ".join(f"{part.name} {part.points:+d}" for part in finding.explain)
    return [
        f"  {'Fact' if finding.news else 'Background'}: {head}",
        f'    "{finding.evidence.quote}" ({where}, characters {span.start}-{span.end})',
        f"    score {finding.score} = {points}",
    ]


def _failed(trace: Iterable[TraceStep]) -> list[str]:
    """Refused names, and the rules that came nearest."""
    lines = [
        f"  Name not counted: {step.note}: {step.clause}"
        for step in trace
        if step.step == "entities" and step.note
    ]
    telling = ("need", "unless", "stopped", "business")
    near = [
        step
        for step in trace
        if step.step.startswith("rule:") and not step.held and step.clause.startswith(telling)
    ]
    lines += [f"  Rule {step.step.removeprefix('rule:')} did not hold: {step.clause}" for step in near[:6]]
    return lines
