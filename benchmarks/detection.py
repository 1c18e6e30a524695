"""Articles in, articles judged per CPU second out: on a realistic mix, per language, with load, memory and growth.

    python benchmarks/detection.py [--articles 200] [--rounds 2] [--languages de,en,ja] [--growth 1000,10000,100000]
                                   [--real DIR] [--json]

The mix is 70 % plain articles (nobody of ours is named), 25 % that name providers and report nothing, and 5 % with
one story among background. Articles have the length of real ones (2,800 characters, 1,100 in Chinese and Japanese);
their sentences come from the project's labelled articles and the newsstand of the demonstration, drawn with a fixed
seed. `--real DIR` measures the *.jsonl of a folder as they are ({title, text, lang}). Times are CPU times of one
process, the best of the rounds; memory is what the resident set grows by.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from monitor.demo import content
from monitor.detect import Detector
from monitor.evaluation.labels import Labelled, read_labelled
from monitor.knowledge.loader import load_knowledge
from monitor.knowledge.model import Entity, Knowledge
from monitor.language import base_language
from monitor.mentions.lexicon import Lexicon
from monitor.model import ArticleText
from monitor.rules.loader import load_rules
from monitor.rules.query import QuerySubject, parse_query
from monitor.text import fold, sentences

ARTICLES = Path(__file__).resolve().parent.parent / "tests" / "eval" / "articles"
SEED = 7
LENGTH, DENSE_LENGTH = 2800, 1100
DENSE = frozenset({"zh", "ja"})
SHARES = {"plain": 0.70, "rich": 0.25, "relevant": 0.05}
FEWEST = 12  # plain sentences that a language needs to be measured
PUBLISHED = date(2026, 3, 14)
SYLLABLES = ("ka", "lo", "mi", "ter", "vex", "on", "dra", "sul", "pi", "ran", "qu", "eb", "tal", "ys", "gro")
WATCHES = (
    "home:CN overseas:yes place:@GCC type:(region|datacenter|investment|compute|partnership) -status:denied",
    "home:US direction:contraction type:(datacenter|region|compute) tier:1 -status:denied",
    "amount:>=1bnUSD | amount:>=500MW",
    '(johor OR 柔佛) ((water OR power OR 用水) NEAR/12 ("data cent(er|re)*" OR 数据中心))',
)

Mix = Mapping[str, Sequence[ArticleText]]
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Pool:
    """What articles of one language are made of."""

    plain: tuple[str, ...]  # sentences in which nobody is named
    rich: tuple[ArticleText, ...]  # articles that name providers and are not relevant
    relevant: tuple[ArticleText, ...]


def main() -> None:
    """Print all measurements, each as soon as it is there."""
    arguments = _arguments()
    for row in _measurements(arguments):
        print(json.dumps(row, ensure_ascii=False) if arguments.json else _line(row), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=200, help="articles of the mix of each language")
    parser.add_argument("--rounds", type=int, default=2, help="passes over the articles; the best counts")
    parser.add_argument("--languages", default="", help="comma-separated; default: all with enough text")
    parser.add_argument("--growth", default="1000,10000,100000", help="numbers of invented names to add")
    parser.add_argument("--real", type=Path, help="folder of *.jsonl to measure instead")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser.parse_args()


def _measurements(arguments: argparse.Namespace) -> Iterator[Row]:
    _, first = _load()
    knowledge, again = _load()
    yield {"what": "knowledge load, CPU seconds", "first": first, "again": again}
    detector = Detector(knowledge, load_rules(knowledge=knowledge))
    if arguments.real:
        yield from _real(detector, arguments.real, arguments.rounds)
        return
    pools = _pools(knowledge)
    chosen = arguments.languages.split(",") if arguments.languages else list(pools)
    yield _in_own_process(_automata, chosen)
    mixes = {name: _mix(pools[name], name, arguments.articles) for name in chosen if name in pools}
    for name, mix in mixes.items():
        yield _speed(detector, name, mix, arguments.rounds)
    joined = {kind: [one for mix in mixes.values() for one in mix[kind]] for kind in SHARES}
    yield _speed(detector, "all", joined, arguments.rounds)
    yield _watches(detector, joined["relevant"][:20])
    for size in (int(size) for size in arguments.growth.split(",") if size):
        yield _in_own_process(_grown, size, arguments.articles)


def _load() -> tuple[Knowledge, float]:
    begun = time.process_time()
    knowledge = load_knowledge()
    return knowledge, round(time.process_time() - begun, 2)


def _pools(knowledge: Knowledge) -> dict[str, Pool]:
    """By base language, from the labelled articles and the newsstand."""
    gates: dict[str, Lexicon] = {}
    plain: dict[str, list[str]] = defaultdict(list)
    rich: dict[str, list[ArticleText]] = defaultdict(list)
    relevant: dict[str, list[ArticleText]] = defaultdict(list)
    for label in _labelled():
        language, text = base_language(label.language), label.article.text
        if language not in gates:
            gates[language] = Lexicon(knowledge, language)
        gate = gates[language]
        if label.relevant:
            relevant[language].append(label.article)
        elif _names_somebody(f"{label.article.title}\n{text}", gate):
            rich[language].append(label.article)
        plain[language] += [
            text[start:end]
            for start, end in sentences(text, knowledge.abbreviations)
            if not _names_somebody(text[start:end], gate)
        ]
    return {
        language: Pool(tuple(plain[language]), tuple(rich[language]), tuple(relevant[language]))
        for language in sorted(plain)
        if len(plain[language]) >= FEWEST and rich[language] and relevant[language]
    }


def _labelled() -> Iterator[Labelled]:
    yield from read_labelled([ARTICLES])
    languages = {outlet.outlet_id: outlet.language for outlet in content.outlets()}
    for article in content.articles():
        language = languages[article.outlet_id]
        text = ArticleText(
            article_id=article.article_id,
            title=article.title,
            text="\n".join(article.body),
            language=language,
        )
        yield Labelled(article=text, language=language, kind="demo", origin="demo", relevant=False)


def _names_somebody(text: str, lexicon: Lexicon) -> bool:
    form = fold(text, script=lexicon.script)
    return bool(lexicon.gate.find(form.folded, form.cased)[0])


def _mix(pool: Pool, language: str, count: int) -> Mix:
    """`count` articles of a language by kind, the same ones each time."""
    draw = random.Random(f"{SEED}-{language}")
    return {
        kind: [
            _article(pool, kind, draw, language, f"{language}-{kind}-{number}")
            for number in range(max(1, round(count * share)))
        ]
        for kind, share in SHARES.items()
    }


def _article(pool: Pool, kind: str, draw: random.Random, language: str, identity: str) -> ArticleText:
    length = DENSE_LENGTH if language in DENSE else LENGTH
    title, parts = draw.choice(pool.plain)[:90], []
    if kind == "relevant":
        story = draw.choice(pool.relevant)
        title, parts = story.title, [story.text]
    elif kind == "rich":
        title = draw.choice(pool.rich).title
    while sum(map(len, parts)) < length:
        parts.append((draw.choice(pool.rich).text if kind == "rich" else "") or draw.choice(pool.plain))
    text = "\n".join(parts)[: length + 400]
    return ArticleText(article_id=identity, title=title, text=text, language=language, published=PUBLISHED)


def _rate(detector: Detector, articles: Sequence[ArticleText], rounds: int) -> int:
    """Articles per CPU second, the best of the rounds; one pass before builds automata and tables."""
    for article in articles:
        detector.judge(article)
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        for article in articles:
            detector.judge(article)
        best = min(best, time.process_time() - begun)
    return round(len(articles) / max(best, 1e-9))


def _speed(detector: Detector, language: str, mix: Mix, rounds: int) -> Row:
    articles = [article for listed in mix.values() for article in listed]
    return {
        "what": f"articles per CPU second, {language}",
        "articles": len(articles),
        "characters": round(sum(len(article.text) for article in articles) / len(articles)),
        **{kind: _rate(detector, listed, rounds) for kind, listed in mix.items()},
        "mix": _rate(detector, articles, rounds),
    }


def _automata(languages: Sequence[str]) -> Row:
    knowledge = load_knowledge()
    gc.collect()
    before, begun = _resident(), time.process_time()
    lexicons = [Lexicon(knowledge, language) for language in languages]
    return {
        "what": "automata",
        "languages": len(lexicons),
        "patterns": sum(one.gate.size + one.rest.size for one in lexicons),
        "build_s": round(time.process_time() - begun, 2),
        "memory_mb": round((_resident() - before) / 1e6, 1),
    }


def _watches(detector: Detector, articles: Sequence[ArticleText]) -> Row:
    """How often a second watches can be asked about relevant articles."""
    queries = [parse_query(query) for query in WATCHES]
    subjects = [
        QuerySubject(article=article, findings=detector.judge(article).findings, lookup=detector.knowledge)
        for article in articles
    ]
    begun, asked = time.process_time(), 0
    while (spent := time.process_time() - begun) < 0.5:
        asked += len(subjects) * len(queries)
        for subject in subjects:
            for query in queries:
                query.matches(subject)
    return {
        "what": "watch evaluations per CPU second",
        "watches": len(queries),
        "articles": len(subjects),
        "rate": round(asked / spent),
    }


def _in_own_process(measure: Callable[..., Row], *arguments: object) -> Row:
    """So that the memory of one measurement is not that of those before it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, arguments)


