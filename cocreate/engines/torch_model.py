"""A transformers model with its tokenizer, loaded for reading only: device, number format, chat template, tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from agents.contracts import Message
from agents.errors import EngineFailed
from cocreate.engines.threads import wait_politely
from cocreate.engines.torch_weights import hf_folder

_CHATML = "".join(
    (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}",
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    )
)


class TorchModel:
    """Weights, tokenizer and where they live.

    Number format: bfloat16 or float16 on CUDA; on a CPU bfloat16 where it has instructions for it (half the memory,
    same speed or better), else float32. Attention: PyTorch's own scaled dot product. Code that comes with a model is
    never run, pickles are never read. `dtype` ("float32", ...) overrides the choice. `small`: for reading only; in
    8-bit whole numbers (`torch_int8`) on a CPU that can, for a family it is known to be right for.

    Raises:
        EngineFailed: the folder or file holds no model transformers can load.
    """

    def __init__(
        self, path: Path, *, cache: Path, threads: int = 0, device: str = "", dtype: str = "", small: bool = False
    ) -> None:
        wait_politely()
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        if threads:
            torch.set_num_threads(threads)
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        folder = hf_folder(path, cache)
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
            self.model: Any = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=getattr(torch, dtype) if dtype else _dtype(torch, self.device),
                attn_implementation="sdpa",
                trust_remote_code=False,
                use_safetensors=True,
                local_files_only=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise EngineFailed(
                f"The model at {path} cannot be loaded: {str(error).splitlines()[0][:200]}",
                "Set another with: cocreate config set model PATH",
            ) from error
        self.model.eval().requires_grad_(False).to(self.device)
        self.limit = int(getattr(self.model.config, "max_position_embeddings", 2048) or 2048)
        """Most tokens the model was made for."""
        self._turn: Any = _make_small(self.model) if small and self.device == "cpu" else None
        self._special = _pattern(self.tokenizer)

    @property
    def described(self) -> str:
        """Device, number format and, on a CPU, threads: "CPU, bfloat16, 2 threads", "CUDA NVIDIA H100, bfloat16"."""
        import torch

        form = "int8" if self._turn is not None else str(self.model.dtype).removeprefix("torch.")
        if self.device.startswith("cuda"):
            return f"CUDA {torch.cuda.get_device_name(self.device)}, {form}"
        if self.device != "cpu":
            return f"{self.device}, {form}"
        threads = torch.get_num_threads()
        return f"CPU, {form}, {threads} thread{'s' * (threads != 1)}"

    def straight(self, state: Any) -> Any:
        """A state (d,) of this model as it would be, had the model not been turned."""
        return state if self._turn is None else self._turn.back(state[None])[0]

    @property
    def windowed(self) -> bool:
        """Whether some layer looks back on a window of columns only."""
        config = self.model.config.get_text_config()
        kinds = getattr(config, "layer_types", None)
        if kinds is not None:
            return any(kind != "full_attention" for kind in kinds)
        return bool(getattr(config, "sliding_window", None))

    @cached_property
    def first_token(self) -> int:
        """The token that stands before a text: what the tokenizer begins texts with, else the separator of documents.

        SmolLM2 and Qwen have no beginning of text of their own; their documents were separated by <|endoftext|>.
        """
        ids = self.tokenizer("").input_ids
        if ids:
            return int(ids[0])
        known = self.tokenizer.get_vocab()
        for candidate in ("<|endoftext|>", self.tokenizer.bos_token, self.tokenizer.eos_token):
            if candidate in known:
                return int(known[candidate])
        return 0

    @cached_property
    def end_tokens(self) -> frozenset[int]:
        """Tokens that end a reply. Found once: the tokenizer copies its whole vocabulary to answer."""
        ends: set[int] = set()
        for source in (self.model.generation_config.eos_token_id, self.tokenizer.eos_token_id):
            ends.update(source if isinstance(source, list) else [] if source is None else [source])
        known = self.tokenizer.get_vocab()
        ends.update(
            known[end] for end in ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<end_of_turn>") if end in known
        )
        return frozenset(ends)

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        """Token ids without anything added. `special`: markers such as <|im_end|> count as one token."""
        return list(self.tokenizer(text, add_special_tokens=False, split_special_tokens=not special).input_ids)

    def plain(self, text: str) -> str:
        """`text` without the model's special tokens, so that no text can end its own turn of the chat."""
        while (shorter := self._special.sub("", text)) != text:
            text = shorter  # again: taking one out may join its neighbours to another
        return text

    def prompt(self, messages: Sequence[Message], prefill: str) -> list[int]:
        """Token ids of a chat in the model's own template, and of what the reply begins with."""
        begun = self.plain(prefill)
        if not messages:
            return list(self.tokenizer(begun).input_ids) or [self.first_token]
        chat = [{"role": m.role, "content": self.plain(m.text)} for m in messages]
        rendered = self.tokenizer.apply_chat_template(
            chat,
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
            chat_template=self.tokenizer.chat_template or _CHATML,
        )
        return self.encode(f"{rendered}{begun}", special=True)


def _dtype(torch: Any, device: str) -> Any:
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def _make_small(model: Any) -> Any:
    """How the model is turned, or None where it stays as it is."""
    from cocreate.engines.torch_int8 import FAMILIES, make_small
    from memory.int8 import able

    return make_small(model) if able() and model.config.model_type in FAMILIES else None


def _pattern(tokenizer: Any) -> re.Pattern[str]:
    special = {t.content for t in tokenizer.added_tokens_decoder.values() if t.special} | set(
        tokenizer.all_special_tokens
    )
    return re.compile("|".join(re.escape(text) for text in sorted(special, key=len, reverse=True)) or r"(?!)")
