"""Evaluation: labels of both forms, figures of known cases, facts and slots, and a report that stands alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import html

from monitor.cli.judging import evaluate
from monitor.evaluation.facts import FactFigures
from monitor.evaluation.figures import (
    Figure,
    Share,
    b_cubed,
    calibration,
    f1_interval,
    of_decisions,
    pairs,
)
from monitor.evaluation.labels import LabelError, LabelledAmount, LabelledEvent, read_labelled
from monitor.evaluation.run import print_result, render_html, run_evaluation, to_json
from monitor.model import (
    Actor,
    Amount,
    ArticleText,
    Direction,
    EventType,
    Evidence,
    Field,
    Finding,
    Judgement,
    Level,
    PlaceMention,
    ScorePart,
    Span,
    Status,
    TraceStep,
)
from tests.monitor.detecting import knowledge

SPAN = Span(field=Field.TEXT, start=0, end=4)


def finding(
    kind: EventType = EventType.DATACENTER,
    actor: str = "aws",
    place: str = "DE",
    status: Status = Status.PLANNED,
    amounts: tuple[Amount, ...] = (),
    *,
    news: bool = True,
    rule: str = "dc-build",
) -> Finding:
    return Finding(
        finding_id=f"{kind}{actor}{place}",
        rule=rule,
        rule_revision="1",
        type=kind,
        direction=Direction.EXPANSION,
        status=status,
        actors=(Actor(id=actor),),
        object="datacenter",
        evidence=Evidence(span=SPAN, quote="<b>builds</b>", language="en"),
        places=(PlaceMention(id=place, country=place.partition(":")[0]),),
        amounts=amounts,
        score=60,
        news=news,
    )


def amount(value: str, unit: str) -> Amount:
    return Amount(value=Decimal(value), unit=unit, span=SPAN, text=f"{value} {unit}")


def event(
    kind: str = "datacenter",
    actors: tuple[str, ...] = ("aws",),
    places: tuple[str, ...] = ("DE",),
    statuses: tuple[str, ...] = ("planned",),
    amounts: tuple[LabelledAmount, ...] = (),
    *,
    background: bool = False,
) -> LabelledEvent:
    return LabelledEvent(
        types=frozenset({kind}),
        statuses=statuses,
        direction="expansion",
        actors=actors,
        places=places,
        amounts=amounts,
        background=background,
    )


class ToldDetector:
    """Says of each article what the test wrote down."""

    digest = "told"

    def __init__(self, findings: Mapping[str, tuple[Finding, ...]], score: int = 60) -> None:
        self.knowledge = knowledge()
        self._findings = findings
        self._score = score

    def judge(self, article: ArticleText) -> Judgement:
        findings = self._findings.get(article.article_id, ())
        relevant = any(one.news for one in findings)
        return Judgement(
            article_id=article.article_id,
            language=article.language or "en",
            relevant=relevant,
            score=self._score if findings else 0,
            level=Level.MEDIUM,
            findings=findings,
            news=(ScorePart(name="bias", points=-10),),
            trace=() if findings else (TraceStep(step="entities", held=False, clause="no provider named"),),
        )


LONG = {
    "id": "a",
    "lang": "en",
    "published": "2026-01-02",
    "source_type": "wire",
    "title": "AWS plans <site>",
    "text": "Text.",
    "relevant": True,
    "negative_category": None,
    "events": [
        {
            "type": "datacenter",
            "status": "planned",
            "status_alternatives": ["announced"],
            "direction": "expansion",
            "actors": ["aws"],
            "places": ["DE", "DE:Berlin"],
            "amounts": [{"op": "=", "value": 120, "unit": "MW"}],
            "time": None,
        }
    ],
    "story": "s1",
    "development": "first",
}
SHORT = {
    "id": "n",
    "lang": "de",
    "genre": "article",
    "date": "2026-01-02",
    "title": "Titel",
    "text": "Text.",
    "label": 1,
    "events": ["dc", "capex"],
    "actors": ["Google Cloud", "Nobody GmbH"],
    "places": ["Saudi Arabia"],
    "amounts": ["2 billion USD"],
    "status": "in talks",
    "why": "borderline: talks",
}


def written(folder: Path, **files: Iterable[object]) -> Path:
    for name, rows in files.items():
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_both_forms_of_labels_are_read(tmp_path: Path) -> None:
    long, short = read_labelled([written(tmp_path, a=[LONG], b=[SHORT])])

    assert (long.relevant, long.kind, long.story, long.borderline) == (True, "wire", "s1", False)
    assert long.events is not None
    assert long.events[0].statuses == ("planned", "announced")
    assert long.events[0].amounts == (LabelledAmount(value=Decimal(120), unit="MW"),)
    assert (short.relevant, short.kind, short.borderline, short.category) == (True, "article", True, "talks")
    assert short.named is not None
    assert short.named.types == {"datacenter", "region", "investment"}
    assert short.named.status == "rumoured"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "a.jsonl:1"),
        ("[]", "not a JSON object"),
        (json.dumps(LONG | {"relevant": "yes"}), "write true or false"),
        (
            json.dumps(LONG | {"events": [{"type": "datacentre", "status": "live"}]}),
            "'datacentre' is not known",
        ),
        (json.dumps(LONG | {"events": 3}), "`events` is no list"),
        (json.dumps(LONG) + "\n" + json.dumps(LONG), "stands twice"),
    ],
)
def test_a_wrong_line_is_named_with_its_file(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")

    with pytest.raises(LabelError, match=message.replace("'", ".")):
        read_labelled([tmp_path])


def test_a_folder_without_articles_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="one article a line"):
        read_labelled([tmp_path])


def test_figures_of_decisions() -> None:
    figure = of_decisions([(True, True), (True, False), (False, True), (False, False), (True, True)])

    assert (figure.hits, figure.found, figure.wanted) == (2, 3, 3)
    assert figure.precision == pytest.approx(2 / 3)
    assert figure.f1 == pytest.approx(2 / 3)
    assert Figure().f1 is None
    assert Figure(wanted=3).precision is None


def test_the_interval_holds_the_value_and_is_the_same_each_time() -> None:
    decisions = [(True, True)] * 30 + [(True, False)] * 8 + [(False, True)] * 5

    low, high = f1_interval(decisions) or (0.0, 0.0)

    value = of_decisions(decisions).f1
    assert value is not None
    assert 0.7 < low < value < high < 0.95
    assert f1_interval(decisions) == (low, high)
    assert f1_interval(decisions[:9]) is None


def test_pairs_and_b_cubed_of_a_known_grouping() -> None:
    wanted = {"a": 1, "b": 1, "c": 2, "d": 2}
    found = {"a": "x", "b": "x", "c": "x", "d": "y"}

    grouped = b_cubed(found, wanted)

    assert pairs(found, wanted) == Figure(hits=1, found=3, wanted=2)
    assert grouped is not None
    assert grouped.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert grouped.recall == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)
    assert b_cubed({}, {}) is None


def test_calibration_bins_scores_and_keeps_the_last_one_open() -> None:
    bins = calibration([(5, False), (62, True), (68, False), (140, True)])

    assert [(one.low, one.share.right, one.share.total) for one in bins] == [
        (0, 0, 1),
        (60, 1, 2),
        (100, 1, 1),
    ]


def test_a_fact_needs_type_and_family_and_its_place_counts_by_country() -> None:
    figures = FactFigures()

    figures.add(
        [event(places=("DE", "DE:Berlin"))], [finding(actor="amazon", place="DE:Frankfurt")], knowledge()
    )
    figures.add([event()], [finding(kind=EventType.COMPUTE)], knowledge())
    figures.add([event()], [finding(actor="google")], knowledge())

    assert figures.facts == Figure(hits=1, found=3, wanted=3)
    assert figures.with_place == Figure(hits=1, found=3, wanted=3)
    assert figures.actor == Figure(hits=1, found=2, wanted=2)


def test_background_facts_may_be_found_and_need_not_be() -> None:
    figures = FactFigures()

    figures.add([event(background=True)], [finding()], knowledge())
    figures.add([event(background=True)], [], knowledge())
    figures.add([], [finding(news=False), finding(kind=EventType.FOOTPRINT)], knowledge())

    assert figures.facts == Figure()


def test_one_of_the_labelled_amounts_is_enough_and_a_wrong_one_counts() -> None:
    readings = (
        LabelledAmount(value=Decimal("1e9"), unit="USD"),
        LabelledAmount(value=Decimal("2e9"), unit="EUR"),
    )
    figures = FactFigures()

    figures.add([event(amounts=readings)], [finding(amounts=(amount("1.005e9", "USD"),))], knowledge())
    figures.add([event(amounts=readings)], [finding(amounts=(amount("1e9", "EUR"),))], knowledge())
    figures.add([event(amounts=readings)], [finding()], knowledge())

    assert figures.amount == Figure(hits=1, found=2, wanted=3)


def test_status_counts_strictly_with_alternatives_and_coarsely_by_what_it_means() -> None:
    figures = FactFigures()

    figures.add([event(statuses=("planned", "rumoured"))], [finding(status=Status.RUMOURED)], knowledge())
    figures.add([event(statuses=("planned",))], [finding(status=Status.ANNOUNCED)], knowledge())
    figures.add([event(statuses=("live",))], [finding(status=Status.PLANNED)], knowledge())

    assert figures.status == Share(right=1, total=3)
    assert figures.status_coarse == Share(right=2, total=3)
    assert figures.statuses == {
        ("planned", "rumoured"): 1,
        ("planned", "announced"): 1,
        ("live", "planned"): 1,
    }


def test_a_run_counts_languages_errors_rules_and_stories(tmp_path: Path) -> None:
    rows = [
        LONG,
        LONG | {"id": "b", "story": "s1", "lang": "de"},
        LONG | {"id": "c", "story": "s2"},
        LONG | {"id": "d", "relevant": False, "negative_category": "opinion", "events": [], "story": None},
        LONG | {"id": "e", "relevant": False, "negative_category": "opinion", "events": [], "story": None},
        LONG | {"id": "f", "borderline": True},
    ]
    held = {"a": (finding(),), "b": (finding(),), "d": (finding(rule="odd"),), "f": (finding(news=False),)}
    folder = written(tmp_path, own=rows, background=[{"id": "u", "title": "x", "text": "y", "lang": "en"}])

    result = run_evaluation(
        [folder], ToldDetector(held), lambda judged: {one.article_id: "k" for one, _ in judged}
    )

    assert (result.overall.articles, result.with_borderline.articles) == (5, 6)
    assert result.overall.figure == Figure(hits=2, found=3, wanted=3)
    assert {name: one.articles for name, one in result.by_language.items()} == {"de": 1, "en": 4}
    assert result.missed_because == {"no provider recognized": 1}
    assert result.alarms_by_category == {"opinion": Share(right=1, total=2)}
    assert result.rules["odd"].articles == Share(right=0, total=1)
    assert result.rules["dc-build"].facts == Share(right=2, total=2)
    assert result.stories is not None
    assert result.stories.pairs == Figure(hits=1, found=1, wanted=1)
    assert result.unlabelled == {"background": Share(right=0, total=1)}
    assert {one.label.article.article_id for one in result.errors} == {"c", "d", "f"}


def test_held_out_files_are_counted_apart_and_alone_where_they_are_alone(tmp_path: Path) -> None:
    written(tmp_path, own=[LONG], **{"heldout-x": [LONG | {"id": "h"}]})
    detector = ToldDetector({"a": (finding(),)})

    both = run_evaluation([tmp_path], detector)
    alone = run_evaluation([tmp_path / "heldout-x.jsonl"], detector)

    assert both.overall.figure == Figure(hits=1, found=1, wanted=1)
    assert both.held_out is not None
    assert both.held_out.figure == Figure(wanted=1)
    assert both.errors == ()
    assert alone.held_out is None
    assert alone.overall.figure == Figure(wanted=1)


def test_short_labels_are_resolved_by_name_and_count_as_found_at_least(tmp_path: Path) -> None:
    folder = written(tmp_path, short=[SHORT])
    found = finding(
        actor="google_cloud", place="SA:Riyadh", amounts=(amount("2e9", "USD"), amount("50", "MW"))
    )

    named = run_evaluation([folder], ToldDetector({"n": (found,)})).named

    assert named.actor == Share(right=1, total=1)
    assert named.place == Share(right=1, total=1)
    assert named.amount == Share(right=1, total=1)
    assert named.type == Share(right=1, total=1)
    assert (named.status, named.status_coarse) == (Share(total=1), Share(right=1, total=1))
    assert named.unknown == ["Nobody GmbH"]


def test_the_report_stands_alone_escapes_what_it_quotes_and_the_json_is_plain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [LONG | {"id": f"a{number}"} for number in range(12)] + [
        LONG | {"id": "x", "lang": "de", "relevant": False, "negative_category": "<i>"}
    ]
    detector = ToldDetector({f"a{number}": (finding(),) for number in range(11)} | {"x": (finding(),)})
    result = run_evaluation([written(tmp_path, own=rows)], detector, lambda judged: {})

    page = render_html(result)
    print_result(result)

    tree = html.fromstring(page)
    assert "<b>builds" not in page
    assert "<site>" not in page
    assert "<i>" not in page
    assert not tree.xpath("//script | //link | //img | //@src | //@href")
    assert len(tree.xpath("//svg")) == 2
    assert json.loads(json.dumps(to_json(result)))["articles"]["firm"]["articles"] == 13
    assert "type + actor" in capsys.readouterr().out


def test_the_command_measures_files_and_writes_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CSPWATCH_CONFIG", raising=False)
    rows = [
        LONG
        | {"title": "AWS to build data center in Germany", "text": "AWS will build a data center in Berlin."},
        LONG | {"id": "b", "relevant": False, "events": [], "title": "A walk", "text": "It rained."},
    ]
    labels, report = written(tmp_path, own=rows) / "own.jsonl", tmp_path / "report.html"

    done = CliRunner().invoke(evaluate, [str(labels), "--json", "--html", str(report)])

    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert figures["articles"]["firm"]["f1"] == 1.0
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_figure_of_nothing_is_a_dash_and_no_error(tmp_path: Path) -> None:
    row = {"id": "u", "title": "x", "text": "y", "lang": "en"}
    result = run_evaluation(
        [written(tmp_path, only=[row])], ToldDetector({"u": (replace(finding(), news=True),)})
    )

    assert "–" in render_html(result)
    assert result.unlabelled == {"only": Share(right=1, total=1)}


def test_a_missed_and_a_further_fact_of_one_family_are_a_type_taken_for_another() -> None:
    figures = FactFigures()

    figures.add(
        [event("region"), event("market", actors=("google",))],
        [finding(EventType.DATACENTER), finding(EventType.POWER, actor="nvidia")],
        knowledge(),
    )
    figures.add([event("region")], [finding(EventType.REGION)], knowledge())

    assert figures.types == {
        ("region", "datacenter"): 1,
        ("market", "-"): 1,
        ("-", "power"): 1,
        ("region", "region"): 1,
    }
