"""A model's answer -> a judgement, with what the program itself holds against it.

The model says verdicts, labels, modalities and figures; here they are held against the stored
sentences. A verdict may only be lowered by it, never raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.bearing import bearing
from auditor.core.findings import Check, Citation, ElementReading, Judgement, Verdict
from auditor.core.passages import Modality, Passage, Sentence
from auditor.core.quoting import cite
from auditor.core.run import Case
from auditor.judge.reply import Answer, Said
from auditor.judge.sheet import Sheet
from auditor.judge.values import Lowered, read_values

MODALITY_NAMES = {
    Modality.FACT: "事实",
    Modality.ONGOING: "进行中",
    Modality.PLAN: "计划",
    Modality.DUTY: "义务",
    Modality.NEGATION: "否定",
}
VERDICT_NAMES = {
    Verdict.MET: "满足",
    Verdict.MOSTLY_MET: "大部分满足",
    Verdict.PARTLY_MET: "部分满足",
    Verdict.PLANNED: "仅规划",
    Verdict.NOT_MET: "不满足",
    Verdict.NO_EVIDENCE: "未见证据",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with all that it is held against: its case, the sheet, who else found what."""

    case: Case
    answer: Answer
    sheet: Sheet
    found_for: Mapping[str, tuple[str, ...]]

    def shown(self, label: str) -> tuple[Passage, Sentence]:
        """The passage and sentence behind a label."""
        return self.sheet.by_label[label]

    def sentence_id(self, label: str) -> str:
        """The id of the sentence behind a label."""
        return self.shown(label)[1].id


Rule = Callable[[Answered, Verdict], Lowered]


def judgement_of(answered: Answered, judge: str) -> Judgement:
    """Turn an answer into a judgement of ``judge``; every rule may lower the verdict."""
    answer = answered.answer
    verdict = answer.verdict
    checks: list[Check] = []
    for rule in RULES:
        verdict, found = rule(answered, verdict)
        checks.extend(found)
    silent = verdict is Verdict.NO_EVIDENCE
    return Judgement(
        feature_id=answer.feature_id,
        verdict=verdict,
        citations=() if silent else tuple(_cite(answered, label) for label in answer.labels),
        reason=reason_of(answered),
        judge=judge,
        elements=tuple(
            ElementReading(
                key,
                element.verdict,
                tuple(dict.fromkeys(answered.sentence_id(s.label) for s in element.said)),
            )
            for key, element in sorted(answer.elements.items())
        ),
        checks=tuple(checks),
    )


def _cite(answered: Answered, label: str) -> Citation:
    passage, sentence = answered.shown(label)
    return cite(answered.case.documents[passage.document], passage, sentence)


def reason_of(answered: Answered) -> str:
    """The model's reason, then in the program's words the elements that are not shown as facts."""
    answer = answered.answer
    texts = {element.id: element.text for element in answered.case.feature.elements}
    lacking = [
        f"“{texts[key]}”（{VERDICT_NAMES[element.verdict]}）"
        for key, element in sorted(answer.elements.items())
        if not element.verdict.is_fact
    ]
    if answer.verdict is Verdict.NO_EVIDENCE or not lacking:
        return answer.reason
    return f"{answer.reason.rstrip('。；')}；未见事实的要素：{'、'.join(lacking)}"


def check_borrowed(answered: Answered, verdict: Verdict) -> Lowered:
    """A call on an item shows the passages of all its features: say where another's is cited."""
    own = {hit.passage.id for hit in answered.case.record.hits}
    cited = {answered.shown(label)[0].id for label in answered.answer.labels}
    borrowed = sorted(cited - own)
    if not borrowed:
        return verdict, ()
    told = "；".join(
        f"{passage}（{'、'.join(answered.found_for.get(passage, ()))}）" for passage in borrowed
    )
    return verdict, (Check("borrowed", "noted", f"引证片段由同一能力项其他特征检索得到：{told}"),)


def check_elements(answered: Answered, verdict: Verdict) -> Lowered:
    """The verdict on a feature is no better than its elements allow; silence beside some is odd."""
    elements = answered.case.feature.elements
    given = answered.answer.elements
    if verdict is Verdict.NO_EVIDENCE and answered.answer.said:
        return verdict, (Check("elements", "flagged", "有要素给出了依据，结论却是未见证据"),)
    cap = implied([(given[e.id].verdict, e.minor) for e in elements])
    if verdict.rank <= cap.rank:
        return verdict, ()
    detail = f"按各要素的结论至多为{VERDICT_NAMES[cap]}，模型给出{VERDICT_NAMES[verdict]}"
    return cap, (Check("elements", "flagged", detail, verdict, cap),)


def implied(readings: Sequence[tuple[Verdict, bool]]) -> Verdict:
    """The best verdict that (verdict, minor) of the elements allow."""
    essential = [v for v, minor in readings if not minor] or [v for v, _ in readings]
    least = min(essential, key=_rank)
    best = max((v for v, _ in readings), key=_rank)
    if least.is_green:
        small = len(essential) < len(readings) and not all(v.is_green for v, _ in readings)
        return Verdict.MOSTLY_MET if small or least is Verdict.MOSTLY_MET else Verdict.MET
    return min(best, Verdict.PARTLY_MET, key=_rank)


def check_modality_read(answered: Answered, verdict: Verdict) -> Lowered:
    """The modality that the model sees in each sentence beside ours; the lower one counts.

    So a sentence bears a fact only where both see one. Where that lowers the verdict the reviewer
    is to look first; else the difference is noted.
    """
    said = answered.answer.said
    differing = [s for s in said if s.modality is not answered.shown(s.label)[1].modality]
    if not differing:
        return verdict, ()
    detail = "语态读法不一：" + "；".join(_differs(answered, s) for s in differing)
    cap = max((_borne(answered, s) for s in said), key=_rank)
    if verdict.is_fact and cap.rank < verdict.rank:
        return cap, (Check("modality-read", "flagged", detail, verdict, cap),)
    return verdict, (Check("modality-read", "noted", detail),)


def _borne(answered: Answered, said: Said) -> Verdict:
    """What a sentence can bear in our reading, or in the model's where that is lower."""
    passage, sentence = answered.shown(said.label)
    kind = answered.case.documents[passage.document].kind
    feature = answered.case.feature
    as_read = replace(sentence, modality=said.modality)
    both = (bearing(s, passage, kind, feature) for s in (sentence, as_read))
    return min(both, key=_rank)


def _differs(answered: Answered, said: Said) -> str:
    sentence = answered.shown(said.label)[1]
    ours = MODALITY_NAMES[sentence.modality]
    return f"{sentence.id} 模型读作{MODALITY_NAMES[said.modality]}，规则读作{ours}"


def check_values(answered: Answered, verdict: Verdict) -> Lowered:
    """The figures that the model read, compared with the thresholds by the program."""
    sentences = {
        key: answered.shown(value.label)[1] for key, value in answered.answer.values.items()
    }
    shown = sum(e.verdict.is_fact for e in answered.answer.elements.values())
    return read_values(
        answered.case, answered.answer.values, sentences, others_shown=shown > 1, verdict=verdict
    )


def _rank(verdict: Verdict) -> int:
    return verdict.rank


RULES: tuple[Rule, ...] = (check_borrowed, check_elements, check_modality_read, check_values)
