"""`cspwatch extract`, `judge`, `read` and `evaluate`: the path's inner steps, one by one, without the log."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from monitor.cli.output import print_json, print_json_lines
from monitor.config import find_config, load_config
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.extracting import Page


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--jsonl", is_flag=True, help="Input lines are JSON objects {id, url?, html}.")
@click.option("--url", default="", help="Address of the page, where a single file is given.")
def extract(files: tuple[Path, ...], jsonl: bool, url: str) -> None:
    """Turn HTML into article text and metadata, one JSON object a line.

    FILES are HTML files, or `-` for standard input (the default); with --jsonl they hold one JSON object a line.
    Output: id (where given), url, title, text, language, published, modified, author, complete.
    """
    from monitor.extracting import Page, extract_pages  # starts the extraction workers

    lines = _JsonLines()
    pages = (
        _pages_of_lines(files, lines)
        if jsonl
        else (Page(id=None, url=url, html=_bytes(file)) for file in files or (Path("-"),))
    )
    failed = 0
    for result in extract_pages(pages):
        print_json_lines([result.to_json()])
        failed += result.error is not None
    if failed:
        click.echo(
            f"{failed} page{'s' if failed != 1 else ''} could not be read; see 'error' in the output.",
            err=True,
        )
        click.get_current_context().exit(1)
    lines.end()


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--stories", is_flag=True, help="Add the story of each article, in input order.")
@click.option("--trace", is_flag=True, help="Add the trace: for each rule the first clause that failed.")
@click.pass_obj
def judge(given: Path | None, file: BinaryIO, stories: bool, trace: bool) -> None:
    """Judge articles given as JSON lines: {id, title, text, url?, lang?, published?, source?, tier?}.

    Output lines hold id, relevant, score, lang, story (with --stories), findings and watches. Offsets count
    Unicode code points of the field they name; `news` is false for background facts. A line that is no JSON
    object is reported and left out, a field of the wrong kind is reported and counts as empty; the exit code is 1.
    """
    from monitor.judging import JsonJudge, problem_of  # loads the knowledge

    judging = JsonJudge.from_config(load_config(find_config(given)))
    lines = _JsonLines()

    def objects() -> Iterator[dict[str, object]]:
        for number, value in lines.of(file):
            problem = problem_of(value)
            if problem:
                lines.report(number, problem)
            yield value

    results = (
        judging.judge_with_stories(objects(), trace=trace)
        if stories
        else judging.judge(objects(), trace=trace)
    )
    print_json_lines(results)
    lines.end()


@click.command()
@click.argument("page")
@click.option("--url", default="", help="Address of the page, where PAGE is a file.")
@click.option("--json", "as_json", is_flag=True, help="Print article, findings and trace as one JSON object.")
@click.option("--explain", is_flag=True, help="Tell in words why it is or is not the news.")
@click.pass_obj
def read(given: Path | None, page: str, url: str, as_json: bool, explain: bool) -> None:
    """Read PAGE, a web address or an HTML file: what was extracted, what was found, and why."""
    from monitor.reading import read_page, render_reading  # loads the knowledge and starts a worker

    reading = read_page(load_config(find_config(given)), page, url=url)
    if as_json:
        print_json(reading.to_json())
    else:
        click.echo(render_reading(reading, explain=explain))


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Also write a report to look at."
)
@click.pass_obj
def evaluate(given: Path | None, paths: tuple[Path, ...], as_json: bool, html: Path | None) -> None:
    """Measure the judgements against labelled articles: folders or files of JSON lines.

    Prints precision, recall and F1 of articles, facts, slots and stories, with the number of articles behind each.
    """
    from monitor.evaluation.run import print_result, render_html, run_evaluation, to_json
    from monitor.judging import detector_of, story_keys

    config = load_config(find_config(given))
    detector = detector_of(config)
    result = run_evaluation(paths, detector, story_keys=lambda judged: story_keys(judged, detector.knowledge))
    if html is not None:
        html.write_text(render_html(result), encoding="utf-8")
        click.echo(f"Wrote {html}.", err=True)
    if as_json:
        print_json(to_json(result))
    else:
        print_result(result)


class _JsonLines:
    """The JSON objects of a file, one a line; lines that hold none are counted and reported with their number."""

    def __init__(self) -> None:
        self.failed = 0

    def of(self, file: Iterable[bytes]) -> Iterator[tuple[int, dict[str, object]]]:
        """(number of the line, object)."""
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line.decode("utf-8", "surrogatepass"))
            except UnicodeDecodeError as error:
                self.report(number, f"not UTF-8: {error.reason} at byte {error.start + 1}")
                continue
            except (ValueError, RecursionError) as error:
                self.report(number, f"not JSON: {error}")
                continue
            if isinstance(value, dict):
                yield number, value
            else:
                self.report(number, "not a JSON object")

    def report(self, number: int, message: str) -> None:
        """Name a line that cannot be used, or not in full."""
        self.failed += 1
        click.echo(f"line {number}: {message}", err=True)

    def end(self) -> None:
        """Say how many were named, and end with 1 if there are any."""
        if self.failed:
            click.echo(f"{self.failed} line{'s' if self.failed != 1 else ''} with a fault.", err=True)
            click.get_current_context().exit(1)


def _pages_of_lines(files: tuple[Path, ...], lines: _JsonLines) -> Iterator[Page]:
    from monitor.extracting import Page

    for file in files or (Path("-"),):
        with click.open_file(str(file), "rb") as opened:
            for number, value in lines.of(opened):
                html = value.get("html")
                if not isinstance(html, str):
                    lines.report(number, "has no text 'html'")
                    continue
                identity = value.get("id")
                yield Page(
                    id=None if identity is None else str(identity),
                    url=str(value.get("url") or ""),
                    html=html.encode("utf-8", "surrogatepass"),
                )


def _bytes(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise MonitorError(f"{file}: cannot be read: {error.strerror}") from None
