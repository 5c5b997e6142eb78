"""The embedders: a vector depends on its text alone, and the models are what they claim to be."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from auditor.core.errors import MissingExtraError, ModelFileError
from auditor.search import e5_files
from auditor.search.e5_files import MANIFEST_FILE, WheelFile, locate
from auditor.search.e5_format import PackedE5
from auditor.search.e5_graph import quantise_columns
from auditor.search.embedder import Embedder, fingerprint_of, unit_rows

SHORT = "全市政务数据共享交换平台已建成。"
PLAN = "到2027年，力争建成覆盖全市的城市数字底座。"
LONG = "推进公共数据授权运营，建立数据资源目录和共享机制，" * 40
OTHER = "The harbour handled 3.2 million containers."


# --- arithmetic ---------------------------------------------------------------------------------


def test_rows_are_scaled_to_length_one_and_a_zero_row_stays_zero() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32), 2)
    assert rows.dtype == np.float32
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]


def test_no_texts_give_no_rows_of_the_right_width() -> None:
    assert unit_rows(np.array([]), 5).shape == (0, 5)


def test_a_fingerprint_ignores_order_but_no_value() -> None:
    assert fingerprint_of({"a": "1", "b": "2"}) == fingerprint_of({"b": "2", "a": "1"})
    assert fingerprint_of({"a": "1", "b": "2"}) != fingerprint_of({"a": "12", "b": ""})


def test_integer_columns_stay_within_half_a_step_and_within_seven_bits() -> None:
    weights = np.random.default_rng(1).normal(size=(64, 8)).astype(np.float32)
    weights[:, 3] = 0
    codes, scales = quantise_columns(weights)
    assert np.abs(codes).max() == 63
    assert np.all(np.abs(codes * scales - weights) <= scales / 2 + 1e-6)


# --- the 4-bit file -----------------------------------------------------------------------------


def packed_file(codes: list[int], scale: float) -> bytes:
    """A model file with one Q4_0 row ``w`` of 32 weights and one float tensor ``b``."""
    low_high = bytes(codes[j] | codes[j + 16] << 4 for j in range(16))
    head = b"E5S1" + struct.pack("<I7ifi", 1, 32, 1, 1, 64, 9, 4, 2, 1e-12, 32)
    tokenizer = struct.pack("<5iQ", 0, 0, 2, 1, 3, 0) + b"\0" * 4 + struct.pack("<iI", 0, 0)
    directory_size = 4 + 2 * (2 + 1 + 21)
    start = len(head) + len(tokenizer) + directory_size
    directory = struct.pack("<i", 2)
    directory += struct.pack("<H1sBIQQ", 1, b"w", 1, 32, start, 18)
    directory += struct.pack("<H1sBIQQ", 1, b"b", 0, 2, start + 18, 8)
    values = struct.pack("<e", scale) + low_high + struct.pack("<2f", 1.5, -2.0)
    return head + tokenizer + directory + values


def test_a_q4_block_gives_back_its_weights_in_order() -> None:
    codes = [index % 16 for index in range(32)]
    packed = PackedE5(packed_file(codes, 0.5))
    assert packed.matrix("w", 32).dense().tolist() == [[(code - 8) * 0.5 for code in codes]]
    assert packed.floats("b").tolist() == [1.5, -2.0]
    assert packed.shape.width == 32


def test_a_foreign_file_is_refused() -> None:
    with pytest.raises(ModelFileError):
        PackedE5(b"GGUF" + b"\0" * 64)


# --- pinned data files --------------------------------------------------------------------------


def test_a_data_file_with_another_hash_is_refused_by_name() -> None:
    wrong = WheelFile("numpy", "1.0", "numpy/__init__.py", "0" * 64)
    with pytest.raises(ModelFileError, match=r"not the pinned data file of numpy==1\.0"):
        locate(wrong)


def test_a_missing_data_file_is_named() -> None:
    with pytest.raises(ModelFileError, match="missing"):
        locate(WheelFile("numpy", "1.0", "numpy/no-such-file.bin", "0" * 64))


def test_a_missing_wheel_says_what_to_install() -> None:
    with pytest.raises(MissingExtraError, match=r"ctmm-auditor\[e5\]"):
        locate(WheelFile("no-such-distribution-at-all", "1.0", "x", "0" * 64))


def test_a_preparation_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(e5_files, "WEIGHTS", WheelFile("numpy", "1", "numpy/__init__.py", "0" * 64))
    monkeypatch.setattr(
        e5_files, "TOKENIZER", WheelFile("numpy", "1", "numpy/__init__.py", "0" * 64)
    )
    with pytest.raises(ModelFileError):
        e5_files.prepare_e5_graph(tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- the embedded model -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def embedded(model_cache: Path) -> Embedder:
    from auditor.search.e5_onnx import load_embedded_e5

    return load_embedded_e5(model_cache)


def assert_texts_stand_alone(embedder: Embedder) -> None:
    """Compare bytes: alone, first, last, among longer texts, after another text, again."""
    alone = embedder.embed_passages([SHORT])[0].tobytes()
    assert embedder.embed_passages([SHORT, LONG, OTHER])[0].tobytes() == alone
    assert embedder.embed_passages([LONG, PLAN, OTHER, SHORT])[3].tobytes() == alone
    embedder.embed_queries([LONG])
    assert embedder.embed_passages([SHORT])[0].tobytes() == alone
    repeated = embedder.embed_passages([SHORT] * 70)
    assert {row.tobytes() for row in repeated} == {alone}


@pytest.mark.model
def test_a_vector_of_the_embedded_model_depends_on_its_text_alone(embedded: Embedder) -> None:
    assert_texts_stand_alone(embedded)


@pytest.mark.model
def test_the_number_of_workers_changes_no_bit(embedded: Embedder, model_cache: Path) -> None:
    from auditor.search.e5_onnx import load_embedded_e5

    texts = [SHORT, PLAN, LONG, OTHER]
    single = load_embedded_e5(model_cache, workers=1)
    assert single.fingerprint == embedded.fingerprint
    assert single.embed_passages(texts).tobytes() == embedded.embed_passages(texts).tobytes()


@pytest.mark.model
def test_the_embedded_model_gives_unit_rows_and_tells_queries_from_passages(
    embedded: Embedder,
) -> None:
    passages, queries = embedded.embed_passages([SHORT, "", LONG]), embedded.embed_queries([SHORT])
    assert passages.shape == (3, embedded.dimension) == (3, 384)
    assert passages.dtype == np.float32
    assert np.linalg.norm(passages, axis=1) == pytest.approx([1, 1, 1], abs=1e-6)
    assert queries[0].tobytes() != passages[0].tobytes()
    assert embedded.embed_passages([]).shape == (0, 384)
    assert len(embedded.fingerprint) == 64


@pytest.mark.model
def test_the_embedded_model_finds_the_passage_that_answers(embedded: Embedder) -> None:
    passages = embedded.embed_passages([OTHER, "本市新建三座污水处理厂。", SHORT])
    query = embedded.embed_queries(["建立城市数据共享平台"])[0]
    assert int(np.argmax(passages @ query)) == 2


@pytest.mark.model
def test_a_damaged_cache_is_made_again(embedded: Embedder, model_cache: Path) -> None:
    from auditor.search.e5_onnx import load_embedded_e5

    before = embedded.embed_passages([SHORT]).tobytes()
    (graph,) = model_cache.glob("*/model.onnx")
    graph.write_bytes(graph.read_bytes()[:1000])
    lines: list[str] = []
    again = load_embedded_e5(model_cache, lines.append)
    assert lines
    assert again.embed_passages([SHORT]).tobytes() == before


@pytest.mark.model
def test_an_intact_cache_is_used_as_it_is(embedded: Embedder, model_cache: Path) -> None:
    lines: list[str] = []
    folder = e5_files.prepare_e5_graph(model_cache, lines.append)
    assert lines == []
    assert sorted(path.name for path in folder.iterdir()) == [
        MANIFEST_FILE,
        "model.onnx",
        "tokenizer.json",
    ]
    assert [path for path in model_cache.iterdir() if path.name.startswith(".")] == []


@pytest.mark.model
@pytest.mark.slow
def test_the_integer_model_stays_close_to_the_same_weights_in_float32(
    embedded: Embedder, model_cache: Path
) -> None:
    from auditor.search.sentence_transformer import load_sentence_transformer

    full = load_sentence_transformer(str(e5_files.prepare_e5_folder(model_cache)))
    texts = [SHORT, PLAN, LONG[:300], "建立数据安全责任制，明确各部门分工。"]
    cosines = np.sum(full.embed_passages(texts) * embedded.embed_passages(texts), axis=1)
    assert cosines.min() > 0.99
    queries = np.sum(full.embed_queries(texts) * embedded.embed_queries(texts), axis=1)
    assert queries.min() > 0.99


# --- any sentence-transformers model ------------------------------------------------------------


def write_tiny_model(folder: Path) -> None:
    """A two-layer BERT with random weights and one token per character."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    characters = sorted(set(SHORT + PLAN + LONG + OTHER))
    vocabulary = {token: index for index, token in enumerate(["[PAD]", "[UNK]", *characters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    # transformers leaves this __init__ without annotations.
    wrapped = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=64
    )
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder / "bert")
    wrapped.save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"))
    model = SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu")
    model.save_pretrained(str(folder / "tiny"))


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("hub")
    write_tiny_model(folder)
    yield folder / "tiny"


@pytest.fixture
def tiny(tiny_folder: Path) -> Embedder:
    from auditor.search.sentence_transformer import load_sentence_transformer

    return load_sentence_transformer(str(tiny_folder))


def test_a_vector_of_a_sentence_transformer_depends_on_its_text_alone(tiny: Embedder) -> None:
    assert_texts_stand_alone(tiny)


def test_a_sentence_transformer_gives_unit_rows_and_its_folder_name(tiny: Embedder) -> None:
    rows = tiny.embed_passages([SHORT, OTHER])
    assert rows.shape == (2, tiny.dimension) == (2, 32)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1], abs=1e-6)
    assert tiny.name == "tiny"
    assert tiny.embed_queries([]).shape == (0, 32)


