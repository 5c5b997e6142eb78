"""The modality of a sentence: from its section's role first, then from its wording."""

from __future__ import annotations

import re

from auditor.core.passages import Modality, SectionRole

NEGATION = re.compile(
    r"尚未|仍未|未能|未实现|未建立|未达|还没有|没有(?:形成|建立|实现|建成)|不够|不足|不强|不高|不平衡|不充分|短板|弱项|差距"
    r"|有待|亟待|仍待|还需|压力依然|任务依然|挑战依然|制约|滞后|困难|瓶颈|存在.{0,8}问题|仅为.{0,12}低于|低于(?:目标|要求|全国|全省)"
)
PLAN = re.compile(
    r"力争|拟(?:于|建|在|定|出|开|新)|争取|计划(?:于|到|在|新|建|投)|预计|预期目标|下一步|今后|明年|将(?:于|在|继续|进一步|全面|加快|"
    r"建|推|逐步|打造|开展|实施|着力|持续|启动|新|组织|依托|形成|实现|完成|出台|制定|探索|分|统筹|以|对|与|按)|(?:我们|本市|全市|市政府|政府)将|"
    r"要(?:加快|推进|建立|完善|坚持|全面|进一步|着力|强化|加强)|到(?:20[2-5]\d年|[“\"]?十[四五六]五)|(?:20\d\d年)(?:底|末)?前|"
    r"确保.{0,12}(?:以上|达到|完成|建成)|目标(?:是|为)|推动.{0,20}(?:到|达到)"
)
DUTY = re.compile(
    r"应当|应(?:该|建立|及时|按|将|对|在|由|当)|必须|不得|禁止|鼓励|支持|可以|有权|责令|依法|须|严禁|要求"
)
DONE = re.compile(
    r"已(?:经)?(?!有)|完成(?!.{0,6}(?:任务|目标)$)|建成|实现了|累计|截至|达到|达\d|上线|投用|投入(?:使用|运行|运营)|启用|获评|获批|荣获|入选|"
    r"位居|排名|居全国|居全省|第[一二三四五]位|增长\d|提升至|提高到|突破|覆盖率|新增|出台|印发|颁布|发布|成立|组建|挂牌|通过(?:验收|评估|国家)|"
    r"率先|首创|首个|全国首|顺利|圆满|成效|显著|较上年|同比|共有|全部|建立(?:了)?|开通|接入|汇聚|归集|打通|推出|办结"
)
ONGOING = re.compile(
    r"正在|正(?:加快|积极|有序)|有序推进|稳步推进|加快推进|加快建设|加快构建|扎实推进|持续推进|深入推进|开工|启动|试点|试运行|在建|逐步|初步|探索|深化|推进"
)
EXPLICIT_PAST = re.compile(
    r"已(?:经)?(?:建|完|实|形|上|投|启|有|达|接|汇|归|开|出|印|成|纳|覆|累|初)|截至(?!20[3-5])|目前|累计|建成了|去年"
)
PAST_AMONG_TASKS = re.compile(
    r"已(?:经)?(?:建|完|实|形|上|投|启|达|接|汇|归|开|出|印|成|纳|覆)|截至(?!20[3-5])|去年"
)
"""Among tasks 累计 and 目前 prove nothing: a target is a cumulative figure too."""

CEREMONY = re.compile(
    r"我谨?代表.{0,30}向|请各位(?:代表|委员)|(?<!提)请予?审议"
    r"|(?:表示|致以).{0,6}(?:衷心|诚挚|崇高|亲切|热烈|美好).{0,6}(?:感谢|敬意|慰问|问候|祝福|祝愿)"
)
"""Thanks, greetings and submissions: they name half the city and state nothing of it."""


def is_ceremony(text: str) -> bool:
    """Tell whether a sentence only thanks, greets or submits the report."""
    return bool(CEREMONY.search(text))


def modality_of(text: str, role: SectionRole) -> Modality:
    """Classify one sentence; ``role`` is that of its section."""
    if role is SectionRole.NORMATIVE:
        return _in_regulation(text)
    if role is SectionRole.TASK:
        return Modality.FACT if _is_past(text) else Modality.PLAN
    if NEGATION.search(text) and not re.search(r"(?:补|解决|破解|消除|弥补|攻克|缓解)", text):
        return Modality.NEGATION
    if PLAN.search(text) and not EXPLICIT_PAST.search(text):
        return Modality.PLAN
    if role is SectionRole.RETROSPECT:
        return _in_retrospect(text)
    return _by_wording(text)


def _is_past(text: str) -> bool:
    return bool(PAST_AMONG_TASKS.search(text)) and not PLAN.search(text)


def _in_regulation(text: str) -> Modality:
    return Modality.DUTY if DUTY.search(text) or not _is_past(text) else Modality.FACT


def _in_retrospect(text: str) -> Modality:
    if DONE.search(text):
        return Modality.FACT
    return Modality.ONGOING if ONGOING.search(text) else Modality.FACT


def _by_wording(text: str) -> Modality:
    if EXPLICIT_PAST.search(text):
        return Modality.FACT
    if DUTY.search(text):
        return Modality.DUTY
    if DONE.search(text):
        return Modality.FACT
    return Modality.ONGOING if ONGOING.search(text) else Modality.PLAN
