"""A term as written in a knowledge file in, literals for the automaton with their boundary conditions out. Pure.

    launch        whole word              launch*       prefix               *rechenzentr*  infix
    "break ground" several words          "a* .. b"     both in one sentence, in this order
    (a|b) [ab]    alternatives            "=AI"         as written, case-sensitive
CJK and Thai terms are substrings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.text import fold, has_dense_script

_ALTERNATIVE = re.compile(r"\(([^()]*\|[^()]*)\)")
_CLASS = re.compile(r"\[([^\[\]]+)\]")


class TermError(ValueError):
    """A term cannot be compiled; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPart:
    """A literal to look for. `verify` must match around it where inner wildcards were written, and `beside` is the
    longest other piece of such a term: where it is not near, nothing needs to be verified."""

    literal: str
    left_open: bool = False
    right_open: bool = False
    cased: str | None = None
    verify: re.Pattern[str] | None = None
    beside: str = ""


def expand(term: str) -> list[str]:
    """Every spelling that the alternatives of a term stand for."""
    match = _ALTERNATIVE.search(term)
    if match:
        choices = match[1].split("|")
    elif match := _CLASS.search(term):
        choices = list(match[1])
    else:
        return [term]
    return [one for choice in choices for one in expand(term[: match.start()] + choice + term[match.end() :])]


def compile_term(
    term: str, script: Mapping[int, str] | None = None, *, joined: bool = False
) -> list[tuple[TermPart, ...]]:
    """One tuple of parts per spelling: one part, or two for a gap term."""
    if not isinstance(term, str) or not term.strip("=* "):
        raise TermError("an empty term")
    spellings = []
    for spelling in expand(term):
        parts = spelling.split(" .. ")
        if len(parts) > 2:
            raise TermError("more than one gap")
        spellings.append(tuple(_part(part.strip(), script, joined) for part in parts))
    return spellings


def _part(written: str, script: Mapping[int, str] | None, joined: bool) -> TermPart:
    exact = written.startswith("=")
    body = written.removeprefix("=")
    left_open, right_open = body.startswith("*"), body.endswith("*")
    core = body.strip("*")
    if not core.strip():
        raise TermError(f"{written!r} has no letters")
    if core.endswith("-"):  # "KI-*": the hyphen before a letter reads as a blank
        core = core[:-1] + " "
    form = fold(core, script=script, joined=joined)
    if "*" in core:
        return _with_inner_wildcards(
            core, left_open=left_open, right_open=right_open, script=script, joined=joined
        )
    return TermPart(
        literal=form.folded, left_open=left_open, right_open=right_open, cased=form.cased if exact else None
    )


def _with_inner_wildcards(
    core: str, *, left_open: bool, right_open: bool, script: Mapping[int, str] | None, joined: bool
) -> TermPart:
    folded = fold(core, script=script, joined=joined).folded
    chunks = [chunk for chunk in re.split(r"[*\s-]+", folded) if chunk]
    anchor = max(chunks, key=len)
    others = list(chunks)
    others.remove(anchor)
    pattern = "".join(
        r"\w*" if piece == "*" else r"[\s-]+" if piece.isspace() or piece == "-" else re.escape(piece)
        for piece in re.findall(r"\*|[\s-]+|[^*\s-]+", folded)
    )
    left = r"\w*" if left_open else "" if has_dense_script(chunks[0]) else r"(?<!\w)"
    right = r"\w*" if right_open else "" if has_dense_script(chunks[-1]) else r"(?!\w)"
    return TermPart(
        literal=anchor,
        left_open=True,
        right_open=True,
        verify=re.compile(left + pattern + right),
        beside=max(others, key=len, default=""),
    )
