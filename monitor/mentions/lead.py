"""A reading with its terms in, the sentences that form one window with the headline out. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.mentions.lexicon import Kind
from monitor.model import Field

if TYPE_CHECKING:
    from monitor.mentions.scan import Reading, Sentence

LEAD_SENTENCES = 2
LOOKED_AT = 10  # sentences among which the lead begins
SHORTEST, SHORTEST_DENSE = 28, 14  # characters; shorter lines are dates, labels and bylines
LABEL, LABEL_DENSE = 60, 34  # characters; shorter lines that hold none of our words are labels, too
WRAPPED = 240  # characters of a lead whose lines are broken inside sentences

_TELLING = (Kind.ENTITY, Kind.OBJECT, Kind.ACTION)
_SIGN = re.compile(r"[^\w\s]|[\d_]")
_ENDED = re.compile(r"[.!?…。！？:：][\"'”’»」』)\]）】]*$")


def lead_of(reading: Reading) -> tuple[int, ...]:
    """The first sentence that is no date line, label or repeated headline, and the one after it.

    Lines that end inside a sentence go on. None for a digest, whose headline strings items together.
    """
    if len(reading.titles) > 2:
        return ()
    headline = reading.folded[: reading.body_at - 1].strip()
    body = [sentence for sentence in reading.sentences if sentence.field is Field.TEXT]
    begin = next((at for at, one in enumerate(body[:LOOKED_AT]) if _begins(one, headline, reading)), 0)
    return tuple(sentence.index for sentence in _two_sentences(body[begin:], reading))


def _begins(sentence: Sentence, headline: str, reading: Reading) -> bool:
    line = reading.folded[sentence.start : sentence.end]
    if len(line) < (SHORTEST_DENSE if reading.dense else SHORTEST):
        return False
    if len(line) < (LABEL_DENSE if reading.dense else LABEL) and not _is_telling(sentence, line, reading):
        return False
    return not _repeats(line, headline) and _is_prose(line)


def _is_telling(sentence: Sentence, line: str, reading: Reading) -> bool:
    """Whether the line is a whole sentence or holds an actor, an action or an object."""
    if _ENDED.search(line) or any(sentence.of(kind) for kind in _TELLING):
        return True
    return any(sentence.start <= hit.start < sentence.end for hit in reading.entity_hits)


def _two_sentences(body: Sequence[Sentence], reading: Reading) -> list[Sentence]:
    taken: list[Sentence] = []
    whole = length = 0
    for sentence in body:
        if whole == LEAD_SENTENCES or (len(taken) >= LEAD_SENTENCES and length >= WRAPPED):
            break
        line = reading.folded[sentence.start : sentence.end]
        taken.append(sentence)
        length += len(line)
        whole += bool(_ENDED.search(line)) or len(line) >= WRAPPED
    return taken


def _repeats(line: str, headline: str) -> bool:
    return len(line) >= 20 and (
        line in headline or (bool(headline) and headline in line and len(line) < len(headline) + 20)
    )


def _is_prose(line: str) -> bool:
    """Fewer digits and signs than a third: no date line, no table."""
    return len(_SIGN.findall(line)) * 3 <= len(line)
