"""The pages speak the reader's language: one file of sentences each, none missing, none left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup

from alerts.model import DeliveryState, SendResult
from crawler.items import Completeness, FetchKind
from crawler.outcomes import Outcome
from crawler.polling import PollReason
from crawler.sources import SourceKind, Tier
from monitor import (
    backtestjob,
    clausewords,
    coverage,
    readingstate,
    reporting,
    tracewords,
    unstored,
    why,
    whywords,
)
from monitor.localfilelog import LocalFile
from monitor.model import Field, Verdict
from monitor.network import NOTED_EVENTS
from monitor.review import (
    actions,
    articles,
    backtests,
    errors,
    ledger,
    operations,
    plugin,
    quality,
    signed,
    site,
    stories,
)
from monitor.review.evidence import KINDS
from monitor.review.pages import LANGUAGES, preferred
from monitor.review.timeline import UNITS
from monitor.review.wording import catalogue, code, teller
from monitor.rules.model import ActorRole, RuleStatus
from monitor.similarity import WEIGHTS
from monitor.verdicts import Opinion, Target

#: Ours, and those that take the place of Datasette's.
TEMPLATES = Path(stories.__file__).parent / "templates"
OTHERS = [language for language in LANGUAGES if language != "en"]
#: Calls of `_` with a sentence in quotes; what is said of values is looked for in the lists of the modules.
_CALL = re.compile(r"""\b_\((?:"([^"]*)"|'([^']*)')""")


#: Said by templates out of lists of their own.
_IN_TEMPLATES = {
    "Data",
    "the start",
    "story",
    "stories",
    "fact",
    "facts",
    "provider",
    "providers",
    "country",
    "countries",
    "others",
}
#: Modules that speak with `said`.
SPEAKING = (
    actions,
    articles,
    backtests,
    clausewords,
    coverage,
    operations,
    plugin,
    quality,
    signed,
    stories,
    tracewords,
    unstored,
    why,
)


def said_in_templates() -> set[str]:
    found = set()
    for file in TEMPLATES.rglob("*.html"):
        found |= {one or other for one, other in _CALL.findall(file.read_text(encoding="utf-8"))}
    return found


def said_in_modules() -> set[str]:
    """Every sentence that stands in a call of `said`, in either branch of a condition."""
    found = set()
    for module in (*SPEAKING, whywords):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "said":
                found |= set(_sentences(node.args[0]))
    return found


def _sentences(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from _sentences(node.body)
        yield from _sentences(node.orelse)


def said_of_values() -> set[str]:
    """What is said of values out of closed sets and of tables."""
    lists = (stories.SPANS, backtests.SPANS, quality.SPANS, operations.SHOWS, quality.GROUPS)
    more = (
        actions.SILENCE_SPANS,
        ledger.DIRECTIONS,
        ledger.DIVISIONS,
        tracewords.NAMES,
        clausewords.GENRES,
        clausewords.PARTS,
    )
    tables = (
        clausewords.CLAUSES,
        clausewords.SCORE,
        clausewords.MISSING,
        clausewords.EVENTS,
        whywords.REASONS,
        whywords.ROUTES,
    )
    enums: tuple[type[StrEnum], ...] = (Outcome, Completeness, SourceKind, Tier, FetchKind, PollReason)
    enums = (*enums, DeliveryState, SendResult, Opinion, Target, Field, RuleStatus, ActorRole)
    listed = {sentence for both in whywords.CHANGES.values() for sentence in both}
    values = {whywords.spelled(str(value)) for value in whywords.WORDS}
    return (
        {sentence for table in (*lists, *more, *tables) for sentence in table.values()}
        | {member.value for enum in enums for member in enum}
        | {
            *clausewords.TRACE_SENTENCES,
            *whywords.NOTES,
            *readingstate.DETAILS,
            *whywords.ORIGINS,
            *WEIGHTS,
            *whywords.STEPS,
            *signed.ASKS.values(),
        }
        | {meaning for _, meaning in ledger.SUMS}
        | {*actions.REFUSALS, *reporting.SENTENCES}
        | {*KINDS, *UNITS, *actions.MOVES, *_IN_TEMPLATES}
        | listed
        | values
        | {kind.replace("-", " ") for kind in NOTED_EVENTS}
        | {file.what_counts for file in _files()}
    )


def _files() -> list[LocalFile]:
    return [
        LocalFile(path=Path(name), content=content, good=good, since=None)
        for name, content, good in (
            ("a.toml", None, False),
            ("a", None, False),
            ("a", b"", True),
            ("a", b"", False),
        )
    ]


def all_said() -> set[str]:
    return {one for one in said_in_templates() | said_in_modules() | said_of_values() if _has_words(one)}


def _has_words(sentence: str) -> bool:
    return any(char.isalpha() for char in re.sub(r"\{\d\}", "", sentence))


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_there_in_every_language(language: str) -> None:
    known = catalogue(language)

    assert all_said() - set(known) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_every_place_for_a_value(language: str) -> None:
    def places(sentence: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}

    assert {one: other for one, other in catalogue(language).items() if places(one) != places(other)} == {}


def test_all_languages_have_the_same_sentences_and_none_is_left_over() -> None:
    german, chinese = (set(catalogue(language)) for language in OTHERS)
    assert german == chinese

    texts = "".join(
        Path(str(module.__file__)).read_text(encoding="utf-8")
        for module in (backtests, backtestjob, errors, site)
    )
    assert {one for one in german - all_said() if one not in texts} == set()


@pytest.mark.parametrize("file", sorted(TEMPLATES.rglob("*.html")), ids=lambda file: file.name)
def test_no_word_of_a_template_escapes_its_translation(file: Path) -> None:
    text = re.sub(
        r"<textarea.*?</textarea>|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}",
        " ",
        file.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    words = set(re.findall(r"[^\W\d_]{2,}", re.sub(r"<[^>]*>", " ", text)))

    assert words - {"cspwatch", "CSV", "JSON", "ms", "SQL", "value", "selected"} == set()


def test_every_reason_of_triage_has_words() -> None:
    assert {verdict.value for verdict in Verdict} == set(whywords.REASONS)


def test_note_of_triage_is_read_back_as_the_sentence_it_was_made_of() -> None:
    tell = teller("de")

    assert tell(whywords.note_in_words("low is below high")) == "niedrig liegt unter hoch"
    assert tell(whywords.note_in_words("until 2026-03-14 12:00Z")) == "bis 2026-03-14 12:00Z"
    assert tell(whywords.note_in_words("a note of {tomorrow}")) == "a note of {tomorrow}"


def test_values_are_escaped_and_markup_of_ours_stays() -> None:
    tell = teller("de")

    assert tell("since {0}", "<b>") == Markup("seit &lt;b&gt;")
    assert tell("There is {0} & more", code("a<b")) == Markup("There is <code>a&lt;b</code> &amp; more")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr-FR,fr;q=0.9,zh-TW;q=0.7,en;q=0.5", "zh"),
        ("en;q=0.2, de;q=0.9", "de"),
        ("*", "en"),
        ("de;q=0, en", "en"),
        (";;;q=x,,", "en"),
    ],
)
def test_language_of_the_browser_is_taken_by_its_weights(accepted: str, language: str) -> None:
    assert preferred(accepted) == language
