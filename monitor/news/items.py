"""A digest in, its items out: spans of the stored text, each judged by itself. Pure.

A digest strings unrelated items together; the provider of one must not meet the site of another. It is known by its
headline (the words of the genre, or several items) or by items that each name somebody else. The article as a whole is
news only by its headline; what the items say is kept as background.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from monitor.mentions.lexicon import Kind
from monitor.mentions.scan import LONGEST_BODY, MOST_ITEMS
from monitor.model import ArticleText, Field, Finding, Judgement, Span, TraceStep
from monitor.rules.setting import Setting
from monitor.text import sentences

DIGEST = "digest"  # the genre whose words announce one
LEAST = 3  # signs of one kind that tell items apart
LEAST_UNANNOUNCED = 4  # where the headline does not say that it is one
MOST = 60  # items judged; what follows is a page of links
LONGEST_HEAD = 70  # characters of a line that can be the headline of an item
SHOWN = 60  # characters of an item in the trace

_MARK = re.compile(r"[▽▼■◆●◇□△▲★☆◎▶]|【(?=[^】\n]{2,60}】)")
_LINE = re.compile(r"[^\n]+")
_BULLET = re.compile(r"\s*(?:#{1,6}\s|[-*•·–—▪]\s|\d{1,2}[.)、]\s*\S)")
_SIGN = re.compile(r"\s*(?:#{1,6}\s+|[-*•·–—▪]\s+|[▽▼■◆●◇□△▲★☆◎▶])?\s*")
_DASH = re.compile(r"(?<=[.!?。])\s+[–—-]\s+")
_FINISHED = re.compile(r"[.。!！?？…:：,，;；]\W*$")
_HEAD_IN_BRACKETS = re.compile(r"【([^】\n]{2,60})】")
_TITLE_MARK = re.compile("[;；]")
_LABEL_END = re.compile(r"[:：｜|丨(（]|\s-{1,2}\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Code points of the stored text: the item's headline and what follows it."""

    head: tuple[int, int]
    body: tuple[int, int]

    def of(self, article: ArticleText) -> ArticleText:
        """The item as an article of its own."""
        return replace(article, title=article.text[slice(*self.head)], text=article.text[slice(*self.body)])

    @property
    def span(self) -> Span:
        return Span(field=Field.TEXT, start=self.head[0], end=self.body[1])


def digest_items(article: ArticleText, setting: Setting) -> tuple[Item, ...]:
    """The items of a digest; none for any other text."""
    text = article.text[:LONGEST_BODY]
    if not _is_announced(article.title, setting):
        starts = _sign_starts(text, _MARK, LEAST_UNANNOUNCED)
        items = tuple(_items(text, starts)) if starts else ()
        return items if items and _are_unrelated(items, text, setting) else ()
    starts = _marked_starts(text) or _line_starts(text)
    starts = starts or [start for start, _ in sentences(text, setting.knowledge.abbreviations)][:MOST]
    return tuple(_items(text, starts))


def could_be_digest(titles: str, text: str, *, says_so: bool) -> bool:
    """Looser than `digest_items`, for texts that hold an article among other words: False where it finds no items.

    `says_so`: a word of the genre stands in what could be the headline.
    """
    return says_so or _strings_together(titles) or len(_MARK.findall(text)) >= LEAST_UNANNOUNCED


def _strings_together(title: str) -> bool:
    return len(_TITLE_MARK.findall(title)) >= LEAST - 1


def _is_announced(title: str, setting: Setting) -> bool:
    """Whether the headline strings several items together, or says that it is a digest: in its label ("Roundup: ..."),
    or where it names nobody and nothing that happens."""
    if _strings_together(title):
        return True
    reading = setting.reading
    label = _LABEL_END.search(reading.folded, 0, reading.body_at - 1)
    nobody = not any(setting.cast.of(one) or one.of(Kind.ACTION) for one in reading.titles)
    end = reading.body_at if nobody or label is None else label.start()
    return any(
        hit.value == DIGEST and hit.start < end and (nobody or label is not None)
        for one in reading.titles
        for hit in one.of(Kind.GENRE)
    )


def _marked_starts(text: str) -> list[int]:
    """Where items begin by a sign: a mark, a dash after a sentence, a bullet or number at the beginning of a line."""
    found = _sign_starts(text, _MARK, LEAST) or _sign_starts(text, _DASH, LEAST - 1)
    lines = [match.start() for match in _LINE.finditer(text) if _BULLET.match(match.group())]
    return found or (lines[:MOST] if len(lines) >= LEAST else [])


