"""Options that commands share or that would make them long: one name an option."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

BaseUrl = Annotated[
    list[str] | None,
    typer.Option(
        help="OpenAI 兼容地址，可给几个，依次接替 / endpoint URL; the next ones take over"
    ),
]
Embedder = Annotated[
    str | None, typer.Option(help="e5 或 sentence-transformers 模型 / embedding model")
]
AsOf = Annotated[str | None, typer.Option(help="评估日期 YYYY-MM-DD，默认为材料最新成文日期")]
Only = Annotated[str | None, typer.Option(help="只审此节点，如 8.2 / only this node")]
PerFeature = Annotated[bool, typer.Option(help="逐条特征调用大模型 / one call per feature")]
Public = Annotated[bool, typer.Option("--public", help="材料均已公开 / every paper is public")]
OpenedBy = Annotated[
    str, typer.Option("--open-to-hosted", help="批准送往外部接口的人 / who opens it")
]
Corrections = Annotated[
    Path | None, typer.Option(help="对材料识别结果的更正（YAML）/ corrections of documents")
]
Limits = Annotated[
    Path | None, typer.Option(help="核验限值（YAML）：时效、把握、引用次数 / limits of checks")
]
Samples = Annotated[int, typer.Option(help="大模型每题问几次，取中位 / answers, merged")]
Second = Annotated[str | None, typer.Option(help="另一大模型，取较低者 / a second provider:model")]
SecondLook = Annotated[
    bool, typer.Option("--second-look", help="未见证据的再看其余片段 / look again")
]
ReplyForm = Annotated[str, typer.Option(help="答复格式 auto | none | json_object | json_schema")]
Concurrency = Annotated[int, typer.Option(help="同时进行的大模型调用 / calls at once")]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读输出 / for machines")]
Lang = Annotated[str, typer.Option(help="报告语言 zh | en")]
Rule = Annotated[
    str | None,
    typer.Option(help="计分规则：名称或 .yaml 路径，默认为审核时所用 / scoring rule, name or path"),
]
Criteria = Annotated[
    str | None,
    typer.Option(
        help="标准的版本：名称、文件夹或装有各版的文件夹，默认见 AUDITOR_CRITERIA / edition"
    ),
]


def addresses(base_url: list[str] | None) -> str | None:
    """The addresses of one model as ``Choice.base_url`` holds them, None where none was given."""
    return " ".join(base_url) if base_url else None
