"""Settings -> real parts: the one place where adapters are chosen and put together.

Environment: ``AUDITOR_CACHE`` (folder for models, vectors, indexes), ``AUDITOR_EMBEDDER`` (``e5``
or a sentence-transformers folder or hub name), ``AUDITOR_JUDGE``, ``AUDITOR_BASE_URL``,
``AUDITOR_CRITERIA`` (folder of an edition of the standard), ``AUDITOR_STORE`` and
``AUDITOR_CHROMA`` (servers instead of files of this machine: ``auditor.servers``); the key of an
endpoint is read by its client (``OPENAI_API_KEY`` …).
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from auditor.batching import open_imported, read_batch
from auditor.cache import cache_dir as cache_dir
from auditor.carrying import read_carried
from auditor.choice import Choice
from auditor.core.criteria import Standard
from auditor.core.disclosure import Disclosure
from auditor.core.editions import diff_editions
from auditor.core.errors import ModelFileError
from auditor.core.limits import CheckLimits
from auditor.core.run import Judge, Progress
from auditor.core.scores import Profile
from auditor.ingest.kept import KeptContents, KeptPapers
from auditor.ingest.taking import Settings
from auditor.judge.disclosure import require_open
from auditor.judge.lines import UsageLines
from auditor.judge.local import LocalJudge, load_mix
from auditor.judge.local_model import LlamaReader, is_installed, prepare_model
from auditor.judge.screen import ScreenJudge, ScreenModel, load_screen
from auditor.judge.sent import SentLog
from auditor.judging import Memory
from auditor.limits import limits_facts, load_limits
from auditor.manifest import judge_facts, reader_facts, rules_facts, software_facts
from auditor.metering import ALONE, Shared, open_limiter
from auditor.pipeline import Parts
from auditor.profiles import all_profiles, load_profile
from auditor.prompts import load_prompt
from auditor.search.adapter import load_adapter
from auditor.search.embedder import Embedder
from auditor.search.engine import Searcher
from auditor.search.exemplars import load_exemplars
from auditor.search.relevance import load_relevance
from auditor.servers import chroma_url, store_url
from auditor.standard import Edition, load_standard
from auditor.store.journal import Journal
from auditor.store.run_folder import STATE_FOLDER
from auditor.store.vectors import VectorStore

DEFAULT_EMBEDDER = "e5"
Say = Callable[[str], None]
T = TypeVar("T")


def build_embedder(
    name: str | None = None, say: Say = lambda _: None, threads: int | None = None
) -> Embedder:
    """Load the embedder: ``e5`` (embedded default) or any sentence-transformers model.

    ``threads`` of the embedded one; None takes one a core.
    """
    chosen = name or os.environ.get("AUDITOR_EMBEDDER") or DEFAULT_EMBEDDER
    if chosen == DEFAULT_EMBEDDER:
        from auditor.search.e5_onnx import load_embedded_e5

        return load_embedded_e5(cache_dir() / "models", say, workers=threads)
    from auditor.search.sentence_transformer import load_sentence_transformer

    return load_sentence_transformer(chosen, allow_download=True)


def embedder_opening(name: str | None) -> Callable[[], Embedder] | None:
    """What opens an embedder that a GPU would serve; None for the embedded one, which runs on CPUs.

    It may travel to another machine: what the environment says is asked here.
    """
    chosen = name or os.environ.get("AUDITOR_EMBEDDER") or DEFAULT_EMBEDDER
    return None if chosen == DEFAULT_EMBEDDER else partial(build_embedder, chosen)


def weights_file(package: str, name: str) -> Traversable:
    """A weights file that ships with the package."""
    return files(f"auditor.{package}") / "weights" / name


def digest_of(file: Traversable) -> str:
    """``sha256:…`` of a data file; raises ``ModelFileError`` where it is missing."""
    if not file.is_file():
        raise ModelFileError(f"{file.name} is missing.", hint="Install the auditor again.")
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"


def family_of(embedder: Embedder) -> str:
    """Which weights fit an embedder: its own (``e5``), else those that need no exemplars."""
    exemplars = load_exemplars(weights_file("search", "exemplars-e5.npz"), embedder.fingerprint)
    return "e5" if exemplars.by_feature else "generic"


def build_searcher(embedder: Embedder, standard: Standard | None = None) -> Searcher:
    """Put the search stage together with the weights that fit the embedder."""
    standard = standard or load_standard()
    family = family_of(embedder)
    file = weights_file("search", f"relevance-{family}.json")
    exemplars = load_exemplars(weights_file("search", "exemplars-e5.npz"), embedder.fingerprint)
    return Searcher(
        embedder=embedder,
        cache=VectorStore(cache_dir() / "vectors.db", store_url()),
        relevance=load_relevance(file, digest_of(file)),
        index_folder=cache_dir() / "indexes",
        exemplars=dataclasses.replace(
            exemplars, by_feature=renumbered(exemplars.by_feature, standard)
        ),
        adapter=load_adapter(weights_file("search", "adapter-e5.npz"), embedder.fingerprint),
        background=standard.features,
        index_server=chroma_url(),
    )


def renumbered(by_feature: Mapping[str, T], standard: Standard) -> Mapping[str, T]:
    """What was fitted for the clauses that ship, under the numbers of the same clauses elsewhere.

    A clause of another text gets nothing, whatever its number.
    """
    shipped = load_standard()
    if standard.digest == shipped.digest:
        return by_feature
    old_ids = diff_editions(shipped, standard).old_ids
    return {now: by_feature[was] for now, was in old_ids.items() if was in by_feature}


def adapter_digest(searcher: Searcher) -> str | None:
    """Hash of the adapter of the embedder's vectors, None where none fits the embedder."""
    return digest_of(weights_file("search", "adapter-e5.npz")) if searcher.adapter else None


