"""The text of a rule file or cspwatch.toml in, the text with one thing changed out; comments and order stay. Pure.

People write these files, so they are edited line by line and never written anew; every edit is read back before it
is returned.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence

import yaml

from monitor.errors import MonitorError
from monitor.knowledge.yamltext import TextLoader

_BREAK = re.compile(r"---(\s.*)?")
_ID = re.compile(r"id:\s*[\"']?([\w.-]+)")
_TOP_KEY = re.compile(r"[\w-]+:")
_HEADER = re.compile(r"\s*\[\[?([^\]]+)\]\]?")
_PLAIN = re.compile(r"[A-Za-z_][\w-]*|\d{4}-\d\d-\d\d|-?\d+")
#: What JSON leaves as it is in a text and YAML takes for a line break, or refuses.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def documents(text: str) -> list[object]:
    """The documents of a file, every scalar as text. Raises MonitorError where it is no YAML."""
    try:
        # TextLoader is a safe loader: it constructs text, lists and mappings only.
        return [document for document in yaml.load_all(text, Loader=TextLoader) if document is not None]
    except yaml.YAMLError as error:
        raise MonitorError(
            f"not YAML: {' '.join(str(error).split())}. `cspwatch check` names the line"
        ) from None


def rule_text(text: str, rule_id: str) -> str | None:
    """The document of a rule as written; None where the file has no such rule."""
    lines = text.splitlines()
    found = _document(lines, rule_id)
    return None if found is None else "\n".join(lines[found[0] : found[1]]).strip("\n") + "\n"


def rule_ids(text: str) -> tuple[str, ...]:
    """The ids of the rules of a file, in their order."""
    return tuple(
        str(document.get("id"))
        for document in documents(text)
        if isinstance(document, dict) and document.get("kind") == "rule"
    )


def with_status(text: str, rule_id: str, status: str) -> str:
    """The file with the status of one rule changed. Raises MonitorError where it has no such rule."""
    lines = text.splitlines()
    start, end = _needed(lines, rule_id)
    for at in range(start, end):
        if lines[at].startswith("status:"):
            comment = re.search(r"\s+#.*$", lines[at])
            lines[at] = f"status: {status}{comment[0] if comment else ''}"
            break
    else:
        at = next(at for at in range(start, end) if _ID.match(lines[at]))
        lines.insert(at + 1, f"status: {status}")
    return _read_back(lines, rule_id, lambda document: document.get("status") == status)


def with_rule(text: str, document: str) -> str:
    """The file with one more document at its end."""
    return document if not text.strip() else f"{text.rstrip()}\n---\n{document}"


def with_example(text: str, rule_id: str, example: Mapping[str, object]) -> str:
    """The file with one more example in `tests` of a rule. Raises MonitorError where it has no such rule."""
    lines = text.splitlines()
    start, end = _needed(lines, rule_id)
    at = next((at for at in range(start, end) if lines[at].startswith("tests:")), None)
    count = len(_tests(_parsed(lines, rule_id)))
    if at is None:
        last = next(at for at in range(end - 1, start - 1, -1) if lines[at].strip())
        lines[last + 1 : last + 1] = ["tests:", f"- {flow(example)}"]
    else:
        if lines[at].split("#")[0].strip() != "tests:":
            raise MonitorError(
                f"{rule_id}: `tests` stands on one line. Write one example a line, each after `- `"
            )
        stop = next((n for n in range(at + 1, end) if _TOP_KEY.match(lines[n])), end)
        last = next(n for n in range(stop - 1, at - 1, -1) if lines[n].strip())
        items = [re.match(r"\s*(?=- )", line) for line in lines[at + 1 : last + 1]]
        indent = next((found[0] for found in items if found), "")
        lines.insert(last + 1, f"{indent}- {flow(example)}")
    return _read_back(lines, rule_id, lambda document: len(_tests(document)) == count + 1)


def with_shadow(text: str, watch: str, *, shadow: bool) -> str:
    """cspwatch.toml with `shadow` of one watch set. Raises MonitorError where it has no such [[watch]]."""
    lines = text.splitlines()
    word = "true" if shadow else "false"
    block = next(
        (span for span in _watch_blocks(lines) if _named(lines[span[0] : span[1]], watch) is not None), None
    )
    if block is None:
        raise MonitorError(
            f"there is no [[watch]] {watch} in the configuration file. `cspwatch init` writes one"
        )
    start, end = block
    at = next((at for at in range(start, end) if re.match(r"\s*shadow\s*=", lines[at])), None)
    if at is None:
        lines.insert(start + (_named(lines[start:end], watch) or 0) + 1, f"shadow = {word}")
    else:
        lines[at] = re.sub(r"=\s*\w+", f"= {word}", lines[at], count=1)
    changed = "\n".join(lines) + "\n"
    watches = tomllib.loads(changed)["watch"]
    assert any(item.get("name") == watch and item.get("shadow") is shadow for item in watches)
    return changed


def document_text(document: Mapping[str, object]) -> str:
    """A rule's document in the form that the shipped rules have: one key a line, one example a line."""
    lines = [f"{key}: {flow(value)}" for key, value in document.items() if key != "tests"]
    tests = _tests(document)
    return "\n".join([*lines, *(["tests:"] if tests else []), *(f"- {flow(test)}" for test in tests)]) + "\n"


