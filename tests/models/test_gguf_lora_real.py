"""A converted adapter says the same in llama.cpp as in transformers + peft.

The small models have random weights and a vocabulary of single characters: one weight out of place changes the text.
"""

from __future__ import annotations

import string
import threading
from pathlib import Path
from typing import Any

import pytest

from agents.contracts import Request, Sampling
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.training.gguf_lora import convert, gguf_of, permute
from cocreate.voices.mixing import Share, mixed

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")]

GREEDY = Sampling(temperature=0, min_p=0, repeat_penalty=1, dry_multiplier=0)
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
LETTERS = [c for c in string.printable[:95] if c != " "]
TOKENS = ["<|endoftext|>", "<|im_end|>", "Ġ", *LETTERS]
PROMPT = "Autumn rain in a quiet courtyard"
HIDDEN, INNER, LAYERS, HEADS, KV_HEADS, HEAD = 64, 96, 3, 4, 2, 16

NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
GEMMA = {
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}


def tiny(kind: str) -> Any:
    """A model of random weights, large enough that its words are not near to a tie."""
    import torch
    import transformers as hf

    common = {
        "vocab_size": len(TOKENS),
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "max_position_embeddings": 512,
        "tie_word_embeddings": False,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "initializer_range": 0.25,
    }
    wide = {"head_dim": HEAD}
    config = {
        "llama": lambda: hf.LlamaConfig(**common),
        "mistral": lambda: hf.MistralConfig(**common, sliding_window=None),
        "qwen2": lambda: hf.Qwen2Config(**common),
        "qwen3": lambda: hf.Qwen3Config(**common, **wide),
        "gemma3": lambda: hf.Gemma3TextConfig(**common, **wide, sliding_window=512, query_pre_attn_scalar=HEAD),
    }[kind]()
    torch.manual_seed(7)
    model = hf.AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 1:  # norms and biases, which begin as ones and zeros
                weight.add_(torch.randn_like(weight) * 0.2)
        model.get_output_embeddings().weight[:2] = 0  # never the likeliest: no text ends early
    return model


