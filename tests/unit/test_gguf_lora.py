"""Carrying a LoRA to llama.cpp: what is refused, where the rows go, what is written. No model is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from agents.errors import AdapterRefused
from cocreate.gguf_header import read_header
from cocreate.training.base_model import read_base
from cocreate.training.gguf_lora import convert, gguf_of, permute

HIDDEN, INNER, LAYERS, HEADS, KV_HEADS, WIDTH, RANK = 16, 24, 2, 4, 2, 4, 3
SHAPES = {
    "self_attn.q_proj": (HEADS * WIDTH, HIDDEN),
    "self_attn.k_proj": (KV_HEADS * WIDTH, HIDDEN),
    "self_attn.v_proj": (KV_HEADS * WIDTH, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HEADS * WIDTH),
    "mlp.gate_proj": (INNER, HIDDEN),
    "mlp.up_proj": (INNER, HIDDEN),
    "mlp.down_proj": (HIDDEN, INNER),
}
CONFIG: dict[str, Any] = {
    "peft_type": "LORA",
    "r": RANK,
    "lora_alpha": 6,
    "target_modules": [name.split(".")[1] for name in SHAPES],
    "bias": "none",
}


def base_folder(folder: Path, **options: Any) -> Path:
    folder.mkdir(exist_ok=True)
    config = {
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
    }
    (folder / "config.json").write_text(json.dumps(config | options))
    return folder


def base_gguf(path: Path, architecture: str = "llama") -> Path:
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_token_list(["a", "雨", "c"])
    writer.add_token_scores([0.5, 0.25, 0.125])
    writer.add_chat_template("{{ messages }}")
    names = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    for layer in range(LAYERS):
        for name, shape in zip(names, SHAPES.values(), strict=True):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.zeros(shape, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def weights(layers: int = LAYERS) -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    tensors = {}
    for layer in range(layers):
        for module, (rows, columns) in SHAPES.items():
            key = f"base_model.model.model.layers.{layer}.{module}"
            tensors[f"{key}.lora_A.weight"] = random.normal(size=(RANK, columns)).astype(np.float32)
            tensors[f"{key}.lora_B.weight"] = random.normal(size=(rows, RANK)).astype(np.float32)
    return tensors


def adapter(folder: Path, tensors: dict[str, np.ndarray] | None = None, **options: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps(CONFIG | options))
    save_file(weights() if tensors is None else tensors, folder / "adapter_model.safetensors")
    return folder


def written(path: Path) -> dict[str, np.ndarray]:
    return {tensor.name: np.array(tensor.data) for tensor in gguf.GGUFReader(path).tensors}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return base_gguf(tmp_path / "base.gguf")


@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4))
def test_permuting_moves_each_row_beside_the_one_it_turns_with(heads: int, half: int, rank: int) -> None:
    rows = np.arange(heads * 2 * half * rank, dtype=np.float32).reshape(-1, rank)
    moved = permute(rows, heads)
    for head in range(heads):
        for pair in range(half):
            at = head * 2 * half
            assert (moved[at + 2 * pair] == rows[at + pair]).all()
            assert (moved[at + 2 * pair + 1] == rows[at + pair + half]).all()


def test_only_q_and_k_of_llama_are_permuted_each_by_its_own_heads(tmp_path: Path, base: Path) -> None:
    given_weights = weights()
    made = written(convert(adapter(tmp_path / "a"), tmp_path / "a.gguf", base))
    q = given_weights["base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight"]
    k = given_weights["base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight"]
    v = given_weights["base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight"]
    assert (made["blk.1.attn_q.weight.lora_b"] == permute(q, HEADS)).all()
    assert (made["blk.1.attn_k.weight.lora_b"] == permute(k, KV_HEADS)).all()
    assert (made["blk.1.attn_v.weight.lora_b"] == v).all()
    assert len(made) == 2 * len(SHAPES) * LAYERS


@pytest.mark.parametrize("architecture", ["qwen2", "qwen3", "gemma3"])
def test_other_families_keep_their_rows(architecture: str, tmp_path: Path) -> None:
    made = written(convert(adapter(tmp_path / "a"), tmp_path / "a.gguf", base_gguf(tmp_path / "b.gguf", architecture)))
    q = weights()["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"]
    assert (made["blk.0.attn_q.weight.lora_b"] == q).all()


def test_the_file_says_what_llama_cpp_asks_for(tmp_path: Path, base: Path) -> None:
    made = convert(adapter(tmp_path / "a"), tmp_path / "deep" / "a.gguf", base)
    assert read_header(made).metadata == {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 6.0,
    }
    assert made.stat().st_mode & 0o777 == 0o600
    assert list(made.parent.iterdir()) == [made]  # nothing is left beside it


def test_config_and_gguf_file_describe_the_same_model(tmp_path: Path, base: Path) -> None:
    assert read_base(base_folder(tmp_path / "hf")) == read_base(base)
    assert read_base(base_folder(tmp_path / "hf", model_type="mistral")) == read_base(base)
    inside = {"model_type": "gemma3", "text_config": {"head_dim": 8}}
    assert read_base(base_folder(tmp_path / "hf", **inside)).shapes["blk.0.attn_k.weight"] == (KV_HEADS * 8, HIDDEN)


@pytest.mark.parametrize(("options", "scale"), [({}, 2.0), ({"use_rslora": True}, 6 / 3**0.5)])
def test_the_strength_is_the_one_peft_uses(options: dict[str, Any], scale: float, tmp_path: Path, base: Path) -> None:
    made = written(convert(adapter(tmp_path / "a", **options), tmp_path / "a.gguf", base))
    b = weights()["base_model.model.model.layers.0.mlp.up_proj.lora_B.weight"]
    applied = made["blk.0.ffn_up.weight.lora_b"] * 6 / RANK  # as llama.cpp does: alpha / rank
    np.testing.assert_allclose(applied, b * scale, rtol=1e-6)


def test_half_precision_weights_come_through_exactly(tmp_path: Path, base: Path) -> None:
    rounded = {name: (value.view(np.uint32) >> 16).astype(np.uint16) for name, value in weights().items()}
    header: dict[str, Any] = {}
    data = b""
    for name, value in rounded.items():
        span = [len(data), len(data) + value.nbytes]
        header[name] = {"dtype": "BF16", "shape": value.shape, "data_offsets": span}
        data += value.tobytes()
    head = json.dumps(header).encode()
    folder = adapter(tmp_path / "a")
    (folder / "adapter_model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + data)
    made = written(convert(folder, tmp_path / "a.gguf", base))
    key = "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight"
    assert (made["blk.0.ffn_down.weight.lora_a"] == (rounded[key].astype(np.uint32) << 16).view(np.float32)).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"peft_type": "IA3"}, "IA3"),
        ({"use_dora": True}, "DoRA"),
        ({"bias": "all"}, "biases"),
        ({"lora_bias": True}, "biases"),
        ({"modules_to_save": ["lm_head"]}, "whole layers"),
        ({"fan_in_fan_out": True}, "transposed"),
        ({"layer_replication": [[0, 2]]}, "repeats layers"),
        ({"init_lora_weights": "pissa_niter_4"}, "init_lora_weights"),
        ({"lora_alpha": 0}, "no strength"),
        ({"alpha_pattern": {"q_proj": None}}, "no strength"),
        ({"alpha_pattern": {"(": 3}}, "alpha_pattern"),
    ],
)
def test_what_llama_cpp_cannot_say_is_refused(options: dict[str, Any], said: str, tmp_path: Path, base: Path) -> None:
    with pytest.raises(AdapterRefused, match=said) as refused:
        convert(adapter(tmp_path / "a", **options), tmp_path / "a.gguf", base)
    assert refused.value.sentence.endswith(".")
    assert refused.value.next_step
    assert not (tmp_path / "a.gguf").exists()


def test_an_unknown_layer_is_refused_by_name(tmp_path: Path, base: Path) -> None:
    tensors = weights() | {"base_model.model.lm_head.lora_A.weight": np.ones((RANK, HIDDEN), dtype=np.float32)}
    with pytest.raises(AdapterRefused, match="lm_head"):
        convert(adapter(tmp_path / "a", tensors), tmp_path / "a.gguf", base)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, base: Path) -> None:
    tensors = weights()
    tensors["base_model.model.model.layers.0.mlp.up_proj.lora_B.weight"][0, 0] = np.nan
    with pytest.raises(AdapterRefused, match="not a number"):
        convert(adapter(tmp_path / "a", tensors), tmp_path / "a.gguf", base)


def test_half_a_pair_an_empty_and_a_cut_file_are_refused(tmp_path: Path, base: Path) -> None:
    half = weights()
    del half["base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight"]
    with pytest.raises(AdapterRefused, match=r"layer 1 self_attn\.q_proj"):
        convert(adapter(tmp_path / "a", half), tmp_path / "a.gguf", base)
    with pytest.raises(AdapterRefused, match="empty"):
        convert(adapter(tmp_path / "a", {}), tmp_path / "a.gguf", base)
    folder = adapter(tmp_path / "a")
    whole = (folder / "adapter_model.safetensors").read_bytes()
    (folder / "adapter_model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AdapterRefused, match="cannot be read"):
        convert(folder, tmp_path / "a.gguf", base)


def test_missing_and_pickled_files_are_refused(tmp_path: Path, base: Path) -> None:
    with pytest.raises(AdapterRefused, match=r"adapter_config\.json is missing"):
        convert(tmp_path / "nowhere", tmp_path / "a.gguf", base)
    folder = adapter(tmp_path / "a")
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(AdapterRefused, match=r"adapter_model\.safetensors is missing"):
        convert(folder, tmp_path / "a.gguf", base)
    (folder / "adapter_model.bin").write_bytes(b"")
    with pytest.raises(AdapterRefused, match="pickle"):
        convert(folder, tmp_path / "a.gguf", base)
    (folder / "adapter_config.json").write_text("[1]")
    with pytest.raises(AdapterRefused):
        convert(folder, tmp_path / "a.gguf", base)


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    with pytest.raises(AdapterRefused, match="16 x 24 there, 20 x 24 here"):
        convert(folder, tmp_path / "a.gguf", base_folder(tmp_path / "wide", hidden_size=20, head_dim=WIDTH))
    with pytest.raises(AdapterRefused, match="2 layers; deep has 3"):
        convert(folder, tmp_path / "a.gguf", base_folder(tmp_path / "deep", num_hidden_layers=3))
    with pytest.raises(AdapterRefused, match="2 layers; flat has 1"):
        convert(folder, tmp_path / "a.gguf", base_folder(tmp_path / "flat", num_hidden_layers=1))


def test_an_adapter_on_purpose_of_some_layers_is_taken(tmp_path: Path, base: Path) -> None:
    folder = adapter(tmp_path / "a", weights(layers=1), layers_to_transform=[0])
    assert len(written(convert(folder, tmp_path / "a.gguf", base))) == 2 * len(SHAPES)


def test_an_unknown_architecture_is_refused_by_name(tmp_path: Path) -> None:
    for base in (base_gguf(tmp_path / "b.gguf", "phi3"), base_folder(tmp_path / "hf", model_type="phi3")):
        with pytest.raises(AdapterRefused, match="phi3") as refused:
            convert(adapter(tmp_path / "a"), tmp_path / "a.gguf", base)
        assert "qwen2" in refused.value.next_step


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF\x03\0\0\0" + b"\xff" * 40, b"PK\x03\x04" + b"\0" * 50])
def test_a_broken_base_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "b.gguf").write_bytes(content)
    with pytest.raises(AdapterRefused, match=r"b\.gguf cannot be read"):
        convert(adapter(tmp_path / "a"), tmp_path / "a.gguf", tmp_path / "b.gguf")


def test_without_a_base_the_one_it_names_is_taken(tmp_path: Path, base: Path) -> None:
    convert(adapter(tmp_path / "a", base_model_name_or_path=str(base)), tmp_path / "a.gguf")
    with pytest.raises(AdapterRefused, match="org/model"):
        convert(adapter(tmp_path / "a", base_model_name_or_path="org/model"), tmp_path / "b.gguf")


def test_a_converted_adapter_is_kept_until_weights_configuration_or_base_change(tmp_path: Path, base: Path) -> None:
    cache = tmp_path / "cache"
    first = gguf_of(adapter(tmp_path / "a"), base, cache)
    made = first.stat().st_mtime_ns
    assert gguf_of(adapter(tmp_path / "copy"), base, cache) == first  # by content, not by name
    assert first.stat().st_mtime_ns == made
    changed = weights()
    changed["base_model.model.model.layers.0.mlp.up_proj.lora_B.weight"][0, 0] += 1
    others = {
        gguf_of(adapter(tmp_path / "a", changed), base, cache),
        gguf_of(adapter(tmp_path / "a", lora_alpha=7), base, cache),
        gguf_of(adapter(tmp_path / "a"), base_gguf(tmp_path / "q.gguf", "qwen2"), cache),
    }
    assert len({first, *others}) == 4
    assert sorted(first.parent.iterdir()) == sorted({first, *others})
