"""补充材料清单: what a city is asked to add."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import docx
import pytest
from docx.document import Document as Docx
from docx.oxml.ns import qn

from auditor.core.criteria import FeatureType
from auditor.core.documents import Document
from auditor.report.paper import Paper, writable
from auditor.report.supplement import (
    HEADS,
    MOST_FEATURES,
    PAPERS,
    chosen_features,
    paper_name,
    suggestions,
    supplement_docx,
)
from auditor.standard import load_standard
from tests.unit.report.intake_samples import (
    PHONE,
    covered,
    empty_intake,
    full_intake,
    hostile_intake,
    paper,
)

STANDARD = load_standard()


def opened(data: bytes) -> Docx:
    return docx.Document(io.BytesIO(data))


def cells(document: Docx, table: int) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in document.tables[table].rows]


def test_equal_intakes_give_equal_bytes_without_a_clock() -> None:
    data = supplement_docx(full_intake(), STANDARD)
    assert data == supplement_docx(full_intake(), STANDARD)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = opened(data).core_properties
    assert (properties.created, properties.author) == (properties.modified, "")
    assert properties.created.year == 2000


def test_the_list_is_landscape_and_the_head_row_repeats() -> None:
    document = opened(supplement_docx(full_intake(), STANDARD))
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (29.7, 21.0)
    for table in document.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert table.rows[1]._tr.trPr.find(qn("w:tblHeader")) is None


def test_each_sub_domain_has_a_row_with_what_is_there_and_what_is_lacking() -> None:
    document = opened(supplement_docx(full_intake(), STANDARD))
    head, strategy, organisation = cells(document, 0)
    assert tuple(head) == HEADS
    assert strategy[0] == "8.1.1\n战略"
    assert strategy[1] == "《云泽市数据管理办法》\n（片段：规划计划 1、法规制度 2）"
    assert strategy[2] == "缺少统计数据或台账\n10 条特征中 4 条未见材料"
    assert organisation[1] == "无"
    assert organisation[2].startswith("没有任何材料涉及")


def test_features_are_asked_in_their_own_words_those_of_low_levels_first() -> None:
    document = opened(supplement_docx(full_intake(), STANDARD))
    asked = cells(document, 0)[1][3].split("\n")
    order = ("8.1.1.2-L1-a", "8.1.1.2-L2-a", "8.1.1.1-L3-a")
    assert len(asked) == MOST_FEATURES + 1
    for number, (line, feature_id) in enumerate(zip(asked, order, strict=False), 1):
        assert line == f"{number}. {STANDARD.by_id[feature_id].text}（{feature_id}）"


def test_papers_are_suggested_by_the_type_of_the_features_and_by_what_is_lacking() -> None:
    silent = [STANDARD.by_id["8.1.1.2-L1-a"]]
    assert silent[0].types == (FeatureType.MECHANISM,)
    *_, plain = suggestions(covered(), silent)
    assert PAPERS[FeatureType.MECHANISM] in plain
    assert PAPERS[FeatureType.QUANTITY] not in plain
    *_, lacking = suggestions(covered(lacking=("缺少统计数据或台账",)), silent)
    assert PAPERS[FeatureType.QUANTITY] in lacking


def test_nobody_is_asked_to_prove_an_immature_state() -> None:
    immature = STANDARD.by_id["8.1.2.1-L1-a"]
    assert immature.immature is not None
    assert chosen_features([immature]) == []
    other = STANDARD.by_id["8.1.2.1-L2-a"]
    assert chosen_features([immature, other]) == [other]


def test_each_item_is_asked_for_before_one_item_is_asked_twice() -> None:
    ids = ("8.1.2.1-L2-a", "8.1.2.1-L2-b", "8.1.2.2-L1-a", "8.1.2.2-L2-a")
    chosen = [f.id for f in chosen_features([STANDARD.by_id[i] for i in ids])]
    assert chosen == ["8.1.2.2-L1-a", "8.1.2.1-L2-a", "8.1.2.1-L2-b"]


def test_a_sub_domain_that_lacks_nothing_is_not_listed() -> None:
    whole = covered(features_spoken=10, silent_features=())
    intake = replace(full_intake(), coverage=(whole, full_intake().coverage[1]))
    document = opened(supplement_docx(intake, STANDARD))
    assert [row[0] for row in cells(document, 0)] == ["能力子域", "8.1.2\n组织"]


def test_refused_files_and_unread_pages_are_to_be_submitted_again() -> None:
    document = opened(supplement_docx(full_intake(), STANDARD))
    again = cells(document, 1)
    assert again[1] == ["1", "演示.mp4", "不支持的格式", "请提交文字材料。"]
    assert again[2][1:3] == ["办法.pdf", "第 3–4 页未能读出：字迹过淡"]
    assert "300 dpi" in again[2][3]
    assert again[3][2] == "第 5 页未能读出：此页已损坏"


def test_an_intake_without_gaps_gives_a_list_without_tables() -> None:
    document = opened(supplement_docx(empty_intake(), STANDARD))
    assert document.tables == []
    assert "补充材料清单" in [p.text for p in document.paragraphs]


def test_hostile_names_stay_text_of_the_paper() -> None:
    document = opened(supplement_docx(hostile_intake(), STANDARD))
    again = cells(document, len(document.tables) - 1)
    assert again[1][1].startswith("\"'></td></title><script>alert(1)</script>")
    assert "⟨U+202E⟩" in again[1][1] and "⟨U+DCC4⟩" in again[1][1]


def test_personal_data_in_a_title_is_masked() -> None:
    titled: Document = paper("a.pdf", title=f"关于{PHONE}的答复")
    assert paper_name(titled) == "《关于" + "＊" * 11 + "的答复》"
    assert paper_name(paper("a.pdf", title="")) == "a.pdf"
    assert paper_name(paper("a.pdf", title="《办法》解读")) == "《办法》解读"


@pytest.mark.parametrize("code", [0x00, 0x08, 0x1F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_characters_that_xml_has_no_place_for_are_dropped(code: int) -> None:
    assert writable(f"前{chr(code)}后\t\n") == "前后\t\n"
    made = Paper("题")
    made.table(("头",), (5.0,), [(f"<&>{chr(code)}",)])
    assert cells(opened(made.close()), 0)[1] == ["<&>"]
