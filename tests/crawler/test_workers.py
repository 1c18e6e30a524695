"""The killable workers: what hangs, crashes or eats memory costs one job and is named."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator

import pytest

from crawler.outcomes import Outcome
from crawler.readings import NotRead
from crawler.workers import Readers


def double(number: int) -> int:
    return 2 * number


def loop_forever() -> None:
    while True:
        pass


def segfault() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def eat_memory() -> int:
    return len(bytearray(3 << 30))


def fail() -> None:
    raise ValueError("planted")


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    with Readers(workers=2, deadline=2.0) as pool:
        yield pool


async def outcome_of(job: object) -> object:
    try:
        return await job  # type: ignore[misc]
    except NotRead as error:
        return error.outcome


def test_bad_jobs_are_named_and_all_others_succeed(readers: Readers) -> None:
    async def everything() -> list[object]:
        jobs = [readers.run(double, n) for n in range(20)]
        jobs += [readers.run(segfault), readers.run(eat_memory), readers.run(loop_forever)]  # type: ignore[list-item]
        jobs += [readers.run(double, n) for n in range(20, 40)]
        return await asyncio.gather(*(outcome_of(job) for job in jobs))

    results = asyncio.run(everything())

    assert results[:20] + results[23:] == [2 * n for n in range(40)]
    assert results[20:23] == [Outcome.NOT_READ_CRASH, Outcome.NOT_READ_CRASH, Outcome.NOT_READ_TIME]


def test_an_error_inside_a_parser_is_a_named_crash(readers: Readers) -> None:
    with pytest.raises(NotRead) as caught:
        asyncio.run(readers.run(fail))

    assert caught.value.outcome is Outcome.NOT_READ_CRASH
    assert "ValueError: planted" in caught.value.detail


def worker_pid() -> int:
    return os.getpid()


def hold_a_pool(pipe: object) -> None:
    async def work() -> None:
        pool = Readers(workers=1, deadline=60.0)
        pipe.send(await pool.run(worker_pid))  # type: ignore[attr-defined]
        await pool.run(loop_forever)

    asyncio.run(work())


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_workers_end_when_the_crawl_process_is_killed() -> None:

    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    crawl = context.Process(target=hold_a_pool, args=(theirs,))
    crawl.start()
    worker = ours.recv()
    assert is_alive(worker)

    crawl.kill()
    crawl.join()

    deadline = time.monotonic() + 10
    while is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(worker)
