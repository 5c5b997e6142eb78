"""The modality of a sentence: from its section's role first, then from its wording.

In the retrospect part a sentence states a fact (codebook rule 3) unless every clause that says
anything of its matter's state says that it is under way: 正在, 开工, 加快建设, 推进, 深化 without a
result beside it. A result is a verb of completion (建成, 上线, 获评) or a figure that is not the
object of such an activity (263个场景实现…, but not 推进142项任务). 预计 in that part estimates a
year that is over and is no forecast. In the task part all is a plan but what has 已 or 截至.
"""

from __future__ import annotations

import re

from auditor.core.passages import Modality, SectionRole

NEGATION = re.compile(
    r"尚未|仍未|还未|未能|未实现|未建立|未达|尚无|还没有|没有(?:形成|建立|实现|建成)|不够|不足|不强|不高|不平衡|不充分|短板|弱项|差距"
    r"|[还尚仍]不|不完善|不健全|不到位|(?:经济|总量|实力|项目).{0,4}(?:不多|偏小|偏弱)"
    r"|有待|亟待|仍待|还需|仍需|亟需|需要?进一步|压力依然|任务依然|挑战依然|制约|滞后|瓶颈|存在.{0,8}问题|仅为.{0,12}低于|低于(?:目标|要求)"
    r"|困难(?!群|人|老|家|职|学|妇|儿|残|对象|户|党|企|帮|救|程度|重度)"
)
REMEDY = re.compile(
    r"补|解决|破解|消除|弥补|攻克|缓解|克服|应对|战胜|化解|突破|打破|破除|缩小|纾解|纾困|顶住|面对|直面|正视|扭转"
)
"""A lack that is faced or made good in the same clause is no statement of a lack."""
STANDS = re.compile(r"不够|[还尚仍]不|仍|依然|有待|亟待|还[需有]")
"""With these the lack stands, whatever else the clause says."""

PLAN = re.compile(
    r"力争|拟(?:于|建|在|定|出|开|新)|(?<!斗)争取|计划(?:于|到|在|新|建|投)|预计|预期目标|下一步|今后|明年|将(?:于|在|继续|进一步|全面|加快|"
    r"建|推|逐步|打造|开展|实施|着力|持续|启动|新|组织|依托|形成|实现|完成|出台|制定|探索|分|统筹|以|对|与|按)|(?:我们|本市|全市|市政府|政府)将|"
    r"要(?:加快|推进|建立|完善|坚持|全面|进一步|着力|强化|加强)|到(?:20[2-5]\d年|[“\"]?十[四五六]五)|(?:20\d\d年)(?:底|末)?前|"
    r"确保.{0,12}(?:以上|达到|完成|建成)|目标(?:是|为)|推动.{0,20}(?:到|达到)"
)
AHEAD_IN_RETROSPECT = re.compile(
    r"力争(?!上游)|拟(?:于|建|在|出)|计划(?:于|到|在)|下一步|今后|明年"
    r"|(?:^|[，；：])(?:即|还|也|都)?将(?:于|在|继续|进一步|全面|加快|逐步|着力|持续)"
    r"|(?:我们|本市|全市|市政府|政府)(?:一定)?将|(?:^|[，；：])要(?:加快|推进|建立|完善|坚持|全面|进一步|着力|强化|加强)"
    r"|到(?:20[2-5]\d年|[“\"]?十[四五六]五)|(?:20\d\d年)(?:底|末)?前|确保到|目标(?:是|为)"
)
DUTY = re.compile(
    r"应当|应(?:该|建立|及时|按|将|对|在|由|当)|必须|不得|禁止|鼓励|支持|可以|有权|责令|依法|须|严禁|要求"
)
DONE = re.compile(
    r"已(?:经)?(?!有)|完成(?!.{0,6}(?:任务|目标)$)|建成|实现了|累计|截至|达到|达\d|上线|投用|投入(?:使用|运行|运营)|启用|获评|获批|荣获|入选|"
    r"位居|排名|居全国|居全省|第[一二三四五]位|增长\d|提升至|提高到|突破|覆盖率|新增|出台|印发|颁布|发布|成立|组建|挂牌|通过(?:验收|评估|国家)|"
    r"率先|首创|首个|全国首|顺利|圆满|成效|显著|较上年|同比|共有|全部|建立(?:了)?|开通|接入|汇聚|归集|打通|推出|办结|启动(?:运营|运行)|"
    r"(?:明确|确定|提出|设立|设置|形成|制定|构建|搭建|开展|完善)了"
)
RESULT = re.compile(
    r"(?<![建为])成为|被.{2,14}(?:列为|评为|授予|确定)|打造(?:了|出)|整改|惠及|兑付|获(?!得感)|取得|创建(?:成|为)|竣工|拥有|建有|创成|夺得|跃居"
)
RESULT_VERB = re.compile(r"(?:实现|形成)(?!.{0,8}(?:目标|愿景))")
MEANT = re.compile(r"(?:推动|促进|努力|力促|加快|逐步|以|为|着力|奋力)[^，；]{0,14}$")
"""What stands before 实现 or 形成 where these name an aim."""

