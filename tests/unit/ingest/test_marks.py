"""Marks of secrecy are told from words about secrecy; personal data is found by its own rules."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.disclosure import Disclosure, why_withheld
from auditor.core.documents import MarkKind, Page, Span
from auditor.core.errors import DocumentError, SecretDocumentError
from auditor.core.personal import check_character, find_personal, passes_luhn
from auditor.ingest.content import ContentBuilder
from auditor.ingest.dispatch import read_document
from auditor.ingest.marks import (
    find_marks,
    find_name_marks,
    marks_of,
    refuse_secret,
    secrecy_of,
)

BODY = "临江市数据局关于报送平台建设情况的报告\n平台已接入部门系统86个，累计汇聚数据12亿条。\n"
FILLING = "各区县按照统一部署推进各项工作，取得明显成效。\n" * 60

SECRET = [
    ("绝密★启用前\n" + BODY, "绝密★启用前"),
    ("000123\n机密★10年\n特急\n" + BODY, "机密★10年"),
    ("000123机密★10年特急\n" + BODY, "机密★10年"),
    ("临江市文件　　　　　　秘密★\n" + BODY, "秘密★"),
    ("机　密\n" + BODY, "机　密"),
    ("机 密 ★ 10 年\n" + BODY, "机 密 ★ 10 年"),
    ("密级：机密\n" + BODY, "机密"),
    ("密　级：秘密　保密期限：10年\n" + BODY, "秘密　保密期限：10年"),
    ("密级 | 机密 | 文号 | 临数〔2024〕3号\n" + BODY, "机密"),
    ("文件密级：机密级\n" + BODY, "机密"),
    ("密级：□绝密 □机密 ☑秘密\n" + BODY, "秘密"),
    ("密级：√机密\n" + BODY, "机密"),
    ("密级：\n机密\n" + BODY, "机密"),
    ("【机密】\n" + BODY, "机密"),
    ("**秘密**\n" + BODY, "秘密"),
    ("中共临江市委办公室      机密\n" + BODY, "机密"),
    ("中共临江市委办公室 机密\n" + BODY, "机密"),
    ("机密　　　中共临江市委办公室\n" + BODY, "机密"),
    ("关于平台建设情况的报告（秘密）\n" + BODY, "秘密"),
    (BODY + FILLING + "机密\n" + FILLING, "机密"),
    (BODY + FILLING + "秘密★３年\n" + FILLING, "秘密★３年"),
    (BODY + "本文件密级为机密，请妥善保管。\n", "机密"),
    ("临江市人民政府文件机密★长期\n" + BODY, "机密★长期"),
    ("机密☆5年\n" + BODY, "机密☆5年"),
    ("机密*10年\n" + BODY, "机密*10年"),
    ("绝密·永久\n" + BODY, "绝密·永久"),
    ("000001\n机密大10年\n" + BODY, "机密大10年"),
    ("机密级★\n" + BODY, "机密级★"),
    ("紧急程度：加急    密级：机密★3年\n" + BODY, "机密★3年"),
    ("保密等级：秘密\n" + BODY, "秘密"),
    ("秘密等级：机密\n" + BODY, "机密"),
]

NOT_SECRET = [
    "涉及国家秘密的，依照《中华人民共和国保守国家秘密法》办理。\n",
    "保守国家秘密\n保护商业秘密\n保守工作秘密\n",
    "一、机密文件管理\n机密文件管理应当专人负责。\n",
    "秘密级信息系统应当由具备资质的机构测评。\n",
    "密级：\n",
    "密级：　　　　保密期限：　　\n",
    "密级：公开\n",
    "密级：无\n",
    "密级：非密\n",
    "密级：□绝密 □机密 □秘密\n",
    "密级：绝密/机密/秘密\n",
    "密级：绝密 机密 秘密\n",
    "文件密级：□绝密   □秘密   □内部资料   ■公开\n",
    "档案密级：公开/内部/秘密/机密/绝密\n",
    "保密期限：绝密不超过三十年，机密不超过二十年，秘密不超过十年。\n",
    "国家秘密的密级分为绝密、机密、秘密三级。\n",
    "密级为机密的文件，由专人传递。\n",
    "密级：秘密级事项由主管部门确定。\n",
    "国家秘密标志形式为“密级★保密期限”，例如“机密★10年”。\n",
    "数据级别\n绝密\n机密\n秘密\n内部\n",
    "国 家 秘 密 保 护 条 例\n",
    "商业秘密保护指导站建成30家。\n",
    "商业秘密\n",
    "做好保密工作，不得泄露机密。\n",
    "密码应用安全性评估得分86分，机密性保护符合要求。\n",
    "1. 绝密\n2. 机密\n3. 秘密\n",
    "用机密计算技术保护数据。\n",
    "机密 计算平台建成\n",
    "机密大数据平台建成\n",
]

INTERNAL = [
    ("内部资料　注意保存\n" + BODY, "内部资料　注意保存"),
    ("（内部资料，请勿外传）\n" + BODY, "内部资料，请勿外传"),
    ("内部使用 不得外传\n" + BODY, "内部使用 不得外传"),
    ("密级：内部\n" + BODY, "内部"),
    ("密级：内部参考\n" + BODY, "内部参考"),
    ("保密级别：内部资料\n" + BODY, "内部资料"),
    ("内部资料·注意保密\n" + BODY, "内部资料·注意保密"),
    ("密级：工作秘密\n" + BODY, "工作秘密"),
    ("工作秘密★3年\n" + BODY, "工作秘密★3年"),
    ("核心商密★长期\n" + BODY, "核心商密★长期"),
    ("工作简报　　　　　内部文件\n" + BODY, "内部文件"),
    ("工作简报（内部资料）\n" + BODY, "内部资料"),
    (BODY + "（此件不予公开）\n", "此件不予公开"),
    ("公开属性：不予公开\n" + BODY, "不予公开"),
    ("仅供内部使用\n" + BODY, "仅供内部使用"),
]

NOT_INTERNAL = [
    "加强内部控制和内部管理。\n",
    "内部控制\n内部管理\n",
    "建设内部使用的办公系统，减少纸质文件。\n",
    "妥善保管内部资料，防止丢失。\n",
    "不得泄露工作秘密、商业秘密。\n",
    "公开属性：主动公开\n",
    "（此件公开发布）\n",
    "建立内部文件流转机制\n",
]


def kinds(text: str) -> set[MarkKind]:
    return {mark.kind for mark in find_marks(text)}


@pytest.mark.parametrize(("text", "words"), SECRET)
def test_a_level_that_stands_as_a_mark_is_found(text: str, words: str) -> None:
    marks = [m for m in find_marks(text) if m.kind is MarkKind.SECRET]
    assert [text[m.span.start : m.span.end] for m in marks] == [words]
    assert secrecy_of(marks) is MarkKind.SECRET


@pytest.mark.parametrize("text", NOT_SECRET)
@pytest.mark.parametrize("place", ["head", "middle"])
def test_words_about_secrecy_are_no_mark(text: str, place: str) -> None:
    whole = text + BODY if place == "head" else BODY + FILLING + text + FILLING
    assert MarkKind.SECRET not in kinds(whole)


@pytest.mark.parametrize(("text", "words"), INTERNAL)
def test_an_internal_paper_is_told_by_its_mark(text: str, words: str) -> None:
    marks = find_marks(text)
    assert [text[m.span.start : m.span.end] for m in marks] == [words]
    assert secrecy_of(marks) is MarkKind.INTERNAL


@pytest.mark.parametrize("text", NOT_INTERNAL)
def test_what_is_said_of_internal_matters_is_no_mark(text: str) -> None:
    assert kinds(text + BODY) == kinds(BODY + FILLING + text) == set()


def test_a_mark_at_the_head_of_a_later_page_is_found() -> None:
    first = BODY + FILLING
    text = first + "临江市委办公室      机密\n" + BODY
    pages = (Page(1, Span(0, len(first))), Page(2, Span(len(first), len(text))))
    assert not find_marks(text)
    assert [m.kind for m in find_marks(text, pages)] == [MarkKind.SECRET]


def test_secret_weighs_more_than_internal_and_personal_data_is_no_secrecy() -> None:
    both = find_marks("密级：机密\n内部资料 注意保存\n" + BODY)
    assert secrecy_of(both) is MarkKind.SECRET
    assert secrecy_of(find_marks("联系人：张三，13800138000")) is None
    assert secrecy_of(()) is None


def test_a_secret_paper_is_refused_and_only_its_mark_repeated() -> None:
    text = "机　密★10年\n" + BODY
    with pytest.raises(SecretDocumentError) as caught:
        refuse_secret("报告.docx", text, find_marks(text))
    error = caught.value
    assert error.code == "secret" and isinstance(error, DocumentError)
    assert error.reason == "标有密级（机密★10年），按默认规则拒收，未保存其任何内容"
    assert "保密规定" in error.hint and "平台" not in str(error)
    refuse_secret("报告.docx", BODY, find_marks(BODY))


def test_nothing_but_a_known_term_is_taken_into_the_mark() -> None:
    text = "绝密★临江行动计划\n" + BODY
    (mark,) = find_marks(text)
    assert text[mark.span.start : mark.span.end] == "绝密★"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("【机密】方案.pdf", MarkKind.SECRET),
        ("机密-方案.doc", MarkKind.SECRET),
        ("机密/方案.doc", MarkKind.SECRET),
        ("材料.zip!/秘密★10年 方案.doc", MarkKind.SECRET),
        ("方案（秘密）.docx", MarkKind.SECRET),
        ("内部资料_台账.xlsx", MarkKind.INTERNAL),
        ("商业秘密保护条例.docx", None),
        ("保守国家秘密管理规定.pdf", None),
        ("机密计算平台验收报告.pdf", None),
    ],
)
def test_a_name_carries_a_mark_where_it_is_set_apart(name: str, kind: MarkKind | None) -> None:
    marks = find_name_marks(name)
    assert secrecy_of(marks) is kind
    if kind is MarkKind.SECRET:
        assert name[marks[0].span.start :].startswith(("机密", "秘密"))
        with pytest.raises(SecretDocumentError):
            refuse_secret(name, BODY, ())


def identity(body: str) -> str:
    return body + check_character(body)


ID = identity("37020219900307451")
LUHN = next(f"622202020011223344{d}" for d in range(10) if passes_luhn(f"622202020011223344{d}"))
FOREIGN_CARD = next(f"435744001234567{d}" for d in range(10) if passes_luhn(f"435744001234567{d}"))


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (f"身份证号：{ID}", MarkKind.ID_CARD, ID),
        (f"张三 | {ID} | 男", MarkKind.ID_CARD, ID),
        (f"1 {ID[:6]} {ID[6:14]} {ID[14:]}", MarkKind.ID_CARD, f"{ID[:6]} {ID[6:14]} {ID[14:]}"),
        (" ".join(ID), MarkKind.ID_CARD, " ".join(ID)),
        ("３７０２０２１９９００３０７４５１" + ID[-1], MarkKind.ID_CARD, None),
        ("身份证：370202900307451", MarkKind.ID_CARD, "370202900307451"),
        (
            f"身份证：{ID[:-1]}{(int(ID[-1]) + 1) % 10 if ID[-1] != 'X' else 1}",
            MarkKind.ID_CARD,
            None,
        ),
        ("电话13800138000。", MarkKind.PHONE, "13800138000"),
        ("138 0013 8000", MarkKind.PHONE, "138 0013 8000"),
        ("138-0013-8000", MarkKind.PHONE, "138-0013-8000"),
        ("+86 13800138000", MarkKind.PHONE, "13800138000"),
        ("+8613800138000", MarkKind.PHONE, "8613800138000"),
        ("86-13800138000", MarkKind.PHONE, "13800138000"),
        ("张三/13800138000", MarkKind.PHONE, "13800138000"),
        ("13800138000@139.com", MarkKind.PHONE, "13800138000"),
        (f"卡号 {LUHN}", MarkKind.BANK_CARD, LUHN),
        (
            f"{LUHN[:4]} {LUHN[4:8]} {LUHN[8:12]} {LUHN[12:16]} {LUHN[16:]}",
            MarkKind.BANK_CARD,
            None,
        ),
        (f"账号：{FOREIGN_CARD}", MarkKind.BANK_CARD, FOREIGN_CARD),
    ],
)
def test_personal_data_is_found(text: str, kind: MarkKind, words: str | None) -> None:
    (mark,) = find_marks(text)
    assert mark.kind is kind
    assert words is None or text[mark.span.start : mark.span.end] == words


@pytest.mark.parametrize(
    "text",
    [
        "热线12345，联系电话：0532-85911216",
        "电话 (0532) 8591 1216",
        "投资15000000000元，产值13912345678元",
        "累计办件13912345678件",
        "合同编号：13912345678",
        "GX-13912345678",
        "3.13912345678",
        "2139123456789",
        "370202900307451",
        "统一社会信用代码：113702021990030745",
        ID[:-1] + ("1" if ID[-1] != "1" else "2"),
        identity("37020219901307451"),
        identity("99020219900307451"),
        f"流水 {FOREIGN_CARD}",
        "卡号 " + LUHN[:-1] + str((int(LUHN[-1]) + 1) % 10),
        "账号：0000000000000000",
        "2021 2022 2023 2024 2025",
        "鲁公网安备：43090302000044号",
    ],
)
def test_other_long_numbers_are_no_personal_data(text: str) -> None:
    assert find_marks(text) == ()


def test_the_head_of_a_column_says_what_its_numbers_are() -> None:
    builder = ContentBuilder()
    rows = [["王五", "临江市高新区创新大道一号临江数据大厦"]] * 3
    builder.table([["姓名", "身份证号"], *rows, ["张三", "370202900307451"]])
    content = builder.build()
    (mark,) = marks_of(content)
    assert content.text[mark.span.start : mark.span.end] == "370202900307451"
    assert find_marks(content.text) == ()


@given(st.text(alphabet="0123456789Xx -　|卡号身份证★机密密级：\n", max_size=200))
def test_marks_are_in_order_and_personal_ones_never_overlap(text: str) -> None:
    marks = find_marks(text)
    assert list(marks) == sorted(marks, key=lambda m: m.span)
    personal = find_personal(text)
    assert all(a.span.end <= b.span.start for a, b in pairwise(personal))


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1 ",
        "机密",
        "机密★",
        "密级：",
        "内部资料",
        " ",
        "密 ",
        "13800138000 ",
        "X1",
        "☑",
        "密　",
    ],
)
def test_a_hostile_text_costs_time_in_proportion_to_its_length(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        begin = time.process_time()
        find_marks(text)
        return time.process_time() - begin

    assert seconds(400_000) < 12 * max(seconds(100_000), 0.05)


@pytest.mark.shared
def test_no_public_paper_is_taken_for_a_marked_one(shared: Path) -> None:
    read = 0
    for path in sorted((shared / "real/dossiers").rglob("*")):
        if path.suffix in {".md", ".txt"}:
            document = read_document(path.read_bytes(), path.name)
            assert secrecy_of(find_marks(document.text, document.pages)) is None, path.name
            read += 1
    assert read > 20


def test_a_paper_marked_in_its_name_alone_stays_on_the_machine() -> None:
    document = read_document("全市数据目录共三千条。".encode(), "【内部资料】数据目录.txt")
    assert [mark.kind for mark in document.marks] == [MarkKind.INTERNAL]
    assert why_withheld(document, Disclosure(public=True))
