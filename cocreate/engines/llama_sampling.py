"""Our sampling in the words of llama.cpp's server, embedded or not."""

from __future__ import annotations

from typing import Any

from agents.contracts import Sampling


def llama_sampling(sampling: Sampling) -> dict[str, Any]:
    """What llama.cpp understands beyond temperature and top_p, which every server takes."""
    return {
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "repeat_penalty": sampling.repeat_penalty,
        "repeat_last_n": sampling.repeat_last_n,
        "dry_multiplier": sampling.dry_multiplier,
        "dry_base": sampling.dry_base,
        "dry_allowed_length": sampling.dry_allowed_length,
        "dry_penalty_last_n": sampling.repeat_last_n,
    }
