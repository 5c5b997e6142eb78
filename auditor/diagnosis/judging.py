"""Do embedder, vector index and judges do what they did where they were measured?"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from auditor.choice import Choice
from auditor.core.findings import Judgement, Verdict
from auditor.core.run import Case, Silence
from auditor.diagnosis import samples
from auditor.diagnosis.probing import NotHereError, Probe, UnwellError
from auditor.diagnosis.reading import REINSTALL, read
from auditor.judge.local_model import LlamaReader, prepare_model
from auditor.passages import CityNames, cut_passages
from auditor.search.embedder import Embedder
from auditor.search.vector_index import VectorIndex
from auditor.standard import load_standard
from auditor.wiring import (
    build_embedder,
    build_screen,
    build_searcher,
    cache_dir,
    is_hosted,
    local_is_installed,
    resolved_judge,
)

CITY = "云岭市"
FEATURE = "8.2.1.4-L1-a"
TOLERANCE = 0.005
"""How far a cosine may lie from the stored one: other processors round otherwise."""
KEYS, DIMENSION, SEED = 200, 64, 7
ANSWER_TOKENS = 24


class Instruments:
    """What several probes need, loaded once."""

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder that audits will use."""
        return build_embedder()

    def probes(self) -> Iterator[Probe]:
        """The probes of searching and judging."""
        yield Probe("向量模型 embedder", self.embed)
        yield Probe("向量库 Chroma", build_and_query)
        yield Probe("初筛判断 screen", self.screen)
        yield Probe("本地大模型 local", ask_local)
        yield Probe("外部接口 endpoint", ask_endpoint)

    def embed(self) -> str:
        """Hold the likeness of sentences against what was stored where the weights were fitted."""
        stored = reference()
        vectors = self.embedder.embed_passages(stored["texts"])
        cosines = vectors @ vectors.T
        known = stored["cosines"].get(self.embedder.fingerprint)
        if known is None:
            return _in_order(self.embedder.name, cosines)
        off = max(abs(float(cosines[i, j]) - cosine) for i, j, cosine in known)
        if off > TOLERANCE:
            raise UnwellError(
                f"{self.embedder.name}: 余弦与存档相差 {off:.4f}，应不超过 {TOLERANCE}",
                hint="请删除缓存中的 models 文件夹后重做 auditor doctor --prepare；"
                "仍不符的，不要在这台机器上审核。",
            )
        return f"{self.embedder.name}，{len(known)} 对余弦与存档相差至多 {off:.5f}"

    def screen(self) -> str:
        """Search and judge one feature over one invented paper, with the evidence in it."""
        standard = load_standard()
        feature = next(f for f in standard.features if f.id == FEATURE)
        document = read("sample.txt", samples.plain_text())
        passages = cut_passages(document, CityNames(CITY))
        (record,) = build_searcher(self.embedder, standard).search(passages, [feature], Silence())
        case = Case(feature, record, CITY, None, {document.name: document})
        (outcome,) = build_screen(self.embedder, standard).judge([case])
        if not isinstance(outcome, Judgement) or outcome.verdict is Verdict.NO_EVIDENCE:
            raise UnwellError(f"{feature.id} 未判出证据：{outcome}", hint=REINSTALL)
        quote = outcome.citations[0].quote if outcome.citations else ""
        if quote not in document.text or not quote:
            raise UnwellError(f"{feature.id} 没有逐字引证 (no quote).", hint=REINSTALL)
        return f"{feature.id} → {outcome.verdict.value}，引「{quote[:24]}」"


def reference() -> Any:
    """Sentences, and by the fingerprint of an embedder the cosines of pairs of them."""
    file = files("auditor.diagnosis") / "data" / "cosines.json"
    return json.loads(file.read_text(encoding="utf-8"))


def _in_order(name: str, cosines: Any) -> str:
    """Of an embedder that was not measured: like sentences must be more alike than others."""
    alike, other = float(cosines[0, 1]), float(cosines[0, 2])
    if not alike > other:
        raise UnwellError(
            f"{name}: 相近的句子不比无关的更近（{alike:.3f}，{other:.3f}）",
            hint="请换用别的向量模型 (--embedder, AUDITOR_EMBEDDER)。",
        )
    return f"{name}，没有存档可比；相近 {alike:.3f} > 无关 {other:.3f}"


def build_and_query() -> str:
    """Build an index of Chroma on disk, ask it for what is in it."""
    rng = np.random.default_rng(SEED)
    rows = rng.normal(size=(KEYS, DIMENSION)).astype(np.float32)
    vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    with tempfile.TemporaryDirectory(prefix="auditor-doctor-") as folder:
        index = VectorIndex([f"k{n}" for n in range(KEYS)], vectors, Path(folder))
        found = index.nearest(vectors, 1)
    wrong = sum(row != [n] for n, row in enumerate(found))
    if wrong:
        raise UnwellError(f"{wrong} 个向量找不到自己 (not found).", hint=REINSTALL)
    return f"{KEYS} 个向量建库并查回"


def ask_local() -> str:
    """Ask the local model one question, under a schema."""
    if not local_is_installed():
        raise NotHereError("未装，--judge local 不可用", hint="pip install 'ctmm-auditor[local]'")
    reader = LlamaReader(prepare_model(cache_dir() / "models"))
    schema = {
        "type": "object",
        "properties": {"已建成": {"type": "boolean"}},
        "required": ["已建成"],
    }
    asked = f"句子：{samples.SENTENCES[0]}\n数据共享平台是否已建成？"
    reply = reader.ask(("按给定的 JSON 格式回答。", asked), schema, ANSWER_TOKENS)
    if not isinstance(reply, dict) or not isinstance(reply.get("已建成"), bool):
        raise UnwellError(f"答非所问：{reply}", hint=REINSTALL)
    return f"{reader.name} 答：{json.dumps(reply, ensure_ascii=False)}"


def ask_endpoint() -> str:
    """Ask every configured address one word; nothing of any dossier is sent."""
    name = resolved_judge("auto")
    if not is_hosted(name):
        raise NotHereError("未配置，没有连接任何地址", hint="要用时设置 AUDITOR_JUDGE 和密钥。")
    from auditor.judge.hosted import reach

    endpoints = Choice("", "").hosting(name).endpoints()
    members = [member for endpoint in endpoints for member in endpoint.members]
    key = os.environ.get("OPENAI_API_KEY")
    return "；".join(f"{m.name} {m.base_url or ''} 答：{reach(m, key)}" for m in members)
