"""A silence as written in, its matchers and whether the labels of an alert meet them out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from alerts.errors import BadMatcherError
from alerts.model import Matcher

#: Labels that an alert may have: what `labels_of` reads from it, and what triage adds.
LABELS = (
    "kind",
    "severity",
    "watch",
    "story",
    "event",
    "status",
    "direction",
    "provider",
    "place",
    "country",
    "source",
    "publisher",
    "tier",
    "language",
    "level",
    "article",
)


def matches(matchers: Sequence[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether `labels` meet every matcher; a silence without matchers matches nothing."""
    return bool(matchers) and all(_meets(matcher, labels) for matcher in matchers)


def _meets(matcher: Matcher, labels: Mapping[str, str]) -> bool:
    value = labels.get(matcher.label, "")
    hit = any(fnmatchcase(value, choice.strip()) for choice in matcher.pattern.split(","))
    return hit != matcher.negated


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Matchers out of `provider=alibaba_cloud country!=CN,HK place=MY*`; BadMatcherError names what cannot be read."""
    found = []
    for part in text.split():
        label, sign, pattern = part.partition("=")
        negated = label.endswith("!")
        label = label.removesuffix("!")
        if not sign or not label or not pattern:
            raise BadMatcherError(f"{part!r} is no matcher; write label=value, label!=value or label=a,b*")
        found.append(Matcher(label=label, pattern=pattern, negated=negated))
    if not found:
        raise BadMatcherError("a silence needs at least one matcher, such as provider=alibaba_cloud")
    return tuple(found)


def check_matchers(matchers: Sequence[Matcher], known: Mapping[str, Mapping[str, str]] | None = None) -> None:
    """Raises BadMatcherError for a label or a value that no alert has, and for an empty choice.

    `known` are the values of each label with their names; a label that it lacks may have any.
    """
    for one in matchers:
        if one.label not in LABELS:
            close = get_close_matches(one.label, LABELS, 1)
            meant = f"did you mean {close[0]}? " if close else ""
            raise BadMatcherError(
                f"no alert has a label {one.label!r}; {meant}labels are {', '.join(LABELS)}"
            )
        if not all(choice.strip() for choice in one.pattern.split(",")):
            raise BadMatcherError(
                f"{one.label}={one.pattern}: a choice is empty; matchers stand apart by blanks"
            )

    for one in matchers:
        if known is not None and one.label in known:
            for choice in one.pattern.split(","):
                _check_value(one.label, choice.strip(), known[one.label])


def _check_value(label: str, pattern: str, values: Mapping[str, str]) -> None:
    if any(fnmatchcase(value, pattern) for value in values):
        return
    wanted = pattern.strip("*").casefold()
    called = {spelling.casefold(): value for value, name in values.items() for spelling in (name, value)}
    exact = [wanted] if wanted in called else []
    near = (
        exact
        or get_close_matches(wanted, called, 3, 0.6)
        or [name for name in called if wanted and wanted in name]
    )
    found = list(dict.fromkeys(called[name] for name in near))[:3]
    if not found and len(values) <= len(LABELS):
        found = sorted(values)
    meant = (
        f"; did you mean {' or '.join(found)}?"
        if near
        else f"; known are {', '.join(found)}"
        if found
        else ""
    )
    raise BadMatcherError(f"{label}={pattern}: no alert has this {label}{meant}")


def matchers_text(matchers: Sequence[Matcher]) -> str:
    """The text that `parse_matchers` reads."""
    return " ".join(f"{part.label}{'!' if part.negated else ''}={part.pattern}" for part in matchers)