COUNTED = re.compile(
    r"\d(?:\.\d+)?(?:万|亿)*(?:余|多)?(?:个|家|项|处|人|件|户|公里|千米|元|%|％|座|条|台|所|辆|次|例|套|亩|名|篇|期|场|类"
    r"|起|张|只|吨|倍|位|平方|部|款)"
)
UNDER_WAY = re.compile(
    r"正在|正(?:加快|积极|有序)|在建|开工|启动(?:建设|实施|编制|规划)|全面启动|加快(?:建设|推进|构建)|(?:有序|稳步|扎实|持续|深入|纵深|全力|接续|协同|加速)推进"
    r"|试运行|即将"
)
"""Said of a clause's own matter these leave it unfinished, whatever figure stands beside."""

SOUGHT = re.compile(
    r"(?:探索|推动|推进|加快|着力|谋划)[^，；]{0,4}(?:建立|构建|形成|打造|实现|成立|组建)(?!了)"
)
"""What is explored or pushed for is not there yet: 探索建立…机制."""

ONGOING = re.compile(
    r"正在|正(?:加快|积极|有序)|有序推进|稳步推进|加快推进|加快建设|加快构建|扎实推进|持续推进|深入推进|开工|启动"
    r"|(?:开展|推进|探索|深化|进行).{0,12}试点|先行先试|试运行|在建|逐步|初步|探索|深化|推进"
)
EXPLICIT_PAST = re.compile(
    r"已(?:经)?(?:建[成立起设]|完|实|形|上|投|启|有|达|接|汇|归|开[通展放]|出|印|成[为立功]|纳|覆|累|初|通过|全)"
    r"|截至(?!20[3-5])|目前|累计|建成了|去年"
)
PAST_AMONG_TASKS = re.compile(
    r"已(?:经)?(?:建[成立起]|完|实|形|上|投|启|达|接|汇|归|开[通展放]|出|印|成[为立功]|纳|覆)|截至(?!20[3-5])|去年"
)
"""Among tasks 累计 and 目前 prove nothing: a target is a cumulative figure too."""

PLAINLY_DONE = re.compile(
    r"建成|上线|投用|投入(?:使用|运行|运营)|获评|获批|入选|挂牌|通过.{0,6}验收"
)
STATED_IN_RULE = re.compile(r"截至(?!20[3-5])|目前已|现已|[我本全]市(?:目前)?已")
CLAUSES = re.compile(r"[，；：,;:]")
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
    if _states_a_lack(text):
        return Modality.NEGATION
    if role is SectionRole.RETROSPECT:
        return _in_retrospect(text)
    if PLAN.search(text) and not EXPLICIT_PAST.search(text):
        return Modality.PLAN
    return _by_wording(text)


def _is_past(text: str) -> bool:
    return bool(PAST_AMONG_TASKS.search(text)) and not PLAN.search(text)


def _states_a_lack(text: str) -> bool:
    """A clause names a lack and neither faces it nor makes it good."""
    for clause in CLAUSES.split(text):
        faced = REMEDY.search(clause) and not STANDS.search(clause)
        if NEGATION.search(clause) and not faced:
            return True
    return False


def _in_regulation(text: str) -> Modality:
    stated = bool(STATED_IN_RULE.search(text)) and not DUTY.search(text)
    return Modality.FACT if stated else Modality.DUTY


def _in_retrospect(text: str) -> Modality:
    states = {_state_of(clause) for clause in CLAUSES.split(text)}
    if Modality.FACT in states:
        return Modality.FACT
    if AHEAD_IN_RETROSPECT.search(text):
        return Modality.PLAN
    return Modality.ONGOING if Modality.ONGOING in states else Modality.FACT


def _state_of(clause: str) -> Modality | None:
    """What one clause of a retrospect says of its matter: done, under way, or neither."""
    if AHEAD_IN_RETROSPECT.search(clause):
        return None
    if UNDER_WAY.search(clause) or (SOUGHT.search(clause) and not COUNTED.search(clause)):
        return Modality.ONGOING
    if DONE.search(clause) or RESULT.search(clause) or _has_result(clause):
        return Modality.FACT
    return Modality.ONGOING if ONGOING.search(clause) else None


def _has_result(clause: str) -> bool:
    """An aim is no result, and neither is a figure that an activity is about (推进142项任务)."""
    verb = RESULT_VERB.search(clause)
    if verb and not MEANT.search(clause[: verb.start()]):
        return True
    figure, activity = COUNTED.search(clause), ONGOING.search(clause)
    return bool(figure) and not (figure and activity and activity.start() < figure.start())


def _by_wording(text: str) -> Modality:
    if EXPLICIT_PAST.search(text):
        return Modality.FACT
    if PLAINLY_DONE.search(text) and not re.search(r"应当?|必须|须|不得", text):
        return Modality.FACT
    if DUTY.search(text):
        return Modality.DUTY
    if DONE.search(text):
        return Modality.FACT
    return Modality.ONGOING if ONGOING.search(text) else Modality.PLAN
