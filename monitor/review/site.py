"""What every page needs: the log in worker threads, names of things, the clock, the configuration.

Questions to the log are plain functions of a Database; they run in a few threads that keep a read-only connection
each, so the event loop never waits for the disk. A change runs in a thread of its own on a fresh connection.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from monitor.alerting import Names, NoNames
from monitor.clock import Clock, SystemClock
from monitor.database import driver, open_database, writing
from monitor.errors import MonitorError
from monitor.localfilelog import LocalFile, kept_files
from monitor.localfiles import Contents, read_contents
from monitor.naming import KnowledgeNames

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

    from monitor.backtestjob import Backtests
    from monitor.config import Config
    from monitor.review.totals import TotalsCache
    from monitor.rules.model import RuleSet
    from monitor.settings import WatchSection

T = TypeVar("T")

_READERS = 3
#: Seconds after which a question is ended: nobody waits for it any longer, and it keeps old pages of the log alive.
_LONGEST_QUESTION = 5.0


class TooSlowError(MonitorError):
    """A question to the log took too long."""


class LogAccess:
    """The log at `path`: `read` for questions, `write` for one transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="review-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="review-write")
        self._own = threading.local()

    async def read(self, question: Callable[[Database], T]) -> T:
        """The answer of `question`, asked in a worker thread. TooSlowError after five seconds."""

        def bounded() -> T:
            db = self._reader()
            deadline = time.monotonic() + _LONGEST_QUESTION
            db.conn.set_progress_handler(lambda: int(time.monotonic() > deadline), 20_000)
            try:
                return question(db)
            except driver().OperationalError as error:
                if "interrupted" in str(error):
                    raise TooSlowError(
                        "This took longer than 5 s and was ended. Ask for less: more words, a shorter span of time"
                    ) from error
                raise

        return await asyncio.get_running_loop().run_in_executor(self._readers, bounded)

    async def write(self, change: Callable[[Database], T]) -> T:
        """The result of `change`, done in one transaction on a fresh connection."""

        def transaction(db: Database) -> T:
            with writing(db):
                return change(db)

        return await self.change(transaction)

    async def change(self, change: Callable[[Database], T]) -> T:
        """The result of `change`, which makes its own transactions, on a fresh connection."""

        def on_own_connection() -> T:
            with closing(open_database(self._path)) as db:
                return change(db)

        return await asyncio.get_running_loop().run_in_executor(self._writer, on_own_connection)

    def close(self) -> None:
        """Begin nothing more."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writer.shutdown(wait=True)

    def _reader(self) -> Database:
        """This thread's connection; a new one where the file was replaced, as `restore` does."""
        found = os.stat(self._path)
        identity = (found.st_dev, found.st_ino)
        if getattr(self._own, "identity", None) != identity:
            db: Database | None = getattr(self._own, "db", None)
            if db is not None:
                db.close()
            self._own.db = open_database(self._path, read_only=True)
            self._own.identity = identity
        opened: Database = self._own.db
        return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the pages know of the rules in force."""

    files: tuple[LocalFile, ...]
    contents: Contents
    rules: RuleSet | None
    names: Names


_UNREAD = Shown(files=(), contents={}, rules=None, names=NoNames())


@dataclass(slots=False, kw_only=True, eq=False)
class Site:
    """One review page: what its requests share. `key` signs links and forms.

    `current` gives the configuration whose watches count now, where a monitor runs in this process.
    """

    config: Config
    key: bytes
    clock: Clock = field(default_factory=SystemClock)
    current: Callable[[], Config] | None = None
    _shown: Shown = _UNREAD
    _preparing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def watches(self) -> tuple[WatchSection, ...]:
        """The watches of the configuration that count now."""
        return (self.current() if self.current else self.config).watches

    @cached_property
    def log(self) -> LogAccess:
        """The log of the configuration."""
        return LogAccess(self.config.database)

    @cached_property
    def totals(self) -> TotalsCache:
        """Totals of the ledger that were asked for lately."""
        from monitor.review.totals import TotalsCache

        return TotalsCache()

    @cached_property
    def backtests(self) -> Backtests:
        """Changes that are tried on the log."""
        from monitor.backtestjob import Backtests

        return Backtests()

    @property
    def names(self) -> Names:
        """Names of providers and places by language, as `prepare` last read them; ids without knowledge."""
        return self._shown.names

    @property
    def rules(self) -> RuleSet | None:
        """The rules in force, as `prepare` last read them; None without knowledge."""
        return self._shown.rules

    @property
    def files(self) -> tuple[LocalFile, ...]:
        """The local files, as the monitor last took them."""
        return self._shown.files

    @property
    def in_force(self) -> Contents:
        """What the local files hold that count."""
        return self._shown.contents

    async def prepare(self) -> None:
        """Read names and rules in a worker thread where other versions of the files count now."""
        files = tuple(await self.log.read(kept_files))
        async with self._preparing:
            if self._shown is _UNREAD or files != self._shown.files:
                self._shown = await asyncio.to_thread(_shown, self.config, files)

    def close(self) -> None:
        """Begin nothing more; a change that is under way is finished."""
        if "backtests" in self.__dict__:
            self.backtests.close()
        if "log" in self.__dict__:
            self.log.close()


def _shown(config: Config, files: tuple[LocalFile, ...]) -> Shown:
    """Knowledge and rules of the versions that count; of the files themselves where no monitor took them yet."""
    from monitor.activation import read_rules  # half a second: at the first page, not at start

    taken = any(file.is_local for file in files)
    contents: Contents = (
        {file.path: file.content for file in files if file.content is not None}
        if taken
        else read_contents(config.detect.local)
    )
    try:
        knowledge, rules = read_rules(contents)
    except MonitorError:
        return Shown(files=files, contents=contents, rules=None, names=NoNames())
    return Shown(files=files, contents=contents, rules=rules, names=KnowledgeNames(knowledge))
