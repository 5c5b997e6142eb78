"""What the tests of identity are made of."""

from __future__ import annotations

from auditor.core.identity import Identity, Stated
from auditor.ingest.content import Content, ContentBuilder

BODY = (
    "为加快推进我市数字化转型，提升城市治理和公共服务水平，现将有关事项通知如下，请认真贯彻执行。"
    * 3
)
RED_HEAD = (
    "丰宁市人民政府文件",
    "丰政发〔2023〕12号",
    "丰 宁 市 人 民 政 府",
    "关于印发丰宁市数字政府建设",
    "“十四五”规划的通知",
    "各县（市、区）人民政府，市政府各部门：",
    BODY,
    "丰宁市人民政府",
    "二〇二三年五月十二日",
    "（此件公开发布）",
    "丰宁市数字政府建设“十四五”规划",
    "到2025年12月31日，建成统一平台。",
    "丰宁市人民政府办公室　2023年5月15日印发",
)


def content_of(*lines: str) -> Content:
    """A document of one paragraph a line."""
    builder = ContentBuilder()
    for line in lines:
        builder.paragraph(line)
    return builder.build()


def said(identity: Identity, *names: str) -> tuple[str | None, ...]:
    """The values of some answers."""
    answers: list[Stated | None] = [getattr(identity, name) for name in names]
    return tuple(answer.value if answer else None for answer in answers)