def _grown(size: int, count: int) -> Row:
    """The English lexicon with `size` invented providers more."""
    knowledge = load_knowledge()
    articles = [one for listed in _mix(_pools(knowledge)["en"], "en", count).values() for one in listed]
    draw = random.Random(SEED)
    invented = {f"invented_{number}": _invented(number, draw) for number in range(size)}
    larger = replace(knowledge, entities={**knowledge.entities, **invented})
    gc.collect()
    before, begun = _resident(), time.process_time()
    lexicon = Lexicon(larger, "en")
    spent, memory = time.process_time() - begun, _resident() - before
    detector = Detector(larger, load_rules(knowledge=larger))
    return {
        "what": f"en with {size} names more",
        "patterns": lexicon.gate.size + lexicon.rest.size,
        "build_s": round(spent, 2),
        "memory_mb": round(memory / 1e6, 1),
        "mix": _rate(detector, articles, 1),
    }


def _invented(number: int, draw: random.Random) -> Entity:
    first, second = ("".join(draw.choices(SYLLABLES, k=count)) for count in (3, 2))
    name = f"{first.capitalize()} {second.capitalize()} {number}"
    return Entity(id=f"invented_{number}", kind="provider", name=name, aliases={"any": (name,)})


def _real(detector: Detector, folder: Path, rounds: int) -> Iterator[Row]:
    for file in sorted(folder.glob("*.jsonl")):
        values = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        articles = [
            ArticleText(
                article_id=str(number),
                title=str(value.get("title") or ""),
                text=str(value.get("text") or ""),
                language=value.get("lang"),
                published=PUBLISHED,
            )
            for number, value in enumerate(values)
        ]
        if articles:
            yield {
                "what": f"articles per CPU second, {file.name}",
                "articles": len(articles),
                "characters": round(sum(len(article.text) for article in articles) / len(articles)),
                "mix": _rate(detector, articles, rounds),
            }


def _resident() -> int:
    """Resident memory of this process in bytes (Linux)."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


def _line(row: Row) -> str:
    figures = "  ".join(f"{name} {value}" for name, value in row.items() if name != "what")
    return f"{row['what']!s:<48}{figures}"


if __name__ == "__main__":
    main()