def _sign_starts(text: str, sign: re.Pattern[str], least: int) -> list[int]:
    """The places of a sign that stands there often enough, and what stands before the first."""
    found = [match.start() for match in sign.finditer(text)]
    if len(found) < least:
        return []
    return [*([0] if text[: found[0]].strip() else []), *found][:MOST]


def _line_starts(text: str) -> list[int]:
    """Where items begin by their lines: short unfinished ones before longer ones are headlines, else each line."""
    lines = [(match.start(), match.group().strip()) for match in _LINE.finditer(text)]
    lines = [(start, line) for start, line in lines if line]
    heads = [
        start
        for (start, line), (_, following) in pairwise(lines)
        if _is_head(line) and len(following) > len(line)
    ]
    chosen = heads if len(heads) >= LEAST else [start for start, _ in lines]
    return chosen[:MOST] if len(chosen) >= LEAST else []


def _is_head(line: str) -> bool:
    return len(line) <= LONGEST_HEAD and not _FINISHED.search(line)


def _items(text: str, starts: Sequence[int]) -> Iterator[Item]:
    for start, end in pairwise([*starts, len(text)]):
        if text[start:end].strip():
            yield _item(text, start, end)


def _item(text: str, start: int, end: int) -> Item:
    """The headline of an item: what stands in brackets, the first line where more follow, else the first sentence."""
    bracket = _HEAD_IN_BRACKETS.match(text, start, end)
    if bracket:
        return Item(head=bracket.span(1), body=(bracket.end(), end))
    sign = _SIGN.match(text, start, end)
    begin = sign.end() if sign else start
    line = _LINE.search(text, begin, end)
    if line and text[line.end() : end].strip() and _is_head(line.group().strip()):
        return Item(head=(begin, line.end()), body=(line.end() + 1, end))
    first = sentences(text[begin:end], frozenset())[:1]
    stop = begin + first[0][1] if first else end
    return Item(head=(begin, stop), body=(stop, end))


def _are_unrelated(items: Sequence[Item], text: str, setting: Setting) -> bool:
    """Whether the headline names nobody, and the items stand in one line or name at least three, none most often."""
    reading = setting.reading
    if any(setting.cast.of(one) for one in reading.titles):
        return False
    if "\n" not in text[items[0].span.start : items[-1].span.start].strip():
        return True
    named: Counter[str] = Counter()
    for item in items:
        at = item.span
        named.update(
            {
                setting.knowledge.family_of(mention.id)
                for sentence in reading.sentences
                for mention in setting.cast.of(sentence)
                if at.start <= reading.span(mention.start, mention.end).start < at.end
            }
        )
    return len(named) >= LEAST and max(named.values()) * 2 <= len(items)


def with_items(
    headline: Judgement, items: Sequence[tuple[Item, Judgement]], article: ArticleText
) -> Judgement:
    """The judgement of a digest: the headline's, with the facts of the items as background and a step for each."""
    findings = {one.finding_id: one for one in headline.findings}
    steps = [
        TraceStep(
            step="digest",
            held=headline.relevant,
            clause=f"{len(items)} items, each judged by itself",
            note="only the headline makes it news",
        )
    ]
    for number, (item, judgement) in enumerate(items[:MOST_ITEMS], start=1):
        shown = article.text[item.span.start : item.span.end].strip().replace("\n", " ")[:SHOWN]
        verdict = "would be news by itself" if judgement.relevant else "not news"
        steps.append(
            TraceStep(
                step=f"digest:{number}", held=judgement.relevant, clause=verdict, note=shown, span=item.span
            )
        )
    for item, judgement in items:
        for one in judgement.findings:
            findings.setdefault(one.finding_id, _shifted(one, item))
    return replace(headline, findings=tuple(findings.values()), trace=(*headline.trace, *steps))


def _shifted(finding: Finding, item: Item) -> Finding:
    """A finding of an item with spans of the whole text."""

    def moved(span: Span) -> Span:
        by = item.head[0] if span.field is Field.TITLE else item.body[0]
        return Span(field=Field.TEXT, start=span.start + by, end=span.end + by)

    return replace(
        finding,
        news=False,
        evidence=replace(finding.evidence, span=moved(finding.evidence.span)),
        object_span=moved(finding.object_span) if finding.object_span else None,
        actors=tuple(replace(one, span=moved(one.span) if one.span else None) for one in finding.actors),
        places=tuple(replace(one, span=moved(one.span) if one.span else None) for one in finding.places),
        amounts=tuple(replace(one, span=moved(one.span)) for one in finding.amounts),
        time=replace(finding.time, span=moved(finding.time.span)) if finding.time else None,
        marks=tuple(replace(one, span=moved(one.span)) for one in finding.marks),
    )