def test_prompts_and_files_are_part_of_the_fingerprint(tiny: Embedder, tiny_folder: Path) -> None:
    from auditor.search.sentence_transformer import Prompts, load_sentence_transformer

    same = load_sentence_transformer(str(tiny_folder))
    prompted = load_sentence_transformer(str(tiny_folder), prompts=Prompts("问：", "文："))
    assert same.fingerprint == tiny.fingerprint != prompted.fingerprint
    plain, prefixed = tiny.embed_passages([f"文：{SHORT}"]), prompted.embed_passages([SHORT])
    assert plain.tobytes() == prefixed.tobytes()
    (tiny_folder / "extra.json").write_text(json.dumps({}), encoding="utf-8")
    assert load_sentence_transformer(str(tiny_folder)).fingerprint != tiny.fingerprint
    (tiny_folder / "extra.json").unlink()


def test_a_folder_that_does_not_declare_its_pooling_is_refused(tiny_folder: Path) -> None:
    from auditor.search.sentence_transformer import load_sentence_transformer

    with pytest.raises(ModelFileError, match=r"modules\.json"):
        load_sentence_transformer(str(tiny_folder.parent / "bert"))


def test_a_broken_model_folder_is_refused_with_its_path(tmp_path: Path) -> None:
    from auditor.search.sentence_transformer import load_sentence_transformer

    (tmp_path / "modules.json").write_text("[{", encoding="utf-8")
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        load_sentence_transformer(str(tmp_path))