def screen_model(embedder: Embedder, standard: Standard | None = None) -> ScreenModel:
    """Load the screen weights that fit the embedder."""
    file = weights_file("judge", f"screen-{family_of(embedder)}.json")
    model = load_screen(file, digest_of(file))
    priors = renumbered(model.priors, standard or load_standard())
    return dataclasses.replace(model, priors=priors)


def build_screen(embedder: Embedder, standard: Standard | None = None) -> Judge:
    """The ``screen`` judge."""
    return ScreenJudge(screen_model(embedder, standard))


def build_judge(
    choice: Choice,
    embedder: Embedder,
    out: Path,
    say: Say = lambda _: None,
    standard: Standard | None = None,
) -> Judge | None:
    """Build the judge by name: auto, local, screen, none, or ``provider:model``.

    ``auto`` is the configured endpoint (AUDITOR_JUDGE), else ``screen``: ``local`` moves no
    verdict and takes minutes (docs/adr/0013). ``out`` is the run folder, where what is sent to
    an endpoint is logged.
    """
    own = build_own_judge(choice, embedder, say, standard)
    return own or judge_of_run(choice, out, out / STATE_FOLDER)


def build_own_judge(
    choice: Choice,
    embedder: Embedder,
    say: Say = lambda _: None,
    standard: Standard | None = None,
) -> Judge | None:
    """The judge that works on this machine alone and is the same for every run; else None."""
    name = resolved_judge(choice.judge)
    if name == "screen":
        return build_screen(embedder, standard)
    if is_local(name):
        file = None if name == "local" else Path(name)
        return build_local(embedder, file, say, standard)
    return None


def judge_of_run(choice: Choice, out: Path, state: Path, shared: Shared = ALONE) -> Judge | None:
    """The judge that is a run's own: an endpoint, with what is sent noted in the folder ``state``.

    ``none`` judges by the answers of batch files where requests were exported from ``out``.
    """
    name = resolved_judge(choice.judge)
    if name == "none":
        batch = read_batch(out)
        return open_imported(out, batch) if batch else None
    return build_hosted(name, choice, state, shared)


def is_local(name: str) -> bool:
    """Whether a resolved judge is the small local model."""
    return name == "local" or name.endswith(".gguf")


def is_hosted(name: str) -> bool:
    """Whether a resolved judge asks an endpoint."""
    return name not in ("none", "screen") and not is_local(name)


def resolved_judge(name: str) -> str:
    """Resolve ``auto`` to the judge that will be used."""
    if name != "auto":
        return name
    configured = os.environ.get("AUDITOR_JUDGE")
    if configured and configured != "auto":
        return configured
    return "screen"


def local_is_installed() -> bool:
    """Tell whether the extra ``local`` is there (engine and model files)."""
    return is_installed()


def build_local(
    embedder: Embedder, model: Path | None, say: Say, standard: Standard | None = None
) -> Judge:
    """The ``local`` judge: the embedded model, or any GGUF by path."""
    file = model or prepare_local(say)
    say(f"loading {file.name}")
    mix = weights_file("judge", "local.json")
    return LocalJudge(
        screen_model(embedder, standard),
        LlamaReader(file),
        load_prompt("read-evidence"),
        load_mix(mix, digest_of(mix)),
    )


def prepare_local(say: Say) -> Path:
    """Prepare the model file of the ``local`` judge (joined and hash-checked, once)."""
    return prepare_model(cache_dir() / "models", say)


