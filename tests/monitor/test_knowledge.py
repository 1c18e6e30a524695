"""The shipped knowledge loads; wrong local files are refused with everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.knowledge import KnowledgeError, load_knowledge
from monitor.knowledge.terms import TermError, compile_term, expand
from monitor.naming import KnowledgeNames
from tests.monitor.detecting import detector, knowledge
from tests.monitor.detecting import judge as judged


def test_shipped_knowledge_has_providers_of_every_kind_and_resolves_parents() -> None:
    known = knowledge()

    assert known.family_of("aws") == known.family_of("amazon") == "amazon"
    assert known.home_of("alibaba_cloud") == "CN"
    assert known.kind_of("equinix") == "colo"
    assert known.tier_of("hetzner") == 1
    assert "SA" in known.bloc_members("bloc:GCC")
    assert known.bloc_members("gcc") == known.bloc_members("bloc:GCC")


@pytest.mark.parametrize(
    ("thing", "simplified", "traditional"),
    [
        ("google", "谷歌", "Google"),
        ("microsoft", "微软", "微軟"),
        ("aws", "亚马逊云科技", "亞馬遜雲端服務"),
        ("alibaba", "阿里巴巴", "阿里巴巴"),
        ("nvidia", "英伟达", "輝達"),
        ("DE:Hesse", "黑森州", "黑森邦"),
        ("IN:Karnataka", "卡纳塔克", "卡納塔克"),
        ("PK:Lahore", "拉合尔", "拉合爾"),
        ("FI:Helsinki", "赫尔辛基", "赫爾辛基"),
        ("ES:Madrid", "马德里", "馬德里"),
        ("gds", "万国数据", "萬國數據"),
    ],
)
def test_chinese_readers_get_names_and_no_paraphrases(thing: str, simplified: str, traditional: str) -> None:
    """The first spelling that finds Google in Chinese texts says "the search giant"."""
    names = KnowledgeNames(knowledge())
    found = names.place_names(thing) if ":" in thing else names.provider_names(thing)

    assert (found["zh"], found["zh-Hant"]) == (simplified, traditional)


def test_no_provider_is_called_by_what_it_makes_or_whom_it_belongs_to() -> None:
    names = KnowledgeNames(knowledge())
    shown = {key: names.provider_names(key).get("zh", "") for key in knowledge().entities}

    paraphrases = {
        key: name for key, name in shown.items() if name.endswith(("开发商", "母公司")) or "旗下" in name
    }
    assert paraphrases == {}


def test_name_of_a_thing_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("names: {nosuch: {de: Nichts}}\n", encoding="utf-8")

    with pytest.raises(KnowledgeError, match=r"names\.yaml: nosuch: does not exist"):
        load_knowledge([tmp_path])


def test_towns_lie_in_their_regions() -> None:
    known = knowledge()

    assert known.regions_of("DE:Frankfurt") == {"DE:Hesse"}
    assert known.regions_of("US:Austin") == {"US:Texas"}, "the largest Austin, of the table of towns"
    assert known.regions_of("JP:Kumamoto") == {"JP:Kyushu"}
    assert known.regions_of("DE:Hesse") == known.regions_of("DE") == known.regions_of("XX:Nowhere") == set()
    inside = {hub.id: hub.inside for hub in known.places.hubs.values() if hub.inside}
    wrong = [
        (place, region)
        for place, region in (inside | dict(known.places.cities_inside)).items()
        if place == region or place.partition(":")[0] != region.partition(":")[0]
    ]
    assert wrong == []


def test_region_that_does_not_exist_is_named(tmp_path: Path) -> None:
    hub = 'hubs: [{id: "DE:Elsdorf", in: "DE:Westphalia", names: {any: [Elsdorf]}}]\n'
    (tmp_path / "own.yaml").write_text(hub, encoding="utf-8")

    with pytest.raises(KnowledgeError, match=r"DE:Elsdorf\.in: 'DE:Westphalia' is no hub"):
        load_knowledge([tmp_path])


def test_norway_and_the_word_no_stay_text() -> None:
    assert "NO" in knowledge().places.countries
    assert "no" in knowledge().cues["negation"]["en"]


def test_a_local_entity_is_added_and_named(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "kind: entity\nid: nordwolke\nname: Nordwolke\nentity_kind: provider\nhome: DE\ntier: 2\n"
        "aliases: {any: [Nordwolke]}\n",
        encoding="utf-8",
    )

    assert load_knowledge([tmp_path]).entities["nordwolke"].home == "DE"


def test_every_problem_of_a_local_file_is_reported_with_place_and_remedy(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "entities:\n"
        "- {id: Bad Id, kind: cloud, name: X, home: Germany, tier: 9, aliases: {any: [X]}}\n"
        "- {id: other, kind: provider, name: Y, home: DE, tier: 2, parent: nobody, aliases: {xx: [Y]}}\n"
        "nonsense: {}\n",
        encoding="utf-8",
    )

    with pytest.raises(KnowledgeError) as caught:
        load_knowledge([file])

    text = str(caught.value)
    for expected in ("own.yaml: Bad Id", "tier", "nobody", "xx", "nonsense"):
        assert expected in text
    assert all(problem.remedy for problem in caught.value.problems)


def test_a_file_that_is_not_yaml_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("entities: [\n", encoding="utf-8")

    with pytest.raises(KnowledgeError, match="not YAML"):
        load_knowledge([file])


def test_alternatives_of_a_term_expand() -> None:
    assert expand("data cent(er|re)*") == ["data center*", "data centre*"]
    assert expand("r[ae]d") == ["rad", "red"]


def test_a_term_without_letters_is_refused() -> None:
    with pytest.raises(TermError):
        compile_term("*")


def test_region_codes_are_scoped_to_their_provider() -> None:
    aws = judged("AWS opened new data center capacity in its ap-southeast-3 region.")
    alibaba = judged("Alibaba Cloud opened new data center capacity in its ap-southeast-3 region.")

    assert "ID:Jakarta" in {place.id for finding in aws.findings for place in finding.places}
    assert "MY:Kuala Lumpur" in {place.id for finding in alibaba.findings for place in finding.places}


def test_the_digest_changes_with_a_local_file(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("objects: {datacenter: {en: [servodrome*]}}\n", encoding="utf-8")

    assert load_knowledge([tmp_path]).digest != detector().knowledge.digest


def test_places_are_called_by_their_names_and_not_by_forms_that_only_find_them() -> None:
    """The first plain term of a language is the name that alerts show: no adjective, no inflected form."""
    names = KnowledgeNames(knowledge())

    shown = {place: names.place_names(place).get("de") for place in knowledge().places.hubs}

    assert shown["DE:Munich"] == "München"
    assert shown["DE:Frankfurt"] == "Frankfurt am Main"
    # Of a town, "-er" makes the adjective: Berliner, Münchner. No name of one word in the files ends so.
    adjectives = {place for place, name in shown.items() if name and name.endswith("er") and " " not in name}
    assert adjectives == set()
