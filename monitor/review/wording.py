"""A sentence of the pages in English in, the reader's language out: one YAML file of sentences for each language.

English is the key, so English needs no file, and a sentence that a catalogue lacks is shown in English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

import yaml
from markupsafe import Markup, escape

from monitor.wording import Said, Several, Tell, Typed

_FOLDER = files("monitor.review") / "wording"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """English sentence → sentence in `language`; empty for English and for languages without a file."""
    file = _FOLDER / f"{language}.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}


def teller(language: str) -> Callable[..., Markup]:
    """A function that says a sentence in `language`, with its values filled in and everything escaped.

    The sentence is English with its values after it, or one of `monitor.wording` that has them. A value that is
    Markup (see `code` and `go`) stays as it is.
    """
    known = catalogue(language)

    def tell(sentence: object, *values: object) -> Markup:
        if isinstance(sentence, Said | Several | Typed):
            return written(sentence)
        told = pattern(str(sentence))
        return told.format(*map(written, values)) if values else told

    def written(value: object) -> Markup:
        if isinstance(value, Said):
            told = pattern(value.sentence)
            return told.format(*map(written, value.values)) if value.values else told
        if isinstance(value, Several):
            return pattern(value.between).join(map(written, value.parts))
        return code(value.text) if isinstance(value, Typed) else escape(value)

    def pattern(sentence: str) -> Markup:
        return escape(known.get(sentence, sentence))

    return tell


def plain_teller(language: str) -> Tell:
    """The same for text that is no HTML, such as a report."""
    known = catalogue(language)
    return lambda sentence, *values: known.get(sentence, sentence).format(*values)


def code(text: object) -> Markup:
    """Something to type."""
    return Markup("<code>{}</code>").format(text)


def key(name: object) -> Markup:
    """A key to press."""
    return Markup("<kbd>{}</kbd>").format(name)


def go(path: str, text: object) -> Markup:
    """A link to a page of ours."""
    return Markup('<a href="{}">{}</a>').format(path, text)