def build_hosted(name: str, choice: Choice, state: Path, shared: Shared = ALONE) -> Judge:
    """The ``hosted`` judge for an endpoint; refuses a dossier that is not open to it."""
    from auditor.judge.hosted import HostedJudge, Logs, gate_of, open_chat

    hosting = choice.hosting(name)
    key = os.environ.get("OPENAI_API_KEY")
    endpoints = hosting.endpoints()
    chats = {m: open_chat(m, key) for endpoint in endpoints for m in endpoint.members}
    logs = Logs(SentLog(state / "sent.jsonl"), UsageLines(state / "usage.jsonl"))
    disclosure = choice.disclosure()
    askers = hosting.askers(lambda e: gate_of(chats[e.members[0]], e, disclosure, logs.sent))
    limiter = open_limiter(choice.metering(), endpoints, shared.account(state, cache_dir()))
    return HostedJudge.of(askers, chats, logs, hosting.concurrency, limiter)


def refuse_closed(choice: Choice) -> None:
    """Refuse, before any model is loaded, a dossier that may not go to the chosen endpoint.

    Raises:
        ConfigurationError: the endpoint is not on this machine and the dossier is not open.
    """
    name = resolved_judge(choice.judge)
    if not is_hosted(name):
        return
    for endpoint in choice.hosting(name).endpoints():
        if endpoint.leaves:
            require_open(endpoint.name, choice.disclosure())


def intake_settings() -> Settings:
    """How files are read: contents and conversions kept, as many processes as processors."""
    cache = cache_dir()
    return Settings(kept=KeptContents(cache / "contents"), papers=KeptPapers.in_cache(cache))


@dataclass(frozen=True, slots=True)
class Common:
    """What all audits of one choice share, whatever the dossier: loaded once.

    ``judge`` is None where every run has its own (``judge_of_run``).
    """

    edition: Edition
    profile: Profile
    rules: tuple[Profile, ...]
    limits: CheckLimits
    embedder: Embedder
    searcher: Searcher
    screen: Judge
    judge: Judge | None
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is: its folder, the folder of what it must not lose, its journal, its fellows."""

    out: Path
    state: Path
    journal: Memory
    shared: Shared = ALONE


def build_common(
    choice: Choice, say: Say, threads: int | None = None, embedder: Embedder | None = None
) -> Common:
    """Load what all audits of a choice share; takes a few seconds.

    ``threads``: of the embedder, None takes one a core. The small local model has always the same
    number, which its answers may depend on. ``embedder``: the choice's, where it is open already.
    """
    refuse_closed(choice)
    edition = choice.edition()
    standard = edition.standard
    profile = load_profile(choice.profile, edition)
    limits = load_limits(Path(choice.limits) if choice.limits else None, edition)
    embedder = embedder or build_embedder(choice.embedder, say, threads)
    searcher = build_searcher(embedder, standard)
    return Common(
        edition=edition,
        profile=profile,
        rules=all_profiles(edition),
        limits=limits,
        embedder=embedder,
        searcher=searcher,
        screen=build_screen(embedder, standard),
        judge=build_own_judge(choice, embedder, say, standard),
        manifest={
            **rules_facts(standard, profile),
            "checks": limits_facts(limits),
            "software": software_facts(),
            "intake": reader_facts(),
        },
    )


def parts_of(common: Common, choice: Choice, place: Place, progress: Progress) -> Parts:
    """The parts of one audit; a judge of its own is opened where it needs one."""
    judge = common.judge or judge_of_run(choice, place.out, place.state, place.shared)
    return Parts(
        standard=common.edition.standard,
        profile=common.profile,
        searcher=common.searcher,
        judge=judge,
        screen=common.screen,
        intake=intake_settings(),
        journal=place.journal,
        progress=progress,
        manifest={
            **common.manifest,
            **_model_facts(choice, common, judge),
            "disclosure": dataclasses.asdict(_disclosure(choice, place.out)),
        },
        limits=common.limits,
        rules=common.rules,
        carried=read_carried(place.out),
    )


def build_parts(choice: Choice, out: Path, progress: Progress, say: Say) -> Parts:
    """Put all parts of an audit together; loads models, so it takes a few seconds."""
    state = out / STATE_FOLDER
    common = build_common(choice, say)
    return parts_of(common, choice, Place(out, state, Journal(state / "journal.db")), progress)


def _disclosure(choice: Choice, out: Path) -> Disclosure:
    """Who opened the dossier: for this run, or when its requests were exported."""
    batch = read_batch(out) if choice.judge == "none" else None
    return batch.disclosure if batch else choice.disclosure()


def _model_facts(choice: Choice, common: Common, judge: Judge | None) -> dict[str, Any]:
    embedder, searcher = common.embedder, common.searcher
    fitted = screen_model(embedder).cities
    return {
        "embedder": {"name": embedder.name, "fingerprint": embedder.fingerprint},
        "search": {
            "weights": searcher.relevance.digest,
            "exemplars_from": list(searcher.exemplars.cities),
            "adapter": adapter_digest(searcher),
            "fitted_on": list(fitted),
        },
        "judge": judge_facts(judge, choice.judge, choice.base_url),
        "in_sample": choice.city in fitted,
    }
