"""Copied text: own names and figures hide no copy, short phrases are none, no pair is lost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from auditor.across.copied import Masking, PaperSentence, find_copied
from auditor.across.copied.finding import ALIKE, is_alike
from auditor.across.copied.papers import sentences_of as papers_in
from auditor.across.copied.sketching import Sketches, grams_of, likeness
from auditor.core.across import CitedSentence, CopiedText
from auditor.core.findings import Citation
from auditor.core.identity import Identity, Stated
from auditor.core.spans import Span
from tests.unit.across.cities import BOILERPLATE, paper, sentences_of

MASK = Masking(("云岭市", "江宁甲市"))
OWN = "云岭市建成一体化政务数据共享平台，归集数据120亿条，接入部门46个，日均调用30万次。"
OTHER = "江宁甲市建成一体化政务数据共享平台，归集数据9.5亿条，接入部门8个，日均调用2万次。"


def cited(city: str, quote: str, start: int = 0, *features: str) -> CitedSentence:
    citation = Citation("s", "报告.pdf", 1, Span(start, start + len(quote)), quote)
    return CitedSentence(city, citation, features or ("8.1.1.1-L1-a",))


def found(sentences: Sequence[CitedSentence], papers: Sequence[PaperSentence] = ()) -> CopiedText:
    return find_copied(sentences, {s.key: s.key for s in sentences}, papers, MASK)


def test_a_citys_own_name_and_figures_do_not_hide_a_copy_and_are_told() -> None:
    one, two = found([cited("云岭市", OWN), cited("江宁甲市", OTHER)]).sentences
    assert (one.city_count, one.cities[0].city, one.cities[0].jaccard) == (1, "江宁甲市", 1.0)
    assert one.own_figures and two.own_figures and one.template == two.template
    words = BOILERPLATE[0]
    copy, _ = found([cited("云岭市", words), cited("江宁甲市", words)]).sentences
    assert not copy.own_figures


def test_what_is_its_own_or_short_or_repeated_in_one_city_is_no_copy() -> None:
    alone = "全市布设窨井液位传感器三千余处，汛期积水点由排水处十分钟内派单处置。"
    short = "强化数据安全保障。"
    assert not found([cited("云岭市", OWN), cited("江宁甲市", alone)]).sentences
    assert not found([cited("云岭市", short), cited("江宁甲市", short)]).sentences
    assert not found([cited("云岭市", OWN), cited("云岭市", OWN, 100)]).sentences


def test_a_sentence_of_a_national_paper_and_one_that_is_not_cited_are_found() -> None:
    longer = f"按照上级部署，{BOILERPLATE[1]}"
    papers = [
        PaperSentence("", "国家意见.pdf", BOILERPLATE[1]),
        PaperSentence("江宁甲市", "规划.pdf", f"我市{BOILERPLATE[2]}"),
    ]
    result = found([cited("云岭市", longer), cited("云岭市", BOILERPLATE[2], 200)], papers)
    by_quote = {row.sentence.citation.quote: row for row in result.sentences}
    assert by_quote[longer].papers[0].document == "国家意见.pdf"
    assert by_quote[longer].city_count == 0
    assert by_quote[BOILERPLATE[2]].cities[0].document == "规划.pdf"
    assert (result.cited, result.compared, result.papers) == (2, 2, 1)


def test_papers_of_other_cities_in_a_dossier_are_nobodys_national_papers() -> None:
    def told(level: str | None, foreign: str, city: str | None = None) -> list[tuple[str, str]]:
        identity = Identity(
            level=Stated(level, 0.95) if level else None, city=Stated(city, 0.95) if city else None
        )
        document = paper("邻市/意见.txt", [BOILERPLATE[1]], foreign=foreign)
        known = replace(document, identity=identity)
        return [(s.city, s.document) for s in papers_in([known], "云岭市")]

    assert told("city", "江宁甲市的规划方案，不是云岭市的", "江宁甲市") == []
    assert told(None, "江宁甲市的规划方案，不是云岭市的") == []
    assert told("province", "上海市的规划方案，不是云岭市的", "上海市") == []
    assert told("nation", "国务院的文件，不是云岭市的") == [("", "意见.txt")]
    assert told("province", "某省的文件，不是云岭市的") == [("", "意见.txt")]
    assert told("city", "") == [("云岭市", "邻市/意见.txt")]


def test_masks_take_places_numbers_and_dates_and_leave_words() -> None:
    assert MASK("云岭市2024年建成统一平台12.5万个").text == "PN年建成统一平台N个"
    assert MASK("我市建成统一平台三百二十个").text == "P建成统一平台N个"
    assert MASK("杭州、 宁波两地，一体化推进").text == "P两地一体化推进"
    assert MASK("２０２４年１月").text == "N年N月"
    assert MASK("建成平台12个、覆盖3县").figures == ("12", "3")


@given(st.lists(st.sampled_from(sentences_of("云岭市", 3)), min_size=1, max_size=12), st.randoms())
def test_neither_order_nor_repetition_changes_what_is_found(
    quotes: list[str], shuffler: random.Random
) -> None:
    rows = [cited(f"城{n % 3}市", quote, n * 1000) for n, quote in enumerate(quotes)]
    papers = [PaperSentence("", f"文{n}", quote) for n, quote in enumerate(BOILERPLATE)]
    mixed, again = rows.copy(), papers * 2
    shuffler.shuffle(mixed)
    shuffler.shuffle(again)
    assert found(mixed, again).sentences == found(rows, papers).sentences


@given(
    st.text(alphabet="数据平台共享城市", max_size=30),
    st.text(alphabet="数据平台共享城市", max_size=30),
)
def test_likeness_is_the_exact_index_of_the_grams(one: str, two: str) -> None:
    a, b = grams_of(one), grams_of(two)
    jaccard, containment = likeness(one, two)
    assert jaccard == len(a & b) / len(a | b)
    assert containment == len(a & b) / min(len(a), len(b))
    assert likeness(two, one) == (jaccard, containment)


def varied(count: int, seed: int) -> list[str]:
    """Sentences and copies of them that were changed in a few places."""
    rng = random.Random(seed)
    bases = [MASK(s).text for n in range(count // 40) for s in sentences_of(f"某{n}市", n)]
    texts = []
    for base in bases:
        texts.append(base)
        changed = list(base)
        for _ in range(rng.randint(1, 8)):
            changed[rng.randrange(len(changed))] = rng.choice("的了和与及其为在对于市")
        texts.append("".join(changed))
        texts.append(base + rng.choice(bases)[: rng.randint(4, len(base) // 2)])
    return sorted(set(texts))


def test_sketches_propose_nearly_every_pair_that_brute_force_finds() -> None:
    texts = varied(400, seed=5)
    true = {
        (a, b)
        for a in range(len(texts))
        for b in range(a + 1, len(texts))
        if is_alike(*likeness(texts[a], texts[b]))
    }
    near = {b for b in true if likeness(texts[b[0]], texts[b[1]])[0] >= ALIKE}
    sketches = Sketches(texts)
    proposed = {(a, b) for a, text in enumerate(texts) for b in sketches.near(text) if a < b}
    assert len(near) > 300 and len(true - near) > 30
    assert len(near & proposed) / len(near) > 0.99
    assert len(true & proposed) / len(true) > 0.95
    assert len(proposed) < 0.1 * len(texts) * (len(texts) - 1) / 2
