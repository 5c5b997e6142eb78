"""Section roles and modality, from headings first."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from auditor.core.documents import Document, DocumentKind
from auditor.core.passages import Modality, SectionRole
from auditor.ingest.dispatch import read_document
from auditor.passages import CityNames, cut_passages
from auditor.passages.modality import modality_of
from auditor.passages.scope import CityNames as Names
from auditor.passages.scope import foreign_subject

REPORT = """临江市2024年政府工作报告
各位代表：
一、2023年工作回顾
建成城市运行管理中心，接入系统86个。
数据共享还不够充分，存在短板。
二、2024年工作安排
打造一体化数据平台，完善接诉即办机制。
三、加强政府自身建设
推进依法行政。
"""


def roles_in(document: Document) -> dict[str, SectionRole]:
    passages = cut_passages(document, CityNames("临江市"))
    return {s.text.strip(): p.role for p in passages for s in p.sentences}


def test_a_work_report_looks_back_then_ahead() -> None:
    roles = roles_in(read_document(REPORT.encode(), "临江市_2024年政府工作报告.txt"))
    assert roles["建成城市运行管理中心，接入系统86个。"] is SectionRole.RETROSPECT
    assert roles["打造一体化数据平台，完善接诉即办机制。"] is SectionRole.TASK
    assert roles["推进依法行政。"] is SectionRole.TASK


def test_a_task_sentence_is_a_plan_even_without_any_future_word() -> None:
    assert modality_of("打造一体化数据平台。", SectionRole.TASK) is Modality.PLAN
    assert modality_of("打造一体化数据平台。", SectionRole.RETROSPECT) is not Modality.PLAN


@pytest.mark.parametrize(
    ("text", "role", "modality"),
    [
        ("已建成城市大脑，接入部门52个。", SectionRole.RETROSPECT, Modality.FACT),
        ("到2027年，建成统一的城市智能中枢。", SectionRole.OTHER, Modality.PLAN),
        ("力争数字经济增加值增长8%。", SectionRole.RETROSPECT, Modality.PLAN),
        ("数据资源目录尚未建立。", SectionRole.OTHER, Modality.NEGATION),
        ("市人民政府应当建立健全数据共享机制。", SectionRole.NORMATIVE, Modality.DUTY),
        ("加快推进一表通应用。", SectionRole.RETROSPECT, Modality.ONGOING),
        ("目前已建成5G基站1.2万个。", SectionRole.TASK, Modality.FACT),
    ],
)
def test_modality_follows_role_and_wording(
    text: str, role: SectionRole, modality: Modality
) -> None:
    assert modality_of(text, role) is modality


def test_a_regulation_is_normative_throughout() -> None:
    text = "临江市数据条例\n" + "".join(f"第{n}条 本市建立数据目录。\n" for n in "一二三四五六")
    document = read_document(text.encode(), "临江市数据条例.txt")
    assert document.kind is DocumentKind.REGULATION
    assert set(roles_in(document).values()) == {SectionRole.NORMATIVE}


def test_another_citys_facts_are_foreign_and_the_citys_own_are_not() -> None:
    own = Names("临江市")
    assert foreign_subject("深圳市已建成城市智能中枢。", own) == "深圳"
    assert foreign_subject("我市与深圳市共建产业园。", own) is None
    assert foreign_subject("重庆路快速路建成通车。", own) is None


@pytest.mark.shared
def test_the_real_work_reports_all_have_both_parts(shared: Path) -> None:
    short = []
    for file in sorted((shared / "real" / "work-reports-2024").glob("*.docx")):
        city = file.name.split("_")[0]
        try:
            document = read_document(file.read_bytes(), file.name)
        except Exception as error:  # some files are of another kind: intake says which
            assert file.name in str(error)
            continue
        sizes: Counter[SectionRole] = Counter()
        for passage in cut_passages(document, CityNames(city)):
            sizes[passage.role] += len(passage.text)
        whole = sum(sizes.values())
        if min(sizes[SectionRole.RETROSPECT], sizes[SectionRole.TASK]) < 0.1 * whole:
            short.append((file.name, dict(sizes)))
    assert len(short) <= 6, short
