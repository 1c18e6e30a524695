"""A configuration in, everything that is wrong with it out: knowledge, rules with their examples, sources, channels."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.errors import ConfigError, Problem
from monitor.wording import counted

if TYPE_CHECKING:
    from crawler.sources import Source
    from monitor.config import Config


@dataclass(slots=True, kw_only=True)
class CheckReport:
    """What was checked, in a line each, what is wrong and what is odd."""

    lines: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)  # works, but hardly as meant
    live: list[dict[str, object]] = field(default_factory=list)

    @property
    def unwell(self) -> int:
        """Sources that were asked and could not be read."""
        return sum(row["outcome"] not in {"ok", "unchanged"} for row in self.live)


def check_everything(
    config: Config, *, live: bool, integrity: bool = False, found: Sequence[Problem] = ()
) -> CheckReport:
    """Check all parts, each even where another one is wrong.

    With `live` every source is asked once, with `integrity` every reference and the full-text index of the log too.

    `found` are problems of the configuration file itself; `config` is what remains of it then.
    """
    report = CheckReport(problems=list(found))
    where = config.path or "built-in defaults"
    report.lines.append(
        f"configuration: {where}: {counted(len(config.watches), 'watch')}, {counted(len(config.channels), 'channel')} "
        f"({', '.join(channel.name for channel in config.channels)})"
    )
    _check_detection(config, report)
    sources = _check_sources(config, report)
    _check_store(config, report, integrity=integrity)
    if live and not report.problems:
        from monitor.checklive import ask_sources  # starts crawl processes

        report.live = ask_sources(config, sources)
    return report


def _check_detection(config: Config, report: CheckReport) -> None:
    from monitor.knowledge.loader import load_knowledge
    from monitor.rules.examples import load_checked_rules
    from monitor.watches import read_documents_of, unknown_channels, unknown_references, unused_channels

    started = time.perf_counter()
    try:
        knowledge = load_knowledge(config.detect.local)
    except ConfigError as error:
        report.problems += error.problems
        return
    report.lines.append(
        f"knowledge: {len(knowledge.entities)} entities, {len(knowledge.places.hubs)} hubs, "
        f"{len(knowledge.actions)} actions, {len(knowledge.objects)} objects "
        f"(loaded in {time.perf_counter() - started:.2f} s)"
    )
    rules = load_checked_rules(config.detect.local, knowledge=knowledge, shipped_too=True)
    report.problems += [found.problem for found in rules.problems]
    report.lines.append(f"rules: {len(rules.rules)} pass their own examples")
    watches, problems = read_documents_of(config, knowledge, rules)
    report.problems += [*problems, *unknown_channels(config, watches)]
    report.problems += unknown_references(config.watches, watches)
    report.warnings += unused_channels(config, watches)
    if watches:
        report.lines.append(f"watches in local files: {', '.join(watch.id for watch in watches)}")


def _check_sources(config: Config, report: CheckReport) -> tuple[Source, ...]:
    from monitor.app import App

    try:
        sources = App(config).sources()
    except ConfigError as error:
        report.problems += error.problems
        return ()
    enabled = [source for source in sources if source.enabled]
    kinds = Counter(source.kind.value for source in enabled)
    languages = len({(source.language or "").partition("-")[0] for source in enabled} - {""})
    report.lines.append(
        f"sources: {len(enabled)} on, {len(sources) - len(enabled)} off, {counted(languages, 'language')}"
        + (f" ({', '.join(f'{number} {kind}' for kind, number in kinds.most_common())})" if kinds else "")
    )
    return tuple(enabled)


def _check_store(config: Config, report: CheckReport, *, integrity: bool) -> None:
    from contextlib import closing

    from monitor.database import open_database, quick_check, sqlite_version

    folder = next(parent for parent in (config.state_dir, *config.state_dir.parents) if parent.exists())
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        report.problems.append(
            Problem(
                place="[store] path",
                message=f"{config.state_dir} cannot be made or written",
                remedy="Choose another",
            )
        )
    if not config.database.exists():
        report.lines.append(f"log: {config.database} does not exist yet; `cspwatch run` makes it")
        return
    from monitor.pruning import check_integrity

    # The index checks itself by a statement that counts as writing.
    with closing(open_database(config.database, read_only=not integrity)) as db:
        found = check_integrity(db) if integrity else quick_check(db)
        report.problems += [
            Problem(place=str(config.database), message=text, remedy="Restore a backup: `cspwatch restore`")
            for text in found
        ]
        if not found:
            what = "file, references and full-text index are sound" if integrity else "is sound"
            report.lines.append(f"log: {config.database} {what} (SQLite {sqlite_version(db)})")
