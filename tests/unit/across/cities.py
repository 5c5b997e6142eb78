"""Invented cities for the analysis across cities: run folders written as an audit writes them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from auditor.core.documents import Block, BlockKind, Document, text_digest
from auditor.core.events import EventContent, EventKind
from auditor.core.findings import VERDICTS, Check, Citation, Failure, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.core.spans import Span
from auditor.profiles import load_profile
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.standing import read_reviewed
from auditor.store.events import append_events, finding_hash
from auditor.store.run_folder import write_run

STANDARD = load_standard()
PROFILE = load_profile()
SYLLABLES = "云岭江安平泽兴宁和泰清源长青永昌丰华定远怀德崇文启东临海望山"
THINGS = (
    "一体化政务数据共享平台", "城市运行管理中心", "公共数据授权运营制度", "智慧社区服务系统",
    "城市信息模型基础平台", "产业互联网公共服务平台", "一网通办服务体系", "数据安全应急预案",
    "城市生命线监测预警系统", "数字乡村综合信息平台", "电子证照共享应用体系", "算力基础设施集群",
)  # fmt: skip
DONE = (
    "已建成并投入运行，接入部门{n}个，归集数据{m}万条，日均调用{k}次。",
    "全面上线，覆盖{n}个县区，办理事项{m}件，群众满意度达到{k}%。",
    "正式印发实施，明确{n}项职责，建立季度通报机制，累计通报{m}次。",
    "完成升级改造，新增场景{n}个，服务企业{m}家，平均用时压缩{k}%。",
)
MATTERS = (
    "住房公积金 不动产登记 企业开办 婚育户籍 医保结算 养老认证 工程审批 水电气报装 "
    "渣土运输 河道巡查 老旧电梯 燃气管网 停车泊位 公交调度 校车监管 森林防火 "
    "防汛排涝 城管执法 食品溯源 农田水利 港口物流 跨境电商 信用评价 招标采购 "
    "科技成果 人才服务 就业培训 法律援助 文旅消费 体育场馆 图书借阅 档案查询 "
    "殡葬服务 犬只登记 垃圾分类 噪声监测 扬尘治理 光伏并网 充电设施 供热调控 "
    "地下管廊 桥梁监测 危房排查 冷链仓储 会展活动 志愿服务 "
).split()
VERBS = (
    "打通{}与{}的数据",
    "由{}牵头带动{}",
    "把{}和{}纳入考核",
    "在{}、{}两处先行",
    "为{}减少{}的填报",
)
BOILERPLATE = (
    "坚持以人民为中心的发展思想，统筹推进城市全域数字化转型，不断提升治理体系和治理能力现代化水平。",
    "加快构建以数据为关键要素的数字经济，推动数字技术与实体经济深度融合，培育壮大新质生产力。",
    "健全数据基础制度，完善数据产权、流通交易、收益分配、安全治理等机制，激活数据要素潜能。",
)
REPORT = "政府工作报告.txt"


def city_name(number: int) -> str:
    """The name of the n-th invented city, each different."""
    one, two = divmod(number, len(SYLLABLES))
    other = SYLLABLES[(two * 7 + one * 3 + 5) % len(SYLLABLES)]
    return f"{SYLLABLES[two]}{other}{'甲乙丙丁戊己庚辛壬癸'[one]}市"


def sentences_of(city: str, seed: int, count: int = 40) -> list[str]:
    """The sentences of a city's report: its own ones, and every third city's boilerplate."""
    rng = random.Random(f"{city}/{seed}")
    own = [
        f"{city}{rng.choice(THINGS)}"
        + rng.choice(DONE).format(
            n=rng.randint(2, 99), m=rng.randint(100, 9999), k=rng.randint(2, 99)
        )[:-1]
        + "".join(f"，{rng.choice(VERBS).format(*rng.sample(MATTERS, 2))}" for _ in range(3))
        + "。"
        for _ in range(count)
    ]
    return own + (list(BOILERPLATE) if seed % 3 == 0 else [])


def paper(name: str, sentences: Sequence[str], **facts: str) -> Document:
    """A document of one sentence a line."""
    text = "\n".join(sentences) + "\n"
    block = Block(BlockKind.PARAGRAPH, Span(0, len(text)))
    return Document(name, text_digest(text), "text", text, (block,), **facts)


def cite(document: Document, sentence: str) -> Citation:
    """A citation of a sentence of a document."""
    start = document.text.index(sentence)
    span = Span(start, start + len(sentence))
    return Citation(f"{document.name}.{start}", document.name, None, span, sentence)


def findings_of(
    documents: Sequence[Document], seed: int, skill: float = 0.4
) -> tuple[Finding, ...]:
    """A finding of every feature; ``skill`` in [0, 1] is how much the city shows."""
    rng = random.Random(seed)
    places = [(d, line) for d in documents for line in d.text.splitlines()]
    rows = []
    for number, feature in enumerate(STANDARD.features):
        if number == 7 and seed % 5 == 0:
            rows.append(Finding(Failure(feature.id, "screen", "Timeout", "没有回答"), None, None))
            continue
        likely = max(skill - 0.09 * (feature.level - 1), 0.02)
        weights = (1 - likely, 0.02, 0.1, likely / 2, likely / 4, likely)
        verdict = rng.choices(VERDICTS, weights)[0]
        cited = (cite(*rng.choice(places)),) if verdict is not Verdict.NO_EVIDENCE else ()
        flag = (Check("reuse", "flagged", "同一句用于多条特征"),) if number % 50 == 1 else ()
        judged = Judgement(feature.id, verdict, cited, "理由", "screen", 0.6, checks=flag)
        rows.append(Finding(judged, verdict, verdict))
    return apply_relations(rows, STANDARD.relations)


def write_city(
    folder: Path,
    city: str,
    findings: Sequence[Finding],
    documents: Sequence[Document] = (),
    **manifest: object,
) -> Path:
    """Write a run folder as an audit writes it."""
    facts: Mapping[str, object] = {
        "city": city,
        "as_of": "2026-03-01",
        "judge": {"name": "screen", "fingerprint": "one", "quality": "初筛模型，未经大模型判读"},
        "standard": {"id": STANDARD.id, "title": STANDARD.title, "digest": STANDARD.digest},
        "profile": {"id": PROFILE.id, "digest": PROFILE.digest},
        "documents": [_manifest_row(d) for d in documents],
        **manifest,
    }
    score = score_findings(findings, STANDARD, PROFILE)
    write_run(folder, Run(facts, tuple(documents), (), (), tuple(findings), score))
    return folder


def _manifest_row(document: Document) -> dict[str, object]:
    return {
        "name": document.name,
        "sha256": document.sha256,
        "kind": "work_report",
        "characters": len(document.text),
        "pages": None,
        "issued_on": None,
        "warnings": [],
    }


def make_city(folder: Path, number: int, period: str = "", skill: float | None = None) -> Path:
    """Write the n-th invented city's run into ``folder``/``city`` or ``city@period``."""
    city = city_name(number)
    document = paper(REPORT, sentences_of(city, number))
    share = (0.15 + 0.7 * (number * 37 % 100) / 100) if skill is None else skill
    rows = findings_of((document,), number, share)
    name = f"{city}@{period}" if period else city
    return write_city(folder / name, city, rows, (document,))


def decide(folder: Path, feature_id: str, verdict: Verdict) -> None:
    """A person's decision on a feature of a run."""
    reviewed = read_reviewed(folder, STANDARD)
    seen = next(f for f in reviewed.run.findings if f.feature_id == feature_id)
    said = EventContent(
        kind=EventKind.DECISION,
        feature_id=feature_id,
        finding_hash=finding_hash(seen),
        author="甲",
        reason="核对原文",
        time="2026-01-05T09:00:00+08:00",
        verdict=verdict,
    )
    append_events(folder, [said])