def flow(value: object) -> str:
    """A value as YAML on one line, in the form that the shipped rules have: {lang: de, text: "..."}."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    text = str(value)
    if _PLAIN.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _document(lines: Sequence[str], rule_id: str) -> tuple[int, int] | None:
    """Lines [start, end) of the document that defines the rule."""
    breaks = [at for at, line in enumerate(lines) if _BREAK.fullmatch(line)]
    for start, end in zip([0, *(at + 1 for at in breaks)], [*breaks, len(lines)], strict=True):
        part = lines[start:end]
        if any(line.split("#")[0].strip() == "kind: rule" for line in part) and any(
            (found := _ID.match(line)) and found[1] == rule_id for line in part
        ):
            return start, end
    return None


def _needed(lines: Sequence[str], rule_id: str) -> tuple[int, int]:
    found = _document(lines, rule_id)
    if found is None:
        raise MonitorError(
            f"{rule_id}: the file has no rule of this id, with its keys at the beginning of the lines"
        )
    return found


def _parsed(lines: Sequence[str], rule_id: str) -> Mapping[str, object]:
    start, end = _needed(lines, rule_id)
    document = next(iter(documents("\n".join(lines[start:end]))), None)
    return document if isinstance(document, dict) else {}


def _read_back(lines: Sequence[str], rule_id: str, holds: Callable[[Mapping[str, object]], bool]) -> str:
    """The changed file, if it says what it should."""
    if not holds(_parsed(lines, rule_id)):
        raise MonitorError(f"{rule_id}: could not be changed in the form it is written in. Change it by hand")
    return "\n".join(lines) + "\n"


def _tests(document: Mapping[str, object]) -> list[object]:
    tests = document.get("tests")
    return tests if isinstance(tests, list) else []


def _watch_blocks(lines: Sequence[str]) -> list[tuple[int, int]]:
    headers = [(at, found[1].strip()) for at, line in enumerate(lines) if (found := _HEADER.match(line))]
    ends = [at for at, _ in headers[1:]] + [len(lines)]
    return [(at, end) for (at, name), end in zip(headers, ends, strict=True) if name == "watch"]


def _named(block: Sequence[str], watch: str) -> int | None:
    """Line of a block that gives it this name."""
    pattern = re.compile(rf"\s*name\s*=\s*[\"']{re.escape(watch)}[\"']")
    return next((at for at, line in enumerate(block) if pattern.match(line)), None)