@pytest.mark.parametrize("name", ["nobody/no-such-model", "not a model name", "./absent"])
def test_an_absent_model_is_refused_without_asking_the_network(name: str) -> None:
    from auditor.search.sentence_transformer import load_sentence_transformer

    with pytest.raises(ModelFileError, match="no such folder"):
        load_sentence_transformer(name)


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("intfloat/multilingual-e5-large-instruct", "Instruct: Given a web", ""),
        ("Qwen/Qwen3-Embedding-0.6B", "Instruct: Given a web", ""),
        ("BAAI/bge-large-zh-v1.5", "为这个句子", ""),
        ("BAAI/bge-m3", "", ""),
        ("someone/else", "", ""),
    ],
)
def test_a_family_of_models_gets_the_prompts_of_its_card(
    name: str, query: str, passage: str
) -> None:
    from auditor.search.sentence_transformer import prompts_for

    prompts = prompts_for(name, {"query": "", "document": ""})
    assert prompts.query.startswith(query)
    assert bool(prompts.query) == bool(query)
    assert prompts.passage == passage


def test_the_prompts_in_a_models_own_files_win() -> None:
    from auditor.search.sentence_transformer import Prompts, prompts_for

    own = {"query": "Q: ", "passage": "P: "}
    assert prompts_for("intfloat/multilingual-e5-small", own) == Prompts("Q: ", "P: ")
