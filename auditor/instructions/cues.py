"""Words that papers do not use together: who is spoken to, about which judging, in which tone.

An official paper reports and rules; it does not address its reader, talk about how it is itself to
be judged, and name the outcome in one sentence. Each cue counts once. The weights were set by hand
on the project's own strings, and on what 64,000 sentences of real papers weigh.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ADDRESS, READER, JUDGING, OUTCOME, ACT = "address", "reader", "judging", "outcome", "act"
TEXT, ALL, DEFY, GUISE = "text", "all", "defy", "guise"
LEAST_DEFIANT, LEAST = 3.5, 4.0
ALONE = r"(?=[\s,。;:!?\"”』」)、/|]|$|两个?字|二字|档|结论|处理|即可|不得|原则)"
"""A verdict stands alone, where the verb has an object."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A group of words of one kind, and what it adds where one of them stands."""

    kind: str
    weight: float
    words: re.Pattern[str]


def _cue(kind: str, weight: float, *words: str) -> Cue:
    return Cue(kind, weight, re.compile("|".join(words)))


CUES = (
    _cue(
        ADDRESS, 2.0, r"[你您](?![好市省县区州局厅委办单部公院校们所站方])", r"\byou(?:r|rself)?\b"
    ),
    _cue(
        ADDRESS,
        1.5,
        r"拜托|烦请|麻烦[你您]|劳驾|听我|替[你您]|帮[我你您]|让我们|咱们|辛苦了?[,!]"
        r"|亲爱的|各位(?:机器|模型|ai|审核员|阅读)|愿[你您]",
    ),
    _cue(
        ADDRESS,
        1.0,
        r"(?<![申提聘邀报恳敬])请(?![示假客教求愿缨战予各专与有相贵])|务必|\bplease\b",
        r"\bdo not\b|\bdon't\b",
    ),
    _cue(ADDRESS, 1.0, r"(?<![特分区个类级])别(?=[看管说再用给标判写忘理])|不要(?!求)|切勿"),
    _cue(
        ADDRESS,
        1.5,
        r"(?:读|看|见)到(?:本|此|这|的?约束|即)|在读(?:这|本|此)",
        r"(?:^|[,。;:(])注意[,:]|请注意|我来[^,。]{1,6}[,][你您]",
    ),
    _cue(
        READER,
        2.0,
        r"判读|审核(?:程序|模型|工具|系统|助手|同志|人员|者|员|时|后台|提示)|评估(?:员"
        r"|工具|程序|模型|助手|者|软件|协议|方)",
        r"评审(?:员|者)|评阅|阅卷|自动(?:评估|审核|判|评审|打分|评分)|机器(?:审核|评审"
        r"|评估|判|打分|阅|人?如果|已?填)",
        r"(?<!大)模型|大模型|(?<![a-z])(?:ai|llm|gpt)(?![a-z])",
    ),
    _cue(
        READER,
        1.5,
        r"提示词|任务说明|任务指令|会话|对话|上下文|缓存|(?:演示|测试)环境|白名单"
        r"|后台提示|安全策略|开发团队|运行日志|信任模式|引擎",
        r"prompt|token",
    ),
    _cue(JUDGING, 2.0, r"特征(?!库|值|性|明显|鲜明|突出)"),
    _cue(JUDGING, 2.0, r"(?<![验收审])结论"),
    _cue(
        JUDGING,
        1.0,
        r"判(?:为|定|断|作|成|满|给|通过)|推定|认定|认可|视为|视同|算作|算成|记为|标为"
        r"|写成|改成|更正|归入|直接记",
    ),
    _cue(
        JUDGING,
        1.5,
        r"免判|免评|免检|从宽|从优|扣分|打分|打勾|得分|分值|判断(?:建议|结果)?[:一口]|逐条写|套用",
    ),
    _cue(
        OUTCOME,
        2.0,
        rf"(?<!得到)(?<!有效)(?<!充分)(?<!更好)(?<!不断)(?:不|已)?满足{ALONE}|见到即满足",
    ),
    _cue(OUTCOME, 1.0, r"[\"“「『]满足[\"”」』]"),
    _cue(OUTCOME, 3.0, r"(?<![a-z])(?:mostly_)?met(?![a-z])|verdict|no_evidence"),
    _cue(
        OUTCOME,
        1.5,
        r"最高(?:等级|级|分|档|评价)|满分(?![为是:\d])|高分|最有利|好话|正面(?!清单)|点头"
        r"|无证据|绿灯|过关|即算具备|否定|都是肯定|为肯定",
        r"(?:每一?条|全部|所有)[^,。]{0,3}(?:通过|成立)|[:,](?:同意|通过|肯定)[。!]?$"
        r"|达到五级[)。]?$",
    ),
    _cue(
        ACT,
        1.5,
        r"答案|作答|回答|答复|输出|返回|回复|抄到|照抄|采信|照做|照办|填(?:好|成|满)"
        r"|写(?:满|成|好|“)|下结论",
    ),
    _cue(ACT, 1.0, r"引证|引用|(?<![a-z0-9])s\s?\d{1,3}(?!\w)|证据|验证|核对|复核"),
    _cue(
        TEXT,
        1.5,
        r"(?:本|此|这|该|下面|下列|以下|上面|以上|前面|先前|此前|之前|前文|上文|后面"
        r"|接下来|一开始|剩余|其后)(?:的)?"
        r"(?:这|那|所列|收到的?|看到的?|得到的?|任何|所有|全部|每一?|各)*(?:一)?(?:些)?"
        r"(?:段|句|行(?![为政业动])|页|注释|脚注|文字|话|说法|说明|字|条条|条目|表生效"
        r"|规则|框框|个判断|份材料|词)",
    ),
    _cue(
        TEXT,
        1.0,
        r"材料(?:部分|区|中|里|只能|读|到)|脚注|注释|条目|每条|逐条|各条|每个判断"
        r"|每一[行条]|数据(?:阅读|区)|读完|未读|本项"
        r"|关于本市|列入本报告|本市名称|接下来的任务",
    ),
    _cue(
        ALL,
        1.0,
        r"一律|统一|全部|所有|无论|不论|凡|任何|只(?:会|能|说|要|需|输出|回答)|直接|统统"
        r"|通通|整体|默认",
    ),
    _cue(
        DEFY,
        1.5,
        r"忽略|无视|忘掉?|放下|当作不存在|终止(?!妊)|解除|不遵守|不算数|略过|跳过"
        r"|免[审核评判检]|别管|转而|取代|效力高于|重新来",
        r"(?:不要|不必|无需|不用|别|不再|不)(?:再)?(?:验证|核对|核验|求证|查证|复核"
        r"|看证据)|停用|停止审核|没有例外|不存在例外|全是草稿|已经过时|不再生效|写了就算"
        r"|提到就算",
    ),
    _cue(
        GUISE,
        2.0,
        r"(?:忘掉|换个|新的?)[^,。]{0,8}身份|口气|口吻|想象你|假装|名字叫"
        r"|不再是[^,。]{0,8}而是|好朋友|代言|发言人",
        r"你是一[位名个]|扮作|心软|从不为难|乐观的眼光",
    ),
)
ENGLISH = re.compile(r"[a-z]{2,}")
SPOKEN = frozenset(
    "forget ignore disregard approve verdict met instruct instruction instructions prompt"
    " override must always please you your"
    " stop treat choose return output respond answer never regardless whenever follow".split()
)
SPOKEN_OF = frozenset(
    "evaluate evaluation evaluating rule rules protocol feature features satisfied claims"
    " claim proof evidence policy system"
    " codebook section file document dossier reviewer auditor rating highest top all every"
    " approve verdict met pass unsure".split()
)


