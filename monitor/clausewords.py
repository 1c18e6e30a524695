"""Names of clauses, summands and conditions in, words for an analyst out. Tables only. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.wording import Said, recognized, said

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
    "ruling": "a court or authority",
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
    "title_object_aside": "the site or chip in the headline is only what something else is for",
    "title_actor_aside": "the provider in the headline is only where, with whom or for whom it happens",
    "fact_in_title": "a fact stands in the headline",
    "fact_in_lead": "a fact stands in the first sentences",
    "fact_across": "headline and lead give the fact together",
    "fact_in_body_only": "facts stand only further down",
    "lead_in_full": "the first sentences say who does what, with a place or a size",
    "body_agrees": "facts further down agree with headline and lead",
    "fact_repeated": "the fact is said twice",
    "backs_two": "the headline names two parts of the fact in the lead",
    "backs_three": "the headline names three parts of the fact in the lead or more",
    "backs_action": "the headline says what happens in the lead",
    "across_unbacked": "only headline and lead together give a fact, and the headline does not say who does what",
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


SCORE: Mapping[str, str] = {
    "in_title": "in the headline",
    "in_lead": "in the lead",
    "amount": "with an amount",
    "place": "with a place",
    "overseas": "abroad",
    "tier1": "a large provider",
    "second_evidence": "said twice",
    "no_actor": "no provider named",
    "coref_actor": "the provider only as 'the company'",
    "rumour": "a rumor",
    "denied": "denied",
    "history": "history",
    "hypothetical": "only supposed",
    "far_pair": "action and object far apart",
    "late_sentence": "far down",
    "across_sentences": "put together from two sentences",
}
MISSING: Mapping[str, str] = {
    "object": "nothing that the rule is about (a site, a region, chips) stands there",
    "action": "no word says that the rule's action happens",
    "actor": "no provider that the rule asks for acts there",
    "window": "action and object stand too far apart",
    "part": "action and object belong to two of whom each does something else",
    "need money": "no sum of money stands there",
    "need place": "no place stands there",
    "need money_or_place": "neither a sum nor a place stands there",
    "need place_or_count": "neither a place nor a number of sites, chips or megawatts stands there",
    "need two_providers": "only one provider acts",
    "need two_in_sentence": "only one firm is named in the sentence",
    "need place_or_partner": "neither a place, a sum nor a partner stands there",
    "need power_or_dc_context": "neither power nor a data center is named",
    "need dc_context": "no data center or cloud is named",
    "need dc_in_article": "no data center is named in the article",
    "need count": "no number of sites, chips or megawatts stands there",
    "need overseas": "the place is at home",
    "unless cue": "a word says that it is only supposed, or not so",
    "unless term": "a word that the rule excludes stands there",
    "stopped": "a word says that it is stopped",
    "business": "the provider sells much besides cloud, and none is named",
}
EVENTS: Mapping[str, str] = {
    "region": "cloud region",
    "datacenter": "data center",
    "compute": "computing capacity",
    "investment": "investment",
    "partnership": "partnership",
    "contract": "contract",
    "market": "market entry or office",
    "acquisition": "acquisition",
    "regulatory": "license or regulation",
    "availability": "service made available",
    "connectivity": "cable or network",
    "power": "power supply",
    "footprint": "standing presence",
}


#: What else the trace says: why a name does not count, how the news was decided, the items of a digest, a trial.
TRACE_SENTENCES = (
    "no provider named",
    "stands for the provider named in the headline",
    "context {0} in the same sentence",
    "needs context {0} in the {1}",
    "no fact",
    "the sum is below 0",
    "only a vendor acts, and the headline does not name it",
    "the headline names nothing of what the lead says",
    "the headline denies it",
    "headline and lead state no fact",
    "{0} items, each judged by itself",
    "only the headline makes it news",
    "would be news by itself",
    "not news",
    "would be the news",
    "would be background",
    "sum {0}",
)


def clause_in_words(name: str) -> Said:
    """A clause of the news sum as an analyst would say it."""
    if name in CLAUSES:
        return said(CLAUSES[name])
    where, _, part = name.partition("_")
    field = said("the headline" if where == "title" else "the lead")
    if part in PARTS:
        return said("{0} {1}", field, said(PARTS[part]))
    genre, _, where = name.rpartition("_")
    if genre in GENRES:
        field = said("the headline" if where == "title" else "the lead")
        return said("{0} has the words of {1}", field, said(GENRES[genre]))
    return said("{0}", name.replace("_", " "))


def score_in_words(name: str) -> Said:
    """A summand of a finding's score."""
    base, _, rule = name.partition(":")
    if base == "base" and rule:
        return said("rule {0}", rule)
    return said(SCORE[name]) if name in SCORE else said("{0}", name.replace("_", " "))


def missing_in_words(clause: str) -> Said:
    """The clause of a rule that failed, or what another step of the trace says."""
    if clause.startswith("unless context "):
        return said("the sentence is about something else ({0})", clause.removeprefix("unless context "))
    if clause in GENRES:
        return said(GENRES[clause])
    return said(MISSING[clause]) if clause in MISSING else recognized(clause, TRACE_SENTENCES)
