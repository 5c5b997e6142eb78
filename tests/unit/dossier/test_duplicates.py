"""Which papers say the same."""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.core.documents import Document, DocumentKind, Page
from auditor.core.identity import Grade, Identity, Stated
from auditor.core.spans import Span
from auditor.dossier import settle
from auditor.dossier.duplicates import Compared, fold, overlaps, shingles


def sentences(start: int, count: int) -> str:
    """Sentences of which no two share more than a few characters."""
    return "".join(
        f"第{n * 7919}号工程由{chr(0x4E00 + n * 37 % 9000)}{chr(0x4E00 + n * 91 % 9000)}"
        f"{chr(0x4E00 + n * 53 % 9000)}承担并交付{chr(0x4E00 + n * 71 % 9000)}套设备。\n"
        for n in range(start, start + count)
    )


def paper(name: str, text: str, **stated: str) -> Document:
    """A document with what it says of itself, all sure."""
    identity = Identity(**{key: Stated(value, 0.95) for key, value in stated.items()})
    return Document(name, name, "txt", text, (), kind=DocumentKind.OTHER, identity=identity)


def test_folding_leaves_neither_spaces_nor_punctuation_nor_widths() -> None:
    assert fold("Ａ１ 政务，\n　服务（Ｂ）") == "a1政务服务b"


def test_a_text_shorter_than_a_shingle_has_none() -> None:
    assert len(shingles("四个字啊")) == 0
    assert len(shingles("正好五个字")) == 1


def test_overlap_is_the_exact_share_of_common_shingles() -> None:
    a, b = (Compared(paper(name, "")) for name in "ab")
    a.folded, b.folded = fold(sentences(0, 90)), fold(sentences(0, 100))
    (found,) = overlaps([a, b])
    mine, others = set(a.shingles.tolist()), set(b.shingles.tolist())
    assert found.jaccard == len(mine & others) / len(mine | others)
    assert found.first_in_second == 1.0
    assert found.second_in_first == len(mine & others) / len(others)


def test_unrelated_papers_do_not_overlap() -> None:
    papers = [Compared(paper(str(n), sentences(n * 100, 100))) for n in range(5)]
    assert list(overlaps(papers)) == []


def test_the_same_bytes_under_two_names_count_once() -> None:
    first, second = paper("b.txt", "甲"), paper("a.txt", "甲")
    done = settle([replace(first, sha256="1"), replace(second, sha256="1")], "襄阳市")
    assert [document.duplicate_of for document in done] == ["a.txt", ""]
    assert done[0].warnings == ("与 a.txt 文件完全相同",)


def test_unread_papers_without_text_are_no_copies_of_each_other() -> None:
    done = settle([paper("a.pdf", ""), paper("b.pdf", " \n")], "襄阳市")
    assert all(document.counts for document in done)


def test_a_word_file_gives_way_to_the_printed_pages_of_the_same_paper() -> None:
    text = sentences(0, 200)
    word = paper("报告.docx", text)
    printed = paper("报告.pdf", text.replace("\n", " ") + "印发日期")
    printed = replace(printed, pages=(Page(1, Span(0, len(printed.text))),))
    done = settle([word, printed], "襄阳市")
    assert done[0].duplicate_of == "报告.pdf"
    assert "基本相同" in done[0].warnings[0]
    assert done[1].counts


def test_a_text_layer_stands_before_character_recognition() -> None:
    text = sentences(0, 200)
    scan = replace(paper("a.pdf", text), pages=(Page(1, Span(0, len(text)), reader="ocr"),))
    done = settle([scan, paper("b.docx", text)], "襄阳市")
    assert [document.duplicate_of for document in done] == ["b.docx", ""]


def test_a_scan_of_a_paper_is_found_though_every_fiftieth_character_is_misread() -> None:
    text = sentences(0, 400)
    misread = "".join("鑫" if at % 50 == 7 else sign for at, sign in enumerate(text))
    scan = replace(paper("a.pdf", misread), pages=(Page(1, Span(0, len(text)), reader="ocr"),))
    done = settle([scan, paper("b.docx", text)], "襄阳市")
    assert [document.duplicate_of for document in done] == ["b.docx", ""]
    typed = settle([paper("a.txt", misread), paper("b.docx", text)], "襄阳市")
    assert all(document.counts for document in typed)


def test_the_fuller_of_two_papers_stands_for_both() -> None:
    text = sentences(0, 200)
    cut = paper("a.txt", text[: int(len(text) * 0.93)], grade=Grade.ISSUED.value)
    done = settle([cut, paper("b.txt", text, grade=Grade.NEWS.value)], "襄阳市")
    assert [document.duplicate_of for document in done] == ["b.txt", ""]


def test_the_stronger_paper_stands_for_its_copy() -> None:
    text = sentences(0, 200)
    news = paper("a.txt", text, grade=Grade.NEWS.value)
    issued = paper("b.txt", text + "特此通知", grade=Grade.ISSUED.value)
    done = settle([news, issued], "襄阳市")
    assert [document.duplicate_of for document in done] == ["b.txt", ""]


def test_two_months_of_one_report_are_two_papers() -> None:
    text = sentences(0, 200)
    may, june = paper("a.txt", text, title="数据归集5月通报"), paper("b.txt", text + "多一句话")
    june = replace(june, identity=Identity(title=Stated("数据归集6月通报", 0.9)))
    done = settle([may, june], "襄阳市")
    assert all(document.counts for document in done)
    assert "各自保留" in done[0].warnings[0]


def test_one_template_with_other_numbers_is_another_paper() -> None:
    words = re.sub(r"\d", "", sentences(0, 300))
    may, june = ("".join(f"本月办件{n}件。" for n in range(at, at + 12)) for at in (1000, 2000))
    done = settle([paper("a.txt", words + may), paper("b.txt", words + june)], "襄阳市")
    assert all(document.counts for document in done)
    assert "数字不同" in done[0].warnings[0]
    done = settle([paper("a.txt", words + may), paper("b.txt", words + may + "打印")], "襄阳市")
    assert done[0].duplicate_of == "b.txt"


def test_two_cities_papers_of_one_wording_are_two_papers() -> None:
    text = sentences(0, 200)
    papers = [paper("a.txt", text, city="襄阳市"), paper("b.txt", text + "又一句", city="宜昌市")]
    assert all(not document.duplicate_of for document in settle(papers, ""))
