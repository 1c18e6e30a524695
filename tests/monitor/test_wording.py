"""The pages speak the reader's language: one file of sentences each, none missing, none left over."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup

from monitor import backtestjob
from monitor.localfilelog import LocalFile
from monitor.network import NOTED_EVENTS
from monitor.review import backtests, operations, quality, stories
from monitor.review.pages import LANGUAGES, preferred
from monitor.review.wording import catalogue, code, teller

TEMPLATES = Path(stories.__file__).parent / "templates" / "cspwatch"
OTHERS = [language for language in LANGUAGES if language != "en"]
#: Calls of `_` with a sentence in quotes; what is said of values is looked for in the lists of the modules.
_CALL = re.compile(r"""\b_\((?:"([^"]*)"|'([^']*)')""")


def said_in_templates() -> set[str]:
    found = set()
    for file in TEMPLATES.glob("*.html"):
        found |= {one or other for one, other in _CALL.findall(file.read_text(encoding="utf-8"))}
    return found


def said_of_values() -> set[str]:
    return {*stories.SPANS.values(), *backtests.SPANS.values(), *quality.SPANS.values()} | {
        *operations.SHOWS.values(),
        *quality.GROUPS.values(),
    }


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_there_in_every_language(language: str) -> None:
    known = catalogue(language)

    assert {one for one in said_in_templates() | said_of_values() if one not in known} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_every_place_for_a_value(language: str) -> None:
    def places(sentence: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}

    assert {one: other for one, other in catalogue(language).items() if places(one) != places(other)} == {}


def test_all_languages_have_the_same_sentences_and_none_is_left_over() -> None:
    german, chinese = (set(catalogue(language)) for language in OTHERS)
    assert german == chinese

    files = [
        LocalFile(path=Path(name), content=content, good=good, since=None)
        for name, content, good in (
            ("a.toml", None, False),
            ("a", None, False),
            ("a", b"", True),
            ("a", b"", False),
        )
    ]
    said = {file.what_counts for file in files} | {kind.replace("-", " ") for kind in NOTED_EVENTS}
    modules = "".join(
        Path(str(module.__file__)).read_text(encoding="utf-8") for module in (backtests, backtestjob)
    )
    sentences = {one for one in german - said_in_templates() - said_of_values() - said if " " in one}
    assert {one for one in sentences if one not in modules} == set()


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
