"""The words of the evaluation page: measures and verdicts, Chinese first, English beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERDICT_WORDS: Mapping[str, str] = {
    "met": "满足",
    "mostly_met": "大部分满足",
    "partly_met": "部分满足",
    "planned": "仅规划",
    "not_met": "不满足",
    "no_evidence": "未见证据",
}
VERDICT_SHORT: Mapping[str, str] = {**VERDICT_WORDS, "mostly_met": "大部分", "partly_met": "部分"}
FAILED = "失败"


@dataclass(frozen=True, slots=True)
class Word:
    """A measure's Chinese name, English name and definition; ``better`` is ↑, ↓ or empty."""

    name: str
    english: str
    meaning: str
    better: str = "↑"


GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "结论 Verdicts",
        (
            "qwk", "ac2", "kappa", "exact", "green_f1", "green_precision", "green_recall",
            "green_kappa", "green_ac1", "fact_f1", "fact_kappa", "false_green", "false_red",
            "planned_as_green", "abstention", "failures",
        ),
    ),
    ("引证 Citations", ("citation_precision", "citation_recall")),
    (
        "检索 Retrieval",
        (
            "recall@5", "recall@10", "recall@20", "recall_all@5", "recall_all@10",
            "recall_all@20", "ndcg@10",
        ),
    ),
    ("概率 Calibration", ("ece_green", "ece_top", "brier", "brier_base")),
    (
        "覆盖度与等级 Coverage and levels",
        (
            "coverage_item_mae", "coverage_item_mae_zero", "coverage_domain_mae",
            "coverage_domain_mae_zero", "coverage_item_bias", "coverage_domain_bias",
            "level_kappa", "level_exact", "level_exact_zero",
        ),
    ),
)  # fmt: skip
RETRIEVAL_GROUPS = GROUPS[2:3]

MEASURES: Mapping[str, Word] = {
    "qwk": Word("加权一致性", "QWK", "六级结论的二次加权 Cohen κ"),
    "ac2": Word("Gwet AC2", "AC2", "六级结论，二次权重；类别极不均衡时比 κ 稳"),
    "kappa": Word("未加权 κ", "Cohen κ", "六级结论，不计远近"),
    "exact": Word("完全一致", "exact", "结论与标注相同的比例"),
    "green_f1": Word("绿色 F1", "green F1", "绿色：满足或大部分满足"),
    "green_precision": Word("绿色精确率", "green precision", "判绿中标注也绿的比例"),
    "green_recall": Word("绿色召回率", "green recall", "标注为绿中判绿的比例"),
    "green_kappa": Word("绿色 κ", "green κ", "是否绿色的 Cohen κ"),
    "green_ac1": Word("绿色 AC1", "green AC1", "是否绿色的 Gwet AC1"),
    "fact_f1": Word("事实 F1", "fact F1", "事实：满足、大部分满足或部分满足"),
    "fact_kappa": Word("事实 κ", "fact κ", "是否事实的 Cohen κ"),
    "false_green": Word(
        "误绿", "false green", "判绿而标注为仅规划、不满足或未见证据，占全部特征", "↓"
    ),
    "false_red": Word("误红", "false red", "标注为绿而判仅规划及以下，占全部特征", "↓"),
    "planned_as_green": Word("规划当事实", "planned as green", "标注为仅规划而判绿", "↓"),
    "abstention": Word("未见证据率", "abstention", "答“未见证据”的比例（失败不计）", ""),
    "failures": Word("失败", "failures", "未能判断的特征数，一致性中按未见证据计", "↓"),
    "citation_precision": Word(
        "引证准确率",
        "citation precision",
        "引用句含标注引文或在其中；无标注引文的特征全算错",
    ),
    "citation_recall": Word("引文召回率", "citation recall", "标注引文中被引用到的比例"),
    "recall@5": Word("召回@5", "recall@5, any", "标注为事实的特征，前 5 段中有任一标注引文"),
    "recall@10": Word("召回@10", "recall@10, any", "前 10 段"),
    "recall@20": Word("召回@20", "recall@20, any", "前 20 段"),
    "recall_all@5": Word("全部召回@5", "recall@5, all", "前 5 段含该特征的全部标注引文"),
    "recall_all@10": Word("全部召回@10", "recall@10, all", "前 10 段"),
    "recall_all@20": Word("全部召回@20", "recall@20, all", "前 20 段"),
    "ndcg@10": Word("nDCG@10", "nDCG@10", "含标注引文的片段排得多前"),
    "ece_green": Word("绿色校准误差", "ECE, P(green)", "十个等宽区间内概率与实际之差", "↓"),
    "ece_top": Word("首选校准误差", "ECE, top class", "最可能结论的概率与其正确率之差", "↓"),
    "brier": Word("Brier 分", "Brier, six classes", "六类概率与事实的平方距离", "↓"),
    "brier_base": Word("Brier（只报基率）", "Brier of base rates", "对照：处处给出总体比例", ""),
    "coverage_item_mae": Word("能力项覆盖度误差", "coverage MAE, item", "绝对误差均值", "↓"),
    "coverage_item_mae_zero": Word("　对照：恒为 0", "constant 0", "处处答 0 的误差", ""),
    "coverage_domain_mae": Word("能力域覆盖度误差", "coverage MAE", "绝对误差均值", "↓"),
    "coverage_domain_mae_zero": Word("　对照：恒为 0", "constant 0", "处处答 0 的误差", ""),
    "coverage_item_bias": Word("能力项偏差", "coverage bias, item", "正为高估，负为低估", ""),
    "coverage_domain_bias": Word("能力域偏差", "coverage bias, domain", "正为高估，负为低估", ""),
    "level_kappa": Word("能力项等级 κ", "item level κ", "0–5 级的二次加权 κ（恒为 0 时为 0）"),
    "level_exact": Word("能力项等级一致", "item level exact", "等级与标注相同的比例"),
    "level_exact_zero": Word("　对照：恒为 0", "constant 0", "处处答 0 级的一致比例", ""),
}
TILES = (
    "qwk", "green_f1", "green_precision", "false_green", "citation_precision", "recall@10",
    "ece_green", "coverage_domain_mae",
)  # fmt: skip
RETRIEVAL_TILES = ("recall@5", "recall@10", "recall@20", "recall_all@10", "ndcg@10")
CITY_COLUMNS = (
    "qwk", "green_f1", "green_precision", "green_recall", "fact_f1", "false_green",
    "citation_precision", "recall@10", "recall@20", "ece_green", "coverage_domain_mae",
)  # fmt: skip
