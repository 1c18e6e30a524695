"""The files that people edit in, notices to the operator out: a file is refused, or counts again; each told once.

What was told last stands in the event log, so a restart repeats nothing, and neither does another mistake in a file
that is refused already.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from alerts.delivery import notice
from alerts.model import Alert, Notice, Saying, Severity
from monitor.localfilelog import LocalFile, kept_files
from monitor.runlog import last_kinds, log_event

if TYPE_CHECKING:
    from sqlite_utils import Database

REFUSED, ACCEPTED = "told-file-refused", "told-file-accepted"
_LOOK = Saying(key="see", values=("cspwatch status",))
#: Problems of one file in a notice; `status` and the Rules page have all.
_MOST = 3


def notices_of_files(db: Database, now: datetime) -> list[Alert]:
    """What is to be told now. Notes in the log what is told, so it belongs into the transaction that queues it."""
    refused = {str(file.path): file for file in kept_files(db) if file.problems}
    told = last_kinds(db, (REFUSED, ACCEPTED))
    new = [file for path, file in refused.items() if told.get(path) != REFUSED]
    well = [path for path, kind in told.items() if kind == REFUSED and path not in refused]
    notices = []
    if new:
        for file in new:
            log_event(db, REFUSED, str(file.path), "; ".join(map(str, file.problems)), now)
        says = Notice(
            title=Saying(key="file-refused", count=len(new)),
            lines=(*(line for file in new for line in _lines(file)), _LOOK),
        )
        notices.append(notice(f"file-refused|{now:%Y-%m-%dT%H:%M:%S}", says, now))
    if well:
        for path in well:
            log_event(db, ACCEPTED, path, "", now)
        says = Notice(
            title=Saying(key="file-accepted", count=len(well)),
            lines=tuple(Saying(key="named", values=(path,)) for path in well),
        )
        key = f"file-accepted|{now:%Y-%m-%dT%H:%M:%S}"
        notices.append(notice(key, says, now, severity=Severity.LOW))
    return notices


def _lines(file: LocalFile) -> list[Saying]:
    problems = [Saying(key="named", values=(str(problem),)) for problem in file.problems[:_MOST]]
    rest = len(file.problems) - len(problems)
    return [
        Saying(key=f"file-{file.in_force}", values=(str(file.path),)),
        *problems,
        *([Saying(key="more", count=rest)] if rest else []),
    ]