def write_gguf(model: Any, kind: str, path: Path) -> Path:
    """The model as llama.cpp's own converter would write it, in float32."""
    import gguf

    architecture = "llama" if kind == "mistral" else kind
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(model.config.rms_norm_eps)
    rope = model.config.rope_parameters
    writer.add_rope_freq_base(rope.get("full_attention", rope)["rope_theta"])
    writer.add_rope_dimension_count(HEAD)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    if kind == "gemma3":
        writer.add_sliding_window(512)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(TOKENS)
    writer.add_token_types([gguf.TokenType.CONTROL] * 2 + [gguf.TokenType.NORMAL] * (len(TOKENS) - 2))
    writer.add_token_merges(["~ ~"])
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(False)
    for name, weight in model.state_dict().items():
        writer.add_tensor(*gguf_tensor(name, weight.numpy(), kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def gguf_tensor(name: str, weight: Any, kind: str) -> tuple[str, Any]:
    import numpy as np

    if kind == "gemma3" and name.endswith("norm.weight"):
        weight = weight + 1
    whole = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    module, end = name.rsplit(".", 1)
    if module in whole:
        return f"{whole[module]}.{end}", weight
    _, _, layer, inner = module.split(".", 3)
    if kind in ("llama", "mistral") and inner.endswith(("q_proj", "k_proj")):
        weight = permute(weight, HEADS if inner.endswith("q_proj") else KV_HEADS)
    names = NAMES | (GEMMA if kind == "gemma3" else {})
    return f"blk.{layer}.{names[inner]}.{end}", np.ascontiguousarray(weight)


def tuned(model: Any, folder: Path, strength: float, **options: Any) -> Any:
    """The model with a random adapter on every linear layer, saved in `folder`."""
    import torch
    from peft import LoraConfig, get_peft_model

    peft = get_peft_model(model, LoraConfig(**({"target_modules": LINEAR} | options)))
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for name, weight in peft.named_parameters():
            if "lora_" in name:
                weight.normal_(0, strength, generator=generator)
    peft.save_pretrained(folder)
    return peft.eval()


def greedy(model: Any, tokens: list[int], count: int) -> tuple[list[int], list[float]]:
    """The likeliest continuation by transformers, and the log-probability of each of its tokens."""
    import torch

    with torch.inference_mode():
        made = model.generate(
            input_ids=torch.tensor([tokens]),
            attention_mask=torch.ones(1, len(tokens), dtype=torch.long),
            max_new_tokens=count,
            do_sample=False,
            pad_token_id=0,
            output_logits=True,
            return_dict_in_generate=True,
        )
    reply = made.sequences[0, len(tokens) :].tolist()
    steps = [logits[0].float().log_softmax(0) for logits in made.logits]
    return reply, [float(step[token]) for step, token in zip(steps, reply, strict=True)]


def spelled(tokens: list[int]) -> str:
    return "".join(TOKENS[token].replace("Ġ", " ") for token in tokens)


def said(engine: LlamaCppEngine, prompt: str, count: int, adapter: str | None) -> tuple[str, list[float]]:
    request = Request((), prefill=prompt, max_tokens=count, sampling=GREEDY, adapter=adapter, logprobs=True)
    chunks = list(engine.generate([request], threading.Event()))
    return "".join(chunk.text for chunk in chunks), [value for chunk in chunks for value in chunk.logprobs]


PLAIN = {f"rank {rank}": {"r": rank, "lora_alpha": 2 * rank} for rank in (4, 16, 64)}
SCALED = {
    "rank-stabilised": {"r": 16, "lora_alpha": 12, "use_rslora": True},
    "patterns": {
        "r": 8,
        "lora_alpha": 16,
        "rank_pattern": {"q_proj": 4, r"layers\.1\.mlp\.up_proj": 32},
        "alpha_pattern": {"k_proj": 40, r"layers\.2\.self_attn\.o_proj": 4},
    },
    "attention only": {"r": 16, "lora_alpha": 32, "target_modules": ["q_proj", "k_proj"]},
}


@pytest.mark.parametrize("kind", ["llama", "mistral", "qwen2", "qwen3", "gemma3"])
def test_an_adapter_says_the_same_in_llama_cpp_as_in_peft(kind: str, tmp_path: Path) -> None:
    cases = PLAIN | SCALED if kind in ("llama", "qwen2") else {"rank 16": PLAIN["rank 16"]}
    prompt = [TOKENS.index("Ġ" if c == " " else c) for c in PROMPT]
    base = write_gguf(tiny(kind), kind, tmp_path / "base.gguf")
    tiny(kind).save_pretrained(tmp_path / "base")
    told, files = {"": greedy(tiny(kind), prompt, 60)}, {}
    for name, options in cases.items():
        told[name] = greedy(tuned(tiny(kind), tmp_path / name, 0.12, **options), prompt, 60)
        files[name] = str(gguf_of(tmp_path / name, base, tmp_path / "cache"))
        by_config = convert(tmp_path / name, tmp_path / "by_config.gguf", tmp_path / "base")
        assert by_config.read_bytes() == Path(files[name]).read_bytes()
    engine = LlamaCppEngine(base, threads=1, context=256, parallel=1, adapters=files, exact=True)
    try:
        heard = {name: said(engine, PROMPT, 60, name or None) for name in told}
    finally:
        engine.close()
    texts = {name: text for name, (text, _) in heard.items()}
    assert texts == {name: spelled(tokens) for name, (tokens, _) in told.items()}
    assert len(set(texts.values())) == len(texts)  # every adapter changes the text, each in its own way
    for name, (_, logprobs) in heard.items():
        assert logprobs == pytest.approx(told[name][1], abs=1e-3), name


def test_a_mix_says_in_llama_cpp_what_both_adapters_say_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = write_gguf(tiny("llama"), "llama", tmp_path / "base.gguf")
    tuned(tiny("llama"), tmp_path / "one", 0.12, r=4, lora_alpha=8)
    tuned(tiny("llama"), tmp_path / "two", 0.12, r=16, lora_alpha=16, target_modules=["q_proj", "k_proj", "up_proj"])
    folders = {name: str(tmp_path / name) for name in ("one", "two")}
    folders["mix"] = str(mixed([Share(tmp_path / "one", 0.7), Share(tmp_path / "two", 0.4)], tmp_path))
    engine = LlamaCppEngine(
        base, threads=1, context=256, parallel=1, adapters=folders, exact=True, cache=tmp_path / "cache"
    )
    try:
        mix, one = said(engine, PROMPT, 60, "mix"), said(engine, PROMPT, 60, "one")
        fields = engine._fields
        weights = {"lora": [{"id": 0, "scale": 0.7}, {"id": 1, "scale": 0.4}, {"id": 2, "scale": 0.0}]}
        monkeypatch.setattr(engine, "_fields", lambda request: fields(request) | weights)
        together = said(engine, PROMPT, 60, "two")
    finally:
        engine.close()
    assert mix[0] == together[0] != one[0]
    assert mix[1] == pytest.approx(together[1], abs=1e-3)


VERSE = "The lamp went out before the rain had ended, and nobody said a word."


def taught(model: Any, tokens: list[int], folder: Path) -> Any:
    """The model with an adapter that has learned `tokens` by heart, saved in `folder`."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(3)
    peft = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules=LINEAR)).train()
    ids = torch.tensor([tokens])
    optimiser = torch.optim.AdamW((p for p in peft.parameters() if p.requires_grad), lr=5e-3)
    for _ in range(9):
        peft(input_ids=ids, labels=ids).loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    peft.save_pretrained(folder)
    return peft.eval()


def test_what_the_default_model_learned_by_heart_it_says_in_llama_cpp(
    writer_path: Path, model_cache: Path, tmp_path: Path
) -> None:
    """The GGUF file is quantised; transformers gets the weights out of that same file (bfloat16, read as float32)."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from cocreate.engines.torch_weights import hf_folder

    folder = hf_folder(writer_path, model_cache)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    prompt = tokenizer("The lamp").input_ids
    before = tokenizer.decode(greedy(model, prompt, 14)[0])
    peft = taught(model, tokenizer(VERSE).input_ids, tmp_path / "adapter")
    expected = tokenizer.decode(greedy(peft, prompt, 14)[0])
    path = gguf_of(tmp_path / "adapter", writer_path, tmp_path / "cache")
    engine = LlamaCppEngine(writer_path, threads=1, context=256, parallel=1, adapters={"voice/ann": str(path)})
    try:
        heard = said(engine, "The lamp", 14, "voice/ann")[0]
        plain = said(engine, "The lamp", 14, None)[0]
    finally:
        engine.close()
    assert heard == expected
    assert plain != heard != before
