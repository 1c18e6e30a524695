"""The own labelled set and the shipped rules in, figures against pinned floors out. Floors rise; fall only on wish.

python -m monitor.evaluation.floors            what is below its floor, and whether the set is the pinned one
python -m monitor.evaluation.floors --raise    pin the set as it is and lift floors that are exceeded
python -m monitor.evaluation.floors --lower F  also lower the floor F to what is measured ("all": every one)
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from monitor.evaluation.run import EvaluationResult, run_evaluation

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = ROOT / "tests" / "eval" / "articles"
FLOORS = ROOT / "tests" / "eval" / "floors.json"
#: Languages at full depth have a floor of their own; the others have too few articles for one.
LANGUAGES = ("de", "en", "ja", "ko", "zh-Hans", "zh-Hant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """`corpus`: hash of each file of articles. `floors`: the least value of each figure, in hundredths."""

    corpus: Mapping[str, str]
    floors: Mapping[str, int]


def measure() -> EvaluationResult:
    """The own set judged with the shipped knowledge and rules."""
    from monitor.detect import Detector
    from monitor.judging import story_keys
    from monitor.knowledge.loader import load_knowledge
    from monitor.rules.loader import load_rules

    knowledge = load_knowledge()
    detector = Detector(knowledge, load_rules(knowledge=knowledge))
    return run_evaluation([ARTICLES], detector, lambda judged: story_keys(judged, knowledge))


def figures_of(result: EvaluationResult) -> dict[str, int]:
    """The figures that have floors, in hundredths, rounded down. Held-out articles are in none of them."""
    facts = result.facts
    values = {
        "article precision": result.overall.figure.precision,
        "article recall": result.overall.figure.recall,
        "article f1": result.overall.figure.f1,
        "fact f1": facts.facts.f1,
        "fact f1 with place": facts.with_place.f1,
        "actor f1": facts.actor.f1,
        "place f1": facts.place.f1,
        "amount f1": facts.amount.f1,
        "time f1": facts.time.f1,
        "status": facts.status.value,
        "status coarse": facts.status_coarse.value,
        "direction": facts.direction.value,
    }
    if result.stories is not None:
        values["story pairs f1"] = result.stories.pairs.f1
        values["story b-cubed f1"] = result.stories.b_cubed.f1
    for language in LANGUAGES:
        if language in result.by_language:
            values[f"article f1 {language}"] = result.by_language[language].figure.f1
    return {name: math.floor(100 * value + 1e-9) for name, value in values.items() if value is not None}


def corpus_of(folder: Path = ARTICLES) -> dict[str, str]:
    """File name → SHA-256 of its bytes."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("*.jsonl"))
    }


def read_floors(path: Path = FLOORS) -> Floors:
    """The pinned floors; none where the file does not exist."""
    if not path.is_file():
        return Floors(corpus={}, floors={})
    value = json.loads(path.read_text(encoding="utf-8"))
    return Floors(corpus=value["corpus"], floors=value["floors"])


def below(floors: Floors, measured: Mapping[str, int]) -> dict[str, tuple[int, int | None]]:
    """Figures below their floor, as (floor, measured); a figure that is gone counts."""
    return {
        name: (floor, measured.get(name))
        for name, floor in floors.floors.items()
        if (found := measured.get(name)) is None or found < floor
    }


def raised(floors: Floors, measured: Mapping[str, int], lower: Sequence[str] = ()) -> dict[str, int]:
    """The floors lifted to what is measured; those named in `lower` ("all" for every one) follow it down."""
    result = dict(floors.floors)
    for name, value in measured.items():
        if value > result.get(name, -1) or name in lower or "all" in lower:
            result[name] = value
    return dict(sorted(result.items()))


@click.command()
@click.option("--raise", "lift", is_flag=True, help="Pin the articles and lift the floors.")
@click.option("--lower", multiple=True, metavar="FIGURE", help="Let this figure's floor follow down, or all.")
def main(lift: bool, lower: tuple[str, ...]) -> None:
    """Compare the own labelled set with its floors; exit code 1 where something is below or the set changed."""
    floors, measured, corpus = read_floors(), figures_of(measure()), corpus_of()
    if lift or lower:
        pinned = {"corpus": corpus, "floors": raised(floors, measured, lower)}
        FLOORS.write_text(json.dumps(pinned, indent=2) + "\n", encoding="utf-8")
        floors = read_floors()
    for name, value in measured.items():
        click.echo(f"{name:<24}{value:>4}   floor {floors.floors.get(name, '-')}")
    changed = sorted(
        name for name in {*corpus, *floors.corpus} if corpus.get(name) != floors.corpus.get(name)
    )
    if changed:
        click.echo(f"Changed since it was pinned: {', '.join(changed)}. Pin it with --raise.", err=True)
    low = below(floors, measured)
    for name, (floor, found) in low.items():
        click.echo(f"{name}: {found} is below its floor {floor}.", err=True)
    if changed or low:
        click.get_current_context().exit(1)


if __name__ == "__main__":
    main()
