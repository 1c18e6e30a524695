"""Articles per CPU second of judging: on a realistic mix, per language, and how the automaton grows.

    python benchmarks/detection.py [DIR]

DIR holds JSON lines `{title, text, lang, relevant}` (default: the project's labelled articles). The mix is 70 % plain
text that names nobody, 25 % texts that name a provider and are not news, 5 % news; all padded to about 2,800
characters (Chinese, Japanese: 1,100) with plain sentences. CPU time, one process, lexicons built before.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from monitor.detect import Detector
from monitor.knowledge import Knowledge, load_knowledge
from monitor.knowledge.model import Entity
from monitor.mentions.lexicon import Lexicon
from monitor.model import ArticleText
from monitor.rules.loader import load_rules

ARTICLES = Path(__file__).resolve().parents[1] / "tests" / "eval" / "articles"
LENGTH, LENGTH_DENSE = 2_800, 1_100
ROUNDS = 400
PLAIN = {
    "zh": "周三早上，市里的图书馆重新开放，读者在门口排起了队。馆长说，新的阅览室比过去明亮得多。",
    "ja": "水曜日の朝、市の図書館が再び開き、入口には列ができた。館長は新しい閲覧室が明るくなったと話した。",
    "ko": "수요일 아침 시립 도서관이 다시 문을 열자 입구에 줄이 생겼다. 관장은 새 열람실이 훨씬 밝아졌다고 말했다.",
    "de": "Am Mittwochmorgen standen die Leser vor der Bibliothek Schlange. Der Leiter lobte den neuen Lesesaal. ",
    "en": "Readers queued outside the town library on Wednesday morning. Its director praised the new reading room. ",
}


def padded(title: str, text: str, language: str, name: str) -> ArticleText:
    base = language.partition("-")[0]
    filler, size = PLAIN.get(base, PLAIN["en"]), LENGTH_DENSE if base in ("zh", "ja") else LENGTH
    body = text + "\n" + filler * (max(0, size - len(text)) // len(filler) + 1)
    return ArticleText(article_id=name, title=title, text=body[: max(size, len(text))], language=language)


def per_second(work: Callable[[ArticleText], object], articles: Sequence[ArticleText]) -> float:
    started = time.process_time()
    for article in articles:
        work(article)
    return len(articles) / max(1e-9, time.process_time() - started)


def read(directory: Path) -> list[tuple[ArticleText, bool]]:
    rows = [
        json.loads(line)
        for file in sorted(directory.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    return [
        (padded(row["title"], row["text"], row["lang"], row["id"]), bool(row["relevant"])) for row in rows
    ]


def mixed(rows: Sequence[tuple[ArticleText, bool]]) -> list[ArticleText]:
    chance = random.Random(1)
    news = [article for article, relevant in rows if relevant]
    named = [article for article, relevant in rows if not relevant]
    plain = [
        padded("", "", article.language or "en", f"plain-{index}") for index, (article, _) in enumerate(rows)
    ]
    shares = ((plain, 0.70), (named, 0.25), (news, 0.05))
    return [article for pool, share in shares for article in chance.choices(pool, k=int(ROUNDS * share))]


def grown(knowledge: Knowledge, count: int) -> Knowledge:
    """The knowledge with `count` invented providers more."""
    invented = {
        f"invented_{index}": Entity(
            id=f"invented_{index}",
            kind="provider",
            name="x",
            home="DE",
            aliases={"any": (f"Nordwolke {index:06d} Cloud",)},
        )
        for index in range(count)
    }
    return replace(knowledge, entities={**knowledge.entities, **invented})


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main(arguments: Sequence[str]) -> int:
    started = time.process_time()
    knowledge = load_knowledge()
    rules = load_rules(knowledge=knowledge)
    say(f"knowledge and rules loaded in {time.process_time() - started:.2f} s")
    detector = Detector(knowledge, rules)
    rows = read(Path(arguments[0]) if arguments else ARTICLES)
    languages = sorted({(article.language or "en").partition("-")[0] for article, _ in rows})
    for language in languages:
        started = time.process_time()
        detector._lexicon(language)
        built = time.process_time() - started
        for article, relevant in rows:  # the tables of amounts and times are compiled at first use
            if relevant and (article.language or "en").startswith(language):
                detector.judge(article)
        size = detector._lexicon(language).rest.size
        articles = [article for article, _ in rows if (article.language or "en").startswith(language)]
        rate = per_second(detector.judge, articles)
        say(f"{language}: {size} terms built in {built:.2f} s; {rate:,.0f} labelled articles/s")
    say(f"mix of {len(mixed(rows))}: {per_second(detector.judge, mixed(rows)):,.0f} articles per CPU second")
    for count in (1_000, 10_000, 100_000):
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        lexicon = Lexicon(grown(knowledge, count), "en")
        built = time.process_time() - started
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        text = padded("", "", "en", "x").text.lower()
        rate = per_second(
            lambda article, lexicon=lexicon, text=text: lexicon.gate.find(text, text), [rows[0][0]] * 500
        )
        say(
            f"{count:,} aliases more: built in {built:.2f} s, {memory:,.0f} MB, gate {1e6 / rate:,.0f} us an article"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
