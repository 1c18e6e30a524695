"""Contents of local files in, what judges with them out; and of contents that fail, the last good ones kept.

`load` reads one set of contents and says what is wrong with it. `settle` decides for each file which version counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ConfigError, Problem
from monitor.localfiles import Contents, Copies, copies

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.detect import Watch as Asked
    from monitor.knowledge.model import Knowledge
    from monitor.rules.model import EventRule, RuleSet
    from monitor.rules.watches import DocumentWatch
    from monitor.shadow import Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one set of contents gives. `problems` name what was left out of it: rules, watches, entities' examples."""

    knowledge: Knowledge
    rules: RuleSet
    shipped: tuple[EventRule, ...]
    documents: tuple[DocumentWatch, ...]
    judge: Judge
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Which contents count. `refused` files have a newer version that does not; `good` ones have no problem."""

    loaded: Loaded
    contents: Contents
    refused: Mapping[Path, tuple[Problem, ...]] = field(default_factory=dict)
    good: frozenset[Path] = frozenset()


Load = Callable[[Contents], Loaded]


def read_rules(contents: Contents) -> tuple[Knowledge, RuleSet]:
    """Knowledge and rules of the shipped files and `contents`, without what judges. Raises ConfigError."""
    from monitor.knowledge.loader import load_knowledge
    from monitor.rules.examples import load_checked_rules
    from monitor.rules.loader import load_rules

    with copies(contents) as laid_out:
        knowledge = load_knowledge(laid_out.paths)
        # The shipped rules are checked by the project's tests.
        rules = (
            load_checked_rules(laid_out.paths, knowledge=knowledge)
            if contents
            else load_rules(knowledge=knowledge)
        )
    return knowledge, rules


def load(config: Config, contents: Contents) -> Loaded:
    """Judge, rules and watches of the shipped files and `contents`.

    Raises ConfigError with every problem where the knowledge cannot be used. A rule or a watch that fails is left out.
    """
    with copies(contents) as laid_out:
        try:
            return _load(config, laid_out)
        except ConfigError as error:
            raise ConfigError([laid_out.named(problem) for problem in error.problems]) from None


def _load(config: Config, laid_out: Copies) -> Loaded:
    from monitor.detect import Detector  # builds the automata
    from monitor.knowledge.loader import load_knowledge
    from monitor.rules.examples import check_entities, load_checked_rules
    from monitor.rules.loader import load_rules
    from monitor.shadow import judge_with
    from monitor.watches import configured, read_documents_of, unknown_channels

    local = replace_local(config, laid_out.paths)
    knowledge = load_knowledge(laid_out.paths)
    rules = load_checked_rules(laid_out.paths, knowledge=knowledge)
    documents, problems = read_documents_of(local, knowledge, rules)
    unknown = unknown_channels(config, documents)
    mute = {problem.place.removeprefix("watch ").partition(":")[0] for problem in unknown}
    documents = tuple(watch for watch in documents if watch.id not in mute)
    asked: list[Asked] = [*configured(config.watches, knowledge, documents), *documents]
    shipped = load_rules(knowledge=knowledge).rules
    found = [
        *(one.problem for one in rules.problems),
        *problems,
        *unknown,
        *check_entities(laid_out.paths, Detector(knowledge, rules)),
    ]
    return Loaded(
        knowledge=knowledge,
        rules=rules,
        shipped=shipped,
        documents=documents,
        judge=judge_with(knowledge, rules, asked, shipped=shipped),
        problems=tuple(laid_out.named(problem) for problem in found),
    )


def replace_local(config: Config, paths: tuple[Path, ...]) -> Config:
    """The configuration with other files in [detect] local."""
    return replace(config, detect=config.detect.model_copy(update={"local": paths}))


def settle(load: Load, wanted: Contents, held: Contents, good: frozenset[Path]) -> Settled:
    """Let each file of `wanted` take the place of the version that is `held`, unless that brings a new problem.

    A file that fails and has no good version is used as far as it goes, like at a first start; one that cannot be
    read at all is not. Raises ConfigError where not even what is held can be loaded.
    """
    attempts = _Attempts(load)
    loaded, problems = attempts.of(wanted)
    if loaded is not None and not problems:
        return Settled(loaded=loaded, contents=wanted, good=frozenset(wanted))
    current = attempts.of(held)[0]
    if current is None:  # what counted before an update of the program does not any more
        held, good = {}, frozenset()
        current = load(held)
    pending = [path for path in {**wanted, **held} if held.get(path, _ABSENT) != wanted.get(path, _ABSENT)]
    refused: dict[Path, tuple[Problem, ...]] = {}
    counts = {path for path in good if path in held}
    progress = True
    while progress:
        progress = False
        for path in tuple(pending):
            trial = _with(held, wanted, path)
            loaded, problems = attempts.of(trial)
            refused[path] = tuple(one for one in problems if one not in current.problems) or problems
            if loaded is not None and set(problems) <= set(current.problems):
                held, current, progress = trial, loaded, True
                pending.remove(path)
                refused.pop(path)
                counts.add(path)
    for path in pending:
        if path in counts:
            continue
        trial = _with(held, wanted, path)
        loaded, _ = attempts.of(trial)
        if loaded is not None:
            held, current = trial, loaded
    for path in held:
        if (
            path not in counts
            and path not in refused
            and (still := _problems_of(path, held, current, attempts))
        ):
            refused[path] = still
    return Settled(loaded=current, contents=held, refused=refused, good=frozenset(counts & set(held)))


def _problems_of(path: Path, held: Contents, current: Loaded, attempts: _Attempts) -> tuple[Problem, ...]:
    """What is wrong with a file that counts as far as it goes: the problems that would go away with it."""
    loaded, others = attempts.of({other: content for other, content in held.items() if other != path})
    return current.problems if loaded is None else tuple(p for p in current.problems if p not in others)


class _Absent:
    """No such file."""


_ABSENT = _Absent()


def _with(held: Contents, wanted: Contents, changed: Path) -> dict[Path, bytes | None]:
    """What is held, with one file as it is wanted; in the order of what is wanted."""
    order = [*wanted, *(path for path in held if path not in wanted)]
    return {
        path: (wanted if path == changed else held)[path]
        for path in order
        if path in (wanted if path == changed else held)
    }


class _Attempts:
    """Loads each set of contents once."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._done: dict[
            tuple[tuple[Path, bytes | None], ...], tuple[Loaded | None, tuple[Problem, ...]]
        ] = {}

    def of(self, contents: Contents) -> tuple[Loaded | None, tuple[Problem, ...]]:
        """What the contents give (None: they cannot be loaded), and what is wrong with them."""
        key = tuple(contents.items())
        if key not in self._done:
            try:
                loaded = self._load(contents)
                self._done[key] = (loaded, loaded.problems)
            except ConfigError as error:
                self._done[key] = (None, error.problems)
        return self._done[key]
