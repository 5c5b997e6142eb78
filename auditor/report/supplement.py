"""补充材料清单: what papers a city should add, sub-domain by sub-domain, as a DOCX to be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.core.criteria import Domain, Feature, FeatureType, Standard
from auditor.core.documents import Document
from auditor.core.intake import Intake, SubdomainCoverage
from auditor.report.intake_facts import counts_of, page_ranges, shown, unread_by_reason
from auditor.report.language import words
from auditor.report.paper import NUMERALS, Paper

MOST_FEATURES, MOST_PAPERS = 3, 3
"""How many features are asked for, and how many present papers named, per sub-domain."""
BASIC_LEVELS = (1, 2)
HEADS = ("能力子域", "现有材料", "缺少的材料类型", "建议补充")
WIDTHS_CM = (2.7, 5.7, 4.1, 12.8)
AGAIN_HEADS = ("序号", "文件", "情况", "怎样提交")
AGAIN_WIDTHS_CM = (1.3, 8.0, 8.0, 8.0)
PAPERS: Mapping[FeatureType, str] = {
    kind: words("zh")[f"papers_{kind.value}"] for kind in FeatureType
}
LACKED = (FeatureType.DOCUMENT, FeatureType.QUANTITY, FeatureType.EXTERNAL)
"""Types whose lack the coverage names."""
UNREAD_REMEDY = "请提交文字版，或以 300 dpi 以上重新扫描后提交。"


def supplement_docx(intake: Intake, standard: Standard) -> bytes:
    """Write the list of papers to add; equal intakes give equal bytes.

    Each sub-domain has one row: the papers that speak to it, the kinds of evidence that it lacks,
    and a few silent features (levels 1 and 2 first) with the papers that usually show them.
    """
    paper = Paper(f"补充材料清单（{shown(intake.city)}）")
    paper.title("城市全域数字化转型成熟度评估", "补充材料清单")
    paper.paragraph(f"{shown(intake.city)}：", indent=False)
    paper.paragraph(_opening(intake, standard))
    numerals = iter(NUMERALS)
    by_id = {covered.subdomain_id: covered for covered in intake.coverage}
    papers = {document.name: document for document in intake.documents}
    for domain in standard.domains:
        rows = list(_rows_of(domain, by_id, standard, papers))
        if rows:
            paper.heading(f"{next(numerals)}、{domain.name}")
            paper.table(HEADS, WIDTHS_CM, rows)
    again = list(again_of(intake))
    if again:
        paper.heading(f"{next(numerals)}、需要重新提交的文件")
        numbered = [(str(n), *row) for n, row in enumerate(again, 1)]
        paper.table(AGAIN_HEADS, AGAIN_WIDTHS_CM, numbered)
    paper.notes("填报说明", _notes())
    paper.signature("评估机构（盖章）：", "年　　月　　日")
    return paper.close()


def _opening(intake: Intake, standard: Standard) -> str:
    n = counts_of(intake)
    refused = f"，未能接收 {n.refused} 个" if n.refused else ""
    silent = sum(len(covered.silent_features) for covered in intake.coverage)
    features = sum(covered.features for covered in intake.coverage)
    return (
        f"按照《{standard.title}》（{standard.id}），对贵市提交的 {n.submitted} 个文件作了初步核对"
        f"：已接收 {n.accepted} 个，其中 {n.judged} 个作为证明材料{refused}。"
        f"标准的 {features} 条特征中，现有材料涉及 {features - silent} 条，"
        f"尚有 {silent} 条未见材料。请对照下表补充，能力子域内只列出宜先补充的几项。"
    )


def _notes() -> tuple[str, ...]:
    return (
        "本清单由机器按所交材料列出，未列出的不等于已经满足，列出的不等于没有开展；如有出入请说明。",
        "证明效力从强到弱：正式印发或盖章的文件，统计资料，系统后台导出，第三方材料，自行撰写的报告，"
        "新闻报道，系统截图。",
        "规划、方案和征求意见稿只能说明计划；已经做到的，请补充落实情况的材料。",
        "扫描件请不低于 300 dpi；涉密文件不得提交；个人信息请先遮盖。",
        "与本市无关的要求（如南方城市的集中供热）请在自评表中选“不适用”并说明理由。",
    )


def _rows_of(
    domain: Domain,
    by_id: Mapping[str, SubdomainCoverage],
    standard: Standard,
    papers: Mapping[str, Document],
) -> Iterator[tuple[str, ...]]:
    for subdomain in domain.subdomains:
        covered = by_id.get(subdomain.id)
        if covered is None or not (covered.lacking or covered.silent_features):
            continue
        silent = [standard.by_id[i] for i in covered.silent_features if i in standard.by_id]
        yield (
            f"{subdomain.id}\n{subdomain.name}",
            present_papers(covered, papers),
            _lacking(covered),
            "\n".join(suggestions(covered, silent)) or "请补充左栏所列类型的材料。",
        )


def present_papers(covered: SubdomainCoverage, papers: Mapping[str, Document]) -> str:
    """Name the first papers that speak to a sub-domain, and count them all by kind."""
    if not covered.documents:
        return "无"
    names = [paper_name(papers[name]) for name in covered.documents if name in papers]
    listed = "\n".join(names[:MOST_PAPERS])
    more = f"\n等 {len(names)} 份" if len(names) > MOST_PAPERS else ""
    w = words("zh")
    kinds = "、".join(f"{w['kind_' + kind]} {n}" for kind, n in covered.kinds.items())
    return f"{listed}{more}\n（片段：{kinds}）"


def paper_name(document: Document) -> str:
    """A paper by its title, by its file name where it states none."""
    title = shown(document.title, 60)
    if not title:
        return shown(document.name, 60)
    return title if "《" in title else f"《{title}》"


def _lacking(covered: SubdomainCoverage) -> str:
    lines = list(covered.lacking)
    if covered.silent_features:
        lines.append(f"{covered.features} 条特征中 {len(covered.silent_features)} 条未见材料")
    return "\n".join(lines)


def chosen_features(silent: Sequence[Feature]) -> list[Feature]:
    """A few silent features to ask for first: by level, each item in turn, no immature states.

    Nobody can prove an immature state (各条线独立探索 …), and a city beyond it need not.
    """
    asked = sorted((f for f in silent if f.immature is None), key=lambda f: f.level)
    basic = [f for f in asked if f.level in BASIC_LEVELS]
    firsts = list({f.item: f for f in reversed(basic)}.values())[::-1]
    order = [*firsts, *(f for f in basic if f not in firsts), *(f for f in asked if f not in basic)]
    return sorted(order[:MOST_FEATURES], key=lambda f: (f.level, f.item, f.letter))


def suggestions(covered: SubdomainCoverage, silent: Sequence[Feature]) -> Iterator[str]:
    """Ask for a few features in their own words, then name the papers that usually show them."""
    w = words("zh")
    chosen = chosen_features(silent)
    for number, feature in enumerate(chosen, 1):
        yield f"{number}. {feature.text}（{feature.id}）"
    asked = {kind for feature in chosen for kind in feature.types[:1]}
    asked |= {kind for kind in LACKED if w[f"lacking_{kind.value}"] in covered.lacking}
    papers = [f"{w[kind.value]}——{PAPERS[kind]}" for kind in FeatureType if kind in asked]
    if papers:
        yield f"可提交：{'；'.join(papers)}。"


def again_of(intake: Intake) -> Iterator[tuple[str, str, str]]:
    """What is to be submitted again: refused files, then pages that could not be read."""
    for left in sorted(intake.left_out, key=lambda left: (left.name, left.code)):
        remedy = left.hint or "请按原因改正后重新提交。"
        yield shown(left.name), shown(left.reason), shown(remedy)
    for document in sorted(intake.documents, key=lambda d: d.name):
        for reason, pages in unread_by_reason(document.pages).items():
            why = f"第 {page_ranges(pages)} 页未能读出：{reason}"
            yield shown(document.name), shown(why), UNREAD_REMEDY
