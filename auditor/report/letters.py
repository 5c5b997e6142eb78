"""致函 and 现场核查清单: what the city is asked to supply, and what to look at on site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from auditor.core.criteria import Feature, FeatureType, Means, Standard
from auditor.core.findings import Finding, Verdict
from auditor.core.gap import GapKind, kind_of, lacking_of
from auditor.core.result import Result
from auditor.report.intake_facts import shown
from auditor.report.language import words
from auditor.report.paper import NUMERALS, Paper
from auditor.report.supplement import MOST_PAPERS, PAPERS

TOP = 5
LETTER_HEADS = ("特征", "要求", "现有材料", "尚缺", "可提交的材料")
LETTER_WIDTHS_CM = (2.7, 6.6, 4.4, 5.2, 6.4)
SITE_HEADS = ("特征", "要求", "方式", "看什么", "初判", "核查结果", "核查人、日期")
SITE_WIDTHS_CM = (2.7, 5.6, 2.6, 5.4, 2.4, 4.4, 2.2)
MEANS: Mapping[Means, str] = {
    Means.PAPER: "书面材料",
    Means.OUTSIDE_PROOF: "第三方证明",
    Means.DEMONSTRATION: "系统演示",
    Means.INTERVIEW: "访谈",
    Means.SAMPLING: "抽样查验",
}
SEEN = (FeatureType.CAPABILITY, FeatureType.EFFECT)
"""Types of which a green verdict on papers is worth a look on site."""


def target_of(result: Result) -> int:
    """Up to which level is asked: the next one, or the level that the city claims."""
    claimed = result.standing.claimed_level or 0
    return min(TOP, max(result.standing.shown.level + 1, claimed))


def supply_letter(result: Result, standard: Standard) -> bytes:
    """The letter to the city: features that papers may still show, by sub-domain."""
    city = shown(str(result.run.manifest["city"]))
    target = target_of(result)
    paper = Paper(f"补充材料函（{city}）")
    paper.title("城市全域数字化转型成熟度评估", "关于补充评估材料的函")
    paper.paragraph(f"{city}：", indent=False)
    asked = [
        (feature, finding)
        for feature, finding in _up_to(result, standard, target)
        if not _green(finding) and kind_of(feature, finding) is GapKind.PAPER
    ]
    paper.paragraph(
        f"按照《{standard.title}》（{standard.id}），对贵市提交的材料作了初步审核。"
        f"{target} 级及以下的特征中，有 {len(asked)} 条现有材料尚不足以证明，请对照下表补充；"
        "确不适用的，请说明理由。未列出的特征不等于已经确认。"
    )
    _by_domain(paper, standard, asked, (LETTER_HEADS, LETTER_WIDTHS_CM), _letter_row)
    paper.notes(
        "说明",
        (
            "材料请注明文号、发文单位、成文日期；统计数据请注明口径和截止日期。",
            "规划、方案只能说明计划；已经做到的，请补充落实情况的材料。",
            "涉密文件不得提交；个人信息请先遮盖。",
        ),
    )
    paper.signature("评估机构（盖章）：", "年　　月　　日")
    return paper.close()


def site_list(result: Result, standard: Standard) -> bytes:
    """What to look at on site: what papers cannot show, and greens that are worth a look."""
    city = shown(str(result.run.manifest["city"]))
    target = target_of(result)
    paper = Paper(f"现场核查清单（{city}）")
    paper.title("城市全域数字化转型成熟度评估", "现场核查清单")
    rows = [(f, found) for f, found in _up_to(result, standard, target) if on_site(f, found)]
    paper.paragraph(
        f"{city}　{target} 级及以下，共 {len(rows)} 条：书面材料难以证明的，以及材料已显示满足、"
        "宜到现场看一看的设施、平台和成效。仅凭访谈不能证明能力，须有系统演示、现场查验或书面材料。"
    )
    _by_domain(paper, standard, rows, (SITE_HEADS, SITE_WIDTHS_CM), _site_row)
    paper.notes(
        "填写说明",
        (
            "系统演示请记明系统名称、网络（互联网、政务外网等）、登录账号的角色和操作步骤。",
            "在场人员记角色，不记无关的个人信息；截图、照片等附件记散列值。",
            "结果录入后即成为复核记录（auditor review import）。",
        ),
    )
    paper.signature("核查组组长：", "年　　月　　日")
    return paper.close()


Placed = tuple[Feature, Finding]


def _up_to(result: Result, standard: Standard, target: int) -> Iterator[Placed]:
    """What was judged up to a level; a failure says nothing of the city's papers."""
    found = {f.feature_id: f for f in result.findings}
    for feature in standard.features:
        finding = found.get(feature.id)
        judged = finding is not None and finding.verdict is not None
        if finding is not None and judged and feature.level <= target:
            yield feature, finding


def _green(finding: Finding) -> bool:
    return finding.verdict is not None and finding.verdict.is_green


def on_site(feature: Feature, finding: Finding) -> bool:
    """Whether a feature belongs on the list of what to look at."""
    if finding.decision is not None:
        return False
    if _green(finding):
        return feature.types[:1] in [(t,) for t in SEEN] and not finding.credited_by
    return kind_of(feature, finding) is GapKind.ON_SITE


def _by_domain(
    paper: Paper,
    standard: Standard,
    rows: Sequence[Placed],
    look: tuple[Sequence[str], Sequence[float]],
    row_of: Callable[[Feature, Finding], Sequence[str]],
) -> None:
    numerals = iter(NUMERALS)
    for domain in standard.domains:
        ids = {f.id for s in domain.subdomains for i in s.items for f in i.features}
        own = [placed for placed in rows if placed[0].id in ids]
        if own:
            paper.heading(f"{next(numerals)}、{domain.name}")
            paper.table(*look, [row_of(*placed) for placed in own])


def _letter_row(feature: Feature, finding: Finding) -> tuple[str, ...]:
    w = words("zh")
    lacking = lacking_of(feature, finding) or tuple(e.text for e in feature.elements)
    types = [e.type for e in feature.elements if e.text in lacking] or feature.types
    verdict = finding.verdict or Verdict.NO_EVIDENCE
    said = f"{w[verdict.value]}\n{papers_of(finding)}"
    present = "未见" if verdict is Verdict.NO_EVIDENCE else said
    return (
        feature.id,
        feature.text,
        present.strip(),
        "\n".join(lacking),
        "\n".join(dict.fromkeys(PAPERS[t] for t in types)),
    )


def papers_of(finding: Finding) -> str:
    """The documents that a finding rests on, a few of them."""
    names = finding.backing.documents if finding.backing else ()
    return "\n".join(shown(name, 40) for name in names[:MOST_PAPERS])


def _site_row(feature: Feature, finding: Finding) -> tuple[str, ...]:
    w = words("zh")
    means = [MEANS[m] for m in feature.shown_by if m is not Means.PAPER] or ["系统演示"]
    verdict = finding.verdict or Verdict.NO_EVIDENCE
    prefix = w["suspected"] if verdict.is_green else ""
    return (
        feature.id,
        feature.text,
        "\n".join(means),
        "\n".join(e.text for e in feature.elements),
        prefix + w[verdict.value],
        "",
        "",
    )
