"""Files that people edit in, what the running monitor judges with out: looked at every few seconds, swapped in whole.

A file that fails is refused by name, with place and remedy in the output, in `cspwatch status` and on the Rules page;
its last good version goes on counting, also after a restart.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.activation import Settled, load, settle
from monitor.clock import Clock
from monitor.config import Config, load_config
from monitor.database import writing
from monitor.errors import ConfigError, Problem
from monitor.localfilelog import LocalFile, keep_files, kept_files
from monitor.localfiles import Contents, read_contents, signature
from monitor.naming import KnowledgeNames
from monitor.runlog import log_event
from monitor.watches import configured

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.shadow import Judge
    from monitor.telling import Watch

logger = logging.getLogger(__name__)

#: Sections of cspwatch.toml that count at once; the others from the next start.
_LIVE = frozenset({"path", "watches", "detect"})


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What judges now. One value, so that an article is never judged with half of a change."""

    judge: Judge
    watches: tuple[Watch, ...]
    names: KnowledgeNames


class LiveRules:
    """Keeps what is in force: `start` before anything is judged, then `look` now and again; `now` gives it."""

    def __init__(self, config: Config, open_db: Callable[[], Database], clock: Clock) -> None:
        self._config = config
        self._open_db = open_db
        self._clock = clock
        self._settled: Settled | None = None
        self._in_force: InForce | None = None
        self._seen: object = None
        self._done: object = None

    @property
    def config(self) -> Config:
        """The configuration with the watches and local files that count now."""
        return self._config

    @property
    def now(self) -> InForce:
        """What is in force; loaded at the first call, where `start` was not called."""
        if self._in_force is None:
            self.start()
        assert self._in_force is not None
        return self._in_force

    def start(self) -> None:
        """Load the files, and the last good version of those that fail.

        Raises ConfigError with every problem where a file cannot be read and was never in force.
        """
        self._seen = self._done = self._signature()
        with closing(self._open_db()) as db:
            kept = {file.path: file for file in kept_files(db)}
        wanted = read_contents(self._config.detect.local)
        held = {path: file.content for path, file in kept.items() if file.good and file.content is not None}
        held = {path: content for path, content in held.items() if _is_local(path, self._config)}
        settled = self._settle(self._config, wanted, held, frozenset(held))
        unreadable = [path for path in settled.refused if path not in settled.contents and path not in kept]
        if unreadable:
            raise ConfigError([problem for path in unreadable for problem in settled.refused[path]])
        self._take(self._config, settled, ())

    def look(self) -> bool:
        """Take what was changed since the last look; whether something was. A file still being written has time."""
        seen = self._signature()
        if seen == self._done:
            return False
        if seen != self._seen:
            self._seen = seen
            return False
        self._done = seen
        config, problems = self._read_config()
        before = self._settled
        assert before is not None
        wanted = read_contents(config.detect.local)
        self._take(config, self._settle(config, wanted, before.contents, before.good), problems)
        return True

    def _signature(self) -> object:
        own = (self._config.path,) if self._config.path else ()
        return signature((*own, *self._config.detect.local))

    def _settle(self, config: Config, wanted: Contents, held: Contents, good: frozenset[Path]) -> Settled:
        return settle(lambda contents: load(config, contents), wanted, held, good)

    def _read_config(self) -> tuple[Config, tuple[Problem, ...]]:
        """The configuration with the watches and local files that it names now; unchanged where it fails."""
        path = self._config.path
        if path is None:
            return self._config, ()
        try:
            read = load_config(path)
        except ConfigError as error:
            return self._config, error.problems
        waiting = [
            field.name
            for field in fields(Config)
            if field.name not in _LIVE and getattr(read, field.name) != getattr(self._config, field.name)
        ]
        if waiting:
            logger.warning("%s: changed and counts from the next start: %s", path, ", ".join(waiting))
        known = {channel.name for channel in self._config.channels}
        strange = tuple(
            Problem(
                place=f"{path}: [[watch]] {watch.name}, channels",
                message=f"the monitor runs without a channel '{name}'",
                remedy="Restart it: channels count from the next start",
            )
            for watch in read.watches
            for name in watch.channels
            if name not in known
        )
        if strange:
            return self._config, strange
        return replace(self._config, watches=read.watches, detect=read.detect), ()

    def _take(self, config: Config, settled: Settled, problems: tuple[Problem, ...]) -> None:
        """Let it count: first in the log, then for what is judged next."""
        now = self._clock.now()
        refused = dict(settled.refused)
        if config.path is not None and problems:
            refused[config.path] = problems
        with closing(self._open_db()) as db:
            before = {file.path: file for file in kept_files(db)}
            files = [
                _file(path, settled, refused.get(path, ()), before.get(path), now)
                for path in dict.fromkeys((*settled.contents, *refused))
            ]
            with writing(db):
                keep_files(db, files)
                _note(db, files, before, now)
        self._config = config
        self._settled = settled
        documents = settled.loaded.documents
        self._in_force = InForce(
            judge=settled.loaded.judge,
            watches=(*configured(config.watches, settled.loaded.knowledge, documents), *documents),
            names=KnowledgeNames(settled.loaded.knowledge),
        )


def _is_local(path: Path, config: Config) -> bool:
    return any(path == local or path.parent == local for local in config.detect.local)


def _file(
    path: Path, settled: Settled, problems: tuple[Problem, ...], before: LocalFile | None, now: datetime
) -> LocalFile:
    """The state of a file, with the times at which it came to it."""
    content = settled.contents.get(path)
    since = refused_at = None
    if content is not None:
        since = before.since if before and before.content == content else now
    if problems:
        refused_at = before.refused_at if before and before.problems == problems else now
    return LocalFile(
        path=path,
        content=content,
        good=path in settled.good,
        since=since,
        problems=problems,
        refused_at=refused_at,
    )


def _note(db: Database, files: Sequence[LocalFile], before: Mapping[Path, LocalFile], now: datetime) -> None:
    """Say what became of each file that changed: in the output, and as an event in the log."""
    for file in files:
        old = before.get(file.path)
        if file.problems and (old is None or old.problems != file.problems):
            text = "; ".join(str(problem) for problem in file.problems)
            logger.warning("refused, %s: %s", file.what_counts, text)
            log_event(db, "file-refused", str(file.path), text, now)
        elif file.content is not None and (old is None or old.content != file.content):
            logger.info("in force: %s", file.path)
            log_event(db, "file-in-force", str(file.path), f"{len(file.content)} bytes", now)
        elif old is not None and old.problems and not file.problems:
            logger.info("in force again without a problem: %s", file.path)
            log_event(db, "file-in-force", str(file.path), "the last good version is there again", now)
    kept = {file.path for file in files}
    for path, old in before.items():
        if path not in kept and old.content is not None:
            logger.info("no longer in force: %s", path)
            log_event(db, "file-removed", str(path), "", now)