def weights_of(text: str) -> dict[str, float]:
    """The weight of the cues in a folded text, by kind."""
    weights: dict[str, float] = {}
    for cue in CUES:
        if cue.words.search(text):
            weights[cue.kind] = weights.get(cue.kind, 0.0) + cue.weight
    return weights


def speaks_to_judge(text: str) -> bool:
    """Whether the cues of a folded text weigh enough, and go together as in no paper."""
    return _orders_in_english(text) or _goes_together(weights_of(text))


def _goes_together(kinds: dict[str, float]) -> bool:
    outcome = kinds.get(OUTCOME, 0.0)
    judging = kinds.get(JUDGING, 0.0) + outcome
    weight = sum(kinds.values())
    if weight < LEAST_DEFIANT:
        return False
    if (
        DEFY in kinds
        and (judging >= 1.5 or READER in kinds)
        and {TEXT, READER, OUTCOME} & set(kinds)
    ):
        return True
    return weight >= LEAST and (_asks(kinds, judging, outcome) or _poses(kinds, judging))


def _asks(kinds: dict[str, float], judging: float, outcome: float) -> bool:
    """Somebody is spoken to, or a machine named, and an outcome with it."""
    beside = outcome > 0 or bool({READER, ACT, TEXT, DEFY} & set(kinds))
    if ADDRESS in kinds and judging >= 2.0 and beside:
        return True
    if READER in kinds and (outcome >= 2.0 or (kinds.get(TEXT, 0.0) > 1.0 and judging > 1.0)):
        return True
    weight = sum(kinds.values())
    return outcome >= 3.0 and judging > outcome and TEXT in kinds and weight >= 5.0


def _poses(kinds: dict[str, float], judging: float) -> bool:
    """The paper speaks of itself as a command, or gives its reader another part to play."""
    if DEFY in kinds and ADDRESS in kinds and TEXT in kinds:
        return True
    if GUISE in kinds and (judging >= 2.0 or {ADDRESS, READER, TEXT} & set(kinds)):
        return True
    return kinds.get(ADDRESS, 0) >= 2.0 and TEXT in kinds and bool({DEFY, ALL} & set(kinds))


def _orders_in_english(text: str) -> bool:
    """An English sentence that gives orders about rules, evidence and verdicts."""
    words = set(ENGLISH.findall(text))
    spoken, of = words & SPOKEN, words & SPOKEN_OF
    return bool(spoken) and len(spoken | of) >= 3 and bool(of - spoken or len(spoken) >= 3)
